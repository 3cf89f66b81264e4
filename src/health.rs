//! Whether the board shows what it must: one verdict, its reasons in words, and what to do about each.
//!
//! [`judge`] is a pure function of what the panel and sync last said of themselves, of the sensors, of the settings and
//! of the time. It changes nothing: what is on the glass stays as it is. The surprising thing: a fact that nobody
//! reported counts against `showing` where it is part of the proof (DESIGN §4.8), and against nothing where it is only
//! a sensor; and no verdict says that light left the panel, only how far the proof reached.

mod boards;
mod code;
mod hub;
mod machine;
mod panel;
mod record;
mod sample;
mod watch;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::Proof;
pub use boards::LATE_BEYOND;
pub use code::Code;
pub use hub::HUB_SILENCE;
pub use machine::{
    BATTERY_WORD, BOOTS_A_DAY, DISK_FULL, DISK_LOW, FILES_LOW, HOT, HOT_BELOW_LIMIT, MEMORY_LOW, MEMORY_PRESSURE,
    TRAFFIC_HIGH, WEAK_SIGNAL, WORN,
};
pub use panel::{BEHIND, LONGEST_MAINTENANCE, RESTARTS_AN_HOUR, SILENCE, proof_of};
pub use record::Record;
pub use sample::{Sample, Told, UpsState};
pub use watch::{BEAT, KEEP_EVERY, MAX_PENDING, Watch};

/// What stands at the end, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The right picture goes out to a lit display, proved as far as [`Verdict::proof`] says.
    Showing = 0,
    /// The board can be read, and something is not in order.
    Degraded = 1,
    /// It can be read, for as long as the battery lasts.
    OnBattery = 2,
    /// It can be read, but what it says is old.
    Stale = 3,
    /// Somebody is at work on it and has said so; nothing is alarmed. The reasons stay.
    Maintenance = 5,
    /// It has never shown anything and never read a feed.
    NotYetInstalled = 6,
    /// It is not proved that anybody could read it. Also what a later version calls otherwise.
    #[default]
    #[serde(other)]
    NotShowing = 4,
}

impl State {
    /// As it is written down; never changes.
    pub fn name(self) -> &'static str {
        match self {
            State::Showing => "showing",
            State::Degraded => "degraded",
            State::OnBattery => "on-battery",
            State::Stale => "stale",
            State::NotShowing => "not-showing",
            State::Maintenance => "maintenance",
            State::NotYetInstalled => "not-yet-installed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    pub state: State,
    /// How far it is proved that the right picture is shown; never more than the facts bear out.
    pub proof: Proof,
    /// What led to it and what else is worth knowing, the gravest first.
    pub reasons: Vec<Reason>,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: Code,
    /// Key of the board that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
    /// One English sentence.
    pub found: String,
    /// What to do about it, one English sentence.
    pub cure: String,
}

impl Reason {
    fn new(code: Code, found: impl Into<String>) -> Reason {
        Reason { code, board: None, found: found.into(), cure: code.cure().to_owned() }
    }

    fn of(board: &str, code: Code, found: impl Into<String>) -> Reason {
        Reason { board: Some(board.to_owned()), ..Reason::new(code, found) }
    }
}

/// The verdict on a sample.
pub fn judge(sample: &Sample) -> Verdict {
    let mut reasons = Vec::new();
    panel::judge(sample, &mut reasons);
    boards::judge(sample, &mut reasons);
    machine::judge(sample, &mut reasons);
    hub::judge(sample, &mut reasons);
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.code.state()));
    let state = reasons.iter().filter_map(|reason| reason.code.state()).max().unwrap_or(State::Showing);
    Verdict { state, proof: panel::proof(sample), reasons }
}

/// A length of time for people: `40 s`, `12 min`, `5 h`, `3 days`.
fn span(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
