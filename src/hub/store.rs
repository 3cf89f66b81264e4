//! The hub's database: one thread writes, any number read.
//!
//! It knows nothing of what is written. Whoever writes hands in a piece of work and waits; all that has come in while
//! the disk was busy goes down with one commit, so that a thousand reports cost as many waits for the disk as one. The
//! surprising thing: an answer means that it lies on the disk. A piece that fails is undone alone, and those beside it
//! stay.

pub mod schema;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

/// Pieces of work that wait; whoever comes then is told to come back.
const MAX_WAITING: usize = 4096;
/// So many go down with one commit at most.
const MAX_AT_ONCE: usize = 512;
/// So many idle connections are kept to read.
const MAX_READERS: usize = 4;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the hub's data folder cannot be used: {0}")]
    Folder(String),
    #[error("the hub's database is damaged ({0}); put back a backup with `vyveska-hub restore`")]
    Damaged(String),
    #[error("the hub's tables cannot be made: {0}")]
    Schema(String),
    #[error("the hub has more to write than its disk takes; try again in a minute")]
    Busy,
    #[error("the disk is full; nothing of this was kept. Free some room on the hub's disk")]
    Full,
    #[error("the hub's disk did not take it ({0}); nothing of this was kept, try again in a minute")]
    Uncommitted(String),
    #[error("the hub's database failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(cause: rusqlite::Error) -> StoreError {
        match cause.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full,
            _ => StoreError::Sqlite(cause),
        }
    }
}

/// Does its work, where the transaction could be begun; what it returns is called once that lies on the disk, or did not
/// get there.
type Piece = Box<dyn FnOnce(Option<&Connection>) -> End + Send>;
type End = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A handle; clones mean the same database.
#[derive(Clone)]
pub struct Store {
    folder: Arc<PathBuf>,
    writer: SyncSender<Piece>,
    readers: Arc<Mutex<Vec<Connection>>>,
}

impl Store {
    /// Opens the database in the data folder, and starts its writer. The folder must be locked already.
    pub fn open(folder: &Path) -> Result<Store, StoreError> {
        let connection = schema::open(folder)?;
        let (writer, work) = mpsc::sync_channel(MAX_WAITING);
        let thread = thread::Builder::new().name("hub-writer".into());
        thread.spawn(move || write(connection, &work)).map_err(|error| StoreError::Folder(error.to_string()))?;
        Ok(Store { folder: Arc::new(folder.to_owned()), writer, readers: Arc::default() })
    }

    /// Does it within a transaction. When this returns, it lies on the disk.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let piece: Piece = Box::new(move |connection| {
            let result = connection.map(|connection| within(connection, work));
            Box::new(move |committed: Result<(), StoreError>| {
                let result = committed.and_then(|()| result.unwrap_or(Err(StoreError::Busy)));
                // Nobody may be waiting any more.
                tell.send(result).ok();
            })
        });
        self.writer.try_send(piece).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Folder("its writer has ended; start the hub again".into()),
        })?;
        told.await.unwrap_or_else(|_| Err(StoreError::Folder("its writer has ended; start the hub again".into())))
    }

    /// Reads what is committed.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let idle = store.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = idle.map_or_else(|| schema::open_reader(&store.folder), Ok)?;
            // One state of everything, however many queries it takes.
            connection.execute_batch("BEGIN")?;
            let result = work(&connection);
            connection.execute_batch("COMMIT")?;
            let mut readers = store.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < MAX_READERS {
                readers.push(connection);
            }
            result
        });
        done.await.unwrap_or_else(|_| Err(StoreError::Folder("a reader has ended; try again".into())))
    }
}

fn within<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT piece")?;
    let result = work(connection);
    let end = if result.is_ok() { "RELEASE piece" } else { "ROLLBACK TO piece; RELEASE piece" };
    connection.execute_batch(end)?;
    result
}

/// The writer's whole life: until the last handle is gone.
fn write(connection: Connection, work: &Receiver<Piece>) {
    while let Ok(first) = work.recv() {
        let begun = connection.execute_batch("BEGIN IMMEDIATE");
        let inside = begun.is_ok().then_some(&connection);
        let pieces = std::iter::once(first).chain(std::iter::from_fn(|| work.try_recv().ok()));
        let ends: Vec<End> = pieces.take(MAX_AT_ONCE).map(|piece| piece(inside)).collect();
        let result = begun.and_then(|()| connection.execute_batch("COMMIT")).map_err(StoreError::from);
        if result.is_err() && !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK").ok();
        }
        for end in ends {
            end(match &result {
                Ok(()) => Ok(()),
                Err(StoreError::Full) => Err(StoreError::Full),
                Err(other) => Err(StoreError::Uncommitted(other.to_string())),
            });
        }
    }
}

/// Instants as the tables hold them.
pub mod instant {
    use chrono::{DateTime, Utc};

    pub fn to_sql(at: DateTime<Utc>) -> i64 {
        at.timestamp_millis()
    }

    /// What is out of bounds reads as the beginning of time.
    pub fn from_sql(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap_or_default()
    }
}
