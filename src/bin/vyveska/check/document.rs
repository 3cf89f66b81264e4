//! `vyveska check` of a document: what a board would show of it, and what its clerk should mend before publishing it.
//!
//! Draws every page as the panel does, in the same sandboxed child, and keeps nothing. The surprising thing: text that
//! nobody sees on the page counts as the worst defect, because whoever downloads the document can copy it.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};
use vyveska::model::Media;
use vyveska::pages::{self, Limits, PageRange, Report, Want, WarningKind};

use super::VERSION;

/// Width in which the pages are drawn (pixels): that of the reference panel.
const WIDTH: u32 = 1080;

/// What came of one document.
pub struct Checked<'a> {
    source: &'a str,
    media: Media,
    /// Bytes.
    size: u64,
    report: Result<Report, String>,
}

impl Checked<'_> {
    pub fn of(source: &str, media: Media, size: u64) -> Checked<'_> {
        if !media.has_pages() {
            let kind = media.name();
            let error =
                format!("a {kind} file is not drawn: the board shows its name and a QR code; publish it as PDF");
            return Checked { source, media, size, report: Err(error) };
        }
        let want = Want { pages: PageRange::All, width: WIDTH, text: true };
        let report = pages::render(Path::new(source), &want, &Limits::default(), |_| ControlFlow::Continue(()));
        Checked { source, media, size, report: report.map_err(|error| error.to_string()) }
    }

    /// 0: nothing to mend, 1: shown with defects, 2: unusable.
    pub fn code(&self) -> u8 {
        match &self.report {
            Ok(report) if defects(report).is_empty() => 0,
            Ok(_) => 1,
            Err(_) => 2,
        }
    }

    pub fn to_json(&self) -> Value {
        let mut value = json!({ "v": VERSION, "source": self.source, "kind": self.media.name(), "bytes": self.size });
        match &self.report {
            Ok(report) => {
                value["usable"] = true.into();
                value["document"] = report.to_json();
            }
            Err(error) => {
                value["usable"] = false.into();
                value["error"] = error.as_str().into();
            }
        }
        value
    }

    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out).expect("writing to a String never fails");
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let report = match &self.report {
            Ok(report) => report,
            Err(error) => return writeln!(out, "{}: unusable\n  {error}", self.source),
        };
        writeln!(out, "{}", self.source)?;
        writeln!(out, "  kind      {}, {}", self.media.name(), bytes(self.size))?;
        writeln!(out, "  pages     {}", report.page_count)?;
        let sheets = || report.pages.iter().filter_map(|page| Some((page.number, page.drawn.as_ref().ok()?)));
        let mut papers: Vec<((u32, u32), Vec<u32>)> = Vec::new();
        for (number, drawn) in sheets() {
            let Some(paper) = drawn.sheet.paper else { continue };
            match papers.iter_mut().find(|(known, _)| *known == paper) {
                Some((_, pages)) => pages.push(number),
                None => papers.push((paper, vec![number])),
            }
        }
        for ((width, height), pages) in &papers {
            let which = if papers.len() > 1 { format!(" ({})", list(pages)) } else { String::new() };
            writeln!(out, "  paper     {width} × {height} mm{which}")?;
        }
        for (number, drawn) in sheets() {
            if let Some(turned) = drawn.sheet.turned {
                let angle = u32::from(turned.quarters) * 90;
                writeln!(out, "  turned    page {number} by {angle}° ({} % sure)", turned.sure)?;
            }
        }
        let blank: Vec<u32> = sheets().filter(|(_, drawn)| drawn.sheet.blank).map(|(number, _)| number).collect();
        if !blank.is_empty() {
            writeln!(out, "  blank     {}", list(&blank))?;
        }
        for file in &report.attached {
            let size = file.bytes.map_or_else(String::new, |size| format!(" ({})", bytes(size)));
            writeln!(out, "  inside    {}{size}", file.name)?;
        }
        if report.warnings.iter().any(|warning| warning.kind == WarningKind::Encrypted) {
            writeln!(out, "  locked    encrypted; it opens without a password")?;
        }
        let defects = defects(report);
        if defects.is_empty() {
            return writeln!(out, "\nNo defects.");
        }
        for Defect { found, cure, pages } in &defects {
            let place = if pages.is_empty() { String::new() } else { format!("{}: ", list(pages)) };
            writeln!(out, "\n  {place}{found}\n    Cure: {cure}")?;
        }
        writeln!(out, "\n{} defect{}.", defects.len(), if defects.len() == 1 { "" } else { "s" })
    }
}

/// What is to be mended, on all pages that have it.
struct Defect {
    found: String,
    cure: &'static str,
    /// Empty: the whole document.
    pages: Vec<u32>,
}

/// The worst first.
fn defects(report: &Report) -> Vec<Defect> {
    let mut defects: Vec<Defect> = Vec::new();
    let faults = report.pages.iter().filter_map(|page| Some((page.number, page.drawn.as_ref().err()?)));
    for (number, fault) in faults {
        let (found, cure) = (format!("cannot be drawn: {fault}"), "print the document to PDF again");
        match defects.iter_mut().find(|defect| defect.found == found) {
            Some(defect) => defect.pages.push(number),
            None => defects.push(Defect { found, cure, pages: vec![number] }),
        }
    }
    let mut kinds: Vec<(WarningKind, u32, Vec<u32>)> = Vec::new();
    for warning in &report.warnings {
        let count = warning.kind.name().1.unwrap_or(0);
        match kinds.iter_mut().find(|(kind, ..)| kind.name().0 == warning.kind.name().0) {
            Some((_, all, pages)) => {
                *all = all.saturating_add(count);
                pages.extend(warning.page);
            }
            None => kinds.push((warning.kind, count, warning.page.into_iter().collect())),
        }
    }
    kinds.sort_by_key(|(kind, ..)| !matches!(kind, WarningKind::TextCovered(_) | WarningKind::TextInvisible(_)));
    defects.extend(kinds.into_iter().filter_map(|(kind, count, mut pages)| {
        pages.sort_unstable();
        Some(Defect { found: with_count(kind, count).to_string(), cure: cure(kind)?, pages })
    }));
    defects.sort_by_key(|defect| !defect.found.contains("hidden text"));
    defects
}

fn with_count(kind: WarningKind, count: u32) -> WarningKind {
    match kind {
        WarningKind::AnnotationsNotDrawn(_) => WarningKind::AnnotationsNotDrawn(count),
        WarningKind::FieldsNotDrawn(_) => WarningKind::FieldsNotDrawn(count),
        WarningKind::LettersMissing(_) => WarningKind::LettersMissing(count),
        WarningKind::TextCovered(_) => WarningKind::TextCovered(count),
        WarningKind::TextInvisible(_) => WarningKind::TextInvisible(count),
        other => other,
    }
}

/// `None`: nothing is wrong with it.
fn cure(kind: WarningKind) -> Option<&'static str> {
    Some(match kind {
        WarningKind::Encrypted => return None,
        WarningKind::TextCovered(_) => {
            "do not publish it so: remove the text itself and then export it again, or print it and scan it"
        }
        WarningKind::TextInvisible(_) => {
            "remove it, unless it is meant to be there; anybody who copies the page gets it"
        }
        WarningKind::AnnotationsNotDrawn(_) | WarningKind::FieldsNotDrawn(_) => "print the document to PDF",
        WarningKind::DynamicForm => "open it in the program it was made with and print it to PDF",
        WarningKind::NoReadableText => "publish the document as it was written, or run text recognition over the scan",
        WarningKind::FontNotUsable | WarningKind::LettersMissing(_) => "export it with all fonts embedded (PDF/A)",
        WarningKind::PictureNotDrawn => "export it again as PDF/A",
        WarningKind::DrawnSmaller => "divide it into pages",
        WarningKind::PagesLeftOut(_) => "divide it into several documents",
    })
}

/// `page 3`, `pages 1–4, 7`.
fn list(pages: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 >= *page => *last = *page,
            _ => runs.push((*page, *page)),
        }
    }
    let run = |(first, last): &(u32, u32)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    };
    let runs: Vec<String> = runs.iter().map(run).collect();
    format!("page{} {}", if pages.len() == 1 { "" } else { "s" }, runs.join(", "))
}

/// A size as people say it.
fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{} kB", size.div_ceil(1_000)),
        _ => format!("{}.{} MB", size / 1_000_000, size / 100_000 % 10),
    }
}
