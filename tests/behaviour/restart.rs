//! A panel that is started again: the same page comes back, unless that page is what ends it; and when a panel that has
//! grown starts itself again.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use vyveska::clock::{self, Boot, Now};
use vyveska::config::{Language, MIN_BRIGHTNESS};
use vyveska::nav::{Event, Nav, Page, Patience};
use vyveska::view::{Order, View};
use vyveska::wire::{PanelReport, Place};

use super::nav::{framed, known, secs, view_of};
use super::store::{Folder, at, notice};
use super::town::{self, Running};
use brightness::Brightness;
use place::Places;

#[path = "../../src/bin/vyveska/panel/brightness.rs"]
mod brightness;
#[path = "../../src/bin/vyveska/panel/budget.rs"]
mod budget;
#[path = "../../src/bin/vyveska/panel/place.rs"]
#[expect(dead_code, reason = "when it is due is for the loop to ask")]
mod place;
#[path = "../../src/bin/vyveska/panel/report.rs"]
#[expect(dead_code, reason = "here only the names of the pages are of use")]
mod report;

fn go_back(run: &Folder, view: &View) -> Nav {
    let mut nav = Nav::new(Patience { idle: secs(90), warning: secs(20) }, Language::Czech);
    for event in Places::new(Some(&run.0)).come_back(&clock::boot(), Duration::ZERO) {
        nav.update(view, event, Duration::ZERO);
    }
    // The glass is laid out only now.
    nav.update(view, Event::Framed(super::nav::FRAME), Duration::ZERO);
    nav
}

#[test]
fn a_reader_finds_the_same_page_of_the_same_document() {
    let run = Folder::in_memory("place");
    let view = view_of(&[1, 2, 5]);
    let mut nav = framed();
    for event in [
        Event::Speak(Language::German),
        Event::Contrast,
        Event::Board(Some("a".to_owned())),
        Event::Order(Order::EndingSoon),
        Event::Open(known(5)),
        Event::GoTo(2),
    ] {
        nav.update(&view, event, secs(1));
    }
    let mut places = Places::new(Some(&run.0));
    places.presented(&nav, secs(1));
    let back = go_back(&run, &view);
    assert_eq!((back.page(), back.filter(), back.look()), (nav.page(), nav.filter(), nav.look()));
    assert_eq!((back.reading().attachment(), back.reading().page()), (nav.reading().attachment(), 2));
    assert!(back.somebody_is_there());

    // Whatever was taken down meanwhile is not come back to.
    assert_eq!(*go_back(&run, &view_of(&[1])).page(), Page::Board);
}

#[test]
fn a_page_that_ends_the_panel_is_not_come_back_to_for_ever() {
    let run = Folder::in_memory("place-ends");
    let view = view_of(&[1, 2]);
    let mut nav = framed();
    nav.update(&view, Event::Open(known(2)), secs(1));
    Places::new(Some(&run.0)).presented(&nav, secs(1));
    for _ in 0..2 {
        assert_ne!(*go_back(&run, &view).page(), Page::Wall);
    }
    assert_eq!(*go_back(&run, &view).page(), Page::Wall);
    assert!(!run.0.join(Place::FILE).exists());
}

#[test]
fn a_place_is_gone_with_its_reader_and_with_the_boot() {
    let run = Folder::in_memory("place-gone");
    let view = view_of(&[1, 2]);
    let mut nav = framed();
    let mut places = Places::new(Some(&run.0));
    places.presented(&nav, secs(1));
    assert!(!run.0.join(Place::FILE).exists(), "nobody is there");
    nav.update(&view, Event::Open(known(2)), secs(1));
    places.presented(&nav, secs(1));
    let kept = Place::read(&run.0).unwrap();
    let now = clock::boot();
    let late = Boot { since: now.since + secs(600), ..now.clone() };
    let other = Boot { id: "another".to_owned(), ..now };
    for boot in [late, other] {
        kept.write(&run.0).unwrap();
        assert_eq!(Places::new(Some(&run.0)).come_back(&boot, Duration::ZERO), []);
    }
    places.presented(&nav, secs(2));
    kept.write(&run.0).unwrap();
    nav.update(&view, Event::Tick, secs(10_000));
    places.presented(&nav, secs(10_000));
    assert!(!run.0.join(Place::FILE).exists(), "the session is over");
    // Nonsense in its place is no place.
    std::fs::write(run.0.join(Place::FILE), "{\"v\":1,\"page\":7}").unwrap();
    assert_eq!(Places::new(Some(&run.0)).come_back(&clock::boot(), Duration::ZERO), []);
}

#[test]
fn it_starts_again_at_night_once_and_only_when_it_has_grown_and_nobody_reads() {
    let night = at("2026-03-02T03:30:00+01:00");
    let summer = at("2026-07-02T04:30:00+02:00");
    let (grown, long) = (200 << 20, Duration::from_secs(24 * 3600));
    assert!(budget::is_over(grown, long, false, night) && budget::is_over(grown, long, false, summer));
    let day = |hour: u32| Now::trusted(at(&format!("2026-03-02T{hour:02}:30:00+01:00")).at);
    assert!(!budget::is_over(100 << 20, long, false, night), "it has not grown");
    assert!(!budget::is_over(grown, Duration::from_secs(3600), false, night), "it has just started");
    assert!(!budget::is_over(grown, long, true, night), "somebody reads");
    assert!((6..24).all(|hour| !budget::is_over(grown, long, false, day(hour))));
    assert!(budget::resident() > 1 << 20, "a test takes a megabyte too");
}

#[test]
fn a_brightness_that_was_set_by_hand_is_there_after_a_restart() {
    let data = Folder::in_memory("brightness");
    let open = || Brightness::open(&data.0);
    assert_eq!(open().by_hand(), None);
    for (set, kept) in [(40, Some(40)), (1, Some(MIN_BRIGHTNESS)), (0, None), (0, None)] {
        open().set(set).unwrap();
        assert_eq!(open().by_hand(), kept);
    }
    // Nonsense, and a board that nobody could read.
    for text in ["0", "bright", "4000"] {
        std::fs::write(data.0.join("brightness"), text).unwrap();
        assert_eq!(open().by_hand(), None, "{text}");
    }
}

#[test]
fn the_hours_in_which_it_may_start_again_are_there_once_in_each_night() {
    let long = Duration::from_secs(24 * 3600);
    // The nights in which the clock leaps over an hour and goes through one twice, and those around them.
    for noon in ["2026-03-27T11:00:00Z", "2026-03-28T11:00:00Z", "2026-10-24T10:00:00Z", "2026-10-25T11:00:00Z"] {
        let minute = |minute: i64| Now::trusted(at(noon).at + chrono::TimeDelta::minutes(minute));
        let due: Vec<i64> = (0..24 * 60).filter(|at| budget::is_over(200 << 20, long, false, minute(*at))).collect();
        let (first, last) = (due[0], due[due.len() - 1]);
        assert_eq!((due.len(), last - first), (120, 119), "after {noon}: two hours, without a gap");
    }
}

#[test]
fn a_killed_panel_is_back_on_the_same_page_within_two_seconds() {
    let folder = Folder::new("restart");
    let path = |name: &str| folder.0.join(name);
    let config = "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n[[board]]\nkey = \"lhota\"\n\
                  name = \"Obec Dolní Lhota\"\nfeed = \"https://lhota.example/deska.json\"\n";
    std::fs::write(path("panel.toml"), config).unwrap();
    super::panel::commit(&path("data"), &path("run"), &[notice(1), notice(2)], "2026-03-02T08:00:00+01:00");
    let Boot { id, since } = clock::boot();
    let place = Place {
        v: Place::VERSION,
        boot: id,
        at_ms: since.as_millis() as u64,
        page: "notice".to_owned(),
        notice: Some(("lhota".to_owned(), notice(2).id)),
        language: "en".to_owned(),
        ..Place::default()
    };
    place.write(&path("run")).unwrap();
    let start = || {
        let mut command = Command::new(town::PROGRAM);
        command.arg("panel").arg("--config").arg(path("panel.toml"));
        command.args(["--headless", "--now", "2026-03-02T08:05:00+01:00"]);
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    };
    for _ in 0..2 {
        let _ = std::fs::remove_file(path("run/panel.json"));
        let began = clock::ticks();
        let panel = start();
        let report = loop {
            match PanelReport::read(&path("run")) {
                Some(report) => break report,
                None => assert!(clock::ticks() - began < Duration::from_secs(30), "no frame"),
            }
            thread::sleep(Duration::from_millis(5));
        };
        assert_eq!((report.page.as_str(), report.reading), ("notice", true));
        assert!(clock::ticks() - began < Duration::from_secs(2), "{:?}", clock::ticks() - began);
        // Killed: it says nothing to anybody.
        drop(panel);
        assert!(Place::read(&path("run")).is_some_and(|place| place.language == "en"));
    }
}
