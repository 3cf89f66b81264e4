//! How old what the glass shows of a board is, and whether the office can be reached.

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Now;
use crate::wire::BoardReport;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The feed has never been read: a new panel, or a board just added.
    Never,
    /// The feed was last read, or said that nothing changed, at this moment.
    Checked(DateTime<Utc>),
    /// It could not be read since then; what it said then is still shown.
    Offline(DateTime<Utc>),
}

/// One failed round is no news to a reader; sync tries every ten minutes and backs off.
const PATIENCE: TimeDelta = TimeDelta::minutes(25);
/// Nobody reports at all: sync is gone, or the clock jumped.
const SILENCE: TimeDelta = TimeDelta::hours(3);

impl Freshness {
    pub(super) fn of(report: Option<&BoardReport>, now: Now) -> Freshness {
        let Some(report) = report else { return Freshness::Never };
        let Some(good) = report.last_good_at else { return Freshness::Never };
        let age = now.at - good;
        let failing = report.last_error.is_some() && age > PATIENCE;
        if failing || age > SILENCE { Freshness::Offline(good) } else { Freshness::Checked(good) }
    }

    pub fn at(self) -> Option<DateTime<Utc>> {
        match self {
            Freshness::Never => None,
            Freshness::Checked(at) | Freshness::Offline(at) => Some(at),
        }
    }
}
