//! The technician before the built program: a finger on the process from outside, and what comes of it in the files
//! that it leaves, in the ledger and in sync.
//!
//! A twin of its screen stands in the test: only there can be asked where a control is. Both feel the same finger.

use std::io::Write as _;
use std::process::{ChildStdin, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use vyveska::clock;
use vyveska::command::{Answer, Outcome, read_answer};
use vyveska::ledger::{Ledger, Service, What};
use vyveska::model::Media;
use vyveska::nav;
use vyveska::pin::{Code, Verdict};
use vyveska::service::{Act, Event, Facts};
use vyveska::store::{Fetched, PageSize, PagesDone, Reader, Store};
use vyveska::touch::Trace;
use vyveska::view::Key;
use vyveska::wire::decree::Decree;
use vyveska::wire::{PanelReport, Place, SyncReport, announce_change};

use super::screens::sample::pictures;
use super::screens::studio::{Set, Studio};
use super::sync::{at, march};
use super::town::{Panel, Running, Town};
use super::visits::sketch::{Sketch, placed};
use super::visits::visit::Visit;

/// Waits at most this long for another program; only a broken one takes it.
const PATIENCE: Duration = Duration::from_secs(60);
const PIN: &str = "4829";
const GLASS: (u32, u32) = (800, 1280);

fn wait_for<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let deadline = clock::ticks() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock::ticks() < deadline, "never came: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A panel of one office, as large as a small one on the street.
fn device(town: &Town) -> Panel {
    device_with(&format!("[service]\npin = \"{PIN}\""), town)
}

fn device_with(service: &str, town: &Town) -> Panel {
    let device = Panel::with(&format!("allow_private = true\n{service}"), &[(town.key, town.web.url("/deska.json"))]);
    let text = std::fs::read_to_string(device.config_path()).unwrap();
    let (small, (width, height)) = ("width_px = 400\nheight_px = 640\ndiagonal_inches = 10", GLASS);
    assert!(text.contains(small));
    let real = format!("width_px = {width}\nheight_px = {height}\ndiagonal_inches = 21.9");
    std::fs::write(device.config_path(), text.replace(small, &real)).unwrap();
    device
}

/// The board's own process, and a finger on it.
struct Touched {
    process: Running,
    sensor: ChildStdin,
    sketch: Sketch,
    /// Of the sketch, what the process has been told.
    told: usize,
    twin: Studio,
    visit: Visit,
}

impl Touched {
    /// It shows its first page.
    fn start(device: &Panel) -> Touched {
        let config = device.config();
        let _ = std::fs::remove_file(config.run.join("panel.json"));
        let mut command = device.command(&["panel", "--headless", "--ledger", "--touch", "/dev/stdin"]);
        command.args(["--now", &march(5, 30)]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Running(command.spawn().unwrap());
        let sensor = process.0.stdin.take().unwrap();
        wait_for("the first frame", || PanelReport::read(&config.run));
        let reader = Reader::open(&config.data).unwrap();
        let set = Set {
            posted: config.boards.iter().flat_map(|board| reader.posted(&board.key).unwrap()).collect(),
            boards: config.boards,
            report: SyncReport::read(&config.run).unwrap_or_default(),
            decree: Decree::default(),
            now: at(&march(5, 30)),
            panel: config.panel,
            patience: nav::Patience { idle: Duration::from_secs(90), warning: Duration::from_secs(20) },
            languages: config.languages,
        };
        let mut twin = Studio::new(&set, pictures()).unwrap();
        let (report, at) = (set.report.clone(), twin.glass.time());
        twin.screen.serve(Event::Locked, at);
        twin.screen.tell(Facts { orders: true, report, ..Facts::default() }, at);
        twin.settle();
        let sketch = Sketch::new(GLASS.0, GLASS.1);
        let trace: Trace = sketch.text().parse().unwrap();
        let visit = Visit::begin(&twin, &trace).unwrap();
        let mut touched = Touched { process, sensor, sketch, told: 0, twin, visit };
        let axes: String = touched.sketch.text().lines().filter(|line| line.starts_with("A:")).map(line).collect();
        touched.sensor.write_all(axes.as_bytes()).unwrap();
        touched
    }

    /// Both feel what the finger did.
    fn feel(&mut self) {
        self.twin_feels();
        let text = self.sketch.text();
        let events: String = text.lines().filter(|line| line.starts_with("E:")).skip(self.told).map(line).collect();
        self.sensor.write_all(events.as_bytes()).unwrap();
        self.told = self.sketch.events.len();
    }

    fn twin_feels(&mut self) {
        for event in &self.sketch.events[self.told..] {
            self.visit.hear(&mut self.twin, *event);
        }
        self.visit.until(&mut self.twin, self.sketch.now());
    }

    fn place(&mut self, fits: impl Fn(&str) -> bool) -> (f32, f32) {
        let elements = self.twin.glass.elements();
        let found = elements.iter().filter(|element| fits(&element.label)).find_map(|element| element.centre());
        found.unwrap_or_else(|| panic!("it is nowhere in {elements:#?}"))
    }

    fn press(&mut self, label: &str) {
        let plain = |label: &str| label.replace(['\u{a0}', '\u{202f}'], " ");
        for _ in 0..5 {
            let seen = self.twin.glass.elements();
            if seen.iter().any(|element| plain(&element.label) == label && element.visible.is_some()) {
                break;
            }
            let down = self.place(|said| said == "Dolů");
            self.tap(down);
        }
        let place = self.place(|said| plain(said) == label);
        self.tap(place);
    }

    fn tap(&mut self, place: (f32, f32)) {
        self.sketch.tap(place);
        // The second of two quick touches is nobody.
        self.sketch.wait(Duration::from_millis(500));
        self.feel();
    }

    /// Five seconds on the line with the age of the content.
    fn hold(&mut self, device: &Panel) {
        let line = self.place(|label| label.starts_with("Obsah"));
        self.sketch.stroke(&[[line; 2]], Duration::from_millis(6000), placed);
        self.sketch.wait(Duration::from_millis(900));
        self.feel();
        self.wait_for_page(device, "service");
    }

    /// The twin knows no PIN: it is told the verdict.
    fn enter(&mut self, pin: &str, verdict: Verdict) {
        for digit in pin.chars() {
            self.press(&digit.to_string());
        }
        self.press("Otevřít");
        let asked = self.twin.screen.acts().into_iter().any(|act| matches!(act, Act::Judge(_)));
        assert!(asked, "the twin was not given {pin}");
        self.twin.screen.serve(Event::Judged(verdict), self.twin.glass.time());
        self.twin.settle();
    }

    fn wait_for_page(&self, device: &Panel, page: &str) {
        let run = device.config().run;
        wait_for(page, || PanelReport::read(&run).filter(|report| report.page == page));
    }
}

fn line(text: &str) -> String {
    format!("{text}\n")
}

/// What was done by hand, as the ledger has it.
fn by_hand(device: &Panel) -> Vec<String> {
    let Ok((entries, verdict)) = Ledger::read(&device.data()) else { return Vec::new() };
    verdict.expect("the chain holds");
    let deed = |what| match what {
        What::Ordered { order, by } => Some(format!("{order} by {by}")),
        What::Service(service) => Some(service.name().to_owned()),
        What::Stopped => Some("stopped".to_owned()),
        _ => None,
    };
    entries.into_iter().filter_map(|entry| entry.what).filter_map(deed).collect()
}

#[test]
fn a_deed_goes_from_the_finger_to_its_order_the_ledger_and_whoever_carries_it_out() {
    let town = Town::new("lhota", 3);
    let device = device(&town);
    let run = device.config().run;
    let mut sync = device.command(&["sync", "--now", &march(5, 0)]);
    let sync = Running(sync.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let settled = |report: &SyncReport| report.queues == Default::default() && report.boards[0].last_good_at.is_some();
    wait_for("the first round", || SyncReport::read(&run).filter(settled));

    let mut panel = Touched::start(&device);
    panel.hold(&device);
    panel.enter(PIN, Verdict::Right);
    // Who is asked and says no has done nothing.
    panel.press("Zásahy");
    panel.press("Restartovat program desky");
    panel.press("Ne");
    panel.press("Desky");
    // Sync stands still, so that what lies in its folder can be looked at.
    let signal = |signal| rustix::process::kill_process(rustix::process::Pid::from_child(&sync.0), signal).unwrap();
    signal(rustix::process::Signal::STOP);
    let asked = town.web.count("/deska.json");
    panel.press("Zeptat se úřadů hned");
    let (id, letter) = wait_for("the order", || {
        let file = std::fs::read_dir(run.join("commands/sync")).unwrap().flatten().find_map(|file| {
            let name = file.file_name().into_string().ok()?;
            Some((name.strip_suffix(".json")?.parse::<u64>().ok()?, file.path()))
        })?;
        let letter: Value = serde_json::from_slice(&std::fs::read(file.1).ok()?).ok()?;
        Some((file.0, letter))
    });
    assert_eq!((&letter["command"]["do"], &letter["by"]), (&"sync-now".into(), &"service-page".into()));
    assert_eq!(by_hand(&device), ["opened", "sync-now by service-page"], "it is in the ledger before it is done");
    assert_eq!(town.web.count("/deska.json"), asked, "nobody was asked yet");
    signal(rustix::process::Signal::CONT);
    let answer = wait_for("an answer", || read_answer(&run, id));
    let said = "every office is asked now".to_owned();
    assert_eq!(answer, Answer { v: 1, id, outcome: Outcome::Done, said });
    wait_for("the office being asked", || (town.web.count("/deska.json") > asked).then_some(()));

    panel.press("Zásahy");
    panel.press("Restartovat program desky");
    panel.press("Ano, restartovat");
    assert!(panel.process.0.wait().unwrap().success(), "systemd starts it again");
    let expected = ["opened", "sync-now by service-page", "restart-panel by service-page", "stopped"];
    assert_eq!(by_hand(&device), expected);
}

#[test]
fn who_ends_the_process_waits_for_the_pin_all_the_same() {
    let town = Town::new("lhota", 3);
    let device = device(&town);
    device.good_round(&march(5, 0));
    let mut panel = Touched::start(&device);
    panel.hold(&device);
    let wait = Duration::from_secs(30);
    for wait in [Duration::ZERO, Duration::ZERO, wait] {
        panel.enter("1357", Verdict::Wrong { wait });
    }
    wait_for("three wrong numbers", || (by_hand(&device) == ["wrong-pin"; 3]).then_some(()));
    // Killed: it says nothing to anybody.
    drop(panel);

    let mut panel = Touched::start(&device);
    panel.hold(&device);
    panel.enter(PIN, Verdict::TooSoon { wait });
    panel.press("Zpět na desku");
    panel.wait_for_page(&device, "wall");
    let opened = Service::Opened.name().to_owned();
    assert!(!by_hand(&device).contains(&opened), "the right number was looked at: {:?}", by_hand(&device));
}

#[test]
fn the_pin_that_the_panel_made_is_the_same_after_each_kill_until_somebody_has_noted_it() {
    let town = Town::new("lhota", 3);
    let device = device_with("", &town);
    device.good_round(&march(5, 0));
    let (made, kept) = (device.data().join("pin-made"), device.data().join("pin.json"));
    let number = || std::fs::read_to_string(&made).ok().map(|text| text.trim().to_owned());
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let panel = Touched::start(&device);
        numbers.push(wait_for("a number", number));
        // Killed: it says nothing to anybody.
        drop(panel);
    }
    let pin = numbers[0].clone();
    assert_eq!((numbers, kept.exists()), (vec![pin.clone(); 3], false));

    let mut panel = Touched::start(&device);
    let (code, at) = (Code::parse(&pin).unwrap(), panel.twin.glass.time());
    panel.twin.screen.serve(Event::Made(code), at);
    panel.twin.settle();
    panel.press("Zapsáno");
    wait_for("the lock", || (kept.exists() && !made.exists()).then_some(()));
    wait_for("its entry", || (by_hand(&device) == ["pin-noted"]).then_some(()));
    drop(panel);

    let mut panel = Touched::start(&device);
    panel.hold(&device);
    panel.enter(&pin, Verdict::Right);
    wait_for("the page", || (by_hand(&device) == ["pin-noted", "opened"]).then_some(()));
    assert!(!made.exists(), "once it is noted no other one is made");
}

#[test]
fn a_panel_killed_over_page_7_comes_back_with_page_7() {
    let town = Town::new("lhota", 1);
    let device = device(&town);
    device.good_round(&march(5, 0));
    let config = device.config();
    // A document of nine pages, as it stands in the store once sync has drawn them.
    let mut store = Store::open(&config.data).unwrap();
    let posted = store.posted(town.key).unwrap().remove(0);
    let digest = vyveska::model::Digest::of(b"nine pages");
    let fetched =
        Fetched { digest, size: 9, media: Media::Pdf, etag: None, last_modified: None, at: at(&march(5, 1)).at };
    store.document_fetched(town.key, &posted.notice.id, &posted.notice.documents[0].url, &fetched).unwrap();
    let page = PageSize { width: 800, height: 1131, ..PageSize::default() };
    let pages = (1..=9).map(|number| (number, page)).collect();
    let done = PagesDone { width: 800, page_count: Some(9), pages, complete: true, ..PagesDone::default() };
    store.pages_done(&digest, &done).unwrap();
    drop(store);
    announce_change(&config.run).unwrap();
    let there = |number: u32| {
        wait_for(&format!("page {number}"), || {
            Place::read(&config.run).filter(|place| place.page == "document" && place.number == number)
        });
    };

    let mut panel = Touched::start(&device);
    panel.press(&posted.notice.title);
    there(1);
    for _ in 0..6 {
        panel.press("Další strana");
    }
    there(7);
    panel.press("Větší");
    panel.press("Větší");
    there(7);
    drop(panel);

    let mut panel = Touched::start(&device);
    panel.wait_for_page(&device, "document");
    // The twin is led there by hand; whether the process is there shows the next touch.
    let key = Key { board: town.key.to_owned(), id: posted.notice.id };
    for event in [nav::Event::Active, nav::Event::Open(key), nav::Event::GoTo(7)] {
        panel.twin.screen.send(event, panel.twin.glass.time());
    }
    panel.twin.settle();
    panel.press("Další strana");
    there(8);
}
