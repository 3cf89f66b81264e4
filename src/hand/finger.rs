//! The one finger that presses the controls.
//!
//! The surprising thing: what the controls see follows the finger at no more than [`MAX_SPEED`], because a list is
//! thrown with the speed that was seen; a jump of the sensor would throw it to its end.

use std::time::Duration;

use super::{Phase, Place, STILL, STRAY};

/// Logical pixels a second, 1.3 m/s: a hearty swipe. The throw it gives ends after two and a half seconds and about
/// two heights of the reference panel.
pub const MAX_SPEED: f32 = 5_000.0;

/// What the controls are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deliver {
    pub phase: Phase,
    pub at: Place,
}

#[derive(Debug, Default)]
pub(super) struct Finger(Option<Down>);

#[derive(Debug)]
struct Down {
    id: u64,
    /// Where the controls believe it to be, and since when.
    told: Place,
    told_at: Duration,
    /// Where it is.
    place: Place,
    /// Around where it has been lying still, and since when.
    anchor: Place,
    anchored_at: Duration,
}

impl Finger {
    pub fn is_down(&self) -> bool {
        self.0.is_some()
    }

    /// A contact that lies still for so long is no finger.
    pub fn strayed(&self, now: Duration) -> bool {
        self.0.as_ref().is_some_and(|down| now.saturating_sub(down.anchored_at) > STRAY)
    }

    pub fn down(&mut self, id: u64, place: Place, now: Duration) -> Option<Deliver> {
        self.0 = Some(Down { id, told: place, told_at: now, place, anchor: place, anchored_at: now });
        Some(Deliver { phase: Phase::Down, at: place })
    }

    pub fn move_to(&mut self, id: u64, place: Place, now: Duration) {
        if let Some(down) = self.0.as_mut().filter(|down| down.id == id) {
            down.place = place;
            if place.distance(down.anchor) > STILL {
                down.anchor = place;
                down.anchored_at = now;
            }
        }
    }

    pub fn up(&mut self, id: u64, place: Place, now: Duration) -> impl Iterator<Item = Deliver> + use<> {
        self.move_to(id, place, now);
        let last = self.0.as_ref().is_some_and(|down| down.id == id).then(|| self.flush(now)).flatten();
        let up = self.0.take_if(|down| down.id == id).map(|down| Deliver { phase: Phase::Up, at: down.told });
        last.into_iter().chain(up)
    }

    pub fn cancel(&mut self) -> Option<Deliver> {
        self.0.take().map(|down| Deliver { phase: Phase::Cancel, at: down.told })
    }

    pub fn cancel_of(&mut self, id: u64) -> Option<Deliver> {
        if self.0.as_ref().is_some_and(|down| down.id == id) { self.cancel() } else { None }
    }

    pub fn flush(&mut self, now: Duration) -> Option<Deliver> {
        let down = self.0.as_mut().filter(|down| down.place != down.told)?;
        let reach = MAX_SPEED * now.saturating_sub(down.told_at).as_secs_f32();
        let distance = down.place.distance(down.told);
        let part = if distance > reach { reach / distance } else { 1.0 };
        if part == 0.0 {
            return None;
        }
        let (from, to) = (down.told, down.place);
        let partly = Place::new(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part);
        down.told = if part == 1.0 { to } else { partly };
        down.told_at = now;
        Some(Deliver { phase: Phase::Move, at: down.told })
    }

    pub fn moved(&self) -> bool {
        self.0.as_ref().is_some_and(|down| down.place != down.told)
    }
}
