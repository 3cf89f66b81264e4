//! A picture's pixels: what is grey is kept grey.
//!
//! Deliberately without colour management. The surprising thing: pages that a scanner or a JPEG tinted by a shade
//! nobody can see count as grey, which saves two thirds of their memory and most of their decoding on the panel.

use vyveska_raster::grey::{grey, without_alpha};
use vyveska_raster::resize::{Filter, resize};

/// Width of the small picture of a page, in pixels.
pub const THUMBNAIL_WIDTH: u32 = 240;

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
    /// Takes opaque RGBA; grey where no pixel has a colour. They stay in the memory that they came in.
    pub fn from_rgba(rgba: Vec<u8>) -> Pixels {
        grey::<4>(rgba).map_or_else(|rgba| Pixels::Rgb(without_alpha(rgba)), Pixels::Grey)
    }

    /// The same for RGB.
    pub fn from_rgb(rgb: Vec<u8>) -> Pixels {
        grey::<3>(rgb).map_or_else(Pixels::Rgb, Pixels::Grey)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coloured_pixel_makes_a_coloured_picture() {
        let mut rgba = vec![200_u8; 400];
        rgba[40] = 203;
        assert!(matches!(Pixels::from_rgba(rgba.clone()), Pixels::Grey(bytes) if bytes.len() == 100));
        rgba[40] = 210;
        assert!(matches!(Pixels::from_rgba(rgba), Pixels::Rgb(bytes) if bytes.len() == 300 && bytes[30] == 210));
        assert!(matches!(Pixels::from_rgb(vec![9; 30]), Pixels::Grey(bytes) if bytes == [9; 10]));
    }
}
