//! The tails of the panels' ledgers: brought by difference, followed entry by entry, and held against what each panel has
//! signed.
//!
//! It is no archive: the whole ledger stays at the panel. The surprising thing: nothing is refused. An entry that does
//! not follow the one before it is taken too, and that it does not is written down beside it, for that is what somebody
//! has to see.

pub mod words;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::store::{StoreError, instant};
use crate::keys::PublicKey;
use crate::ledger::Entry;
use crate::model::Digest;
use crate::wire::LedgerEnd;
use crate::wire::link::MAX_ENTRIES;

/// So many entries are kept of a device.
pub const KEPT: i64 = 200;
/// And so many breaks.
const BREAKS: i64 = 20;
/// A longer entry is none of a panel's; in bytes.
const MAX_ENTRY: usize = 16 << 10;

/// The end of what the hub has of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct End {
    pub number: u64,
    pub digest: String,
    /// Up to this entry the panel itself has vouched for the chain; 0: it has not.
    pub proved: u64,
}

/// Where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    pub at: DateTime<Utc>,
    pub kind: Kind,
    /// The first and the last entry that it concerns.
    pub from: u64,
    pub to: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Entries were not brought in time: they are at the panel alone.
    Gap,
    /// Another entry under a number that was there already, or one that does not follow.
    Fork,
    /// A ledger was begun anew.
    Anew,
    /// The panel has signed another one.
    Unsigned,
}

impl Kind {
    const ALL: [(Kind, &str); 4] =
        [(Kind::Gap, "gap"), (Kind::Fork, "fork"), (Kind::Anew, "anew"), (Kind::Unsigned, "unsigned")];

    fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, _)| *kind == self).map_or("fork", |(_, name)| name)
    }
}

/// As a page shows it.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// The newest first.
    pub entries: Vec<Entry>,
    pub breaks: Vec<Break>,
    pub end: End,
}

impl Book {
    /// So many entries are shown.
    const SHOWN: u32 = 20;

    pub fn open(connection: &Connection, device: &PublicKey) -> Result<Book, StoreError> {
        let (entries, breaks) = (tail(connection, device, Book::SHOWN)?, breaks(connection, device)?);
        Ok(Book { entries, breaks, end: end(connection, device)?.unwrap_or_default() })
    }
}

/// What the hub has of a ledger; `None`: nothing.
pub fn end(connection: &Connection, device: &PublicKey) -> Result<Option<End>, StoreError> {
    let mut query = connection.prepare_cached("SELECT number, digest, proved FROM ledger_end WHERE device = ?")?;
    let read = |row: &rusqlite::Row| {
        Ok(End {
            number: row.get::<_, i64>(0)?.unsigned_abs(),
            digest: row.get(1)?,
            proved: row.get::<_, i64>(2)?.unsigned_abs(),
        })
    };
    Ok(query.query_row([device.bytes()], read).optional()?)
}

/// Takes what a device has brought. `signed`: the end of the ledger as its panel has signed it just now. Returns what the
/// hub has then.
pub fn take(
    connection: &Connection,
    device: &PublicKey,
    entries: &[String],
    signed: Option<&LedgerEnd>,
    now: DateTime<Utc>,
) -> Result<End, StoreError> {
    let before = end(connection, device)?;
    let mut known = before.clone().unwrap_or_default();
    for text in entries.iter().take(MAX_ENTRIES).filter(|text| text.len() <= MAX_ENTRY) {
        let Some(entry) = Entry::parse(text) else { break };
        let follows = entry.number == known.number + 1 && entry.follows(&known.digest);
        let broken = match (known.number, entry.number) {
            _ if follows => None,
            // The first that the hub hears of: it may have begun long ago.
            (0, _) => None,
            (_, 1) => Some((Kind::Anew, 1, known.number)),
            (last, number) if number > last + 1 => Some((Kind::Gap, last + 1, number - 1)),
            (last, number) => Some((Kind::Fork, number, last.max(number))),
        };
        if let Some((kind, from, to)) = broken {
            note(connection, device, kind, from, to, now)?;
            known.proved = 0;
            if kind != Kind::Gap {
                let later = "DELETE FROM ledger_entry WHERE device = ? AND number >= ?";
                connection.execute(later, params![device.bytes(), signed_number(from)])?;
            }
        }
        connection
            .prepare_cached("INSERT OR REPLACE INTO ledger_entry (device, number, text) VALUES (?, ?, ?)")?
            .execute(params![device.bytes(), signed_number(entry.number), text])?;
        (known.number, known.digest) = (entry.number, digest(text));
    }
    if let Some(signed) = signed {
        prove(connection, device, &mut known, signed, now)?;
    }
    if Some(&known) != before.as_ref() && known.number > 0 {
        connection
            .prepare_cached(
                "INSERT INTO ledger_end (device, number, digest, proved) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (device) DO UPDATE SET number = ?2, digest = ?3, proved = ?4",
            )?
            .execute(params![device.bytes(), signed_number(known.number), known.digest, signed_number(known.proved)])?;
        connection
            .prepare_cached("DELETE FROM ledger_entry WHERE device = ?1 AND number <= ?2")?
            .execute(params![device.bytes(), signed_number(known.number) - KEPT])?;
    }
    Ok(known)
}

/// Whether the panel has signed what the hub has.
fn prove(
    connection: &Connection,
    device: &PublicKey,
    known: &mut End,
    signed: &LedgerEnd,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let text: Option<String> = connection
        .prepare_cached("SELECT text FROM ledger_entry WHERE device = ? AND number = ?")?
        .query_row(params![device.bytes(), signed_number(signed.number)], |row| row.get(0))
        .optional()?;
    match text.map(|text| digest(&text) == signed.digest) {
        Some(true) => known.proved = signed.number,
        Some(false) if known.proved > 0 || last(connection, device)?.is_none_or(|last| last.kind != Kind::Unsigned) => {
            note(connection, device, Kind::Unsigned, signed.number, known.number, now)?;
            known.proved = 0;
        }
        // It is still to come, or that was said already.
        Some(false) | None => {}
    }
    Ok(())
}

fn note(
    connection: &Connection,
    device: &PublicKey,
    kind: Kind,
    from: u64,
    to: u64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO ledger_break (device, at, kind, first, last) VALUES (?, ?, ?, ?, ?)";
    let values = params![device.bytes(), instant::to_sql(now), kind.name(), signed_number(from), signed_number(to)];
    connection.execute(insert, values)?;
    let old = "DELETE FROM ledger_break WHERE device = ?1 AND number NOT IN
               (SELECT number FROM ledger_break WHERE device = ?1 ORDER BY number DESC LIMIT ?2)";
    connection.execute(old, params![device.bytes(), BREAKS])?;
    Ok(())
}

/// Where the chain of a device does not hold, the last first.
pub fn breaks(connection: &Connection, device: &PublicKey) -> Result<Vec<Break>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT at, kind, first, last FROM ledger_break WHERE device = ? ORDER BY number DESC")?;
    let read = |row: &rusqlite::Row| {
        let kind: String = row.get(1)?;
        Ok(Break {
            at: instant::from_sql(row.get(0)?),
            kind: Kind::ALL.iter().find(|(_, name)| *name == kind).map_or(Kind::Fork, |(kind, _)| *kind),
            from: row.get::<_, i64>(2)?.unsigned_abs(),
            to: row.get::<_, i64>(3)?.unsigned_abs(),
        })
    };
    Ok(query.query_map([device.bytes()], read)?.collect::<Result<_, _>>()?)
}

fn last(connection: &Connection, device: &PublicKey) -> Result<Option<Break>, StoreError> {
    Ok(breaks(connection, device)?.into_iter().next())
}

/// The last entries of a device, newest first.
pub fn tail(connection: &Connection, device: &PublicKey, most: u32) -> Result<Vec<Entry>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT text FROM ledger_entry WHERE device = ? ORDER BY number DESC LIMIT ?")?;
    let texts = query.query_map(params![device.bytes(), most], |row| row.get::<_, String>(0))?;
    let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
    Ok(texts.iter().filter_map(|text| Entry::parse(text)).collect())
}

fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}

fn signed_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
