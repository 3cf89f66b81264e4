//! The technician before the glass: the way in, the PIN, the tests and the deeds, by finger and by key.

use std::time::Duration;

use vyveska::config::{Language, MIN_BRIGHTNESS};
use vyveska::glass::{Key, Phase};
use vyveska::nav::Page;
use vyveska::pin::{Code, Verdict};
use vyveska::service::{Act, Brightness, Deed, Event, HOLD, Place, Tab};

use super::screens::staged;
use super::screens::studio::Studio;

const SIZE: &str = "1080x1920";

fn wall() -> Studio {
    let mut studio = staged("wall", SIZE, Language::Czech);
    studio.screen.serve(Event::Locked, studio.glass.time());
    studio.settle();
    studio
}

/// The line with the age of the content.
fn line(studio: &mut Studio) -> (f32, f32) {
    // The first one is only measured, and never seen.
    let lines = studio.glass.elements().into_iter().filter(|element| element.label.starts_with("Obsah ověřen"));
    lines.filter_map(|element| element.centre()).next().expect("the line with the age of the content")
}

fn seconds(count: f32) -> Duration {
    Duration::from_secs_f32(count)
}

fn touch(studio: &mut Studio, phase: Phase, (x, y): (f32, f32)) {
    studio.glass.touch(1, phase, x, y, studio.glass.time());
    studio.step();
}

fn tap(studio: &mut Studio, label: &str) {
    let found = studio.glass.find(label);
    let found = found.unwrap_or_else(|| panic!("nothing called {label:?} among {:#?}", studio.glass.elements()));
    let (x, y) = found.centre().expect("it can be seen");
    // As the panel does it: it hears of the touch while the finger is still there.
    touch(studio, Phase::Down, (x, y));
    studio.screen.active(studio.glass.time());
    studio.run(seconds(0.1));
    touch(studio, Phase::Up, (x, y));
    studio.screen.active(studio.glass.time());
    studio.settle();
}

fn acts(studio: &mut Studio) -> Vec<Act> {
    studio.screen.acts()
}

#[test]
fn a_finger_on_the_line_for_five_seconds_opens_the_pad_and_fills_a_stroke_meanwhile() {
    let mut studio = wall();
    let place = line(&mut studio);
    let before = studio.glass.picture();
    touch(&mut studio, Phase::Down, place);
    studio.run(seconds(0.9));
    assert!(studio.glass.picture() == before, "in the first second nothing shows");
    studio.run(seconds(2.1));
    assert!(studio.glass.picture() != before, "it shows that it works");
    assert_eq!(studio.screen.service().place(), Place::Closed);
    studio.run(seconds(2.2));
    assert_eq!(studio.screen.service().place(), Place::Pad);
    assert!(studio.screen.shown().is_empty(), "no title is on the glass");
    touch(&mut studio, Phase::Up, place);
    studio.settle();
    assert_eq!(studio.screen.service().place(), Place::Pad, "lifting the finger presses nothing");
    studio.run(seconds(31.0));
    assert_eq!(studio.screen.service().place(), Place::Closed, "a passer-by sees it go away");
    assert_eq!(acts(&mut studio), [Act::Taken, Act::Left]);
    assert!(!studio.screen.shown().is_empty());
}

#[test]
fn a_finger_that_lifts_or_leaves_the_line_opens_nothing() {
    let mut studio = wall();
    let place = line(&mut studio);
    touch(&mut studio, Phase::Down, place);
    studio.run(seconds(4.8));
    touch(&mut studio, Phase::Up, place);
    studio.run(seconds(3.0));
    assert_eq!((studio.screen.service().place(), studio.screen.nav().page()), (Place::Closed, &Page::Wall));
    touch(&mut studio, Phase::Down, place);
    studio.run(seconds(2.0));
    touch(&mut studio, Phase::Move, (place.0, place.1 + 600.0));
    studio.run(seconds(6.0));
    assert_eq!(studio.screen.service().place(), Place::Closed);
}

#[test]
fn a_short_touch_of_the_line_opens_the_list_as_everywhere_on_the_wall() {
    let mut studio = wall();
    let (x, y) = line(&mut studio);
    studio.glass.tap(x, y);
    studio.settle();
    assert_eq!(studio.screen.nav().page(), &Page::Board);
}

#[test]
fn the_reader_before_is_put_away() {
    let mut studio = wall();
    tap(&mut studio, "Všechny písemnosti");
    tap(&mut studio, "Jazyk a\u{202f}písmo");
    tap(&mut studio, "Vyšší kontrast");
    tap(&mut studio, "Zavřít");
    let place = line(&mut studio);
    touch(&mut studio, Phase::Down, place);
    studio.run(HOLD + seconds(0.2));
    assert_eq!(studio.screen.service().place(), Place::Pad);
    assert!(!studio.screen.nav().look().contrast && *studio.screen.nav().page() == Page::Wall);
    tap(&mut studio, "Zpět na desku");
    assert_eq!(studio.screen.service().place(), Place::Closed);
    assert!(studio.glass.find("Všechny písemnosti").is_some(), "{:#?}", studio.glass.elements());
}

#[test]
fn four_keys_lead_in_and_type_the_pin() {
    let mut studio = wall();
    for _ in 0..7 {
        studio.glass.press(Key::Back);
        studio.run(seconds(0.3));
    }
    assert_eq!(studio.screen.service().place(), Place::Pad);
    for digit in ["4", "8", "2", "9"] {
        let reached = (0..30).any(|_| {
            studio.glass.press(Key::Next);
            studio.step();
            studio.glass.elements().iter().any(|element| element.focused && element.label == digit)
        });
        assert!(reached, "the keys do not come to {digit}");
        studio.glass.press(Key::Enter);
        studio.settle();
    }
    assert_eq!(studio.screen.service().typed(), 4);
    studio.glass.press(Key::Back);
    studio.settle();
    assert_eq!(studio.screen.service().place(), Place::Closed);
}

#[test]
fn the_pin_is_typed_judged_and_never_shown() {
    let mut studio = staged("service-pad", SIZE, Language::Czech);
    acts(&mut studio);
    for digit in ["9", "1", "3"] {
        tap(&mut studio, digit);
    }
    let shown: Vec<String> = studio.glass.elements().into_iter().map(|element| element.label).collect();
    assert!(!shown.iter().any(|label| label.contains("482")), "{shown:?}");
    tap(&mut studio, "Otevřít");
    assert_eq!(acts(&mut studio), [Act::Judge(Code::parse("482913").expect("a PIN"))]);
    studio.screen.serve(Event::Judged(Verdict::Right), studio.glass.time());
    assert_eq!(studio.screen.service().place(), Place::Open(Tab::Panel));
    studio.run(seconds(299.0));
    assert_eq!(studio.screen.service().place(), Place::Open(Tab::Panel));
    studio.run(seconds(2.0));
    assert_eq!(studio.screen.service().place(), Place::Closed);
}

#[test]
fn the_made_pin_counts_when_somebody_touched_written_down_and_the_board_goes_on_above_it() {
    let mut studio = staged("service-card", SIZE, Language::Czech);
    assert!(studio.glass.find("482\u{202f}913").is_some());
    tap(&mut studio, "Návrh rozpočtu obce na rok\u{202f}2027");
    assert!(matches!(studio.screen.nav().page(), Page::Document(_)));
    studio.run(seconds(700.0));
    assert!(studio.glass.find("482\u{202f}913").is_some(), "it waits on the wall");
    tap(&mut studio, "Zapsáno");
    assert_eq!(acts(&mut studio), [Act::Agree(Code::parse("482913").expect("a PIN"))]);
    assert!(studio.glass.find("482\u{202f}913").is_none());
}

#[test]
fn each_deed_is_wanted_by_its_field() {
    for (stage, field, yes, deed) in [
        ("service-deeds", "Údržba na 2\u{202f}hodiny", None, Deed::Maintenance(120)),
        ("service-deeds", "Údržba na 8\u{202f}hodin", None, Deed::Maintenance(480)),
        ("service-deeds", "Zpráva na USB disk", None, Deed::Bundle),
        ("service-deeds", "Restartovat program desky", Some("Ano, restartovat"), Deed::RestartPanel),
        ("service-deeds", "Restartovat zařízení", Some("Ano, restartovat"), Deed::Reboot),
        ("service-deeds", "Tmavší", None, Deed::Brightness(70)),
        ("service-deeds", "Světlejší", None, Deed::Brightness(90)),
        ("service-deeds", "Zpět na 100\u{202f}% z\u{202f}nastavení", None, Deed::Brightness(0)),
        ("service-boards", "Zeptat se úřadů hned", None, Deed::SyncNow),
        ("service-boards", "Převzít zadržené: Obec Zálesí", Some("Ano, převzít"), Deed::Release("zalesi".into())),
    ] {
        let mut studio = staged(stage, SIZE, Language::Czech);
        acts(&mut studio);
        for _ in 0..5 {
            if studio.glass.find(field).is_none() {
                tap(&mut studio, "Dolů");
            }
        }
        tap(&mut studio, field);
        if let Some(yes) = yes {
            assert_eq!(acts(&mut studio), [], "{field} is asked about first");
            tap(&mut studio, "Ne");
            assert_eq!(acts(&mut studio), []);
            tap(&mut studio, field);
            tap(&mut studio, yes);
        }
        assert_eq!(acts(&mut studio), [Act::Do(deed)], "{field}");
    }
}

#[test]
fn steps_of_brightness_are_tens_and_end_where_the_board_can_be_read() {
    let steps = |from: u32, step: fn(Brightness) -> Option<u32>| {
        let next = |percent: &u32| step(Brightness { percent: *percent, least: MIN_BRIGHTNESS, instead_of: None });
        std::iter::successors(Some(from), next).collect::<Vec<_>>()
    };
    assert_eq!(steps(73, Brightness::brighter), [73, 80, 90, 100]);
    assert_eq!(steps(33, Brightness::darker), [33, 30, 20, 10, MIN_BRIGHTNESS]);
    assert_eq!(steps(MIN_BRIGHTNESS, Brightness::brighter)[..3], [MIN_BRIGHTNESS, 10, 20]);
}

#[test]
fn the_touch_test_paints_every_contact_and_its_controls_work() {
    let mut studio = staged("service-tests", SIZE, Language::Czech);
    tap(&mut studio, "Zkouška dotyku");
    assert_eq!(studio.screen.service().place(), Place::Fingers);
    let painted = |studio: &Studio| {
        let fingers = studio.screen.service().fingers().expect("the touch test");
        fingers.cells().iter().filter(|touched| **touched).count()
    };
    assert_eq!(painted(&studio), 0, "the touch that led here is none of it");
    // Three at once: more than the controls would follow.
    for step in 0..40 {
        let (phase, y) = (if step == 0 { Phase::Down } else { Phase::Move }, 20.0 + 48.0 * step as f32);
        for (id, x) in [(1, 100.0), (2, 500.0), (3, 900.0)] {
            studio.glass.touch(id, phase, x, y.min(1910.0), studio.glass.time());
        }
        studio.run(seconds(0.02));
    }
    let rows = studio.screen.service().fingers().expect("the touch test").rows();
    assert_eq!(painted(&studio), 3 * rows, "also beneath the controls");
    for id in 1..=3 {
        studio.glass.touch(id, Phase::Up, 300.0 * id as f32, 1910.0, studio.glass.time());
    }
    studio.settle();
    assert_eq!(studio.screen.service().place(), Place::Fingers, "who paints presses nothing");
    tap(&mut studio, "Nahrávat");
    studio.run(seconds(2.0));
    tap(&mut studio, "Uložit záznam");
    let kept = acts(&mut studio).into_iter().find_map(|act| if let Act::Keep(text) = act { Some(text) } else { None });
    let text = kept.expect("a recording");
    text.parse::<vyveska::touch::Trace>().expect("as evemu writes it");
    tap(&mut studio, "Zpět");
    assert_eq!(studio.screen.service().place(), Place::Open(Tab::Tests));
}

#[test]
fn a_touch_goes_from_picture_to_picture() {
    let mut studio = staged("service-tests", SIZE, Language::Czech);
    tap(&mut studio, "Obrazce pro displej");
    let mut pictures = Vec::new();
    while matches!(studio.screen.service().place(), Place::Pattern(_)) {
        studio.run(seconds(3.5));
        pictures.push(studio.glass.picture());
        studio.glass.tap(500.0, 900.0);
        // The second of two quick touches is nobody.
        studio.run(seconds(1.0));
    }
    assert_eq!(pictures.len(), 8);
    let white = pictures[0].png();
    assert!(pictures[1..].iter().all(|picture| picture.png() != white));
    assert_eq!(studio.screen.service().place(), Place::Open(Tab::Tests));
}
