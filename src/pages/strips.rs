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

use super::photo;
use super::tiff::{Coding, Colours, Directory, pages};
use super::wire::{Frame, Refusal, Request};
use super::{PageFault, Sheet, WarningKind};

/// Draws the wanted pages and says all there is to say about each.
pub fn draw(bytes: &[u8], request: &Request, mut say: impl FnMut(Frame)) {
    let Some(pages) = pages(bytes) else { return say(Frame::Refused(Refusal::Damaged)) };
    let count = pages.len() as u32;
    say(Frame::Opened { page_count: count });
    for number in request.first..=request.last.min(count) {
        say(Frame::Begin { number });
        let page = pages[number as usize - 1].as_ref().ok_or(PageFault::Damaged);
        let drawn = page.and_then(|page| {
            let drawn = catch_unwind(AssertUnwindSafe(|| picture(bytes, page, request)));
            drawn.unwrap_or_else(|_| Err(PageFault::Crashed(String::new()))).map(|drawn| (drawn, page.paper()))
        });
        match drawn {
            Ok(((width, height, pixels, smaller), paper)) => {
                say(Frame::Picture { width, height, pixels });
                say(Frame::Sheet(Sheet { paper, ..Sheet::default() }));
                if smaller {
                    say(Frame::Warning(WarningKind::DrawnSmaller));
                }
                if request.text {
                    say(Frame::Warning(WarningKind::NoReadableText));
                }
            }
            Err(fault) => say(Frame::Fault(fault)),
        }
    }
}

fn picture(bytes: &[u8], page: &Directory, request: &Request) -> Result<photo::Page, PageFault> {
    let size = (page.width, page.height);
    let orientation = Orientation::from_exif(page.orientation).unwrap_or(Orientation::NoTransforms);
    // A fax has more pixels in a row than rows in the same length.
    let (across, down) = page.resolution.unwrap_or((1.0, 1.0));
    let square = (page.width, ((f64::from(page.height) * across / down).round() as u32).clamp(1, 4 * 65_535));
    let (fit, small) = photo::fit_turned(square, orientation, request);
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
    photo::upright(rows.finish(), channels, small, fit, orientation, request)
}

impl Directory {
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
