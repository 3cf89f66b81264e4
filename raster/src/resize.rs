//! A picture in another size, without losing a hairline or darkening white.
//!
//! The surprising thing: a filter is as wide as the reduction, so that every pixel of the source counts.

use crate::columns::Columns;

/// How neighbours are weighed where a picture changes its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Even and soft: right for small pictures of pages.
    Triangle,
    /// Looks at no more pixels than it must and is less soft: as the PDF engine draws pictures.
    Hermite,
    /// Keeps the edges of letters: right for pictures that are read.
    CatmullRom,
}

impl Filter {
    fn radius(self) -> f64 {
        match self {
            Filter::Triangle | Filter::Hermite => 1.0,
            Filter::CatmullRom => 2.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Filter::Triangle => (1.0 - x).max(0.0),
            Filter::Hermite if x < 1.0 => (2.0 * x - 3.0) * x * x + 1.0,
            Filter::Hermite => 0.0,
            Filter::CatmullRom if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Filter::CatmullRom if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Filter::CatmullRom => 0.0,
        }
    }
}

/// Weights are fixed-point numbers with this many bits after the point.
pub(crate) const WEIGHT_BITS: u32 = 14;
pub(crate) const HALF: i32 = 1 << (WEIGHT_BITS - 1);
/// So few neighbours are weighed with fewer bits, which is within two levels and twice as fast.
pub(crate) const FEW: usize = 4;
pub(crate) const FEW_BITS: u32 = 8;

/// Which source pixels make up one pixel of the result, and how much of it.
pub(crate) struct Mix {
    pub first: usize,
    pub weights: Vec<i32>,
}

impl Mix {
    /// Rows of a picture weighed together to one, each as long as that.
    fn rows(&self, bytes: &[u8], line: &mut [u8]) {
        if let Some((first, weights)) = self.few() {
            let rows: Vec<_> = bytes[first * line.len()..].chunks_exact(line.len()).zip(weights).collect();
            return lightly(&rows, line);
        }
        let rows = bytes[self.first * line.len()..].chunks_exact(line.len());
        let rows: Vec<_> = rows.zip(self.weights.iter().map(|weight| *weight as i16)).collect();
        together(&rows, line);
    }

    /// The first neighbour and weights that are 256 together, where they are few and none takes away from another.
    pub(crate) fn few(&self) -> Option<(usize, Vec<u16>)> {
        // What rounding leaves of a weight goes to its neighbour, so that white stays white.
        let (mut sum, mut given) = (HALF >> FEW_BITS, 0);
        let rounded = self.weights.iter().map(|weight| {
            sum += weight;
            let own = (sum >> (WEIGHT_BITS - FEW_BITS)) - given;
            given += own;
            u16::try_from(own)
        });
        let rounded: Vec<u16> = rounded.collect::<Result<_, _>>().ok()?;
        let idle = rounded.iter().take_while(|weight| **weight == 0).count();
        let end = rounded.iter().rposition(|weight| *weight > 0)? + 1;
        (end - idle <= FEW).then(|| (self.first + idle, rounded[idle..end].to_vec()))
    }
}

pub(crate) fn mixes(from: u32, to: u32, filter: Filter) -> Vec<Mix> {
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
    if filter == Filter::Triangle && to.0 >= from.0 && to.1 >= from.1 {
        return enlarge(bytes, channels, from, to);
    }
    // What there is most of goes first.
    if to.1 < from.1 {
        return shrink(bytes, channels, from, to, filter);
    }
    let mut rows = Rows::new(channels, from, to, filter);
    bytes.chunks_exact(from.0 as usize * channels).for_each(|row| rows.push(row));
    rows.finish()
}

/// Rows are put together first, then their pixels.
fn shrink(bytes: &[u8], channels: usize, from: (u32, u32), to: (u32, u32), filter: Filter) -> Vec<u8> {
    let length = from.0 as usize * channels;
    let mut columns = Columns::new(channels, from.0, to.0, filter);
    let mut result = vec![0; to.0 as usize * to.1 as usize * channels];
    let mut line = vec![0; length];
    for (mix, out) in mixes(from.1, to.1, filter).iter().zip(result.chunks_exact_mut(to.0 as usize * channels)) {
        mix.rows(bytes, &mut line);
        columns.bring(&line, out);
    }
    result
}

/// [`Filter::Triangle`] where nothing becomes smaller: no row lies between more than two.
fn enlarge(bytes: &[u8], channels: usize, from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let mut columns = Columns::new(channels, from.0, to.0, Filter::Triangle);
    let length = to.0 as usize * channels;
    let source: Vec<&[u8]> = bytes.chunks_exact(from.0 as usize * channels).collect();
    let mut result = vec![0; length * to.1 as usize];
    // The rows of the source that the last row lay between, already as wide as the result.
    let mut near = [(usize::MAX, vec![0; length]), (usize::MAX, vec![0; length])];
    for (out, mix) in result.chunks_exact_mut(length).zip(mixes(from.1, to.1, Filter::Triangle)) {
        let Some((first, weights)) = mix.few() else { continue };
        if near[0].0 != first {
            near.swap(0, 1);
        }
        for ((at, wide), wanted) in near.iter_mut().zip(first..first + weights.len()) {
            if *at != wanted {
                *at = wanted;
                columns.bring(source[wanted], wide);
            }
        }
        let rows: Vec<_> = near.iter().map(|(_, wide)| &wide[..]).zip(weights).collect();
        lightly(&rows, out);
    }
    result
}

/// Rows weighed together to one, with weights that are 256 together.
fn lightly(rows: &[(&[u8], u16)], line: &mut [u8]) {
    const WIDE: usize = 16;
    let mean = |sum: u16| (sum >> FEW_BITS) as u8;
    let (pieces, rest) = line.as_chunks_mut::<WIDE>();
    for (index, piece) in pieces.iter_mut().enumerate() {
        let mut sums = [1 << (FEW_BITS - 1); WIDE];
        for (row, weight) in rows {
            let Some(values) = row[index * WIDE..].first_chunk::<WIDE>() else { continue };
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum = u16::wrapping_add(*sum, u16::from(*value).wrapping_mul(*weight));
            }
        }
        *piece = sums.map(mean);
    }
    let start = pieces.len() * WIDE;
    for (index, pixel) in rest.iter_mut().enumerate() {
        let sum: u16 = rows.iter().map(|(row, weight)| u16::from(row[start + index]) * weight).sum();
        *pixel = mean(sum + (1 << (FEW_BITS - 1)));
    }
}

/// The same with any number of rows. In this shape, with factors of 16 bits and without a check for overflow (which cannot
/// happen: the weights of a pixel are little more than one together), compilers make vector instructions of it.
fn together(rows: &[(&[u8], i16)], line: &mut [u8]) {
    const WIDE: usize = 16;
    let (pieces, rest) = line.as_chunks_mut::<WIDE>();
    for (index, piece) in pieces.iter_mut().enumerate() {
        let mut sums = [HALF; WIDE];
        for (row, weight) in rows {
            let Some(values) = row[index * WIDE..].first_chunk::<WIDE>() else { continue };
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum = sum.wrapping_add(i32::from(i16::from(*value)).wrapping_mul(i32::from(*weight)));
            }
        }
        for (pixel, sum) in piece.iter_mut().zip(sums) {
            *pixel = (sum >> WEIGHT_BITS).clamp(0, 255) as u8;
        }
    }
    let start = pieces.len() * WIDE;
    for (index, pixel) in rest.iter_mut().enumerate() {
        let sum: i32 = rows.iter().map(|(row, weight)| i32::from(row[start + index]) * i32::from(*weight)).sum();
        *pixel = ((sum + HALF) >> WEIGHT_BITS).clamp(0, 255) as u8;
    }
}

/// A picture that comes row by row; of each only as many pixels are kept as the result is wide.
pub struct Rows {
    channels: usize,
    from: (u32, u32),
    to: (u32, u32),
    filter: Filter,
    columns: Columns,
    narrowed: Vec<u8>,
}

impl Rows {
    /// Sizes are (width, height) and not zero.
    pub fn new(channels: usize, from: (u32, u32), to: (u32, u32), filter: Filter) -> Rows {
        let narrowed = Vec::with_capacity(to.0 as usize * channels * from.1 as usize);
        Rows { channels, from, to, filter, columns: Columns::new(channels, from.0, to.0, filter), narrowed }
    }

    /// Bytes that are held until the last row has come.
    pub fn bytes(channels: usize, from: (u32, u32), to: (u32, u32)) -> u64 {
        channels as u64 * u64::from(to.0) * (u64::from(from.1) + u64::from(to.1))
    }

    /// The next row from the top, whole.
    pub fn push(&mut self, row: &[u8]) {
        debug_assert_eq!(row.len(), self.from.0 as usize * self.channels);
        let (start, length) = (self.narrowed.len(), self.to.0 as usize * self.channels);
        self.narrowed.resize(start + length, 0);
        self.columns.bring(row, &mut self.narrowed[start..]);
    }

    /// The result. Rows that did not come are white.
    pub fn finish(mut self) -> Vec<u8> {
        let row_length = self.to.0 as usize * self.channels;
        self.narrowed.resize(row_length * self.from.1 as usize, 255);
        let mut result = vec![0; row_length * self.to.1 as usize];
        for (mix, out) in mixes(self.from.1, self.to.1, self.filter).iter().zip(result.chunks_exact_mut(row_length)) {
            mix.rows(&self.narrowed, out);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_stays_white_and_grey_stays_even_in_every_size() {
        for filter in [Filter::Triangle, Filter::Hermite, Filter::CatmullRom] {
            for value in [255, 128, 3] {
                for (from, to) in
                    [((1000, 700), (240, 168)), ((7, 5), (100, 90)), ((1, 9000), (1, 10)), ((3, 3), (1, 1))]
                {
                    for channels in [1, 3, 4] {
                        let picture = vec![value; (from.0 * from.1) as usize * channels];
                        let result = resize(&picture, channels, from, to, filter);
                        assert_eq!(result.len(), (to.0 * to.1) as usize * channels);
                        assert!(result.iter().all(|v| *v == value), "{filter:?} {from:?} {to:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn whether_a_picture_comes_at_once_or_row_by_row_makes_no_difference() {
        let (from, to) = ((317, 211), (90, 71));
        for channels in [1, 3] {
            let length = from.0 as usize * channels;
            let picture: Vec<u8> = (0..length * from.1 as usize).map(|at| (at * at / 7 % 251) as u8).collect();
            let mut rows = Rows::new(channels, from, to, Filter::CatmullRom);
            picture.chunks_exact(length).for_each(|row| rows.push(row));
            let at_once = resize(&picture, channels, from, to, Filter::CatmullRom);
            let apart = rows.finish().into_iter().zip(at_once).map(|(one, other)| one.abs_diff(other)).max();
            assert!(apart <= Some(2), "{channels} channels: {apart:?} levels apart");
        }
    }

    #[test]
    fn a_picture_is_enlarged_as_the_filter_has_it() {
        let (from, to) = ((37, 21), (90, 71));
        for channels in [1, 3] {
            let picture: Vec<u8> =
                (0..from.0 as usize * from.1 as usize * channels).map(|at| (at * at / 7) as u8).collect();
            let mut rows = Rows::new(channels, from, to, Filter::Triangle);
            picture.chunks_exact(from.0 as usize * channels).for_each(|row| rows.push(row));
            let enlarged = resize(&picture, channels, from, to, Filter::Triangle);
            let apart = rows.finish().into_iter().zip(enlarged).map(|(one, other)| one.abs_diff(other)).max();
            assert!(apart <= Some(2), "{channels} channels: {apart:?} levels apart");
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
