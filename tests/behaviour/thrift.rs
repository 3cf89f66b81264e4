//! A month whose traffic is used up: the offices are asked less, and nothing new is kept back.

use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use vyveska::clock::{self, Now};
use vyveska::command::{Command, Sender, send};
use vyveska::health::{Code, Record};
use vyveska::store::{RECHECK, Store};
use vyveska::sync::THRIFTY_POLL;
use vyveska::wire::SyncReport;

use super::http::run;
use super::publisher::Page;
use super::sync::{at, device, march};
use super::town::{Entry, Panel, Running, Town};

#[test]
fn a_used_up_month_stretches_the_rounds_and_asks_for_nothing_that_is_here() {
    let mut town = Town::new("lhota", 2);
    let panel = Panel::of(&[&town]);
    let mut device = device(&panel);
    let begin = at(&march(5, 0));
    let after = |passed: Duration| Now::trusted(begin.at + TimeDelta::from_std(passed).unwrap());
    run(device.round(begin));
    let poll = Duration::from_secs(60 * u64::from(panel.config().network.poll_minutes));
    device.thrift().store(true, Ordering::Relaxed);
    assert!(device.next(after(poll)) > Duration::ZERO && device.next(after(THRIFTY_POLL)).is_zero());

    // A round for another board's sake does not take this one along.
    let asked = town.web.count("/deska.json");
    run(device.round(after(poll)));
    assert_eq!(town.web.count("/deska.json"), asked);

    // Hours later a document may have changed; it is not asked for. What is new is.
    town.web.put("/soubory/3.txt", Page::new("Text of the third\n"));
    town.edit(|entries| entries.push(Entry::numbered(3)));
    town.web.forget_requests();
    let later = after(RECHECK.to_std().unwrap() + poll);
    let summary = run(device.round(later));
    let asked = ["/deska.json", "/soubory/1.txt", "/soubory/2.txt", "/soubory/3.txt"].map(|path| town.web.count(path));
    assert_eq!((asked, summary.documents.fetched), ([1, 0, 0, 1], 1));
    let report = SyncReport::read(&panel.config().run).unwrap();
    assert_eq!((report.poll_minutes, report.boards[0].documents_missing), (60, 0));

    // Another month: as ever.
    device.thrift().store(false, Ordering::Relaxed);
    run(device.round(Now::trusted(later.at + TimeDelta::hours(1))));
    assert_eq!(["/soubory/1.txt", "/soubory/2.txt"].map(|path| town.web.count(path)), [1, 1]);
    assert_eq!(SyncReport::read(&panel.config().run).unwrap().poll_minutes, poll.as_secs() / 60);
}

#[test]
fn a_running_sync_is_thrifty_once_it_sees_that_the_month_is_used_up() {
    let town = Town::new("lhota", 1);
    let panel =
        Panel::with("allow_private = true\n[health]\nmonthly_megabytes = 1", &[("lhota", town.web.url("/deska.json"))]);
    let run = panel.config().run;
    std::fs::create_dir_all(&run).unwrap();
    Store::open(&panel.data()).unwrap().add_tally("traffic 2026-03", 2_000_000, at(&march(4, 0))).unwrap();
    let mut sync = panel.command(&["sync", "--now", &march(5, 0)]);
    let _sync = Running(sync.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let wait_for = |what: &str, so: &dyn Fn() -> bool| {
        let deadline = clock::ticks() + Duration::from_secs(90);
        while !so() {
            assert!(clock::ticks() < deadline, "never came: {what}");
            thread::sleep(Duration::from_millis(50));
        }
    };
    wait_for("the verdict", &|| {
        Record::read(&run).is_some_and(|record| record.reasons.iter().any(|reason| reason.code == Code::TrafficUsed))
    });
    // Whoever asks for it gets a round all the same.
    let asked = town.web.count("/deska.json");
    send(&run, &Command::SyncNow, Sender::Terminal, &clock::boot()).unwrap();
    wait_for("a round", &|| town.web.count("/deska.json") > asked);
    wait_for("the stretched rounds", &|| SyncReport::read(&run).is_some_and(|report| report.poll_minutes == 60));
}
