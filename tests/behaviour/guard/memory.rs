//! What the guard remembers between rounds, and how it is written down.

use vyveska::clock::Now;
use vyveska::guard::{Field, HoldKind, Memory, Observed};
use vyveska::model::mark;

use super::device::{board_of, hours, noon, notice};
use super::device_with;

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
