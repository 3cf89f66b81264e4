//! A verdict with the facts it was made from: what is shown, kept in the outbox and handed on. `docs/health.md` has its
//! fields.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Reason, Sample, State, Verdict, judge};
use crate::clock::Source;
use crate::sensors::Machine;
use crate::wire::{self, PanelReport, Proof, SyncReport, moment};

/// `run/health.json`, written by sync with each look at everything, and a row of the outbox.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// Version of this record, 1.
    pub v: u32,
    #[serde(with = "moment")]
    pub at: DateTime<Utc>,
    /// Seconds since the machine started: see [`SyncReport::uptime`].
    #[serde(default)]
    pub uptime: Option<u64>,
    #[serde(default)]
    pub clock_trusted: bool,
    /// What stands behind the system's time: `synchronised`, `hardware-clock`, `nothing`; empty where an earlier version
    /// wrote this.
    #[serde(default)]
    pub clock_source: String,
    /// The program that judged: `vyveska 0.1.0`.
    #[serde(default)]
    pub program: String,
    #[serde(default)]
    pub state: State,
    #[serde(default)]
    pub proof: Proof,
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// As they reported last; old where the reasons say so.
    #[serde(default)]
    pub panel: Option<PanelReport>,
    #[serde(default)]
    pub sync: Option<SyncReport>,
    #[serde(default)]
    pub machine: Machine,
    /// Starts of the panel within the last hour.
    #[serde(default)]
    pub panel_starts: u32,
    /// Starts of the machine within the last day. `None`: unknown.
    #[serde(default)]
    pub boots: Option<u32>,
    /// Traffic of this month, in bytes, of the metered line or of all. `None`: unknown.
    #[serde(default)]
    pub month_bytes: Option<u64>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl Record {
    pub const VERSION: u32 = 1;
    const FILE: &str = "health.json";

    /// Judges a sample. `uptime`: when it was taken.
    pub fn of(sample: Sample, uptime: Option<u64>) -> Record {
        let Verdict { state, proof, reasons } = judge(&sample);
        Record {
            v: Record::VERSION,
            at: sample.now.at,
            uptime,
            clock_trusted: sample.now.is_trusted(),
            clock_source: match sample.clock_source {
                Source::Synchronised => "synchronised",
                Source::HardwareClock => "hardware-clock",
                Source::Nothing => "nothing",
            }
            .to_owned(),
            program: concat!("vyveska ", env!("CARGO_PKG_VERSION")).to_owned(),
            state,
            proof,
            reasons,
            panel: sample.panel.map(|told| told.report),
            sync: sample.sync.map(|told| told.report),
            machine: sample.machine,
            panel_starts: sample.panel_starts,
            boots: sample.boots,
            month_bytes: sample.month_bytes,
            more: serde_json::Map::new(),
        }
    }

    /// One line of JSON without what is unknown: a record is kept many times.
    pub fn text(&self) -> String {
        let mut value = serde_json::to_value(self).expect("plain values are always JSON");
        drop_unknown(&mut value);
        value.to_string()
    }

    /// `None`: there is none yet, or none that this version can read.
    pub fn read(run: &Path) -> Option<Record> {
        wire::read(run, Self::FILE)
    }

    pub fn write(&self, run: &Path) -> io::Result<()> {
        wire::replace(run, Self::FILE, self.text().as_bytes())
    }

    /// Whether another verdict, or one for other reasons, or what the hub has
    /// decreed has come to the glass: what must not wait.
    pub fn differs(&self, before: &Record) -> bool {
        let named = |record: &Record| -> Vec<_> {
            record.reasons.iter().map(|reason| (reason.code, reason.board.clone())).collect()
        };
        let shown =
            |record: &Record| record.panel.as_ref().map(|panel| (panel.messages.clone(), panel.left_out.clone()));
        self.state != before.state
            || self.proof != before.proof
            || named(self) != named(before)
            || shown(self) != shown(before)
    }
}

fn drop_unknown(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_unknown);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_unknown),
        _ => {}
    }
}
