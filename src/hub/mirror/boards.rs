//! Which feeds the hub reads, what somebody has released of them by hand, and what their guard has let through.
//!
//! It fetches nothing. The surprising thing: a board keeps its key when its name or address changes, so that its guard
//! goes on with what it knows, and a wrong address does not take a board down.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use url::{Host, Url};

use crate::http::is_public;
use crate::hub::audit;
use crate::hub::place::{self, key_of, named};
use crate::hub::store::{StoreError, instant};
use crate::model::{Board, Standing};

/// Of one office; a union of villages has one for each.
pub const MAX_BOARDS: usize = 64;
/// Letters of an address.
const MAX_ADDRESS: usize = 2000;
/// Letters of a key, as of a panel's board.
const MAX_KEY: usize = 28;
/// Panels hear for so long of what was let through: as long as their own guards would go on holding it back, and a
/// night on top.
const TOLD_FOR: TimeDelta = TimeDelta::hours(36);

/// A board whose feed the hub reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub office: String,
    pub board: String,
    pub name: String,
    pub address: String,
    pub web: Option<String>,
    pub ico: Option<String>,
}

impl Feed {
    /// As sync knows a board; nothing of it is for a glass.
    pub fn board(&self) -> Board {
        Board {
            key: self.board.clone(),
            name: self.name.clone(),
            standing: Standing::Official,
            feed: self.address.clone(),
            web: self.web.clone(),
            ico: self.ico.clone(),
            colour: 0,
            phone: None,
            official_at: None,
        }
    }
}

/// What somebody has typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub address: String,
    pub web: String,
    pub ico: String,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// No such office or board.
    Missing,
    Name,
    /// No address, or not one that may be asked: https, a public host, no password in it.
    Address,
    Web,
    Ico,
    /// Another board of the office has this address.
    Taken,
    TooMany,
}

impl Draft {
    /// `allow_private`: whether addresses of the hub's own network may be asked, and in the clear.
    fn check(&self, allow_private: bool) -> Result<(String, String, Option<String>, Option<String>), Wrong> {
        let name = named(&self.name).ok_or(Wrong::Name)?;
        let address = address(&self.address, allow_private).ok_or(Wrong::Address)?;
        let web = match self.web.trim() {
            "" => None,
            web => Some(self::web(web).ok_or(Wrong::Web)?),
        };
        let ico = self.ico.split_whitespace().collect::<String>();
        let is_ico = ico.len() == 8 && ico.bytes().all(|byte| byte.is_ascii_digit());
        if !ico.is_empty() && !is_ico {
            return Err(Wrong::Ico);
        }
        Ok((name, address, web, is_ico.then_some(ico)))
    }
}

/// The address, where the hub may ask it. A name is judged once more when it is resolved (`http`).
fn address(text: &str, allow_private: bool) -> Option<String> {
    let url = Url::parse(text.trim()).ok().filter(|_| text.len() <= MAX_ADDRESS)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let scheme = url.scheme() == "https" || allow_private && url.scheme() == "http";
    let public = match url.host()? {
        Host::Domain(name) => name.contains('.') && !name.ends_with(".local") && !name.ends_with(".localhost"),
        Host::Ipv4(address) => is_public(address.into()),
        Host::Ipv6(address) => is_public(address.into()),
    };
    (plain && scheme && (public || allow_private)).then(|| url.into())
}

fn web(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= MAX_ADDRESS)?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

/// All of them, by office and name.
pub fn all(connection: &Connection) -> Result<Vec<Feed>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT office, board, name, address, web, ico FROM feed ORDER BY office, name, board")?;
    let read = |row: &rusqlite::Row| {
        Ok(Feed {
            office: row.get(0)?,
            board: row.get(1)?,
            name: row.get(2)?,
            address: row.get(3)?,
            web: row.get(4)?,
            ico: row.get(5)?,
        })
    };
    Ok(query.query_map([], read)?.collect::<Result<_, _>>()?)
}

pub fn of(connection: &Connection, office: &str) -> Result<Vec<Feed>, StoreError> {
    Ok(all(connection)?.into_iter().filter(|feed| feed.office == office).collect())
}

/// Adds a board to the office, or changes the one with the key `board`. Returns its key.
pub fn save(
    connection: &Connection,
    office: &str,
    board: Option<&str>,
    draft: &Draft,
    allow_private: bool,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<String, Wrong>, StoreError> {
    let (name, address, web, ico) = match draft.check(allow_private) {
        Ok(checked) => checked,
        Err(wrong) => return Ok(Err(wrong)),
    };
    if !place::offices(connection)?.iter().any(|(key, _)| key == office) {
        return Ok(Err(Wrong::Missing));
    }
    let known = of(connection, office)?;
    if known.iter().any(|feed| feed.address == address && Some(feed.board.as_str()) != board) {
        return Ok(Err(Wrong::Taken));
    }
    let key = match board {
        Some(board) if known.iter().all(|feed| feed.board != board) => return Ok(Err(Wrong::Missing)),
        Some(board) => board.to_owned(),
        None if known.len() >= MAX_BOARDS => return Ok(Err(Wrong::TooMany)),
        None => new_key(&name, &known),
    };
    connection.execute(
        "INSERT INTO feed (office, board, name, address, web, ico) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (office, board) DO UPDATE SET name = ?3, address = ?4, web = ?5, ico = ?6",
        params![office, key, name, address, web, ico],
    )?;
    let deed = if board.is_some() { "board-changed" } else { "board-added" };
    audit::note(connection, now, by, office, deed, &format!("{name}: {address}"))?;
    Ok(Ok(key))
}

fn new_key(name: &str, known: &[Feed]) -> String {
    let mut plain: String = key_of(name).chars().take(MAX_KEY).collect();
    plain.truncate(plain.trim_end_matches('-').len());
    let plain = if plain.is_empty() { "deska".to_owned() } else { plain };
    let free = |key: &String| known.iter().all(|feed| feed.board != *key);
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    std::iter::once(plain.clone()).chain(numbered).find(free).expect("one of many numbers is free")
}

/// The hub reads it no longer.
pub fn remove(
    connection: &Connection,
    office: &str,
    board: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Wrong>, StoreError> {
    let name: Option<String> = connection
        .query_row("DELETE FROM feed WHERE office = ? AND board = ? RETURNING name", [office, board], |row| row.get(0))
        .optional()?;
    let Some(name) = name else { return Ok(Err(Wrong::Missing)) };
    for table in ["feed_release", "feed_admitted"] {
        connection.execute(&format!("DELETE FROM {table} WHERE office = ? AND board = ?"), [office, board])?;
    }
    audit::note(connection, now, by, office, "board-removed", &name)?;
    Ok(Ok(()))
}

/// Somebody has released what the guard holds back. `said` goes into the audit.
pub fn release(
    connection: &Connection,
    feed: &Feed,
    kind: &str,
    said: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO feed_release (office, board, kind) VALUES (?, ?, ?)",
        [&feed.office, &feed.board, kind],
    )?;
    audit::note(connection, now, by, &feed.office, "board-released", &format!("{}: {said}", feed.name))
}

/// Number, board and kind of what waits to be carried out.
pub fn releases(connection: &Connection, office: &str) -> Result<Vec<(i64, String, String)>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT number, board, kind FROM feed_release WHERE office = ? ORDER BY number")?;
    let rows = query.query_map([office], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// They are with the guard.
pub fn carried_out(connection: &Connection, numbers: &[i64]) -> Result<(), StoreError> {
    let mut delete = connection.prepare_cached("DELETE FROM feed_release WHERE number = ?")?;
    numbers.iter().try_for_each(|number| delete.execute([number]).map(drop))?;
    Ok(())
}

/// The guard has let through what it held back: board and kind.
pub fn note_admitted(
    connection: &Connection,
    office: &str,
    admitted: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let at = instant::to_sql(now);
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO feed_admitted VALUES (?, ?, ?, ?)")?;
    for (board, kind) in admitted {
        insert.execute(params![office, board, kind, at])?;
    }
    connection.execute("DELETE FROM feed_admitted WHERE at < ?", [instant::to_sql(now - TOLD_FOR)])?;
    Ok(())
}

/// What panels are to hear of: board and kind.
pub fn admitted(
    connection: &Connection,
    office: &str,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT board, kind FROM feed_admitted WHERE office = ? AND at >= ? ORDER BY board, kind")?;
    let rows =
        query.query_map(params![office, instant::to_sql(now - TOLD_FOR)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
