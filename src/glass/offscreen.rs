//! The off-screen glass: the panel without a display, with a clock that the caller sets. Tests, pictures for the
//! README and the self-check use it; what they see is what the panel shows, to the pixel.
//!
//! The surprising thing: nothing moves by itself. [`Offscreen::advance`] runs timers and animations as a display at 60
//! frames a second would, frame by frame, so two runs give the same pictures on any machine.

use std::time::Duration;

use super::elements::Element;
use super::pane::{FRAME, Pane};
use super::{Contact, Damage, GlassError, Hands, Key, Phase, Picture, Size};

/// A panel in memory. One at a time in a thread; make it before the component, and drop the component first.
pub struct Offscreen {
    pane: Pane,
    /// Painted since the caller last asked.
    pending: Damage,
}

/// How long a finger that only taps stays on the glass.
const TAP: Duration = Duration::from_millis(60);

/// A press is handed on to what lies in a scrolled area after a while: Slint waits whether it becomes a drag.
const SETTLE: Duration = Duration::from_millis(200);

impl Offscreen {
    /// Sides in physical pixels; `scale_factor` is logical to physical pixels, see [`super::scale_factor`].
    pub fn new(width: u32, height: u32, scale_factor: f32) -> Result<Offscreen, GlassError> {
        let pane = Pane::new(Size { width, height }, scale_factor)?;
        Ok(Offscreen { pane, pending: Damage::default() })
    }

    /// Paints what changed since the last call, and says where; includes what [`Offscreen::advance`] painted.
    pub fn draw(&mut self) -> Damage {
        self.pane.tick(self.pane.time());
        self.paint();
        std::mem::take(&mut self.pending)
    }

    /// What the glass shows, with everything painted.
    pub fn picture(&mut self) -> Picture {
        self.pane.tick(self.pane.time());
        self.paint();
        self.pane.picture()
    }

    /// Lets time pass as on a display: a frame every 1/60 s while something moves, otherwise from timer to timer.
    pub fn advance(&mut self, time: Duration) {
        self.run_until(self.pane.time() + time);
    }

    /// The time since the glass was made.
    pub fn time(&self) -> Duration {
        self.pane.time()
    }

    /// A contact with the sensor at `at`; what was due before is done first. Coordinates in physical pixels.
    pub fn touch(&mut self, id: u64, phase: Phase, x: f32, y: f32, at: Duration) {
        self.report(Contact { id, phase, x, y, length: 0.0 }, at);
    }

    /// The same as the sensor reports it.
    pub fn report(&mut self, contact: Contact, at: Duration) {
        self.run_until(at);
        self.pane.touch(contact, at);
    }

    /// A finger presses and lifts at a place in physical pixels, and everything it sets off in 0.2 s happens.
    pub fn tap(&mut self, x: f32, y: f32) {
        let start = self.time();
        self.touch(0, Phase::Down, x, y, start);
        self.touch(0, Phase::Up, x, y, start + TAP);
        self.advance(SETTLE);
    }

    /// A finger goes from one place to another in `time` and lifts there. Physical pixels.
    pub fn drag(&mut self, from: (f32, f32), to: (f32, f32), time: Duration) {
        let start = self.time();
        self.touch(0, Phase::Down, from.0, from.1, start);
        let steps = (time.as_secs_f32() / FRAME.as_secs_f32()).ceil().max(1.0) as u32;
        for step in 1..=steps {
            let part = step as f32 / steps as f32;
            let (x, y) = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            self.touch(0, Phase::Move, x, y, start + time * step / steps);
        }
        self.touch(0, Phase::Up, to.0, to.1, start + time);
    }

    pub fn press(&mut self, key: Key) {
        self.pane.press(key, self.pane.time());
    }

    /// Everything on the glass that has a role, in reading order.
    pub fn elements(&mut self) -> Vec<Element> {
        self.pane.tick(self.pane.time());
        self.pane.elements()
    }

    /// The first element that can be seen and is called `label`.
    pub fn find(&mut self, label: &str) -> Option<Element> {
        self.elements().into_iter().find(|element| element.label == label && element.visible.is_some())
    }

    /// Another panel, painted anew with the next frame.
    pub fn resize(&mut self, width: u32, height: u32, scale_factor: f32) -> Result<(), GlassError> {
        self.pending = Damage::default();
        self.pane.resize(Size { width, height }, scale_factor)
    }

    /// The contacts on this glass, for the screen whose canvas they move.
    pub fn hands(&self) -> Hands {
        self.pane.hands()
    }

    pub fn pane(&self) -> &Pane {
        &self.pane
    }

    fn run_until(&mut self, end: Duration) {
        while self.pane.time() < end {
            // A timer that is due at once still needs a step, or time would stand still.
            let step =
                self.pane.rest().map_or(Duration::MAX, |rest| rest.clamp(Duration::from_millis(1), Duration::MAX));
            let next = self.pane.time().saturating_add(step).min(end);
            self.pane.tick(next);
            self.paint();
        }
    }

    fn paint(&mut self) {
        let damage = self.pane.draw();
        self.pending.merge(damage);
    }
}
