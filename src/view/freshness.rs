//! How old what the glass shows of a board is, and what keeps it from being brought up to date.

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Now;
use crate::wire::{SyncReport, Trouble};

/// The default is that of a new panel, or of a board just added: nothing was tried yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freshness {
    /// When the feed was last taken in, or said that nothing changed; what it said then is shown. `None`: never, or
    /// only at a time that has not come yet, by a clock that was wrong.
    pub at: Option<DateTime<Utc>>,
    /// What is wrong since then, once it has lasted.
    pub trouble: Option<Trouble>,
}

/// One failed round is no news to a reader: sync tries again, and backs off. So much beyond the time between two rounds.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);
/// Nobody reports at all: sync is gone, or the clock jumped. Where rounds come seldom, after twice the time between two.
const SILENCE: TimeDelta = TimeDelta::hours(3);
/// Between two rounds, where an earlier version of sync does not say it, and at most.
const POLL: (TimeDelta, TimeDelta) = (TimeDelta::minutes(10), TimeDelta::hours(6));

impl Freshness {
    pub(super) fn of(report: &SyncReport, board: &str, now: Now) -> Freshness {
        let Some(known) = report.board(board) else { return Freshness::default() };
        let minutes = i64::try_from(report.poll_minutes).ok().and_then(TimeDelta::try_minutes);
        let poll = minutes.unwrap_or(POLL.1).clamp(POLL.0, POLL.1);
        let at = known.last_good_at.filter(|at| now.may_follow(*at)).map(|at| at.min(now.at));
        let lasts = |longest: TimeDelta| at.is_none_or(|at| now.at - at > longest);
        let trouble = match known.last_error {
            Some(_) => Some(known.trouble.unwrap_or(Trouble::Unreached)).filter(|_| lasts(poll + PATIENCE)),
            None => at.and(Some(Trouble::Panel)).filter(|_| lasts(SILENCE.max(poll * 2))),
        };
        Freshness { at, trouble }
    }
}
