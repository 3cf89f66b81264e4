//! On which glass a message stands: what the panels say of it with each report.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::hub::decree::Claim;
use crate::hub::store::{StoreError, instant};
use crate::wire::Proof;

/// What a panel said of a message last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glass {
    /// The whole of it stands there, or takes turns with the board.
    Whole,
    /// Its headline stands over what somebody reads.
    Headline,
    /// It draws it, and nothing proves that anybody could see that.
    Unproved,
    None,
}

/// A place that a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    pub place: i64,
    pub name: String,
    pub has_device: bool,
    /// `None`: the panel has not said anything of it yet.
    pub glass: Option<Glass>,
    /// The whole of it, proved, for the first time.
    pub shown_at: Option<DateTime<Utc>>,
    /// After its end the panel has said that it holds it no more.
    pub gone_at: Option<DateTime<Utc>>,
    /// The place was last heard of.
    pub heard_at: Option<DateTime<Utc>>,
}

const GLASSES: [(Glass, &str); 4] =
    [(Glass::Whole, "whole"), (Glass::Headline, "headline"), (Glass::Unproved, "unproved"), (Glass::None, "none")];

impl Glass {
    /// As the table has it; never changes.
    fn name(self) -> &'static str {
        GLASSES.iter().find(|(glass, _)| *glass == self).map_or("none", |(_, name)| name)
    }

    fn from_name(name: &str) -> Glass {
        GLASSES.iter().find(|(_, known)| *known == name).map_or(Glass::None, |(glass, _)| *glass)
    }
}

/// Takes down what a panel says of the messages that go to its place.
pub fn heard(connection: &Connection, place: i64, claim: &Claim, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut open = connection.prepare_cached(
        "SELECT urgent.id, urgent.withdrawn_at IS NOT NULL OR urgent.expires_at <= ?2, urgent_place.glass,
         urgent_place.shown_at FROM urgent_place JOIN urgent ON urgent.id = urgent_place.message
         WHERE urgent_place.place = ?1 AND urgent_place.gone_at IS NULL",
    )?;
    type Open = (String, bool, Option<String>, Option<i64>);
    let open = open.query_map(params![place, instant::to_sql(now)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let open: Vec<Open> = open.collect::<Result<_, _>>()?;
    if open.is_empty() {
        return Ok(());
    }
    let proved = claim.proof != Proof::None;
    let mut note = connection.prepare_cached(
        "UPDATE urgent_place SET glass = ?3, shown_at = ?4, gone_at = ?5 WHERE message = ?1 AND place = ?2",
    )?;
    for (id, over, before, shown_before) in open {
        let here = claim.messages.iter().find(|shown| shown.id == id);
        let glass = match here {
            None => Glass::None,
            Some(_) if !proved => Glass::Unproved,
            Some(here) if here.whole => Glass::Whole,
            Some(_) => Glass::Headline,
        };
        let shown_at = shown_before.or((glass == Glass::Whole).then(|| instant::to_sql(now)));
        let gone_at = (over && glass == Glass::None).then(|| instant::to_sql(now));
        if before.as_deref() != Some(glass.name()) || shown_at != shown_before || gone_at.is_some() {
            note.execute(params![id, place, glass.name(), shown_at, gone_at])?;
        }
    }
    Ok(())
}

/// Where a message goes to, by name.
pub fn of(connection: &Connection, message: &str) -> Result<Vec<Reach>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT place.id, place.name, device.link_key IS NOT NULL, urgent_place.glass, urgent_place.shown_at,
         urgent_place.gone_at, latest.heard_at
         FROM urgent_place JOIN place ON place.id = urgent_place.place
         LEFT JOIN device ON device.place = place.id AND device.revoked_at IS NULL
         LEFT JOIN latest ON latest.place = place.id
         WHERE urgent_place.message = ? ORDER BY place.name, place.id",
    )?;
    let read = |row: &rusqlite::Row| {
        let at = |column| row.get::<_, Option<i64>>(column).map(|at| at.map(instant::from_sql));
        let glass: Option<String> = row.get(3)?;
        Ok(Reach {
            place: row.get(0)?,
            name: row.get(1)?,
            has_device: row.get(2)?,
            glass: glass.as_deref().map(Glass::from_name),
            shown_at: at(4)?,
            gone_at: at(5)?,
            heard_at: at(6)?,
        })
    };
    Ok(query.query_map([message], read)?.collect::<Result<_, _>>()?)
}
