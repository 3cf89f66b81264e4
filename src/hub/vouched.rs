//! Whether the panel itself says that the board is shown: its signed statement, against what sync makes of it.
//!
//! Sync speaks with everybody and may be conquered; the panel speaks with nobody and keeps the key. So a board counts as
//! shown only where the panel has signed that, over a word that the hub gave out just before. The surprising thing: a
//! panel of an earlier version signs nothing, and is taken at sync's word. But whoever has signed once is not believed
//! without it any more.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::standing::Ear;
use super::store::{StoreError, instant};
use crate::identity::statement_of;
use crate::keys::PublicKey;
use crate::wire::{Signed, Statement};

/// What the panel of a place has signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    device: PublicKey,
    /// The last statement over a word that was still good, and when it came.
    pub statement: Statement,
    pub at: DateTime<Utc>,
    /// Since when the hub has waited for another; the same where it does not.
    asked_at: DateTime<Utc>,
    /// Something came that the panel has not signed.
    pub forged_at: Option<DateTime<Utc>>,
}

/// What that is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// It has never signed anything: sync's word is all there is.
    Never,
    /// It says so itself.
    Showing,
    /// It says that nothing is shown, or that nothing is proved.
    NotShowing,
    /// It has not said anything for too long, though its sync has.
    Missing,
}

impl Said {
    pub fn vouched(&self, ear: &Ear) -> Vouched {
        if ear.is_missed(self.asked_at) && ear.is_missed(ear.started) {
            return Vouched::Missing;
        }
        if self.statement.shows() { Vouched::Showing } else { Vouched::NotShowing }
    }

    /// Of this device, and not of the one before it.
    pub fn is_of(&self, device: &PublicKey) -> bool {
        self.device == *device
    }

    /// The columns `device`, `at`, `asked_at`, `forged_at`, `text`.
    pub fn read(row: &rusqlite::Row) -> rusqlite::Result<Said> {
        let text: String = row.get(4)?;
        Ok(Said {
            device: PublicKey::from_bytes(row.get(0)?),
            at: instant::from_sql(row.get(1)?),
            asked_at: instant::from_sql(row.get(2)?),
            forged_at: row.get::<_, Option<i64>>(3)?.map(instant::from_sql),
            statement: serde_json::from_str(&text).unwrap_or_default(),
        })
    }
}

/// Takes what came with a report. `words`: those that are still good. `silent`: the device was not heard of for so long
/// that it could not have answered any. Returns what the panel says, where it was signed over one of them.
pub fn take(
    connection: &Connection,
    place: i64,
    device: &PublicKey,
    signed: &Signed,
    words: &[String],
    silent: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<Statement>, StoreError> {
    let at = instant::to_sql(now);
    let panel = connection
        .prepare_cached("SELECT panel_key FROM device WHERE link_key = ?")?
        .query_row([device.bytes()], |row| row.get(0))
        .map(PublicKey::from_bytes)?;
    let Some(said) = statement_of(&panel, signed) else {
        connection
            .prepare_cached("UPDATE vouched SET forged_at = ?3 WHERE place = ?1 AND device = ?2")?
            .execute(params![place, device.bytes(), at])?;
        return Ok(None);
    };
    if !words.contains(&said.word) {
        // Whoever was away for long has an old word only, and gets a new one with this answer.
        connection
            .prepare_cached(
                "UPDATE vouched SET asked_at = ?3 WHERE place = ?1 AND device = ?2
                 AND coalesce((SELECT heard_at FROM latest WHERE place = ?1), 0) < ?4",
            )?
            .execute(params![place, device.bytes(), at, instant::to_sql(now - silent)])?;
        return Ok(None);
    }
    connection
        .prepare_cached(
            "INSERT INTO vouched (place, device, at, asked_at, text) VALUES (?1, ?2, ?3, ?3, ?4)
             ON CONFLICT (place) DO UPDATE SET device = ?2, at = ?3, asked_at = ?3, text = ?4,
             forged_at = iif(device = ?2, forged_at, NULL)",
        )?
        .execute(params![place, device.bytes(), at, signed.text])?;
    Ok(Some(said))
}

/// What was signed for a place.
pub fn of(connection: &Connection, place: i64) -> Result<Option<Said>, StoreError> {
    let sql = "SELECT device, at, asked_at, forged_at, text FROM vouched WHERE place = ?";
    Ok(connection.prepare_cached(sql)?.query_row([place], Said::read).optional()?)
}
