//! The people of the hub, as an administrator sees them: who may do what, invitations, removal.
//!
//! An administrator of some offices sees and changes what concerns those; somebody of another office is not there for
//! them. Somebody who may act in all offices is shown, for they may act in theirs, and is not theirs to change.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;

use super::{Deed, Role, Who};
use crate::hub::invitation::Invitation;
use crate::hub::page::{self, Page, done};
use crate::hub::person::Person;
use crate::hub::problem::Problem;
use crate::hub::store::StoreError;
use crate::hub::web::{Needs, Route};
use crate::hub::{Shared, audit, invitation, person, place};
use crate::keys::unhex;

pub fn routes() -> Vec<Route> {
    let needs = Needs::Deed(Deed::People);
    vec![
        Route::get("/people", needs, show_all),
        Route::post("/people/invite", needs, invite),
        Route::post("/people/uninvite", needs, uninvite),
        Route::get("/people/{id}", needs, show),
        Route::post("/people/{id}/role", needs, set_role),
        Route::post("/people/{id}/password", needs, renew_password),
        Route::post("/people/{id}/remove", needs, remove),
    ]
}

/// Offices that the reader looks after; the first is `""`, all of them, where they may.
struct Offices(Vec<(String, String)>);

impl Offices {
    fn of(connection: &Connection, who: &Who) -> Result<Offices, StoreError> {
        let all = std::iter::once((String::new(), String::new())).chain(place::offices(connection)?);
        Ok(Offices(all.filter(|(key, _)| who.may(Deed::People, key)).collect()))
    }

    /// What the reader calls an office; the key where it is none of theirs.
    fn name<'a>(&'a self, page: &'a Page, key: &'a str) -> &'a str {
        match self.0.iter().find(|(other, _)| other == key) {
            _ if key.is_empty() => page.say("všechny úřady", "all offices"),
            Some((_, name)) => name,
            None => key,
        }
    }
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Page,
    who: Who,
    people: Vec<Person>,
    invitations: Vec<Invitation>,
    offices: Offices,
    roles: [Role; 4],
}

impl PeoplePage {
    fn shown_roles<'a>(&'a self, person: &'a Person) -> Vec<(&'a str, &'a Role)> {
        let theirs = person.roles.iter().filter(|(office, _)| office.is_empty() || self.who.may(Deed::People, office));
        theirs.map(|(office, role)| (self.offices.name(&self.page, office), role)).collect()
    }
}

/// `GET /people`
async fn show_all(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    let (they, now) = (who.clone(), hub.now());
    let work = move |connection: &Connection| {
        let people = person::all(connection)?.into_iter().filter(|person| person.is_shown_to(&they)).collect();
        let theirs = |invitation: &Invitation| they.may(Deed::People, &invitation.office);
        let invitations = invitation::all(connection, now)?.into_iter().filter(theirs).collect();
        Ok((people, invitations, Offices::of(connection, &they)?))
    };
    let (people, invitations, offices) = hub.store.read(work).await?;
    page::html(&PeoplePage { page, who, people, invitations, offices, roles: Role::ALL })
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    page: Page,
    link: String,
    until: DateTime<Utc>,
    login: Option<String>,
}

/// A link that is shown once, on this very answer.
async fn show_link(
    page: Page,
    hub: &Shared,
    host: &Host,
    secret: &str,
    login: Option<String>,
) -> Result<Response, Problem> {
    let address = hub.address.clone().unwrap_or_else(|| format!("http://{}", host.0));
    let until = hub.now() + invitation::SENT_FOR;
    page::html(&LinkPage { page, link: format!("{address}{}", invitation::path(secret)), until, login })
}

/// The name under which the browser knows the hub.
struct Host(String);

impl<S: Sync> axum::extract::FromRequestParts<S> for Host {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Host, Self::Rejection> {
        let host = parts.headers.get(axum::http::header::HOST).and_then(|value| value.to_str().ok());
        Ok(Host(host.unwrap_or_default().to_owned()))
    }
}

#[derive(Deserialize)]
struct Wanted {
    office: String,
    role: String,
}

/// `POST /people/invite`
async fn invite(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    host: Host,
    Form(Wanted { office, role }): Form<Wanted>,
) -> Result<Response, Problem> {
    let role = Role::parse(&role).ok_or(Problem::Form)?;
    let (they, now) = (who, hub.now());
    let work = move |connection: &Connection| {
        if !Offices::of(connection, &they)?.0.iter().any(|(key, _)| *key == office) {
            return Ok(None);
        }
        audit::note(connection, now, &they.login, &office, "person-invited", role.name())?;
        let valid = invitation::SENT_FOR;
        invitation::make(connection, None, (&office, role), &they.login, valid, now).map(Some)
    };
    let secret = hub.store.write(work).await?.ok_or(Problem::NotFound)?;
    show_link(page, &hub, &host, &secret, None).await
}

#[derive(Deserialize)]
struct Uninvited {
    invitation: String,
}

/// `POST /people/uninvite`
async fn uninvite(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<Uninvited>,
) -> Result<Response, Problem> {
    let hash: [u8; 32] = unhex(&form.invitation).ok_or(Problem::Form)?;
    let (they, now) = (who.clone(), hub.now());
    let work = move |connection: &Connection| {
        let all = invitation::all(connection, now)?;
        let theirs = |found: &&Invitation| found.hash == hash && they.may(Deed::People, &found.office);
        let Some(found) = all.iter().find(theirs) else { return Ok(false) };
        invitation::use_up(connection, &hash, now)?;
        audit::note(connection, now, &they.login, &found.office, "invitation-withdrawn", found.role.name())?;
        Ok(true)
    };
    if !hub.store.write(work).await? {
        return Err(Problem::NotFound);
    }
    Ok(done(&hub, &who, "/people", page.say("Pozvánka už neplatí.", "The invitation is no longer valid.")))
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    page: Page,
    who: Who,
    person: Person,
    offices: Offices,
    roles: [Role; 4],
    is_last: bool,
}

/// `GET /people/{id}`
async fn show(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<i64>) -> Result<Response, Problem> {
    let they = who.clone();
    let work = move |connection: &Connection| {
        let found = person::find(connection, id)?.filter(|person| person.is_shown_to(&they));
        let Some(mut person) = found else { return Ok(None) };
        // What somebody does in other offices is nobody's business here.
        person.roles.retain(|(office, _)| office.is_empty() || they.may(Deed::People, office));
        Ok(Some((person, Offices::of(connection, &they)?, person::is_last_administrator(connection, id)?)))
    };
    let (person, offices, is_last) = hub.store.read(work).await?.ok_or(Problem::NotFound)?;
    page::html(&PersonPage { page, who, person, offices, roles: Role::ALL, is_last })
}

/// How a change of somebody went.
enum Changed {
    Done,
    /// They are not there for whoever asks.
    Missing,
    /// They are, and are not theirs to change.
    Forbidden,
    /// It would leave the hub without an administrator.
    Last,
}

impl Changed {
    fn answer(self, hub: &Shared, page: &Page, who: &Who, address: &str, sentence: &str) -> Result<Response, Problem> {
        match self {
            Changed::Done => Ok(done(hub, who, address, sentence)),
            Changed::Missing => Err(Problem::NotFound),
            Changed::Forbidden => Err(Problem::Forbidden),
            Changed::Last => {
                let sentence = page.say(
                    "Nic se nezměnilo: je to poslední správce všech úřadů. Nejdřív udělejte správcem někoho dalšího.",
                    "Nothing was changed: this is the last administrator of all offices. First make another one.",
                );
                Ok(done(hub, who, address, sentence))
            }
        }
    }
}

/// `POST /people/{id}/role`: one role in one office; an empty role takes it away.
async fn set_role(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(id): Path<i64>,
    Form(Wanted { office, role }): Form<Wanted>,
) -> Result<Response, Problem> {
    let new = Role::parse(&role);
    if new.is_none() && !role.is_empty() {
        return Err(Problem::Form);
    }
    let (they, now) = (who.clone(), hub.now());
    let work = move |connection: &Connection| {
        let found = person::find(connection, id)?.filter(|person| person.is_shown_to(&they));
        let Some(person) = found else { return Ok(Changed::Missing) };
        if !Offices::of(connection, &they)?.0.iter().any(|(key, _)| *key == office) {
            return Ok(if office.is_empty() { Changed::Forbidden } else { Changed::Missing });
        }
        let demotes = office.is_empty() && new != Some(Role::Administrator);
        if demotes && person::is_last_administrator(connection, id)? {
            return Ok(Changed::Last);
        }
        match new {
            Some(role) => person::put_role(connection, id, &office, role)?,
            None => person::take_role(connection, id, &office)?,
        }
        let detail = format!("{} ({})", person.login, new.map_or("–", Role::name));
        audit::note(connection, now, &they.login, &office, "role-changed", &detail)?;
        Ok(Changed::Done)
    };
    let changed = hub.store.write(work).await?;
    let sentence = page.say("Role jsou změněné.", "The roles are changed.");
    // Whoever has just lost their last role there is no longer shown.
    changed.answer(&hub, &page, &who, "/people", sentence)
}

/// `POST /people/{id}/password`: a link to a new password, for whoever has forgotten theirs.
async fn renew_password(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    host: Host,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let (they, now) = (who, hub.now());
    let work = move |connection: &Connection| {
        let found = person::find(connection, id)?.filter(|person| person.is_shown_to(&they));
        let Some(person) = found else { return Ok(Err(Problem::NotFound)) };
        let first = person.roles.first().filter(|_| person.is_whole_of(&they));
        let Some((office, role)) = first else { return Ok(Err(Problem::Forbidden)) };
        audit::note(connection, now, &they.login, office, "password-link-made", &person.login)?;
        let secret = invitation::make(connection, Some(id), (office, *role), &they.login, invitation::SENT_FOR, now)?;
        Ok(Ok((secret, person.login)))
    };
    let (secret, login) = hub.store.write(work).await??;
    show_link(page, &hub, &host, &secret, Some(login)).await
}

/// `POST /people/{id}/remove`: from the offices that the reader looks after; with the last role the person goes.
async fn remove(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<i64>) -> Result<Response, Problem> {
    let (they, now) = (who.clone(), hub.now());
    let work = move |connection: &Connection| {
        let found = person::find(connection, id)?.filter(|person| person.is_shown_to(&they));
        let Some(person) = found else { return Ok(Changed::Missing) };
        if !person.is_partly_of(&they) && !they.may(Deed::People, "") {
            return Ok(Changed::Forbidden);
        }
        if person::is_last_administrator(connection, id)? {
            return Ok(Changed::Last);
        }
        for (office, _) in person.roles.iter().filter(|(office, _)| they.may(Deed::People, office)) {
            person::take_role(connection, id, office)?;
            audit::note(connection, now, &they.login, office, "person-removed", &person.login)?;
        }
        if person.is_whole_of(&they) {
            person::remove(connection, id, now)?;
        }
        Ok(Changed::Done)
    };
    let changed = hub.store.write(work).await?;
    changed.answer(&hub, &page, &who, "/people", page.say("Přístup je odebrán.", "Their access has ended."))
}
