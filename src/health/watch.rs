//! Sync's own look at everything: what can only be counted over time, and what waits for the outbox.
//!
//! It reads no clock and no file. The surprising thing: looks are frequent and writes are rare. What changed is written
//! to the disk soon, the rest waits in memory for an hour: the disk of a panel is a card that wears.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Prague;

use super::{Record, Sample};
use crate::clock::Now;
use crate::sensors::Machine;
use crate::store::{Kept, Store, StoreError};

/// Between two looks.
pub const BEAT: Duration = Duration::from_secs(15);
/// A record is kept so often where nothing changed.
pub const KEEP_EVERY: TimeDelta = TimeDelta::minutes(10);
/// What waits in memory is written so often, and at once where something changed.
const WRITE_EVERY: TimeDelta = TimeDelta::hours(1);
/// So many records wait in memory at most; the oldest go first.
pub const MAX_PENDING: usize = 128;
/// A verdict that comes and goes is written so often at most.
const WRITE_AFTER: TimeDelta = TimeDelta::minutes(1);
/// Starts of the panel are counted over so much.
const STARTS_OVER: Duration = Duration::from_secs(3600);
/// Starts that are remembered at most.
const MAX_STARTS: usize = 32;
const A_DAY: TimeDelta = TimeDelta::days(1);

#[derive(Debug, Default)]
pub struct Watch {
    /// The interface whose traffic is counted; `None`: all.
    metered: Option<String>,
    before: Option<Record>,
    kept_at: Option<DateTime<Utc>>,
    written_at: Option<DateTime<Utc>>,
    pending: Vec<Kept>,
    urgent: bool,
    /// When the panel was seen to start, by the time since the machine started.
    panel_started: Option<DateTime<Utc>>,
    starts: Vec<Duration>,
    boot_noted: bool,
    boots: Option<u32>,
    counters: BTreeMap<String, u64>,
    month: String,
    /// Of this month: written down, and since then.
    month_written: Option<u64>,
    month_new: u64,
}

impl Watch {
    pub fn new(metered: Option<&str>) -> Watch {
        Watch { metered: metered.map(str::to_owned), ..Watch::default() }
    }

    /// Adds to a sample what was counted, judges it, and keeps the record where that is due. `uptime`: when the sample
    /// was taken.
    pub fn look(&mut self, mut sample: Sample, uptime: Duration) -> Record {
        sample.sync_alive = Some(Duration::ZERO);
        self.count_starts(&sample, uptime);
        self.count_traffic(&sample.machine, sample.now);
        sample.panel_starts = self.starts.len() as u32;
        sample.boots = self.boots;
        sample.month_bytes = self.month_written.map(|written| written + self.month_new);
        let record = Record::of(sample, Some(uptime.as_secs()));
        let changed = self.before.as_ref().is_none_or(|before| record.differs(before));
        if changed || self.kept_at.is_none_or(|at| (record.at - at).abs() >= KEEP_EVERY) {
            if self.pending.len() >= MAX_PENDING {
                self.pending.remove(0);
            }
            self.pending.push(Kept { at: record.at, changed, text: record.text() });
            self.kept_at = Some(record.at);
            self.urgent |= changed;
        }
        self.before = Some(record.clone());
        record
    }

    /// Writes down what is due. Call it between rounds, as often as is handy.
    pub fn save(&mut self, store: &mut Store, now: Now) -> Result<(), StoreError> {
        let waited = |longest: TimeDelta| self.written_at.is_none_or(|at| (now.at - at).abs() >= longest);
        let due = waited(WRITE_EVERY) || self.urgent && waited(WRITE_AFTER);
        if due && self.before.is_some() { self.write(store, now) } else { Ok(()) }
    }

    /// The same at once: before the program ends.
    pub fn write(&mut self, store: &mut Store, now: Now) -> Result<(), StoreError> {
        // A disk that is full is not tried with each look.
        self.written_at = Some(now.at);
        if self.month_written.is_none() && !self.month.is_empty() {
            self.month_written = Some(store.tally(&traffic(&self.month))?);
        }
        store.keep_health(&self.pending, now)?;
        self.pending.clear();
        self.urgent = false;
        if self.month_new > 0 {
            let sum = store.add_tally(&traffic(&self.month), self.month_new, now)?;
            (self.month_written, self.month_new) = (Some(sum), 0);
        }
        // A clock that is not believed would crowd all starts together.
        if let Some(boot) = self.before.as_ref().and_then(|record| record.machine.boot.id.clone())
            && now.is_trusted()
        {
            if !self.boot_noted {
                store.add_tally(&format!("{BOOT}{boot}"), 1, now)?;
                self.boot_noted = true;
            }
            self.boots = Some(store.tallies_since(BOOT, now.at - A_DAY)?);
        }
        Ok(())
    }

    fn count_starts(&mut self, sample: &Sample, uptime: Duration) {
        let started = sample.panel.as_ref().and_then(|told| told.report.started_at);
        if started.is_some() && started != self.panel_started {
            self.panel_started = started;
            self.starts.push(uptime);
        }
        let from = uptime.saturating_sub(STARTS_OVER);
        self.starts.retain(|at| *at >= from);
        let beyond = self.starts.len().saturating_sub(MAX_STARTS);
        self.starts.drain(..beyond);
    }

    fn count_traffic(&mut self, machine: &Machine, now: Now) {
        let month = now.at.with_timezone(&Prague).format("%Y-%m").to_string();
        if month != self.month {
            // The last minutes of a month that were not written go with it.
            (self.month, self.month_written, self.month_new) = (month, None, 0);
        }
        for link in machine.network.links.iter().flatten() {
            let Some(bytes) = link.received_bytes.zip(link.sent_bytes).map(|(rx, tx)| rx.saturating_add(tx)) else {
                continue;
            };
            // The first look counts nothing: a sync that starts anew does not count the same bytes again.
            let last = self.counters.insert(link.name.clone(), bytes);
            if self.metered.as_ref().is_none_or(|metered| *metered == link.name) {
                // A counter that fell began anew.
                self.month_new += last.map_or(0, |last| bytes.checked_sub(last).unwrap_or(bytes));
            }
        }
    }
}

const BOOT: &str = "boot ";

fn traffic(month: &str) -> String {
    format!("traffic {month}")
}
