//! The record of what was on the glass, and when: evidence, so it is only ever added to.
//!
//! [`observe`] says what happened between two looks at the board, [`Ledger`] writes it down in `ledger.db`: entries in
//! canonical JSON, each with the SHA-256 of the one before it. The format is described in `docs/ledger.md`. Written by
//! the panel alone; no title, no text and no name ever gets in. The surprising thing: the record of an interval in
//! which the board could not be read is written after it, from a mark that says until when it could.

mod book;
mod entry;
mod observe;
mod urgent;

use std::path::PathBuf;

use rusqlite::ErrorCode;

pub use book::{ALIVE_EVERY, FILE_NAME, Ledger, end};
pub use entry::{Cause, Days, Entry, Service, Urgent, VERSION, What, When, Why, verify};
pub use observe::{KnownSince, Seen, fold, known_since, observe};

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("the disk is full; nothing was recorded")]
    Full,
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
    #[error("entry {number} of the ledger is not what was written: {found}")]
    Broken { number: u64, found: String },
    #[error("there is no ledger in {0}; the panel begins one when it starts")]
    Missing(PathBuf),
    #[error("{path}: {cause}")]
    Io { path: PathBuf, cause: std::io::Error },
    #[error("the ledger failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for LedgerError {
    fn from(cause: rusqlite::Error) -> LedgerError {
        match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LedgerError::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LedgerError::Damaged(cause.to_string()),
            Some(ErrorCode::SystemIoFailure) if is_read(&cause) => LedgerError::Damaged(cause.to_string()),
            _ => LedgerError::Sqlite(cause),
        }
    }
}

/// A sector that cannot be read any more.
fn is_read(cause: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_DATA, SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ};
    let read = [SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_DATA];
    cause.sqlite_error().is_some_and(|error| read.contains(&error.extended_code))
}

impl LedgerError {
    /// Whether the file is no ledger any more: it is kept as it is, and another one is begun.
    pub fn is_damage(&self) -> bool {
        matches!(self, LedgerError::Damaged(_) | LedgerError::Broken { .. })
    }
}
