//! The wall's sheets and when the next one is due.

use std::time::Duration;

/// So long a wall without sheets is to be seen.
const BARE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Default)]
pub struct Wall {
    stays: Vec<Duration>,
    sheet: usize,
    /// Since when the present sheet is up.
    since: Duration,
}

impl Wall {
    pub fn sheet(&self) -> usize {
        self.sheet
    }

    pub fn lay(&mut self, stays: Vec<Duration>, at: Duration) {
        if stays.is_empty() || self.sheet >= stays.len() {
            self.sheet = 0;
            self.since = at;
        }
        self.stays = stays;
    }

    /// The sheet on the glass stays its full time from now on.
    pub fn rest(&mut self, at: Duration) {
        self.since = at;
    }

    /// Turns at most one sheet: after a long pause nobody wants to see the missed ones fly by.
    pub fn turn(&mut self, at: Duration) {
        if self.due().is_some_and(|due| at >= due) {
            self.next(at);
        }
    }

    /// The next sheet hangs, if only after something else.
    pub fn next(&mut self, at: Duration) {
        self.sheet = (self.sheet + 1) % self.stays.len().max(1);
        self.since = at;
    }

    /// Whether the sheet has hung for its time; a wall without sheets has one.
    pub fn is_over(&self, at: Duration) -> bool {
        at >= self.end()
    }

    pub fn end(&self) -> Duration {
        self.since + self.stays.get(self.sheet).copied().unwrap_or(BARE)
    }

    /// `None`: a single sheet has nothing to turn to.
    pub fn due(&self) -> Option<Duration> {
        if self.stays.len() < 2 { None } else { Some(self.since + self.stays[self.sheet]) }
    }
}
