//! A page that is one picture and nothing else, as scanners make them: the picture is made as small as it is shown, and
//! that is the page. The engine would bring it into colours, lay it onto a sheet and be asked whether it has any.
//!
//! Deliberately only for a picture that lies upright, is larger than it is shown or may be enlarged smoothly, and is
//! neither cut, masked nor shone through. The surprising thing: recognised words under the picture are no obstacle,
//! because nobody sees them.

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageData, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::object::Dict;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Rect, Shape};
use vyveska_raster::jpeg::Picture;
use vyveska_raster::resize::{Filter, resize};

use super::Pixels;

/// Within so many pixels an edge is where it should be.
const NEAR: f64 = 1.0;

/// What a page draws, as far as it tells whether it is one picture.
#[derive(Default)]
pub struct Seen {
    pictures: u32,
    other: bool,
    place: Affine,
    size: (u32, u32),
    /// It asks not to be enlarged in squares.
    smooth: bool,
    clips: Vec<Rect>,
}

impl Seen {
    pub fn something(&mut self) {
        self.other = true;
    }

    pub fn image(&mut self, image: &Image<'_, '_>, place: Affine) {
        self.pictures += 1;
        self.place = place;
        self.size = (image.width(), image.height());
        let masked = |dict: &Dict<'_>| {
            dict.contains_key(b"SMask") || dict.contains_key(b"Mask") || dict.contains_key(b"SMaskInData")
        };
        self.other |= match image {
            Image::Raster(picture) => {
                let dict = picture.stream().dict();
                self.smooth = dict.get::<bool>(b"Interpolate").unwrap_or(false);
                masked(dict)
            }
            Image::Stencil(_) => true,
        };
    }

    pub fn clip(&mut self, path: &BezPath) {
        let bounds = path.bounding_box();
        self.clips.push(bounds);
        self.other |= (path.area().abs() - bounds.area()).abs() > bounds.area() / 1000.0;
    }

    pub fn group(&mut self, opacity: f32, mask: bool, blend: BlendMode) {
        self.other |= opacity < 1.0 || mask || blend != BlendMode::Normal;
    }

    /// Where on a sheet of `size` pixels the picture lies, if it is all there is: left, top, width and height.
    pub fn alone(&self, size: (u16, u16)) -> Option<[u32; 4]> {
        let [a, b, c, d, left, top] = self.place.as_coeffs();
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        let skewed = (b * width).abs().max((c * height).abs()) >= NEAR / 2.0;
        if self.pictures != 1 || self.other || skewed || a <= 0.0 || d <= 0.0 {
            return None;
        }
        let sheet = Rect::new(0.0, 0.0, size.0.into(), size.1.into());
        let area = Rect::new(left, top, left + a * width, top + d * height);
        let within = |outer: Rect, inner: Rect| outer.inflate(NEAR, NEAR).contains_rect(inner);
        let seen = area.intersect(sheet);
        if !within(sheet, area) || !self.clips.iter().all(|clip| within(*clip, seen)) {
            return None;
        }
        let [left, top, right, bottom] = [seen.x0, seen.y0, seen.x1, seen.y1].map(|edge| edge.round().max(0.0) as u32);
        let (wide, high) = (right.saturating_sub(left), bottom.saturating_sub(top));
        let fine = self.smooth || wide <= self.size.0 && high <= self.size.1;
        (wide > 0 && high > 0 && fine).then_some([left, top, wide, high])
    }
}

/// The sheet with a picture that was decoded already.
pub fn picture(picture: Picture, place: [u32; 4], size: (u16, u16)) -> Pixels {
    let Picture { width, height, channels, pixels } = picture;
    laid(&pixels, channels, (width, height), place, size)
}

/// The sheet with the only picture of the page.
pub fn draw<'a>(
    page: &'a Page<'a>,
    settings: InterpreterSettings,
    cache: &InterpreterCache<'a>,
    place: [u32; 4],
    size: (u16, u16),
) -> Option<Pixels> {
    let area = Rect::new(0.0, 0.0, size.0.into(), size.1.into());
    let mut only = Only { place, size, sheet: None };
    interpret_page(page, &mut Context::new(Affine::IDENTITY, area, cache, page.xref(), settings), &mut only);
    only.sheet
}

struct Only {
    place: [u32; 4],
    size: (u16, u16),
    sheet: Option<Pixels>,
}

impl<'a> Device<'a> for Only {
    fn draw_image(&mut self, image: Image<'a, '_>, _: ImageDrawProps<'a>) {
        let Image::Raster(picture) = image else { return };
        let [_, _, wide, high] = self.place;
        let keep = |decoded: ImageData, alpha: Option<_>| {
            let (bytes, channels, size, smooth) = match &decoded {
                ImageData::Luma(grey) => (&grey.data, 1, (grey.width, grey.height), grey.interpolate),
                ImageData::Rgb(rgb) => (&rgb.data, 3, (rgb.width, rgb.height), rgb.interpolate),
            };
            if alpha.is_none() && (smooth || size.0 >= wide && size.1 >= high) {
                self.sheet = Some(laid(bytes, channels, size, self.place, self.size));
            }
        };
        picture.with_rgba(keep, Some((wide, high)));
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// A picture of `from` pixels in its place on a white sheet.
fn laid(bytes: &[u8], channels: usize, from: (u32, u32), place: [u32; 4], size: (u16, u16)) -> Pixels {
    let [left, top, wide, high] = place.map(|length| length as usize);
    let (width, height) = (usize::from(size.0), usize::from(size.1));
    let filter = if from.0 < place[2] || from.1 < place[3] { Filter::Triangle } else { Filter::Hermite };
    let mut pixels = resize(bytes, channels, from, (place[2], place[3]), filter);
    if (wide, high) != (width, height) {
        let mut sheet = vec![255; width * height * channels];
        let rows = sheet.chunks_exact_mut(width * channels).skip(top);
        for (row, line) in rows.zip(pixels.chunks_exact(wide * channels)) {
            row[left * channels..][..line.len()].copy_from_slice(line);
        }
        pixels = sheet;
    }
    if channels == 1 { Pixels::Grey(pixels) } else { Pixels::from_rgb(pixels) }
}
