//! What a round must survive: hostile feeds, no network at all, a full disk. Always the same three things: bounded,
//! reported, healed in the next round.

use std::process::Command;

use serde_json::Value;
use vyveska::clock::{self, Now, Saved, Source};
use vyveska::pages::PageChild;
use vyveska::store::{Status, Store};
use vyveska::sync::Device;
use vyveska::wire::{SyncReport, Trouble};

use super::http::run;
use super::publisher::{Answer, Body, Page, Publisher};
use super::skip::skipped;
use super::town::{PROGRAM, Panel, Town};

const BEFORE: &str = "2026-03-05T11:00:00Z";
const OUTAGE: &str = "2026-03-05T11:10:00Z";
const AFTER: &str = "2026-03-05T11:20:00Z";

/// A round with such an answer takes nothing, says why, and the next one is good.
fn survives(what: &str, answer: Answer, said: &str) {
    let town = Town::new("lhota", 6);
    let panel = Panel::of(&[&town]);
    panel.good_round(BEFORE);
    town.web.once("/deska.json", answer);
    let (summary, code) = panel.round(OUTAGE);
    let board = &summary["boards"][0];
    let error = board["error"].as_str().unwrap_or_else(|| panic!("{what}: {summary:#}"));
    assert!(code == 1 && error.contains(said), "{what}: {error}");
    assert_eq!(panel.notices(OUTAGE)["up"].as_array().unwrap().len(), 6, "{what}");
    panel.good_round(AFTER);
    assert_eq!(panel.notices(AFTER)["held"], Value::Array(Vec::new()), "{what}");
}

#[test]
fn an_endless_feed() {
    let body = Body::Endless { start: b"{\"informace\":[".to_vec(), again: b"{\"typ\":\"x\"},".to_vec() };
    survives("an endless feed", Answer::body(body), "sends more than 67108864 bytes");
}

#[test]
fn a_gzip_bomb() {
    survives("a gzip bomb", Answer::gzip_bomb(), "sends more than 67108864 bytes");
}

#[test]
fn json_200_levels_deep() {
    let deep = format!("{{\"informace\":{}{}}}", "[".repeat(200), "]".repeat(200));
    survives("200 levels", Answer::ok(deep), "nested deeper than 64 levels");
}

#[test]
fn a_page_of_the_webs_own_trouble() {
    survives("a web page", Answer::ok("<!DOCTYPE html><title>Chyba</title>"), "not a feed");
    survives("nothing", Answer::ok(""), "the feed is empty");
    survives("half a feed", Answer::ok("{\"informace\": [{\"název\": {\"cs\": \"Ozná"), "JSON");
    survives("a cut feed", Answer::body(Body::Cut { bytes: b"{\"informace\"".to_vec(), length: 5000 }), "broke off");
}

#[test]
fn a_feed_of_another_operator() {
    let town = Town::new("lhota", 6);
    let panel = Panel::of(&[&town]);
    let path = panel.config_path();
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, config + "ico = \"00123456\"\n").unwrap();
    panel.good_round(BEFORE);
    town.web.once("/deska.json", Answer::ok(town.feed().replace("00123456", "00999999").replace("Oznámení", "Cizí")));
    let (summary, code) = panel.round(OUTAGE);
    let board = &summary["boards"][0];
    assert_eq!((code, board["outcome"].as_str()), (1, Some("wrong-operator")));
    assert!(board["error"].as_str().is_some_and(|error| error.contains("IČO 00999999")), "{board:#}");
    assert_eq!(board["held"][0]["kind"], "wrong-operator");
    assert!(!panel.notices(OUTAGE)["up"].to_string().contains("Cizí"));
    // Nothing was checked: not for the glass, and not in the record that a restart begins with.
    let checked = |now| panel.notices(now)["report"]["last_good_at"].clone();
    let before: chrono::DateTime<chrono::Utc> = checked(OUTAGE).as_str().unwrap().parse().unwrap();
    assert!(before < OUTAGE.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), "{before}");
    let polls = Store::open(&panel.data()).unwrap().polls("lhota").unwrap();
    assert!(matches!(&polls.last().unwrap().status, Status::Failed(why) if why.contains("00999999")), "{polls:?}");
    assert_eq!(panel.good_round(AFTER)["boards"][0]["held"], Value::Array(Vec::new()));
}

/// What the report says to the panel: whether the feed was ever taken in, and who can help.
fn told(panel: &Panel) -> (bool, Option<Trouble>) {
    let report = SyncReport::read(&panel.config().run).unwrap();
    (report.boards[0].last_good_at.is_some(), report.boards[0].trouble)
}

#[test]
fn a_new_panel_says_whose_the_trouble_is() {
    let town = Town::new("lhota", 6);
    let panel = Panel::of(&[&town]);
    for answer in [Answer::ok("<!DOCTYPE html><title>Chyba</title>"), Answer::status(404)] {
        town.web.once("/deska.json", answer);
        panel.round(BEFORE);
        assert_eq!(told(&panel), (false, Some(Trouble::Unreadable)));
    }
    town.web.once("/deska.json", Answer::body(Body::Raw(Vec::new())));
    panel.round(BEFORE);
    assert_eq!(told(&panel), (false, Some(Trouble::Unreached)));
    let config = std::fs::read_to_string(panel.config_path()).unwrap();
    std::fs::write(panel.config_path(), config.replace("allow_private = true", "allow_private = false")).unwrap();
    panel.round(BEFORE);
    assert_eq!(told(&panel), (false, Some(Trouble::Panel)));
    std::fs::write(panel.config_path(), config + "ico = \"00999999\"\n").unwrap();
    panel.round(BEFORE);
    assert_eq!(told(&panel), (false, Some(Trouble::Unreadable)));
}

#[test]
fn a_time_that_has_not_come_is_forgotten_when_the_clock_is_set() {
    let town = Town::new("lhota", 6);
    let panel = Panel::of(&[&town]);
    panel.good_round("2030-01-05T11:00:00Z");
    town.web.put("/deska.json", Page::new("<html>"));
    let (_, code) = panel.round(BEFORE);
    assert_eq!((code, told(&panel)), (1, (false, Some(Trouble::Unreadable))));
}

#[test]
fn a_feed_of_20_000_notices() {
    let mut town = Town::new("lhota", 20_000);
    for entry in &mut town.entries {
        entry.documents.clear();
    }
    town.publish();
    let panel = Panel::of(&[&town]);
    let summary = panel.good_round(BEFORE);
    assert_eq!(summary["boards"][0]["added"], 20_000);
    town.edit(|entries| {
        entries[7].title = "Opravený název".into();
        entries.remove(19_999);
    });
    let board = panel.good_round(OUTAGE)["boards"][0].take();
    assert_eq!((board["changed"].as_u64(), board["withdrawn"].as_u64()), (Some(1), Some(1)), "{board:#}");
}

#[test]
fn pages_are_rendered_ahead_and_a_broken_document_costs_only_itself() {
    let mut town = Town::new("lhota", 3);
    town.edit(|entries| {
        entries[0].documents = vec!["/plan.png".into()];
        entries[1].documents = vec!["/broken.pdf".into()];
    });
    town.web.put("/plan.png", Page::new(picture()));
    town.web.put("/broken.pdf", Page::new("%PDF-1.7\nthis is not a document\n"));
    let panel = Panel::of(&[&town]);
    let summary = panel.good_round(BEFORE);
    assert_eq!(
        (summary["pages"]["pages"].as_u64(), summary["pages"]["broken"].as_u64()),
        // The third is a text, and has a page too.
        (Some(2), Some(1)),
        "{summary:#}"
    );
    let notices = panel.notices(BEFORE);
    let document = |id: &str| {
        let up = notices["up"].as_array().unwrap().iter().find(|up| up["id"].as_str().unwrap().ends_with(id));
        up.unwrap()["documents"][0].clone()
    };
    assert_eq!((document("/1")["pages"].as_u64(), document("/1")["pages_ready"].as_u64()), (Some(1), Some(1)));
    assert!(document("/2")["failed"].is_string() && document("/3")["failed"].is_null());
    assert_eq!(panel.good_round(OUTAGE)["pages"]["documents"], 0, "nothing is rendered twice");
}

/// A grey square.
fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[180; 64 * 64]).unwrap();
    bytes
}

#[test]
fn documents_of_a_dead_server_cost_three_attempts_a_round() {
    let elsewhere = Publisher::start();
    elsewhere.answer("/x", |_| Answer::status(503));
    let mut town = Town::new("lhota", 10);
    for index in 0..10 {
        let target = elsewhere.url("/x");
        town.web.answer(&format!("/jinde/{index}"), move |_| Answer::redirect(302, &target));
    }
    town.edit(|entries| {
        for (index, entry) in entries.iter_mut().enumerate() {
            entry.documents = vec![format!("/jinde/{index}")];
        }
    });
    let panel = Panel::of(&[&town]);
    let documents = panel.good_round(BEFORE)["documents"].take();
    assert_eq!((documents["failed"].as_u64(), documents["waiting"].as_u64()), (Some(3), Some(7)));
    assert_eq!(elsewhere.requests().len(), 3);
}

/// Runs a script in namespaces of its own; `None` where the machine does not permit it.
pub fn apart(namespaces: &[&str], script: &str, panel: &Panel) -> Option<String> {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user"]).args(namespaces).args(["sh", "-ec", script]);
    command.env("PROGRAM", PROGRAM).env("CONFIG", panel.config_path()).env("DATA", panel.data());
    let output = command.output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare:") || said.contains("mount:") {
        skipped(&format!("{namespaces:?}"), &format!("the machine does not permit it ({})", said.trim()));
        return None;
    }
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What has not changed since a question that was never asked, nobody knows.
#[test]
fn not_changed_is_no_answer_to_a_panel_that_has_nothing() {
    let town = Town::new("lhota", 6);
    let panel = Panel::of(&[&town]);
    town.web.once("/deska.json", Answer::status(304));
    let (summary, code) = panel.round(BEFORE);
    let board = &summary["boards"][0];
    assert_eq!((code, board["outcome"].as_str()), (1, Some("failed")), "{summary:#}");
    assert!(board["error"].as_str().is_some_and(|error| error.contains("304")), "{board:#}");
    let report = panel.notices(BEFORE)["report"].take();
    assert!(report["last_good_at"].is_null() && report["last_error"].is_string(), "{report:#}");
    // Nor does a memory of it look like a good answer after a restart of the machine.
    std::fs::remove_dir_all(panel.config().run).unwrap();
    town.web.once("/deska.json", Answer::status(500));
    panel.round(OUTAGE);
    assert!(panel.notices(OUTAGE)["report"]["last_good_at"].is_null());
    panel.good_round(AFTER);
}

#[test]
fn not_changed_is_no_answer_while_something_is_held_back() {
    let mut town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    panel.good_round(BEFORE);
    town.edit(|entries| entries.truncate(1));
    assert_eq!(panel.good_round(OUTAGE)["boards"][0]["held"].as_array().unwrap().len(), 1);
    town.web.once("/deska.json", Answer::status(304));
    let (summary, code) = panel.round(AFTER);
    assert_eq!((code, summary["boards"][0]["outcome"].as_str()), (1, Some("failed")), "{summary:#}");
    assert_eq!(panel.notices(AFTER)["held"].as_array().unwrap().len(), 1);
}

#[test]
fn a_cold_start_without_interface_resolver_and_time() {
    let town = Town::new("lhota", 6);
    let by_number = Panel::of(&[&town]);
    by_number.good_round("2026-03-05T11:00:00Z");
    // The name cannot be resolved, the clock says 1970, and the store is a month old.
    let config = std::fs::read_to_string(by_number.config_path()).unwrap();
    std::fs::write(by_number.config_path(), config.replace("127.0.0.1", "lhota.example")).unwrap();
    let script = "set +e; \"$PROGRAM\" sync --once --json --config \"$CONFIG\" --now 1970-01-01T00:00:00Z; echo \"exit $?\"; \
                  \"$PROGRAM\" notices --json --config \"$CONFIG\" --now 1970-01-01T00:00:00Z";
    let Some(said) = apart(&["--net"], script, &by_number) else { return };
    let mut lines = said.lines();
    let summary: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(summary["boards"][0]["outcome"], "failed", "{summary:#}");
    assert_eq!(lines.next(), Some("exit 1"));
    let notices: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    let board = &notices["boards"][0];
    let held = board["up"].as_array().unwrap().len() + board["coming"].as_array().unwrap().len();
    assert_eq!((held, board["down"].as_array().unwrap().len()), (6, 0));
    assert!(board["report"]["last_error"].is_string());
}

#[test]
fn a_full_disk_is_reported_and_healed() {
    let mut town = Town::new("lhota", 1500);
    town.edit(|entries| entries[5..].iter_mut().for_each(|entry| entry.documents.clear()));
    let panel = Panel::of(&[&town]);
    std::fs::create_dir_all(panel.data()).unwrap();
    // A memory disk of 400 kB takes an empty store, and not 1,500 notices.
    let script = "mount -t tmpfs -o size=400k none \"$DATA\"; set +e; \
                  \"$PROGRAM\" sync --once --json --config \"$CONFIG\" --now 2026-03-05T11:00:00Z; echo \"exit $?\"; set -e; \
                  \"$PROGRAM\" notices --json --config \"$CONFIG\" --now 2026-03-05T11:00:00Z; \
                  mount -o remount,size=128m none \"$DATA\"; \
                  \"$PROGRAM\" sync --once --json --config \"$CONFIG\" --now 2026-03-05T11:10:00Z; \
                  \"$PROGRAM\" notices --json --config \"$CONFIG\" --now 2026-03-05T11:11:00Z";
    let Some(said) = apart(&["--mount"], script, &panel) else { return };
    let lines: Vec<&str> = said.lines().collect();
    let full: Value = serde_json::from_str(lines[0]).unwrap();
    assert!(full["boards"][0]["error"].as_str().is_some_and(|error| error.contains("disk is full")), "{full:#}");
    assert_eq!(lines[1], "exit 1");
    let stuck: Value = serde_json::from_str(lines[2]).unwrap();
    assert_eq!(stuck["boards"][0]["report"]["trouble"], "panel");
    let healed: Value = serde_json::from_str(lines[3]).unwrap();
    assert_eq!(healed["documents"]["fetched"], 5, "{healed:#}");
    let notices: Value = serde_json::from_str(lines[4]).unwrap();
    assert_eq!(notices["boards"][0]["up"].as_array().unwrap().len(), 1500);
}

/// No hardware clock, and no time server answers: the panel counts from 1970, and the office's feed comes.
#[test]
fn a_panel_that_does_not_know_the_day_keeps_nothing_back() {
    let town = Town::new("lhota", 3);
    let panel = Panel::of(&[&town]);
    let mut device = Device::open(&panel.config(), PageChild { program: PROGRAM.into() }).unwrap();
    let released = "2026-01-01T00:00:00Z".parse().unwrap();
    run(device.round(Now::untrusted("1970-01-01T00:01:00Z".parse().unwrap(), released)));
    let report = SyncReport::read(&panel.config().run).unwrap();
    assert_eq!((report.clock_trusted, report.board("lhota").unwrap().up), (false, 3));
}

#[test]
fn a_clock_that_was_never_right_learns_from_the_office_how_late_it_is() {
    let town = Town::new("lhota", 3);
    let panel = Panel::of(&[&town]);
    let mut device = Device::open(&panel.config(), PageChild { program: PROGRAM.into() }).unwrap();
    let dead = "1970-01-01T00:01:00Z".parse().unwrap();
    let first = clock::judge(dead, device.saved_time().unwrap(), Source::Nothing);
    // Long after the notices' last days by the server's word, which is no proof; and another that cannot be true.
    let date = |text: &str| Answer::ok(town.feed()).header("Date", text);
    town.web.once("/deska.json", date("Tue, 01 Sep 2026 10:00:00 GMT"));
    assert!(run(device.round(first)).good());
    let told = "2026-09-01T10:00:00Z".parse().unwrap();
    assert_eq!(device.told_time(), Some(told));
    town.web.once("/deska.json", date("Tue, 01 Sep 2122 10:00:00 GMT"));
    let saved = device.saved_time().unwrap();
    assert_eq!(saved, Saved { trusted: None, seen: Some(told) });
    let second = clock::judge(dead, saved, Source::Nothing);
    assert_eq!((second.at, second.is_trusted()), (told, false));
    assert!(run(device.round(second)).good());
    assert_eq!(device.told_time(), Some(told));
    let report = SyncReport::read(&panel.config().run).unwrap();
    assert_eq!(
        (report.boards[0].up, report.boards[0].last_good_at),
        (3, Some(told)),
        "nothing ends on a stranger's word"
    );
    drop(device);

    // A clock that can be believed puts an end to it.
    panel.good_round(BEFORE);
    let before = Some(BEFORE.parse().unwrap());
    let Saved { trusted, seen } = Store::open(&panel.data()).unwrap().saved_time().unwrap();
    assert!(trusted >= before && seen.is_none(), "{trusted:?} {seen:?}");
}

#[test]
fn a_server_without_a_certificate_does_not_tell_the_time_to_those_that_have_one() {
    let town = Town::new("lhota", 3);
    town.web.answer("/deska.json", |_| Answer::status(503).header("Date", "Tue, 01 Sep 2026 10:00:00 GMT"));
    let feed = town.web.url("/deska.json");
    let told = |boards: &[(&str, String)]| {
        let panel = Panel::with("allow_private = true", boards);
        let mut device = Device::open(&panel.config(), PageChild { program: PROGRAM.into() }).unwrap();
        let dead = clock::judge("1970-01-01T00:01:00Z".parse().unwrap(), Saved::default(), Source::Nothing);
        run(device.round(dead));
        device.told_time()
    };
    let secured = feed.replace("http:", "https:");
    assert_eq!(told(&[("lhota", feed.clone())]), Some("2026-09-01T10:00:00Z".parse().unwrap()));
    assert_eq!(told(&[("lhota", feed), ("ves", secured)]), None);
}
