//! A damaged database: set aside (one copy is kept, for half a day), rebuilt, and filled with what can be proved.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::row::{self, NoticeRow};
use super::schema::{self, Base};
use super::{Store, StoreError, handover, link, poll};

/// Opens a database; a damaged one is set aside first.
pub fn open(folder: &Path, base: Base, healed: &mut Option<String>) -> Result<Connection, StoreError> {
    let sound = schema::open(folder, base).and_then(|mut connection| {
        match base {
            Base::Board => {
                row::boards(&connection)?
                    .iter()
                    .try_for_each(|board| row::read_proved(&connection, board).map(drop))?;
            }
            Base::Link => link::forget_identities(&mut connection)?,
        }
        Ok(connection)
    });
    match sound {
        Err(StoreError::Damaged(_)) => rebuild(folder, base, healed),
        result => result,
    }
}

/// Where the damaged copy of a database is kept.
pub fn copy_path(folder: &Path, base: Base) -> PathBuf {
    folder.join(format!("{}.damaged", base.file_name()))
}

/// The three files of a database, by their endings.
pub const PARTS: [&str; 3] = ["", "-wal", "-shm"];

fn part(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Removes the copy. True where there was one.
pub fn forget_copy(folder: &Path, base: Base) -> Result<bool, StoreError> {
    let copy = copy_path(folder, base);
    let mut was_there = false;
    for ending in PARTS {
        let path = part(&copy, ending);
        match fs::remove_file(&path) {
            Ok(()) => was_there = true,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(StoreError::Io { path, cause }),
        }
    }
    Ok(was_there)
}

fn set_aside(folder: &Path, base: Base) -> Result<(), StoreError> {
    forget_copy(folder, base)?;
    let (path, copy) = (folder.join(base.file_name()), copy_path(folder, base));
    for ending in PARTS {
        let (from, to) = (part(&path, ending), part(&copy, ending));
        match fs::rename(&from, &to) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Io { path: from, cause });
            }
            _ => {}
        }
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| StoreError::Io { path: folder.to_owned(), cause })
}

fn rebuild(folder: &Path, base: Base, healed: &mut Option<String>) -> Result<Connection, StoreError> {
    set_aside(folder, base)?;
    let mut fresh = schema::open(folder, base)?;
    let carried = carry_over(&copy_path(folder, base), &mut fresh, base).unwrap_or(0);
    let name = base.file_name();
    let sentence = format!("{name} was damaged: it was set aside as {name}.damaged, {carried} sound rows carried over");
    *healed = Some(healed.take().map_or(sentence.clone(), |before| format!("{before}; {sentence}")));
    Ok(fresh)
}

impl Store {
    /// Sets a database aside while the store is open.
    pub(super) fn rebuild(&mut self, base: Base) -> Result<(), StoreError> {
        let Some(folder) = self.folder.clone() else { return Err(StoreError::Damaged(base.file_name())) };
        // The files must not be renamed under an open connection.
        drop(std::mem::replace(self.connection(base), Connection::open_in_memory()?));
        let fresh = rebuild(&folder, base, &mut self.healed)?;
        fresh.set_prepared_statement_cache_capacity(64);
        *self.connection(base) = fresh;
        Ok(())
    }
}

/// Copies what can be read of a damaged database. A notice is taken only where the digest that was stored with it is
/// the digest of what was read: the guard then sees what the device really held, and the first snapshot after the
/// damage is judged like any other. Validators are not taken, so that the next answer is a whole feed.
fn carry_over(copy: &Path, fresh: &mut Connection, base: Base) -> Result<usize, StoreError> {
    let damaged = schema::open_read_only(copy)?;
    let transaction = fresh.transaction()?;
    let mut carried = 0;
    match base {
        Base::Board => {
            carried += notices(&damaged, &transaction);
            carried += poll::carry_over(&damaged, &transaction);
            carried += handover::carry_over(&damaged, &transaction);
            for name in ["trusted", "seen"] {
                if let Ok(Some(at)) = super::reader::read_mark(&damaged, name) {
                    super::round::mark(&transaction, name, at)?;
                }
            }
        }
        Base::Link => carried += link::carry_over(&damaged, &transaction),
    }
    transaction.commit()?;
    Ok(carried)
}

/// Reads a table from both ends until it hurts.
pub fn read_both_ways<T>(
    damaged: &Connection,
    select: &str,
    read: fn(&rusqlite::Row) -> rusqlite::Result<T>,
    mut take: impl FnMut(T),
) {
    for order in ["ASC", "DESC"] {
        let Ok(mut query) = damaged.prepare(&format!("{select} {order}")) else { continue };
        let Ok(rows) = query.query_map([], |row| Ok(read(row).ok())) else { continue };
        let mut whole = true;
        for row in rows {
            match row {
                Ok(Some(value)) => take(value),
                Ok(None) => {}
                Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        if whole {
            return;
        }
    }
}

fn notices(damaged: &Connection, fresh: &Connection) -> usize {
    let mut found: std::collections::BTreeMap<i64, NoticeRow> = std::collections::BTreeMap::new();
    let select = format!("SELECT {} FROM notice NOT INDEXED ORDER BY row", row::NOTICE);
    read_both_ways(damaged, &select, row::read_notice, |row| {
        found.insert(row.row, row);
    });
    let mut documents = std::collections::BTreeMap::new();
    let select = format!("SELECT {} FROM document ORDER BY notice", row::DOCUMENT);
    read_both_ways(
        damaged,
        &select,
        |row| Ok((row.get::<_, i64>(1)?, row::read_document(row)?)),
        |(position, (notice, document, fetch))| {
            documents.insert((notice, position), (document, fetch));
        },
    );
    for ((notice, _), (document, mut fetch)) in documents {
        let Some(row) = found.get_mut(&notice) else { continue };
        // Asked for again at the next round: cheap, and what came of it is not covered by the notice's digest.
        fetch = row::Fetch { digest: fetch.digest, size: fetch.size, media: fetch.media, ..row::Fetch::default() };
        row.notice.documents.push(document);
        row.fetches.push(fetch);
    }
    let mut carried = 0;
    for row in found.into_values().filter(|row| row.notice.digest() == row.digest) {
        carried += usize::from(put(fresh, &row).is_ok());
    }
    let pages = "SELECT digest, width, page_count, complete, failed, report FROM rendered ORDER BY digest";
    read_both_ways(
        damaged,
        pages,
        |row| {
            Ok((
                row::read_digest(row, 0)?,
                row.get::<_, u32>(1)?,
                row.get::<_, Option<u32>>(2)?,
                row.get::<_, bool>(3)?,
                row.get::<_, Option<String>>(4)?,
                row.get::<_, Option<String>>(5)?,
            ))
        },
        |(digest, width, count, complete, failed, report)| {
            // A row twice, from both ends, is refused by its key.
            let _ = fresh.execute(
                "INSERT INTO rendered (digest, width, page_count, complete, failed, report) VALUES (?, ?, ?, ?, ?, ?)",
                params![digest.0, width, count, complete, failed, report],
            );
        },
    );
    let pages = "SELECT digest, number, width, height, turned, blank FROM page ORDER BY digest";
    read_both_ways(
        damaged,
        pages,
        |row| {
            let size = (row.get::<_, u32>(2)?, row.get::<_, u32>(3)?);
            Ok((row::read_digest(row, 0)?, row.get::<_, u32>(1)?, size, row.get::<_, u8>(4)?, row.get::<_, bool>(5)?))
        },
        |(digest, number, (width, height), turned, blank)| {
            let _ = fresh.execute(
                "INSERT INTO page (digest, number, width, height, turned, blank) VALUES (?, ?, ?, ?, ?, ?)",
                params![digest.0, number, width, height, turned, blank],
            );
        },
    );
    carried
}

fn put(fresh: &Connection, found: &NoticeRow) -> rusqlite::Result<()> {
    let inserted = row::insert_notice(fresh, &found.board, &found.notice, found.first_seen)?;
    for (position, (document, fetch)) in found.notice.documents.iter().zip(&found.fetches).enumerate() {
        row::insert_document(fresh, inserted, position, document, fetch)?;
    }
    Ok(())
}
