//! A rectangle of a page at a scale: what a lens is asked for.
//!
//! It says nothing of the picture that lies under it. Lengths are pixels at the scale of the part, from the upper left
//! corner of the page's upright picture.

use super::LensError;

/// A side of a part is at most so many pixels.
pub const MAX_PART: u32 = 1024;
/// A page is drawn at most so wide: 200 dpi of the long side of A0, and half as much again.
pub const MAX_ACROSS: u32 = 16_384;
/// Below the last pixel of the longest page at the largest scale.
const MAX_DOWN: u32 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub page: u32,
    /// Quarters to the right by which the page's picture was turned when it was drawn (`Sheet::quarters`).
    pub turned: u8,
    /// Width of the whole page.
    pub across: u32,
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Part {
    pub(super) const BYTES: usize = 28;

    /// Whether it can be asked for: on the page as far as that is known, and not too large.
    pub(super) fn check(&self) -> Result<(), LensError> {
        let inside = |start: u32, length: u32, end: u32| {
            (1..=MAX_PART).contains(&length) && start.checked_add(length).is_some_and(|last| last <= end)
        };
        let sound = self.page > 0
            && self.turned < 4
            && (16..=MAX_ACROSS).contains(&self.across)
            && inside(self.left, self.width, self.across)
            && inside(self.top, self.height, MAX_DOWN);
        if sound { Ok(()) } else { Err(LensError::Part(*self)) }
    }

    pub(super) fn contains(&self, other: &Part) -> bool {
        (self.page, self.turned, self.across) == (other.page, other.turned, other.across)
            && self.left <= other.left
            && self.top <= other.top
            && other.left + other.width <= self.left + self.width
            && other.top + other.height <= self.top + self.height
    }

    pub(super) fn to_bytes(self) -> [u8; Part::BYTES] {
        let mut bytes = [0; Part::BYTES];
        let numbers = [self.page, self.turned.into(), self.across, self.left, self.top, self.width, self.height];
        for (place, number) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        bytes
    }

    /// The child checks too: whatever comes out is a part that may be drawn.
    pub(super) fn from_bytes(bytes: &[u8; Part::BYTES]) -> Option<Part> {
        let mut numbers = bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        let mut next = || numbers.next();
        let part = Part {
            page: next()?,
            turned: u8::try_from(next()?).ok()?,
            across: next()?,
            left: next()?,
            top: next()?,
            width: next()?,
            height: next()?,
        };
        part.check().is_ok().then_some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_survives_the_pipe_and_a_senseless_one_does_not() {
        let part = Part { page: 3, turned: 1, across: 3240, left: 2728, top: 512, width: 512, height: 400 };
        assert_eq!(Part::from_bytes(&part.to_bytes()), Some(part));
        let forged = [
            Part { page: 0, ..part },
            Part { turned: 4, ..part },
            Part { across: MAX_ACROSS + 1, ..part },
            Part { left: 2729, ..part },
            Part { left: u32::MAX, ..part },
            Part { width: 0, ..part },
            Part { height: MAX_PART + 1, ..part },
            Part { top: MAX_DOWN, ..part },
        ];
        for part in forged {
            assert!(part.check().is_err() && Part::from_bytes(&part.to_bytes()).is_none(), "{part:?}");
        }
    }
}
