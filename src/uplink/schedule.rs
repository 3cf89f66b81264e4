//! When the hub is spoken to next. Pure: chance comes in as a seed, which is another for each device.

use std::time::Duration;

use crate::http::Backoff;

/// Bounds of what the hub may ask for between two letters.
pub const SOONEST: Duration = Duration::from_secs(10);
pub const LATEST: Duration = Duration::from_secs(24 * 3600);
/// While the hub is away. The longest wait is spread over half of itself: where a hub comes back after weeks, its
/// devices come back over minutes.
const AWAY: Backoff =
    Backoff { first: Duration::from_secs(20), most: Duration::from_secs(15 * 60), most_asked: LATEST };
/// Sync starts wherever the power comes back, and a whole town's does at once.
const START: Duration = Duration::from_secs(5);
/// The hub's own wish is spread by this part of it to both sides.
const SPREAD: f64 = 0.1;

#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    seed: u64,
    letters: u32,
    failures: u32,
}

impl Schedule {
    pub fn new(seed: u64) -> Schedule {
        Schedule { seed, letters: 0, failures: 0 }
    }

    /// Before the first letter.
    pub fn first(&self) -> Duration {
        START.mul_f64(Backoff::spread(self.seed))
    }

    /// After a letter that was taken. `again_after`: the hub's wish, in seconds.
    pub fn taken(&mut self, again_after: u32) -> Duration {
        self.failures = 0;
        self.in_due_time(again_after)
    }

    /// The same where the hub has answered, and the letter was not taken for good.
    pub fn in_due_time(&mut self, again_after: u32) -> Duration {
        self.letters = self.letters.wrapping_add(1);
        let share = Backoff::spread(self.seed ^ u64::from(self.letters).rotate_left(32));
        let wish = Duration::from_secs(again_after.into()).clamp(SOONEST, LATEST);
        wish.mul_f64(1.0 - SPREAD + 2.0 * SPREAD * share)
    }

    /// After one that was not.
    pub fn failed(&mut self, retry_after: Option<Duration>) -> Duration {
        self.failures = self.failures.saturating_add(1);
        AWAY.wait(self.failures, self.seed, retry_after)
    }

    pub fn is_failing(&self) -> bool {
        self.failures > 0
    }
}
