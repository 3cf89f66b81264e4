//! What an office has decreed by the hub, in the ledger: urgent messages, and notices taken down at once.

use std::time::Duration;

use vyveska::clock::Now;
use vyveska::ledger::{Ledger, What, Why};
use vyveska::wire::decree::Message;

use super::record::Record;
use super::{kinds, seen};
use crate::behaviour::nav::urgent::message;
use crate::behaviour::store::{Folder, at};

#[test]
fn an_urgent_message_is_recorded_once_and_so_is_its_end() {
    let folder = Folder::new("ledger-urgent");
    let (now, start) = (at("2026-11-22T12:00:00+01:00"), Duration::from_secs(1));
    let end = at("2026-11-22T18:00:00+01:00");
    let (one, other) = (message("a", 0), message("b", 1));
    let both = [one.clone(), other.clone()];
    let kinds_of = |record: &mut Record, in_force: &[Message], whole: &[&Message], now: Now| {
        assert!(record.messages(in_force, whole, now, start));
        kinds(&Ledger::read(&folder.0).unwrap().0).split_off(1)
    };
    let mut record = Record::new(Some(&folder.0));
    assert!(kinds_of(&mut record, &both, &[], now).is_empty(), "only what was whole on the glass");
    assert_eq!(kinds_of(&mut record, &both, &[&one, &other], now), ["message_shown", "message_shown"]);
    // A panel that starts anew knows what was shown; one of them was withdrawn, the other one ends.
    let mut record = Record::new(Some(&folder.0));
    let told = kinds_of(&mut record, std::slice::from_ref(&one), &[&one], now);
    assert_eq!(told[2..], ["unreadable", "started", "message_over"]);
    kinds_of(&mut record, &[], &[], end);
    let (entries, verdict) = Ledger::read(&folder.0).unwrap();
    verdict.unwrap();
    let whys = entries.into_iter().filter_map(|entry| match entry.what {
        Some(What::MessageOver { why, .. }) => Some(why),
        _ => None,
    });
    assert_eq!(whys.collect::<Vec<_>>(), [Why::Withdrawn, Why::Ended]);
}

#[test]
fn what_the_office_takes_down_at_once_was_not_withdrawn() {
    let folder = Folder::new("ledger-down");
    let (now, start) = (at("2026-03-01T10:00:00+01:00"), Duration::from_secs(1));
    let mut record = Record::new(Some(&folder.0));
    let held = [seen(1, true), seen(2, true)];
    assert!(record.presented(Some(&held), now, start));
    assert!(record.taken_down(&[held[0].notice], now, start));
    assert!(record.presented(Some(&held[1..]), now, start));
    assert!(record.taken_down(&[held[0].notice], now, start), "it is down already");
    let (entries, _) = Ledger::read(&folder.0).unwrap();
    let whys = entries.into_iter().filter_map(|entry| match entry.what {
        Some(What::Down { why, shown, .. }) => Some((why, shown)),
        _ => None,
    });
    assert_eq!(whys.collect::<Vec<_>>(), [(Why::TakenDown, true)]);
    // Where it is lifted it comes again.
    assert!(record.presented(Some(&held), now, start));
    assert_eq!(kinds(&Ledger::read(&folder.0).unwrap().0)[6..], ["received", "first_shown"]);
}
