//! What differs between what the device holds and a snapshot, in one pass over each.
//!
//! It decides nothing. The surprising thing: what has ended counts on neither side, so an office that lists a notice
//! for a day too long, or drops it at midnight, makes no difference at all. A notice whose item in the feed is broken
//! counts as listed, and as it was.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::field::{Field, fingerprint};
use super::hold::Subject;
use super::pairs;
use crate::model::{Digest, Notice, Snapshot, mark};

pub struct Diff<'a> {
    /// The board's key.
    board: &'a str,
    /// In the snapshot and not known.
    pub fresh: Vec<&'a Notice>,
    /// Known and not in the snapshot.
    pub gone: Vec<&'a Notice>,
    /// On both sides: as known, as in the snapshot.
    kept: Vec<(&'a Notice, &'a Notice)>,
    /// In the snapshot, without a title of their own.
    untitled: HashSet<&'a str>,
    /// Listed or known, and ended.
    ended: Vec<&'a str>,
    today: NaiveDate,
}

impl<'a> Diff<'a> {
    /// `today`: the day that is certain to have come.
    pub fn between(board: &'a str, known: &'a [Notice], snapshot: &'a Snapshot, today: NaiveDate) -> Diff<'a> {
        let live: Vec<&Notice> = known.iter().filter(|notice| !notice.ended(today)).collect();
        let places: HashMap<&str, usize> =
            live.iter().enumerate().map(|(place, notice)| (notice.id.as_str(), place)).collect();
        let mut ended: Vec<&str> =
            known.iter().filter(|notice| notice.ended(today)).map(|notice| notice.id.as_str()).collect();
        let mut seen = vec![false; live.len()];
        let (mut fresh, mut fresh_ids, mut kept) = (Vec::new(), HashSet::new(), Vec::with_capacity(live.len()));
        for notice in &snapshot.notices {
            match places.get(notice.id.as_str()) {
                Some(&place) if seen[place] => {}
                Some(&place) => {
                    seen[place] = true;
                    kept.push((live[place], notice));
                }
                None if notice.ended(today) => ended.push(&notice.id),
                None if fresh_ids.insert(notice.id.as_str()) => fresh.push(notice),
                None => {}
            }
        }
        for id in &snapshot.unreadable.ids {
            if let Some(&place) = places.get(id.as_str())
                && !std::mem::replace(&mut seen[place], true)
            {
                kept.push((live[place], live[place]));
            }
        }
        let gone = live.iter().zip(&seen).filter(|(_, seen)| !**seen).map(|(&notice, _)| notice).collect();
        let untitled = snapshot.untitled.iter().map(String::as_str).collect();
        Diff { board, fresh, gone, kept, untitled, ended, today }
    }

    /// What stands for a notice of this board.
    pub fn mark(&self, notice: &Notice) -> Digest {
        mark(self.board, &notice.id)
    }

    /// How many unexpired notices the device holds.
    pub fn live(&self) -> usize {
        self.kept.len() + self.gone.len()
    }

    /// Fingerprints of at most `limit` of those ended, in order.
    pub fn ended(&self, limit: usize) -> Vec<u64> {
        let mut ended: Vec<u64> = self.ended.iter().take(limit).map(|id| fingerprint(id)).collect();
        ended.sort_unstable();
        ended.dedup();
        ended
    }

    /// How many of `marks` stand for unexpired notices.
    pub fn count_live(&self, marks: &HashSet<Digest>) -> usize {
        let live = self.kept.iter().map(|(old, _)| old).chain(&self.gone);
        if marks.is_empty() { 0 } else { live.filter(|notice| marks.contains(&self.mark(notice))).count() }
    }

    /// Those gone that are back under another identity: as known, as in the snapshot.
    pub fn moved(&self) -> Vec<(&'a Notice, &'a Notice)> {
        let pairs = pairs::pair(&self.gone, &self.fresh);
        pairs.into_iter().map(|(old, new)| (self.gone[old], self.fresh[new])).collect()
    }

    /// How many of those listed are notices that are known, under whichever identity; and how many are listed. One
    /// identity is no proof: some generators number each board's notices from 1.
    pub fn recognised(&self) -> (usize, usize) {
        let kept = self.kept.iter().filter(|(old, new)| pairs::alike(old, new)).count();
        (kept + pairs::pair(&self.gone, &self.fresh).len(), self.kept.len() + self.fresh.len())
    }

    /// Those whose last day is moved to the past: what it would be.
    pub fn closed(&self) -> impl Iterator<Item = Subject> {
        let closed = self.kept.iter().filter(|(_, new)| new.ended(self.today));
        closed.map(|(old, new)| Subject { mark: self.mark(old), value: Field::RelevantUntil.fingerprint(new) })
    }

    /// For each field, the notices whose field is lost or another.
    pub fn disturbed(&self) -> Vec<(Field, Vec<Subject>)> {
        let mut disturbed: Vec<(Field, Vec<Subject>)> = Field::ALL.map(|field| (field, Vec::new())).into();
        for (old, new) in self.kept.iter().filter(|(old, new)| old != new) {
            for (field, subjects) in &mut disturbed {
                let lost = *field == Field::Title && self.untitled.contains(new.id.as_str());
                let value = field.suspect(old, new, self.today).map(|value| if lost { 0 } else { value });
                subjects.extend(value.map(|value| Subject { mark: self.mark(old), value }));
            }
        }
        disturbed
    }

    /// How many notices on both sides have the field.
    pub fn telling(&self, field: Field) -> usize {
        self.kept.iter().filter(|(old, _)| field.is_told(old)).count()
    }

    /// The notices that differ, each field that is held back as it was.
    pub fn changes(&self, held: &[(Field, HashSet<Digest>)]) -> Vec<Notice> {
        let mut changes = Vec::new();
        for (old, new) in self.kept.iter().filter(|(old, new)| old != new) {
            let (mut change, mark) = ((*new).clone(), self.mark(old));
            for (field, _) in held.iter().filter(|(_, marks)| marks.contains(&mark)) {
                field.keep(old, &mut change);
            }
            if change != **old {
                changes.push(change);
            }
        }
        changes
    }
}
