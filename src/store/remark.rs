//! What of a document's report concerns a reader.
//!
//! The report is JSON that `pages` wrote (`pages::Report`), by names that never change. The surprising thing: most of
//! what it finds is for the clerk; a reader is told only what is not on the glass and ought to be.

use serde::Deserialize;

use crate::model::Remark;

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    warnings: Vec<Warning>,
    #[serde(default)]
    pages: Vec<Page>,
    /// Why nothing of it is shown.
    refused: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    warnings: Vec<Warning>,
    failed: Option<String>,
}

#[derive(Deserialize)]
struct Warning {
    kind: String,
    #[serde(default)]
    count: u32,
}

/// The gravest; `None` also for a report that is none.
pub fn of(report: &str) -> Option<Remark> {
    let report: Report = serde_json::from_str(report).ok()?;
    if report.refused.as_deref() == Some("locked") {
        return Some(Remark::Locked);
    }
    let failed = report.pages.iter().any(|page| page.failed.is_some()).then_some(Remark::PagesMissing);
    let warnings = report.pages.iter().flat_map(|page| &page.warnings).chain(&report.warnings);
    let remark = |warning: &Warning| {
        Some(match warning.kind.as_str() {
            "dynamic_form" => Remark::Form,
            "pages_left_out" => Remark::OnlyFirst(warning.count),
            "picture_not_drawn" => Remark::PictureMissing,
            "annotations_not_drawn" | "fields_not_drawn" => Remark::MarksMissing,
            "letters_missing" | "font_not_usable" => Remark::LettersMissing,
            _ => return None,
        })
    };
    warnings.filter_map(remark).chain(failed).min()
}
