//! The hub: one page on which an office sees every board, and one address to which every panel reports.
//!
//! One program, one data folder: `hub-1.db`, the hub's key `hub.key`, and what it mirrors of the offices' feeds
//! (`mirror`). It needs no other service. The surprising
//! thing: panels do not need it to show anything. While it is away they go on with the offices' own feeds, and what they
//! have to say waits.

mod account;
pub mod alarm;
pub mod audit;
pub mod backup;
mod chart;
mod client;
mod decree;
mod devices;
pub mod door;
mod down;
mod first;
mod fleet;
pub mod gate;
mod history;
pub mod invitation;
pub mod language;
pub mod ledger;
mod link;
mod log;
pub mod login;
pub mod message;
pub mod metrics;
pub mod mirror;
pub mod order;
pub mod page;
mod panel;
pub mod password;
pub mod people;
pub mod person;
pub mod picture;
pub mod place;
pub mod problem;
mod reason;
mod report;
pub mod session;
pub mod standing;
pub mod store;
pub mod throttle;
pub mod totp;
mod vouched;
pub mod web;

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use crate::clock::{Clock, Now};
use crate::http::{Client, HttpError, Policy};
use crate::keys::{Key, KeyError};
use crate::pages::PageChild;
use crate::sync::{Lock, LockError};
use crate::wire::{Picture, link as letters};
use alarm::setting::Seal;
use decree::Decrees;
use door::{Door, Peer};
use gate::Gate;
use standing::Ear;
use store::{Store, StoreError};

/// Every panel reports so often, unless the hub is told otherwise.
pub const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Histories are thinned so often.
const UPKEEP_EVERY: Duration = Duration::from_secs(600);

/// Why the hub cannot start.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("another hub is at work on {}; stop it first, or give this one a folder of its own", .0.display())]
    Held(PathBuf),
    #[error("{0}")]
    Lock(LockError),
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Caller(#[from] HttpError),
    #[error("the hub's database cannot be read at the start: {0}")]
    Io(#[from] io::Error),
}

impl From<LockError> for HubError {
    fn from(error: LockError) -> HubError {
        match error {
            LockError::Held { folder } => HubError::Held(folder),
            error => HubError::Lock(error),
        }
    }
}

/// What it is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Made where it is missing.
    pub data: PathBuf,
    /// How often panels are asked to report.
    pub report_every: Duration,
    /// As browsers reach it, with scheme and without a slash at the end, where that is known: it stands in links, and
    /// `https` makes the cookies secure.
    pub address: Option<String>,
    /// PEM file with authorities to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// Who is believed when it says whom it speaks for (`X-Forwarded-For`).
    pub proxies: Vec<IpAddr>,
    pub clock: Clock,
    /// Whether feeds may lie at addresses that are not public, and be asked in the clear; and whether such addresses may
    /// be called: a webhook, a mail server on any port.
    pub allow_private: bool,
    /// Draws documents for their reports.
    pub child: PageChild,
}

/// What every page and every letter needs.
#[derive(Clone)]
pub struct Shared(Arc<Parts>);

pub struct Parts {
    pub store: Store,
    pub gate: Gate,
    decrees: Decrees,
    pub key: Key,
    /// See [`metrics`].
    metrics_token: String,
    pub report_every: Duration,
    /// Since when it listens.
    pub started: DateTime<Utc>,
    /// See [`Options`].
    pub address: Option<String>,
    pub said: page::Said,
    pub passwords: password::Passwords,
    pub throttle: throttle::Throttle,
    pub pending: login::Pending,
    pub mirror: mirror::Mirror,
    /// See [`Options`].
    pub allow_private: bool,
    pub ca: Option<PathBuf>,
    pub proxies: Vec<IpAddr>,
    /// Calls outside addresses.
    pub caller: Client,
    pub seal: Seal,
    clock: Clock,
    _lock: Lock,
}

impl std::ops::Deref for Shared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Parts {
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().at
    }

    fn clock_now(&self) -> Now {
        self.clock.now()
    }

    /// How long a panel is asked to wait. It spreads that by a tenth, and something urgent is to be there within the
    /// interval.
    fn again_after(&self) -> u32 {
        (self.report_every.as_secs() * 5 / 6) as u32
    }

    /// What silence is measured by at this moment.
    pub fn ear(&self) -> Ear {
        let report_every = TimeDelta::from_std(self.report_every).unwrap_or(TimeDelta::zero());
        Ear { now: self.now(), started: self.started, report_every }
    }

    /// Whether TLS carries the pages, all the way to the browser.
    pub fn is_secure(&self) -> bool {
        self.address.as_ref().is_some_and(|address| address.starts_with("https://"))
    }
}

/// Opens everything in the data folder.
pub async fn open(options: &Options) -> Result<Shared, HubError> {
    let lock = Lock::take(&options.data)?;
    let key = Key::open(&key_file(&options.data))?;
    let metrics_token = metrics::token(&options.data)?;
    let store = Store::open(&options.data)?;
    let gate = store.read(Gate::load).await?;
    let now = options.clock.now().at;
    let decrees = store.read(move |connection| Decrees::load(connection, now)).await?;
    let Options { report_every, address, allow_private, ca, proxies, clock, .. } = options.clone();
    let caller = Client::new(&Policy { allow_private, ca: ca.clone(), ..Policy::default() }, clock.now().at)?;
    let seal = Seal::open(&options.data)?;
    Ok(Shared(Arc::new(Parts {
        store,
        gate,
        decrees,
        key,
        metrics_token,
        report_every,
        started: clock.now().at,
        address,
        said: page::Said::default(),
        passwords: password::Passwords::default(),
        throttle: throttle::Throttle::default(),
        pending: login::Pending::default(),
        mirror: mirror::Mirror::new(&options.data, options.allow_private, options.child.clone()),
        allow_private,
        ca,
        proxies,
        caller,
        seal,
        clock,
        _lock: lock,
    })))
}

/// The path of the link to the first administrator, while the hub knows nobody; those before it no longer count.
pub async fn first_link(hub: &Shared) -> Result<Option<String>, StoreError> {
    let now = hub.now();
    let secret = hub.store.write(move |connection| invitation::first(connection, now)).await?;
    Ok(secret.map(|secret| invitation::path(&secret)))
}

/// The digest under which a secret of one use is kept: a token, a link.
pub fn token_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.trim().as_bytes()).into()
}

/// Where the hub's key lies.
pub fn key_file(data: &Path) -> PathBuf {
    data.join("hub.key")
}

/// Everything that the hub answers to.
pub fn router(hub: Shared) -> Router {
    let letters = Router::new()
        .route(letters::ENROL, post(link::enrol))
        .route(letters::REPORT, post(link::report))
        .layer(DefaultBodyLimit::max(letters::MAX_REQUEST));
    let pictures =
        Router::new().route(letters::PICTURE, post(link::picture)).layer(DefaultBodyLimit::max(Picture::MAX_LETTER));
    // Programs read these; the frame is for people.
    let machines = letters.merge(pictures).route("/metrics", get(metrics::show));
    Router::new().merge(machines).merge(mirror::router()).merge(web::router(&hub)).with_state(hub)
}

/// Answers whoever comes in by the door until `stop`.
pub async fn serve(
    hub: Shared,
    door: impl Into<Door>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let upkeep = tokio::spawn(upkeep(hub.clone()));
    let keeper = mirror::Keeper::start(hub.clone())?;
    let alarm = tokio::spawn(alarm::run(hub.clone()));
    let service = router(hub).into_make_service_with_connect_info::<Peer>();
    let ended = axum::serve(door.into(), service).with_graceful_shutdown(stop).await;
    upkeep.abort();
    alarm.abort();
    keeper.end().await;
    ended
}

/// Thins histories, a few places at a time, and forgets pictures. What fails is tried again at the next turn.
async fn upkeep(hub: Shared) {
    loop {
        tokio::time::sleep(UPKEEP_EVERY).await;
        let now = hub.now();
        if let Err(error) = hub.store.write(move |connection| picture::forget(connection, now)).await {
            tracing::warn!(%error, "pictures are kept for longer than they may be");
        }
        let (mut next, now) = (Some(0), hub.now());
        while let Some(after) = next {
            next = match hub.store.write(move |connection| history::tidy(connection, after, now)).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "histories are not thinned");
                    None
                }
            };
        }
    }
}
