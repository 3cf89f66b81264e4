//! The collected samples: real documents come out, hostile ones stay in.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::sheet::{document, sheets, turned};
use super::{all, draw, ink, render};
use crate::behaviour::skip::skipped;
use vyveska::clock;
use vyveska::pages::{Limits, PageFault, PageRange, PagesError, Rendered, Want};

fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("VYVESKA_SAMPLES").map(|root| PathBuf::from(root).join("pdf"));
    if folder.is_none() {
        skipped("the PDF samples", "VYVESKA_SAMPLES is not set (the folder that holds pdf/)");
    }
    folder
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of samples").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "pdf")).collect();
    assert!(!found.is_empty(), "{} holds no samples", folder.display());
    found.sort();
    found
}

fn has_ink(page: &Rendered) -> bool {
    (0..page.height).step_by(3).any(|y| (0..page.width).any(|x| ink(page, x, y) > 100))
}

#[test]
fn every_real_document_comes_out() {
    let Some(folder) = samples() else { return };
    for path in documents(&folder) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let result = render(&path, &Want { pages: PageRange::Between(1, 2), ..all(540) }, &Limits::default());
        match (&name[..3], result) {
            ("p08", result) => assert!(matches!(result, Err(PagesError::Damaged)), "{result:?}"),
            ("p11", result) => assert!(matches!(result, Err(PagesError::Encrypted)), "{result:?}"),
            (_, Err(error)) => panic!("{name}: {error}"),
            (which, Ok((pages, report))) => {
                assert!(report.pages.iter().all(|page| page.drawn.is_ok()), "{name}: {report:?}");
                assert!(which == "p09" || pages.iter().all(has_ink), "{name} is blank");
                if matches!(which, "g01" | "g02" | "g03" | "g07" | "g09") {
                    let text = pages[0].text.as_deref().unwrap_or_default();
                    assert!("ěščřžýáíéúůďťň".chars().all(|letter| text.contains(letter)), "{name}: {text}");
                }
            }
        }
    }
}

/// Each is over within its time, in its memory, with pictures or a reason; and the next one is none the worse.
#[test]
fn no_hostile_document_does_harm() {
    let Some(folder) = samples() else { return };
    let limits = Limits { page_time: Duration::from_secs(3), ..Limits::default() };
    for path in documents(&folder.join("pathological")) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let start = clock::ticks();
        let result = render(&path, &Want { pages: PageRange::One(1), ..all(1080) }, &limits);
        let took = clock::ticks() - start;
        assert!(took < Duration::from_secs(8), "{name} took {took:?}");
        match result {
            Ok((pages, report)) => {
                let fault = report.pages[0].drawn.clone().err();
                assert_eq!(pages.is_empty(), fault.is_some(), "{name}");
                assert!(matches!(fault, None | Some(PageFault::Memory | PageFault::Time)), "{name}: {fault:?}");
            }
            Err(error) => assert!(matches!(error, PagesError::Damaged), "{name}: {error}"),
        }
    }
}

/// None of the samples is turned as it lies; and scanned in all four directions, none is turned wrongly.
#[test]
fn no_real_document_is_turned_wrongly() {
    let Some(folder) = samples() else { return };
    let (mut right, mut undecided) = (0, 0);
    for path in documents(&folder) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let want = Want { pages: PageRange::One(1), ..all(1654) };
        let Ok((pages, report)) = render(&path, &want, &Limits::default()) else { continue };
        assert_eq!(sheets(&report)[0].turned, None, "{name}");
        // The placeholder of a dynamic form, and a form that nobody filled in.
        assert!(!sheets(&report)[0].blank || ["p07", "p09"].contains(&&name[..3]), "{name} is not blank");
        let grey =
            |page: &Rendered| (0..page.height).flat_map(|y| (0..page.width).map(move |x| (x, y))).collect::<Vec<_>>();
        let page = &pages[0];
        let levels = grey(page).into_iter().map(|(x, y)| 255 - ink(page, x, y) as u8).collect();
        let scan = (levels, page.width as usize, page.height as usize);
        let scans: Vec<_> = (0..4).map(|quarters| turned(&scan, quarters)).collect();
        let (_, report) = draw(&document(&scans), &all(1080));
        for (found, wanted) in sheets(&report).iter().map(|sheet| sheet.quarters()).zip([0, 3, 2, 1]) {
            assert!(found == wanted || found == 0, "{name}: turned by {found}, {wanted} is right");
            right += u32::from(found == wanted && wanted > 0);
            undecided += u32::from(found == 0 && wanted > 0);
        }
    }
    println!("{right} scans set upright, {undecided} left as they lie");
    assert!(right > 20, "{right} scans set upright, {undecided} left as they lie");
}
