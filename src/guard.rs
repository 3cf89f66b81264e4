//! Decides what of a snapshot reaches the board, against the last good one: add, change, take down, hold back, and why.
//!
//! It is a pure function: no I/O, no clock, no database; what it must remember goes in and comes out as [`Memory`].
//! It deliberately does not judge whether a single notice is right: a clerk's single edit or withdrawal counts at once.
//! The surprising thing: it holds back disappearances and mass changes only, never an addition. A sound new notice is
//! posted in the same round even from a snapshot in which everything else has vanished.

mod diff;
mod field;
mod hold;
mod memory;
mod operator;
mod pairs;
mod places;
mod waiting;

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::clock::Now;
use crate::model::{Board, Digest, Notice, Snapshot};
use diff::Diff;
use waiting::{Doubt, Sifted, Waiting};

pub use field::Field;
pub use hold::{Family, Hold, HoldKind, Patience, Subject};
pub use memory::{Memory, Tally};

/// From so many unexpired notices up shares mean something. Below, one clerk's afternoon may change most of a board,
/// so there a second round that agrees, two hours later, is proof enough.
pub const SMALL: usize = 5;

/// Fewer notices than this are never "many": that is how clerks work.
pub const MANY: usize = 3;

/// Losses within this time count together, or a board that crumbles away would pass in small pieces.
pub const RECENT: TimeDelta = TimeDelta::hours(24);

/// What a round saw of the office's feed.
#[derive(Debug, Clone)]
pub enum Observed<'a> {
    /// The feed came and could not be understood; why, in a sentence.
    Unreadable(String),
    Snapshot(&'a Snapshot),
}

/// What a round does to the board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// In the snapshot, not known, not ended.
    pub add: Vec<Notice>,
    /// Known under the same identity, with other content; a field that is held back has its old value here.
    pub change: Vec<Notice>,
    /// Old identity, and the notice under its new one.
    pub rename: Vec<(String, Notice)>,
    /// Identities of what the office has taken down before its last day.
    pub withdraw: Vec<String>,
    /// What is held back after this round.
    pub holds: Vec<Hold>,
    pub memory: Memory,
    /// What was held back and is admitted by this round, by hand or by time.
    pub released: Vec<Hold>,
}

impl Verdict {
    /// The hold that keeps out the whole feed, because it is another operator's.
    pub fn stranger(&self) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.kind == HoldKind::WrongOperator)
    }
}

/// Judges what was observed of `board` against what the device holds of it.
///
/// `known`: what is not withdrawn: up, or not yet begun. What has ended counts as not known.
pub fn judge(board: &Board, known: &[Notice], memory: &Memory, observed: Observed, now: Now) -> Verdict {
    // Nothing is taken from what cannot be read, or from somebody else's board.
    let Observed::Snapshot(snapshot) = observed else {
        return stand_still(memory, HoldKind::Unreadable, None, now);
    };
    let snapshot = &*places::settle(known, snapshot, now.certain_day());
    let diff = Diff::between(&board.key, known, snapshot, now.certain_day());
    if let Some(found) = operator::stranger(board, memory, snapshot, &diff) {
        return stand_still(memory, HoldKind::WrongOperator, Some(found), now);
    }

    let mut waiting = Waiting::resume(memory, &diff, now);
    let mut verdict = Verdict::default();

    // Most of the board is back under other identities: a change of the office's web. Until it is confirmed the old
    // stay, and the new are no additions.
    let (moved, moves) = moves(&diff, &mut waiting);
    verdict.rename = renames(&diff, &moved, &moves.admitted);
    let awaited: HashSet<&str> =
        moved.iter().filter(|(old, _)| moves.knows(&diff.mark(old))).map(|(_, new)| new.id.as_str()).collect();

    // The loss of most notices, at once or within a day; any disappearance while items cannot be told from one another.
    // An end that is moved to the past is a loss that says its day, unless it waited before as a doubtful end to come.
    let gone: Vec<&Notice> = diff.gone.iter().copied().filter(|old| !moves.knows(&diff.mark(old))).collect();
    let ends = Family::Field(Field::RelevantUntil);
    let closed: Vec<Subject> = diff.closed().filter(|subject| !waiting.awaits(ends, subject)).collect();
    let losses = losses(&gone, &closed, &diff, snapshot, &mut waiting);
    verdict.withdraw =
        gone.iter().filter(|old| !losses.held.contains(&diff.mark(old))).map(|old| old.id.clone()).collect();

    // One field blanked or changed on many notices at once. The rest of each change goes through.
    let mut held = Vec::new();
    for (field, mut suspects) in diff.disturbed() {
        if field == Field::RelevantUntil {
            suspects.retain(|subject| !closed.contains(subject));
        }
        held.push((field, fields(field, suspects, &diff, &mut waiting).held));
    }
    let closed = closed.into_iter().map(|subject| subject.mark).filter(|mark| losses.held.contains(mark));
    held.push((Field::RelevantUntil, closed.collect()));
    verdict.change = diff.changes(&held);

    // Additions are never held back. What had ended and is listed on is none, while nobody knows what ends when.
    let ends_held = held.iter().any(|(field, marks)| *field == Field::RelevantUntil && !marks.is_empty());
    let new = diff.fresh.iter().filter(|new| !awaited.contains(new.id.as_str()));
    verdict.add = new.filter(|new| !(ends_held && waiting.has_ended(new))).map(|&new| new.clone()).collect();

    (verdict.memory, verdict.released) = waiting.finish(snapshot);
    verdict.holds.clone_from(&verdict.memory.holds);
    verdict
}

/// Admits by hand what is held back: all of it, or one kind. The next round that sees it again lets it through.
///
/// A feed of another operator, or of none, is believed from then on; one that cannot be read stays unread.
pub fn release(memory: &mut Memory, which: Option<HoldKind>) {
    for hold in memory.holds.iter_mut().filter(|hold| which.is_none_or(|kind| kind == hold.kind)) {
        hold.released = true;
        if hold.kind == HoldKind::WrongOperator {
            memory.admitted.clone_from(&hold.found);
        }
    }
}

fn moves<'a>(diff: &Diff<'a>, waiting: &mut Waiting) -> (Vec<(&'a Notice, &'a Notice)>, Sifted) {
    let asked = waiting.any(Family::Web) || is_most(diff.gone.len(), diff.live());
    let moved = if asked { diff.moved() } else { Vec::new() };
    let suspects = moved.iter().map(|(old, new)| Subject { mark: diff.mark(old), value: field::fingerprint(&new.id) });
    let sifted = waiting.sift(Family::Web, suspects.collect(), |suspects, admitted| {
        if is_most(suspects.len(), diff.gone.len() - admitted) {
            Doubt::All(HoldKind::WebChanged)
        } else {
            Doubt::Clear
        }
    });
    (moved, sifted)
}

fn renames(diff: &Diff, moved: &[(&Notice, &Notice)], admitted: &HashSet<Digest>) -> Vec<(String, Notice)> {
    let through = moved.iter().filter(|(old, _)| admitted.contains(&diff.mark(old)));
    through.map(|(old, new)| (old.id.clone(), (*new).clone())).collect()
}

/// `gone`: without those that are back under other identities, which are no loss. `closed`: listed, with an end in the
/// past.
fn losses(gone: &[&Notice], closed: &[Subject], diff: &Diff, snapshot: &Snapshot, waiting: &mut Waiting) -> Sifted {
    let recent = waiting.recent_losses(snapshot);
    let kind = match () {
        () if waiting.small() => HoldKind::SmallLoss,
        () if snapshot.notices.is_empty() => HoldKind::Emptied,
        () => HoldKind::MassLoss,
    };
    // Any of them may be the item that is listed and cannot be read.
    let perhaps_listed = snapshot.unreadable.nameless > 0;
    let suspects: Vec<Subject> =
        gone.iter().map(|old| Subject::bare(diff.mark(old))).chain(closed.iter().copied()).collect();
    let marks: Vec<Digest> = suspects.iter().map(|subject| subject.mark).collect();
    let sifted = waiting.sift(Family::Loss, suspects, |suspects, admitted| {
        let lost = suspects.len() + recent;
        let vanished = suspects.iter().any(|subject| subject.value == 0);
        match () {
            () if is_most(lost, diff.live() - admitted + recent) && (vanished || lost >= MANY) => Doubt::All(kind),
            () if vanished && perhaps_listed => Doubt::Bare(kind),
            () => Doubt::Clear,
        }
    });
    waiting.note_losses(marks.into_iter().filter(|mark| !sifted.knows(mark)));
    sifted
}

fn fields(field: Field, suspects: Vec<Subject>, diff: &Diff, waiting: &mut Waiting) -> Sifted {
    let small = waiting.small();
    waiting.sift(Family::Field(field), suspects, |suspects, admitted| {
        let blanked = suspects.iter().filter(|subject| subject.value == 0).count();
        let telling = diff.telling(field) - admitted;
        let (over, under) = field.share();
        if suspects.len() >= MANY && suspects.len() * under > telling * over {
            let is_blank = blanked * 2 >= suspects.len();
            return Doubt::All(if is_blank {
                HoldKind::FieldBlanked { field }
            } else {
                HoldKind::FieldChanged { field }
            });
        }
        if blanked > 0 && !field.may_be_blanked() || small && is_most(blanked, telling) {
            return Doubt::Bare(HoldKind::FieldBlanked { field });
        }
        Doubt::Clear
    })
}

fn is_most(part: usize, of: usize) -> bool {
    part * 2 > of
}

/// A round from which nothing is taken. What waits keeps its place: this round speaks neither for it nor against it.
fn stand_still(memory: &Memory, kind: HoldKind, found: Option<String>, now: Now) -> Verdict {
    let mut memory = memory.clone();
    memory.forget(now);
    match memory.holds.iter_mut().find(|hold| hold.kind == kind && hold.found == found) {
        Some(hold) => hold.rounds = hold.rounds.saturating_add(1),
        None => {
            memory.holds.retain(|hold| hold.kind != kind);
            memory.holds.push(Hold { found, ..Hold::new(kind, Vec::new(), Patience::Hand, now) });
        }
    }
    Verdict { holds: memory.holds.clone(), memory, ..Verdict::default() }
}
