//! The last lines of each panel's log, as its sync has brought them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::store::{StoreError, instant};
use crate::keys::{PublicKey, hex};
use crate::wire::log::tail;

/// As a page shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// When they came.
    pub at: DateTime<Utc>,
    pub text: String,
}

/// Takes what a device has brought, if anything. Returns the digest of what the hub has then; empty: nothing.
pub fn take(
    connection: &Connection,
    device: &PublicKey,
    lines: Option<&str>,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    let Some(lines) = lines else {
        let mut query = connection.prepare_cached("SELECT digest FROM log WHERE device = ?")?;
        return Ok(query.query_row([device.bytes()], |row| row.get(0)).optional()?.unwrap_or_default());
    };
    // It is the digest of what was brought, or the same would come again and again.
    let digest = hex(&Sha256::digest(lines));
    let plain: String = tail(lines).chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    connection
        .prepare_cached(
            "INSERT INTO log (device, at, digest, text) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (device) DO UPDATE SET at = ?2, digest = ?3, text = ?4",
        )?
        .execute(params![device.bytes(), instant::to_sql(now), digest, plain])?;
    Ok(digest)
}

pub fn of(connection: &Connection, device: &PublicKey) -> Result<Option<Lines>, StoreError> {
    let mut query = connection.prepare_cached("SELECT at, text FROM log WHERE device = ?")?;
    let read = |row: &rusqlite::Row| Ok(Lines { at: instant::from_sql(row.get(0)?), text: row.get(1)? });
    Ok(query.query_row([device.bytes()], read).optional()?)
}
