//! What a page is as a sheet of paper, from its picture alone: which way up it lies, and whether anything stands on it.
//!
//! Deliberately undecided in doubt, as `upright` and `blank` are. The surprising thing: a sheet that cannot be judged in
//! the panel's width is drawn once more, finer, because dots and accents are lost before letters are.

use super::ink::Ink;
use super::{MAX_WIDTH, Pixels, Sheet, blank, upright};

/// Longer side of the paper (millimetres) that is drawn finer to see how it lies: A3.
const LARGEST: u32 = 430;
/// Sides of a sheet whose size nobody says: A4 (ISO 216).
const USUAL: (u32, u32) = (210, 297);

/// A picture of the page, and its width and height in pixels.
pub type Seen = (Pixels, (u32, u32));

/// `finer` draws the page in another width; `whole` where all of it was drawn.
pub fn judge(
    (pixels, size): (&Pixels, (u32, u32)),
    finer: impl FnOnce(u32) -> Option<Seen>,
    whole: bool,
    sheet: Sheet,
) -> Sheet {
    let width = sheet.paper.map(|(width, _)| width);
    let plain = Ink::of(pixels, size, width);
    let blank = whole && blank::is_blank(&plain);
    let mut turned = upright::turned(&plain);
    let (across, down) = sheet.paper.unwrap_or(USUAL);
    if turned.is_none() && across.max(down) <= LARGEST && upright::wants_finer(&plain) {
        let seen = finer((across * upright::FINE as u32).min(MAX_WIDTH));
        turned = seen.and_then(|(pixels, size)| upright::turned(&Ink::of(&pixels, size, width)));
    }
    Sheet { turned, blank, ..sheet }.laid()
}

impl Sheet {
    /// With its paper as it lies when it has been turned, and without a turn that is none.
    pub(super) fn laid(self) -> Sheet {
        let turned = self.turned.filter(|turned| turned.quarters > 0);
        let lying = turned.is_some_and(|turned| turned.quarters % 2 == 1);
        let paper = self.paper.map(|(width, height)| if lying { (height, width) } else { (width, height) });
        Sheet { paper, turned, ..self }
    }
}
