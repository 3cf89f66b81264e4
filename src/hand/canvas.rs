//! One or two fingers on the canvas: drag, throw, pinch and double tap.
//!
//! The surprising thing: a second contact alone is no pinch. It is one where both fingers came together, or where
//! each of them has moved by itself; a drop of rain beside a dragging finger does neither.

use std::collections::VecDeque;
use std::time::Duration;

use super::finger::MAX_SPEED;
use super::{Deed, Gesture, Place, STILL, STRAY};

/// A finger drags once it has moved this far (4 mm): old hands tremble, and a press must stay one.
const SLOP: f32 = 15.0;
/// Two fingers pinch once their distance has changed this much (4 mm).
const STRETCH: f32 = 15.0;
/// A finger that moved this far (2 mm) moved by itself.
const BY_ITSELF: f32 = 7.5;
/// Fingers that come down within this time belong together.
const TOGETHER: Duration = Duration::from_millis(250);
/// A touch is short up to this time.
const SHORT: Duration = Duration::from_millis(500);
/// From lift to lift, two short touches are one double tap up to this time, within this distance (12 mm).
pub(super) const TWICE: Duration = Duration::from_millis(450);
pub(super) const SAME_PLACE: f32 = 45.0;
/// The speed of a throw is that of this last part of the way.
const TRAIL: Duration = Duration::from_millis(80);
/// A finger that lifts this long after its last move rested first.
const RESTED: Duration = Duration::from_millis(60);
/// Slower than this (40 mm/s) nothing is thrown.
const MIN_SPEED: f32 = 150.0;
/// A way is along an axis where the other one is less than this share of it.
const ALONG: f32 = 0.4;
/// Farther (20 mm) and faster (5 m/s) than this between two reports is a jump of the sensor.
const LEAP: f32 = 76.0;
const LEAP_SPEED: f32 = 20_000.0;

#[derive(Debug, Default)]
pub(super) struct Fingers {
    /// Two at most.
    down: Vec<Down>,
    doing: Doing,
    /// The last short touch: when it ended, where it was.
    tap: Option<(Duration, Place)>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Doing {
    #[default]
    Nothing,
    /// Since where, and along which axes.
    Drag {
        id: u64,
        from: Place,
        across: bool,
        along: bool,
    },
    Pinch {
        apart: f32,
        middle: Place,
    },
}

#[derive(Debug)]
struct Down {
    id: u64,
    at: Duration,
    start: Place,
    place: Place,
    /// Where it was when a second one came.
    mark: Place,
    /// It was part of something else already: its lift is no touch.
    spent: bool,
    anchor: Place,
    anchored_at: Duration,
    /// Where it was lately.
    trail: VecDeque<(Duration, Place)>,
}

impl Fingers {
    pub fn count(&self) -> usize {
        self.down.len()
    }

    /// Whether the contact lies still for so long that it is no finger.
    pub fn strayed(&self, id: u64, now: Duration) -> bool {
        self.down.iter().any(|down| down.id == id && now.saturating_sub(down.anchored_at) > STRAY)
    }

    /// Lets contacts go that lie still for too long: they would keep the next finger from being heard.
    pub fn forget_strays(&mut self, now: Duration, deeds: &mut Vec<Deed>) {
        let stray = |down: &Down| now.saturating_sub(down.anchored_at) > STRAY;
        while let Some(id) = self.down.iter().find(|down| stray(down)).map(|down| down.id) {
            self.cancel(id, deeds);
        }
    }

    /// `spent`: the touch has done its work by coming down.
    pub fn down(&mut self, id: u64, place: Place, now: Duration, spent: bool, deeds: &mut Vec<Deed>) {
        if self.down.is_empty() {
            deeds.push(Deed::Gesture(Gesture::Down));
        } else {
            // Touches that fall together are rain, or a pinch.
            self.tap = None;
        }
        self.down.iter_mut().for_each(|down| down.mark = down.place);
        let trail = VecDeque::from([(now, place)]);
        let down =
            Down { id, at: now, start: place, place, mark: place, spent, anchor: place, anchored_at: now, trail };
        self.down.push(down);
    }

    pub fn move_to(&mut self, id: u64, place: Place, now: Duration, deeds: &mut Vec<Deed>) {
        let Some(down) = self.down.iter_mut().find(|down| down.id == id) else { return };
        if down.move_to(place, now) {
            // As if it had been lifted and set down again where it is now.
            self.restart(deeds);
            return;
        }
        self.decide(id, deeds);
        match self.doing {
            Doing::Drag { id: dragging, from, across, along } if dragging == id => {
                let x = if across { place.x - from.x } else { 0.0 };
                let y = if along { place.y - from.y } else { 0.0 };
                deeds.push(Deed::Gesture(Gesture::Drag { x, y }));
            }
            Doing::Pinch { apart, middle } if self.down.len() == 2 => {
                let (one, other) = (self.down[0].place, self.down[1].place);
                let by = one.distance(other).max(1.0) / apart;
                deeds.push(Deed::Gesture(Gesture::Pinch { by, from: middle, to: one.between(other) }));
            }
            _ => {}
        }
    }

    /// A finger left; whether it was a short touch and nothing else.
    pub fn up(&mut self, id: u64, place: Place, now: Duration, deeds: &mut Vec<Deed>) -> bool {
        if self.down.iter().any(|down| down.id == id && down.place != place) {
            self.move_to(id, place, now, deeds);
        }
        let Some(at) = self.down.iter().position(|down| down.id == id) else { return false };
        let down = self.down.remove(at);
        match self.doing {
            Doing::Drag { id: dragging, across, along, .. } if dragging == id => {
                let (x, y) = down.speed(now);
                let (x, y) = clamped(if across { x } else { 0.0 }, if along { y } else { 0.0 });
                deeds.push(Deed::Gesture(Gesture::Throw { x, y }));
                self.doing = Doing::Nothing;
                self.spend();
                false
            }
            Doing::Drag { .. } => false,
            Doing::Pinch { .. } => {
                self.restart(deeds);
                false
            }
            Doing::Nothing if down.spent || now.saturating_sub(down.at) > STRAY => false,
            // Old hands press long: that is no gesture, but a press it is.
            Doing::Nothing if now.saturating_sub(down.at) > SHORT => {
                self.tap = None;
                true
            }
            Doing::Nothing => {
                let again = self.tap.take().is_some_and(|(before, there)| {
                    now.saturating_sub(before) <= TWICE && there.distance(place) <= SAME_PLACE
                });
                if again {
                    deeds.push(Deed::Gesture(Gesture::DoubleTap(place)));
                } else if self.down.is_empty() {
                    self.tap = Some((now, place));
                }
                !again
            }
        }
    }

    /// The contact is no finger after all: nothing comes of it.
    pub fn cancel(&mut self, id: u64, deeds: &mut Vec<Deed>) {
        let before = self.down.len();
        self.down.retain(|down| down.id != id);
        if self.down.len() == before {
            return;
        }
        self.tap = None;
        match self.doing {
            Doing::Drag { id: dragging, .. } if dragging == id => self.restart(deeds),
            Doing::Pinch { .. } => self.restart(deeds),
            _ => {}
        }
    }

    /// Whether a move begins to mean something.
    fn decide(&mut self, id: u64, deeds: &mut Vec<Deed>) {
        if let [one, other] = self.down.as_slice()
            && !matches!(self.doing, Doing::Pinch { .. })
        {
            let apart = one.place.distance(other.place);
            let stretched = (apart - one.mark.distance(other.mark)).abs() > STRETCH;
            let moved = |down: &Down| down.place.distance(down.mark) > BY_ITSELF;
            let together = other.at.saturating_sub(one.at) <= TOGETHER && self.doing == Doing::Nothing;
            if stretched && (together || (moved(one) && moved(other))) {
                self.doing = Doing::Pinch { apart: apart.max(1.0), middle: one.place.between(other.place) };
                self.spend();
                deeds.push(Deed::Gesture(Gesture::Hold));
                return;
            }
        }
        if self.doing == Doing::Nothing
            && let Some(down) = self.down.iter_mut().find(|down| down.id == id)
            && down.place.distance(down.start) > SLOP
        {
            let (x, y) = ((down.place.x - down.start.x).abs(), (down.place.y - down.start.y).abs());
            let (across, along) = (x > ALONG * y, y > ALONG * x);
            self.doing = Doing::Drag { id, from: down.place, across, along };
            self.spend();
            deeds.push(Deed::Gesture(Gesture::Hold));
        }
    }

    /// What the fingers did is done; those that are still there begin anew where they are.
    fn restart(&mut self, deeds: &mut Vec<Deed>) {
        self.doing = Doing::Nothing;
        self.spend();
        for down in &mut self.down {
            (down.start, down.mark) = (down.place, down.place);
        }
        deeds.push(Deed::Gesture(Gesture::Hold));
    }

    fn spend(&mut self) {
        self.tap = None;
        self.down.iter_mut().for_each(|down| down.spent = true);
    }
}

impl Down {
    /// Whether the sensor jumped.
    fn move_to(&mut self, place: Place, now: Duration) -> bool {
        let way = place.distance(self.place);
        let since = self.trail.back().map_or(Duration::ZERO, |(at, _)| now.saturating_sub(*at));
        let leapt = way > LEAP && way > LEAP_SPEED * since.as_secs_f32();
        if leapt {
            self.trail.clear();
        }
        self.place = place;
        self.trail.push_back((now, place));
        // One older than the trail is kept: where it was when the trail begins lies between them.
        while self.trail.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= TRAIL) {
            self.trail.pop_front();
        }
        if place.distance(self.anchor) > STILL {
            self.anchor = place;
            self.anchored_at = now;
        }
        leapt
    }

    /// Over the last part of the way, in logical pixels a second.
    fn speed(&self, now: Duration) -> (f32, f32) {
        let (Some(&(first, before)), Some(&(last, place))) = (self.trail.front(), self.trail.back()) else {
            return (0.0, 0.0);
        };
        if now.saturating_sub(last) > RESTED || last <= first {
            return (0.0, 0.0);
        }
        let begin = first.max(last.saturating_sub(TRAIL));
        // However often the sensor reports: where the finger was just then.
        let next = self.trail.get(1).copied().unwrap_or((last, place));
        let part = (begin - first).as_secs_f32() / (next.0 - first).as_secs_f32().max(1e-6);
        let from = Place::new(before.x + (next.1.x - before.x) * part, before.y + (next.1.y - before.y) * part);
        let time = (last - begin).as_secs_f32();
        ((place.x - from.x) / time, (place.y - from.y) / time)
    }
}

/// No faster than [`MAX_SPEED`], and nothing where it is slow.
fn clamped(x: f32, y: f32) -> (f32, f32) {
    let speed = x.hypot(y);
    if speed < MIN_SPEED {
        return (0.0, 0.0);
    }
    let part = (MAX_SPEED / speed).min(1.0);
    (x * part, y * part)
}
