//! How a page must be turned so that its lines can be read, from what stands on it.
//!
//! Which way the lines run is told by neighbours: letters stand nearer to each other than lines. Which end is up is
//! told by two witnesses who must agree: letters side by side, of which in Latin script far more reach above the rest
//! (b d f h k l t, capitals) than below it (g j p q y), and dots and accents, which stand above their letters.
//! Deliberately undecided in doubt: a page that lies on its side is a nuisance, one that was turned wrongly is a fault.
//! The surprising thing: in Cyrillic script more reaches below than above, so that the first witness alone would turn
//! it upside down.

use std::collections::HashMap;

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

/// Upright is `quarters` 0; `None`: nobody can tell.
pub fn turned(ink: &Ink) -> Option<Turned> {
    let (letters, accents) = letters(ink);
    if letters.len() < LEAST_LETTERS {
        return None;
    }
    let pairs = neighbours(&letters);
    let across = pairs.iter().filter(|(one, other)| beside(one, other) > above(one, other)).count();
    let across = across * 100 / pairs.len().max(1);
    // Lines that run down the page are laid across by a quarter turn clockwise.
    let lay = |blots: Vec<Blot>| -> Vec<Blot> {
        let turn = |blot: &Blot| Blot {
            left: ink.height - 1 - blot.bottom,
            right: ink.height - 1 - blot.top,
            top: blot.left,
            bottom: blot.right,
            area: blot.area,
        };
        blots.iter().map(turn).collect()
    };
    let (letters, accents, lying, lines) = if across >= LINES_AGREE {
        (letters, accents, false, across)
    } else if across <= 100 - LINES_AGREE {
        (lay(letters), lay(accents), true, 100 - across)
    } else {
        return None;
    };
    let (up, down) = votes(&letters);
    let (all, most) = (up + down, up.max(down));
    let beyond = (2 * most - all) as f64 / (all as f64).sqrt();
    if all < LEAST_VOTES || most * 100 < all * ENDS_AGREE || beyond < BEYOND_CHANCE {
        return None;
    }
    let (over, under) = accented(&letters, &accents);
    let agreed = if up > down { over } else { under };
    if over + under < LEAST_ACCENTS || agreed * 100 < (over + under) * ACCENTS_AGREE {
        return None;
    }
    let quarters = match (lying, up > down) {
        (false, true) => 0,
        (true, true) => 1,
        (false, false) => 2,
        (true, false) => 3,
    };
    Some(Turned { quarters, sure: lines.min(most * 100 / all) as u8 })
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
    squares: HashMap<(usize, usize), Vec<Blot>>,
}

impl Squares {
    fn new(letters: &[Blot]) -> Squares {
        let reach = letters.iter().map(Blot::longer).max().unwrap_or(1) * 2;
        let mut squares: HashMap<(usize, usize), Vec<Blot>> = HashMap::new();
        for letter in letters {
            squares.entry((letter.left / reach, letter.top / reach)).or_default().push(*letter);
        }
        Squares { reach, squares }
    }

    /// The letter nearest to a blot.
    fn nearest(&self, to: &Blot) -> Option<Blot> {
        let (x, y) = (to.left / self.reach, to.top / self.reach);
        let around =
            (x.saturating_sub(1)..=x + 1).flat_map(move |x| (y.saturating_sub(1)..=y + 1).map(move |y| (x, y)));
        let others = around.filter_map(|square| self.squares.get(&square)).flatten().filter(|other| *other != to);
        others.copied().min_by_key(|other| beside(to, other) + above(to, other))
    }
}

/// Each letter with the one nearest to it.
fn neighbours(letters: &[Blot]) -> Vec<(Blot, Blot)> {
    let squares = Squares::new(letters);
    let near = |letter: &Blot| {
        squares.nearest(letter).filter(|other| beside(letter, other) + above(letter, other) <= 2 * letter.longer())
    };
    letters.iter().filter_map(|letter| Some((*letter, near(letter)?))).collect()
}

/// How many dots and accents stand over their letter, and how many under it.
fn accented(letters: &[Blot], accents: &[Blot]) -> (usize, usize) {
    let squares = Squares::new(letters);
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

/// How many letters reach above their neighbour in the line, and how many below.
fn votes(letters: &[Blot]) -> (usize, usize) {
    let (mut up, mut down) = (0, 0);
    for (one, other) in neighbours(letters) {
        let tall = one.height().max(other.height());
        let side = beside(&one, &other);
        if side == 0 || side * 10 > tall * 8 || above(&one, &other) > 0 || tall > one.height().min(other.height()) * 2 {
            continue;
        }
        let (tops, bottoms) = (one.top.abs_diff(other.top), one.bottom.abs_diff(other.bottom));
        let (level, apart) = (|by: usize| by * 100 <= tall * 12, |by: usize| by * 100 >= tall * 18);
        up += usize::from(level(bottoms) && apart(tops));
        down += usize::from(level(tops) && apart(bottoms));
    }
    (up, down)
}
