//! What the panel knows, in SQLite: `board-1.db` (what is up, with its documents, pages and polls) and `link-1.db`
//! (what must outlive it: tombstones, the guard's memory, releases; handed over within the hour; and what the hub is to
//! have and has said).
//!
//! One process writes, `sync`; the panel reads through [`Reader`]. A round is one durable commit. It decides nothing:
//! what to add and what to take down the guard has judged before; only the end of a notice's last day is found here,
//! because nobody needs to ask for it. The surprising thing: a damaged `board-1.db` is not a fault but a state. It is
//! set aside, what can be proved sound by its digest is carried over, and the next round fills in the rest.

mod document;
mod handover;
mod heal;
mod link;
mod outbox;
mod page;
mod poll;
mod purge;
mod reader;
mod remark;
mod round;
mod row;
mod schema;
mod uplink;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode};

use crate::clock::Saved;
use crate::model::Notice;
pub use document::{Arrival, Failed, Fetched, MEANT_AFTER, MEANT_TIMES, RECHECK, Unfit, Wanted};
pub use link::{Release, Tombstone, Why};
pub use outbox::{COARSE_FOR, FINE_FOR, KEPT_FOR, Kept, MAX_BYTES, MAX_RECORDS, thin};
pub use page::{PagesDone, PagesWanted};
pub use poll::{Poll, PollRun, Status, Validators};
pub use purge::{Named, Purged};
pub use reader::{Filed, PageSize, Posted, Reader, Up};
pub use round::{Committed, Round};
use schema::Base;
pub use schema::{check, files};
pub use uplink::{Bond, MAX_ORDERS, Taken, Uplink};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the disk is full; nothing of this was kept, and the board stays as it was")]
    Full,
    #[error("nothing has been fetched into {} yet; run `vyveska sync --once` first", .0.display())]
    Absent(PathBuf),
    #[error(
        "{} is not made whole yet, or waits for an update of its tables; start sync (`systemctl start vyveska-sync`), \
         and try again", .0.display()
    )]
    Unmade(PathBuf),
    #[error("{} is a folder and no database; remove it, then run `vyveska sync --once`", .0.display())]
    Folder(PathBuf),
    #[error(
        "{0} is damaged; sync sets it aside and fills a new one, so run `vyveska sync --once` where none is at work"
    )]
    Damaged(&'static str),
    #[error("another program keeps the store busy")]
    Busy,
    #[error("SQLite {found} is too old: 3.51.3 is the first that never loses its log")]
    OldSqlite { found: String },
    #[error("the store's tables cannot be made: {0}")]
    Schema(String),
    #[error("{path}: {cause}")]
    Io { path: PathBuf, cause: std::io::Error },
    #[error("the store failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(cause: rusqlite::Error) -> StoreError {
        match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged("a database"),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            _ if is_damage(&cause) => StoreError::Damaged("a database"),
            Some(ErrorCode::SystemIoFailure) if cannot_be_read(&cause) => StoreError::Damaged("a database"),
            _ => StoreError::Sqlite(cause),
        }
    }
}

/// A value, or a table, that cannot be what was written: flipped bytes that SQLite itself does not notice. Our statements
/// are constant, so one that does not fit the tables found other tables.
fn is_damage(cause: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, SqlInputError, Utf8Error,
    };
    matches!(
        cause,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | SqlInputError { .. }
            | Utf8Error(..)
    )
}

/// A sector that cannot be read any more: other sectors can.
fn cannot_be_read(cause: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_DATA, SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ};
    let read = [SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_DATA];
    cause.sqlite_error().is_some_and(|error| read.contains(&error.extended_code))
}

/// The writer's side. See the module.
#[derive(Debug)]
pub struct Store {
    /// `None`: in memory.
    folder: Option<PathBuf>,
    board: Connection,
    link: Connection,
    healed: Option<String>,
    /// Whether this process may set a damaged database aside.
    heals: bool,
    polls: poll::Pending,
    /// Documents that were asked for and had not changed, until the next commit takes them along.
    unchanged: HashMap<(String, String, String), DateTime<Utc>>,
}

impl Store {
    /// Opens the store in the data folder `folder`, made where it is missing, for the one process that makes the
    /// rounds. What is damaged is set aside and rebuilt: [`Store::healed`].
    pub fn open(folder: &Path) -> Result<Store, StoreError> {
        std::fs::create_dir_all(folder).map_err(|cause| StoreError::Io { path: folder.to_owned(), cause })?;
        let mut healed = None;
        let link = heal::open(folder, Base::Link, &mut healed)?;
        let board = heal::open(folder, Base::Board, &mut healed)?;
        Ok(Store::with(Some(folder.to_owned()), board, link, healed))
    }

    /// Opens the store beside the process that makes the rounds, for a command of a moment. It heals nothing: files
    /// that another process has open must not be exchanged under it. Nor does it make any table: one that the other is
    /// just making is waited for, five seconds at most.
    pub fn open_beside(folder: &Path) -> Result<Store, StoreError> {
        let open = |base: Base| match folder.join(base.file_name()).exists() {
            true => schema::open_beside(folder, base),
            false => Err(StoreError::Absent(folder.to_owned())),
        };
        let (board, link) = (open(Base::Board)?, open(Base::Link)?);
        Ok(Store { heals: false, ..Store::with(Some(folder.to_owned()), board, link, None) })
    }

    /// A store that is gone with its value.
    pub fn in_memory() -> Result<Store, StoreError> {
        Ok(Store::with(None, schema::in_memory(Base::Board)?, schema::in_memory(Base::Link)?, None))
    }

    fn with(folder: Option<PathBuf>, board: Connection, link: Connection, healed: Option<String>) -> Store {
        // Every statement of a round stays prepared.
        board.set_prepared_statement_cache_capacity(64);
        let heals = folder.is_some();
        Store { folder, board, link, healed, heals, polls: poll::Pending::default(), unchanged: HashMap::new() }
    }

    /// A sentence for the log where a database was damaged and rebuilt since the last time this was asked.
    pub fn healed(&mut self) -> Option<String> {
        self.healed.take()
    }

    /// What the device holds of a board: up, or not yet begun. Not what is down. Every notice is as it was written: its
    /// digest is compared.
    pub fn known(&mut self, board: &str) -> Result<Vec<Notice>, StoreError> {
        let rows = self.on_board(|connection| row::read_proved(connection, board))?;
        Ok(rows.into_iter().map(|row| row.notice).collect())
    }

    /// Rows written to both databases since the store was opened, for tests and benches.
    pub fn rows_written(&self) -> u64 {
        self.board.total_changes() + self.link.total_changes()
    }

    /// What was written down of time: pass it to `clock::now`. At most an hour behind while rounds are made.
    pub fn saved_time(&mut self) -> Result<Saved, StoreError> {
        self.on_board(reader::saved_time)
    }

    /// While no clock is believed: somebody claims that it is `at`. Written where that is news of an hour or more, and
    /// forgotten by the first round with a clock that is believed.
    pub fn note_time(&mut self, at: DateTime<Utc>) -> Result<(), StoreError> {
        let Saved { trusted, seen } = self.saved_time()?;
        match trusted.max(seen) {
            Some(known) if at - known < poll::FLUSH_AFTER => Ok(()),
            _ => self.write(Base::Board, |connection| round::mark(connection, "seen", at)),
        }
    }

    fn on_board<T>(&mut self, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.on(Base::Board, read)
    }

    fn on_link<T>(&mut self, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.on(Base::Link, read)
    }

    /// Reads from a database; where it turns out to be damaged it is rebuilt, and read again.
    fn on<T>(&mut self, base: Base, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        match read(self.connection(base)).map_err(StoreError::from) {
            Err(StoreError::Damaged(_)) if self.heals => {
                self.rebuild(base)?;
                Ok(read(self.connection(base))?)
            }
            result => result,
        }
    }

    fn connection(&mut self, base: Base) -> &mut Connection {
        match base {
            Base::Board => &mut self.board,
            Base::Link => &mut self.link,
        }
    }

    /// Writes to a database in one transaction, and says which database was damaged where one was. It is not tried
    /// again on the rebuilt one: what was to be written was made for another content.
    fn write<T>(
        &mut self,
        base: Base,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let connection = self.connection(base);
        let result: rusqlite::Result<T> = (|| {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        match result.map_err(StoreError::from) {
            Err(StoreError::Damaged(_)) if self.heals => {
                self.rebuild(base)?;
                Err(StoreError::Damaged(base.file_name()))
            }
            result => result,
        }
    }
}
