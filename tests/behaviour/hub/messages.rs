//! Urgent messages: from the clerk's form to the device and back.

use std::fs;

use serde_json::{Value, json};
use vyveska::wire::decree::{Decree, Severity};
use vyveska::wire::link::{self, Reply, Report};

use super::browser::{Answer, Browser};
use super::device::Device;
use super::people::{NOW, administrator, invited};
use super::postman::{Postman, Trick};
use super::server::Server;
use super::uplink::{TEN, enrolled};
use crate::behaviour::store::Folder;

const WATER: &str = "Nepijte vodu z vodovodu";
/// In Prague, an hour after the hub's time.
const TEN_O_CLOCK: &str = "2026-11-23T10:00";

/// What a clerk writes: to these places.
pub fn written<'a>(places: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("office", "lhota"),
        ("severity", "Extreme"),
        ("headline-cs", WATER),
        ("text-cs", "Převařte ji.\r\n\r\nCisterna stojí na návsi."),
        ("headline-uk", "Не пийте воду з крана"),
        ("until", TEN_O_CLOCK),
    ];
    fields.extend(places.iter().map(|place| ("place", *place)));
    fields
}

/// Writes it, looks at it, and sends it.
pub fn sent(browser: &Browser, fields: &[(&str, &str)]) -> Answer {
    let form = browser.get("/messages/new");
    let token = [("csrf", form.token())];
    let shown = browser.post("/messages/check", &[&token, fields].concat());
    assert!(shown.text.contains("Takhle to bude stát"), "{}", shown.text);
    browser.follow(browser.submit(&shown, "/messages", &[]))
}

/// A device with a place of its own.
fn device(hub: &Server, seed: u8, name: &'static str, token: &'static str) -> Device {
    hub.place("lhota", name, token);
    let mut device = Device::new(seed);
    assert_eq!(device.enrol(hub, Some(token)).status, 200);
    device
}

/// What it is told where it holds `digest`, and says `record`.
fn told(device: &mut Device, hub: &Server, digest: &str, record: Value) -> Option<Decree> {
    let boot = device.boot.clone();
    let report = Report { v: 1, boot, decree: digest.to_owned(), records: vec![record], ..Report::default() };
    let answered = device.post::<Reply>(hub, link::REPORT, &report);
    answered.said.expect("a signed answer").decree
}

fn record(proof: &str, messages: Value) -> Value {
    json!({ "v": 1, "at": NOW, "clock_trusted": true, "state": "showing", "proof": proof, "reasons": [],
            "panel": { "v": 1, "at": NOW, "page": "wall", "messages": messages } })
}

#[test]
fn a_message_goes_to_its_places_until_it_is_withdrawn() {
    let folder = Folder::in_memory("messages-1");
    let hub = Server::start(&folder.0, NOW);
    let (mut here, mut there) = (device(&hub, 1, "Náves", "a"), device(&hub, 2, "Škola", "b"));
    let starosta = administrator(&hub);
    let clerk = invited(&hub, &starosta, "urednice", "lhota", "clerk");
    let quiet = || record("scan-out", json!([]));
    assert_eq!(told(&mut here, &hub, "", quiet()), None, "nothing is decreed, and nothing is said");

    let page = sent(&clerk, &written(&["1"]));
    assert!(page.text.contains(WATER) && page.text.contains("<strong>0</strong> z 1"), "{}", page.text);
    let decree = told(&mut here, &hub, "", quiet()).expect("it is told");
    let message = &decree.messages[0];
    assert_eq!((message.severity, message.is_drill(), message.info.len()), (Severity::Extreme, false, 2));
    assert_eq!(message.info[0].description, "Převařte ji.\nCisterna stojí na návsi.");
    assert_eq!(message.expires.to_rfc3339(), "2026-11-23T09:00:00+00:00");
    assert_eq!(message.sender_name, "lhota");
    assert_eq!(told(&mut here, &hub, &decree.digest, quiet()), None, "it holds it already");
    assert_eq!(told(&mut here, &hub, "0badc0de", quiet()), Some(decree.clone()), "what it holds is another");
    assert_eq!(told(&mut there, &hub, "", quiet()), None, "it goes elsewhere");

    // A hub that is started again knows it; one that is started after its end says that nothing is decreed.
    drop(hub);
    let hub = Server::start(&folder.0, "2026-11-23T08:59:30Z");
    assert_eq!(told(&mut here, &hub, "", quiet()), Some(decree.clone()));
    drop(hub);
    let hub = Server::start(&folder.0, "2026-11-23T09:00:00Z");
    assert_eq!(told(&mut here, &hub, &decree.digest, quiet()), Some(Decree::default()));
    drop(hub);

    let hub = Server::start(&folder.0, "2026-11-23T08:10:00Z");
    let jar = clerk.jar.take();
    let clerk = Browser::new(&hub);
    *clerk.jar.borrow_mut() = jar;
    let address = format!("/messages/{}", message.id);
    let page = clerk.follow(clerk.submit(&clerk.get(&address), &format!("{address}/withdraw"), &[]));
    assert!(page.text.contains("Staženo. Z panelů zmizí do minuty."), "{}", page.text);
    assert_eq!(told(&mut here, &hub, &decree.digest, quiet()), Some(Decree::default()));
    let deeds: String = hub.one("SELECT group_concat(deed || ' ' || who, ', ') FROM audit WHERE deed LIKE 'mess%'");
    assert_eq!(deeds, "message-sent urednice, message-withdrawn urednice");
}

#[test]
fn it_counts_as_shown_where_a_panel_has_proved_the_whole_of_it() {
    let folder = Folder::in_memory("messages-2");
    let hub = Server::start(&folder.0, NOW);
    let mut panels = [device(&hub, 1, "Náves", "a"), device(&hub, 2, "Škola", "b"), device(&hub, 3, "Úřad", "c")];
    let clerk = administrator(&hub);
    let page = sent(&clerk, &written(&["1", "2", "3"]));
    let id: String = hub.one("SELECT id FROM urgent");
    let address = format!("/messages/{id}");
    assert!(page.text.contains("<strong>0</strong> z 3"), "{}", page.text);

    let says = |whole: bool| json!([{ "id": id, "whole": whole, "since": NOW }, { "nonsense": true }, 7]);
    told(&mut panels[0], &hub, "", record("scan-out", says(true)));
    told(&mut panels[1], &hub, "", record("buffer", says(false)));
    let page = clerk.get(&address);
    assert!(page.text.contains("<strong>1</strong> z 3"), "{}", page.text);
    assert!(page.text.contains("Ukazuje nadpis") && page.text.contains("Ještě ne"), "{}", page.text);
    told(&mut panels[1], &hub, "", record("buffer", says(true)));
    // A picture that nobody has proved is none; nor is a panel that does not speak of messages.
    told(&mut panels[2], &hub, "", record("none", says(true)));
    told(&mut panels[2], &hub, "", json!({ "v": 1, "at": NOW, "state": "showing", "proof": "scan-out" }));
    let page = clerk.get(&address);
    assert!(page.text.contains("<strong>2</strong> z 3") && page.text.contains("Není prokázáno"), "{}", page.text);
    assert!(clerk.get("/messages").text.contains("2 z 3"));
    // That of another message proves nothing.
    told(&mut panels[2], &hub, "", record("buffer", json!([{ "id": "other", "whole": true }])));
    assert!(clerk.get(&address).text.contains("<strong>2</strong> z 3"));

    // Its end is confirmed one by one too, and what was shown stays shown.
    clerk.submit(&clerk.get(&address), &format!("{address}/withdraw"), &[]);
    told(&mut panels[0], &hub, "", record("scan-out", says(true)));
    told(&mut panels[1], &hub, "", record("buffer", json!([])));
    let page = clerk.get(&address);
    assert!(page.text.contains("<strong>2</strong> z 3; konec potvrdilo <strong>1</strong> z 3"), "{}", page.text);
}

#[test]
fn what_is_sent_twice_was_sent_once_and_what_makes_no_sense_is_not_sent() {
    let folder = Folder::in_memory("messages-3");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Náves", "a");
    hub.place("hora", "Hora", "b");
    let clerk = administrator(&hub);
    let token = clerk.get("/messages/new").token().to_owned();
    let check =
        |fields: &[(&str, &str)]| clerk.post("/messages/check", &[&[("csrf", token.as_str())], fields].concat());
    let shown = check(&written(&["1"]));
    for _ in 0..2 {
        assert_eq!(clerk.submit(&shown, "/messages", &[]).status, 303);
    }
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM urgent"), 1);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM audit WHERE deed = 'message-sent'"), 1);

    let with = |name: &'static str, value: &'static str| {
        let mut fields = written(&["1"]);
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
        fields
    };
    let long: &'static str = "ž".repeat(81).leak();
    for (fields, why) in [
        (with("headline-cs", " \u{7} "), "Napište český nadpis."),
        (with("headline-cs", long), "Zkraťte zprávu v jazyce: Čeština"),
        (with("text-de", "Nur Text"), "Chybí nadpis v jazyce: Deutsch"),
        (with("until", "2026-11-23T08:59"), "Napište, do kdy zpráva platí"),
        (with("until", "2027-11-23T08:59"), "Napište, do kdy zpráva platí"),
        (with("until", "zítra"), "Napište, do kdy zpráva platí"),
        (with("place", "x"), "Zaškrtněte aspoň jedno místo."),
    ] {
        let answer = check(&fields);
        assert!(answer.text.contains(why) && answer.text.contains("/messages/check"), "{why}: {}", answer.text);
    }
    let hostile = check(&with("headline-cs", "<script>alert(1)</script>"));
    assert!(!hostile.text.contains("<script>"), "{}", hostile.text);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM urgent"), 1);
    // No place gets more than it can show.
    for _ in 0..3 {
        sent(&clerk, &written(&["1"]));
    }
    let full = clerk.submit(&check(&written(&["1"])), "/messages", &[]);
    assert!(full.text.contains("Čtyři zprávy najednou stačí") && full.text.contains("Náves"), "{}", full.text);
}

#[test]
fn it_reaches_the_device_and_outlives_lost_answers_kills_and_reboots() {
    let folder = Folder::in_memory("messages-4");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let mut street = enrolled(&hub, &postman);
    let run = street.panel.config().run;
    let held = || Decree::read(&run).map(|decree| decree.messages.len());
    let clerk = administrator(&hub);
    hub.write(|connection| Ok(connection.execute("UPDATE place SET office = 'lhota'", [])?));
    postman.plays(Trick::LoseAnswer);
    sent(&clerk, &written(&["1"]));
    street.until("the message", || held() == Some(1));

    // The power is cut, and the network with it: the run folder lay in memory.
    street.kill();
    postman.moves_to(None);
    fs::remove_dir_all(&run).unwrap();
    street.start(NOW);
    street.alone_until("it is there again, without the hub", || held() == Some(1));
    street.kill();
    postman.moves_to(Some(hub.address));
    street.start(NOW);
    let id: String = hub.one("SELECT id FROM urgent");
    let address = format!("/messages/{id}");
    clerk.submit(&clerk.get(&address), &format!("{address}/withdraw"), &[]);
    street.until("it is withdrawn", || held() == Some(0));
}

#[test]
fn a_union_sends_to_all_its_offices_and_a_clerk_only_where_they_may() {
    let folder = Folder::in_memory("messages-5");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Náves", "a");
    hub.place("hora", "Hora", "b");
    let union = administrator(&hub);
    let clerk = invited(&hub, &union, "urednice", "lhota", "clerk");
    let both = written(&["1", "2"]);
    sent(&union, &both);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM urgent_place"), 2);
    let told: String =
        hub.one("SELECT group_concat(office || ': ' || detail, '; ') FROM audit WHERE deed = 'message-sent'");
    assert_eq!(told, format!("hora: {WATER} → Hora; lhota: {WATER} → Náves"));
    // What is not theirs is not offered, not shown and not taken.
    let form = clerk.get("/messages/new");
    assert!(form.text.contains("Náves") && !form.text.contains("Hora"), "{}", form.text);
    let token = [("csrf", form.token())];
    let shown = clerk.post("/messages/check", &[&token[..], &both].concat());
    assert!(!shown.text.contains("Hora"), "{}", shown.text);
    let forced = [&token[..], &both, &[("once", "0badc0de")]].concat();
    let refused = clerk.post("/messages", &forced);
    assert!(refused.text.contains("Některé místo už tu není"), "{}", refused.text);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM urgent"), 1);
}
