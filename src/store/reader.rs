//! The panel's side: reads what is up, and notices when it changes. It writes nothing, not even by opening.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{self, Fetch, NoticeRow};
use super::schema::{self, Base};
use super::{Store, StoreError, remark};
use crate::clock::{Now, Saved};
use crate::model::{Digest, Media, Notice, Remark};

/// A notice with what the device holds of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Key of its board.
    pub board: String,
    pub notice: Notice,
    /// `Notice::digest`, as it was stored.
    pub digest: Digest,
    /// When this device first had it, or had it back.
    pub first_seen: DateTime<Utc>,
    /// Parallel to the notice's documents.
    pub documents: Vec<Filed>,
}

/// A document as the device holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filed {
    /// `None`: not fetched yet.
    pub digest: Option<Digest>,
    pub media: Option<Media>,
    /// Bytes.
    pub size: u64,
    /// Why it, or a part of it, cannot be shown, in a sentence.
    pub failed: Option<String>,
    /// Pictures of its pages from page 1. A page between others whose picture is missing has no size (0 × 0).
    pub pages: Vec<PageSize>,
    /// Of the whole document; may be more than `pages` while it is being rendered.
    pub page_count: Option<u32>,
    /// What a reader is told of it.
    pub remark: Option<Remark>,
}

/// Size of a page's picture (pixels), and what the reader needs to know about the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageSize {
    pub width: u32,
    pub height: u32,
    /// Quarter turns clockwise (0 to 3) by which it was set upright; a sharp detail must be drawn with the same.
    pub turned: u8,
    /// Nothing stands on it.
    pub blank: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Connection,
    inode: u64,
    /// How often the database was exchanged under this reader.
    exchanged: i64,
}

impl Reader {
    /// Opens the store in the data folder. An error where there is none yet: `sync` makes it.
    pub fn open(folder: &Path) -> Result<Reader, StoreError> {
        let path = folder.join(Base::Board.file_name());
        let inode = inode(&path)?;
        Ok(Reader { connection: schema::open_read_only(&path)?, path, inode, exchanged: 0 })
    }

    /// Another number whenever something was committed since the last call.
    pub fn version(&mut self) -> Result<i64, StoreError> {
        // A rebuilt database is another file of the same name; the old one never changes again.
        if let Ok(inode) = inode(&self.path)
            && inode != self.inode
        {
            self.connection = schema::open_read_only(&self.path)?;
            self.inode = inode;
            self.exchanged += 1;
        }
        let version: i64 = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        Ok((self.exchanged << 32) + version)
    }

    /// All that the device holds of a board and is not down. What of it is up at a given moment, `view` decides.
    pub fn posted(&self, board: &str) -> Result<Vec<Posted>, StoreError> {
        Ok(in_one_view(&self.connection, |connection| posted(connection, board))?)
    }

    /// Whether a whole feed of the board was taken in since its database was made. Where not, and the reader still
    /// remembers notices, it does better to go on showing those.
    pub fn filled(&self, board: &str) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM feed WHERE board = ?")?.exists([board])?)
    }

    /// See [`Store::saved_time`].
    pub fn saved_time(&self) -> Result<Saved, StoreError> {
        Ok(saved_time(&self.connection)?)
    }
}

/// What of a board is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Up {
    pub notices: u64,
    /// Documents of theirs that are not here.
    pub documents_missing: u64,
    /// Documents of theirs that are here, and of which no page, or not every page, can be shown.
    pub documents_broken: u64,
}

impl Store {
    /// Counts what of a board is up at `now`: what `Notice::begun` and `Notice::ended` say, without reading it all.
    pub fn count_up(&mut self, board: &str, now: Now) -> Result<Up, StoreError> {
        let (today, certain) = (now.is_trusted().then(|| row::day(now.today())), row::day(now.certain_day()));
        self.on_board(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT count(DISTINCT n.row), count(d.notice) FILTER (WHERE d.digest IS NULL), \
                 count(d.notice) FILTER (WHERE r.failed IS NOT NULL) \
                 FROM notice n LEFT JOIN document d ON d.notice = n.row LEFT JOIN rendered r ON r.digest = d.digest \
                 WHERE n.board = ?1 AND (?2 IS NULL OR coalesce(n.posted, ?2) <= ?2) \
                 AND coalesce(n.relevant_until, ?3) >= ?3",
            )?;
            query.query_row(params![board, today, certain], |row| {
                let count = |column| row.get::<_, i64>(column).map(|count| count as u64);
                Ok(Up { notices: count(0)?, documents_missing: count(1)?, documents_broken: count(2)? })
            })
        })
    }

    /// See [`Reader::posted`].
    pub fn posted(&mut self, board: &str) -> Result<Vec<Posted>, StoreError> {
        self.on_board(|connection| posted(connection, board))
    }
}

fn inode(path: &Path) -> Result<u64, StoreError> {
    match std::fs::metadata(path) {
        Ok(data) => Ok(data.ino()),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            Err(StoreError::Absent(path.parent().unwrap_or(path).to_owned()))
        }
        Err(cause) => Err(StoreError::Io { path: path.to_owned(), cause }),
    }
}

/// Several queries that see the same commit.
fn in_one_view<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let value = read(&transaction)?;
    transaction.finish()?;
    Ok(value)
}

pub fn saved_time(connection: &Connection) -> rusqlite::Result<Saved> {
    Ok(Saved { trusted: read_mark(connection, "trusted")?, seen: read_mark(connection, "seen")? })
}

/// When something happened that was written down: see `round::mark`.
pub fn read_mark(connection: &Connection, name: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    connection
        .prepare_cached("SELECT at FROM mark WHERE name = ?")?
        .query_row([name], |row| row::read_instant(row, 0))
        .optional()
}

#[derive(Debug, Clone, Default)]
struct Rendered {
    page_count: Option<u32>,
    failed: Option<String>,
    pages: Vec<PageSize>,
    remark: Option<Remark>,
}

fn posted(connection: &Connection, board: &str) -> rusqlite::Result<Vec<Posted>> {
    let rendered = rendered(connection, board)?;
    let file = |fetch: Fetch| {
        let made = fetch.digest.and_then(|digest| rendered.get(&digest)).cloned().unwrap_or_default();
        Filed {
            // With the bytes here, a failure to ask for them again is nothing to tell a reader.
            failed: if fetch.digest.is_some() { made.failed } else { fetch.failed },
            digest: fetch.digest,
            media: fetch.media,
            size: fetch.size,
            pages: made.pages,
            page_count: made.page_count,
            remark: made.remark,
        }
    };
    let rows = row::read_board(connection, board)?;
    Ok(rows
        .into_iter()
        .map(|NoticeRow { board, digest, first_seen, notice, fetches, .. }| Posted {
            board,
            notice,
            digest,
            first_seen,
            documents: fetches.into_iter().map(file).collect(),
        })
        .collect())
}

fn rendered(connection: &Connection, board: &str) -> rusqlite::Result<HashMap<Digest, Rendered>> {
    let mut query = connection.prepare_cached(
        "SELECT r.digest, r.page_count, r.failed, p.number, p.width, p.height, p.turned, p.blank \
         FROM rendered r LEFT JOIN page p ON p.digest = r.digest \
         WHERE r.digest IN (SELECT d.digest FROM document d JOIN notice n ON n.row = d.notice WHERE n.board = ?) \
         ORDER BY r.digest, p.number",
    )?;
    let mut rows = query.query([board])?;
    let mut all: HashMap<Digest, Rendered> = HashMap::new();
    while let Some(row) = rows.next()? {
        let one = all.entry(row::read_digest(row, 0)?).or_default();
        one.page_count = row.get(1)?;
        one.failed = row.get(2)?;
        if let Some(number) = row.get::<_, Option<u32>>(3)? {
            let place = number.saturating_sub(1) as usize;
            one.pages.resize(one.pages.len().max(place + 1), PageSize::default());
            one.pages[place] =
                PageSize { width: row.get(4)?, height: row.get(5)?, turned: row.get(6)?, blank: row.get(7)? };
        }
    }
    let mut query = connection.prepare_cached(
        "SELECT digest, report FROM rendered WHERE report IS NOT NULL \
         AND digest IN (SELECT d.digest FROM document d JOIN notice n ON n.row = d.notice WHERE n.board = ?)",
    )?;
    let mut rows = query.query([board])?;
    while let Some(row) = rows.next()? {
        if let Some(one) = all.get_mut(&row::read_digest(row, 0)?) {
            one.remark = remark::of(&row.get::<_, String>(1)?);
        }
    }
    Ok(all)
}
