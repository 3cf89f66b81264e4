//! Pictures of pages as the glass needs them: read from the disk when they come near, and forgotten again, because
//! the whole panel must fit into 64 MB.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;

use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

use crate::files::Files;
use crate::model::Digest;

pub type Pixels = SharedPixelBuffer<Rgb8Pixel>;

/// One picture of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A page, from 1, at a width in pixels.
    Page(Digest, u32, u32),
    /// The small picture of the first page.
    Thumb(Digest),
}

/// A page of A4 at 1080 pixels takes 5 MB.
const MAX_PAGES: usize = 5;
const MAX_THUMBS: usize = 40;
/// More pixels than this are no page of ours.
const MAX_PIXELS: u64 = 40_000_000;

pub struct Pictures {
    load: Box<dyn Fn(Wanted) -> Option<Pixels>>,
    /// Latest last.
    pages: VecDeque<(Wanted, Image)>,
    thumbs: VecDeque<(Wanted, Image)>,
}

impl Pictures {
    /// From anywhere; `None` where there is no such picture.
    pub fn new(load: impl Fn(Wanted) -> Option<Pixels> + 'static) -> Pictures {
        Pictures { load: Box::new(load), pages: VecDeque::new(), thumbs: VecDeque::new() }
    }

    pub fn of_files(files: Files) -> Pictures {
        Pictures::new(move |wanted| {
            let path = match wanted {
                Wanted::Page(digest, width, number) => files.page_path(&digest, width, number),
                Wanted::Thumb(digest) => files.thumb_path(&digest),
            };
            read(BufReader::new(File::open(path).ok()?))
        })
    }

    pub fn get(&mut self, wanted: Wanted) -> Option<Image> {
        let (kept, most) = match wanted {
            Wanted::Page(..) => (&mut self.pages, MAX_PAGES),
            Wanted::Thumb(_) => (&mut self.thumbs, MAX_THUMBS),
        };
        if let Some(at) = kept.iter().position(|(known, _)| *known == wanted) {
            let found = kept.remove(at)?;
            let image = found.1.clone();
            kept.push_back(found);
            return Some(image);
        }
        let image = Image::from_rgb8((self.load)(wanted)?);
        while kept.len() >= most {
            kept.pop_front();
        }
        kept.push_back((wanted, image.clone()));
        Some(image)
    }
}

/// A PNG in grey or colour, eight bits a channel, as the pages are stored.
fn read(source: BufReader<File>) -> Option<Pixels> {
    let mut decoder = png::Decoder::new(source);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = reader.info().size();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return None;
    }
    let channels = reader.output_color_type().0.samples();
    let mut row = vec![0; reader.output_line_size(width)?];
    let mut pixels = Pixels::new(width, height);
    for line in pixels.make_mut_slice().chunks_exact_mut(width as usize) {
        reader.read_row(&mut row).ok()??;
        for (pixel, samples) in line.iter_mut().zip(row.chunks_exact(channels)) {
            // Transparency does not occur in what we store; its channel is left out.
            *pixel = match *samples {
                [grey] | [grey, _] => Rgb8Pixel { r: grey, g: grey, b: grey },
                [r, g, b, ..] => Rgb8Pixel { r, g, b },
                [] => return None,
            };
        }
    }
    Some(pixels)
}
