//! How the glass speaks and looks to the present reader.

use crate::config::Language;

/// What a reader may set; the next one finds the board's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub language: Language,
    /// Black on white instead of ink on paper.
    pub contrast: bool,
    /// Larger letters, as far as the glass has room for them.
    pub large: bool,
}

impl Look {
    pub(super) fn of_the_board(language: Language) -> Look {
        Look { language, contrast: false, large: false }
    }
}
