//! A real town's board in every version of one year. The samples are no part of the package.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vyveska::clock::Now;
use vyveska::feed::{self, FeedError};
use vyveska::guard::Observed;
use vyveska::model::{Severity, Snapshot};

use super::super::guard::device::Device;
use super::day;
use crate::behaviour::skip::skipped;

fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("VYVESKA_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        skipped("reading real feeds", "VYVESKA_SAMPLES is not set (the folder that holds ofn/)");
    }
    folder
}

fn read(path: &Path) -> Result<Snapshot, FeedError> {
    feed::read(&std::fs::read(path).unwrap(), "", day("2022-06-12"))
}

#[test]
fn picked_versions_of_a_real_board() {
    let Some(folder) = samples() else { return };
    let kadan = folder.join("ofn/kadan");
    let empty = read(&kadan.join("empty-placeholder-20220612.jsonld")).unwrap();
    assert_eq!((empty.notices.len(), empty.ico, empty.web), (0, None, None));
    let before = read(&kadan.join("before-empty.jsonld")).unwrap();
    assert_eq!((before.notices.len(), before.ico.as_deref()), (96, Some("00261912")));
    assert!(before.defects.iter().all(|defect| defect.severity == Severity::Repaired), "{:#?}", before.defects);
    assert!(before.notices.iter().any(|notice| notice.title.contains('"')), "&quot; has become a letter");
    let invalid = read(&kadan.join("INVALID-unescaped-quote-20220810.jsonld")).unwrap_err();
    let FeedError::NotJson { line, hint, .. } = &invalid else { panic!("{invalid}") };
    assert!(*line == 3945 && hint.contains("backslash"), "{invalid}");
    let many = read(&kadan.join("notice-with-25-documents.jsonld")).unwrap();
    assert_eq!(many.notices.iter().map(|notice| notice.documents.len()).max(), Some(25));
    let outage = read(&kadan.join("PARTIAL-OUTAGE-20231023T1929.jsonld")).unwrap();
    let untitled = outage.defects.iter().filter(|defect| defect.field == "název").count();
    assert_eq!((outage.notices.len(), untitled), (103, 102), "titles blank, the notices are still there");
}

/// Titles, descriptions and agendas were blank for one round on 23 October 2023. What stands in for a title does not replace it.
#[test]
fn a_partial_outage_changes_no_title() {
    let Some(folder) = samples() else { return };
    let at = |time: &str| Now::trusted(time.parse().unwrap());
    let read = |name: &str, now: Now| {
        let bytes = std::fs::read(folder.join("ofn/kadan").join(name)).unwrap();
        feed::read(&bytes, "", now.today()).unwrap()
    };
    let (before, during) = (at("2023-10-23T16:29:00Z"), at("2023-10-23T17:29:00Z"));
    let mut device = Device::new(Some("00261912"));
    device.round(Observed::Snapshot(&read("before-PARTIAL-OUTAGE-20231023T1929.jsonld", before)), before);
    let known = device.known.clone();
    assert!(known.len() > 90);
    let verdict = device.round(Observed::Snapshot(&read("PARTIAL-OUTAGE-20231023T1929.jsonld", during)), during);
    let held: Vec<String> = verdict.holds.iter().map(|hold| hold.kind.to_string()).collect();
    assert_eq!(held, ["field-blanked:title", "field-blanked:description", "field-blanked:categories"]);
    for notice in &known {
        let now = device.known.iter().find(|known| known.id == notice.id).unwrap();
        assert_eq!((&now.title, &now.categories), (&notice.title, &notice.categories));
    }
}

#[test]
fn the_norm_s_examples_are_sound() {
    let Some(folder) = samples() else { return };
    for number in 1..=4 {
        let snapshot = read(&folder.join(format!("ofn/norm/příklady/{number}.jsonld"))).unwrap();
        assert_eq!(snapshot.defects, [], "{number}");
        assert_eq!(snapshot.notices.len(), if number < 3 { 1 } else { 2 });
    }
}

#[test]
fn every_version_of_a_year() {
    let Some(folder) = samples() else { return };
    let archive = folder.join("ofn/kadan/history-2022.tar.xz");
    let unpacked = Command::new("xz").args(["-dc"]).arg(&archive).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut unpacked) = unpacked else {
        skipped("reading a year's history", "there is no program `xz` (apt install xz-utils)");
        return;
    };
    let mut tar = Vec::new();
    unpacked.stdout.take().unwrap().read_to_end(&mut tar).unwrap();
    assert!(unpacked.wait().unwrap().success());
    let (mut read, mut refused, mut notices, mut documents, mut endless, mut entities) = (0, 0, 0, 0, 0, 0);
    for file in files(&tar) {
        match feed::read(file, "", day("2023-01-01")) {
            Ok(snapshot) => {
                read += 1;
                notices += snapshot.notices.len();
                for notice in &snapshot.notices {
                    documents += notice.documents.len();
                    endless += usize::from(notice.relevant_until.is_none());
                    assert!(notice.posted.is_some() && !notice.title.contains("&quot;"));
                }
                entities += snapshot.defects.iter().filter(|defect| defect.found.contains("entities")).count();
            }
            Err(FeedError::NotJson { hint, .. }) => {
                refused += 1;
                assert!(hint.contains("backslash"), "{hint}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((read, refused, notices, endless), (410, 19, 39_888, 2_136));
    assert_eq!((documents, entities), (42_362, 74));
}

/// The contents of a tar archive of plain files.
fn files(tar: &[u8]) -> Vec<&[u8]> {
    let mut files = Vec::new();
    let mut at = 0;
    while let Some(header) = tar.get(at..at + 512).filter(|header| header[0] != 0) {
        let size = std::str::from_utf8(&header[124..135]).unwrap();
        let size = usize::from_str_radix(size.trim_matches(['\0', ' ']), 8).unwrap();
        if header[156] == b'0' {
            files.push(&tar[at + 512..at + 512 + size]);
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}
