//! What the bare glass knows of itself, shared with whoever reports it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::input::Sensors;

/// Of the display and of the sensors. Times are since the start of the program.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// The kernel's name, empty where there is no display.
    pub connector: String,
    pub connected: bool,
    /// The controller is active and shows our picture.
    pub active: bool,
    /// As the display has it.
    pub width: u32,
    pub height: u32,
    /// Degrees, clockwise.
    pub rotation: u32,
    pub flipped_at: Option<Duration>,
    /// Flips since the start that were never done.
    pub missed_flips: u64,
    pub level: Level,
    /// What is wrong with the display, one sentence with its cure.
    pub trouble: Option<String>,
    pub sensors: Sensors,
}

/// How far it is proved that the right picture is shown (DESIGN §4.8), but for the brightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    #[default]
    Nothing,
    /// The pixels in scan-out memory are those that were painted.
    Buffer,
    /// Besides, the controller is active with them, a display is connected, and the last flip was done.
    ScanOut,
}

/// Seen by the program while the loop runs.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Rc<RefCell<Status>>);

impl Gauge {
    pub fn status(&self) -> Status {
        self.0.borrow().clone()
    }

    pub(super) fn set(&self, with: impl FnOnce(&mut Status)) {
        with(&mut self.0.borrow_mut());
    }
}
