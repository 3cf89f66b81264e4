//! The glass: Slint on our own platform. Off-screen with a settable clock for tests and pictures, in a desktop window,
//! and on a bare display; each is a [`Pane`], which paints into a cached shadow buffer and says which rectangles changed.
//!
//! It deliberately knows neither notices nor pages: it shows whatever component is created on its thread, and hands
//! on touches and keys. It has no event-loop proxy (that is process-wide, and settable once): data reaches the loop
//! through a channel of the caller's.
//!
//! The surprising thing: Slint's clock stands still between calls. Time is what the caller last said it is, so a
//! replay of the same touches gives the same pictures, and a slow machine does not turn a flick into a runaway.

pub mod elements;
#[cfg(feature = "kms")]
pub mod kms;
pub mod offscreen;
mod pane;
mod pixel;
mod platform;
mod scale;
mod shadow;
mod small;
mod touch;
#[cfg(feature = "window")]
pub mod window;

pub use elements::Element;
pub use offscreen::Offscreen;
pub use pane::{FRAME, Pane};
pub use pixel::{Picture, Xrgb};
pub use scale::{Size, scale_factor};
pub use small::small;

pub use crate::hand::{Contact, Hands, Phase};

use std::time::Duration;

use thiserror::Error;

/// Why there is no glass.
#[derive(Debug, Error)]
pub enum GlassError {
    #[error("this thread already has a pane of glass: drop it, with its component, before making another")]
    Occupied,
    #[error("Slint already runs on another platform in this thread: make the glass before the first component")]
    ForeignPlatform,
    #[error(
        "a panel of {width} × {height} pixels at scale {scale} cannot be painted: each side must be 1 to {max} pixels and the scale positive"
    )]
    Unpaintable { width: u32, height: u32, scale: f32, max: u32 },
    #[error(
        "this machine has fontconfig but not one font: install a font (Debian: fonts-dejavu-core) or remove fontconfig"
    )]
    NoFonts,
    #[error("no display: {0}")]
    NoDisplay(String),
    #[error("the window failed: {0}")]
    Window(String),
    #[error("the display has not taken a picture {times} times in a row, each time for a second; start again")]
    Hung { times: u32 },
    #[error("the graphics card is lost ({0}); start again")]
    Lost(String),
}

/// What the loop tells the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A frame is about to be made at `at`; `active`: somebody touched or pressed something since the last one.
    Step { at: Duration, active: bool },
    /// What the last step led to is on the display at `at`; comes after each step, also where nothing had
    /// to be painted.
    Presented { at: Duration },
    /// There is no display on which what the last step led to could be seen; comes instead of `Presented`.
    Unseen { at: Duration },
}

/// What the program wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A turn at this time at the latest, if nothing happens before.
    Turn(Duration),
    /// A turn when something happens.
    Event,
    /// The end of the loop.
    Stop,
}

/// The four keys with which everything can be done without touching the glass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Next,
    Previous,
    Enter,
    Back,
}

/// A rectangle of the panel in physical pixels, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Rect {
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The smallest rectangle around both.
    pub fn union(self, other: Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Rect { x, y, width: right - x, height: bottom - y }
    }
}

/// What changed on the glass since it was last asked: rectangles in physical pixels, empty when nothing did. They may
/// overlap after several frames.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Damage {
    rects: Vec<Rect>,
}

impl Damage {
    /// More rectangles than this are joined into the one around them all: copying it costs less than the bookkeeping.
    const MAX_RECTS: usize = 16;

    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    /// The smallest rectangle around all of it.
    pub fn bounds(&self) -> Option<Rect> {
        self.rects.iter().copied().reduce(Rect::union)
    }

    fn push(&mut self, mut rect: Rect) {
        // Two frames of a list that moves are nearly one rectangle twice: it is copied once.
        let joins = |one: Rect, other: Rect| one.union(other).area() <= one.area() + other.area();
        while let Some(near) = self.rects.iter().position(|other| joins(*other, rect)) {
            rect = rect.union(self.rects.swap_remove(near));
        }
        self.rects.push(rect);
        if self.rects.len() > Self::MAX_RECTS {
            self.rects = self.bounds().into_iter().collect();
        }
    }

    /// And what changed in another frame.
    pub fn merge(&mut self, other: Damage) {
        other.rects.into_iter().for_each(|rect| self.push(rect));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_twice_is_one_rectangle_and_what_is_apart_stays_apart() {
        let mut damage = Damage::default();
        let rect = |x, y, width, height| Rect { x, y, width, height };
        for next in [rect(0, 300, 1080, 1400), rect(20, 290, 1060, 1400), rect(900, 0, 100, 40), rect(0, 290, 20, 10)] {
            damage.push(next);
        }
        assert_eq!(damage.rects(), [rect(900, 0, 100, 40), rect(0, 290, 1080, 1410)]);
        // Corners that meet would take in much that did not change.
        let mut corners = Damage::default();
        corners.push(rect(0, 0, 100, 100));
        corners.push(rect(90, 90, 100, 100));
        assert_eq!(corners.rects().len(), 2);
    }
}
