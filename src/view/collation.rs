//! Czech alphabetical order: Č after C, CH after H, Ř, Š, Ž after R, S, Z; accents on vowels count last.
//!
//! It deliberately does not follow the language that the glass speaks: what is sorted are titles and categories as the
//! office wrote them, in Czech, and they stay where they are under the eyes of whoever changes the language. Boards
//! keep the order of the configuration, languages too. The order is the one of CLDR, compiled in: a table of our own
//! would be smaller, and wrong in its fourth level.

use std::cmp::Ordering;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

pub struct Czech(CollatorBorrowed<'static>);

impl Czech {
    pub fn new() -> Czech {
        let collator = Collator::try_new(locale!("cs").into(), CollatorOptions::default());
        Czech(collator.expect("the Czech order is compiled in"))
    }

    pub fn compare(&self, a: &str, b: &str) -> Ordering {
        self.0.compare(a, b)
    }
}
