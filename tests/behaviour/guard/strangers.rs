//! Whose feed it is, and what is taken from another's.

use vyveska::clock::Now;
use vyveska::guard::{self, HoldKind, Observed};
use vyveska::model::{Notice, Snapshot};

use super::device::{Device, ICO, board_of, document, hours, noon, notice, snapshot};
use super::device_with;

#[test]
fn nothing_is_taken_from_what_cannot_be_read_or_is_anothers() {
    let mut device = device_with(3);
    let verdict = device.round(Observed::Unreadable("not JSON".into()), Now::trusted(noon() + hours(1)));
    assert_eq!(device.kinds(), [HoldKind::Unreadable]);
    assert_eq!(verdict.holds[0].reason(), "the feed cannot be read, so nothing is taken from it");

    let mut other = snapshot([notice(7)]);
    other.ico = Some("87654321".into());
    for hour in 2..60 {
        let verdict = device.see(&other, noon() + hours(hour));
        assert!(verdict.add.is_empty() && verdict.withdraw.is_empty(), "time does not make it right");
    }
    assert_eq!(device.kinds(), [HoldKind::Unreadable, HoldKind::WrongOperator]);
    device.see(&board_of(3), noon() + hours(60));
    assert!(device.kinds().is_empty());

    // The office has merged with another, says a person.
    device.see(&other, noon() + hours(61));
    guard::release(&mut device.memory, Some(HoldKind::WrongOperator));
    assert_eq!(device.see(&other, noon() + hours(62)).add, [notice(7)]);
}

#[test]
fn the_configured_operator_counts_from_the_first_round() {
    let mut device = Device::new(Some("87654321"));
    assert!(device.see(&board_of(3), noon()).add.is_empty());
    let mut device = Device::new(Some(ICO));
    let mut unpadded = board_of(3);
    unpadded.ico = Some(" 123456".into());
    assert_eq!(device.see(&unpadded, noon()).add.len(), 3);
    // A placeholder says nothing about the operator.
    let mut nobody = board_of(4);
    nobody.ico = Some("00000000".into());
    assert_eq!(device.see(&nobody, noon() + hours(1)).add, [notice(3)]);
}

/// What another village publishes, and what its feed says of itself.
fn strangers(count: usize, ico: Option<&str>, iri: Option<&str>) -> Snapshot {
    let stranger = |number: usize| Notice {
        id: format!("https://horni.example/{number}"),
        url: Some(format!("https://horni.example/deska/{number}")),
        title: format!("Horní Lhota vyhlašuje {number}"),
        reference_number: Some(format!("HL/{number}/2026")),
        documents: vec![document(1_000 + number, 1)],
        ..notice(number)
    };
    let (ico, iri) = (ico.map(str::to_owned), iri.map(str::to_owned));
    Snapshot { ico, iri, ..snapshot((0..count).map(stranger)) }
}

#[test]
fn another_boards_feed_is_not_believed_because_it_names_nobody() {
    for (ico, count) in [(None, 1), (None, 10), (Some(ICO), 4), (Some(ICO), 10)] {
        for iri in [None, Some("https://horni.example/deska")] {
            let mut device = Device::new(ico);
            device.see(&board_of(count), noon());
            let mut shared = strangers(8, None, iri);
            shared.notices.push(notice(0));
            let feed = if count == 10 { shared } else { strangers(8, None, iri) };
            for hour in 1..50 {
                let verdict = device.see(&feed, noon() + hours(hour));
                assert_eq!(verdict.holds[0].kind, HoldKind::WrongOperator);
                assert_eq!(device.known, board_of(count).notices);
            }
            assert!(device.memory.holds[0].reason().contains("does not say whose it is"));
            // Two villages' feeds are changed back, or a person knows that it is the office's.
            assert!(device.see(&board_of(count), noon() + hours(50)).holds.is_empty());
            device.see(&feed, noon() + hours(51));
            guard::release(&mut device.memory, Some(HoldKind::WrongOperator));
            device.see(&feed, noon() + hours(52));
            assert!(device.has("https://horni.example/7") && !device.kinds().contains(&HoldKind::WrongOperator));
            assert!(
                device.see(&feed, noon() + hours(53)).holds.iter().all(|hold| hold.kind != HoldKind::WrongOperator)
            );
        }
    }
}

#[test]
fn boards_that_never_named_their_office_and_were_exchanged_are_told_by_their_own_identity() {
    let mut first = board_of(10);
    first.ico = None;
    for ico in [None, Some("87654321")] {
        let mut device = Device::new(None);
        device.see(&first, noon());
        device.see(&strangers(10, ico, Some("https://horni.example/deska")), noon() + hours(1));
        assert_eq!(device.kinds(), [HoldKind::WrongOperator]);
        assert_eq!(device.known, first.notices);
    }
}

#[test]
fn a_feed_that_lost_its_operator_works_on_while_it_is_the_same_board() {
    for iri in [None, Some("https://lhota.example/deska".to_owned())] {
        let mut device = device_with(10);
        let mut next = board_of(12);
        (next.ico, next.iri) = (None, iri.clone());
        assert_eq!(device.see(&next, noon() + hours(1)).add.len(), 2);
        // Ten of twelve vanish: a matter of losses, which does not keep the additions back.
        let mut left = snapshot([notice(0), notice(1), notice(50)]);
        (left.ico, left.iri) = (None, iri);
        assert_eq!(device.see(&left, noon() + hours(2)).add, [notice(50)]);
        assert_eq!(device.kinds(), [HoldKind::MassLoss]);
    }
    // The board's own identity is the same, so a village may put up another notice.
    let mut device = device_with(1);
    let next = strangers(1, None, Some("https://lhota.example/deska"));
    assert_eq!(device.see(&next, noon() + hours(1)).add, next.notices);
}

#[test]
fn a_village_whose_feed_never_named_it_changes_its_only_notice() {
    let mut device = Device::new(Some(ICO));
    device.see(&strangers(1, None, None), noon());
    let mut next = board_of(1);
    (next.ico, next.iri) = (None, None);
    assert_eq!(device.see(&next, noon() + hours(1)).add, next.notices);
    assert_eq!(device.kinds(), [HoldKind::SmallLoss]);
}

#[test]
fn a_new_web_that_lost_its_operator_is_a_new_web() {
    for count in [3, 10] {
        let mut device = device_with(count);
        let mut moved = board_of(count);
        (moved.ico, moved.iri) = (None, Some("https://novy.example/deska".into()));
        for notice in &mut moved.notices {
            notice.id.push_str("/nova");
            notice.url = None;
        }
        device.see(&moved, noon() + hours(1));
        assert_eq!(device.kinds(), [HoldKind::WebChanged]);
        assert_eq!(device.known, board_of(count).notices);
        guard::release(&mut device.memory, None);
        assert_eq!(device.see(&moved, noon() + hours(2)).rename.len(), count);
    }
}

#[test]
fn identities_that_are_mere_numbers_prove_nothing() {
    let numbered = |mut board: Snapshot| {
        for (number, notice) in board.notices.iter_mut().enumerate() {
            notice.id = number.to_string();
        }
        board
    };
    let mut device = Device::new(None);
    device.see(&numbered(board_of(10)), noon());
    device.see(&numbered(strangers(10, None, None)), noon() + hours(1));
    assert_eq!(device.kinds(), [HoldKind::WrongOperator]);
}
