//! A picture's pixels: what is grey is kept grey, and a picture is made smaller without losing a hairline.
//!
//! Deliberately without colour management. The surprising thing: pages that a scanner or a JPEG tinted by a shade
//! nobody can see count as grey, which saves two thirds of their memory and most of their decoding on the panel.

/// Width of the small picture of a page, in pixels.
pub const THUMBNAIL_WIDTH: u32 = 240;

/// A channel may differ so much from another in a grey pixel.
const GREY_TOLERANCE: u8 = 4;

/// Eight bits a channel, rows from the top, without padding.
#[derive(Clone, PartialEq, Eq)]
pub enum Pixels {
    Grey(Vec<u8>),
    Rgb(Vec<u8>),
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = if matches!(self, Pixels::Grey(_)) { "Grey" } else { "Rgb" };
        write!(f, "{name}({} bytes)", self.bytes().len())
    }
}

/// How neighbours are weighed where a picture changes its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Even and soft: right for small pictures of pages.
    Triangle,
    /// Keeps the edges of letters: right for pictures that are read.
    CatmullRom,
}

impl Filter {
    fn radius(self) -> f64 {
        match self {
            Filter::Triangle => 1.0,
            Filter::CatmullRom => 2.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Filter::Triangle => (1.0 - x).max(0.0),
            Filter::CatmullRom if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Filter::CatmullRom if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Filter::CatmullRom => 0.0,
        }
    }
}

impl Pixels {
    /// Takes opaque RGBA; grey where no pixel has a colour.
    pub fn from_rgba(rgba: &[u8]) -> Pixels {
        if rgba.as_chunks::<4>().0.iter().all(|[r, g, b, _]| is_grey(*r, *g, *b)) {
            Pixels::Grey(rgba.as_chunks::<4>().0.iter().map(|[r, g, b, _]| luma(*r, *g, *b)).collect())
        } else {
            Pixels::Rgb(rgba.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect())
        }
    }

    /// Takes RGB; grey where no pixel has a colour.
    pub fn from_rgb(rgb: Vec<u8>) -> Pixels {
        if rgb.as_chunks::<3>().0.iter().all(|[r, g, b]| is_grey(*r, *g, *b)) {
            Pixels::Grey(rgb.as_chunks::<3>().0.iter().map(|[r, g, b]| luma(*r, *g, *b)).collect())
        } else {
            Pixels::Rgb(rgb)
        }
    }

    /// Bytes per pixel.
    pub fn channels(&self) -> usize {
        match self {
            Pixels::Grey(_) => 1,
            Pixels::Rgb(_) => 3,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Pixels::Grey(bytes) | Pixels::Rgb(bytes) => bytes,
        }
    }

    /// The same picture in another size, softly: for small pictures. Sizes are (width, height) and not zero.
    pub fn reduced(&self, from: (u32, u32), to: (u32, u32)) -> Pixels {
        let bytes = resize(self.bytes(), self.channels(), from, to, Filter::Triangle);
        match self {
            Pixels::Grey(_) => Pixels::Grey(bytes),
            Pixels::Rgb(_) => Pixels::Rgb(bytes),
        }
    }
}

fn is_grey(r: u8, g: u8, b: u8) -> bool {
    r.max(g).max(b) - r.min(g).min(b) <= GREY_TOLERANCE
}

fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471 + 32_768) >> 16) as u8
}

/// Weights are fixed-point numbers with this many bits after the point.
const WEIGHT_BITS: u32 = 14;

/// Which source pixels make up one pixel of the result, and how much of it.
struct Mix {
    first: usize,
    weights: Vec<i32>,
}

fn mixes(from: u32, to: u32, filter: Filter) -> Vec<Mix> {
    let scale = f64::from(from) / f64::from(to);
    // Widening the filter with the reduction is what makes every source pixel count.
    let stretch = scale.max(1.0);
    let reach = filter.radius() * stretch;
    (0..to)
        .map(|index| {
            let centre = (f64::from(index) + 0.5) * scale;
            let first = (centre - reach).floor().max(0.0) as usize;
            let end = ((centre + reach).ceil() as usize).clamp(first + 1, from as usize);
            let first = first.min(end - 1);
            let raw: Vec<f64> = (first..end).map(|at| filter.weight((at as f64 + 0.5 - centre) / stretch)).collect();
            let sum: f64 = raw.iter().sum();
            let one = f64::from(1 << WEIGHT_BITS);
            let mut weights: Vec<i32> = raw.iter().map(|w| (w / sum * one).round() as i32).collect();
            // Rounding must not darken white: what is missing goes to the middle.
            let rest = (1 << WEIGHT_BITS) - weights.iter().sum::<i32>();
            let middle = weights.len() / 2;
            weights[middle] += rest;
            Mix { first, weights }
        })
        .collect()
}

/// Another size of a picture of `channels` bytes a pixel. Sizes are (width, height) and not zero.
pub fn resize(bytes: &[u8], channels: usize, from: (u32, u32), to: (u32, u32), filter: Filter) -> Vec<u8> {
    debug_assert_eq!(bytes.len(), from.0 as usize * from.1 as usize * channels);
    if from == to {
        return bytes.to_vec();
    }
    let half = 1 << (WEIGHT_BITS - 1);
    let columns = mixes(from.0, to.0, filter);
    let row_length = to.0 as usize * channels;
    let mut narrowed = Vec::with_capacity(row_length * from.1 as usize);
    for row in bytes.chunks_exact(from.0 as usize * channels) {
        for mix in &columns {
            for channel in 0..channels {
                let start = mix.first * channels + channel;
                let sum: i32 = row[start..]
                    .iter()
                    .step_by(channels)
                    .zip(&mix.weights)
                    .map(|(value, weight)| i32::from(*value) * weight)
                    .sum();
                narrowed.push(((sum + half) >> WEIGHT_BITS).clamp(0, 255) as u8);
            }
        }
    }
    let mut result = Vec::with_capacity(row_length * to.1 as usize);
    let mut sums = vec![0_i32; row_length];
    for mix in &mixes(from.1, to.1, filter) {
        sums.fill(half);
        for (row, weight) in narrowed[mix.first * row_length..].chunks_exact(row_length).zip(&mix.weights) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += i32::from(*value) * weight;
            }
        }
        result.extend(sums.iter().map(|sum| (sum >> WEIGHT_BITS).clamp(0, 255) as u8));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_stays_white_and_grey_stays_even_in_every_size() {
        for filter in [Filter::Triangle, Filter::CatmullRom] {
            for value in [255, 128, 3] {
                for (from, to) in
                    [((1000, 700), (240, 168)), ((7, 5), (100, 90)), ((1, 9000), (1, 10)), ((3, 3), (1, 1))]
                {
                    let picture = vec![value; (from.0 * from.1) as usize];
                    let result = resize(&picture, 1, from, to, filter);
                    assert_eq!(result.len(), (to.0 * to.1) as usize);
                    assert!(result.iter().all(|v| *v == value), "{filter:?} {from:?} {to:?}");
                }
            }
        }
    }

    #[test]
    fn no_hairline_is_lost() {
        let width = 1080;
        for at in 0..40 {
            let mut picture = vec![255_u8; width * 10];
            for row in picture.chunks_exact_mut(width) {
                row[500 + at] = 0;
            }
            let small = resize(&picture, 1, (width as u32, 10), (240, 2), Filter::Triangle);
            let ink: u32 = small[..240].iter().map(|v| u32::from(255 - v)).sum();
            assert!((50..=63).contains(&ink), "a line at {at} left {ink}, not the 57 it has");
        }
    }

    #[test]
    fn a_coloured_pixel_makes_a_coloured_picture() {
        let mut rgba = vec![200_u8; 400];
        rgba[40] = 203;
        assert!(matches!(Pixels::from_rgba(&rgba), Pixels::Grey(bytes) if bytes.len() == 100));
        rgba[40] = 210;
        assert!(matches!(Pixels::from_rgba(&rgba), Pixels::Rgb(bytes) if bytes.len() == 300 && bytes[30] == 210));
        assert!(matches!(Pixels::from_rgb(vec![9; 30]), Pixels::Grey(bytes) if bytes == [9; 10]));
    }
}
