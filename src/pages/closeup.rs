//! Parts of a document's pages for a lens, as long as it asks. Runs in the child.
//!
//! The surprising thing: a page of which one part took long (a scan is unpacked anew each time it is drawn) is drawn in
//! large sheets from then on, and the parts are cut out of the sheet that was drawn last.

use std::borrow::Cow;
use std::io::Read;
use std::time::Duration;

use super::child::{Kind, kind};
use super::part::Part;
use super::pdf::{Cache, Document};
use super::photo::Photo;
use super::strips::Album;
use super::wire::{Frame, Refusal, Request};
use super::{PageFault, Pixels};
use crate::clock;

/// A part that takes longer belongs to a page that is drawn in sheets; to the fuzzer every page is one.
const SLOW: Duration = Duration::from_millis(if cfg!(fuzzing) { 0 } else { 40 });
/// Side of a sheet in pixels: 26 MB while it is drawn.
const SHEET: u32 = if cfg!(fuzzing) { 256 } else { 2560 };
/// Parts after which the engine's caches are thrown away: they never shrink.
const CACHE_PARTS: usize = 256;

/// Reads the document, then wishes until there are no more of them.
pub fn serve(request: &Request, mut input: impl Read, mut say: impl FnMut(Frame<'_>)) {
    let bytes = match document(&mut input, request.document_bytes) {
        Ok(bytes) => bytes,
        Err(refusal) => return say(Frame::Refused(refusal)),
    };
    let opened = match kind(&bytes) {
        Ok(Kind::Photo(kind)) => match Photo::open(&bytes, kind, request) {
            Ok(mut photo) => {
                drop(bytes);
                say(Frame::Opened { page_count: 1 });
                let draw = |part: &Part| (part.page == 1).then(|| photo.part(part, request));
                follow(&mut input, draw, usize::MAX, &mut say);
                return;
            }
            Err(fault) => return say(Frame::Fault(fault)),
        },
        Ok(Kind::Tiff) => match Album::open(bytes) {
            Ok(mut album) => {
                say(Frame::Opened { page_count: album.page_count() });
                follow(&mut input, |part| album.part(part, request), usize::MAX, &mut say);
                return;
            }
            Err(refusal) => Err(refusal),
        },
        Ok(Kind::Pdf) => Document::open(bytes),
        Ok(Kind::Text) => Document::of_text(&bytes, request),
        Err(which) => Err(Refusal::Unsupported(which)),
    };
    match opened {
        Ok(document) => {
            say(Frame::Opened { page_count: document.page_count() });
            loop {
                let cache = Cache::default();
                let mut sheets =
                    Sheets { draw: |part: &Part| document.part(&cache, part, request), slow: None, kept: None };
                if !follow(&mut input, |part| sheets.part(part), CACHE_PARTS, &mut say) {
                    return;
                }
            }
        }
        Err(refusal) => say(Frame::Refused(refusal)),
    }
}

fn document(input: &mut impl Read, limit: u64) -> Result<Vec<u8>, Refusal> {
    let mut length = [0; 8];
    input.read_exact(&mut length).map_err(|_| Refusal::Damaged)?;
    let length = u64::from_le_bytes(length);
    if length > limit {
        return Err(Refusal::TooBig);
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).map_err(|_| Refusal::Damaged)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(Refusal::Damaged) }
}

/// Answers so many wishes; whether there may be more.
fn follow(
    input: &mut impl Read,
    mut draw: impl FnMut(&Part) -> Option<Pixels>,
    most: usize,
    mut say: impl FnMut(Frame<'_>),
) -> bool {
    for _ in 0..most {
        let mut bytes = [0; Part::BYTES];
        // The parent has gone, or talks nonsense: either way this is the end.
        let read = input.read_exact(&mut bytes);
        let Some(part) = read.ok().and_then(|()| Part::from_bytes(&bytes)) else { return false };
        say(match draw(&part) {
            Some(pixels) => Frame::Picture { width: part.width, height: part.height, pixels: Cow::Owned(pixels) },
            None => Frame::Fault(PageFault::Damaged),
        });
    }
    true
}

/// What draws, and the sheet that was drawn last.
struct Sheets<D> {
    draw: D,
    /// Page and scale that take long.
    slow: Option<(u32, u32)>,
    kept: Option<(Part, Pixels)>,
}

impl<D: FnMut(&Part) -> Option<Pixels>> Sheets<D> {
    fn part(&mut self, part: &Part) -> Option<Pixels> {
        if let Some((sheet, pixels)) = &self.kept
            && sheet.contains(part)
        {
            return Some(cut(sheet, pixels, part));
        }
        let scale = (part.page, part.across);
        let sheet = Some(around(part)).filter(|sheet| self.slow == Some(scale) && sheet.contains(part));
        // Never two at once.
        self.kept = None;
        let began = clock::ticks();
        let Some(sheet) = sheet else {
            let drawn = (self.draw)(part);
            if clock::ticks() - began > SLOW {
                self.slow = Some(scale);
            }
            return drawn;
        };
        let pixels = (self.draw)(&sheet)?;
        let part = cut(&sheet, &pixels, part);
        self.kept = Some((sheet, pixels));
        Some(part)
    }
}

/// The sheet in which the upper left corner of a part lies.
fn around(part: &Part) -> Part {
    let (left, top) = (part.left / SHEET * SHEET, part.top / SHEET * SHEET);
    Part { left, top, width: SHEET.min(part.across - left), height: SHEET, ..*part }
}

fn cut(sheet: &Part, pixels: &Pixels, part: &Part) -> Pixels {
    let channels = pixels.channels();
    let row = sheet.width as usize * channels;
    let start = (part.left - sheet.left) as usize * channels;
    let length = part.width as usize * channels;
    let rows = pixels.bytes().chunks_exact(row).skip((part.top - sheet.top) as usize).take(part.height as usize);
    let bytes = rows.flat_map(|row| &row[start..start + length]).copied().collect();
    if channels == 1 { Pixels::Grey(bytes) } else { Pixels::Rgb(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_out_of_a_sheet_is_what_would_be_drawn() {
        let value = |x: u32, y: u32| (x * 7 + y * 13) as u8;
        let draw = |part: &Part| {
            let places = (0..part.height).flat_map(|y| (0..part.width).map(move |x| (x, y)));
            Some(Pixels::Grey(places.map(|(x, y)| value(part.left + x, part.top + y)).collect()))
        };
        let mut drawn = 0;
        let count = |part: &Part| {
            drawn += 1;
            draw(part)
        };
        let mut sheets = Sheets { draw: count, slow: Some((1, 3000)), kept: None };
        for (left, top) in [(0, 0), (512, 1024), (2048, 2048), (2560, 0), (2500, 2500)] {
            let part = Part { page: 1, turned: 0, across: 3000, left, top, width: 440, height: 512 };
            assert_eq!(sheets.part(&part), draw(&part), "{part:?}");
        }
        // One sheet for the first three, one beside it; the last lies across both.
        assert_eq!(drawn, 3);
    }
}
