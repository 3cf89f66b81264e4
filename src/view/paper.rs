//! An attachment as far as it can be shown.

use crate::model::{Digest, Document, Media, Remark};
use crate::store::{Filed, PageSize};

#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    pub title: Option<String>,
    /// Its address at the office.
    pub url: String,
    /// What it is, by its bytes; `None` where they have not come.
    pub media: Option<Media>,
    /// Bytes; 0 where it has not come.
    pub size: u64,
    pub state: PaperState,
    /// What is not on its pages and ought to be.
    pub remark: Option<Remark>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PaperState {
    /// At least the first page can be shown. Pages that are still being drawn come after those that are there.
    Ready(Pages),
    /// Being fetched or drawn.
    Waiting,
    /// It could not be fetched, cannot be drawn, or is of a kind that never is.
    Unavailable,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    pub digest: Digest,
    /// Pages of the document, at least as many as `sizes`.
    pub count: u32,
    /// Width and height of the pictures that are there, from page 1; 0 × 0 for one that is missing between others.
    pub sizes: Vec<PageSize>,
}

impl Paper {
    pub(super) fn of(document: &Document, filed: Option<&Filed>) -> Paper {
        let state = match filed {
            None => PaperState::Waiting,
            Some(filed) => match filed.digest {
                Some(digest) if filed.pages.iter().any(|page| page.width > 0) => {
                    let sizes = filed.pages.clone();
                    let count = filed.page_count.unwrap_or(0).max(sizes.len() as u32);
                    PaperState::Ready(Pages { digest, count, sizes })
                }
                _ if filed.failed.is_some() || filed.page_count == Some(0) => PaperState::Unavailable,
                Some(_) if filed.media.is_some_and(|media| !media.has_pages()) => PaperState::Unavailable,
                _ => PaperState::Waiting,
            },
        };
        Paper {
            title: document.title.clone(),
            url: document.url.clone(),
            media: filed.and_then(|filed| filed.media.filter(|_| filed.digest.is_some())),
            size: filed.map_or(0, |filed| filed.size),
            remark: filed.and_then(|filed| filed.remark),
            state,
        }
    }

    pub fn pages(&self) -> Option<&Pages> {
        match &self.state {
            PaperState::Ready(pages) => Some(pages),
            _ => None,
        }
    }
}
