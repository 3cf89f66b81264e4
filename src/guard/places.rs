//! Recognises known notices under each other's identities: a generator that gives an item's place in its list for its
//! identity calls every notice otherwise as soon as one comes on top.
//!
//! It judges nothing, and leaves alone what a person must confirm: known notices under identities that none of them had
//! (a change of the office's web). Where each notice has given way to another, it pairs nothing: all of them are lost,
//! and the others are new. The surprising thing: nothing is remembered. A notice keeps the identity that it has on the
//! panel, a new one under an identity that is taken is given one of its own, and each round finds both by what they say.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::field::fingerprint;
use super::pairs;
use crate::model::{Notice, Snapshot};

/// In an identity that was given here.
const GIVEN: &str = "#vyveska:";

/// The snapshot with each known notice under the identity by which the device knows it. `today`: the day that is
/// certain to have come.
pub fn settle<'s>(known: &[Notice], snapshot: &'s Snapshot, today: NaiveDate) -> Cow<'s, Snapshot> {
    let live: HashMap<&str, &Notice> =
        known.iter().filter(|notice| !notice.ended(today)).map(|notice| (notice.id.as_str(), notice)).collect();
    let namesake = |new: &Notice| live.get(new.id.as_str()).copied();
    let is_itself =
        |new: &Notice| namesake(new).is_some_and(|old| pairs::alike(old, new) && !pairs::contradict(old, new));
    let is_other = |new: &Notice| namesake(new).is_some() && !is_itself(new);
    if !live.keys().any(|id| id.contains(GIVEN)) && !snapshot.notices.iter().any(is_other) {
        return Cow::Borrowed(snapshot);
    }

    let (itself, open): (Vec<&Notice>, Vec<&Notice>) = snapshot.notices.iter().partition(|new| is_itself(new));
    let itself: HashSet<&str> = itself.into_iter().map(|notice| notice.id.as_str()).collect();
    let listed: HashSet<&str> = snapshot.notices.iter().map(|notice| notice.id.as_str()).collect();
    let olds: Vec<&Notice> = known.iter().filter(|old| live.contains_key(old.id.as_str())).collect();
    let olds: Vec<&Notice> = olds.into_iter().filter(|old| !itself.contains(old.id.as_str())).collect();

    let mut names: HashMap<&str, String> = HashMap::new();
    let mut taken: HashSet<&str> = HashSet::new();
    for (old, new) in pairs::pair(&olds, &open) {
        let (old, new) = (olds[old], open[new]);
        if namesake(new).is_some() || listed.contains(old.id.as_str()) || old.id.contains(GIVEN) {
            taken.insert(&old.id);
            names.insert(&new.id, old.id.clone());
        }
    }
    let untitled: HashSet<&str> = snapshot.untitled.iter().map(String::as_str).collect();
    for new in open {
        let Some(old) = namesake(new).filter(|_| !names.contains_key(new.id.as_str())) else { continue };
        if taken.contains(old.id.as_str()) || is_another(old, new) && !untitled.contains(new.id.as_str()) {
            names.insert(&new.id, given(new));
        }
    }

    let mut settled = snapshot.clone();
    let ids = settled.notices.iter_mut().map(|notice| &mut notice.id).chain(&mut settled.untitled);
    for id in ids {
        if let Some(name) = names.get(id.as_str()) {
            id.clone_from(name);
        }
    }
    Cow::Owned(settled)
}

/// Whether the two, of one identity, are two papers for certain. A field that is lost, or spoilt together with others,
/// is an outage; an address is what nothing spoils into another.
fn is_another(old: &Notice, new: &Notice) -> bool {
    let lost_its_number = old.reference_number.is_some() && new.reference_number.is_none();
    !pairs::alike(old, new) && old.url.is_some() && new.url.is_some() && !lost_its_number
}

fn given(notice: &Notice) -> String {
    let said = format!("{:?}\n{:?}\n{}\n{:?}", notice.url, notice.reference_number, notice.title, notice.posted);
    format!("{}{GIVEN}{:016x}", notice.id, fingerprint(&said))
}
