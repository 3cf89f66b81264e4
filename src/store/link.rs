//! What outlives a rebuilt board: what was up once, what the guard remembers, and what was released by hand.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::row::{self, NoticeRow};
use super::schema::Base;
use super::{Store, StoreError, handover, heal, poll, round, uplink};
use crate::clock::Now;
use crate::model::{self, Digest, Notice};

/// A notice that is down: a mark of its identity, dates and digests, without a word of what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// `model::mark` of its board and identity: the identity itself may name a person.
    pub mark: Digest,
    pub why: Why,
    /// The device first had it.
    pub first_seen: DateTime<Utc>,
    pub down_at: DateTime<Utc>,
    pub posted: Option<NaiveDate>,
    pub relevant_until: Option<NaiveDate>,
    /// As it last was: `Notice::digest`.
    pub digest: Digest,
    /// Of its documents, those that were fetched.
    pub documents: Vec<Digest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its last day has passed.
    Ended,
    /// The office took it down before.
    Withdrawn,
    /// Its board is no longer on this panel.
    BoardRemoved,
    /// The office has ordered by the hub that it be taken down at once.
    TakenDown,
}

impl Why {
    /// As it is written down; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Why::Ended => "ended",
            Why::Withdrawn => "withdrawn",
            Why::BoardRemoved => "board-removed",
            Why::TakenDown => "taken-down",
        }
    }

    fn from_name(name: &str) -> Option<Why> {
        [Why::Ended, Why::Withdrawn, Why::BoardRemoved, Why::TakenDown].into_iter().find(|why| why.name() == name)
    }
}

/// Somebody admitted by hand what the guard holds back, and the next round is to carry it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub number: i64,
    /// Which kind of hold, in the guard's words; `None`: all of the board.
    pub what: Option<String>,
    pub at: DateTime<Utc>,
}

impl Tombstone {
    pub(super) fn of(found: &NoticeRow, at: DateTime<Utc>, why: Why) -> Tombstone {
        Tombstone {
            mark: model::mark(&found.board, &found.notice.id),
            why,
            first_seen: found.first_seen,
            down_at: at,
            posted: found.notice.posted,
            relevant_until: found.notice.relevant_until,
            digest: found.digest,
            documents: found.fetches.iter().filter_map(|fetch| fetch.digest).collect(),
        }
    }
}

impl Store {
    /// What is down of a board, oldest first. A notice that came back is not among them; one that came back and went
    /// down again is there twice.
    pub fn tombstones(&mut self, board: &str) -> Result<Vec<Tombstone>, StoreError> {
        let up: HashSet<Digest> = self.on_board(|connection| {
            let mut query = connection.prepare_cached("SELECT id FROM notice WHERE board = ?")?;
            query.query_map([board], |row| Ok(model::mark(board, &row.get::<_, String>(0)?)))?.collect()
        })?;
        let mut all = self.on_link(|link| tombstones(link, Some(board)))?;
        // What waits to be handed over may have been so already.
        for new in self.on_board(|connection| tombstones(connection, Some(board)))? {
            if !all.contains(&new) {
                all.push(new);
            }
        }
        let mut all: Vec<Tombstone> = all.into_iter().map(|(_, tombstone)| tombstone).collect();
        all.sort_by_key(|tombstone| (tombstone.down_at, tombstone.mark));
        all.retain(|tombstone| !up.contains(&tombstone.mark));
        Ok(all)
    }

    /// What the guard remembers of a board, as it wrote it.
    pub fn memory(&mut self, board: &str) -> Result<Option<String>, StoreError> {
        match self.on_board(|connection| handover::memory(connection, board))? {
            Some((memory, _)) => Ok(Some(memory)),
            None => self.on_link(|link| memory(link, board)),
        }
    }

    /// Orders a release: the next round of the board finds it in [`Store::releases`]. May be called by another
    /// process than the one that makes the rounds.
    pub fn release(&mut self, board: &str, what: Option<&str>, now: Now) -> Result<(), StoreError> {
        self.write(Base::Link, |link| {
            link.execute(
                "INSERT INTO release (board, what, at) VALUES (?, ?, ?)",
                params![board, what, row::instant(now.at)],
            )?;
            Ok(())
        })
    }

    /// Releases of a board that no round has carried out yet, oldest first. A round carries them out by handing the
    /// last number to [`super::Round::released`].
    pub fn releases(&mut self, board: &str) -> Result<Vec<Release>, StoreError> {
        let carried_out = self.on_board(|connection| handover::memory(connection, board))?.map_or(0, |(_, last)| last);
        self.on_link(|link| {
            let mut query =
                link.prepare_cached("SELECT row, what, at FROM release WHERE board = ? AND row > ? ORDER BY row")?;
            query
                .query_map(params![board, carried_out], |row| {
                    Ok(Release { number: row.get(0)?, what: row.get(1)?, at: row::read_instant(row, 2)? })
                })?
                .collect()
        })
    }

    /// What the office has decreed by the hub, as it was written.
    pub fn decree(&mut self) -> Result<Option<String>, StoreError> {
        self.on_link(uplink::read_decree)
    }

    pub fn keep_decree(&mut self, text: &str) -> Result<(), StoreError> {
        self.write(Base::Link, |link| uplink::write_decree(link, text))
    }

    /// Nobody decrees anything any more: the settings name no hub.
    pub fn forget_decree(&mut self) -> Result<(), StoreError> {
        match self.decree()? {
            Some(_) => self.write(Base::Link, |link| link.execute("DELETE FROM decree", []).map(drop)),
            None => Ok(()),
        }
    }

    /// Takes down the boards that are no longer on this panel. Returns how many notices.
    pub fn retain_boards(&mut self, boards: &[&str], now: Now) -> Result<usize, StoreError> {
        let (held, mut read) =
            self.on_board(|connection| Ok((row::boards(connection)?, poll::boards_read(connection)?)))?;
        read.retain(|board| !boards.contains(&board.as_str()));
        if !read.is_empty() {
            self.write(Base::Board, |connection| poll::forget_validators(connection, read.iter().map(String::as_str)))?;
        }
        let mut removed = 0;
        for board in held.iter().filter(|board| !boards.contains(&board.as_str())) {
            let rows = self.on_board(|connection| row::read_board(connection, board))?;
            removed += rows.len();
            self.take_down(rows, now, Why::BoardRemoved)?;
        }
        Ok(removed)
    }

    /// Takes down at once what the office has ordered; passes every guard. Returns how many notices.
    pub fn take_down_now(
        &mut self,
        boards: &[&str],
        is_meant: impl Fn(&Notice) -> bool,
        now: Now,
    ) -> Result<usize, StoreError> {
        let mut meant = Vec::new();
        for board in boards {
            meant.extend(self.on_board(|connection| row::read_board(connection, board))?);
        }
        meant.retain(|found| is_meant(&found.notice));
        let count = meant.len();
        self.take_down(meant, now, Why::TakenDown)?;
        if count > 0 {
            self.purge_now(now)?;
        }
        Ok(count)
    }

    /// Takes notices down: their rows go, and their tombstones come.
    pub(super) fn take_down(&mut self, rows: Vec<NoticeRow>, now: Now, why: Why) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write(Base::Board, |connection| {
            for found in &rows {
                bury(connection, &found.board, &Tombstone::of(found, now.at, why))?;
                remove(connection, &found.board, &found.notice.id)?;
            }
            poll::forget_validators(connection, rows.iter().map(|found| found.board.as_str()))?;
            round::mark_dirty(connection, now.at)
        })
    }
}

const SELECT: &str =
    "SELECT board, id, first_seen, down_at, why, posted, relevant_until, digest, documents FROM tombstone";

fn read(row: &Row) -> rusqlite::Result<(String, Tombstone)> {
    let documents: String = row.get(8)?;
    let documents: Vec<String> = serde_json::from_str(&documents).unwrap_or_default();
    let (board, id): (String, String) = (row.get(0)?, row.get(1)?);
    let tombstone = Tombstone {
        mark: id.strip_prefix(MARK).and_then(Digest::parse).unwrap_or_else(|| model::mark(&board, &id)),
        why: Why::from_name(&row.get::<_, String>(4)?).unwrap_or(Why::Ended),
        first_seen: row::read_instant(row, 2)?,
        down_at: row::read_instant(row, 3)?,
        posted: row::read_day(row, 5)?,
        relevant_until: row::read_day(row, 6)?,
        digest: row::read_digest(row, 7)?,
        documents: documents.iter().filter_map(|digest| Digest::parse(digest)).collect(),
    };
    Ok((board, tombstone))
}

/// Tombstones of a board, or of all, that lie in one of the databases.
pub fn tombstones(connection: &Connection, board: Option<&str>) -> rusqlite::Result<Vec<(String, Tombstone)>> {
    let mut query = connection.prepare_cached(&format!("{SELECT} WHERE board = coalesce(?, board)"))?;
    query.query_map([board], read)?.collect()
}

/// The guard's memory of a board that was handed over.
pub fn memory(link: &Connection, board: &str) -> rusqlite::Result<Option<String>> {
    link.prepare_cached("SELECT guard FROM memory WHERE board = ?")?.query_row([board], |row| row.get(0)).optional()
}

/// Before a mark in the column of identities, where the program of the other slot may still write the identity itself.
const MARK: &str = "mark:";

/// A mark in the column of identities.
pub fn written(mark: Digest) -> String {
    format!("{MARK}{mark}")
}

/// Puts marks in the place of identities that another version of the program has left, and has the files cleaned.
pub fn forget_identities(link: &mut Connection) -> rusqlite::Result<()> {
    let plain = format!("{SELECT} WHERE id NOT GLOB '{MARK}*' ORDER BY board");
    let found = link.prepare(&plain)?.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() {
        return Ok(());
    }
    let transaction = link.transaction()?;
    transaction.execute(&format!("DELETE FROM tombstone WHERE id NOT GLOB '{MARK}*'"), [])?;
    found.iter().try_for_each(|(board, tombstone)| bury(&transaction, board, tombstone))?;
    // Long ago: the next purge does not wait.
    round::mark_dirty(&transaction, DateTime::UNIX_EPOCH)?;
    transaction.commit()
}

/// Writes a tombstone. The same stay on the board has one, however often it is written.
pub fn bury(link: &Connection, board: &str, tombstone: &Tombstone) -> rusqlite::Result<()> {
    let documents: Vec<String> = tombstone.documents.iter().map(Digest::to_string).collect();
    link.prepare_cached("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(params![
        board,
        written(tombstone.mark),
        row::instant(tombstone.first_seen),
        row::instant(tombstone.down_at),
        tombstone.why.name(),
        tombstone.posted.map(row::day),
        tombstone.relevant_until.map(row::day),
        tombstone.digest.0,
        serde_json::to_string(&documents).expect("strings are always JSON"),
    ])?;
    Ok(())
}

/// Notices whose last day was before `day`; of one board, or of all.
pub fn ended_rows(connection: &Connection, board: Option<&str>, day: i32) -> rusqlite::Result<Vec<NoticeRow>> {
    let mut query = connection.prepare_cached(match board {
        Some(_) => "SELECT board, id FROM notice WHERE board = ?1 AND relevant_until < ?2",
        None => "SELECT board, id FROM notice WHERE ?1 IS NULL AND relevant_until < ?2",
    })?;
    let names: Vec<(String, String)> =
        query.query_map(params![board, day], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut rows = Vec::with_capacity(names.len());
    for (board, id) in names {
        rows.extend(row::read_one(connection, &board, &id)?);
    }
    Ok(rows)
}

/// Removes a notice with its documents.
pub fn remove(connection: &Connection, board: &str, id: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM notice WHERE board = ? AND id = ?")?.execute([board, id])?;
    Ok(())
}

/// Takes the tombstones that can be read from a damaged database.
pub fn carry_tombstones(damaged: &Connection, fresh: &Connection) -> usize {
    let mut carried = 0;
    heal::read_both_ways(damaged, &format!("{SELECT} ORDER BY board"), read, |(board, tombstone)| {
        carried += usize::from(bury(fresh, &board, &tombstone).is_ok());
    });
    carried
}

/// Takes what can be read from a damaged database.
pub fn carry_over(damaged: &Connection, fresh: &Connection) -> usize {
    let mut carried = carry_tombstones(damaged, fresh) + uplink::carry_over(damaged, fresh);
    heal::read_both_ways(
        damaged,
        "SELECT board, guard FROM memory ORDER BY board",
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        |(board, guard)| {
            carried += usize::from(fresh.execute("INSERT OR IGNORE INTO memory VALUES (?, ?)", [board, guard]).is_ok());
        },
    );
    carried
}
