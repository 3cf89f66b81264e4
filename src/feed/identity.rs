//! What makes a notice the same notice in the next round, where the feed's `iri` is missing or repeated.
//!
//! Compares nothing between rounds (that is the guard's business). The surprising thing: an identity derived here
//! never depends on an item's place in the feed, because offices put new items first, in the middle or last.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use crate::model::{Item, Notice, Severity};

use super::defects::Defects;

/// A notice that has been read, and its place in the feed from 1.
pub(super) struct Placed {
    pub(super) position: usize,
    pub(super) notice: Notice,
    /// Whether its title is its own.
    pub(super) titled: bool,
}

/// The identity of a notice whose feed gives none: its address, or what is least likely to be corrected later.
pub(super) fn derive(notice: &Notice) -> String {
    match &notice.url {
        Some(url) => url.clone(),
        None => {
            let posted = notice.posted.map(|day| day.to_string());
            let number = notice.reference_number.as_deref().or(notice.file_number.as_deref());
            format!("urn:vyveska:{}", short(&[number, Some(&notice.title), posted.as_deref()]))
        }
    }
}

/// Makes identities unique. Notices that are the same in everything are listed once.
pub(super) fn settle(placed: Vec<Placed>, defects: &mut Defects) -> Vec<Placed> {
    let mut by_id: HashMap<&str, usize> = HashMap::with_capacity(placed.len());
    for Placed { notice, .. } in &placed {
        *by_id.entry(&notice.id).or_default() += 1;
    }
    if by_id.len() == placed.len() {
        return placed;
    }
    let repeated: HashSet<String> =
        by_id.into_iter().filter(|(_, times)| *times > 1).map(|(id, _)| id.to_owned()).collect();
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, Placed { notice, .. }) in placed.iter().enumerate() {
        if repeated.contains(&notice.id) {
            groups.entry(notice.id.clone()).or_default().push(index);
        }
    }
    let mut decisions: HashMap<usize, Option<String>> = HashMap::new();
    for (id, members) in &groups {
        decide(id, members, &placed, &mut decisions);
    }
    let mut taken: HashSet<String> = HashSet::with_capacity(placed.len());
    let mut settled = Vec::with_capacity(placed.len());
    for (index, Placed { position, mut notice, titled }) in placed.into_iter().enumerate() {
        let item = |id: &str| Item { position, id: Some(id.to_owned()), title: Some(notice.title.clone()) };
        match decisions.remove(&index) {
            Some(None) => {
                defects.of(
                    item(&notice.id),
                    "iri",
                    Severity::Repaired,
                    "The same notice is listed more than once; it is shown once.",
                    "List each notice once.",
                );
                continue;
            }
            Some(Some(id)) => {
                if id != notice.id {
                    defects.of(
                        item(&notice.id),
                        "iri",
                        Severity::Uncertain,
                        "Another notice has the same identity; this one is told apart by its other fields.",
                        "Give each notice an `iri` of its own that never changes.",
                    );
                }
                notice.id = id;
            }
            None => {}
        }
        let plain = notice.id.len();
        let mut count = 2;
        while !taken.insert(notice.id.clone()) {
            notice.id.truncate(plain);
            notice.id.push_str(&format!("-{count}"));
            count += 1;
        }
        settled.push(Placed { position, notice, titled });
    }
    settled
}

/// For each member of a group with one identity: its own one, or `None` where it repeats another member.
fn decide(id: &str, members: &[usize], placed: &[Placed], decisions: &mut HashMap<usize, Option<String>>) {
    let mut seen = HashSet::new();
    let mut distinct: Vec<&usize> = Vec::new();
    for member in members {
        if seen.insert(placed[*member].notice.digest()) {
            distinct.push(member);
        } else {
            decisions.insert(*member, None);
        }
    }
    if let [single] = distinct[..] {
        decisions.insert(*single, Some(id.to_owned()));
        return;
    }
    // Of two notices the older keeps the identity: it had it before the younger was copied from it. Where a generator
    // gives everything one identity, none keeps it: it would wander from one to the next as they end.
    let older = (distinct.len() == 2).then(|| {
        distinct.iter().min_by_key(|member| {
            let notice = &placed[***member].notice;
            (notice.posted, notice.digest())
        })
    });
    // The fields in which they all differ, the least likely to be corrected first.
    let traits: [fn(&Notice) -> Option<String>; 4] = [
        |notice| notice.url.clone(),
        |notice| notice.reference_number.clone(),
        |notice| notice.documents.first().map(|document| document.url.clone()),
        |notice| Some(format!("{} {:?}", notice.title, notice.posted)),
    ];
    let telling = traits.iter().find(|of| {
        let values: HashSet<_> = distinct.iter().filter_map(|member| of(&placed[**member].notice)).collect();
        values.len() == distinct.len()
    });
    for member in &distinct {
        let notice = &placed[**member].notice;
        let own = if older.flatten() == Some(member) {
            id.to_owned()
        } else {
            match telling.and_then(|of| of(notice)) {
                Some(value) => format!("{id}#{}", short(&[Some(&value)])),
                None => format!("{id}#{}", &notice.digest().to_string()[..16]),
            }
        };
        decisions.insert(**member, Some(own));
    }
}

/// Sixty-four bits of a digest: enough to tell the notices of one board apart.
pub(super) fn short(parts: &[Option<&str>]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        let text = part.unwrap_or_default();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
