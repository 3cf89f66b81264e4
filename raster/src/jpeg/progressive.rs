//! Frequencies that come in several scans, a few bits at a time (T.81 annex G).
//!
//! Kept are the few that will be seen, and of the others only whether they are zero, one bit each: without it the
//! scans that refine them could not be read.

use super::Fault;
use super::bits::Bits;
use super::frame::Scan;
use super::huffman::Huffman;

/// What is known of one component's blocks so far.
pub struct Store {
    kept: usize,
    frequencies: Vec<i16>,
    /// A bit for each frequency that is not zero; empty where only the mean is kept.
    marks: Vec<u64>,
}

impl Store {
    /// So many bytes it takes.
    pub fn bytes(blocks: usize, kept: usize) -> usize {
        blocks * (2 * kept + if kept > 1 { 8 } else { 0 })
    }

    pub fn new(blocks: usize, kept: usize) -> Store {
        let marks = if kept > 1 { vec![0; blocks] } else { Vec::new() };
        Store { kept, frequencies: vec![0; blocks * kept], marks }
    }

    pub fn block(&self, block: usize) -> &[i16] {
        &self.frequencies[block * self.kept..][..self.kept]
    }
}

/// A scan's reading of one component.
pub struct Band<'a> {
    dc: Option<&'a Huffman>,
    ac: Option<&'a Huffman>,
    first: usize,
    last: usize,
    low: u32,
    refines: bool,
    before: i32,
    /// Blocks that are known to bring nothing new.
    quiet: u32,
}

impl<'a> Band<'a> {
    pub fn new(scan: &Scan, dc: Option<&'a Huffman>, ac: Option<&'a Huffman>) -> Result<Band<'a>, Fault> {
        let refines = scan.high > 0;
        let missing = if scan.first > 0 { ac.is_none() } else { dc.is_none() && !refines };
        if missing || (scan.first == 0 && scan.last != 0) {
            return Err(Fault::Damaged);
        }
        Ok(Band { dc, ac, first: scan.first, last: scan.last, low: scan.low, refines, before: 0, quiet: 0 })
    }

    pub fn restart(&mut self) {
        self.before = 0;
        self.quiet = 0;
    }

    pub fn read(&mut self, bits: &mut Bits<'_>, store: &mut Store, block: usize) -> Result<(), Fault> {
        let kept = &mut store.frequencies[block * store.kept..][..store.kept];
        match (self.first, self.refines) {
            (0, false) => {
                let size = self.dc.ok_or(Fault::Damaged)?.read(bits)?;
                if size > 11 {
                    return Err(Fault::Damaged);
                }
                bits.fill();
                self.before = self.before.wrapping_add(bits.signed(u32::from(size)));
                kept[0] = (self.before << self.low) as i16;
            }
            (0, true) => kept[0] |= i16::from(bits.bit()) << self.low,
            (_, false) => self.first_bits(bits, kept, &mut store.marks[block])?,
            (_, true) => self.further_bits(bits, kept, &mut store.marks[block])?,
        }
        bits.check()
    }

    fn first_bits(&mut self, bits: &mut Bits<'_>, kept: &mut [i16], marks: &mut u64) -> Result<(), Fault> {
        if self.quiet > 0 {
            self.quiet -= 1;
            return Ok(());
        }
        let ac = self.ac.ok_or(Fault::Damaged)?;
        let mut at = self.first;
        while at <= self.last {
            let value = ac.read(bits)?;
            let (run, size) = (u32::from(value >> 4), u32::from(value & 15));
            bits.fill();
            if size == 0 {
                if run < 15 {
                    self.quiet = (1 << run) - 1 + bits.take(run) as u32;
                    break;
                }
                at += 16;
                continue;
            }
            at += run as usize;
            let value = bits.signed(size) << self.low;
            if at > self.last {
                return Err(Fault::Damaged);
            }
            *marks |= 1 << at;
            if let Some(frequency) = kept.get_mut(at) {
                *frequency = value as i16;
            }
            at += 1;
        }
        Ok(())
    }

    fn further_bits(&mut self, bits: &mut Bits<'_>, kept: &mut [i16], marks: &mut u64) -> Result<(), Fault> {
        let ac = self.ac.ok_or(Fault::Damaged)?;
        let one = 1i16 << self.low;
        let known = *marks;
        let refine = |bits: &mut Bits<'_>, kept: &mut [i16], at: usize| {
            if bits.bit()
                && let Some(frequency) = kept.get_mut(at)
            {
                *frequency = frequency.wrapping_add(if *frequency < 0 { -one } else { one });
            }
        };
        let mut at = self.first;
        if self.quiet == 0 {
            while at <= self.last {
                let value = ac.read(bits)?;
                let (mut run, size) = (u32::from(value >> 4), value & 15);
                let mut fresh = 0;
                if size == 0 && run < 15 {
                    bits.fill();
                    self.quiet = (1 << run) + bits.take(run) as u32;
                    break;
                }
                if size > 0 {
                    fresh = if bits.bit() { one } else { -one };
                }
                while at <= self.last {
                    if known & (1 << at) != 0 {
                        refine(bits, kept, at);
                    } else if run == 0 {
                        break;
                    } else {
                        run -= 1;
                    }
                    at += 1;
                }
                if fresh != 0 {
                    if at > self.last {
                        return Err(Fault::Damaged);
                    }
                    *marks |= 1 << at;
                    if let Some(frequency) = kept.get_mut(at) {
                        *frequency = fresh;
                    }
                }
                at += 1;
            }
        }
        if self.quiet > 0 {
            for at in at..=self.last {
                if known & (1 << at) != 0 {
                    refine(bits, kept, at);
                }
            }
            self.quiet -= 1;
        }
        Ok(())
    }
}
