//! Letters → lines → the text of a page in reading order.
//!
//! Letters are put into lines by their baselines, lines into a page from top to bottom; a gap makes a space, a wide gap
//! a tab, a wider line distance an empty line. Deliberately without columns and tables: what stands side by side is
//! read across. The surprising thing: what runs in another direction is read after the rest, as if the page were turned.

use unicode_normalization::UnicodeNormalization;

use super::words::Letter;

/// A gap of so many letter heights is a space between words.
const WORD_GAP: f64 = 0.2;
/// And so many stand between columns.
const COLUMN_GAP: f64 = 2.5;
/// Baselines so near to each other, in letter heights, belong to one line.
const SAME_LINE: f64 = 0.4;
/// Lines further apart than this, in letter heights, are paragraphs.
const PARAGRAPH_GAP: f64 = 1.8;

/// The text of a page whose upright letters have been turned by `upright` quarters; at most so many bytes.
pub fn text(mut letters: Vec<Letter>, upright: u8, max_bytes: usize) -> String {
    let mut page = String::new();
    for turn in [0, 1, 3, 2] {
        let (these, rest): (Vec<_>, Vec<_>) =
            letters.into_iter().partition(|letter| (letter.turn + 4 - upright) % 4 == turn);
        letters = rest;
        write_lines(these, &mut page);
    }
    let mut text: String = page.nfc().collect();
    if text.len() > max_bytes {
        let end = (0..=max_bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
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
