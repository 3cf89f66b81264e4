//! A recording of a touch sensor, as evemu-record(1) writes it: lines `A:` with the axes, lines `E:` with the events.
//!
//! What else such a file says of the device is of no use here and passed over. Times count from the first event; a
//! clock that was set back while it was recorded stands still meanwhile.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::{Axis, Event};

/// More events than this are no visit: an hour of ten fingers has fewer.
const MOST_EVENTS: usize = 20_000_000;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TraceError {
    #[error(
        "line {line} cannot be read, \"{text}\": it should look like {like}. Record again with evemu-record, or mend the line"
    )]
    Line { line: usize, text: String, like: &'static str },
    #[error(
        "there is not one event in it (a line such as \"E: 0.008000 0003 0035 1024\"): record it with evemu-record"
    )]
    Nothing,
    #[error("it has more than {MOST_EVENTS} events: cut it")]
    TooLong,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    axes: BTreeMap<u16, Axis>,
    events: Vec<Event>,
}

impl Trace {
    /// The last recording of an axis counts.
    pub fn axis(&self, code: u16) -> Option<Axis> {
        self.axes.get(&code).copied()
    }

    /// In the order of their times.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

/// One line of such a file, for whoever hears it while it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Axis(u16, Axis),
    /// Its time counts from where the writer chose.
    Event(Event),
}

impl Line {
    /// `None`: it says nothing of contacts. The error is what it should look like.
    pub fn read(text: &str) -> Result<Option<Line>, &'static str> {
        let said = text.split('#').next().unwrap_or_default();
        match said.split_once(':').map(|(kind, rest)| (kind.trim(), rest)) {
            Some(("A", rest)) => match axis(rest) {
                Some((code, axis)) => Ok(Some(Line::Axis(code, axis))),
                None => Err("\"A: 35 0 4095 0 0 10\""),
            },
            Some(("E", rest)) => match event(rest) {
                Some(event) => Ok(Some(Line::Event(event))),
                None => Err("\"E: 0.008000 0003 0035 1024\""),
            },
            _ => Ok(None),
        }
    }
}

impl FromStr for Trace {
    type Err = TraceError;

    fn from_str(text: &str) -> Result<Trace, TraceError> {
        let mut trace = Trace::default();
        let (mut first, mut last) = (None, Duration::ZERO);
        for (line, text) in (1..).zip(text.lines()) {
            let wrong = |like| TraceError::Line { line, text: text.chars().take(60).collect(), like };
            match Line::read(text).map_err(wrong)? {
                Some(Line::Axis(code, axis)) => drop(trace.axes.insert(code, axis)),
                Some(Line::Event(event)) => {
                    let first = *first.get_or_insert(event.at);
                    last = event.at.saturating_sub(first).max(last);
                    trace.events.push(Event { at: last, ..event });
                }
                None => {}
            }
            if trace.events.len() > MOST_EVENTS {
                return Err(TraceError::TooLong);
            }
        }
        if trace.events.is_empty() { Err(TraceError::Nothing) } else { Ok(trace) }
    }
}

/// Code (hexadecimal), least and greatest value, fuzz, flat; since version 1.2 units in a millimetre.
fn axis(text: &str) -> Option<(u16, Axis)> {
    let mut words = text.split_whitespace();
    let code = u16::from_str_radix(words.next()?, 16).ok()?;
    let mut number = || words.next()?.parse().ok();
    let (min, max) = (number()?, number()?);
    let (_, _, per_mm) = (number(), number(), number());
    Some((code, Axis { min, max, per_mm: per_mm.unwrap_or(0) }))
}

/// Seconds and microseconds, kind and code (hexadecimal), value.
fn event(text: &str) -> Option<Event> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let &[time, kind, code, value] = words.as_slice() else { return None };
    let (seconds, micros) = time.split_once('.')?;
    let micros = (micros.len() == 6).then(|| micros.parse().ok()).flatten()?;
    Some(Event {
        at: Duration::from_secs(seconds.parse().ok()?).checked_add(Duration::from_micros(micros))?,
        kind: u16::from_str_radix(kind, 16).ok()?,
        code: u16::from_str_radix(code, 16).ok()?,
        value: value.parse().ok()?,
    })
}
