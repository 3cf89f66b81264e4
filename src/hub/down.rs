//! Take down now: a notice that an office wants off its glasses at once, whatever its feed lists.
//!
//! It is a state until somebody lifts it: a panel that is off learns of it when it is back. The surprising thing: the hub
//! keeps neither title nor address of the notice, only a digest, and what whoever ordered it has written about it.

pub mod page;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::audit;
use super::decree::Claim;
use super::place::{self, Refusal};
use super::store::{StoreError, instant};
use crate::wire::decree::{Decree, MAX_DOWN, name_of};

/// Letters of what is written about it.
pub const MAX_ABOUT: usize = 200;
/// Letters of an address or an identity.
pub const MAX_ADDRESS: usize = 2000;
/// So many are listed, the newest first.
const MOST_LISTED: u32 = 100;

/// What is wrong with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// No address of a notice, or too long a one.
    Address,
    /// Nothing is written about it, or too much.
    About,
    Nowhere,
    /// So many are down there already.
    Full,
    /// A place that is not the office's, or not any more.
    Missing,
}

/// One that was ordered.
#[derive(Debug, Clone)]
pub struct Decision {
    pub id: String,
    pub office: String,
    pub about: String,
    pub at: DateTime<Utc>,
    pub by: String,
    pub lifted: Option<(DateTime<Utc>, String)>,
    pub reach: Vec<Reach>,
}

/// A place that it concerns.
#[derive(Debug, Clone)]
pub struct Reach {
    pub place: i64,
    pub name: String,
    pub has_device: bool,
    /// The panel has shown its board without it.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// And had it until then.
    pub was_up: bool,
    pub heard_at: Option<DateTime<Utc>>,
}

impl Decision {
    pub fn confirmed(&self) -> usize {
        self.reach.iter().filter(|reach| reach.confirmed_at.is_some()).count()
    }

    /// Every panel has confirmed it, and none of them had such a notice.
    pub fn has_met_nothing(&self) -> bool {
        self.confirmed() == self.reach.len() && self.reach.iter().all(|reach| !reach.was_up)
    }
}

/// What somebody orders.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its name: what is ordered twice under it was ordered once.
    pub id: String,
    pub office: String,
    /// The notice's identity in the feed, or its address on the web.
    pub address: String,
    pub about: String,
    pub places: Vec<i64>,
}

pub fn flaw(order: &Order) -> Option<Flaw> {
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    if !fits(&order.address, MAX_ADDRESS) {
        Some(Flaw::Address)
    } else if !fits(&order.about, MAX_ABOUT) {
        Some(Flaw::About)
    } else {
        order.places.is_empty().then_some(Flaw::Nowhere)
    }
}

/// Takes it down. Then tell the panels: [`super::decree::renew`].
pub fn order(
    connection: &Connection,
    order: &Order,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Flaw>, StoreError> {
    if let Some(flaw) = flaw(order) {
        return Ok(Err(flaw));
    }
    let mut names = Vec::new();
    let mut there = connection.prepare_cached(
        "SELECT count(*) FROM down_place JOIN down ON down.id = down_place.down
         WHERE down_place.place = ? AND down.lifted_at IS NULL",
    )?;
    for id in &order.places {
        let Some(known) = place::place(connection, *id)?.filter(|place| place.office == order.office) else {
            return Ok(Err(Flaw::Missing));
        };
        if there.query_row([id], |row| row.get::<_, i64>(0))? >= MAX_DOWN as i64 {
            return Ok(Err(Flaw::Full));
        }
        names.push(known.name);
    }
    let made = connection.execute(
        "INSERT OR IGNORE INTO down (id, office, notice, about, at, ordered_by) VALUES (?, ?, ?, ?, ?, ?)",
        params![order.id, order.office, name_of(&order.address), order.about, instant::to_sql(now), by],
    )?;
    if made == 0 {
        return Ok(Ok(()));
    }
    for id in &order.places {
        connection.execute("INSERT INTO down_place (down, place) VALUES (?, ?)", params![order.id, id])?;
    }
    let detail = format!("{} → {}", order.about, names.join(", "));
    audit::note(connection, now, by, &order.office, "notice-taken-down", &detail)?;
    Ok(Ok(()))
}

/// It may be shown again, where the feed still lists it. Then tell the panels: [`super::decree::renew`].
pub fn lift(
    connection: &Connection,
    id: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(known) = one(connection, id)? else { return Ok(Err(Refusal::Missing)) };
    let lifted = connection.execute(
        "UPDATE down SET lifted_at = ?2, lifted_by = ?3 WHERE id = ?1 AND lifted_at IS NULL",
        params![id, instant::to_sql(now), by],
    )?;
    if lifted == 0 {
        return Ok(Err(Refusal::Late));
    }
    audit::note(connection, now, by, &known.office, "taking-down-lifted", &known.about)?;
    Ok(Ok(()))
}

/// Takes down that a panel follows what is decreed for its place, `given` being that.
pub fn heard(
    connection: &Connection,
    place: i64,
    claim: &Claim,
    given: &Decree,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if claim.decree != given.digest {
        return Ok(());
    }
    let mut open = connection.prepare_cached("SELECT down FROM down_place WHERE place = ? AND confirmed_at IS NULL")?;
    let open: Vec<String> = open.query_map([place], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut note = connection
        .prepare_cached("UPDATE down_place SET confirmed_at = ?3, was_up = ?4 WHERE down = ?1 AND place = ?2")?;
    for id in open.iter().filter(|id| given.down.iter().any(|down| down.id == **id)) {
        let was_up = claim.left_out.iter().any(|left_out| left_out.id == *id && left_out.was_up);
        note.execute(params![id, place, instant::to_sql(now), was_up])?;
    }
    Ok(())
}

const DECISION: &str = "SELECT id, office, about, at, ordered_by, lifted_at, lifted_by FROM down";

pub fn one(connection: &Connection, id: &str) -> Result<Option<Decision>, StoreError> {
    let found = connection.prepare_cached(&format!("{DECISION} WHERE id = ?"))?.query_row([id], read).optional()?;
    found.map(|decision| with_reach(connection, decision)).transpose()
}

/// What is down, the newest first; then what was lifted.
pub fn list(connection: &Connection) -> Result<Vec<Decision>, StoreError> {
    let sql = format!("{DECISION} ORDER BY lifted_at IS NOT NULL, at DESC, id LIMIT ?");
    let found = connection.prepare_cached(&sql)?.query_map([MOST_LISTED], read)?.collect::<Result<Vec<_>, _>>()?;
    found.into_iter().map(|decision| with_reach(connection, decision)).collect()
}

fn read(row: &rusqlite::Row) -> rusqlite::Result<Decision> {
    let (at, who): (Option<i64>, Option<String>) = (row.get(5)?, row.get(6)?);
    Ok(Decision {
        id: row.get(0)?,
        office: row.get(1)?,
        about: row.get(2)?,
        at: instant::from_sql(row.get(3)?),
        by: row.get(4)?,
        lifted: at.map(|at| (instant::from_sql(at), who.unwrap_or_default())),
        reach: Vec::new(),
    })
}

fn with_reach(connection: &Connection, decision: Decision) -> Result<Decision, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT place.id, place.name, device.link_key IS NOT NULL, down_place.confirmed_at,
         coalesce(down_place.was_up, 0), latest.heard_at
         FROM down_place JOIN place ON place.id = down_place.place
         LEFT JOIN device ON device.place = place.id AND device.revoked_at IS NULL
         LEFT JOIN latest ON latest.place = place.id
         WHERE down_place.down = ? ORDER BY place.name, place.id",
    )?;
    let read = |row: &rusqlite::Row| {
        let at = |column| row.get::<_, Option<i64>>(column).map(|at| at.map(instant::from_sql));
        Ok(Reach {
            place: row.get(0)?,
            name: row.get(1)?,
            has_device: row.get(2)?,
            confirmed_at: at(3)?,
            was_up: row.get(4)?,
            heard_at: at(5)?,
        })
    };
    let reach = query.query_map([&decision.id], read)?.collect::<Result<_, _>>()?;
    Ok(Decision { reach, ..decision })
}
