//! A picture in another size, without losing a hairline or darkening white.
//!
//! The surprising thing: a filter is as wide as the reduction, so that every pixel of the source counts.

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
    let mut rows = Rows::new(channels, from, to, filter);
    bytes.chunks_exact(from.0 as usize * channels).for_each(|row| rows.push(row));
    rows.finish()
}

/// A picture that comes row by row; of each only as many pixels are kept as the result is wide.
pub struct Rows {
    channels: usize,
    from: (u32, u32),
    to: (u32, u32),
    filter: Filter,
    columns: Vec<Mix>,
    narrowed: Vec<u8>,
}

impl Rows {
    /// Sizes are (width, height) and not zero.
    pub fn new(channels: usize, from: (u32, u32), to: (u32, u32), filter: Filter) -> Rows {
        let narrowed = Vec::with_capacity(to.0 as usize * channels * from.1 as usize);
        Rows { channels, from, to, filter, columns: mixes(from.0, to.0, filter), narrowed }
    }

    /// Bytes that are held until the last row has come.
    pub fn bytes(channels: usize, from: (u32, u32), to: (u32, u32)) -> u64 {
        channels as u64 * u64::from(to.0) * (u64::from(from.1) + u64::from(to.1))
    }

    /// The next row from the top, whole.
    pub fn push(&mut self, row: &[u8]) {
        debug_assert_eq!(row.len(), self.from.0 as usize * self.channels);
        let half = 1 << (WEIGHT_BITS - 1);
        for mix in &self.columns {
            for channel in 0..self.channels {
                let start = mix.first * self.channels + channel;
                let values = row[start..].iter().step_by(self.channels).zip(&mix.weights);
                let sum: i32 = values.map(|(value, weight)| i32::from(*value) * weight).sum();
                self.narrowed.push(((sum + half) >> WEIGHT_BITS).clamp(0, 255) as u8);
            }
        }
    }

    /// The result. Rows that did not come are white.
    pub fn finish(mut self) -> Vec<u8> {
        let row_length = self.to.0 as usize * self.channels;
        self.narrowed.resize(row_length * self.from.1 as usize, 255);
        let mut result = Vec::with_capacity(row_length * self.to.1 as usize);
        let mut sums = vec![0_i32; row_length];
        for mix in &mixes(self.from.1, self.to.1, self.filter) {
            sums.fill(1 << (WEIGHT_BITS - 1));
            for (row, weight) in self.narrowed[mix.first * row_length..].chunks_exact(row_length).zip(&mix.weights) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += i32::from(*value) * weight;
                }
            }
            result.extend(sums.iter().map(|sum| (sum >> WEIGHT_BITS).clamp(0, 255) as u8));
        }
        result
    }
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
}
