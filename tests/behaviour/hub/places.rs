//! Places and their devices: let in, exchanged, silent, ordered.

use serde_json::json;
use vyveska::command::Command;
use vyveska::hub::order::{self, Fate, Kind};
use vyveska::hub::place::{self, Refusal};
use vyveska::hub::standing::Standing::*;
use vyveska::keys;
use vyveska::wire::link::{OrderAnswer, Refused, Report, Standing as Enrolment};

use super::device::Device;
use super::server::Server;
use crate::behaviour::store::{Folder, at};

const EIGHT: &str = "2026-11-23T08:00:00Z";

/// Confirms what waits with its code, for a place whose page shows the device that is there.
fn confirm(hub: &Server, device: &Device, code: &str, place: i64) -> Result<(), Refusal> {
    let (key, now, code) = (device.link.public(), hub.hub.as_ref().unwrap().now(), code.to_owned());
    let result = hub.write(move |connection| {
        let before = place::place(connection, place)?.and_then(|place| place.device).map(|device| device.key);
        place::confirm(connection, &key, &code, place, before, "správce", now)
    });
    if result.is_ok() {
        place::confirmed(&hub.hub.as_ref().unwrap().gate, key, place);
    }
    result
}

#[test]
fn a_device_waits_until_somebody_has_compared_the_code_of_all_three_keys() {
    let folder = Folder::in_memory("places-1");
    let hub = Server::start(&folder.0, EIGHT);
    let place = hub.place("lhota", "Lhota", "-");
    let mut device = Device::new(1);
    let waiting = device.enrol(&hub, None).said.unwrap();
    assert_eq!(waiting.standing, Enrolment::Waiting);
    // The device makes the code of what it was told; the page of what the hub knows.
    let hub_key = keys::PublicKey::parse(&waiting.hub_key).unwrap();
    let code = keys::code(&[device.panel.public(), device.link.public(), hub_key]);
    assert_eq!(confirm(&hub, &device, "AAAA-AAAA-AAAA", place), Err(Refusal::Code));
    assert_eq!(device.report(&hub, EIGHT, "showing").said.unwrap().refused, Some(Refused::Stranger));
    assert_eq!(confirm(&hub, &device, &code.to_lowercase().replace('-', " "), place), Ok(()));
    assert_eq!(device.enrol(&hub, None).said.unwrap().place.as_deref(), Some("Lhota"));
    assert_eq!(device.report(&hub, EIGHT, "showing").status, 200);
}

#[test]
fn an_exchanged_device_leaves_the_history_and_loses_its_voice() {
    let folder = Folder::in_memory("places-2");
    let hub = Server::start(&folder.0, EIGHT);
    let place = hub.place("lhota", "Lhota", "t");
    let (mut old, mut new) = (Device::new(1), Device::new(2));
    old.enrol(&hub, Some("t"));
    old.report(&hub, "2026-11-23T07:59:00Z", "showing");
    let told = new.enrol(&hub, None).said.unwrap();
    let hub_key = keys::PublicKey::parse(&told.hub_key).unwrap();
    let code = keys::code(&[new.panel.public(), new.link.public(), hub_key]);
    // The page was opened before somebody else had put a device there.
    let (key, typed, now) = (new.link.public(), code.clone(), at(EIGHT).at);
    let stale = hub.write(move |connection| place::confirm(connection, &key, &typed, place, None, "správce", now));
    assert_eq!(stale, Err(Refusal::Changed));
    assert_eq!(confirm(&hub, &new, &code, place), Ok(()));
    assert_eq!(old.report(&hub, EIGHT, "showing").said.unwrap().refused, Some(Refused::Revoked));
    assert_eq!(old.enrol(&hub, None).said.unwrap().standing, Enrolment::Refused);
    // What the old one said is history and not the new one's word.
    assert_eq!(hub.fleet(), [("Lhota".to_owned(), NotYetInstalled)]);
    assert_eq!(new.report(&hub, EIGHT, "degraded").status, 200);
    assert_eq!(hub.fleet(), [("Lhota".to_owned(), Degraded)]);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM record WHERE place = 1"), 2);
    // Also where the hub was started again.
    drop(hub);
    let hub = Server::start(&folder.0, "2026-11-23T08:01:00Z");
    assert_eq!(old.report(&hub, EIGHT, "showing").said.unwrap().refused, Some(Refused::Revoked));
}

#[test]
fn the_worst_place_comes_first_and_silence_is_found_by_absence() {
    let folder = Folder::in_memory("places-3");
    let hub = Server::start(&folder.0, EIGHT);
    let states = ["showing", "degraded", "not-showing", "maintenance", "stale", "on-battery", "not-yet-installed"];
    for (number, state) in states.into_iter().enumerate() {
        hub.place("lhota", state, state);
        let mut device = Device::new(number as u8 + 1);
        device.enrol(&hub, Some(state));
        assert_eq!(device.report(&hub, EIGHT, state).status, 200);
    }
    hub.place("lhota", "empty", "-");
    let order: Vec<_> = hub.fleet().into_iter().map(|(_, standing)| standing).collect();
    let worst_first = [NotShowing, Stale, OnBattery, Degraded, Maintenance, NotYetInstalled, Empty, Showing];
    assert_eq!(order, worst_first);

    drop(hub);
    // A hub that was away blames nobody.
    let hub = Server::start(&folder.0, "2026-11-23T12:00:00Z");
    let waiting = [Unheard, Unheard, Unheard, Unheard, Unheard, Maintenance, NotYetInstalled, Empty];
    assert_eq!(hub.fleet().into_iter().map(|(_, standing)| standing).collect::<Vec<_>>(), waiting);
    let mut ear = hub.hub.as_ref().unwrap().ear();
    for (minutes, silent) in [(3, 0), (4, 5)] {
        ear.now = ear.started + chrono::TimeDelta::minutes(minutes);
        let fleet = hub.write(move |connection| vyveska::hub::standing::fleet(connection, &ear));
        assert_eq!(fleet.iter().filter(|seen| seen.standing == Silent).count(), silent, "after {minutes} minutes");
    }
    // Work that was announced ends.
    ear.now = ear.started + chrono::TimeDelta::hours(5);
    let fleet = hub.write(move |connection| vyveska::hub::standing::fleet(connection, &ear));
    assert_eq!(fleet.iter().filter(|seen| seen.standing == Silent).count(), 6);
}

#[test]
fn an_order_goes_with_every_answer_until_it_is_answered() {
    let folder = Folder::in_memory("places-4");
    let hub = Server::start(&folder.0, EIGHT);
    let place = hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t"));
    let shared = hub.hub.clone().unwrap();
    let mut ids = Vec::new();
    for kind in Kind::ALL {
        ids.push(hub.run(order::give(&shared, place, kind, "správce")).unwrap().unwrap());
    }
    assert!(ids.is_sorted());
    for _ in 0..2 {
        let orders = device.report(&hub, EIGHT, "showing").said.unwrap().orders;
        assert_eq!(orders.len(), 10);
        assert!(orders.iter().all(|order| (1..=600).contains(&order.valid)), "{orders:?}");
        // A panel can read every one of them.
        let known: Vec<Command> =
            orders.into_iter().map(|order| serde_json::from_value(order.command).unwrap()).collect();
        assert_eq!(known[0], Command::SyncNow);
        assert_eq!(known[1], Command::Maintenance { minutes: 60 });
    }
    drop((hub, shared));
    let hub = Server::start(&folder.0, "2026-11-23T08:05:00Z");
    let answers = vec![
        OrderAnswer { id: ids[0].unsigned_abs(), done: true, said: "every office is asked now".into() },
        OrderAnswer { id: ids[1].unsigned_abs(), done: false, said: "somebody reads".into() },
        OrderAnswer { id: 5, done: true, said: "nobody ordered that".into() },
    ];
    let report = Report { v: 1, boot: "boot-1".into(), answers, ..Report::default() };
    let reply: vyveska::wire::link::Reply = device.post(&hub, vyveska::wire::link::REPORT, &report).said.unwrap();
    assert_eq!(reply.orders.len(), 8, "the others wait, also after the hub was started again");
    let now = at("2026-11-23T08:05:01Z").at;
    let list = hub.write(move |connection| order::list(connection, place, 10, now));
    assert!(matches!(&list[9].fate, Fate::Done { said, .. } if said == "every office is asked now"));
    assert!(matches!(&list[8].fate, Fate::Refused { .. }));
    assert_eq!(list[0].fate, Fate::Waiting);
    drop(hub);
    // In their last second they are not worth sending: none would be valid where it arrives.
    let hub = Server::start(&folder.0, "2026-11-23T08:09:59.5Z");
    assert_eq!(device.report(&hub, EIGHT, "showing").said.unwrap().orders, []);
    drop(hub);
    // Nobody carries out what was meant an hour ago.
    let hub = Server::start(&folder.0, "2026-11-23T09:05:00Z");
    let late = at("2026-11-23T09:05:01Z").at;
    assert_eq!(hub.write(move |connection| order::list(connection, place, 10, late))[0].fate, Fate::Expired);
    assert!(device.report(&hub, EIGHT, "showing").said.unwrap().orders.is_empty());
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM ordered WHERE outcome = 'expired'"), 8);
}

#[test]
fn a_record_may_say_anything_and_harms_nobody() {
    let folder = Folder::in_memory("places-5");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t"));
    let odd = vec![
        json!(null),
        json!({ "state": 5, "at": EIGHT }),
        json!({ "state": "showing", "at": "yesterday" }),
        json!({ "state": "showing", "at": EIGHT, "text": "x".repeat(70_000) }),
        json!({ "state": "dancing", "at": "2099-01-01T00:00:00Z", "clock_trusted": true, "reasons": "none" }),
    ];
    assert_eq!(device.send(&hub, odd).status, 200);
    // The state of a later version is no proof of anything.
    assert_eq!(hub.fleet(), [("Lhota".to_owned(), NotShowing)]);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM record"), 1);
    assert!(hub.one::<i64>("SELECT at FROM latest") < at("2026-11-23T09:00:00Z").at.timestamp_millis());
}

#[test]
fn what_is_drained_late_is_history_and_any_word_is_a_sign_of_life() {
    let folder = Folder::in_memory("places-6");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t"));
    for (at, state) in [("07:00", "showing"), ("07:30", "degraded"), ("06:00", "not-showing"), ("07:40", "degraded")] {
        device.report(&hub, &format!("2026-11-23T{at}:00Z"), state);
    }
    assert_eq!(hub.fleet(), [("Lhota".to_owned(), Degraded)]);
    assert_eq!(hub.one::<i64>("SELECT since FROM latest"), at("2026-11-23T07:30:00Z").at.timestamp_millis());
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM record"), 4);
    drop(hub);
    let hub = Server::start(&folder.0, "2026-11-23T09:00:00Z");
    assert_eq!(device.send(&hub, Vec::new()).status, 200);
    assert!(hub.one::<i64>("SELECT heard_at FROM latest") >= at("2026-11-23T09:00:00Z").at.timestamp_millis());
}
