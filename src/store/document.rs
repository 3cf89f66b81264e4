//! What is to be fetched, and what came of it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::schema::Base;
use super::{Store, StoreError, Validators, row};
use crate::clock::Now;
use crate::model::{Digest, Media};

/// A document that is here is asked for again after so long: offices exchange files under the same address.
pub const RECHECK: TimeDelta = TimeDelta::hours(6);
/// A web page that has come for so long where a document is listed is what the office means,
pub const MEANT_AFTER: TimeDelta = TimeDelta::hours(24);
/// if it has come so often.
pub const MEANT_TIMES: u32 = 6;
/// After the first failure; it doubles with each further one, up to [`RECHECK`].
const FIRST_RETRY: TimeDelta = TimeDelta::minutes(5);
/// The reason of a failure is cut here (bytes).
const MAX_REASON_BYTES: usize = 500;

/// A document to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub board: String,
    /// Identity of its notice.
    pub notice: String,
    pub url: String,
    /// Of what is here; `digest` is `None` where nothing is.
    pub validators: Validators,
    /// What is here is.
    pub media: Option<Media>,
    /// What the publisher says it will be.
    pub declared: Option<Digest>,
}

/// A document that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    pub media: Media,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub at: DateTime<Utc>,
}

/// What a fetched document is to what was here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    First,
    /// Other bytes under the same address.
    Changed {
        from: Digest,
    },
    Same,
    /// Its notice has gone meanwhile, or does not list it any more.
    Unwanted,
}

/// What became of what is no document: see [`Store::document_unfit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    Refused,
    Taken,
}

/// A document that did not come: why, in a sentence for its card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub reason: String,
    pub at: DateTime<Utc>,
}

impl Store {
    /// Documents that were never fetched, failed a while ago, or are due to be asked for again; at most `limit`. First
    /// what is missing, the first document of each notice before the others, the newest notices first.
    pub fn documents_wanted(&mut self, now: Now, limit: usize) -> Result<Vec<Wanted>, StoreError> {
        let mut wanted = self.on_board(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT n.board, n.id, d.url, d.etag, d.last_modified, d.digest, d.declared_digest, d.checked_at, \
                 d.failed, d.tries, d.media FROM document d JOIN notice n ON n.row = d.notice \
                 ORDER BY d.digest IS NOT NULL, d.position > 0, n.posted DESC, n.row DESC, d.position",
            )?;
            let mut rows = query.query([])?;
            let mut wanted = Vec::new();
            while let Some(row) = rows.next()? {
                let one = Wanted {
                    board: row.get(0)?,
                    notice: row.get(1)?,
                    url: row.get(2)?,
                    validators: Validators {
                        etag: row.get(3)?,
                        last_modified: row.get(4)?,
                        digest: row::read_some_digest(row, 5)?,
                        ..Validators::default()
                    },
                    media: row.get::<_, Option<String>>(10)?.as_deref().and_then(Media::from_name),
                    declared: row::read_some_digest(row, 6)?,
                };
                let checked_at = row.get::<_, Option<i64>>(7)?.and_then(DateTime::from_timestamp_millis);
                let failed = row.get::<_, Option<String>>(8)?.is_some();
                let pause = if failed { retry_after(row.get(9)?) } else { RECHECK };
                let settled = one.declared.is_some() && one.declared == one.validators.digest;
                // A check in the future was made with a wrong clock.
                let due = checked_at.is_none_or(|at| now.at - at >= pause || at - now.at >= RECHECK);
                if due && !settled {
                    wanted.push(one);
                }
            }
            Ok(wanted)
        })?;
        wanted.retain(|one| {
            let key = (one.board.clone(), one.notice.clone(), one.url.clone());
            self.unchanged.get(&key).is_none_or(|at| (now.at - *at).abs() >= RECHECK)
        });
        wanted.truncate(limit);
        Ok(wanted)
    }

    /// A document has come and is on disk under its digest.
    pub fn document_fetched(
        &mut self,
        board: &str,
        notice: &str,
        url: &str,
        fetched: &Fetched,
    ) -> Result<Arrival, StoreError> {
        self.unchanged.remove(&(board.to_owned(), notice.to_owned(), url.to_owned()));
        self.write(Base::Board, |connection| {
            let Some(found) = row::read_one(connection, board, notice)? else { return Ok(Arrival::Unwanted) };
            let listed = found.notice.documents.iter().position(|document| document.url == url);
            let Some(position) = listed else { return Ok(Arrival::Unwanted) };
            let before = found.fetches[position].digest;
            let mut update = connection.prepare_cached(
                "UPDATE document SET digest = ?, size = ?, media = ?, etag = ?, last_modified = ?, checked_at = ?, \
                 failed = NULL, tries = 0, unfit_since = NULL WHERE notice = ? AND url = ?",
            )?;
            update.execute(params![
                fetched.digest.0,
                fetched.size as i64,
                fetched.media.name(),
                fetched.etag,
                fetched.last_modified,
                row::instant(fetched.at),
                found.row,
                url,
            ])?;
            Ok(match before {
                None => Arrival::First,
                Some(before) if before == fetched.digest => Arrival::Same,
                Some(from) => Arrival::Changed { from },
            })
        })
    }

    /// The publisher says that a document has not changed (304). Reaches the disk with the next commit.
    pub fn document_unchanged(&mut self, board: &str, notice: &str, url: &str, at: DateTime<Utc>) {
        self.unchanged.insert((board.to_owned(), notice.to_owned(), url.to_owned()), at);
    }

    /// Something has come that is no document, and lies on disk under its digest. It is a failure, and what was here before
    /// stays; but a web page that comes for [`MEANT_AFTER`], [`MEANT_TIMES`] at least and nothing else between, is taken.
    pub fn document_unfit(
        &mut self,
        board: &str,
        notice: &str,
        url: &str,
        fetched: &Fetched,
        failed: &Failed,
    ) -> Result<Unfit, StoreError> {
        let before = self.on_board(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT unfit_since, tries FROM document \
                 WHERE url = ? AND notice = (SELECT row FROM notice WHERE board = ? AND id = ?)",
            )?;
            let read = |row: &rusqlite::Row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, u32>(1)?));
            query.query_row([url, board, notice], read).optional()
        })?;
        let (since, tries) = before.unwrap_or_default();
        let now = row::instant(failed.at);
        // A first time in the future was written down with a wrong clock.
        let since = since.filter(|since| *since <= now).unwrap_or(now);
        let meant = now - since >= MEANT_AFTER.num_milliseconds() && tries + 1 >= MEANT_TIMES;
        if fetched.size > 0 && meant {
            self.document_fetched(board, notice, url, fetched)?;
            return Ok(Unfit::Taken);
        }
        self.fail(board, notice, url, failed, Some(since))?;
        Ok(Unfit::Refused)
    }

    /// A document did not come. What was here before stays and is shown.
    pub fn document_failed(&mut self, board: &str, notice: &str, url: &str, failed: &Failed) -> Result<(), StoreError> {
        self.fail(board, notice, url, failed, None)
    }

    fn fail(
        &mut self,
        board: &str,
        notice: &str,
        url: &str,
        failed: &Failed,
        unfit_since: Option<i64>,
    ) -> Result<(), StoreError> {
        let reason = &failed.reason;
        let end = (0..=reason.len().min(MAX_REASON_BYTES)).rev().find(|end| reason.is_char_boundary(*end));
        self.write(Base::Board, |connection| {
            let mut update = connection.prepare_cached(
                "UPDATE document SET failed = ?, checked_at = ?, tries = min(tries + 1, 100), unfit_since = ? \
                 WHERE url = ? AND notice = (SELECT row FROM notice WHERE board = ? AND id = ?)",
            )?;
            update.execute(params![
                &reason[..end.unwrap_or(0)],
                row::instant(failed.at),
                unfit_since,
                url,
                board,
                notice
            ])?;
            Ok(())
        })
    }

    /// The document's bytes are no longer on disk, or damaged there: it is fetched and rendered again.
    pub fn document_lost(&mut self, digest: &Digest) -> Result<(), StoreError> {
        self.write(Base::Board, |connection| {
            connection.execute(
                "UPDATE document SET digest = NULL, etag = NULL, last_modified = NULL, checked_at = NULL, \
                 failed = NULL, tries = 0, unfit_since = NULL WHERE digest = ?",
                [digest.0],
            )?;
            connection.execute("DELETE FROM rendered WHERE digest = ?", [digest.0])?;
            Ok(())
        })
    }
}

fn retry_after(tries: u32) -> TimeDelta {
    let doubled = FIRST_RETRY.checked_mul(1 << tries.clamp(1, 10).saturating_sub(1));
    doubled.map_or(RECHECK, |pause| pause.min(RECHECK))
}

pub fn flush_unchanged(
    connection: &Connection,
    unchanged: &HashMap<(String, String, String), DateTime<Utc>>,
) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE document SET checked_at = ?, failed = NULL, tries = 0, unfit_since = NULL \
         WHERE url = ? AND notice = (SELECT row FROM notice WHERE board = ? AND id = ?)",
    )?;
    for ((board, notice, url), at) in unchanged {
        update.execute(params![row::instant(*at), url, board, notice])?;
    }
    Ok(())
}
