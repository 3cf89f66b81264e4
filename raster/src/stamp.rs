//! Letters put onto a sheet in one colour.
//!
//! Deliberately without what lies under or over them: whoever calls knows that nothing does. The surprising thing: a
//! letter's coverage is kept four times, once for each byte of a pixel, because a row is then blended byte by byte,
//! which compilers make vector instructions of.

/// Bytes that are blended together: four pixels.
const STEP: usize = 16;

/// How much of each pixel something covers; rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes of a row, a whole number of steps.
    stride: usize,
    bytes: Vec<u8>,
}

impl Stamp {
    /// `coverage` has `width` bytes a row, none of them zero in number.
    pub fn new(coverage: &[u8], width: usize) -> Stamp {
        let stride = (width * 4).next_multiple_of(STEP);
        let mut bytes = vec![0; stride * (coverage.len() / width)];
        for (to, from) in bytes.chunks_exact_mut(stride).zip(coverage.chunks_exact(width)) {
            to.as_chunks_mut::<4>().0.iter_mut().zip(from).for_each(|(to, from)| *to = [*from; 4]);
        }
        Stamp { stride, bytes }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.stride / 4, self.bytes.len() / self.stride)
    }

    /// The stamp as a picture of its own, RGBA premultiplied.
    pub fn coloured(&self, [r, g, b, a]: [u8; 4]) -> Vec<u8> {
        let full = [r, g, b, 255].map(|level| blended(0, level, a));
        let pixel = |covered: &[u8; 4]| full.map(|level| blended(0, level, covered[0]));
        self.bytes.as_chunks::<4>().0.iter().flat_map(pixel).collect()
    }

    /// Colours the opaque RGBA sheet, `width` pixels wide, where the stamp's corner is at `place`. What lies beside the
    /// sheet is left out.
    pub fn put(&self, sheet: &mut [u8], width: usize, (left, top): (i32, i32), [r, g, b]: [u8; 3]) {
        let colour: [u8; STEP] = std::array::from_fn(|at| [r, g, b, 255][at % 4]);
        let skipped = (top.min(0).unsigned_abs() as usize).min(self.bytes.len() / self.stride);
        let rows = sheet.chunks_exact_mut(width * 4).skip(top.max(0) as usize);
        for (row, covered) in rows.zip(self.bytes[skipped * self.stride..].chunks_exact(self.stride)) {
            let start = left.max(0) as usize * 4;
            let covered = covered.get(left.min(0).unsigned_abs() as usize * 4..).unwrap_or_default();
            let Some(row) = row.get_mut(start..) else { return };
            let length = row.len().min(covered.len());
            let (row, rest) = row[..length].as_chunks_mut::<STEP>();
            let (covered, covered_rest) = covered[..length].as_chunks::<STEP>();
            for (pixels, covered) in row.iter_mut().zip(covered) {
                *pixels = std::array::from_fn(|at| blended(pixels[at], colour[at], covered[at]));
            }
            for ((pixel, covered), at) in rest.iter_mut().zip(covered_rest).zip(0..) {
                *pixel = blended(*pixel, colour[at % 4], *covered);
            }
        }
    }
}

/// So much of the second, in 255ths.
#[inline(always)]
fn blended(first: u8, second: u8, share: u8) -> u8 {
    let sum = u16::from(first) * (255 - u16::from(share)) + u16::from(second) * u16::from(share) + 128;
    ((sum + (sum >> 8)) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_colours_what_it_covers_and_nothing_beside_the_sheet() {
        let (width, height) = (9, 5);
        let coverage: Vec<u8> = (0..6 * 4).map(|at| (at * 11) as u8).collect();
        let stamp = Stamp::new(&coverage, 6);
        for left in -12..12 {
            for top in -8..8 {
                let mut sheet = vec![255; width * height * 4];
                stamp.put(&mut sheet, width, (left, top), [0, 100, 255]);
                for (at, pixel) in sheet.as_chunks::<4>().0.iter().enumerate() {
                    let (x, y) = ((at % width) as i32 - left, (at / width) as i32 - top);
                    let inside = (0..6).contains(&x) && (0..4).contains(&y);
                    let share = if inside { u32::from(coverage[(y * 6 + x) as usize]) } else { 0 };
                    let mixed = |level: u32| ((255 * (255 - share) + level * share + 127) / 255) as u8;
                    assert_eq!(*pixel, [mixed(0), mixed(100), 255, 255], "{left} {top} {at}");
                }
            }
        }
    }
}
