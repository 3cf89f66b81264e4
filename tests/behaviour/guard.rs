//! The guard's rules one by one; what they add up to on whole boards is in `guard/outages.rs`.

pub mod device;
mod fields;
mod memory;
mod moves;
mod outages;
mod places;
mod strangers;

use chrono::{DateTime, TimeDelta, Utc};
use vyveska::clock::Now;
use vyveska::guard::{self, Field, HoldKind, Observed};
use vyveska::model::Snapshot;

use device::{Device, board_of, day, hours, noon, notice, snapshot};

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
