//! An attachment as its card shows it: what it is, how large, and the way to it.

use std::cell::RefCell;
use std::rc::Rc;

use percent_encoding::percent_decode_str;
use vyveska_ui as ui;

use super::pictures::{Pictures, Wanted};
use super::tie::tie;
use super::{entry, head, qr};
use crate::model::{Media, Remark};
use crate::view::Paper;

/// A longer name (letters) of a file says nothing to anybody.
const MAX_NAME: usize = 60;
/// What makes a document on request has no name for it.
const SCRIPTS: [&str; 6] = ["php", "asp", "aspx", "jsp", "html", "htm"];

/// `at` counts from 0.
pub fn of(at: usize, paper: &Paper, pictures: &Rc<RefCell<Pictures>>) -> ui::Paper {
    let thumb = paper.pages().and_then(|pages| pictures.borrow_mut().get(Wanted::Thumb(pages.digest, 1)));
    let code = qr::code(&paper.url);
    let (remark, remark_pages) = paper.remark.map_or((ui::Remark::None, 0), remark);
    ui::Paper {
        title: paper.title.as_deref().map(tie).unwrap_or_default().into(),
        number: at as i32 + 1,
        state: entry::paper_state(&paper.state),
        pages: paper.pages().map_or(0, |pages| pages.count as i32),
        thumb: thumb.unwrap_or_default(),
        kind: paper.media.map_or(ui::PaperKind::Absent, kind),
        kilobytes: paper.size.div_ceil(1000).min(i32::MAX as u64) as i32,
        file: file_name(&paper.url).unwrap_or_default().into(),
        address: head::address(&paper.url).into(),
        has_qr: code.is_some(),
        qr: code.unwrap_or_default(),
        remark,
        remark_pages,
    }
}

fn kind(media: Media) -> ui::PaperKind {
    match media {
        Media::Pdf => ui::PaperKind::Pdf,
        Media::Jpeg | Media::Png | Media::Tiff | Media::Picture => ui::PaperKind::Picture,
        Media::Docx => ui::PaperKind::Docx,
        Media::Odt => ui::PaperKind::Odt,
        Media::Rtf => ui::PaperKind::Rtf,
        Media::Xlsx => ui::PaperKind::Xlsx,
        Media::Ods => ui::PaperKind::Ods,
        Media::Pptx => ui::PaperKind::Pptx,
        Media::Odp => ui::PaperKind::Odp,
        Media::OldOffice => ui::PaperKind::OldOffice,
        Media::Zfo => ui::PaperKind::Zfo,
        Media::Signed => ui::PaperKind::Signed,
        Media::Mail => ui::PaperKind::Mail,
        Media::Zip => ui::PaperKind::Zip,
        Media::Text => ui::PaperKind::Text,
        Media::Html => ui::PaperKind::Html,
        Media::Unknown => ui::PaperKind::Unknown,
    }
}

/// And the number that goes with it.
fn remark(remark: Remark) -> (ui::Remark, i32) {
    match remark {
        Remark::Locked => (ui::Remark::Locked, 0),
        Remark::Form => (ui::Remark::Form, 0),
        Remark::PagesMissing => (ui::Remark::Pages, 0),
        Remark::OnlyFirst(pages) => (ui::Remark::First, pages as i32),
        Remark::PictureMissing => (ui::Remark::Picture, 0),
        Remark::MarksMissing => (ui::Remark::Marks, 0),
        Remark::LettersMissing => (ui::Remark::Letters, 0),
    }
}

/// The last part of an address, where it looks like the name of a file.
fn file_name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let name = percent_decode_str(path.rsplit('/').next()?).decode_utf8().ok()?;
    let (stem, ending) = name.rsplit_once('.')?;
    let plain = (2..=5).contains(&ending.len()) && ending.chars().all(|letter| letter.is_ascii_alphanumeric());
    let fine = plain && !stem.is_empty() && name.chars().count() <= MAX_NAME && !name.contains(char::is_control);
    // A line that ended after its hyphen would make it look like one of ours.
    (fine && !SCRIPTS.contains(&ending)).then(|| name.replace('-', "\u{2011}"))
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn the_name_of_a_file_is_told_from_an_address() {
        for (url, name) in [
            ("https://obec.example/soubory/smlouva%20%C4%8D.%203.docx?v=2", Some("smlouva č. 3.docx")),
            ("https://obec.example/stahnout.php?id=3.zfo", None),
            ("https://obec.example/soubory/12", None),
            ("https://obec.example/", None),
        ] {
            assert_eq!(file_name(url).as_deref(), name, "{url}");
        }
    }
}
