//! What is decreed for each place now: urgent messages, and notices that were taken down.
//!
//! It lies in memory, for every panel comes by once a minute and asks for it; the database has it first. It decides
//! nothing. The surprising thing: a message leaves it when its time has passed, without anybody writing anything, and
//! the panels leave it off by themselves at the same moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Shared;
use super::store::{StoreError, instant};
use crate::keys::PublicKey;
use crate::wire::decree::{Decree, Down, MAX_DOWN, MAX_MESSAGES, Message};
use crate::wire::link::Report;
use crate::wire::{LeftOut, Proof, ShownMessage, Statement};

/// Of one place.
#[derive(Debug, Clone, Default)]
struct Here {
    messages: Vec<Arc<Message>>,
    down: Vec<Down>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Decrees(Mutex<State>);

/// As the database was after so many entries of the audit: what is older never takes the place of what is newer.
#[derive(Debug, Default)]
struct State {
    entry: i64,
    places: HashMap<i64, Here>,
}

impl Decrees {
    pub fn load(connection: &Connection, now: DateTime<Utc>) -> Result<Decrees, StoreError> {
        Ok(Decrees(Mutex::new(State::load(connection, now)?)))
    }

    /// All that a panel at the place is to show and to leave out.
    pub fn of(&self, place: i64, now: DateTime<Utc>) -> Decree {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(here) = state.places.get(&place) else { return Decree::default() };
        let in_force = here.messages.iter().filter(|message| message.expires > now);
        let messages = in_force.take(MAX_MESSAGES).map(|message| Message::clone(message)).collect();
        Decree::of(messages, here.down.clone())
    }
}

/// Takes in what was just committed. Where it cannot be read now, the change reaches the panels with the next one, and
/// whoever made it is told so.
pub async fn renew(hub: &Shared) -> Result<(), StoreError> {
    let now = hub.now();
    let read = hub.store.read(move |connection| State::load(connection, now)).await?;
    let mut state = hub.decrees.0.lock().unwrap_or_else(PoisonError::into_inner);
    if read.entry >= state.entry {
        *state = read;
    }
    Ok(())
}

impl State {
    fn load(connection: &Connection, now: DateTime<Utc>) -> Result<State, StoreError> {
        let entry = connection.query_row("SELECT coalesce(max(number), 0) FROM audit", [], |row| row.get(0))?;
        let mut places: HashMap<i64, Here> = HashMap::new();
        // The newest first: of too many in force at once the oldest are left out.
        let mut query = connection.prepare_cached(
            "SELECT urgent_place.place, urgent.text FROM urgent JOIN urgent_place ON urgent_place.message = urgent.id
             WHERE urgent.withdrawn_at IS NULL AND urgent.expires_at > ? ORDER BY urgent.sent_at DESC, urgent.id",
        )?;
        let mut rows = query.query([instant::to_sql(now)])?;
        while let Some(row) = rows.next()? {
            let text: String = row.get(1)?;
            if let Ok(message) = serde_json::from_str(&text) {
                places.entry(row.get(0)?).or_default().messages.push(Arc::new(message));
            }
        }
        let mut query = connection.prepare_cached(
            "SELECT down_place.place, down.id, down.notice FROM down JOIN down_place ON down_place.down = down.id
             WHERE down.lifted_at IS NULL ORDER BY down.at DESC, down.id",
        )?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let here = places.entry(row.get(0)?).or_default();
            if here.down.len() < MAX_DOWN {
                here.down.push(Down { id: row.get(1)?, notice: row.get(2)?, met: false });
            }
        }
        Ok(State { entry, places })
    }
}

/// What a panel says that it shows of what is decreed.
#[derive(Debug, Clone)]
pub struct Claim {
    pub messages: Vec<ShownMessage>,
    pub proof: Proof,
    /// Digest of what its glass follows.
    pub decree: String,
    /// By sync's word alone: which of the notices it had.
    pub left_out: Vec<LeftOut>,
}

impl Claim {
    /// What the panel itself has signed (`said`), over a word that was still good; of one that has never signed anything,
    /// what its sync says. `None`: a version that does not speak of it, or nothing that counts.
    pub fn of(
        connection: &Connection,
        place: i64,
        device: &PublicKey,
        report: &Report,
        said: Option<Statement>,
    ) -> Result<Option<Claim>, StoreError> {
        let Some(record) = report.records.last() else { return Ok(None) };
        let panel = record.get("panel");
        let left_out = panel.and_then(|panel| each(panel.get("left_out"))).unwrap_or_default();
        if let Some(Statement { messages, proof, decree, .. }) = said {
            return Ok(messages.map(|messages| Claim { messages, proof, decree, left_out }));
        }
        let has_signed = connection
            .prepare_cached("SELECT 1 FROM vouched WHERE place = ? AND device = ?")?
            .exists((place, device.bytes()))?;
        let Some(messages) = panel.and_then(|panel| each(panel.get("messages"))).filter(|_| !has_signed) else {
            return Ok(None);
        };
        let decree = panel.and_then(|panel| panel.get("decree")?.as_str()).unwrap_or_default().to_owned();
        let proof = record.get("proof").and_then(|proof| serde_json::from_value(proof.clone()).ok());
        Ok(Some(Claim { messages, proof: proof.unwrap_or_default(), decree, left_out }))
    }
}

/// Of a list, what can be read; `None`: there is none.
fn each<T: DeserializeOwned>(list: Option<&Value>) -> Option<Vec<T>> {
    let items = list?.as_array()?.iter();
    Some(items.filter_map(|item| serde_json::from_value(item.clone()).ok()).collect())
}
