//! The page behind a link that counts once: choose a login and a password, and be in.
//!
//! Whoever has a login already and opens a link of another office adds the role to it, instead of having two.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::Deserialize;

use super::client::Client;
use super::invitation::Invitation;
use super::page::{self, Page};
use super::people::Who;
use super::problem::Problem;
use super::session::{self, Browser};
use super::store::StoreError;
use super::web::{Needs, Route};
use super::{Shared, audit, invitation, login, password, person, place};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/first/{secret}", Needs::Nobody, show),
        Route::post("/first/{secret}", Needs::Nobody, enter),
        Route::post("/first/{secret}/join", Needs::Login, join),
    ]
}

#[derive(Template)]
#[template(path = "first.html")]
struct FirstPage {
    page: Page,
    secret: String,
    invitation: Invitation,
    /// Of the office; empty where it is for all.
    office: String,
    login: String,
    wrong: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "spent.html")]
struct SpentPage {
    page: Page,
}

/// The invitation and the name of its office.
async fn find(hub: &Shared, secret: &str) -> Result<Option<(Invitation, String)>, Problem> {
    let (secret, now) = (secret.to_owned(), hub.now());
    let work = move |connection: &Connection| {
        let Some(invitation) = invitation::find(connection, &secret, now)? else { return Ok(None) };
        let offices = place::offices(connection)?;
        let name = offices.into_iter().find(|(key, _)| *key == invitation.office).map(|(_, name)| name);
        Ok(Some((invitation, name.unwrap_or_default())))
    };
    Ok(hub.store.read(work).await?)
}

fn spent(page: Page) -> Result<Response, Problem> {
    Ok((StatusCode::GONE, page::html(&SpentPage { page })?).into_response())
}

async fn show(page: Page, State(hub): State<Shared>, Path(secret): Path<String>) -> Result<Response, Problem> {
    match find(&hub, &secret).await? {
        Some((invitation, office)) => {
            page::html(&FirstPage { page, secret, invitation, office, login: String::new(), wrong: None })
        }
        None => spent(page),
    }
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    login: String,
    password: String,
    again: String,
}

/// `POST /first/{secret}`
async fn enter(
    page: Page,
    State(hub): State<Shared>,
    Client(address): Client,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let Some((invitation, office)) = find(&hub, &secret).await? else { return spent(page) };
    let shown: String = typed.login.chars().take(100).collect();
    let wrong = |page: Page, sentence: (&'static str, &'static str)| {
        let wrong = Some(page.say(sentence.0, sentence.1));
        let (secret, invitation, office, login) = (secret.clone(), invitation.clone(), office.clone(), shown.clone());
        let answer = page::html(&FirstPage { page, secret, invitation, office, login, wrong })?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, answer).into_response())
    };
    let login = match &invitation.person {
        Some((_, login)) => login.clone(),
        None => match person::read_login(&typed.login) {
            Some(login) => login,
            None => return wrong(page, LOGIN),
        },
    };
    if let Err(weak) = password::judge(&typed.password, &typed.again, &login) {
        return wrong(page, weak.words());
    }
    let hash = hub.passwords.hash(typed.password).await?;
    let cookie_secret = invitation::secret()?;
    let cookie = session::cookie(hub.is_secure(), Some(&cookie_secret));
    let arrival = Arrival { login, hash, cookie_secret, browser: Browser::new(&headers, address) };
    let (link, now) = (secret.clone(), hub.now());
    match hub.store.write(move |connection| arrival.enter(connection, &link, now)).await? {
        Arrived::In => Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()),
        Arrived::Taken => wrong(page, TAKEN),
        Arrived::Late => spent(page),
    }
}

const LOGIN: (&str, &str) = (
    "Přihlašovací jméno má mít 2 až 64 znaků: písmena, číslice a . _ - @ +, bez mezer.",
    "A login has 2 to 64 characters: letters, digits and . _ - @ +, without spaces.",
);
const TAKEN: (&str, &str) =
    ("Toto jméno už někdo má. Zvolte jiné.", "Somebody has that login already. Choose another one.");

enum Arrived {
    In,
    Taken,
    /// Somebody else has used the link meanwhile.
    Late,
}

/// Somebody who comes in by a link.
struct Arrival {
    login: String,
    hash: String,
    cookie_secret: String,
    browser: Browser,
}

impl Arrival {
    fn enter(self, connection: &Connection, secret: &str, now: DateTime<Utc>) -> Result<Arrived, StoreError> {
        let Some(invitation) = invitation::find(connection, secret, now)? else { return Ok(Arrived::Late) };
        let (person, deed) = match &invitation.person {
            Some((person, _)) => {
                person::put_password(connection, *person, &self.hash, None)?;
                // The codes were on the telephone that is lost, perhaps.
                connection.execute("UPDATE person SET totp = NULL WHERE id = ?", [person])?;
                (*person, "password-renewed")
            }
            None => {
                let role = (invitation.office.as_str(), invitation.role);
                match person::add(connection, &self.login, &self.hash, role, now)? {
                    Some(person) => (person, "person-added"),
                    None => return Ok(Arrived::Taken),
                }
            }
        };
        invitation::use_up(connection, &invitation.hash, now)?;
        let detail = format!("{} ({})", self.login, invitation.role.name());
        audit::note(connection, now, &self.login, &invitation.office, deed, &detail)?;
        login::begin(connection, person, &self.login, &self.cookie_secret, &self.browser, now)?;
        Ok(Arrived::In)
    }
}

/// `POST /first/{secret}/join`: the role goes to whoever has logged in.
async fn join(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let (now, they) = (hub.now(), who.clone());
    let work = move |connection: &Connection| {
        let found = invitation::find(connection, &secret, now)?;
        let Some(invitation) = found.filter(|invitation| invitation.person.is_none()) else { return Ok(false) };
        let (office, role) = (invitation.office.as_str(), invitation.role);
        // A link is no way down for the last administrator.
        if person::is_last_administrator(connection, they.person)? && office.is_empty() {
            return Ok(false);
        }
        person::put_role(connection, they.person, office, role)?;
        invitation::use_up(connection, &invitation.hash, now)?;
        connection.execute("UPDATE invitation SET person = ? WHERE hash = ?", params![they.person, invitation.hash])?;
        let detail = format!("{} ({})", they.login, role.name());
        audit::note(connection, now, &they.login, office, "role-taken", &detail)?;
        Ok(true)
    };
    if !hub.store.write(work).await? {
        return spent(page);
    }
    Ok(page::done(&hub, &who, "/", page.say("Role je přidána k vašemu účtu.", "The role was added to your account.")))
}
