//! Links that count once: they make a person, or a new password for one.
//!
//! The first administrator comes in by such a link, which the hub prints while it knows nobody; there is no default
//! password. The surprising thing: looking at a link does not use it up, for mail programs look at links before people
//! do.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::people::Role;
use super::store::{StoreError, instant, schema};
use super::{audit, token_hash};
use crate::{keys, secret};

/// How long the hub's own links are valid, and those that somebody sends.
pub const OWN_FOR: TimeDelta = TimeDelta::hours(24);
pub const SENT_FOR: TimeDelta = TimeDelta::days(7);
/// Who has made it, where nobody did: it stands in the audit.
const COMMAND: &str = "vyveska-hub invite";

#[derive(Debug, Clone)]
pub struct Invitation {
    pub hash: [u8; 32],
    /// Whose new password it makes; `None`: it makes a person.
    pub person: Option<(i64, String)>,
    /// `""` means all of them.
    pub office: String,
    pub role: Role,
    pub made_by: String,
    pub expires_at: DateTime<Utc>,
}

impl Invitation {
    /// For the forms about it; the link cannot be made of it.
    pub fn id(&self) -> String {
        keys::hex(&self.hash)
    }
}

/// A secret for a link, a session or a form: 32 bytes in hexadecimal digits.
pub fn secret() -> Result<String, StoreError> {
    let bytes: [u8; 32] = secret::random().map_err(|error| StoreError::Folder(error.to_string()))?;
    Ok(keys::hex(&bytes))
}

/// Where a link leads to, below the hub's address.
pub fn path(secret: &str) -> String {
    format!("/first/{secret}")
}

/// The link to the first administrator, while there is nobody; those before it no longer count.
pub fn first(connection: &Connection, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
    let people: i64 = connection.query_row("SELECT count(*) FROM person", [], |row| row.get(0))?;
    if people > 0 {
        return Ok(None);
    }
    connection.execute("DELETE FROM invitation WHERE made_by = ''", [])?;
    make(connection, None, ("", Role::Administrator), "", OWN_FOR, now).map(Some)
}

/// A link to one more administrator, for whoever has lost access and can still reach the machine. Works beside a running
/// hub, and without one: the database lets in one writer after the other.
pub fn beside(data: &Path, now: DateTime<Utc>) -> Result<String, StoreError> {
    let connection = schema::open_beside(data)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let secret = make(&connection, None, ("", Role::Administrator), COMMAND, OWN_FOR, now)?;
    audit::note(&connection, now, COMMAND, "", "person-invited", Role::Administrator.name())?;
    connection.execute_batch("COMMIT")?;
    Ok(secret)
}

/// Makes one, and returns its secret, which is kept nowhere.
pub fn make(
    connection: &Connection,
    person: Option<i64>,
    (office, role): (&str, Role),
    by: &str,
    valid: TimeDelta,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    let secret = secret()?;
    connection.execute("DELETE FROM invitation WHERE expires_at < ?", [instant::to_sql(now - SENT_FOR)])?;
    connection.execute(
        "INSERT INTO invitation (hash, person, office, role, made_by, made_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            token_hash(&secret),
            person,
            office,
            role.name(),
            by,
            instant::to_sql(now),
            instant::to_sql(now + valid)
        ],
    )?;
    Ok(secret)
}

const OPEN: &str = "SELECT hash, person, login, office, role, made_by, expires_at
    FROM invitation LEFT JOIN person ON person.id = invitation.person
    WHERE used_at IS NULL AND expires_at > ?1 AND person.removed_at IS NULL";

fn read(row: &rusqlite::Row) -> rusqlite::Result<Option<Invitation>> {
    let person: Option<i64> = row.get(1)?;
    let login: Option<String> = row.get(2)?;
    let role: String = row.get(4)?;
    let Some(role) = Role::parse(&role) else { return Ok(None) };
    Ok(Some(Invitation {
        hash: row.get(0)?,
        person: person.zip(login),
        office: row.get(3)?,
        role,
        made_by: row.get(5)?,
        expires_at: instant::from_sql(row.get(6)?),
    }))
}

/// The one of the secret, where it still counts.
pub fn find(connection: &Connection, secret: &str, now: DateTime<Utc>) -> Result<Option<Invitation>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{OPEN} AND hash = ?2"))?;
    let found = query.query_row(params![instant::to_sql(now), token_hash(secret)], read).optional()?;
    Ok(found.flatten())
}

/// All that still count, the newest first.
pub fn all(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<Invitation>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{OPEN} ORDER BY expires_at DESC"))?;
    let found: Vec<_> = query.query_map([instant::to_sql(now)], read)?.collect::<Result<_, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// It does not count again.
pub fn use_up(connection: &Connection, hash: &[u8; 32], now: DateTime<Utc>) -> Result<(), StoreError> {
    connection.execute("UPDATE invitation SET used_at = ? WHERE hash = ?", params![instant::to_sql(now), hash])?;
    Ok(())
}
