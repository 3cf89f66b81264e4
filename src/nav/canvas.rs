//! The pages of an attachment below one another, and the part of them that is seen: where, how large, turned how.
//!
//! What it deliberately does not do: draw, or read a clock. Lengths are logical pixels of the glass (3.78 to the
//! millimetre), places on it count from the canvas's upper left corner. The surprising thing: what moves is computed
//! from the time it began, never from the frame before, so a slow machine shows fewer places of the same way.

mod layout;
mod motion;

use std::time::Duration;

use crate::hand::{Gesture, Place};

use layout::Spot;
pub use layout::{Layout, Piece};
use motion::Motion;

/// A page is enlarged to so many times its normal size at most: an A1 plan then has more than 200 dpi of the paper on
/// the reference panel.
pub const MAX_ZOOM: f32 = 8.0;
/// What one press of a button does to the size.
const STEP: f32 = 1.25;
/// What two short touches enlarge to.
const DOUBLE_TAP: f32 = 2.5;
/// Of a screenful, what stays in sight when moved by one.
pub const OVERLAP: f32 = 0.12;
/// Of the height of the canvas, where the eyes of a reader are taken to be.
const EYE: f32 = 0.4;
/// Sizes closer than this are the same.
const SAME: f32 = 0.001;

/// What the pages are seen through.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Frame {
    pub width: f32,
    pub height: f32,
    /// Width of a page at normal size; at most `width`.
    pub page: f32,
    /// Height of the strip that stands for folded pages.
    pub fold: f32,
    /// Room below the last page where another attachment follows.
    pub tail: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
    Left,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// As wide as the canvas, or as a page is shown at normal size.
    Width,
    /// The whole page in sight.
    Page,
}

/// Where the part that is seen lies, and how large the pages are in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pose {
    /// What is left of, and above, the seen part; from 0.
    x: f32,
    y: f32,
    zoom: f32,
}

impl Pose {
    fn by(self, x: f32, y: f32) -> Pose {
        Pose { x: self.x + x, y: self.y + y, ..self }
    }

    /// By as much of the pages as this way is at a size.
    fn moved(self, (x, y): (f32, f32), zoom: f32) -> Pose {
        self.by(x * self.zoom / zoom, y * self.zoom / zoom)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    frame: Frame,
    layout: Layout,
    /// Another attachment follows.
    followed: bool,
    pose: Pose,
    /// Where it was when the hand took hold.
    held: Pose,
    motion: Motion,
    /// The page that was asked for, as long as nothing moves: a short one near the end never comes under the eyes.
    asked: Option<(u32, Pose)>,
}

impl Default for Canvas {
    fn default() -> Canvas {
        Canvas::new(Frame::default(), Layout::default(), false)
    }
}

impl Canvas {
    /// At the top of the first page, at normal size.
    pub fn new(frame: Frame, layout: Layout, followed: bool) -> Canvas {
        let pose = Pose { x: 0.0, y: 0.0, zoom: 1.0 };
        Canvas { frame, layout, followed, pose, held: pose, motion: Motion::Rest, asked: None }
    }

    pub fn frame(&self) -> Frame {
        self.frame
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    pub fn zoom(&self) -> f32 {
        self.pose.zoom
    }

    /// Width of a page as it is now.
    pub fn unit(&self) -> f32 {
        self.frame.page * self.pose.zoom
    }

    /// Left edge of the pages on the canvas; negative where they are wider than it.
    pub fn left(&self) -> f32 {
        left_of(self.frame, self.pose)
    }

    /// Upper edge of the first page on the canvas: negative once it was moved.
    pub fn top(&self) -> f32 {
        -self.pose.y
    }

    /// Height of everything at the present size.
    pub fn length(&self) -> f32 {
        self.length_at(self.pose.zoom)
    }

    pub fn moves(&self) -> bool {
        self.motion != Motion::Rest
    }

    /// Where a piece of the layout lies: its upper and lower edge on the canvas.
    pub fn extent(&self, piece: usize) -> (f32, f32) {
        let (from, to) = self.layout.extent(piece, self.unit(), self.frame.fold);
        (from - self.pose.y, to - self.pose.y)
    }

    /// The page under the reader's eyes, from 1.
    pub fn page(&self) -> u32 {
        if let Some(page) = self.asked() {
            return page;
        }
        let pieces = self.layout.pieces();
        if self.pose.y <= 0.0 {
            return 1;
        }
        if self.pose.y + self.frame.height >= self.length() - 1.0 {
            return pieces.last().map_or(1, |piece| piece.last);
        }
        pieces.get(self.under_the_eyes()).map_or(1, |piece| piece.first)
    }

    fn asked(&self) -> Option<u32> {
        self.asked.filter(|(_, pose)| *pose == self.pose).map(|(page, _)| page)
    }

    fn under_the_eyes(&self) -> usize {
        let eye = self.pose.y + EYE * self.frame.height;
        self.layout.spot(eye, self.unit(), self.frame.fold).piece
    }

    /// How much of pages is in sight: 1 is a whole one.
    pub fn in_sight(&self) -> f32 {
        let across = (self.frame.width / self.unit().max(1.0)).min(1.0);
        let seen = |at: usize| {
            let (top, bottom) = self.extent(at);
            let height = bottom.min(self.frame.height) - top.max(0.0);
            height.max(0.0) / (bottom - top).max(1.0)
        };
        let pages = self.layout.pieces().iter().enumerate().filter(|(_, piece)| !piece.folded);
        across * pages.map(|(at, _)| seen(at)).sum::<f32>()
    }

    pub fn can_grow(&self) -> bool {
        self.target().zoom < MAX_ZOOM - SAME
    }

    pub fn can_shrink(&self) -> bool {
        self.target().zoom > self.least() + SAME
    }

    pub fn can_go(&self, way: Way) -> bool {
        let Pose { x, y, zoom } = self.target();
        let (right, bottom) = self.reach(zoom);
        match way {
            Way::Up => y > 0.5,
            Way::Down => y + 0.5 < bottom,
            Way::Left => x > 0.5,
            Way::Right => x + 0.5 < right,
        }
    }

    /// Whether the pages are as [`Canvas::fit`] would make them.
    pub fn fits(&self, fit: Fit) -> bool {
        (self.target().zoom - self.zoom_of(fit)).abs() < SAME
    }

    /// Brings what moves to where it is at `at`; whether anything moved.
    pub fn step(&mut self, at: Duration) -> bool {
        let before = self.pose;
        if let Some((pose, rests)) = self.motion.at(at) {
            self.pose = self.bounded(pose);
            // At an edge a throw ends.
            let stopped = self.pose == before && pose != before;
            if rests || stopped {
                self.motion = Motion::Rest;
            }
        }
        self.pose != before
    }

    /// What a hand does; whether anything moved.
    pub fn follow(&mut self, gesture: Gesture, at: Duration) -> bool {
        self.step(at);
        let before = self.pose;
        match gesture {
            Gesture::Down | Gesture::Hold => {
                self.motion = Motion::Rest;
                self.held = self.pose;
            }
            Gesture::Drag { x, y } => {
                self.motion = Motion::Rest;
                let to = Pose { x: self.held.x - x, y: self.held.y - y, ..self.held };
                self.pose = self.bounded(to);
                // A finger that went beyond an edge need not go back all that way before the page follows it again.
                if to.x.is_finite() && to.y.is_finite() {
                    self.held = self.held.by(self.pose.x - to.x, self.pose.y - to.y);
                }
            }
            Gesture::Pinch { by, from, to } => {
                self.motion = Motion::Rest;
                self.pose = self.sized(self.held, self.held.zoom * by, from, to);
            }
            Gesture::Throw { x, y } => self.motion = Motion::thrown(self.pose, x, y, at),
            Gesture::DoubleTap(place) => {
                let large = self.pose.zoom > 1.0 + SAME;
                let target = self.sized(self.pose, if large { 1.0 } else { DOUBLE_TAP }, place, place);
                self.glide(target, at);
            }
        }
        self.pose != before
    }

    /// One size up or down, about the middle.
    pub fn resize(&mut self, grow: bool, at: Duration) {
        let from = self.target();
        let factor = if grow { STEP } else { 1.0 / STEP };
        let step = (from.zoom.ln() / STEP.ln() * 100.0).round() / 100.0;
        // On the steps, wherever a pinch left it.
        let whole = if grow { (step + 0.01).floor() } else { (step - 0.01).ceil() };
        let zoom = STEP.powf(whole) * factor;
        let middle = Place::new(self.frame.width / 2.0, self.frame.height / 2.0);
        self.glide(self.sized(from, zoom, middle, middle), at);
    }

    pub fn fit(&mut self, fit: Fit, at: Duration) {
        let page = self.page();
        let zoom = self.zoom_of(fit);
        let mut to = self.sized(self.target(), zoom, Place::default(), Place::default());
        if fit == Fit::Page {
            to.y = self.upper_edge(page, zoom);
        }
        self.glide(self.bounded(to), at);
    }

    /// By one screenful, less what stays in sight.
    pub fn scroll(&mut self, way: Way, at: Duration) {
        let mut to = self.target();
        let (across, along) = (self.frame.width * (1.0 - OVERLAP), self.frame.height * (1.0 - OVERLAP));
        match way {
            Way::Up => to.y -= along,
            Way::Down => to.y += along,
            Way::Left => to.x -= across,
            Way::Right => to.x += across,
        }
        self.glide(self.bounded(to), at);
    }

    /// To the top of a page, from 1, at the present size. Its folded neighbours unfold.
    pub fn go_to(&mut self, page: u32) {
        self.motion = Motion::Rest;
        if let Some(at) = self.layout.find(page).filter(|at| self.layout.pieces()[*at].folded) {
            self.layout.unfold(at);
        }
        let y = self.upper_edge(page, self.pose.zoom);
        self.pose = self.bounded(Pose { y, ..self.pose });
        self.held = self.pose;
        self.asked = self.layout.find(page).map(|_| (page, self.pose));
    }

    /// The pages turned by another quarter to the right, each as wide as at normal size; the same page stays in sight.
    pub fn turn(&mut self) {
        let page = self.page();
        self.motion = Motion::Rest;
        self.layout.turn();
        self.pose = Pose { x: 0.0, y: 0.0, zoom: 1.0 };
        self.go_to(page);
    }

    /// Shows the pages of a folded piece.
    pub fn unfold(&mut self, piece: usize) {
        self.relay(self.at_the_top(), |canvas| canvas.layout.unfold(piece));
    }

    /// Another glass, or another part of it: what is at the top stays there.
    pub fn reframe(&mut self, frame: Frame) {
        if frame.page != self.frame.page {
            self.motion = Motion::Rest;
        }
        // On a canvas that was not laid out yet, every page begins at the top.
        let asked = self.asked().filter(|_| self.frame.page <= 0.0);
        self.relay(self.at_the_top(), |canvas| canvas.frame = frame);
        if let Some(page) = asked {
            self.go_to(page);
        }
    }

    /// The document was drawn further, or another attachment follows it now. The page that is read stays where it is,
    /// even if those above it turn out to be longer.
    pub fn renew(&mut self, layout: Layout, followed: bool) {
        let layout = layout.seen_like(&self.layout);
        if (&layout, followed) == (&self.layout, self.followed) {
            return;
        }
        let piece = self.under_the_eyes();
        let top = self.extent(piece).0;
        let read = (Spot { piece, part: 0.0 }, top);
        let anchor = if top >= 0.0 && self.pose.y > 0.0 { read } else { self.at_the_top() };
        self.relay(anchor, |canvas| {
            canvas.layout = layout;
            canvas.followed = followed;
        });
    }

    fn at_the_top(&self) -> (Spot, f32) {
        (self.layout.spot(self.pose.y, self.unit(), self.frame.fold), 0.0)
    }

    /// Changes what lies there; a spot stays at its height on the canvas. The hand that holds the pages, and what moves
    /// by itself, go on from there.
    fn relay(&mut self, (spot, at): (Spot, f32), change: impl FnOnce(&mut Canvas)) {
        let (before, asked) = (self.pose, self.asked());
        let page = self.layout.pieces().get(spot.piece).map_or(1, |piece| piece.first);
        let across = if self.frame.page > 0.0 { self.pose.x / self.unit() } else { 0.0 };
        change(self);
        let piece = self.layout.find(page).unwrap_or(0);
        let y = self.layout.place(Spot { piece, ..spot }, self.unit(), self.frame.fold) - at;
        self.pose = self.bounded(Pose { x: across * self.unit(), y, ..self.pose });
        let way = (self.pose.x - before.x, self.pose.y - before.y);
        self.held = self.held.moved(way, before.zoom);
        self.motion = self.motion.moved(way, before.zoom);
        self.asked = asked.filter(|page| self.layout.find(*page).is_some()).map(|page| (page, self.pose));
    }

    /// Where it comes to rest if nobody interferes; a throw counts from where it is.
    fn target(&self) -> Pose {
        self.motion.target().map_or(self.pose, |pose| self.bounded(pose))
    }

    fn glide(&mut self, to: Pose, at: Duration) {
        self.motion = Motion::gliding(self.pose, to, at);
        self.step(at);
    }

    fn upper_edge(&self, page: u32, zoom: f32) -> f32 {
        let piece = self.layout.find(page).unwrap_or(0);
        self.layout.place(Spot { piece, part: 0.0 }, self.frame.page * zoom, self.frame.fold)
    }

    fn zoom_of(&self, fit: Fit) -> f32 {
        let height = self.layout.find(self.page()).map_or(0.0, |at| self.layout.pieces()[at].ratio);
        match fit {
            Fit::Page if height > 0.0 && self.frame.page > 0.0 => {
                let high = self.frame.height / (self.frame.page * height);
                high.min(self.frame.width / self.frame.page).clamp(0.1, MAX_ZOOM)
            }
            _ => 1.0,
        }
    }

    fn least(&self) -> f32 {
        self.zoom_of(Fit::Page).min(1.0)
    }

    /// At another size, so that what was at `from` in `pose` is at `to`.
    fn sized(&self, pose: Pose, zoom: f32, from: Place, to: Place) -> Pose {
        let least = self.least().min(pose.zoom);
        let zoom = if zoom.is_finite() { zoom.clamp(least, MAX_ZOOM) } else { pose.zoom };
        let fold = self.frame.fold;
        let (old, new) = (self.frame.page * pose.zoom, self.frame.page * zoom);
        let across = if old > 0.0 { (from.x - left_of(self.frame, pose)) / old } else { 0.0 };
        let spot = self.layout.spot(pose.y + from.y, old, fold);
        let y = self.layout.place(spot, new, fold) - to.y;
        let margin = ((self.frame.width - new) / 2.0).max(0.0);
        self.bounded(Pose { x: margin + across * new - to.x, y, zoom })
    }

    fn length_at(&self, zoom: f32) -> f32 {
        let tail = if self.followed { self.frame.tail } else { 0.0 };
        self.layout.length(self.frame.page * zoom, self.frame.fold) + tail
    }

    /// The farthest that `x` and `y` may be.
    fn reach(&self, zoom: f32) -> (f32, f32) {
        let across = (self.frame.page * zoom - self.frame.width).max(0.0);
        (across, (self.length_at(zoom) - self.frame.height).max(0.0))
    }

    fn bounded(&self, pose: Pose) -> Pose {
        let (right, bottom) = self.reach(pose.zoom);
        let within = |value: f32, most: f32| if value.is_finite() { value.clamp(0.0, most) } else { 0.0 };
        Pose { x: within(pose.x, right), y: within(pose.y, bottom), zoom: pose.zoom }
    }
}

fn left_of(frame: Frame, pose: Pose) -> f32 {
    ((frame.width - frame.page * pose.zoom) / 2.0).max(0.0) - pose.x
}
