//! Touching pixels of ink put together to blots, row by row.
//!
//! A row is taken as its runs of ink, and each run joins those above it that it touches. The surprising thing: two blots
//! that meet further down are one from then on, and their boxes are only put together at the end.

use crate::blots::Blot;

/// Blots as far as the rows have come.
#[derive(Default)]
pub struct Join {
    above: Vec<Run>,
    here: Vec<Run>,
    parts: Vec<Part>,
}

/// Pixels beside each other, both ends included, and the part they belong to.
#[derive(Clone, Copy)]
struct Run {
    left: usize,
    right: usize,
    part: usize,
}

/// A blot, or a part of the blot that `root` is a part of. A root is its own.
struct Part {
    root: usize,
    blot: Blot,
}

impl Join {
    /// The next row is without ink.
    pub fn skip(&mut self) {
        self.here.clear();
    }

    /// The row `y`: 1 where there is ink, else 0.
    pub fn row(&mut self, y: usize, ink: &[u8]) {
        std::mem::swap(&mut self.above, &mut self.here);
        self.here.clear();
        let (mut end, mut first) = (0, 0);
        while let Some(left) = find(ink, end, 0) {
            end = find(ink, left, ALL).unwrap_or(ink.len());
            let right = end - 1;
            while self.above.get(first).is_some_and(|run| run.right + 1 < left) {
                first += 1;
            }
            let mut part = None;
            for above in first..self.above.len() {
                let run = self.above[above];
                if run.left > end {
                    break;
                }
                let root = self.root(run.part);
                part = Some(part.map_or(root, |part| self.unite(part, root)));
            }
            let part = part.unwrap_or_else(|| {
                let root = self.parts.len();
                self.parts.push(Part { root, blot: Blot { left, top: y, right, bottom: y, area: 0 } });
                root
            });
            let blot = &mut self.parts[part].blot;
            (blot.left, blot.right, blot.bottom) = (blot.left.min(left), blot.right.max(right), y);
            blot.area += end - left;
            self.here.push(Run { left, right, part });
        }
    }

    /// The root of a part; the way there is shorter the next time.
    fn root(&mut self, mut part: usize) -> usize {
        while self.parts[part].root != part {
            let above = self.parts[self.parts[part].root].root;
            self.parts[part].root = above;
            part = above;
        }
        part
    }

    /// Of two roots the one that began first, which the other is a part of from now on.
    fn unite(&mut self, one: usize, other: usize) -> usize {
        let (first, second) = (one.min(other), one.max(other));
        self.parts[second].root = first;
        first
    }

    /// The blots in the order of their first pixels.
    pub fn finish(mut self) -> Vec<Blot> {
        // A root is never behind its parts.
        for part in (0..self.parts.len()).rev() {
            let Part { root, blot } = self.parts[part];
            if root != part {
                let whole = &mut self.parts[root].blot;
                whole.left = whole.left.min(blot.left);
                whole.right = whole.right.max(blot.right);
                whole.bottom = whole.bottom.max(blot.bottom);
                whole.top = whole.top.min(blot.top);
                whole.area += blot.area;
            }
        }
        self.parts.iter().enumerate().filter(|(index, part)| *index == part.root).map(|(_, part)| part.blot).collect()
    }
}

/// Eight pixels of ink.
const ALL: u64 = 0x0101_0101_0101_0101;

/// The first pixel from `at` on that is not as those of `skipped`.
fn find(ink: &[u8], mut at: usize, skipped: u64) -> Option<usize> {
    while let Some(eight) = ink.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let other = u64::from_le_bytes(*eight) ^ skipped;
        if other != 0 {
            return Some(at + other.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    ink.get(at..)?.iter().position(|pixel| u64::from(*pixel) != skipped & 1).map(|further| at + further)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blots(rows: &[&str]) -> Vec<Blot> {
        let mut join = Join::default();
        for (y, row) in rows.iter().enumerate() {
            let ink: Vec<u8> = row.bytes().map(|letter| u8::from(letter == b'#')).collect();
            if ink.contains(&1) { join.row(y, &ink) } else { join.skip() }
        }
        join.finish()
    }

    #[test]
    fn what_touches_is_one_blot_and_nothing_else_is() {
        let found = blots(&[
            "#.......#..#",
            "#..#....#...",
            "##..#..#...#",
            ".....##.....",
            "............",
            "#.#.#.#....#",
            ".#.#.#.#####",
        ]);
        let blot = |left, top, right, bottom, area| Blot { left, top, right, bottom, area };
        assert_eq!(
            found,
            [
                blot(0, 0, 1, 2, 4),
                blot(3, 0, 8, 3, 7),
                blot(11, 0, 11, 0, 1),
                blot(11, 2, 11, 2, 1),
                blot(0, 5, 11, 6, 13)
            ]
        );
    }
}
