//! What a PDF says about itself beside its pages: files inside it, forms of its maker's, encryption. Runs in the child.
//!
//! Deliberately without opening what is inside. The surprising thing: the library hides the trailer, so encryption is
//! found in the bytes.

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream, String as Bytes};

use super::Attached;
use super::run::MAX_ATTACHED;

/// Nodes of a name tree, pages and annotations that are looked at: nobody attaches more, and a tree may go in circles.
const MAX_NODES: usize = 1000;

/// Whether only its maker's program can show the document's form (dynamic XFA).
pub fn is_dynamic_form(pdf: &Pdf) -> bool {
    let Some(catalog) = catalog(pdf) else { return false };
    let no_fields = |form: Dict<'_>| {
        form.contains_key(b"XFA")
            && form.get::<Array<'_>>(b"Fields").is_none_or(|fields| fields.raw_iter().next().is_none())
    };
    catalog.get::<bool>(b"NeedsRendering").unwrap_or(false)
        || catalog.get::<Dict<'_>>(b"AcroForm").is_some_and(no_fields)
}

/// Whether a document that opened is encrypted all the same: its trailer names how (ISO 32000-2, 7.5.5).
pub fn is_encrypted(pdf: &Pdf) -> bool {
    const KEY: &[u8] = b"/Encrypt";
    let bytes: &[u8] = pdf.data().as_ref();
    memchr::memmem::find_iter(bytes, KEY).map(|at| &bytes[at + KEY.len()..]).any(|rest| {
        let value = rest[..rest.len().min(32)].trim_ascii_start();
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let reference = value[digits..].trim_ascii_start();
        value.starts_with(b"<<") || (digits > 0 && reference.starts_with(b"0") && reference.contains(&b'R'))
    })
}

/// The files inside: those of the document (PDF/A-3, portfolios) and those pinned to its pages.
pub fn attached(pdf: &Pdf) -> Vec<Attached> {
    let mut files = Files { found: Vec::new(), seen: Vec::new(), nodes: 0 };
    if let Some(catalog) = catalog(pdf) {
        if let Some(tree) = catalog.get::<Dict<'_>>(b"Names").and_then(|names| names.get::<Dict<'_>>(b"EmbeddedFiles"))
        {
            files.walk(&tree, 16);
        }
        for file in catalog.get::<Array<'_>>(b"AF").iter().flat_map(|listed| listed.iter::<Dict<'_>>().take(MAX_NODES))
        {
            files.add(&file, None);
        }
    }
    let pinned = pdf.pages().iter().take(MAX_NODES).filter_map(|page| page.raw().get::<Array<'_>>(b"Annots"));
    for annotation in pinned.flat_map(|listed| listed.iter::<Dict<'_>>().take(MAX_NODES)).take(10 * MAX_NODES) {
        if annotation.get::<Name<'_>>(b"Subtype").as_deref() == Some(b"FileAttachment")
            && let Some(file) = annotation.get::<Dict<'_>>(b"FS")
        {
            files.add(&file, None);
        }
    }
    files.found
}

fn catalog(pdf: &Pdf) -> Option<Dict<'_>> {
    pdf.xref().get(pdf.xref().root_id())
}

struct Files {
    found: Vec<Attached>,
    /// The same file may be listed in several places.
    seen: Vec<ObjectIdentifier>,
    nodes: usize,
}

impl Files {
    /// A name tree (ISO 32000-2, 7.9.6).
    fn walk(&mut self, node: &Dict<'_>, depth: u32) {
        self.nodes += 1;
        if depth == 0 || self.nodes > MAX_NODES {
            return;
        }
        if let Some(names) = node.get::<Array<'_>>(b"Names") {
            let mut pairs = names.iter::<Object<'_>>().take(2 * MAX_NODES);
            while let (Some(name), Some(file)) = (pairs.next(), pairs.next()) {
                if let Object::Dict(file) = file {
                    self.add(&file, if let Object::String(name) = &name { Some(name.as_bytes()) } else { None });
                }
            }
        }
        for kid in node.get::<Array<'_>>(b"Kids").iter().flat_map(|kids| kids.iter::<Dict<'_>>().take(MAX_NODES)) {
            self.walk(&kid, depth - 1);
        }
    }

    /// A file specification (ISO 32000-2, 7.11.3), unless it names a file elsewhere.
    fn add(&mut self, file: &Dict<'_>, key: Option<&[u8]>) {
        let Some(inside) = file.get::<Dict<'_>>(b"EF") else { return };
        let Some(stream) = inside.get::<Stream<'_>>(b"UF").or_else(|| inside.get::<Stream<'_>>(b"F")) else { return };
        if self.found.len() >= MAX_ATTACHED || self.seen.contains(&stream.obj_id()) {
            return;
        }
        self.seen.push(stream.obj_id());
        let named = |key: &[u8]| file.get::<Bytes<'_>>(key).map(|name| text_string(name.as_bytes()));
        let name = named(b"UF").or_else(|| named(b"F")).or_else(|| key.map(text_string)).unwrap_or_default();
        let size = |dict: Option<Dict<'_>>, key: &[u8]| dict.and_then(|dict| dict.get::<i64>(key));
        let bytes = size(stream.dict().get::<Dict<'_>>(b"Params"), b"Size");
        let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok());
        self.found.push(Attached { name, bytes });
    }
}

/// A text string (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 where it begins with a mark, else PDFDocEncoding.
pub fn text_string(bytes: &[u8]) -> String {
    const UPPER: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł',
        'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        String::from_utf16_lossy(&rest.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect::<Vec<_>>())
    };
    match bytes {
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        plain => plain
            .iter()
            .map(|byte| match byte {
                0x80..=0xa0 => UPPER[usize::from(byte - 0x80)],
                other => char::from(*other),
            })
            .collect(),
    }
}
