//! What systemd hears of the panel: the first frame, what is on the glass, and that frames still get there.
//!
//! Only a frame that was presented, or confirmed still, is a sign of life; where Slint hangs, or a flip does not
//! complete, there is none, and the watchdog starts the panel again.

use std::time::Duration;

use vyveska::notify::Notify;

#[derive(Default)]
pub struct Pulse {
    notify: Notify,
    ready: bool,
    /// The last sign, as time since the start.
    beat_at: Duration,
    status: String,
}

impl Pulse {
    pub fn new(notify: Notify) -> Pulse {
        Pulse { notify, ..Pulse::default() }
    }

    /// A frame is on the glass at `at`, and is right. `page` is its name; `up` notices hang on the board.
    pub fn presented(&mut self, page: &str, up: usize, at: Duration) {
        let status = format!("{page} on the glass, {up} notices up");
        if !std::mem::replace(&mut self.ready, true) {
            self.notify.ready(&status);
        } else if status != self.status {
            self.notify.status(&status);
        }
        self.status = status;
        // The watchdog counts from the start; a sign a frame would be sixty a second.
        if self.due().is_some_and(|due| due <= at) {
            self.beat_at = at;
            self.notify.alive();
        }
    }

    /// When the next frame, or the next look at the still one, is due.
    pub fn due(&self) -> Option<Duration> {
        self.notify.every().map(|every| self.beat_at + every)
    }

    pub fn stopping(&self) {
        self.notify.stopping();
    }
}
