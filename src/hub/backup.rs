//! A copy of everything that the hub keeps, made while it runs; and back.
//!
//! A backup is a folder with the database and the keys: whoever holds it is the hub. The surprising thing: a hub that
//! comes back from an old backup needs nothing more. Devices are asked for their numbers again, and the numbers of orders
//! grow with the time (`order`); only who was enrolled since must enrol again.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::alarm::setting;
use super::store::{StoreError, schema};
use super::{key_file, metrics};
use crate::sync::{Lock, LockError};

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0} holds no hub; name its data folder with --data")]
    NoHub(PathBuf),
    #[error("{0} is there already; a backup wants a folder of its own")]
    Taken(PathBuf),
    #[error("{0} holds no backup of a hub: hub-1.db or hub.key is missing")]
    NoBackup(PathBuf),
    #[error("{0} holds a hub already; move it away first, so that nothing is overwritten")]
    Occupied(PathBuf),
    #[error("stop the hub first: {0}")]
    Running(#[from] LockError),
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    #[error("{path}: {cause}")]
    Io { path: PathBuf, cause: io::Error },
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// The files beside the database.
fn secrets(folder: &Path) -> [PathBuf; 3] {
    [key_file(folder), metrics::token_file(folder), setting::key_file(folder)]
}

/// Writes a backup into a folder that is made for it. The hub may be running.
pub fn make(data: &Path, folder: &Path) -> Result<(), BackupError> {
    if !data.join(schema::FILE_NAME).exists() {
        return Err(BackupError::NoHub(data.to_owned()));
    }
    if folder.exists() {
        return Err(BackupError::Taken(folder.to_owned()));
    }
    make_private(folder)?;
    let connection = schema::open_reader(data)?;
    let target = folder.join(schema::FILE_NAME);
    // One state of everything, however long it takes, and without the free pages.
    let into = target.to_string_lossy().into_owned();
    connection.execute("VACUUM INTO ?", [into]).map_err(StoreError::from)?;
    let private = fs::set_permissions(&target, fs::Permissions::from_mode(0o600));
    private.map_err(|cause| BackupError::Io { path: target.clone(), cause })?;
    check(&target)?;
    sync(&target)?;
    for file in secrets(data).iter().filter(|file| file.exists()) {
        copy(file, folder)?;
    }
    sync(folder)
}

/// Puts a backup into a data folder that holds no hub.
pub fn restore(data: &Path, folder: &Path) -> Result<(), BackupError> {
    let (from, to) = (folder.join(schema::FILE_NAME), data.join(schema::FILE_NAME));
    if !from.exists() || !key_file(folder).exists() {
        return Err(BackupError::NoBackup(folder.to_owned()));
    }
    check(&from)?;
    if to.exists() {
        return Err(BackupError::Occupied(data.to_owned()));
    }
    let _lock = Lock::take(data)?;
    for file in secrets(folder).iter().filter(|file| file.exists()) {
        copy(file, data)?;
    }
    // The database last: without it there is no hub, and the restoring can be begun again.
    let new = to.with_extension("new");
    fs::copy(&from, &new).map_err(|cause| BackupError::Io { path: new.clone(), cause })?;
    sync(&new)?;
    fs::rename(&new, &to).map_err(|cause| BackupError::Io { path: to, cause })?;
    sync(data)
}

fn check(database: &Path) -> Result<(), BackupError> {
    let damaged = |error: rusqlite::Error| BackupError::Damaged(error.to_string());
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(database, flags).map_err(damaged)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(damaged)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name IN ('place', 'device', 'audit')", [], |row| {
            row.get(0)
        })
        .map_err(damaged)?;
    if verdict == "ok" && tables == 3 { Ok(()) } else { Err(BackupError::Damaged(verdict)) }
}

/// For its owner alone, as the keys in it are.
fn make_private(folder: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| BackupError::Io { path: folder.to_owned(), cause })
}

/// With its rights.
fn copy(file: &Path, folder: &Path) -> Result<(), BackupError> {
    let target = folder.join(file.file_name().expect("the name of a secret"));
    fs::copy(file, &target).map_err(|cause| BackupError::Io { path: target.clone(), cause })?;
    sync(&target)
}

fn sync(path: &Path) -> Result<(), BackupError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|cause| BackupError::Io { path: path.to_owned(), cause })
}
