//! The keys of an object → the fields of the norm: synonyms, repeated keys, and keys that were nearly right.
//!
//! Does not read values. The surprising thing: a key that is in the norm but of no interest here (`subjekt`) must be
//! listed too, or it might be taken for a misspelling of one that is.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::model::Severity;

use super::defects::{Defects, quote};
use super::json::{Entry, Value};

/// The keys that an object may have.
pub(super) struct Table<const N: usize> {
    names: [&'static str; N],
    /// Names without case, accents and punctuation.
    folded: [String; N],
    /// Keys of the norm that mean something else.
    others: &'static [&'static str],
    /// What a folded key means: the index of a field, or `None` for something else.
    words: HashMap<String, Option<usize>>,
}

impl<const N: usize> Table<N> {
    /// Each field with its synonyms: names under which it was seen or must be survived; they are read, and reported.
    pub(super) fn new(
        fields: [(&'static str, &'static [&'static str]); N],
        others: &'static [&'static str],
    ) -> Table<N> {
        let mut words: HashMap<String, Option<usize>> =
            others.iter().map(|other| (fold(other).into_owned(), None)).collect();
        for (index, (name, synonyms)) in fields.iter().enumerate() {
            words.extend(synonyms.iter().chain([name]).map(|word| (fold(word).into_owned(), Some(index))));
        }
        Table {
            names: fields.map(|(name, _)| name),
            folded: fields.map(|(name, _)| fold(name).into_owned()),
            others,
            words,
        }
    }
}

/// The values of an object by the index of their field.
pub(super) struct Fields<'v, 'a, const N: usize> {
    slots: [Option<&'v Value<'a>>; N],
    /// Earlier values of keys that stand there repeatedly.
    earlier: Vec<(usize, &'v Value<'a>)>,
    /// What stands under keys that mean a field, too, whose value was found elsewhere; it says something.
    rivals: Vec<(usize, &'v Entry<'a>)>,
}

impl<'v, 'a, const N: usize> Fields<'v, 'a, N> {
    pub(super) fn of(entries: &'v [Entry<'a>], table: &Table<N>, defects: &mut Defects) -> Self {
        let mut fields = Fields { slots: [None; N], earlier: Vec::new(), rivals: Vec::new() };
        let mut strange: Vec<&'v Entry<'a>> = Vec::new();
        for entry in entries {
            let (key, value) = entry;
            match table.names.iter().position(|name| name == key) {
                Some(index) => fields.put(index, value, table.names[index], defects),
                None if table.others.contains(&key.as_ref()) => {}
                None => strange.push(entry),
            }
        }
        if !strange.is_empty() {
            fields.guess(&strange, table, defects);
        }
        fields
    }

    fn put(&mut self, index: usize, value: &'v Value<'a>, name: &'static str, defects: &mut Defects) {
        let Some(before) = self.slots[index] else {
            self.slots[index] = Some(value);
            return;
        };
        // Must be survived: repeated keys. As with most readers the last value counts, but an empty one never hides
        // one that says something.
        let same = before == value;
        let (kept, other) = if value.is_blank() { (before, value) } else { (value, before) };
        self.slots[index] = Some(kept);
        self.earlier.push((index, other));
        let severity = if same || other.is_blank() { Severity::Repaired } else { Severity::Uncertain };
        defects.add(
            name,
            severity,
            format_args!(
                "The key `{name}` stands there more than once{}.",
                if severity == Severity::Uncertain { ", with different values" } else { "" }
            ),
            "Write each key of an object once.",
        );
    }

    /// Finds a place for keys that are in no table, where the right key is missing or empty.
    fn guess(&mut self, strange: &[&'v Entry<'a>], table: &Table<N>, defects: &mut Defects) {
        // For each field the best of them, and whether it is one of its synonyms.
        let mut best: [Option<(&'v Entry<'a>, bool)>; N] = [None; N];
        let mut meant = Vec::new();
        for entry in strange.iter().filter(|(_, value)| !value.is_blank()) {
            let folded = fold(&entry.0);
            if let Some(Some(index)) = table.words.get(folded.as_ref()) {
                meant.push((*index, *entry));
            }
            match table.words.get(folded.as_ref()) {
                Some(Some(index)) if best[*index].is_none_or(|(_, sure)| !sure) => best[*index] = Some((entry, true)),
                // A key that says exactly what another field says (`svěšení`) is no misspelling (of `vyvěšení`).
                Some(_) => {}
                None => {
                    for (index, wanted) in table.folded.iter().enumerate() {
                        if near(wanted, &folded) {
                            meant.push((index, *entry));
                            best[index] = best[index].or(Some((entry, false)));
                        }
                    }
                }
            }
        }
        for (index, found) in best.iter().enumerate() {
            let Some(((key, value), _)) = found else { continue };
            if self.get(index).is_none() {
                self.slots[index] = Some(value);
                let name = table.names[index];
                let found = format_args!("The key is written {}.", quote(key)).to_string();
                defects.add(name, Severity::Repaired, found, format_args!("Rename the key to `{name}`."));
            }
        }
        let taken =
            |(index, (_, value)): &(usize, &Entry)| self.slots[*index].is_some_and(|slot| std::ptr::eq(slot, value));
        meant.retain(|rival| !taken(rival));
        self.rivals = meant;
    }

    /// What stands under a key, unless it says nothing.
    pub(super) fn get(&self, index: usize) -> Option<&'v Value<'a>> {
        self.slots[index].filter(|value| !value.is_blank())
    }

    /// What stands under other keys that mean the same field, and was not taken.
    pub(super) fn rivals(&self, index: usize) -> impl Iterator<Item = &'v Entry<'a>> {
        self.rivals.iter().filter(move |(field, _)| *field == index).map(|(_, entry)| *entry)
    }

    /// What stands under a key, also when it says nothing.
    pub(super) fn raw(&self, index: usize) -> Option<&'v Value<'a>> {
        self.slots[index]
    }

    /// All values of a key that is a list: repeated keys lose nothing.
    pub(super) fn all(&self, index: usize) -> impl Iterator<Item = &'v Value<'a>> {
        let earlier = self.earlier.iter().filter(move |(field, _)| *field == index).map(|(_, value)| *value);
        earlier.chain(self.slots[index]).filter(|value| !value.is_blank())
    }
}

/// Keys longer than this are nobody's misspelling.
const LONGEST: usize = 64;

/// A key without case, accents, blanks and underscores.
pub(super) fn fold(key: &str) -> Cow<'_, str> {
    if key.len() > LONGEST {
        return Cow::Borrowed("");
    }
    if key.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(key);
    }
    key.nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .filter(|letter| letter.is_alphanumeric())
        .collect::<String>()
        .into()
}

/// Whether a folded key may be a misspelling of the wanted one: one slip in short words, two in long ones.
pub(super) fn near(wanted: &str, folded: &str) -> bool {
    let slips = match wanted.len() {
        0..4 => 0,
        4..7 => 1,
        _ => 2,
    };
    // One slip changes at most two members of the set of letters: this spares nearly all the work.
    let apart = || (letters(wanted) ^ letters(folded)).count_ones() as usize;
    !folded.is_empty()
        && wanted.len().abs_diff(folded.len()) <= 2 * slips
        && apart() <= 2 * slips
        && distance(wanted, folded) <= slips
}

fn letters(word: &str) -> u64 {
    word.chars().fold(0, |set, letter| set | 1 << (u32::from(letter) % 64))
}

/// Letters to insert, leave out, exchange or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut older: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let exchange = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = exchange.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(older[j - 2] + 1);
            }
            row.push(best);
        }
        older = std::mem::replace(&mut previous, row);
    }
    previous[b.len()]
}
