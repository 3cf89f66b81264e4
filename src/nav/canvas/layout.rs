//! Pages below one another. Heights of pages grow with the size they are shown at; a strip that stands for folded
//! pages, and the gaps, do not.

use std::rc::Rc;

/// Between two pieces, in logical pixels (5 mm).
const GAP: f32 = 19.0;
/// Height of a page that is not drawn yet, as a multiple of its width: A4.
const A4: f32 = 297.0 / 210.0;
/// No page is so flat, or so long, that it could not be shown.
const RATIOS: std::ops::RangeInclusive<f32> = 0.05..=20.0;

/// A page, or neighbouring pages without anything on them folded into one strip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Pages from 1, both inclusive.
    pub first: u32,
    pub last: u32,
    pub folded: bool,
    /// Height of a page as a multiple of its width, as it is turned.
    pub ratio: f32,
    /// What lies above it.
    above: Above,
}

/// Heights of pages as multiples of their width, and how many strips and gaps.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Above {
    pages: f32,
    folds: f32,
    gaps: f32,
}

/// A place in the layout that stays what it is at every size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    pub piece: usize,
    /// Of the piece's height.
    pub part: f32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Upright: height as a multiple of the width; blank or not.
    pages: Rc<[(f32, bool)]>,
    /// First pages of what the reader unfolded.
    unfolded: Vec<u32>,
    /// Quarters to the right.
    quarter: u8,
    pieces: Rc<[Piece]>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout::new(std::iter::empty())
    }
}

impl Layout {
    /// Of each page its width and height in any unit, zero where it is not known yet, and whether it is blank.
    pub fn new(pages: impl Iterator<Item = (u32, u32, bool)>) -> Layout {
        let ratio = |width: u32, height: u32| match (width, height) {
            (0, _) | (_, 0) => A4,
            _ => (height as f32 / width as f32).clamp(*RATIOS.start(), *RATIOS.end()),
        };
        let pages: Vec<(f32, bool)> = pages.map(|(width, height, blank)| (ratio(width, height), blank)).collect();
        // A document of blank pages alone is shown as it is.
        let all = pages.iter().all(|(_, blank)| *blank);
        let pages = pages.into_iter().map(|(ratio, blank)| (ratio, blank && !all)).collect();
        let mut layout = Layout { pages, unfolded: Vec::new(), quarter: 0, pieces: Rc::new([]) };
        layout.lay();
        layout
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Quarters to the right, 0 to 3.
    pub fn quarter(&self) -> u8 {
        self.quarter
    }

    /// The piece a page is in, from 1.
    pub fn find(&self, page: u32) -> Option<usize> {
        let at = self.pieces.partition_point(|piece| piece.last < page);
        (at < self.pieces.len()).then_some(at)
    }

    pub(super) fn turn(&mut self) {
        self.quarter = (self.quarter + 1) % 4;
        self.lay();
    }

    pub(super) fn unfold(&mut self, piece: usize) {
        if let Some(piece) = self.pieces.get(piece).filter(|piece| piece.folded) {
            self.unfolded.extend(piece.first..=piece.last);
            self.lay();
        }
    }

    /// Turned and unfolded as another layout of the same document is.
    pub(super) fn seen_like(mut self, other: &Layout) -> Layout {
        self.unfolded.clone_from(&other.unfolded);
        self.quarter = other.quarter;
        self.lay();
        self
    }

    /// Upper and lower edge of a piece where pages are `unit` wide and folded strips `fold` high.
    pub(super) fn extent(&self, piece: usize, unit: f32, fold: f32) -> (f32, f32) {
        let Some(piece) = self.pieces.get(piece) else { return (0.0, 0.0) };
        let top = piece.top(unit, fold);
        (top, top + piece.height(unit, fold))
    }

    pub(super) fn length(&self, unit: f32, fold: f32) -> f32 {
        self.pieces.last().map_or(0.0, |piece| piece.top(unit, fold) + piece.height(unit, fold))
    }

    /// What lies at a height; a gap belongs to the piece above it.
    pub(super) fn spot(&self, y: f32, unit: f32, fold: f32) -> Spot {
        let at = self.pieces.partition_point(|piece| piece.top(unit, fold) <= y).saturating_sub(1);
        let Some(piece) = self.pieces.get(at) else { return Spot { piece: 0, part: 0.0 } };
        let height = piece.height(unit, fold);
        Spot { piece: at, part: if height > 0.0 { (y - piece.top(unit, fold)) / height } else { 0.0 } }
    }

    /// The height at which a spot lies.
    pub(super) fn place(&self, spot: Spot, unit: f32, fold: f32) -> f32 {
        let (top, bottom) = self.extent(spot.piece, unit, fold);
        top + (bottom - top) * spot.part
    }

    fn lay(&mut self) {
        let folds = |number: u32, blank: bool| blank && !self.unfolded.contains(&number);
        let mut pieces: Vec<Piece> = Vec::with_capacity(self.pages.len());
        let mut above = Above::default();
        for (number, (ratio, blank)) in (1..).zip(self.pages.iter().copied()) {
            let folded = folds(number, blank);
            if folded && let Some(piece) = pieces.last_mut().filter(|piece| piece.folded) {
                piece.last = number;
                continue;
            }
            if let Some(piece) = pieces.last() {
                match piece.folded {
                    true => above.folds += 1.0,
                    false => above.pages += piece.ratio,
                }
                above.gaps += 1.0;
            }
            let ratio = if self.quarter % 2 == 1 { 1.0 / ratio } else { ratio };
            pieces.push(Piece { first: number, last: number, folded, ratio, above });
        }
        self.pieces = pieces.into();
    }
}

impl Piece {
    fn top(&self, unit: f32, fold: f32) -> f32 {
        self.above.pages * unit + self.above.folds * fold + self.above.gaps * GAP
    }

    fn height(&self, unit: f32, fold: f32) -> f32 {
        if self.folded { fold } else { self.ratio * unit }
    }
}
