//! Rain on the glass, and a sensor gone mad: contacts that come faster than hands can make them.

use std::collections::VecDeque;
use std::time::Duration;

/// So many new contacts in a second are no hand: two that drum make ten.
const DOWNPOUR: usize = 12;
/// It has stopped when a second brought no more than so many.
const DRIZZLE: usize = 4;
const WITHIN: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Rain {
    /// When contacts came, in the last second.
    drops: VecDeque<Duration>,
    raining: bool,
}

impl Rain {
    /// A contact came; whether it is one of too many.
    pub fn falls(&mut self, now: Duration) -> bool {
        while self.drops.front().is_some_and(|drop| now.saturating_sub(*drop) >= WITHIN) {
            self.drops.pop_front();
        }
        self.drops.push_back(now);
        if self.drops.len() > DOWNPOUR {
            // Older ones say nothing more.
            self.drops.pop_front();
        }
        match self.drops.len() {
            count if count >= DOWNPOUR => self.raining = true,
            count if count <= DRIZZLE => self.raining = false,
            _ => {}
        }
        self.raining
    }
}
