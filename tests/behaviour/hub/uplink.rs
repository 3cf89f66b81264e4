//! The device's way to the hub, both sides real: enrolment, reports, and all that can happen to letters.

use std::time::Duration;

use serde_json::json;
use vyveska::keys::{self, PublicKey};
use vyveska::wire::LinkTrouble;
use vyveska::wire::link::{self, Standing};

use super::obeys::{ended, order};
use super::postman::{Postman, Trick};
use super::server::Server;
use super::street::Street;
use crate::behaviour::store::Folder;

pub const NOW: &str = "2026-11-23T08:00:00Z";
/// As often as a device will report at most.
pub const TEN: Duration = Duration::from_secs(10);

#[test]
fn a_token_brings_a_device_in_and_its_reports_after_it() {
    let folder = Folder::in_memory("uplink-token");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota, náves", "jednou-a-dost");
    let postman = Postman::to(Some(hub.address));
    let mut street = Street::new(&postman.url(), "token = \"jednou-a-dost\"");
    street.start(NOW);
    // Nobody speaks for the panel but the panel.
    street.alone_until("the panel is missed", || street.trouble() == Some(LinkTrouble::Unvouched));
    assert_eq!(postman.letters().len(), 0);
    street.until("a report", || hub.one::<i64>("SELECT count(*) FROM latest") == 1);
    street.until("the panel is told", || street.report().heard_at.is_some());
    let report = street.report();
    assert_eq!((report.standing, report.trouble), (Some(Standing::Enrolled), None));
    assert_eq!(report.place.as_deref(), Some("Lhota, náves"));
    assert_eq!(report.hub_key, Some(hub.hub.as_ref().unwrap().key.public().to_string()));
    let log = std::fs::read_to_string(street.log()).unwrap();
    assert!(log.contains("this panel is Lhota, náves"), "{log}");
    assert!(!log.contains("jednou-a-dost") && !format!("{report:?}").contains("jednou-a-dost"));
    // After a start it knows its hub, whatever the panel does.
    street.kill();
    let reports = postman.reports();
    std::fs::remove_file(street.panel.config().run.join("identity.json")).unwrap();
    street.start(NOW);
    street.alone_until("another report", || postman.reports() > reports);
    assert_eq!(postman.letters().iter().filter(|letter| letter.path == link::ENROL).count(), 1);
}

#[test]
fn without_a_token_a_device_waits_until_the_code_was_compared() {
    let folder = Folder::in_memory("uplink-code");
    let hub = Server::start(&folder.0, NOW);
    let place = hub.place("lhota", "Lhota", "-");
    let postman = Postman::to(Some(hub.address));
    let mut street = Street::new(&postman.url(), "");
    street.start(NOW);
    street.until("it waits", || street.report().standing == Some(Standing::Waiting));
    let code = street.identity.code(&street.report()).unwrap();
    let page: String = hub.one("SELECT code FROM candidate");
    assert_eq!(code, page);
    assert!(keys::same_code(&code, &page));
    assert_eq!(hub.one::<String>("SELECT boards FROM candidate"), "[\"Obec lhota\"]");
    hub.confirm(PublicKey::parse(&street.report().link_key).unwrap(), &code, place).unwrap();
    street.until("a report", || hub.one::<i64>("SELECT count(*) FROM latest") == 1);
}

/// A device that was let in and whose first report is at the hub.
pub fn enrolled(hub: &Server, postman: &Postman) -> Street {
    hub.place("lhota", "Lhota", "t");
    let mut street = Street::new(&postman.url(), "token = \"t\"");
    street.start(NOW);
    street.until("the first report", || street.report().heard_at.is_some());
    street
}

/// Each number greater than all before it.
pub fn growing(postman: &Postman) -> bool {
    postman.letters().windows(2).all(|two| two[0].sequence < two[1].sequence)
}

#[test]
fn a_hub_that_was_away_gets_what_it_has_missed_and_nobody_loses_a_word() {
    let folder = Folder::in_memory("uplink-away");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let mut street = enrolled(&hub, &postman);
    postman.moves_to(None);
    drop(hub);
    street.until("the hub is missed", || street.trouble() == Some(LinkTrouble::Unreached));
    let reports = postman.reports();
    // Meanwhile the device is started again, and goes on as who it was.
    street.kill();
    street.start(NOW);
    street.until("it is still missed", || postman.reports() > reports);
    assert_eq!(street.report().standing, Some(Standing::Enrolled));
    let hub = Server::every(TEN, &folder.0, NOW);
    postman.moves_to(Some(hub.address));
    street.until("it is heard again", || street.trouble().is_none());
    street.until("all is handed on", || street.report().waiting == 0);
    assert!(growing(&postman));
    assert_eq!(hub.one::<i64>("SELECT coalesce(sum(count), 0) FROM refusal"), 0);
    assert_eq!(postman.letters().iter().filter(|letter| letter.path == link::ENROL).count(), 1);
}

#[test]
fn what_was_lost_is_said_again_and_counts_once() {
    let folder = Folder::in_memory("uplink-lost");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let street = enrolled(&hub, &postman);
    order(&hub, json!({ "do": "sync-now" }), 600);
    // The hub has sent it, and does not know whether it came.
    postman.plays(Trick::LoseAnswer);
    street.until("its way there is lost", || postman.is_honest());
    let reports = postman.reports();
    street.until("it comes", || postman.reports() > reports);
    // The hub has taken how it ended, and the device does not know that.
    postman.plays(Trick::LoseAnswer);
    street.until("its way back is lost", || postman.is_honest() && ended(&hub) == 1);
    assert_eq!(hub.one::<String>("SELECT said FROM ordered"), "every office is asked now");
    let told = || postman.letters().iter().filter(|letter| letter.says_something()).count();
    street.until("it is told once more", || told() == 2);
    street.until("and is not told any more", || postman.letters().last().is_some_and(|last| !last.says_something()));
    assert!(growing(&postman) && told() == 2);
}

#[test]
fn whoever_is_not_the_hub_is_not_believed() {
    let folder = Folder::in_memory("uplink-forged");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let mut street = enrolled(&hub, &postman);
    let tricks = [
        Trick::Forge("\"again_after\":8", "\"again_after\":9"),
        Trick::Replay,
        Trick::Forge("vyveska-signature: ", "vyveska-signaturf: "),
    ];
    for trick in tricks {
        street.kill();
        postman.plays(trick);
        street.start(NOW);
        street.until("it is found out", || postman.is_honest() && street.trouble() == Some(LinkTrouble::Unreached));
        let error = street.report().error.unwrap();
        assert!(error.contains("does not sign as a hub does"), "{trick:?}: {error}");
    }
    // Another hub at the same address, which would take anybody.
    let other = Folder::in_memory("uplink-forged-too");
    let stranger = Server::every(TEN, &other.0, NOW);
    stranger.place("lhota", "Lhota", "t");
    // The token is still in the settings.
    street.kill();
    postman.moves_to(Some(stranger.address));
    let letters = postman.letters().len();
    street.start(NOW);
    street.until("it tries", || postman.letters().len() > letters && street.report().error.is_some());
    assert_eq!(stranger.one::<i64>("SELECT (SELECT count(*) FROM device) + (SELECT count(*) FROM candidate)"), 0);
    street.kill();
    postman.moves_to(Some(hub.address));
    let reports = postman.reports();
    street.start(NOW);
    street.until("its own is back", || postman.reports() > reports && street.trouble().is_none());
}

#[test]
fn while_a_code_is_compared_no_other_hub_steps_in() {
    let (one, two) = (Folder::in_memory("uplink-step-1"), Folder::in_memory("uplink-step-2"));
    let (hub, stranger) = (Server::start(&one.0, NOW), Server::start(&two.0, NOW));
    let postman = Postman::to(Some(hub.address));
    let mut street = Street::new(&postman.url(), "");
    street.start(NOW);
    street.until("it waits", || street.report().standing == Some(Standing::Waiting));
    let code = street.identity.code(&street.report()).unwrap();
    postman.moves_to(Some(stranger.address));
    street.until("it is found out", || street.trouble() == Some(LinkTrouble::Unreached));
    let error = street.report().error.unwrap();
    assert!(error.contains("signed by another hub"), "{error}");
    assert_eq!(street.identity.code(&street.report()), Some(code), "the glass keeps the code of the first");
    // Who has compared nothing yet may begin anew.
    street.kill();
    street.start(NOW);
    street.until("it waits there", || street.trouble().is_none() && street.report().standing.is_some());
    assert_eq!(street.identity.code(&street.report()), Some(stranger.one("SELECT code FROM candidate")));
}

#[test]
fn the_hub_has_no_time_and_is_left_alone_for_as_long_as_it_asked() {
    let folder = Folder::in_memory("uplink-busy");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let street = enrolled(&hub, &postman);
    let (reports, asked) = (postman.reports(), 25);
    postman.plays(Trick::Busy(asked));
    street.until("it is told so", || street.trouble() == Some(LinkTrouble::Unreached));
    assert!(street.report().error.unwrap().contains("no time now"));
    let began = vyveska::clock::ticks();
    street.until("it comes again", || postman.reports() > reports + 1);
    let waited = (vyveska::clock::ticks() - began).as_secs();
    assert!((u64::from(asked) - 2..30).contains(&waited), "{waited} s");
}
