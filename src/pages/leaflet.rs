//! A PDF of our own making, for what is set in our own letters: `appearance` over a page, a plain text on pages of its
//! own.
//!
//! So the engine that draws documents draws this too, and its text is found like any other. The surprising thing: the
//! letters are set in a font that is not embedded; the embedded substitutes draw them, and the widths are theirs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::metrics::Metrics;

/// The faces that letters are set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    Sans,
    /// All letters are 600 thousandths of their size wide.
    Mono,
}

impl Face {
    fn name(self) -> &'static str {
        match self {
            Face::Sans => "ArialMT",
            Face::Mono => "CourierNewPSMT",
        }
    }

    /// How wide some letters are, as a font says it (ISO 32000-2, 9.7.4.3); the others are 600 thousandths.
    fn widths(self, letters: &BTreeSet<char>) -> String {
        let Some(metrics) = Metrics::sans().filter(|_| self == Face::Sans) else { return String::new() };
        let width = |letter: &char| Some(format!("{} [{}]", u32::from(*letter), metrics.width(*letter)?.round()));
        letters.iter().filter_map(width).collect::<Vec<_>>().join(" ")
    }
}

/// A line as the operand that shows it.
pub fn operand(line: &str) -> String {
    let mut codes = String::with_capacity(line.len() * 4 + 2);
    codes.push('<');
    for letter in line.chars() {
        let _ = write!(codes, "{:04x}", u16::try_from(u32::from(letter)).unwrap_or(0xfffd));
    }
    codes.push('>');
    codes
}

/// A document of pages that lie as `page` says (its boxes and rotation, as dictionary entries). Each shows a content
/// that sets `letters` in `/F`, and may use the graphics states of `appearance`.
pub fn pdf(page: &str, contents: &[String], face: Face, letters: &BTreeSet<char>) -> Vec<u8> {
    let map = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n\
               1 begincodespacerange <0000> <ffff> endcodespacerange\n";
    // A range ends where its first byte does (ISO 32000-2, 9.10.3).
    let rows: BTreeSet<u32> = letters.iter().map(|letter| u32::from(*letter) >> 8).filter(|row| *row < 256).collect();
    let ranges: String = rows.iter().map(|row| format!("<{row:02x}00> <{row:02x}ff> <{row:02x}00>\n")).collect();
    let map = format!("{map}{} beginbfrange\n{ranges}endbfrange endcmap end end", rows.len());
    let stream = |text: &str| format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len());
    let (name, widths) = (face.name(), face.widths(letters));
    const FIRST: usize = 7;
    let kids: String = (0..contents.len()).map(|index| format!("{} 0 R ", FIRST + 2 * index)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Count {} /Kids [{kids}] {page} /Resources << /Font << /F 3 0 R >> /ExtGState << \
             /Marker << /BM /Multiply >> /A0 << /ca 0.1 /CA 0.1 >> /A1 << /ca 0.3 /CA 0.3 >> \
             /A2 << /ca 0.5 /CA 0.5 >> /A3 << /ca 0.75 /CA 0.75 >> >> >> >>",
            contents.len()
        ),
        format!(
            "<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [4 0 R] \
             /ToUnicode 5 0 R >>"
        ),
        format!(
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /DW 600 /W [{widths}] /CIDToGIDMap 6 0 R \
             /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
             /FontDescriptor << /Type /FontDescriptor /FontName /{name} /Flags 32 >> >>"
        ),
        stream(&map),
        // A letter that the face lacks is none of its other glyphs.
        stream("\0\0"),
    ];
    for content in contents {
        objects.push(format!("<< /Type /Page /Parent 2 0 R /Contents {} 0 R >>", objects.len() + 2));
        objects.push(stream(content));
    }
    let (mut file, mut places) = (String::from("%PDF-1.7\n"), String::new());
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(places, "{:010} 00000 n ", file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let (start, count) = (file.len(), objects.len() + 1);
    let _ = write!(
        file,
        "xref\n0 {count}\n0000000000 65535 f \n{places}trailer << /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    file.into_bytes()
}
