//! The way in: one finger that stays on the line with the age of the content, or the key "back" again and again.
//!
//! Hidden, so that nobody is led here; but whoever was told sees from the second second on that it works.

use std::time::Duration;

use super::Event;

/// How long a finger has to stay.
pub const HOLD: Duration = Duration::from_secs(5);
/// Until then nothing shows: every touch begins like this.
const UNSEEN: Duration = Duration::from_secs(1);
/// What shows grows in such steps.
const STEP: Duration = Duration::from_millis(100);
/// The key "back", so often in a row.
const BACKS: u32 = 7;
/// Until then nothing shows.
const UNSEEN_BACKS: u32 = 2;
/// More time between two of them, and they are counted anew.
const BETWEEN: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Default)]
pub struct Door {
    /// There is a PIN; without it nobody is asked for one.
    unbarred: bool,
    /// Since when a finger is there.
    held: Option<Duration>,
    backs: u32,
    last_back: Duration,
}

impl Door {
    pub fn unbar(&mut self) {
        self.unbarred = true;
    }

    /// Whether it is open now.
    pub fn push(&mut self, event: &Event, at: Duration) -> bool {
        if !self.unbarred {
            return false;
        }
        match event {
            Event::Hold(true) => self.held = self.held.or(Some(at)),
            Event::Hold(false) => self.held = None,
            Event::BackAtTheWall => {
                self.backs = if self.is_late(at) { 1 } else { self.backs + 1 };
                self.last_back = at;
            }
            _ if self.is_late(at) => self.backs = 0,
            _ => {}
        }
        let open = self.opened(at) >= 1.0;
        if open {
            self.shut();
        }
        open
    }

    pub fn shut(&mut self) {
        (self.held, self.backs) = (None, 0);
    }

    /// How far it is open, 0 to 1.
    pub fn opened(&self, at: Duration) -> f32 {
        let held = self.held.map_or(Duration::ZERO, |since| at.saturating_sub(since));
        let by_hand = held.saturating_sub(UNSEEN).as_secs_f32() / (HOLD - UNSEEN).as_secs_f32();
        let by_key = self.backs.saturating_sub(UNSEEN_BACKS) as f32 / (BACKS - UNSEEN_BACKS) as f32;
        by_hand.max(by_key).min(1.0)
    }

    pub fn due(&self, at: Duration) -> Option<Duration> {
        let by_hand = self.held.map(|since| if at < since + UNSEEN { since + UNSEEN } else { at + STEP });
        let by_key = (self.backs > 0).then_some(self.last_back + BETWEEN);
        [by_hand, by_key].into_iter().flatten().min()
    }

    fn is_late(&self, at: Duration) -> bool {
        at.saturating_sub(self.last_back) >= BETWEEN
    }
}
