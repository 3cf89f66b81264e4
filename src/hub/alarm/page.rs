//! The page on which administrators say who is told, and how: recipients of each office, and for all of them the mail
//! server, the webhook and the outside address.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;

use super::book::{self, Recipient};
use super::form::{self, MailForm};
use super::rule::Quiet;
use super::setting::{Alive, Mail, Protection, Webhook};
use super::trouble::Trouble;
use super::{Called, mail};
use crate::hub::language::Language;
use crate::hub::page::{self, Page};
use crate::hub::people::{Deed, Who};
use crate::hub::problem::Problem;
use crate::hub::store::{StoreError, instant};
use crate::hub::web::{Needs, Route};
use crate::hub::{Shared, audit, place};

pub const PATH: &str = "/alerts";
/// Recipients of one office.
const MAX_RECIPIENTS: usize = 50;
/// Messages that are listed.
const MESSAGES: u32 = 20;

pub fn routes() -> Vec<Route> {
    let people = Needs::Deed(Deed::People);
    vec![
        Route::get(PATH, people, show),
        Route::post("/alerts/recipients", people, add),
        Route::post("/alerts/recipients/{id}/remove", people, remove),
        Route::post("/alerts/mail", people, form::set_mail),
        Route::post("/alerts/mail/test", people, form::test_mail),
        Route::post("/alerts/webhook", people, form::set_webhook),
        Route::post("/alerts/webhook/test", people, form::test_webhook),
        Route::post("/alerts/alive", people, form::set_alive),
    ]
}

/// Which form was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Recipient,
    Mail,
    MailTest,
    Webhook,
    Alive,
}

/// What was wrong with a form, and what stood in it.
#[derive(Default)]
pub struct Wrong {
    pub said: Option<(Part, String)>,
    pub mail: Option<MailForm>,
}

impl Wrong {
    pub fn new(part: Part, said: impl Into<String>) -> Wrong {
        Wrong { said: Some((part, said.into())), mail: None }
    }
}

/// A message as it is listed.
struct Sent {
    made_at: DateTime<Utc>,
    to: String,
    subject: String,
    outcome: Option<String>,
    trouble: Option<Trouble>,
    next_at: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct Alerts {
    page: Page,
    wrong: Wrong,
    /// Those of the reader's offices, without the webhook.
    recipients: Vec<Recipient>,
    offices: Vec<(String, String)>,
    messages: Vec<Sent>,
    /// Whether the reader looks after all offices.
    whole: bool,
    can_mail: bool,
    mail: MailForm,
    has_password: bool,
    webhook: Option<Webhook>,
    alive: Option<Alive>,
    called: Option<Called>,
    address: Option<String>,
}

impl Alerts {
    fn office<'a>(&'a self, key: &'a str) -> &'a str {
        let all = self.page.say("všechny úřady", "all offices");
        let found = self.offices.iter().find(|(other, _)| other == key);
        found.map_or(if key.is_empty() { all } else { key }, |(_, name)| name)
    }

    fn wrong(&self, part: &str) -> Option<&str> {
        let (found, said) = self.wrong.said.as_ref()?;
        let name = match found {
            Part::Recipient => "recipient",
            Part::Mail => "mail",
            Part::MailTest => "mail-test",
            Part::Webhook => "webhook",
            Part::Alive => "alive",
        };
        (name == part).then_some(said.as_str())
    }

    fn quiet(&self, recipient: &Recipient) -> Option<String> {
        recipient.quiet.map(|quiet| format!("{}–{}", hours(quiet.from), hours(quiet.until)))
    }

    fn language(&self, recipient: &Recipient) -> &'static str {
        match recipient.language {
            Language::Czech => self.page.language.say("česky", "Czech"),
            Language::English => self.page.language.say("anglicky", "English"),
        }
    }

    fn protections(&self) -> [(&'static str, &'static str); 3] {
        let l = self.page.language;
        Protection::ALL.map(|protection| {
            let words = match protection {
                Protection::Starttls => l.say("STARTTLS (obvykle port 587)", "STARTTLS (usually port 587)"),
                Protection::Tls => l.say("TLS od začátku (obvykle port 465)", "TLS from the start (usually port 465)"),
                Protection::None => l.say(
                    "žádné – jen server ve vnitřní síti, bez hesla",
                    "none – only for a server in the inner network, without a password",
                ),
            };
            (protection.name(), words)
        })
    }

    /// A state in a word, its class and what to know of it.
    fn state(&self, sent: &Sent) -> (&'static str, &'static str, String) {
        let l = self.page.language;
        let trouble = sent.trouble.as_ref().map_or(String::new(), |trouble| trouble.what(l));
        match sent.outcome.as_deref() {
            Some("sent") => ("good", l.say("odesláno", "sent"), String::new()),
            Some(_) => ("bad", l.say("vzdáno", "given up"), trouble),
            None if sent.trouble.is_none() => ("", l.say("odesílá se", "being sent"), String::new()),
            None => {
                let again = format!("{} {}.", l.say("Další pokus", "Next try"), l.moment(&sent.next_at));
                ("warn", l.say("čeká", "waits"), format!("{trouble} {again}"))
            }
        }
    }

    fn trouble(&self, trouble: &Trouble) -> String {
        format!("{} {}", trouble.what(self.page.language), trouble.cure(self.page.language))
    }
}

/// `7:00`
fn hours(minutes: u16) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

async fn show(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    view(&hub, page, &who, Wrong::default()).await
}

/// The page; with what was wrong where a form brought us here.
pub async fn view(hub: &Shared, page: Page, who: &Who, wrong: Wrong) -> Result<Response, Problem> {
    let whole = who.may(Deed::People, "");
    let (state, theirs) = (hub.clone(), who.clone());
    let read = move |connection: &Connection| {
        let may = |office: &str| theirs.may(Deed::People, office);
        let mut offices = place::offices(connection)?;
        offices.retain(|(key, _)| may(key));
        let mut recipients = book::recipients(connection)?;
        recipients.retain(|recipient| !recipient.is_webhook() && may(&recipient.office));
        let messages = messages(connection, &may)?;
        let mail: Option<Mail> = state.seal.read(connection)?;
        let webhook = state.seal.read::<Webhook>(connection)?;
        let settings = (mail, webhook, state.seal.read::<Alive>(connection)?, state.seal.read::<Called>(connection)?);
        Ok((offices, recipients, messages, settings))
    };
    let (offices, recipients, messages, (mail, webhook, alive, called)) = hub.store.read(read).await?;
    let status = if wrong.said.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (can_mail, has_password) = (mail.is_some(), mail.as_ref().is_some_and(|mail| !mail.password.is_empty()));
    // Of the settings for all offices only those hear who look after all of them.
    let mail = match (&wrong.mail, mail) {
        _ if !whole => MailForm::default(),
        (Some(typed), _) => typed.clone(),
        (None, mail) => mail.map_or_else(MailForm::default, MailForm::of),
    };
    let (webhook, alive) = (webhook.filter(|_| whole), alive.filter(|_| whole));
    let address = hub.address.clone();
    let html = page::html(&Alerts {
        page,
        wrong,
        recipients,
        offices,
        messages,
        whole,
        can_mail,
        mail,
        has_password,
        webhook,
        alive,
        called,
        address,
    })?;
    Ok((status, html).into_response())
}

fn messages(connection: &Connection, may: &dyn Fn(&str) -> bool) -> Result<Vec<Sent>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT office, message.made_at, address, subject, outcome, trouble, next_at
         FROM message JOIN recipient ON recipient.id = message.recipient ORDER BY number DESC",
    )?;
    let rows = query.query_map([], |row| {
        let trouble: Option<String> = row.get(5)?;
        let sent = Sent {
            made_at: instant::from_sql(row.get(1)?),
            to: row.get(2)?,
            subject: row.get(3)?,
            outcome: row.get(4)?,
            trouble: trouble.map(|trouble| serde_json::from_str(&trouble).unwrap_or(Trouble::Other)),
            next_at: instant::from_sql(row.get(6)?),
        };
        Ok((row.get::<_, String>(0)?, sent))
    })?;
    let theirs = rows.filter(|row| row.as_ref().map_or(true, |(office, _)| may(office)));
    Ok(theirs.take(MESSAGES as usize).map(|row| row.map(|(_, sent)| sent)).collect::<Result<_, _>>()?)
}

#[derive(Deserialize)]
struct New {
    office: String,
    address: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    quiet_from: String,
    #[serde(default)]
    quiet_until: String,
}

/// `HH:MM`, as browsers send it.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

async fn add(page: Page, who: Who, State(hub): State<Shared>, Form(new): Form<New>) -> Result<Response, Problem> {
    who.need(Deed::People, &new.office)?;
    let wrong = |said: &str| Wrong::new(Part::Recipient, said);
    let Some(address) = mail::address(&new.address) else {
        let said = page.say("To není e-mailová adresa.", "This is no e-mail address.");
        let wrong = wrong(said);
        return view(&hub, page, &who, wrong).await;
    };
    let quiet = match (new.quiet_from.trim(), new.quiet_until.trim()) {
        ("", "") => None,
        (from, until) => match minutes(from).zip(minutes(until)) {
            Some((from, until)) => Some(Quiet { from, until }),
            None => {
                let said = page.say(
                    "Tiché hodiny potřebují začátek i konec, například 22:00 a 6:30.",
                    "Quiet hours need both a beginning and an end, as 22:00 and 6:30.",
                );
                let wrong = wrong(said);
                return view(&hub, page, &who, wrong).await;
            }
        },
    };
    let language = Language::parse(&new.language).unwrap_or_default();
    let (now, by, address) = (hub.now(), who.login.clone(), address.to_string());
    let write = move |connection: &Connection| {
        let known: bool = connection.query_row(
            "SELECT ?1 = '' OR EXISTS (SELECT 1 FROM office WHERE key = ?1)",
            [&new.office],
            |row| row.get(0),
        )?;
        let there: i64 =
            connection.query_row("SELECT count(*) FROM recipient WHERE office = ?", [&new.office], |row| row.get(0))?;
        if !known || there >= MAX_RECIPIENTS as i64 {
            return Ok(None);
        }
        let added = connection.execute(
            "INSERT OR IGNORE INTO recipient (office, address, language, quiet_from, quiet_until, made_at)
             VALUES (?, ?, ?, ?, ?, ?)",
            params![
                new.office,
                address,
                language.code(),
                quiet.map(|quiet| quiet.from),
                quiet.map(|quiet| quiet.until),
                instant::to_sql(now)
            ],
        )?;
        if added > 0 {
            audit::note(connection, now, &by, &new.office, "recipient-added", &address)?;
        }
        Ok(Some(added > 0))
    };
    match hub.store.write(write).await? {
        Some(true) => {
            let said = page.say("Příjemce je přidán.", "The recipient is added.");
            Ok(page::done(&hub, &who, PATH, said))
        }
        Some(false) => {
            let said = page.say("Tento příjemce tu už je.", "This recipient is here already.");
            let wrong = wrong(said);
            view(&hub, page, &who, wrong).await
        }
        None => Err(Problem::NotFound),
    }
}

async fn remove(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<i64>) -> Result<Response, Problem> {
    let find = move |connection: &Connection| {
        let query = "SELECT office, address FROM recipient WHERE id = ? AND address <> ''";
        Ok(connection.query_row(query, [id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    };
    let found: Option<(String, String)> = hub.store.read(find).await?;
    let (office, address) = found.ok_or(Problem::NotFound)?;
    who.need(Deed::People, &office)?;
    let (now, by) = (hub.now(), who.login.clone());
    let write = move |connection: &Connection| {
        connection.execute("DELETE FROM recipient WHERE id = ?", [id])?;
        audit::note(connection, now, &by, &office, "recipient-removed", &address)
    };
    hub.store.write(write).await?;
    Ok(page::done(&hub, &who, PATH, page.say("Příjemce už nic nedostane.", "The recipient will get nothing more.")))
}
