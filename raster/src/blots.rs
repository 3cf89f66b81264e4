//! What stands out from the paper of a picture, in blots of touching pixels.
//!
//! Paper is never white all over: it is yellow, it darkens towards the spine, and what stands on its back shines
//! through. So each place is compared with the paper around it, and what is pale must also have an edge to count.
//! Deliberately without letters, and without keeping which pixels are ink: a row is forgotten once the next is known.
//! The surprising thing: colours are compared channel by channel, because a red stamp is as light as paper in one of
//! them.

use crate::join::Join;

/// Side of the square in which the paper is taken for even (pixels).
const BLOCK: usize = 32;
/// Such a share of a square's pixels is no lighter than its paper.
const PAPER: f64 = 0.8;
/// Levels by which ink is darker than its paper.
const DARK: u8 = 60;
/// What is less dark is ink only with an edge of so many levels within two pixels: what shines through is blurred.
const PALE: u8 = 28;
const EDGE: u8 = 32;
/// Paper is nowhere darker than the most of it by more than this (levels).
const SHADE: u8 = 60;

/// Touching pixels of ink: the box they fill, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blot {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
    /// Pixels.
    pub area: usize,
}

impl Blot {
    pub fn width(&self) -> usize {
        self.right - self.left + 1
    }

    pub fn height(&self) -> usize {
        self.bottom - self.top + 1
    }

    pub fn longer(&self) -> usize {
        self.width().max(self.height())
    }
}

/// The blots of a picture of `channels` bytes a pixel, in the order of their first pixels; corners touch. Neither side is
/// zero.
pub fn blots(bytes: &[u8], channels: usize, (width, height): (usize, usize)) -> Vec<Blot> {
    debug_assert_eq!(bytes.len(), width * height * channels);
    let mut paper = Paper::new(bytes, channels, (width, height));
    // Above, here and below. Beyond its edges the page goes on as it ends: that is no edge of ink.
    let mut rows = [vec![0; width + 2], vec![0; width + 2], vec![0; width + 2]];
    let (mut ink, mut join) = (vec![0; width], Join::default());
    paper.compare(0, &mut rows[0]);
    paper.compare(0, &mut rows[1]);
    for y in 0..height {
        paper.compare((y + 1).min(height - 1), &mut rows[2]);
        if rows[1].iter().fold(0, |most: u8, value| most.max(*value)) < PALE {
            join.skip();
        } else {
            stain(&rows, &mut ink);
            join.row(y, &ink);
        }
        rows.rotate_left(1);
    }
    join.finish()
}

/// Which pixels of the middle row are ink. Each row tells by how much it is darker than the paper, with one pixel more
/// at either end.
fn stain([above, here, below]: &[Vec<u8>; 3], ink: &mut [u8]) {
    let mut least = vec![0; here.len()];
    let mut most = vec![0; here.len()];
    for (((least, most), a), (b, c)) in least.iter_mut().zip(&mut most).zip(above).zip(here.iter().zip(below)) {
        *least = *a.min(b).min(c);
        *most = *a.max(b).max(c);
    }
    let width = ink.len();
    let low = least[..width].iter().zip(&least[1..=width]).zip(&least[2..]).map(|((a, b), c)| *a.min(b).min(c));
    let high = most[..width].iter().zip(&most[1..=width]).zip(&most[2..]).map(|((a, b), c)| *a.max(b).max(c));
    for (((ink, here), low), high) in ink.iter_mut().zip(&here[1..=width]).zip(low).zip(high) {
        *ink = u8::from(*here >= DARK) | (u8::from(*here >= PALE) & u8::from(high.saturating_sub(low) >= EDGE));
    }
}

/// The paper of a picture, square by square.
struct Paper<'a> {
    bytes: &'a [u8],
    channels: usize,
    width: usize,
    /// Of each channel, row after row of squares.
    squares: Vec<Vec<u8>>,
    /// Of each channel, the paper under each pixel of a row.
    ground: Vec<Vec<u8>>,
}

impl Paper<'_> {
    fn new(bytes: &[u8], channels: usize, (width, height): (usize, usize)) -> Paper<'_> {
        let squares = |channel: usize| {
            let mut squares: Vec<u8> = Vec::with_capacity(width.div_ceil(BLOCK) * height.div_ceil(BLOCK));
            for rows in bytes.chunks(BLOCK * width * channels) {
                for left in (0..width).step_by(BLOCK) {
                    let wide = BLOCK.min(width - left);
                    // What is cut off by the picture's edge counts as lighter than all.
                    let mut square = [255; BLOCK * BLOCK];
                    for (to, row) in square.as_chunks_mut::<BLOCK>().0.iter_mut().zip(rows.chunks(width * channels)) {
                        let row = &row[left * channels..][..wide * channels];
                        if channels == 1 {
                            to[..wide].copy_from_slice(row);
                        } else {
                            to.iter_mut()
                                .zip(row[channel..].iter().step_by(channels))
                                .for_each(|(to, from)| *to = *from);
                        }
                    }
                    let pixels = wide * (rows.len() / width / channels);
                    let near = squares.last().copied().unwrap_or(255);
                    squares.push(at_share(&square, (pixels as f64 * PAPER) as usize, near));
                }
            }
            let mut sorted = squares.clone();
            sorted.sort_unstable();
            let least = sorted[sorted.len() * 3 / 4].saturating_sub(SHADE);
            squares.iter_mut().for_each(|paper| *paper = least.max(*paper));
            squares
        };
        let squares = (0..channels).map(squares).collect();
        Paper { bytes, channels, width, squares, ground: vec![vec![0; width]; channels] }
    }

    /// By how much the pixels of a row are darker than their paper, in the channel in which they are most.
    fn compare(&mut self, y: usize, darker: &mut [u8]) {
        let width = self.width;
        if y.is_multiple_of(BLOCK) {
            for (ground, squares) in self.ground.iter_mut().zip(&self.squares) {
                let squares = &squares[y / BLOCK * width.div_ceil(BLOCK)..];
                ground.chunks_mut(BLOCK).zip(squares).for_each(|(pixels, paper)| pixels.fill(*paper));
            }
        }
        let row = &self.bytes[y * width * self.channels..][..width * self.channels];
        let middle = &mut darker[1..=width];
        match &self.ground[..] {
            [grey] => {
                for ((darker, ground), level) in middle.iter_mut().zip(grey).zip(row) {
                    *darker = ground.saturating_sub(*level);
                }
            }
            grounds => {
                middle.fill(0);
                for (channel, ground) in grounds.iter().enumerate() {
                    let levels = row[channel..].iter().step_by(self.channels);
                    for ((darker, ground), level) in middle.iter_mut().zip(ground).zip(levels) {
                        *darker = ground.saturating_sub(*level).max(*darker);
                    }
                }
            }
        }
        (darker[0], darker[width + 1]) = (darker[1], darker[width]);
    }
}

/// The level up to which more than `wanted` of the pixels go. It is looked for from `near` on: the paper of the square
/// before is nearly the same.
fn at_share(square: &[u8; BLOCK * BLOCK], wanted: usize, near: u8) -> u8 {
    let more = |level: u8| {
        let mut counts = [0_u8; BLOCK];
        // In this shape, and without a check for overflow, compilers make vector instructions of it.
        for row in square.as_chunks::<BLOCK>().0 {
            for (count, pixel) in counts.iter_mut().zip(row) {
                *count = count.wrapping_add(u8::from(*pixel <= level));
            }
        }
        level == 255 || counts.iter().map(|count| usize::from(*count)).sum::<usize>() > wanted
    };
    let down = more(near);
    let (mut low, mut high) = if down { (0, near) } else { (near + 1, 255) };
    let mut step = 1_u8;
    while low < high {
        let middle = low + (high - low) / 2;
        let next = if down { middle.max(high.saturating_sub(step)) } else { middle.min(low.saturating_add(step - 1)) };
        (low, high) = if more(next) { (low, next) } else { (next + 1, high) };
        step = step.saturating_mul(2);
    }
    low
}
