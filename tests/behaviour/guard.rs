//! The guard's rules one by one; what they add up to on whole boards is in `guard/outages.rs`.

pub mod device;
mod moves;
mod outages;

use chrono::{DateTime, TimeDelta, Utc};
use vyveska::clock::Now;
use vyveska::guard::{self, Field, HoldKind, Memory, Observed};
use vyveska::model::{Notice, Snapshot, UNTITLED, mark};

use device::{Device, ICO, board_of, day, document, hours, noon, notice, snapshot};

/// A device that has seen the board once.
fn device_with(count: usize) -> Device {
    let mut device = Device::new(None);
    device.see(&board_of(count), noon());
    assert_eq!(device.known.len(), count);
    device
}

/// Looks once an hour, until something is withdrawn; how many hours that took.
fn hours_until_withdrawn(device: &mut Device, snapshot: &Snapshot, at: DateTime<Utc>) -> i64 {
    for hour in 0..100 {
        if !device.see(snapshot, at + hours(hour)).withdraw.is_empty() {
            return hour;
        }
    }
    panic!("held back for ever: {:?}", device.kinds());
}

#[test]
fn a_clerks_day_goes_through_at_once() {
    let mut device = device_with(10);
    let mut next = board_of(10);
    next.notices.remove(4);
    next.notices[0].title = "Záměr pronájmu pozemku".into();
    next.notices[1].documents.pop();
    next.notices[2].relevant_until = Some(day(-3));
    next.notices.push(notice(10));
    let verdict = device.see(&next, noon() + hours(1));
    assert_eq!(verdict.withdraw, [notice(4).id]);
    assert_eq!(verdict.change.len(), 3);
    assert_eq!(verdict.add, [notice(10)]);
    assert!(verdict.holds.is_empty());
    assert!(!device.has(&notice(2).id), "an end moved to the past counts at once");
    assert_eq!(device.known.len(), 9);
}

#[test]
fn a_notice_whose_item_is_broken_is_still_listed() {
    let mut device = device_with(10);
    let mut next = board_of(10);
    let broken = next.notices.split_off(2);
    next.unreadable.ids = broken.into_iter().map(|notice| notice.id).collect();
    next.unreadable.ids.push("urn:never-seen".into());
    let verdict = device.see(&next, noon() + hours(1));
    assert!(verdict.withdraw.is_empty() && verdict.change.is_empty() && verdict.holds.is_empty(), "{verdict:?}");

    // A named one says nothing of the others: a clerk takes one down, at once.
    next.notices.remove(0);
    assert_eq!(device.see(&next, noon() + hours(2)).withdraw, [notice(0).id]);
}

#[test]
fn while_an_item_does_not_say_which_it_is_nothing_is_taken_down_at_once() {
    let mut device = device_with(10);
    let mut next = board_of(10);
    next.notices.remove(4);
    next.notices.push(notice(10));
    next.unreadable.nameless = 1;
    let verdict = device.see(&next, noon() + hours(1));
    assert!(verdict.withdraw.is_empty() && verdict.add == [notice(10)], "{verdict:?}");
    assert_eq!(device.kinds(), [HoldKind::MassLoss]);

    // Mended.
    let verdict = device.see(&board_of(11), noon() + hours(2));
    assert!(verdict.withdraw.is_empty() && verdict.holds.is_empty());

    // An item that is never mended delays a withdrawal; it does not prevent it.
    assert_eq!(hours_until_withdrawn(&mut device, &next, noon() + hours(3)), 24);
    assert!(!device.has(&notice(4).id));
}

#[test]
fn what_has_ended_makes_no_difference() {
    let mut device = Device::new(None);
    let short = |number: usize| {
        let mut short = notice(number);
        short.relevant_until = Some(day(1));
        short
    };
    let first = snapshot((0..8).map(short).chain((8..11).map(notice)));
    device.see(&first, noon());
    // Eight of eleven end at midnight; the office lists them on in the first round, and drops them in the second.
    let verdict = device.see(&first, noon() + hours(13));
    assert!(verdict.add.is_empty() && verdict.withdraw.is_empty() && verdict.holds.is_empty());
    let verdict = device.see(&snapshot((8..11).map(notice)), noon() + hours(14));
    assert!(verdict.withdraw.is_empty() && verdict.holds.is_empty());
    assert_eq!(device.known.len(), 3);
}

#[test]
fn the_loss_of_most_is_held_back_and_the_loss_of_half_is_not() {
    let mut device = device_with(10);
    assert_eq!(device.see(&board_of(5), noon() + hours(1)).withdraw.len(), 5);

    let mut device = device_with(10);
    let verdict = device.see(&board_of(4), noon() + hours(1));
    assert!(verdict.withdraw.is_empty());
    assert_eq!(device.kinds(), [HoldKind::MassLoss]);
    assert_eq!(
        verdict.holds[0].reason(),
        "6 notices vanished from the feed or ended in it at once, most of the board or beside items that cannot be \
         read; held back until it has been so for 24 hours and 6 rounds, or is released by hand"
    );
    assert_eq!(hours_until_withdrawn(&mut device, &board_of(4), noon() + hours(2)) + 2, 25);
    assert_eq!(device.known.len(), 4);
    assert_eq!(device.memory.tally.held_wrongly, 6);
}

#[test]
fn a_small_board_needs_one_more_round_two_hours_later() {
    for (count, left) in [(1, 0), (2, 0), (3, 1), (4, 1), (4, 0)] {
        let mut device = device_with(count);
        assert!(device.see(&board_of(left), noon() + hours(1)).withdraw.is_empty());
        assert_eq!(device.kinds(), [HoldKind::SmallLoss]);
        assert!(device.see(&board_of(left), noon() + hours(2)).withdraw.is_empty());
        assert_eq!(device.see(&board_of(left), noon() + hours(3)).withdraw.len(), count - left);
    }
    let mut device = device_with(4);
    assert_eq!(device.see(&board_of(2), noon() + hours(1)).withdraw.len(), 2, "half is not most");
}

#[test]
fn an_outage_does_not_make_a_board_small() {
    let mut device = Device::new(None);
    let mut first = board_of(6);
    first.notices.iter_mut().take(3).for_each(|notice| notice.relevant_until = Some(day(1)));
    device.see(&first, noon());
    device.see(&snapshot([notice(4), notice(5)]), noon() + hours(10));
    assert_eq!(device.kinds(), [HoldKind::MassLoss]);
    for hour in 11..34 {
        // The two that are left go only when the three have ended and the board looks small.
        let left = if hour < 15 { snapshot([notice(4), notice(5)]) } else { board_of(0) };
        device.see(&left, noon() + hours(hour));
    }
    assert_eq!(device.known.len(), 3, "three have ended, the others wait for the whole day, those that came late too");
}

#[test]
fn an_outage_in_two_steps_does_not_make_a_board_small() {
    let mut device = device_with(8);
    assert_eq!(device.see(&board_of(4), noon() + hours(1)).withdraw.len(), 4, "half is not most");
    device.see(&board_of(0), noon() + hours(2));
    assert_eq!(device.kinds(), [HoldKind::Emptied]);
    assert_eq!(hours_until_withdrawn(&mut device, &board_of(0), noon() + hours(3)) + 3, 26);
}

#[test]
fn a_board_that_crumbles_away_is_not_let_through_in_pieces() {
    let mut device = device_with(20);
    for left in (0..20).rev() {
        device.see(&board_of(left), noon() + hours(1) + TimeDelta::minutes(20 - left as i64));
    }
    assert_eq!(device.known.len(), 10, "half of what was there a day ago");
    assert_eq!(device.kinds(), [HoldKind::Emptied; 10], "each piece has its own wait");
}

#[test]
fn who_comes_late_waits_alone() {
    let mut device = device_with(10);
    device.see(&board_of(4), noon());
    device.see(&board_of(3), noon() + hours(20));
    for hour in 21..24 {
        device.see(&board_of(3), noon() + hours(hour));
    }
    assert_eq!(device.known.len(), 10);
    device.see(&board_of(3), noon() + hours(24));
    assert_eq!(device.known.len(), 10, "not yet six rounds");
    let verdict = device.see(&board_of(3), noon() + hours(25));
    assert_eq!(verdict.withdraw.len(), 0, "of the twenty hours in which nobody looked six count");
    let hour = hours_until_withdrawn(&mut device, &board_of(3), noon() + hours(26)) + 26;
    assert_eq!(hour, 38);
    assert_eq!(device.known.len(), 3, "the seventh goes with them: one of four is a clerk's work");
}

#[test]
fn an_addition_is_posted_from_any_readable_snapshot() {
    let mut device = device_with(10);
    let verdict = device.see(&snapshot([notice(50)]), noon() + hours(1));
    assert_eq!(verdict.add, [notice(50)]);
    assert_eq!(device.kinds(), [HoldKind::MassLoss]);
    assert_eq!(device.known.len(), 11);
}

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
fn a_release_by_hand_takes_effect_in_the_next_round_and_only_on_what_was_seen() {
    let mut device = device_with(100);
    device.see(&board_of(30), noon() + hours(1));
    guard::release(&mut device.memory, Some(HoldKind::FieldBlanked { field: Field::Title }));
    device.see(&board_of(30), noon() + hours(2));
    assert_eq!(device.known.len(), 100, "another kind was released");
    guard::release(&mut device.memory, None);
    let verdict = device.see(&board_of(5), noon() + hours(3));
    assert_eq!(verdict.withdraw.len(), 70);
    assert_eq!(verdict.released.len(), 1);
    assert_eq!(device.known.len(), 30, "the other 25 are most of what is left, and nobody has seen them go");
    assert_eq!(device.kinds(), [HoldKind::MassLoss]);
}

/// A board of ten of which so many are said to have ended last week.
fn with_closed(count: usize, closed: usize) -> Snapshot {
    let mut board = board_of(count);
    board.notices.iter_mut().take(closed).for_each(|notice| notice.relevant_until = Some(day(-3)));
    board
}

#[test]
fn ends_moved_to_the_past_are_losses_that_say_their_day() {
    for (count, closed) in [(1, 1), (2, 2), (10, 4), (10, 5)] {
        let mut device = device_with(count);
        let verdict = device.see(&with_closed(count, closed), noon() + hours(1));
        assert_eq!((device.kinds(), verdict.change.len()), (vec![], closed));
        assert_eq!(device.known.len(), count - closed, "they count at once");
        device.see(&with_closed(count, closed), noon() + hours(2));
        assert_eq!((device.known.len(), device.memory.tally.removed_wrongly), (count - closed, 0));
    }
    for (count, kind, waits) in [(3, HoldKind::SmallLoss, 3), (10, HoldKind::MassLoss, 25)] {
        let mut device = device_with(count);
        for hour in 1..waits {
            device.see(&with_closed(count, count), noon() + hours(hour));
            assert_eq!((device.kinds(), device.known.len()), (vec![kind], count), "after {hour} hours");
            assert_eq!(device.known, board_of(count).notices);
        }
        device.see(&with_closed(count, count), noon() + hours(waits));
        assert_eq!(device.known, []);
    }
}

#[test]
fn an_end_in_the_past_says_which_notice_it_is() {
    let mut device = device_with(10);
    let mut next = with_closed(11, 1);
    next.notices.remove(5);
    next.unreadable.nameless = 1;
    device.see(&next, noon() + hours(1));
    assert!(!device.has(&notice(0).id) && device.has(&notice(5).id));
}

#[test]
fn a_loss_waits_on_in_whichever_form() {
    let mut device = device_with(10);
    for hour in 1..25 {
        let form = if hour < 12 { with_closed(10, 7) } else { snapshot((7..10).map(notice)) };
        device.see(&form, noon() + hours(hour));
        assert_eq!(device.known.len(), 10);
    }
    device.see(&snapshot((7..10).map(notice)), noon() + hours(25));
    assert_eq!(device.known.len(), 3, "first ended, then dropped from the list: one loss");
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

#[test]
fn what_was_withdrawn_comes_back_and_is_counted() {
    let mut device = device_with(10);
    device.see(&board_of(8), noon() + hours(1));
    assert_eq!(device.known.len(), 8);
    assert_eq!(device.see(&board_of(10), noon() + hours(2)).add.len(), 2);
    assert_eq!(device.memory.tally.removed_wrongly, 2);
    device.see(&board_of(4), noon() + hours(3));
    device.see(&board_of(10), noon() + hours(4));
    assert_eq!(device.memory.tally.averted, 6);
}

#[test]
fn a_round_that_changes_nothing_leaves_nothing_to_write() {
    let mut device = device_with(10);
    let before = device.memory.to_json();
    for hour in 1..50 {
        device.see(&board_of(10), noon() + hours(hour));
        assert_eq!(device.memory.to_json(), before);
    }
}

#[test]
fn no_jump_of_an_untrusted_clock_shortens_a_wait() {
    let mut device = device_with(10);
    let certain = noon() + hours(1);
    device.see(&board_of(0), certain);
    // Rebooted without a clock: every round believes another time.
    for jump in [0, 5, 11, 16, 22, 27, 33, 39, 9_000] {
        device.round(Observed::Snapshot(&board_of(0)), Now::untrusted(certain + hours(jump), certain));
    }
    // Trusted again an hour later: what lies between says nothing.
    device.see(&board_of(0), noon() + hours(2));
    assert_eq!(hours_until_withdrawn(&mut device, &board_of(0), noon() + hours(3)) + 3, 26);
}

#[test]
fn a_trusted_clock_that_goes_back_begins_every_wait_again() {
    let mut device = device_with(10);
    for swing in 0..40 {
        let ahead = if swing % 2 == 0 { hours(20) } else { hours(0) };
        device.see(&board_of(0), noon() + ahead + TimeDelta::minutes(swing));
        assert_eq!(device.known.len(), 10);
    }
    assert_eq!(hours_until_withdrawn(&mut device, &board_of(0), noon() + hours(1)), 24);
}

#[test]
fn damaged_memory_is_no_memory() {
    let mut device = device_with(10);
    device.see(&board_of(0), noon() + hours(1));
    let text = device.memory.to_json();
    assert_eq!(Memory::from_json("lhota", &text), device.memory);
    assert_eq!(Memory::from_json("lhota", &text[..text.len() - 3]), Memory::default());
    assert_eq!(Memory::from_json("lhota", &text.replace("\"v\":1", "\"v\":9")), Memory::default());
    assert_eq!(Memory::from_json("lhota", "\u{0}"), Memory::default());
    let later = text.replace("emptied", "eclipsed").replacen('{', "{\"more\":[1],", 1);
    assert!(
        Memory::from_json("lhota", &later).holds.is_empty(),
        "a kind of a later version is left out, the rest is read"
    );
    assert!(!text.contains("Záměr"), "no title is remembered");
}

#[test]
fn no_identity_is_remembered() {
    let mut device = device_with(20);
    device.see(&board_of(18), noon() + hours(1));
    device.see(&board_of(3), noon() + hours(2));
    let text = device.memory.to_json();
    assert_eq!(device.kinds(), [HoldKind::MassLoss]);
    assert!(!text.contains("informace"), "offices write people's names into addresses: {text}");
    assert!(device.memory.holds[0].is_about("lhota", &notice(5).id));
    assert!(!device.memory.holds[0].is_about("lhota", &notice(1).id));
}

#[test]
fn what_an_earlier_version_remembered_goes_on() {
    let mut device = device_with(20);
    device.see(&board_of(18), noon() + hours(1));
    device.see(&board_of(3), noon() + hours(2));
    let mut earlier = device.memory.to_json();
    for number in 0..20 {
        earlier = earlier.replace(&mark("lhota", &notice(number).id).to_string(), &notice(number).id);
    }
    assert!(earlier.contains(&notice(19).id) && earlier.contains(&notice(5).id));
    assert_eq!(Memory::from_json("lhota", &earlier), device.memory);
}

#[test]
fn what_was_lost_a_day_ago_is_forgotten_even_where_no_feed_can_be_read() {
    let mut device = device_with(20);
    let empty = device.memory.to_json();
    device.see(&board_of(18), noon() + hours(1));
    device.round(Observed::Unreadable("not JSON".into()), Now::trusted(noon() + hours(24)));
    assert!(device.memory.to_json().contains(&mark("lhota", &notice(19).id).to_string()));
    device.round(Observed::Unreadable("not JSON".into()), Now::trusted(noon() + hours(25)));
    device.memory.holds.clear();
    assert_eq!(device.memory.to_json(), empty);
}

#[test]
fn a_mark_stays_what_it_is_and_is_each_boards_own() {
    // It is on the disks of panels: computed here by another program.
    let written = "3115c65a1f0dc8983c40229be4361c6000b69a307b5342da5f1ee4df2e296f8f";
    assert_eq!(mark("lhota", &notice(1).id).to_string(), written);
    assert_ne!(mark("lhota", "a"), mark("lhot", "aa"));
}

#[test]
fn a_kind_is_read_as_it_is_written() {
    for field in Field::ALL {
        for kind in [HoldKind::FieldBlanked { field }, HoldKind::FieldChanged { field }] {
            assert_eq!(HoldKind::parse(&kind.to_string()), Some(kind));
        }
    }
    use HoldKind::{Emptied, MassLoss, SmallLoss, Unreadable, WebChanged, WrongOperator};
    for kind in [Unreadable, WrongOperator, Emptied, MassLoss, SmallLoss, WebChanged] {
        assert_eq!(HoldKind::parse(&kind.to_string()), Some(kind));
    }
    assert_eq!(HoldKind::parse("all"), None);
}
