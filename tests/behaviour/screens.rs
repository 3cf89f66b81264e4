//! The pages on the off-screen glass: what can be found and touched on them, how large it is, and how they look.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use vyveska::config::Language;
use vyveska::glass::elements::{Element, Role};
use vyveska::glass::{Key, Offscreen, Picture, scale_factor};
use vyveska::nav::{Event, Page};
use vyveska::screen::{Screen, Setting};
use vyveska::view::{Filter, View};

use sample::{pictures, set};
use stage::Stage;
use studio::Studio;

#[path = "../../src/bin/vyveska/shot/alert.rs"]
pub mod alert;
#[path = "../../src/bin/vyveska/shot/attachments.rs"]
pub mod attachments;
mod languages;
mod list;
mod reading;
#[path = "sample.rs"]
pub mod sample;
#[path = "../../src/bin/vyveska/shot/stage.rs"]
pub mod stage;
#[path = "../../src/bin/vyveska/shot/studio.rs"]
pub mod studio;

/// The sizes of DESIGN §5.
pub const SIZES: [&str; 4] = ["1080x1920", "1920x1080", "800x1280", "2160x3840"];

pub fn staged(name: &str, size: &str, language: Language) -> Studio {
    staged_with(set(None), name, size, language)
}

fn staged_with(mut set: studio::Set, name: &str, size: &str, language: Language) -> Studio {
    let stage = Stage::named(name).expect("a stage of that name");
    set.panel = studio::panel(size).expect("a size");
    stage.dress(&mut set);
    set.speak_first(language);
    let mut studio = Studio::new(&set, pictures()).expect("a studio");
    stage.play(&mut studio, language);
    studio
}

fn wall() -> Studio {
    Studio::new(&set(None), pictures()).expect("a studio")
}

fn tap(studio: &mut Studio, label: &str) {
    let found = studio.glass.find(label);
    let found = found.unwrap_or_else(|| panic!("nothing called {label:?} among {:#?}", studio.glass.elements()));
    let (x, y) = found.centre().expect("it can be seen");
    studio.glass.tap(x, y);
    studio.screen.active(studio.glass.time());
    studio.settle();
}

fn buttons(studio: &mut Studio) -> Vec<Element> {
    let seen = |element: &Element| element.role == Role::Button && element.visible.is_some();
    studio.glass.elements().into_iter().filter(seen).collect()
}

fn has(studio: &mut Studio, label: &str) -> bool {
    studio.glass.elements().iter().any(|element| element.label == label && element.visible.is_some())
}

#[test]
fn every_stage_is_named() {
    assert_eq!(Stage::list().lines().count(), Stage::ALL.len());
}

#[test]
fn a_visible_title_opens_page_one_in_one_touch() {
    let mut studio = wall();
    tap(&mut studio, "Návrh rozpočtu obce na rok\u{202f}2027");
    assert!(matches!(studio.screen.nav().page(), Page::Document(_)), "{:?}", studio.screen.nav().page());
    assert!(has(&mut studio, "Strana 1 z\u{202f}2"), "{:#?}", studio.glass.elements());
}

#[test]
fn the_list_is_one_touch_from_every_page() {
    for name in ["notice", "document", "categories", "unavailable", "waiting"] {
        let mut studio = staged(name, "1080x1920", Language::Czech);
        tap(&mut studio, "Seznam");
        assert_eq!(studio.screen.nav().page(), &Page::Board, "from {name}");
    }
    let mut studio = wall();
    tap(&mut studio, "Všechny písemnosti");
    assert_eq!(studio.screen.nav().page(), &Page::Board);
}

#[test]
fn boards_and_categories_are_chosen_and_the_list_begins_at_its_top() {
    let mut studio = staged("board", "1080x1920", Language::Czech);
    tap(&mut studio, "Dolů");
    tap(&mut studio, "Zálesí");
    assert_eq!(studio.screen.nav().filter().board.as_deref(), Some("zalesi"));
    assert!(has(&mut studio, "Sazebník úhrad za poskytování informací"));
    tap(&mut studio, "Všechny obce");
    tap(&mut studio, "Kategorie");
    tap(&mut studio, "Rozpočty");
    let chosen = Filter { board: None, category: Some("Rozpočty".into()), ..Filter::default() };
    assert_eq!((studio.screen.nav().page(), studio.screen.nav().filter()), (&Page::Board, &chosen));
    tap(&mut studio, "Kategorie");
    tap(&mut studio, "Všechny kategorie");
    assert_eq!(studio.screen.nav().filter(), &Filter::default());
}

#[test]
fn the_language_changes_with_one_touch_and_back_when_the_reader_has_left() {
    let mut studio = wall();
    tap(&mut studio, "Jazyk a\u{202f}písmo");
    tap(&mut studio, "English");
    assert!(has(&mut studio, "All notices"));
    tap(&mut studio, "All notices");
    assert!(has(&mut studio, "Categories"));
    let away = studio.glass.time() + Duration::from_secs(100);
    studio.screen.tick(away);
    assert!(has(&mut studio, "Go on reading"), "{:#?}", studio.glass.elements());
    studio.screen.tick(away + Duration::from_secs(20));
    assert!(has(&mut studio, "Všechny písemnosti"));
}

#[test]
fn one_touch_goes_on_reading() {
    let mut studio = staged("warning", "1080x1920", Language::Czech);
    tap(&mut studio, "Číst dál");
    assert!(!has(&mut studio, "Číst dál"));
    assert!(matches!(studio.screen.nav().page(), Page::Document(_)));
}

#[test]
fn four_keys_are_enough() {
    let mut studio = wall();
    let mut seen = Vec::new();
    for _ in 0..40 {
        studio.glass.press(Key::Next);
        studio.settle();
        let focused = studio.glass.elements().into_iter().find(|element| element.focused);
        seen.push(focused.expect("something has the focus").label);
        if seen.last().is_some_and(|label| label == "Všechny písemnosti") {
            break;
        }
    }
    assert!(seen.iter().any(|label| label.starts_with("Návrh rozpočtu")), "{seen:?}");
    studio.glass.press(Key::Enter);
    studio.settle();
    assert_eq!(studio.screen.nav().page(), &Page::Board, "{seen:?}");
    studio.glass.press(Key::Back);
    studio.settle();
    assert_eq!(studio.screen.nav().page(), &Page::Wall);
}

#[test]
fn the_second_sheet_can_be_drawn() {
    let studio = staged("wall-2", "1080x1920", Language::Czech);
    assert_eq!((studio.screen.nav().page(), studio.screen.nav().sheet()), (&Page::Wall, 1));
}

#[test]
fn every_title_on_the_wall_is_whole() {
    let czech =
        SIZES.into_iter().flat_map(|size| ["wall", "held", "offline"].map(|stage| (size, stage, Language::Czech)));
    // Their words are longer, and so is what stands above and below the titles.
    let others = ["800x1280", "1920x1080"].into_iter().flat_map(|size| {
        [Language::English, Language::German, Language::Ukrainian].map(|language| (size, "wall", language))
    });
    let large = ["1080x1920", "1920x1080", "800x1280"].map(|size| (size, "large", Language::Czech));
    for (size, stage, language) in czech.chain(others).chain(large) {
        let (count, all, look) = match language {
            Language::Czech => ("list ", "Všechny písemnosti", "Jazyk"),
            Language::English => ("sheet ", "All notices", "Language"),
            Language::German => ("Blatt ", "Alle Aushänge", "Sprache"),
            Language::Ukrainian => ("аркуш ", "Усі оголошення", "Мова"),
        };
        let mut set = set(None);
        set.panel = studio::panel(size).expect("a size");
        set.languages = vec![language, Language::Czech];
        let stage_set = Stage::named(stage).expect("a stage");
        stage_set.dress(&mut set);
        let mut studio = Studio::new(&set, pictures()).expect("a studio");
        stage_set.play(&mut studio, language);
        let mut titles = BTreeSet::new();
        let mut end = studio.glass.time() + Duration::from_secs(200);
        for _ in 0..60 {
            let elements = studio.glass.elements();
            let marks = elements.iter().find(|element| element.label.starts_with(count) && element.visible.is_some());
            let foot = marks.expect("the number of the sheet").frame;
            let width = studio.glass.pane().size().width as f32;
            for element in elements.iter().filter(|element| element.visible.is_some()) {
                let right = element.frame.x + element.frame.width;
                assert!(right <= width + 1.0, "{size} {stage}: {element:?} leaves the glass");
            }
            for button in buttons(&mut studio) {
                if button.label == all || button.label.starts_with(look) {
                    continue;
                }
                let seen = button.visible.expect("it can be seen");
                assert!(seen.height as f32 >= button.frame.height - 1.5, "{size}: {button:?} is cut off: {seen:?}");
                assert!(
                    button.frame.y + button.frame.height <= foot.y + 1.0,
                    "{size} {stage}: {button:?} runs into what stands below: {foot:?}"
                );
                titles.insert(button.label);
            }
            studio.screen.tick(end);
            studio.settle();
            end += Duration::from_secs(40);
        }
        assert_eq!(titles.len(), 18, "{size}: every notice was up: {titles:?}");
    }
}

#[test]
fn a_hundred_notices_are_up_within_two_minutes_and_each_can_be_read() {
    let mut set = set(None);
    let mut posted = Vec::new();
    for at in 0..100 {
        let mut one = set.posted[at % set.posted.len()].clone();
        one.notice.id = format!("n{at}");
        one.board = "dolnilhota".into();
        posted.push(one);
    }
    set.posted = posted;
    set.boards.truncate(1);
    let mut studio = Studio::new(&set, pictures()).expect("a studio");
    let (mut at, mut sheets) = (studio.glass.time(), 0);
    let begun = at;
    loop {
        let shown = studio.screen.shown();
        let longest = shown.iter().filter_map(|key| studio.screen.view().posting(key));
        let longest = longest.map(|posting| posting.notice.title.chars().count()).max().expect("a notice");
        let due = studio.screen.wake().expect("the wall turns");
        let needed = Duration::from_secs_f32(longest as f32 / 12.0);
        assert!(due - at >= needed, "{longest} letters in {:?}", due - at);
        at = due;
        studio.screen.tick(at);
        sheets += 1;
        if studio.screen.nav().sheet() == 0 {
            break;
        }
    }
    assert!(at - begun <= Duration::from_secs(120), "{sheets} sheets took {:?}", at - begun);
}

#[test]
fn a_wall_of_thousands_is_laid_out_frame_by_frame_and_says_that_the_rest_is_in_the_list() {
    let mut set = set(None);
    let line = set.posted[0].clone();
    let numbered = |at: usize| {
        let mut one = line.clone();
        one.notice.id = format!("n{at}");
        one.notice.title = format!("{} č. {at}", one.notice.title);
        one
    };
    set.posted = (0..700).map(numbered).collect();
    set.boards.truncate(1);
    let view = |set: &studio::Set| View::of(&set.boards, set.posted.clone(), &set.report, set.now);
    let setting = Setting { panel: set.panel, patience: set.patience, languages: set.languages.clone() };
    let mut glass = Offscreen::new(1080, 1920, scale_factor(1080, set.panel.width_mm)).expect("a glass");
    let screen = Screen::new(&setting, glass.hands(), pictures(), view(&set), Duration::ZERO).expect("a screen");
    glass.draw();
    let first = screen.shown();
    assert!(!first.is_empty(), "the first frame has notices already");
    assert_eq!(screen.wake(), Some(Duration::ZERO), "and the next one lays out more");
    let mut studio = Studio { screen, glass };
    studio.settle();
    assert_eq!(studio.screen.shown(), first, "what was there stays");
    let line = "Na listech visí 600 nejnovějších písemností z\u{202f}700, všechny jsou v\u{202f}seznamu.";
    assert!(has(&mut studio, line), "{:#?}", studio.glass.elements());

    set.posted.truncate(699);
    set.posted.push(numbered(1_000));
    studio.screen.renew(view(&set), studio.glass.time());
    assert_ne!(studio.screen.wake(), Some(Duration::ZERO), "what was measured is not measured again");
    let mut hung = BTreeSet::new();
    for _ in 0..200 {
        hung.extend(studio.screen.shown());
        let due = studio.screen.wake().expect("the wall turns").max(studio.glass.time());
        studio.screen.tick(due);
    }
    assert_eq!(hung.len(), 600);
}

/// Compared with a tolerance of 3 a channel, for processors that round otherwise. `UPDATE_GOLDEN=1` writes them anew.
#[test]
fn the_pages_look_as_they_did() {
    let golden: [(&str, &str, Language); 18] = [
        ("attachments", "1080x1920", Language::Czech),
        ("foreign", "800x1280", Language::German),
        ("wall", "1080x1920", Language::Czech),
        ("wall", "1920x1080", Language::Ukrainian),
        ("board", "1080x1920", Language::Czech),
        ("board-ending", "1920x1080", Language::German),
        ("categories", "1080x1920", Language::Czech),
        ("wall", "800x1280", Language::Czech),
        ("board", "800x1280", Language::English),
        ("notice", "1080x1920", Language::Czech),
        ("document", "1920x1080", Language::Czech),
        ("empty", "800x1280", Language::Czech),
        ("warning", "1080x1920", Language::English),
        ("service", "1080x1920", Language::Czech),
        ("urgent", "1080x1920", Language::Czech),
        ("urgent-long", "800x1280", Language::Ukrainian),
        ("urgent-drill", "1920x1080", Language::German),
        ("urgent-document", "1080x1920", Language::English),
    ];
    for (name, size, language) in golden {
        let mut studio = staged(name, size, language);
        compare(&format!("{name}-{size}-{}", language.code()), &studio.glass.picture());
    }
}

fn compare(name: &str, picture: &Picture) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.png"));
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(&path, small_png(picture)).expect("it can be written");
        return;
    }
    let stored = fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: UPDATE_GOLDEN=1 draws it", path.display()));
    let known = image::load_from_memory(&stored).expect("a picture").to_rgb8();
    assert_eq!(known.dimensions(), (picture.width, picture.height), "{name}");
    let differs = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 3;
    let other = known.as_raw().iter().zip(&picture.rgb).filter(|pair| differs(*pair)).count();
    if other > 0 {
        let now = env::temp_dir().join(format!("vyveska-{name}.png"));
        fs::write(&now, picture.png()).expect("it can be written");
        panic!("{name}: {other} values differ; it looks like {} now", now.display());
    }
}

/// As small as it can be made: the pictures are kept for ever.
fn small_png(picture: &Picture) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().expect("a picture");
    writer.write_image_data(&picture.rgb).expect("its pixels");
    writer.finish().expect("its end");
    bytes
}

#[test]
fn a_session_that_ends_with_a_commit_leaves_the_board_in_its_own_language() {
    let mut set = set(None);
    let mut studio = wall();
    let list = "Všechny písemnosti";
    assert!(has(&mut studio, list), "{:#?}", studio.glass.elements());
    let at = studio.glass.time();
    studio.screen.send(Event::Speak(Language::English), at);
    studio.settle();
    assert!(!has(&mut studio, list));
    // Sync took a notice down just when the reader's time was over.
    set.posted.pop();
    let view = View::of(&set.boards, set.posted.clone(), &set.report, set.now);
    studio.screen.renew(view, at + set.patience.idle + set.patience.warning + Duration::from_secs(1));
    assert_eq!(studio.screen.nav().language(), Language::Czech);
    studio.settle();
    assert!(has(&mut studio, list), "{:#?}", studio.glass.elements());
}
