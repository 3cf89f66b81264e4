//! Whether nothing stands on a page: the back side of a scanned sheet.
//!
//! Dust, punch holes, the shadow at the scanner's edge and what shines through do not count; a page number, a thin
//! stamp, a signature do. Deliberately cautious: a page that is called blank is folded away, one that is not costs a
//! reader a moment. The surprising thing: dust is told from pale print by its company, not by its size.

use super::ink::{Blot, Ink};

/// A picture narrower than this (pixels) does not show enough.
const NARROWEST: usize = 300;
/// Longer side of the largest speck of dust: millimetres, and pixels where there are few.
const SPECK: f64 = 1.0;
const SPECK_PIXELS: usize = 3;
/// So much dust is no dust.
const MOST_SPECKS: usize = 400;
/// Specks that lie in touching squares of a millimetre, over so many of them, are print.
const COMPANY: usize = 4;
/// Width of the border in which a scanner leaves the shadow of the sheet (millimetres).
const BORDER: f64 = 6.0;
/// Diameter of a punch hole, and how far its middle lies from the edge (millimetres).
const HOLE: (f64, f64) = (4.5, 8.0);
const HOLE_FROM_EDGE: f64 = 18.0;

pub fn is_blank(ink: &Ink) -> bool {
    if ink.width < NARROWEST {
        return false;
    }
    let small = |blot: &Blot| blot.longer() < SPECK_PIXELS.max(ink.pixels(SPECK).ceil() as usize);
    let (specks, marks): (Vec<&Blot>, Vec<&Blot>) =
        ink.blots.iter().filter(|blot| blot.area > 1).partition(|blot| small(blot));
    marks.into_iter().all(|blot| is_shadow(blot, ink) || is_hole(blot, ink)) && is_dust(&specks, ink)
}

/// It begins at the very edge of the page and goes no further than the border.
fn is_shadow(blot: &Blot, ink: &Ink) -> bool {
    let border = ink.pixels(BORDER) as usize;
    (blot.left <= 1 && blot.right < border)
        || (blot.top <= 1 && blot.bottom < border)
        || (blot.right + 2 >= ink.width && blot.left + border >= ink.width)
        || (blot.bottom + 2 >= ink.height && blot.top + border >= ink.height)
}

/// Round, full, of the right size, and near an edge.
fn is_hole(blot: &Blot, ink: &Ink) -> bool {
    let (width, height) = (blot.width() as f64, blot.height() as f64);
    let round = (0.85..1.18).contains(&(width / height));
    let sized = (ink.pixels(HOLE.0)..ink.pixels(HOLE.1)).contains(&width.max(height));
    let filled = (0.70..0.87).contains(&(blot.area as f64 / (width * height)));
    let (x, y) = ((blot.left + blot.right) as f64 / 2.0, (blot.top + blot.bottom) as f64 / 2.0);
    let from_edge = x.min(y).min(ink.width as f64 - x).min(ink.height as f64 - y);
    round && sized && filled && from_edge <= ink.pixels(HOLE_FROM_EDGE)
}

/// Few, and alone.
fn is_dust(specks: &[&Blot], ink: &Ink) -> bool {
    if specks.len() > MOST_SPECKS {
        return false;
    }
    let side = ink.fineness.max(1.0);
    let square = |x: usize, y: usize| ((x as f64 / side) as i64, (y as f64 / side) as i64);
    let mut squares: std::collections::BTreeSet<(i64, i64)> =
        specks.iter().map(|blot| square(blot.left.midpoint(blot.right), blot.top.midpoint(blot.bottom))).collect();
    while let Some(first) = squares.pop_first() {
        let (mut least, mut most, mut open) = (first, first, vec![first]);
        while let Some((x, y)) = open.pop() {
            least = (least.0.min(x), least.1.min(y));
            most = (most.0.max(x), most.1.max(y));
            for near in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy))) {
                if squares.remove(&near) {
                    open.push(near);
                }
            }
        }
        if (most.0 - least.0).max(most.1 - least.1) + 1 >= COMPANY as i64 {
            return false;
        }
    }
    true
}
