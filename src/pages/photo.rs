//! A JPEG or PNG document: one page, upright, on white. Runs in the child.
//!
//! Deliberately without colour profiles and animation. The surprising thing: a phone stores its photographs lying on
//! their side and notes in the EXIF data how to hold them; the turn is undone on the small picture, where it is cheap.
//! What is written on the paper in it may still lie on its side; that is told as on any scan (`sheet`).

mod closeup;

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, GrayImage, ImageDecoder, RgbImage};

use vyveska_raster::jpeg::{self, Picture};
use vyveska_raster::resize::{Filter, resize};

use super::wire::{Frame, Request};
use super::{MAX_WIDTH, PageFault, Pixels, Sheet, WarningKind, sheet};

pub use closeup::Photo;

/// Part of the child's memory that a decoded picture may take; the file, the decoder and the result need the rest.
pub const SHARE: u64 = 3;

/// Width, height and pixels of a page, and whether it is drawn smaller than wanted.
pub type Page = (u32, u32, Pixels, bool);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
}

/// How a picture that lies in a file is set upright: as the file says, then by quarters to the right.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    pub orientation: Orientation,
    pub quarters: u8,
}

impl Hold {
    fn is_lying(self) -> bool {
        let lies = matches!(
            self.orientation,
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
        );
        lies != (self.quarters % 2 == 1)
    }

    pub fn apply(self, mut picture: DynamicImage) -> DynamicImage {
        picture.apply_orientation(self.orientation);
        match self.quarters % 4 {
            0 => picture,
            1 => picture.rotate90(),
            2 => picture.rotate180(),
            _ => picture.rotate270(),
        }
    }
}

/// Draws the only page and says all there is to say about it. It is never called blank: nothing would be left.
pub fn draw(bytes: &[u8], kind: Kind, request: &Request, mut say: impl FnMut(Frame<'_>)) {
    say(Frame::Begin { number: 1 });
    tell(|quarters, request| picture(bytes, kind, quarters, request), Sheet::default(), false, request, say);
}

/// Says what a page looks like that is a picture, set upright where that is certain. `draw` draws it turned by so many
/// quarters; `many`: other pages are left where this one is folded away.
pub fn tell(
    draw: impl Fn(u8, &Request) -> Result<Page, PageFault>,
    sheet: Sheet,
    many: bool,
    request: &Request,
    mut say: impl FnMut(Frame<'_>),
) {
    let (width, height, pixels, mut smaller) = match draw(0, request) {
        Ok(page) => page,
        Err(fault) => return say(Frame::Fault(fault)),
    };
    let finer = |width| {
        let (width, height, pixels, _) = draw(0, &Request { width, height: MAX_WIDTH, ..request.clone() }).ok()?;
        Some((pixels, (width, height)))
    };
    say(Frame::Picture { width, height, pixels: Cow::Borrowed(&pixels) });
    say(Frame::Sheet(sheet));
    // On one that does not fill its picture a millimetre is not what the paper says.
    let judged = if smaller { sheet } else { sheet::judge((&pixels, (width, height)), finer, many, sheet) };
    match (judged.quarters() > 0).then(|| draw(judged.quarters(), request)) {
        Some(Ok((width, height, pixels, narrow))) => {
            say(Frame::Picture { width, height, pixels: Cow::Owned(pixels) });
            say(Frame::Sheet(judged));
            smaller = narrow;
        }
        Some(Err(_)) => {}
        None => say(Frame::Sheet(judged)),
    }
    if smaller {
        say(Frame::Warning(WarningKind::DrawnSmaller));
    }
    if request.text {
        say(Frame::Warning(WarningKind::NoReadableText));
    }
}

fn picture(bytes: &[u8], kind: Kind, quarters: u8, request: &Request) -> Result<Page, PageFault> {
    let source = Cursor::new(bytes);
    match kind {
        Kind::Jpeg => {
            let memory = (request.memory / SHARE) as usize;
            let scaled = |size, wanted| scaled(bytes, jpeg::reduction(size, wanted), memory);
            JpegDecoder::new(source).map_err(|_| PageFault::Damaged).and_then(|d| page(d, scaled, quarters, request))
        }
        Kind::Png => PngDecoder::new(source)
            .map_err(|_| PageFault::Damaged)
            .and_then(|d| page(d, |_, _| None, quarters, request)),
    }
}

/// `scaled` may know how to decode the picture of the first size to no less than the second.
fn page(
    mut decoder: impl ImageDecoder,
    scaled: impl FnOnce((u32, u32), (u32, u32)) -> Option<Picture>,
    quarters: u8,
    request: &Request,
) -> Result<Page, PageFault> {
    let size = decoder.dimensions();
    if size.0 == 0 || size.1 == 0 {
        return Err(PageFault::Damaged);
    }
    let hold = Hold { orientation: decoder.orientation().unwrap_or(Orientation::NoTransforms), quarters };
    let (fit, small) = fit_turned(size, hold, request);
    let (bytes, channels, size) = match scaled(size, small) {
        Some(picture) => (picture.pixels, picture.channels, (picture.width, picture.height)),
        None => {
            let (bytes, channels) = whole(decoder, request)?;
            (bytes, channels, size)
        }
    };
    let bytes = resize(&bytes, channels, size, small, Filter::CatmullRom);
    upright(bytes, channels, small, fit, hold, request)
}

/// The size of the upright picture, and the size in which it lies in the file.
pub fn fit_turned(size: (u32, u32), hold: Hold, request: &Request) -> ((u32, u32), (u32, u32)) {
    let swap = |(width, height)| if hold.is_lying() { (height, width) } else { (width, height) };
    let fit = fit(swap(size), (request.width, request.height));
    (fit, swap(fit))
}

/// Turns the picture of size `small` and puts it onto the page.
pub fn upright(
    bytes: Vec<u8>,
    channels: usize,
    small: (u32, u32),
    fit: (u32, u32),
    hold: Hold,
    request: &Request,
) -> Result<Page, PageFault> {
    let picture = hold.apply(raw(bytes, channels, small).ok_or(PageFault::Damaged)?);
    let pixels = match picture {
        DynamicImage::ImageLuma8(grey) => Pixels::Grey(grey.into_raw()),
        other => Pixels::from_rgb(other.into_rgb8().into_raw()),
    };
    let (pixels, smaller) = on_white(pixels, fit, request.width);
    Ok((request.width, fit.1, pixels, smaller))
}

fn raw(bytes: Vec<u8>, channels: usize, (width, height): (u32, u32)) -> Option<DynamicImage> {
    match channels {
        1 => GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
        _ => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
    }
}

/// A JPEG at 1/`by` of its size. Printers' inks (four channels) go the usual way, whose colours they get.
fn scaled(bytes: &[u8], by: u32, memory: usize) -> Option<Picture> {
    let few = jpeg::head(bytes).ok()?.components.len() < 4;
    if by > 1 && few { jpeg::reduced(bytes, by, memory).ok() } else { None }
}

/// The picture with all its pixels, where they fit into the memory.
fn whole(decoder: impl ImageDecoder, request: &Request) -> Result<(Vec<u8>, usize), PageFault> {
    let (width, height) = decoder.dimensions();
    // Once as it is decoded, and once more where it is turned into eight opaque bits.
    let copies = if matches!(decoder.color_type(), ColorType::L8 | ColorType::Rgb8) { 1 } else { 2 };
    if decoder.total_bytes().saturating_mul(copies) > request.memory / SHARE * 2 {
        return Err(PageFault::Oversized { width, height });
    }
    Ok(opaque(DynamicImage::from_decoder(decoder).map_err(|_| PageFault::Damaged)?))
}

/// Eight bits a channel without transparency: what shines through is white.
fn opaque(picture: DynamicImage) -> (Vec<u8>, usize) {
    match picture {
        DynamicImage::ImageLuma8(grey) => (grey.into_raw(), 1),
        DynamicImage::ImageRgb8(rgb) => (rgb.into_raw(), 3),
        other if other.color().has_alpha() => {
            let rgba = other.into_rgba8().into_raw();
            let over = |value: u8, alpha: u8| {
                ((u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha)) + 127) / 255) as u8
            };
            let blend = |[r, g, b, a]: &[u8; 4]| [over(*r, *a), over(*g, *a), over(*b, *a)];
            (rgba.as_chunks::<4>().0.iter().flat_map(blend).collect(), 3)
        }
        other if !other.color().has_color() => (other.into_luma8().into_raw(), 1),
        other => (other.into_rgb8().into_raw(), 3),
    }
}

/// The size in which a picture has the wanted width, or the greatest height.
fn fit((width, height): (u32, u32), (wanted, highest): (u32, u32)) -> (u32, u32) {
    let high = (u64::from(height) * u64::from(wanted) + u64::from(width) / 2) / u64::from(width);
    if high <= u64::from(highest) {
        return (wanted, (high as u32).max(1));
    }
    let wide = u64::from(width) * u64::from(highest) / u64::from(height);
    ((wide as u32).clamp(1, wanted), highest)
}

/// A picture that is narrower than wanted stands in the middle of white.
fn on_white(pixels: Pixels, (width, height): (u32, u32), wanted: u32) -> (Pixels, bool) {
    if width == wanted {
        return (pixels, false);
    }
    let channels = pixels.channels();
    let left = (wanted - width) as usize / 2 * channels;
    let mut sheet = vec![255; wanted as usize * height as usize * channels];
    let rows = sheet.chunks_exact_mut(wanted as usize * channels);
    for (row, line) in rows.zip(pixels.bytes().chunks_exact(width as usize * channels)) {
        row[left..left + line.len()].copy_from_slice(line);
    }
    (if channels == 1 { Pixels::Grey(sheet) } else { Pixels::Rgb(sheet) }, true)
}
