//! What became of a document: page by page, and what its clerk should know before it is published.
//!
//! A plain value, and the same as JSON for the store, the hub and `vyveska check`. Deliberately without advice: the
//! cure is the reader's (`check`, the hub). The surprising thing: a document is drawn in parts (page one of everything
//! first), so the JSON of two parts can be joined.

use std::fmt;

use serde_json::{Value, json};

use super::{PageFault, PagesError};

/// Version of the JSON form. Fields are added, never renamed.
const VERSION: u32 = 1;

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Pages the document has, whether or not they were wanted.
    pub page_count: u32,
    /// Files that it carries inside, as PDF/A-3 and portfolios do; the board does not show them.
    pub attached: Vec<Attached>,
    /// The pages that were tried, in order.
    pub pages: Vec<PageReport>,
    pub warnings: Vec<Warning>,
}

/// A file inside a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub name: String,
    /// Length in bytes, where the document says it.
    pub bytes: Option<u64>,
}

/// What became of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageReport {
    /// From 1.
    pub number: u32,
    pub drawn: Result<Drawn, PageFault>,
}

/// A page that was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    pub width: u32,
    pub height: u32,
    /// Whether its text was found; `false` also where none was wanted.
    pub text: bool,
    pub sheet: Sheet,
}

/// A page as a sheet of paper, upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Width and height in millimetres; `None` for a picture that does not say.
    pub paper: Option<(u32, u32)>,
    /// Set upright by what stands on it; what the document itself says about turning is not counted.
    pub turned: Option<Turned>,
    /// Nothing stands on it: the back side of a scan.
    pub blank: bool,
}

/// How a page that lay on its side was set upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turned {
    /// Quarter turns clockwise, 1 to 3.
    pub quarters: u8,
    /// Share of what stands on the page that agrees, in percent.
    pub sure: u8,
}

impl Sheet {
    /// Quarter turns clockwise, 0 to 3.
    pub fn quarters(&self) -> u8 {
        self.turned.map_or(0, |turned| turned.quarters)
    }
}

/// Something the reader does not see on a page that was drawn, or that its clerk does not expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// From 1; `None`: the whole document.
    pub page: Option<u32>,
    pub kind: WarningKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningKind {
    /// Notes, highlights or drawings that carry no picture of themselves.
    AnnotationsNotDrawn(u32),
    /// Filled-in form fields that carry no picture of themselves.
    FieldsNotDrawn(u32),
    /// A form that only its maker's program can show: the page is a placeholder.
    DynamicForm,
    /// The page is only a picture, or its letters cannot be told: nothing to search or to speak.
    NoReadableText,
    /// Letters may be missing: a font could not be used.
    FontNotUsable,
    /// A picture on the page could not be decoded.
    PictureNotDrawn,
    /// The page is so long that it is drawn narrower than the panel.
    DrawnSmaller,
    /// The document has more pages than are drawn; this was the last.
    PagesLeftOut(u32),
    /// It is encrypted, and opens without a password.
    Encrypted,
    /// So many letters are not in their font: a box or nothing stands for each.
    LettersMissing(u32),
    /// So many letters lie under an opaque shape or picture. Whoever copies the document's text can read them.
    TextCovered(u32),
    /// So many letters are there and not to be seen: in the colour of their ground, off the page, clipped, too small.
    TextInvisible(u32),
}

impl WarningKind {
    /// Short name, lower case, and the number that goes with it. Names never change.
    pub fn name(self) -> (&'static str, Option<u32>) {
        match self {
            WarningKind::AnnotationsNotDrawn(count) => ("annotations_not_drawn", Some(count)),
            WarningKind::FieldsNotDrawn(count) => ("fields_not_drawn", Some(count)),
            WarningKind::DynamicForm => ("dynamic_form", None),
            WarningKind::NoReadableText => ("no_text", None),
            WarningKind::FontNotUsable => ("font_not_usable", None),
            WarningKind::PictureNotDrawn => ("picture_not_drawn", None),
            WarningKind::DrawnSmaller => ("drawn_smaller", None),
            WarningKind::PagesLeftOut(last) => ("pages_left_out", Some(last)),
            WarningKind::Encrypted => ("encrypted", None),
            WarningKind::LettersMissing(count) => ("letters_missing", Some(count)),
            WarningKind::TextCovered(count) => ("text_covered", Some(count)),
            WarningKind::TextInvisible(count) => ("text_invisible", Some(count)),
        }
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WarningKind::AnnotationsNotDrawn(n) => write!(f, "{n} annotation(s) without an appearance are not shown"),
            WarningKind::FieldsNotDrawn(n) => write!(f, "{n} filled-in form field(s) are not shown"),
            WarningKind::DynamicForm => {
                f.write_str("a dynamic form (XFA): only its placeholder is shown; print it to PDF")
            }
            WarningKind::NoReadableText => f.write_str("no readable text"),
            WarningKind::FontNotUsable => f.write_str("a font cannot be used, letters may be missing"),
            WarningKind::PictureNotDrawn => f.write_str("a picture cannot be decoded and is missing"),
            WarningKind::DrawnSmaller => f.write_str("the page is very long and is drawn smaller"),
            WarningKind::PagesLeftOut(n) => write!(f, "pages after page {n} are not drawn"),
            WarningKind::Encrypted => f.write_str("the document is encrypted and opens without a password"),
            WarningKind::LettersMissing(n) => write!(f, "{n} letter(s) are not in their font and are missing"),
            WarningKind::TextCovered(n) => write!(
                f,
                "{n} letter(s) of hidden text under black boxes or pictures: whoever opens the document can copy them"
            ),
            WarningKind::TextInvisible(n) => {
                write!(f, "{n} letter(s) of hidden text that is not to be seen: whoever opens the document can copy it")
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.page {
            Some(page) => write!(f, "page {page}: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

impl Report {
    /// The report as a JSON object with its version `v`.
    pub fn to_json(&self) -> Value {
        let attached: Vec<Value> =
            self.attached.iter().map(|file| json!({ "name": file.name, "bytes": file.bytes })).collect();
        let warning = |warning: &Warning| {
            let (kind, count) = warning.kind.name();
            count.map_or_else(|| json!({ "kind": kind }), |count| json!({ "kind": kind, "count": count }))
        };
        let warnings = |page: Option<u32>| -> Vec<Value> {
            self.warnings.iter().filter(|found| found.page == page).map(warning).collect()
        };
        let sheet = |page: &PageReport| {
            let mut entry = match &page.drawn {
                Ok(drawn) => json!({
                    "page": page.number,
                    "text": drawn.text,
                    "paper_mm": drawn.sheet.paper.map(|(width, height)| [width, height]),
                    "turned": u32::from(drawn.sheet.quarters()) * 90,
                    "sure": drawn.sheet.turned.map(|turned| turned.sure),
                    "blank": drawn.sheet.blank,
                }),
                Err(fault) => json!({ "page": page.number, "failed": fault.to_string() }),
            };
            entry["warnings"] = warnings(Some(page.number)).into();
            entry
        };
        json!({
            "v": VERSION,
            "page_count": self.page_count,
            "attached": attached,
            "warnings": warnings(None),
            "pages": self.pages.iter().map(sheet).collect::<Vec<_>>(),
        })
    }

    /// The JSON of a document that is refused as a whole, where that is the document's own fault: `refused` says why in
    /// a word. Words are added, never renamed.
    pub fn refusal(error: &PagesError) -> Option<Value> {
        let why = match error {
            PagesError::Encrypted => "locked",
            PagesError::TooBig { .. } => "too_big",
            PagesError::Unsupported(_) => "unsupported",
            PagesError::Damaged => "damaged",
            PagesError::NoPages => "no_pages",
            _ => return None,
        };
        let mut json = Report::default().to_json();
        json["refused"] = why.into();
        Some(json)
    }

    /// The JSON of this part of a document, with the pages that an earlier part reported.
    pub fn to_json_after(&self, earlier: &str) -> Value {
        let mut whole = self.to_json();
        let Ok(mut before) = serde_json::from_str::<Value>(earlier) else { return whole };
        let Some(mut pages) = before.get_mut("pages").map(Value::take).and_then(|pages| match pages {
            Value::Array(pages) => Some(pages),
            _ => None,
        }) else {
            return whole;
        };
        let number = |page: &Value| page["page"].as_u64().unwrap_or(0);
        pages.retain(|page| self.pages.iter().all(|known| u64::from(known.number) != number(page)));
        if let Value::Array(later) = whole["pages"].take() {
            pages.extend(later);
        }
        pages.sort_by_key(number);
        whole["pages"] = pages.into();
        whole
    }
}
