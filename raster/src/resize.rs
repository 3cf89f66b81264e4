//! A picture in another size, without losing a hairline or darkening white.
//!
//! The surprising thing: a filter is as wide as the reduction, so that every pixel of the source counts.

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
const WEIGHT_BITS: u32 = 14;
const HALF: i32 = 1 << (WEIGHT_BITS - 1);

/// Which source pixels make up one pixel of the result, and how much of it.
struct Mix {
    first: usize,
    weights: Vec<i32>,
}

impl Mix {
    /// The rows of a picture, each so many bytes long, with what they weigh.
    fn rows<'a>(&self, bytes: &'a [u8], length: usize) -> Vec<(&'a [u8], i16)> {
        let rows = bytes[self.first * length..].chunks_exact(length);
        rows.zip(self.weights.iter().map(|weight| *weight as i16)).collect()
    }
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
    if filter == Filter::Triangle && to.0 >= from.0 && to.1 >= from.1 {
        return match channels {
            1 => enlarge::<1>(bytes, from, to),
            2 => enlarge::<2>(bytes, from, to),
            3 => enlarge::<3>(bytes, from, to),
            _ => enlarge::<4>(bytes, from, to),
        };
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
        together(&mix.rows(bytes, length), &mut line);
        columns.narrow(&line, out);
    }
    result
}

/// A pixel of an enlarged picture: two neighbours, and how much of the second, in 256ths.
struct Between {
    neighbours: [usize; 2],
    share: u16,
}

fn betweens(from: u32, to: u32) -> Vec<Between> {
    let (scale, last) = (f64::from(from) / f64::from(to), from as usize - 1);
    let between = |index: u32| {
        let at = ((f64::from(index) + 0.5) * scale - 0.5).clamp(0.0, last as f64);
        let first = at as usize;
        Between { neighbours: [first, (first + 1).min(last)], share: (at.fract() * 256.0).round() as u16 }
    };
    (0..to).map(between).collect()
}

#[inline(always)]
fn mixed(first: u8, second: u8, share: u16) -> u8 {
    ((u16::from(first) * (256 - share) + u16::from(second) * share + 128) >> 8) as u8
}

/// [`Filter::Triangle`] where nothing becomes smaller: no pixel has more than two neighbours in a row.
fn enlarge<const CHANNELS: usize>(bytes: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let columns = betweens(from.0, to.0);
    let length = to.0 as usize * CHANNELS;
    let source: Vec<&[[u8; CHANNELS]]> =
        bytes.chunks_exact(from.0 as usize * CHANNELS).map(|row| row.as_chunks().0).collect();
    let widen = |row: &[[u8; CHANNELS]], wide: &mut [u8]| {
        for (pixel, Between { neighbours, share }) in wide.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(&columns) {
            let [first, second] = neighbours.map(|at| row[at]);
            *pixel = std::array::from_fn(|channel| mixed(first[channel], second[channel], *share));
        }
    };
    let mut result = vec![0; length * to.1 as usize];
    // The rows of the source that the last row lay between, already as wide as the result.
    let mut near = [(usize::MAX, vec![0; length]), (usize::MAX, vec![0; length])];
    for (out, Between { neighbours, share }) in result.chunks_exact_mut(length).zip(betweens(from.1, to.1)) {
        if near[0].0 != neighbours[0] {
            near.swap(0, 1);
        }
        for ((at, wide), wanted) in near.iter_mut().zip(neighbours) {
            if *at != wanted {
                *at = wanted;
                widen(source[wanted], wide);
            }
        }
        for (pixel, (first, second)) in out.iter_mut().zip(near[0].1.iter().zip(&near[1].1)) {
            *pixel = mixed(*first, *second, share);
        }
    }
    result
}

/// Rows weighed together to one. In this shape, with factors of 16 bits and without a check for overflow (which cannot
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

/// Which pixels of a row make up the pixels of another one; each takes the same number of them, some without weight.
struct Columns {
    channels: usize,
    firsts: Vec<usize>,
    weights: Vec<[i32; GROUP]>,
    /// Groups of weights for each pixel.
    groups: usize,
    /// A row, and behind it room for pixels without weight.
    row: Vec<u8>,
}

/// Pixels of a row that are weighed together.
const GROUP: usize = 4;

impl Columns {
    fn new(channels: usize, from: u32, to: u32, filter: Filter) -> Columns {
        let mixes = mixes(from, to, filter);
        let groups = mixes.iter().map(|mix| mix.weights.len().div_ceil(GROUP)).max().unwrap_or(1);
        let mut weights = vec![[0; GROUP]; groups * mixes.len()];
        for (groups, mix) in weights.chunks_exact_mut(groups).zip(&mixes) {
            groups.as_flattened_mut()[..mix.weights.len()].copy_from_slice(&mix.weights);
        }
        let row = vec![0; (from as usize + groups * GROUP) * channels];
        Columns { channels, firsts: mixes.iter().map(|mix| mix.first).collect(), weights, groups, row }
    }

    fn narrow(&mut self, row: &[u8], out: &mut [u8]) {
        self.row[..row.len()].copy_from_slice(row);
        match self.channels {
            1 => self.pixels::<1>(out),
            2 => self.pixels::<2>(out),
            3 => self.pixels::<3>(out),
            _ => self.pixels::<4>(out),
        }
    }

    fn pixels<const CHANNELS: usize>(&self, out: &mut [u8]) {
        let row = self.row.as_chunks::<CHANNELS>().0;
        let mixes = self.firsts.iter().zip(self.weights.chunks_exact(self.groups));
        for (pixel, (first, groups)) in out.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(mixes) {
            let mut sums = [HALF; CHANNELS];
            for (group, weights) in groups.iter().enumerate() {
                let Some(values) = row[first + group * GROUP..].first_chunk::<GROUP>() else { break };
                for (values, weight) in values.iter().zip(weights) {
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum = sum.wrapping_add(i32::from(*value).wrapping_mul(*weight));
                    }
                }
            }
            *pixel = sums.map(|sum| (sum >> WEIGHT_BITS).clamp(0, 255) as u8);
        }
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
        self.columns.narrow(row, &mut self.narrowed[start..]);
    }

    /// The result. Rows that did not come are white.
    pub fn finish(mut self) -> Vec<u8> {
        let row_length = self.to.0 as usize * self.channels;
        self.narrowed.resize(row_length * self.from.1 as usize, 255);
        let mut result = vec![0; row_length * self.to.1 as usize];
        for (mix, out) in mixes(self.from.1, self.to.1, self.filter).iter().zip(result.chunks_exact_mut(row_length)) {
            together(&mix.rows(&self.narrowed, row_length), out);
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
