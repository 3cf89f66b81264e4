//! That sync gets on with its work, for whoever watches it: a number that grows with each feed, document and page that
//! ended, well or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared by those who do the work.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Something has ended.
    pub fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn steps(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
