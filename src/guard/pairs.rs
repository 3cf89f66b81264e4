//! Finds the same notices under other identities: after a change of the office's web, and where identities are places.
//!
//! It is asked only where most of the board is gone or called otherwise. Where it is wrong, a new notice is held back, which the guard must
//! never do, so what speaks against a pair outweighs whatever speaks for it. The surprising thing: several equal notices
//! are paired in the order of the feed; where they are equal in everything a reader sees, either way is right.

use std::collections::{HashMap, VecDeque};

use crate::model::{Digest, Notice};

/// How many of several equal notices are tried for a pair, so that thousands of one title cost no more than their number.
const TRIES: usize = 32;

/// What a notice is recognised by, `None` where it has no such thing.
type Trait = fn(&Notice) -> Option<String>;

/// From the surest to the least sure; whether it proves something only where no other notice has the same.
const TRAITS: [(Trait, bool); 6] = [
    (whole, false),
    (address, true),
    (digests, true),
    (number_and_title, false),
    (title_and_days, false),
    (number, true),
];

/// Pairs of places, in `gone` and in `fresh`; no place is in two.
pub fn pair(gone: &[&Notice], fresh: &[&Notice]) -> Vec<(usize, usize)> {
    let (mut old_free, mut new_free) = (vec![true; gone.len()], vec![true; fresh.len()]);
    let mut pairs = Vec::new();
    for (key, only) in TRAITS {
        let mut olds = by_key(gone, &old_free, key);
        let news = by_key(fresh, &new_free, key);
        for (key, news) in news {
            let Some(olds) = olds.remove(&key) else { continue };
            if only && (olds.len() > 1 || news.len() > 1) {
                continue;
            }
            let mut news = VecDeque::from(news);
            for old in olds {
                let fits = |new: &usize| !contradict(gone[old], fresh[*new]);
                let Some(new) = news.iter().take(TRIES).position(fits).and_then(|place| news.remove(place)) else {
                    continue;
                };
                (old_free[old], new_free[new]) = (false, false);
                pairs.push((old, new));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// Whether the two, of one identity, have anything else in common.
pub fn alike(old: &Notice, new: &Notice) -> bool {
    let same = |key: Trait| key(old).is_some_and(|old| Some(old) == key(new));
    let listed = |url: &str| new.documents.iter().any(|document| document.url == url);
    same(title) || same(address) || same(reference) || old.documents.iter().any(|document| listed(&document.url))
}

fn by_key(notices: &[&Notice], free: &[bool], key: Trait) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, notice) in notices.iter().enumerate().filter(|(place, _)| free[*place]) {
        if let Some(key) = key(notice) {
            places.entry(key).or_default().push(place);
        }
    }
    places
}

/// Whether the two are certainly not one notice: two papers of the office have two numbers, and two contents.
pub fn contradict(old: &Notice, new: &Notice) -> bool {
    let numbers_differ = reference(old).zip(reference(new)).is_some_and(|(old, new)| old != new);
    let (old_contents, new_contents) = (contents(old), contents(new));
    numbers_differ || !old_contents.is_empty() && !new_contents.is_empty() && old_contents != new_contents
}

/// A title and two missing dates are what every invitation of an office has in common.
fn whole(notice: &Notice) -> Option<String> {
    if notice.posted.is_none() && reference(notice).is_none() && contents(notice).is_empty() {
        return None;
    }
    let documents: Vec<_> = notice.documents.iter().map(|document| (&document.title, document.digest)).collect();
    let numbers = (&notice.reference_number, &notice.file_number);
    title(notice).map(|title| format!("{title}\n{numbers:?}\n{}\n{documents:?}", days(notice)))
}

fn address(notice: &Notice) -> Option<String> {
    notice.url.clone().filter(|url| !url.trim().is_empty())
}

fn digests(notice: &Notice) -> Option<String> {
    let contents = contents(notice);
    (!contents.is_empty()).then(|| format!("{contents:?}"))
}

/// The reference number only: one file has many papers, often of one title.
fn number_and_title(notice: &Notice) -> Option<String> {
    let number = reference(notice)?;
    title(notice).map(|title| format!("{number}\n{title}"))
}

fn title_and_days(notice: &Notice) -> Option<String> {
    notice.posted?;
    title(notice).map(|title| format!("{title}\n{}\n{}", days(notice), notice.documents.len()))
}

fn number(notice: &Notice) -> Option<String> {
    reference(notice).map(|number| format!("{number}\n{:?}", notice.posted))
}

/// Written as a new web may write it otherwise: case and spaces say nothing.
fn reference(notice: &Notice) -> Option<String> {
    let number = notice.reference_number.as_deref()?.split_whitespace().collect::<String>().to_lowercase();
    (!number.is_empty()).then_some(number)
}

fn contents(notice: &Notice) -> Vec<Digest> {
    let mut digests: Vec<_> = notice.documents.iter().filter_map(|document| document.digest).collect();
    digests.sort_unstable();
    digests
}

fn days(notice: &Notice) -> String {
    format!("{:?} {:?}", notice.posted, notice.relevant_until)
}

/// As people would call it the same, `None` where there is none.
fn title(notice: &Notice) -> Option<String> {
    let words: Vec<_> = notice.title.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" ").to_lowercase())
}
