//! What happened between two looks at what the device holds and shows. Pure: no file, no clock.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::entry::{Days, Entry, What, When, Why};
use crate::clock::Now;
use crate::model::{self, Digest, Notice};

/// A notice as the ledger sees it: whose, which, and whether it is on the glass; not a word of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Key of its board.
    pub board: String,
    /// `model::mark` of its board and identity.
    pub notice: Digest,
    pub digest: Digest,
    /// Of each of its documents, where it has come.
    pub documents: Vec<Option<Digest>>,
    pub days: Days,
    /// It is up, and its title or a page of it has been on the glass.
    pub shown: bool,
}

impl Seen {
    /// `digest`: of the notice as the store has it. `documents`: digests of those that have come, in its order.
    pub fn new(board: &str, notice: &Notice, digest: Digest, documents: Vec<Option<Digest>>, shown: bool) -> Seen {
        let days = Days { posted: notice.posted, until: notice.relevant_until };
        Seen { board: board.to_owned(), notice: model::mark(board, &notice.id), digest, documents, days, shown }
    }

    fn key(&self) -> (&str, Digest) {
        (&self.board, self.notice)
    }
}

/// What to write down where the ledger's entries so far make `prev` ([`fold`]) and the device holds `next` at `now`,
/// in the order of `next`; what is down comes first. `known_since`: see [`known_since`].
pub fn observe(prev: &[Seen], next: &[Seen], known_since: &KnownSince, now: Now) -> Vec<What> {
    let before: HashMap<_, _> = prev.iter().map(|seen| (seen.key(), seen)).collect();
    let after: HashMap<_, _> = next.iter().map(|seen| (seen.key(), seen)).collect();
    let boards: HashSet<&str> = next.iter().map(|seen| seen.board.as_str()).collect();
    let mut happened = Vec::new();
    for seen in prev {
        match after.get(&seen.key()) {
            // Of a board without a single notice nobody can tell: its store may be new, or it is not configured.
            None => happened.push(down(seen, why_gone(seen, boards.contains(seen.board.as_str()), now))),
            Some(next) if has_left(seen, next, now) => happened.push(down(seen, Why::Ended)),
            Some(_) => {}
        }
    }
    for seen in next {
        let prev = before.get(&seen.key()).copied();
        let gone = prev.is_some_and(|prev| has_left(prev, seen, now));
        if !gone {
            let since = known_since.get(&seen.board).copied().unwrap_or(now.today());
            compare(prev, seen, since, now, &mut happened);
        }
    }
    happened
}

fn compare(prev: Option<&Seen>, seen: &Seen, since: NaiveDate, now: Now, happened: &mut Vec<What>) {
    let Seen { board, notice, digest, documents, days, shown } = seen.clone();
    match prev {
        // Something whose time is over is not received again only because its row is still there.
        None if !shown && over(seen, now) => return,
        None => {
            happened.push(What::Received { board: board.clone(), notice, digest, documents: documents.clone(), days })
        }
        Some(prev) if prev.digest == digest && prev.documents == documents => {}
        Some(prev) if prev.digest == digest && only_arrivals(&prev.documents, &documents) => {
            happened.push(What::Filed { board: board.clone(), notice, digest, documents });
        }
        Some(prev) => happened.push(What::Changed {
            board: board.clone(),
            notice,
            from: prev.digest,
            to: digest,
            documents_from: prev.documents.clone(),
            documents_to: documents,
            days,
        }),
    }
    if shown && !prev.is_some_and(|prev| prev.shown) {
        let when = match days.posted {
            Some(posted) if posted < now.today() && posted < since => When::BeforePanel,
            Some(posted) if posted < now.today() => When::Late,
            _ => When::InTime,
        };
        happened.push(What::FirstShown { board, notice, digest, when, days });
    }
}

/// Days on which the ledger first knew a notice of each board.
pub type KnownSince = BTreeMap<String, NaiveDate>;

/// Since when each board has been on the panel, by these entries.
pub fn known_since(entries: &[Entry]) -> KnownSince {
    let mut since = KnownSince::new();
    note_boards(&mut since, entries);
    since
}

/// The same, where `since` is known already.
pub(super) fn note_boards(since: &mut KnownSince, entries: &[Entry]) {
    for entry in entries {
        if let Some(What::Received { board, .. }) = &entry.what {
            since.entry(board.clone()).or_insert_with(|| Now::trusted(entry.at).today());
        }
    }
}

fn over(seen: &Seen, now: Now) -> bool {
    seen.days.until.is_some_and(|until| until < now.today())
}

fn ended(seen: &Seen, now: Now) -> bool {
    seen.days.until.is_some_and(|until| until < now.certain_day())
}

/// Held for the next round to remove, and not shown any more because it has ended: down all the same. One that has
/// not ended stays, whatever the glass shows: a clock that jumps takes nothing down.
fn has_left(prev: &Seen, next: &Seen, now: Now) -> bool {
    prev.shown && !next.shown && ended(next, now)
}

fn why_gone(seen: &Seen, others_are_there: bool, now: Now) -> Why {
    if ended(seen, now) {
        Why::Ended
    } else if others_are_there && (now.is_trusted() || seen.days.until.is_none()) {
        Why::Withdrawn
    } else {
        Why::Unknown
    }
}

fn down(was: &Seen, why: Why) -> What {
    What::Down { board: was.board.clone(), notice: was.notice, digest: was.digest, why, shown: was.shown }
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
    let mut all: BTreeMap<(String, Digest), Seen> =
        before.map(|seen| ((seen.board.clone(), seen.notice), seen)).collect();
    for what in entries.iter().filter_map(|entry| entry.what.clone()) {
        match what {
            What::Received { board, notice, digest, documents, days } => {
                let seen = Seen { board, notice, digest, documents, days, shown: false };
                all.insert((seen.board.clone(), seen.notice), seen);
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
            What::Started { .. }
            | What::Stopped
            | What::MessageShown { .. }
            | What::MessageOver { .. }
            | What::Ordered { .. }
            | What::Service(_)
            | What::Unreadable { .. }
            | What::Unrecorded { .. } => {}
        }
    }
    all.into_values().collect()
}
