//! The scans of a picture: blocks in their order, each turned into pixels as soon as it is read (sequential) or when all
//! scans are in (progressive).

use super::bits::Bits;
use super::frame::{Frame, Reader, Scan};
use super::huffman::{Huffman, Whole};
use super::progressive::{Band, Store};
use super::{Fault, idct};

/// Where a frequency of the zigzag order stands in the block, row by row (T.81 figure A.6).
pub const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// One component at its reduced size.
pub struct Plane {
    pub pixels: Vec<u8>,
    pub stride: usize,
    /// Pixels of the picture for one of these, across and down.
    pub repeat: (usize, usize),
    /// Pixels that a block becomes.
    block: (usize, usize),
    /// Blocks across and down, up to the last whole unit.
    blocks: (usize, usize),
    /// Blocks that hold a part of the picture: a scan of this component alone has only these.
    covered: (usize, usize),
    quantisation: Option<[f32; 64]>,
    /// Frequencies that matter, in zigzag order from 0.
    wanted: usize,
}

pub struct Decoding {
    frame: Frame,
    by: u32,
    planes: Vec<Plane>,
    /// Of a progressive picture, one for each plane.
    stores: Vec<Store>,
}

impl Decoding {
    pub fn new(frame: Frame, by: u32, memory: usize) -> Result<Decoding, Fault> {
        let most =
            |factor: fn(&super::frame::Component) -> usize| frame.components.iter().map(factor).max().unwrap_or(1);
        let (across, down) = (most(|c| c.across), most(|c| c.down));
        let units = |size: u32, factor: usize| (size as usize).div_ceil(8 * factor);
        let units = (units(frame.width, across), units(frame.height, down));
        let mut planes = Vec::new();
        let mut needed = frame.components.len() * (frame.width / by + 1) as usize * (frame.height / by + 1) as usize;
        for component in &frame.components {
            // How many pixels a block must become, and how many it can.
            let fit = |most: usize, own: usize| {
                let pixels = 8 / by as usize * (most / own);
                (most.is_multiple_of(own) && pixels.is_power_of_two())
                    .then_some((pixels.min(8), pixels / pixels.min(8)))
            };
            // Scanners and cameras know no others.
            let (wide, repeat_across) = fit(across, component.across).ok_or(Fault::Unsupported)?;
            let (high, repeat_down) = fit(down, component.down).ok_or(Fault::Unsupported)?;
            let blocks = (units.0 * component.across, units.1 * component.down);
            let covered = |size: u32, own: usize, most: usize| (size as usize * own).div_ceil(most).div_ceil(8);
            let wanted = (0..64).rev().find(|at| {
                let place = usize::from(NATURAL[*at]);
                place % 8 < wide && place / 8 < high
            });
            let pixels = blocks.0 * blocks.1 * wide * high;
            let wanted = wanted.unwrap_or(0) + 1;
            needed += pixels + if frame.progressive { Store::bytes(blocks.0 * blocks.1, wanted) } else { 0 };
            planes.push((
                pixels,
                Plane {
                    pixels: Vec::new(),
                    stride: blocks.0 * wide,
                    repeat: (repeat_across, repeat_down),
                    block: (wide, high),
                    blocks,
                    covered: (
                        covered(frame.width, component.across, across),
                        covered(frame.height, component.down, down),
                    ),
                    quantisation: None,
                    wanted,
                },
            ));
        }
        if needed > memory {
            return Err(Fault::Memory(needed));
        }
        // Half-way between black and white, as a block is of which nothing is known.
        let planes: Vec<Plane> =
            planes.into_iter().map(|(pixels, plane)| Plane { pixels: vec![128; pixels], ..plane }).collect();
        let store = |plane: &Plane| Store::new(plane.blocks.0 * plane.blocks.1, plane.wanted);
        let stores = if frame.progressive { planes.iter().map(store).collect() } else { Vec::new() };
        Ok(Decoding { frame, by, planes, stores })
    }

    /// Width and height of the result in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.frame.width.div_ceil(self.by) as usize, self.frame.height.div_ceil(self.by) as usize)
    }

    pub fn planes(&self) -> &[Plane] {
        &self.planes
    }

    /// Reads the data of one scan; the reader goes on behind them.
    pub fn scan(&mut self, scan: &Scan, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let mut parts = Vec::new();
        for part in &scan.parts {
            let component = self.frame.components.iter().position(|component| component.id == part.id);
            parts.push((component.ok_or(Fault::Damaged)?, *part));
        }
        for (index, _) in &parts {
            let table = reader.quantisation[self.frame.components[*index].quantisation];
            if let (None, Some(table)) = (self.planes[*index].quantisation, table) {
                self.planes[*index].quantisation = Some(table.map(f32::from));
            }
        }
        let mut bits = Bits::new(reader.data, reader.at);
        if self.frame.progressive {
            if scan.first > 0 && (scan.last < scan.first || parts.len() > 1) {
                return Err(Fault::Damaged);
            }
            // Nothing of it would be seen.
            if scan.first == 0 || self.planes[parts[0].0].wanted > 1 {
                let mut bands = Vec::new();
                for (_, part) in &parts {
                    bands.push(Band::new(scan, reader.dc[part.dc].as_ref(), reader.ac[part.ac].as_ref())?);
                }
                let stores = &mut self.stores;
                let blocks = Blocks::new(&self.frame, &self.planes, &parts, reader.restart);
                blocks.each(&mut bits, |bits, event| match event {
                    Event::Block { part, index, block } => bands[part].read(bits, &mut stores[index], block),
                    Event::Restart => {
                        bands.iter_mut().for_each(Band::restart);
                        Ok(())
                    }
                })?;
            }
        } else {
            let mut tables = Vec::new();
            for (index, part) in &parts {
                let missing = Fault::Damaged;
                let quantisation = self.planes[*index].quantisation.ok_or(missing)?;
                let dc = reader.dc[part.dc].as_ref().ok_or(missing)?;
                tables.push((dc, reader.ac[part.ac].as_ref().ok_or(missing)?, quantisation));
            }
            let mut before = [0i32; 4];
            let blocks = Blocks::new(&self.frame, &self.planes, &parts, reader.restart);
            let mut drawn: Vec<Vec<u8>> =
                self.planes.iter_mut().map(|plane| std::mem::take(&mut plane.pixels)).collect();
            let outcome = blocks.each(&mut bits, |bits, event| match event {
                Event::Block { part, index, block } => {
                    let (dc, ac, quantisation) = &tables[part];
                    let plane = &self.planes[index];
                    let mut frequencies = [0.0; 64];
                    let flat =
                        sequential(bits, (dc, ac), quantisation, plane.wanted, &mut before[part], &mut frequencies)?;
                    plane.draw(&frequencies, flat, block, &mut drawn[index]);
                    Ok(())
                }
                Event::Restart => {
                    before = [0; 4];
                    Ok(())
                }
            });
            for (plane, pixels) in self.planes.iter_mut().zip(drawn) {
                plane.pixels = pixels;
            }
            outcome?;
        }
        reader.at = bits.end();
        Ok(())
    }

    /// Draws what the scans of a progressive picture have brought together.
    pub fn finish(&mut self) -> Result<(), Fault> {
        for (plane, store) in self.planes.iter_mut().zip(std::mem::take(&mut self.stores)) {
            let quantisation = plane.quantisation.ok_or(Fault::Damaged)?;
            let mut pixels = std::mem::take(&mut plane.pixels);
            for block in 0..plane.blocks.0 * plane.blocks.1 {
                let mut frequencies = [0.0; 64];
                let known = store.block(block);
                for (at, value) in known.iter().enumerate() {
                    frequencies[usize::from(NATURAL[at])] = f32::from(*value) * quantisation[at];
                }
                plane.draw(&frequencies, known[1..].iter().all(|value| *value == 0), block, &mut pixels);
            }
            plane.pixels = pixels;
        }
        Ok(())
    }
}

impl Plane {
    /// Most of a sheet is `flat`: paper, without any frequency but the first.
    #[inline]
    fn draw(&self, frequencies: &[f32; 64], flat: bool, block: usize, pixels: &mut [u8]) {
        let (column, row) = (block % self.blocks.0, block / self.blocks.0);
        let out = &mut pixels[row * self.block.1 * self.stride + column * self.block.0..];
        let stride = self.stride;
        if flat {
            let mean = (frequencies[0] / 8.0 + 128.5) as u8;
            out.chunks_mut(stride).take(self.block.1).for_each(|row| row[..self.block.0].fill(mean));
            return;
        }
        match self.block {
            (1, 2) => idct::block::<1, 2>(frequencies, out, stride),
            (1, 4) => idct::block::<1, 4>(frequencies, out, stride),
            (1, 8) => idct::block::<1, 8>(frequencies, out, stride),
            (2, 1) => idct::block::<2, 1>(frequencies, out, stride),
            (2, 2) => idct::block::<2, 2>(frequencies, out, stride),
            (2, 4) => idct::block::<2, 4>(frequencies, out, stride),
            (2, 8) => idct::block::<2, 8>(frequencies, out, stride),
            (4, 1) => idct::block::<4, 1>(frequencies, out, stride),
            (4, 2) => idct::block::<4, 2>(frequencies, out, stride),
            (4, 4) => idct::block::<4, 4>(frequencies, out, stride),
            (4, 8) => idct::block::<4, 8>(frequencies, out, stride),
            (8, 1) => idct::block::<8, 1>(frequencies, out, stride),
            (8, 2) => idct::block::<8, 2>(frequencies, out, stride),
            (8, 4) => idct::block::<8, 4>(frequencies, out, stride),
            _ => idct::block::<8, 8>(frequencies, out, stride),
        }
    }
}

/// Reads a block of which the first `wanted` frequencies matter; says whether it is flat.
#[inline]
fn sequential(
    bits: &mut Bits<'_>,
    (dc, ac): (&Huffman, &Huffman),
    quantisation: &[f32; 64],
    wanted: usize,
    before: &mut i32,
    frequencies: &mut [f32; 64],
) -> Result<bool, Fault> {
    let size = dc.read(bits)?;
    if size > 11 {
        return Err(Fault::Damaged);
    }
    bits.fill();
    *before = before.wrapping_add(bits.signed(u32::from(size)));
    frequencies[0] = *before as f32 * quantisation[0];
    let (mut at, mut flat) = (1, true);
    while at < wanted {
        bits.fill();
        let whole = ac.whole(bits);
        if whole.bits > 0 {
            bits.skip(u32::from(whole.bits));
            if whole.run == Whole::END {
                bits.check()?;
                return Ok(flat);
            }
            at += usize::from(whole.run);
            if at < wanted {
                frequencies[usize::from(NATURAL[at])] = f32::from(whole.value) * quantisation[at];
                flat = false;
            }
            at += 1;
            continue;
        }
        let value = ac.read(bits)?;
        let (run, size) = (usize::from(value >> 4), u32::from(value & 15));
        if size == 0 {
            if run != 15 {
                bits.check()?;
                return Ok(flat);
            }
            at += 16;
            continue;
        }
        at += run;
        bits.fill();
        let value = bits.signed(size);
        if at < wanted {
            frequencies[usize::from(NATURAL[at])] = value as f32 * quantisation[at];
            flat = false;
        }
        at += 1;
    }
    ac.pass(bits, at)?;
    bits.check()?;
    Ok(flat)
}

enum Event {
    /// Block `block` of plane `index`, which is the scan's `part`.
    Block {
        part: usize,
        index: usize,
        block: usize,
    },
    Restart,
}

/// The order of the blocks in a scan (T.81 A.2).
struct Blocks {
    /// Units across and down.
    units: (usize, usize),
    /// In each unit: part, plane, column and row in the unit.
    order: Vec<(usize, usize, usize, usize)>,
    /// For each plane: blocks of a unit across and down, and blocks in a row.
    shape: Vec<(usize, usize, usize)>,
    restart: usize,
}

impl Blocks {
    fn new(frame: &Frame, planes: &[Plane], parts: &[(usize, super::frame::Part)], restart: usize) -> Blocks {
        let single = parts.len() == 1;
        let shape = frame.components.iter().zip(planes).map(|(component, plane)| {
            if single { (1, 1, plane.blocks.0) } else { (component.across, component.down, plane.blocks.0) }
        });
        let shape: Vec<_> = shape.collect();
        let mut order = Vec::new();
        for (part, (index, _)) in parts.iter().enumerate() {
            let (across, down, _) = shape[*index];
            for row in 0..down {
                order.extend((0..across).map(|column| (part, *index, column, row)));
            }
        }
        let (first, (across, down, _)) = (&planes[parts[0].0], shape[parts[0].0]);
        let units = if single { first.covered } else { (first.blocks.0 / across, first.blocks.1 / down) };
        Blocks { units, order, shape, restart }
    }

    #[inline]
    fn each<'a>(
        &self,
        bits: &mut Bits<'a>,
        mut tell: impl FnMut(&mut Bits<'a>, Event) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut until_restart = self.restart;
        for y in 0..self.units.1 {
            for x in 0..self.units.0 {
                if self.restart > 0 {
                    if until_restart == 0 {
                        bits.restart()?;
                        tell(bits, Event::Restart)?;
                        until_restart = self.restart;
                    }
                    until_restart -= 1;
                }
                for (part, index, column, row) in &self.order {
                    let (across, down, in_row) = self.shape[*index];
                    let block = (y * down + row) * in_row + x * across + column;
                    tell(bits, Event::Block { part: *part, index: *index, block })?;
                }
            }
        }
        Ok(())
    }
}
