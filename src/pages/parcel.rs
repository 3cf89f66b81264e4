//! Pixels on their way through the pipe: white is counted instead of sent. Serves both sides.
//!
//! Most of a page is paper, and the kernel takes as long over a page's pixels as the engine takes over its letters.
//! Deliberately no compression beyond that: it would take longer than it saves. The surprising thing: white is looked
//! for in whole pieces, whatever a pixel is, because bytes of 255 are white in grey and in colour.

use std::io::{self, Write};

/// Bytes that are white together or not.
const PIECE: usize = 64;
/// Before every stretch: bytes of white, then bytes that follow as they are (both little-endian).
const HEAD: usize = 8;

/// Pixels, and where on them is something else than white.
pub struct Parcel<'a> {
    bytes: &'a [u8],
    /// Bytes of white, and bytes after them that are not.
    stretches: Vec<(u32, u32)>,
}

/// Bytes into which so many are packed at most.
pub fn most(bytes: u64) -> u64 {
    bytes + (bytes / (2 * PIECE as u64) + 2) * HEAD as u64
}

impl<'a> Parcel<'a> {
    pub fn of(bytes: &'a [u8]) -> Parcel<'a> {
        let mut stretches = Vec::new();
        let mut last = (0, 0);
        for piece in bytes.chunks(PIECE) {
            let length = piece.len() as u32;
            match (is_white(piece), last.1 > 0) {
                (true, true) => {
                    stretches.push(last);
                    last = (length, 0);
                }
                (true, false) => last.0 += length,
                (false, _) => last.1 += length,
            }
        }
        stretches.push(last);
        Parcel { bytes, stretches }
    }

    /// Bytes that [`Parcel::write`] writes.
    pub fn len(&self) -> usize {
        self.stretches.iter().map(|(_, ink)| HEAD + *ink as usize).sum()
    }

    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut rest = self.bytes;
        for (white, ink) in &self.stretches {
            to.write_all(&white.to_le_bytes())?;
            to.write_all(&ink.to_le_bytes())?;
            let (stretch, behind) = rest[*white as usize..].split_at(*ink as usize);
            to.write_all(stretch)?;
            rest = behind;
        }
        Ok(())
    }
}

fn is_white(piece: &[u8]) -> bool {
    match <&[u8; PIECE]>::try_from(piece) {
        Ok(piece) => *piece == [255; PIECE],
        Err(_) => piece.iter().all(|byte| *byte == 255),
    }
}

/// The `length` bytes that were packed; `None` where it is not exactly so many.
pub fn unpack(mut packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    while let Some((head, rest)) = packed.split_first_chunk::<HEAD>() {
        let [white, ink] = [[head[0], head[1], head[2], head[3]], [head[4], head[5], head[6], head[7]]];
        let (white, ink) = (u32::from_le_bytes(white) as usize, u32::from_le_bytes(ink) as usize);
        let (ink, behind) = rest.split_at_checked(ink)?;
        if white > length - bytes.len() || ink.len() > length - bytes.len() - white {
            return None;
        }
        bytes.resize(bytes.len() + white, 255);
        bytes.extend_from_slice(ink);
        packed = behind;
    }
    (packed.is_empty() && bytes.len() == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let parcel = Parcel::of(bytes);
        let mut packed = Vec::new();
        parcel.write(&mut packed).expect("a Vec takes everything");
        assert_eq!(packed.len(), parcel.len());
        assert!(packed.len() as u64 <= most(bytes.len() as u64), "{} of {}", packed.len(), bytes.len());
        packed
    }

    #[test]
    fn what_is_packed_comes_out_again_and_paper_takes_no_room() {
        for length in [0, 1, 63, 64, 65, 128, 129, 1000, 4099] {
            let paper = vec![255; length];
            assert_eq!(packed(&paper).len(), HEAD);
            let striped = (0..length).map(|at| if (at / PIECE).is_multiple_of(2) { 0 } else { 255 }).collect();
            let sparse = (0..length).map(|at| if at % 700 == 5 { 254 } else { 255 }).collect();
            for bytes in [paper, vec![7; length], striped, sparse] {
                assert_eq!(unpack(&packed(&bytes), length).as_deref(), Some(&bytes[..]), "{length} bytes");
            }
        }
    }

    #[test]
    fn a_parcel_that_lies_about_its_size_is_not_opened() {
        let sound = packed(&[vec![255; 64], vec![1; 64]].concat());
        assert!(unpack(&sound, 128).is_some());
        assert!(unpack(&sound, 127).is_none() && unpack(&sound, 129).is_none());
        assert!(unpack(&sound[..sound.len() - 1], 128).is_none());
        assert!(unpack(&[&sound[..], &[0]].concat(), 128).is_none());
        assert!(unpack(&[255; 16], 128).is_none());
    }
}
