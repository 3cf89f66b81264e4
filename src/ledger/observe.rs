//! What happened between two looks at what the device holds and shows. Pure: no file, no clock.

use std::collections::{BTreeMap, HashMap};

use super::entry::{Days, Entry, What};
use crate::clock::Now;
use crate::model::{Digest, Notice};

/// A notice as the ledger sees it: whose, which, and whether it is on the glass; not a word of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Key of its board.
    pub board: String,
    /// `Notice::id`
    pub notice: String,
    pub digest: Digest,
    /// Of each of its documents, where it has come.
    pub documents: Vec<Option<Digest>>,
    pub days: Days,
    /// It is among what the board shows, and a frame made since has reached the glass.
    pub shown: bool,
}

impl Seen {
    /// `digest`: of the notice as the store has it. `documents`: digests of those that have come, in its order.
    pub fn new(board: &str, notice: &Notice, digest: Digest, documents: Vec<Option<Digest>>, shown: bool) -> Seen {
        let days = Days { posted: notice.posted, until: notice.relevant_until };
        Seen { board: board.to_owned(), notice: notice.id.clone(), digest, documents, days, shown }
    }

    fn key(&self) -> (&str, &str) {
        (&self.board, &self.notice)
    }
}

/// What to write down where the ledger's entries so far make `prev` ([`fold`]) and the device holds `next` at `now`,
/// in the order of `next`; what is down comes first.
pub fn observe(prev: &[Seen], next: &[Seen], now: Now) -> Vec<What> {
    let before: HashMap<_, _> = prev.iter().map(|seen| (seen.key(), seen)).collect();
    let after: HashMap<_, _> = next.iter().map(|seen| (seen.key(), seen)).collect();
    let mut happened = Vec::new();
    for seen in prev {
        match after.get(&seen.key()) {
            None => happened.push(down(seen, seen, now)),
            // Held for the next round to remove, and not shown any more: down all the same.
            Some(next) if seen.shown && !next.shown => happened.push(down(seen, next, now)),
            Some(_) => {}
        }
    }
    for seen in next {
        let prev = before.get(&seen.key()).copied();
        let gone = prev.is_some_and(|prev| prev.shown && !seen.shown);
        if !gone {
            compare(prev, seen, now, &mut happened);
        }
    }
    happened
}

fn compare(prev: Option<&Seen>, seen: &Seen, now: Now, happened: &mut Vec<What>) {
    let Seen { board, notice, digest, documents, days, shown } = seen.clone();
    match prev {
        // Something whose time is over is not received again only because its row is still there.
        None if !shown && over(seen, now) => return,
        None => happened.push(What::Received {
            board: board.clone(),
            notice: notice.clone(),
            digest,
            documents: documents.clone(),
            days,
        }),
        Some(prev) if prev.digest == digest && prev.documents == documents => {}
        Some(prev) if prev.digest == digest && only_arrivals(&prev.documents, &documents) => {
            happened.push(What::Filed { board: board.clone(), notice: notice.clone(), digest, documents });
        }
        Some(prev) => happened.push(What::Changed {
            board: board.clone(),
            notice: notice.clone(),
            from: prev.digest,
            to: digest,
            documents_from: prev.documents.clone(),
            documents_to: documents,
            days,
        }),
    }
    if shown && !prev.is_some_and(|prev| prev.shown) {
        let late = days.posted.is_some_and(|posted| posted < now.today());
        happened.push(What::FirstShown { board, notice, digest, late, days });
    }
}

fn over(seen: &Seen, now: Now) -> bool {
    seen.days.until.is_some_and(|until| until < now.today())
}

fn down(was: &Seen, last: &Seen, now: Now) -> What {
    let ended = last.days.until.is_some_and(|until| until < now.certain_day());
    What::Down { board: was.board.clone(), notice: was.notice.clone(), digest: was.digest, ended, shown: was.shown }
}

fn only_arrivals(from: &[Option<Digest>], to: &[Option<Digest>]) -> bool {
    from.len() == to.len() && from.iter().zip(to).all(|(from, to)| from == to || from.is_none())
}

/// What the device held and showed after the last of these entries: where `observe` goes on after a restart.
pub fn fold(entries: &[Entry]) -> Vec<Seen> {
    go_on(std::iter::empty(), entries)
}

/// The same, from what was held before.
pub(super) fn go_on(before: impl Iterator<Item = Seen>, entries: &[Entry]) -> Vec<Seen> {
    let mut all: BTreeMap<(String, String), Seen> =
        before.map(|seen| ((seen.board.clone(), seen.notice.clone()), seen)).collect();
    for what in entries.iter().filter_map(|entry| entry.what.clone()) {
        match what {
            What::Received { board, notice, digest, documents, days } => {
                let seen = Seen { board, notice, digest, documents, days, shown: false };
                all.insert((seen.board.clone(), seen.notice.clone()), seen);
            }
            What::FirstShown { board, notice, .. } => {
                if let Some(seen) = all.get_mut(&(board, notice)) {
                    seen.shown = true;
                }
            }
            What::Filed { board, notice, documents, .. } => {
                if let Some(seen) = all.get_mut(&(board, notice)) {
                    seen.documents = documents;
                }
            }
            What::Changed { board, notice, to, documents_to, days, .. } => {
                if let Some(seen) = all.get_mut(&(board, notice)) {
                    (seen.digest, seen.documents, seen.days) = (to, documents_to, days);
                }
            }
            What::Down { board, notice, .. } => {
                all.remove(&(board, notice));
            }
            What::Started { .. } | What::Stopped | What::Unreadable { .. } => {}
        }
    }
    all.into_values().collect()
}
