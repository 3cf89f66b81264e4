//! Whether the picture in scan-out memory is the one that should be there: compared, strip by strip, while nothing moves.
//!
//! Comparing all pixels says more than a digest of them and costs no more. The surprising thing is what is dear: reading
//! scan-out memory, which on many boards is not cached. So a strip takes a few milliseconds, the strips come one after
//! the other between two frames, and a whole picture is compared only once a minute.

use std::time::Duration;

use super::super::{Rect, Size, Xrgb};
use super::rotation::{Raw, copy_strip, turned};
use crate::config::Rotation;

/// A picture that was compared is compared again after so long.
pub const AGAIN: Duration = Duration::from_secs(60);
/// Rows of a strip.
const ROWS: u32 = 32;
/// From one strip to the next.
const PAUSE: Duration = Duration::from_millis(20);

/// How far a comparison has come.
#[derive(Debug, Default)]
pub struct Proof {
    /// Of the display.
    row: u32,
    due: Duration,
    verdict: Option<bool>,
    strip: Vec<Raw>,
}

impl Proof {
    /// Another picture is there, and the old verdict is worth nothing where `doubt`: a display that was lit anew.
    pub fn begin(&mut self, doubt: bool, at: Duration) {
        if doubt {
            (self.verdict, self.due) = (None, at);
        }
        self.row = 0;
    }

    /// Of the last whole comparison.
    pub fn verdict(&self) -> Option<bool> {
        self.verdict
    }

    pub fn due(&self) -> Duration {
        self.due
    }

    /// Compares the next strip of the display (`shown`, rows `stride` pixels apart) with the upright picture. Returns
    /// the verdict where it was the last one.
    pub fn step(
        &mut self,
        (pixels, size): (&[Xrgb], Size),
        rotation: Rotation,
        (shown, stride): (&[Raw], usize),
        at: Duration,
    ) -> Option<bool> {
        if at < self.due {
            return None;
        }
        let display = turned(size, rotation);
        let height = ROWS.min(display.height - self.row);
        let onto = Rect { x: 0, y: self.row, width: display.width, height };
        self.strip.resize(stride * ROWS as usize, Raw::default());
        copy_strip(pixels, size, onto, rotation, &mut self.strip, stride);
        // The fourth byte of a pixel belongs to nobody.
        let light = |pixel: &Raw| u32::from_ne_bytes(*pixel) & 0x00ff_ffff;
        let (first, width) = (self.row as usize, display.width as usize);
        let rows = shown.chunks(stride).skip(first).zip(self.strip.chunks(stride)).take(height as usize);
        let same = rows
            .into_iter()
            .all(|(is, should)| is.iter().zip(should).take(width).all(|(is, should)| light(is) == light(should)));
        self.row += height;
        self.due = at + PAUSE;
        if same && self.row < display.height {
            return None;
        }
        (self.row, self.due, self.verdict) = (0, at + AGAIN, Some(same));
        self.verdict
    }
}
