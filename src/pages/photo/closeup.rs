//! A photograph that is looked at closely: unpacked once, and kept as it is. Runs in the child.

use std::io::Cursor;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder};

use super::{Hold, Kind, SHARE, fit, opaque, raw};
use crate::pages::part::Part;
use crate::pages::wire::Request;
use crate::pages::{PageFault, Pixels};

/// Upright, with all its pixels.
pub struct Photo {
    bytes: Vec<u8>,
    channels: usize,
    size: (u32, u32),
    /// Quarters to the right by which it was turned beyond what its file says.
    turned: u8,
}

/// What of one axis makes up a pixel: the first source pixel, and how much of each counts. Nothing: it lies beside.
struct Mix {
    first: usize,
    weights: Vec<f32>,
}

impl Photo {
    pub fn open(bytes: &[u8], kind: Kind, request: &Request) -> Result<Photo, PageFault> {
        let source = Cursor::new(bytes);
        match kind {
            Kind::Jpeg => JpegDecoder::new(source).map_err(|_| PageFault::Damaged).and_then(|d| decode(d, request)),
            Kind::Png => PngDecoder::new(source).map_err(|_| PageFault::Damaged).and_then(|d| decode(d, request)),
        }
    }

    /// A picture of so many pixels as it lies in a file.
    pub fn held(
        bytes: Vec<u8>,
        channels: usize,
        size: (u32, u32),
        orientation: Orientation,
    ) -> Result<Photo, PageFault> {
        let picture = raw(bytes, channels, size).ok_or(PageFault::Damaged)?;
        Ok(Photo::of(Hold { orientation, quarters: 0 }.apply(picture), 0))
    }

    fn of(picture: DynamicImage, turned: u8) -> Photo {
        let size = (picture.width(), picture.height());
        let (bytes, channels) = opaque(picture);
        Photo { bytes, channels, size, turned }
    }

    /// The same, turned as a part of it is wanted.
    fn turn(&mut self, to: u8) {
        let hold = Hold { orientation: Orientation::NoTransforms, quarters: (to + 4 - self.turned) % 4 };
        if let Some(picture) = raw(std::mem::take(&mut self.bytes), self.channels, self.size) {
            *self = Photo::of(hold.apply(picture), to);
        }
    }

    /// What lies beside the picture is white, as in the page's own picture.
    pub fn part(&mut self, part: &Part, request: &Request) -> Pixels {
        if part.turned != self.turned {
            self.turn(part.turned);
        }
        let fitted = fit(self.size, (request.width, request.height));
        let scale = f64::from(part.across) / f64::from(request.width);
        let margin = f64::from(request.width - fitted.0) / 2.0 * scale;
        let step = |size: u32, fitted: u32| f64::from(size) / (f64::from(fitted) * scale);
        let columns = mixes(f64::from(part.left) - margin, step(self.size.0, fitted.0), part.width, self.size.0);
        let rows = mixes(f64::from(part.top), step(self.size.1, fitted.1), part.height, self.size.1);

        let first = rows.iter().filter(|mix| !mix.weights.is_empty()).map(|mix| mix.first).min().unwrap_or(0);
        let last = rows.iter().map(|mix| mix.first + mix.weights.len()).max().unwrap_or(0).max(first);
        let length = part.width as usize * self.channels;
        let stride = self.size.0 as usize * self.channels;
        let mut narrowed = Vec::with_capacity(length * (last - first));
        for row in self.bytes.chunks_exact(stride).skip(first).take(last - first) {
            for mix in &columns {
                for channel in 0..self.channels {
                    let source = row[mix.first * self.channels..].iter().skip(channel).step_by(self.channels);
                    let sum: f32 = source.zip(&mix.weights).map(|(value, weight)| f32::from(*value) * weight).sum();
                    narrowed.push(if mix.weights.is_empty() { 255.0 } else { sum });
                }
            }
        }
        let mut bytes = Vec::with_capacity(length * rows.len());
        let mut sums = vec![0.0_f32; length];
        for mix in &rows {
            sums.fill(if mix.weights.is_empty() { 255.0 } else { 0.0 });
            let source = narrowed.chunks_exact(length).skip(mix.first.saturating_sub(first));
            for (row, weight) in source.zip(&mix.weights) {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * weight);
            }
            bytes.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
        }
        if self.channels == 1 { Pixels::Grey(bytes) } else { Pixels::from_rgb(bytes) }
    }
}

fn decode(mut decoder: impl ImageDecoder, request: &Request) -> Result<Photo, PageFault> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PageFault::Damaged);
    }
    // Once as it is decoded, and once more where it is turned or made opaque.
    if decoder.total_bytes().saturating_mul(2) > request.memory / SHARE * 2 {
        return Err(PageFault::Oversized { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| PageFault::Damaged)?;
    Ok(Photo::of(Hold { orientation, quarters: 0 }.apply(picture), 0))
}

/// For each of `count` pixels from `start` on, `step` source pixels apart, the mean of what it covers; where it covers
/// less than one, what lies between two.
fn mixes(start: f64, step: f64, count: u32, size: u32) -> Vec<Mix> {
    let reach = step.max(1.0);
    let mix = |index: u32| {
        let centre = (start + f64::from(index) + 0.5) * step;
        if centre < 0.0 || centre > f64::from(size) {
            return Mix { first: 0, weights: Vec::new() };
        }
        let first = (centre - reach).floor().max(0.0) as usize;
        let end = ((centre + reach).ceil() as usize).clamp(first + 1, (size as usize).max(first + 1));
        let first = first.min(size as usize - 1);
        let end = end.min(size as usize);
        let weight = |at: usize| (1.0 - (at as f64 + 0.5 - centre).abs() / reach).max(0.0) as f32;
        let mut weights: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        // At the very edge one pixel is all there is.
        weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum } else { 1.0 });
        weights.truncate(if sum > 0.0 { weights.len() } else { 1 });
        Mix { first, weights }
    };
    (0..count).map(mix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{Limits, PageRange, Want};

    fn request(width: u32) -> Request {
        Request::new(1, 1, &Want { pages: PageRange::All, width, text: false }, &Limits::default())
    }

    #[test]
    fn parts_meet_without_a_seam_and_white_stays_white() {
        let (width, height) = (700_u32, 900_u32);
        let value = |x: u32, y: u32| (x / 3 + y / 5) as u8;
        let bytes = (0..height).flat_map(|y| (0..width).map(move |x| value(x, y))).collect();
        let mut photo = Photo { bytes, channels: 1, size: (width, height), turned: 0 };
        for across in [350, 700, 1900] {
            let whole = Part { page: 1, turned: 0, across, left: 0, top: 0, width: across.min(1024), height: 300 };
            let Pixels::Grey(all) = photo.part(&whole, &request(400)) else { panic!("it is grey") };
            let right = Part { left: 200, top: 100, width: 150, height: 200, ..whole };
            let Pixels::Grey(some) = photo.part(&right, &request(400)) else { panic!("it is grey") };
            for (y, row) in some.chunks_exact(150).enumerate() {
                let start = (y + 100) * whole.width as usize + 200;
                assert_eq!(row, &all[start..start + 150], "row {y} at {across}");
            }
        }
        let mut white = Photo { bytes: vec![255; 90 * 70 * 3], channels: 3, size: (90, 70), turned: 0 };
        let part = Part { page: 1, turned: 0, across: 1000, left: 500, top: 500, width: 500, height: 500 };
        assert!(white.part(&part, &request(400)).bytes().iter().all(|value| *value == 255));
    }
}
