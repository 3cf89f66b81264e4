//! How suspicions wait: who goes on waiting, who has waited long enough, who begins.
//!
//! It does not judge what is suspicious. The surprising thing is how time is counted. A round counts as a round always;
//! the time since the last one counts only where the clock was trusted at both, at most [`LONGEST_STEP`] of it, because
//! nobody looked in between. A trusted clock that goes back was wrong before, so every wait begins again. No jump of
//! an untrusted clock can shorten a wait; a clock that is never trusted leaves the decision to a person.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::diff::Diff;
use super::field::fingerprint;
use super::hold::{Family, Hold, HoldKind, Patience, Subject};
use super::memory::{ENDED, Last, Lost, Memory};
use super::{MANY, SMALL, operator};
use crate::clock::Now;
use crate::model::{Digest, Notice, Snapshot};

/// Of the time between two rounds no more than this counts.
pub const LONGEST_STEP: TimeDelta = TimeDelta::hours(6);

/// What a rule thinks of a set of suspects.
#[derive(Debug, Clone, Copy)]
pub enum Doubt {
    /// Nothing: those who wait go on, newcomers pass.
    Clear,
    /// All of them.
    All(HoldKind),
    /// Those who would lose what they had; the others pass.
    Bare(HoldKind),
}

/// What became of a set of suspects, by their marks. Who is in neither passes unsuspected.
#[derive(Default)]
pub struct Sifted {
    pub held: HashSet<Digest>,
    /// Waited long enough, or released.
    pub admitted: HashSet<Digest>,
}

impl Sifted {
    /// Whether the notice was under suspicion before or is now.
    pub fn knows(&self, mark: &Digest) -> bool {
        self.held.contains(mark) || self.admitted.contains(mark)
    }
}

pub struct Waiting<'a> {
    diff: &'a Diff<'a>,
    now: Now,
    /// Unexpired notices, with those of late; the most since the present holds began.
    size: usize,
    /// Fingerprints of those ended that the office lists, or listed before the present holds, in order.
    ended: Vec<u64>,
    /// Before this round, less what it has sifted.
    before: Vec<Hold>,
    after: Vec<Hold>,
    released: Vec<Hold>,
    memory: Memory,
}

impl<'a> Waiting<'a> {
    /// Goes on from `memory` with a round that could read the right office's feed.
    pub fn resume(memory: &Memory, diff: &'a Diff<'a>, now: Now) -> Waiting<'a> {
        let mut memory = memory.clone();
        memory.forget(now);
        let mut before = std::mem::take(&mut memory.holds);
        before.retain(|hold| hold.kind.family() != Family::Feed);
        let step = match memory.last {
            Some(last) if last.trusted && now.is_trusted() => now.at - last.at,
            _ => TimeDelta::zero(),
        };
        for hold in &mut before {
            if step < TimeDelta::zero() {
                (hold.since, hold.rounds, hold.waited) = (now.at, 0, TimeDelta::zero());
            }
            hold.rounds = hold.rounds.saturating_add(1);
            hold.waited += step.clamp(TimeDelta::zero(), LONGEST_STEP);
        }
        // An outage must not make a board small, not in two steps either.
        let size = (diff.live() + memory.recent.len()).max(memory.size);
        let mut ended = diff.ended(ENDED);
        ended.extend(&memory.ended);
        ended.sort_unstable();
        ended.dedup();
        ended.truncate(ENDED);
        Waiting { diff, now, size, ended, before, after: Vec::new(), released: Vec::new(), memory }
    }

    pub fn small(&self) -> bool {
        self.size < SMALL
    }

    /// Whether the notice is known to have ended, before this snapshot.
    pub fn has_ended(&self, notice: &Notice) -> bool {
        self.ended.binary_search(&fingerprint(&notice.id)).is_ok()
    }

    pub fn any(&self, family: Family) -> bool {
        self.before.iter().any(|hold| hold.kind.family() == family)
    }

    /// Whether the subject waits already, for what it would become.
    pub fn awaits(&self, family: Family, subject: &Subject) -> bool {
        self.before.iter().any(|hold| hold.kind.family() == family && hold.subjects.contains(subject))
    }

    /// Sorts suspects into those who pass, those who wait and those who have waited long enough.
    ///
    /// `rule` says what to think of those in doubt, given how many are through. While a doubt is not settled, nobody
    /// passes because the share has fallen: it falls by itself when notices end or are added.
    pub fn sift(
        &mut self,
        family: Family,
        suspects: Vec<Subject>,
        rule: impl Fn(&[Subject], usize) -> Doubt,
    ) -> Sifted {
        let mut waiting: Vec<Hold> = self.before.extract_if(.., |hold| hold.kind.family() == family).collect();
        let well_again = self.count_averted(&waiting, &suspects);
        let present: HashMap<Digest, u64> = suspects.iter().map(|subject| (subject.mark, subject.value)).collect();
        for hold in &mut waiting {
            hold.subjects.retain_mut(|subject| {
                let Some(&value) = present.get(&subject.mark) else { return false };
                // Gone or ended: one loss.
                let before = std::mem::replace(&mut subject.value, value);
                before == value || family == Family::Loss
            });
        }
        waiting.retain(|hold| !hold.subjects.is_empty());

        let through: Vec<Hold> = waiting.extract_if(.., |hold| hold.is_over()).collect();
        let mut sifted = Sifted { held: HashSet::new(), admitted: marks(&through) };
        self.memory.tally.held_wrongly += sifted.admitted.len() as u64;
        self.released.extend(through);

        let in_doubt: Vec<Subject> =
            suspects.iter().filter(|subject| !sifted.admitted.contains(&subject.mark)).copied().collect();
        let doubt = if in_doubt.is_empty() { Doubt::Clear } else { rule(&in_doubt, sifted.admitted.len()) };
        // The mass has proved to be meant, or is well again but for what one clerk may do.
        let settled = !sifted.admitted.is_empty() || well_again > 0 && in_doubt.len() < MANY;
        let kind = match (doubt, waiting.last()) {
            (Doubt::All(kind) | Doubt::Bare(kind), _) => kind,
            (Doubt::Clear, Some(last)) if !settled => last.kind,
            (Doubt::Clear, _) => {
                self.memory.tally.held_wrongly += marks(&waiting).len() as u64;
                return sifted;
            }
        };
        let bare_only = match doubt {
            Doubt::All(_) => false,
            Doubt::Bare(_) => true,
            Doubt::Clear => waiting.iter().flat_map(|hold| &hold.subjects).all(|subject| subject.value == 0),
        };
        let waits: HashSet<&Subject> = waiting.iter().flat_map(|hold| &hold.subjects).collect();
        let newcomers: Vec<Subject> = in_doubt
            .into_iter()
            .filter(|subject| !waits.contains(subject) && (subject.value == 0 || !bare_only))
            .collect();
        waiting.iter_mut().for_each(|hold| hold.kind = kind);
        if !newcomers.is_empty() {
            waiting.push(self.begin(kind, newcomers));
        }
        sifted.held = marks(&waiting);
        self.after.append(&mut waiting);
        sifted
    }

    fn begin(&self, kind: HoldKind, subjects: Vec<Subject>) -> Hold {
        let patience = match kind {
            _ if self.small() => Patience::Hours,
            HoldKind::WebChanged => Patience::Hand,
            _ => Patience::Day,
        };
        Hold::new(kind, subjects, patience, self.now)
    }

    /// Whoever is well again was held back rightly; whoever has meanwhile ended says nothing.
    fn count_averted(&mut self, waiting: &[Hold], suspects: &[Subject]) -> usize {
        if waiting.is_empty() {
            return 0;
        }
        let mut well = marks(waiting);
        for subject in suspects {
            well.remove(&subject.mark);
        }
        let averted = self.diff.count_live(&well);
        self.memory.tally.averted += averted as u64;
        averted
    }

    /// How many were withdrawn of late. One that is in the feed again was withdrawn wrongly, and is a loss no more.
    pub fn recent_losses(&mut self, snapshot: &Snapshot) -> usize {
        if self.memory.recent.is_empty() {
            return 0;
        }
        let listed = snapshot.notices.iter().filter(|notice| !notice.ended(self.now.certain_day()));
        let listed: HashSet<Digest> = listed.map(|notice| self.diff.mark(notice)).collect();
        let before = self.memory.recent.len();
        self.memory.recent.retain(|lost| !listed.contains(&lost.mark));
        self.memory.tally.removed_wrongly += (before - self.memory.recent.len()) as u64;
        self.memory.recent.len()
    }

    /// Remembers what passes as withdrawn without having waited.
    pub fn note_losses(&mut self, marks: impl Iterator<Item = Digest>) {
        let at = self.now.at;
        self.memory.recent.extend(marks.map(|mark| Lost { mark, at }));
    }

    /// What is remembered of this round, and what it has let through.
    pub fn finish(mut self, snapshot: &Snapshot) -> (Memory, Vec<Hold>) {
        let operator = operator::named(snapshot);
        self.memory.unnamed = operator.is_none();
        self.memory.operator = operator.or(self.memory.operator);
        self.memory.iri = snapshot.iri.clone().or(self.memory.iri);
        self.memory.holds = self.after;
        let calm = self.memory.holds.is_empty();
        self.memory.ended = if calm { self.diff.ended(ENDED) } else { self.ended };
        // A calm round leaves nothing to write.
        self.memory.last = (!calm).then_some(Last { at: self.now.at, trusted: self.now.is_trusted() });
        self.memory.size = if calm { 0 } else { self.size };
        (self.memory, self.released)
    }
}

fn marks(holds: &[Hold]) -> HashSet<Digest> {
    holds.iter().flat_map(Hold::marks).collect()
}
