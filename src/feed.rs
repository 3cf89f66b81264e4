//! A feed's bytes → what the board says, and what its clerk should mend.
//!
//! Reads the open formal norm "Úřední desky" (OFN, 2021-07-20) the way offices really publish it. It fetches nothing
//! (`@context` neither), reads no clock and remembers nothing: bytes in, values out. What disappears between two
//! rounds is the guard's business; whether the bytes of a document are what the feed claims is the files'.
//!
//! The surprising thing: an `Err` means "nothing may be concluded", and a board whose list cannot be found, or whose
//! every item is unreadable, is such an error. `Ok` with no notices means that the office really says "nothing".

mod address;
mod defects;
mod document;
mod field;
mod identity;
mod item;
mod json;
mod language;
mod mend;
mod moment;
mod ofn;
mod text;
mod time;
mod words;

use chrono::NaiveDate;

use crate::model::{Severity, Snapshot};
use defects::Defects;

/// Bytes of one feed after decompression.
pub const MAX_BYTES: usize = 64 << 20;
/// Objects and arrays inside one another; the norm needs eight.
pub const MAX_DEPTH: usize = 64;
/// Values in one feed: what bounds the memory of reading it. 50,000 ordinary notices have three million.
pub const MAX_VALUES: usize = 4_000_000;
/// Notices of one board. The largest Czech boards have about two thousand.
pub const MAX_NOTICES: usize = 50_000;
/// Documents of one notice.
pub const MAX_DOCUMENTS: usize = 500;
/// Defects reported of one field; the rest is counted in one more.
pub const MAX_DEFECTS_PER_FIELD: usize = 200;
/// Characters of a title, a number or a category.
pub const MAX_LINE: usize = 1_000;
/// Characters of a description.
pub const MAX_DESCRIPTION: usize = 20_000;
/// Characters of an address or an identity.
pub const MAX_ADDRESS: usize = 4_000;

/// Why nothing can be taken from a feed. No message repeats the feed's texts: these sentences go to logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    #[error("the feed is empty: its generator wrote nothing, run it again")]
    Empty,
    #[error("the feed has {bytes} bytes, more than the {MAX_BYTES} that are read: publish only what is on the board")]
    TooLarge { bytes: usize },
    #[error("this is {what}, not a JSON text: let the address point to the feed itself")]
    NotText { what: &'static str },
    #[error("this is {what}, not a feed: the address is wrong, or the office's web answers with an error page")]
    WebPage { what: &'static str },
    #[error("not valid JSON at line {line}, column {column}: {hint}")]
    NotJson { line: usize, column: usize, hint: &'static str },
    #[error("nested deeper than {MAX_DEPTH} levels at line {line}, column {column}: this is not a notice board")]
    TooDeep { line: usize, column: usize },
    #[error("the feed has more than {MAX_VALUES} values: publish only what is on the board")]
    TooManyValues,
    #[error("the board lists {count} notices, more than the {MAX_NOTICES} that are read: publish only what is up")]
    TooMany { count: usize },
    #[error("this JSON is not a notice board: {why}")]
    NotABoard { why: &'static str },
    #[error("the board has no list `informace`{}", near.as_ref().map_or_else(
        || ": add the key, with an empty list where nothing is posted".to_owned(),
        |key| format!(", but a key `{key}`: rename it to `informace`")))]
    NoList {
        /// The key that may have been meant.
        near: Option<String>,
    },
    #[error("`informace` is {found}: it must be a list, `[]` where nothing is posted")]
    BadList { found: &'static str },
    #[error("none of the {count} items of `informace` can be read: each must be an object with `název` and dates")]
    NothingReadable { count: usize },
}

/// Reads one feed. `base` is the address it came from, for relative addresses in it; where that is no web address
/// (a file), the board's own `stránka` is taken. `today` is the day in Prague: it only tells postings in the future.
///
/// Never panics, whatever the bytes; takes time in proportion to them.
pub fn read(bytes: &[u8], base: &str, today: NaiveDate) -> Result<Snapshot, FeedError> {
    if bytes.len() > MAX_BYTES {
        return Err(FeedError::TooLarge { bytes: bytes.len() });
    }
    let mut defects = Defects::default();
    let text = text::decode(bytes, &mut defects)?;
    let mended;
    let root = match json::parse(&text) {
        Ok(root) => root,
        Err(json::Fault::TooDeep(at)) => return Err(FeedError::TooDeep { line: at.line, column: at.column }),
        Err(json::Fault::TooManyValues) => return Err(FeedError::TooManyValues),
        Err(json::Fault::Syntax(fault)) => {
            let refused =
                || FeedError::NotJson { line: fault.at.line, column: fault.at.column, hint: mend::hint(&text, &fault) };
            mended = mend::mend(&text).ok_or_else(refused)?;
            let root = json::parse(&mended.text).map_err(|_| refused())?;
            for slip in &mended.slips {
                defects.board(
                    "",
                    Severity::Repaired,
                    format_args!("Not valid JSON: {} (first at line {}).", slip.what.found(), slip.line),
                    slip.what.cure(),
                );
            }
            root
        }
    };
    let mut snapshot = ofn::board(&root, base, today, &mut defects)?;
    snapshot.defects = defects.finish();
    Ok(snapshot)
}
