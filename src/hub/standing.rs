//! What an office is told of a place: what the panel said last, or that it says nothing.
//!
//! Silence has no message of its own; it is found by whoever looks. The surprising thing: a hub that was itself away has
//! not listened, and blames nobody for that time.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _};

use super::place::{self, Place};
use super::store::{StoreError, instant};
use super::vouched::{self, Said, Vouched};
use crate::health::{Record, State};

/// A place is silent once it has missed so many reports, and half a minute.
const MISSED: i32 = 3;
const GRACE: TimeDelta = TimeDelta::seconds(30);
/// Maintenance that has lasted so long was forgotten: as long as a panel itself lets it last.
const LONGEST_WORK: TimeDelta = TimeDelta::minutes(crate::command::MAX_MAINTENANCE as i64);

/// How it stands with a place, the worst first: the order in which places are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    NotShowing,
    /// It has not reported for too long. Perhaps it shows the board all the same; nobody knows.
    Silent,
    /// Two machines speak with its key.
    Cloned,
    /// Its sync says that the board can be read, and the panel does not sign that.
    Unproved,
    Stale,
    OnBattery,
    Degraded,
    /// The hub was away itself, and has not listened for long enough to blame anybody.
    Unheard,
    Maintenance,
    NotYetInstalled,
    /// No device belongs to it.
    Empty,
    Showing,
}

impl Standing {
    pub const ALL: [Standing; 12] = [
        Standing::NotShowing,
        Standing::Silent,
        Standing::Cloned,
        Standing::Unproved,
        Standing::Stale,
        Standing::OnBattery,
        Standing::Degraded,
        Standing::Unheard,
        Standing::Maintenance,
        Standing::NotYetInstalled,
        Standing::Empty,
        Standing::Showing,
    ];

    /// As addresses, styles and metrics name it; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Standing::NotShowing => "not-showing",
            Standing::Silent => "silent",
            Standing::Cloned => "cloned",
            Standing::Unproved => "unproved",
            Standing::Stale => "stale",
            Standing::OnBattery => "on-battery",
            Standing::Degraded => "degraded",
            Standing::Unheard => "unheard",
            Standing::Maintenance => "maintenance",
            Standing::NotYetInstalled => "not-yet-installed",
            Standing::Empty => "empty",
            Standing::Showing => "showing",
        }
    }

    /// Somebody should be told. Nobody is for what was announced, or has not begun.
    pub fn is_alarm(self) -> bool {
        use Standing::{Cloned, NotShowing, Silent, Stale, Unproved};
        matches!(self, NotShowing | Silent | Cloned | Unproved | Stale)
    }

    /// The board is on the glass, whatever else is the matter.
    pub fn is_readable(self) -> bool {
        matches!(self, Standing::Showing | Standing::Degraded | Standing::OnBattery | Standing::Stale)
    }

    /// What a panel says of itself.
    pub fn of(state: State) -> Standing {
        match state {
            State::Showing => Standing::Showing,
            State::Degraded => Standing::Degraded,
            State::OnBattery => Standing::OnBattery,
            State::Stale => Standing::Stale,
            State::NotShowing => Standing::NotShowing,
            State::Maintenance => Standing::Maintenance,
            State::NotYetInstalled => Standing::NotYetInstalled,
        }
    }
}

/// A place and what is known of it now.
#[derive(Debug, Clone)]
pub struct Seen {
    pub place: Place,
    pub standing: Standing,
    /// Since when it stands so.
    pub since: Option<DateTime<Utc>>,
    /// The last word of a device of this place, by the hub's clock.
    pub heard_at: Option<DateTime<Utc>>,
    pub record: Option<Record>,
    /// What its panel has signed; `None`: it never has.
    pub said: Option<Said>,
}

/// What silence is measured by.
#[derive(Debug, Clone, Copy)]
pub struct Ear {
    pub now: DateTime<Utc>,
    /// Since when the hub listens.
    pub started: DateTime<Utc>,
    pub report_every: TimeDelta,
}

impl Ear {
    /// Whoever is not heard of for so long has missed his reports.
    pub fn patience(&self) -> TimeDelta {
        self.report_every * MISSED + GRACE
    }

    /// Whether somebody who was last heard of then has missed his reports.
    pub fn is_missed(&self, heard: DateTime<Utc>) -> bool {
        self.now - heard > self.patience()
    }

    /// How it stands with a place, and since when. `said`: the state of its last word, and since when it says so.
    pub fn judge(
        &self,
        device: Option<&place::Device>,
        heard: Option<DateTime<Utc>>,
        said: Option<(State, DateTime<Utc>)>,
    ) -> (Standing, Option<DateTime<Utc>>) {
        let Some(device) = device else { return (Standing::Empty, None) };
        if device.cloned {
            return (Standing::Cloned, heard);
        }
        // What the device before it said does not count for this one.
        let heard = heard.filter(|heard| *heard >= device.enrolled_at);
        let last = heard.unwrap_or(device.enrolled_at);
        let Some((state, since)) = said.filter(|_| heard.is_some()) else {
            return (Standing::NotYetInstalled, Some(device.enrolled_at));
        };
        match state {
            _ if !self.is_missed(last) => (Standing::of(state), Some(since)),
            // It is carried to its place, or switched off for the work that was announced.
            State::NotYetInstalled => (Standing::NotYetInstalled, Some(since)),
            State::Maintenance if self.now - since < LONGEST_WORK => (Standing::Maintenance, Some(since)),
            _ if !self.is_missed(self.started) => (Standing::Unheard, Some(last)),
            _ => (Standing::Silent, Some(last)),
        }
    }
}

/// Every place, the worst first; among equals the one that has been so for longest.
pub fn fleet(connection: &Connection, ear: &Ear) -> Result<Vec<Seen>, StoreError> {
    let mut query = connection.prepare_cached("SELECT heard_at, state, since, text, place FROM latest")?;
    let latest = query.query_map([], |row| Ok((row.get(4)?, Last::read(row)?)))?;
    let mut latest: HashMap<i64, Last> = latest.collect::<Result<_, _>>()?;
    let mut query = connection.prepare_cached("SELECT device, at, asked_at, forged_at, text, place FROM vouched")?;
    let said = query.query_map([], |row| Ok((row.get(5)?, Said::read(row)?)))?;
    let mut said: HashMap<i64, Said> = said.collect::<Result<_, _>>()?;
    let mut fleet: Vec<Seen> = place::places(connection)?
        .into_iter()
        .map(|place| {
            let last = latest.remove(&place.id);
            let said = said.remove(&place.id);
            see(ear, place, last, said)
        })
        .collect();
    fleet.sort_by(|a, b| (a.standing, a.since, &a.place.name).cmp(&(b.standing, b.since, &b.place.name)));
    Ok(fleet)
}

/// The last word of a place, as the database has it.
struct Last {
    heard_at: DateTime<Utc>,
    state: State,
    since: DateTime<Utc>,
    record: Option<Record>,
}

impl Last {
    /// The columns `heard_at`, `state`, `since`, `text`.
    fn read(row: &rusqlite::Row) -> rusqlite::Result<Last> {
        let (state, text): (String, String) = (row.get(1)?, row.get(3)?);
        Ok(Last {
            heard_at: instant::from_sql(row.get(0)?),
            // The state of a later version is no proof of anything.
            state: serde_json::from_value(state.into()).unwrap_or_default(),
            since: instant::from_sql(row.get(2)?),
            record: serde_json::from_str(&text).ok(),
        })
    }
}

fn see(ear: &Ear, place: Place, last: Option<Last>, said: Option<Said>) -> Seen {
    let heard_at = last.as_ref().map(|last| last.heard_at);
    let state = last.as_ref().map(|last| (last.state, last.since));
    let record = last.and_then(|last| last.record);
    let (standing, since) = ear.judge(place.device.as_ref(), heard_at, state);
    let said = said.filter(|said| place.device.as_ref().is_some_and(|device| said.is_of(&device.key)));
    let (standing, since) = match said.as_ref().map_or(Vouched::Never, |said| said.vouched(ear)) {
        // That it shows nothing is taken at sync's word.
        Vouched::NotShowing | Vouched::Missing if standing.is_readable() => {
            (Standing::Unproved, said.as_ref().map(|said| said.at))
        }
        _ => (standing, since),
    };
    Seen { place, standing, since, heard_at, record, said }
}

/// One place.
pub fn one(connection: &Connection, ear: &Ear, id: i64) -> Result<Option<Seen>, StoreError> {
    let Some(place) = place::place(connection, id)? else { return Ok(None) };
    let mut query = connection.prepare_cached("SELECT heard_at, state, since, text FROM latest WHERE place = ?")?;
    let last = query.query_row([id], Last::read).optional()?;
    let said = vouched::of(connection, id)?;
    Ok(Some(see(ear, place, last, said)))
}
