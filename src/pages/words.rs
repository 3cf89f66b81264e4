//! The text of a page in reading order, for search and for speech.
//!
//! Glyphs are put into lines by their baselines, lines into a page from top to bottom; a gap makes a space, a wide gap
//! a tab, a wider line distance an empty line. Deliberately without columns and tables: what stands side by side is
//! read across. The surprising thing: text that is not painted counts, because scanning programs put the recognised
//! words of a scan invisibly under its picture; text painted twice to look bold counts once.

use std::collections::HashSet;

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask};
use hayro::kurbo::{BezPath, Point};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_compatible;

/// A gap of so many letter heights is a space between words.
const WORD_GAP: f64 = 0.2;
/// And so many stand between columns.
const COLUMN_GAP: f64 = 2.5;
/// Baselines so near to each other, in letter heights, belong to one line.
const SAME_LINE: f64 = 0.4;
/// Lines further apart than this, in letter heights, are paragraphs.
const PARAGRAPH_GAP: f64 = 1.8;
/// No page that people read has more letters.
const MAX_GLYPHS: usize = 200_000;

/// Collects what a page writes. Positions are points of the upright page, from its upper left corner.
#[derive(Debug)]
pub struct Words {
    size: (f64, f64),
    glyphs: Vec<Letter>,
    seen: HashSet<(i32, i32, char)>,
    /// Glyphs for which nobody can tell the letter.
    unknown: usize,
}

#[derive(Debug, Clone)]
struct Letter {
    /// Quarter turns from upright.
    turn: u8,
    /// Along the baseline and across it, after undoing the turn.
    x: f64,
    y: f64,
    end: f64,
    height: f64,
    text: String,
}

impl Words {
    /// For an upright page of so many points.
    pub fn new(size: (f64, f64)) -> Words {
        Words { size, glyphs: Vec::new(), seen: HashSet::new(), unknown: 0 }
    }

    /// The text, and whether it can be read: `None` for a page without letters, or on which most cannot be told.
    pub fn finish(mut self, max_bytes: usize) -> Option<String> {
        let known = self.glyphs.iter().filter(|letter| letter.text.chars().any(char::is_alphanumeric)).count();
        if known == 0 || self.unknown > known {
            return None;
        }
        let mut page = String::new();
        for turn in [0, 1, 3, 2] {
            let (these, rest): (Vec<_>, Vec<_>) = self.glyphs.into_iter().partition(|letter| letter.turn == turn);
            self.glyphs = rest;
            write_lines(these, &mut page);
        }
        let mut text: String = page.nfc().collect();
        if text.len() > max_bytes {
            let end = (0..=max_bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
        }
        Some(text)
    }

    fn add(&mut self, origin: Point, end: Point, top: Point, text: String) {
        let (width, height) = self.size;
        let inside = (-1.0..=width + 1.0).contains(&origin.x) && (-1.0..=height + 1.0).contains(&origin.y);
        if !inside || self.glyphs.len() >= MAX_GLYPHS {
            return;
        }
        let Some(first) = text.chars().next() else { return };
        if !self.seen.insert(((origin.x * 4.0).round() as i32, (origin.y * 4.0).round() as i32, first)) {
            return;
        }
        let up = top - origin;
        let turn = match (up.x.abs() > up.y.abs(), up.x > 0.0, up.y > 0.0) {
            (false, _, false) => 0,
            (true, true, _) => 1,
            (false, _, true) => 2,
            (true, false, _) => 3,
        };
        let upright = |point: Point| match turn {
            0 => (point.x, point.y),
            1 => (point.y, -point.x),
            2 => (-point.x, -point.y),
            _ => (-point.y, point.x),
        };
        let ((x, y), (end, _)) = (upright(origin), upright(end));
        self.glyphs.push(Letter { turn, x, y, end: end.max(x), height: up.hypot().max(0.1), text });
    }
}

fn write_lines(mut letters: Vec<Letter>, page: &mut String) {
    letters.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut lines: Vec<Vec<Letter>> = Vec::new();
    let mut baseline = f64::NEG_INFINITY;
    let mut height: f64 = 1.0;
    for letter in letters {
        if letter.y - baseline > SAME_LINE * height.min(letter.height) {
            lines.push(Vec::new());
            height = letter.height;
            baseline = letter.y;
        }
        if let Some(line) = lines.last_mut() {
            line.push(letter);
        }
    }
    let mut before: Option<(f64, f64)> = None;
    for mut line in lines {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        let text = join(&line);
        if text.is_empty() {
            continue;
        }
        let (y, height) = (line[0].y, line[0].height);
        if let Some((above, its_height)) = before {
            page.push('\n');
            if y - above > PARAGRAPH_GAP * height.max(its_height) {
                page.push('\n');
            }
        } else if !page.is_empty() {
            page.push_str("\n\n");
        }
        page.push_str(&text);
        before = Some((y, height));
    }
}

fn join(line: &[Letter]) -> String {
    let mut text = String::new();
    let mut end = f64::INFINITY;
    let mut space = None;
    for letter in line {
        let gap = (letter.x - end) / letter.height;
        if gap > COLUMN_GAP {
            space = Some('\t');
        } else if gap > WORD_GAP {
            space = space.or(Some(' '));
        }
        if letter.text.chars().all(char::is_whitespace) {
            space = space.or(Some(' '));
        } else {
            if let Some(space) = space.take().filter(|_| !text.is_empty()) {
                text.push(space);
            }
            text.push_str(&letter.text);
        }
        end = letter.end;
    }
    text
}

/// The letters of a glyph as people write them; `None`: nobody can tell.
fn letters(found: Option<BfString>) -> Option<String> {
    let text = match found? {
        BfString::Char(letter) => letter.to_string(),
        BfString::String(letters) => letters,
    };
    let mut spelled = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            // Symbol fonts put their bullets and boxes here.
            '\u{f000}'..='\u{f0ff}' => spelled.push('•'),
            '\u{ad}' => spelled.push('-'),
            '\u{a0}' => spelled.push(' '),
            // Nobody searches for the ligature of f and i.
            '\u{fb00}'..='\u{fb06}' => decompose_compatible(letter, |part| spelled.push(part)),
            other => spelled.push(other),
        }
    }
    (!spelled.is_empty() && !spelled.contains('\u{fffd}')).then_some(spelled)
}

impl<'a> Device<'a> for Words {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let Some(text) = letters(glyph.as_unicode()) else {
                self.unknown += 1;
                continue;
            };
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(picture) => picture.advance_width(),
            };
            let advance = f64::from(advance.unwrap_or(500.0));
            let place = props.transform * glyph.transform();
            self.add(place * Point::ZERO, place * Point::new(advance, 0.0), place * Point::new(0.0, 1000.0), text);
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
