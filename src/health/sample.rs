//! Everything that a verdict is made from, and how it is taken.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Record;
use crate::clock::{Now, Source};
use crate::config::{Config, Health};
use crate::sensors::{Machine, Ups, Wiring};
use crate::wire::{LinkReport, PanelReport, SyncReport};

/// What a program said of itself, and how long ago.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<T> {
    pub report: T,
    pub age: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpsState {
    /// None is set up, or what it says is in [`Machine::power`].
    Fine,
    /// It is set up and does not answer: why.
    Silent(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub now: Now,
    /// Behind the system's time; `now` may have been given by hand.
    pub clock_source: Source,
    /// The panel has shown a board once, or sync has read a feed.
    pub installed: bool,
    /// Keys of the boards that ought to be there.
    pub boards: Vec<String>,
    /// Between two rounds.
    pub poll: Duration,
    pub limits: Health,
    pub panel: Option<Told<PanelReport>>,
    pub sync: Option<Told<SyncReport>>,
    /// How long ago sync last looked after anything.
    pub sync_alive: Option<Duration>,
    /// How it stands with the hub, and for how long that has been silent. `None`: there is none, or sync has not said.
    pub hub: Option<Told<LinkReport>>,
    pub machine: Machine,
    pub ups: UpsState,
    /// Why the settings' file is not the one in force.
    pub settings_problem: Option<String>,
    pub panel_starts: u32,
    pub boots: Option<u32>,
    pub month_bytes: Option<u64>,
}

impl Sample {
    /// Reads the records in `run` and the sensors. `uptime`: [`crate::clock::boot`]. What only sync can count is taken
    /// from its last record. A UPS that hangs keeps this waiting some seconds.
    pub fn take(config: &Config, root: &Path, now: Now, uptime: Duration) -> Sample {
        let limits = config.health.clone();
        let wiring =
            Wiring { temperature: limits.cabinet.clone(), door: limits.door.clone(), heater: limits.heater.clone() };
        let mut machine = Machine::read(root, &config.data, &wiring);
        let mut ups = UpsState::Fine;
        if let Some(place) = &limits.ups {
            match Ups::ask(place) {
                Ok(said) => machine.power.ups = Some(said),
                Err(error) => ups = UpsState::Silent(error.to_string()),
            }
        }
        let told = |at, written| age(now, uptime, at, written);
        let panel = PanelReport::read(&config.run);
        let sync = SyncReport::read(&config.run);
        let before = Record::read(&config.run);
        // Sync may ask less often than it is set to: see `Device::thrift`.
        let poll = sync.as_ref().map_or(0, |report| report.poll_minutes).max(config.network.poll_minutes.into());
        let counted = before.as_ref().filter(|record| record.machine.boot.id == machine.boot.id);
        Sample {
            now,
            clock_source: Source::of_this_machine(&root.join("sys")),
            installed: ["board-1.db", "ledger.db"].iter().any(|name| config.data.join(name).exists()),
            boards: config.boards.iter().map(|board| board.key.clone()).collect(),
            poll: Duration::from_secs(60 * poll),
            panel: panel.map(|report| Told { age: told(report.at, report.uptime), report }),
            settings_problem: sync.as_ref().and_then(|report| report.settings_problem.clone()),
            sync: sync.map(|report| Told { age: told(report.at, report.uptime), report }),
            sync_alive: before.as_ref().map(|record| told(record.at, record.uptime)),
            hub: config.hub.as_ref().and_then(|_| LinkReport::read(&config.run)).map(|report| silent(report, uptime)),
            ups,
            panel_starts: counted.map_or(0, |record| record.panel_starts),
            boots: counted.and_then(|record| record.boots),
            month_bytes: counted.and_then(|record| record.month_bytes),
            limits,
            machine,
        }
    }
}

/// What was written before this start says nothing of how long that was.
fn silent(report: LinkReport, uptime: Duration) -> Told<LinkReport> {
    let since = Duration::from_secs(report.silent_since);
    Told { age: uptime.saturating_sub(since), report }
}

/// How old a record is: by the time since the machine started, which no clock that is set moves; by the wall clock where
/// its writer did not say that. What was written in the future, or before this start, is as old as can be.
fn age(now: Now, uptime: Duration, at: DateTime<Utc>, written: Option<u64>) -> Duration {
    let by_boot = written.map(|written| uptime.as_secs().checked_sub(written).map(Duration::from_secs));
    let by_clock = || (now.may_follow(at)).then(|| (now.at - at).to_std().unwrap_or_default());
    by_boot.unwrap_or_else(by_clock).unwrap_or(Duration::MAX)
}
