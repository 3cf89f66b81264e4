//! The flip under way, and what is to be done about one that is not done in time.
//!
//! The surprising thing: a picture that got there by lighting the display anew forgives nothing. A driver that lights and
//! never flips would otherwise be lit anew for ever, once a second.

use std::time::Duration;

/// A flip takes no longer than two pictures; after this the display counts as hung.
pub const LIMIT: Duration = Duration::from_secs(1);
/// Lit anew so often in a row, without a flip between, the program gives up and is started again.
const MOST_MISSES: u32 = 2;

#[derive(Debug, Default)]
pub struct Flips {
    /// One is under way since then.
    since: Option<Duration>,
    /// In a row that were never done.
    misses: u32,
    missed: u64,
}

/// What is to be done about the flip under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// Nothing.
    No,
    /// It will not be done any more: light the display anew.
    Once,
    /// That did not help, so many times in a row: end the program.
    Hung(u32),
}

impl Flips {
    pub fn begin(&mut self, at: Duration) {
        self.since = Some(at);
    }

    /// It was done. Returns whether one was under way.
    pub fn done(&mut self) -> bool {
        let done = self.since.take().is_some();
        if done {
            self.misses = 0;
        }
        done
    }

    /// The display is lit anew: what was under way is of no interest any more.
    pub fn forget(&mut self) {
        self.since = None;
    }

    pub fn under_way(&self) -> bool {
        self.since.is_some()
    }

    /// When [`Flips::look`] has something to say, at the latest.
    pub fn due(&self) -> Option<Duration> {
        self.since.map(|since| since + LIMIT)
    }

    pub fn look(&mut self, at: Duration) -> Late {
        if self.due().is_none_or(|due| at < due) {
            return Late::No;
        }
        self.since = None;
        self.missed += 1;
        self.misses += 1;
        if self.misses < MOST_MISSES { Late::Once } else { Late::Hung(self.misses) }
    }

    /// Whether the last one was done.
    pub fn sound(&self) -> bool {
        self.misses == 0
    }

    /// Since the start that were never done.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}
