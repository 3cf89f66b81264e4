//! The shadow buffer as Slint's renderer paints into it.
//!
//! It takes over two things only, at their own size: pictures without transparency, which is what pages are, and letters.
//! Slint's way works out each pixel's place by itself, for every scale and repetition; that took six times as many
//! instructions. What it paints is the same to the bit.

use slint::Color;
use slint::platform::software_renderer::{
    DrawTextureArgs, PhysicalRegion, PremultipliedRgbaColor, RenderingRotation, TargetPixel, TargetPixelBuffer,
    TexturePixelFormat,
};
use vyveska_raster::blit::packed;

use super::Xrgb;

pub struct Shadow<'a> {
    /// Row after row without gaps.
    pub pixels: &'a mut [Xrgb],
    pub width: usize,
}

impl TargetPixelBuffer for Shadow<'_> {
    type TargetPixel = Xrgb;

    fn line_slice(&mut self, line: usize) -> &mut [Xrgb] {
        &mut self.pixels[line * self.width..][..self.width]
    }

    fn num_lines(&self) -> usize {
        self.pixels.len() / self.width
    }

    fn draw_texture(&mut self, texture: &DrawTextureArgs, clip: &PhysicalRegion) -> bool {
        let source = texture.source();
        let plain = (source.width as usize, source.height as usize) == (texture.dst_width, texture.dst_height)
            && texture.rotation == RenderingRotation::NoRotation
            && texture.tiling.is_none();
        match (source.pixel_format, texture.colorize) {
            (TexturePixelFormat::Rgb, None) if plain && texture.alpha == u8::MAX => {
                self.rows(texture, clip, 3, |rgb, line| packed(rgb, line, Xrgb));
            }
            (TexturePixelFormat::AlphaMap, Some(colour)) if plain => {
                self.rows(texture, clip, 1, |coverage, line| tinted(coverage, line, colour, texture.alpha));
            }
            _ => return false,
        }
        true
    }
}

impl Shadow<'_> {
    /// Paints each row of a picture of so many bytes a pixel where it is wanted.
    fn rows(
        &mut self,
        texture: &DrawTextureArgs,
        clip: &PhysicalRegion,
        bytes: usize,
        paint: impl Fn(&[u8], &mut [Xrgb]),
    ) {
        let source = texture.source();
        let (width, height) = (texture.dst_width as isize, texture.dst_height as isize);
        let (across, down) = (self.width as isize, self.num_lines() as isize);
        for (origin, size) in clip.iter() {
            let inside = |from: i32, length: u32, at: isize, whole: isize, end: isize| {
                let (from, to) = (from as isize, from as isize + length as isize);
                from.max(at).max(0)..to.min(at + whole).min(end)
            };
            let columns = inside(origin.x, size.width, texture.dst_x, width, across);
            if columns.is_empty() {
                continue;
            }
            let left = (columns.start - texture.dst_x) as usize * bytes;
            for line in inside(origin.y, size.height, texture.dst_y, height, down) {
                let from = (line - texture.dst_y) as usize * source.byte_stride + left;
                let to = &mut self.line_slice(line as usize)[columns.start as usize..][..columns.len()];
                paint(&source.data[from..][..columns.len() * bytes], to);
            }
        }
    }
}

/// A letter: how much of each pixel it covers.
fn tinted(coverage: &[u8], line: &mut [Xrgb], colour: Color, alpha: u8) {
    let (red, green, blue) = (colour.red(), colour.green(), colour.blue());
    let full = Xrgb::from_rgb(red, green, blue);
    let tint = |pixel: &mut Xrgb, covered: u8| match u16::from(covered) * u16::from(alpha) / 255 {
        0 => {}
        255 => *pixel = full,
        alpha => pixel.blend(PremultipliedRgbaColor::from(Color::from_argb_u8(alpha as u8, red, green, blue))),
    };
    let ((parts, rest), (line, line_rest)) = (coverage.as_chunks::<8>(), line.as_chunks_mut::<8>());
    // Most of a letter's rectangle is paper.
    for (pixels, part) in line.iter_mut().zip(parts).filter(|(_, part)| **part != [0; 8]) {
        pixels.iter_mut().zip(part).for_each(|(pixel, covered)| tint(pixel, *covered));
    }
    line_rest.iter_mut().zip(rest).for_each(|(pixel, covered)| tint(pixel, *covered));
}
