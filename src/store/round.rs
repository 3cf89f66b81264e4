//! One round of one board: all that the guard admitted, in one durable commit.
//!
//! Tombstones and the guard's memory go with it, so that nothing goes without a trace and no hold is forgotten whose end
//! is not done; what the other database is to keep for good is handed over later (`handover`). A round that is lost is
//! decided again in the next one, with the same result.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};

use super::link::{self, Tombstone, Why};
use super::poll::{self, Poll};
use super::row::{self, Fetch, NoticeRow};
use super::schema::Base;
use super::{Store, StoreError, handover};
use crate::clock::Now;
use crate::model::{self, Digest, Document, Notice, same_documents};

/// What one round brings.
#[derive(Debug)]
pub struct Round<'a> {
    pub board: &'a str,
    pub now: Now,
    pub poll: Poll,
    pub add: &'a [Notice],
    /// The same identities with other content.
    pub change: &'a [Notice],
    /// Old identity, and the notice under its new one.
    pub rename: &'a [(String, Notice)],
    /// Identities.
    pub withdraw: &'a [String],
    /// The guard's memory after this round.
    pub memory: Option<&'a str>,
    /// The last release that the guard has carried out in this round: [`super::Release::number`].
    pub released: Option<i64>,
}

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    pub added: usize,
    /// Of those added, how many had been down before.
    pub returned: usize,
    pub changed: usize,
    pub renamed: usize,
    pub withdrawn: usize,
    /// Whose last day has passed.
    pub ended: usize,
    /// Whether anything was written to disk.
    pub written: bool,
}

impl Store {
    /// Commits a round. When this returns, it survives a power cut; where nothing changed, nothing is written.
    /// Additions that have ended already are not taken; additions and changes that hold nothing new cost nothing.
    pub fn commit_round(&mut self, round: &Round) -> Result<Committed, StoreError> {
        let (board, day) = (round.board, row::day(round.now.certain_day()));
        let (mut down, validators_differ, flush_due) = self.on_board(|connection| {
            Ok((
                link::ended_rows(connection, Some(board), day)?,
                poll::validators_differ(connection, board, &round.poll)?,
                poll::last_flush(connection, board)?,
            ))
        })?;
        let ended = down.len();
        for id in round.withdraw {
            let found = self.on_board(|connection| row::read_one(connection, board, id))?;
            down.extend(found.filter(|found| !down[..ended].iter().any(|row| row.row == found.row)));
        }
        let remembered = self.memory(board)?;
        let memory = round.memory.filter(|memory| remembered.as_deref() != Some(memory) || round.released.is_some());
        let mut committed = Committed {
            ended,
            withdrawn: down.len() - ended,
            returned: self.returned(board, round.add)?,
            ..Committed::default()
        };

        self.polls.note(board, &round.poll);
        let still = round.add.is_empty() && round.change.is_empty() && round.rename.is_empty() && down.is_empty();
        let work = !still || memory.is_some();
        if work || validators_differ || self.polls.due(flush_due, round.poll.at) {
            let (polls, unchanged) = (self.polls.take(), std::mem::take(&mut self.unchanged));
            let result = self.write(Base::Board, |connection| {
                // Under the addresses that were asked, before they may become others.
                super::document::flush_unchanged(connection, &unchanged)?;
                for (place, found) in down.iter().enumerate() {
                    let why = if place < ended { Why::Ended } else { Why::Withdrawn };
                    link::bury(connection, board, &Tombstone::of(found, round.now.at, why))?;
                }
                apply(connection, round, &down, &mut committed)?;
                if let Some(memory) = memory {
                    handover::leave(connection, board, memory, round.released, round.now.at)?;
                }
                // Were the clock wrong, a feed that has not changed would not bring back what it ended.
                if ended > 0 {
                    poll::forget_validators(connection, [board])?;
                }
                if validators_differ || ended > 0 {
                    poll::store_validators(connection, board, &round.poll)?;
                }
                poll::flush(connection, &polls)?;
                if round.now.is_trusted() {
                    mark(connection, "trusted", round.now.at)?;
                    connection.prepare_cached("DELETE FROM mark WHERE name = 'seen'")?.execute([])?;
                }
                Ok(())
            });
            if let Err(cause) = result {
                self.polls.put_back(polls);
                self.unchanged.extend(unchanged);
                return Err(cause);
            }
            committed.written = true;
        }

        if round.released.is_some() {
            // By hand, and rare: nobody may find the order again.
            self.hand_over(round.now.at, TimeDelta::zero())?;
        }
        Ok(committed)
    }

    /// How many of `add` have a tombstone.
    fn returned(&mut self, board: &str, add: &[Notice]) -> Result<usize, StoreError> {
        let mut marks: Vec<String> = add.iter().map(|notice| link::written(model::mark(board, &notice.id))).collect();
        for base in [Base::Board, Base::Link] {
            let known = self.on(base, |connection| {
                let mut query = connection.prepare_cached("SELECT 1 FROM tombstone WHERE board = ? AND id = ?")?;
                marks.iter().map(|mark| query.exists([board, mark])).collect::<rusqlite::Result<Vec<bool>>>()
            })?;
            let mut known = known.into_iter();
            marks.retain(|_| !known.next().expect("one answer for each"));
        }
        Ok(add.len() - marks.len())
    }
}

/// Writes down when something happened; `purge` and the clock ask for it.
pub fn mark(connection: &Connection, name: &str, at: DateTime<Utc>) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO mark VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = ?2")?
        .execute(params![name, row::instant(at)])?;
    Ok(())
}

/// Text that was shown is gone from the rows but not yet from the free space of the files: see `purge`.
pub fn mark_dirty(connection: &Connection, at: DateTime<Utc>) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO mark VALUES ('dirty', ?) ON CONFLICT (name) DO NOTHING")?
        .execute([row::instant(at)])?;
    Ok(())
}

fn apply(
    connection: &Connection,
    round: &Round,
    down: &[NoticeRow],
    committed: &mut Committed,
) -> rusqlite::Result<()> {
    let (board, at, today) = (round.board, round.now.at, round.now.certain_day());
    for found in down {
        link::remove(connection, board, &found.notice.id)?;
    }
    for (old, notice) in round.rename {
        let Some(found) = row::read_one(connection, board, old)? else {
            committed.added += usize::from(add(connection, board, notice, at)?);
            continue;
        };
        if *old != notice.id {
            link::remove(connection, board, &notice.id)?;
        }
        replace(connection, &found, notice, true)?;
        committed.renamed += 1;
    }
    for notice in round.change {
        match row::read_one(connection, board, &notice.id)? {
            Some(found) if found.digest == notice.digest() => {}
            Some(found) => {
                replace(connection, &found, notice, false)?;
                committed.changed += 1;
            }
            None => committed.added += usize::from(add(connection, board, notice, at)?),
        }
    }
    for notice in round.add.iter().filter(|notice| !notice.ended(today)) {
        match row::read_one(connection, board, &notice.id)? {
            None => committed.added += usize::from(add(connection, board, notice, at)?),
            Some(found) if found.digest == notice.digest() => {}
            Some(found) => {
                replace(connection, &found, notice, false)?;
                committed.changed += 1;
            }
        }
    }
    if !down.is_empty() || committed.changed + committed.renamed > 0 {
        mark_dirty(connection, at)?;
    }
    Ok(())
}

fn add(connection: &Connection, board: &str, notice: &Notice, at: DateTime<Utc>) -> rusqlite::Result<bool> {
    let inserted = row::insert_notice(connection, board, notice, at)?;
    for (position, document) in notice.documents.iter().enumerate() {
        let fetch = declared(connection, document.digest)?.unwrap_or_default();
        row::insert_document(connection, inserted, position, document, &fetch)?;
    }
    Ok(true)
}

/// Puts new content into a notice's row. What was fetched stays with a document that is the same, see
/// [`same_documents`]; where the office's web has changed and the notice has kept its number, also with the only one of
/// its title and file name, until the new address is asked. Anything less is no evidence, and a wrong document is worse
/// than none.
fn replace(connection: &Connection, found: &NoticeRow, notice: &Notice, renamed: bool) -> rusqlite::Result<()> {
    row::update_notice(connection, found.row, notice)?;
    if found.notice.documents == notice.documents {
        return Ok(());
    }
    connection.prepare_cached("DELETE FROM document WHERE notice = ?")?.execute([found.row])?;
    let (old, new) = (&found.notice.documents, &notice.documents);
    let numbered = renamed && number(notice).is_some() && number(notice) == number(&found.notice);
    for ((position, document), same) in new.iter().enumerate().zip(same_documents(old, new)) {
        let moved = || numbered.then(|| moved(old, new, document)).flatten();
        let fetch = match same {
            Some(place) => found.fetches[place].clone(),
            None => match (declared(connection, document.digest)?, moved()) {
                (Some(fetch), _) => fetch,
                (None, Some(place)) => {
                    let Fetch { digest, size, media, .. } = found.fetches[place].clone();
                    Fetch { digest, size, media, ..Fetch::default() }
                }
                (None, None) => Fetch::default(),
            },
        };
        row::insert_document(connection, found.row, position, document, &fetch)?;
    }
    Ok(())
}

/// Which of `old` a document of `new` with another address was: the only one of its file name, on both sides. Where its
/// publisher says a digest, only that counts.
fn moved(old: &[Document], new: &[Document], document: &Document) -> Option<usize> {
    let name = file_name(&document.url);
    let named = |other: &Document| file_name(&other.url) == name;
    let place = old.iter().position(named)?;
    let only =
        old.iter().filter(|other| named(other)).count() == 1 && new.iter().filter(|other| named(other)).count() == 1;
    (only && name != ("", "") && document.digest.is_none() && old[place].title == document.title).then_some(place)
}

/// As a new web may write it otherwise: case and spaces say nothing.
fn number(notice: &Notice) -> Option<String> {
    let number = notice.reference_number.as_deref()?.split_whitespace().collect::<String>().to_lowercase();
    (!number.is_empty()).then_some(number)
}

/// The last part of an address' path, and what a script there is asked for.
fn file_name(url: &str) -> (&str, &str) {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    (path.rsplit_once('/').map_or(path, |(_, name)| name), query)
}

/// What is known of a document whose publisher says its digest, where the device holds it for another notice.
fn declared(connection: &Connection, digest: Option<Digest>) -> rusqlite::Result<Option<Fetch>> {
    let Some(digest) = digest else { return Ok(None) };
    let mut query =
        connection.prepare_cached(&format!("SELECT {} FROM document WHERE digest = ? LIMIT 1", row::DOCUMENT))?;
    let mut rows = query.query([digest.0])?;
    let Some(found) = rows.next()? else { return Ok(None) };
    let (_, _, fetch) = row::read_document(found)?;
    Ok(Some(Fetch { digest: fetch.digest, size: fetch.size, media: fetch.media, ..Fetch::default() }))
}
