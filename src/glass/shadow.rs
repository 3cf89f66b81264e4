//! The shadow buffer as Slint's renderer paints into it.
//!
//! It takes over three things only: the ground everything is painted on, and, at their own size, pictures without
//! transparency, which is what pages are, and letters. Slint's way works out each pixel's place by itself, for every
//! scale and repetition, and each pixel's colour; that took ten times as many instructions. What it paints is the same to
//! the bit.
//!
//! The surprising things: a letter's pixels are looked up, not worked out. Nearly all of them lie on plain paper, so there
//! are as many different ones as degrees of coverage. And the ground waits: where a page covers all of it, as every page
//! does, it never was.

use slint::platform::software_renderer::{
    DrawRectangleArgs, DrawTextureArgs, PhysicalRegion, PremultipliedRgbaColor, RenderingRotation, TargetPixel,
    TargetPixelBuffer, TexturePixelFormat,
};
use slint::{Brush, Color, PhysicalPosition, PhysicalSize};
use vyveska_raster::blit::{fill, packed};

use super::Xrgb;

/// Colours of letters that are remembered, each on its paper.
const INKS: usize = 8;

/// A part of the buffer.
type Part = (PhysicalPosition, PhysicalSize);

pub struct Shadow<'a> {
    /// Row after row without gaps.
    pixels: &'a mut [Xrgb],
    width: usize,
    /// What is painted this time; they do not overlap.
    parts: Vec<Part>,
    /// All of it is this colour, and does not lie there yet.
    ground: Option<Xrgb>,
    inks: Vec<Ink>,
    /// The ink that is forgotten next.
    oldest: usize,
}

/// A colour of letters on a paper.
struct Ink {
    colour: Color,
    alpha: u8,
    paper: Xrgb,
    /// The pixel for each degree of coverage.
    on_paper: [Xrgb; 256],
}

impl Ink {
    fn new(colour: Color, alpha: u8, paper: Xrgb) -> Ink {
        let on_paper = std::array::from_fn(|covered| inked(paper, covered as u8, colour, alpha));
        Ink { colour, alpha, paper, on_paper }
    }

    /// A row of a letter: how much of each pixel it covers.
    fn stamp(&self, coverage: &[u8], line: &mut [Xrgb]) {
        let ((eights, ones), (onto, line)) = (coverage.as_chunks::<8>(), line.as_chunks_mut::<8>());
        self.stamp_many(eights, onto);
        self.stamp_many(ones.as_chunks::<1>().0, line.as_chunks_mut::<1>().0);
    }

    fn stamp_many<const N: usize>(&self, coverage: &[[u8; N]], line: &mut [[Xrgb; N]]) {
        for (pixels, covered) in line.iter_mut().zip(coverage).filter(|(_, covered)| **covered != [0; N]) {
            if pixels.iter().fold(0, |apart, pixel| apart | (pixel.0 ^ self.paper.0)) == 0 {
                *pixels = covered.map(|covered| self.on_paper[usize::from(covered)]);
            } else {
                self.stamp_over(covered, pixels);
            }
        }
    }

    /// The same where something else than paper lies.
    #[cold]
    fn stamp_over(&self, coverage: &[u8], line: &mut [Xrgb]) {
        for (pixel, covered) in line.iter_mut().zip(coverage) {
            *pixel = inked(*pixel, *covered, self.colour, self.alpha);
        }
    }
}

fn inked(mut pixel: Xrgb, covered: u8, colour: Color, alpha: u8) -> Xrgb {
    let alpha = u16::from(covered) * u16::from(alpha) / 255;
    let (red, green, blue) = (colour.red(), colour.green(), colour.blue());
    pixel.blend(PremultipliedRgbaColor::from(Color::from_argb_u8(alpha as u8, red, green, blue)));
    pixel
}

impl TargetPixelBuffer for Shadow<'_> {
    type TargetPixel = Xrgb;

    fn line_slice(&mut self, line: usize) -> &mut [Xrgb] {
        self.lay_ground();
        &mut self.pixels[line * self.width..][..self.width]
    }

    fn num_lines(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// Called first, with all that will be painted.
    fn fill_background(&mut self, brush: &Brush, region: &PhysicalRegion) -> bool {
        let mut ground = Xrgb::background();
        ground.blend(brush.color().into());
        self.parts = region.iter().collect();
        self.ground = Some(ground);
        true
    }

    fn draw_rectangle(&mut self, rectangle: &DrawRectangleArgs, clip: &PhysicalRegion) -> bool {
        match rectangle.background {
            Brush::SolidColor(colour) if self.ground.is_some() && self.is_all(rectangle, clip) => {
                self.ground = Some(Xrgb::from_rgb(colour.red(), colour.green(), colour.blue()));
                true
            }
            _ => false,
        }
    }

    fn draw_texture(&mut self, texture: &DrawTextureArgs, clip: &PhysicalRegion) -> bool {
        let part = (clip.bounding_box_origin(), clip.bounding_box_size());
        if part.1.width == 0 {
            // A letter beside what is painted anew.
            return true;
        }
        self.lay_ground();
        let source = texture.source();
        let plain = (source.width as usize, source.height as usize) == (texture.dst_width, texture.dst_height)
            && texture.rotation == RenderingRotation::NoRotation
            && texture.tiling.is_none();
        let picture = Source { data: source.data, stride: source.byte_stride, at: (texture.dst_x, texture.dst_y) };
        // Taking a region apart costs as much as a letter.
        let whole = self.parts.iter().any(|known| holds(*known, part));
        match (source.pixel_format, texture.colorize) {
            (TexturePixelFormat::Rgb, None) if plain && texture.alpha == u8::MAX => {
                let mut paint = |part| {
                    picture.paint(self.pixels, self.width, part, 3, |rgb, line| packed(rgb, line, Xrgb));
                };
                if whole { paint(part) } else { clip.iter().for_each(paint) }
            }
            (TexturePixelFormat::AlphaMap, Some(colour)) if plain => {
                let corner = part.0.y as usize * self.width + part.0.x as usize;
                let ink = self.ink(colour, texture.alpha, self.pixels[corner]);
                let ink = &self.inks[ink];
                let mut paint = |part| {
                    picture.paint(self.pixels, self.width, part, 1, |coverage, line| ink.stamp(coverage, line));
                };
                if whole { paint(part) } else { clip.iter().for_each(paint) }
            }
            _ => return false,
        }
        true
    }
}

/// A picture at its own size, and where in the buffer its corner is.
struct Source<'a> {
    data: &'a [u8],
    stride: usize,
    at: (isize, isize),
}

impl Source<'_> {
    /// Paints each row of a part of it, so many bytes a pixel.
    fn paint(
        &self,
        pixels: &mut [Xrgb],
        width: usize,
        (at, size): Part,
        bytes: usize,
        row: impl Fn(&[u8], &mut [Xrgb]),
    ) {
        let (left, top) = ((at.x as isize - self.at.0) as usize, (at.y as isize - self.at.1) as usize);
        let (mut from, mut to) = (top * self.stride + left * bytes, at.y as usize * width + at.x as usize);
        let across = size.width as usize;
        for _ in 0..size.height {
            row(&self.data[from..from + across * bytes], &mut pixels[to..to + across]);
            (from, to) = (from + self.stride, to + width);
        }
    }
}

fn holds((at, size): Part, (inner_at, inner_size): Part) -> bool {
    let within = |at: i32, length: u32, inner: i32, inner_length: u32| {
        at <= inner && inner + inner_length as i32 <= at + length as i32
    };
    within(at.x, size.width, inner_at.x, inner_size.width) && within(at.y, size.height, inner_at.y, inner_size.height)
}

impl<'a> Shadow<'a> {
    /// `pixels` are rows of `width` pixels, without gaps.
    pub fn new(pixels: &'a mut [Xrgb], width: usize) -> Shadow<'a> {
        Shadow { pixels, width, parts: Vec::new(), ground: None, inks: Vec::with_capacity(INKS), oldest: 0 }
    }

    /// Paints the ground that still waits: with the first thing on it, and at the end.
    pub fn lay_ground(&mut self) {
        let Some(ground) = self.ground.take() else { return };
        for (at, size) in &self.parts {
            let rows = self.pixels[at.y as usize * self.width..].chunks_mut(self.width).take(size.height as usize);
            rows.for_each(|row| fill(&mut row[at.x as usize..][..size.width as usize], ground));
        }
    }

    /// Whether of all that is painted nothing shows beside or through a rectangle.
    fn is_all(&self, rectangle: &DrawRectangleArgs, clip: &PhysicalRegion) -> bool {
        let (at, size) = (clip.bounding_box_origin(), clip.bounding_box_size());
        let covers = |from: f32, length: f32, at: i32, whole: u32| {
            from <= at as f32 && (at + whole as i32) as f32 <= from + length
        };
        let square = [
            rectangle.top_left_radius,
            rectangle.top_right_radius,
            rectangle.bottom_left_radius,
            rectangle.bottom_right_radius,
            rectangle.border_width,
        ];
        square == [0.0; 5]
            && rectangle.background.color().alpha() == u8::MAX
            && rectangle.alpha == u8::MAX
            && self.parts.iter().all(|part| holds((at, size), *part))
            && covers(rectangle.x, rectangle.width, at.x, size.width)
            && covers(rectangle.y, rectangle.height, at.y, size.height)
    }

    /// The place of an ink among those remembered.
    fn ink(&mut self, colour: Color, alpha: u8, paper: Xrgb) -> usize {
        let same = |ink: &Ink| (ink.paper, ink.colour, ink.alpha) == (paper, colour, alpha);
        if let Some(known) = self.inks.iter().position(same) {
            return known;
        }
        let ink = Ink::new(colour, alpha, paper);
        if self.inks.len() < INKS {
            self.inks.push(ink);
            return self.inks.len() - 1;
        }
        let at = self.oldest;
        self.inks[at] = ink;
        self.oldest = (at + 1) % INKS;
        at
    }
}
