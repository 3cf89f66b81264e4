//! Whose feed it is: by the IČO that it names, by the board's own identity, and where these fail by what is on it.
//!
//! It judges who speaks, never what is said. The surprising thing: a feed that names nobody is believed as long as it
//! looks like the board that is known, because generators lose an IČO easily. It must be another board in nearly all
//! before it is held to be another office's, and then time does not make it right: two villages' feeds that were
//! exchanged by their supplier stay exchanged.

use super::diff::Diff;
use super::memory::Memory;
use super::{SMALL, is_most};
use crate::model::{Board, Snapshot};

/// The stranger whose feed it is, as far as it says so: see [`found`]. `None`: the office's own, for all one can tell.
pub fn stranger(board: &Board, memory: &Memory, snapshot: &Snapshot, diff: &Diff) -> Option<String> {
    let (named, found) = (named(snapshot), found(snapshot));
    let configured = board.ico.as_deref().and_then(ico);
    let expected = configured.as_ref().or(memory.operator.as_ref());
    if memory.admitted.as_ref() == Some(&found) {
        return None;
    }
    if let (Some(named), Some(expected)) = (&named, expected) {
        return (named != expected).then_some(found);
    }
    if memory.iri.is_some() && memory.iri == snapshot.iri {
        return None;
    }
    // A feed that never said whose it is may be any village's, and on few notices a week's work looks like another board.
    let fell_silent = expected.is_some() && !memory.unnamed;
    let was_known = fell_silent || (expected.is_some() || memory.iri.is_some()) && diff.live() >= SMALL;
    (was_known && is_another(diff)).then_some(found)
}

/// What the feed says of its operator: the IČO, or else the board's identity, or nothing.
fn found(snapshot: &Snapshot) -> String {
    named(snapshot).or_else(|| snapshot.iri.clone()).unwrap_or_default()
}

/// The IČO that the feed names.
pub fn named(snapshot: &Snapshot) -> Option<String> {
    snapshot.ico.as_deref().and_then(ico)
}

/// An IČO in eight digits; `None` where the text is none, as the `00000000` of a publisher's placeholder.
pub fn ico(text: &str) -> Option<String> {
    let digits = text.trim();
    let fine = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    (fine && digits.bytes().any(|b| b != b'0')).then(|| format!("{digits:0>8}"))
}

/// Whether most of what is listed was never known, and of what is known hardly anything is listed, not under other
/// identities either. Villages of one region publish some papers that are the same.
fn is_another(diff: &Diff) -> bool {
    let (alike, listed) = diff.recognised();
    alike * 4 < diff.live() && is_most(listed - alike, listed)
}
