//! Between values and rows: the only place that knows the order of columns.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::{Digest, Document, Media, Notice};

/// A document as it was fetched: what a change of its notice must not lose.
#[derive(Debug, Clone, Default)]
pub struct Fetch {
    pub digest: Option<Digest>,
    pub size: u64,
    pub media: Option<Media>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub checked_at: Option<i64>,
    pub failed: Option<String>,
    pub tries: u32,
}

#[derive(Debug, Clone)]
pub struct NoticeRow {
    pub row: i64,
    pub board: String,
    pub digest: Digest,
    pub first_seen: DateTime<Utc>,
    pub notice: Notice,
    /// Parallel to the notice's documents.
    pub fetches: Vec<Fetch>,
}

pub const NOTICE: &str = "row, board, id, digest, first_seen, url, title, description, posted, relevant_until, \
     reference_number, file_number, issuer, categories";
pub const DOCUMENT: &str = "notice, position, url, title, declared_type, declared_digest, digest, size, media, etag, \
     last_modified, checked_at, failed, tries";

pub fn day(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

pub fn read_day(row: &Row, column: usize) -> rusqlite::Result<Option<NaiveDate>> {
    let day: Option<i32> = row.get(column)?;
    day.map(|day| NaiveDate::from_num_days_from_ce_opt(day).ok_or_else(|| wrong(column, "a day"))).transpose()
}

pub fn instant(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

pub fn read_instant(row: &Row, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(row.get(column)?).ok_or_else(|| wrong(column, "an instant"))
}

pub fn read_digest(row: &Row, column: usize) -> rusqlite::Result<Digest> {
    row.get(column).map(Digest)
}

pub fn read_some_digest(row: &Row, column: usize) -> rusqlite::Result<Option<Digest>> {
    Ok(row.get::<_, Option<[u8; 32]>>(column)?.map(Digest))
}

fn wrong(column: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, format!("not {what}").into())
}

/// A notice without its documents.
pub fn read_notice(row: &Row) -> rusqlite::Result<NoticeRow> {
    let categories: String = row.get(13)?;
    let categories = serde_json::from_str(&categories)
        .map_err(|cause| rusqlite::Error::FromSqlConversionFailure(13, Type::Text, cause.into()))?;
    Ok(NoticeRow {
        row: row.get(0)?,
        board: row.get(1)?,
        digest: read_digest(row, 3)?,
        first_seen: read_instant(row, 4)?,
        notice: Notice {
            id: row.get(2)?,
            url: row.get(5)?,
            title: row.get(6)?,
            description: row.get(7)?,
            posted: read_day(row, 8)?,
            relevant_until: read_day(row, 9)?,
            reference_number: row.get(10)?,
            file_number: row.get(11)?,
            issuer: row.get(12)?,
            categories,
            documents: Vec::new(),
        },
        fetches: Vec::new(),
    })
}

/// The row of its notice, and the document.
pub fn read_document(row: &Row) -> rusqlite::Result<(i64, Document, Fetch)> {
    let document = Document {
        url: row.get(2)?,
        title: row.get(3)?,
        declared_type: row.get(4)?,
        digest: read_some_digest(row, 5)?,
    };
    let fetch = Fetch {
        digest: read_some_digest(row, 6)?,
        size: u64::try_from(row.get::<_, i64>(7)?).map_err(|_| wrong(7, "a size"))?,
        media: row.get::<_, Option<String>>(8)?.as_deref().and_then(Media::from_name),
        etag: row.get(9)?,
        last_modified: row.get(10)?,
        checked_at: row.get(11)?,
        failed: row.get(12)?,
        tries: row.get(13)?,
    };
    Ok((row.get(0)?, document, fetch))
}

/// All notices of a board in the order in which they came, with their documents.
pub fn read_board(connection: &Connection, board: &str) -> rusqlite::Result<Vec<NoticeRow>> {
    let mut query = connection.prepare_cached(&format!("SELECT {NOTICE} FROM notice WHERE board = ? ORDER BY row"))?;
    let mut rows = query.query_map([board], read_notice)?.collect::<Result<Vec<_>, _>>()?;
    let mut query = connection.prepare_cached(&format!(
        "SELECT {DOCUMENT} FROM document WHERE notice IN (SELECT row FROM notice WHERE board = ?) \
         ORDER BY notice, position"
    ))?;
    let mut documents = query.query([board])?;
    let mut at = 0;
    while let Some(row) = documents.next()? {
        let (notice, document, fetch) = read_document(row)?;
        while rows.get(at).is_some_and(|row| row.row < notice) {
            at += 1;
        }
        if let Some(row) = rows.get_mut(at).filter(|row| row.row == notice) {
            row.notice.documents.push(document);
            row.fetches.push(fetch);
        }
    }
    Ok(rows)
}

/// The same, where each notice is what was written. SQLite finds damage to its own structure; a letter that has become
/// another one finds only the digest.
pub fn read_proved(connection: &Connection, board: &str) -> rusqlite::Result<Vec<NoticeRow>> {
    let rows = read_board(connection, board)?;
    match rows.iter().find(|row| row.notice.digest() != row.digest) {
        Some(_) => Err(wrong(3, "the digest of what was read")),
        None => Ok(rows),
    }
}

/// All boards that have notices.
pub fn boards(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare("SELECT DISTINCT board FROM notice")?;
    query.query_map([], |row| row.get(0))?.collect()
}

/// One notice with its documents.
pub fn read_one(connection: &Connection, board: &str, id: &str) -> rusqlite::Result<Option<NoticeRow>> {
    let mut query = connection.prepare_cached(&format!("SELECT {NOTICE} FROM notice WHERE board = ? AND id = ?"))?;
    let Some(mut found) = query.query_row([board, id], read_notice).optional()? else { return Ok(None) };
    let mut query =
        connection.prepare_cached(&format!("SELECT {DOCUMENT} FROM document WHERE notice = ? ORDER BY position"))?;
    for document in query.query_map([found.row], read_document)? {
        let (_, document, fetch) = document?;
        found.notice.documents.push(document);
        found.fetches.push(fetch);
    }
    Ok(Some(found))
}

pub fn insert_notice(
    connection: &Connection,
    board: &str,
    notice: &Notice,
    first_seen: DateTime<Utc>,
) -> rusqlite::Result<i64> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO notice (board, id, digest, first_seen, url, title, description, posted, relevant_until, \
         reference_number, file_number, issuer, categories) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    insert.insert(params![
        board,
        notice.id,
        notice.digest().0,
        instant(first_seen),
        notice.url,
        notice.title,
        notice.description,
        notice.posted.map(day),
        notice.relevant_until.map(day),
        notice.reference_number,
        notice.file_number,
        notice.issuer,
        categories(notice),
    ])
}

pub fn update_notice(connection: &Connection, row: i64, notice: &Notice) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE notice SET id = ?, digest = ?, url = ?, title = ?, description = ?, posted = ?, relevant_until = ?, \
         reference_number = ?, file_number = ?, issuer = ?, categories = ? WHERE row = ?",
    )?;
    update.execute(params![
        notice.id,
        notice.digest().0,
        notice.url,
        notice.title,
        notice.description,
        notice.posted.map(day),
        notice.relevant_until.map(day),
        notice.reference_number,
        notice.file_number,
        notice.issuer,
        categories(notice),
        row,
    ])?;
    Ok(())
}

pub fn insert_document(
    connection: &Connection,
    notice: i64,
    position: usize,
    document: &Document,
    fetch: &Fetch,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(&format!(
        "INSERT INTO document ({DOCUMENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ))?;
    insert.execute(params![
        notice,
        position as i64,
        document.url,
        document.title,
        document.declared_type,
        document.digest.map(|digest| digest.0),
        fetch.digest.map(|digest| digest.0),
        fetch.size as i64,
        fetch.media.map(Media::name),
        fetch.etag,
        fetch.last_modified,
        fetch.checked_at,
        fetch.failed,
        fetch.tries,
    ])?;
    Ok(())
}

fn categories(notice: &Notice) -> String {
    serde_json::to_string(&notice.categories).expect("strings are always JSON")
}
