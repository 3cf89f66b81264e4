//! What was told to whom, what waits to be told, and the messages that are made of it, in the database.
//!
//! It sends nothing. A message is written down whole before anybody sends it, and is the same in every try: a hub that is
//! killed in the middle sends it again under the same Message-ID. The surprising thing: each recipient has one message
//! under way at most. Whatever happens while a mail server is down for a day gathers into the next one, in order.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::rule::{self, Kind, Quiet, Told, Watch};
use super::trouble::Trouble;
use super::words::{self, Tiding};
use crate::health::Code;
use crate::hub::language::Language;
use crate::hub::standing::{Seen, Standing};
use crate::hub::store::{StoreError, instant};

/// A message that nobody takes for so long is given up.
pub const PATIENCE: TimeDelta = TimeDelta::days(3);
/// Ended messages are kept so long, for the page.
pub const KEPT: TimeDelta = TimeDelta::days(90);

/// Somebody who is told, or something: see the table `recipient`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub id: i64,
    /// Empty: of all offices.
    pub office: String,
    /// Empty: the webhook.
    pub address: String,
    pub language: Language,
    pub quiet: Option<Quiet>,
}

impl Recipient {
    pub fn is_webhook(&self) -> bool {
        self.address.is_empty()
    }
}

pub fn recipients(connection: &Connection) -> Result<Vec<Recipient>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id, office, address, language, quiet_from, quiet_until FROM recipient ORDER BY office, address",
    )?;
    Ok(query.query_map([], read_recipient)?.collect::<Result<_, _>>()?)
}

fn read_recipient(row: &Row) -> rusqlite::Result<Recipient> {
    let (from, until): (Option<u16>, Option<u16>) = (row.get(4)?, row.get(5)?);
    Ok(Recipient {
        id: row.get(0)?,
        office: row.get(1)?,
        address: row.get(2)?,
        language: Language::parse(&row.get::<_, String>(3)?).unwrap_or_default(),
        quiet: from.zip(until).map(|(from, until)| Quiet { from, until }),
    })
}

/// What one recipient is to be told of one place: from the rule to the rows.
#[derive(Debug, Clone)]
pub struct News {
    recipient: i64,
    place: i64,
    kind: Kind,
    told: Told,
    standing: Standing,
    reason: Option<Code>,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// What has come to be told, to everybody, of every place.
pub fn news(
    connection: &Connection,
    fleet: &[Seen],
    watches: &HashMap<i64, Watch>,
    now: DateTime<Utc>,
) -> Result<Vec<News>, StoreError> {
    let told = all_told(connection)?;
    let mut news = Vec::new();
    for recipient in recipients(connection)? {
        let theirs = |seen: &&Seen| recipient.office.is_empty() || recipient.office == seen.place.office;
        for seen in fleet.iter().filter(theirs) {
            let Some(watch) = watches.get(&seen.place.id) else { continue };
            let before = told.get(&(recipient.id, seen.place.id));
            let standing = Some(seen.standing);
            let Some((kind, told)) = rule::decide(watch, standing, before.map(|(told, _)| told), now) else { continue };
            let began = before.filter(|_| kind != Kind::Lost).map(|(_, since)| *since);
            news.push(News {
                recipient: recipient.id,
                place: seen.place.id,
                kind,
                told,
                standing: seen.standing,
                reason: seen.record.as_ref().and_then(|record| record.reasons.first()).map(|reason| reason.code),
                since: began.or(seen.since).unwrap_or(now),
                until: watch.well_since().filter(|_| kind == Kind::Recovered),
            });
        }
    }
    let there = |place: &i64| fleet.iter().any(|seen| seen.place.id == *place);
    for ((recipient, place), (before, since)) in told.iter().filter(|((_, place), _)| !there(place)) {
        if let Some((kind, told)) = rule::decide(&Watch::default(), None, Some(before), now) {
            let (standing, since) = (Standing::Empty, *since);
            let (recipient, place) = (*recipient, *place);
            news.push(News { recipient, place, kind, told, standing, reason: None, since, until: None });
        }
    }
    // The worst first, as the fleet is; those that ended by themselves in a steady order too.
    news.sort_by_key(|one| one.recipient);
    Ok(news)
}

/// By recipient and place: what they were told, and since when it was so.
type AllTold = BTreeMap<(i64, i64), (Told, DateTime<Utc>)>;

fn all_told(connection: &Connection) -> Result<AllTold, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT recipient, place, standing, since, at, open, relapses FROM told")?;
    let rows = query.query_map([], |row| {
        let standing: String = row.get(2)?;
        let told = Told {
            // What a later version has told is as bad as it gets.
            standing: Standing::ALL.into_iter().find(|one| one.name() == standing).unwrap_or(Standing::NotShowing),
            at: instant::from_sql(row.get(4)?),
            open: row.get(5)?,
            relapses: row.get(6)?,
        };
        Ok(((row.get(0)?, row.get(1)?), (told, instant::from_sql(row.get(3)?))))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes down that it is to be told: in one transaction, so that it is neither forgotten nor doubled.
pub fn write(connection: &Connection, news: &[News], now: DateTime<Utc>) -> Result<(), StoreError> {
    // Whoever was removed a moment ago is told nothing more.
    let mut told = connection.prepare_cached(
        "INSERT INTO told (recipient, place, standing, since, at, open, relapses, thread)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, '' FROM recipient WHERE id = ?1
         ON CONFLICT (recipient, place) DO UPDATE SET standing = ?3, since = ?4, at = ?5, open = ?6, relapses = ?7,
           thread = iif(?8, '', thread)",
    )?;
    let mut tiding = connection.prepare_cached(
        "INSERT INTO tiding (recipient, place, kind, standing, reason, since, until, at)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM recipient WHERE id = ?1",
    )?;
    for one in news {
        let since = instant::to_sql(one.since);
        let is_new_thread = one.kind == Kind::Lost && one.told.relapses == 0;
        told.execute(params![
            one.recipient,
            one.place,
            one.told.standing.name(),
            since,
            instant::to_sql(one.told.at),
            one.told.open,
            one.told.relapses,
            is_new_thread
        ])?;
        tiding.execute(params![
            one.recipient,
            one.place,
            one.kind.name(),
            one.standing.name(),
            one.reason.and_then(|code| serde_json::to_value(code).ok()?.as_str().map(str::to_owned)),
            since,
            one.until.map(instant::to_sql),
            instant::to_sql(now)
        ])?;
    }
    Ok(())
}

/// What a message needs beyond its tidings.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// After the `@` of a Message-ID; empty while no mail can be sent.
    pub domain: String,
    /// As browsers reach the hub.
    pub address: Option<String>,
    pub has_webhook: bool,
}

/// Recipients for whom something waits that goes into a message now.
pub fn due(connection: &Connection, head: &Letterhead, now: DateTime<Utc>) -> Result<Vec<Recipient>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id, office, address, language, quiet_from, quiet_until,
           (SELECT min(at) FROM tiding WHERE tiding.recipient = recipient.id),
           (SELECT max(made_at) FROM message WHERE message.recipient = recipient.id)
         FROM recipient WHERE id IN (SELECT recipient FROM tiding)
           AND id NOT IN (SELECT recipient FROM message WHERE ended_at IS NULL) ORDER BY id",
    )?;
    let rows = query.query_map([], |row| {
        let last: Option<i64> = row.get(7)?;
        Ok((read_recipient(row)?, instant::from_sql(row.get(6)?), last.map(instant::from_sql)))
    })?;
    let mut due = Vec::new();
    for row in rows {
        let (recipient, first, last) = row?;
        let can = if recipient.is_webhook() { head.has_webhook } else { !head.domain.is_empty() };
        if can && rule::is_due(first, last, recipient.quiet, now) {
            due.push(recipient);
        }
    }
    Ok(due)
}

/// Makes one message of all that waits for a recipient. `id`: what nobody else has.
pub fn make(
    connection: &Connection,
    recipient: &Recipient,
    head: &Letterhead,
    id: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let domain = if recipient.is_webhook() { "webhook" } else { &head.domain };
    let id = format!("<{id}@{domain}>");
    let tidings = tidings(connection, recipient.id)?;
    if tidings.is_empty() {
        return Ok(());
    }
    let threads = threads(connection, recipient.id, &tidings)?;
    let (subject, body) = match recipient.is_webhook() {
        true => (String::new(), words::json(&id, &tidings, head.address.as_deref(), now)),
        false => words::mail(recipient.language, &tidings, head.address.as_deref()),
    };
    connection.execute(
        "INSERT INTO message (recipient, id, threads, subject, body, made_at, next_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![
            recipient.id,
            id,
            serde_json::to_string(&threads).expect("texts are always JSON"),
            subject,
            body,
            instant::to_sql(now)
        ],
    )?;
    connection.execute(
        "UPDATE told SET thread = ?2 WHERE recipient = ?1 AND thread = ''
           AND place IN (SELECT place FROM tiding WHERE tiding.recipient = ?1)",
        params![recipient.id, id],
    )?;
    connection.execute("DELETE FROM tiding WHERE recipient = ?", [recipient.id])?;
    connection.execute("DELETE FROM message WHERE ended_at < ?", [instant::to_sql(now - KEPT)])?;
    Ok(())
}

fn tidings(connection: &Connection, recipient: i64) -> Result<Vec<Tiding>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT place.id, place.name, office.key, office.name, kind, standing, reason, since, until, at
         FROM tiding JOIN place ON place.id = tiding.place JOIN office ON office.key = place.office
         WHERE recipient = ? ORDER BY number",
    )?;
    let rows = query.query_map([recipient], |row| {
        let (kind, standing, reason): (String, String, Option<String>) = (row.get(4)?, row.get(5)?, row.get(6)?);
        let until: Option<i64> = row.get(8)?;
        Ok(Tiding {
            place: row.get(0)?,
            name: row.get(1)?,
            office: row.get(2)?,
            office_name: row.get(3)?,
            kind: Kind::ALL.into_iter().find(|one| one.name() == kind).unwrap_or(Kind::Lost),
            standing: Standing::ALL.into_iter().find(|one| one.name() == standing).unwrap_or(Standing::NotShowing),
            reason: reason.and_then(|code| serde_json::from_value(code.into()).ok()),
            since: instant::from_sql(row.get(7)?),
            until: until.map(instant::from_sql),
            at: instant::from_sql(row.get(9)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The threads that these tidings go on with, each once, the oldest place first.
fn threads(connection: &Connection, recipient: i64, tidings: &[Tiding]) -> Result<Vec<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT thread FROM told WHERE recipient = ? AND place = ?")?;
    let mut threads = Vec::new();
    for tiding in tidings {
        let thread: Option<String> = query.query_row([recipient, tiding.place], |row| row.get(0)).optional()?;
        if let Some(thread) = thread.filter(|thread| !thread.is_empty() && !threads.contains(thread)) {
            threads.push(thread);
        }
    }
    Ok(threads)
}

/// A message that is to be sent.
#[derive(Debug, Clone)]
pub struct Message {
    pub number: i64,
    pub recipient: Recipient,
    pub id: String,
    pub threads: Vec<String>,
    pub subject: String,
    pub body: String,
    pub made_at: DateTime<Utc>,
    /// Before this one.
    pub tries: u32,
}

/// Messages whose next try has come, the oldest first.
pub fn open(connection: &Connection, webhook: bool, now: DateTime<Utc>) -> Result<Vec<Message>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT recipient.id, office, address, language, quiet_from, quiet_until,
           number, message.id, threads, subject, body, message.made_at, tries
         FROM message JOIN recipient ON recipient.id = message.recipient
         WHERE ended_at IS NULL AND next_at <= ? AND (address = '') = ? ORDER BY number",
    )?;
    let rows = query.query_map(params![instant::to_sql(now), webhook], |row| {
        let threads: String = row.get(8)?;
        Ok(Message {
            recipient: read_recipient(row)?,
            number: row.get(6)?,
            id: row.get(7)?,
            threads: serde_json::from_str(&threads).unwrap_or_default(),
            subject: row.get(9)?,
            body: row.get(10)?,
            made_at: instant::from_sql(row.get(11)?),
            tries: row.get(12)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The receiver has taken it.
pub fn sent(connection: &Connection, number: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let update =
        "UPDATE message SET ended_at = ?2, outcome = 'sent', tries = tries + 1, trouble = NULL WHERE number = ?1";
    connection.execute(update, [number, instant::to_sql(now)])?;
    Ok(())
}

/// It was not taken: when it is tried again, or whether it is given up. `after`: what the receiver asked for.
pub fn failed(
    connection: &Connection,
    message: &Message,
    trouble: &Trouble,
    after: Option<TimeDelta>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let next = now + pause(message.tries, trouble).max(after.unwrap_or(TimeDelta::zero()));
    let ends = next - message.made_at >= PATIENCE;
    let trouble = serde_json::to_string(trouble).expect("texts are always JSON");
    connection.execute(
        "UPDATE message SET tries = tries + 1, next_at = ?2, trouble = ?3, ended_at = ?4, outcome = ?5 WHERE number = ?1",
        params![
            message.number,
            instant::to_sql(next),
            trouble,
            ends.then(|| instant::to_sql(now)),
            ends.then_some("given-up")
        ],
    )?;
    Ok(())
}

/// Whoever has just mended the settings need not wait.
pub fn hurry(connection: &Connection, now: DateTime<Utc>) -> Result<(), StoreError> {
    connection.execute("UPDATE message SET next_at = ? WHERE ended_at IS NULL", [instant::to_sql(now)])?;
    Ok(())
}

/// Until the next try: 1, 2, 4, 8, 15, 15 … minutes; 1, 2, 4, 6, 6 … hours where a server has refused this one message.
fn pause(tries: u32, trouble: &Trouble) -> TimeDelta {
    let doubled = 1 << tries.min(4);
    if trouble.is_stubborn() { TimeDelta::hours(doubled.min(6)) } else { TimeDelta::minutes(doubled.min(15)) }
}
