//! Finds the same notices under other identities, after a change of the office's web.
//!
//! It is asked only where most of the board is gone. The surprising thing: several equal notices are paired in the
//! order of the feed; where they are equal in everything a reader sees, either way is right.

use std::collections::HashMap;

use crate::model::Notice;

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
            for (old, new) in olds.into_iter().zip(news) {
                (old_free[old], new_free[new]) = (false, false);
                pairs.push((old, new));
            }
        }
    }
    pairs.sort_unstable();
    pairs
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

fn whole(notice: &Notice) -> Option<String> {
    let documents: Vec<_> = notice.documents.iter().map(|document| (&document.title, document.digest)).collect();
    let numbers = (&notice.reference_number, &notice.file_number);
    title(notice).map(|title| format!("{title}\n{numbers:?}\n{}\n{documents:?}", days(notice)))
}

fn address(notice: &Notice) -> Option<String> {
    notice.url.clone().filter(|url| !url.trim().is_empty())
}

fn digests(notice: &Notice) -> Option<String> {
    let mut digests: Vec<_> = notice.documents.iter().filter_map(|document| document.digest).collect();
    digests.sort_unstable();
    (!digests.is_empty()).then(|| format!("{digests:?}"))
}

fn number_and_title(notice: &Notice) -> Option<String> {
    let number = notice.reference_number.as_deref().or(notice.file_number.as_deref())?;
    title(notice).map(|title| format!("{}\n{title}", number.trim()))
}

fn title_and_days(notice: &Notice) -> Option<String> {
    title(notice).map(|title| format!("{title}\n{}\n{}", days(notice), notice.documents.len()))
}

fn number(notice: &Notice) -> Option<String> {
    let number = notice.reference_number.as_deref().map(str::trim).filter(|number| !number.is_empty())?;
    Some(format!("{number}\n{:?}", notice.posted))
}

fn days(notice: &Notice) -> String {
    format!("{:?} {:?}", notice.posted, notice.relevant_until)
}

/// As people would call it the same, `None` where there is none.
fn title(notice: &Notice) -> Option<String> {
    let words: Vec<_> = notice.title.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" ").to_lowercase())
}
