//! The bits of entropy-coded data, without the bytes that are stuffed into it (T.81 B.1.1.5).

use super::Fault;

pub struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, the first one on top.
    buffer: u64,
    count: u32,
    /// Of these so many were made up behind the end of the data.
    invented: u32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8], at: usize) -> Bits<'a> {
        Bits { data, at, buffer: 0, count: 0, invented: 0 }
    }

    /// Where reading goes on behind the data: at a marker or at the end.
    pub fn end(&self) -> usize {
        (self.at..self.data.len())
            .find(|at| self.data[*at] == 0xff && self.data.get(at + 1).is_some_and(|next| !matches!(next, 0 | 0xff)))
            .unwrap_or(self.data.len())
    }

    /// Makes sure of 32 bits.
    #[inline]
    pub fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(Ok(four)) = self.data.get(self.at..self.at + 4).map(<[u8; 4]>::try_from) {
            let four = u32::from_be_bytes(four);
            // No byte among them is 0xff.
            if (!four).wrapping_sub(0x0101_0101) & four & 0x8080_8080 == 0 {
                self.buffer |= u64::from(four) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                (Some(0xff), _) | (None, _) => {
                    self.invented += 8;
                    0
                }
                (Some(byte), _) => {
                    self.at += 1;
                    *byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next 1 to 16 bits, which stay. [`Bits::fill`] comes first.
    #[inline]
    pub fn peek(&self, bits: u32) -> usize {
        (self.buffer >> (64 - bits)) as usize
    }

    #[inline]
    pub fn skip(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// The next 0 to 16 bits as a number.
    #[inline]
    pub fn take(&mut self, bits: u32) -> i32 {
        if bits == 0 {
            return 0;
        }
        let value = self.peek(bits) as i32;
        self.skip(bits);
        value
    }

    pub fn bit(&mut self) -> bool {
        self.fill();
        self.take(1) == 1
    }

    /// A number of so many bits whose upper half is positive (EXTEND).
    #[inline]
    pub fn signed(&mut self, bits: u32) -> i32 {
        extend(self.take(bits), bits)
    }

    /// An error where more was read than there is.
    #[inline]
    pub fn check(&self) -> Result<(), Fault> {
        if self.count < self.invented { Err(Fault::Damaged) } else { Ok(()) }
    }

    /// Goes on behind the restart marker that must come now (T.81 E.1.4).
    pub fn restart(&mut self) -> Result<(), Fault> {
        let marker = self.end();
        match self.data.get(marker + 1) {
            Some(0xd0..=0xd7) => {
                *self = Bits::new(self.data, marker + 2);
                Ok(())
            }
            _ => Err(Fault::Damaged),
        }
    }
}

/// So many bits as a number whose upper half is positive (T.81 F.2.2.1).
#[inline]
pub fn extend(value: i32, bits: u32) -> i32 {
    if bits > 0 && value < 1 << (bits - 1) { value - (1 << bits) + 1 } else { value }
}
