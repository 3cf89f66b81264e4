//! A JPEG decoded to a half, a quarter or an eighth of its size, without ever holding it whole (ITU-T T.81).
//!
//! An A0 scan at 300 dpi has 140 million pixels and is shown with two. Each block of 8 × 8 is turned back into as many
//! pixels as are wanted, from its lowest frequencies alone, so that memory goes with the result. Deliberately only what
//! scanners and cameras write: eight bits, Huffman codes, sequential or progressive. The rest is [`Fault::Unsupported`],
//! and so is decoding to full size, which other decoders do better.
//!
//! The surprising thing: frequencies that are not wanted cost little but cannot be left out, because only reading them
//! tells where the next block begins. They are passed over several at a time.

mod bits;
mod colour;
mod frame;
mod huffman;
mod idct;
mod progressive;
mod scan;

pub use frame::{Frame, head};

use colour::interleave;
use frame::{Reader, Segment};

/// A decoded picture: rows from the top, eight bits a channel, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// 1 (grey), 3 (RGB) or 4 (cyan, magenta, yellow, black as they are stored; Adobe's programs store them inverted).
    pub channels: usize,
    pub pixels: Vec<u8>,
}

/// Why a JPEG is not decoded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is cut off, or makes no sense.
    Damaged,
    /// A kind of JPEG that does not occur in scans and photographs.
    Unsupported,
    /// More than so many bytes would be needed.
    Memory(usize),
}

/// By how much a picture may be made smaller in decoding and still have `wanted` pixels: 1, 2, 4 or 8.
pub fn reduction(size: (u32, u32), wanted: (u32, u32)) -> u32 {
    [8, 4, 2].into_iter().find(|by| size.0 / by >= wanted.0 && size.1 / by >= wanted.1).unwrap_or(1)
}

/// Decodes the picture to 1/`by` of its size (2, 4 or 8), rounded up, in at most `memory` bytes.
pub fn reduced(jpeg: &[u8], by: u32, memory: usize) -> Result<Picture, Fault> {
    if !matches!(by, 2 | 4 | 8) {
        return Err(Fault::Unsupported);
    }
    let mut reader = Reader::new(jpeg)?;
    let mut decoding: Option<scan::Decoding> = None;
    while let Some(segment) = reader.next()? {
        match segment {
            Segment::Frame(frame) if decoding.is_none() => decoding = Some(scan::Decoding::new(frame, by, memory)?),
            Segment::Frame(_) => return Err(Fault::Unsupported),
            Segment::Scan(scan) => {
                let decoding = decoding.as_mut().ok_or(Fault::Damaged)?;
                decoding.scan(&scan, &mut reader)?;
            }
        }
    }
    let mut decoding = decoding.ok_or(Fault::Damaged)?;
    decoding.finish()?;
    Ok(interleave(&decoding, reader.transform()))
}
