//! The directories of a TIFF (TIFF 6.0): one page each, as scanners and fax servers write them.
//!
//! Deliberately only what paper is stored in: strips or tiles of grey, palette, RGB or CMYK, interleaved. Without
//! BigTIFF, without floating point. The surprising thing: a TIFF may hold a small copy of a page beside the page, and
//! a fax has pixels that are not square.

use std::collections::HashSet;

/// So many directories are looked at; more are a loop or an attack.
const MAX_DIRECTORIES: usize = 10_000;
/// Numbers of one field: a page of 65,000 rows in strips of one.
const MAX_NUMBERS: usize = 1 << 17;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    None,
    /// ITU-T T.4 (its options) and T.6, and T.4's one-dimensional rows that begin on a byte.
    Group3(u32),
    Group4,
    PlainRows,
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
}

/// One page: how it is stored and where.
#[derive(Debug, Clone)]
pub struct Directory {
    pub width: u32,
    pub height: u32,
    /// Bits of a sample, and samples of a pixel, those without a colour included.
    pub bits: u32,
    pub samples: u32,
    pub coding: Coding,
    pub colours: Colours,
    /// The high byte of a sample of two comes first.
    pub big: bool,
    /// The lowest bit of a byte comes first.
    pub low_first: bool,
    /// Each sample is the difference to the one beside it.
    pub differences: bool,
    /// Size of a chunk: a strip is as wide as the page.
    pub chunk: (u32, u32),
    pub tiled: bool,
    /// Place and length of each chunk.
    pub chunks: Vec<(usize, usize)>,
    pub palette: Vec<u16>,
    /// Tables that all chunks of a JPEG share.
    pub tables: Option<(usize, usize)>,
    /// As in EXIF, 1 to 8.
    pub orientation: u8,
    /// Pixels an inch (or centimetre) across and down.
    pub resolution: Option<(f64, f64)>,
}

/// The pages of a TIFF; `None` where it makes no sense, and inside for a page that cannot be drawn.
pub fn pages(bytes: &[u8]) -> Option<Vec<Option<Directory>>> {
    let file = File { bytes, big: bytes.starts_with(b"MM") };
    let (mut place, mut seen, mut pages) = (file.u32(4)? as usize, HashSet::new(), Vec::new());
    while place != 0 && seen.insert(place) && seen.len() <= MAX_DIRECTORIES {
        let Some(count) = file.u16(place) else { break };
        let fields = Fields { file: &file, place, count: usize::from(count) };
        // Bits 0 and 2: a small copy of another page, a mask for another page.
        if fields.number(254).unwrap_or(0) & 5 == 0 {
            pages.push(fields.directory());
        }
        place = file.u32(place + 2 + fields.count * 12).unwrap_or(0) as usize;
    }
    (!pages.is_empty()).then_some(pages)
}

struct File<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl File<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.big { u16::from_be_bytes(*two) } else { u16::from_le_bytes(*two) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let four = self.bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.big { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) })
    }
}

struct Fields<'a> {
    file: &'a File<'a>,
    place: usize,
    count: usize,
}

impl Fields<'_> {
    /// Type, number of values and place of a field.
    fn find(&self, tag: u16) -> Option<(u16, usize, usize)> {
        let entry = (0..self.count).map(|index| self.place + 2 + index * 12);
        let entry = entry.take_while(|at| *at < self.file.bytes.len()).find(|at| self.file.u16(*at) == Some(tag))?;
        let (kind, count) = (self.file.u16(entry + 2)?, self.file.u32(entry + 4)? as usize);
        let size = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8].get(usize::from(kind)).copied().unwrap_or(0);
        let inside = count.checked_mul(size)? <= 4;
        Some((kind, count, if inside { entry + 8 } else { self.file.u32(entry + 8)? as usize }))
    }

    fn numbers(&self, tag: u16) -> Option<Vec<u32>> {
        let (kind, count, place) = self.find(tag).filter(|field| field.1 <= MAX_NUMBERS)?;
        let number = |index: usize| match kind {
            1 | 7 => self.file.bytes.get(place + index).map(|byte| u32::from(*byte)),
            3 => self.file.u16(place + index * 2).map(u32::from),
            4 => self.file.u32(place + index * 4),
            _ => None,
        };
        (0..count).map(number).collect()
    }

    fn number(&self, tag: u16) -> Option<u32> {
        self.numbers(tag)?.first().copied()
    }

    fn ratio(&self, tag: u16) -> Option<f64> {
        let (_, _, place) = self.find(tag).filter(|field| field.0 == 5 && field.1 == 1)?;
        let ratio = f64::from(self.file.u32(place)?) / f64::from(self.file.u32(place + 4)?);
        Some(ratio).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
    }

    fn directory(&self) -> Option<Directory> {
        let (width, height) = (self.number(256)?, self.number(257)?);
        let bits = self.numbers(258).unwrap_or_else(|| vec![1]);
        let samples = self.number(277).unwrap_or(1);
        let coding = match self.number(259).unwrap_or(1) {
            1 => Coding::None,
            2 => Coding::PlainRows,
            3 => Coding::Group3(self.number(292).unwrap_or(0)),
            4 => Coding::Group4,
            5 => Coding::Lzw,
            7 => Coding::Jpeg,
            8 | 32_946 => Coding::Deflate,
            32_773 => Coding::PackBits,
            _ => return None,
        };
        let colours = match self.number(262).unwrap_or(0) {
            0 => Colours::WhiteIsZero,
            1 => Colours::BlackIsZero,
            2 => Colours::Rgb,
            3 => Colours::Palette,
            5 => Colours::Cmyk,
            6 if coding == Coding::Jpeg => Colours::YCbCr,
            _ => return None,
        };
        let least = match colours {
            Colours::WhiteIsZero | Colours::BlackIsZero | Colours::Palette => 1,
            Colours::Rgb | Colours::YCbCr => 3,
            Colours::Cmyk => 4,
        };
        let depth = *bits.first()?;
        let sound = (1..=65_535).contains(&width)
            && (1..=65_535).contains(&height)
            && (least..=8).contains(&samples)
            && bits.iter().all(|other| *other == depth)
            && (matches!(depth, 8 | 16) || (samples == 1 && matches!(depth, 1 | 2 | 4)))
            && (depth < 16 || (colours != Colours::Palette && (self.file.big || self.number(317).unwrap_or(1) == 1)))
            && self.number(284).unwrap_or(1) == 1
            && self.number(339).unwrap_or(1) == 1;
        let tiled = self.find(324).is_some();
        let (places, lengths) = if tiled { (324, 325) } else { (273, 279) };
        let chunk = if tiled {
            (self.number(322)?, self.number(323)?)
        } else {
            (width, self.number(278).unwrap_or(height).min(height))
        };
        let places = self.numbers(places)?;
        // A single strip without a length goes to the end of the file.
        let lengths = self.numbers(lengths).unwrap_or_else(|| vec![u32::MAX; places.len()]);
        let chunks = places.into_iter().zip(lengths).map(|(place, length)| (place as usize, length as usize));
        sound.then_some(Directory {
            width,
            height,
            bits: depth,
            samples,
            coding,
            colours,
            big: self.file.big,
            low_first: self.number(266) == Some(2),
            differences: self.number(317) == Some(2) && matches!(coding, Coding::Lzw | Coding::Deflate),
            chunk: (chunk.0.clamp(1, 65_535), chunk.1.clamp(1, 65_535)),
            tiled,
            chunks: chunks.collect(),
            palette: self.numbers(320).unwrap_or_default().into_iter().map(|value| value as u16).collect(),
            tables: self.find(347).map(|(_, length, place)| (place, length)),
            orientation: self.number(274).and_then(|value| u8::try_from(value).ok()).unwrap_or(1),
            resolution: self.ratio(282).zip(self.ratio(283)),
        })
    }
}
