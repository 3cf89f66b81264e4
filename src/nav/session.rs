//! Whether somebody is reading, and when they are taken to have left.

use std::time::Duration;

/// How long a reader may be still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Without any activity for this long the session ends; on the pages of a document, only after what is in sight
    /// could be read besides.
    pub idle: Duration,
    /// The last part of `idle`, in which the reader is warned.
    pub warning: Duration,
}

#[derive(Debug, Clone)]
pub struct Session {
    patience: Patience,
    /// Last activity; `None`: nobody is there.
    active: Option<Duration>,
    /// What there is to read takes so much longer.
    reading: Duration,
}

impl Session {
    pub fn new(patience: Patience) -> Session {
        Session { patience, active: None, reading: Duration::ZERO }
    }

    pub fn is_open(&self) -> bool {
        self.active.is_some()
    }

    pub fn touch(&mut self, at: Duration) {
        self.active = Some(self.active.map_or(at, |before| before.max(at)));
    }

    /// What is in sight takes this long to read; the reader may be still for so much longer.
    pub fn allow(&mut self, reading: Duration) {
        self.reading = reading;
    }

    pub fn close(&mut self) {
        self.active = None;
    }

    pub fn over(&self, at: Duration) -> bool {
        self.end().is_some_and(|end| at >= end)
    }

    /// Whole seconds left, rounded up; from the moment of the warning on.
    pub fn warning(&self, at: Duration) -> Option<u32> {
        let end = self.end()?;
        let left = end.checked_sub(at).filter(|left| !left.is_zero() && *left <= self.patience.warning)?;
        Some(left.as_millis().div_ceil(1000) as u32)
    }

    /// When something about the session changes next: the warning comes, counts a second, the session ends.
    pub fn due(&self, at: Duration, warns: bool) -> Option<Duration> {
        let end = self.end()?;
        let first = end.saturating_sub(self.patience.warning);
        Some(match self.warning(at) {
            _ if !warns => end,
            None if at < first => first,
            None => end,
            Some(left) => end.saturating_sub(Duration::from_secs(u64::from(left) - 1)),
        })
    }

    fn end(&self) -> Option<Duration> {
        self.active.map(|active| active + self.patience.idle + self.reading)
    }
}
