//! From the shadow buffer to a scan-out buffer, turned on the way.
//!
//! Scan-out memory is often uncached and collects writes into bursts: rows of the target are therefore written in their
//! order, whole cache lines at a time, and never read. What is turned by a quarter is taken in blocks, so that the
//! lines of the shadow stay in the processor's cache meanwhile; for a whole screen that is a third of the time.

use super::super::{Rect, Size, Xrgb};
use crate::config::Rotation;
use crate::touch::Matrix;

/// A pixel as it lies in scan-out memory: XRGB8888 in the machine's own byte order.
pub type Raw = [u8; 4];

/// Pixels of a block's side: a cache line of most machines.
const BLOCK: usize = 16;

/// The size of the upright picture on a display, or of the display for a picture.
pub fn turned(size: Size, rotation: Rotation) -> Size {
    match rotation {
        Rotation::Upright | Rotation::Half => size,
        Rotation::Quarter | Rotation::ThreeQuarters => Size { width: size.height, height: size.width },
    }
}

/// Where on the display a rectangle of the upright picture of `size` is.
pub fn place(rect: Rect, size: Size, rotation: Rotation) -> Rect {
    let Rect { x, y, width, height } = rect;
    let (right, below) = (size.width - x - width, size.height - y - height);
    match rotation {
        Rotation::Upright => rect,
        Rotation::Quarter => Rect { x: below, y: x, width: height, height: width },
        Rotation::Half => Rect { x: right, y: below, width, height },
        Rotation::ThreeQuarters => Rect { x: y, y: right, width: height, height: width },
    }
}

/// Takes a place of the display, as parts of its sides, to the upright picture: what turns the touch.
pub fn matrix(rotation: Rotation) -> Matrix {
    match rotation {
        Rotation::Upright => Matrix::SAME,
        Rotation::Quarter => Matrix([0.0, 1.0, 0.0, -1.0, 0.0, 1.0]),
        Rotation::Half => Matrix([-1.0, 0.0, 1.0, 0.0, -1.0, 1.0]),
        Rotation::ThreeQuarters => Matrix([0.0, -1.0, 1.0, 1.0, 0.0, 0.0]),
    }
}

/// Copies rectangles of the upright picture (`pixels` of `size`) to where they are on the display, whose rows are
/// `stride` pixels apart. `target` holds all of its rows.
pub fn copy(pixels: &[Xrgb], size: Size, rects: &[Rect], rotation: Rotation, target: &mut [Raw], stride: usize) {
    for rect in rects {
        let onto = place(*rect, size, rotation);
        copy_strip(pixels, size, onto, rotation, &mut target[onto.y as usize * stride..], stride);
    }
}

/// Fills in a rectangle of the display; `target` begins with its first row.
pub(super) fn copy_strip(
    pixels: &[Xrgb],
    size: Size,
    onto: Rect,
    rotation: Rotation,
    target: &mut [Raw],
    stride: usize,
) {
    match rotation {
        Rotation::Upright => along(pixels, size, onto, false, target, stride),
        Rotation::Half => along(pixels, size, onto, true, target, stride),
        Rotation::Quarter => across(pixels, size, onto, false, target, stride),
        Rotation::ThreeQuarters => across(pixels, size, onto, true, target, stride),
    }
}

fn along(pixels: &[Xrgb], size: Size, onto: Rect, half: bool, target: &mut [Raw], stride: usize) {
    let (width, all) = (onto.width as usize, pixels.len());
    for row in onto.y..onto.y + onto.height {
        let to = (row - onto.y) as usize * stride + onto.x as usize;
        let to = &mut target[to..to + width];
        let from = row as usize * size.width as usize + onto.x as usize;
        if half {
            let from = &pixels[all - from - width..all - from];
            to.iter_mut().zip(from.iter().rev()).for_each(|(to, from)| *to = from.0.to_ne_bytes());
        } else {
            to.iter_mut().zip(&pixels[from..from + width]).for_each(|(to, from)| *to = from.0.to_ne_bytes());
        }
    }
}

/// A row of the target is a column of the picture: from the bottom up for a quarter turn, down for three.
fn across(pixels: &[Xrgb], size: Size, onto: Rect, down: bool, target: &mut [Raw], stride: usize) {
    let side = size.width as usize;
    for top in (onto.y..onto.y + onto.height).step_by(BLOCK) {
        let high = BLOCK.min((onto.y + onto.height - top) as usize);
        for left in (onto.x..onto.x + onto.width).step_by(BLOCK) {
            let wide = BLOCK.min((onto.x + onto.width - left) as usize);
            // The part of the picture that goes there: `high` columns of `wide` rows.
            let (column, row) = match down {
                true => (side - top as usize - high, left as usize),
                false => (top as usize, size.height as usize - left as usize - wide),
            };
            let mut block = [[0; BLOCK]; BLOCK];
            for (at, line) in block[..wide].iter_mut().enumerate() {
                let from = &pixels[(row + at) * side + column..][..high];
                line.iter_mut().zip(from).for_each(|(to, from)| *to = from.0);
            }
            let to = &mut target[(top - onto.y) as usize * stride + left as usize..];
            for (at, to) in to.chunks_mut(stride).take(high).enumerate() {
                let from = if down { high - 1 - at } else { at };
                match (to.first_chunk_mut::<BLOCK>().filter(|_| wide == BLOCK), down) {
                    (Some(to), true) => (0..BLOCK).for_each(|x| to[x] = block[x][from].to_ne_bytes()),
                    (Some(to), false) => (0..BLOCK).for_each(|x| to[x] = block[BLOCK - 1 - x][from].to_ne_bytes()),
                    (None, true) => (0..wide).for_each(|x| to[x] = block[x][from].to_ne_bytes()),
                    (None, false) => (0..wide).for_each(|x| to[x] = block[wide - 1 - x][from].to_ne_bytes()),
                }
            }
        }
    }
}
