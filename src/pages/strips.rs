//! The pages of a TIFF as pictures: chunk after chunk decoded, each row made smaller at once. Runs in the child.
//!
//! Deliberately without decoders of its own: every coding that a TIFF may have is one that a PDF may have, so the PDF
//! engine unpacks them. The surprising thing: to reach its decoders, each chunk is handed to it as the only object of a
//! document.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::stream::ImageDecodeParams;
use hayro::hayro_syntax::object::{ObjectIdentifier, Stream};
use image::metadata::Orientation;
use vyveska_raster::resize::{Filter, Rows};

use super::part::Part;
use super::photo::{self, Hold, Photo};
use super::tiff::{Coding, Colours, Directory, pages};
use super::wire::{Frame, Refusal, Request};
use super::{PageFault, Pixels, Sheet};

/// Draws the wanted pages and says all there is to say about each.
pub fn draw(bytes: &[u8], request: &Request, mut say: impl FnMut(Frame<'_>)) {
    let Some(pages) = pages(bytes) else { return say(Frame::Refused(Refusal::Damaged)) };
    let count = pages.len() as u32;
    say(Frame::Opened { page_count: count });
    for number in request.first..=request.last.min(count) {
        say(Frame::Begin { number });
        match &pages[number as usize - 1] {
            Some(page) => {
                let picture = |quarters: u8, request: &Request| guarded(|| picture(bytes, page, quarters, request));
                let sheet = Sheet { paper: page.paper(), ..Sheet::default() };
                photo::tell(picture, sheet, count > 1, request, &mut say);
            }
            None => say(Frame::Fault(PageFault::Damaged)),
        }
    }
}

fn guarded<T>(draw: impl FnOnce() -> Result<T, PageFault>) -> Result<T, PageFault> {
    catch_unwind(AssertUnwindSafe(draw)).unwrap_or_else(|_| Err(PageFault::Crashed(String::new())))
}

/// The pages of a TIFF that somebody looks at closely. The one that was looked at last stays unpacked.
pub struct Album {
    bytes: Vec<u8>,
    pages: Vec<Option<Directory>>,
    open: Option<(u32, Photo)>,
}

impl Album {
    pub fn open(bytes: Vec<u8>) -> Result<Album, Refusal> {
        let pages = pages(&bytes).ok_or(Refusal::Damaged)?;
        Ok(Album { bytes, pages, open: None })
    }

    pub fn page_count(&self) -> u32 {
        self.pages.len() as u32
    }

    pub fn part(&mut self, part: &Part, request: &Request) -> Option<Pixels> {
        if self.open.as_ref().is_none_or(|(number, _)| *number != part.page) {
            let page = self.pages.get(part.page as usize - 1)?.as_ref()?;
            // Never two at once.
            self.open = None;
            self.open = Some((part.page, guarded(|| whole(&self.bytes, page, request)).ok()?));
        }
        self.open.as_mut().map(|(_, photo)| photo.part(part, request))
    }
}

/// A page with all its pixels, or as many as there is room for.
fn whole(bytes: &[u8], page: &Directory, request: &Request) -> Result<Photo, PageFault> {
    let (width, height) = page.square();
    let room = request.memory / photo::SHARE / if page.is_grey() { 1 } else { 3 };
    let share = (room as f64 / 2.0 / (f64::from(width) * f64::from(height))).sqrt().min(1.0);
    let reduced = |length: u32| ((f64::from(length) * share) as u32).max(1);
    let size = (reduced(width), reduced(height));
    let (pixels, channels) = pixels(bytes, page, size, request)?;
    Photo::held(pixels, channels, size, page.hold(0).orientation)
}

fn picture(bytes: &[u8], page: &Directory, quarters: u8, request: &Request) -> Result<photo::Page, PageFault> {
    let hold = page.hold(quarters);
    let (fit, small) = photo::fit_turned(page.square(), hold, request);
    let (pixels, channels) = pixels(bytes, page, small, request)?;
    photo::upright(pixels, channels, small, fit, hold, request)
}

/// The page in another size, as it lies in the file, and its channels.
fn pixels(bytes: &[u8], page: &Directory, small: (u32, u32), request: &Request) -> Result<(Vec<u8>, usize), PageFault> {
    let size = (page.width, page.height);
    let channels = if page.is_grey() { 1 } else { 3 };
    let room = request.memory / photo::SHARE;
    let band = u64::from(page.chunk.1) * u64::from(page.width.max(page.chunk.0));
    let band = band * u64::from(page.samples * page.bits.max(8) / 8);
    if Rows::bytes(channels, size, small) > room || band > room {
        return Err(PageFault::Oversized { width: page.width, height: page.height });
    }
    let mut rows = Rows::new(channels, size, small, Filter::CatmullRom);
    let across = page.width.div_ceil(page.chunk.0) as usize;
    for (band, chunks) in page.chunks.chunks(across).enumerate() {
        let top = band as u32 * page.chunk.1;
        if top >= page.height {
            break;
        }
        let high = page.chunk.1.min(page.height - top);
        // The last strip ends with the page, the last tile does not.
        let stored = if page.tiled { page.chunk.1 } else { high };
        let mut columns = Vec::new();
        for chunk in chunks {
            columns.push(page.unpacked(bytes, *chunk, stored)?);
        }
        for y in 0..high as usize {
            let mut row = Vec::with_capacity(page.width as usize * channels);
            for column in &columns {
                let length = column.len() / stored as usize;
                page.colour(&column[y * length..][..length], &mut row);
            }
            row.resize(page.width as usize * channels, 255);
            rows.push(&row);
        }
    }
    Ok((rows.finish(), channels))
}

impl Directory {
    /// Its size in square pixels: a fax has more pixels in a row than rows in the same length.
    fn square(&self) -> (u32, u32) {
        let (across, down) = self.resolution.unwrap_or((1.0, 1.0));
        (self.width, ((f64::from(self.height) * across / down).round() as u32).clamp(1, 4 * 65_535))
    }

    fn hold(&self, quarters: u8) -> Hold {
        let orientation = Orientation::from_exif(self.orientation).unwrap_or(Orientation::NoTransforms);
        Hold { orientation, quarters }
    }

    /// Width and height in millimetres, where an inch is the unit as nearly always.
    fn paper(&self) -> Option<(u32, u32)> {
        let (across, down) = self.resolution.filter(|(across, down)| *across >= 50.0 && *down >= 50.0)?;
        let millimetres = |pixels: u32, an_inch: f64| (f64::from(pixels) / an_inch * 25.4).round() as u32;
        let paper = (millimetres(self.width, across), millimetres(self.height, down));
        Some(if self.orientation > 4 { (paper.1, paper.0) } else { paper })
    }

    fn is_grey(&self) -> bool {
        matches!(self.colours, Colours::WhiteIsZero | Colours::BlackIsZero)
    }

    /// The samples of a chunk, `rows` rows of the same length; what is missing is zero.
    fn unpacked(&self, file: &[u8], (place, length): (usize, usize), rows: u32) -> Result<Vec<u8>, PageFault> {
        let data = file.get(place..).map(|data| &data[..length.min(data.len())]).ok_or(PageFault::Damaged)?;
        let (width, row_bytes) = (self.chunk.0, (self.chunk.0 * self.samples * self.bits).div_ceil(8) as usize);
        let mut data = data.to_vec();
        if self.low_first && self.coding != Coding::Jpeg {
            data.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        let fax = |k: i32, aligned: bool| {
            format!(
                "/Filter /CCITTFaxDecode /DecodeParms << /K {k} /Columns {width} /Rows {rows} \
                     /BlackIs1 true /EncodedByteAlign {aligned} >>"
            )
        };
        let packed = |filter: &str| {
            let predictor = if self.differences { 2 } else { 1 };
            format!(
                "/Filter /{filter} /DecodeParms << /Predictor {predictor} /Columns {width} \
                     /Colors {} /BitsPerComponent {} >>",
                self.samples, self.bits
            )
        };
        let entries = match self.coding {
            Coding::None => String::new(),
            Coding::Group3(options) => fax((options & 1) as i32, false),
            Coding::PlainRows => fax(0, true),
            Coding::Group4 => fax(-1, false),
            Coding::Lzw => packed("LZWDecode"),
            Coding::Deflate => packed("FlateDecode"),
            Coding::PackBits => {
                // Where the data end a PDF has a mark, a TIFF has none.
                data.push(128);
                "/Filter /RunLengthDecode".to_owned()
            }
            Coding::Jpeg => {
                if let Some((place, length)) = self.tables {
                    let tables = file.get(place..place.saturating_add(length)).ok_or(PageFault::Damaged)?;
                    // Both have a beginning and an end of their own: one of each is enough.
                    let tables = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(tables);
                    data = [tables, data.get(2..).unwrap_or_default()].concat();
                }
                let transform = u8::from(self.colours != Colours::Rgb);
                format!("/Filter /DCTDecode /DecodeParms << /ColorTransform {transform} >>")
            }
        };
        let row_bytes = if self.is_fax() { width as usize } else { row_bytes };
        let mut samples = if self.coding == Coding::None { data } else { decoded(&entries, &data, (width, rows))? };
        samples.resize(row_bytes * rows as usize, 0);
        Ok(samples)
    }

    /// The engine gives eight bits for each of these: black is 255, as it is 1 here.
    fn is_fax(&self) -> bool {
        matches!(self.coding, Coding::Group3(_) | Coding::Group4 | Coding::PlainRows)
    }

    /// Appends a row of samples as grey or RGB.
    fn colour(&self, row: &[u8], to: &mut Vec<u8>) {
        let bits = if self.is_fax() { 8 } else { self.bits };
        let samples = self.samples as usize;
        let most = (1u32 << bits.min(8)) - 1;
        let grey = |value: u8| {
            let value = (u32::from(value) * 255 / most) as u8;
            if self.colours == Colours::WhiteIsZero { 255 - value } else { value }
        };
        let wide = bits as usize / 8;
        let row = if wide == 2 && !self.big { &row[1..] } else { row };
        match self.colours {
            Colours::WhiteIsZero | Colours::BlackIsZero if wide > 0 => {
                to.extend(row.iter().step_by(wide * samples).map(|value| grey(*value)));
            }
            Colours::WhiteIsZero | Colours::BlackIsZero => to.extend(narrow(row, bits).map(grey)),
            Colours::Palette => {
                let colour = |index: u8| {
                    let third = self.palette.len() / 3;
                    let part =
                        |n: usize| self.palette.get(n * third + usize::from(index)).map_or(255, |v| (v >> 8) as u8);
                    [part(0), part(1), part(2)]
                };
                to.extend(narrow(row, bits.min(8)).flat_map(colour));
            }
            Colours::Rgb | Colours::YCbCr => {
                to.extend(
                    row.chunks(wide * samples)
                        .filter(|p| p.len() > 2 * wide)
                        .flat_map(|p| [p[0], p[wide], p[2 * wide]]),
                );
            }
            Colours::Cmyk => {
                to.extend(row.chunks(wide * samples).filter(|pixel| pixel.len() > 3 * wide).flat_map(|pixel| {
                    let black = 255 - u32::from(pixel[3 * wide]);
                    [0, 1, 2].map(|ink: usize| ((255 - u32::from(pixel[ink * wide])) * black / 255) as u8)
                }))
            }
        }
        // A row of less than whole bytes has a rest, a tile may be wider than the page.
        let channels = if self.is_grey() { 1 } else { 3 };
        to.truncate(self.width as usize * channels);
    }
}

/// Samples of 1, 2, 4 or 8 bits.
fn narrow(row: &[u8], bits: u32) -> impl Iterator<Item = u8> {
    let in_byte = 8 / bits;
    row.iter().flat_map(move |byte| (0..in_byte).map(move |n| (byte << (n * bits)) >> (8 - bits)))
}

/// What the PDF engine makes of the data of a stream with these entries.
fn decoded(entries: &str, data: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, PageFault> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for object in [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R >>",
    ] {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", places.len()).into_bytes());
    }
    places.push(file.len());
    file.extend(format!("4 0 obj\n<< {entries} /Length {} >>\nstream\n", data.len()).into_bytes());
    file.extend_from_slice(data);
    file.extend_from_slice(b"\nendstream\nendobj\n");
    let start = file.len();
    let table: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let tail = format!(
        "xref\n0 5\n0000000000 65535 f \n{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    file.extend(tail.into_bytes());
    let pdf = Pdf::new(file).map_err(|_| PageFault::Damaged)?;
    let stream = pdf.xref().get::<Stream<'_>>(ObjectIdentifier::new(4, 0)).ok_or(PageFault::Damaged)?;
    let wanted = ImageDecodeParams { width, height, ..ImageDecodeParams::default() };
    Ok(stream.decoded_image(&wanted).map_err(|_| PageFault::Damaged)?.data.into_owned())
}
