//! The three villages as `demo/*.toml` declares them, carried in the program.
//!
//! Knows nothing of feeds or addresses. The surprising thing: no date stands in those files. Every day is counted
//! from today, so that the demo is as fresh in a year as it is now.

use chrono::{Datelike as _, Days, NaiveDate};
use serde::Deserialize;

/// What is wrong in a declaration cannot be mended by whoever runs the program.
const SOUND: &str = "the declarations are part of the program and tested";

/// In the order in which the panel lists them.
const DECLARATIONS: [&str; 3] = [
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/dolni-lhota.toml")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/horni-lhota.toml")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/zalesi.toml")),
];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Village {
    pub board: Office,
    #[serde(rename = "notice")]
    pub notices: Vec<Entry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    pub key: String,
    pub name: String,
    pub ico: String,
    pub colour: String,
    pub phone: String,
    /// Address of the electronic board; leads nowhere.
    pub web: String,
}

/// One notice. Its days are counted from today.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Last part of its address, unique within the village.
    pub id: String,
    /// May hold dates: see [`dated`]. So may the description.
    pub title: String,
    pub description: Option<String>,
    /// First day on the board.
    pub posted: i64,
    /// Last day on the board.
    pub until: i64,
    /// číslo jednací
    pub number: Option<String>,
    /// spisová značka
    pub file: Option<String>,
    /// původce
    pub issuer: Option<String>,
    pub categories: Vec<String>,
    #[serde(default)]
    pub documents: Vec<Attachment>,
    /// A mistake of the kind offices make in their feeds.
    pub defect: Option<Mistake>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Name of a file in `demo/documents`.
    pub file: String,
    pub title: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// The title is a text where the norm wants one per language.
    BareTitle,
    /// The title holds `&amp;`.
    Entities,
    /// The notice has no `iri`.
    NoIri,
}

/// All villages, in the order in which the panel lists them.
pub fn villages() -> Vec<Village> {
    DECLARATIONS.iter().map(|text| toml::from_str(text).expect(SOUND)).collect()
}

/// `today` and so many days.
pub fn day(today: NaiveDate, offset: i64) -> NaiveDate {
    let days = Days::new(offset.unsigned_abs());
    if offset < 0 { today - days } else { today + days }
}

/// Puts dates where the text says `{+9}` (2. 12. 2026) or `{+9d}` (2. 12.), counted from `today`.
pub fn dated(text: &str, today: NaiveDate) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, behind) = after.split_once('}').expect(SOUND);
        let date = day(today, inside.trim_end_matches('d').parse().expect(SOUND));
        out.push_str(before);
        // A no-break space: a date never ends a line in its middle.
        out.push_str(&format!("{}.\u{a0}{}.", date.day(), date.month()));
        if !inside.ends_with('d') {
            out.push_str(&format!("\u{a0}{}", date.year()));
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
