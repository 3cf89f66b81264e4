//! One field of many notices: what waits, and what of it does not.

use vyveska::guard::{Field, HoldKind};
use vyveska::model::{Snapshot, UNTITLED};

use super::device::{Device, board_of, day, document, hours, noon, notice};
use super::device_with;

#[test]
fn one_blank_title_is_one_too_many() {
    let mut device = device_with(30);
    let mut next = board_of(30);
    next.notices[0].title = " ".into();
    next.notices[0].categories.push("Pozemky".into());
    device.see(&next, noon() + hours(1));
    assert_eq!(device.kinds(), [HoldKind::FieldBlanked { field: Field::Title }]);
    assert_eq!(device.known[0].title, notice(0).title);
    assert_eq!(device.known[0].categories.len(), 2, "the rest of the change goes through");
}

/// As a feed is read that gives no title: another text stands in.
fn untitled(mut board: Snapshot, places: std::ops::Range<usize>) -> Snapshot {
    for notice in &mut board.notices[places] {
        let number = notice.reference_number.as_deref().unwrap_or(UNTITLED);
        notice.title = notice.description.as_deref().unwrap_or(number).into();
        board.untitled.push(notice.id.clone());
    }
    board
}

#[test]
fn what_stands_in_for_a_title_does_not_replace_it() {
    for (count, missing) in [(1, 1), (3, 1), (30, 1), (30, 30)] {
        let mut device = device_with(count);
        let mut next = untitled(board_of(count), 0..missing);
        next.notices.push(notice(100));
        device.see(&next, noon() + hours(1));
        assert_eq!(device.kinds(), [HoldKind::FieldBlanked { field: Field::Title }], "{missing} of {count}");
        assert_eq!(device.memory.holds[0].subjects.len(), missing);
        assert_eq!(device.known[..count], board_of(count).notices);
    }
}

#[test]
fn a_title_that_comes_later_is_an_addition() {
    let mut device = Device::new(None);
    let first = untitled(board_of(10), 0..10);
    assert_eq!(device.see(&first, noon()).add, first.notices, "a notice without a title is shown");
    // What stands in for it is another text now.
    let mut next = first.clone();
    next.notices[0].description = Some("Oprava".into());
    next.notices[0].title = "Oprava".into();
    assert_eq!(device.see(&next, noon() + hours(1)).change.len(), 1);
    assert_eq!(device.see(&board_of(10), noon() + hours(2)).change.len(), 10);
    assert!(device.kinds().is_empty());
}

/// Each address with a token that is another one in each round.
fn with_tokens(mut board: Snapshot, round: usize) -> Snapshot {
    for document in board.notices.iter_mut().flat_map(|notice| &mut notice.documents) {
        let script = document.url.contains("-2.pdf");
        let url = if script { document.url.replace(".pdf", "?soubor=2&") } else { format!("{}?", document.url) };
        document.url = format!("{url}token={round}");
    }
    board
}

#[test]
fn another_token_in_an_address_is_no_other_document() {
    let mut device = Device::new(None);
    device.see(&with_tokens(board_of(10), 0), noon());
    for round in 1..5 {
        let mut next = board_of(10);
        next.notices[3].documents.push(document(3, 3));
        let next = with_tokens(next, round);
        device.see(&next, noon() + hours(round as i64));
        assert_eq!((device.kinds(), &device.known), (vec![], &next.notices), "the addresses of now");
    }
}

#[test]
fn a_document_of_another_number_is_another_document() {
    let of = |number: usize| {
        let mut board = board_of(6);
        for (place, document) in board.notices.iter_mut().flat_map(|notice| &mut notice.documents).enumerate() {
            document.url = format!("https://lhota.example/stahnout.php?id={}&token=1", number + place);
            document.title = Some("Příloha".into());
        }
        board
    };
    let mut device = Device::new(None);
    device.see(&of(100), noon());
    device.see(&of(200), noon() + hours(1));
    assert_eq!(device.kinds(), [HoldKind::FieldChanged { field: Field::Documents }]);
}

#[test]
fn an_added_document_does_not_wait_with_the_others() {
    let moved = |mut board: Snapshot, titled: bool| {
        for document in board.notices.iter_mut().flat_map(|notice| &mut notice.documents) {
            document.url = document.url.replace("soubory", "nove");
            document.title = document.title.take().filter(|_| titled);
        }
        board
    };
    for titled in [true, false] {
        let mut device = device_with(10);
        for hour in 1..25 {
            let mut next = moved(board_of(10), titled);
            next.notices[3].documents.insert(0, document(3, 3));
            device.see(&next, noon() + hours(hour));
            let mut expected = board_of(10);
            expected.notices[3].documents.push(document(3, 3));
            assert_eq!(device.known, expected.notices, "the others keep their places, it comes after them");
        }
        assert_eq!(device.kinds().len(), 1);
    }
}

#[test]
fn a_mass_change_of_one_field_waits_and_single_changes_pass() {
    let mut device = device_with(12);
    let mut next = board_of(12);
    next.notices.iter_mut().for_each(|notice| notice.categories.clear());
    next.notices[3].title = "Pozvánka na mimořádné zasedání".into();
    next.notices[4].relevant_until = Some(day(90));
    next.notices.remove(11);
    let verdict = device.see(&next, noon() + hours(1));
    assert_eq!(device.kinds(), [HoldKind::FieldBlanked { field: Field::Categories }]);
    assert_eq!((verdict.change.len(), verdict.withdraw.len()), (2, 1));
    assert!(device.known.iter().all(|notice| !notice.categories.is_empty()));
    for hour in 2..=25 {
        device.see(&next, noon() + hours(hour));
    }
    assert_eq!(device.known, next.notices, "after a day it is believed");
}

#[test]
fn few_are_never_many() {
    let mut device = device_with(1);
    let mut next = board_of(1);
    next.notices[0].title = "Záměr směny pozemku".into();
    next.notices[0].documents[0].url.push_str("?oprava");
    next.notices[0].documents[1].url.push_str("?oprava");
    next.notices[0].relevant_until = Some(day(5));
    assert_eq!(device.see(&next, noon() + hours(1)).change.len(), 1);
    assert!(device.kinds().is_empty(), "a village's clerk edits the only notice");

    let mut device = Device::new(None);
    let mut first = board_of(30);
    first.notices.iter_mut().take(2).for_each(|notice| notice.issuer = Some("Krajský úřad".into()));
    device.see(&first, noon());
    assert_eq!(device.see(&board_of(30), noon() + hours(1)).change.len(), 2);
    assert!(device.kinds().is_empty(), "all that had the field are two");
}

#[test]
fn a_longer_term_is_not_lost_to_doubt() {
    let mut device = Device::new(None);
    let mut first = board_of(6);
    first.notices.iter_mut().for_each(|notice| notice.relevant_until = Some(day(9)));
    first.notices[0].relevant_until = Some(day(1));
    device.see(&first, noon());
    first.notices.iter_mut().for_each(|notice| notice.relevant_until = Some(day(60)));
    for hour in 1..30 {
        device.see(&first, noon() + hours(hour));
        assert_eq!(device.known.len(), 6, "the one that would end today has its longer term at once");
    }
    assert_eq!(device.known, first.notices);
}

#[test]
fn a_longer_term_outlives_an_outage_that_follows_it() {
    let mut device = Device::new(None);
    let mut board = board_of(8);
    board.notices.iter_mut().for_each(|notice| notice.relevant_until = Some(day(3)));
    device.see(&board, noon());
    board.notices.iter_mut().for_each(|notice| notice.relevant_until = Some(day(33)));
    device.see(&board, noon() + hours(1));
    assert_eq!(device.known, board.notices, "the office may not be heard of again before the old end");
}

#[test]
fn a_first_day_moved_earlier_puts_the_notice_up_at_once() {
    let coming = |posted| {
        let mut coming = board_of(6);
        coming.notices.iter_mut().for_each(|notice| notice.posted = posted);
        coming
    };
    for earlier in [Some(day(1)), None] {
        let mut device = Device::new(None);
        device.see(&coming(Some(day(15))), noon());
        assert_eq!(device.see(&coming(earlier), noon() + hours(1)).change.len(), 6);
        assert!(device.kinds().is_empty());
        device.see(&coming(Some(day(30))), noon() + hours(2));
        assert_eq!(device.kinds(), [HoldKind::FieldChanged { field: Field::Posted }], "later is another matter");
    }
}

#[test]
fn a_shortened_term_does_not_wait_again_when_its_day_has_passed() {
    let mut device = device_with(10);
    let mut shortened = board_of(10);
    shortened.notices.iter_mut().for_each(|notice| notice.relevant_until = Some(day(1)));
    for hour in 1..25 {
        device.see(&shortened, noon() + hours(hour));
        assert_eq!(device.kinds(), [HoldKind::FieldChanged { field: Field::RelevantUntil }]);
    }
    device.see(&shortened, noon() + hours(25));
    assert_eq!(device.known, []);
}
