//! When an office's address was asked and what it said: evidence that the electronic board was, or was not, there.
//!
//! Polls that say the same are one run with a count. Runs are collected in memory and written with the next commit,
//! or once an hour: a power cut loses at most the last hour of them, and a quiet board never wakes the disk.

use std::mem;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::schema::Base;
use super::{Store, StoreError, heal, row};
use crate::model::Digest;

/// Runs wait in memory for so long at most.
pub const FLUSH_AFTER: TimeDelta = TimeDelta::hours(1);
/// So many runs wait in memory at most.
const MAX_PENDING: usize = 64;
/// So many runs of a board are kept; the oldest go first. At one an hour these are ten years.
const MAX_RUNS: i64 = 100_000;

/// One question to an office's address, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    pub url: String,
    pub status: Status,
    /// Of the body, where there was one.
    pub digest: Option<Digest>,
    /// What to ask with next time. `None` keeps what is stored: give it only for a feed that was taken in whole,
    /// with nothing held back, because what a 304 does not repeat is not judged again.
    pub validators: Option<Validators>,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// What HTTP said.
    Code(u16),
    /// No answer: why, in a sentence.
    Failed(String),
}

/// For a conditional request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Of the body that they belong to.
    pub digest: Option<Digest>,
    /// What else decided what was taken from that body: the day, the board's settings. Under others it must be read
    /// again, whatever its server says about changes.
    pub read_as: String,
}

/// Polls in a row that said the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRun {
    pub url: String,
    pub status: Status,
    pub digest: Option<Digest>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub count: u64,
}

/// Runs that are not on disk yet.
#[derive(Debug, Default)]
pub struct Pending {
    runs: Vec<(String, PollRun)>,
    flushed_at: Option<DateTime<Utc>>,
}

impl Pending {
    pub fn note(&mut self, board: &str, poll: &Poll) {
        let last = self.runs.iter_mut().rev().find(|(of, _)| of == board);
        match last {
            Some((_, run)) if run.url == poll.url && run.status == poll.status && run.digest == poll.digest => {
                run.last_at = poll.at;
                run.count += 1;
            }
            _ => self.runs.push((
                board.to_owned(),
                PollRun {
                    url: poll.url.clone(),
                    status: poll.status.clone(),
                    digest: poll.digest,
                    first_at: poll.at,
                    last_at: poll.at,
                    count: 1,
                },
            )),
        }
    }

    /// Whether it is time to write, where the board's last run on disk is from `on_disk`.
    pub fn due(&self, on_disk: Option<DateTime<Utc>>, at: DateTime<Utc>) -> bool {
        let last = self.flushed_at.max(on_disk);
        self.runs.len() >= MAX_PENDING || last.is_none_or(|last| (at - last).abs() >= FLUSH_AFTER)
    }

    pub fn take(&mut self) -> Vec<(String, PollRun)> {
        let runs = mem::take(&mut self.runs);
        self.flushed_at = self.flushed_at.max(runs.iter().map(|(_, run)| run.last_at).max());
        runs
    }

    pub fn put_back(&mut self, mut runs: Vec<(String, PollRun)>) {
        runs.append(&mut self.runs);
        // With a full disk they would grow without end; the newest say most.
        runs.drain(..runs.len().saturating_sub(MAX_PENDING));
        self.runs = runs;
    }
}

impl Store {
    /// What to ask a feed's address with. `None`: ask for all of it.
    pub fn validators(&mut self, board: &str, url: &str) -> Result<Option<Validators>, StoreError> {
        self.on_board(|connection| read_validators(connection, board, url))
    }

    /// Polls of a board, oldest first, those not yet on disk included.
    pub fn polls(&mut self, board: &str) -> Result<Vec<PollRun>, StoreError> {
        let mut runs = self.on_board(|connection| {
            let mut query = connection.prepare_cached(&format!("{SELECT} WHERE board = ? ORDER BY row"))?;
            query.query_map([board], |row| Ok(read_run(row)?.1))?.collect::<Result<Vec<_>, _>>()
        })?;
        for (_, run) in self.polls.runs.iter().filter(|(of, _)| of == board) {
            match runs.last_mut() {
                Some(last) if same(last, run) => {
                    last.last_at = run.last_at;
                    last.count += run.count;
                }
                _ => runs.push(run.clone()),
            }
        }
        Ok(runs)
    }

    /// Records a poll that brought nothing to commit: an office that does not answer. Like a quiet round, it reaches
    /// the disk at most hourly.
    pub fn note_poll(&mut self, board: &str, poll: &Poll) -> Result<(), StoreError> {
        self.polls.note(board, poll);
        let on_disk = self.on_board(|connection| last_flush(connection, board))?;
        if self.polls.due(on_disk, poll.at) { self.flush() } else { Ok(()) }
    }

    /// Writes what waits in memory: before the program ends.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        let (polls, unchanged) = (self.polls.take(), mem::take(&mut self.unchanged));
        if polls.is_empty() && unchanged.is_empty() {
            return Ok(());
        }
        let result = self.write(Base::Board, |connection| {
            flush(connection, &polls)?;
            super::document::flush_unchanged(connection, &unchanged)
        });
        if result.is_err() {
            self.polls.put_back(polls);
            self.unchanged.extend(unchanged);
        }
        result
    }
}

const SELECT: &str = "SELECT board, url, status, failed, digest, first_at, last_at, count FROM poll";

fn read_run(row: &rusqlite::Row) -> rusqlite::Result<(String, PollRun)> {
    let status = match row.get::<_, Option<u16>>(2)? {
        Some(code) => Status::Code(code),
        None => Status::Failed(row.get::<_, Option<String>>(3)?.unwrap_or_default()),
    };
    let run = PollRun {
        url: row.get(1)?,
        status,
        digest: row::read_some_digest(row, 4)?,
        first_at: row::read_instant(row, 5)?,
        last_at: row::read_instant(row, 6)?,
        count: row.get::<_, i64>(7)? as u64,
    };
    Ok((row.get(0)?, run))
}

fn same(one: &PollRun, other: &PollRun) -> bool {
    one.url == other.url && one.status == other.status && one.digest == other.digest
}

/// When a run of the board was last written.
pub fn last_flush(connection: &Connection, board: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    connection
        .prepare_cached("SELECT last_at FROM poll WHERE board = ? ORDER BY row DESC LIMIT 1")?
        .query_row([board], |row| row::read_instant(row, 0))
        .optional()
}

pub fn flush(connection: &Connection, runs: &[(String, PollRun)]) -> rusqlite::Result<()> {
    for (board, run) in runs {
        let last = connection
            .prepare_cached(
                "SELECT board, url, status, failed, digest, first_at, last_at, count, row FROM poll \
                 WHERE board = ? ORDER BY row DESC LIMIT 1",
            )?
            .query_row([board], |row| Ok((read_run(row)?.1, row.get::<_, i64>(8)?)))
            .optional()?;
        match last {
            Some((last, row)) if same(&last, run) => {
                connection
                    .prepare_cached("UPDATE poll SET last_at = ?, count = count + ? WHERE row = ?")?
                    .execute(params![row::instant(run.last_at), run.count as i64, row])?;
            }
            _ => insert(connection, board, run)?,
        }
    }
    Ok(())
}

fn insert(connection: &Connection, board: &str, run: &PollRun) -> rusqlite::Result<()> {
    let (status, failed) = match &run.status {
        Status::Code(code) => (Some(*code), None),
        Status::Failed(why) => (None, Some(why.as_str())),
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO poll (board, url, status, failed, digest, first_at, last_at, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    insert.execute(params![
        board,
        run.url,
        status,
        failed,
        run.digest.map(|digest| digest.0),
        row::instant(run.first_at),
        row::instant(run.last_at),
        run.count as i64,
    ])?;
    Ok(())
}

/// Drops the oldest runs beyond the limit.
pub fn prune(connection: &Connection) -> rusqlite::Result<()> {
    let beyond: bool =
        connection.query_row("SELECT coalesce(max(row) - min(row), 0) >= ? FROM poll", [MAX_RUNS], |row| row.get(0))?;
    if beyond {
        connection.execute("DELETE FROM poll WHERE row <= (SELECT max(row) FROM poll) - ?", [MAX_RUNS])?;
    }
    Ok(())
}

fn read_validators(connection: &Connection, board: &str, url: &str) -> rusqlite::Result<Option<Validators>> {
    connection
        .prepare_cached("SELECT etag, last_modified, digest, url FROM feed WHERE board = ?")?
        .query_row([board], |row| {
            let key: String = row.get(3)?;
            let (of, read_as) = key.split_once(' ').unwrap_or((&key, ""));
            Ok((of == url).then_some(Validators {
                etag: row.get(0)?,
                last_modified: row.get(1)?,
                digest: row::read_some_digest(row, 2)?,
                read_as: read_as.to_owned(),
            }))
        })
        .optional()
        .map(Option::flatten)
}

/// The next answer of these boards is a whole feed: what was taken from the last one is no longer all here.
pub fn forget_validators<'a>(
    connection: &Connection,
    boards: impl IntoIterator<Item = &'a str>,
) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM feed WHERE board = ?")?;
    boards.into_iter().try_for_each(|board| delete.execute([board]).map(drop))
}

/// Boards whose feed has been taken in.
pub fn boards_read(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection.prepare_cached("SELECT board FROM feed")?.query_map([], |row| row.get(0))?.collect()
}

pub fn validators_differ(connection: &Connection, board: &str, poll: &Poll) -> rusqlite::Result<bool> {
    match &poll.validators {
        None => Ok(false),
        Some(new) => Ok(read_validators(connection, board, &poll.url)?.as_ref() != Some(new)),
    }
}

pub fn store_validators(connection: &Connection, board: &str, poll: &Poll) -> rusqlite::Result<()> {
    let Some(validators) = &poll.validators else { return Ok(()) };
    // One column, so that the program of the other slot, which knows no `read_as`, asks for the whole feed.
    let key = format!("{} {}", poll.url, validators.read_as);
    connection.prepare_cached("INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?, ?)")?.execute(params![
        board,
        key.trim_end(),
        validators.etag,
        validators.last_modified,
        validators.digest.map(|digest| digest.0),
    ])?;
    Ok(())
}

/// Takes the runs that can be read from a damaged database.
pub fn carry_over(damaged: &Connection, fresh: &Connection) -> usize {
    let mut carried = std::collections::BTreeMap::new();
    let select =
        "SELECT board, url, status, failed, digest, first_at, last_at, count, row FROM poll NOT INDEXED ORDER BY row";
    heal::read_both_ways(
        damaged,
        select,
        |row| Ok((row.get::<_, i64>(8)?, read_run(row)?)),
        |(row, run)| {
            carried.insert(row, run);
        },
    );
    carried.values().filter(|(board, run)| insert(fresh, board, run).is_ok()).count()
}
