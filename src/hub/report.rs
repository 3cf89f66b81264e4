//! What a place says of itself, written down: the last word, since when it says so, and its history.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::store::{StoreError, instant};
use crate::keys::PublicKey;
use crate::wire::link::{MAX_RECORDS, Report};

/// A longer record is none of ours; in bytes of JSON.
const MAX_RECORD: usize = 64 << 10;
/// What a device's clock may be off by before its word on the time is not taken.
const LEEWAY: TimeDelta = TimeDelta::minutes(10);
/// Letters of an answer that are kept.
const MAX_SAID: usize = 400;

/// Takes a report down. `now`: the hub's, for a panel's clock may show anything.
pub fn take(
    connection: &Connection,
    place: i64,
    device: &PublicKey,
    report: &Report,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let heard = instant::to_sql(now);
    // State, since when, and when it was said; what is older than that is history and changes nothing.
    let mut last: Option<(String, i64, i64)> = connection
        .prepare_cached("UPDATE latest SET heard_at = ?2 WHERE place = ?1 RETURNING state, since, at")?
        .query_row([place, heard], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO record (place, at, state, text) VALUES (?, ?, ?, ?)")?;
    let mut newest = None;
    for record in report.records.iter().take(MAX_RECORDS) {
        let Some((at, state, text)) = read(record, now) else { continue };
        let at = instant::to_sql(at);
        insert.execute(params![place, at, state, text])?;
        let since = match &last {
            Some((.., said)) if at < *said => continue,
            Some((before, since, _)) if *before == state => *since,
            _ => at,
        };
        last = Some((state, since, at));
        newest = Some(text);
    }
    if let (Some(text), Some((state, since, at))) = (newest, last) {
        connection
            .prepare_cached(
                "INSERT INTO latest (place, heard_at, at, state, since, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (place) DO UPDATE SET heard_at = ?2, at = ?3, state = ?4, since = ?5, text = ?6",
            )?
            .execute(params![place, heard, at, state, since, text])?;
    }
    let mut end = connection.prepare_cached(
        "UPDATE ordered SET ended_at = ?3, outcome = ?4, said = ?5 WHERE id = ?1 AND device = ?2 AND ended_at IS NULL",
    )?;
    for answer in &report.answers {
        let said: String = answer.said.chars().take(MAX_SAID).collect();
        let outcome = if answer.done { "done" } else { "refused" };
        let Ok(id) = i64::try_from(answer.id) else { continue };
        end.execute(params![id, device.bytes(), instant::to_sql(now), outcome, said])?;
    }
    Ok(())
}

/// These orders were not answered in their time.
pub fn expire(connection: &Connection, orders: &[u64], now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut end = connection
        .prepare_cached("UPDATE ordered SET ended_at = ?2, outcome = 'expired' WHERE id = ?1 AND ended_at IS NULL")?;
    for id in orders {
        end.execute(params![i64::try_from(*id).unwrap_or(i64::MAX), instant::to_sql(now)])?;
    }
    Ok(())
}

/// When it was, the state in the words of the record, and its text; `None`: it is no record.
fn read(record: &Value, now: DateTime<Utc>) -> Option<(DateTime<Utc>, String, String)> {
    let state = record.get("state")?.as_str()?.to_owned();
    let at = DateTime::parse_from_rfc3339(record.get("at")?.as_str()?).ok()?.to_utc();
    let trusted = record.get("clock_trusted").and_then(Value::as_bool).unwrap_or(false);
    let text = record.to_string();
    // A device that does not know the time means now.
    let at = if trusted && at <= now + LEEWAY { at.min(now) } else { now };
    (text.len() <= MAX_RECORD).then_some((at, state, text))
}
