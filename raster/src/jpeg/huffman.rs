//! A Huffman table (T.81 annex C), and beside it what lets several frequencies be passed over in one step.

use super::Fault;
use super::bits::{Bits, extend};

/// Codes up to this length are found in one step.
const NEAR: u32 = 10;
/// So many bits are looked at where frequencies are passed over.
const FAR: u32 = 13;

#[derive(Clone)]
pub struct Huffman {
    /// By the next [`NEAR`] bits: length of the code (low byte; 0: longer) and its value.
    near: Box<[u16; 1 << NEAR]>,
    /// For codes of each length: the first code above them, left-aligned in 16 bits, and what to add to find the value.
    above: [u32; 17],
    offset: [i32; 17],
    values: Vec<u8>,
    whole: Box<[Whole; 1 << NEAR]>,
    passing: Box<[Step; 1 << FAR]>,
}

/// A frequency that is known from the next [`NEAR`] bits: its code and its value lie in them.
#[derive(Clone, Copy, Default)]
pub struct Whole {
    /// Code and value together; 0: more than these bits are needed.
    pub bits: u8,
    /// Frequencies before it that are zero; [`Whole::END`]: the block ends here.
    pub run: u8,
    pub value: i16,
}

impl Whole {
    pub const END: u8 = 64;
}

/// Whole codes at the beginning of [`FAR`] bits.
#[derive(Clone, Copy, Default)]
struct Step {
    /// All of them together; 0: not even one fits.
    bits: u8,
    /// Frequencies they stand for.
    frequencies: u8,
    /// The last one ends the block.
    last: bool,
}

impl Huffman {
    /// From the numbers of codes of length 1 to 16 and their values.
    pub fn new(counts: &[u8; 16], values: &[u8]) -> Result<Huffman, Fault> {
        let mut table = Huffman {
            near: Box::new([0; 1 << NEAR]),
            above: [0; 17],
            offset: [0; 17],
            values: values.to_vec(),
            whole: Box::new([Whole::default(); 1 << NEAR]),
            passing: Box::new([Step::default(); 1 << FAR]),
        };
        let (mut code, mut index) = (0u32, 0usize);
        for length in 1..=16u32 {
            table.offset[length as usize] = index as i32 - code as i32;
            for _ in 0..counts[length as usize - 1] {
                if length <= NEAR {
                    let first = (code << (NEAR - length)) as usize;
                    let entry = u16::from(values[index]) << 8 | length as u16;
                    let entries = table.near.get_mut(first..first + (1 << (NEAR - length))).ok_or(Fault::Damaged)?;
                    entries.fill(entry);
                }
                code += 1;
                index += 1;
            }
            if code > 1 << length {
                return Err(Fault::Damaged);
            }
            table.above[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// For tables of AC coefficients, before [`Huffman::whole`] and [`Huffman::pass`].
    pub fn prepare(&mut self) {
        for (ahead, whole) in self.whole.iter_mut().enumerate() {
            let (length, value) = (u32::from(self.near[ahead] & 0xff), self.near[ahead] >> 8);
            let (run, size) = (value >> 4, u32::from(value & 15));
            if length == 0 || length + size > NEAR || size == 0 && run == 15 {
                continue;
            }
            let value = (ahead >> (NEAR - length - size)) as i32 & ((1 << size) - 1);
            let run = if size == 0 { Whole::END } else { run as u8 };
            *whole = Whole { bits: (length + size) as u8, run, value: extend(value, size) as i16 };
        }
        for window in 0..1usize << FAR {
            let mut step = Step::default();
            loop {
                let rest = FAR - u32::from(step.bits);
                let ahead = (window << step.bits) & ((1 << FAR) - 1);
                let entry = self.near[ahead >> (FAR - NEAR)];
                let (length, value) = (u32::from(entry & 0xff), entry >> 8);
                let bits = length + u32::from(value & 15);
                if length == 0 || bits > rest {
                    break;
                }
                step.bits += bits as u8;
                if value & 15 == 0 && value != 0xf0 {
                    step.last = true;
                    break;
                }
                step.frequencies += (value >> 4) as u8 + 1;
                if rest == bits {
                    break;
                }
            }
            self.passing[window] = step;
        }
    }

    /// The next frequency, which stays. [`Bits::fill`] comes first.
    #[inline]
    pub fn whole(&self, bits: &Bits<'_>) -> Whole {
        self.whole[bits.peek(NEAR)]
    }

    /// The next value.
    #[inline]
    pub fn read(&self, bits: &mut Bits<'_>) -> Result<u8, Fault> {
        bits.fill();
        let entry = self.near[bits.peek(NEAR)];
        if entry & 0xff != 0 {
            bits.skip(u32::from(entry & 0xff));
            return Ok((entry >> 8) as u8);
        }
        self.read_long(bits)
    }

    #[cold]
    fn read_long(&self, bits: &mut Bits<'_>) -> Result<u8, Fault> {
        let ahead = bits.peek(16) as u32;
        let length = (1..=16).find(|length| ahead < self.above[*length]).ok_or(Fault::Damaged)?;
        let index = (ahead >> (16 - length)) as i32 + self.offset[length];
        bits.skip(length as u32);
        self.values.get(index as usize).copied().ok_or(Fault::Damaged)
    }

    /// Passes over the frequencies from `at` to the end of a sequential block.
    #[inline]
    pub fn pass(&self, bits: &mut Bits<'_>, mut at: usize) -> Result<(), Fault> {
        while at < 64 {
            bits.fill();
            let step = self.passing[bits.peek(FAR)];
            if step.bits != 0 && at + usize::from(step.frequencies) < 64 {
                bits.skip(u32::from(step.bits));
                at += usize::from(step.frequencies);
                if step.last {
                    return Ok(());
                }
                continue;
            }
            let value = self.read(bits)?;
            let (run, size) = (value >> 4, value & 15);
            if size == 0 && run != 15 {
                return Ok(());
            }
            bits.fill();
            bits.take(u32::from(size));
            at += usize::from(run) + 1;
        }
        Ok(())
    }
}
