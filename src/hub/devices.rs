//! Devices at the door: who waits to be let in, whose words were refused.
//!
//! The code on the glass is typed in, not clicked: whoever lets a device in has to have stood before it, or speaks on
//! the telephone with somebody who does.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{Redirect, Response};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;

use super::fleet::{refused, span};
use super::page::{self, Page};
use super::people::{Deed, Who};
use super::place::{self, Candidate, Place};
use super::problem::Problem;
use super::store::{StoreError, instant};
use super::web::{Needs, Route};
use super::{Shared, gate};
use crate::keys::PublicKey;

/// So many refusals are listed.
const REFUSALS: u32 = 30;

pub fn routes() -> Vec<Route> {
    let devices = Needs::Deed(Deed::Devices);
    vec![
        Route::get("/devices", devices, list),
        Route::get("/enrol/{code}", devices, from_the_glass),
        Route::post("/devices/{key}/confirm", devices, confirm),
        Route::post("/devices/{key}/refuse", devices, refuse),
    ]
}

#[derive(Template)]
#[template(path = "devices.html")]
struct Devices {
    page: Page,
    now: DateTime<Utc>,
    candidates: Vec<Candidate>,
    /// Places for which they may let a device in.
    places: Vec<Place>,
    refusals: Vec<Refusal>,
    /// From the QR code on the glass.
    code: String,
}

/// Words that did not count.
struct Refusal {
    device: PublicKey,
    /// The place whose device it is or was.
    place: Option<String>,
    why: String,
    count: i64,
    last_at: DateTime<Utc>,
}

impl Devices {
    fn ago(&self, at: &DateTime<Utc>) -> String {
        span(self.now - *at, self.page.language)
    }

    fn short(&self, key: &PublicKey) -> String {
        gate::short(key)
    }

    /// What the form says of the device that is there: so that nobody exchanges one unawares.
    fn there(&self, place: &Place) -> String {
        place.device.as_ref().map(|device| device.key.to_string()).unwrap_or_default()
    }

    fn why(&self, refusal: &Refusal) -> &'static str {
        match refusal.why.as_str() {
            "replayed" => self.page.say("dopis přišel podruhé", "a letter came twice"),
            "revoked" => self.page.say("přístroj byl vyměněn nebo odebrán", "the device was exchanged or taken away"),
            "cloned" => self.page.say("jedním klíčem mluví dva přístroje", "two devices speak with one key"),
            _ => self.page.say("neznámý přístroj", "an unknown device"),
        }
    }
}

/// `GET /enrol/CODE`: where the QR code on the glass leads.
async fn from_the_glass(Path(code): Path<String>) -> Redirect {
    Redirect::to(&format!("/devices?code={}", plain(&code)))
}

/// What of it can be a code.
fn plain(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect()
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    code: String,
}

async fn list(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (candidates, places, refusals) = hub
        .store
        .read(|connection| Ok((place::candidates(connection)?, place::places(connection)?, refusals(connection)?)))
        .await?;
    let places = places.into_iter().filter(|place| who.may(Deed::Devices, &place.office)).collect();
    // Of what concerns other offices only those hear who look after all of them.
    let refusals = if who.may(Deed::Devices, "") { refusals } else { Vec::new() };
    let code = plain(&wanted.code);
    page::html(&Devices { page, now: hub.now(), candidates, places, refusals, code })
}

fn refusals(connection: &Connection) -> Result<Vec<Refusal>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT refusal.device, place.name, refusal.why, refusal.count, refusal.last_at FROM refusal
         LEFT JOIN device ON device.link_key = refusal.device LEFT JOIN place ON place.id = device.place
         ORDER BY refusal.last_at DESC LIMIT ?",
    )?;
    let read = |row: &rusqlite::Row| {
        Ok(Refusal {
            device: PublicKey::from_bytes(row.get(0)?),
            place: row.get(1)?,
            why: row.get(2)?,
            count: row.get(3)?,
            last_at: instant::from_sql(row.get(4)?),
        })
    };
    Ok(query.query_map([REFUSALS], read)?.collect::<Result<_, _>>()?)
}

#[derive(Deserialize)]
struct Letting {
    code: String,
    /// The place, and after a space the key of the device that was there when the page was made.
    place: String,
}

async fn confirm(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(key): Path<String>,
    Form(form): Form<Letting>,
) -> Result<Response, Problem> {
    let key = PublicKey::parse(&key).ok_or(Problem::NotFound)?;
    let (id, there) = form.place.split_once(' ').ok_or(Problem::Form)?;
    let id: i64 = id.parse().map_err(|_| Problem::Form)?;
    let there = PublicKey::parse(there);
    let found = hub.store.read(move |connection| place::place(connection, id)).await?.ok_or(Problem::NotFound)?;
    who.need(Deed::Devices, &found.office)?;
    let (now, by) = (hub.now(), who.login.clone());
    let written =
        hub.store.write(move |connection| place::confirm(connection, &key, &form.code, id, there, &by, now)).await?;
    match written {
        Ok(()) => {
            place::confirmed(&hub.gate, key, id);
            let said = page.say("Přístroj patří k tomuto místu.", "The device belongs to this place.");
            Ok(page::done(&hub, &who, &format!("/places/{id}"), said))
        }
        Err(refusal) => Ok(page::done(&hub, &who, "/devices", refused(refusal, page.language))),
    }
}

async fn refuse(page: Page, who: Who, State(hub): State<Shared>, Path(key): Path<String>) -> Result<Response, Problem> {
    let key = PublicKey::parse(&key).ok_or(Problem::NotFound)?;
    let (now, by) = (hub.now(), who.login.clone());
    let said = match hub.store.write(move |connection| place::refuse(connection, &key, &by, now)).await? {
        Ok(()) => page.say("Přístroj je odmítnut.", "The device is sent away."),
        Err(refusal) => refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, "/devices", said))
}
