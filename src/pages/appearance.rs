//! A page of our own making that is laid over a page of a document: what `annotation` and `field` draw, as a small PDF.
//!
//! Deliberately without a pixel: the engine that draws the document draws this too (`leaflet`). The surprising thing: a
//! text that has no size is set as large as fits its box, as the makers' programs do.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::leaflet::{self, Face};
use super::metrics::Metrics;

/// Drawing beyond this many bytes is left out.
const MAX_CONTENT: usize = 4 << 20;
/// Nobody writes more on a note, or on all notes of a page (letters).
const MAX_LETTERS: usize = 20_000;
const MAX_MEASURED: usize = 10 * MAX_LETTERS;

/// Where a text stands in its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Middle,
    Right,
}

#[derive(Default)]
pub struct Appearance {
    content: String,
    letters: BTreeSet<char>,
    /// Letters whose width was asked for, ours or not.
    measured: usize,
}

impl Appearance {
    pub fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// Whether there is no room for more.
    pub fn is_full(&self) -> bool {
        self.content.len() > MAX_CONTENT || self.measured > MAX_MEASURED
    }

    /// Draws with operators of a content stream (ISO 32000-2, annex A), in a graphics state of its own.
    pub fn draw(&mut self, operators: &str) {
        let _ = writeln!(self.content, "q {operators} Q");
    }

    /// Writes a text into a box of so many points, whose lower left corner `matrix` puts on the page. Size 0: as large
    /// as fits. `false` where its letters are not ours.
    pub fn write(&mut self, text: &str, style: &Style, (width, height): (f64, f64), matrix: &str) -> bool {
        let Some(metrics) = Metrics::sans() else { return false };
        let text: String =
            text.chars().take(MAX_LETTERS).filter(|letter| !letter.is_control() || *letter == '\n').collect();
        let count = text.chars().count();
        self.measured += count;
        let known = text.chars().filter(|letter| metrics.width(*letter).is_some() || *letter == '\n').count();
        if text.trim().is_empty() || known * 2 < count {
            return false;
        }
        let long = |text: &str| text.chars().map(|letter| metrics.width(letter).unwrap_or(600.0)).sum::<f64>() / 1000.0;
        let room = (width - 4.0).max(1.0);
        let (size, lines) = fit(&text, style, (room, height), &long);
        let leading = size * 1.15;
        let mut y = if style.many_lines { height - 2.0 - size * 0.9 } else { (height - size * 0.72) / 2.0 };
        let mut operators = format!(
            "{matrix} cm 0 0 {} {} re W n BT {} /F {} Tf ",
            number(width),
            number(height),
            style.colour,
            number(size)
        );
        for line in lines {
            let left = match style.align {
                Align::Left => 2.0,
                Align::Middle => (width - long(&line) * size) / 2.0,
                Align::Right => width - 2.0 - long(&line) * size,
            };
            let _ = write!(operators, "1 0 0 1 {} {} Tm {} Tj ", number(left), number(y), leaflet::operand(&line));
            self.letters.extend(line.chars());
            y -= leading;
        }
        self.draw(&(operators + "ET"));
        true
    }

    /// As a document of one page that lies as `page` says (its boxes and rotation, as dictionary entries).
    pub fn to_pdf(&self, page: &str) -> Vec<u8> {
        leaflet::pdf(page, std::slice::from_ref(&self.content), Face::Sans, &self.letters)
    }
}

/// How a text is set.
#[derive(Debug, Clone)]
pub struct Style {
    /// Points; 0: as large as fits.
    pub size: f64,
    /// The operator that sets the colour.
    pub colour: String,
    pub align: Align,
    pub many_lines: bool,
}

/// The size in which a text fits into its room, and its lines.
fn fit(text: &str, style: &Style, (room, height): (f64, f64), long: &impl Fn(&str) -> f64) -> (f64, Vec<String>) {
    if !style.many_lines {
        let line = text.replace('\n', " ");
        let largest = (height * 0.7).clamp(4.0, 12.0).min(room / long(&line).max(1e-3)).max(4.0);
        return (if style.size > 0.0 { style.size } else { largest }, vec![line]);
    }
    let mut size = if style.size > 0.0 { style.size } else { 12.0 };
    loop {
        let lines = wrap(text, room / size, long);
        let fits = lines.len() as f64 * size * 1.15 <= height || size <= 4.0;
        if style.size > 0.0 || fits {
            return (size, lines);
        }
        size -= 1.0;
    }
}

/// Breaks a text between words into lines of so many times its size.
fn wrap(text: &str, room: f64, long: &impl Fn(&str) -> f64) -> Vec<String> {
    let space = long(" ");
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let (mut line, mut end) = (String::new(), 0.0);
        for word in paragraph.split_whitespace() {
            let length = long(word);
            if !line.is_empty() && end + space + length > room {
                lines.push(std::mem::take(&mut line));
                end = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                end += space;
            }
            line += word;
            end += length;
        }
        lines.push(line);
    }
    lines
}

/// A number as a content stream takes it.
pub fn number(value: f64) -> String {
    if value.is_finite() { format!("{:.3}", value.clamp(-1e6, 1e6)) } else { "0".to_owned() }
}

/// Red, green, blue and their kin as the operator for filling (`g`, `rg`, `k`); upper case for stroking. `None` without
/// a colour.
pub fn colour(parts: &[f32], stroke: bool) -> Option<String> {
    let operator = match parts.len() {
        1 => "g",
        3 => "rg",
        4 => "k",
        _ => return None,
    };
    let operator = if stroke { operator.to_uppercase() } else { operator.to_owned() };
    let parts: Vec<String> = parts.iter().map(|part| number(f64::from(*part).clamp(0.0, 1.0))).collect();
    Some(format!("{} {operator}", parts.join(" ")))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_long_note_in_a_wide_box_is_measured_once_for_each_size() {
        let text = "a ".repeat(10_000);
        let measured = Cell::new(0);
        let long = |text: &str| {
            measured.set(measured.get() + text.chars().count());
            text.chars().count() as f64 * 0.5
        };
        let style = Style { size: 0.0, colour: String::new(), align: Align::Left, many_lines: true };
        let (size, lines) = fit(&text, &style, (1e9, 1.0), &long);
        assert_eq!((size, lines.len()), (4.0, 1));
        assert!(measured.get() <= 10 * text.len(), "{} letters were measured", measured.get());

        let (_, lines) = fit("aa aa aa", &Style { size: 10.0, ..style }, (25.0, 100.0), &long);
        assert_eq!(lines, ["aa aa", "aa"]);
    }
}
