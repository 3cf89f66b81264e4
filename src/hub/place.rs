//! Offices, the places where their panels hang, and which device hangs there.
//!
//! A place keeps its history; devices come and go. The surprising thing: exchanging a device and enrolling the first one
//! are the same deed. Whoever confirms a candidate for a place that has a device takes that one's key away with it.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::audit;
use super::gate;
use super::store::{StoreError, instant};
use super::token_hash;
use crate::keys::{self, PublicKey};
use crate::secret;

/// Letters of a name or an address that are kept.
pub const MAX_NAME: usize = 120;
/// A token is meant for the visit that it was made for.
pub const TOKEN_FOR: TimeDelta = TimeDelta::days(30);

/// What somebody wants and cannot have, for the page they came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such office, place, device or candidate, or not theirs.
    Missing,
    /// Empty, or too long.
    Name,
    /// Two offices under one key.
    Taken,
    /// The code is not the candidate's.
    Code,
    /// Somebody else was faster.
    Late,
    /// What is on the page is older than what is in the database: look again.
    Changed,
}

/// A place with its office and its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub id: i64,
    pub office: String,
    pub office_name: String,
    pub name: String,
    pub address: String,
    pub device: Option<Device>,
}

/// The device of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub key: PublicKey,
    pub enrolled_at: DateTime<Utc>,
    pub enrolled_by: String,
    pub cloned: bool,
}

/// A device at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub key: PublicKey,
    pub panel: PublicKey,
    pub code: String,
    pub program: String,
    pub place: String,
    pub boards: Vec<String>,
    pub asked_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub refused: bool,
}

/// Key and name of each office.
pub fn offices(connection: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut query = connection.prepare_cached("SELECT key, name FROM office ORDER BY name, key")?;
    Ok(query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Makes an office. Its key is made of its name: `lhota-u-kraslic`.
pub fn add_office(
    connection: &Connection,
    name: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<String, Refusal>, StoreError> {
    let Some(name) = named(name) else { return Ok(Err(Refusal::Name)) };
    let key = key_of(&name);
    if key.is_empty() {
        return Ok(Err(Refusal::Name));
    }
    let made = connection.execute(
        "INSERT OR IGNORE INTO office (key, name, made_at) VALUES (?, ?, ?)",
        params![key, name, instant::to_sql(now)],
    )?;
    if made == 0 {
        return Ok(Err(Refusal::Taken));
    }
    audit::note(connection, now, by, &key, "office-added", &name)?;
    Ok(Ok(key))
}

pub fn add_place(
    connection: &Connection,
    office: &str,
    name: &str,
    address: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<i64, Refusal>, StoreError> {
    let Some(name) = named(name) else { return Ok(Err(Refusal::Name)) };
    let known: Option<i64> =
        connection.query_row("SELECT 1 FROM office WHERE key = ?", [office], |row| row.get(0)).optional()?;
    if known.is_none() {
        return Ok(Err(Refusal::Missing));
    }
    connection.execute(
        "INSERT INTO place (office, name, address, made_at) VALUES (?, ?, ?, ?)",
        params![office, name, named(address).unwrap_or_default(), instant::to_sql(now)],
    )?;
    let id = connection.last_insert_rowid();
    audit::note(connection, now, by, office, "place-added", &name)?;
    Ok(Ok(id))
}

/// All places that are not removed, by office and name.
pub fn places(connection: &Connection) -> Result<Vec<Place>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{PLACE} WHERE place.removed_at IS NULL ORDER BY 3, 4, 1"))?;
    Ok(query.query_map([], read_place)?.collect::<Result<_, _>>()?)
}

pub fn place(connection: &Connection, id: i64) -> Result<Option<Place>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{PLACE} WHERE place.id = ? AND place.removed_at IS NULL"))?;
    Ok(query.query_row([id], read_place).optional()?)
}

const PLACE: &str = "SELECT place.id, office.key, office.name, place.name, place.address,
     device.link_key, device.enrolled_at, device.enrolled_by, device.cloned_at IS NOT NULL
     FROM place JOIN office ON office.key = place.office
     LEFT JOIN device ON device.place = place.id AND device.revoked_at IS NULL";

fn read_place(row: &rusqlite::Row) -> rusqlite::Result<Place> {
    let key: Option<[u8; 32]> = row.get(5)?;
    let device = match key {
        Some(key) => Some(Device {
            key: PublicKey::from_bytes(key),
            enrolled_at: instant::from_sql(row.get(6)?),
            enrolled_by: row.get(7)?,
            cloned: row.get(8)?,
        }),
        None => None,
    };
    Ok(Place {
        id: row.get(0)?,
        office: row.get(1)?,
        office_name: row.get(2)?,
        name: row.get(3)?,
        address: row.get(4)?,
        device,
    })
}

/// Devices that wait to be confirmed, and those that were sent away, newest first.
pub fn candidates(connection: &Connection) -> Result<Vec<Candidate>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT link_key, panel_key, code, program, place, boards, asked_at, seen_at, refused_at IS NOT NULL
         FROM candidate ORDER BY refused_at IS NOT NULL, asked_at DESC",
    )?;
    let read = |row: &rusqlite::Row| {
        let boards: String = row.get(5)?;
        Ok(Candidate {
            key: PublicKey::from_bytes(row.get(0)?),
            panel: PublicKey::from_bytes(row.get(1)?),
            code: row.get(2)?,
            program: row.get(3)?,
            place: row.get(4)?,
            boards: serde_json::from_str(&boards).unwrap_or_default(),
            asked_at: instant::from_sql(row.get(6)?),
            seen_at: instant::from_sql(row.get(7)?),
            refused: row.get(8)?,
        })
    };
    Ok(query.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Lets a candidate in as the device of a place, in the place of `before`: the device that the page showed there. `code`
/// is what somebody read off the glass. Tell the gate once it is committed: [`confirmed`].
pub fn confirm(
    connection: &Connection,
    candidate: &PublicKey,
    code: &str,
    place: i64,
    before: Option<PublicKey>,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Refusal>, StoreError> {
    let found = candidates(connection)?.into_iter().find(|found| found.key == *candidate);
    let (Some(found), Some(known)) = (found, self::place(connection, place)?) else {
        return Ok(Err(Refusal::Missing));
    };
    if !keys::same_code(&found.code, code) {
        return Ok(Err(Refusal::Code));
    }
    if known.device.map(|device| device.key) != before {
        return Ok(Err(Refusal::Changed));
    }
    enter(connection, candidate, &found.panel, place, by, now)?;
    Ok(Ok(()))
}

/// What the gate is told of a device that was let in.
pub fn confirmed(gate: &gate::Gate, device: PublicKey, place: i64) {
    gate.put(device, gate::Device::new(place));
}

/// The device is the place's from now on; the one before it is revoked.
pub fn enter(
    connection: &Connection,
    device: &PublicKey,
    panel: &PublicKey,
    place: i64,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let at = instant::to_sql(now);
    let office: String = connection.query_row("SELECT office FROM place WHERE id = ?", [place], |row| row.get(0))?;
    let before = connection
        .prepare_cached("UPDATE device SET revoked_at = ?2 WHERE place = ?1 AND revoked_at IS NULL RETURNING link_key")?
        .query_row(params![place, at], |row| row.get(0))
        .optional()?;
    if let Some(before) = before.map(PublicKey::from_bytes) {
        audit::note(connection, now, by, &office, "device-revoked", &format!("{} ({place})", gate::short(&before)))?;
    }
    connection.execute(
        "INSERT INTO device (link_key, panel_key, place, enrolled_at, enrolled_by) VALUES (?, ?, ?, ?, ?)",
        params![device.bytes(), panel.bytes(), place, at, by],
    )?;
    connection.execute("DELETE FROM candidate WHERE link_key = ?", [device.bytes()])?;
    audit::note(connection, now, by, &office, "device-enrolled", &format!("{} ({place})", gate::short(device)))
}

/// Sends a candidate away: it is told so, and listed as such until it stops asking for a week.
pub fn refuse(
    connection: &Connection,
    candidate: &PublicKey,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), Refusal>, StoreError> {
    let update = "UPDATE candidate SET refused_at = ?2 WHERE link_key = ?1 AND refused_at IS NULL";
    if connection.execute(update, params![candidate.bytes(), instant::to_sql(now)])? == 0 {
        return Ok(Err(Refusal::Late));
    }
    audit::note(connection, now, by, "", "candidate-refused", &gate::short(candidate))?;
    Ok(Ok(()))
}

/// A token for the settings of the device that will hang there; shown once, for only its digest is kept.
pub fn make_token(
    connection: &Connection,
    place: i64,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<String, Refusal>, StoreError> {
    let Some(known) = self::place(connection, place)? else { return Ok(Err(Refusal::Missing)) };
    let bytes: [u8; 16] = secret::random().map_err(|error| StoreError::Folder(error.to_string()))?;
    let token = keys::hex(&bytes);
    // One for each place: a new one ends the one before.
    connection.execute("DELETE FROM token WHERE place = ? AND used_at IS NULL", [place])?;
    connection.execute(
        "INSERT INTO token (hash, place, made_by, made_at, expires_at) VALUES (?, ?, ?, ?, ?)",
        params![token_hash(&token), place, by, instant::to_sql(now), instant::to_sql(now + TOKEN_FOR)],
    )?;
    audit::note(connection, now, by, &known.office, "token-made", &known.name)?;
    Ok(Ok(token))
}

/// The device of a place no longer belongs to it, and no other does. Returns its key, for [`gate::Gate::revoke`].
pub fn revoke(
    connection: &Connection,
    place: i64,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<PublicKey, Refusal>, StoreError> {
    let Some(known) = self::place(connection, place)? else { return Ok(Err(Refusal::Missing)) };
    let Some(device) = known.device else { return Ok(Err(Refusal::Late)) };
    let revoked = "UPDATE device SET revoked_at = ?2 WHERE link_key = ?1";
    connection.execute(revoked, params![device.key.bytes(), instant::to_sql(now)])?;
    let detail = format!("{} ({place})", gate::short(&device.key));
    audit::note(connection, now, by, &known.office, "device-revoked", &detail)?;
    Ok(Ok(device.key))
}

/// A place is given up: its device's word no longer counts, its history stays in the database.
pub fn remove(
    connection: &Connection,
    place: i64,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<Option<PublicKey>, Refusal>, StoreError> {
    let Some(known) = self::place(connection, place)? else { return Ok(Err(Refusal::Missing)) };
    let device = revoke(connection, place, by, now)?.ok();
    connection.execute("UPDATE place SET removed_at = ? WHERE id = ?", params![instant::to_sql(now), place])?;
    audit::note(connection, now, by, &known.office, "place-removed", &known.name)?;
    Ok(Ok(device))
}

/// Without space around it; `None` where nothing is left, or too much.
pub(super) fn named(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// Plain letters, digits and hyphens.
pub(super) fn key_of(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let lower = name.to_lowercase();
    let plain = lower.nfd().filter(|c| c.is_ascii()).map(|c| if c.is_alphanumeric() { c } else { ' ' });
    plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join("-")
}
