//! Waits, on threads of its own, for what the panel must be woken for: a commit of sync, and the order to stop.
//!
//! A watch that cannot be set is no fault: the panel looks once a minute anyway.

use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io;
use tokio::signal::unix::{SignalKind, signal};
use vyveska::wire::SyncReport;

/// How long to wait for a folder that is not there yet.
const RETRY: Duration = Duration::from_secs(10);

/// What happened since the panel last asked.
#[derive(Clone, Default)]
pub struct Watch {
    changed: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// Starts both threads; `wake` makes the panel take a turn.
    pub fn start(run: PathBuf, wake: impl Fn() + Clone + Send + 'static) -> Watch {
        let watch = Watch::default();
        let (changed, notify) = (watch.changed.clone(), wake.clone());
        spawn("changes", move || {
            loop {
                // Whatever ended the watch, something may have happened meanwhile.
                let _ = each_change(&run, || {
                    changed.store(true, Ordering::Release);
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

/// Calls `notify` for each rename of `changed` in the folder, and once at the beginning.
fn each_change(run: &std::path::Path, notify: impl Fn()) -> io::Result<()> {
    let inotify = inotify::init(CreateFlags::CLOEXEC)?;
    inotify::add_watch(&inotify, run, WatchFlags::MOVED_TO | WatchFlags::ONLYDIR)?;
    notify();
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(inotify, &mut buffer);
    loop {
        let event = events.next()?;
        if event.events().contains(ReadFlags::IGNORED) {
            return Ok(());
        }
        if event.file_name().is_some_and(|name| name.to_bytes() == SyncReport::CHANGED.as_bytes()) {
            notify();
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
