//! Whole rounds: the real program against a town's web that changes and fails.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use vyveska::clock::Now;
use vyveska::pages::PageChild;
use vyveska::store::{Status, Store};
use vyveska::sync::{Device, Last, Lock, next_round};
use vyveska::wire::SyncReport;

use super::http::run;
use super::publisher::{Answer, Page, Publisher};
use super::town::{Entry, PROGRAM, Panel, Running, State, Town, ids, marks};

/// Noon of a day in March 2026, plus minutes.
pub fn march(day: u32, minutes: i64) -> String {
    let noon: chrono::DateTime<chrono::Utc> = format!("2026-03-{day:02}T11:00:00Z").parse().unwrap();
    (noon + chrono::TimeDelta::minutes(minutes)).to_rfc3339()
}

pub fn at(text: &str) -> Now {
    Now::trusted(text.parse().unwrap())
}

const NOTHING: Vec<PathBuf> = Vec::new();

/// Files that are not what they were. SQLite's index of the log (-shm) is memory shared between processes: nobody
/// syncs it, and readers mark their place in it.
fn written(before: &[State], after: &[State]) -> Vec<PathBuf> {
    let differs = |file: &&State| !before.contains(file);
    let written = after.iter().filter(differs).map(|(path, ..)| path.clone());
    written.filter(|path| !path.to_string_lossy().ends_with("-shm")).collect()
}

pub fn device(panel: &Panel) -> Device {
    Device::open(&panel.config(), PageChild { program: PROGRAM.into() }).unwrap()
}

#[test]
fn the_first_round_posts_all_and_fetches_the_documents() {
    let town = Town::new("lhota", 7);
    let panel = Panel::of(&[&town]);
    let summary = panel.good_round(&march(5, 0));
    let board = &summary["boards"][0];
    assert_eq!((board["outcome"].as_str(), board["listed"].as_u64()), (Some("read"), Some(7)));
    assert_eq!((board["added"].as_u64(), summary["documents"]["fetched"].as_u64()), (Some(7), Some(7)));
    let notices = panel.notices(&march(5, 1));
    assert_eq!(notices["up"].as_array().unwrap().len(), 7);
    assert!(notices["up"][0]["documents"][0]["digest"].is_string());
    let report = SyncReport::read(&panel.config().run).unwrap();
    let board = report.board("lhota").unwrap();
    assert_eq!((report.v, board.listed, board.up, board.documents_missing), (1, 7, 7, 0));
    let late = board.last_good_at.unwrap() - march(5, 0).parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!(late.num_seconds() < 60, "{late}");
    assert!(panel.config().run.join("changed").exists());
}

#[test]
fn an_unchanged_board_costs_one_request_and_no_write() {
    let town = Town::new("lhota", 7);
    let panel = Panel::of(&[&town]);
    let mut device = device(&panel);
    run(device.round(at(&march(5, 0))));
    let before = panel.files();
    let changed = std::fs::metadata(panel.config().run.join("changed")).unwrap().modified().unwrap();
    for minutes in [10, 20, 30] {
        town.web.forget_requests();
        let summary = run(device.round(at(&march(5, minutes))));
        assert!(summary.to_string().contains("lhota: unchanged"), "{summary}");
        let requests = town.web.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        assert!(requests[0].header("if-none-match").is_some());
    }
    assert_eq!(written(&before, &panel.files()), NOTHING);
    assert_eq!(std::fs::metadata(panel.config().run.join("changed")).unwrap().modified().unwrap(), changed);
    assert_eq!(
        SyncReport::read(&panel.config().run).unwrap().boards[0].last_good_at,
        Some(march(5, 30).parse().unwrap())
    );
    drop(device);

    // A new process knows what it has: the same again.
    let before = panel.files();
    town.web.forget_requests();
    let summary = panel.good_round(&march(5, 40));
    assert_eq!(summary["boards"][0]["outcome"], "unchanged");
    assert_eq!(town.web.requests().len(), 1);
    assert_eq!(written(&before, &panel.files()), NOTHING);
}

#[test]
fn a_panel_that_is_cut_off_writes_nothing_and_blames_no_document() {
    let town = Town::new("lhota", 4);
    town.web.remove("/soubory/1.txt");
    let panel = Panel::of(&[&town]);
    let mut device = device(&panel);
    run(device.round(at(&march(5, 0))));
    drop(town);
    run(device.round(at(&march(5, 20))));
    let before = panel.files();
    let summary = run(device.round(at(&march(5, 40))));
    assert!(summary.offline() && summary.documents.failed == 0, "{summary}");
    assert_eq!(written(&before, &panel.files()), NOTHING);
    let report = SyncReport::read(&panel.config().run).unwrap();
    assert_eq!((report.boards[0].up, report.boards[0].last_good_at), (4, Some(march(5, 0).parse().unwrap())));
}

#[test]
fn a_feed_without_validators_writes_nothing_either() {
    let town = Town::new("lhota", 7);
    town.web.put("/deska.json", Page::bare(town.feed()));
    let panel = Panel::of(&[&town]);
    let mut device = device(&panel);
    run(device.round(at(&march(5, 0))));
    let before = panel.files();
    let summary = run(device.round(at(&march(5, 10))));
    assert!(summary.to_string().contains("lhota: 7 listed"), "{summary}");
    assert_eq!(written(&before, &panel.files()), NOTHING);
}

#[test]
fn notices_come_change_go_and_return() {
    let mut town = Town::new("lhota", 8);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    town.edit(|entries| {
        entries[0].title = "Oznámení, opravené".into();
        entries.push(Entry { documents: Vec::new(), ..Entry::numbered(9) });
    });
    let board = panel.good_round(&march(5, 10))["boards"][0].take();
    assert_eq!((board["added"].as_u64(), board["changed"].as_u64()), (Some(1), Some(1)));
    let notices = panel.notices(&march(5, 11));
    assert!(notices["up"].to_string().contains("Oznámení, opravené"));

    let gone = town.entries[3].clone();
    town.edit(|entries| drop(entries.remove(3)));
    let board = panel.good_round(&march(5, 20))["boards"][0].take();
    assert_eq!((board["withdrawn"].as_u64(), board["held"].as_array().unwrap().len()), (Some(1), 0));
    let notices = panel.notices(&march(5, 21));
    assert_eq!(marks(&notices["down"]), [town.mark("/deska/4")]);
    assert_eq!(notices["down"][0]["why"], "withdrawn");

    town.edit(|entries| entries.insert(3, gone));
    let board = panel.good_round(&march(5, 30))["boards"][0].take();
    assert_eq!((board["added"].as_u64(), board["returned"].as_u64()), (Some(1), Some(1)));
    assert!(ids(&panel.notices(&march(5, 31))["up"]).contains(&"4".to_owned()));
}

#[test]
fn what_ends_goes_down_by_itself_and_without_the_office() {
    let mut town = Town::new("lhota", 3);
    town.edit(|entries| entries[1].until = "2026-03-10".into());
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    town.web.once("/deska.json", Answer::status(500));
    // Noon of the last day, and half a minute into the next one in Prague.
    let (summary, _) = panel.round("2026-03-10T22:59:00Z");
    assert_eq!(summary["boards"][0]["ended"], 0);
    town.web.once("/deska.json", Answer::status(500));
    let (summary, code) = panel.round("2026-03-10T23:00:30Z");
    assert_eq!((summary["boards"][0]["ended"].as_u64(), code), (Some(1), 1));
    let down = panel.notices("2026-03-10T23:01:00Z")["down"].take();
    assert_eq!(marks(&down), [town.mark("/deska/2")]);
}

#[test]
fn a_loss_of_everything_is_held_back_and_released_by_hand() {
    let mut town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let all = town.entries.clone();
    town.edit(|entries| {
        entries.clear();
        entries.push(Entry::numbered(11));
    });
    let board = panel.good_round(&march(5, 10))["boards"][0].take();
    assert_eq!((board["added"].as_u64(), board["withdrawn"].as_u64()), (Some(1), Some(0)), "additions are never held");
    assert_eq!(board["held"].as_array().unwrap().len(), 1, "{board:#}");
    let notices = panel.notices(&march(5, 11));
    assert_eq!(notices["up"].as_array().unwrap().len(), 11);
    assert_eq!(SyncReport::read(&panel.config().run).unwrap().boards[0].held.len(), 1);
    // The doubtful feed is asked for whole again: a 304 would not show it.
    panel.good_round(&march(5, 20));
    assert_eq!(town.web.last("/deska.json").unwrap().header("if-none-match"), None);

    let refused = panel.run(&["release", "lhta", "--now", &march(5, 25)]);
    assert_eq!(refused.status.code(), Some(2));
    let output = panel.run(&["release", "lhota", "--now", &march(5, 25)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let board = panel.good_round(&march(5, 30))["boards"][0].take();
    assert_eq!((board["withdrawn"].as_u64(), board["held"].as_array().unwrap().len()), (Some(10), 0), "{board:#}");
    let nothing = panel.run(&["release", "lhota", "--now", &march(5, 31)]);
    assert_eq!(nothing.status.code(), Some(1));

    // The board heals by itself when the feed does.
    town.edit(|entries| *entries = all);
    let board = panel.good_round(&march(5, 40))["boards"][0].take();
    assert_eq!(board["returned"], 10);
}

#[test]
fn a_feed_that_heals_by_itself_leaves_nothing_held() {
    let town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let empty = Town { entries: Vec::new(), web: Publisher::start(), key: "lhota" };
    town.web.once("/deska.json", Answer::ok(empty.feed()));
    let board = panel.good_round(&march(5, 10))["boards"][0].take();
    assert_eq!(board["held"][0]["kind"], "emptied", "{board:#}");
    let board = panel.good_round(&march(5, 20))["boards"][0].take();
    assert_eq!((board["held"].as_array().unwrap().len(), board["changed"].as_u64()), (0, Some(0)), "{board:#}");
    assert_eq!(panel.notices(&march(5, 21))["up"].as_array().unwrap().len(), 10);
}

#[test]
fn a_new_web_of_the_office_is_confirmed_by_hand() {
    let mut town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let digests = |notices: &Value| {
        let mut digests: Vec<String> =
            notices["up"].as_array().unwrap().iter().map(|up| up["documents"][0]["digest"].to_string()).collect();
        digests.sort();
        digests
    };
    let before = digests(&panel.notices(&march(5, 1)));
    town.edit(|entries| {
        for (index, entry) in entries.iter_mut().enumerate() {
            entry.iri = format!("/novy-web/{}", 500 + index);
        }
    });
    let board = panel.good_round(&march(5, 10))["boards"][0].take();
    assert_eq!(board["held"][0]["kind"], "web-changed", "{board:#}");
    assert_eq!((board["added"].as_u64(), board["withdrawn"].as_u64()), (Some(0), Some(0)));
    let output = panel.run(&["release", "lhota", "--kind", "web-changed", "--now", &march(5, 15)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let board = panel.good_round(&march(5, 20))["boards"][0].take();
    assert_eq!((board["renamed"].as_u64(), board["withdrawn"].as_u64()), (Some(10), Some(0)), "{board:#}");
    let after = panel.notices(&march(5, 21));
    assert!(ids(&after["up"]).contains(&"500".to_owned()));
    assert_eq!(digests(&after), before);
}

#[test]
fn private_addresses_are_refused_also_behind_a_redirect() {
    let town = Town::new("lhota", 1);
    let panel = Panel::with("allow_private = false", &[("lhota", town.web.url("/deska.json"))]);
    let (summary, code) = panel.round(&march(5, 0));
    let error = summary["boards"][0]["error"].as_str().unwrap();
    assert!(code == 1 && error.contains("network.allow_private"), "{summary:#}");
    assert_eq!(town.web.connections(), 0);

    // A public office, reached through a proxy, sends the panel to the inner network.
    let proxy = Publisher::start();
    let target = town.web.url("/deska.json");
    proxy.answer("http://office.example/deska.json", move |_| Answer::redirect(302, &target));
    let network = format!("proxy = \"{}\"", proxy.url(""));
    let panel = Panel::with(&network, &[("lhota", "http://office.example/deska.json".into())]);
    let (summary, code) = panel.round(&march(5, 0));
    let error = summary["boards"][0]["error"].as_str().unwrap();
    assert!(code == 1 && error.contains("network.allow_private"), "{summary:#}");
    assert_eq!((proxy.requests().len(), town.web.connections()), (1, 0));
}

#[test]
fn one_dead_board_does_not_hurt_the_other() {
    let (town, dead) = (Town::new("lhota", 4), Town::new("ves", 4));
    let panel = Panel::of(&[&dead, &town]);
    drop(dead);
    let (summary, code) = panel.round(&march(5, 0));
    assert_eq!(code, 1);
    assert_eq!(
        (summary["boards"][0]["outcome"].as_str(), summary["boards"][1]["added"].as_u64()),
        (Some("failed"), Some(4))
    );
    let report = SyncReport::read(&panel.config().run).unwrap();
    assert!(report.board("ves").unwrap().last_error.is_some() && report.board("ves").unwrap().last_good_at.is_none());
    assert_eq!((report.board("lhota").unwrap().up, &report.board("lhota").unwrap().last_error), (4, &None));
}

#[test]
fn a_feed_that_does_not_end_delays_no_other_board() {
    let (slow, town) = (Town::new("ves", 4), Town::new("lhota", 4));
    let panel = Panel::of(&[&slow, &town]);
    // It ends when the panel has been told of the other.
    let (told, feed) = (panel.config().run.join("changed"), slow.feed());
    slow.web.answer("/deska.json", move |_| {
        while !told.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        Answer::ok(feed.clone())
    });
    let summary = panel.good_round(&march(5, 0));
    let boards = summary["boards"].as_array().unwrap();
    let keys: Vec<&str> = boards.iter().map(|board| board["board"].as_str().unwrap()).collect();
    assert_eq!(keys, ["ves", "lhota"]);
}

#[test]
fn a_board_that_left_the_configuration_goes_down() {
    let (town, other) = (Town::new("lhota", 3), Town::new("ves", 3));
    let panel = Panel::of(&[&town, &other]);
    panel.good_round(&march(5, 0));
    let config = std::fs::read_to_string(panel.config_path()).unwrap();
    std::fs::write(panel.config_path(), &config[..config.rfind("[[board]]").unwrap()]).unwrap();
    panel.good_round(&march(5, 10));
    let mut store = Store::open(&panel.data()).unwrap();
    assert_eq!((store.posted("lhota").unwrap().len(), store.posted("ves").unwrap().len()), (3, 0));
}

#[test]
fn every_poll_is_recorded() {
    let town = Town::new("lhota", 2);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    town.web.once("/deska.json", Answer::status(503));
    panel.round(&march(5, 70));
    town.web.once("/deska.json", Answer::ok("<html>Údržba</html>"));
    panel.round(&march(5, 140));
    panel.good_round(&march(5, 210));
    let polls = Store::open(&panel.data()).unwrap().polls("lhota").unwrap();
    let said: Vec<(Status, bool)> = polls.into_iter().map(|run| (run.status, run.digest.is_some())).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert_eq!(said[0], (Status::Code(200), true));
    assert_eq!(said[1], (Status::Code(503), false));
    assert!(matches!(&said[2], (Status::Failed(why), true) if why.starts_with("200, but no board")), "{said:?}");
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    let town = Town::new("lhota", 2);
    let panel = Panel::of(&[&town]);
    let mut device = device(&panel);
    town.web.once("/deska.json", Answer::status(429).header("Retry-After", "7200"));
    run(device.round(at(&march(5, 0))));
    for minutes in [1, 10, 60, 119] {
        assert!(!device.next(at(&march(5, minutes))).is_zero(), "asked after {minutes} minutes");
    }
    assert!(device.next(at(&march(5, 133))).is_zero());
    let summary = run(device.round(at(&march(5, 133))));
    assert!(summary.good(), "{summary}");
}

#[test]
fn a_running_sync_carries_out_a_release_and_ends_when_told() {
    let mut town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    town.edit(|entries| entries.truncate(1));
    let mut command = panel.command(&["sync", "--json", "--now", &march(5, 10)]);
    let mut sync = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(sync.0.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["boards"][0]["held"].as_array().unwrap().len(), 1);

    let second = panel.run(&["sync", "--once"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another vyveska sync is at work"));

    let output = panel.run(&["release", "lhota", "--now", &march(5, 10)]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("the running sync"), "{output:?}");
    assert_eq!(next()["boards"][0]["withdrawn"], 9);
    rustix::process::kill_process(rustix::process::Pid::from_child(&sync.0), rustix::process::Signal::TERM).unwrap();
    assert!(sync.0.wait().unwrap().success());
}

#[test]
fn what_cannot_be_used_is_said_and_ends_with_two() {
    let panel = Panel::with("alow_private = true", &[("lhota", "http://x.example/".into())]);
    for command in [&["sync", "--once"][..], &["notices"], &["release", "lhota"]] {
        let output = panel.run(command);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("did you mean \"allow_private\"?"), "{said}");
    }
}

#[test]
fn a_folder_has_one_writer() {
    let panel = Panel::with("", &[("lhota", "http://x.example/".into())]);
    let lock = Lock::take(&panel.data()).unwrap();
    assert!(Lock::take(&panel.data()).is_err());
    drop(lock);
    Lock::take(&panel.data()).unwrap();
}

#[test]
fn a_round_comes_just_after_midnight_in_prague() {
    let (poll, hour) = (std::time::Duration::from_secs(6 * 3600), std::time::Duration::from_secs(3600));
    // Midnight in Prague is 23:00 in winter, 22:00 in summer.
    for (last, midnight) in
        [("2026-03-10T20:00:00Z", "2026-03-10T23:00:00Z"), ("2026-07-10T19:00:00Z", "2026-07-10T22:00:00Z")]
    {
        let (last, midnight) = (at(last), at(midnight));
        let mut seen = std::collections::HashSet::new();
        for seed in 0..100 {
            let last = Last { at: last, failures: 0, retry_after: None };
            let wait = next_round(last.at, Some(last), poll, seed);
            let after = (last.at.at + wait) - midnight.at;
            assert!(after.num_seconds() >= 3 && after.num_seconds() <= 90, "{after}");
            seen.insert(after.num_milliseconds());
            // Failures do not keep the new day from coming, a server's own wish does.
            let failed = Last { failures: 9, ..last };
            assert!(next_round(midnight, Some(failed), 12 * hour, seed).as_secs() <= 90);
            let asked = Last { failures: 1, retry_after: Some(5 * hour), ..last };
            assert!(next_round(midnight, Some(asked), poll, seed) >= 2 * hour - std::time::Duration::from_secs(1));
        }
        assert!(seen.len() > 50, "all panels come at once");
    }
}

#[test]
fn rounds_come_in_time_and_a_set_clock_misses_none() {
    let poll = std::time::Duration::from_secs(600);
    let now = at(&march(5, 0));
    assert!(next_round(now, None, poll, 1).is_zero());
    let last = Last { at: now, failures: 0, retry_after: None };
    let wait = next_round(now, Some(last), poll, 1);
    assert!(wait.as_secs() >= 540 && wait <= poll);
    assert!(next_round(at(&march(5, 10)), Some(last), poll, 1).is_zero());
    assert!(next_round(at(&march(4, 0)), Some(last), poll, 1).is_zero(), "the clock was set back");
    let failed = |failures| next_round(now, Some(Last { failures, ..last }), poll, 1);
    assert!(failed(1).as_secs() >= 30 && failed(1).as_secs() <= 60);
    assert!(failed(50) <= poll, "the board comes back soon after the network does");
}

#[test]
fn an_unchanged_feed_brings_back_what_its_panel_no_longer_has() {
    let town = Town::new("lhota", 6);
    let other = Town::new("ves", 1);
    let panel = Panel::of(&[&town]);
    let configured = std::fs::read_to_string(panel.config_path()).unwrap();
    panel.good_round(&march(5, 0));
    assert_eq!(panel.good_round(&march(5, 10))["boards"][0]["outcome"], "unchanged");

    // The board is taken off the panel, and put back.
    let removed = configured.replace("lhota", "ves").replace(&town.web.url(""), &other.web.url(""));
    std::fs::write(panel.config_path(), removed).unwrap();
    panel.good_round(&march(5, 20));
    std::fs::write(panel.config_path(), &configured).unwrap();
    assert_eq!(panel.good_round(&march(5, 30))["boards"][0]["added"], 6);

    // A clock that is years ahead ends everything, with and without an answer of the office.
    assert_eq!(panel.good_round("2031-03-05T11:00:00Z")["boards"][0]["ended"], 6);
    assert_eq!(panel.good_round(&march(5, 50))["boards"][0]["added"], 6);
    town.web.once("/deska.json", Answer::status(500));
    assert_eq!(panel.round("2031-03-05T11:00:00Z").0["boards"][0]["ended"], 6);
    assert_eq!(panel.good_round(&march(5, 60))["boards"][0]["added"], 6);
    assert_eq!(panel.good_round(&march(5, 70))["boards"][0]["outcome"], "unchanged");

    // A first round with such a clock.
    let panel = Panel::of(&[&town]);
    panel.good_round("2031-03-05T11:00:00Z");
    assert_eq!(panel.good_round(&march(5, 10))["boards"][0]["added"], 6);
}

#[test]
fn an_unchanged_feed_is_judged_again_by_new_settings() {
    let town = Town::new("lhota", 6);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let configured = std::fs::read_to_string(panel.config_path()).unwrap();
    std::fs::write(panel.config_path(), configured + "ico = \"00000019\"\n").unwrap();
    let (mut summary, code) = panel.round(&march(5, 10));
    let board = summary["boards"][0].take();
    assert_eq!((code, board["held"][0]["kind"].as_str()), (1, Some("wrong-operator")), "{board:#}");
}
