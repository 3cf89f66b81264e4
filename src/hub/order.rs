//! What a place is ordered to do, and what became of it. The set is closed: there is no shell.
//!
//! An order lies in the database before its device hears of it, and goes with each answer until the device has said how
//! it ended, or its time is over. The surprising thing: its number is the time in microseconds, so that numbers grow also
//! after the hub was restored from an old backup, and a device never takes an old order for a new one.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::place::{self, Refusal};
use super::store::{StoreError, instant};
use super::{Shared, audit};
use crate::keys::{self, PublicKey};
use crate::secret;
use crate::wire::link::HubOrder;

/// What nobody has carried out for so long is not meant any more.
pub const VALID: TimeDelta = TimeDelta::minutes(10);
/// So many may wait for one device.
const MAX_WAITING: i64 = 20;

/// What makes each picture another one: see [`crate::command::Command::Picture`].
const NAME: &str = "name";

/// What an office can order of a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    SyncNow,
    RestartPanel,
    RestartSync,
    Reboot,
    /// For an hour.
    Maintenance,
    EndMaintenance,
    /// The glass shows for a minute which panel it is.
    Identify,
    /// Of the glass by day, in per cent; 0: as the panel's settings say.
    Brightness(u32),
    /// Of the glass: blurred, or as sharp as pictures are made.
    Picture,
    SharpPicture,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::SyncNow,
        Kind::Maintenance,
        Kind::EndMaintenance,
        Kind::Identify,
        Kind::Brightness(0),
        Kind::RestartPanel,
        Kind::RestartSync,
        Kind::Reboot,
        Kind::Picture,
        Kind::SharpPicture,
    ];

    /// As forms and the audit name it; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::SyncNow => "sync-now",
            Kind::RestartPanel => "restart-panel",
            Kind::RestartSync => "restart-sync",
            Kind::Reboot => "reboot",
            Kind::Maintenance => "maintenance",
            Kind::EndMaintenance => "end-maintenance",
            Kind::Identify => "identify",
            Kind::Brightness(_) => "brightness",
            Kind::Picture => "picture",
            Kind::SharpPicture => "sharp-picture",
        }
    }

    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The same with its value, for a person.
    fn text(self) -> String {
        match self {
            Kind::Brightness(percent) => format!("{} {percent}", self.name()),
            _ => self.name().to_owned(),
        }
    }

    /// Whoever reads the board notices it.
    pub fn is_grave(self) -> bool {
        matches!(self, Kind::RestartPanel | Kind::Reboot)
    }

    /// Ordered beside the picture, not with the others.
    pub fn is_picture(self) -> bool {
        matches!(self, Kind::Picture | Kind::SharpPicture)
    }

    /// As the audit calls it.
    fn deed(self) -> &'static str {
        match self {
            Kind::Picture => "picture-asked",
            Kind::SharpPicture => "sharp-picture-asked",
            _ => "ordered",
        }
    }

    /// [`crate::command::Command`] in its own words, but for the name of a picture.
    fn command(self) -> Value {
        match self {
            Kind::Brightness(percent) => json!({ "do": "brightness", "percent": percent }),
            Kind::Picture => json!({ "do": "picture", "sharp": false }),
            Kind::SharpPicture => json!({ "do": "picture", "sharp": true }),
            Kind::Maintenance => json!({ "do": "maintenance", "minutes": 60 }),
            Kind::EndMaintenance => json!({ "do": "maintenance", "minutes": 0 }),
            _ => json!({ "do": self.name() }),
        }
    }

    /// The other way round, for a page.
    fn of(command: &str) -> Option<Kind> {
        let mut command: Value = serde_json::from_str(command).ok()?;
        command.as_object_mut()?.remove(NAME);
        if command["do"] == "brightness" {
            return command["percent"].as_u64().and_then(|percent| u32::try_from(percent).ok()).map(Kind::Brightness);
        }
        Kind::ALL.into_iter().find(|kind| kind.command() == command)
    }
}

/// An order as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    pub id: i64,
    /// `None`: of a later version.
    pub kind: Option<Kind>,
    pub by: String,
    pub at: DateTime<Utc>,
    pub fate: Fate,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The device has not said anything of it.
    Waiting,
    Done {
        at: DateTime<Utc>,
        said: String,
    },
    Refused {
        at: DateTime<Utc>,
        said: String,
    },
    /// Its time was over before anybody answered.
    Expired,
}

/// Orders it of the device that hangs there now. The number under which it is known.
pub async fn give(hub: &Shared, place: i64, kind: Kind, by: &str) -> Result<Result<i64, Refusal>, StoreError> {
    let (now, by) = (hub.now(), by.to_owned());
    let mut command = kind.command();
    if kind.is_picture() {
        let name: [u8; 16] = secret::random().map_err(|error| StoreError::Folder(error.to_string()))?;
        command[NAME] = keys::hex(&name).into();
    }
    let text = command.to_string();
    let written = hub.store.write(move |connection| write(connection, place, kind, &text, &by, now)).await?;
    Ok(written.map(|(id, device)| {
        let order = HubOrder { id: id.unsigned_abs(), valid: 0, command };
        hub.gate.order(&device, order, now + VALID);
        id
    }))
}

fn write(
    connection: &Connection,
    place: i64,
    kind: Kind,
    command: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Result<(i64, PublicKey), Refusal>, StoreError> {
    let Some(known) = place::place(connection, place)? else { return Ok(Err(Refusal::Missing)) };
    let Some(device) = known.device else { return Ok(Err(Refusal::Missing)) };
    let waiting: i64 = connection
        .prepare_cached("SELECT count(*) FROM ordered WHERE device = ? AND ended_at IS NULL")?
        .query_row([device.key.bytes()], |row| row.get(0))?;
    if waiting >= MAX_WAITING {
        return Ok(Err(Refusal::Late));
    }
    let last: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM ordered", [], |row| row.get(0))?;
    let id = now.timestamp_micros().max(last + 1);
    connection.execute(
        "INSERT INTO ordered (id, place, device, command, ordered_by, ordered_at, valid_until)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![id, place, device.key.bytes(), command, by, instant::to_sql(now), instant::to_sql(now + VALID)],
    )?;
    let detail = if kind.is_picture() { known.name } else { format!("{} → {}", kind.text(), known.name) };
    audit::note(connection, now, by, &known.office, kind.deed(), &detail)?;
    Ok(Ok((id, device.key)))
}

/// The last orders to a place, newest first.
pub fn list(connection: &Connection, place: i64, most: u32, now: DateTime<Utc>) -> Result<Vec<Ordered>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id, command, ordered_by, ordered_at, valid_until, ended_at, outcome, coalesce(said, '')
         FROM ordered WHERE place = ? ORDER BY id DESC LIMIT ?",
    )?;
    let read = |row: &rusqlite::Row| {
        let ended: Option<i64> = row.get(5)?;
        let outcome: Option<String> = row.get(6)?;
        let said: String = row.get(7)?;
        let at = instant::from_sql(ended.unwrap_or_default());
        let fate = match outcome.as_deref() {
            Some("done") => Fate::Done { at, said },
            Some("refused") => Fate::Refused { at, said },
            Some(_) => Fate::Expired,
            None if instant::from_sql(row.get(4)?) <= now => Fate::Expired,
            None => Fate::Waiting,
        };
        let command: String = row.get(1)?;
        Ok(Ordered {
            id: row.get(0)?,
            kind: Kind::of(&command),
            by: row.get(2)?,
            at: instant::from_sql(row.get(3)?),
            fate,
        })
    };
    Ok(query.query_map(params![place, most], read)?.collect::<Result<_, _>>()?)
}
