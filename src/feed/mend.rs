//! Near-JSON → JSON: slips of hand-written generators that leave only one reading, and hints for those that do not.
//!
//! Never closes a text, a list or an object: a feed that was cut off, or whose quotation marks do not pair, stays
//! unreadable, because nobody knows what is missing. Runs only on a text that is not JSON, and its result counts only
//! if it parses as a whole. The surprising thing: with a raw line break allowed in a text, an unpaired quotation mark
//! still fails, because what follows the wrongly paired one is a bare word.

use super::json::SyntaxFault;

pub(super) struct Mended {
    pub(super) text: String,
    /// The first slip of each kind.
    pub(super) slips: Vec<Slip>,
}

pub(super) struct Slip {
    pub(super) what: What,
    pub(super) line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    RawControl,
    BadEscape,
    LoneSurrogate,
    ExtraComma,
    MissingComma,
    BareWord,
    Tail,
}

impl What {
    pub(super) fn found(self) -> &'static str {
        match self {
            What::RawControl => "a line break, a tab or another control character stands inside a text",
            What::BadEscape => "a backslash stands before a letter that needs none",
            What::LoneSurrogate => "half of a two-part \\u letter is missing",
            What::ExtraComma => "a comma stands after the last item",
            What::MissingComma => "a comma between two items is missing",
            What::BareWord => "a value is neither a number nor in quotation marks",
            What::Tail => "something follows after the end of the board",
        }
    }

    pub(super) fn cure(self) -> &'static str {
        match self {
            What::RawControl => "Write a line break as \\n and a tab as \\t.",
            What::BadEscape => "Write a backslash as \\\\, and no backslash before an apostrophe.",
            What::LoneSurrogate => "Let the generator shorten texts by letters, not by bytes.",
            What::ExtraComma => "Leave out the comma before ] and }.",
            What::MissingComma => "Put a comma between items.",
            What::BareWord => "Put texts, and numbers with leading zeros, into quotation marks.",
            What::Tail => "Let the generator end after the last }.",
        }
    }
}

/// `None` where nothing was found to mend.
pub(super) fn mend(text: &str) -> Option<Mended> {
    let mut pen = Pen { text, done: 0, out: String::with_capacity(text.len() + 64), slips: Vec::new() };
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut depth = 0_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string(&mut pen, at + 1),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
                let next = after_blanks(bytes, at);
                // Seen in the wild: page templates whose last line is an HTML comment.
                if depth == 0 && bytes.get(next) == Some(&b'<') {
                    pen.replace(next, bytes.len(), "", What::Tail);
                    break;
                }
                // Must be survived: items glued together without a comma.
                if depth > 0 && matches!(bytes.get(next), Some(b'{' | b'"')) {
                    pen.replace(at, at, ",", What::MissingComma);
                }
            }
            b',' => {
                let next = after_blanks(bytes, at + 1);
                // Must be survived: `},]` of generators that loop over items.
                if matches!(bytes.get(next), Some(b']' | b'}' | b',')) {
                    pen.replace(at, at + 1, "", What::ExtraComma);
                }
                at += 1;
            }
            b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                let end = at + bytes[at..].iter().take_while(|byte| !b",:]}[{\"\r\n\t ".contains(byte)).count();
                word(&mut pen, at, end);
                at = end;
            }
        }
    }
    (!pen.slips.is_empty()).then(|| pen.finish())
}

/// A value that is no text: a number that JSON does not know (`00261912`, `1e999`), `NaN`, `None` become texts.
fn word(pen: &mut Pen, start: usize, end: usize) {
    let word = &pen.text[start..end];
    let fine = match word {
        "true" | "false" | "null" => true,
        _ => serde_json::from_str::<f64>(word).is_ok(),
    };
    if !fine && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte)) {
        let quoted = format!("\"{word}\"");
        pen.replace(start, end, &quoted, What::BareWord);
    }
}

/// Reads on from behind an opening quotation mark; returns the place behind the closing one.
fn string(pen: &mut Pen, start: usize) -> usize {
    let bytes = pen.text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at = escape(pen, at),
            // Must be survived: texts pasted from an office program with their line breaks.
            byte @ 0..0x20 => {
                let escaped = match byte {
                    b'\n' => "\\n",
                    b'\r' => "\\r",
                    b'\t' => "\\t",
                    _ => " ",
                };
                pen.replace(at, at + 1, escaped, What::RawControl);
                at += 1;
            }
            _ => at += 1,
        }
    }
    at
}

/// Reads an escape whose backslash is at `at`; returns the place behind it.
fn escape(pen: &mut Pen, at: usize) -> usize {
    let bytes = pen.text.as_bytes();
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 2,
        Some(b'u') => {
            let Some(unit) = unit(bytes, at) else {
                pen.replace(at, at + 1, "\\\\", What::BadEscape);
                return at + 1;
            };
            match unit {
                0xD800..0xDC00 if matches!(self::unit(bytes, at + 6), Some(0xDC00..0xE000)) => at + 12,
                // Must be survived: emoji cut in half by a length limit.
                0xD800..0xE000 => {
                    pen.replace(at, at + 6, "\\ufffd", What::LoneSurrogate);
                    at + 6
                }
                _ => at + 6,
            }
        }
        // Must be survived: generators that escape apostrophes as their programming language does.
        Some(b'\'') => {
            pen.replace(at, at + 1, "", What::BadEscape);
            at + 2
        }
        _ => {
            pen.replace(at, at + 1, "\\\\", What::BadEscape);
            at + 1
        }
    }
}

fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u").filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn after_blanks(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

struct Pen<'t> {
    text: &'t str,
    /// Up to where `text` has been copied into `out`.
    done: usize,
    out: String,
    slips: Vec<Slip>,
}

impl Pen<'_> {
    fn replace(&mut self, start: usize, end: usize, by: &str, what: What) {
        self.out.push_str(&self.text[self.done..start]);
        self.out.push_str(by);
        self.done = end;
        if self.slips.iter().all(|slip| slip.what != what) {
            let line = self.text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            self.slips.push(Slip { what, line });
        }
    }

    fn finish(mut self) -> Mended {
        self.out.push_str(&self.text[self.done..]);
        Mended { text: self.out, slips: self.slips }
    }
}

/// What a clerk, or the supplier of the feed, should look for at the place of the fault.
pub(super) fn hint(text: &str, fault: &SyntaxFault) -> &'static str {
    let message = fault.message.as_str();
    let line = text[..fault.offset].rfind('\n').map_or(0, |newline| newline + 1);
    let before = text[line..fault.offset].trim_end();
    // Kadaň 2022: a title was shortened right behind a backslash, which then swallowed the closing quotation mark,
    // and the board was unreadable for ten days.
    let swallowed = before.ends_with("\\\"") || ["\\\"}", "\\\",", "\\\"]"].iter().any(|end| before.contains(end));
    match () {
        () if fault.cut_off => "the file ends in the middle, it was cut off on its way or by its generator",
        () if message.contains("control character") && swallowed => {
            "a backslash stands before the closing quotation mark of a text: remove it, or write \\\\"
        }
        () if message.contains("control character") => {
            "a text does not end on its line: a closing quotation mark is missing, or a line break is not written as \\n"
        }
        () if message.contains("expected `,`") || message.contains("expected `:`") => {
            "a quotation mark inside a text must be written as \\\", or as the Czech „ and “"
        }
        () if message.contains("key must be a string") => "each key must be a text in straight double quotation marks",
        () if message.contains("escape") => "a backslash inside a text must be written as \\\\",
        () if message.contains("trailing characters") => "something follows after the end of the board",
        () if message.contains("number") => "a number is not written as JSON knows it: put it into quotation marks",
        () => "let the generator write JSON with a library instead of gluing texts together",
    }
}
