//! Telling people: what is lost and what has come back, by e-mail and to a webhook; and telling an outside service that
//! the hub itself is there.
//!
//! Four rounds of their own: looking at the fleet, handing out mail, posting to the webhook, calling the outside address.
//! A slow mail server holds up nobody but its mail. What is told when is [`rule`]; what was told is [`book`]. The
//! surprising thing: a message may arrive twice, where the hub was killed or the line was cut between the server's yes and
//! our note of it. SMTP offers no better; both have one Message-ID.

pub mod book;
mod form;
pub mod mail;
pub mod page;
pub mod rule;
pub mod setting;
pub mod trouble;
pub mod webhook;
pub mod words;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::standing::{self, Ear};
use super::store::{StoreError, instant};
use super::{Shared, token_hash};
use crate::http;
use crate::keys::hex;
use crate::secret;
use book::Letterhead;
use mail::Manner;
use rule::Watch;
use setting::{Alive, Mail, Setting, Webhook};
use trouble::Trouble;

/// Each round begins so long after the end of the one before.
const TICK: Duration = Duration::from_secs(15);

/// How long others may take.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// For a connection with a mail server.
    pub connect: Duration,
    /// For a whole mail, post or call.
    pub total: Duration,
}

pub const WAITS: Waits = Waits { connect: Duration::from_secs(10), total: Duration::from_secs(60) };

/// What the last call to the outside address came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// Milliseconds from 1970.
    at: i64,
    pub trouble: Option<Trouble>,
}

impl Setting for Called {
    const NAME: &'static str = "called";
}

impl Called {
    pub fn at(&self) -> DateTime<Utc> {
        instant::from_sql(self.at)
    }
}

/// Does the rounds. It remembers what it has seen since its start, and nothing else.
pub struct Teller {
    hub: Shared,
    waits: Waits,
    seen: Mutex<Seen>,
    called_at: Mutex<DateTime<Utc>>,
}

#[derive(Default)]
struct Seen {
    at: Option<DateTime<Utc>>,
    watches: HashMap<i64, Watch>,
}

/// All rounds, for as long as the hub runs.
pub async fn run(hub: Shared) {
    let teller = Arc::new(Teller::new(hub, WAITS));
    tokio::join!(
        teller.every("looking at the fleet", Teller::look),
        teller.every("handing out mail", Teller::hand_out),
        teller.every("posting to the webhook", Teller::post),
        teller.every("calling the outside address", Teller::call),
    );
}

impl Teller {
    pub fn new(hub: Shared, waits: Waits) -> Teller {
        let started = hub.started;
        Teller { hub, waits, seen: Mutex::default(), called_at: Mutex::new(started) }
    }

    async fn every(&self, what: &str, round: impl AsyncFn(&Teller, DateTime<Utc>) -> Result<(), StoreError>) {
        loop {
            sleep(TICK).await;
            if let Err(error) = round(self, self.hub.now()).await {
                tracing::warn!(%error, "{what} has failed, and is tried again");
            }
        }
    }

    /// Looks at every place; writes down what is to be told, and makes messages of what has gathered.
    pub async fn look(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut seen = self.seen.lock().await;
        // Where this fails, or was not done for long, the hub has not watched.
        let last = std::mem::take(&mut *seen);
        let watched = last.at.is_some_and(|at| at <= now && now - at <= rule::AWAY);
        let mut watches = if watched { last.watches } else { HashMap::new() };
        let (hub, ear) = (self.hub.clone(), Ear { now, ..self.hub.ear() });
        let (watches, news, head, due) = self
            .hub
            .store
            .read(move |connection| {
                let fleet = standing::fleet(connection, &ear)?;
                watches.retain(|place, _| fleet.iter().any(|seen| seen.place.id == *place));
                for seen in &fleet {
                    watches.entry(seen.place.id).or_default().look(seen.standing, now);
                }
                let news = book::news(connection, &fleet, &watches, now)?;
                let mail: Option<Mail> = hub.seal.read(connection)?;
                let domain = mail.and_then(|mail| Some(mail::address(&mail.sender)?.domain().to_owned()));
                let has_webhook = hub.seal.read::<Webhook>(connection)?.is_some();
                let head = Letterhead { domain: domain.unwrap_or_default(), address: hub.address.clone(), has_webhook };
                let due = book::due(connection, &head, now)?;
                Ok((watches, news, head, due))
            })
            .await?;
        if !news.is_empty() || !due.is_empty() {
            let random: [u8; 16] = secret::random().map_err(|error| StoreError::Folder(error.to_string()))?;
            self.hub
                .store
                .write(move |connection| {
                    book::write(connection, &news, now)?;
                    for recipient in &due {
                        let id = hex(&token_hash(&format!("{}{}", hex(&random), recipient.id))[..16]);
                        book::make(connection, recipient, &head, &id, now)?;
                    }
                    Ok(())
                })
                .await?;
        }
        *seen = Seen { at: Some(now), watches };
        Ok(())
    }

    /// Hands over what is to be mailed. A server that takes nothing at all is not asked again for each message.
    pub async fn hand_out(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let hub = self.hub.clone();
        let read = move |connection: &_| Ok((hub.seal.read::<Mail>(connection)?, book::open(connection, false, now)?));
        let (Some(mail), open) = self.hub.store.read(read).await? else { return Ok(()) };
        let mut down = None;
        for message in open {
            let result = match &down {
                Some(trouble) => Err(Trouble::clone(trouble)),
                None => mail::send(&mail, &message, self.manner()).await,
            };
            let Err(trouble) = result else {
                self.hub.store.write(move |connection| book::sent(connection, message.number, now)).await?;
                continue;
            };
            if !trouble.is_its_own() {
                down = Some(trouble.clone());
            }
            self.hub.store.write(move |connection| book::failed(connection, &message, &trouble, None, now)).await?;
        }
        Ok(())
    }

    /// Posts what is to go to the webhook.
    pub async fn post(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let hub = self.hub.clone();
        let read =
            move |connection: &_| Ok((hub.seal.read::<Webhook>(connection)?, book::open(connection, true, now)?));
        let (Some(webhook), open) = self.hub.store.read(read).await? else { return Ok(()) };
        self.hub.caller.set_time(now);
        for message in open {
            match webhook::post(&self.hub.caller, &webhook, &message.body, self.waits.total).await {
                Ok(()) => self.hub.store.write(move |connection| book::sent(connection, message.number, now)).await?,
                Err((trouble, after)) => {
                    let write = move |connection: &_| book::failed(connection, &message, &trouble, after, now);
                    self.hub.store.write(write).await?;
                }
            }
        }
        Ok(())
    }

    /// Calls the outside address, where its time has come and the hub is well: it has looked at its fleet a moment ago,
    /// and its disk takes what it writes.
    pub async fn call(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let hub = self.hub.clone();
        let read =
            move |connection: &_| Ok((hub.seal.read::<Alive>(connection)?, hub.seal.read::<Called>(connection)?));
        let (Some(alive), last) = self.hub.store.read(read).await? else { return Ok(()) };
        let mut called_at = self.called_at.lock().await;
        // A clock that was set back must not silence it.
        if now >= *called_at && now - *called_at < TimeDelta::minutes(alive.minutes.into()) {
            return Ok(());
        }
        let looked = self.seen.lock().await.at.is_some_and(|at| now - at <= rule::AWAY);
        if !looked {
            return Ok(());
        }
        self.note_call(Called { at: instant::to_sql(now), trouble: last.and_then(|last| last.trouble) }).await?;
        *called_at = now;
        self.hub.caller.set_time(now);
        let trouble = knock(&self.hub, &alive.url, self.waits.total).await.err();
        self.note_call(Called { at: instant::to_sql(now), trouble }).await
    }

    async fn note_call(&self, called: Called) -> Result<(), StoreError> {
        let hub = self.hub.clone();
        self.hub.store.write(move |connection| hub.seal.write(connection, &called)).await
    }

    fn manner(&self) -> Manner<'_> {
        manner(&self.hub, self.waits)
    }
}

fn manner(hub: &Shared, waits: Waits) -> Manner<'_> {
    let Waits { connect, total } = waits;
    Manner { ca: hub.ca.as_deref(), allow_private: hub.allow_private, connect, total }
}

/// Any answer of 2xx or 3xx counts: somebody has heard it.
async fn knock(hub: &Shared, url: &str, total: Duration) -> Result<(), Trouble> {
    let limits = http::Limits { bytes: 64 << 10, idle: total, total };
    match hub.caller.knock(url, &limits).await {
        Ok(answer) if (200..400).contains(&answer.code) => Ok(()),
        Ok(answer) => Err(Trouble::Status(answer.code)),
        Err(error) => Err(Trouble::of_http(&error)),
    }
}
