//! `ledger.db`: entries that are only ever added, and one row that is not evidence: until when the panel was alive.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use rusqlite_migration::{M, Migrations};

use super::LedgerError;
use super::entry::{Cause, Entry, NOTHING, Urgent, What, Why, verify};
use super::observe::{KnownSince, Seen, fold, known_since, note_boards, observe};
use super::urgent;
use crate::clock::Now;
use crate::model::Digest;

/// In the data folder. Without a generation: this file is for good, and changes only by adding.
pub const FILE_NAME: &str = "ledger.db";

/// The mark of being alive is moved on so often at most: an interval that ends with a power cut may begin so much
/// before it really did.
pub const ALIVE_EVERY: TimeDelta = TimeDelta::minutes(10);

/// The panel's glass stands still meanwhile; nobody else writes. A reader may wait.
const WRITER_WAITS: Duration = Duration::from_millis(50);
const READER_WAITS: Duration = Duration::from_secs(5);

// The triggers are no lock against somebody who owns the file, the chain is; they are against our own mistakes.
const TABLES: &[M<'static>] = &[M::up(
    "CREATE TABLE entry (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
     CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
       BEGIN SELECT raise(ABORT, 'an entry of the ledger never changes'); END;
     CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry
       BEGIN SELECT raise(ABORT, 'an entry of the ledger is never removed'); END;
     CREATE TABLE alive (
       one INTEGER PRIMARY KEY CHECK (one = 1),
       at INTEGER NOT NULL,
       boot TEXT NOT NULL,
       number INTEGER NOT NULL, -- of the last entry, so that a tail that was cut off is missed
       digest BLOB NOT NULL
     ) STRICT;
     CREATE TABLE unreadable (cause TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
)];

/// The panel's ledger. See `ledger`.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    /// Path and inode; `None`: in memory.
    file: Option<(PathBuf, u64)>,
    last: u64,
    digest: Digest,
    seen: Vec<Seen>,
    known_since: KnownSince,
    messages: Vec<Urgent>,
    alive_at: Option<DateTime<Utc>>,
    /// Name of the damaged file that lies beside this one since it was opened.
    after: Option<String>,
}

impl Ledger {
    /// Opens the ledger in the data folder to go on with it, or begins one. A damaged one is never touched again: it
    /// is kept under another name, for good, and the new one says so in its first entry.
    pub fn open(folder: &Path) -> Result<Ledger, LedgerError> {
        match Ledger::open_writing(folder) {
            Err(error) if error.is_damage() => {
                let after = set_aside(folder)?;
                let mut ledger = Ledger::open_writing(folder)?;
                ledger.after = Some(after);
                Ok(ledger)
            }
            result => result,
        }
    }

    /// A ledger that is gone with its value.
    pub fn in_memory() -> Result<Ledger, LedgerError> {
        Ledger::with(Connection::open_in_memory()?)
    }

    fn open_writing(folder: &Path) -> Result<Ledger, LedgerError> {
        fs::create_dir_all(folder).map_err(|cause| LedgerError::Io { path: folder.to_owned(), cause })?;
        let path = folder.join(FILE_NAME);
        let mut ledger = Ledger::with(Connection::open(&path)?)?;
        let inode = inode(&path).ok_or(LedgerError::Missing(folder.to_owned()))?;
        ledger.file = Some((path, inode));
        Ok(ledger)
    }

    fn with(mut connection: Connection) -> Result<Ledger, LedgerError> {
        guard_against_content(&connection, WRITER_WAITS)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        use rusqlite_migration::{Error, MigrationDefinitionError};
        match Migrations::from_slice(TABLES).to_latest(&mut connection) {
            Ok(()) | Err(Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead)) => {}
            Err(Error::RusqliteError { err, .. }) => return Err(err.into()),
            Err(cause) => return Err(LedgerError::Damaged(cause.to_string())),
        }
        let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(LedgerError::Damaged(verdict));
        }
        let entries = read_entries(&connection)?;
        let digest = check(&connection, &entries)?;
        let last = entries.last().map_or(0, |entry| entry.number);
        let (seen, known_since) = (fold(&entries), known_since(&entries));
        let messages = urgent::go_on(Vec::new(), &entries);
        Ok(Ledger { connection, file: None, last, digest, seen, known_since, messages, alive_at: None, after: None })
    }

    /// Reads a ledger without touching it, oldest entry first, and follows its chain. The entries come with the
    /// finding, so that what there is can be shown even where the chain is broken.
    pub fn read(folder: &Path) -> Result<(Vec<Entry>, Result<(), LedgerError>), LedgerError> {
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            return Err(LedgerError::Missing(folder.to_owned()));
        }
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        guard_against_content(&connection, READER_WAITS)?;
        let mut entries = Vec::new();
        let mut query = connection.prepare("SELECT number, text FROM entry ORDER BY number")?;
        let mut rows = query.query([])?;
        let finding = loop {
            match rows.next() {
                Ok(None) => break check(&connection, &entries).map(drop),
                Ok(Some(row)) => match read_entry(row) {
                    Ok(entry) => entries.push(entry),
                    Err(cause) => break Err(cause),
                },
                Err(cause) => break Err(cause.into()),
            }
        };
        Ok((entries, finding))
    }

    /// The texts that follow the entry `after`, whose text has this digest: at most so many, and so many bytes together.
    /// Where there is no such entry, or there are more than `behind` after it, they begin `behind` before the end. It
    /// waits for nobody: a reader can do without them for a while.
    pub fn tail(
        folder: &Path,
        (after, digest): (u64, &str),
        behind: u64,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<String>, LedgerError> {
        let connection = Connection::open_with_flags(folder.join(FILE_NAME), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        guard_against_content(&connection, WRITER_WAITS)?;
        let text = |number: u64| {
            let sql = "SELECT text FROM entry WHERE number = ?";
            connection.query_row(sql, [number as i64], |row| row.get::<_, String>(0)).optional()
        };
        let last: Option<i64> = connection.query_row("SELECT max(number) FROM entry", [], |row| row.get(0))?;
        let last = last.unwrap_or_default().unsigned_abs();
        let known = text(after)?.is_some_and(|text| Digest::of(text.as_bytes()).to_string() == digest);
        let after = if known { after.max(last.saturating_sub(behind)) } else { last.saturating_sub(behind) };
        let mut query = connection.prepare("SELECT text FROM entry WHERE number > ? ORDER BY number LIMIT ?")?;
        let mut rows = query.query(params![after as i64, most as i64])?;
        let (mut texts, mut size) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let text: String = row.get(0)?;
            size += text.len();
            if size > bytes {
                break;
            }
            texts.push(text);
        }
        Ok(texts)
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        read_entries(&self.connection)
    }

    /// Whether there is no entry in it yet.
    pub fn is_new(&self) -> bool {
        self.last == 0
    }

    /// Number and digest of the last entry; `None`: there is none yet.
    pub fn end(&self) -> Option<(u64, Digest)> {
        (self.last > 0).then_some((self.last, self.digest))
    }

    /// When it was last written while it was open.
    pub fn written_at(&self) -> Option<DateTime<Utc>> {
        self.alive_at
    }

    /// What the device held and showed after the last entry.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The panel's first frame is on the glass. Writes the interval since it was last known to be alive, if it ever
    /// was. `boot`: identity of the running system's boot, which tells a restarted device from a restarted program.
    pub fn start(&mut self, program: &str, boot: &str, now: Now) -> Result<Vec<Entry>, LedgerError> {
        let mut happened: Vec<What> = Vec::new();
        let open = self.open_intervals()?;
        let was: Option<(i64, String)> = self
            .connection
            .query_row("SELECT at, boot FROM alive", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((at, last_boot)) = was {
            let from = DateTime::from_timestamp_millis(at).unwrap_or(now.at);
            // It was unreadable already when the panel went: one interval after the other.
            let ended = open.into_iter().map(|(cause, since)| What::Unreadable {
                from: since,
                to: Some(from.max(since)),
                cause,
            });
            happened.extend(ended);
            let cause = if last_boot == boot { Cause::ProcessStopped } else { Cause::Power };
            happened.push(What::Unreadable { from, to: end(from, now), cause });
        }
        happened.push(What::Started { program: program.to_owned(), after: self.after.clone() });
        let entries = self.write(happened, now, Some(boot), true)?;
        self.after = None;
        Ok(entries)
    }

    /// The panel was told to stop.
    pub fn stop(&mut self, now: Now) -> Result<Vec<Entry>, LedgerError> {
        self.write(vec![What::Stopped], now, None, false)
    }

    /// Writes down what happened since the last look. `next`: all that the device holds of all boards. Returns what
    /// was written; nothing is written where nothing happened.
    pub fn look(&mut self, next: &[Seen], now: Now) -> Result<Vec<Entry>, LedgerError> {
        let happened = observe(&self.seen, next, &self.known_since, now);
        if happened.is_empty() { Ok(Vec::new()) } else { self.write(happened, now, None, false) }
    }

    /// The office has ordered that these be taken down at once. Those that the ledger knows to be on the board are down
    /// from now on.
    pub fn take_down(&mut self, notices: &[Digest], now: Now) -> Result<Vec<Entry>, LedgerError> {
        let meant = self.seen.iter().filter(|seen| notices.contains(&seen.notice));
        let down = |seen: &Seen| What::Down {
            board: seen.board.clone(),
            notice: seen.notice,
            digest: seen.digest,
            why: Why::TakenDown,
            shown: seen.shown,
        };
        let happened: Vec<What> = meant.map(down).collect();
        if happened.is_empty() { Ok(Vec::new()) } else { self.write(happened, now, None, false) }
    }

    /// What happened to urgent messages since the last look: those in force, and those of them that have been whole on the glass, each with
    /// whether it is a drill.
    pub fn look_at_messages(
        &mut self,
        in_force: &[Digest],
        whole: &[(Urgent, bool)],
        now: Now,
    ) -> Result<Vec<Entry>, LedgerError> {
        let happened = urgent::observe(&self.messages, in_force, whole, now);
        if happened.is_empty() { Ok(Vec::new()) } else { self.write(happened, now, None, false) }
    }

    /// Adds entries, all or none, durably.
    pub fn append(&mut self, happened: Vec<What>, now: Now) -> Result<Vec<Entry>, LedgerError> {
        self.write(happened, now, None, false)
    }

    /// The panel is alive and its boards can be read: call it as often as is handy, it writes every [`ALIVE_EVERY`].
    pub fn alive(&mut self, now: Now) -> Result<(), LedgerError> {
        if self.alive_at.is_some_and(|at| (now.at - at).abs() < ALIVE_EVERY) {
            return Ok(());
        }
        self.check_place()?;
        self.connection.execute("UPDATE alive SET at = ?", [now.at.timestamp_millis()])?;
        self.alive_at = Some(now.at);
        Ok(())
    }

    /// The boards cannot be read from now on, though the panel runs. Where that is known already, nothing is written.
    pub fn unreadable(&mut self, cause: Cause, now: Now) -> Result<(), LedgerError> {
        self.connection.execute(
            "INSERT INTO unreadable VALUES (?, ?) ON CONFLICT (cause) DO NOTHING",
            params![cause.name(), now.at.timestamp_millis()],
        )?;
        Ok(())
    }

    /// The boards can be read again: every open interval is written down.
    pub fn readable(&mut self, now: Now) -> Result<Vec<Entry>, LedgerError> {
        let open = self.open_intervals()?;
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let ended = open.into_iter().map(|(cause, from)| What::Unreadable { from, to: end(from, now), cause });
        self.write(ended.collect(), now, None, true)
    }

    /// What is written into a file that nobody will find is not recorded.
    fn check_place(&self) -> Result<(), LedgerError> {
        match &self.file {
            Some((path, was)) if inode(path) != Some(*was) => {
                Err(LedgerError::Damaged("its file has been taken away while it was open".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn open_intervals(&self) -> Result<Vec<(Cause, DateTime<Utc>)>, LedgerError> {
        let mut query = self.connection.prepare_cached("SELECT cause, since FROM unreadable ORDER BY since, cause")?;
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let known =
            |(cause, since): (String, i64)| Some((Cause::from_name(&cause)?, DateTime::from_timestamp_millis(since)?));
        Ok(rows.into_iter().filter_map(known).collect())
    }

    fn write(
        &mut self,
        happened: Vec<What>,
        now: Now,
        boot: Option<&str>,
        intervals_closed: bool,
    ) -> Result<Vec<Entry>, LedgerError> {
        self.check_place()?;
        let (mut last, mut digest) = (self.last, self.digest);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut entries = Vec::with_capacity(happened.len());
        for what in happened {
            last += 1;
            let entry = what.entry(last, digest, now);
            digest = Digest::of(entry.text.as_bytes());
            transaction
                .prepare_cached("INSERT INTO entry VALUES (?, ?)")?
                .execute(params![entry.number as i64, entry.text])?;
            entries.push(entry);
        }
        if intervals_closed {
            transaction.execute("DELETE FROM unreadable", [])?;
        }
        let at = now.at.timestamp_millis();
        transaction.execute(
            "INSERT INTO alive VALUES (1, ?1, coalesce(?2, ''), ?3, ?4) ON CONFLICT (one) DO UPDATE \
             SET at = ?1, boot = coalesce(?2, boot), number = ?3, digest = ?4",
            params![at, boot, last as i64, digest.0],
        )?;
        transaction.commit()?;
        let state = self.seen.iter().cloned();
        self.seen = super::observe::go_on(state, &entries);
        note_boards(&mut self.known_since, &entries);
        self.messages = urgent::go_on(std::mem::take(&mut self.messages), &entries);
        (self.last, self.digest, self.alive_at) = (last, digest, Some(now.at));
        Ok(entries)
    }
}

fn inode(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|data| data.ino())
}

/// When an interval since `from` ends, if it ends `now` and a clock can be believed in that.
pub fn end(from: DateTime<Utc>, now: Now) -> Option<DateTime<Utc>> {
    (now.is_trusted() && from <= now.at).then_some(now.at)
}

fn guard_against_content(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

fn read_entry(row: &rusqlite::Row) -> Result<Entry, LedgerError> {
    let (number, text): (i64, String) = (row.get(0)?, row.get(1)?);
    Entry::parse(&text)
        .ok_or(LedgerError::Broken { number: number as u64, found: "it is not an entry of a ledger".to_owned() })
}

fn read_entries(connection: &Connection) -> Result<Vec<Entry>, LedgerError> {
    let mut query = connection.prepare("SELECT number, text FROM entry ORDER BY number")?;
    let mut rows = query.query([])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read_entry(row)?);
    }
    Ok(entries)
}

/// The chain, and that its end is the one that was last written.
fn check(connection: &Connection, entries: &[Entry]) -> Result<Digest, LedgerError> {
    let digest = verify(entries)?;
    let noted: Option<(i64, [u8; 32])> = connection
        .query_row("SELECT number, digest FROM alive", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, noted) = noted.map_or((0, NOTHING), |(number, digest)| (number as u64, Digest(digest)));
    let found = entries.len() as u64;
    if number > found {
        let found = format!("it is missing, and so is everything up to number {number}");
        return Err(LedgerError::Broken { number: entries.len() as u64 + 1, found });
    }
    if number == found && noted != digest {
        return Err(LedgerError::Broken { number, found: "its text has been changed".to_owned() });
    }
    Ok(digest)
}

fn set_aside(folder: &Path) -> Result<String, LedgerError> {
    let path = |name: &str| -> PathBuf { folder.join(name) };
    let name = (1..)
        .map(|count| format!("ledger-damaged-{count}.db"))
        .find(|name| !path(name).exists())
        .expect("there are fewer files than numbers");
    for ending in ["", "-wal", "-shm"] {
        let from = path(&format!("{FILE_NAME}{ending}"));
        if from.exists() {
            fs::rename(&from, path(&format!("{name}{ending}")))
                .map_err(|cause| LedgerError::Io { path: from, cause })?;
        }
    }
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| LedgerError::Io { path: folder.to_owned(), cause })?;
    Ok(name)
}
