//! Codes of six digits that change every half minute (TOTP, RFC 6238 with SHA-1), as every telephone's app makes them.
//!
//! A code counts once: whoever saw it over a shoulder cannot use it. The hub's own clock must be right to a minute.

use chrono::{DateTime, Utc};
use qrcodegen::{QrCode, QrCodeEcc};
use ring::hmac;
use std::fmt::Write as _;
use subtle::ConstantTimeEq as _;

/// Seconds that a code is valid (RFC 6238 § 4.1).
const STEP: i64 = 30;
/// A telephone's clock may be off by a step (§ 5.2).
const LEEWAY: i64 = 1;
/// Bytes of a secret, as many as SHA-1's digest has (RFC 4226 § 4).
pub const SECRET: usize = 20;
/// Modules of white around a QR code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// The step that the code belongs to, where it is one of now and later than `last`, the step of the one that counted
/// before.
pub fn step_of(secret: &[u8], typed: &str, last: i64, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let current = now.timestamp().div_euclid(STEP);
    let mut found = None;
    for step in current - LEEWAY..=current + LEEWAY {
        let is_it = bool::from(code(secret, step).as_bytes().ct_eq(digits.as_bytes()));
        if is_it && step > last {
            found = Some(step);
        }
    }
    found
}

/// The code of a moment.
pub fn code_at(secret: &[u8], at: DateTime<Utc>) -> String {
    code(secret, at.timestamp().div_euclid(STEP))
}

fn code(secret: &[u8], step: i64) -> String {
    format!("{:06}", truncated(secret, step) % 1_000_000)
}

/// RFC 4226 § 5.3.
fn truncated(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 0xf);
    let four = [tag[offset] & 0x7f, tag[offset + 1], tag[offset + 2], tag[offset + 3]];
    u32::from_be_bytes(four)
}

/// The secret as people type it into their app: base32 (RFC 4648 § 6), in groups of four.
pub fn letters(secret: &[u8]) -> String {
    let text = base32(secret).into_bytes();
    let groups: Vec<&str> = text.chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let letter = |at: usize| (0..5).fold(0, |value, place| value << 1 | bit(at + place));
    (0..bytes.len() * 8).step_by(5).map(|at| char::from(LETTERS[usize::from(letter(at))])).collect()
}

/// What the app reads from the QR code (the `otpauth` scheme, as Google Authenticator's Key URI Format has it).
pub fn address(secret: &[u8], login: &str) -> String {
    let login: String = url::form_urlencoded::byte_serialize(login.as_bytes()).collect();
    format!("otpauth://totp/vyveska:{login}?secret={}&issuer=vyveska", base32(secret))
}

/// A QR code as the path of an SVG picture, and the length of its side; `None`: the text is too long for one.
pub fn picture(text: &str) -> Option<(String, i32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET).ok()?;
        }
    }
    Some((path, code.size() + 2 * QUIET))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a moment")
    }

    /// RFC 6238, appendix B, the rows of SHA-1: eight digits there.
    #[test]
    fn the_vectors_of_the_standard() {
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(truncated(SECRET, seconds / 30) % 100_000_000, code, "{seconds}");
            assert_eq!(code_at(SECRET, at(seconds)), format!("{:06}", code % 1_000_000));
        }
    }

    #[test]
    fn a_code_counts_once_and_for_a_minute_and_a_half() {
        let now = at(1_111_111_111);
        let code = code_at(SECRET, now);
        let step = step_of(SECRET, &code, 0, now).expect("it counts");
        assert_eq!(step_of(SECRET, &format!(" {} {}", &code[..3], &code[3..]), 0, now), Some(step));
        assert_eq!(step_of(SECRET, &code, step, now), None, "a second time");
        assert_eq!(step_of(SECRET, &code, 0, now + chrono::TimeDelta::seconds(30)), Some(step));
        assert_eq!(step_of(SECRET, &code, 0, now - chrono::TimeDelta::seconds(30)), Some(step));
        assert_eq!(step_of(SECRET, &code, 0, now + chrono::TimeDelta::seconds(60)), None);
        // Nor does the code before the one that counted.
        let before = code_at(SECRET, now - chrono::TimeDelta::seconds(30));
        assert_eq!(step_of(SECRET, &before, step, now), None);
        for nonsense in ["", "0", "0000000", "abcdef", "١٢٣٤٥٦"] {
            assert_eq!(step_of(SECRET, nonsense, 0, now), None, "{nonsense}");
        }
    }

    /// RFC 4648 § 10.
    #[test]
    fn letters_are_base32() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(letters(SECRET), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
