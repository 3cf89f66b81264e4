//! A value that holds a text (OFN: text, vícejazyčný) → the text to show, in Czech where there is any.
//!
//! How a text is cleaned is `words`' business. The surprising thing: a text of a lone dash says nothing, like an empty
//! one; forms that require a field are filled in that way.

use std::borrow::Cow;

use crate::model::Severity;

use super::defects::Defects;
use super::json::{Entry, Value};
use super::words::{self, Repairs};
use super::{MAX_DESCRIPTION, MAX_LINE};

/// What a text should look like by the norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// `{"cs": "…"}` on one line.
    Title,
    /// `{"cs": "…"}` with paragraphs.
    Description,
    /// A bare text.
    Plain,
}

/// A text that can be shown; `None` where nothing is left of it.
pub(super) fn text(value: &Value, expect: Expect, field: &'static str, defects: &mut Defects) -> Option<String> {
    let (raw, form) = pick(value)?;
    let bare = "Write {\"cs\": \"…\"}.";
    match (expect, form) {
        (Expect::Plain, Shape::Map) | (Expect::Title | Expect::Description, Shape::Bare) => {
            let (found, cure) = match expect {
                Expect::Plain => ("It is an object where a text is meant.", "Write the text alone."),
                _ => ("It is a bare text where languages are meant.", bare),
            };
            defects.add(field, Severity::Repaired, found, cure);
        }
        (_, Shape::List) => {
            defects.add(
                field,
                Severity::Repaired,
                "It is a list of texts; the first that says something is shown.",
                bare,
            );
        }
        (_, Shape::Foreign) => {
            defects.add(field, Severity::Uncertain, "There is no Czech text; another language is shown.", bare);
        }
        _ => {}
    }
    let (text, repairs) = match expect {
        Expect::Description => words::paragraphs(&raw, MAX_DESCRIPTION),
        _ => words::line(&raw, MAX_LINE),
    };
    report(repairs, field, defects);
    (!text.is_empty()).then_some(text)
}

fn report(repairs: Repairs, field: &'static str, defects: &mut Defects) {
    if repairs == Repairs::default() {
        return;
    }
    let mut add = |found: &str, severity, cure: &str| defects.add(field, severity, found, cure);
    if repairs.entities {
        add(
            "The text has HTML entities such as &quot; in it.",
            Severity::Repaired,
            "Write the letters themselves: JSON is not HTML.",
        );
    }
    if repairs.tags {
        add("The text has HTML tags in it.", Severity::Repaired, "Write plain text.");
    }
    if repairs.invisible {
        add(
            "The text has control characters or invisible letters in it.",
            Severity::Repaired,
            "Write the text anew instead of pasting it.",
        );
    }
    if repairs.damaged {
        add("The text has letters that were lost (\u{fffd}).", Severity::Uncertain, "Write the text anew.");
    }
    if repairs.cut {
        add("The text is too long and was cut.", Severity::Uncertain, "Put long texts into a document.");
    }
}

/// In which form a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{"cs": "…"}`
    Map,
    /// The same without Czech.
    Foreign,
    Bare,
    List,
}

/// The text to show of a value in whatever form; `None` where it says nothing.
pub(super) fn pick<'v>(value: &'v Value) -> Option<(Cow<'v, str>, Shape)> {
    match value {
        Value::Text(text) => says(text).map(|text| (Cow::Borrowed(text), Shape::Bare)),
        Value::Number(number) => Some((Cow::Owned(number.to_string()), Shape::Bare)),
        Value::Object(entries) => languages(entries),
        // Must be survived: a list of languages, or of pieces.
        Value::List(list) => {
            let czech = list.iter().find(|one| tagged_czech(one));
            let picked = czech.and_then(scalar).or_else(|| list.iter().find_map(scalar));
            picked.map(|text| (text, Shape::List))
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// The norm's form, and what must be survived of it: other tags for Czech, no Czech at all.
fn languages<'v>(entries: &'v [Entry]) -> Option<(Cow<'v, str>, Shape)> {
    let of = |name: &str| entries.iter().rev().filter(|(key, _)| key == name).find_map(|(_, value)| scalar(value));
    if let Some(text) = of("cs") {
        return Some((text, Shape::Map));
    }
    let czech = |key: &str| {
        let tag = key.trim().to_ascii_lowercase();
        matches!(tag.as_str(), "cs" | "cz" | "cze" | "ces" | "čeština")
            || tag.starts_with("cs-")
            || tag.starts_with("cs_")
    };
    if let Some(text) = entries.iter().filter(|(key, _)| czech(key)).find_map(|(_, value)| scalar(value)) {
        return Some((text, Shape::Map));
    }
    // JSON-LD's own form of a text in a language.
    if let Some(text) = of("@value") {
        return Some((text, Shape::Bare));
    }
    let other = entries.iter().filter(|(key, _)| !key.starts_with('@') && !matches!(key.as_ref(), "typ" | "iri"));
    other.into_iter().find_map(|(_, value)| scalar(value)).map(|text| (text, Shape::Foreign))
}

/// A text without further structure: of a list its first that says something.
fn scalar<'v>(value: &'v Value) -> Option<Cow<'v, str>> {
    match value {
        Value::Text(text) => says(text).map(Cow::Borrowed),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::List(list) => list.iter().find_map(|one| match one {
            Value::Text(text) => says(text).map(Cow::Borrowed),
            _ => None,
        }),
        Value::Object(entries) => {
            entries.iter().filter(|(key, _)| !key.starts_with("@lang") && key != "typ").find_map(|(_, value)| {
                match value {
                    Value::Text(text) => says(text).map(Cow::Borrowed),
                    _ => None,
                }
            })
        }
        Value::Null | Value::Bool(_) => None,
    }
}

fn tagged_czech(value: &Value) -> bool {
    matches!(value, Value::Object(entries) if entries.iter().any(|(key, value)| {
        key == "cs" || (key == "@language" && matches!(value, Value::Text(tag) if tag == "cs"))
    }))
}

/// Something besides blanks and a lone dash.
fn says(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    (!matches!(trimmed, "" | "-" | "–" | "—")).then_some(text)
}
