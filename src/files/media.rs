//! What a document is, from its first bytes. Names and declared types lie; nothing here looks at them.

use crate::model::Media;

/// The name under which each kind is written down: in the store, in JSON, in tests. Never changes.
const NAMES: [(Media, &str); 11] = [
    (Media::Pdf, "pdf"),
    (Media::Jpeg, "jpeg"),
    (Media::Png, "png"),
    (Media::Tiff, "tiff"),
    (Media::Docx, "docx"),
    (Media::Odt, "odt"),
    (Media::Xlsx, "xlsx"),
    (Media::Zip, "zip"),
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
        } else if find(&head[..head.len().min(1024)], b"%PDF-").is_some() {
            // Junk before the header is common: a BOM, a mail header, a blank line.
            Media::Pdf
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
        matches!(self, Media::Pdf | Media::Jpeg | Media::Png | Media::Tiff)
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
        if name == b"mimetype" && find(member, b"application/vnd.oasis.opendocument.text").is_some() {
            return Media::Odt;
        }
        if name.starts_with(b"word/") {
            return Media::Docx;
        }
        if name.starts_with(b"xl/") {
            return Media::Xlsx;
        }
        rest = &member[4..];
    }
    Media::Zip
}

fn words(head: &[u8]) -> Media {
    let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
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
    // Czech text in windows-1250 is not UTF-8, but has no control characters either.
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    if !utf16 && head.iter().any(control) { Media::Unknown } else { Media::Text }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
