//! What a document is, from its first bytes. Names and declared types lie; nothing here looks at them.

use crate::charset::{self, Narrow};
use crate::model::Media;

/// The name under which each kind is written down: in the store, in JSON, in tests. Never changes.
const NAMES: [(Media, &str); 20] = [
    (Media::Pdf, "pdf"),
    (Media::Jpeg, "jpeg"),
    (Media::Png, "png"),
    (Media::Tiff, "tiff"),
    (Media::Docx, "docx"),
    (Media::Odt, "odt"),
    (Media::Xlsx, "xlsx"),
    (Media::Ods, "ods"),
    (Media::Pptx, "pptx"),
    (Media::Odp, "odp"),
    (Media::Zfo, "zfo"),
    (Media::Signed, "signed"),
    (Media::Mail, "mail"),
    (Media::Zip, "zip"),
    (Media::OldOffice, "old-office"),
    (Media::Rtf, "rtf"),
    (Media::Picture, "picture"),
    (Media::Text, "text"),
    (Media::Html, "html"),
    (Media::Unknown, "unknown"),
];

impl Media {
    /// So many bytes from the beginning are enough to decide.
    pub const HEAD_BYTES: usize = 64 * 1024;

    /// Decides from the beginning of a document; [`Media::HEAD_BYTES`] of it, or all where it is shorter.
    pub fn of(head: &[u8]) -> Media {
        let head = &head[..head.len().min(Media::HEAD_BYTES)];
        if head.starts_with(&[0xff, 0xd8, 0xff]) {
            Media::Jpeg
        } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Media::Png
        } else if head.starts_with(b"II*\0") || head.starts_with(b"MM\0*") {
            Media::Tiff
        } else if head.starts_with(b"PK\x03\x04") {
            archive(head)
        } else if find(&head[..head.len().min(4096)], b"%PDF-").is_some() {
            // Offices' systems put mail headers and blank lines before it; readers look for it this far.
            Media::Pdf
        } else if is_signed(head) {
            // The message lies in the envelope as it is, unless that is in base64.
            if find(head, b"isds.czechpoint.cz").is_some() { Media::Zfo } else { Media::Signed }
        } else if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            Media::OldOffice
        } else if head.starts_with(b"{\\rtf") {
            Media::Rtf
        } else if is_picture(head) {
            Media::Picture
        } else {
            words(head)
        }
    }

    /// Short name, lower case.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(media, _)| *media == self).map_or("unknown", |(_, name)| name)
    }

    /// Reads what [`Media::name`] wrote.
    pub fn from_name(name: &str) -> Option<Media> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(media, _)| *media)
    }

    /// Whether `pages` can turn it into pictures.
    pub fn has_pages(self) -> bool {
        matches!(self, Media::Pdf | Media::Jpeg | Media::Png | Media::Tiff | Media::Text)
    }
}

/// Looks at the names of an archive's first members.
fn archive(head: &[u8]) -> Media {
    let mut rest = head;
    while let Some(start) = find(rest, b"PK\x03\x04") {
        let member = &rest[start..];
        let Some(length) = member.get(26..28) else { break };
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        let Some(name) = member.get(30..30 + length) else { break };
        if name == b"mimetype" {
            let said = &member[..member.len().min(200)];
            if find(said, b"application/vnd.oasis.opendocument.text").is_some() {
                return Media::Odt;
            }
            if find(said, b"application/vnd.oasis.opendocument.spreadsheet").is_some() {
                return Media::Ods;
            }
            if find(said, b"application/vnd.oasis.opendocument.presentation").is_some() {
                return Media::Odp;
            }
        }
        if name.starts_with(b"word/") {
            return Media::Docx;
        }
        if name.starts_with(b"xl/") {
            return Media::Xlsx;
        }
        if name.starts_with(b"ppt/") {
            return Media::Pptx;
        }
        rest = &member[4..];
    }
    Media::Zip
}

fn is_picture(head: &[u8]) -> bool {
    const BRANDS: [&[u8]; 5] = [b"heic", b"heix", b"mif1", b"avif", b"msf1"];
    let begins = [&b"GIF8"[..], b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(magic));
    let bitmap = head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]);
    let webp = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP");
    let brand = head.get(8..12).filter(|_| head.get(4..8) == Some(b"ftyp"));
    begins || bitmap || webp || brand.is_some_and(|brand| BRANDS.contains(&brand))
}

/// Signed data in a cryptographic message (RFC 5652): a sequence that begins with its object identifier, or the same
/// in letters.
fn is_signed(head: &[u8]) -> bool {
    const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let envelope = head.first() == Some(&0x30) && find(&head[..head.len().min(20)], SIGNED_DATA).is_some();
    envelope || head.starts_with(b"-----BEGIN PKCS7-----") || head.starts_with(b"-----BEGIN CMS-----")
}

/// Whether it begins with the header of a message (RFC 5322).
fn is_mail(text: &[u8]) -> bool {
    const FIELDS: [&[u8]; 7] =
        [b"from:", b"date:", b"subject:", b"mime-version:", b"received:", b"return-path:", b"message-id:"];
    let header = text.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty()).take(100);
    let named = |line: &[u8]| {
        FIELDS.iter().any(|field| line.len() > field.len() && line[..field.len()].eq_ignore_ascii_case(field))
    };
    let begins = text.split(|byte| *byte == b':').next().is_some_and(|name| {
        name.len() < 60 && !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    });
    begins && header.filter(|line| named(line)).count() >= 3
}

fn words(head: &[u8]) -> Media {
    let utf16 = charset::wide(head).is_some();
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.is_empty() {
        return Media::Unknown;
    }
    let start: Vec<u8> = text[..text.len().min(1024)].to_ascii_lowercase();
    if [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].iter().any(|tag| find(&start, tag).is_some())
        && start.starts_with(b"<")
    {
        return Media::Html;
    }
    if is_mail(text) {
        return Media::Mail;
    }
    // Czech text in windows-1250 is not UTF-8, but has no control characters either, and most of its letters are plain.
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    let noise =
        matches!(Narrow::of(head), Narrow::Old(_)) && head.iter().filter(|b| b.is_ascii()).count() * 2 < head.len();
    if !utf16 && (noise || head.iter().any(control)) { Media::Unknown } else { Media::Text }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
