//! What is made from a document: a PNG a page, a small one beside it, and the text.
//!
//! PNG without filters: pages are flat paper with even ink, which packs better as it is than as differences, and is
//! unpacked in half the time. What else was measured stands in benches/README.md.

use std::fs;
use std::path::PathBuf;

use super::{Files, FilesError, MAX_TEXT_BYTES, write_whole};
use crate::model::Digest;

/// Width of the small picture of a page (pixels).
pub const THUMB_WIDTH: u32 = 240;

/// One page: rows from the top, `width × height` pixels of 1 byte (grey) or 3 (RGB). Without colour it is stored
/// as grey whatever it came as.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// From 1.
    pub number: u32,
    pub width: u32,
    pub height: u32,
    pub pixels: &'a [u8],
}

impl Files {
    /// Picture of page `number` (from 1), rendered for a panel `width` pixels wide.
    pub fn page_path(&self, digest: &Digest, width: u32, number: u32) -> PathBuf {
        self.pages_folder(digest).join(format!("{width}-{number}.png"))
    }

    /// Small picture of page `number` (from 1), [`THUMB_WIDTH`] pixels wide or as wide as the page where that is less.
    pub fn thumb_path(&self, digest: &Digest, number: u32) -> PathBuf {
        self.pages_folder(digest).join(format!("small-{number}.png"))
    }

    /// Text of page `number` (from 1), UTF-8.
    pub fn text_path(&self, digest: &Digest, number: u32) -> PathBuf {
        self.pages_folder(digest).join(format!("{number}.txt"))
    }

    /// Stores the picture of a page, and the small one.
    pub fn write_page(&self, digest: &Digest, page: Picture) -> Result<(), FilesError> {
        let grey = grey_of(page)?;
        let page = Picture { pixels: grey.as_deref().unwrap_or(page.pixels), ..page };
        write_whole(&self.page_path(digest, page.width, page.number), &encode(page)?)?;
        let (small, height) = shrink(page);
        let thumb = Picture { width: page.width.min(THUMB_WIDTH), height, pixels: &small, number: page.number };
        write_whole(&self.thumb_path(digest, page.number), &encode(thumb)?)
    }

    /// Stores the text of a page, cut at [`MAX_TEXT_BYTES`].
    pub fn write_text(&self, digest: &Digest, number: u32, text: &str) -> Result<(), FilesError> {
        let end = (0..=text.len().min(MAX_TEXT_BYTES)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        write_whole(&self.text_path(digest, number), &text.as_bytes()[..end])
    }

    /// The text of a page, where it has any.
    pub fn read_text(&self, digest: &Digest, number: u32) -> Option<String> {
        fs::read_to_string(self.text_path(digest, number)).ok().filter(|text| !text.trim().is_empty())
    }
}

fn bytes_a_pixel(page: Picture) -> Result<usize, FilesError> {
    let pixels = page.width as usize * page.height as usize;
    [1, 3]
        .into_iter()
        .find(|bytes| pixels > 0 && pixels * bytes == page.pixels.len())
        .ok_or(FilesError::Picture { width: page.width, height: page.height })
}

/// One byte a pixel where the page came in colour but shows none.
fn grey_of(page: Picture) -> Result<Option<Vec<u8>>, FilesError> {
    if bytes_a_pixel(page)? == 1 || page.pixels.chunks_exact(3).any(|rgb| rgb[0] != rgb[1] || rgb[1] != rgb[2]) {
        return Ok(None);
    }
    Ok(Some(page.pixels.iter().copied().step_by(3).collect()))
}

fn encode(page: Picture) -> Result<Vec<u8>, FilesError> {
    let colour = if bytes_a_pixel(page)? == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb };
    let mut bytes = Vec::with_capacity(page.pixels.len() / 8);
    let mut encoder = png::Encoder::new(&mut bytes, page.width, page.height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::NoFilter);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(page.pixels));
    written.map_err(|_| FilesError::Picture { width: page.width, height: page.height })?;
    Ok(bytes)
}

/// The mean of the pixels under each small one.
fn shrink(page: Picture) -> (Vec<u8>, u32) {
    if page.width <= THUMB_WIDTH {
        return (page.pixels.to_vec(), page.height);
    }
    let (width, height) = (page.width as usize, page.height as usize);
    let channels = page.pixels.len() / (width * height);
    let small_width = THUMB_WIDTH as usize;
    let small_height = (height * small_width / width).max(1);
    let mut small = Vec::with_capacity(small_width * small_height * channels);
    for row in 0..small_height {
        let rows =
            row * height / small_height..((row + 1) * height / small_height).max(row * height / small_height + 1);
        for column in 0..small_width {
            let columns = column * width / small_width..(column + 1) * width / small_width;
            for channel in 0..channels {
                let (mut sum, mut count) = (0usize, 0usize);
                for y in rows.clone() {
                    for x in columns.clone() {
                        sum += usize::from(page.pixels[(y * width + x) * channels + channel]);
                        count += 1;
                    }
                }
                small.push((sum / count.max(1)) as u8);
            }
        }
    }
    (small, small_height as u32)
}
