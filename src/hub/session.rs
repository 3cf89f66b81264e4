//! A browser that has logged in: a cookie with a secret, of which the database keeps the digest.
//!
//! It decides nothing about rights; that is `people`. The surprising thing: the token of the forms is made of the
//! secret and kept nowhere, so that it belongs to one session and ends with it.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::language::Language;
use super::people::{Role, Who};
use super::store::{StoreError, instant};
use super::{Shared, token_hash};
use crate::keys::hex;

/// It ends when nobody has used it for so long.
pub const IDLE: TimeDelta = TimeDelta::hours(12);
/// It ends, used or not.
pub const LONGEST: TimeDelta = TimeDelta::days(7);
/// Its use is written down so often at most.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(5);
/// Sessions of one person; the oldest makes room.
const MAX_EACH: i64 = 20;
/// Letters of a browser's name that are kept.
const MAX_BROWSER: usize = 200;

/// Of one browser, before it is written down.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Its `User-Agent`.
    pub agent: String,
    /// Where it speaks from.
    pub address: String,
}

impl Browser {
    pub fn new(headers: &HeaderMap, address: String) -> Browser {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Browser { agent: agent.chars().take(MAX_BROWSER).collect(), address }
    }
}

/// Begins one for the person. `secret`: goes into the cookie, and nowhere else.
pub fn begin(
    connection: &Connection,
    person: i64,
    secret: &str,
    browser: &Browser,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let at = instant::to_sql(now);
    connection.execute(
        "DELETE FROM session WHERE made_at < ?1 OR seen_at < ?2",
        [instant::to_sql(now - LONGEST), instant::to_sql(now - IDLE)],
    )?;
    connection.execute(
        "INSERT INTO session (hash, person, made_at, seen_at, browser, address) VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
        params![token_hash(secret), person, at, browser.agent, browser.address],
    )?;
    connection.execute(
        "DELETE FROM session WHERE person = ?1 AND hash NOT IN
           (SELECT hash FROM session WHERE person = ?1 ORDER BY seen_at DESC, made_at DESC LIMIT ?2)",
        [person, MAX_EACH],
    )?;
    Ok(())
}

pub fn end(connection: &Connection, hash: &[u8; 32]) -> Result<(), StoreError> {
    connection.execute("DELETE FROM session WHERE hash = ?", [hash])?;
    Ok(())
}

/// Ends all of a person's, but perhaps for one.
pub fn end_all(connection: &Connection, person: i64, but: Option<&[u8; 32]>) -> Result<(), StoreError> {
    let but = but.map_or([0; 32], |hash| *hash);
    connection.execute("DELETE FROM session WHERE person = ? AND hash <> ?", params![person, but])?;
    Ok(())
}

/// Who speaks by the secret of a cookie; `None`: nobody, any more.
pub async fn who(hub: &Shared, secret: String) -> Result<Option<Who>, StoreError> {
    let now = hub.now();
    let hash = token_hash(&secret);
    let found = hub.store.read(move |connection| find(connection, hash, now)).await?;
    let Some((mut who, seen_at)) = found else { return Ok(None) };
    if now - seen_at >= SEEN_EVERY {
        // A full disk must not shut out whoever could free it.
        let update = "UPDATE session SET seen_at = max(seen_at, ?) WHERE hash = ?";
        let at = instant::to_sql(now);
        hub.store.write(move |connection| Ok(connection.execute(update, params![at, hash])?)).await.ok();
    }
    who.csrf = csrf(&secret);
    Ok(Some(who))
}

fn find(
    connection: &Connection,
    hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(Who, DateTime<Utc>)>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT person.id, login, language, seen_at FROM session JOIN person ON person.id = session.person
             WHERE hash = ? AND session.made_at >= ? AND seen_at >= ? AND removed_at IS NULL",
        )?
        .query_row(params![hash, instant::to_sql(now - LONGEST), instant::to_sql(now - IDLE)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((person, login, language, seen_at)) = found else { return Ok(None) };
    let language = Language::parse(&language).unwrap_or_default();
    let roles = roles(connection, person)?;
    let who = Who { person, login, language, roles, session: hash, csrf: String::new() };
    Ok(Some((who, instant::from_sql(seen_at))))
}

/// What somebody may do, office by office.
pub fn roles(connection: &Connection, person: i64) -> Result<Vec<(String, Role)>, StoreError> {
    let mut query = connection.prepare_cached("SELECT office, role FROM role WHERE person = ? ORDER BY office")?;
    let rows = query.query_map([person], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut roles = Vec::new();
    for row in rows {
        let (office, role) = row?;
        // A role of a later version gives no rights here.
        roles.extend(Role::parse(&role).map(|role| (office, role)));
    }
    Ok(roles)
}

/// The token of the forms of a session.
fn csrf(secret: &str) -> String {
    hex(&Sha256::digest(format!("vyveska form 1\n{secret}")))
}

/// The cookie of a session. Where TLS carries it a browser takes it from nobody but this very host (RFC 6265bis
/// § 4.1.3.2).
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-vyveska" } else { "vyveska" }
}

/// `None` takes it away.
pub fn cookie(secure: bool, secret: Option<&str>) -> String {
    let (name, end) = (cookie_name(secure), if secure { "; Secure" } else { "" });
    let age = secret.map_or(0, |_| LONGEST.num_seconds());
    format!("{name}={}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{end}", secret.unwrap_or_default())
}

/// The value of a cookie in a request.
pub fn read_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
