//! The pixel of the shadow buffer, and pictures taken of it.

use slint::platform::software_renderer::{PremultipliedRgbaColor, TargetPixel};
use vyveska_raster::blit;

use super::{Size, small};

/// A pixel as displays want it: 0x00RRGGBB in the machine's own byte order (DRM's XRGB8888, softbuffer's u32), so that
/// a finished rectangle is copied without conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct Xrgb(pub u32);

impl TargetPixel for Xrgb {
    fn blend(&mut self, color: PremultipliedRgbaColor) {
        let rest = u32::from(u8::MAX - color.alpha);
        // Red and blue at once, green alone: each product stays inside its own 16 bits. (x + 1 + x / 256) / 256 is
        // x / 255 rounded down, for every x that can occur here.
        let rb = (self.0 & 0x00ff_00ff) * rest;
        let g = ((self.0 >> 8) & 0x0000_00ff) * rest;
        let rb = ((rb + 0x0001_0001 + ((rb >> 8) & 0x00ff_00ff)) >> 8) & 0x00ff_00ff;
        let g = (g + 1 + (g >> 8)) >> 8;
        self.0 = (rb | (g << 8)) + Xrgb::from_rgb(color.red, color.green, color.blue).0;
    }

    fn blend_slice(slice: &mut [Self], color: PremultipliedRgbaColor) {
        match color.alpha {
            u8::MAX => blit::fill(slice, Xrgb::from_rgb(color.red, color.green, color.blue)),
            _ => slice.iter_mut().for_each(|pixel| pixel.blend(color)),
        }
    }

    fn from_rgb(red: u8, green: u8, blue: u8) -> Self {
        Xrgb(u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue))
    }
}

/// What the glass shows, for a file or a comparison.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// Red, green, blue; row after row without gaps.
    pub rgb: Vec<u8>,
}

impl Picture {
    pub(super) fn of(pixels: &[Xrgb], width: u32, height: u32) -> Picture {
        let rgb = pixels.iter().flat_map(|pixel| [(pixel.0 >> 16) as u8, (pixel.0 >> 8) as u8, pixel.0 as u8]);
        Picture { width, height, rgb: rgb.collect() }
    }

    /// Red, green and blue at a place inside the picture.
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let start = (y as usize * self.width as usize + x as usize) * 3;
        [self.rgb[start], self.rgb[start + 1], self.rgb[start + 2]]
    }

    /// The bytes of a PNG file.
    pub fn png(&self) -> Vec<u8> {
        self.compressed(png::Compression::Fast)
    }

    /// The same for a slow line: half as long, and many times as much work.
    pub fn packed(&self) -> Vec<u8> {
        self.compressed(png::Compression::High)
    }

    /// Half as wide and half as high.
    pub fn half(&self) -> Picture {
        let pixels: Vec<Xrgb> = self.rgb.chunks_exact(3).map(|rgb| Xrgb::from_rgb(rgb[0], rgb[1], rgb[2])).collect();
        small(&pixels, Size { width: self.width, height: self.height }, self.width.max(self.height) / 2)
    }

    fn compressed(&self, compression: png::Compression) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(compression);
        let mut writer = encoder.write_header().expect("a picture of at least one pixel");
        writer.write_image_data(&self.rgb).expect("as many bytes as pixels");
        writer.finish().expect("memory does not fail to be written");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blending_agrees_with_division_for_every_value() {
        for alpha in 0..=255u8 {
            for value in 0..=255u8 {
                let mut pixel = Xrgb::from_rgb(value, value, 255 - value);
                pixel.blend(PremultipliedRgbaColor { red: 0, green: alpha, blue: 0, alpha });
                let rest = |v: u8| (u16::from(v) * u16::from(255 - alpha) / 255) as u8;
                assert_eq!(pixel, Xrgb::from_rgb(rest(value), rest(value) + alpha, rest(255 - value)));
            }
        }
    }
}
