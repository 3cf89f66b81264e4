//! A hand as a touch sensor tells of it: made up, by the kernel's multi-touch-protocol document (type B), and written
//! as evemu-record(1) would.
//!
//! A report every 8 ms; fingers that tremble, speed up and slow down, lie wider once they are pressed on, and come
//! down one after the other; values that did not change are left out, as the kernel does. The same hand each time.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use vyveska::touch::*;

/// Units of both axes of the sensor, and of a contact's length in a millimetre.
const UNITS: i32 = 4096;
const LENGTH_PER_MM: f32 = 14.0;
/// Between two reports, in microseconds.
const REPORT: u64 = 8_000;
/// What the second finger comes later, in reports.
const LATER: usize = 3;

/// From where to where, in pixels of the panel.
pub type Stroke = [(f32, f32); 2];

/// How far along its way a finger is, both from 0 to 1.
pub type Pace = fn(f32) -> f32;

/// It comes to rest before it is lifted (the minimum-jerk path of arm movements).
pub fn placed(time: f32) -> f32 {
    time * time * time * (10.0 - 15.0 * time + 6.0 * time * time)
}

/// It is fastest when it is lifted.
pub fn thrown(time: f32) -> f32 {
    time * time
}

pub struct Sketch {
    size: (f32, f32),
    micros: u64,
    /// What the kernel told of each slot, and of the device (slot -1).
    told: BTreeMap<(i32, u16), i32>,
    slot: i32,
    contacts: i32,
    dice: u64,
    pub events: Vec<Event>,
}

impl Sketch {
    /// For a panel of so many pixels.
    pub fn new(width: u32, height: u32) -> Sketch {
        let mut sketch = Sketch {
            size: (width as f32, height as f32),
            micros: 0,
            told: BTreeMap::new(),
            slot: 0,
            contacts: 0,
            dice: 0x5eed_0002,
            events: Vec::new(),
        };
        sketch.push(EV_SYN, SYN_REPORT, 0);
        sketch
    }

    /// Since the beginning.
    pub fn now(&self) -> Duration {
        Duration::from_micros(self.micros)
    }

    pub fn wait(&mut self, time: Duration) {
        self.micros += time.as_micros() as u64;
    }

    /// One or two fingers on their ways, and off the glass.
    pub fn stroke(&mut self, fingers: &[Stroke], time: Duration, pace: Pace) {
        let reports = (time.as_micros() as u64 / REPORT).max(2) as usize;
        for report in 0..=reports + LATER * (fingers.len() - 1) {
            for (slot, [from, to]) in fingers.iter().enumerate() {
                let Some(along) = report.checked_sub(slot * LATER).filter(|along| *along <= reports) else { continue };
                let part = pace(along as f32 / reports as f32);
                let place = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
                self.contact(slot as i32, along, reports, place);
            }
            let held = (0..fingers.len() as i32).any(|slot| self.told.get(&(slot, ABS_MT_TRACKING_ID)) > Some(&-1));
            self.tell(-1, EV_KEY, BTN_TOUCH, i32::from(held));
            self.push(EV_SYN, SYN_REPORT, 0);
            self.micros += REPORT;
        }
    }

    pub fn tap(&mut self, place: (f32, f32)) {
        self.stroke(&[[place; 2]], Duration::from_millis(96), placed);
    }

    /// What one report says of a finger.
    fn contact(&mut self, slot: i32, along: usize, reports: usize, place: (f32, f32)) {
        if along == reports {
            return self.mt(slot, ABS_MT_TRACKING_ID, -1);
        }
        if along == 0 {
            self.contacts += 1;
            self.mt(slot, ABS_MT_TRACKING_ID, self.contacts);
        }
        // Within a third of a millimetre.
        let x = self.trembling(place.0 / self.size.0 * UNITS as f32, 3.0);
        let y = self.trembling(place.1 / self.size.1 * UNITS as f32, 2.0);
        let pressed = (along as f32 / 4.0).min(1.0);
        let length = self.trembling((6.0 + 4.0 * pressed) * LENGTH_PER_MM, 1.0);
        self.mt(slot, ABS_MT_POSITION_X, x);
        self.mt(slot, ABS_MT_POSITION_Y, y);
        self.mt(slot, ABS_MT_TOUCH_MAJOR, length);
        if slot == 0 {
            // For those who know one finger only.
            self.tell(-1, EV_ABS, ABS_X, x);
            self.tell(-1, EV_ABS, ABS_Y, y);
        }
    }

    fn mt(&mut self, slot: i32, code: u16, value: i32) {
        if self.told.get(&(slot, code)) == Some(&value) {
            return;
        }
        if self.slot != slot {
            self.slot = slot;
            self.push(EV_ABS, ABS_MT_SLOT, slot);
        }
        self.tell(slot, EV_ABS, code, value);
    }

    fn tell(&mut self, slot: i32, kind: u16, code: u16, value: i32) {
        if self.told.insert((slot, code), value) != Some(value) {
            self.push(kind, code, value);
        }
    }

    fn push(&mut self, kind: u16, code: u16, value: i32) {
        self.events.push(Event { at: self.now(), kind, code, value });
    }

    fn trembling(&mut self, value: f32, by: f32) -> i32 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let part = (self.dice >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
        (value + by * part).round() as i32
    }

    /// As a file.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "# EVEMU 1.3\n# Nobody touched anything: a hand made up from the kernel's multi-touch-protocol document \
             (type B).\nN: Made up by tests/behaviour/visits/sketch.rs\n",
        );
        for (code, max, per_mm) in [
            (ABS_X, UNITS - 1, 0),
            (ABS_Y, UNITS - 1, 0),
            (ABS_MT_SLOT, 9, 0),
            (ABS_MT_TOUCH_MAJOR, 255, 0),
            (ABS_MT_POSITION_X, UNITS - 1, 0),
            (ABS_MT_POSITION_Y, UNITS - 1, 0),
            (ABS_MT_TRACKING_ID, 65_535, 0),
        ] {
            writeln!(text, "A: {code:02x} 0 {max} 0 0 {per_mm}").expect("it is kept in memory");
        }
        for Event { at, kind, code, value } in &self.events {
            let (seconds, micros) = (at.as_secs(), at.subsec_micros());
            writeln!(text, "E: {seconds}.{micros:06} {kind:04x} {code:04x} {value:04}").expect("it is kept in memory");
        }
        text
    }
}
