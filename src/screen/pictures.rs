//! Pictures of pages as the glass needs them: read from the disk when they come near, and forgotten again, because
//! the whole panel must fit into 64 MB.
//!
//! The surprising thing: on a panel a page's picture is unpacked by a worker, because it takes longer than a frame, and
//! the page is blank paper until then; off-screen it is there when it is asked for, so that the same steps always give
//! the same frames. Small pictures are unpacked at once everywhere.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::sync::{Arc, Mutex, PoisonError};

use slint::{Image, Rgb8Pixel, SharedPixelBuffer};
use vyveska_raster::grey::colours;

use super::worker::Worker;
use crate::files::Files;
use crate::model::Digest;

pub type Pixels = SharedPixelBuffer<Rgb8Pixel>;

/// One picture of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A page, from 1, at a width in pixels.
    Page(Digest, u32, u32),
    /// The small picture of a page, from 1.
    Thumb(Digest, u32),
}

/// A page of A4 at 1080 pixels takes 5 MB. The pages that are near hold their pictures themselves; these are for the
/// way back. In bytes.
const PAGES_ROOM: usize = 11 << 20;
const THUMBS_ROOM: usize = 2 << 20;
/// Pages that were looked for in vain; with one more the oldest is looked for again.
const MAX_MISSING: usize = 64;
/// More pixels than this are no page of ours.
const MAX_PIXELS: u64 = 40_000_000;

pub struct Pictures {
    load: Box<dyn Fn(Wanted) -> Option<Pixels>>,
    spare: Spare,
    /// Unpacks pages beside the glass; `None`: they are unpacked at once.
    worker: Option<Worker<(Wanted, u8), Pixels>>,
    /// Not there, or damaged: not to be wished for again and again.
    missing: VecDeque<Wanted>,
    pages: Shelf,
    thumbs: Shelf,
    /// As wide as they are shown (pixels): smaller than stored, so they are kept smaller.
    thumb_width: u32,
}

/// The memory of the page that was forgotten last, for the next one: pages of a document are of one size, and fresh
/// memory costs more than unpacking the page into it.
#[derive(Clone, Default)]
struct Spare(Arc<Mutex<Option<Pixels>>>);

impl Spare {
    fn put(&self, pixels: Option<Pixels>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pixels;
    }

    /// With anything in it. Where the glass still shows it, Slint makes a copy of it as soon as it is written to.
    fn take(&self, width: u32, height: u32) -> Pixels {
        let fits = |pixels: &mut Pixels| (pixels.width(), pixels.height()) == (width, height);
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).take_if(fits);
        spare.unwrap_or_else(|| Pixels::new(width, height))
    }
}

/// Pictures that were wanted lately, within a room in bytes.
struct Shelf {
    room: usize,
    /// Takes what goes.
    spare: Option<Spare>,
    /// Latest last.
    kept: VecDeque<Kept>,
}

struct Kept {
    wanted: Wanted,
    /// Quarters that it is turned to the right.
    quarter: u8,
    image: Image,
    bytes: usize,
}

impl Shelf {
    fn new(room: usize, spare: Option<Spare>) -> Shelf {
        Shelf { room, spare, kept: VecDeque::new() }
    }

    fn find(&mut self, wanted: Wanted, quarter: u8) -> Option<Image> {
        let at = self.kept.iter().position(|kept| kept.wanted == wanted && kept.quarter == quarter)?;
        let found = self.kept.remove(at)?;
        let image = found.image.clone();
        self.kept.push_back(found);
        Some(image)
    }

    /// Lets the oldest go until there is room for another one.
    fn make_room(&mut self, bytes: usize) {
        let mut taken: usize = bytes + self.kept.iter().map(|kept| kept.bytes).sum::<usize>();
        while taken > self.room
            && let Some(oldest) = self.kept.pop_front()
        {
            taken -= oldest.bytes;
            if let Some(spare) = &self.spare {
                spare.put(oldest.image.to_rgb8());
            }
        }
    }

    /// Keeps it, whatever its size.
    fn put(&mut self, wanted: Wanted, quarter: u8, pixels: Pixels) -> Image {
        let bytes = pixels.as_bytes().len();
        self.make_room(bytes);
        let image = Image::from_rgb8(pixels);
        self.kept.push_back(Kept { wanted, quarter, image: image.clone(), bytes });
        image
    }
}

impl Pictures {
    /// From anywhere; `None` where there is no such picture.
    pub fn new(load: impl Fn(Wanted) -> Option<Pixels> + 'static) -> Pictures {
        Pictures::with(Spare::default(), load)
    }

    fn with(spare: Spare, load: impl Fn(Wanted) -> Option<Pixels> + 'static) -> Pictures {
        Pictures {
            load: Box::new(load),
            worker: None,
            missing: VecDeque::new(),
            pages: Shelf::new(PAGES_ROOM, Some(spare.clone())),
            spare,
            thumbs: Shelf::new(THUMBS_ROOM, None),
            thumb_width: u32::MAX,
        }
    }

    /// Small pictures are shown this wide (pixels).
    pub fn fit_thumbs(&mut self, width: u32) {
        self.thumb_width = width.max(1);
    }

    pub fn of_files(files: Files) -> Pictures {
        let spare = Spare::default();
        Pictures::with(spare.clone(), move |wanted| stored(&files, wanted, &spare))
    }

    /// The same, but pages are unpacked on a thread of their own; `wake` makes the glass take a turn when one is there.
    pub fn behind(files: Files, wake: impl Fn() + Send + 'static) -> Pictures {
        let mut pictures = Pictures::of_files(files.clone());
        let spare = pictures.spare.clone();
        let unpack = move |(wanted, quarter)| Some(turn(stored(&files, wanted, &spare)?, quarter));
        let worker = Worker::start("pictures", unpack, wake);
        if let Err(error) = &worker {
            tracing::warn!("pages are unpacked on the screen's own thread: {error}");
        }
        pictures.worker = worker.ok();
        pictures
    }

    /// Takes in what was unpacked since the last time; whether there was anything.
    pub fn arrived(&mut self) -> bool {
        let answers = self.worker.as_ref().map(Worker::answers).unwrap_or_default();
        let any = !answers.is_empty();
        for ((wanted, quarter), pixels) in answers {
            match pixels {
                Some(pixels) => drop(self.pages.put(wanted, quarter, pixels)),
                None => {
                    self.missing.truncate(MAX_MISSING - 1);
                    self.missing.push_front(wanted);
                }
            }
        }
        any
    }

    /// Pages that are not near are no longer waited for.
    pub fn near(&mut self, near: impl Fn(&Wanted) -> bool) {
        self.missing.retain(&near);
        if let Some(worker) = &self.worker {
            worker.retain(|(wanted, _)| near(wanted));
        }
    }

    /// `None`: there is no such picture, or not yet.
    pub fn get(&mut self, wanted: Wanted) -> Option<Image> {
        self.turned(wanted, 0)
    }

    /// Turned by so many quarters to the right.
    pub fn turned(&mut self, wanted: Wanted, quarter: u8) -> Option<Image> {
        let shelf = match wanted {
            Wanted::Page(..) => &mut self.pages,
            Wanted::Thumb(..) => &mut self.thumbs,
        };
        if let Some(image) = shelf.find(wanted, quarter) {
            return Some(image);
        }
        if let (Wanted::Page(..), Some(worker)) = (wanted, &self.worker) {
            if !self.missing.contains(&wanted) {
                worker.wish((wanted, quarter));
            }
            return None;
        }
        // Before it is read, so that there is never one more than there is room for; it will be about like the last.
        shelf.make_room(shelf.kept.back().map_or(0, |last| last.bytes));
        let pixels = (self.load)(wanted)?;
        let pixels = match wanted {
            Wanted::Thumb(..) if pixels.width() > self.thumb_width => shrink(&pixels, self.thumb_width),
            _ => pixels,
        };
        Some(shelf.put(wanted, quarter, turn(pixels, quarter)))
    }
}

fn stored(files: &Files, wanted: Wanted, spare: &Spare) -> Option<Pixels> {
    let path = match wanted {
        Wanted::Page(digest, width, number) => files.page_path(&digest, width, number),
        Wanted::Thumb(digest, number) => files.thumb_path(&digest, number),
    };
    read(BufReader::new(File::open(path).ok()?), spare)
}

/// The same picture turned by quarters to the right.
fn turn(from: Pixels, quarter: u8) -> Pixels {
    let (width, height) = (from.width() as usize, from.height() as usize);
    let source = from.as_slice();
    let quarter = quarter % 4;
    let mut turned = match quarter {
        0 => return from,
        2 => Pixels::new(from.width(), from.height()),
        _ => Pixels::new(from.height(), from.width()),
    };
    let across = turned.width() as usize;
    for (y, row) in turned.make_mut_slice().chunks_exact_mut(across).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            *pixel = match quarter {
                1 => source[(height - 1 - x) * width + y],
                2 => source[(height - 1 - y) * width + width - 1 - x],
                _ => source[x * width + width - 1 - y],
            };
        }
    }
    turned
}

/// The same picture `width` pixels wide, each pixel the mean of those it covers: Slint takes the nearest one, which
/// breaks fine lines.
fn shrink(from: &Pixels, width: u32) -> Pixels {
    let height = (u64::from(from.height()) * u64::from(width) / u64::from(from.width())).max(1) as u32;
    let mut small = Pixels::new(width, height);
    let source = from.as_slice();
    let covered = |at: u32, of: u32, to: u32| {
        let edge = |at: u32| (u64::from(at) * u64::from(of) / u64::from(to)) as usize;
        edge(at)..edge(at + 1).max(edge(at) + 1)
    };
    for (at, pixel) in small.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = (at as u32 % width, at as u32 / width);
        let columns = covered(x, from.width(), width);
        let (mut sum, mut count) = ([0u32; 3], 0);
        for row in covered(y, from.height(), height) {
            let start = row * from.width() as usize;
            for other in &source[start + columns.start..start + columns.end] {
                sum = [sum[0] + u32::from(other.r), sum[1] + u32::from(other.g), sum[2] + u32::from(other.b)];
                count += 1;
            }
        }
        let [r, g, b] = sum.map(|sum| (sum / count) as u8);
        *pixel = Rgb8Pixel { r, g, b };
    }
    small
}

/// A PNG in grey or colour, eight bits a channel, as the pages are stored.
fn read(source: BufReader<File>, spare: &Spare) -> Option<Pixels> {
    let mut decoder = png::Decoder::new(source);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = reader.info().size();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return None;
    }
    let channels = reader.output_color_type().0.samples();
    let mut row = vec![0; reader.output_line_size(width)?];
    let mut pixels = spare.take(width, height);
    for line in pixels.make_mut_bytes().chunks_exact_mut(width as usize * 3) {
        reader.read_row(&mut row).ok()??;
        // Transparency does not occur in what we store; its channel is left out.
        colours(&row, channels, line);
    }
    Some(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_picture_is_the_mean_of_the_large_one() {
        let mut large = Pixels::new(240, 340);
        for (at, pixel) in large.make_mut_slice().iter_mut().enumerate() {
            let value = if at % 2 == 0 { 255 } else { 55 };
            *pixel = Rgb8Pixel { r: value, g: 0, b: 255 };
        }
        let small = shrink(&large, 120);
        assert_eq!((small.width(), small.height()), (120, 170));
        assert!(small.as_slice().iter().all(|pixel| (pixel.r, pixel.g, pixel.b) == (155, 0, 255)));
        assert_eq!(shrink(&large, 81).height(), 114);
        assert_eq!(shrink(&large, 1).as_slice().len(), 1);
    }

    #[test]
    fn what_is_kept_stays_within_its_room() {
        let mut pictures = Pictures::new(|wanted| match wanted {
            Wanted::Page(_, width, _) => Some(Pixels::new(width, 1527)),
            Wanted::Thumb(..) => Some(Pixels::new(240, 340)),
        });
        pictures.fit_thumbs(81);
        for number in 1..200u32 {
            let digest = Digest::of(&number.to_le_bytes());
            assert!(pictures.get(Wanted::Page(digest, 1080, number)).is_some());
            assert_eq!(pictures.get(Wanted::Thumb(digest, 1)).map(|image| image.size().width), Some(81));
        }
        let bytes = |shelf: &Shelf| shelf.kept.iter().map(|kept| kept.bytes).sum::<usize>();
        assert!(bytes(&pictures.pages) <= PAGES_ROOM && pictures.pages.kept.len() == 2);
        assert!(bytes(&pictures.thumbs) <= THUMBS_ROOM && pictures.thumbs.kept.len() > 40);
        // A plan larger than the room is shown all the same, alone.
        let plan = Wanted::Page(Digest::of(b"plan"), 4000, 1);
        assert!(pictures.get(plan).is_some() && pictures.pages.kept.len() == 1);
    }
}
