//! What is new on the board, though most else is gone and it looks much the same, and what is back under a new address.

use chrono::NaiveDate;
use vyveska::guard::{Field, HoldKind};
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

#[test]
fn what_has_moved_is_no_loss() {
    let mut device = Device::new(None);
    device.see(&board_of(8), noon());
    let mut next = board_of(8);
    next.notices.iter_mut().for_each(|notice| notice.id.push_str("/nova"));
    next.notices.drain(..2);
    let verdict = device.see(&next, noon() + hours(1));
    assert_eq!(device.kinds(), [HoldKind::WebChanged], "two of eight are not most of the board");
    assert_eq!(verdict.withdraw, [notice(0).id, notice(1).id]);
    assert!(verdict.add.is_empty());
}

/// Six notices, and behind them the forty that the office has never taken off its list.
fn with_archive(end: Option<NaiveDate>, archive_end: Option<NaiveDate>) -> Snapshot {
    let mut all = board_of(46);
    for (number, notice) in all.notices.iter_mut().enumerate() {
        notice.relevant_until = if number < 6 { end } else { archive_end };
    }
    all
}

#[test]
fn what_has_ended_does_not_come_back_with_broken_ends() {
    for broken in [None, Some(day(400))] {
        let mut device = Device::new(None);
        device.see(&with_archive(Some(day(20)), Some(day(-30))), noon());
        assert_eq!(device.known.len(), 6);
        let mut next = with_archive(broken, broken);
        next.notices.push(notice(50));
        assert_eq!(device.see(&next, noon() + hours(1)).add, [notice(50)], "what is new is new");
        assert_eq!(device.memory.holds[0].kind.family(), vyveska::guard::Family::Field(Field::RelevantUntil));
        for hour in 2..24 {
            device.see(&next, noon() + hours(hour));
            assert_eq!(device.known.len(), 7);
        }
        device.see(&next, noon() + hours(25));
        assert_eq!(device.known.len(), 47, "after a day the office is believed");
    }
}

#[test]
fn a_single_ended_notice_may_come_back() {
    let mut device = Device::new(None);
    let mut list = with_archive(Some(day(20)), Some(day(-30)));
    device.see(&list, noon());
    list.notices[9].relevant_until = Some(day(40));
    assert_eq!(device.see(&list, noon() + hours(1)).add.len(), 1);
}
