//! Pictures of the glass: asked for by somebody, taken by the panel, looked at, and gone within the hour.
//!
//! It takes only what was ordered of this very device and signed by its panel for this very order: whoever carries it can
//! show nothing else. The surprising thing: the hub blurs nothing. What nobody has asked to see sharp never leaves the
//! panel, and while somebody reads there nobody gets it.

use axum::extract::{Form, Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;

use super::Shared;
use super::fleet::refused;
use super::order::{self, Kind};
use super::page::{self, Page};
use super::panel::find;
use super::people::{Deed, Who};
use super::problem::Problem;
use super::store::{StoreError, instant};
use super::web::{Needs, Route};
use crate::identity::picture_of;
use crate::keys::PublicKey;
use crate::wire::{Picture, PictureNote};

/// It can be looked at for so long, and is deleted within ten minutes after.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(1);
/// What comes so long after it was ordered is not taken: the order is over, and the picture of another hour.
const LATEST: TimeDelta = TimeDelta::minutes(30);
/// How a PNG file begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// As a page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Number of the order.
    pub ordered: i64,
    pub by: String,
    pub got_at: DateTime<Utc>,
    pub note: PictureNote,
    /// Else it did not come from the panel, and nobody gets to see it.
    pub signed: bool,
}

impl Shown {
    /// When it can no longer be looked at.
    pub fn until(&self) -> DateTime<Utc> {
        self.got_at + KEPT_FOR
    }
}

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/places/{id}/picture", Needs::Deed(Deed::See), look),
        Route::post("/places/{id}/picture", Needs::Deed(Deed::Devices), ask),
    ]
}

/// Takes what a device has handed in, where it was ordered.
pub fn take(
    connection: &Connection,
    place: i64,
    device: &PublicKey,
    picture: &Picture,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(claim) = picture.unproved() else { return Ok(()) };
    let ordered: Option<(i64, bool)> = connection
        .prepare_cached(
            "SELECT id, coalesce(json_extract(command, '$.sharp'), 0) FROM ordered
             WHERE device = ?1 AND ordered_at > ?3
               AND json_extract(command, '$.do') = 'picture' AND json_extract(command, '$.name') = ?2",
        )?
        .query_row(params![device.bytes(), claim.name, instant::to_sql(now - LATEST)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((ordered, sharp)) = ordered else { return Ok(()) };
    let panel = "SELECT panel_key FROM device WHERE link_key = ?";
    let panel = connection.query_row(panel, [device.bytes()], |row| row.get(0)).map(PublicKey::from_bytes)?;
    let signed = picture_of(&panel, picture).filter(|note| sharp || !note.sharp);
    let bytes = signed.as_ref().map(|_| &picture.bytes).filter(|bytes| bytes.starts_with(PNG));
    // A picture that is there already is not written over by one that nobody has signed.
    connection
        .prepare_cached(
            "INSERT INTO picture (place, ordered, got_at, note, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (place) DO UPDATE SET ordered = ?2, got_at = ?3, note = ?4, bytes = ?5
             WHERE ordered < ?2 OR (ordered = ?2 AND bytes IS NULL)",
        )?
        .execute(params![
            place,
            ordered,
            instant::to_sql(now),
            serde_json::to_string(&signed.unwrap_or(claim)).expect("plain values are always JSON"),
            bytes
        ])?;
    Ok(())
}

/// The last one of a place, where it can still be looked at.
pub fn last(connection: &Connection, place: i64, now: DateTime<Utc>) -> Result<Option<Shown>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT picture.ordered, ordered_by, got_at, note, bytes IS NOT NULL
         FROM picture JOIN ordered ON ordered.id = picture.ordered WHERE picture.place = ? AND got_at > ?",
    )?;
    let read = |row: &rusqlite::Row| {
        let note: String = row.get(3)?;
        Ok(Shown {
            ordered: row.get(0)?,
            by: row.get(1)?,
            got_at: instant::from_sql(row.get(2)?),
            note: serde_json::from_str(&note).unwrap_or_default(),
            signed: row.get(4)?,
        })
    };
    Ok(query.query_row(params![place, instant::to_sql(now - KEPT_FOR)], read).optional()?)
}

/// Its bytes, where the panel has signed them.
pub fn bytes(connection: &Connection, place: i64, now: DateTime<Utc>) -> Result<Option<Vec<u8>>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT bytes FROM picture WHERE place = ? AND got_at > ? AND bytes IS NOT NULL")?;
    Ok(query.query_row(params![place, instant::to_sql(now - KEPT_FOR)], |row| row.get(0)).optional()?)
}

/// Deletes what can no longer be looked at.
pub fn forget(connection: &Connection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(connection.execute("DELETE FROM picture WHERE got_at <= ?", [instant::to_sql(now - KEPT_FOR)])?)
}

/// `GET /places/{id}/picture`: the last one, as the panel has signed it.
async fn look(who: Who, State(hub): State<Shared>, Path(id): Path<i64>) -> Result<Response, Problem> {
    let seen = find(&hub, &who, id, Deed::See).await?;
    let now = hub.now();
    let work = move |connection: &Connection| Ok((last(connection, id, now)?, bytes(connection, id, now)?));
    let (Some(shown), Some(png)) = hub.store.read(work).await? else { return Err(Problem::NotFound) };
    if shown.note.sharp {
        who.need(Deed::Devices, &seen.place.office)?;
    }
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, png).into_response())
}

#[derive(Deserialize)]
struct Asked {
    /// Else it is blurred.
    #[serde(default)]
    sharp: Option<String>,
}

/// `POST /places/{id}/picture`
async fn ask(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(id): Path<i64>,
    Form(form): Form<Asked>,
) -> Result<Response, Problem> {
    find(&hub, &who, id, Deed::Devices).await?;
    let kind = if form.sharp.is_some() { Kind::SharpPicture } else { Kind::Picture };
    let said = match order::give(&hub, id, kind, &who.login).await? {
        Ok(_) => page.say(
            "Obrázek je vyžádán. Přijde, až se přístroj ozve: do minuty.",
            "The picture is asked for. It comes when the device is heard: within a minute.",
        ),
        Err(refusal) => refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, &format!("/places/{id}"), said))
}
