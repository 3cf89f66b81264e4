//! Pictures on a page that have far more pixels than will be seen.
//!
//! A page that is one picture is left to `alone`. Of other pages JPEGs are decoded to scale, before the engine sees them.
//! A sheet of A0 scanned at 300 dpi takes the engine 450 MB and most of a second, and it is an ordinary annex of a
//! zoning plan. The page is gone over once without drawing, to learn how large each picture comes out; a document is
//! made in which these pictures are as small as that, and everything else goes the engine's way: where they lie, their
//! colour space, masks, what is drawn over them. Deliberately JPEG alone: the engine itself decodes JPEG 2000 to scale,
//! and one bit a pixel is no burden.
//!
//! The surprising thing: the new document is the old one with a few lines behind its end, as an editor would write it
//! (an incremental update, ISO 32000-1, 7.5.6).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro::hayro_syntax::object::{Array, Dict, Name, ObjRef, Object, Stream};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Rect, Vec2};
use vyveska_raster::jpeg::{self, Picture};

use super::{Pixels, alone};

/// A picture of fewer pixels is not worth the trouble. The fuzzer's are small, and take this way all the same.
const LARGE: u64 = if cfg!(fuzzing) { 1 << 10 } else { 1 << 19 };
/// Forms within forms are looked into this deep.
const DEPTH: u32 = 4;

/// How a page with large pictures is drawn.
pub enum Scan {
    /// It is one picture, and this is it.
    Alone(Pixels),
    /// The document with the oversized pictures at the size in which they are drawn, and the page's place in it.
    Reduced(Pdf, usize),
}

/// What is gained where `onto` draws the page on a sheet of `size` pixels; `None` where nothing is. Decoding takes at
/// most `memory` bytes for each picture. What is drawn over the page by others makes it `overlaid`.
pub fn scan(
    pdf: &Pdf,
    page: &Page<'_>,
    settings: &InterpreterSettings,
    onto: Affine,
    size: (u16, u16),
    memory: usize,
    overlaid: bool,
) -> Option<Scan> {
    if !has_large(&page.resources().x_objects, DEPTH) {
        return None;
    }
    // What it complains about is heard when the page is drawn.
    let quiet = InterpreterSettings { warning_sink: Arc::new(|_| {}), ..settings.clone() };
    let area = Rect::new(0.0, 0.0, size.0.into(), size.1.into());
    let cache = InterpreterCache::new();
    let mut survey = Survey::default();
    interpret_page(page, &mut Context::new(onto, area, &cache, page.xref(), quiet), &mut survey);
    let alone = survey.seen.alone(size).filter(|_| !overlaid);
    let mut update: Option<Update> = None;
    for (object, drawn) in survey.drawn {
        let Some(stream) = page.xref().get::<Stream<'_>>(object.into()) else { continue };
        let whole = || alone.and_then(|_| whole(&stream));
        let Some(picture) = decoded(&stream, drawn, memory).or_else(whole) else { continue };
        if let Some(place) = alone.filter(|_| is_plain(stream.dict(), picture.channels)) {
            return Some(Scan::Alone(alone::picture(picture, place, size)));
        }
        let update = update.get_or_insert_with(|| Update { bytes: pdf.data().as_ref().to_vec(), places: Vec::new() });
        update.put(object, stream.dict(), &picture).ok()?;
    }
    let Some(update) = update else {
        return alone.and_then(|place| alone::draw(page, settings.clone(), &cache, place, size)).map(Scan::Alone);
    };
    let place = pdf.pages().iter().position(|other| std::ptr::eq(other, page))?;
    Some(Scan::Reduced(update.finish(pdf)?, place))
}

/// Whether its numbers are the pixels' levels as they are.
fn is_plain(dict: &Dict<'_>, channels: usize) -> bool {
    let named = |name: Name<'_>| matches!((&*name, channels), (b"DeviceGray", 1) | (b"DeviceRGB", 3));
    let plain = match dict.get::<Object<'_>>(b"ColorSpace") {
        None => matches!(channels, 1 | 3),
        Some(Object::Name(name)) => named(name),
        Some(Object::Array(parts)) => channels == 3 && is_srgb(&parts),
        Some(_) => false,
    };
    plain && !dict.contains_key(b"Decode") && !dict.contains_key(b"D")
}

/// The profile that scanners and cameras put into every file says that nothing is to be done. It tells by its model
/// (ICC.1, 7.2.12), and the engine goes by that too, once it has worked out what it could do.
fn is_srgb(space: &Array<'_>) -> bool {
    let mut parts = space.flex_iter();
    let by_profile = parts.next::<Name<'_>>().is_some_and(|name| &*name == b"ICCBased");
    let profile = parts.next::<Stream<'_>>().filter(|_| by_profile);
    let Some(profile) = profile.filter(|profile| profile.dict().get(b"N") == Some(3)) else { return false };
    profile.decoded_data().is_ok_and(|profile| profile.get(52..56) == Some(b"sRGB"))
}

/// Whether something among the page's objects is worth a closer look.
fn has_large(objects: &Dict<'_>, depth: u32) -> bool {
    let names = objects.keys().take(256);
    names.filter_map(|name| objects.get::<Stream<'_>>(name)).any(|stream| {
        let inside = || stream.dict().get::<Dict<'_>>(b"Resources")?.get::<Dict<'_>>(b"XObject");
        is_large(stream.dict()) || depth > 0 && inside().is_some_and(|objects| has_large(&objects, depth - 1))
    })
}

fn is_large(dict: &Dict<'_>) -> bool {
    size(dict).is_some_and(|(width, height)| u64::from(width) * u64::from(height) >= LARGE)
}

fn is_jpeg(dict: &Dict<'_>) -> bool {
    only_filter(dict).is_some_and(|filter| matches!(&*filter, b"DCTDecode" | b"DCT"))
}

fn size(dict: &Dict<'_>) -> Option<(u32, u32)> {
    Some((dict.get(b"Width")?, dict.get(b"Height")?))
}

fn only_filter<'a>(dict: &Dict<'a>) -> Option<Name<'a>> {
    match dict.get::<Object<'_>>(b"Filter")? {
        Object::Name(name) => Some(name),
        Object::Array(names) if names.raw_iter().count() == 1 => names.iter::<Name<'_>>().next(),
        _ => None,
    }
}

/// How many numbers make a colour; `None` also where their mean would be no colour between them.
fn channels(space: &Object<'_>) -> Option<usize> {
    let name = match space {
        Object::Name(name) => name.clone(),
        Object::Array(parts) => parts.flex_iter().next::<Name<'_>>()?,
        _ => return None,
    };
    let second = || match space {
        Object::Array(parts) => parts.iter::<Object<'_>>().nth(1),
        _ => None,
    };
    match &*name {
        b"DeviceGray" | b"CalGray" | b"Separation" => Some(1),
        b"DeviceRGB" | b"CalRGB" | b"Lab" => Some(3),
        b"DeviceCMYK" => Some(4),
        b"DeviceN" => second().and_then(Object::into_array).map(|names: Array<'_>| names.raw_iter().count()),
        b"ICCBased" => second().and_then(Object::into_stream)?.dict().get::<u32>(b"N").map(|n| n as usize),
        _ => None,
    }
}

/// What a page draws.
#[derive(Default)]
struct Survey {
    /// How large each large JPEG is drawn at most, in pixels.
    drawn: HashMap<ObjRef, (u32, u32)>,
    seen: alone::Seen,
}

impl<'a> Device<'a> for Survey {
    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.seen.image(&image, props.transform);
        let Image::Raster(picture) = image else { return };
        let stream = picture.stream();
        let wanted = is_large(stream.dict()) && is_jpeg(stream.dict());
        if let Some((width, height)) = size(stream.dict()).filter(|_| wanted) {
            let [a, b, c, d, ..] = props.transform.as_coeffs();
            let pixels = |step: Vec2, count: u32| (step.hypot() * f64::from(count)).ceil() as u32;
            let drawn = self.drawn.entry(stream.obj_id().into()).or_default();
            drawn.0 = drawn.0.max(pixels(Vec2::new(a, b), width));
            drawn.1 = drawn.1.max(pixels(Vec2::new(c, d), height));
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.seen.something();
    }

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        if !matches!(mode, DrawMode::Invisible) {
            self.seen.something();
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.seen.clip(&clip.path);
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.seen.group(opacity, mask.is_some(), blend);
    }

    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// The picture at the size in which it is drawn, where it can be had.
fn decoded(picture: &Stream<'_>, drawn: (u32, u32), memory: usize) -> Option<Picture> {
    let dict = picture.dict();
    // A mask of colours and a mean of colours do not go together; nor does a mask that must have the same size.
    let matte = dict.get::<Stream<'_>>(b"SMask").is_some_and(|mask| mask.dict().contains_key(b"Matte"));
    if matte || dict.get::<Array<'_>>(b"Mask").is_some() || dict.contains_key(b"DecodeParms") {
        return None;
    }
    // Of a locked document nothing can be replaced without its key.
    let Cow::Borrowed(jpeg) = picture.raw_data() else { return None };
    let frame = jpeg::head(jpeg).ok()?;
    let by = jpeg::reduction((frame.width, frame.height), (drawn.0.max(1), drawn.1.max(1)));
    let agrees = match dict.get::<Object<'_>>(b"ColorSpace") {
        Some(space) => channels(&space)? == frame.components.len(),
        None => true,
    };
    if by == 1 || !agrees || size(dict) != Some((frame.width, frame.height)) {
        return None;
    }
    jpeg::reduced(jpeg, by, memory).ok()
}

/// The picture as the engine's own decoder has it, where that is what it is said to be and nothing is left to do.
fn whole(picture: &Stream<'_>) -> Option<Picture> {
    let (width, height) = size(picture.dict())?;
    if !is_plain(picture.dict(), 1) && !is_plain(picture.dict(), 3) {
        return None;
    }
    let wanted = ImageDecodeParams { width, height, bpc: Some(8), ..ImageDecodeParams::default() };
    let decoded = picture.decoded_image(&wanted).ok()?;
    let found = decoded.image_data.filter(|found| (found.width, found.height) == (width, height))?;
    let channels = match found.color_space? {
        ImageColorSpace::Gray => 1,
        ImageColorSpace::Rgb => 3,
        _ => return None,
    };
    let pixels = decoded.data.into_owned();
    let sound = is_plain(picture.dict(), channels) && pixels.len() == width as usize * height as usize * channels;
    sound.then_some(Picture { width, height, channels, pixels })
}

/// The document as it grows: its own bytes, and behind them what replaces parts of it.
struct Update {
    bytes: Vec<u8>,
    places: Vec<(ObjRef, usize)>,
}

impl Update {
    fn put(&mut self, object: ObjRef, before: &Dict<'_>, picture: &Picture) -> std::io::Result<()> {
        self.places.push((object, self.bytes.len()));
        write!(self.bytes, "{} {} obj\n<<", object.obj_number, object.gen_number)?;
        for (key, value) in before.entries() {
            if !matches!(&*key, b"Width" | b"Height" | b"Filter" | b"BitsPerComponent" | b"Length") {
                write!(self.bytes, " {key} {value}")?;
            }
        }
        if !before.contains_key(b"ColorSpace") {
            let space = ["Gray", "RGB", "CMYK"][picture.channels / 2];
            write!(self.bytes, " /ColorSpace /Device{space}")?;
        }
        let Picture { width, height, pixels, .. } = picture;
        writeln!(self.bytes, " /Width {width} /Height {height} /BitsPerComponent 8 /Length {} >>", pixels.len())?;
        self.bytes.extend_from_slice(b"stream\n");
        self.bytes.extend_from_slice(pixels);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
        Ok(())
    }

    fn finish(mut self, before: &Pdf) -> Option<Pdf> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(b"xref\n");
        for (object, at) in &self.places {
            write!(self.bytes, "{} 1\n{at:010} {:05} n \n", object.obj_number, object.gen_number).ok()?;
        }
        let (root, previous) = (ObjRef::from(before.xref().root_id()), last_table(before.data().as_ref())?);
        write!(self.bytes, "trailer\n<< /Root {root} /Prev {previous} >>\nstartxref\n{start}\n%%EOF\n").ok()?;
        let after = Pdf::new(self.bytes).ok()?;
        (after.pages().len() == before.pages().len()).then_some(after)
    }
}

/// Where the document's own table of objects begins, by its own account.
fn last_table(bytes: &[u8]) -> Option<usize> {
    let word = b"startxref";
    let at = bytes.windows(word.len()).rposition(|window| window == word)?;
    let number = bytes[at + word.len()..].trim_ascii_start();
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&number[..digits]).ok()?.parse().ok()
}
