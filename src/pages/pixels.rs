//! A picture's pixels: what is grey is kept grey.
//!
//! Deliberately without colour management. The surprising thing: pages that a scanner or a JPEG tinted by a shade
//! nobody can see count as grey, which saves two thirds of their memory and most of their decoding on the panel.

use vyveska_raster::resize::{Filter, resize};

/// Width of the small picture of a page, in pixels.
pub const THUMBNAIL_WIDTH: u32 = 240;

/// A channel may differ so much from another in a grey pixel.
const GREY_TOLERANCE: u8 = 4;

/// Eight bits a channel, rows from the top, without padding.
#[derive(Clone, PartialEq, Eq)]
pub enum Pixels {
    Grey(Vec<u8>),
    Rgb(Vec<u8>),
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = if matches!(self, Pixels::Grey(_)) { "Grey" } else { "Rgb" };
        write!(f, "{name}({} bytes)", self.bytes().len())
    }
}

impl Pixels {
    /// Takes opaque RGBA; grey where no pixel has a colour.
    pub fn from_rgba(rgba: &[u8]) -> Pixels {
        if rgba.as_chunks::<4>().0.iter().all(|[r, g, b, _]| is_grey(*r, *g, *b)) {
            Pixels::Grey(rgba.as_chunks::<4>().0.iter().map(|[r, g, b, _]| luma(*r, *g, *b)).collect())
        } else {
            Pixels::Rgb(rgba.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect())
        }
    }

    /// Takes RGB; grey where no pixel has a colour.
    pub fn from_rgb(rgb: Vec<u8>) -> Pixels {
        if rgb.as_chunks::<3>().0.iter().all(|[r, g, b]| is_grey(*r, *g, *b)) {
            Pixels::Grey(rgb.as_chunks::<3>().0.iter().map(|[r, g, b]| luma(*r, *g, *b)).collect())
        } else {
            Pixels::Rgb(rgb)
        }
    }

    /// Bytes per pixel.
    pub fn channels(&self) -> usize {
        match self {
            Pixels::Grey(_) => 1,
            Pixels::Rgb(_) => 3,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Pixels::Grey(bytes) | Pixels::Rgb(bytes) => bytes,
        }
    }

    /// The same picture in another size, softly: for small pictures. Sizes are (width, height) and not zero.
    pub fn reduced(&self, from: (u32, u32), to: (u32, u32)) -> Pixels {
        let bytes = resize(self.bytes(), self.channels(), from, to, Filter::Triangle);
        match self {
            Pixels::Grey(_) => Pixels::Grey(bytes),
            Pixels::Rgb(_) => Pixels::Rgb(bytes),
        }
    }
}

fn is_grey(r: u8, g: u8, b: u8) -> bool {
    r.max(g).max(b) - r.min(g).min(b) <= GREY_TOLERANCE
}

fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471 + 32_768) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coloured_pixel_makes_a_coloured_picture() {
        let mut rgba = vec![200_u8; 400];
        rgba[40] = 203;
        assert!(matches!(Pixels::from_rgba(&rgba), Pixels::Grey(bytes) if bytes.len() == 100));
        rgba[40] = 210;
        assert!(matches!(Pixels::from_rgba(&rgba), Pixels::Rgb(bytes) if bytes.len() == 300 && bytes[30] == 210));
        assert!(matches!(Pixels::from_rgb(vec![9; 30]), Pixels::Grey(bytes) if bytes == [9; 10]));
    }
}
