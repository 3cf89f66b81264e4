//! Whether rendering rests because somebody reads: a page that nobody has asked for yet must not take the processor from
//! the one that is being turned.
//!
//! It knows the panel only by `run/panel.json`. The surprising thing: whether that record is fresh is told by the
//! monotonic clock since it last became another one, not by the time that stands in it, because neither program's wall
//! clock has to be right.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock;
use crate::wire::{self, PanelReport};

/// A panel that has not written for so long is dead, and nobody reads on it. It writes about once a minute.
pub const SILENCE: Duration = Duration::from_secs(150);
/// Rendering rests so long in a row at most: rain on the glass looks like a reader who never leaves. Then it goes on
/// until the session has ended.
pub const LONGEST: Duration = Duration::from_secs(30 * 60);
/// How often the record is looked at while rendering rests.
pub const LOOK: Duration = Duration::from_millis(500);

/// Shared by those who render on one device.
#[derive(Debug)]
pub struct Rest {
    run: PathBuf,
    watch: Mutex<Watch>,
}

impl Rest {
    /// `run` is the folder in which the panel reports.
    pub fn new(run: &Path) -> Rest {
        Rest { run: run.to_owned(), watch: Mutex::default() }
    }

    /// Wakes the panel: pages were committed. It looks once a minute anyway.
    pub fn tell(&self) {
        if let Err(error) = wire::announce_change(&self.run) {
            tracing::debug!("the panel is not woken: {error}");
        }
    }

    /// Whether somebody reads now, so that rendering rests.
    pub fn is_due(&self) -> bool {
        let report = PanelReport::read(&self.run);
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).look(report, clock::ticks())
    }
}

/// What was seen of the panel so far: the rule without a clock and without a file.
#[derive(Debug, Default)]
pub struct Watch {
    seen: Option<PanelReport>,
    /// When it became what it is, by the monotonic clock.
    seen_at: Duration,
    /// Since when somebody has been reading without a pause.
    reading_since: Option<Duration>,
}

impl Watch {
    /// The panel's record as it is at `at`; whether rendering rests.
    pub fn look(&mut self, report: Option<PanelReport>, at: Duration) -> bool {
        if report != self.seen {
            self.seen = report;
            self.seen_at = at;
        }
        let alive = at.saturating_sub(self.seen_at) < SILENCE;
        if !(alive && self.seen.as_ref().is_some_and(|report| report.reading)) {
            self.reading_since = None;
            return false;
        }
        let since = *self.reading_since.get_or_insert(at);
        at.saturating_sub(since) < LONGEST
    }
}
