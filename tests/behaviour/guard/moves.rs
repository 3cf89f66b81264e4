//! What is new on the board, though most else is gone and it looks much the same, and what is back under a new address.

use vyveska::guard::HoldKind;
use vyveska::model::{Digest, Notice, Snapshot};

use super::device::{Device, board_of, day, document, hours, noon, notice, snapshot};

/// What the paper says, without anything that tells two of one kind apart.
fn paper(number: usize, title: &str) -> Notice {
    let document = |place| document(0, place);
    Notice {
        title: title.into(),
        description: None,
        posted: None,
        relevant_until: None,
        reference_number: None,
        documents: vec![document(1)],
        ..notice(number)
    }
}

fn numbered(number: usize, title: &str) -> Notice {
    Notice { reference_number: Some(format!("OU/{number}/2026")), ..paper(number, title) }
}

/// What of `next` is posted at once, where the board was `first`.
fn added(first: &Snapshot, next: &Snapshot) -> Vec<Notice> {
    let mut device = Device::new(None);
    device.see(first, noon());
    let verdict = device.see(next, noon() + hours(1));
    assert!(!device.kinds().contains(&HoldKind::WebChanged), "{:?}", device.kinds());
    verdict.add
}

#[test]
fn the_next_invitation_is_not_the_last_one_on_a_new_web() {
    const TITLE: &str = "Pozvánka na zasedání zastupitelstva";
    let (last, next) = (snapshot([numbered(1, TITLE)]), snapshot([numbered(7, TITLE)]));
    assert_eq!(added(&last, &next), next.notices, "another number");
    let (last, next) = (snapshot([paper(1, TITLE)]), snapshot([paper(7, TITLE)]));
    assert_eq!(added(&last, &next), next.notices, "nothing but the title");
    let with = |mut paper: Notice, bytes: &[u8]| {
        (paper.posted, paper.documents[0].digest) = (Some(day(1)), Some(Digest::of(bytes)));
        paper
    };
    let (last, next) = (snapshot([with(paper(1, TITLE), b"a")]), snapshot([with(paper(7, TITLE), b"b")]));
    assert_eq!(added(&last, &next), next.notices, "another content");
}

#[test]
fn papers_of_one_title_and_day_with_other_numbers_are_new() {
    let decree = |number| Notice { posted: Some(day(1)), ..numbered(number, "Veřejná vyhláška") };
    let next = snapshot((4..12).map(decree));
    assert_eq!(added(&snapshot((0..6).map(decree)), &next), next.notices[2..]);
}

#[test]
fn papers_of_one_file_are_several() {
    let decree = |number: usize| Notice {
        file_number: Some("SZ 12/2026".into()),
        posted: Some(day(number as i64 - 20)),
        ..paper(number, "Veřejná vyhláška")
    };
    let next = snapshot((10..16).map(decree));
    assert_eq!(added(&snapshot((0..6).map(decree)), &next), next.notices);
}

#[test]
fn a_number_written_otherwise_is_the_same() {
    let mut device = Device::new(None);
    device.see(&board_of(10), noon());
    let mut next = board_of(10);
    for notice in &mut next.notices {
        notice.id.push_str("/nova");
        notice.url = None;
        notice.reference_number = notice.reference_number.as_ref().map(|number| format!(" {} ", number.to_lowercase()));
    }
    assert!(device.see(&next, noon() + hours(1)).add.is_empty());
    assert_eq!(device.kinds(), [HoldKind::WebChanged]);
}
