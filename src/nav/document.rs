//! The attachment being read, and the reader's place in it.

use crate::view::Posting;

use super::canvas::{Canvas, Frame, Layout};

#[derive(Debug, Clone, Default)]
pub struct Reading {
    attachment: usize,
    pub(super) canvas: Canvas,
    /// What was typed of a page's number.
    typed: u32,
}

impl Reading {
    /// From the top of page one, at normal size. `None`: there is no such attachment.
    pub(super) fn begin(posting: &Posting, attachment: usize, frame: Frame) -> Option<Reading> {
        let (layout, followed) = lay(posting, attachment)?;
        Some(Reading { attachment, canvas: Canvas::new(frame, layout, followed), typed: 0 })
    }

    /// The posting is another one now, perhaps drawn further. `None`: the attachment is gone.
    pub(super) fn follow(&mut self, posting: &Posting) -> Option<()> {
        let (layout, followed) = lay(posting, self.attachment)?;
        self.canvas.renew(layout, followed);
        if self.typed > self.pages() {
            self.forget_typed();
        }
        Some(())
    }

    /// From 0, parallel to `Posting::papers`.
    pub fn attachment(&self) -> usize {
        self.attachment
    }

    /// The page under the reader's eyes, from 1 to `pages`.
    pub fn page(&self) -> u32 {
        self.canvas.page()
    }

    /// From 1.
    pub fn pages(&self) -> u32 {
        self.canvas.layout().pieces().last().map_or(1, |piece| piece.last)
    }

    pub fn canvas(&self) -> &Canvas {
        &self.canvas
    }

    /// What was typed of a page's number; 0: nothing yet.
    pub fn typed(&self) -> u32 {
        self.typed
    }

    /// Whether a digit can follow what was typed.
    pub fn takes(&self, digit: u8) -> bool {
        let number = self.typed * 10 + u32::from(digit.min(9));
        (1..=self.pages()).contains(&number)
    }

    pub(super) fn type_in(&mut self, digit: u8) {
        if self.takes(digit) {
            self.typed = self.typed * 10 + u32::from(digit);
        }
    }

    pub(super) fn erase(&mut self) {
        self.typed /= 10;
    }

    pub(super) fn forget_typed(&mut self) {
        self.typed = 0;
    }
}

fn lay(posting: &Posting, attachment: usize) -> Option<(Layout, bool)> {
    let paper = posting.papers.get(attachment)?;
    let layout = paper.pages().map_or_else(Layout::default, |pages| {
        let page = |at: usize| pages.sizes.get(at).map_or((0, 0, false), |size| (size.width, size.height, size.blank));
        Layout::new((0..pages.count as usize).map(page))
    });
    Some((layout, attachment + 1 < posting.papers.len()))
}
