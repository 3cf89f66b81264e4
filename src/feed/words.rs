//! A text of the feed → a text that can be read out: entities, tags, blanks, and letters that are not seen.
//!
//! Changes no wording. The surprising thing: nearly every text is clean, so one look at its bytes decides whether it
//! is copied as it is; only a suspicious one is taken letter by letter.

use std::borrow::Cow;

use super::json::compose;

/// What had to be done to a text that its clerk should know. Blanks are put right silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Repairs {
    pub(super) entities: bool,
    pub(super) tags: bool,
    pub(super) invisible: bool,
    pub(super) damaged: bool,
    pub(super) cut: bool,
}

/// A text on one line, of at most `limit` characters.
pub(super) fn line(raw: &str, limit: usize) -> (String, Repairs) {
    let raw = raw.trim();
    if raw.len() <= limit && plain(raw.as_bytes()) {
        return (raw.to_owned(), Repairs::default());
    }
    clean(raw, limit, false)
}

/// A text that keeps its line breaks, no two empty lines on end.
pub(super) fn paragraphs(raw: &str, limit: usize) -> (String, Repairs) {
    let raw = raw.trim();
    if raw.len() <= limit && plain(raw.as_bytes()) {
        return (raw.to_owned(), Repairs::default());
    }
    clean(raw, limit, true)
}

/// No letter that `clean` would touch. May be wrong only in doubting a clean text.
fn plain(bytes: &[u8]) -> bool {
    let mut before = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            0..0x20 | 0x7F | b'&' | b'<' => return false,
            b' ' if before == b' ' => return false,
            0x20..0x7F => {}
            // Combining marks, Arabic letter mark, rare blanks, byte order mark, tags and everything beyond the BMP.
            0xCC | 0xCD | 0xD8 | 0xE1 | 0xE3 | 0xEF | 0xF0.. => return false,
            // C1 controls, no-break space, soft hyphen.
            0xC2 if matches!(bytes.get(index + 1), Some(..0xA1 | 0xAD) | None) => return false,
            // Blanks, zero widths and directions among the dashes and quotation marks.
            0xE2 => match (bytes.get(index + 1), bytes.get(index + 2)) {
                (Some(0x80), Some(0x90..=0xA7 | 0xB0..)) | (Some(0x82..), _) => {}
                _ => return false,
            },
            _ => {}
        }
        before = byte;
    }
    true
}

/// A letter without a shape of its own: it hides, reorders or splits the visible ones.
pub(super) fn invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn clean(raw: &str, limit: usize, lines: bool) -> (String, Repairs) {
    let mut repairs = Repairs::default();
    // Sixteen bytes of feed for each letter kept are more than any honest text needs.
    let mut text = Cow::Borrowed(&raw[..raw.floor_char_boundary(limit.saturating_mul(16))]);
    // Kadaň 2022: `&quot;` in titles. Twice: `&amp;quot;` must be survived.
    for _ in 0..2 {
        if !text.contains('&') {
            break;
        }
        let decoded = html_escape::decode_html_entities(text.as_ref());
        if decoded == text {
            break;
        }
        repairs.entities = true;
        text = Cow::Owned(decoded.into_owned());
    }
    if text.contains('<')
        && let Some(stripped) = strip(&text)
    {
        repairs.tags = true;
        text = Cow::Owned(stripped);
    }
    // Must be survived: titles copied from a Mac or a PDF, their accents apart from their letters.
    let text = compose(text);
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    let mut gap = Gap::default();
    for letter in text.chars() {
        if letter.is_whitespace() {
            gap.widen(letter);
            continue;
        }
        if invisible(letter) {
            repairs.invisible = true;
            continue;
        }
        if letter.is_control() {
            repairs.invisible = true;
            gap.widen(' ');
            continue;
        }
        repairs.damaged |= letter == '\u{fffd}';
        if let Some(blank) = gap.close(lines)
            && !out.is_empty()
        {
            out.push_str(blank);
            count += blank.len().min(2);
        }
        if count >= limit {
            repairs.cut = true;
            out.truncate(out.trim_end().len());
            out.push('…');
            break;
        }
        out.push(letter);
        count += 1;
    }
    (out, repairs)
}

/// Blanks between two words.
#[derive(Default)]
struct Gap {
    letters: usize,
    /// Whether the only blank is a no-break space, as Czech typography puts behind a preposition.
    firm: bool,
    breaks: usize,
}

impl Gap {
    fn widen(&mut self, letter: char) {
        self.firm = self.letters == 0 && letter == '\u{a0}';
        self.letters += 1;
        self.breaks += usize::from(matches!(letter, '\n' | '\u{2028}' | '\u{2029}'));
    }

    fn close(&mut self, lines: bool) -> Option<&'static str> {
        let gap = std::mem::take(self);
        match (gap.letters, gap.breaks) {
            (0, _) => None,
            (_, 1) if lines => Some("\n"),
            (_, 2..) if lines => Some("\n\n"),
            _ if gap.firm => Some("\u{a0}"),
            _ => Some(" "),
        }
    }
}

/// Tags as editors of web pages leave them in titles. Only these: "příjem <5000 Kč>" is not a tag.
const TAGS: &[&str] = &[
    "a",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "o:p",
    "ol",
    "p",
    "s",
    "script",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];
/// Those that stay inside a word; all others part words.
const INLINE: &[&str] =
    &["a", "b", "big", "em", "font", "i", "s", "small", "span", "strike", "strong", "sub", "sup", "u"];
/// Bytes in which a tag must close; keeps the search linear.
const LONGEST_TAG: usize = 2_000;

/// `None` where there was nothing to strip.
fn strip(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        match tag(rest) {
            Some((name, length)) => {
                found = true;
                if !INLINE.contains(&name) {
                    out.push(if matches!(name, "br" | "p" | "div" | "li" | "tr") { '\n' } else { ' ' });
                }
                rest = &rest[length..];
            }
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// The name and the length of the tag that a text begins with.
fn tag(text: &str) -> Option<(&'static str, usize)> {
    let inner = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    let end = inner.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == ':')).unwrap_or(inner.len());
    let name = TAGS.iter().find(|tag| tag.eq_ignore_ascii_case(&inner[..end]))?;
    if !inner[end..].starts_with(['>', '/', ' ', '\t', '\r', '\n']) {
        return None;
    }
    let near = &text[..text.floor_char_boundary(LONGEST_TAG)];
    Some((name, near.find('>')? + 1))
}
