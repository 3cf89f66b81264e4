//! The pages of urgent messages: what was sent, on which glass it stands, and how it is withdrawn.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::form;
use super::{Glass, Reach, Sent};
use crate::hub::language::Language;
use crate::hub::page::{self, Page};
use crate::hub::people::{Deed, Who};
use crate::hub::problem::Problem;
use crate::hub::standing::Ear;
use crate::hub::web::{Needs, Route};
use crate::hub::{Shared, decree, fleet};
use crate::wire::decree::{Message, Severity};

pub fn routes() -> Vec<Route> {
    let notices = Needs::Deed(Deed::Notices);
    vec![
        Route::get("/messages", Needs::Deed(Deed::See), list),
        Route::get("/messages/new", notices, form::new),
        Route::post("/messages/check", notices, form::check),
        Route::post("/messages", notices, form::send),
        Route::get("/messages/{id}", Needs::Deed(Deed::See), show),
        Route::post("/messages/{id}/withdraw", notices, withdraw),
    ]
}

/// How grave it is, in the words of the glass.
pub fn level(severity: Severity, language: Language) -> &'static str {
    let (czech, english) = match severity {
        Severity::Extreme => ("Nebezpečí", "Danger"),
        Severity::Severe => ("Výstraha", "Warning"),
        Severity::Moderate => ("Upozornění", "Notice"),
    };
    language.say(czech, english)
}

/// What the languages call themselves.
pub fn language_name(code: &str) -> &str {
    form::LANGUAGES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    page: Page,
    now: DateTime<Utc>,
    sent: Vec<Sent>,
    may_send: bool,
}

impl Messages {
    fn level(&self, message: &Message) -> &'static str {
        level(message.severity, self.page.language)
    }

    fn standing(&self, sent: &Sent) -> (&'static str, &'static str) {
        standing(sent, self.now, self.page.language)
    }
}

/// In a word, with its class in the style sheet.
fn standing(sent: &Sent, now: DateTime<Utc>, language: Language) -> (&'static str, &'static str) {
    match (sent.is_in_force(now), &sent.withdrawn) {
        (true, _) if sent.shown() == sent.reach.len() => (language.say("Platí", "In force"), "good"),
        (true, _) => (language.say("Platí, ještě ne všude", "In force, not everywhere yet"), "warn"),
        (false, Some(_)) => (language.say("Staženo", "Withdrawn"), ""),
        (false, None) => (language.say("Skončilo", "Over"), ""),
    }
}

async fn list(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    let now = hub.now();
    let all = hub.store.read(move |connection| super::list(connection, now)).await?;
    let mut sent: Vec<Sent> = all.into_iter().filter(|sent| who.may(Deed::See, &sent.office)).collect();
    sent.sort_by_key(|sent| !sent.is_in_force(now));
    page::html(&Messages { page, now, sent, may_send: who.may_somewhere(Deed::Notices) })
}

#[derive(Template)]
#[template(path = "message.html")]
struct One {
    page: Page,
    now: DateTime<Utc>,
    ear: Ear,
    sent: Sent,
    may_withdraw: bool,
}

impl One {
    fn level(&self) -> &'static str {
        level(self.sent.message.severity, self.page.language)
    }

    fn standing(&self) -> (&'static str, &'static str) {
        standing(&self.sent, self.now, self.page.language)
    }

    fn is_in_force(&self) -> bool {
        self.sent.is_in_force(self.now)
    }

    fn language_name<'a>(&self, code: &'a str) -> &'a str {
        language_name(code)
    }

    /// What is known of one place: a word, its class, and what to think of it.
    fn reach(&self, reach: &Reach) -> (&'static str, &'static str, String) {
        let say = |czech, english| self.page.say(czech, english);
        if !self.is_in_force() {
            return match reach.gone_at {
                Some(at) => (say("Už neukazuje", "Not shown any more"), "good", self.page.moment(&at)),
                None => (say("Zatím nepotvrdilo konec", "End not confirmed"), "warn", self.silence(reach)),
            };
        }
        let since =
            |at: Option<DateTime<Utc>>| at.map(|at| format!("{} {}", say("od", "since"), self.page.moment(&at)));
        match reach.glass {
            // What it said before it fell silent is no news of now.
            Some(_) if reach.heard_at.is_none_or(|at| self.ear.is_missed(at)) => match reach.shown_at {
                Some(_) => (say("Ukázalo, teď se neozývá", "Was shown, silent now"), "warn", self.silence(reach)),
                None => (say("Ještě ne", "Not yet"), "bad", self.silence(reach)),
            },
            Some(Glass::Whole) => (say("Ukazuje", "Shown"), "good", since(reach.shown_at).unwrap_or_default()),
            Some(Glass::Headline) => {
                let why = say(
                    "někdo tam právě čte; nad tím stojí nadpis zprávy",
                    "somebody is reading; the headline stands above",
                );
                (say("Ukazuje nadpis", "Headline shown"), "warn", why.to_owned())
            }
            Some(Glass::Unproved) => {
                let why = say(
                    "panel zprávu kreslí, ale displej to nepotvrdil",
                    "the panel draws it, the display has not confirmed it",
                );
                (say("Není prokázáno", "Not proved"), "bad", why.to_owned())
            }
            Some(Glass::None) | None => (say("Ještě ne", "Not yet"), "bad", self.silence(reach)),
        }
    }

    fn silence(&self, reach: &Reach) -> String {
        match reach.heard_at {
            _ if !reach.has_device => self.page.say("místo nemá přístroj", "the place has no device").to_owned(),
            Some(at) => {
                let ago = fleet::span(self.now - at, self.page.language);
                format!("{} {ago}", self.page.say("naposledy se ozvalo před:", "last heard of, ago:"))
            }
            None => self.page.say("nikdy se neozvalo", "never heard of").to_owned(),
        }
    }
}

async fn find(hub: &Shared, who: &Who, id: String, deed: Deed) -> Result<Sent, Problem> {
    let sent = hub.store.read(move |connection| super::one(connection, &id)).await?.ok_or(Problem::NotFound)?;
    who.need(deed, &sent.office)?;
    Ok(sent)
}

async fn show(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let sent = find(&hub, &who, id, Deed::See).await?;
    let may_withdraw = who.may(Deed::Notices, &sent.office);
    page::html(&One { page, now: hub.now(), ear: hub.ear(), sent, may_withdraw })
}

async fn withdraw(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    find(&hub, &who, id.clone(), Deed::Notices).await?;
    let (now, by, wanted) = (hub.now(), who.login.clone(), id.clone());
    let said = match hub.store.write(move |connection| super::withdraw(connection, &wanted, &by, now)).await? {
        Ok(()) => {
            decree::renew(&hub).await?;
            page.say("Staženo. Z panelů zmizí do minuty.", "Withdrawn. It leaves the panels within a minute.")
        }
        Err(refusal) => fleet::refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, &format!("/messages/{id}"), said))
}
