//! Waits, on threads of its own, for what the panel must be woken for: a commit of sync, news of the hub, an order, and
//! the signal to stop.
//!
//! A watch that cannot be set is no fault: the panel looks once a minute anyway.

use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io;
use tokio::signal::unix::{SignalKind, signal};
use vyveska::command::{Inbox, Program};
use vyveska::wire::decree::Decree;
use vyveska::wire::{LinkReport, SyncReport};

/// How long to wait for a folder that is not there yet.
const RETRY: Duration = Duration::from_secs(10);

/// What happened since the panel last asked.
#[derive(Clone, Default)]
pub struct Watch {
    changed: Arc<AtomicBool>,
    ordered: Arc<AtomicBool>,
    linked: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// Starts both threads; `wake` makes the panel take a turn.
    pub fn start(run: PathBuf, wake: impl Fn() + Clone + Send + 'static) -> Watch {
        let watch = Watch::default();
        let (changed, ordered, linked) = (watch.changed.clone(), watch.ordered.clone(), watch.linked.clone());
        let notify = wake.clone();
        let orders = Inbox::open(&run, Program::Panel).folder();
        spawn("changes", move || {
            loop {
                // Whatever ended the watch, something may have happened meanwhile.
                let _ = each_change(&run, &orders, |what| {
                    let flag = match what {
                        What::Changed => &changed,
                        What::Ordered => &ordered,
                        What::Linked => &linked,
                    };
                    flag.store(true, Ordering::Release);
                    notify();
                });
                thread::sleep(RETRY);
            }
        });
        let stop = watch.stop.clone();
        spawn("signals", move || {
            if told_to_stop().is_ok() {
                stop.store(true, Ordering::Release);
                wake();
            }
        });
        watch
    }

    /// Whether sync committed something.
    pub fn changed(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }

    /// Whether somebody put an order into the panel's mailbox.
    pub fn ordered(&self) -> bool {
        self.ordered.swap(false, Ordering::AcqRel)
    }

    /// Whether sync has said how it stands with the hub.
    pub fn linked(&self) -> bool {
        self.linked.swap(false, Ordering::AcqRel)
    }

    /// Whether the panel was told to stop.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    // Small: they only wait.
    let thread = thread::Builder::new().name(name.to_owned()).stack_size(256 << 10);
    if let Err(error) = thread.spawn(work) {
        tracing::warn!("nothing waits for {name}: {error}");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Changed,
    Ordered,
    Linked,
}

/// Calls `notify` for each rename of `changed`, `decree.json` and `link.json` in the run folder, for each order, and once for all of them
/// at the beginning.
fn each_change(run: &Path, orders: &Path, notify: impl Fn(What)) -> io::Result<()> {
    let inotify = inotify::init(CreateFlags::CLOEXEC)?;
    let flags = WatchFlags::MOVED_TO | WatchFlags::ONLYDIR;
    inotify::add_watch(&inotify, run, flags)?;
    let orders = inotify::add_watch(&inotify, orders, flags)?;
    notify(What::Changed);
    notify(What::Ordered);
    notify(What::Linked);
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(inotify, &mut buffer);
    loop {
        let event = events.next()?;
        if event.events().contains(ReadFlags::IGNORED) {
            return Ok(());
        }
        if event.wd() == orders {
            notify(What::Ordered);
            continue;
        }
        match event.file_name().map(|name| name.to_bytes()) {
            Some(name) if name == SyncReport::CHANGED.as_bytes() || Decree::is_file(name) => notify(What::Changed),
            Some(name) if name == LinkReport::FILE.as_bytes() => notify(What::Linked),
            _ => {}
        }
    }
}

/// Returns when the program is asked to end.
fn told_to_stop() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}
