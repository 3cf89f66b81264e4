//! What a place has said over the last days: its states, and what was measured. And how the history is thinned.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};

use super::chart::Chart;
use super::language::Language;
use super::store::{StoreError, instant};
use crate::health::Record;
use crate::store::thin;

/// How far a page looks back.
pub const WINDOW: TimeDelta = TimeDelta::days(7);
/// Places whose history is thinned with one commit.
const AT_ONCE: u32 = 50;

/// One state, from when to when. What lies between two of them nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub state: String,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// The records of the last days, oldest first.
pub fn records(
    connection: &Connection,
    place: i64,
    now: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, Record)>, StoreError> {
    let mut query = connection.prepare_cached("SELECT at, text FROM record WHERE place = ? AND at >= ? ORDER BY at")?;
    let rows = query.query_map(params![place, instant::to_sql(now - WINDOW)], |row| {
        let text: String = row.get(1)?;
        Ok((instant::from_sql(row.get(0)?), serde_json::from_str(&text).ok()))
    })?;
    let mut records = Vec::new();
    for row in rows {
        if let (at, Some(record)) = row? {
            records.push((at, record));
        }
    }
    Ok(records)
}

/// Joins records of one state; a longer silence than `patience` ends a stretch.
pub fn stretches(records: &[(DateTime<Utc>, Record)], patience: TimeDelta) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for (at, record) in records {
        let state = record.state.name();
        match all.last_mut().filter(|last| *at - last.until <= patience) {
            Some(last) if last.state == state => last.until = *at,
            Some(last) => {
                // It stood so until it was otherwise.
                last.until = *at;
                all.push(Stretch { state: state.to_owned(), from: *at, until: *at });
            }
            None => all.push(Stretch { state: state.to_owned(), from: *at, until: *at }),
        }
    }
    all
}

/// What was measured: a chart for each quantity of which there is anything.
pub fn charts(records: &[(DateTime<Utc>, Record)], now: DateTime<Utc>, language: Language) -> Vec<Chart> {
    let hottest = |record: &Record| record.machine.temperatures.iter().map(|found| found.celsius).reduce(f64::max);
    let memory = |record: &Record| {
        let memory = &record.machine.memory;
        Some(memory.available_kib? as f64 / 1024.0)
    };
    let disk = |record: &Record| Some(record.machine.storage.free_bytes? as f64 / 1e9);
    type Read<'a> = &'a dyn Fn(&Record) -> Option<f64>;
    let of = |(czech, english): (&str, &str), bounds, read: Read| Chart {
        title: language.say(czech, english).to_owned(),
        from: now - WINDOW,
        until: now,
        points: records.iter().filter_map(|(at, record)| Some((*at, read(record)?))).collect(),
        bounds,
    };
    let mut charts = vec![
        of(("Nejvyšší teplota, °C", "Highest temperature, °C"), (20.0, 60.0), &hottest),
        of(("Volná paměť, MB", "Free memory, MB"), (0.0, 100.0), &memory),
        of(("Volné místo na disku, GB", "Free disk space, GB"), (0.0, 1.0), &disk),
    ];
    charts.retain(|chart| chart.points.len() > 1);
    charts
}

/// Thins the history of some places as a panel thins its own; `after`: the last place of the call before. Returns where
/// to go on, `None` at the end.
pub fn tidy(connection: &Connection, after: i64, now: DateTime<Utc>) -> Result<Option<i64>, StoreError> {
    let mut query = connection.prepare_cached("SELECT id FROM place WHERE id > ? ORDER BY id LIMIT ?")?;
    let places: Vec<i64> = query.query_map(params![after, AT_ONCE], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut delete = connection.prepare_cached("DELETE FROM record WHERE place = ? AND at = ?")?;
    for place in &places {
        let mut query =
            connection.prepare_cached("SELECT at, state, length(text) FROM record WHERE place = ? ORDER BY at")?;
        let mut before: Option<String> = None;
        let mut rows = query.query([place])?;
        let (mut times, mut kept) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (at, state, size): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let changed = before.as_ref() != Some(&state);
            before = Some(state);
            times.push(at);
            kept.push((instant::from_sql(at), changed, size.unsigned_abs() as usize));
        }
        drop(rows);
        for (at, keep) in times.iter().zip(thin(&kept, now)) {
            if !keep {
                delete.execute([*place, *at])?;
            }
        }
    }
    Ok(places.last().copied().filter(|_| places.len() == AT_ONCE as usize))
}
