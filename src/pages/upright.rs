//! How a page must be turned so that its lines can be read, from what stands on it.
//!
//! Which way the lines run is told by neighbours: letters stand nearer to each other than lines. Which end is up is
//! told by two witnesses who must agree: letters side by side, of which in Latin script far more reach above the rest
//! (b d f h k l t, capitals) than below it (g j p q y), and dots and accents, which stand above their letters.
//! Deliberately undecided in doubt: a page that lies on its side is a nuisance, one that was turned wrongly is a fault.
//! The surprising thing: in Cyrillic script more reaches below than above, so that the first witness alone would turn
//! it upside down.

use super::Turned;
use super::ink::{Blot, Ink};

/// Pixels to the millimetre with which nothing is lost.
pub const FINE: f64 = 8.0;
/// Longer side of a letter (millimetres, and pixels where there are few).
const LETTER: (f64, f64) = (1.0, 9.0);
const LETTER_PIXELS: usize = 5;
/// With fewer letters, or fewer of them that tell, nothing is decided.
const LEAST_LETTERS: usize = 60;
const LEAST_VOTES: usize = 40;
/// Share of the neighbours that stand in the same line (percent).
const LINES_AGREE: usize = 75;
/// So many dots and accents at least, and such a share of them on one side of their letters (percent).
const LEAST_ACCENTS: usize = 12;
const ACCENTS_AGREE: usize = 75;
/// Share of the telling neighbours that agree which end is up (percent), and how far that is from chance (standard
/// deviations of a coin).
const ENDS_AGREE: usize = 70;
const BEYOND_CHANCE: f64 = 5.0;
/// About so many letters are asked before it is seen whether they agree.
const ASKED: usize = 256;

/// Upright is `quarters` 0; `None`: nobody can tell.
pub fn turned(ink: &Ink) -> Option<Turned> {
    let (letters, accents) = letters(ink);
    if letters.len() < LEAST_LETTERS {
        return None;
    }
    let squares = Squares::new(&letters);
    let mut votes = Votes::default();
    // Far apart, so that the first of them stand for the whole page.
    let stride = letters.len().div_ceil(ASKED);
    for start in 0..stride {
        letters[start..].iter().step_by(stride).for_each(|letter| votes.ask(letter, &squares));
        // Nothing is done with a page that is upright, so that the second witness need not be heard.
        if let Some(sure) = votes.agree(0) {
            return Some(Turned { quarters: 0, sure });
        }
    }
    let (quarters, sure) = (1..4).find_map(|quarters| Some((quarters, votes.agree(quarters)?)))?;
    let (over, under) = match quarters {
        2 => accented(&squares, &accents),
        _ => accented(&Squares::new(&laid(&letters, ink)), &laid(&accents, ink)),
    };
    let agreed = if quarters < 2 { over } else { under };
    let enough = over + under >= LEAST_ACCENTS && agreed * 100 >= (over + under) * ACCENTS_AGREE;
    enough.then_some(Turned { quarters, sure })
}

/// Lines that run down the page laid across by a quarter turn clockwise.
fn laid(blots: &[Blot], ink: &Ink) -> Vec<Blot> {
    let turn = |blot: &Blot| Blot {
        left: ink.height - 1 - blot.bottom,
        right: ink.height - 1 - blot.top,
        top: blot.left,
        bottom: blot.right,
        area: blot.area,
    };
    blots.iter().map(turn).collect()
}

/// What letters and their neighbours say.
#[derive(Default)]
struct Votes {
    /// Letters with a neighbour, and those of them that have it at their side.
    pairs: usize,
    across: usize,
    /// How many of those at each other's side, and of those above each other, reach above their neighbour and below it
    /// when their line is laid across.
    ends: [[usize; 2]; 2],
}

impl Votes {
    fn ask(&mut self, letter: &Blot, squares: &Squares) {
        let near = |other: &Blot| beside(letter, other) + above(letter, other) <= 2 * letter.longer();
        let Some(other) = squares.nearest(letter).filter(near) else { return };
        let lying = beside(letter, &other) <= above(letter, &other);
        self.pairs += 1;
        self.across += usize::from(!lying);
        if let Some(down) = reaches_down(letter, &other, lying) {
            self.ends[usize::from(lying)][usize::from(down)] += 1;
        }
    }

    /// How sure it is (percent) that the page must be given so many quarter turns.
    fn agree(&self, quarters: u8) -> Option<u8> {
        let (lying, down) = (quarters % 2, quarters / 2);
        let across = self.across * 100 / self.pairs.max(1);
        let lines = if lying == 0 { across } else { 100 - across };
        let ends = self.ends[usize::from(lying)];
        let (all, most) = (ends[0] + ends[1], ends[usize::from(down)]);
        let beyond = (2.0 * most as f64 - all as f64) / (all as f64).sqrt();
        let enough = lines >= LINES_AGREE && all >= LEAST_VOTES && most * 100 >= all * ENDS_AGREE;
        (enough && beyond >= BEYOND_CHANCE).then(|| lines.min(most * 100 / all) as u8)
    }
}

/// Whether one of two letters reaches below the other, or above it; in lines that run down the page, as they are after a
/// quarter turn clockwise.
fn reaches_down(one: &Blot, other: &Blot, lying: bool) -> Option<bool> {
    let (heights, side, off, tops, bottoms) = if lying {
        let ends = (one.left.abs_diff(other.left), one.right.abs_diff(other.right));
        ((one.width(), other.width()), above(one, other), beside(one, other), ends.0, ends.1)
    } else {
        let ends = (one.top.abs_diff(other.top), one.bottom.abs_diff(other.bottom));
        ((one.height(), other.height()), beside(one, other), above(one, other), ends.0, ends.1)
    };
    let (tall, low) = (heights.0.max(heights.1), heights.0.min(heights.1));
    if side == 0 || side * 10 > tall * 8 || off > 0 || tall > low * 2 {
        return None;
    }
    let (level, apart) = (|by: usize| by * 100 <= tall * 12, |by: usize| by * 100 >= tall * 18);
    match (level(bottoms) && apart(tops), level(tops) && apart(bottoms)) {
        (true, _) => Some(false),
        (_, true) => Some(true),
        _ => None,
    }
}

/// Whether a finer picture could tell more: dots are lost before letters are.
pub fn wants_finer(ink: &Ink) -> bool {
    ink.fineness < FINE && letters(ink).0.len() >= LEAST_LETTERS
}

/// Blots of the size of letters, and those of the size of dots and accents.
fn letters(ink: &Ink) -> (Vec<Blot>, Vec<Blot>) {
    let least = LETTER_PIXELS.max(ink.pixels(LETTER.0) as usize);
    let most = ink.pixels(LETTER.1) as usize;
    let sized = |blot: &&Blot| (least..=most).contains(&blot.longer()) && blot.area >= 2 * blot.longer();
    let mut letters: Vec<Blot> = ink.blots.iter().filter(sized).copied().collect();
    let mut sizes: Vec<usize> = letters.iter().map(Blot::longer).collect();
    sizes.sort_unstable();
    let usual = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    letters.retain(|blot| blot.longer() * 10 >= usual * 6);
    let small = |blot: &&Blot| blot.longer() * 10 < usual * 6 && blot.area > 1;
    (letters, ink.blots.iter().filter(small).copied().collect())
}

fn beside(one: &Blot, other: &Blot) -> usize {
    gap(one.left, one.right, other.left, other.right)
}

fn above(one: &Blot, other: &Blot) -> usize {
    gap(one.top, one.bottom, other.top, other.bottom)
}

fn gap(low: usize, high: usize, other_low: usize, other_high: usize) -> usize {
    other_low.saturating_sub(high).max(low.saturating_sub(other_high))
}

/// Letters by the square of the page in which they begin.
struct Squares {
    reach: usize,
    /// Squares in a column.
    high: usize,
    /// Where the letters of each square begin, column by column.
    starts: Vec<usize>,
    letters: Vec<Blot>,
}

impl Squares {
    fn new(letters: &[Blot]) -> Squares {
        let reach = letters.iter().map(Blot::longer).max().unwrap_or(1) * 2;
        let most = |side: fn(&Blot) -> usize| letters.iter().map(side).max().unwrap_or(0) / reach + 1;
        let (wide, high) = (most(|letter| letter.left), most(|letter| letter.top));
        let square = |letter: &Blot| letter.left / reach * high + letter.top / reach;
        let mut sorted = letters.to_vec();
        sorted.sort_by_key(square);
        let starts = (0..=wide * high).map(|number| sorted.partition_point(|letter| square(letter) < number)).collect();
        Squares { reach, high, starts, letters: sorted }
    }

    /// The letter nearest to a blot.
    fn nearest(&self, to: &Blot) -> Option<Blot> {
        let (x, y) = (to.left / self.reach, to.top / self.reach);
        let (first, last) = (y.saturating_sub(1).min(self.high - 1), (y + 1).min(self.high - 1));
        let columns = (x.saturating_sub(1)..=x + 1).filter_map(|column| {
            let (from, to) = (column * self.high + first, column * self.high + last + 1);
            self.letters.get(*self.starts.get(from)?..*self.starts.get(to)?)
        });
        let others = columns.flatten().filter(|other| *other != to);
        others.copied().min_by_key(|other| beside(to, other) + above(to, other))
    }
}

/// How many dots and accents stand over their letter, and how many under it.
fn accented(squares: &Squares, accents: &[Blot]) -> (usize, usize) {
    let (mut over, mut under) = (0, 0);
    for accent in accents {
        let Some(letter) = squares.nearest(accent) else { continue };
        let middle = accent.left.midpoint(accent.right);
        let close = (letter.left..=letter.right).contains(&middle) && above(&letter, accent) * 2 <= letter.height();
        over += usize::from(close && accent.bottom < letter.top);
        under += usize::from(close && accent.top > letter.bottom);
    }
    (over, under)
}
