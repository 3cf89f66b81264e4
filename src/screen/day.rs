//! Days, times and what is left of a notice, as the pages take them: numbers, no words.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Europe::Prague;
use vyveska_ui as ui;

use crate::clock::Now;
use crate::view::Left;

pub fn day(day: Option<NaiveDate>) -> ui::Day {
    day.map_or_else(ui::Day::default, |day| ui::Day {
        known: true,
        year: day.year(),
        month: day.month() as i32,
        day: day.day() as i32,
        weekday: day.weekday().number_from_monday() as i32,
    })
}

/// By its date alone where nobody knows which day is today.
pub fn moment(at: DateTime<Utc>, now: Now) -> ui::Moment {
    let local = at.with_timezone(&Prague);
    let ago = if now.is_trusted() { (now.today() - local.date_naive()).num_days() } else { -1 };
    ui::Moment {
        day: day(Some(local.date_naive())),
        ago: ago.clamp(-1, 10_000) as i32,
        hour: local.hour() as i32,
        minute: local.minute() as i32,
    }
}

/// How long it stays up, and the days where they are counted.
pub fn left(left: Left) -> (ui::Left, i32) {
    match left {
        Left::Open => (ui::Left::Open, 0),
        Left::Days(days) => (ui::Left::Days, i32::try_from(days).unwrap_or(i32::MAX)),
        Left::Today => (ui::Left::Today, 0),
        Left::Unsure => (ui::Left::Unsure, 0),
    }
}
