//! Where in an attachment the reader is, and how large it is drawn.

/// Sizes of a page, as multiples of the width of the glass.
pub const ZOOMS: [f32; 6] = [1.0, 1.25, 1.6, 2.0, 2.5, 3.0];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    attachment: usize,
    page: u32,
    pages: u32,
    step: usize,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading::begin(0, 1)
    }
}

impl Reading {
    pub(super) fn begin(attachment: usize, pages: u32) -> Reading {
        Reading { attachment, page: 1, pages: pages.max(1), step: 0 }
    }

    /// From 0, parallel to `Posting::papers`.
    pub fn attachment(&self) -> usize {
        self.attachment
    }

    /// The page under the reader's eyes, from 1 to `pages`.
    pub fn page(&self) -> u32 {
        self.page
    }

    pub fn pages(&self) -> u32 {
        self.pages
    }

    pub fn zoom(&self) -> f32 {
        ZOOMS[self.step]
    }

    pub fn can_grow(&self) -> bool {
        self.step + 1 < ZOOMS.len()
    }

    pub fn can_shrink(&self) -> bool {
        self.step > 0
    }

    pub(super) fn see(&mut self, page: u32) {
        self.page = page.clamp(1, self.pages);
    }

    /// The document was drawn further, or is another one now.
    pub(super) fn follow(&mut self, pages: u32) {
        self.pages = pages.max(1);
        self.page = self.page.min(self.pages);
    }

    /// Whether the size changed.
    pub(super) fn resize(&mut self, grow: bool) -> bool {
        let possible = if grow { self.can_grow() } else { self.can_shrink() };
        if possible {
            self.step = if grow { self.step + 1 } else { self.step - 1 };
        }
        possible
    }
}
