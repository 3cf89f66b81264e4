//! The whole of sync on one panel: its boards, what it keeps, and what it tells the panel. The hub's mirror of an office
//! is one too, with nobody before it.

mod boards;

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, watch};

use super::ahead::{self, Renderer};
use super::documents::{DocumentsRound, Fetcher};
use super::hosts::Hosts;
use super::lock::{Lock, LockError};
use super::mirrors::{Copies, is_for};
use super::progress::Progress;
use super::rest::Rest;
use super::room;
use super::schedule::{Last, next_round};
use super::summary::{BoardRound, Outcome, Summary};
use crate::clock::{self, Now, Saved};
use crate::config::{Config, Network};
use crate::files::{Files, FilesError, Trimmed};
use crate::guard::Memory;
use crate::http::{Client, HttpError, Policy};
use crate::model::{Board, Notice};
use crate::pages::PageChild;
use crate::store::{Named, Status, Store, StoreError, Up};
use crate::wire::decree::Decree;
use crate::wire::link::Mirrors;
use crate::wire::{self, BoardReport, Queues, SyncReport};

/// What is down is cleaned out so often.
const TIDY_AFTER: TimeDelta = TimeDelta::hours(1);

/// Where the month's traffic is used up the offices are asked no more often. Their board goes before the bill: what is
/// new still comes.
pub const THRIFTY_POLL: Duration = Duration::from_secs(3600);

/// Why sync cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error("{0}")]
    Lock(#[from] LockError),
    #[error("the store cannot be opened: {0}")]
    Store(#[from] StoreError),
    #[error("the documents cannot be opened: {0}")]
    Files(#[from] FilesError),
    #[error("{0}")]
    Network(#[from] HttpError),
}

/// What a device works with: a panel's settings, or what stands for them where there is no panel.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'p> {
    pub data: &'p Path,
    pub run: &'p Path,
    pub network: &'p Network,
    pub boards: &'p [Board],
    /// Of the pages' pictures, in pixels.
    pub width: u32,
}

impl<'p> From<&'p Config> for Plan<'p> {
    fn from(config: &'p Config) -> Plan<'p> {
        let Config { data, run, network, boards, panel, .. } = config;
        Plan { data, run, network, boards, width: panel.width_px }
    }
}

/// Everything that sync holds while it runs.
pub struct Device {
    run: PathBuf,
    poll: Duration,
    boards: Vec<Kept>,
    store: Store,
    files: Files,
    client: Arc<Client>,
    fetcher: Fetcher,
    renderer: Renderer,
    hosts: Hosts,
    tidied: Option<DateTime<Utc>>,
    told: Option<DateTime<Utc>>,
    queues: Queues,
    thrifty: Arc<AtomicBool>,
    /// Where boards can be had besides their offices.
    mirrors: Option<watch::Receiver<Mirrors>>,
    /// The mirror has failed in this round.
    mirror_failed: Arc<AtomicBool>,
    /// By which decisions of the office notices are taken down, as far as that is done.
    down: Vec<String>,
    /// What is wrong with the settings, where others are in force.
    settings: Option<String>,
    _lock: Lock,
}

/// A board, and what is known of its last rounds.
struct Kept {
    board: Board,
    report: BoardReport,
    last: Option<Last>,
    /// All of its feed is to be read, even where it seems unchanged.
    whole: bool,
    /// Different for each board and panel, the same at each start.
    seed: u64,
    /// Its documents at the mirror, where it was last read there.
    copies: Option<Copies>,
}

impl Device {
    /// Takes the data folder for itself and opens what lies there.
    pub fn open<'p>(plan: impl Into<Plan<'p>>, child: PageChild) -> Result<Device, SyncError> {
        let Plan { data, run, network, boards: planned, width } = plan.into();
        let lock = Lock::take(data)?;
        let mut store = Store::open(data)?;
        let files = Files::open(data)?;
        let Saved { trusted, seen } = store.saved_time()?;
        let client = Client::new(&policy(network), trusted.max(seen).unwrap_or_default())?;
        let before = SyncReport::read(run);
        let mut boards = Vec::new();
        for board in planned {
            let report = remember(board, before.as_ref(), &mut store)?;
            let seed = seed(board, data);
            boards.push(Kept { board: board.clone(), report, last: None, whole: false, seed, copies: None });
        }
        let (stop, hurry): (_, Arc<AtomicBool>) = (Arc::default(), Arc::default());
        let (rest, progress) = (Arc::new(Rest::new(run)), Progress::default());
        let client = Arc::new(client);
        let fetcher = Fetcher::new(files.clone(), client.clone(), progress.clone(), hurry.clone());
        Ok(Device {
            run: run.to_owned(),
            poll: Duration::from_secs(60 * u64::from(network.poll_minutes)),
            boards,
            store,
            files,
            client,
            fetcher,
            renderer: Renderer { child, width, stop, hurry, rest, progress, turn: Arc::new(Semaphore::new(1)) },
            hosts: Hosts::default(),
            tidied: None,
            told: None,
            queues: before.map_or(Queues::default(), |report| report.queues),
            thrifty: Arc::default(),
            mirrors: None,
            mirror_failed: Arc::default(),
            down: Vec::new(),
            settings: None,
            _lock: lock,
        })
    }

    /// What is remembered of time.
    pub fn saved_time(&mut self) -> Result<Saved, StoreError> {
        self.store.saved_time()
    }

    /// The latest time that a server has claimed since the start, where it may be true.
    pub fn told_time(&self) -> Option<DateTime<Utc>> {
        self.told
    }

    /// What the offices are asked with: the hub is to be reached through the same proxy.
    pub fn client(&self) -> Arc<Client> {
        self.client.clone()
    }

    /// The settings name no hub, so nobody decrees anything for this panel any more.
    pub fn without_hub(&mut self) -> Result<(), StoreError> {
        self.store.forget_decree()?;
        if Decree::read(&self.run).is_some_and(|decree| decree != Decree::default()) {
            // Where it cannot be written, nothing else can.
            let _ = Decree::default().write(&self.run);
        }
        Ok(())
    }

    /// Set it to end rendering after the page at hand.
    pub fn stop(&self) -> Arc<AtomicBool> {
        self.renderer.stop.clone()
    }

    /// Draws no document while another device draws one that has the same turn: for several on one machine.
    pub fn share_turn(&mut self, turn: Arc<Semaphore>) {
        self.renderer.turn = turn;
    }

    /// Set it to make every board due at once.
    pub fn hurry(&self) -> Arc<AtomicBool> {
        self.renderer.hurry.clone()
    }

    /// Set while the month's traffic is used up: offices are asked every [`THRIFTY_POLL`] at most, and documents that are
    /// here are not asked for again. What is missing is fetched all the same.
    pub fn thrift(&self) -> Arc<AtomicBool> {
        self.thrifty.clone()
    }

    /// From now on boards are taken from where the hub says, as long as it does and they can be had there.
    pub fn take_from(&mut self, mirrors: watch::Receiver<Mirrors>) {
        self.mirrors = Some(mirrors);
    }

    fn is_thrifty(&self) -> bool {
        self.thrifty.load(Ordering::Relaxed)
    }

    /// Between two rounds of a board.
    fn poll(&self) -> Duration {
        if self.is_thrifty() { self.poll.max(THRIFTY_POLL) } else { self.poll }
    }

    /// What is wrong with the configuration, where the last good one is in force instead: reported with every round.
    pub fn note_settings(&mut self, problem: Option<String>) {
        self.settings = problem;
    }

    /// Grows while a round gets on.
    pub fn progress(&self) -> Progress {
        self.renderer.progress.clone()
    }

    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// How long until a board is due; zero: now.
    pub fn next(&mut self, now: Now) -> Duration {
        if self.renderer.hurry.load(Ordering::Relaxed) {
            return Duration::ZERO;
        }
        let poll = self.poll();
        let store = &mut self.store;
        let waits = self.boards.iter().map(|kept| kept.wait(store, now, poll));
        waits.min().unwrap_or(poll)
    }

    /// Asks every board that is due, then fetches documents and renders pages. The panel is told after each step.
    pub async fn round(&mut self, now: Now) -> Summary {
        self.client.set_time(now.at);
        self.hosts.new_round(now.at);
        let mut summary = Summary::new(now);
        self.make_room(now, &mut summary);
        self.obey(now, &mut summary);
        self.ask_boards(now, &mut summary).await;
        if !now.is_trusted()
            && let Err(error) = self.store.note_time(self.told.map_or(now.at, |told| told.max(now.at)))
        {
            summary.remark(&error);
        }
        let wrote = summary.boards.iter().any(|board| board.committed.written);
        self.tell(now, wrote, &mut summary);

        // With no network at all a document's failure would say nothing about it, and every attempt would be written.
        if summary.offline() {
            self.fetcher.let_go();
        } else {
            let missing_alone = self.is_thrifty();
            let mut copies = Copies::default();
            self.boards.iter().filter_map(|kept| kept.copies.as_ref()).for_each(|more| copies.extend(more));
            match self.fetcher.round(&mut self.store, &mut self.hosts, &copies, missing_alone, now).await {
                Ok(documents) => summary.documents = documents,
                Err(error) => summary.remark(&error),
            }
        }
        let wrote = summary.documents.wrote();
        if wrote {
            self.tell(now, wrote, &mut summary);
        }
        match ahead::pages(&mut self.store, &self.files, &self.renderer).await {
            Ok(pages) => summary.pages = pages,
            Err(error) => summary.remark(&error),
        }
        let queues =
            Queues { documents_waiting: summary.documents.waiting as u64, pages_waiting: summary.pages.waiting as u64 };
        if summary.pages.wrote() || queues != self.queues {
            self.queues = queues;
            self.tell(now, summary.pages.wrote(), &mut summary);
        }
        if self.tidied.is_none_or(|at| (now.at - at).abs() >= TIDY_AFTER) {
            self.tidy(now, &mut summary);
        }
        let DocumentsRound { stopped, .. } = &summary.documents;
        summary
            .remarks
            .extend([stopped.clone(), summary.pages.stopped.clone(), self.store.healed()].into_iter().flatten());
        self.renderer.progress.step();
        summary
    }

    /// Takes down what the office has decreed. What is lifted comes back with the whole feed, not with what changed.
    fn obey(&mut self, now: Now, summary: &mut Summary) {
        match self.take_down_now(now) {
            Ok(0) => {}
            Ok(_) => self.tell(now, true, summary),
            Err(error) => summary.remark(&error),
        }
    }

    /// How many notices went down.
    fn take_down_now(&mut self, now: Now) -> Result<usize, StoreError> {
        let mut decree = self.store.decree()?.map(|text| Decree::parse(&text)).unwrap_or_default();
        let orders = |decree: &Decree| decree.down.iter().map(|down| down.id.clone()).collect::<Vec<_>>();
        if orders(&decree) == self.down {
            return Ok(0);
        }
        let keys: Vec<&str> = self.boards.iter().map(|kept| kept.board.key.as_str()).collect();
        let met = RefCell::new(HashSet::new());
        let is_meant = |notice: &Notice| {
            let against = decree.against(&notice.id, notice.url.as_deref());
            met.borrow_mut().extend(against.iter().copied());
            !against.is_empty()
        };
        let count = self.store.take_down_now(&keys, is_meant, now)?;
        let met = met.into_inner();
        if met.iter().any(|at| !decree.down[*at].met) {
            met.into_iter().for_each(|at| decree.down[at].met = true);
            self.store.keep_decree(&decree.text())?;
            // Where it cannot be written, nothing else can.
            let _ = decree.write(&self.run);
        }
        self.boards.iter_mut().for_each(|kept| kept.whole = true);
        self.down = orders(&decree);
        Ok(count)
    }

    /// Writes the report for the panel, and wakes it where something was committed.
    fn tell(&mut self, now: Now, wrote: bool, summary: &mut Summary) {
        for kept in &mut self.boards {
            if let Err(error) = kept.count(&mut self.store, now) {
                summary.remark(&error);
            }
        }
        let report = SyncReport {
            v: SyncReport::VERSION,
            at: now.at,
            uptime: Some(clock::boot().since.as_secs()),
            clock_trusted: now.is_trusted(),
            poll_minutes: self.poll().as_secs() / 60,
            boards: self.boards.iter().map(|kept| kept.report.clone()).collect(),
            queues: self.queues,
            settings_problem: self.settings.clone(),
            more: serde_json::Map::new(),
        };
        let told = report.write(&self.run).and_then(|()| if wrote { wire::announce_change(&self.run) } else { Ok(()) });
        if let Err(error) = told {
            summary.remark(&format!("{} cannot be written ({error}); the panel does not know", self.run.display()));
        }
    }

    /// Where the disk is nearly full, so that this round can go on: what nobody needs goes at once. Files first, because
    /// they go without a write, which a full disk does not take.
    fn make_room(&mut self, now: Now, summary: &mut Summary) {
        if room::has(&self.files, 0) {
            return;
        }
        self.trim(now, summary, |files, named| files.trim_at_once(|digest| named.keeps(digest)));
        self.tidy(now, summary);
    }

    /// Cleans out what is down.
    fn tidy(&mut self, now: Now, summary: &mut Summary) {
        self.tidied = Some(now.at);
        match self.purge(now) {
            Ok(0) => {}
            Ok(_) => self.tell(now, true, summary),
            Err(error) => summary.remark(&error),
        }
        // Also where nothing could be purged: that may be for want of the room that the files take.
        self.trim(now, summary, |files, named| files.trim(|digest| named.keeps(digest), now.at));
    }

    fn trim(
        &mut self,
        now: Now,
        summary: &mut Summary,
        remove: impl FnOnce(&Files, &Named) -> Result<Trimmed, FilesError>,
    ) {
        match self.store.named(now).map(|named| remove(&self.files, &named)) {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => summary.remark(&error),
            Err(error) => summary.remark(&error),
        }
    }

    /// How many notices went down.
    fn purge(&mut self, now: Now) -> Result<usize, StoreError> {
        let keys: Vec<&str> = self.boards.iter().map(|kept| kept.board.key.as_str()).collect();
        let removed = self.store.retain_boards(&keys, now)?;
        Ok(removed + self.store.purge(now)?.ended)
    }
}

impl Kept {
    fn wait(&self, store: &mut Store, now: Now, poll: Duration) -> Duration {
        let ordered = store.releases(&self.board.key).is_ok_and(|orders| !orders.is_empty());
        // An order that cannot be carried out while the office does not answer must not ask it every second.
        if ordered && self.last.is_none_or(|last| last.failures == 0) {
            return Duration::ZERO;
        }
        next_round(now, self.last, poll, self.seed)
    }

    fn note(&mut self, round: &BoardRound, now: Now) {
        let retry_after = match &round.outcome {
            Outcome::Failed { retry_after, .. } => *retry_after,
            _ => None,
        };
        let failures = self.last.map_or(0, |last| last.failures);
        let failures = if round.error().is_some() { failures.saturating_add(1) } else { 0 };
        self.last = Some(Last { at: now, failures, retry_after });
        let report = &mut self.report;
        report.last_try_at = Some(now.at);
        report.last_error = round.error().map(str::to_owned);
        report.trouble = round.trouble();
        if round.error().is_none() {
            report.last_good_at = Some(now.at);
            report.moved_to = round.moved_to.clone();
        } else if now.is_trusted() {
            // Written down by a clock that was wrong; it would count again once that time has come.
            report.last_good_at = report.last_good_at.filter(|at| now.may_follow(*at));
        }
        if let Outcome::Read { listed, .. } = round.outcome {
            report.listed = listed as u64;
        }
        report.held = round.held.iter().map(|(kind, _)| kind.clone()).collect();
    }

    /// Counts what is up, and which documents of it are not here.
    fn count(&mut self, store: &mut Store, now: Now) -> Result<(), StoreError> {
        let Up { notices, documents_missing, documents_broken } = store.count_up(&self.board.key, now)?;
        (self.report.up, self.report.documents_missing) = (notices, documents_missing);
        self.report.documents_broken = documents_broken;
        Ok(())
    }
}

/// What was reported before this start; after a restart of the machine, what the record of polls says.
fn remember(board: &Board, before: Option<&SyncReport>, store: &mut Store) -> Result<BoardReport, StoreError> {
    let mut report = match before.and_then(|report| report.board(&board.key)) {
        Some(report) => report.clone(),
        None => {
            let polls = store.polls(&board.key)?;
            let answered = |status: &Status| matches!(status, Status::Code(200 | 304));
            let good = polls.iter().rfind(|run| is_for(&run.url, &board.feed) && answered(&run.status));
            BoardReport {
                last_good_at: good.map(|run| run.last_at),
                last_try_at: polls.last().map(|run| run.last_at),
                ..BoardReport::default()
            }
        }
    };
    report.key.clone_from(&board.key);
    let memory = store.memory(&board.key)?;
    let memory = memory.map_or_else(Memory::default, |text| Memory::from_json(&board.key, &text));
    report.held = memory.holds.iter().map(|hold| hold.kind.to_string()).collect();
    Ok(report)
}

/// How the network may be used.
pub fn policy(network: &Network) -> Policy {
    Policy {
        allow_private: network.allow_private,
        proxy: network.proxy.clone(),
        ca: network.ca.clone(),
        ..Policy::default()
    }
}

fn seed(board: &Board, data: &Path) -> u64 {
    let text = format!("{} {} {}", board.key, board.feed, data.display());
    let digest = crate::model::Digest::of(text.as_bytes());
    u64::from_le_bytes(digest.0[..8].try_into().expect("a digest has 32 bytes"))
}
