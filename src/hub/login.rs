//! In and out: a login and its password, a code where the person wants one, and the session that begins.
//!
//! The surprising thing: between the password and the code nothing is known to the browser but a secret of five minutes;
//! there is no session that is half one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;

use super::client::Client;
use super::page::{self, Page};
use super::people::Who;
use super::problem::Problem;
use super::session::{self, Browser};
use super::store::{StoreError, instant};
use super::throttle::Attempt;
use super::web::{Needs, Route, next_address};
use super::{Shared, audit, invitation, person, token_hash, totp};

/// Time to reach for the telephone.
const CODE_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// Wrong codes after one password.
const MAX_CODES: u32 = 5;
/// So many may be between password and code.
const MAX_PENDING: usize = 256;
/// Addresses from which somebody is known, and for how long.
const MAX_KNOWN: i64 = 8;
const KNOWN_FOR: TimeDelta = TimeDelta::days(90);
/// Letters of a login that are looked at.
const MAX_TYPED: usize = 64;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/login", Needs::Nobody, show),
        Route::post("/login", Needs::Nobody, log_in),
        Route::post("/login/code", Needs::Nobody, log_in_by_code),
        Route::post("/logout", Needs::Login, log_out),
    ]
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    login: String,
    next: String,
    wrong: bool,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    page: Page,
    pending: String,
    wrong: bool,
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    next: String,
}

async fn show(page: Page, Query(Wanted { next }): Query<Wanted>) -> Result<Response, Problem> {
    if page.who.is_some() {
        return Ok(Redirect::to(next_address(&next)).into_response());
    }
    page::html(&LoginPage { page, login: String::new(), next, wrong: false })
}

#[derive(Deserialize)]
struct Typed {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /login`
async fn log_in(
    page: Page,
    State(hub): State<Shared>,
    Client(address): Client,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let now = hub.now();
    let shown: String = typed.login.chars().take(MAX_TYPED).collect();
    let login = person::read_login(&typed.login).unwrap_or_else(|| shown.clone());
    let (wanted, from) = (login.clone(), address.clone());
    let lock = hub.store.read(move |connection| person::lock(connection, &wanted, &from)).await?;
    let known = lock.as_ref().is_some_and(|lock| lock.known);
    let attempt = Attempt { login, address, known };
    hub.throttle.try_now(&attempt, now).map_err(Problem::TooMany)?;
    let kept = lock.as_ref().map(|lock| lock.password.clone());
    let is_right = hub.passwords.is(typed.password, kept).await?;
    let Some(lock) = lock.filter(|_| is_right) else {
        let answer = page::html(&LoginPage { page, login: shown, next: typed.next, wrong: true })?;
        return Ok((StatusCode::UNAUTHORIZED, answer).into_response());
    };
    let browser = Browser::new(&headers, attempt.address.clone());
    let next = next_address(&typed.next).to_owned();
    let entry = Entry { person: lock.person, password: lock.password, attempt, browser, next };
    if !lock.has_codes {
        return enter(&hub, entry, None, &headers).await?.ok_or(Problem::Forbidden);
    }
    let pending = hub.pending.put(entry, now)?;
    page::html(&CodePage { page, pending, wrong: false })
}

#[derive(Deserialize)]
struct TypedCode {
    pending: String,
    code: String,
}

/// `POST /login/code`
async fn log_in_by_code(
    page: Page,
    State(hub): State<Shared>,
    headers: HeaderMap,
    Form(typed): Form<TypedCode>,
) -> Result<Response, Problem> {
    let now = hub.now();
    // Too late, or too often: from the beginning.
    let Some(entry) = hub.pending.try_again(&typed.pending, now) else {
        return Ok(Redirect::to("/login").into_response());
    };
    hub.throttle.try_now(&entry.attempt, now).map_err(Problem::TooMany)?;
    match enter(&hub, entry, Some(typed.code), &headers).await? {
        Some(response) => {
            hub.pending.end(&typed.pending);
            Ok(response)
        }
        None => {
            let answer = page::html(&CodePage { page, pending: typed.pending, wrong: true })?;
            Ok((StatusCode::UNAUTHORIZED, answer).into_response())
        }
    }
}

/// Begins the session; `None`: the code is wrong, or what the person proves by has just changed.
async fn enter(
    hub: &Shared,
    entry: Entry,
    code: Option<String>,
    headers: &HeaderMap,
) -> Result<Option<Response>, Problem> {
    let (now, secret) = (hub.now(), invitation::secret()?);
    let before = session::read_cookie(headers, session::cookie_name(hub.is_secure())).map(token_hash);
    let (attempt, next, cookie) =
        (entry.attempt.clone(), entry.next.clone(), session::cookie(hub.is_secure(), Some(&secret)));
    let work = move |connection: &Connection| entry.enter(connection, code.as_deref(), &secret, before, now);
    if !hub.store.write(work).await? {
        return Ok(None);
    }
    hub.throttle.forgive(&attempt);
    Ok(Some(([(header::SET_COOKIE, cookie)], Redirect::to(&next)).into_response()))
}

/// Somebody whose password was right.
#[derive(Debug, Clone)]
struct Entry {
    person: i64,
    /// The hash that it was compared with.
    password: String,
    attempt: Attempt,
    browser: Browser,
    next: String,
}

impl Entry {
    fn enter(
        &self,
        connection: &Connection,
        code: Option<&str>,
        secret: &str,
        before: Option<[u8; 32]>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let found: Option<(Option<Vec<u8>>, i64)> = connection
            .prepare_cached("SELECT totp, totp_step FROM person WHERE id = ? AND password = ? AND removed_at IS NULL")?
            .query_row(params![self.person, self.password], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match (found, code) {
            (Some((None, _)), _) => {}
            (Some((Some(key), last)), Some(code)) => {
                let Some(step) = totp::step_of(&key, code, last, now) else { return Ok(false) };
                connection.execute("UPDATE person SET totp_step = ? WHERE id = ?", [step, self.person])?;
            }
            (Some((Some(_), _)), None) | (None, _) => return Ok(false),
        }
        if let Some(before) = before {
            session::end(connection, &before)?;
        }
        begin(connection, self.person, &self.attempt.login, secret, &self.browser, now)?;
        Ok(true)
    }
}

/// Begins a session, remembers where from, and writes it into the audit.
pub fn begin(
    connection: &Connection,
    person: i64,
    login: &str,
    secret: &str,
    browser: &Browser,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    session::begin(connection, person, secret, browser, now)?;
    let at = instant::to_sql(now);
    connection.execute(
        "INSERT OR REPLACE INTO known_address (person, address, at) VALUES (?, ?, ?)",
        params![person, browser.address, at],
    )?;
    connection.execute(
        "DELETE FROM known_address WHERE person = ?1 AND (at < ?2 OR address NOT IN
           (SELECT address FROM known_address WHERE person = ?1 ORDER BY at DESC LIMIT ?3))",
        params![person, instant::to_sql(now - KNOWN_FOR), MAX_KNOWN],
    )?;
    audit::note(connection, now, login, "", "logged-in", &browser.address)
}

/// `POST /logout`
async fn log_out(who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    hub.store.write(move |connection| session::end(connection, &who.session)).await?;
    let cookie = session::cookie(hub.is_secure(), None);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

/// Those between password and code, by the digest of their secret.
#[derive(Debug, Default)]
pub struct Pending(Mutex<HashMap<[u8; 32], Waiting>>);

#[derive(Debug)]
struct Waiting {
    entry: Entry,
    until: DateTime<Utc>,
    tries: u32,
}

impl Pending {
    fn put(&self, entry: Entry, now: DateTime<Utc>) -> Result<String, Problem> {
        let secret = invitation::secret()?;
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, waiting| waiting.until > now);
        if waiting.len() >= MAX_PENDING {
            return Err(Problem::Busy);
        }
        waiting.insert(token_hash(&secret), Waiting { entry, until: now + CODE_WITHIN, tries: 0 });
        Ok(secret)
    }

    fn try_again(&self, secret: &str, now: DateTime<Utc>) -> Option<Entry> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = all.get_mut(&token_hash(secret)).filter(|waiting| waiting.until > now)?;
        waiting.tries += 1;
        (waiting.tries <= MAX_CODES).then(|| waiting.entry.clone())
    }

    fn end(&self, secret: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&token_hash(secret));
    }
}
