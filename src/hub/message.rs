//! Urgent messages of an office: what was sent where, and on which glass it stands.
//!
//! A message never changes: whoever wants to say something else withdraws it and sends another one. The surprising
//! thing: "shown" means that a panel has said itself that the whole of it is on its glass, with a proof that reaches at
//! least the picture in memory; a headline over what somebody reads is not that yet, and what was only sent is nothing.

mod form;
pub mod page;
mod reach;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::audit;
use super::place::{self, Refusal};
use super::store::{StoreError, instant};
use crate::wire::decree::{Info, MAX_HEADLINE, MAX_MESSAGES, MAX_TEXT, Message};
pub use reach::{Glass, Reach, heard};

/// Nothing urgent is urgent for longer.
pub const LONGEST: TimeDelta = TimeDelta::days(31);
/// One that is not in force any more is listed for so long.
const LISTED_FOR: TimeDelta = TimeDelta::days(90);
const MOST_LISTED: u32 = 100;

/// What is wrong with one that somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// No headline in Czech.
    NoHeadline,
    /// A text without a headline, in this language.
    TextAlone(String),
    /// Longer than the glass has room for, in this language.
    TooLong(String),
    /// No moment, or one that has passed, or that is too far away.
    Until,
    /// To no place at all.
    Nowhere,
    /// So many are in force there already.
    Full(String),
    /// A place that is not theirs, or not any more.
    Missing,
}

/// One that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub office: String,
    pub message: Message,
    pub by: String,
    pub withdrawn: Option<(DateTime<Utc>, String)>,
    pub reach: Vec<Reach>,
}

impl Sent {
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.withdrawn.is_none() && self.message.expires > now
    }

    /// Places whose panel has proved that the whole of it is or was on the glass.
    pub fn shown(&self) -> usize {
        self.reach.iter().filter(|reach| reach.shown_at.is_some()).count()
    }

    /// After its end: places whose panel has said that it holds it no more, or never showed it.
    pub fn gone(&self) -> usize {
        self.reach.iter().filter(|reach| reach.gone_at.is_some()).count()
    }
}

/// What the glass has no room for, or what says nothing.
pub fn flaw(message: &Message, now: DateTime<Utc>) -> Option<Flaw> {
    let czech = message.info.iter().find(|info| info.language == "cs");
    if czech.is_none_or(|info| info.headline.is_empty()) {
        return Some(Flaw::NoHeadline);
    }
    let long =
        |info: &&Info| info.headline.chars().count() > MAX_HEADLINE || info.description.chars().count() > MAX_TEXT;
    if let Some(info) = message.info.iter().find(|info| info.headline.is_empty()) {
        return Some(Flaw::TextAlone(info.language.clone()));
    }
    if let Some(info) = message.info.iter().find(long) {
        return Some(Flaw::TooLong(info.language.clone()));
    }
    (message.expires <= now || message.expires > now + LONGEST).then_some(Flaw::Until)
}

/// Sends it to places, of other offices too: whether they may there is asked before. What was sent already under its name
/// is not sent again. Then tell the panels: [`super::decree::renew`].
pub fn send(
    connection: &Connection,
    office: &str,
    message: &Message,
    places: &[i64],
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Flaw>, StoreError> {
    if let Some(flaw) = flaw(message, now) {
        return Ok(Err(flaw));
    }
    if places.is_empty() {
        return Ok(Err(Flaw::Nowhere));
    }
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::from([(office.to_owned(), Vec::new())]);
    let mut in_force = connection.prepare_cached(
        "SELECT count(*) FROM urgent_place JOIN urgent ON urgent.id = urgent_place.message
         WHERE urgent_place.place = ? AND urgent.withdrawn_at IS NULL AND urgent.expires_at > ?",
    )?;
    for id in places {
        let Some(known) = place::place(connection, *id)? else { return Ok(Err(Flaw::Missing)) };
        let here: i64 = in_force.query_row(params![id, instant::to_sql(now)], |row| row.get(0))?;
        if here >= MAX_MESSAGES as i64 {
            return Ok(Err(Flaw::Full(known.name)));
        }
        names.entry(known.office).or_default().push(known.name);
    }
    let text = serde_json::to_string(message).expect("a message is always JSON");
    let (sent, expires) = (instant::to_sql(message.sent), instant::to_sql(message.expires));
    let made = connection.execute(
        "INSERT OR IGNORE INTO urgent (id, office, text, sent_at, expires_at, sent_by) VALUES (?, ?, ?, ?, ?, ?)",
        params![message.id, office, text, sent, expires, by],
    )?;
    if made == 0 {
        return Ok(Ok(()));
    }
    for id in places {
        connection.execute("INSERT INTO urgent_place (message, place) VALUES (?, ?)", params![message.id, id])?;
    }
    let headline = message.said_in("cs").map_or("", |info| &info.headline);
    let deed = if message.is_drill() { "drill-sent" } else { "message-sent" };
    // Whoever looks after an office reads there what stands on its glasses, whoever has issued it.
    for (office, names) in names {
        audit::note(connection, now, by, &office, deed, &format!("{headline} → {}", names.join(", ")))?;
    }
    Ok(Ok(()))
}

/// It is not shown any more. Then tell the panels: [`super::decree::renew`].
pub fn withdraw(
    connection: &Connection,
    id: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(sent) = one(connection, id)? else { return Ok(Err(Refusal::Missing)) };
    if !sent.is_in_force(now) {
        return Ok(Err(Refusal::Late));
    }
    connection.execute(
        "UPDATE urgent SET withdrawn_at = ?2, withdrawn_by = ?3 WHERE id = ?1",
        params![id, instant::to_sql(now), by],
    )?;
    let headline = sent.message.said_in("cs").map_or("", |info| &info.headline);
    audit::note(connection, now, by, &sent.office, "message-withdrawn", headline)?;
    Ok(Ok(()))
}

const SENT: &str = "SELECT id, office, text, sent_by, withdrawn_at, withdrawn_by FROM urgent";

pub fn one(connection: &Connection, id: &str) -> Result<Option<Sent>, StoreError> {
    let found = connection.prepare_cached(&format!("{SENT} WHERE id = ?"))?.query_row([id], read).optional()?;
    found.flatten().map(|sent| with_reach(connection, sent)).transpose()
}

/// The newest first.
pub fn list(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<Sent>, StoreError> {
    let mut query = connection
        .prepare_cached(&format!("{SENT} WHERE expires_at > ? OR sent_at > ? ORDER BY sent_at DESC, id LIMIT ?"))?;
    let since = instant::to_sql(now - LISTED_FOR);
    let found = query.query_map(params![instant::to_sql(now), since, MOST_LISTED], read)?;
    let found: Vec<Option<Sent>> = found.collect::<Result<_, _>>()?;
    found.into_iter().flatten().map(|sent| with_reach(connection, sent)).collect()
}

/// `None`: of a later version, and not readable.
fn read(row: &rusqlite::Row) -> rusqlite::Result<Option<Sent>> {
    let text: String = row.get(2)?;
    let Ok(message) = serde_json::from_str(&text) else { return Ok(None) };
    let at: Option<i64> = row.get(4)?;
    let who: Option<String> = row.get(5)?;
    let withdrawn = at.map(|at| (instant::from_sql(at), who.unwrap_or_default()));
    Ok(Some(Sent { office: row.get(1)?, message, by: row.get(3)?, withdrawn, reach: Vec::new() }))
}

fn with_reach(connection: &Connection, sent: Sent) -> Result<Sent, StoreError> {
    Ok(Sent { reach: reach::of(connection, &sent.message.id)?, ..sent })
}
