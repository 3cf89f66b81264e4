//! Every way in which feeds write a day → the day in Europe/Prague.
//!
//! Text and numbers only; which key they stand under is `moment`'s business. The surprising thing: an instant is
//! converted (`2022-05-09T22:00:00Z` is the tenth of May in Prague), a time without a zone is a time in Prague.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeZone, Utc, Weekday};
use chrono_tz::Europe::Prague;

use super::field::fold;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Day(NaiveDate, Form),
    /// Empty, a dash, `0000-00-00` and words such as "neurčeno".
    Blank,
    /// `05/06/2022`, a day in one country and another in the next, and a whole week.
    Ambiguous,
    /// A default of some program (1970-01-01, 9999-12-31): nobody decided it.
    Placeholder,
    Unreadable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `2022-05-10`
    Date,
    /// `2022-05-10+02:00`, which the norm allows.
    DateZone,
    /// `2022-05-10T08:00:00+02:00`
    Instant,
    /// `2022-05-10T08:00:00`
    LocalTime,
    /// `10. 5. 2022` and everything else that is no ISO 8601.
    Foreign,
}

/// Days outside of this are defaults of programs, not decisions of offices.
const FIRST_YEAR: i32 = 1990;
const LAST_YEAR: i32 = 2899;

/// How the months begin in every case, without accents.
const MONTHS: [&str; 12] =
    ["led", "unor", "brez", "dub", "kvet", "cervn", "cervenc", "srp", "zari", "rij", "listopad", "prosin"];

const NOTHING: &[&str] = &[
    "-",
    "--",
    "–",
    "—",
    "0",
    "null",
    "none",
    "nil",
    "undefined",
    "n/a",
    "nan",
    "není",
    "neuvedeno",
    "nespecifikováno",
    "nespecifikovaný",
    "neurčeno",
    "neomezeno",
    "trvale",
    "stále",
    "do odvolání",
    "na dobu neurčitou",
    "není uvedeno",
];

pub(super) fn read(raw: &str) -> Reading {
    let text = raw.trim();
    if let Some(day) = iso_day(text.as_bytes()) {
        return judge(day, Form::Date);
    }
    if text.len() > 100 {
        return Reading::Unreadable;
    }
    let lower = text.to_lowercase();
    // Must be survived: zeros, dashes and words that fill in a required field.
    let zero = lower.bytes().any(|byte| byte == b'0') && lower.bytes().all(|byte| b"0-.:/tz +".contains(&byte));
    if text.is_empty() || zero || NOTHING.contains(&lower.as_str()) {
        return Reading::Blank;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text);
    }
    // Must be survived: days as in e-mail and RSS.
    if let Ok(instant) = DateTime::parse_from_rfc2822(text) {
        return judge(instant.with_timezone(&Prague).date_naive(), Form::Foreign);
    }
    week(&lower).or_else(|| written(&lower)).unwrap_or(Reading::Unreadable)
}

/// `2022-W19-2` and `2022W192` of ISO 8601; a week alone is no day.
fn week(text: &str) -> Option<Reading> {
    let (year, rest) = text.split_once('w')?;
    let year = year.strip_suffix('-').unwrap_or(year);
    let (week, day) = rest.split_at_checked(2)?;
    let day = day.strip_prefix('-').unwrap_or(day);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || day.len() > 1 || ![year, week, day].into_iter().all(digits) {
        return None;
    }
    let Ok(day) = day.parse::<u8>() else { return Some(Reading::Ambiguous) };
    let weekday = Weekday::try_from(day.checked_sub(1)?).ok()?;
    let day = NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, weekday)?;
    Some(judge(day, Form::Foreign))
}

/// A number where a text is meant: a day without dashes, or seconds or milliseconds of a computer's clock.
pub(super) fn number(raw: &serde_json::Number) -> Reading {
    match raw.as_u64() {
        Some(0) => Reading::Blank,
        Some(number) => digits(&number.to_string()),
        None => Reading::Unreadable,
    }
}

fn judge(day: NaiveDate, form: Form) -> Reading {
    if (FIRST_YEAR..=LAST_YEAR).contains(&day.year()) { Reading::Day(day, form) } else { Reading::Placeholder }
}

/// The norm's own form, without detours: nearly every day of nearly every feed.
fn iso_day(bytes: &[u8]) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    NaiveDate::from_ymd_opt(number(&[y1, y2, y3, y4])?.cast_signed(), number(&[m1, m2])?, number(&[d1, d2])?)
}

fn digits(text: &str) -> Reading {
    let instant = |seconds: i64| {
        DateTime::<Utc>::from_timestamp(seconds, 0)
            .map_or(Reading::Unreadable, |instant| judge(instant.with_timezone(&Prague).date_naive(), Form::Foreign))
    };
    match (text.len(), text.parse::<i64>()) {
        (8, Ok(number)) => {
            let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
            day_of(year, month, day).map_or(Reading::Unreadable, |day| judge(day, Form::Foreign))
        }
        (9 | 10, Ok(seconds)) => instant(seconds),
        (12 | 13, Ok(milliseconds)) => instant(milliseconds / 1_000),
        _ => Reading::Unreadable,
    }
}

fn day_of(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

/// A day and perhaps a time in words and figures; `None` where something in it is not understood.
fn written(text: &str) -> Option<Reading> {
    let mut rest = Rest(text);
    let first = match rest.digits() {
        Some(digits) => digits,
        // "dne 1. 2. 2022", "do 1. 2. 2022"
        None => {
            rest.take_while(|letter| !letter.is_ascii_digit());
            rest.digits()?
        }
    };
    let (day, dashed) = if first.len() == 4 {
        let year = first.parse().ok()?;
        let mark = rest.one_of(&['-', '/', '.'])?;
        let month = rest.number()?;
        rest.one_of(&[mark])?;
        (day_of(year, month, rest.number()?)?, mark == '-')
    } else {
        // Must be survived: days as Czech offices write them in letters, and as programs of other countries write them.
        match czech(first, &mut rest)? {
            Some(day) => (day, false),
            None => return Some(Reading::Ambiguous),
        }
    };
    let spelled = dashed && text.len() - rest.0.len() == 10;
    let form = |form| if spelled { form } else { Form::Foreign };
    if rest.0.trim_matches([' ', '.', ',']).is_empty() {
        return Some(judge(day, Form::Foreign));
    }
    if let Some(zone) = zone(rest.0) {
        // A day in a zone is that day: the norm's own example is 2019-01-01+01:00.
        return zone.map(|_| judge(day, form(Form::DateZone)));
    }
    rest.take_while(|letter| letter == 't' || letter == ',' || letter == ' ' || letter == '\u{a0}' || letter == '.');
    if rest.0.starts_with('v') {
        rest.take_while(|letter| letter.is_alphabetic() || letter == ' ');
    }
    let (hour, minute, second) = clock(&mut rest)?;
    let left = rest.0.trim_start();
    match zone(left) {
        Some(Some(zone)) => {
            let local = day.and_hms_opt(hour.min(23), minute, second.min(59))?;
            let instant = zone.from_local_datetime(&local).single()?;
            Some(judge(instant.with_timezone(&Prague).date_naive(), form(Form::Instant)))
        }
        Some(None) => None,
        None if left.is_empty() || left.starts_with("[europe/prague]") || left == "h" || left.starts_with("hod") => {
            Some(judge(day, form(Form::LocalTime)))
        }
        None => None,
    }
}

/// Day, month and year in the Czech order, the day read already. With slashes, or with more than twelve in the place of
/// the month, also in the American order; `Some(None)` where both give a day, and not the same.
fn czech(day: &str, rest: &mut Rest) -> Option<Option<NaiveDate>> {
    // What is left of a year that has lost its first figure is no day.
    let day: i64 = day.parse().ok().filter(|_| day.len() <= 2)?;
    let marks = rest.take_while(|letter| matches!(letter, '.' | '/' | '-' | ' ' | '\u{a0}'));
    let (slashes, dashes) = (marks.contains('/'), marks.contains('-'));
    let month = match rest.number() {
        Some(month) => month,
        None => {
            let word = fold(rest.take_while(char::is_alphabetic));
            let index = MONTHS.iter().position(|month| word.starts_with(month));
            // "července" begins with neither "červn" nor is "června" "červenc": the two never meet.
            i64::try_from(index? + 1).ok()?
        }
    };
    rest.take_while(|letter| matches!(letter, '.' | '/' | '-' | ' ' | '\u{a0}'));
    let year = rest.digits()?;
    let year: i64 = match year.len() {
        // With slashes or dashes the year may stand first as well.
        2 if slashes || dashes => return Some(None),
        2 => year.parse::<i64>().ok()? + 2_000,
        4 => year.parse().ok()?,
        _ => return None,
    };
    match (day_of(year, month, day), day_of(year, day, month)) {
        (Some(czech), Some(american)) if slashes && czech != american => Some(None),
        (Some(czech), _) => Some(Some(czech)),
        (None, american) => american.filter(|_| slashes).map(Some),
    }
}

/// Hours, minutes and seconds; a fraction of any length is passed over.
fn clock(rest: &mut Rest) -> Option<(u32, u32, u32)> {
    let hour = u32::try_from(rest.number()?).ok().filter(|hour| *hour <= 24)?;
    let mark = rest.one_of(&[':', '.'])?;
    let minute = u32::try_from(rest.number()?).ok().filter(|minute| *minute < 60)?;
    let mut second = 0;
    if rest.one_of(&[mark]).is_some() {
        second = u32::try_from(rest.number()?).ok().filter(|second| *second <= 60)?;
        if rest.one_of(&['.', ',']).is_some() {
            rest.take_while(|letter| letter.is_ascii_digit());
        }
    }
    Some((hour, minute, second))
}

/// `None`: no zone stands here. `Some(None)`: one that cannot be understood.
fn zone(text: &str) -> Option<Option<FixedOffset>> {
    let text = text.trim_start();
    if matches!(text, "z" | "utc" | "gmt") {
        return Some(FixedOffset::east_opt(0));
    }
    let east = match text.chars().next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let mut rest = Rest(text);
    rest.take_while(|letter| matches!(letter, '+' | '-' | '−'));
    let offset = rest.digits().and_then(|digits| {
        let (hours, minutes) = match digits.len() {
            1 | 2 => {
                rest.one_of(&[':']);
                (digits.parse::<i32>().ok()?, rest.digits().map_or(Some(0), |minutes| minutes.parse::<i32>().ok())?)
            }
            4 => (digits[..2].parse::<i32>().ok()?, digits[2..].parse::<i32>().ok()?),
            _ => return None,
        };
        (hours <= 14 && minutes < 60 && rest.0.trim_end_matches("[europe/prague]").is_empty())
            .then(|| FixedOffset::east_opt(east * (hours * 3_600 + minutes * 60)))?
    });
    Some(offset)
}

/// What of a text has not been understood yet.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn take_while(&mut self, mut fits: impl FnMut(char) -> bool) -> &'t str {
        let end = self.0.find(|letter| !fits(letter)).unwrap_or(self.0.len());
        let (taken, left) = self.0.split_at(end);
        self.0 = left;
        taken
    }

    fn digits(&mut self) -> Option<&'t str> {
        let taken = self.take_while(|letter| letter.is_ascii_digit());
        (!taken.is_empty()).then_some(taken)
    }

    fn number(&mut self) -> Option<i64> {
        let mut ahead = Rest(self.0);
        let number = ahead.digits().filter(|digits| digits.len() <= 2)?.parse().ok()?;
        *self = ahead;
        Some(number)
    }

    fn one_of(&mut self, marks: &[char]) -> Option<char> {
        let mark = self.0.chars().next().filter(|letter| marks.contains(letter))?;
        self.0 = &self.0[mark.len_utf8()..];
        Some(mark)
    }
}
