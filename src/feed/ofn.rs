//! The board as a whole (OFN "Úřední desky", 2021-07-20): whose it is, where it is, and its list of items.
//!
//! Fetches no `@context`: the keys are those of the norm, and nothing that an office writes there changes them. The
//! surprising thing: an empty list is believed, everything else in its place is an error, because "nothing is
//! posted" is a statement that takes notices down.

use std::sync::LazyLock;

use chrono::NaiveDate;

use crate::model::{Severity, Snapshot};

use super::address;
use super::defects::{Defects, quote};
use super::document::link;
use super::field::{self, Fields, Table};
use super::identity::{self, Placed};
use super::item::{self, Context, Shown};
use super::json::{Entry, Value};
use super::{FeedError, MAX_NOTICES};

const TYPE: usize = 0;
const IRI: usize = 1;
const PAGE: usize = 2;
const OPERATOR: usize = 3;
const LIST: usize = 4;
static KEYS: LazyLock<Table<5>> = LazyLock::new(|| {
    Table::new(
        [
            ("typ", &["@type", "type"]),
            ("iri", &["@id", "id"]),
            ("stránka", &["url"]),
            ("provozovatel", &["poskytovatel", "vydavatel"]),
            ("informace", &[]),
        ],
        &["@context", "umístění", "název", "popis", "vytvořeno", "aktualizováno"],
    )
});

pub(super) fn board(
    root: &Value,
    came_from: &str,
    today: NaiveDate,
    defects: &mut Defects,
) -> Result<Snapshot, FeedError> {
    let entries = find(root, defects)?;
    let fields = Fields::of(entries, &KEYS, defects);
    let list = list(&fields, entries)?;
    let page = match fields.get(PAGE) {
        Some(Value::Text(text)) => Some(text.as_ref()),
        _ => None,
    };
    let base = address::base(came_from, page);
    let mut snapshot = Snapshot {
        iri: fields.get(IRI).and_then(plain),
        web: fields.get(PAGE).and_then(|value| link(value, "stránka", base.as_ref(), defects)),
        ico: operator(fields.get(OPERATOR), defects),
        ..Snapshot::default()
    };
    if fields.get(TYPE).is_none() {
        defects.board("typ", Severity::Repaired, "The board's type is missing.", "Write \"typ\": \"Úřední deska\".");
    }
    if snapshot.iri.is_none() {
        let cure = "Give the board an `iri` that never changes, for example the feed's own address.";
        defects.board("iri", Severity::Repaired, "The board's identity is missing.", cure);
    }
    if fields.get(PAGE).is_none() {
        let cure = "Give the address of the electronic board that people can open at home.";
        defects.board("stránka", Severity::Uncertain, "The address of the electronic board is missing.", cure);
    }
    items(&list, &Context { base: base.as_ref(), today }, &mut snapshot, defects)?;
    Ok(snapshot)
}

/// The board's object, also where it is wrapped.
fn find<'v, 'a>(root: &'v Value<'a>, defects: &mut Defects) -> Result<&'v [Entry<'a>], FeedError> {
    let found = match root {
        Value::Object(entries) => match entries.iter().find(|(key, _)| key == "@graph") {
            // JSON-LD allows it; the norm's schema does not.
            Some((_, graph)) if !entries.iter().any(|(key, _)| key == "informace") => graph,
            _ => return Ok(entries),
        },
        other => other,
    };
    let boards: Vec<&[Entry]> = match found {
        Value::List(list) => list.iter().filter_map(board_like).collect(),
        other => board_like(other).into_iter().collect(),
    };
    match boards[..] {
        [board] => {
            let cure = "Publish the board's object alone.";
            defects.board("", Severity::Repaired, "The board is wrapped in a list or in `@graph`.", cure);
            Ok(board)
        }
        [] if matches!(root, Value::List(_)) => Err(FeedError::NotABoard {
            why: "it is a list: put it under `informace` of an object with `typ`, `iri`, `stránka` and `provozovatel`",
        }),
        [] => Err(FeedError::NotABoard { why: "it must be an object with the list `informace`" }),
        _ => Err(FeedError::NotABoard { why: "it has several boards: publish each at an address of its own" }),
    }
}

fn board_like<'v, 'a>(value: &'v Value<'a>) -> Option<&'v [Entry<'a>]> {
    match value {
        Value::Object(entries) if entries.iter().any(|(key, _)| key == "informace") => Some(entries),
        _ => None,
    }
}

fn list<'v, 'a, const N: usize>(
    fields: &Fields<'v, 'a, N>,
    entries: &'v [Entry<'a>],
) -> Result<Vec<&'v Value<'a>>, FeedError> {
    let mut values: Vec<&Value> = fields.all(LIST).collect();
    if values.is_empty() {
        values.extend(fields.raw(LIST));
    }
    if values.is_empty() {
        // Must be survived: a misspelt key with an empty list under it, or one spelt beyond recognition.
        let alike = |(key, value): &&Entry| {
            field::near("informace", &field::fold(key))
                || matches!(value, Value::List(list) if list.iter().any(notice_like))
        };
        let near = entries.iter().find(alike).map(|(key, _)| quote(key).trim_matches('"').to_owned());
        return Err(FeedError::NoList { near });
    }
    Ok(values)
}

fn notice_like(value: &Value) -> bool {
    matches!(value, Value::Object(entries) if entries.iter().any(|(key, _)| matches!(key.as_ref(), "název" | "vyvěšení")))
}

fn items(lists: &[&Value], context: &Context, snapshot: &mut Snapshot, defects: &mut Defects) -> Result<(), FeedError> {
    let mut all: Vec<&Value> = Vec::new();
    for list in lists {
        match list {
            Value::List(list) => all.extend(list),
            Value::Object(entries) if entries.is_empty() => return Err(FeedError::BadList { found: list.kind() }),
            // Must be survived: what PHP makes of a list with gaps, {"0": …, "2": …}.
            Value::Object(entries) if entries.iter().all(|(key, _)| key.bytes().all(|byte| byte.is_ascii_digit())) => {
                let cure = "Write a list: [ … ] instead of {\"0\": … }.";
                defects.board("informace", Severity::Repaired, "It is an object with numbered keys.", cure);
                all.extend(entries.iter().map(|(_, value)| value));
            }
            // Must be survived: one object where a list is meant.
            Value::Object(_) => {
                let cure = "Put it into a list: \"informace\": [ { … } ].";
                defects.board("informace", Severity::Repaired, "It is one object where a list is meant.", cure);
                all.push(list);
            }
            other => return Err(FeedError::BadList { found: other.kind() }),
        }
    }
    if all.len() > MAX_NOTICES {
        return Err(FeedError::TooMany { count: all.len() });
    }
    let mut placed = Vec::with_capacity(all.len());
    let unreadable = &mut snapshot.unreadable;
    for (index, value) in all.iter().enumerate() {
        let position = index + 1;
        defects.open(position);
        let read = match value {
            Value::Object(entries) => item::read(entries, context, defects),
            other => {
                let found = format_args!("The item is {} where an object is meant.", other.kind()).to_string();
                defects.add("", Severity::Lost, found, "Fill the item in, or remove it.");
                Err(item::Blank(match other {
                    Value::Text(text) => item::bare_identity(text, defects),
                    _ => None,
                }))
            }
        };
        match read {
            Ok(Shown { notice, titled }) => {
                defects.close(Some(&notice.id), Some(&notice.title));
                placed.push(Placed { position, notice, titled });
            }
            Err(item::Blank(id)) => {
                defects.close(id.as_deref(), None);
                match id {
                    Some(id) => unreadable.ids.push(id),
                    None => unreadable.nameless += 1,
                }
            }
        }
    }
    if placed.is_empty() && !all.is_empty() {
        return Err(FeedError::NothingReadable { count: all.len() });
    }
    let settled = identity::settle(placed, defects);
    let untitled = settled.iter().filter(|placed| !placed.titled);
    snapshot.untitled = untitled.map(|placed| placed.notice.id.clone()).collect();
    snapshot.notices = settled.into_iter().map(|placed| placed.notice).collect();
    Ok(())
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if text.len() <= super::MAX_ADDRESS => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

const NUMBER: usize = 0;
const AUTHORITY: usize = 1;
static OPERATOR_KEYS: LazyLock<Table<2>> = LazyLock::new(|| {
    Table::new([("ičo", &["ico", "ič", "IČ"]), ("identifikátor_ovm", &[])], &["typ", "iri", "název", "popis", "url"])
});

/// The operator's IČO. The norm allows an authority to be named by its own identifier, which for municipalities is
/// the IČO as well.
fn operator(value: Option<&Value>, defects: &mut Defects) -> Option<String> {
    const CURE: &str = "Write \"provozovatel\": {\"typ\": \"Osoba\", \"ičo\": \"…\"} with the office's eight digits.";
    let number: Option<&Value> = match value {
        Some(Value::List(list)) => match list.iter().find(|one| !one.is_blank()) {
            Some(Value::List(_)) | None => None,
            one => return operator(one, defects),
        },
        Some(Value::Object(entries)) => {
            let fields = Fields::of(entries, &OPERATOR_KEYS, defects);
            fields.get(NUMBER).or(fields.get(AUTHORITY))
        }
        other => other,
    };
    let raw = match number {
        Some(Value::Text(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => {
            defects.board("provozovatel", Severity::Uncertain, "The operator's IČO is missing.", CURE);
            return None;
        }
    };
    // Must be survived: a number that lost its zeros, a tax number (DIČ), digits in groups.
    let bare = raw.to_ascii_uppercase();
    let bare = bare.strip_prefix("CZ").unwrap_or(&bare);
    let digits: String = bare.chars().filter(|letter| !letter.is_whitespace()).collect();
    let valid = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Kadaň 2022: an outage that was a valid, empty board of the operator 00000000.
    if !valid || digits.bytes().all(|byte| byte == b'0') {
        let found = format_args!("{} is no IČO of an office.", quote(&raw)).to_string();
        defects.board("provozovatel.ičo", Severity::Uncertain, found, CURE);
        return None;
    }
    let ico = format!("{digits:0>8}");
    if ico != raw || !matches!(number, Some(Value::Text(_))) {
        let found = format_args!("{} is read as {ico}.", quote(&raw)).to_string();
        defects.board("provozovatel.ičo", Severity::Repaired, found, CURE);
    }
    Some(ico)
}
