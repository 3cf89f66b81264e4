//! Whose words count at the hub: enrolment, reports, and everybody who only pretends.

use vyveska::keys::{Key, Text};
use vyveska::wire::link::{self, Enrolled, Refused, Reply, Standing};

use super::device::{Device, post};
use super::server::Server;
use crate::behaviour::store::Folder;

const NOW: &str = "2026-11-23T08:00:00Z";

#[test]
fn a_token_takes_one_device_in_and_no_second() {
    let folder = Folder::in_memory("letters-0");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota, náves", "jednou");
    let mut device = Device::new(1);
    let enrolled = device.enrol(&hub, Some("jednou")).said.unwrap();
    assert_eq!((enrolled.standing, enrolled.place.as_deref()), (Standing::Enrolled, Some("Lhota, náves")));
    let mut second = Device::new(2);
    assert_eq!(second.enrol(&hub, Some("jednou")).said.unwrap().standing, Standing::Waiting);
    // The first one may ask again: its answer may have been lost on the way.
    assert_eq!(device.enrol(&hub, Some("jednou")).said.unwrap().standing, Standing::Enrolled);
}

#[test]
fn a_report_is_on_the_disk_when_it_is_acknowledged_and_counts_once() {
    let folder = Folder::in_memory("letters-1");
    let mut device = Device::new(1);
    {
        let hub = Server::start(&folder.0, NOW);
        hub.place("lhota", "Lhota", "t");
        device.enrol(&hub, Some("t"));
        let answered = device.report(&hub, "2026-11-23T07:59:58Z", "showing");
        assert_eq!((answered.status, answered.said.unwrap().again_after), (200, 50));
        assert_eq!(hub.one::<String>("SELECT state FROM latest"), "showing");
    }
    let hub = Server::start(&folder.0, "2026-11-23T08:10:00Z");
    assert_eq!(hub.one::<String>("SELECT state FROM latest"), "showing");
    // The same letter once more, to a hub that was started again.
    device.sequence -= 1;
    let answered = device.report(&hub, "2026-11-23T07:59:58Z", "showing");
    assert_eq!(answered.status, 403);
    let last = device.sequence;
    assert_eq!(answered.said.unwrap().refused, Some(Refused::Replayed { last }));
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM refusal WHERE why = 'replayed'"), 1);
    assert_eq!(device.report(&hub, "2026-11-23T08:10:00Z", "degraded").status, 200);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM record"), 2);
}

#[test]
fn strangers_and_changed_letters_move_nothing() {
    let folder = Folder::in_memory("letters-2");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t"));
    let stranger = Device::new(9).report(&hub, NOW, "showing");
    assert_eq!(stranger.said.unwrap().refused, Some(Refused::Stranger));

    let body = br#"{"v":1,"boot":"b","records":[]}"#.to_vec();
    let (public, other) = (device.link.public(), Key::from_seed(&[77; 32]));
    let sign = |key: &Key, path, sequence, body: &[u8]| key.sign(Text::Request { path, sequence, body }).to_string();
    let tricks = [
        ("another's signature", sign(&other, link::REPORT, 50, &body)),
        ("of another address", sign(&device.link, link::ENROL, 50, &body)),
        ("of another number", sign(&device.link, link::REPORT, 51, &body)),
        ("of another body", sign(&device.link, link::REPORT, 50, b"{}")),
        ("nonsense", "00".repeat(64)),
        ("none", String::new()),
    ];
    for (what, signature) in tricks {
        let answered = post::<Reply>(&hub, link::REPORT, public, 50, &signature, body.clone());
        assert_eq!((answered.status, answered.said), (400, None), "{what}");
    }
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM latest"), 0);
    // None of them has used the number up.
    let signature = sign(&device.link, link::REPORT, 50, &body);
    assert_eq!(post::<Reply>(&hub, link::REPORT, public, 50, &signature, body).status, 200);
}

#[test]
fn two_machines_with_one_key_are_both_refused() {
    let folder = Folder::in_memory("letters-3");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t"));
    assert_eq!(device.report(&hub, NOW, "showing").status, 200);
    // A restart of the machine is nothing special.
    device.boot = "second boot".into();
    assert_eq!(device.report(&hub, NOW, "showing").status, 200);
    // The first one is back: it cannot be.
    device.boot = "boot-1".into();
    assert_eq!(device.report(&hub, NOW, "showing").said.unwrap().refused, Some(Refused::Cloned));
    device.boot = "second boot".into();
    assert_eq!(device.report(&hub, NOW, "showing").said.unwrap().refused, Some(Refused::Cloned));
    assert!(hub.one::<Option<i64>>("SELECT cloned_at FROM device").is_some());
}

#[test]
fn a_voucher_of_another_panel_is_no_enrolment() {
    let folder = Folder::in_memory("letters-4");
    let hub = Server::start(&folder.0, NOW);
    let mut device = Device::new(1);
    let letter = serde_json::json!({
        "v": 1,
        "panel_key": Key::from_seed(&[3; 32]).public().to_string(),
        "voucher": device.panel.sign(Text::Voucher { link: device.link.public() }).to_string(),
    });
    let answered = device.post::<Enrolled>(&hub, link::ENROL, &letter);
    assert_eq!(answered.status, 400);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM candidate"), 0);
}
