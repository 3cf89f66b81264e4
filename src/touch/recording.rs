//! Writes down contacts as a file of evemu-record(1), to be replayed on the panel's own pages (`vyveska shot --visit`).
//!
//! The surprising thing: it records what the sensor's reader made of the kernel's events, in pixels of the upright
//! panel, so that the file says the same wherever it is replayed.

use std::fmt::Write as _;
use std::time::Duration;

use super::{
    ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_SLOT, ABS_MT_TOUCH_MAJOR, ABS_MT_TRACKING_ID, EV_ABS, EV_SYN,
    SYN_REPORT,
};
use crate::hand::{Contact, Phase};

/// As many contacts at once as are written down.
const SLOTS: usize = 16;
/// A longer recording ends: five minutes of ten fingers have fewer bytes.
const MOST_BYTES: usize = 8 << 20;

#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Pixels of the glass.
    width: u32,
    height: u32,
    begin: Duration,
    events: String,
    /// Which contact has which slot.
    slots: [Option<u64>; SLOTS],
    next: i32,
}

impl Recording {
    /// Of a glass of so many pixels, from now on.
    pub fn begin(width: u32, height: u32, at: Duration) -> Recording {
        Recording { width, height, begin: at, events: String::new(), slots: [None; SLOTS], next: 0 }
    }

    /// Since when it runs.
    pub fn since(&self) -> Duration {
        self.begin
    }

    pub fn take(&mut self, contact: Contact, at: Duration) {
        let Contact { id, phase, x, y, length } = contact;
        let known = self.slots.iter().position(|slot| *slot == Some(id));
        let down = phase == Phase::Down;
        let free = || self.slots.iter().position(Option::is_none);
        let Some(slot) = known.or_else(|| down.then(free).flatten()) else { return };
        if self.events.len() > MOST_BYTES {
            return;
        }
        let mut say = |code: u16, value: i32| self.write(at, EV_ABS, code, value);
        say(ABS_MT_SLOT, slot as i32);
        if matches!(phase, Phase::Up | Phase::Cancel) {
            say(ABS_MT_TRACKING_ID, -1);
            self.slots[slot] = None;
        } else {
            if down {
                self.next += 1;
                let next = self.next;
                self.write(at, EV_ABS, ABS_MT_TRACKING_ID, next);
                self.slots[slot] = Some(id);
            }
            self.write(at, EV_ABS, ABS_MT_POSITION_X, x.round() as i32);
            self.write(at, EV_ABS, ABS_MT_POSITION_Y, y.round() as i32);
            if length > 0.0 {
                self.write(at, EV_ABS, ABS_MT_TOUCH_MAJOR, length.round() as i32);
            }
        }
        self.write(at, EV_SYN, SYN_REPORT, 0);
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut text = String::from("# EVEMU 1.2\n# contacts of the touch test, in pixels of the upright glass\n");
        let axes = [
            (ABS_MT_SLOT, SLOTS as i64 - 1),
            (ABS_MT_TOUCH_MAJOR, i64::from(self.width.max(self.height))),
            (ABS_MT_POSITION_X, i64::from(self.width) - 1),
            (ABS_MT_POSITION_Y, i64::from(self.height) - 1),
            (ABS_MT_TRACKING_ID, 65_535),
        ];
        for (code, most) in axes {
            // A string takes everything.
            let _ = writeln!(text, "A: {code:02x} 0 {most} 0 0 0");
        }
        text + &self.events
    }

    fn write(&mut self, at: Duration, kind: u16, code: u16, value: i32) {
        let since = at.saturating_sub(self.begin);
        let _ = writeln!(
            self.events,
            "E: {}.{:06} {kind:04x} {code:04x} {value:04}",
            since.as_secs(),
            since.subsec_micros()
        );
    }
}
