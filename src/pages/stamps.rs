//! The letters of a page that are still to be stamped onto its sheet, and where they stand.
//!
//! The surprising thing: whether any stands where something is about to be drawn is nearly always answered by a coarse
//! grid; the list is gone through only where the grid says perhaps.

use std::rc::Rc;

use hayro::kurbo::Rect;

use super::case::Letter;

/// Side of a cell (pixels).
const CELL: f64 = 16.0;
/// Letters that are gone through for one page.
const WORK: usize = 4_000_000;

/// A letter of the list: what it looks like, where it stands, its colour.
pub type Stamped = (Rc<Letter>, (i32, i32), [u8; 3]);

pub struct Stamps {
    letters: Vec<Stamped>,
    /// Cells of a row, and whether a letter reaches into each.
    across: usize,
    taken: Vec<bool>,
    /// How many more may be gone through.
    work: usize,
}

impl Stamps {
    pub fn new(size: (u16, u16)) -> Stamps {
        let cells = |length: u16| (f64::from(length) / CELL) as usize + 1;
        Stamps {
            letters: Vec::new(),
            across: cells(size.0),
            taken: vec![false; cells(size.0) * cells(size.1)],
            work: WORK,
        }
    }

    /// Whether there may be more. So much is drawn over the letters of some maps that it does not pay.
    pub fn is_open(&self) -> bool {
        self.work > 0
    }

    /// `area` is what the letter covers on the sheet.
    pub fn put(&mut self, letter: Rc<Letter>, at: (i32, i32), colour: [u8; 3], area: Rect) {
        self.cells(area).for_each(|cells| cells.fill(true));
        self.letters.push((letter, at, colour));
    }

    /// The letters that reach into an area, in the order in which they came; they are stamped no more.
    pub fn take(&mut self, area: Rect) -> Vec<Stamped> {
        if area.width() <= 0.0 || area.height() <= 0.0 || !self.cells(area).any(|cells| cells.contains(&true)) {
            return Vec::new();
        }
        self.work = self.work.saturating_sub(self.letters.len());
        if !self.is_open() {
            return std::mem::take(&mut self.letters);
        }
        // As wide as its edge is blurred.
        let area = area.inflate(1.0, 1.0);
        self.letters.extract_if(.., |(letter, at, _)| letter.seen(*at).overlaps(area)).collect()
    }

    /// Stamps what is left onto an opaque RGBA sheet of that width.
    pub fn stamp(&self, sheet: &mut [u8], width: usize) {
        for (letter, at, colour) in &self.letters {
            letter.stamp.put(sheet, width, letter.corner(*at), *colour);
        }
    }

    fn cells(&mut self, area: Rect) -> impl Iterator<Item = &mut [bool]> {
        let cell = |edge: f64| (edge / CELL).max(0.0) as usize;
        let (left, right) = (cell(area.x0 - 1.0).min(self.across), (cell(area.x1 + 1.0) + 1).min(self.across));
        let (top, bottom) = (cell(area.y0 - 1.0), cell(area.y1 + 1.0) + 1);
        let rows = self.taken.chunks_exact_mut(self.across).skip(top).take(bottom.saturating_sub(top));
        rows.map(move |row| &mut row[left..right.max(left)])
    }
}
