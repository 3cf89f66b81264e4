//! Bytes → text: which encoding this is, and whether it is a text at all.
//!
//! Believes the bytes, never a header; which letters they are, `charset` says. The surprising thing: a feed that was
//! encoded into UTF-8 twice is read as it was meant.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::charset::Narrow;
use crate::model::Severity;

use super::FeedError;
use super::defects::Defects;

const CURE: &str = "Save the feed in UTF-8 without a byte order mark.";

/// What files begin with that are sometimes found in a feed's place.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\xff\xfe\x00\x00", "a text in UTF-32"),
    (b"\x00\x00\xfe\xff", "a text in UTF-32"),
];

pub(super) fn decode<'a>(bytes: &'a [u8], defects: &mut Defects) -> Result<Cow<'a, str>, FeedError> {
    for (start, what) in FOREIGN {
        if bytes.starts_with(start) {
            return Err(FeedError::NotText { what });
        }
    }
    let text = match bytes {
        // Seen in the wild: feeds saved by Windows editors.
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            defects.board("", Severity::Repaired, "The feed begins with a byte order mark (BOM).", CURE);
            eight_bit(rest, defects)
        }
        [0xFF, 0xFE, rest @ ..] => wide(UTF_16LE, rest, defects),
        [0xFE, 0xFF, rest @ ..] => wide(UTF_16BE, rest, defects),
        [b'{' | b'[', 0, ..] => wide(UTF_16LE, bytes, defects),
        [0, b'{' | b'[', ..] => wide(UTF_16BE, bytes, defects),
        _ => eight_bit(bytes, defects),
    };
    // Some servers pad an answer with zero bytes; JSON has no other place for them either.
    let end = text.trim_end_matches(['\0', '\u{1a}']).len();
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    };
    let start = text.trim_start();
    if start.is_empty() {
        return Err(FeedError::Empty);
    }
    if start.starts_with('<') {
        return Err(FeedError::WebPage { what: markup(start) });
    }
    if start.bytes().take(512).any(|byte| byte == 0) {
        return Err(FeedError::NotText { what: "a binary file" });
    }
    Ok(text)
}

fn markup(text: &str) -> &'static str {
    let head: String = text.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    match () {
        () if head.contains("<rss") || head.contains("<feed") => "an RSS feed",
        () if head.contains("<html") || head.contains("<!doctype html") => "a web page (HTML)",
        // Seen in the wild: warnings of the generator printed before its output.
        () if head.contains("<b>warning</b>") || head.contains("<b>notice</b>") || head.contains("fatal error") => {
            "an error message of the feed's generator"
        }
        () if head.starts_with("<?xml") => "an XML document",
        () => "a text with markup",
    }
}

/// Must be survived: "Unicode" of a Windows editor.
fn wide<'a>(encoding: &'static Encoding, bytes: &'a [u8], defects: &mut Defects) -> Cow<'a, str> {
    let found = format_args!("The feed is written in {}.", encoding.name()).to_string();
    defects.board("", Severity::Repaired, found, CURE);
    encoding.decode_without_bom_handling(bytes).0
}

fn eight_bit<'a>(bytes: &'a [u8], defects: &mut Defects) -> Cow<'a, str> {
    match Narrow::of(bytes) {
        Narrow::Utf8(text) => undo_double(text, defects),
        // Must be survived: texts shortened by bytes in the middle of a letter.
        Narrow::Damaged(letters) => {
            defects.board(
                "",
                Severity::Uncertain,
                format_args!("{letters} letters are damaged: the feed is UTF-8, but not everywhere."),
                "Let the generator shorten texts by letters, not by bytes.",
            );
            String::from_utf8_lossy(bytes)
        }
        // Seen in the wild: databases of older filing systems.
        Narrow::Old(encoding) => {
            let found = format_args!("The feed is written in {}, not in UTF-8.", encoding.name()).to_string();
            defects.board("", Severity::Repaired, found, CURE);
            encoding.decode_without_bom_handling(bytes).0
        }
    }
}

/// Must be survived: UTF-8 taken for windows-1252 and encoded once more, so that every item's `název` is `nÃ¡zev`.
fn undo_double<'a>(text: &'a str, defects: &mut Defects) -> Cow<'a, str> {
    let spoiled = "\"n\u{c3}\u{a1}zev\"";
    if !text.contains(spoiled) {
        return Cow::Borrowed(text);
    }
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(text);
    match String::from_utf8(bytes.into_owned()) {
        Ok(undone) if !lost => {
            defects.board("", Severity::Repaired, "The feed was encoded into UTF-8 twice (`nÃ¡zev`).", CURE);
            Cow::Owned(undone)
        }
        _ => Cow::Borrowed(text),
    }
}
