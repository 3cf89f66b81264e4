//! What somebody is to be told, and when: a pure rule over how it stands with a place, what they were told of it before,
//! and the time.
//!
//! It sends nothing and writes nothing down. The surprising thing: the past that the hub itself did not see does not
//! count. A [`Watch`] lives in memory alone, so that after a start every loss has to last anew before anybody hears of
//! it; what was told is kept by whoever asks here.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Europe::Prague;

use crate::hub::standing::Standing;

/// A loss that is over sooner is told to nobody: a restart of a panel, a moment without a network.
pub const LASTS: TimeDelta = TimeDelta::minutes(5);
/// A place that was lost counts as well again after so long; twice as long after each relapse.
pub const STEADY: TimeDelta = TimeDelta::minutes(5);
/// However often it has relapsed.
pub const LONGEST_STEADY: TimeDelta = TimeDelta::hours(4);
/// A loss within so long of the last recovery is a relapse, and goes on with its thread.
pub const RELAPSE: TimeDelta = TimeDelta::hours(24);
/// What comes to be told within so long of each other is one message: a cut of the power takes many boards at once.
pub const GATHER: TimeDelta = TimeDelta::minutes(2);
/// One message to one recipient does not follow another sooner.
pub const APART: TimeDelta = TimeDelta::minutes(15);
/// Rounds that lie further apart than this: the hub was away, and has not watched.
pub const AWAY: TimeDelta = TimeDelta::minutes(2);

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The board can be read; what is on it is old.
    Old,
    /// It is not shown, or nobody knows.
    Lost,
}

impl Grade {
    /// `None`: no alarm.
    pub fn of(standing: Standing) -> Option<Grade> {
        match standing {
            _ if !standing.is_alarm() => None,
            Standing::Stale => Some(Grade::Old),
            _ => Some(Grade::Lost),
        }
    }
}

/// The board can be read, as far as the panel itself says.
pub fn is_well(standing: Standing) -> bool {
    matches!(standing, Standing::Showing | Standing::Degraded | Standing::OnBattery)
}

/// What this run of the hub has seen of one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// In an alarm of any grade, and in one of [`Grade::Lost`].
    bad: Span,
    lost: Span,
    well_since: Option<DateTime<Utc>>,
}

/// How long something has been so, short breaks not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Span {
    since: Option<DateTime<Utc>>,
    before: TimeDelta,
}

impl Span {
    fn look(&mut self, so: bool, now: DateTime<Utc>) {
        match (so, self.since) {
            (true, None) => self.since = Some(now),
            (false, Some(since)) => {
                self.before += (now - since).max(TimeDelta::zero());
                self.since = None;
            }
            _ => {}
        }
    }

    fn length(&self, now: DateTime<Utc>) -> TimeDelta {
        self.before + self.since.map_or(TimeDelta::zero(), |since| (now - since).max(TimeDelta::zero()))
    }
}

impl Watch {
    /// Sees how it stands now. Short losses with short breaks add up, so that a panel that flaps is told of too.
    pub fn look(&mut self, standing: Standing, now: DateTime<Utc>) {
        let grade = Grade::of(standing);
        if is_well(standing) || grade.is_some() {
            self.bad.look(grade.is_some(), now);
            self.lost.look(grade == Some(Grade::Lost), now);
        } else {
            // It was announced, or nobody knows: neither a loss nor a recovery goes on meanwhile.
            (self.bad, self.lost) = (Span::default(), Span::default());
        }
        self.well_since = self.well_since.or(Some(now)).filter(|_| is_well(standing));
        if self.well_since.is_some_and(|since| now - since >= STEADY) {
            (self.bad, self.lost) = (Span::default(), Span::default());
        }
    }

    /// Since when it is well, as far as this run of the hub has seen.
    pub fn well_since(&self) -> Option<DateTime<Utc>> {
        self.well_since
    }
}

/// What somebody was told of a place last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The worst of it.
    pub standing: Standing,
    /// When it was decided; of one that is closed, when that was.
    pub at: DateTime<Utc>,
    /// Told as lost, and not taken back yet.
    pub open: bool,
    /// How often it was lost again soon after a recovery.
    pub relapses: u32,
}

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Lost,
    /// It was told as [`Grade::Old`], and is worse now.
    Worse,
    Recovered,
    /// No device belongs to the place any more: nobody will hear of a recovery.
    Unwatched,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Lost, Kind::Worse, Kind::Recovered, Kind::Unwatched];

    /// As the database and the webhook name it; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Lost => "lost",
            Kind::Worse => "worse",
            Kind::Recovered => "recovered",
            Kind::Unwatched => "unwatched",
        }
    }
}

/// What is to be told of a place now, and what will have been told then. `standing`: what `watch` has seen last;
/// `None`: the place is no longer there.
pub fn decide(
    watch: &Watch,
    standing: Option<Standing>,
    told: Option<&Told>,
    now: DateTime<Utc>,
) -> Option<(Kind, Told)> {
    let open = told.filter(|told| told.open);
    let closed = |told: &Told| Told { at: now, open: false, ..told.clone() };
    match (standing, open) {
        (None | Some(Standing::Empty), open) => open.map(|told| (Kind::Unwatched, closed(told))),
        (Some(standing), None) => {
            Grade::of(standing).filter(|_| watch.bad.length(now) >= LASTS)?;
            let last = told.filter(|told| now - told.at < RELAPSE);
            let relapses = last.map_or(0, |told| told.relapses + 1);
            Some((Kind::Lost, Told { standing, at: now, open: true, relapses }))
        }
        (Some(standing), Some(told)) if is_well(standing) => {
            let steady = STEADY * (1 << told.relapses.min(10));
            let well = watch.well_since.map_or(TimeDelta::zero(), |since| now - since);
            (well >= steady.min(LONGEST_STEADY)).then(|| (Kind::Recovered, closed(told)))
        }
        (Some(standing), Some(told)) => {
            let worse = Grade::of(standing) > Grade::of(told.standing) && watch.lost.length(now) >= LASTS;
            worse.then(|| (Kind::Worse, Told { standing, at: now, ..told.clone() }))
        }
    }
}

/// The hours in which somebody is not written to: minutes of a day in Prague, the second not included. They may lie
/// around midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    pub from: u16,
    pub until: u16,
}

impl Quiet {
    pub fn covers(self, now: DateTime<Utc>) -> bool {
        let local = now.with_timezone(&Prague);
        let minute = (local.hour() * 60 + local.minute()) as u16;
        if self.from <= self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

/// Whether what waits for somebody goes into a message now. `first`: since when the oldest of it waits; `last`: when the
/// message before was made.
pub fn is_due(first: DateTime<Utc>, last: Option<DateTime<Utc>>, quiet: Option<Quiet>, now: DateTime<Utc>) -> bool {
    let gathered = now - first >= GATHER;
    let apart = last.is_none_or(|last| now - last >= APART);
    gathered && apart && !quiet.is_some_and(|quiet| quiet.covers(now))
}
