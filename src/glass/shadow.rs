//! The shadow buffer as Slint's renderer paints into it.
//!
//! It takes over one thing only: pictures without transparency at their own size, which is what pages are. Slint's way
//! works out each pixel's place by itself, for every scale and repetition; that took six times as many instructions.

use slint::platform::software_renderer::{
    DrawTextureArgs, PhysicalRegion, RenderingRotation, TargetPixelBuffer, TexturePixelFormat,
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
        let plain = source.pixel_format == TexturePixelFormat::Rgb
            && (source.width as usize, source.height as usize) == (texture.dst_width, texture.dst_height)
            && texture.colorize.is_none()
            && texture.alpha == u8::MAX
            && texture.rotation == RenderingRotation::NoRotation
            && texture.tiling.is_none();
        if !plain {
            return false;
        }
        let (width, height) = (texture.dst_width as isize, texture.dst_height as isize);
        let lines = self.num_lines() as isize;
        for (origin, size) in clip.iter() {
            let inside = |from: i32, length: u32, at: isize, whole: isize, end: isize| {
                let (from, to) = (from as isize, from as isize + length as isize);
                from.max(at).max(0)..to.min(at + whole).min(end)
            };
            let columns = inside(origin.x, size.width, texture.dst_x, width, self.width as isize);
            if columns.is_empty() {
                continue;
            }
            for line in inside(origin.y, size.height, texture.dst_y, height, lines) {
                let from = (line - texture.dst_y) as usize * source.byte_stride;
                let left = (columns.start - texture.dst_x) as usize * 3;
                let length = columns.len();
                let rgb = &source.data[from + left..][..length * 3];
                packed(rgb, &mut self.line_slice(line as usize)[columns.start as usize..][..length], Xrgb);
            }
        }
        true
    }
}
