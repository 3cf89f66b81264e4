//! A plain text as sheets of A4, set in our own letters and handed to the PDF engine. Runs in the child.
//!
//! What is written in paragraphs is set as people read it; what is written in columns (a table by hand, or values
//! between semicolons: `table`) in letters of one width, as large as its longest line allows, so that columns stay
//! under one another. Deliberately without markup: a Markdown file shows what its writer typed. The surprising thing:
//! only the sheets that are asked for are written out; the others are counted, so that ten million lines cost their time
//! and not their memory.

mod table;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization;

use super::leaflet::{self, Face};
use super::metrics::Metrics;
use super::wire::Refusal;
use crate::charset;

/// Text beyond this many bytes is not read: thousands of sheets.
const MAX_BYTES: usize = 16 << 20;
/// Sheets that are written out for somebody who may look at any of them.
const MAX_SHEETS: u32 = 1000;
/// A4 in points (ISO 216).
const SHEET: (f64, f64) = (595.28, 841.89);
const MARGIN: f64 = 48.0;
/// Sizes of the letters in points.
const SANS: (f64, f64) = (12.0, 15.0);
const MONO: (f64, f64) = (6.0, 13.0);
/// Distance of the baselines in sizes: of paragraphs, of columns, and of lines that are drawn with letters and touch.
const LEADING: (f64, f64, f64) = (1.4, 1.25, 1.133);
/// Lines that were broken by hand are no longer than this (letters); a longer one is a paragraph.
const BY_HAND: usize = 84;
/// A tab in columns leads to the next multiple of so many letters; in paragraphs it is so many spaces.
const TABS: (usize, usize) = (8, 4);

/// The sheets `first..=last`, as far as there are so many, in a PDF with as many pages as lie before and among them;
/// and how many sheets there are.
pub fn sheets(bytes: &[u8], first: u32, last: u32) -> Result<(Vec<u8>, u32), Refusal> {
    let text = charset::decode(cut(bytes));
    let text = text.trim_end();
    if text.trim().is_empty() {
        return Err(Refusal::NoPages);
    }
    // The files of old Macintoshes end their lines so.
    let end = if text.contains(['\n', '\u{2028}']) { &['\n', '\u{2028}', '\u{2029}'][..] } else { &['\r'] };
    let lines = || text.split(end).map(|line| line.trim_end_matches(['\r', ' ', '\t']));
    let values = table::aligned(lines);
    let columns = values.is_some() || table::is_drawn(lines);
    let style = match &values {
        Some(lines) => Style::of(lines.iter().map(|line| Cow::Borrowed(line.as_str())), true),
        None => Style::of(lines().map(|line| clean(line, columns)), columns),
    };
    let last = last.min(first.saturating_add(MAX_SHEETS - 1));
    let mut sheets = Sheets { style, first, last, written: Vec::new(), letters: BTreeSet::new(), count: 1, rows: 0 };
    match values {
        Some(lines) => lines.iter().for_each(|line| sheets.line(line)),
        None => {
            for line in lines() {
                for (part, piece) in line.split('\u{c}').enumerate() {
                    if part > 0 {
                        sheets.turn();
                    }
                    sheets.line(&clean(piece, columns));
                }
            }
        }
    }
    Ok(sheets.finish())
}

/// No more than is read, without the half of a letter at the end.
fn cut(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= MAX_BYTES {
        return bytes;
    }
    let bytes = &bytes[..MAX_BYTES];
    let letter = bytes.iter().rposition(|byte| byte.is_ascii()).map_or(0, |at| at + 1);
    &bytes[..letter.max(MAX_BYTES - 4) & !1]
}

/// A line without what steers a terminal or turns the order of letters about.
fn clean(line: &str, columns: bool) -> Cow<'_, str> {
    if line.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    for letter in line.nfc() {
        let before = out.len();
        match letter {
            '\t' => {
                let width = if columns { TABS.0 - at % TABS.0 } else { TABS.1 };
                out.extend(std::iter::repeat_n(' ', width));
            }
            // Format characters (Unicode 16, general category Cf, and variation selectors) have no shape.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => {}
            '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => {}
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
        at += out[before..].chars().count();
    }
    Cow::Owned(out)
}

/// How a text is set.
struct Style {
    face: Face,
    size: f64,
    leading: f64,
    /// Length of a line in thousandths of its size.
    room: f64,
    widths: Widths,
}

impl Style {
    fn of<'a>(lines: impl Iterator<Item = Cow<'a, str>>, columns: bool) -> Style {
        let face = if columns { Face::Mono } else { Face::Sans };
        let mut widths = Widths::of(face);
        let across = (SHEET.0 - 2.0 * MARGIN) * 1000.0;
        let (mut longest, mut drawn) = (1.0_f64, false);
        for line in lines {
            drawn |= columns && line.contains(|letter| ('\u{2500}'..='\u{259f}').contains(&letter));
            if columns || line.chars().nth(BY_HAND).is_none() {
                longest = longest.max(line.chars().map(|letter| widths.width(letter)).sum());
            }
        }
        let (least, most) = if columns { MONO } else { SANS };
        let size = (across / longest).clamp(least, most);
        let leading = match (columns, drawn) {
            (false, _) => LEADING.0,
            (true, false) => LEADING.1,
            (true, true) => LEADING.2,
        };
        // What fits exactly must not be broken by a rounding.
        Style { face, size, leading: size * leading, room: across / size + 0.5, widths }
    }

    /// The pieces of a line that fit; paragraphs are broken between words where they can be.
    fn broken<'a>(&mut self, line: &'a str) -> Vec<&'a str> {
        let (mut pieces, mut start, mut space, mut used) = (Vec::new(), 0, None, 0.0);
        // Whether the piece has more than spaces.
        let mut begun = false;
        for (at, letter) in line.char_indices() {
            let width = self.widths.width(letter);
            if used + width > self.room && at > start && letter != ' ' {
                let end = space.take().unwrap_or(at);
                pieces.push(line[start..end].trim_end());
                start = end;
                used = line[start..at].chars().map(|letter| self.widths.width(letter)).sum();
                begun = !line[start..at].trim_start().is_empty();
            }
            used += width;
            if letter == ' ' && self.face == Face::Sans && begun {
                space = Some(at + 1);
            }
            begun |= !letter.is_whitespace();
        }
        pieces.push(&line[start..]);
        pieces
    }
}

/// Widths of letters in thousandths of their size, each looked up once.
struct Widths {
    metrics: Option<Metrics>,
    known: Vec<f32>,
}

impl Widths {
    /// What a letter takes that the face lacks, or every letter of one width.
    const USUAL: f64 = 600.0;

    fn of(face: Face) -> Widths {
        let metrics = if face == Face::Sans { Metrics::sans() } else { None };
        Widths { known: if metrics.is_some() { vec![f32::NAN; 1 << 16] } else { Vec::new() }, metrics }
    }

    fn width(&mut self, letter: char) -> f64 {
        let (Some(metrics), Some(known)) = (&self.metrics, self.known.get_mut(u32::from(letter) as usize)) else {
            return Widths::USUAL;
        };
        if known.is_nan() {
            *known = metrics.width(letter).unwrap_or(Widths::USUAL).round() as f32;
        }
        f64::from(*known)
    }
}

struct Sheets {
    style: Style,
    first: u32,
    last: u32,
    /// From the first sheet on; empty before those that are asked for.
    written: Vec<String>,
    letters: BTreeSet<char>,
    /// The sheet that is being filled, from 1, and the lines on it.
    count: u32,
    rows: u32,
}

impl Sheets {
    fn line(&mut self, line: &str) {
        for piece in self.style.broken(line) {
            let depth = f64::from(self.rows) * self.style.leading + self.style.size;
            if depth > SHEET.1 - 2.0 * MARGIN {
                self.turn();
            }
            self.write(piece);
            self.rows += 1;
        }
    }

    fn turn(&mut self) {
        self.count += 1;
        self.rows = 0;
    }

    fn write(&mut self, line: &str) {
        if !(self.first..=self.last).contains(&self.count) || line.trim().is_empty() {
            return;
        }
        self.written.resize(self.written.len().max(self.count as usize), String::new());
        let baseline = SHEET.1 - MARGIN - self.style.size - f64::from(self.rows) * self.style.leading;
        let _ = writeln!(
            self.written[self.count as usize - 1],
            "BT /F {:.3} Tf {MARGIN} {baseline:.3} Td {} Tj ET",
            self.style.size,
            leaflet::operand(line)
        );
        self.letters.extend(line.chars());
    }

    fn finish(mut self) -> (Vec<u8>, u32) {
        self.written.resize(self.count.min(self.last) as usize, String::new());
        let page = format!("/MediaBox [0 0 {} {}]", SHEET.0, SHEET.1);
        (leaflet::pdf(&page, &self.written, self.style.face, &self.letters), self.count)
    }
}
