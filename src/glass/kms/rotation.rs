//! From the shadow buffer to a scan-out buffer, turned on the way.
//!
//! Scan-out memory is often uncached and collects writes into bursts: rows of the target are therefore written in their
//! order, whole cache lines at a time, and never read. What is turned by a quarter is taken in blocks, so that the
//! lines of the shadow stay in the processor's cache meanwhile; for a whole screen that is a sixth of the time.

use super::super::{Rect, Size, Xrgb};
use crate::config::Rotation;
use crate::touch::Matrix;

/// A pixel as it lies in scan-out memory: XRGB8888 in the machine's own byte order.
pub type Raw = [u8; 4];

/// Pixels of a block's side: four cache lines of most machines, and a block that stays in the fastest memory.
const BLOCK: usize = 64;

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
            let ((to, to_rest), (from, from_rest)) =
                (to.as_chunks_mut::<32>(), pixels[from..from + width].as_chunks::<32>());
            to.iter_mut().zip(from).for_each(|(to, from)| *to = from.map(|from| from.0.to_ne_bytes()));
            to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = from.0.to_ne_bytes());
        }
    }
}

/// A row of the target is a column of the picture: from the bottom up for a quarter turn, down for three.
fn across(pixels: &[Xrgb], size: Size, onto: Rect, down: bool, target: &mut [Raw], stride: usize) {
    let side = size.width as usize;
    // What two rows of the picture give to each row of the target: a form in which whole registers are copied.
    let mut pairs = [[[Raw::default(); 2]; BLOCK]; BLOCK / 2];
    for top in (onto.y..onto.y + onto.height).step_by(BLOCK) {
        let high = BLOCK.min((onto.y + onto.height - top) as usize);
        let column = if down { side - top as usize - high } else { top as usize };
        for left in (onto.x..onto.x + onto.width).step_by(BLOCK) {
            let wide = BLOCK.min((onto.x + onto.width - left) as usize);
            let line = |x: usize| {
                let row = if down { left as usize + x } else { size.height as usize - 1 - left as usize - x };
                &pixels[row * side + column..][..high]
            };
            for (at, pairs) in pairs[..wide / 2].iter_mut().enumerate() {
                woven(line(at * 2), line(at * 2 + 1), pairs);
            }
            let to = &mut target[(top - onto.y) as usize * stride + left as usize..];
            for (at, to) in to.chunks_mut(stride).take(high).enumerate() {
                let from = if down { high - 1 - at } else { at };
                let (to, odd) = to[..wide].as_chunks_mut::<2>();
                match <&mut [_; BLOCK / 2]>::try_from(&mut *to) {
                    Ok(whole) => whole.iter_mut().zip(&pairs).for_each(|(to, pair)| *to = pair[from]),
                    Err(_) => to.iter_mut().zip(&pairs).for_each(|(to, pair)| *to = pair[from]),
                }
                odd.iter_mut().for_each(|to| *to = line(wide - 1)[from].0.to_ne_bytes());
            }
        }
    }
}

/// Pixels of two rows in turn.
fn woven(a: &[Xrgb], b: &[Xrgb], to: &mut [[Raw; 2]]) {
    for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
        *to = [a.0.to_ne_bytes(), b.0.to_ne_bytes()];
    }
}
