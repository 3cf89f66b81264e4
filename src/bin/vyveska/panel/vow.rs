//! The panel's word for sync's key, given wherever sync lays one down; what it signs of the glass; and what it tells the
//! technician of the hub.
//!
//! Without it the board shows all the same: only the hub does not know who speaks. The surprising thing: it begins after
//! the first frame, because at the first start a key is made, and its way onto the disk takes a moment.

use std::path::Path;

use chrono::{DateTime, Utc};
use vyveska::clock::{self, Now};
use vyveska::config::Config;
use vyveska::health::proof_of;
use vyveska::identity::Identity;
use vyveska::keys::PublicKey;
use vyveska::model::Digest;
use vyveska::service::{Hub, Sign};
use vyveska::wire::link::Standing;
use vyveska::wire::{LedgerEnd, LinkReport, PanelReport, Proof, Statement};

/// See the module.
#[derive(Default)]
pub struct Vow {
    /// `None`: there is no hub, and nobody is vouched for.
    config: Option<Config>,
    identity: Option<Identity>,
    begun: bool,
    /// The hub's last word, as sync has laid it down; and the one that was signed last.
    word: String,
    signed: Option<String>,
    /// What was shown, how far that was proved, and since when both have been so.
    shown: Option<(bool, Proof, DateTime<Utc>)>,
    /// Said once, until it is over.
    trouble: bool,
}

impl Vow {
    pub fn new(config: &Config) -> Vow {
        Vow { config: config.hub.is_some().then(|| config.clone()), ..Vow::default() }
    }

    /// The board is on the glass. How the panel stands with its hub; `None`: that was said already.
    pub fn begin(&mut self) -> Option<Hub> {
        if std::mem::replace(&mut self.begun, true) { None } else { self.look() }
    }

    /// Sync has laid something down. How the panel stands with its hub.
    pub fn look(&mut self) -> Option<Hub> {
        let config = self.config.as_ref().filter(|_| self.begun)?;
        let known = match self.identity.take() {
            Some(identity) => Ok(identity),
            None => Identity::open(&config.data).map_err(|error| error.to_string()),
        };
        let vouched = known.and_then(|identity| {
            let vouched = identity.vouch(&config.run);
            self.identity = Some(identity);
            vouched.map_err(|error| format!("{}: {error}", config.run.display()))
        });
        if let (Err(error), false) = (&vouched, self.trouble) {
            tracing::error!("the panel cannot vouch for sync, so no hub lets it in: {error}");
        }
        self.trouble = vouched.is_err();
        let (url, run) = (config.hub.as_ref()?.url.clone(), config.run.clone());
        let mut hub = self.standing(url, &run);
        hub.error = vouched.err().or(hub.error);
        Some(hub)
    }

    /// Which panel this is.
    pub fn sign(&self) -> Sign {
        let report = self.config.as_ref().and_then(|config| LinkReport::read(&config.run)).unwrap_or_default();
        let key = PublicKey::parse(&report.link_key).map(|key| key.to_string()).unwrap_or_default();
        let (first, last) = key.split_at_checked(8).map_or(("", ""), |(short, _)| short.split_at(4));
        let place = report.place.unwrap_or_default().chars().filter(|c| !c.is_control()).take(120).collect();
        Sign { place, code: format!("{first}\u{a0}{last}").trim().to_owned() }
    }

    /// Signs what is said of the glass now, where that is `new`, or the hub has given another word. `end`: of the ledger.
    pub fn state(&mut self, report: &PanelReport, new: bool, end: Option<(u64, Digest)>, now: Now) {
        let (Some(config), Some(identity)) = (&self.config, &self.identity) else { return };
        if !new && self.signed.as_ref() == Some(&self.word) {
            return;
        }
        let boot = clock::boot();
        let mut statement = Statement {
            v: Statement::VERSION,
            boot: boot.id,
            uptime: boot.since.as_secs(),
            at: now.at,
            word: self.word.clone(),
            page: report.page.clone(),
            readable: report.readable,
            up: report.up,
            way: report.display.as_ref().map(|display| display.way.clone()).unwrap_or_default(),
            proof: proof_of(report),
            messages: report.messages.clone(),
            decree: report.decree.clone(),
            ledger: end.map(|(number, digest)| LedgerEnd { number, digest: digest.to_string() }),
            ..Statement::default()
        };
        let shown = (statement.shows(), statement.proof);
        let since = match self.shown {
            Some((shows, proof, since)) if (shows, proof) == shown => since,
            _ => now.at,
        };
        (self.shown, statement.since) = (Some((shown.0, shown.1, since)), since);
        if let Err(error) = Statement::write(&identity.sign_statement(&statement), &config.run)
            && self.signed.is_none()
        {
            tracing::warn!("{} cannot be written ({error}); the hub has only sync's word", config.run.display());
        }
        self.signed = Some(self.word.clone());
    }

    fn standing(&mut self, url: String, run: &Path) -> Hub {
        let Some(report) = LinkReport::read(run) else { return Hub { url, ..Hub::default() } };
        self.word.clone_from(&report.word);
        let waits = report.standing == Some(Standing::Waiting);
        let code = self.identity.as_ref().filter(|_| waits).and_then(|identity| identity.code(&report));
        let let_in = report.standing == Some(Standing::Enrolled);
        Hub { url, place: report.place.filter(|_| let_in), code, error: report.error }
    }
}
