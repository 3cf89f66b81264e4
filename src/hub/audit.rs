//! Who did what, when: entries that never change.

pub mod page;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::store::{StoreError, instant};

/// Writes an entry, in the same transaction as the deed. `office`: empty where it concerns all. `deed`: a word that
/// never changes; `detail` is for people.
pub fn note(
    connection: &Connection,
    now: DateTime<Utc>,
    who: &str,
    office: &str,
    deed: &str,
    detail: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO audit (at, who, office, deed, detail) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![instant::to_sql(now), who, office, deed, detail])?;
    Ok(())
}
