//! Sync's way to the hub: it asks to be taken in, reports how the board is, and brings home what the hub orders.
//!
//! It waits for no round and no round waits for it. It shows nothing and carries nothing out. Whatever the hub says
//! counts only where the one key has signed it that the settings name, or that the panel was taken in under; all else is
//! as if the hub were away, and while it is away records wait in the store. The surprising thing: until a person at the
//! hub has compared the code, this side does not know its hub either. It keeps to the key that answered first until it
//! is started again, so that nobody can step in after the codes were compared.

mod decree;
mod ledger;
mod letter;
mod orders;
mod picture;
mod schedule;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::clock;
use crate::config::{Config, Hub};
use crate::health::Record;
use crate::http::Client;
use crate::keys::{self, Key, KeyError, PublicKey, Signature, Text};
use crate::store::{Bond, StoreError, Uplink as Store};
use crate::wire::link::{
    self, Enrolled, Enrolment, MAX_FEEDS, MAX_RECORDS, Mirror, Mirrors, Refused, Reply, Report, Standing,
};
use crate::wire::{LinkReport, LinkTrouble, PanelIdentity, Statement, log};
use decree::Held;
use ledger::Tail;
use letter::LetterError;
use orders::Orders;
use picture::Pictures;
pub use schedule::{LATEST, SOONEST, Schedule};

/// Name of the key's file in the data folder.
pub const KEY_FILE: &str = "link.key";
/// Numbers that are reserved ahead: a write every few hours.
const BLOCK: u64 = 512;
/// Of records that have waited, in one report; with the newest and the answers it is less than [`link::MAX_REQUEST`].
const MAX_BYTES: usize = 320 << 10;
/// Letters of the hub's word.
const MAX_WORD: usize = 64;
/// Between two letters at least, whatever has changed.
const GAP: Duration = Duration::from_secs(2);
/// A longer address of a feed the hub is not told of, in bytes.
const MAX_FEED: usize = 500;
/// What it said of where boards can be had holds so long at least, and at most.
const MIRRORS_FOR: Duration = Duration::from_secs(15 * 60);
const MIRRORS_LONGEST: Duration = Duration::from_secs(2 * 3600);
/// How often it is looked whether the panel has vouched, and whether an order was carried out.
const LOOK: Duration = Duration::from_millis(500);

/// Why there is no way to the hub.
#[derive(Debug, thiserror::Error)]
pub enum UplinkError {
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("what is remembered of the hub cannot be read: {0}")]
    Store(#[from] StoreError),
}

/// See the module.
pub struct Uplink {
    config: Config,
    hub: Hub,
    client: Arc<Client>,
    key: Key,
    store: Store,
    bond: Bond,
    /// Number of the last letter.
    used: u64,
    /// Whom the hub is taken for until it has taken the panel in.
    met: Option<PublicKey>,
    schedule: Schedule,
    orders: Orders,
    pictures: Pictures,
    ledger: Tail,
    /// Where boards can be had besides their offices, for the rounds.
    mirrors: watch::Sender<Mirrors>,
    /// What the hub has of the panel's log: see [`Reply::log`].
    log: Option<String>,
    held: Held,
    /// As the hub has it.
    told: Option<Record>,
    told_at: Duration,
    report: LinkReport,
    /// As it lies in the run folder.
    published: Option<LinkReport>,
}

impl Uplink {
    /// Opens what is kept of the hub that the settings name. The store was opened before. `hurry`: makes every board due.
    pub fn open(
        config: &Config,
        hub: &Hub,
        client: Arc<Client>,
        hurry: Arc<AtomicBool>,
    ) -> Result<Uplink, UplinkError> {
        let key = Key::open(&config.data.join(KEY_FILE))?;
        let mut store = Store::open(&config.data)?;
        let before = store.bond()?;
        let mut bond = bound(before.clone(), &key.public(), hub);
        if bond != before {
            store.tie(&bond)?;
            bond = store.bond()?;
        }
        let orders = Orders::load(config.run.clone(), &mut store, bond.last_order)?;
        let held = Held::load(config.run.clone(), &mut store, hurry)?;
        let seed = u64::from_be_bytes(key.public().bytes()[..8].try_into().expect("eight bytes"));
        let report = LinkReport {
            v: LinkReport::VERSION,
            link_key: key.public().to_string(),
            url: hub.url.clone(),
            hub_key: bond.hub_key.map(|key| PublicKey::from_bytes(key).to_string()),
            standing: bond.enrolled.then_some(Standing::Enrolled),
            place: bond.place.clone(),
            silent_since: silent_since(config, &key.public()),
            ..LinkReport::default()
        };
        Ok(Uplink {
            config: config.clone(),
            hub: hub.clone(),
            client,
            used: bond.sequence,
            key,
            store,
            bond,
            met: None,
            schedule: Schedule::new(seed),
            orders,
            pictures: Pictures::of(config.run.clone()),
            ledger: Tail::of(config.data.clone()),
            mirrors: watch::Sender::default(),
            log: None,
            held,
            told: None,
            told_at: Duration::ZERO,
            report,
            published: None,
        })
    }

    /// What the hub says of where boards can be had.
    pub fn mirrors(&self) -> watch::Receiver<Mirrors> {
        self.mirrors.subscribe()
    }

    /// Speaks to the hub for as long as it is let. `records`: each look at the board's health. `say`: where a sentence
    /// goes for whoever reads the log.
    pub async fn run(mut self, mut records: watch::Receiver<Option<Record>>, say: impl Fn(&str)) {
        self.publish(&say);
        let mut wait = self.schedule.first();
        loop {
            self.wait(wait, &mut records).await;
            let record = records.borrow().clone();
            let before = (self.report.standing, self.report.trouble);
            wait = match (self.bond.enrolled, record) {
                (false, _) => self.enrol().await,
                (true, Some(record)) => self.tell(record).await,
                (true, None) => LOOK,
            };
            if before != (self.report.standing, self.report.trouble) {
                say(&self.sentence());
            }
            self.publish(&say);
        }
    }

    /// Until it is time, or something has happened that the hub is to know at once. While the hub is away nothing is
    /// worth a try before its time.
    async fn wait(&mut self, wait: Duration, records: &mut watch::Receiver<Option<Record>>) {
        let until = clock::ticks() + wait;
        let mut watched = true;
        loop {
            if self.orders.are_open() {
                self.orders.look(&mut self.store, &clock::boot());
            }
            let now = clock::ticks();
            let heard = self.bond.enrolled && !self.schedule.is_failing() && self.report.trouble.is_none();
            let hurry = heard && self.has_news(records);
            let until = if hurry { until.min(self.told_at + GAP) } else { until };
            if now >= until {
                return;
            }
            let left = until - now;
            let left = if self.orders.are_open() { left.min(LOOK) } else { left };
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                changed = records.changed(), if watched => watched = changed.is_ok(),
            }
        }
    }

    fn has_news(&self, records: &watch::Receiver<Option<Record>>) -> bool {
        let record = records.borrow();
        let differs = match (&*record, &self.told) {
            (Some(record), Some(told)) => record.differs(told),
            (record, _) => record.is_some(),
        };
        differs || self.orders.have_news()
    }

    /// Asks to be taken in. Returns how long to wait then.
    async fn enrol(&mut self) -> Duration {
        let Some(identity) = PanelIdentity::read(&self.config.run).filter(|identity| vouches(identity, &self.key))
        else {
            let why = "The panel has not vouched for sync yet; see that vyveska-panel runs.";
            self.trouble(LinkTrouble::Unvouched, why.to_owned());
            return LOOK;
        };
        let enrolment = Enrolment {
            v: 1,
            panel_key: identity.panel_key,
            voucher: identity.voucher,
            token: self.hub.token.as_ref().map(|token| token.text().to_owned()),
            program: concat!("vyveska ", env!("CARGO_PKG_VERSION")).to_owned(),
            boards: self.config.boards.iter().map(|board| board.name.clone()).collect(),
            ..Enrolment::default()
        };
        let number = self.number();
        let sent = letter::send(&self.client, &self.hub.url, link::ENROL, &self.key, number, &enrolment).await;
        let known = self.hub.key.or(self.bond.hub_key.map(PublicKey::from_bytes)).or(self.met);
        let answered = sent.and_then(|answer| {
            // Its key is in the answer that it signs: whoever else it may be, it is one and the same.
            let found = answer.read::<Enrolled>().and_then(|enrolled| PublicKey::parse(&enrolled.hub_key));
            let found = found.ok_or_else(|| answer.unsigned())?;
            let enrolled: Enrolled = answer.signed_by(&found)?;
            match known.filter(|known| *known != found) {
                Some(known) => Err(LetterError::OtherHub { found, known }),
                None => Ok((enrolled, found)),
            }
        });
        let (enrolled, hub_key) = match answered {
            Ok(answered) => answered,
            Err(error) => return self.failed(&error),
        };
        self.met = Some(hub_key);
        self.heard(None);
        self.report.hub_key = Some(hub_key.to_string());
        self.report.standing = Some(enrolled.standing);
        match enrolled.standing {
            Standing::Enrolled => {
                self.bond.hub_key = Some(*hub_key.bytes());
                self.bond.token = digest(&self.hub).or(self.bond.token);
                self.bond.place = enrolled.place;
                self.bond.enrolled = true;
                self.report.place = self.bond.place.clone();
                // Where the disk does not take it, it is asked again after the next start.
                self.store.tie(&self.bond).ok();
                // A hub that takes in whom it then does not know must not be asked every second.
                if self.schedule.is_failing() { self.schedule.failed(None) } else { Duration::ZERO }
            }
            Standing::Waiting => self.schedule.taken(enrolled.again_after),
            Standing::Refused => {
                self.trouble(LinkTrouble::Refused, "The hub has refused to take this panel in.".to_owned());
                self.schedule.taken(enrolled.again_after)
            }
        }
    }

    /// Reports how the board is, and what waits to be handed on. Returns how long to wait then.
    async fn tell(&mut self, record: Record) -> Duration {
        let Some(hub_key) = self.hub.key.or(self.bond.hub_key.map(PublicKey::from_bytes)) else {
            self.bond.enrolled = false;
            return Duration::ZERO;
        };
        let boot = clock::boot();
        let waiting = self.store.waiting(MAX_RECORDS - 1, MAX_BYTES).unwrap_or_default();
        let parsed = |text: &String| serde_json::from_str::<Value>(text).ok();
        let mut records: Vec<Value> = waiting.iter().filter_map(|(_, text)| parsed(text)).collect();
        records.extend(parsed(&record.text()));
        let answers = self.orders.answers();
        let answered: Vec<u64> = answers.iter().map(|answer| answer.id).collect();
        let (uptime, glass) = (boot.since.as_secs(), Statement::read(&self.config.run));
        let (ledger, decree) = (self.ledger.lacks(glass.as_ref()), self.held.digest().to_owned());
        let log = self.log.as_ref().and_then(|has| lines_beside(&self.config.run, has));
        let feeds = self.config.boards.iter().map(|board| board.feed.clone());
        let feeds = feeds.filter(|feed| feed.len() <= MAX_FEED).take(MAX_FEEDS).collect();
        let (v, boot, more) = (1, boot.id, serde_json::Map::new());
        let report = Report { v, boot, uptime, records, answers, decree, glass, ledger, feeds, log, more };
        let number = self.number();
        let sent = letter::send(&self.client, &self.hub.url, link::REPORT, &self.key, number, &report).await;
        self.told_at = clock::ticks();
        let reply: Reply = match sent.and_then(|answer| answer.signed_by(&hub_key)) {
            Ok(reply) => reply,
            Err(error) => return self.failed(&error),
        };
        if let Some(refused) = reply.refused {
            return self.refused(refused, reply.again_after);
        }
        let rows: Vec<i64> = waiting.iter().map(|(row, _)| *row).collect();
        // What cannot be written down is told again, and the hub takes it once.
        if self.store.acknowledged(&answered, &rows).is_ok() {
            self.orders.acknowledged(&answered);
        }
        self.told = Some(record);
        self.report.waiting = self.store.count_waiting().unwrap_or_default();
        self.heard(Some(&reply.at));
        self.report.standing = Some(Standing::Enrolled);
        if let Some(decree) = reply.decree
            && let Err(error) = self.held.take(decree, &mut self.store)
        {
            tracing::error!("{} cannot be written ({error}); the panel is not told", self.config.run.display());
        }
        self.ledger.has(reply.ledger);
        self.log = reply.log;
        self.report.word = reply.word.chars().take(MAX_WORD).collect();
        self.show(&hub_key).await;
        self.orders.take(reply.orders, &mut self.store, &clock::boot());
        self.name_mirrors(reply.mirrors, reply.again_after);
        self.schedule.taken(reply.again_after)
    }

    /// Hands on a picture that was ordered. Whatever becomes of it, the next report goes in its time.
    async fn show(&mut self, hub_key: &PublicKey) {
        let Some(picture) = self.pictures.waiting(&clock::boot()) else { return };
        let number = self.number();
        let (url, letter) = (&self.hub.url, picture.letter());
        let sent = letter::send_bytes(&self.client, url, link::PICTURE, &self.key, number, letter).await;
        match sent.and_then(|answer| answer.signed_by::<Reply>(hub_key)) {
            Ok(reply) if reply.refused.is_none() => self.pictures.taken(),
            _ => self.pictures.failed(),
        }
    }

    /// They hold until the hub should have been heard of twice.
    fn name_mirrors(&self, mut list: Vec<Mirror>, again_after: u32) {
        list.truncate(MAX_FEEDS);
        let behind = list.iter_mut().filter(|mirror| mirror.url.starts_with('/'));
        behind.for_each(|mirror| mirror.url.insert_str(0, &self.hub.url));
        let good_for = (2 * Duration::from_secs(again_after.into())).clamp(MIRRORS_FOR, MIRRORS_LONGEST);
        self.mirrors.send_replace(Mirrors { until: clock::ticks() + good_for, list });
    }

    fn refused(&mut self, refused: Refused, again_after: u32) -> Duration {
        self.mirrors.send_replace(Mirrors::default());
        let why = match refused {
            Refused::Replayed { last } => {
                self.used = self.used.max(last);
                return if self.schedule.is_failing() { self.schedule.failed(None) } else { self.once_more() };
            }
            Refused::Stranger => {
                // It was put back from a backup, perhaps: it is asked to take the panel in again.
                self.bond.enrolled = false;
                self.store.tie(&self.bond).ok();
                return self.once_more();
            }
            Refused::Revoked => "The hub refuses this panel: its place has another device now.",
            Refused::Cloned => "The hub refuses this panel: two machines speak with its key.",
        };
        self.report.standing = Some(Standing::Refused);
        self.trouble(LinkTrouble::Refused, why.to_owned());
        self.schedule.in_due_time(again_after)
    }

    /// At once, and after that no more than while the hub is away.
    fn once_more(&mut self) -> Duration {
        self.schedule.failed(None);
        Duration::ZERO
    }

    fn failed(&mut self, error: &LetterError) -> Duration {
        self.trouble(LinkTrouble::Unreached, error.to_string());
        self.report.waiting = self.store.count_waiting().unwrap_or_default();
        self.schedule.failed(error.retry_after())
    }

    fn trouble(&mut self, trouble: LinkTrouble, error: String) {
        self.report.trouble = Some(trouble);
        self.report.error = Some(error);
    }

    /// The hub has answered as it should. `at`: by its own clock.
    fn heard(&mut self, at: Option<&str>) {
        let at = at.and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok()).map(|at| at.to_utc());
        self.report.heard_at = at.or(self.report.heard_at);
        self.report.silent_since = clock::boot().since.as_secs();
        (self.report.trouble, self.report.error) = (None, None);
    }

    /// A number that no letter has had. Where the disk does not take the reservation, the letter goes all the same: the
    /// office is to hear that the disk is full, and after a start the hub says how far the numbers had come.
    fn number(&mut self) -> u64 {
        self.used += 1;
        if self.used + BLOCK / 2 > self.bond.sequence {
            let sequence = self.used + BLOCK;
            if self.store.tie(&Bond { sequence, ..self.bond.clone() }).is_ok() {
                self.bond.sequence = sequence;
            }
        }
        self.used
    }

    fn publish(&mut self, say: &impl Fn(&str)) {
        if self.published.as_ref() == Some(&self.report) {
            return;
        }
        if let Err(error) = self.report.write(&self.config.run) {
            let run = self.config.run.display();
            say(&format!("{run} cannot be written ({error}); the panel does not know how it stands with the hub."));
        }
        self.published = Some(self.report.clone());
    }

    fn sentence(&self) -> String {
        let place = self.report.place.as_deref().unwrap_or_default();
        match (&self.report.error, self.report.standing) {
            (Some(error), _) => format!("Hub {}: {error}", self.hub.url),
            (None, Some(Standing::Enrolled)) => format!("Hub {}: this panel is {place}.", self.hub.url),
            (None, Some(Standing::Waiting)) => {
                format!("Hub {}: somebody has to compare the code on the service page.", self.hub.url)
            }
            (None, _) => format!("Hub {}: no answer yet.", self.hub.url),
        }
    }
}

/// What still holds of it with this key and these settings: who writes another token or another key of the hub there
/// wants the panel to be taken in anew.
fn bound(mut bond: Bond, key: &PublicKey, hub: &Hub) -> Bond {
    if bond.link_key != Some(*key.bytes()) {
        bond = Bond { link_key: Some(*key.bytes()), ..Bond::default() };
    }
    let other_token = digest(hub).is_some_and(|token| bond.token != Some(token));
    let other_hub = hub.key.is_some_and(|key| bond.hub_key.is_some_and(|known| known != *key.bytes()));
    if other_token || other_hub {
        (bond.enrolled, bond.hub_key) = (false, None);
    }
    bond
}

/// The last lines of the panel's log, where they are others than those with this digest.
fn lines_beside(run: &Path, digest: &str) -> Option<String> {
    let lines = log::read(run);
    (!lines.is_empty() && keys::hex(&Sha256::digest(&lines)) != digest).then_some(lines)
}

fn digest(hub: &Hub) -> Option<[u8; 32]> {
    hub.token.as_ref().map(|token| Sha256::digest(token.text()).into())
}

/// Since when the hub has been silent in this boot of the machine, as sync knew before it was started again.
fn silent_since(config: &Config, key: &PublicKey) -> u64 {
    let now = clock::boot().since.as_secs();
    let before = LinkReport::read(&config.run).filter(|report| report.link_key == key.to_string());
    before.map(|report| report.silent_since).filter(|since| *since <= now).unwrap_or(now)
}

/// Whether the panel speaks of this key, and has signed that.
fn vouches(identity: &PanelIdentity, key: &Key) -> bool {
    let (panel, voucher) = (PublicKey::parse(&identity.panel_key), Signature::parse(&identity.voucher));
    let text = Text::Voucher { link: key.public() };
    panel.zip(voucher).is_some_and(|(panel, voucher)| panel.has_signed(text, &voucher))
}
