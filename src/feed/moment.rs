//! A field that holds a day (OFN: časový okamžik) → the day, or a defect that says what was found instead.
//!
//! How a day is spelled is `time`'s business. The surprising thing: a day that nobody could read is not an error of
//! the item; the notice is shown without it.

use std::sync::LazyLock;

use chrono::NaiveDate;

use crate::model::Severity;

use super::defects::{Defects, quote};
use super::field::{Fields, Table};
use super::json::Value;
use super::time::{self, Form, Reading};

const DATE: usize = 0;
const DATE_TIME: usize = 1;
const UNSPECIFIED: usize = 2;
const START: usize = 3;
const END: usize = 4;
static KEYS: LazyLock<Table<5>> = LazyLock::new(|| {
    Table::new(
        [
            ("datum", &["date", "@value"]),
            ("datum_a_čas", &["datum_čas", "dateTime"]),
            ("nespecifikovaný", &["neurčený"]),
            ("začátek", &[]),
            ("konec", &[]),
        ],
        &["typ", "iri", "@type", "@id", "název", "popis"],
    )
});

/// Which of the two days of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Posted,
    Until,
}

impl Which {
    pub(super) fn field(self) -> &'static str {
        match self {
            Which::Posted => "vyvěšení",
            Which::Until => "relevantní_do",
        }
    }

    fn missing(self) -> &'static str {
        match self {
            Which::Posted => "The notice is shown without its day of posting.",
            Which::Until => "The notice is shown without an end, until the feed no longer lists it.",
        }
    }

    fn cure(self) -> &'static str {
        match self {
            Which::Posted => "Give the day of posting as {\"typ\": \"Časový okamžik\", \"datum\": \"2022-05-10\"}.",
            Which::Until => {
                "Give the last day as {\"typ\": \"Časový okamžik\", \"datum\": \"2022-05-10\"}, \
                 or {\"typ\": \"Časový okamžik\", \"nespecifikovaný\": true} where there is none."
            }
        }
    }
}

/// Whether the field says anything: a day, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Day(NaiveDate),
    /// `nespecifikovaný`: the office says that there is no such day.
    NoDay,
    /// Missing, empty or unreadable; reported.
    Nothing,
}

impl Said {
    pub(super) fn day(self) -> Option<NaiveDate> {
        match self {
            Said::Day(day) => Some(day),
            Said::NoDay | Said::Nothing => None,
        }
    }
}

pub(super) fn read(value: Option<&Value>, which: Which, defects: &mut Defects) -> Said {
    match value {
        None => absent(which, "There is no such key.", defects),
        Some(value) => any(value, which, 0, defects),
    }
}

/// Settles what was read under several keys.
pub(super) fn settle(given: &[(&str, Said)], which: Which, defects: &mut Defects) -> Option<NaiveDate> {
    let told = || given.iter().filter(|(_, said)| *said != Said::Nothing);
    let longest = |(_, said): &&(&str, Said)| (*said == Said::NoDay, said.day());
    let (_, settled) = match which {
        // No day of posting is the earliest: the notice is up at once.
        Which::Posted => told().min_by_key(|(_, said)| said.day()),
        Which::Until => told().max_by_key(longest),
    }?;
    if told().any(|(_, said)| said != settled) {
        let days: Vec<String> = told().map(|(key, said)| format!("{} under {}", words(*said), quote(key))).collect();
        contradiction(which, which.field(), &days.join(", "), *settled, defects);
    }
    settled.day()
}

fn words(said: Said) -> String {
    said.day().map_or_else(|| "none".to_owned(), |day| day.to_string())
}

fn contradiction(which: Which, name: &'static str, days: &str, settled: Said, defects: &mut Defects) {
    let what = if which == Which::Posted { "day of posting" } else { "last day" };
    defects.add(
        name,
        Severity::Uncertain,
        format_args!("The {what} is given differently ({days}); it is taken to be {}.", words(settled)),
        which.cure(),
    );
}

fn any(value: &Value, which: Which, depth: usize, defects: &mut Defects) -> Said {
    let name = which.field();
    match value {
        Value::Object(entries) if !entries.is_empty() => object(entries, which, depth, defects),
        // Must be survived: the day itself where an object is meant.
        Value::Text(text) if !text.trim().is_empty() => {
            let said = day(time::read(text), text, false, which, defects);
            if said != Said::Nothing {
                defects.add(name, Severity::Repaired, "It is a text where an object is meant.", which.cure());
            }
            said
        }
        Value::Number(number) => day(time::number(number), &number.to_string(), false, which, defects),
        // Must be survived: a list of one.
        Value::List(list) if depth == 0 && !list.is_empty() => {
            if list.len() > 1 {
                defects.add(name, Severity::Uncertain, "It is a list of several days; the first counts.", which.cure());
            } else {
                defects.add(name, Severity::Repaired, "It is a list where one object is meant.", which.cure());
            }
            any(&list[0], which, depth + 1, defects)
        }
        other => absent(which, format_args!("It is {}.", blank_kind(other)), defects),
    }
}

fn blank_kind(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "an empty text",
        other => other.kind(),
    }
}

fn object(entries: &[super::json::Entry], which: Which, depth: usize, defects: &mut Defects) -> Said {
    let name = which.field();
    // The norm's own form, without detours.
    if let [(_, Value::Text(_)), (key, Value::Text(date))] = entries
        && key == "datum"
        && let Reading::Day(day, Form::Date) = time::read(date)
    {
        return Said::Day(day);
    }
    let fields = Fields::of(entries, &KEYS, defects);
    let unspecified = fields.get(UNSPECIFIED).is_some_and(|value| match value {
        Value::Bool(yes) => *yes,
        Value::Text(text) => matches!(text.trim().to_lowercase().as_str(), "true" | "ano" | "1"),
        Value::Number(number) => number.as_u64() == Some(1),
        _ => false,
    });
    let mut scalar = |index: usize| match fields.get(index) {
        Some(Value::Text(text)) => Some(day(time::read(text), text, index == DATE_TIME, which, defects)),
        Some(Value::Number(number)) => {
            Some(day(time::number(number), &number.to_string(), index == DATE_TIME, which, defects))
        }
        _ => None,
    };
    let date = scalar(DATE);
    let date_time = if date.and_then(Said::day).is_none() { scalar(DATE_TIME) } else { None };
    let date = match (date, fields.get(DATE_TIME)) {
        (Some(Said::Day(day)), Some(Value::Text(text))) => Some(Said::Day(both(day, time::read(text), which, defects))),
        _ => date,
    };
    let written = date_time.filter(|said| *said != Said::Nothing).or(date).or(date_time);
    match written {
        Some(Said::Day(day)) => {
            if unspecified {
                defects.add(
                    name,
                    Severity::Uncertain,
                    "It has a day and says `nespecifikovaný` as well; the day counts.",
                    "Write either the day or `nespecifikovaný`, not both.",
                );
            }
            Said::Day(day)
        }
        _ if unspecified => Said::NoDay,
        Some(said) => said,
        None => match fields.get(if which == Which::Posted { START } else { END }) {
            // Must be survived: an interval (OFN: časový interval) where a moment is meant.
            Some(inner) if depth == 0 => any(inner, which, depth + 1, defects),
            _ => absent(which, "It has neither `datum` nor `datum_a_čas`.", defects),
        },
    }
}

/// The day of `datum` where `datum_a_čas` is there as well.
fn both(day: NaiveDate, timed: Reading, which: Which, defects: &mut Defects) -> NaiveDate {
    let Reading::Day(other, _) = timed else { return day };
    if other == day {
        return day;
    }
    let settled = if which == Which::Posted { day.min(other) } else { day.max(other) };
    let days = format!("{day} under \"datum\", {other} under \"datum_a_čas\"");
    contradiction(which, which.field(), &days, Said::Day(settled), defects);
    settled
}

fn absent(which: Which, found: impl std::fmt::Display, defects: &mut Defects) -> Said {
    defects.add(which.field(), Severity::Uncertain, format_args!("{found} {}", which.missing()), which.cure());
    Said::Nothing
}

/// `timed`: it stands under `datum_a_čas`.
fn day(reading: Reading, raw: &str, timed: bool, which: Which, defects: &mut Defects) -> Said {
    let name = match (which, timed) {
        (Which::Posted, false) => "vyvěšení.datum",
        (Which::Posted, true) => "vyvěšení.datum_a_čas",
        (Which::Until, false) => "relevantní_do.datum",
        (Which::Until, true) => "relevantní_do.datum_a_čas",
    };
    let lost = |found: &str, defects: &mut Defects| {
        defects.add(name, Severity::Uncertain, format_args!("{found} {}", which.missing()), which.cure());
        Said::Nothing
    };
    let (day, form) = match reading {
        Reading::Day(day, form) => (day, form),
        Reading::Blank => return lost(&format!("{} is written where a day is meant.", quote(raw)), defects),
        Reading::Ambiguous => return lost(&format!("{} may be one day or another.", quote(raw)), defects),
        Reading::Placeholder => {
            return lost(&format!("{} is a default of some program, not a decision.", quote(raw)), defects);
        }
        Reading::Unreadable => return lost(&format!("{} cannot be read as a day.", quote(raw)), defects),
    };
    let fault = match (form, timed) {
        (Form::Date | Form::DateZone, false) | (Form::Instant, true) => None,
        (Form::Date | Form::DateZone, true) => Some("has no time"),
        (Form::Instant, false) => Some("has a time"),
        (Form::LocalTime, false) => Some("has a time without a zone"),
        (Form::LocalTime, true) => Some("has no zone"),
        (Form::Foreign, _) => Some("is not written as the norm wants it"),
    };
    if let Some(fault) = fault {
        defects.add(
            name,
            Severity::Repaired,
            format_args!("{} {fault}; it is read as {day}.", quote(raw)),
            format_args!("Write \"datum\": \"{day}\"."),
        );
    }
    Said::Day(day)
}
