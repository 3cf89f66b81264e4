//! The list of what a clerk should mend, bounded per field so that a thousand trifles never bury one loss.
//!
//! The surprising thing: an item's identity and title are known only when it has been read, so they are filled in
//! afterwards, by `close`.

use std::fmt::Display;

use crate::model::{Defect, Item, Severity};

use super::MAX_DEFECTS_PER_FIELD;

#[derive(Default)]
pub(super) struct Defects {
    list: Vec<Defect>,
    /// How often each field was reported, per severity.
    counts: Vec<Count>,
    /// Position of the item being read; 0 outside items.
    position: usize,
    /// Where its defects begin in `list`.
    start: usize,
}

struct Count {
    field: &'static str,
    severity: Severity,
    times: usize,
}

impl Defects {
    /// What follows concerns the item at this position, from 1.
    pub(super) fn open(&mut self, position: usize) {
        self.position = position;
        self.start = self.list.len();
    }

    /// The item has been read, and this is how its clerk would look for it.
    pub(super) fn close(&mut self, id: Option<&str>, title: Option<&str>) {
        for defect in &mut self.list[self.start..] {
            if let Some(item) = &mut defect.item {
                item.id = id.map(str::to_owned);
                item.title = title.map(str::to_owned);
            }
        }
        self.position = 0;
    }

    /// A defect of the item being read, or of the board outside items.
    pub(super) fn add(&mut self, field: &'static str, severity: Severity, found: impl Display, cure: impl Display) {
        let item = (self.position > 0).then_some(Item { position: self.position, id: None, title: None });
        self.push(item, field, severity, found, cure);
    }

    /// A defect of the board itself.
    pub(super) fn board(&mut self, field: &'static str, severity: Severity, found: impl Display, cure: impl Display) {
        self.push(None, field, severity, found, cure);
    }

    /// A defect of an item that has been read already.
    pub(super) fn of(
        &mut self,
        item: Item,
        field: &'static str,
        severity: Severity,
        found: impl Display,
        cure: impl Display,
    ) {
        self.push(Some(item), field, severity, found, cure);
    }

    fn push(
        &mut self,
        item: Option<Item>,
        field: &'static str,
        severity: Severity,
        found: impl Display,
        cure: impl Display,
    ) {
        let known = self.counts.iter_mut().find(|count| count.field == field && count.severity == severity);
        let times = match known {
            Some(count) => {
                count.times += 1;
                count.times
            }
            None => {
                self.counts.push(Count { field, severity, times: 1 });
                1
            }
        };
        if times <= MAX_DEFECTS_PER_FIELD {
            let (field, found, cure) = (field.to_owned(), found.to_string(), cure.to_string());
            self.list.push(Defect { item, field, severity, found, cure });
        }
    }

    /// All of them; what was left off is said in one more per field.
    pub(super) fn finish(mut self) -> Vec<Defect> {
        for Count { field, severity, times } in self.counts {
            if times > MAX_DEFECTS_PER_FIELD {
                self.list.push(Defect {
                    item: None,
                    field: field.to_owned(),
                    severity,
                    found: format!("{} more defects of this field are not listed.", times - MAX_DEFECTS_PER_FIELD),
                    cure: "Mend those listed, then check the feed again.".to_owned(),
                });
            }
        }
        self.list
    }
}

/// A piece of the feed as it may be quoted in a defect: short, on one line, with what cannot be seen made visible.
pub(super) fn quote(raw: &str) -> String {
    const MAX: usize = 60;
    let mut quoted = String::with_capacity(raw.len().min(MAX) + 4);
    quoted.push('"');
    for (count, letter) in raw.chars().enumerate() {
        if count == MAX {
            quoted.push('…');
            break;
        }
        if letter.is_control() || super::words::invisible(letter) {
            quoted.extend(letter.escape_unicode());
        } else {
            quoted.push(letter);
        }
    }
    quoted.push('"');
    quoted
}
