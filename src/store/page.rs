//! Which documents are still to be turned into pictures, and which pages there are.

use rusqlite::{OptionalExtension, params};

use super::schema::Base;
use super::{PageSize, Store, StoreError, row};
use crate::model::{Digest, Media};

/// A document whose pictures are missing, or not all there, or made for another width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PagesWanted {
    pub digest: Digest,
    pub media: Media,
    /// Whether it is the first document of a notice: its first page comes before everything else.
    pub first: bool,
    /// Pages that are there already, from 1 without a gap; start with the next.
    pub done: u32,
}

/// What came of rendering a document, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PagesDone {
    /// Panel's width that it was made for (pixels).
    pub width: u32,
    /// Of the whole document; `None` where even that could not be found out.
    pub page_count: Option<u32>,
    /// Number (from 1) and picture of each page whose picture is on disk now.
    pub pages: Vec<(u32, PageSize)>,
    /// Nothing more is to be tried: all is done, or the rest cannot be.
    pub complete: bool,
    /// Why pages are missing, in a sentence for the notice's card.
    pub failed: Option<String>,
    /// What became of it and what its clerk should know, as JSON with its version (`pages::Report`).
    pub report: Option<String>,
}

impl Store {
    /// Documents to render for a panel `width` pixels wide: first those of which nothing is there (the first document
    /// of each notice before the others), then the rest of those that were begun.
    pub fn pages_wanted(&mut self, width: u32) -> Result<Vec<PagesWanted>, StoreError> {
        self.on_board(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT d.digest, d.media, min(d.position) = 0 AS first, r.width = ?1 AS begun, \
                 (SELECT count(*) FROM page p WHERE p.digest = d.digest), max(n.posted) AS newest \
                 FROM document d JOIN notice n ON n.row = d.notice LEFT JOIN rendered r ON r.digest = d.digest \
                 WHERE d.digest IS NOT NULL AND (r.digest IS NULL OR r.width <> ?1 OR NOT r.complete) \
                 GROUP BY d.digest \
                 ORDER BY begun IS TRUE, first DESC, newest DESC",
            )?;
            let mut rows = query.query([width])?;
            let mut wanted = Vec::new();
            while let Some(row) = rows.next()? {
                let media = row.get::<_, Option<String>>(1)?.as_deref().and_then(Media::from_name);
                let begun = row.get::<_, Option<bool>>(3)?.unwrap_or(false);
                let one = PagesWanted {
                    digest: row::read_digest(row, 0)?,
                    media: media.unwrap_or(Media::Unknown),
                    first: row.get(2)?,
                    done: if begun { row.get(4)? } else { 0 },
                };
                if one.media.has_pages() {
                    wanted.push(one);
                }
            }
            Ok(wanted)
        })
    }

    /// Pictures are on disk. Adds to what was done before for the same width; another width begins anew.
    pub fn pages_done(&mut self, digest: &Digest, done: &PagesDone) -> Result<(), StoreError> {
        self.write(Base::Board, |connection| {
            connection
                .prepare_cached("DELETE FROM rendered WHERE digest = ? AND width <> ?")?
                .execute(params![digest.0, done.width])?;
            connection
                .prepare_cached(
                    "INSERT INTO rendered (digest, width, page_count, complete, failed, report) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (digest) DO UPDATE \
                     SET page_count = coalesce(?3, page_count), complete = ?4, failed = ?5, \
                     report = coalesce(?6, report)",
                )?
                .execute(params![digest.0, done.width, done.page_count, done.complete, done.failed, done.report])?;
            let mut insert = connection.prepare_cached(
                "INSERT OR REPLACE INTO page (digest, number, width, height, turned, blank) VALUES (?, ?, ?, ?, ?, ?)",
            )?;
            for (number, page) in &done.pages {
                insert.execute(params![digest.0, number, page.width, page.height, page.turned, page.blank])?;
            }
            Ok(())
        })
    }

    /// What [`PagesDone::report`] said last of a document.
    pub fn report(&mut self, digest: &Digest) -> Result<Option<String>, StoreError> {
        self.on_board(|connection| {
            let mut query = connection.prepare_cached("SELECT report FROM rendered WHERE digest = ?")?;
            Ok(query.query_row([digest.0], |row| row.get(0)).optional()?.flatten())
        })
    }
}
