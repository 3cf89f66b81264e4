//! What a round leaves for `link-1.db`: tombstones and the guard's memory. It is written into `board-1.db` with the round
//! itself, in the same commit, and handed over within an hour.
//!
//! Two databases cannot be committed at once, and every further commit costs another sync of the disk and another moment
//! at which the power may go between two halves. The surprising thing: whoever reads must look into both, here first. What
//! is handed over twice, because the power went in between, is the same.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::link::{self, Tombstone};
use super::schema::Base;
use super::{Store, StoreError, heal, round, row};

/// Waits here for so long at most, while rounds are made.
pub const HAND_OVER_AFTER: TimeDelta = TimeDelta::hours(1);

/// The guard's memory of a board, not handed over yet.
#[derive(Debug)]
struct Left {
    board: String,
    guard: String,
    released: i64,
}

const MEMORY: &str = "SELECT board, guard, released, since FROM memory";

fn read(row: &rusqlite::Row) -> rusqlite::Result<(Left, DateTime<Utc>)> {
    let left = Left { board: row.get(0)?, guard: row.get(1)?, released: row.get(2)? };
    Ok((left, row::read_instant(row, 3)?))
}

/// The guard's memory of a board, and the last release that it has carried out, where they wait here.
pub fn memory(connection: &Connection, board: &str) -> rusqlite::Result<Option<(String, i64)>> {
    let mut query = connection.prepare_cached("SELECT guard, released FROM memory WHERE board = ?")?;
    query.query_row([board], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Leaves the guard's memory of a board after a round at `at`.
pub fn leave(
    connection: &Connection,
    board: &str,
    guard: &str,
    released: Option<i64>,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO memory VALUES (?1, ?2, ?3, ?4) ON CONFLICT (board) DO UPDATE \
             SET guard = ?2, released = max(released, ?3)",
        )?
        .execute(params![board, guard, released.unwrap_or(0), row::instant(at)])
        .map(drop)
}

impl Store {
    /// Hands over what has waited since `collect` or longer. Where nothing has, nothing is written.
    pub(super) fn hand_over(&mut self, now: DateTime<Utc>, collect: TimeDelta) -> Result<(), StoreError> {
        let (memories, tombstones) = self.on_board(|connection| {
            let mut query = connection.prepare_cached(MEMORY)?;
            let memories: Vec<(Left, DateTime<Utc>)> = query.query_map([], read)?.collect::<Result<_, _>>()?;
            Ok((memories, link::tombstones(connection, None)?))
        })?;
        let left_at = memories.iter().map(|(_, since)| *since);
        let oldest = left_at.chain(tombstones.iter().map(|(_, stone)| stone.down_at)).min();
        if oldest.is_none_or(|oldest| (now - oldest).abs() < collect) {
            return Ok(());
        }
        self.write(Base::Link, |link| take(link, &memories, &tombstones, now))?;
        self.write(Base::Board, |connection| {
            connection.execute("DELETE FROM memory", [])?;
            connection.execute("DELETE FROM tombstone", []).map(drop)
        })
    }
}

fn take(
    link: &Connection,
    memories: &[(Left, DateTime<Utc>)],
    tombstones: &[(String, Tombstone)],
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    for (Left { board, guard, released }, _) in memories {
        // A program before this one kept identities in it.
        if link::memory(link, board)?.is_some_and(|before| before != *guard) {
            round::mark_dirty(link, now)?;
        }
        link.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", [board, guard])?;
        link.execute("DELETE FROM release WHERE board = ? AND row <= ?", params![board, released])?;
    }
    tombstones.iter().try_for_each(|(board, tombstone)| link::bury(link, board, tombstone))
}

/// Takes what can be read from a damaged database.
pub fn carry_over(damaged: &Connection, fresh: &Connection) -> usize {
    let mut carried = link::carry_tombstones(damaged, fresh);
    heal::read_both_ways(damaged, &format!("{MEMORY} ORDER BY board"), read, |(left, since)| {
        let Left { board, guard, released } = left;
        carried += usize::from(leave(fresh, &board, &guard, Some(released), since).is_ok());
    });
    carried
}
