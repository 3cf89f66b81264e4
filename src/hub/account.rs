//! One's own account: the password, the codes from the telephone, the sessions.
//!
//! Whoever sits down at somebody's open browser must not be able to keep it: the password and the codes change only
//! with the password that is in force, and tries at it are counted as those at the login are.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::Deserialize;

use super::client::Client;
use super::page::{self, Page, done};
use super::people::{Role, Who};
use super::problem::Problem;
use super::store::{StoreError, instant};
use super::throttle::Attempt;
use super::web::{Needs, Route};
use super::{Shared, audit, password, person, place, session, totp};
use crate::keys::{hex, unhex};
use crate::secret;

pub fn routes() -> Vec<Route> {
    let needs = Needs::Login;
    vec![
        Route::get("/account", needs, show),
        Route::post("/account/password", needs, set_password),
        Route::get("/account/codes", needs, offer_codes),
        Route::post("/account/codes", needs, start_codes),
        Route::post("/account/codes/off", needs, stop_codes),
        Route::post("/account/sessions", needs, end_sessions),
    ]
}

/// A browser where somebody is logged in.
struct Session {
    hash: [u8; 32],
    agent: String,
    address: String,
    made_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
}

impl Session {
    fn id(&self) -> String {
        hex(&self.hash)
    }

    /// As its owner knows it: `Firefox, Windows`; what is no known browser is shown as it calls itself.
    fn name(&self) -> String {
        let first = |names: &[(&'static str, &'static str)]| {
            names.iter().find(|(word, _)| self.agent.contains(word)).map(|(_, name)| *name)
        };
        let browser = first(&[("Firefox/", "Firefox"), ("Edg", "Edge"), ("Chrom", "Chrome"), ("Safari/", "Safari")]);
        let system = first(&[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ]);
        match (browser, system) {
            (Some(browser), Some(system)) => format!("{browser}, {system}"),
            (Some(name), None) | (None, Some(name)) => name.to_owned(),
            (None, None) => self.agent.chars().take(40).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    who: Who,
    has_codes: bool,
    /// Names of offices, with the role in each; an empty name means all of them.
    roles: Vec<(String, Role)>,
    sessions: Vec<Session>,
    /// What was wrong with the form about the password, and with that about the codes.
    wrong: [Option<&'static str>; 2],
}

async fn show(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    account(page, who, &hub, [None, None]).await
}

async fn account(page: Page, who: Who, hub: &Shared, wrong: [Option<&'static str>; 2]) -> Result<Response, Problem> {
    let (they, now) = (who.clone(), hub.now());
    let work = move |connection: &Connection| {
        let offices = place::offices(connection)?;
        let name = |key: &str| offices.iter().find(|(other, _)| other == key).map_or(String::new(), |(_, n)| n.clone());
        let roles: Vec<(String, Role)> = they.roles.iter().map(|(office, role)| (name(office), *role)).collect();
        let codes: bool =
            connection
                .query_row("SELECT totp IS NOT NULL FROM person WHERE id = ?", [they.person], |row| row.get(0))?;
        Ok((roles, codes, sessions(connection, they.person, now)?))
    };
    let (roles, has_codes, sessions) = hub.store.read(work).await?;
    let is_wrong = wrong.iter().any(Option::is_some);
    let answer = page::html(&AccountPage { page, who, has_codes, roles, sessions, wrong })?;
    Ok(if is_wrong { (StatusCode::UNPROCESSABLE_ENTITY, answer).into_response() } else { answer })
}

fn sessions(connection: &Connection, person: i64, now: DateTime<Utc>) -> Result<Vec<Session>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT hash, browser, address, made_at, seen_at FROM session
         WHERE person = ? AND made_at >= ? AND seen_at >= ? ORDER BY seen_at DESC",
    )?;
    let oldest = [now - session::LONGEST, now - session::IDLE].map(instant::to_sql);
    let rows = query.query_map(params![person, oldest[0], oldest[1]], |row| {
        Ok(Session {
            hash: row.get(0)?,
            agent: row.get(1)?,
            address: row.get(2)?,
            made_at: instant::from_sql(row.get(3)?),
            seen_at: instant::from_sql(row.get(4)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether it is the person's password.
async fn is_theirs(hub: &Shared, who: &Who, address: String, typed: String) -> Result<bool, Problem> {
    let (login, from) = (who.login.clone(), address.clone());
    let lock = hub.store.read(move |connection| person::lock(connection, &login, &from)).await?;
    let attempt = Attempt { login: who.login.clone(), address, known: true };
    hub.throttle.try_now(&attempt, hub.now()).map_err(Problem::TooMany)?;
    let is_right = hub.passwords.is(typed, lock.map(|lock| lock.password)).await?;
    if is_right {
        hub.throttle.forgive(&attempt);
    }
    Ok(is_right)
}

const NOT_YOURS: (&str, &str) = ("Dosavadní heslo nesouhlasí.", "The present password is wrong.");

#[derive(Deserialize)]
struct NewPassword {
    password: String,
    new: String,
    again: String,
}

/// `POST /account/password`: all other sessions end.
async fn set_password(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Client(address): Client,
    Form(form): Form<NewPassword>,
) -> Result<Response, Problem> {
    if let Err(weak) = password::judge(&form.new, &form.again, &who.login) {
        let (czech, english) = weak.words();
        let wrong = [Some(page.say(czech, english)), None];
        return account(page, who, &hub, wrong).await;
    }
    if !is_theirs(&hub, &who, address, form.password).await? {
        let wrong = [Some(page.say(NOT_YOURS.0, NOT_YOURS.1)), None];
        return account(page, who, &hub, wrong).await;
    }
    let (hash, they, now) = (hub.passwords.hash(form.new).await?, who.clone(), hub.now());
    let work = move |connection: &Connection| {
        person::put_password(connection, they.person, &hash, Some(&they.session))?;
        audit::note(connection, now, &they.login, "", "password-changed", &they.login)
    };
    hub.store.write(work).await?;
    let sentence = page.say(
        "Heslo je změněno. V ostatních prohlížečích jste odhlášeni.",
        "The password is changed. You are logged out in all other browsers.",
    );
    Ok(done(&hub, &who, "/account", sentence))
}

#[derive(Template)]
#[template(path = "codes.html")]
struct CodesPage {
    page: Page,
    /// In hexadecimal digits, for the form; in letters, for the app.
    secret: String,
    letters: String,
    picture: Option<(String, i32)>,
    wrong: Option<&'static str>,
}

/// `GET /account/codes`: a new secret each time; it counts once its first code was typed.
async fn offer_codes(page: Page, who: Who) -> Result<Response, Problem> {
    let secret = secret::random().map_err(|_| Problem::Broken)?;
    codes(page, &who, secret, None)
}

fn codes(
    page: Page,
    who: &Who,
    secret: [u8; totp::SECRET],
    wrong: Option<(&'static str, &'static str)>,
) -> Result<Response, Problem> {
    let picture = totp::picture(&totp::address(&secret, &who.login));
    let wrong = wrong.map(|(czech, english)| page.say(czech, english));
    let answer =
        page::html(&CodesPage { page, secret: hex(&secret), letters: totp::letters(&secret), picture, wrong })?;
    Ok(if wrong.is_some() { (StatusCode::UNPROCESSABLE_ENTITY, answer).into_response() } else { answer })
}

#[derive(Deserialize)]
struct NewCodes {
    secret: String,
    code: String,
    password: String,
}

/// `POST /account/codes`
async fn start_codes(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Client(address): Client,
    Form(form): Form<NewCodes>,
) -> Result<Response, Problem> {
    let secret: [u8; totp::SECRET] = unhex(&form.secret).ok_or(Problem::Form)?;
    if !is_theirs(&hub, &who, address, form.password).await? {
        return codes(page, &who, secret, Some(NOT_YOURS));
    }
    let now = hub.now();
    let Some(step) = totp::step_of(&secret, &form.code, 0, now) else {
        return codes(
            page,
            &who,
            secret,
            Some((
                "Kód nesouhlasí. Opište ten, který aplikace ukazuje teď.",
                "The code is wrong. Type the one that the app shows now.",
            )),
        );
    };
    let they = who.clone();
    let work = move |connection: &Connection| {
        let update = "UPDATE person SET totp = ?, totp_step = ? WHERE id = ?";
        connection.execute(update, params![secret, step, they.person])?;
        session::end_all(connection, they.person, Some(&they.session))?;
        audit::note(connection, now, &they.login, "", "codes-on", &they.login)
    };
    hub.store.write(work).await?;
    let sentence = page.say(
        "Kódy jsou zapnuté. Při příštím přihlášení budete potřebovat telefon.",
        "Codes are on. At the next login you will need your telephone.",
    );
    Ok(done(&hub, &who, "/account", sentence))
}

#[derive(Deserialize)]
struct Confirmed {
    password: String,
}

/// `POST /account/codes/off`
async fn stop_codes(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Client(address): Client,
    Form(form): Form<Confirmed>,
) -> Result<Response, Problem> {
    if !is_theirs(&hub, &who, address, form.password).await? {
        let wrong = [None, Some(page.say(NOT_YOURS.0, NOT_YOURS.1))];
        return account(page, who, &hub, wrong).await;
    }
    let (they, now) = (who.clone(), hub.now());
    let work = move |connection: &Connection| {
        connection.execute("UPDATE person SET totp = NULL WHERE id = ?", [they.person])?;
        audit::note(connection, now, &they.login, "", "codes-off", &they.login)
    };
    hub.store.write(work).await?;
    Ok(done(&hub, &who, "/account", page.say("Kódy jsou vypnuté.", "Codes are off.")))
}

#[derive(Deserialize)]
struct Ended {
    /// Its digest in hexadecimal digits, or `others`.
    session: String,
}

/// `POST /account/sessions`: only one's own.
async fn end_sessions(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<Ended>,
) -> Result<Response, Problem> {
    let they = who.clone();
    let one: Option<[u8; 32]> = unhex(&form.session);
    if one.is_none() && form.session != "others" {
        return Err(Problem::Form);
    }
    let work = move |connection: &Connection| match one {
        Some(hash) => {
            let delete = "DELETE FROM session WHERE hash = ? AND person = ?";
            connection.execute(delete, params![hash, they.person])?;
            Ok(())
        }
        None => session::end_all(connection, they.person, Some(&they.session)),
    };
    hub.store.write(work).await?;
    Ok(done(&hub, &who, "/account", page.say("Přihlášení je ukončeno.", "The session has ended.")))
}
