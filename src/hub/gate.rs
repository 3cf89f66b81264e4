//! Who speaks: the devices that belong to a place, by their keys, and whether their words count.
//!
//! It lies in memory, for every panel comes by once a minute; what it decides is written down by whoever asked. The
//! surprising thing: a boot of a machine never comes back. Where one is seen again after another, two machines speak
//! with one key, and neither is believed until somebody has exchanged the device.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::store::{StoreError, instant};
use crate::keys::{PublicKey, Signature, Text, hex};
use crate::wire::link::{self, HubOrder, Refused};

/// Boots that are remembered of a device, so that one is known again.
const BOOTS: usize = 64;
/// So many words of the hub are good at a time: an answer may be lost, and a report be on its way.
const WORDS: usize = 4;
/// Letters of a boot's identity that are kept.
const MAX_BOOT: usize = 64;

/// A request as it came, before anything of it is believed.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    pub path: &'a str,
    pub device: PublicKey,
    pub sequence: u64,
    pub signature: Signature,
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// Whether the owner of the key has written it. It may still be a stranger, or an old letter.
    pub fn is_genuine(&self) -> bool {
        let text = Text::Request { path: self.path, sequence: self.sequence, body: self.body };
        self.device.has_signed(text, &self.signature)
    }
}

/// Everything that the hub knows of a device without asking the disk.
#[derive(Debug, Clone)]
pub struct Device {
    pub place: i64,
    /// Of the last request that counted.
    pub sequence: u64,
    /// The boot that speaks, and those before it, newest last.
    pub boot: String,
    pub boots: Vec<String>,
    pub revoked: bool,
    pub cloned: bool,
    /// What it is ordered and has not answered, with the end of its time.
    pub orders: Vec<(HubOrder, DateTime<Utc>)>,
    /// The last words that it was given: [`crate::wire::link::Reply::word`].
    pub words: Vec<String>,
}

/// All devices. See the module.
#[derive(Debug, Default)]
pub struct Gate {
    devices: Mutex<HashMap<PublicKey, Device>>,
}

impl Gate {
    /// As the database knows them.
    pub fn load(connection: &Connection) -> Result<Gate, StoreError> {
        let mut query = connection.prepare(
            "SELECT link_key, place, sequence, boot, boots, revoked_at IS NOT NULL, cloned_at IS NOT NULL FROM device",
        )?;
        let read = |row: &rusqlite::Row| {
            let boots: String = row.get(4)?;
            let device = Device {
                place: row.get(1)?,
                sequence: row.get::<_, i64>(2)?.unsigned_abs(),
                boot: row.get(3)?,
                boots: serde_json::from_str(&boots).unwrap_or_default(),
                revoked: row.get(5)?,
                cloned: row.get(6)?,
                orders: Vec::new(),
                words: Vec::new(),
            };
            Ok((PublicKey::from_bytes(row.get(0)?), device))
        };
        let mut devices: HashMap<PublicKey, Device> = query.query_map([], read)?.collect::<Result<_, _>>()?;
        let mut query = connection
            .prepare("SELECT device, id, command, valid_until FROM ordered WHERE ended_at IS NULL ORDER BY id")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let command: String = row.get(2)?;
            let order = HubOrder {
                id: row.get::<_, i64>(1)?.unsigned_abs(),
                valid: 0,
                command: serde_json::from_str(&command).unwrap_or_default(),
            };
            if let Some(device) = devices.get_mut(&PublicKey::from_bytes(row.get(0)?)) {
                device.orders.push((order, instant::from_sql(row.get(3)?)));
            }
        }
        Ok(Gate { devices: Mutex::new(devices) })
    }

    /// Whether a report counts. What it says of the sequence is taken down at once: the same letter never counts twice,
    /// not even side by side. `boot`: of the machine that speaks, from the letter.
    pub fn admit(&self, letter: &Signed, boot: &str) -> Result<Device, Refused> {
        let mut devices = self.devices();
        let device = devices.get_mut(&letter.device).ok_or(Refused::Stranger)?;
        if device.revoked {
            return Err(Refused::Revoked);
        }
        if letter.sequence <= device.sequence {
            return Err(Refused::Replayed { last: device.sequence });
        }
        device.sequence = letter.sequence;
        let boot: String = boot.chars().take(MAX_BOOT).collect();
        if device.boot != boot {
            device.cloned |= device.boots.contains(&boot);
            let before = std::mem::replace(&mut device.boot, boot);
            if !before.is_empty() && !device.boots.contains(&before) {
                device.boots.push(before);
            }
            let beyond = device.boots.len().saturating_sub(BOOTS);
            device.boots.drain(..beyond);
        }
        if device.cloned { Err(Refused::Cloned) } else { Ok(device.clone()) }
    }

    pub fn get(&self, device: &PublicKey) -> Option<Device> {
        self.devices().get(device).cloned()
    }

    /// A device belongs to a place from now on; the one before it no longer does.
    pub fn put(&self, key: PublicKey, device: Device) {
        let mut devices = self.devices();
        devices.values_mut().filter(|other| other.place == device.place).for_each(|other| other.revoked = true);
        devices.insert(key, device);
    }

    /// The device's words no longer count.
    pub fn revoke(&self, key: &PublicKey) {
        if let Some(device) = self.devices().get_mut(key) {
            device.revoked = true;
        }
    }

    pub fn order(&self, key: &PublicKey, order: HubOrder, valid_until: DateTime<Utc>) {
        if let Some(device) = self.devices().get_mut(key) {
            device.orders.push((order, valid_until));
        }
    }

    /// The device is given this word; the oldest is no longer good.
    pub fn give_word(&self, key: &PublicKey, word: &str) {
        if let Some(device) = self.devices().get_mut(key) {
            if device.words.len() >= WORDS {
                device.words.remove(0);
            }
            device.words.push(word.to_owned());
        }
    }

    /// These orders are answered or have run out.
    pub fn close_orders(&self, key: &PublicKey, ids: &[u64]) {
        if let Some(device) = self.devices().get_mut(key) {
            device.orders.retain(|(order, _)| !ids.contains(&order.id));
        }
    }

    fn devices(&self) -> MutexGuard<'_, HashMap<PublicKey, Device>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Device {
    /// One that has not said anything yet.
    pub fn new(place: i64) -> Device {
        let (boot, boots, orders, words) = Default::default();
        Device { place, sequence: 0, boot, boots, revoked: false, cloned: false, orders, words }
    }

    /// What it is to carry out, with what is left of the time of each.
    pub fn orders_at(&self, now: DateTime<Utc>) -> Vec<HubOrder> {
        let left = |until: DateTime<Utc>| u32::try_from((until - now).num_seconds()).ok().filter(|left| *left > 0);
        let orders =
            self.orders.iter().filter_map(|(order, until)| Some(HubOrder { valid: left(*until)?, ..order.clone() }));
        orders.collect()
    }

    /// Orders whose time has passed without an answer.
    pub fn run_out(&self, now: DateTime<Utc>) -> Vec<u64> {
        self.orders.iter().filter(|(_, until)| *until <= now).map(|(order, _)| order.id).collect()
    }
}

/// Writes down a refusal: shown to the administrator, counted and not listed one by one.
pub fn note_refusal(
    connection: &Connection,
    device: &PublicKey,
    refused: Refused,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let why = match refused {
        Refused::Stranger => "stranger",
        Refused::Replayed { .. } => "replayed",
        Refused::Revoked => "revoked",
        Refused::Cloned => "cloned",
    };
    let at = instant::to_sql(now);
    connection
        .prepare_cached(
            "INSERT INTO refusal (device, why, first_at, last_at, count) VALUES (?1, ?2, ?3, ?3, 1)
             ON CONFLICT (device, why) DO UPDATE SET last_at = ?3, count = count + 1",
        )?
        .execute(rusqlite::params![device.bytes(), why, at])?;
    // Strangers make keys for nothing: only the last of them are kept.
    let limit = (at - TimeDelta::days(30).num_milliseconds(), MAX_REFUSALS);
    connection
        .prepare_cached(
            "DELETE FROM refusal WHERE last_at < ?1
             OR (device, why) NOT IN (SELECT device, why FROM refusal ORDER BY last_at DESC LIMIT ?2)",
        )?
        .execute(limit)?;
    Ok(())
}

/// So many keys and reasons are shown at most.
const MAX_REFUSALS: i64 = 200;

/// The headers of a request; `None`: it is no request of a device.
pub fn read_headers<'a>(path: &'a str, header: impl Fn(&str) -> Option<String>, body: &'a [u8]) -> Option<Signed<'a>> {
    Some(Signed {
        path,
        device: PublicKey::parse(&header(link::DEVICE)?)?,
        sequence: header(link::SEQUENCE)?.parse().ok()?,
        signature: Signature::parse(&header(link::SIGNATURE)?)?,
        body,
    })
}

/// A short name of a device for people: the first digits of its key.
pub fn short(device: &PublicKey) -> String {
    hex(&device.bytes()[..4])
}
