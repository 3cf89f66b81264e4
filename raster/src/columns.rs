//! A row of pixels as another row of more or fewer, each a weighed mean of neighbours.
//!
//! The surprising thing: where a mean takes few neighbours, and none away from another, a pixel is one number of 64 bits
//! with a channel in each 16 of it, and one multiplication weighs them all. It is within two levels of the long way.

use crate::resize::{FEW, FEW_BITS, Filter, HALF, Mix, WEIGHT_BITS, mixes};

pub enum Columns {
    Few(Few),
    Many(Many),
}

impl Columns {
    pub fn new(channels: usize, from: u32, to: u32, filter: Filter) -> Columns {
        let mixes = mixes(from, to, filter);
        match Few::new(channels, from, &mixes) {
            Some(few) => Columns::Few(few),
            None => Columns::Many(Many::new(channels, from, &mixes)),
        }
    }

    /// `row` has as many pixels as was said, and so has `out`.
    pub fn bring(&mut self, row: &[u8], out: &mut [u8]) {
        match self {
            Columns::Few(few) => few.bring(row, out),
            Columns::Many(many) => many.bring(row, out),
        }
    }
}

/// Means of at most [`FEW`] pixels.
pub struct Few {
    channels: usize,
    taps: usize,
    firsts: Vec<usize>,
    /// For each pixel of the result, of each neighbour; together 256, so that no channel runs over into the next.
    weights: Vec<u64>,
    /// A row, and behind it room for neighbours without weight.
    row: Vec<u64>,
}

impl Few {
    fn new(channels: usize, from: u32, mixes: &[Mix]) -> Option<Few> {
        let (mut firsts, mut all) = (Vec::with_capacity(mixes.len()), Vec::with_capacity(mixes.len()));
        for mix in mixes {
            let (first, weights) = mix.few()?;
            firsts.push(first);
            all.push(weights);
        }
        let taps = all.iter().map(Vec::len).max()?.next_multiple_of(2);
        let mut weights = vec![0; taps * all.len()];
        for (to, from) in weights.chunks_exact_mut(taps).zip(&all) {
            to.iter_mut().zip(from).for_each(|(to, weight)| *to = u64::from(*weight));
        }
        Some(Few { channels, taps, firsts, weights, row: vec![0; from as usize + FEW] })
    }

    fn bring(&mut self, row: &[u8], out: &mut [u8]) {
        match self.channels {
            1 => self.pixels::<1>(row, out),
            2 => self.pixels::<2>(row, out),
            3 => self.pixels::<3>(row, out),
            _ => self.pixels::<4>(row, out),
        }
    }

    fn pixels<const CHANNELS: usize>(&mut self, row: &[u8], out: &mut [u8]) {
        for (number, pixel) in self.row.iter_mut().zip(row.as_chunks::<CHANNELS>().0) {
            *number = pixel.iter().rev().fold(0, |number, level| number << 16 | u64::from(*level));
        }
        let out = out.as_chunks_mut::<CHANNELS>().0;
        if self.taps == 2 { self.weigh::<CHANNELS, 2>(out) } else { self.weigh::<CHANNELS, FEW>(out) }
    }

    fn weigh<const CHANNELS: usize, const TAPS: usize>(&self, out: &mut [[u8; CHANNELS]]) {
        let half = 0x0001_0001_0001_0001 << (FEW_BITS - 1);
        for ((pixel, first), weights) in out.iter_mut().zip(&self.firsts).zip(self.weights.as_chunks::<TAPS>().0) {
            let Some(near) = self.row[*first..].first_chunk::<TAPS>() else { break };
            let parts = near.iter().zip(weights).map(|(number, weight)| number.wrapping_mul(*weight));
            let sum = parts.fold(half, u64::wrapping_add);
            *pixel = std::array::from_fn(|channel| (sum >> (FEW_BITS as usize + 16 * channel)) as u8);
        }
    }
}

/// Means of any number of pixels; each takes the same number of them, some without weight.
pub struct Many {
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

impl Many {
    fn new(channels: usize, from: u32, mixes: &[Mix]) -> Many {
        let groups = mixes.iter().map(|mix| mix.weights.len().div_ceil(GROUP)).max().unwrap_or(1);
        let mut weights = vec![[0; GROUP]; groups * mixes.len()];
        for (groups, mix) in weights.chunks_exact_mut(groups).zip(mixes) {
            groups.as_flattened_mut()[..mix.weights.len()].copy_from_slice(&mix.weights);
        }
        let row = vec![0; (from as usize + groups * GROUP) * channels];
        Many { channels, firsts: mixes.iter().map(|mix| mix.first).collect(), weights, groups, row }
    }

    fn bring(&mut self, row: &[u8], out: &mut [u8]) {
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
