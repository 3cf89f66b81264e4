//! What stands out from the paper of a page's picture, in blots of touching pixels.
//!
//! Paper is never white all over: it is yellow, it darkens towards the spine, and what stands on its back shines
//! through. So each place is compared with the paper around it, and what is pale must also have an edge to count.
//! Deliberately without letters: `blank` and `upright` make of it what they need. The surprising thing: colours are
//! compared channel by channel, because a red stamp is as light as paper in one of them.

use super::Pixels;

/// A picture is looked at in about so many pixels to the millimetre (200 dpi), or fewer where it has fewer.
const FINENESS: f64 = 8.0;
/// Side of the square in which the paper is taken for even (pixels).
const BLOCK: usize = 32;
/// Levels by which ink is darker than its paper.
const DARK: i16 = 60;
/// What is less dark is ink only with an edge of so many levels within two pixels: what shines through is blurred.
const PALE: i16 = 28;
const EDGE: i16 = 32;
/// Paper is nowhere darker than the most of it by more than this (levels).
const SHADE: i16 = 60;
/// Width of a sheet whose size nobody says (millimetres).
const USUAL: f64 = 210.0;

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

#[derive(Debug)]
pub struct Ink {
    pub width: usize,
    pub height: usize,
    /// Pixels to the millimetre.
    pub fineness: f64,
    pub blots: Vec<Blot>,
}

impl Ink {
    /// `paper` is the width of the sheet in millimetres, where it is known.
    pub fn of(pixels: &Pixels, size: (u32, u32), paper: Option<u32>) -> Ink {
        let millimetres = paper.map_or(USUAL, f64::from).max(1.0);
        let fine = f64::from(size.0) / millimetres;
        let coarse = (fine > FINENESS * 1.3).then(|| {
            let reduce = |length: u32| (f64::from(length) * FINENESS / fine).round().max(1.0) as u32;
            let to = (reduce(size.0), reduce(size.1));
            (pixels.reduced(size, to), to)
        });
        let (pixels, size) = coarse.as_ref().map_or((pixels, size), |(pixels, size)| (pixels, *size));
        let (width, height) = (size.0 as usize, size.1 as usize);
        let blots = blots(&stains(pixels, width, height), width, height);
        Ink { width, height, fineness: width as f64 / millimetres, blots }
    }

    /// Millimetres as pixels.
    pub fn pixels(&self, millimetres: f64) -> f64 {
        millimetres * self.fineness
    }
}

/// Which pixels are ink.
fn stains(pixels: &Pixels, width: usize, height: usize) -> Vec<bool> {
    let channels = pixels.channels();
    let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let mut darker = vec![0_i16; width * height];
    for channel in 0..channels {
        let level = |x: usize, y: usize| pixels.bytes()[(y * width + x) * channels + channel];
        let mut paper = vec![0_i16; columns * rows];
        for row in 0..rows {
            for column in 0..columns {
                let mut counts = [0_usize; 256];
                let across = column * BLOCK..((column + 1) * BLOCK).min(width);
                for y in row * BLOCK..((row + 1) * BLOCK).min(height) {
                    across.clone().for_each(|x| counts[usize::from(level(x, y))] += 1);
                }
                paper[row * columns + column] = at_share(&counts, 0.8);
            }
        }
        let mut sorted = paper.clone();
        sorted.sort_unstable();
        let least = sorted[sorted.len() * 3 / 4] - SHADE;
        for y in 0..height {
            for x in 0..width {
                let ground = paper[y / BLOCK * columns + x / BLOCK].max(least);
                let place = y * width + x;
                darker[place] = darker[place].max(ground - i16::from(level(x, y)));
            }
        }
    }
    let mut stains = vec![false; width * height];
    for y in 0..height {
        for x in 0..width {
            let here = darker[y * width + x];
            stains[y * width + x] = here >= DARK || (here >= PALE && has_edge(&darker, width, height, x, y));
        }
    }
    stains
}

fn has_edge(darker: &[i16], width: usize, height: usize, x: usize, y: usize) -> bool {
    let (mut least, mut most) = (i16::MAX, i16::MIN);
    for row in y.saturating_sub(1)..(y + 2).min(height) {
        for value in &darker[row * width + x.saturating_sub(1)..row * width + (x + 2).min(width)] {
            (least, most) = (least.min(*value), most.max(*value));
        }
    }
    most - least >= EDGE
}

/// The level below which such a share of what was counted lies.
fn at_share(counts: &[usize; 256], share: f64) -> i16 {
    let wanted = (counts.iter().sum::<usize>() as f64 * share) as usize;
    let mut passed = 0;
    let level = counts.iter().position(|count| {
        passed += count;
        passed > wanted
    });
    level.unwrap_or(255) as i16
}

/// Puts touching pixels together, corners included.
fn blots(stains: &[bool], width: usize, height: usize) -> Vec<Blot> {
    let mut left = stains.to_vec();
    let (mut blots, mut open) = (Vec::new(), Vec::new());
    for start in 0..left.len() {
        if !std::mem::take(&mut left[start]) {
            continue;
        }
        let (x, y) = (start % width, start / width);
        let mut blot = Blot { left: x, top: y, right: x, bottom: y, area: 0 };
        open.push((x, y));
        while let Some((x, y)) = open.pop() {
            blot.area += 1;
            blot = Blot {
                left: blot.left.min(x),
                top: blot.top.min(y),
                right: blot.right.max(x),
                bottom: blot.bottom.max(y),
                ..blot
            };
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                for column in x.saturating_sub(1)..(x + 2).min(width) {
                    if std::mem::take(&mut left[row * width + column]) {
                        open.push((column, row));
                    }
                }
            }
        }
        blots.push(blot);
    }
    blots
}
