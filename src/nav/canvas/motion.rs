//! What moves by itself: a throw that friction stops, and a glide to where a button or a double tap leads.
//!
//! Both are known in full when they begin, so that the place at a time does not depend on how often it is asked for.

use std::time::Duration;

use super::Pose;

/// A throw loses this share of its speed in a second, and this much besides (logical pixels a second, a second): the
/// first makes it gentle, the second lets it end.
const DRAG: f32 = 1.2;
const FRICTION: f32 = 400.0;
/// How long a glide takes: long enough to see where the text went.
const GLIDE: Duration = Duration::from_millis(240);

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Motion {
    Rest,
    /// Across and down; logical pixels a second at `since`.
    Throw {
        from: Pose,
        x: f32,
        y: f32,
        since: Duration,
    },
    Glide {
        from: Pose,
        to: Pose,
        since: Duration,
    },
}

impl Motion {
    /// By a finger that moved with this speed: the pages go where it went.
    pub fn thrown(from: Pose, x: f32, y: f32, since: Duration) -> Motion {
        if x == 0.0 && y == 0.0 { Motion::Rest } else { Motion::Throw { from, x, y, since } }
    }

    pub fn gliding(from: Pose, to: Pose, since: Duration) -> Motion {
        if from == to { Motion::Rest } else { Motion::Glide { from, to, since } }
    }

    /// Where it is at `at`, and whether it rests there. `None`: nothing moves.
    pub fn at(&self, at: Duration) -> Option<(Pose, bool)> {
        match *self {
            Motion::Rest => None,
            Motion::Throw { from, x, y, since } => {
                let speed = x.hypot(y);
                let end = (1.0 + DRAG * speed / FRICTION).ln() / DRAG;
                let time = at.saturating_sub(since).as_secs_f32().min(end);
                let way = (speed + FRICTION / DRAG) * (1.0 - (-DRAG * time).exp()) / DRAG - FRICTION / DRAG * time;
                let part = way / speed;
                Some((Pose { x: from.x - x * part, y: from.y - y * part, ..from }, time >= end))
            }
            Motion::Glide { from, to, since } => {
                let time = at.saturating_sub(since).as_secs_f32() / GLIDE.as_secs_f32();
                if time >= 1.0 {
                    return Some((to, true));
                }
                let part = 1.0 - (1.0 - time).powi(3);
                let between = |from: f32, to: f32| from + (to - from) * part;
                let pose =
                    Pose { x: between(from.x, to.x), y: between(from.y, to.y), zoom: between(from.zoom, to.zoom) };
                Some((pose, false))
            }
        }
    }

    /// The same from another place, and to another one.
    pub fn moved(self, way: (f32, f32), zoom: f32) -> Motion {
        match self {
            Motion::Rest => Motion::Rest,
            Motion::Throw { from, x, y, since } => Motion::Throw { from: from.moved(way, zoom), x, y, since },
            Motion::Glide { from, to, since } => {
                Motion::Glide { from: from.moved(way, zoom), to: to.moved(way, zoom), since }
            }
        }
    }

    /// Where a glide leads.
    pub fn target(&self) -> Option<Pose> {
        match self {
            Motion::Glide { to, .. } => Some(*to),
            Motion::Rest | Motion::Throw { .. } => None,
        }
    }
}
