//! What waits to be handed on: records of health, thinned as they grow old; and tallies, which outlive a restart.
//!
//! It does not know what a record says. The surprising thing: a record that changed something is kept as long as any,
//! the others only so many to an interval; and the whole has a bound, whatever the clock did.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, params};

use super::schema::Base;
use super::{Store, StoreError, row};
use crate::clock::Now;

/// Records younger than this are kept as they are.
pub const FINE_FOR: TimeDelta = TimeDelta::hours(1);
/// One in ten minutes for a day, then one in an hour for so long.
pub const COARSE_FOR: TimeDelta = TimeDelta::days(1);
pub const KEPT_FOR: TimeDelta = TimeDelta::days(30);
const FINE: TimeDelta = TimeDelta::minutes(10);
const COARSE: TimeDelta = TimeDelta::hours(1);
/// So many records at most, and so many bytes of them; the oldest go first.
pub const MAX_RECORDS: usize = 2000;
pub const MAX_BYTES: usize = 4 << 20;
/// So many tallies at most: a year of starts, and years of months.
const MAX_TALLIES: i64 = 500;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub at: DateTime<Utc>,
    /// Whether it says something else than the one before it.
    pub changed: bool,
    /// One JSON object.
    pub text: String,
}

impl Store {
    /// Adds records, and thins what is there, in one transaction.
    pub fn keep_health(&mut self, records: &[Kept], now: Now) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let sizes: Vec<(i64, DateTime<Utc>, bool, usize)> = self.on_link(|link| {
            let mut query = link.prepare_cached("SELECT row, at, changed, length(text) FROM health ORDER BY row")?;
            let read = |row: &rusqlite::Row| {
                Ok((row.get(0)?, row::read_instant(row, 1)?, row.get(2)?, row.get::<_, i64>(3)? as usize))
            };
            query.query_map([], read)?.collect()
        })?;
        let old: Vec<(DateTime<Utc>, bool, usize)> =
            sizes.iter().map(|(_, at, changed, size)| (*at, *changed, *size)).collect();
        let new = records.iter().map(|kept| (kept.at, kept.changed, kept.text.len()));
        let keep = thin(&old.into_iter().chain(new).collect::<Vec<_>>(), now.at);
        self.write(Base::Link, |link| {
            let mut delete = link.prepare_cached("DELETE FROM health WHERE row = ?")?;
            for ((row, ..), _) in sizes.iter().zip(&keep).filter(|(_, keep)| !**keep) {
                delete.execute([row])?;
            }
            let mut insert = link.prepare_cached("INSERT INTO health (at, changed, text) VALUES (?, ?, ?)")?;
            for (kept, _) in records.iter().zip(&keep[sizes.len()..]).filter(|(_, keep)| **keep) {
                insert.execute(params![row::instant(kept.at), kept.changed, kept.text])?;
            }
            Ok(())
        })
    }

    /// All that is kept, oldest first.
    pub fn health(&mut self) -> Result<Vec<Kept>, StoreError> {
        self.on_link(|link| {
            let mut query = link.prepare_cached("SELECT at, changed, text FROM health ORDER BY row")?;
            let read = |row: &rusqlite::Row| {
                Ok(Kept { at: row::read_instant(row, 0)?, changed: row.get(1)?, text: row.get(2)? })
            };
            query.query_map([], read)?.collect()
        })
    }

    /// What a tally stands at; zero where nobody has added to it.
    pub fn tally(&mut self, name: &str) -> Result<u64, StoreError> {
        self.on_link(|link| {
            let mut query = link.prepare_cached("SELECT value FROM tally WHERE name = ?")?;
            query.query_row([name], |row| row.get::<_, i64>(0)).optional()
        })
        .map(|value| value.unwrap_or(0).unsigned_abs())
    }

    /// Adds to a tally; returns what it stands at then.
    pub fn add_tally(&mut self, name: &str, more: u64, now: Now) -> Result<u64, StoreError> {
        let sum = self.tally(name)?.saturating_add(more);
        self.write(Base::Link, |link| {
            link.prepare_cached("INSERT INTO tally VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET value = ?3")?
                .execute(params![name, row::instant(now.at), i64::try_from(sum).unwrap_or(i64::MAX)])?;
            link.execute(
                "DELETE FROM tally WHERE rowid NOT IN (SELECT rowid FROM tally ORDER BY rowid DESC LIMIT ?)",
                [MAX_TALLIES],
            )
            .map(drop)
        })?;
        Ok(sum)
    }

    /// How many tallies whose name begins so were begun since then.
    pub fn tallies_since(&mut self, prefix: &str, since: DateTime<Utc>) -> Result<u32, StoreError> {
        self.on_link(|link| {
            let mut query =
                link.prepare_cached("SELECT count(*) FROM tally WHERE substr(name, 1, ?1) = ?2 AND at >= ?3")?;
            query.query_row(params![prefix.len() as i64, prefix, row::instant(since)], |row| row.get(0))
        })
    }
}

/// Which of the records, oldest first, are kept at `now`; each is its time, whether it changed something, and its size.
pub fn thin(records: &[(DateTime<Utc>, bool, usize)], now: DateTime<Utc>) -> Vec<bool> {
    let mut last: Option<(i64, i64)> = None;
    let mut keep: Vec<bool> = records
        .iter()
        .map(|(at, changed, _)| {
            // What was written with a wrong clock is as old as it is far away.
            let age = (now - *at).abs();
            if age > KEPT_FOR {
                return false;
            }
            if age <= FINE_FOR {
                return true;
            }
            let interval = if age <= COARSE_FOR { FINE } else { COARSE };
            let place = Some((interval.num_seconds(), at.timestamp().div_euclid(interval.num_seconds())));
            let first = last != place;
            last = place;
            first || *changed
        })
        .collect();
    let (mut count, mut bytes) = (0, 0);
    for (keep, (.., size)) in keep.iter_mut().zip(records).rev().filter(|(keep, _)| **keep) {
        (count, bytes) = (count + 1, bytes + size);
        *keep = count <= MAX_RECORDS && bytes <= MAX_BYTES;
    }
    keep
}
