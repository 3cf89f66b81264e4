//! What stands out from the paper of a page's picture, and how large it is on the sheet.
//!
//! Deliberately without letters: `blank` and `upright` make of it what they need. The surprising thing: a fine picture is
//! looked at in a coarser one, because the grain of paper and print would be taken for blots.

use vyveska_raster::blots::blots;

use super::Pixels;

pub use vyveska_raster::blots::Blot;

/// A picture is looked at in about so many pixels to the millimetre (200 dpi), or fewer where it has fewer.
const FINENESS: f64 = 8.0;
/// Width of a sheet whose size nobody says (millimetres).
const USUAL: f64 = 210.0;

#[derive(Debug)]
pub struct Ink {
    pub width: usize,
    pub height: usize,
    /// Pixels to the millimetre.
    pub fineness: f64,
    pub blots: Vec<Blot>,
}

impl Ink {
    /// `paper` is the width of the sheet in millimetres, where it is known.
    pub fn of(pixels: &Pixels, size: (u32, u32), paper: Option<u32>) -> Ink {
        let millimetres = paper.map_or(USUAL, f64::from).max(1.0);
        let fine = f64::from(size.0) / millimetres;
        let coarse = (fine > FINENESS * 1.3).then(|| {
            let reduce = |length: u32| (f64::from(length) * FINENESS / fine).round().max(1.0) as u32;
            let to = (reduce(size.0), reduce(size.1));
            (pixels.reduced(size, to), to)
        });
        let (pixels, size) = coarse.as_ref().map_or((pixels, size), |(pixels, size)| (pixels, *size));
        let (width, height) = (size.0 as usize, size.1 as usize);
        let blots = blots(pixels.bytes(), pixels.channels(), (width, height));
        Ink { width, height, fineness: width as f64 / millimetres, blots }
    }

    /// Millimetres as pixels.
    pub fn pixels(&self, millimetres: f64) -> f64 {
        millimetres * self.fineness
    }
}
