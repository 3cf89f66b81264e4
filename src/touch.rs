//! What the touch sensor reports: from the kernel's input events to contacts on the panel, and recordings of them.
//!
//! The source is the kernel's multi-touch-protocol document, type B (slots), and its event-codes document for
//! `SYN_DROPPED`. A sensor without slots is read by its single place (`ABS_X`, `ABS_Y`, `BTN_TOUCH`). It deliberately
//! does not open devices, read a clock or know what a contact means: `hand` does. The surprising thing: a slot keeps
//! the values of the contact before. The kernel tells only what changed, so a finger that comes down where the last one
//! was lifted says nothing of its place.

mod axis;
mod matrix;
mod recording;
mod slot;
mod trace;

use std::time::Duration;

use crate::hand::{Contact, Phase};
use axis::Surface;
pub use axis::{Axis, SensorError};
pub use matrix::Matrix;
pub use recording::Recording;
use slot::Slot;
pub use trace::{Line, Trace, TraceError};

pub const EV_SYN: u16 = 0x00;
pub const EV_KEY: u16 = 0x01;
pub const EV_ABS: u16 = 0x03;
pub const SYN_REPORT: u16 = 0;
pub const SYN_DROPPED: u16 = 3;
pub const BTN_TOUCH: u16 = 0x14a;
pub const ABS_X: u16 = 0x00;
pub const ABS_Y: u16 = 0x01;
pub const ABS_MT_SLOT: u16 = 0x2f;
pub const ABS_MT_TOUCH_MAJOR: u16 = 0x30;
pub const ABS_MT_POSITION_X: u16 = 0x35;
pub const ABS_MT_POSITION_Y: u16 = 0x36;
pub const ABS_MT_TOOL_TYPE: u16 = 0x37;
pub const ABS_MT_TRACKING_ID: u16 = 0x39;
pub const ABS_MT_DISTANCE: u16 = 0x3b;

/// More slots than this are not followed; the largest sensors have 40.
const MOST_SLOTS: usize = 64;

/// The kernel's `struct input_event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Since a moment that is the same for the whole stream.
    pub at: Duration,
    /// `EV_…`.
    pub kind: u16,
    /// `SYN_…`, `ABS_…` or `BTN_…`.
    pub code: u16,
    pub value: i32,
}

/// A touch sensor behind the whole of a panel.
#[derive(Debug)]
pub struct Sensor {
    surface: Surface,
    slots: Vec<Slot>,
    /// The slot that is spoken of; `None`: one that the sensor does not have.
    chosen: Option<usize>,
    hearing: Hearing,
    /// Not told yet.
    news: Vec<Contact>,
    /// Contacts are numbered by us: sensors repeat themselves.
    next: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Hearing {
    All,
    /// The kernel dropped events: the rest of this report is worth nothing.
    Nothing,
    /// The report in which the reader of the device tells what lies there since.
    State,
}

impl Sensor {
    /// `axis` is what the kernel says of an axis (`EVIOCGABS`); the panel's sides are in physical pixels.
    pub fn new(axis: impl Fn(u16) -> Option<Axis>, width: u32, height: u32) -> Result<Sensor, SensorError> {
        Sensor::turned(axis, Matrix::SAME, width, height)
    }

    /// A sensor that does not lie as the panel does: `matrix` takes its unit square to the panel's.
    pub fn turned(
        axis: impl Fn(u16) -> Option<Axis>,
        matrix: Matrix,
        width: u32,
        height: u32,
    ) -> Result<Sensor, SensorError> {
        let surface = Surface::new(&axis, matrix, width, height)?;
        let slots = match axis(ABS_MT_SLOT) {
            Some(slots) if !surface.is_single() => usize::try_from(slots.max).unwrap_or(0).saturating_add(1),
            _ => 1,
        };
        Ok(Sensor {
            surface,
            slots: vec![Slot::default(); slots.min(MOST_SLOTS)],
            chosen: Some(0),
            hearing: Hearing::All,
            news: Vec::new(),
            next: 0,
        })
    }

    /// What an event comes to; contacts change with `SYN_REPORT`, at its time.
    ///
    /// With `SYN_DROPPED` every contact is cancelled. Whoever reads the device then hands in its state (`EVIOCGMTSLOTS`
    /// of each slot, `EVIOCGABS` of `ABS_MT_SLOT`) as one more report, after the one that ends what was dropped. What
    /// lies on the glass in that report is nobody until it is lifted: whether it is still the same finger is a guess.
    pub fn take(&mut self, event: Event) -> Vec<Contact> {
        match (event.kind, event.code) {
            (EV_SYN, SYN_DROPPED) => self.lose(),
            (EV_SYN, SYN_REPORT) => self.report(),
            (EV_ABS, code) if self.hearing != Hearing::Nothing => self.set(code, event.value),
            (EV_KEY, BTN_TOUCH) if self.hearing != Hearing::Nothing && self.surface.is_single() => {
                self.begin(if event.value > 0 { 0 } else { -1 });
            }
            _ => {}
        }
        match event.kind {
            EV_SYN => std::mem::take(&mut self.news),
            _ => Vec::new(),
        }
    }

    fn set(&mut self, code: u16, value: i32) {
        let single = self.surface.is_single();
        if code == ABS_MT_SLOT && !single {
            self.chosen = usize::try_from(value).ok().filter(|slot| *slot < self.slots.len());
        }
        if code == ABS_MT_TRACKING_ID && !single {
            self.begin(value);
        }
        let Some(slot) = self.chosen.map(|at| &mut self.slots[at]) else { return };
        match code {
            ABS_X if single => slot.x = Some(value),
            ABS_Y if single => slot.y = Some(value),
            ABS_MT_POSITION_X if !single => slot.x = Some(value),
            ABS_MT_POSITION_Y if !single => slot.y = Some(value),
            ABS_MT_TOUCH_MAJOR => slot.major = value,
            ABS_MT_TOOL_TYPE => slot.tool = value,
            ABS_MT_DISTANCE => slot.distance = value,
            _ => return,
        }
        slot.changed = true;
    }

    /// Another contact in the chosen slot, or none where negative.
    fn begin(&mut self, id: i32) {
        let Some(slot) = self.chosen.map(|at| &mut self.slots[at]) else { return };
        let id = (id >= 0).then_some(id);
        if slot.id == id {
            return;
        }
        // Without a lift between them the one before has been lifted all the same.
        if let (Some(number), Some(place)) = (slot.told.take(), slot.place()) {
            self.news.push(self.surface.contact(number, Phase::Up, place));
        }
        (slot.id, slot.mute) = (id, false);
    }

    fn report(&mut self) {
        match self.hearing {
            Hearing::Nothing => {
                self.hearing = Hearing::State;
                return;
            }
            Hearing::State => self.slots.iter_mut().for_each(|slot| slot.mute = slot.id.is_some()),
            Hearing::All => {}
        }
        self.hearing = Hearing::All;
        for slot in &mut self.slots {
            let changed = std::mem::take(&mut slot.changed);
            let Some(place) = slot.place() else { continue };
            let (number, phase) = match slot.told {
                None if slot.touches() => {
                    self.next += 1;
                    slot.told = Some(self.next);
                    (self.next, Phase::Down)
                }
                Some(number) if !slot.touches() => {
                    slot.told = None;
                    (number, if slot.is_palm() { Phase::Cancel } else { Phase::Up })
                }
                Some(number) if changed => (number, Phase::Move),
                _ => continue,
            };
            self.news.push(self.surface.contact(number, phase, place));
        }
    }

    fn lose(&mut self) {
        self.hearing = Hearing::Nothing;
        for slot in &mut self.slots {
            slot.changed = false;
            slot.mute = slot.id.is_some();
            if let (Some(number), Some(place)) = (slot.told.take(), slot.place()) {
                self.news.push(self.surface.contact(number, Phase::Cancel, place));
            }
        }
    }
}
