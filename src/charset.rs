//! Bytes → letters: which encoding a text is in, decided by its bytes alone.
//!
//! Knows the encodings that Czech offices' programs have written: UTF-8, UTF-16, the two of eight bits and, in whole
//! texts, that of DOS. Deliberately without those of other languages. The surprising thing: a text that is almost UTF-8 (cut in the middle of
//! a letter) is UTF-8 with that letter lost, not windows-1250, which would spoil all the others.

mod dos;

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_8859_2, UTF_16BE, UTF_16LE, WINDOWS_1250};

/// So many bytes show whether every other one is zero.
const SAMPLE: usize = 512;

/// What a text of single bytes is in, UTF-8 among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrow<'a> {
    Utf8(&'a str),
    /// UTF-8 in which so many letters are lost.
    Damaged(usize),
    /// windows-1250 or ISO 8859-2.
    Old(&'static Encoding),
}

impl Narrow<'_> {
    pub fn of(bytes: &[u8]) -> Narrow<'_> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Narrow::Utf8(text);
        }
        let (mut good, mut bad) = (0_usize, 0_usize);
        for chunk in bytes.utf8_chunks() {
            good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
            bad += usize::from(!chunk.invalid().is_empty());
        }
        if good > 4 * bad { Narrow::Damaged(bad) } else { Narrow::Old(central_european(bytes)) }
    }
}

/// The two differ in š, ť, ž and their capitals: windows-1250 has them where ISO 8859-2 has control characters.
fn central_european(bytes: &[u8]) -> &'static Encoding {
    let windows = bytes.iter().any(|byte| (0x80..0xA0).contains(byte));
    let iso = bytes.iter().any(|byte| matches!(byte, 0xA9 | 0xAB | 0xAE | 0xB9 | 0xBB | 0xBE));
    if iso && !windows { ISO_8859_2 } else { WINDOWS_1250 }
}

/// UTF-16 with its byte order mark, or without one where its letters are mostly Latin; and the text after the mark.
pub fn wide(bytes: &[u8]) -> Option<(&'static Encoding, &[u8])> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return Some((UTF_16LE, rest)),
        [0xFE, 0xFF, rest @ ..] => return Some((UTF_16BE, rest)),
        _ => {}
    }
    let pairs = bytes[..bytes.len().min(SAMPLE)].as_chunks::<2>().0;
    let (mut first, mut second) = (0, 0);
    for pair in pairs {
        first += usize::from(pair[0] == 0 && pair[1] != 0);
        second += usize::from(pair[1] == 0 && pair[0] != 0);
    }
    let most = |count: usize, other: usize| other == 0 && count >= 2 && count * 10 >= pairs.len() * 6;
    // Two zeros beside each other are no letter.
    let whole = pairs.iter().all(|pair| *pair != [0, 0]);
    match (whole && most(second, first), whole && most(first, second)) {
        (true, _) => Some((UTF_16LE, bytes)),
        (_, true) => Some((UTF_16BE, bytes)),
        _ => None,
    }
}

/// A whole text, without its byte order mark. What is no letter in its encoding becomes U+FFFD.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, text)) = wide(bytes) {
        return encoding.decode_without_bom_handling(text).0;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match Narrow::of(text) {
        Narrow::Utf8(text) => Cow::Borrowed(text),
        Narrow::Damaged(_) => String::from_utf8_lossy(text),
        Narrow::Old(encoding) => match dos::read(text) {
            Some(text) => Cow::Owned(text),
            None => encoding.decode_without_bom_handling(text).0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_told_by_its_bytes() {
        const TEXT: &str = "Příliš žluťoučký kůň: výzva č. 3, ŠŤASTNÝ";
        let wide = |bytes: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
        let cases = [
            ("UTF-8", TEXT.as_bytes().to_vec()),
            ("UTF-8 with a mark", ["\u{feff}", TEXT].concat().into_bytes()),
            ("UTF-16LE", little.clone()),
            ("UTF-16BE", big.clone()),
            ("UTF-16LE with a mark", [vec![0xff, 0xfe], little].concat()),
            ("UTF-16BE with a mark", [vec![0xfe, 0xff], big].concat()),
            ("windows-1250", WINDOWS_1250.encode(TEXT).0.into_owned()),
            ("ISO 8859-2", ISO_8859_2.encode(TEXT).0.into_owned()),
        ];
        for (name, bytes) in cases {
            assert_eq!(decode(&bytes), TEXT, "{name}");
        }
        let mut cut = TEXT.repeat(3).into_bytes();
        cut.truncate(cut.len() - "Ý".len() + 1);
        assert!(decode(&cut).ends_with("ŠŤASTN\u{fffd}"), "one lost letter costs only itself");
        assert_eq!(decode(b""), "");
    }
}
