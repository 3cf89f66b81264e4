//! The two languages of the pages, and how each writes dates and counts.
//!
//! Both stand side by side in the template: `{{ page.say("Místa", "Places") }}`, Czech first. What people have typed
//! themselves is never translated.

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Prague;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Czech,
    English,
}

impl Language {
    /// As the `lang` of a page, a cookie and the database write it.
    pub fn code(self) -> &'static str {
        self.say("cs", "en")
    }

    pub fn parse(code: &str) -> Option<Language> {
        match code {
            "cs" => Some(Language::Czech),
            "en" => Some(Language::English),
            _ => None,
        }
    }

    /// What a browser asks for (`Accept-Language`, RFC 9110 § 12.5.4): the first that we speak, in its order; weights
    /// are not looked at, for browsers write the dearest first. A Slovak reads Czech.
    pub fn of_browser(wanted: &str) -> Language {
        let tags = wanted.split(',').take(16).map(|tag| tag.split([';', '-']).next().unwrap_or_default().trim());
        let mut known = tags.filter_map(|tag| match tag.to_ascii_lowercase().as_str() {
            "cs" | "sk" => Some(Language::Czech),
            "en" => Some(Language::English),
            _ => None,
        });
        known.next().unwrap_or_default()
    }

    pub fn say<'a>(self, czech: &'a str, english: &'a str) -> &'a str {
        match self {
            Language::Czech => czech,
            Language::English => english,
        }
    }

    /// A day in Prague: `24. 11. 2026`.
    pub fn day(self, at: &DateTime<Utc>) -> String {
        let format = self.say("%-d.\u{a0}%-m.\u{a0}%Y", "%-d\u{a0}%B\u{a0}%Y");
        at.with_timezone(&Prague).format(format).to_string()
    }

    /// A minute in Prague: `24. 11. 2026 8:05`.
    pub fn moment(self, at: &DateTime<Utc>) -> String {
        let format = self.say("%-d.\u{a0}%-m.\u{a0}%Y %-H:%M", "%-d\u{a0}%B\u{a0}%Y, %-H:%M");
        at.with_timezone(&Prague).format(format).to_string()
    }

    /// The noun after a number: Czech has three forms (1 panel, 2 panely, 5 panelů), English two.
    pub fn count<'a>(self, number: usize, czech: [&'a str; 3], english: [&'a str; 2]) -> &'a str {
        match (self, number) {
            (Language::Czech, 1) => czech[0],
            (Language::Czech, 2..=4) => czech[1],
            (Language::Czech, _) => czech[2],
            (Language::English, 1) => english[0],
            (Language::English, _) => english[1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_first_language_that_it_wants_and_we_have() {
        for (wanted, language) in [
            ("cs,en;q=0.8", Language::Czech),
            ("en-GB,en;q=0.9,cs;q=0.8", Language::English),
            ("sk-SK", Language::Czech),
            ("de-AT, EN;q=0.5", Language::English),
            ("uk", Language::Czech),
            ("", Language::Czech),
            (";;,,-", Language::Czech),
        ] {
            assert_eq!(Language::of_browser(wanted), language, "{wanted}");
        }
    }

    #[test]
    fn days_are_those_of_prague() {
        let at = DateTime::from_timestamp(1_795_476_600, 0).expect("a moment");
        assert_eq!(at.to_rfc3339(), "2026-11-23T23:30:00+00:00");
        assert_eq!(Language::Czech.moment(&at), "24.\u{a0}11.\u{a0}2026 0:30");
        assert_eq!(Language::English.day(&at), "24\u{a0}November\u{a0}2026");
    }
}
