//! Rendering ahead rests while somebody reads: the rule by itself, and the real sync beside a panel that reports a reader.

use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, thread};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use vyveska::clock;
use vyveska::store::Reader;
use vyveska::sync::rest::{LONGEST, SILENCE, Watch};
use vyveska::wire::PanelReport;

use super::pages::paper::{A4, Paper};
use super::publisher::Page;
use super::town::{Entry, Panel, Running, Town};

const NOW: &str = "2026-03-02T08:00:00+01:00";
/// Waits at most this long for another program; only a broken one takes it.
const PATIENCE: Duration = Duration::from_secs(30);

fn report(reading: bool, minute: i64) -> Option<PanelReport> {
    let at = clock::parse(NOW).expect("a time").at + chrono::TimeDelta::minutes(minute);
    Some(PanelReport { v: PanelReport::VERSION, at, reading, ..PanelReport::default() })
}

#[test]
fn rendering_rests_for_a_reader_and_for_nothing_else() {
    let minute = |minute: u64| Duration::from_secs(60 * minute);
    let mut watch = Watch::default();
    assert!(!watch.look(None, minute(0)), "no panel, no reader");
    assert!(!watch.look(report(false, 0), minute(0)));
    assert!(watch.look(report(true, 1), minute(1)));
    assert!(watch.look(report(true, 2), minute(2)));
    assert!(!watch.look(report(false, 2), minute(2)), "the session has ended");
    // The panel's wall clock says whatever it likes.
    assert!(watch.look(report(true, -900), minute(3)));
}

#[test]
fn a_dead_panel_and_an_endless_reader_do_not_stop_rendering_for_ever() {
    let mut watch = Watch::default();
    assert!(watch.look(report(true, 0), Duration::ZERO));
    assert!(watch.look(report(true, 0), SILENCE - Duration::from_secs(1)));
    assert!(!watch.look(report(true, 0), SILENCE), "it has not written since");

    let mut watch = Watch::default();
    let minutes = LONGEST.as_secs() / 60;
    for minute in 0..minutes + 5 {
        let rests = watch.look(report(true, minute as i64), Duration::from_secs(60 * minute));
        assert_eq!(rests, minute < minutes, "after {minute} minutes");
    }
    let later = LONGEST + Duration::from_secs(600);
    assert!(!watch.look(report(false, 99), later));
    assert!(watch.look(report(true, 100), later), "another reader");
}

#[test]
fn the_record_keeps_what_a_later_version_says() {
    let town = Town::new("lhota", 0);
    let panel = Panel::of(&[&town]);
    let run = panel.config().run;
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join("panel.json"), r#"{"v":2,"at":"2026-03-02T07:00:00Z","reading":true,"light":7}"#).unwrap();
    let report = PanelReport::read(&run).expect("a later version is read");
    assert!(report.reading && report.idle_since.is_none());
    report.write(&run).unwrap();
    assert!(fs::read_to_string(run.join("panel.json")).unwrap().contains("\"light\":7"));
    fs::write(run.join("panel.json"), "{").unwrap();
    assert_eq!(PanelReport::read(&run), None);
}

/// A board with one document, before which somebody stands; and the run folder.
fn read_by_somebody(pages: usize) -> (Town, Panel, PathBuf) {
    let mut town = Town::new("lhota", 1);
    let mut paper = Paper::new();
    for _ in 0..pages {
        paper.page(A4, "0 0 100 100 re f");
    }
    town.web.put("/soubory/1.pdf", Page::new(paper.bytes()));
    town.edit(|entries| entries[0].documents = vec!["/soubory/1.pdf".into()]);
    let panel = Panel::of(&[&town]);
    let run = panel.config().run;
    fs::create_dir_all(&run).unwrap();
    report(true, 0).unwrap().write(&run).unwrap();
    (town, panel, run)
}

#[test]
fn sync_draws_no_page_while_the_panel_reports_a_reader() {
    let (_town, panel, run) = read_by_somebody(3);

    // Sync opens the record once before each page, and then again and again while it rests.
    let looks = inotify::init(CreateFlags::CLOEXEC).unwrap();
    inotify::add_watch(&looks, run.join("panel.json"), WatchFlags::OPEN).unwrap();
    let mut sync = panel.command(&["sync", "--once", "--now", NOW]);
    let mut sync = Running(sync.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(looks, &mut buffer);
    for _ in 0..3 {
        events.next().expect("sync looks at the record");
    }
    assert_eq!(drawn(&panel), 0, "somebody reads");
    report(false, 0).unwrap().write(&run).unwrap();
    let deadline = clock::ticks() + PATIENCE;
    while sync.0.try_wait().unwrap().is_none() {
        assert!(clock::ticks() < deadline, "nobody reads, and still {} pages", drawn(&panel));
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(drawn(&panel), 3);
}

#[test]
fn who_orders_to_ask_now_waits_for_no_reader() {
    let (mut town, panel, _) = read_by_somebody(1);
    let mut sync = panel.command(&["sync", "--now", NOW]);
    let _sync = Running(sync.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let up = || Reader::open(&panel.data()).map_or(0, |reader| reader.posted("lhota").map_or(0, |posted| posted.len()));
    let until = |count: usize| {
        let deadline = clock::ticks() + PATIENCE;
        while up() != count {
            assert!(clock::ticks() < deadline, "{} notices are up, not {count}", up());
            thread::sleep(Duration::from_millis(20));
        }
    };
    until(1);
    // A page of it is wanted, and somebody reads: the round lasts.
    town.edit(|entries| entries.push(Entry::numbered(2)));
    let asked = panel.run(&["command", "sync-now"]);
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    until(2);
    assert_eq!(drawn(&panel), 0, "and still no page was drawn beside the reader");
}

fn drawn(panel: &Panel) -> usize {
    let posted = Reader::open(&panel.data()).unwrap().posted("lhota").unwrap();
    posted[0].documents[0].pages.len()
}
