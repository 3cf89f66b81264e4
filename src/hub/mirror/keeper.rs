//! The work of the mirror: for each office a device without a glass, and somebody who lays out what it holds.
//!
//! A thread of its own, because rounds write to the disk and read feeds of any size; what the hub's pages and letters
//! need of it lies on the shelf. The surprising thing: whoever lays out waits for no round. It looks at the store as a
//! panel does, so that a new notice is there before its documents have come.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::boards::{self, Feed};
use super::norm::{self, Head};
use super::{folder, run_folder};
use crate::config::Network;
use crate::files::{Files, FilesError};
use crate::guard::Memory;
use crate::hub::Shared;
use crate::store::{Posted, Reader, Store, StoreError};
use crate::sync::{Device, Plan, Summary};
use crate::wire::SyncReport;

/// Minutes between two looks at a feed.
pub const POLL_MINUTES: u32 = 10;
/// Width of the pages that are drawn for the report of a document, in pixels: enough to tell an empty page.
const WIDTH: u32 = 540;
/// What the offices' boards are is looked up so often at least.
const LOOK_AFTER: Duration = Duration::from_secs(60);
/// What the stores hold is looked at so often, and whether a round is due.
const BEAT: Duration = Duration::from_secs(1);
/// It is laid out anew each half hour (seconds, on the clock), so that days end and what is not named any more goes.
const SWEEP_AFTER: i64 = 1800;
/// Every so many beats it is looked up what the guard has let through.
const TOLD_AFTER: u64 = 10;
/// An office whose store cannot be opened is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// The running thread.
pub struct Keeper {
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Keeper {
    pub fn start(hub: Shared) -> std::io::Result<Keeper> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("hub-mirror".into());
        let thread = thread.spawn(move || {
            LocalSet::new().block_on(&runtime, keep(hub, stopped));
            // A page at hand is not waited for; nothing of it is acknowledged.
            runtime.shutdown_background();
        })?;
        Ok(Keeper { stop, thread })
    }

    /// Ends it in the middle of whatever it is at: what it has acknowledged lies on the disk.
    pub async fn end(self) {
        drop(self.stop);
        tokio::task::spawn_blocking(move || self.thread.join().ok()).await.ok();
    }
}

/// An office that is being read.
struct Desk {
    feeds: Vec<Feed>,
    bell: Rc<Notify>,
    task: JoinHandle<()>,
}

impl Desk {
    async fn end(self) {
        self.task.abort();
        // What it held is let go of only then.
        self.task.await.ok();
    }
}

async fn keep(hub: Shared, mut stop: oneshot::Receiver<()>) {
    let mut desks: BTreeMap<String, Desk> = BTreeMap::new();
    let turn = Arc::new(Semaphore::new(1));
    loop {
        match hub.store.read(boards::all).await {
            Ok(feeds) => settle(&hub, &mut desks, feeds, &turn).await,
            Err(error) => tracing::warn!(%error, "the mirror does not know what to read"),
        }
        tokio::select! {
            _ = &mut stop => break,
            () = hub.mirror.bell.notified() => {}
            () = tokio::time::sleep(LOOK_AFTER) => {}
        }
        desks.values().for_each(|desk| desk.bell.notify_one());
    }
    for desk in desks.into_values() {
        desk.end().await;
    }
}

/// Reads what is to be read, and nothing else.
async fn settle(hub: &Shared, desks: &mut BTreeMap<String, Desk>, feeds: Vec<Feed>, turn: &Arc<Semaphore>) {
    let mut wanted: BTreeMap<String, Vec<Feed>> = BTreeMap::new();
    for feed in feeds {
        wanted.entry(feed.office.clone()).or_default().push(feed);
    }
    let changed = |office: &String, desk: &Desk| wanted.get(office) != Some(&desk.feeds);
    let over: Vec<String> =
        desks.iter().filter(|(office, desk)| changed(office, desk)).map(|(office, _)| office.clone()).collect();
    for office in over {
        if let Some(desk) = desks.remove(&office) {
            desk.end().await;
        }
    }
    // What nobody wants mirrored any more is nowhere any more.
    let data = &hub.mirror.data;
    let kept = fs::read_dir(data.join(super::FOLDER)).into_iter().flatten().flatten();
    let kept = kept.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let gone: HashSet<String> =
        kept.chain(hub.mirror.shelf.offices()).filter(|office| !wanted.contains_key(office)).collect();
    for office in gone {
        let removed = hub.mirror.shelf.remove(&office).and_then(|()| match folder(data, &office) {
            folder if folder.exists() => fs::remove_dir_all(folder),
            _ => Ok(()),
        });
        if let Err(error) = removed {
            tracing::warn!(%error, office, "what was mirrored of an office cannot be removed");
        }
    }
    for (office, feeds) in wanted {
        desks.entry(office).or_insert_with_key(|office| {
            let bell = Rc::new(Notify::new());
            let work = read(hub.clone(), office.clone(), feeds.clone(), bell.clone(), turn.clone());
            Desk { feeds, bell, task: spawn_local(work) }
        });
    }
}

/// One office, for as long as it is let.
async fn read(hub: Shared, office: String, feeds: Vec<Feed>, bell: Rc<Notify>, turn: Arc<Semaphore>) {
    let (data, run) = (folder(&hub.mirror.data, &office), run_folder(&hub.mirror.data, &office));
    let network =
        Network { allow_private: hub.mirror.allow_private, proxy: None, ca: None, poll_minutes: POLL_MINUTES };
    let planned: Vec<_> = feeds.iter().map(Feed::board).collect();
    let plan = Plan { data: &data, run: &run, network: &network, boards: &planned, width: WIDTH };
    let mut device = loop {
        let made = fs::create_dir_all(&run).map_err(|error| error.to_string());
        match made.and_then(|()| Device::open(plan, hub.mirror.child.clone()).map_err(|error| error.to_string())) {
            Ok(device) => break device,
            Err(error) => tracing::warn!(error, office, "an office is not mirrored"),
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    };
    device.share_turn(turn);
    // Where this ends in the middle of a page, the thread that draws it has its own end.
    let _stop = SetOnDrop(device.stop());
    let (hub_there, of) = (hub.clone(), office.clone());
    let mut layout = Layout {
        hub: hub_there,
        office: of,
        feeds,
        data,
        run,
        reader: None,
        seen: None,
        admitted: Vec::new(),
        troubled: false,
    };
    let lay_out = async {
        for beat in 0_u64.. {
            layout.look(beat.is_multiple_of(TOLD_AFTER)).await;
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::select! {
        () = rounds(&hub, &office, &mut device, &bell) => {}
        () = lay_out => {}
    }
}

async fn rounds(hub: &Shared, office: &str, device: &mut Device, bell: &Notify) {
    loop {
        if let Err(error) = carry_out_releases(hub, office, device).await {
            tracing::warn!(error, office, "a release is not carried out yet");
        }
        let summary = device.round(hub.clock_now()).await;
        tell(&summary, office);
        let admitted: Vec<(String, String)> = summary
            .boards
            .iter()
            .flat_map(|board| board.admitted.iter().map(|kind| (board.key.clone(), kind.clone())))
            .collect();
        if !admitted.is_empty() {
            let (office, now) = (office.to_owned(), hub.now());
            let noted = hub.store.write(move |connection| boards::note_admitted(connection, &office, &admitted, now));
            if let Err(error) = noted.await {
                tracing::warn!(%error, "panels will not hear what the guard has let through");
            }
        }
        while !device.next(hub.clock_now()).is_zero() {
            tokio::select! {
                () = tokio::time::sleep(BEAT) => {}
                () = bell.notified() => {
                    if hub.mirror.is_hurried(office) {
                        device.hurry().store(true, Ordering::Relaxed);
                    }
                    if let Err(error) = carry_out_releases(hub, office, device).await {
                        tracing::warn!(error, office, "a release is not carried out yet");
                    }
                }
            }
        }
    }
}

/// Hands over to the guard what somebody has released. Done twice it does no harm.
async fn carry_out_releases(hub: &Shared, office: &str, device: &mut Device) -> Result<(), String> {
    let wanted = office.to_owned();
    let waiting = hub.store.read(move |connection| boards::releases(connection, &wanted)).await;
    let waiting = waiting.map_err(|error| error.to_string())?;
    if waiting.is_empty() {
        return Ok(());
    }
    for (_, board, kind) in &waiting {
        device.store().release(board, Some(kind), hub.clock_now()).map_err(|error| error.to_string())?;
    }
    let numbers: Vec<i64> = waiting.into_iter().map(|(number, ..)| number).collect();
    let done = hub.store.write(move |connection| boards::carried_out(connection, &numbers)).await;
    done.map_err(|error| error.to_string())
}

/// What went wrong, for the log; it names no notice.
fn tell(summary: &Summary, office: &str) {
    for board in &summary.boards {
        if let Some(error) = board.error() {
            tracing::info!(office, board = board.key, error, "a feed could not be taken in");
        }
    }
    for remark in &summary.remarks {
        tracing::warn!(office, remark, "mirror");
    }
}

struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Why something is not laid out.
#[derive(Debug, thiserror::Error)]
enum LayoutError {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Files(#[from] FilesError),
}

/// Lays out what the store of an office holds, whenever that has changed.
struct Layout {
    hub: Shared,
    office: String,
    feeds: Vec<Feed>,
    data: PathBuf,
    run: PathBuf,
    reader: Option<Reader>,
    /// The store's version and the turn of time for which it was laid out last.
    seen: Option<(i64, i64)>,
    /// Board and kind of what the guard has let through of late.
    admitted: Vec<(String, String)>,
    /// Said once, until it is over.
    troubled: bool,
}

impl Layout {
    async fn look(&mut self, whole: bool) {
        let before = self.seen;
        if let Err(error) = self.lay_out() {
            // Of what lies there nobody is told that it is today's: after a while panels go back to the office.
            let expected = matches!(error, LayoutError::Store(StoreError::Absent(_) | StoreError::Unmade(_)));
            if !expected && !std::mem::replace(&mut self.troubled, true) {
                tracing::warn!(%error, office = self.office, "nothing is laid out; it is tried again");
            }
            self.reader = None;
            return;
        }
        self.troubled = false;
        if whole || self.seen != before {
            let (office, now) = (self.office.clone(), self.hub.now());
            let read = self.hub.store.read(move |connection| boards::admitted(connection, &office, now));
            // Where it cannot be read, panels hear of it a little later.
            self.admitted = read.await.unwrap_or_default();
        }
        let report = SyncReport::read(&self.run).unwrap_or_default();
        for Feed { board, address, .. } in &self.feeds {
            let good_at = report.board(board).and_then(|report| report.last_good_at);
            let admitted = self.admitted.iter().filter(|(of, _)| of == board).map(|(_, kind)| kind.clone()).collect();
            self.hub.mirror.shelf.note(&self.office, board, address, good_at, admitted);
        }
    }

    fn lay_out(&mut self) -> Result<(), LayoutError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(Reader::open(&self.data)?),
        };
        let now = self.hub.clock_now();
        let state = (reader.version()?, now.at.timestamp() / SWEEP_AFTER);
        if self.seen == Some(state) {
            return Ok(());
        }
        let (files, shelf) = (Files::at(&self.data), &self.hub.mirror.shelf);
        let mut store = Store::open_beside(&self.data)?;
        let (mut named, mut feeds) = (HashSet::new(), Vec::new());
        for feed in &self.feeds {
            // What was never read is not known to be empty, and what was read elsewhere is not what this address says.
            let laid = shelf.feed(&self.office, &feed.board).is_some_and(|listed| listed.address == feed.address);
            if !laid && store.validators(&feed.board, &feed.address)?.is_none() {
                continue;
            }
            let posted = reader.posted(&feed.board)?;
            let filed = posted.iter().flat_map(|posted: &Posted| &posted.documents).filter_map(|filed| filed.digest);
            let here: HashSet<_> = filed.filter(|digest| shelf.lay(&self.office, &files, digest)).collect();
            let memory = store.memory(&feed.board)?;
            let memory = memory.map_or_else(Memory::default, |text| Memory::from_json(&feed.board, &text));
            let board = feed.board();
            let head = Head { board: &board, iri: memory.iri(), operator: memory.operator() };
            let bytes = norm::write(head, &posted, now.certain_day(), |digest| here.contains(digest));
            feeds.push((feed, bytes));
            named.extend(here);
        }
        shelf.settle(&self.office);
        for (feed, bytes) in feeds {
            shelf.put(&self.office, &feed.board, &feed.address, bytes)?;
        }
        let boards: Vec<&str> = self.feeds.iter().map(|feed| feed.board.as_str()).collect();
        shelf.keep(&self.office, &boards, &named, now.at);
        self.seen = Some(state);
        Ok(())
    }
}
