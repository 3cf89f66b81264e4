//! Whether a text is written in columns, and values between separators put into some.
//!
//! Deliberately decided for the whole text: a letter with one table in it is a table. The surprising thing: nothing is
//! ever left out to make columns fit; where they do not, the lines stay as they were written.

use super::clean;

/// Spaces between two words that nobody types in a sentence.
const GAP: usize = 3;
/// So many lines with such gaps, and one of so many, make a table.
const LEAST: usize = 3;
const SHARE: usize = 6;
/// What separates values, and how many of them a line has at least: a comma stands in sentences too.
const SEPARATORS: [(char, usize); 3] = [(';', 2), ('\t', 2), (',', 3)];
/// A longer line (letters) of aligned values could not be read; more values are not looked at.
const MAX_WIDTH: usize = 140;
const MAX_VALUES: usize = 200_000;

/// Whether the lines are drawn with boxes, or stand in columns of spaces.
pub fn is_drawn<'a, L: Iterator<Item = &'a str>>(lines: impl Fn() -> L) -> bool {
    let (mut all, mut gaps) = (0, 0);
    for line in lines() {
        if line.contains(|letter| ('\u{2500}'..='\u{257f}').contains(&letter)) {
            return true;
        }
        let line = line.trim();
        all += usize::from(!line.is_empty());
        gaps += usize::from(line.contains('\t') || line.as_bytes().windows(GAP).any(|gap| gap == [b' '; GAP]));
    }
    gaps >= LEAST && gaps * SHARE >= all
}

/// Values between separators (RFC 4180 and what spreadsheets make of it), each column as wide as its widest value.
pub fn aligned<'a, L: Iterator<Item = &'a str>>(lines: impl Fn() -> L) -> Option<Vec<String>> {
    SEPARATORS.into_iter().find_map(|(separator, least)| with(separator, least, lines()))
}

fn with<'a>(separator: char, least: usize, lines: impl Iterator<Item = &'a str>) -> Option<Vec<String>> {
    let (mut rows, mut widths, mut all) = (Vec::new(), Vec::new(), 0);
    for line in lines.filter(|line| !line.is_empty()) {
        let row = values(line, separator)?;
        // A sentence has a space after its comma.
        if row.iter().skip(1).any(|value| value.starts_with(' ') && !value.trim().is_empty()) {
            return None;
        }
        let row: Vec<String> = row.iter().map(|value| clean(value.trim(), true).into_owned()).collect();
        all += row.len();
        if row.len() < least || (!widths.is_empty() && row.len() != widths.len()) || all > MAX_VALUES {
            return None;
        }
        widths.resize(row.len(), 0);
        for (width, value) in widths.iter_mut().zip(&row) {
            *width = value.chars().count().max(*width);
        }
        rows.push(row);
    }
    let across = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    if rows.len() < 2 || across > MAX_WIDTH {
        return None;
    }
    let join = |row: &Vec<String>| {
        let padded = row.iter().zip(&widths).map(|(value, width)| format!("{value:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    Some(rows.iter().map(join).collect())
}

/// The values of a line; `None` where its quotation marks do not close.
fn values(line: &str, separator: char) -> Option<Vec<String>> {
    let (mut values, mut value, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                value.push('"');
            }
            '"' if quoted || value.is_empty() => quoted = !quoted,
            letter if letter == separator && !quoted => values.push(std::mem::take(&mut value)),
            letter => value.push(letter),
        }
    }
    values.push(value);
    (!quoted).then_some(values)
}
