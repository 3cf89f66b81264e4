//! The hub's tables, in `hub-1.db`. Migrations are only ever appended.
//!
//! Instants are milliseconds from 1970. Nothing in them can be used by whoever reads a stolen copy to come in: of
//! passwords, sessions, links and tokens there are only digests, and the secret of somebody's codes (`totp`) is worth
//! nothing without the password.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::StoreError;

/// Name of the database in the data folder.
pub const FILE_NAME: &str = "hub-1.db";

const TABLES: &[M<'static>] = &[M::up(
    "CREATE TABLE office (
       key TEXT PRIMARY KEY,
       name TEXT NOT NULL,
       made_at INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;

     -- Where a panel hangs: it keeps its history when the device is exchanged.
     CREATE TABLE place (
       id INTEGER PRIMARY KEY,
       office TEXT NOT NULL REFERENCES office (key),
       name TEXT NOT NULL,
       address TEXT NOT NULL DEFAULT '',
       made_at INTEGER NOT NULL,
       removed_at INTEGER
     ) STRICT;

     CREATE TABLE device (
       link_key BLOB PRIMARY KEY,
       panel_key BLOB NOT NULL,
       place INTEGER NOT NULL REFERENCES place (id),
       enrolled_at INTEGER NOT NULL,
       enrolled_by TEXT NOT NULL,
       revoked_at INTEGER,
       cloned_at INTEGER,
       sequence INTEGER NOT NULL DEFAULT 0,
       boot TEXT NOT NULL DEFAULT '',
       boots TEXT NOT NULL DEFAULT '[]', -- digests of the boots before, newest last
       last_order INTEGER NOT NULL DEFAULT 0
     ) STRICT, WITHOUT ROWID;
     CREATE UNIQUE INDEX device_of_place ON device (place) WHERE revoked_at IS NULL;

     -- Devices that have asked and that nobody has confirmed.
     CREATE TABLE candidate (
       link_key BLOB PRIMARY KEY,
       panel_key BLOB NOT NULL,
       code TEXT NOT NULL,
       program TEXT NOT NULL,
       place TEXT NOT NULL,
       boards TEXT NOT NULL, -- JSON array of names
       asked_at INTEGER NOT NULL,
       seen_at INTEGER NOT NULL,
       refused_at INTEGER
     ) STRICT, WITHOUT ROWID;

     CREATE TABLE token (
       hash BLOB PRIMARY KEY,
       place INTEGER NOT NULL REFERENCES place (id),
       made_by TEXT NOT NULL,
       made_at INTEGER NOT NULL,
       expires_at INTEGER NOT NULL,
       used_at INTEGER
     ) STRICT, WITHOUT ROWID;

     -- Feeds that the hub reads itself, for all its panels.
     CREATE TABLE feed (
       office TEXT NOT NULL REFERENCES office (key),
       board TEXT NOT NULL, -- a key within the office; it stays when name and address change
       name TEXT NOT NULL,
       address TEXT NOT NULL,
       web TEXT,
       ico TEXT,
       PRIMARY KEY (office, board)
     ) STRICT, WITHOUT ROWID;
     -- Released by hand, and not carried out yet.
     CREATE TABLE feed_release (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       office TEXT NOT NULL,
       board TEXT NOT NULL,
       kind TEXT NOT NULL
     ) STRICT;
     -- What the hub's guard held back and then let through: the panels' guards hear of it.
     CREATE TABLE feed_admitted (
       office TEXT NOT NULL,
       board TEXT NOT NULL,
       kind TEXT NOT NULL,
       at INTEGER NOT NULL,
       PRIMARY KEY (office, board, kind)
     ) STRICT, WITHOUT ROWID;

     -- What a place said last, and since when it has said so.
     CREATE TABLE latest (
       place INTEGER PRIMARY KEY REFERENCES place (id),
       heard_at INTEGER NOT NULL,
       at INTEGER NOT NULL,
       state TEXT NOT NULL,
       since INTEGER NOT NULL,
       text TEXT NOT NULL
     ) STRICT;
     CREATE TABLE record (
       place INTEGER NOT NULL REFERENCES place (id),
       at INTEGER NOT NULL,
       state TEXT NOT NULL,
       text TEXT NOT NULL,
       PRIMARY KEY (place, at)
     ) STRICT, WITHOUT ROWID;

     -- Words that did not count: from whom, why, how often.
     CREATE TABLE refusal (
       device BLOB NOT NULL,
       why TEXT NOT NULL,
       first_at INTEGER NOT NULL,
       last_at INTEGER NOT NULL,
       count INTEGER NOT NULL,
       PRIMARY KEY (device, why)
     ) STRICT, WITHOUT ROWID;

     CREATE TABLE ordered (
       id INTEGER PRIMARY KEY,
       place INTEGER NOT NULL REFERENCES place (id),
       device BLOB NOT NULL,
       command TEXT NOT NULL,
       ordered_by TEXT NOT NULL,
       ordered_at INTEGER NOT NULL,
       valid_until INTEGER NOT NULL,
       sent_at INTEGER,
       ended_at INTEGER,
       outcome TEXT, -- done, refused, expired
       said TEXT
     ) STRICT;
     CREATE INDEX ordered_open ON ordered (device) WHERE ended_at IS NULL;

     -- What the panel of a place has signed last, over a word of the hub that was still good.
     CREATE TABLE vouched (
       place INTEGER PRIMARY KEY REFERENCES place (id),
       device BLOB NOT NULL,
       at INTEGER NOT NULL,
       asked_at INTEGER NOT NULL, -- since when the hub has waited for another
       forged_at INTEGER, -- something else came in its place
       text TEXT NOT NULL -- JSON, as it was signed
     ) STRICT;

     -- The last lines of the panels' logs.
     CREATE TABLE log (
       device BLOB PRIMARY KEY,
       at INTEGER NOT NULL,
       digest TEXT NOT NULL, -- of what was brought
       text TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;

     -- The tails of the panels' ledgers, and where they do not hold.
     CREATE TABLE ledger_entry (
       device BLOB NOT NULL,
       number INTEGER NOT NULL,
       text TEXT NOT NULL,
       PRIMARY KEY (device, number)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE ledger_end (
       device BLOB PRIMARY KEY,
       number INTEGER NOT NULL,
       digest TEXT NOT NULL,
       proved INTEGER NOT NULL -- the panel has signed the chain up to this entry
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE ledger_break (
       number INTEGER PRIMARY KEY,
       device BLOB NOT NULL,
       at INTEGER NOT NULL,
       kind TEXT NOT NULL,
       first INTEGER NOT NULL,
       last INTEGER NOT NULL
     ) STRICT;

     -- What was on the glass when somebody asked; the last one of each place, for an hour.
     CREATE TABLE picture (
       place INTEGER PRIMARY KEY REFERENCES place (id),
       ordered INTEGER NOT NULL REFERENCES ordered (id),
       got_at INTEGER NOT NULL,
       note TEXT NOT NULL, -- the panel's, JSON
       bytes BLOB -- PNG; NULL: the panel has not signed it
     ) STRICT;

     -- Urgent messages as they were sent, where they go, and what the panels there have said of them.
     CREATE TABLE urgent (
       id TEXT PRIMARY KEY,
       office TEXT NOT NULL REFERENCES office (key),
       text TEXT NOT NULL, -- JSON: wire::decree::Message
       sent_at INTEGER NOT NULL,
       expires_at INTEGER NOT NULL,
       sent_by TEXT NOT NULL,
       withdrawn_at INTEGER,
       withdrawn_by TEXT
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX urgent_sent ON urgent (sent_at);
     CREATE TABLE urgent_place (
       message TEXT NOT NULL REFERENCES urgent (id),
       place INTEGER NOT NULL REFERENCES place (id),
       glass TEXT, -- whole, headline or none: in the last report
       shown_at INTEGER, -- the whole of it, proved, for the first time
       gone_at INTEGER, -- since its end the panel has said that it holds it no more
       PRIMARY KEY (message, place)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX urgent_open ON urgent_place (place) WHERE gone_at IS NULL;

     -- Notices that were taken down at once: by a digest, for their names may be people's.
     CREATE TABLE down (
       id TEXT PRIMARY KEY,
       office TEXT NOT NULL REFERENCES office (key),
       notice TEXT NOT NULL, -- wire::decree::name_of
       about TEXT NOT NULL, -- in the words of whoever has ordered it
       at INTEGER NOT NULL,
       ordered_by TEXT NOT NULL,
       lifted_at INTEGER,
       lifted_by TEXT
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE down_place (
       down TEXT NOT NULL REFERENCES down (id),
       place INTEGER NOT NULL REFERENCES place (id),
       confirmed_at INTEGER, -- the panel has shown its board without it
       was_up INTEGER, -- and had it until then
       PRIMARY KEY (down, place)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX down_open ON down_place (place) WHERE confirmed_at IS NULL;

     CREATE TABLE person (
       id INTEGER PRIMARY KEY,
       login TEXT NOT NULL, -- in small letters
       password TEXT NOT NULL, -- PHC string
       totp BLOB,
       totp_step INTEGER NOT NULL DEFAULT 0, -- of the last code: it counts once
       language TEXT NOT NULL DEFAULT 'cs',
       made_at INTEGER NOT NULL,
       removed_at INTEGER
     ) STRICT;
     CREATE UNIQUE INDEX person_login ON person (login) WHERE removed_at IS NULL;
     -- Where somebody has logged in from before.
     CREATE TABLE known_address (
       person INTEGER NOT NULL REFERENCES person (id),
       address TEXT NOT NULL,
       at INTEGER NOT NULL,
       PRIMARY KEY (person, address)
     ) STRICT, WITHOUT ROWID;
     -- What somebody may do, in one office or ('') in all of them.
     CREATE TABLE role (
       person INTEGER NOT NULL REFERENCES person (id),
       office TEXT NOT NULL,
       role TEXT NOT NULL,
       PRIMARY KEY (person, office)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE session (
       hash BLOB PRIMARY KEY,
       person INTEGER NOT NULL REFERENCES person (id),
       made_at INTEGER NOT NULL,
       seen_at INTEGER NOT NULL,
       browser TEXT NOT NULL,
       address TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;
     -- One-time links that make a person, or a new password for one.
     CREATE TABLE invitation (
       hash BLOB PRIMARY KEY,
       person INTEGER REFERENCES person (id),
       office TEXT NOT NULL,
       role TEXT NOT NULL,
       made_by TEXT NOT NULL,
       made_at INTEGER NOT NULL,
       expires_at INTEGER NOT NULL,
       used_at INTEGER
     ) STRICT, WITHOUT ROWID;
     -- Settings that this hub alone can read (see `alarm::setting`).
     CREATE TABLE setting (
       name TEXT PRIMARY KEY,
       sealed BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;
     -- Whom the hub tells of losses and recoveries; '' for an address is the webhook of the settings.
     CREATE TABLE recipient (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       office TEXT NOT NULL, -- '' for all of them
       address TEXT NOT NULL,
       language TEXT NOT NULL,
       quiet_from INTEGER, -- minutes of a day in Prague
       quiet_until INTEGER,
       made_at INTEGER NOT NULL,
       UNIQUE (office, address)
     ) STRICT;
     -- What each was told of a place last, or will be by what waits.
     CREATE TABLE told (
       recipient INTEGER NOT NULL REFERENCES recipient (id) ON DELETE CASCADE,
       place INTEGER NOT NULL REFERENCES place (id),
       standing TEXT NOT NULL,
       since INTEGER NOT NULL,
       at INTEGER NOT NULL,
       open INTEGER NOT NULL,
       relapses INTEGER NOT NULL,
       thread TEXT NOT NULL, -- Message-ID of its first message; '' while that is not made
       PRIMARY KEY (recipient, place)
     ) STRICT, WITHOUT ROWID;
     -- What waits to be put into a message.
     CREATE TABLE tiding (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       recipient INTEGER NOT NULL REFERENCES recipient (id) ON DELETE CASCADE,
       place INTEGER NOT NULL REFERENCES place (id),
       kind TEXT NOT NULL,
       standing TEXT NOT NULL,
       reason TEXT, -- the gravest that the panel named
       since INTEGER NOT NULL,
       until INTEGER, -- of a recovery
       at INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE message (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       recipient INTEGER NOT NULL REFERENCES recipient (id) ON DELETE CASCADE,
       id TEXT NOT NULL, -- Message-ID
       threads TEXT NOT NULL, -- JSON array of the Message-IDs that it goes on from
       subject TEXT NOT NULL,
       body TEXT NOT NULL,
       made_at INTEGER NOT NULL,
       tries INTEGER NOT NULL DEFAULT 0,
       next_at INTEGER NOT NULL,
       trouble TEXT, -- JSON, of the last try
       ended_at INTEGER,
       outcome TEXT -- sent, given-up
     ) STRICT;
     CREATE UNIQUE INDEX message_open ON message (recipient) WHERE ended_at IS NULL;
     CREATE TABLE audit (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       at INTEGER NOT NULL,
       who TEXT NOT NULL,
       office TEXT NOT NULL, -- '' where it concerns all
       deed TEXT NOT NULL,
       detail TEXT NOT NULL
     ) STRICT;
     CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
       BEGIN SELECT raise(ABORT, 'an entry of the audit never changes'); END;
     CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
       BEGIN SELECT raise(ABORT, 'an entry of the audit is never removed'); END;",
)];

/// Opens the database for the one process that writes it, made where it is missing.
pub fn open(folder: &Path) -> Result<Connection, StoreError> {
    let path = folder.join(FILE_NAME);
    // For its owner alone, whatever the folder is; SQLite gives its other files the same rights.
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    made.map_err(|error| StoreError::Folder(error.to_string()))?;
    let mut connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    guard(&connection)?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;")?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Damaged(verdict));
    }
    let migrations = Migrations::from_slice(TABLES);
    migrations.to_latest(&mut connection).map_err(|cause| StoreError::Schema(cause.to_string()))?;
    Ok(connection)
}

/// Opens it beside whoever writes it, to write a row; it must be there already.
pub fn open_beside(folder: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(FILE_NAME), flags)?;
    guard(&connection)?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
    Ok(connection)
}

/// Opens it beside, to read.
pub fn open_reader(folder: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(FILE_NAME), flags)?;
    guard(&connection)?;
    Ok(connection)
}

fn guard(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.execute_batch("PRAGMA foreign_keys = ON;")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}
