//! Whole visits from outside: fingers on the sensor in, the glass out; then the recording of them alone once more.

use std::collections::{BTreeSet, HashSet};
use std::mem::discriminant;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use sketch::{Pace, Sketch, Stroke, placed, thrown};
use visit::{Visit, replay};
use vyveska::glass::elements::{Element, Role};
use vyveska::glass::{Contact, Key, Phase, Picture, Size};
use vyveska::hand::Place;
use vyveska::model::{Digest, Document};
use vyveska::nav::{Fit, Look, Page};
use vyveska::store::{Filed, PageSize};
use vyveska::touch::Trace;
use vyveska::view::View;

use super::nav::promises;
use super::screens::sample::{pictures, set};
use super::screens::studio::{self, Set, Studio};
use super::store::Folder;
use super::town::PROGRAM;

pub mod sketch;
#[path = "../../src/bin/vyveska/shot/visit.rs"]
pub mod visit;

const SIZE: &str = "800x1280";
const TITLE: &str = "Návrh rozpočtu obce na rok 2027";

/// The sample's boards; the first notice has a third attachment, with a plan of 61 pages.
fn boards() -> Set {
    let mut set = set(None);
    set.panel = studio::panel(SIZE).expect("a size");
    let one = &mut set.posted[0];
    one.notice.documents.push(Document {
        url: "https://www.dolnilhota.example/uredni-deska/0/2.pdf".into(),
        title: Some("Výkres".into()),
        declared_type: None,
        digest: None,
    });
    let page = PageSize { width: 1080, height: 1527, ..PageSize::default() };
    one.documents.push(Filed {
        digest: Some(Digest::of(b"a plan")),
        pages: vec![page; 61],
        page_count: Some(61),
        ..Filed::default()
    });
    one.digest = one.notice.digest();
    set
}

fn empty_studio() -> Studio {
    Studio::new(&boards(), pictures()).expect("a studio")
}

/// Somebody in front of a panel: a hand, and eyes that look for words.
struct Visitor {
    studio: Studio,
    sketch: Sketch,
    visit: Visit,
    heard: usize,
    /// What the glass showed, and when.
    seen: Vec<(Duration, Picture)>,
}

impl Visitor {
    fn new() -> Visitor {
        let studio = empty_studio();
        let Size { width, height } = studio.glass.pane().size();
        let sketch = Sketch::new(width, height);
        let sensor: Trace = sketch.text().parse().expect("a recording");
        let visit = Visit::begin(&studio, &sensor).expect("a touch screen");
        Visitor { studio, sketch, visit, heard: 0, seen: Vec::new() }
    }

    /// The glass hears what the hand did, and keeps its promises at each report.
    fn hear(&mut self) {
        for event in &self.sketch.events[self.heard..] {
            self.visit.hear(&mut self.studio, *event);
            keeps_promises(&self.studio, "in a visit");
        }
        self.heard = self.sketch.events.len();
        self.visit.until(&mut self.studio, self.sketch.now());
        keeps_promises(&self.studio, "in a visit");
    }

    fn wait(&mut self, time: Duration) {
        self.sketch.wait(time);
        self.hear();
    }

    fn stroke(&mut self, fingers: &[Stroke], milliseconds: u64, pace: Pace) {
        self.sketch.stroke(fingers, Duration::from_millis(milliseconds), pace);
        self.hear();
        self.wait(Duration::from_millis(900));
    }

    fn look_for(&mut self, label: &str, role: Option<Role>) -> Element {
        // Which words are tied together is not what this is about.
        let plain = |label: &str| label.replace(['\u{a0}', '\u{202f}'], " ");
        let fits = |element: &Element| {
            let said = plain(&element.label);
            let named = said == label || label.len() > 3 && said.contains(label);
            named && element.visible.is_some() && role.is_none_or(|role| element.role == role)
        };
        let elements = self.studio.glass.elements();
        let found = elements.iter().find(|element| fits(element)).cloned();
        found.unwrap_or_else(|| panic!("nothing called {label:?} among {elements:#?}"))
    }

    fn press(&mut self, label: &str) {
        let place = self.look_for(label, Some(Role::Button)).centre().expect("it can be seen");
        self.sketch.tap(place);
        self.hear();
        self.wait(Duration::from_millis(900));
    }

    fn remember(&mut self) {
        let picture = self.studio.glass.picture();
        self.seen.push((self.sketch.now(), picture));
    }

    fn page(&self) -> (u32, u32) {
        let reading = self.studio.screen.nav().reading();
        (reading.page(), reading.pages())
    }
}

/// The hand's recording as it lies in tests/fixtures/touch; `UPDATE_GOLDEN=1` records it anew.
fn recorded(name: &str, hand: &Sketch) -> Trace {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/touch").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, hand.text()).expect("the folder of recordings");
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == hand.text(), "{} is another hand's: UPDATE_GOLDEN=1 records it anew", path.display());
    visit::read(path.to_str().expect("a path")).expect("a recording")
}

fn keeps_promises(studio: &Studio, place: &str) {
    let (nav, view) = (studio.screen.nav(), studio.screen.view());
    let broken = promises::broken(nav, view, studio.glass.time());
    assert_eq!(broken, None, "{place}");
    assert!(promises::list_is_one_touch_away(nav, view, studio.glass.time()), "the list is far {place}");
}

#[test]
fn a_visit_from_the_wall_to_a_parcel_on_page_41_of_the_third_attachment_and_away() {
    let mut visitor = Visitor::new();
    visitor.remember();
    // The list, thrown down and up again: the notice is found by its title.
    visitor.press("Všechny písemnosti");
    let (below, above) = ((400.0, 900.0), (400.0, 350.0));
    visitor.stroke(&[[below, above]], 180, thrown);
    visitor.wait(Duration::from_secs(3));
    visitor.remember();
    visitor.stroke(&[[above, below]], 180, thrown);
    visitor.wait(Duration::from_secs(3));
    visitor.press(TITLE);
    assert!(matches!(visitor.studio.screen.nav().page(), Page::Document(_)));
    visitor.press("Více");
    visitor.press("Údaje");
    visitor.press("Dolů");
    visitor.press("Výkres");
    assert_eq!((visitor.page(), visitor.studio.screen.nav().reading().attachment()), ((1, 61), 2));
    visitor.press("Vybrat stranu");
    for key in ["4", "1", "Přejít na stranu"] {
        visitor.press(key);
    }
    assert_eq!(visitor.page(), (41, 61));
    visitor.remember();
    // A parcel's number: two fingers enlarge it, one brings it to the middle.
    visitor.stroke(&[[(330.0, 600.0), (130.0, 480.0)], [(420.0, 620.0), (640.0, 800.0)]], 600, placed);
    visitor.stroke(&[[(500.0, 500.0), (300.0, 620.0)]], 500, placed);
    let canvas = visitor.studio.screen.nav().reading().canvas().clone();
    assert!(canvas.zoom() > 3.0 && visitor.page() == (41, 61), "{} {:?}", canvas.zoom(), visitor.page());
    visitor.remember();
    // Thoughts: the board asks, one touch goes on, and everything is where it was.
    let warned = |visitor: &Visitor| visitor.studio.screen.nav().warning(visitor.studio.glass.time()).is_some();
    let waits = (0..200).take_while(|_| {
        visitor.wait(Duration::from_secs(5));
        !warned(&visitor)
    });
    assert!((20..190).contains(&waits.count()), "asked too soon or never");
    visitor.remember();
    visitor.press("Číst dál");
    assert!(!warned(&visitor));
    assert_eq!(visitor.studio.screen.nav().reading().canvas(), &canvas);
    visitor.stroke(&[[(400.0, 800.0), (400.0, 500.0)]], 200, thrown);
    for control in ["Více", "Celá strana", "Na šířku"] {
        visitor.press(control);
    }
    assert!(visitor.studio.screen.nav().reading().canvas().fits(Fit::Width));
    visitor.remember();
    // Nobody is there any more.
    visitor.wait(Duration::from_secs(1_000));
    let nav = visitor.studio.screen.nav();
    let own = Look { language: vyveska::config::Language::Czech, contrast: false, large: false };
    assert_eq!((nav.page(), nav.look(), nav.somebody_is_there()), (&Page::Wall, own, false));
    visitor.remember();

    // And now from the recording alone.
    let seen = visitor.seen;
    drop(visitor.studio);
    let trace = recorded("visit.evemu", &visitor.sketch);
    assert_eq!(trace.events(), visitor.sketch.events);
    let mut studio = empty_studio();
    let mut visit = Visit::begin(&studio, &trace).expect("a touch screen");
    let mut events = trace.events().iter().peekable();
    for (number, (moment, picture)) in seen.iter().enumerate() {
        while let Some(event) = events.next_if(|event| event.at < *moment) {
            visit.hear(&mut studio, *event);
        }
        visit.until(&mut studio, *moment);
        assert!(studio.glass.picture() == *picture, "picture {number}, at {moment:?}, is another one");
    }
    let different: BTreeSet<&[u8]> = seen.iter().map(|(_, picture)| picture.rgb.as_slice()).collect();
    assert!(different.len() >= seen.len() - 1, "the visit was seen: {} of {}", different.len(), seen.len());
}

/// A touch beside the list presses what lies there, while the list goes on.
#[test]
fn the_touch_that_stops_the_thrown_list_opens_nothing() {
    let throw = |visitor: &mut Visitor, pause| {
        visitor.press("Všechny písemnosti");
        visitor.sketch.stroke(&[[(400.0, 900.0), (400.0, 450.0)]], Duration::from_millis(160), thrown);
        visitor.wait(Duration::from_millis(pause));
        let before = visitor.studio.glass.picture();
        visitor.wait(Duration::from_millis(17));
        assert!(visitor.studio.glass.picture() != before, "it moves after {pause} ms");
    };
    for pause in [60, 250, 600] {
        let mut visitor = Visitor::new();
        throw(&mut visitor, pause);
        visitor.sketch.tap((400.0, 700.0));
        visitor.wait(Duration::from_millis(200));
        let stopped = visitor.studio.glass.picture();
        visitor.wait(Duration::from_secs(2));
        assert_eq!(visitor.studio.screen.nav().page(), &Page::Board, "after {pause} ms");
        assert!(visitor.studio.glass.picture() == stopped, "it stands, after {pause} ms");
        let titles: HashSet<String> = boards().posted.into_iter().map(|posted| posted.notice.title).collect();
        let buttons = visitor.studio.glass.elements();
        let row =
            buttons.iter().find(|row| row.visible.is_some() && titles.contains(&row.label.replace('\u{202f}', " ")));
        visitor.sketch.tap(row.and_then(Element::centre).expect("a notice in sight"));
        visitor.wait(Duration::from_secs(1));
        assert_ne!(visitor.studio.screen.nav().page(), &Page::Board, "the next touch opens");
        if pause == 60 {
            let page = visitor.studio.screen.nav().page().clone();
            drop(visitor.studio);
            let trace = recorded("stopped-list.evemu", &visitor.sketch);
            let mut studio = empty_studio();
            replay(&mut studio, &trace).expect("a touch screen");
            assert_eq!(studio.screen.nav().page(), &page);
        }
    }
    let mut visitor = Visitor::new();
    throw(&mut visitor, 100);
    let start = visitor.look_for("Začátek", Some(Role::Button)).centre().expect("it can be seen");
    visitor.sketch.tap(start);
    visitor.wait(Duration::from_secs(1));
    assert_eq!(visitor.studio.screen.nav().page(), &Page::Wall, "a control is pressed whatever rolls beside it");
}

/// Five contacts at once, one of them on a control; then one finger on the same control.
#[test]
fn a_hand_laid_on_the_glass_presses_nothing() {
    let mut studio = empty_studio();
    let Size { width, height } = studio.glass.pane().size();
    let (x, y) = studio.glass.find("Všechny písemnosti").and_then(|list| list.centre()).expect("a control");
    let mut hand = Sketch::new(width, height);
    hand.wait(Duration::from_secs(1));
    let fingers = [(0.0, 0.0), (-90.0, -160.0), (-40.0, -200.0), (30.0, -190.0), (90.0, -150.0)];
    hand.stroke(&fingers.map(|(right, down)| [(x + right, y + down); 2]), Duration::from_millis(240), placed);
    hand.wait(Duration::from_secs(1));
    let lifted = hand.now();
    hand.tap((x, y));
    let trace = recorded("hand.evemu", &hand);
    let mut visit = Visit::begin(&studio, &trace).expect("a touch screen");
    for event in trace.events().iter().filter(|event| event.at < lifted) {
        visit.hear(&mut studio, *event);
    }
    visit.until(&mut studio, lifted);
    assert_eq!(studio.screen.nav().page(), &Page::Wall);
    for event in trace.events().iter().filter(|event| event.at >= lifted) {
        visit.hear(&mut studio, *event);
    }
    visit.until(&mut studio, lifted + Duration::from_secs(1));
    assert_eq!(studio.screen.nav().page(), &Page::Board);
}

/// The sensor's events and the board's, in no order, on the real pages.
#[test]
fn thousands_of_random_touches_on_the_real_pages_break_no_promise() {
    let mut dice = 0x5eed_0003_u64;
    let mut below = |end: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % end
    };
    let all = boards();
    let mut studio = empty_studio();
    let mut places = [Place::default(); 3];
    let mut visited = HashSet::new();
    for number in 0..12_000 {
        // Rain and hands by turns: in rain everything is nobody.
        let apart = if number / 100 % 2 == 0 { 30 } else { 1_500 };
        let at = studio.glass.time() + Duration::from_millis(below(apart));
        let id = below(3);
        let place = &mut places[id as usize];
        let phase = match below(8) {
            0..3 => Phase::Down,
            3 | 4 => Phase::Move,
            5 | 6 => Phase::Up,
            _ if below(6) == 0 => Phase::Cancel,
            _ => Phase::Up,
        };
        match phase {
            // More often where the controls are.
            Phase::Down if below(2) == 0 => *place = Place::new(below(800) as f32, 1100.0 + below(180) as f32),
            Phase::Down => *place = Place::new(below(800) as f32, below(1280) as f32),
            Phase::Move => *place = Place::new(place.x, place.y + below(200) as f32 - 100.0),
            Phase::Up | Phase::Cancel => {}
        }
        let (x, y) = (place.x, place.y);
        studio.glass.report(Contact { id, phase, x, y, length: below(60) as f32 }, at);
        match below(120) {
            0 => studio.glass.press([Key::Next, Key::Previous, Key::Enter, Key::Back][below(4) as usize]),
            // A round of sync: something is gone, or all is back.
            1 | 2 => {
                let mut posted = all.posted.clone();
                posted.remove(below(posted.len() as u64) as usize);
                let view = View::of(&all.boards, posted, &all.report, all.now);
                studio.screen.renew(view, at);
            }
            3 => studio.glass.advance(Duration::from_secs(below(200))),
            _ => {}
        }
        studio.screen.settle(studio.glass.time());
        studio.screen.active(studio.glass.time());
        studio.step();
        keeps_promises(&studio, &format!("after event {number}"));
        visited.insert(discriminant(studio.screen.nav().page()));
    }
    assert!(visited.len() >= 5, "only {} kinds of pages", visited.len());
}

#[test]
fn the_program_replays_a_recording_to_the_same_picture() {
    let folder = Folder::new("visit");
    let path = |name: &str| folder.0.join(name);
    let config = "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n[[board]]\nkey = \"lhota\"\n\
                  name = \"Obec Dolní Lhota\"\nfeed = \"https://lhota.example/deska.json\"\n";
    std::fs::write(path("panel.toml"), config).expect("the folder can be written");
    std::fs::create_dir_all(path("run")).expect("the folder can be written");
    vyveska::store::Store::open(&path("data")).expect("a store");
    let mut studio = empty_studio();
    let Size { width, height } = studio.glass.pane().size();
    let list = studio.glass.find("Všechny písemnosti").and_then(|list| list.centre()).expect("a control");
    let mut hand = Sketch::new(width, height);
    hand.wait(Duration::from_secs(1));
    hand.tap(list);
    std::fs::write(path("visit.evemu"), hand.text()).expect("the folder can be written");
    let trace = visit::read(path("visit.evemu").to_str().expect("a path")).expect("a recording");
    replay(&mut studio, &trace).expect("a touch screen");
    assert_eq!(studio.screen.nav().page(), &Page::Board);
    let shot = |picture: &str, more: &[&str]| {
        let base = ["shot", "--config", "panel.toml", "--size", SIZE, "--now", "2026-11-23T10:00:00+01:00"];
        let output =
            Command::new(PROGRAM).args(base).args(["--out", picture]).args(more).current_dir(&folder.0).output();
        let output = output.expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said, std::fs::read(path(picture)).unwrap_or_default())
    };
    let visits: Vec<_> = ["a.png", "b.png"].iter().map(|name| shot(name, &["--visit", "visit.evemu"])).collect();
    assert_eq!((visits[0].0, visits[0].1.as_str()), (Some(0), ""));
    assert!(visits[0] == visits[1], "twice the same, to the byte");
    assert_ne!(visits[0].2, shot("wall.png", &[]).2, "it is no longer the wall");
    std::fs::write(path("keyboard.evemu"), "E: 0.000001 0001 001e 0001\n").expect("the folder can be written");
    std::fs::write(path("broken.evemu"), "A: 35 zero\n").expect("the folder can be written");
    for (file, said) in
        [("keyboard.evemu", "no touch screen"), ("broken.evemu", "line 1 cannot be read"), ("missing.evemu", "No such")]
    {
        let (code, told, _) = shot("c.png", &["--visit", file]);
        assert!(code == Some(2) && told.contains(said), "{file}: {code:?} {told}");
    }
}
