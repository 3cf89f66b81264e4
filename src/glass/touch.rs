//! From contacts on the sensor to the one finger that Slint gets to know.
//!
//! It deliberately recognises no gesture: one finger presses, drags and lifts; pinch comes with the page that allows
//! it. This file alone names Slint's hidden touch event, which is why every slint crate is pinned.
//!
//! The surprising thing: the contacts are chosen before Slint, because to Slint a second contact (a raindrop, the ball
//! of a hand) releases the first one and starts a pinch. And what Slint sees follows the finger at no more than
//! [`MAX_SPEED`], because it throws the content with the speed it saw; a jump of the sensor would throw it to the end.

use std::time::Duration;

use i_slint_core::input::TouchPhase;
use i_slint_core::lengths::LogicalPoint;
use i_slint_core::platform::InternalEvent;
use slint::Window;
use slint::platform::WindowEvent;

/// Logical pixels a second, 1.3 m/s: a hearty swipe. The throw it gives ends after two and a half seconds and about
/// two heights of the reference panel.
pub const MAX_SPEED: f32 = 5_000.0;

/// A contact that lies still this long is no finger: it gives way to the next one.
const STRAY: Duration = Duration::from_secs(3);

/// A contact that stays within this many logical pixels lies still (5 mm).
const STILL: f32 = 19.0;

/// A place where nothing is.
const NOWHERE: (f32, f32) = (-1e6, -1e6);

/// Slint's own id of the only finger.
const FINGER: i32 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Down,
    Move,
    Up,
    /// The sensor takes the contact back: nothing is pressed by it.
    Cancel,
}

/// One report of the sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    /// The sensor's own number for the contact.
    pub id: u64,
    pub phase: Phase,
    /// Physical pixels from the upper left corner of the panel.
    pub x: f32,
    pub y: f32,
}

/// What Slint is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Deliver {
    phase: Phase,
    at: (f32, f32),
}

impl Deliver {
    pub(super) fn dispatch(self, window: &Window) {
        let (phase, at) = match self.phase {
            Phase::Down => (TouchPhase::Started, self.at),
            Phase::Move => (TouchPhase::Moved, self.at),
            Phase::Up => (TouchPhase::Ended, self.at),
            // Slint makes a release of a cancelled touch, and would press what lies under it. Lifted far away, it
            // presses nothing; a press that a scrolled area still holds back is let go too.
            Phase::Cancel => (TouchPhase::Ended, NOWHERE),
        };
        let position = LogicalPoint::new(at.0, at.1);
        window.dispatch_event(WindowEvent::internal(InternalEvent::Touch { id: FINGER, position, phase }));
    }
}

/// The contacts on the glass, of which the first is the finger and the others are not.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    finger: Option<Finger>,
}

#[derive(Debug)]
struct Finger {
    id: u64,
    /// Where Slint believes it to be, and since when.
    told: (f32, f32),
    told_at: Duration,
    /// Where it is.
    place: (f32, f32),
    /// Around where it has been lying still, and since when.
    anchor: (f32, f32),
    anchored_at: Duration,
}

impl Contacts {
    /// Takes a report of the sensor; `logical` is logical pixels in a physical one. At most three events come of it.
    pub(super) fn report(&mut self, contact: Contact, logical: f32, now: Duration) -> Vec<Deliver> {
        if !contact.x.is_finite() || !contact.y.is_finite() {
            return Vec::new();
        }
        let place = (contact.x * logical, contact.y * logical);
        let mut told = Vec::new();
        match contact.phase {
            Phase::Down => {
                match &self.finger {
                    // The sensor lost the lift of this contact: nothing is pressed by a guess.
                    Some(finger) if finger.id == contact.id => told.extend(self.cancel()),
                    Some(finger) if finger.strayed(now) => told.extend(self.cancel()),
                    Some(_) => return told,
                    None => {}
                }
                self.finger =
                    Some(Finger { id: contact.id, told: place, told_at: now, place, anchor: place, anchored_at: now });
                told.push(Deliver { phase: Phase::Down, at: place });
            }
            Phase::Move => {
                if let Some(finger) = self.finger.as_mut().filter(|finger| finger.id == contact.id) {
                    finger.move_to(place, now);
                }
            }
            Phase::Up | Phase::Cancel => {
                if self.finger.as_ref().is_none_or(|finger| finger.id != contact.id) {
                    return told;
                }
                if contact.phase == Phase::Cancel {
                    told.extend(self.cancel());
                    return told;
                }
                if let Some(finger) = self.finger.as_mut() {
                    finger.move_to(place, now);
                }
                told.extend(self.flush(now));
                if let Some(finger) = self.finger.take() {
                    told.push(Deliver { phase: Phase::Up, at: finger.told });
                }
            }
        }
        told
    }

    /// The finger's moves since the last frame, as one.
    pub(super) fn flush(&mut self, now: Duration) -> Option<Deliver> {
        let finger = self.finger.as_mut().filter(|finger| finger.place != finger.told)?;
        let reach = MAX_SPEED * now.saturating_sub(finger.told_at).as_secs_f32();
        let (dx, dy) = (finger.place.0 - finger.told.0, finger.place.1 - finger.told.1);
        let distance = dx.hypot(dy);
        let part = if distance > reach { reach / distance } else { 1.0 };
        if part == 0.0 {
            return None;
        }
        finger.told = if part == 1.0 { finger.place } else { (finger.told.0 + dx * part, finger.told.1 + dy * part) };
        finger.told_at = now;
        Some(Deliver { phase: Phase::Move, at: finger.told })
    }

    /// Whether the next flush has something to tell.
    pub(super) fn moved(&self) -> bool {
        self.finger.as_ref().is_some_and(|finger| finger.place != finger.told)
    }

    fn cancel(&mut self) -> Option<Deliver> {
        self.finger.take().map(|finger| Deliver { phase: Phase::Cancel, at: finger.told })
    }
}

impl Finger {
    fn move_to(&mut self, place: (f32, f32), now: Duration) {
        self.place = place;
        if (place.0 - self.anchor.0).hypot(place.1 - self.anchor.1) > STILL {
            self.anchor = place;
            self.anchored_at = now;
        }
    }

    fn strayed(&self, now: Duration) -> bool {
        now.saturating_sub(self.anchored_at) > STRAY
    }
}
