//! What is down leaves the device: its rows at once, every trace of its words in the database files soon after.
//!
//! `secure_delete` zeroes what is deleted, but when SQLite moves rows between pages it leaves the old copies behind in
//! unused space, so the files are rebuilt (`VACUUM`) and the write-ahead log is emptied. The files of documents are
//! not here: hand [`Named::keeps`] to `Files::trim`.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::handover::HAND_OVER_AFTER;
use super::reader::read_mark;
use super::schema::Base;
use super::{Store, StoreError, Why, heal, link, poll, round, row};
use crate::clock::Now;
use crate::model::Digest;

/// Changes of so long are collected before the files are rebuilt for them.
const COLLECT: TimeDelta = TimeDelta::hours(1);
/// A damaged copy is kept for so long: it may hold what goes down meanwhile, and a day is all there is.
const KEEP_DAMAGED: TimeDelta = TimeDelta::hours(12);

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Notices found to have ended, of all boards.
    pub ended: usize,
    /// The files were rebuilt, and no trace of what was down is left in them.
    pub rebuilt: bool,
    /// A damaged copy was removed.
    pub copy_removed: bool,
}

/// Digests of what may not go: of documents, and of the addresses that are yet to be fetched.
#[derive(Debug, Clone, Default)]
pub struct Named(HashSet<Digest>);

impl Named {
    pub fn keeps(&self, digest: &Digest) -> bool {
        self.0.contains(digest)
    }
}

impl Store {
    /// Ends what has ended on any board, and cleans the files of what is down where that is due. Call it about once
    /// an hour. Where nothing is to be done nothing is written.
    pub fn purge(&mut self, now: Now) -> Result<Purged, StoreError> {
        self.purge_when(now, COLLECT)
    }

    /// The same without waiting for more: after "take down now".
    pub fn purge_now(&mut self, now: Now) -> Result<Purged, StoreError> {
        self.purge_when(now, TimeDelta::zero())
    }

    fn purge_when(&mut self, now: Now, collect: TimeDelta) -> Result<Purged, StoreError> {
        let day = row::day(now.certain_day());
        let ended = self.on_board(|connection| link::ended_rows(connection, None, day))?;
        let mut purged = Purged { ended: ended.len(), ..Purged::default() };
        self.take_down(ended, now, Why::Ended)?;
        self.hand_over(now.at, collect.min(HAND_OVER_AFTER))?;
        purged.copy_removed = self.forget_damaged(now)?;
        for base in [Base::Board, Base::Link] {
            purged.rebuilt |= self.clean(base, now, collect)?;
        }
        Ok(purged)
    }

    /// What `Files::trim` must leave: what is up, or to come. What has ended is not named even where its rows are still
    /// here, because a full disk does not let them go.
    pub fn named(&mut self, now: Now) -> Result<Named, StoreError> {
        let day = row::day(now.certain_day());
        self.on_board(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT d.digest, d.url FROM document d JOIN notice n ON n.row = d.notice \
                 WHERE coalesce(n.relevant_until, ?1) >= ?1",
            )?;
            let mut rows = query.query([day])?;
            let mut named = HashSet::new();
            while let Some(row) = rows.next()? {
                named.extend(row::read_some_digest(row, 0)?);
                let url: String = row.get(1)?;
                named.insert(Digest::of(url.as_bytes()));
            }
            Ok(Named(named))
        })
    }

    /// Rebuilds a database where something in it is to be forgotten since `collect` or longer. True where that is done:
    /// a reader in the middle of a query keeps the log for a moment.
    fn clean(&mut self, base: Base, now: Now, collect: TimeDelta) -> Result<bool, StoreError> {
        // A mark from the future was set with a wrong clock.
        let since = self.on(base, |connection| read_mark(connection, "dirty"))?;
        if since.is_none_or(|since| (now.at - since).abs() < collect) {
            return Ok(false);
        }
        if base == Base::Board {
            self.write(base, |connection| {
                poll::prune(connection)?;
                connection.execute(
                    "DELETE FROM rendered WHERE digest NOT IN \
                     (SELECT digest FROM document WHERE digest IS NOT NULL)",
                    [],
                )?;
                Ok(())
            })?;
        }
        let connection = self.connection(base);
        connection.execute_batch("VACUUM")?;
        let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 {
            self.write(base, |connection| connection.execute("DELETE FROM mark WHERE name = 'dirty'", []).map(drop))?;
        }
        Ok(busy == 0)
    }

    fn forget_damaged(&mut self, now: Now) -> Result<bool, StoreError> {
        let Some(folder) = self.folder.clone() else { return Ok(false) };
        if ![Base::Board, Base::Link].iter().any(|base| heal::copy_path(&folder, *base).exists()) {
            return Ok(false);
        }
        match self.on_board(|connection| read_mark(connection, "damaged"))? {
            None => {
                self.write(Base::Board, |connection| round::mark(connection, "damaged", now.at))?;
                Ok(false)
            }
            Some(since) if (now.at - since).abs() >= KEEP_DAMAGED => {
                heal::forget_copy(&folder, Base::Board)?;
                heal::forget_copy(&folder, Base::Link)?;
                self.write(Base::Board, |connection| {
                    connection.execute("DELETE FROM mark WHERE name = 'damaged'", []).map(drop)
                })?;
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }
}
