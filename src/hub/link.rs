//! What devices ask: to be taken in, and to be heard. The way there and back is `wire::link`.
//!
//! Whatever is answered is signed, a refusal too: a device must know that it was its hub who said so. The surprising
//! thing: only what was committed is acknowledged, and what was not acknowledged the device says again.

use axum::body::Bytes;
use axum::extract::State as Held;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::decree::Claim;
use super::down;
use super::gate::{self, Device, Signed};
use super::ledger;
use super::log;
use super::message;
use super::picture;
use super::place;
use super::report;
use super::store::{StoreError, instant};
use super::vouched;
use super::{Shared, token_hash};
use crate::keys::{PublicKey, Signature, Text, code, hex};
use crate::secret;
use crate::wire::link::{self, Enrolled, Enrolment, Refused, Reply, Report, Standing};
use crate::wire::{LedgerEnd, Picture, moment};

/// A device that waits to be confirmed asks again so soon.
const ENROL_AGAIN: u32 = 15;
/// One that is refused may ask again after an exchange that went wrong was put right.
const REFUSED_AGAIN: u32 = 3600;
/// So many devices may wait to be confirmed.
const MAX_CANDIDATES: i64 = 500;
/// One that has not asked for so long waits no longer.
const CANDIDATE_FOR: Duration = Duration::days(7);
/// Letters of a name that are kept.
const MAX_NAME: usize = 120;

/// `POST /link/v1/enrol`
pub async fn enrol(Held(hub): Held<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(letter) = read(link::ENROL, &headers, &body) else { return unsigned() };
    let Some((enrolment, panel)) = vouched(&letter) else { return unsigned() };
    let now = hub.now();
    let (device, hub_key) = (letter.device, hub.key.public());
    let written = match hub.gate.get(&device) {
        Some(known) if known.revoked => Ok((Standing::Refused, None)),
        Some(known) => {
            let name = hub.store.read(move |connection| place_name(connection, known.place)).await;
            name.map(|name| (Standing::Enrolled, name))
        }
        None => {
            let candidate = Candidate { device, panel, code: code(&[panel, device, hub_key]), enrolment };
            let result = hub.store.write(move |connection| candidate.ask(connection, now)).await;
            if let Ok(Asked::Enrolled { place, .. }) = &result {
                hub.gate.put(device, Device::new(*place));
            }
            result.map(|asked| match asked {
                Asked::Enrolled { name, .. } => (Standing::Enrolled, Some(name)),
                Asked::Waiting => (Standing::Waiting, None),
                Asked::Refused => (Standing::Refused, None),
            })
        }
    };
    let Ok((standing, place)) = written else { return busy() };
    let again_after = match standing {
        Standing::Waiting => ENROL_AGAIN,
        Standing::Enrolled => 1,
        Standing::Refused => REFUSED_AGAIN,
    };
    let enrolled = Enrolled { v: 1, hub_key: hub_key.to_string(), standing, place, again_after, ..Enrolled::default() };
    answer(&hub, &letter, StatusCode::OK, &enrolled)
}

/// `POST /link/v1/report`
pub async fn report(Held(hub): Held<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(letter) = read(link::REPORT, &headers, &body) else { return unsigned() };
    let Ok(report) = serde_json::from_slice::<Report>(letter.body) else { return unsigned() };
    let (key, sequence, now) = (letter.device, letter.sequence, hub.now());
    let device = match hub.gate.admit(&letter, &report.boot) {
        Ok(device) => device,
        Err(refused) => return refuse(&hub, &letter, refused, now).await,
    };
    let mirrors = hub.mirror.named(&report.feeds, now);
    let answered: Vec<u64> = report.answers.iter().map(|answer| answer.id).collect();
    let run_out = device.run_out(now);
    let (kept, closed, silent) = (device.clone(), run_out.clone(), hub.ear().patience());
    let (held, decree) = (report.decree.clone(), hub.decrees.of(device.place, now));
    let given = decree.clone();
    let written = hub.store.write(move |connection| {
        note_device(connection, &key, sequence, &kept)?;
        // One of an earlier version brings nothing of it and needs to know nothing.
        let (mut has, mut said) = ((None, None), None);
        if let Some(glass) = &report.glass {
            said = vouched::take(connection, kept.place, &key, glass, &kept.words, silent, now)?;
            let signed = said.as_ref().and_then(|said| said.ledger.as_ref());
            has.0 = Some(ledger::take(connection, &key, &report.ledger, signed, now)?);
            has.1 = Some(log::take(connection, &key, report.log.as_deref(), now)?);
        }
        if let Some(claim) = Claim::of(connection, kept.place, &key, &report, said)? {
            message::heard(connection, kept.place, &claim, now)?;
            down::heard(connection, kept.place, &claim, &given, now)?;
        }
        report::take(connection, kept.place, &key, &report, now)?;
        report::expire(connection, &closed, now)?;
        Ok((has.0.map(|end| LedgerEnd { number: end.number, digest: end.digest }), has.1))
    });
    let Ok((ledger, log)) = written.await else { return busy() };
    hub.gate.close_orders(&key, &[answered, run_out].concat());
    let orders = hub.gate.get(&key).map(|device| device.orders_at(now)).unwrap_or_default();
    let word = secret::random::<16>().map(|word| hex(&word)).unwrap_or_default();
    hub.gate.give_word(&key, &word);
    let decree = Some(decree).filter(|decree| decree.digest != held);
    let (at, again_after) = (moment::text(&now), hub.again_after());
    let reply = Reply { v: 1, at, again_after, orders, decree, word, ledger, mirrors, log, ..Reply::default() };
    answer(&hub, &letter, StatusCode::OK, &reply)
}

/// `POST /link/v1/picture`
pub async fn picture(Held(hub): Held<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(letter) = read(link::PICTURE, &headers, &body) else { return unsigned() };
    let Some(picture) = Picture::parse(letter.body) else { return unsigned() };
    let Some(note) = picture.unproved() else { return unsigned() };
    let (key, sequence, now) = (letter.device, letter.sequence, hub.now());
    let device = match hub.gate.admit(&letter, &note.boot) {
        Ok(device) => device,
        Err(refused) => return refuse(&hub, &letter, refused, now).await,
    };
    let written = hub.store.write(move |connection| {
        note_device(connection, &key, sequence, &device)?;
        picture::take(connection, device.place, &key, &picture, now)
    });
    if written.await.is_err() {
        return busy();
    }
    let again_after = hub.report_every.as_secs() as u32;
    answer(&hub, &letter, StatusCode::OK, &Reply { v: 1, at: moment::text(&now), again_after, ..Reply::default() })
}

async fn refuse(hub: &Shared, letter: &Signed<'_>, refused: Refused, now: DateTime<Utc>) -> Response {
    let key = letter.device;
    let clone = hub.gate.get(&key).filter(|device| device.cloned);
    let written = hub.store.write(move |connection| {
        if clone.is_some() {
            note_clone(connection, &key, now)?;
        }
        gate::note_refusal(connection, &key, refused, now)
    });
    // What cannot be written down is refused all the same.
    written.await.ok();
    let reply = Reply { v: 1, at: moment::text(&now), again_after: REFUSED_AGAIN, ..Reply::default() };
    answer(hub, letter, StatusCode::FORBIDDEN, &Reply { refused: Some(refused), ..reply })
}

/// A letter that its device has written, whoever that is.
fn read<'a>(path: &'a str, headers: &HeaderMap, body: &'a [u8]) -> Option<Signed<'a>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    gate::read_headers(path, header, body).filter(Signed::is_genuine)
}

fn vouched(letter: &Signed) -> Option<(Enrolment, PublicKey)> {
    let enrolment: Enrolment = serde_json::from_slice(letter.body).ok()?;
    let panel = PublicKey::parse(&enrolment.panel_key)?;
    let voucher = Signature::parse(&enrolment.voucher)?;
    panel.has_signed(Text::Voucher { link: letter.device }, &voucher).then_some((enrolment, panel))
}

fn place_name(connection: &Connection, place: i64) -> Result<Option<String>, StoreError> {
    Ok(connection.query_row("SELECT name FROM place WHERE id = ?", [place], |row| row.get(0)).optional()?)
}

/// A device at the door.
struct Candidate {
    device: PublicKey,
    panel: PublicKey,
    code: String,
    enrolment: Enrolment,
}

enum Asked {
    Enrolled { place: i64, name: String },
    Waiting,
    Refused,
}

impl Candidate {
    fn ask(self, connection: &Connection, now: DateTime<Utc>) -> Result<Asked, StoreError> {
        if let Some(token) = &self.enrolment.token
            && let Some((place, by)) = use_token(connection, token, now)?
        {
            place::enter(connection, &self.device, &self.panel, place, &by, now)?;
            let name = place_name(connection, place)?.unwrap_or_default();
            return Ok(Asked::Enrolled { place, name });
        }
        let at = instant::to_sql(now);
        let oldest = instant::to_sql(now - CANDIDATE_FOR);
        connection.execute("DELETE FROM candidate WHERE seen_at < ?", [oldest])?;
        let refused: Option<Option<i64>> = connection
            .query_row("SELECT refused_at FROM candidate WHERE link_key = ?", [self.device.bytes()], |row| row.get(0))
            .optional()?;
        if let Some(Some(_)) = refused {
            return Ok(Asked::Refused);
        }
        let waiting: i64 = connection.query_row("SELECT count(*) FROM candidate", [], |row| row.get(0))?;
        if refused.is_none() && waiting >= MAX_CANDIDATES {
            return Err(StoreError::Busy);
        }
        let name = |text: &str| text.chars().take(MAX_NAME).collect::<String>();
        let boards: Vec<String> = self.enrolment.boards.iter().take(64).map(|board| name(board)).collect();
        connection.execute(
            "INSERT INTO candidate (link_key, panel_key, code, program, place, boards, asked_at, seen_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
             ON CONFLICT (link_key) DO UPDATE
             SET panel_key = ?2, code = ?3, program = ?4, place = ?5, boards = ?6, seen_at = ?7",
            params![
                self.device.bytes(),
                self.panel.bytes(),
                self.code,
                name(&self.enrolment.program),
                name(&self.enrolment.place),
                serde_json::to_string(&boards).expect("names are always JSON"),
                at
            ],
        )?;
        Ok(Asked::Waiting)
    }
}

/// The place that it is for, and who made it, where it counts; it does not count again.
fn use_token(connection: &Connection, token: &str, now: DateTime<Utc>) -> Result<Option<(i64, String)>, StoreError> {
    let at = instant::to_sql(now);
    let mut update = connection.prepare_cached(
        "UPDATE token SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2 RETURNING place, made_by",
    )?;
    Ok(update.query_row(params![token_hash(token), at], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn note_device(connection: &Connection, key: &PublicKey, sequence: u64, device: &Device) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE device SET sequence = max(sequence, ?2), boot = ?3, boots = ?4 WHERE link_key = ?1")?
        .execute(params![
            key.bytes(),
            i64::try_from(sequence).unwrap_or(i64::MAX),
            device.boot,
            serde_json::to_string(&device.boots).expect("texts are always JSON")
        ])?;
    Ok(())
}

fn note_clone(connection: &Connection, key: &PublicKey, now: DateTime<Utc>) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE device SET cloned_at = ?2 WHERE link_key = ?1 AND cloned_at IS NULL")?
        .execute(params![key.bytes(), instant::to_sql(now)])?;
    Ok(())
}

fn answer(hub: &Shared, letter: &Signed, status: StatusCode, reply: &impl Serialize) -> Response {
    let body = serde_json::to_vec(reply).expect("a reply is always JSON");
    let text = Text::Reply { device: letter.device, sequence: letter.sequence, body: &body };
    let signature = hub.key.sign(text).to_string();
    let headers =
        [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CACHE_CONTROL, "no-store".to_owned())];
    (status, headers, [(link::SIGNATURE, signature)], body).into_response()
}

/// Nobody in particular has written it, so nobody in particular is answered.
fn unsigned() -> Response {
    (StatusCode::BAD_REQUEST, "This is no letter of a device: see docs/link.md.\n").into_response()
}

/// The device says it again.
fn busy() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")], "The hub cannot write it down now.\n")
        .into_response()
}
