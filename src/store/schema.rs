//! The tables, and how a database is opened. Migrations are only ever appended, and within one generation (the number
//! in the file name) only add, so that the program of the other slot can still work with the file.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::StoreError;

/// SQLite before this could lose a write-ahead log that was reset at the wrong moment.
pub const OLDEST_SQLITE: i32 = 3_051_003;

/// Longest value or row (bytes): a feed's notice is far smaller.
const MAX_VALUE_BYTES: i32 = 32 * 1024 * 1024;

/// Tables that another process is just making are looked for so often, and so long after each other: five seconds.
const LOOKS: u32 = 100;
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// What `PRAGMA auto_vacuum` calls it.
const INCREMENTAL: i64 = 2;

/// Which database, with its name in the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// What is up, and for an hour at most what the other is to hold. Can be rebuilt from the feeds.
    Board,
    /// What must outlive a rebuilt board: tombstones, the guard's memory, releases.
    Link,
}

impl Base {
    pub fn file_name(self) -> &'static str {
        match self {
            Base::Board => "board-1.db",
            Base::Link => "link-1.db",
        }
    }

    fn migrations(self) -> Migrations<'static> {
        match self {
            Base::Board => Migrations::from_slice(BOARD),
            Base::Link => Migrations::from_slice(LINK),
        }
    }
}

// Days are counted from 0001-01-01 (1), instants in milliseconds from 1970: numbers sort rightly in any year.
const BOARD: &[M<'static>] = &[
    M::up(
        "CREATE TABLE notice (
       row INTEGER PRIMARY KEY,
       board TEXT NOT NULL,
       id TEXT NOT NULL,
       digest BLOB NOT NULL,
       first_seen INTEGER NOT NULL,
       url TEXT,
       title TEXT NOT NULL,
       description TEXT,
       posted INTEGER,
       relevant_until INTEGER,
       reference_number TEXT,
       file_number TEXT,
       issuer TEXT,
       categories TEXT NOT NULL, -- JSON array
       UNIQUE (board, id)
     ) STRICT;
     CREATE INDEX notice_end ON notice (board, relevant_until);
     CREATE TABLE document (
       notice INTEGER NOT NULL REFERENCES notice (row) ON DELETE CASCADE,
       position INTEGER NOT NULL,
       url TEXT NOT NULL,
       title TEXT,
       declared_type TEXT,
       declared_digest BLOB,
       -- what came of it
       digest BLOB,
       size INTEGER NOT NULL DEFAULT 0,
       media TEXT,
       etag TEXT,
       last_modified TEXT,
       checked_at INTEGER,
       failed TEXT,
       tries INTEGER NOT NULL DEFAULT 0,
       PRIMARY KEY (notice, position)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX document_digest ON document (digest) WHERE digest IS NOT NULL;
     CREATE TABLE rendered (
       digest BLOB PRIMARY KEY,
       width INTEGER NOT NULL,
       page_count INTEGER,
       complete INTEGER NOT NULL,
       failed TEXT
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE page (
       digest BLOB NOT NULL REFERENCES rendered (digest) ON DELETE CASCADE,
       number INTEGER NOT NULL,
       width INTEGER NOT NULL,
       height INTEGER NOT NULL,
       PRIMARY KEY (digest, number)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE feed (
       board TEXT PRIMARY KEY,
       url TEXT NOT NULL, -- and, after a space, what else it was read under
       etag TEXT,
       last_modified TEXT,
       digest BLOB
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE poll (
       row INTEGER PRIMARY KEY,
       board TEXT NOT NULL,
       url TEXT NOT NULL,
       status INTEGER,
       failed TEXT,
       digest BLOB,
       first_at INTEGER NOT NULL,
       last_at INTEGER NOT NULL,
       count INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX poll_board ON poll (board, row);
     CREATE TABLE mark (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    ),
    M::up(
        "ALTER TABLE rendered ADD COLUMN report TEXT; -- JSON with its version, see pages::Report
     ALTER TABLE page ADD COLUMN turned INTEGER NOT NULL DEFAULT 0; -- quarter turns clockwise
     ALTER TABLE page ADD COLUMN blank INTEGER NOT NULL DEFAULT 0;",
    ),
    // On its way to the other database: see `handover`.
    M::up(
        "CREATE TABLE tombstone (
       board TEXT NOT NULL,
       id TEXT NOT NULL,
       first_seen INTEGER NOT NULL,
       down_at INTEGER NOT NULL,
       why TEXT NOT NULL,
       posted INTEGER,
       relevant_until INTEGER,
       digest BLOB NOT NULL,
       documents TEXT NOT NULL,
       PRIMARY KEY (board, id, first_seen)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE memory (
       board TEXT PRIMARY KEY,
       guard TEXT NOT NULL,
       released INTEGER NOT NULL, -- the last release that is carried out
       since INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;",
    ),
    // Since when its address gives only what is no document.
    M::up("ALTER TABLE document ADD COLUMN unfit_since INTEGER;"),
];

const LINK: &[M<'static>] = &[
    M::up(
        "CREATE TABLE tombstone (
       board TEXT NOT NULL,
       id TEXT NOT NULL, -- a mark of it: see `link::written`
       first_seen INTEGER NOT NULL,
       down_at INTEGER NOT NULL,
       why TEXT NOT NULL,
       posted INTEGER,
       relevant_until INTEGER,
       digest BLOB NOT NULL,
       documents TEXT NOT NULL, -- JSON array of digests
       PRIMARY KEY (board, id, first_seen)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE memory (board TEXT PRIMARY KEY, guard TEXT NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE release (
       row INTEGER PRIMARY KEY AUTOINCREMENT,
       board TEXT NOT NULL,
       what TEXT,
       at INTEGER NOT NULL
     ) STRICT;",
    ),
    M::up("CREATE TABLE mark (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"),
    M::up(
        "CREATE TABLE health (row INTEGER PRIMARY KEY, at INTEGER NOT NULL, changed INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
     CREATE TABLE tally (name TEXT PRIMARY KEY, at INTEGER NOT NULL, value INTEGER NOT NULL) STRICT;",
    ),
    // What is remembered of the hub: see `uplink`.
    M::up(
        "ALTER TABLE health ADD COLUMN handed INTEGER NOT NULL DEFAULT 0; -- the hub has it
     CREATE INDEX health_waiting ON health (row) WHERE handed = 0;
     CREATE TABLE bond (
       one INTEGER PRIMARY KEY CHECK (one = 1),
       link_key BLOB,
       hub_key BLOB,
       token BLOB, -- digest of the last that was used
       place TEXT,
       enrolled INTEGER NOT NULL,
       sequence INTEGER NOT NULL, -- no request has a greater number
       last_order INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE hub_order (
       id INTEGER PRIMARY KEY,
       command TEXT NOT NULL,
       boot TEXT NOT NULL,
       until INTEGER NOT NULL, -- seconds of that boot
       letter INTEGER, -- under which it lies in a mailbox
       done INTEGER,
       said TEXT
     ) STRICT;",
    ),
    // What the office has decreed by the hub, as sync wrote it.
    M::up("CREATE TABLE decree (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL) STRICT;"),
];

/// Opens and checks a database that this process writes.
pub fn open(folder: &Path, base: Base) -> Result<Connection, StoreError> {
    let path = folder.join(base.file_name());
    refuse_folder(&path)?;
    let mut connection = Connection::open(&path)?;
    keep_log(&connection);
    prepare(&connection)?;
    refuse_damage(&connection, base)?;
    migrate(&mut connection, base)?;
    Ok(connection)
}

/// Opens a database beside the process that makes it. Two that made the same tables would be in each other's way: what
/// is not there yet is waited for, for a moment.
pub fn open_beside(folder: &Path, base: Base) -> Result<Connection, StoreError> {
    let path = folder.join(base.file_name());
    refuse_folder(&path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)?;
    keep_log(&connection);
    guard(&connection)?;
    refuse_damage(&connection, base)?;
    for _ in 0..LOOKS {
        // What a newer program has added does not matter.
        if base.migrations().pending_migrations(&connection).is_ok_and(|pending| pending <= 0) {
            connection.execute_batch(EACH_TIME)?;
            return Ok(connection);
        }
        std::thread::sleep(LOOK_AFTER);
    }
    Err(StoreError::Unmade(path))
}

/// The quick check does not see an index that leads past rows that are there.
fn refuse_damage(connection: &Connection, base: Base) -> Result<(), StoreError> {
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(base.file_name())) }
}

/// A database that is gone with the process: for tests.
pub fn in_memory(base: Base) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    prepare(&connection)?;
    migrate(&mut connection, base)?;
    Ok(connection)
}

fn refuse_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() { Err(StoreError::Folder(path.to_owned())) } else { Ok(()) }
}

/// Opens a database that another process writes.
pub fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    refuse_folder(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    guard_against_content(&connection)?;
    // The first read tells whether it is a database at all.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// Names of the databases in the data folder.
pub fn files() -> [&'static str; 2] {
    [Base::Board.file_name(), Base::Link.file_name()]
}

/// Whether a database of the data folder is sound, without touching it; it may be in use.
pub fn check(folder: &Path, file: &str) -> Result<(), StoreError> {
    let path = folder.join(file);
    if !path.exists() {
        return Err(StoreError::Absent(folder.to_owned()));
    }
    let connection = open_read_only(&path)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged("a database")) }
}

/// What is set in each connection that writes.
const EACH_TIME: &str = "PRAGMA synchronous = FULL;
     PRAGMA secure_delete = ON;
     PRAGMA foreign_keys = ON;
     PRAGMA journal_size_limit = 4194304;
     PRAGMA temp_store = MEMORY;";

fn guard(connection: &Connection) -> Result<(), StoreError> {
    let found = rusqlite::version_number();
    if found < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite { found: rusqlite::version().to_owned() });
    }
    guard_against_content(connection)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    guard(connection)?;
    // Setting it anew, even to the same, would write at every start.
    let vacuum: i64 = connection.query_row("PRAGMA auto_vacuum", [], |row| row.get(0))?;
    if vacuum != INCREMENTAL {
        connection.pragma_update(None, "auto_vacuum", INCREMENTAL)?;
    }
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    connection.execute_batch(EACH_TIME)?;
    Ok(())
}

/// A file that was tampered with, or fell over, must not run code or make us swallow huge values.
fn guard_against_content(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 64 * 1024)?;
    connection.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, 100)?;
    connection.set_limit(Limit::SQLITE_LIMIT_VDBE_OP, 100_000)?;
    Ok(())
}

fn migrate(connection: &mut Connection, base: Base) -> Result<(), StoreError> {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    match base.migrations().to_latest(connection) {
        // Written by a newer program of the same generation: it has only added.
        Ok(()) | Err(Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead)) => Ok(()),
        Err(Error::RusqliteError { err, .. }) => Err(err.into()),
        Err(cause) => Err(StoreError::Schema(cause.to_string())),
    }
}

/// The write-ahead log stays when the last writer leaves: the panel, under another uid, may read the folder but not
/// make files in it, and SQLite cannot open a WAL database for reading without the log's index.
fn keep_log(connection: &Connection) {
    let mut on: std::ffi::c_int = 1;
    // SAFETY: the handle is alive for the call, and this operation reads and writes one int.
    unsafe {
        rusqlite::ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            rusqlite::ffi::SQLITE_FCNTL_PERSIST_WAL,
            std::ptr::from_mut(&mut on).cast(),
        );
    }
}
