//! The languages of the glass: how one is chosen, how each counts and writes days.

use std::time::Duration;

use vyveska::config::Language;
use vyveska::glass::Key;
use vyveska::nav::Event;

use super::sample::{pictures, set};
use super::studio::Studio;
use super::{buttons, has, tap, wall};

#[test]
fn a_language_is_chosen_by_its_own_name_and_goes_with_its_reader() {
    let mut studio = wall();
    for (name, notices, opens) in [
        ("Українська", "Усі оголошення", "Мова і\u{202f}літери"),
        ("Deutsch", "Alle Aushänge", "Sprache"),
        ("English", "All notices", "Language and letters"),
        ("Čeština", "Všechny písemnosti", "Jazyk a\u{202f}písmo"),
        ("Українська", "Усі оголошення", "Мова і\u{202f}літери"),
    ] {
        let control = buttons(&mut studio).pop().expect("a control").label;
        tap(&mut studio, &control);
        for own in Language::ALL.map(Language::own_name) {
            assert!(has(&mut studio, own), "{own} is not offered beside {control}");
        }
        tap(&mut studio, name);
        assert!(has(&mut studio, notices) && has(&mut studio, opens), "{:#?}", studio.glass.elements());
        assert!(!has(&mut studio, "Čeština"), "the choice has gone");
    }
    // Beside the sheet, and by keys.
    tap(&mut studio, "Мова і\u{202f}літери");
    studio.glass.tap(200.0, 300.0);
    studio.settle();
    assert!(!has(&mut studio, "Čeština") && has(&mut studio, "Усі оголошення"));
    tap(&mut studio, "Мова і\u{202f}літери");
    studio.glass.press(Key::Back);
    studio.settle();
    assert!(!has(&mut studio, "Čeština") && has(&mut studio, "Усі оголошення"));
    let away = studio.glass.time() + Duration::from_secs(121);
    studio.screen.tick(away);
    assert!(has(&mut studio, "Všechny písemnosti"), "the board speaks its own language again");
}

#[test]
fn letters_and_contrast_change_on_the_sheet_and_go_with_their_reader() {
    let mut studio = wall();
    let height = |studio: &mut Studio| {
        let notice = buttons(studio).into_iter().find(|button| button.label == "Všechny písemnosti");
        notice.expect("the control for the list").frame.height
    };
    let (normal, before) = (height(&mut studio), ground(&mut studio));
    tap(&mut studio, "Jazyk a\u{202f}písmo");
    tap(&mut studio, "Větší písmo");
    tap(&mut studio, "Vyšší kontrast");
    assert!(has(&mut studio, "Vyšší kontrast"), "the sheet stays, to set it back");
    tap(&mut studio, "Zavřít");
    assert!(!has(&mut studio, "Vyšší kontrast"));
    let larger = height(&mut studio) / normal;
    assert!((larger - 1.25).abs() < 0.02, "{larger}");
    assert_ne!(ground(&mut studio), before);
    assert_eq!(ground(&mut studio), [255, 255, 255]);
    let away = studio.glass.time() + Duration::from_secs(121);
    studio.screen.tick(away);
    studio.settle();
    assert_eq!((height(&mut studio), ground(&mut studio)), (normal, before));
}

/// The colour that most of the glass has.
fn ground(studio: &mut Studio) -> [u8; 3] {
    let mut counts = std::collections::HashMap::new();
    for pixel in studio.glass.picture().rgb.chunks_exact(3) {
        *counts.entry([pixel[0], pixel[1], pixel[2]]).or_insert(0) += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).expect("pixels").0
}

#[test]
fn each_language_counts_as_it_counts() {
    let mut set = set(None);
    let one = set.posted[0].clone();
    let mut studio = wall();
    studio.screen.send(Event::List, studio.glass.time());
    for (count, czech, german, ukrainian) in [
        (1, "1 písemnost", "1 Aushang", "1 оголошення"),
        (3, "3 písemnosti", "3 Aushänge", "3 оголошення"),
        (5, "5 písemností", "5 Aushänge", "5 оголошень"),
        (11, "11 písemností", "11 Aushänge", "11 оголошень"),
        (21, "21 písemností", "21 Aushänge", "21 оголошення"),
        (22, "22 písemností", "22 Aushänge", "22 оголошення"),
        (112, "112 písemností", "112 Aushänge", "112 оголошень"),
    ] {
        set.posted = (0..count)
            .map(|at| {
                let mut one = one.clone();
                one.notice.id = format!("n{at}");
                one
            })
            .collect();
        let view = vyveska::view::View::of(&set.boards, set.posted.clone(), &set.report, set.now);
        studio.screen.renew(view, studio.glass.time());
        let said = [(Language::Czech, czech), (Language::German, german), (Language::Ukrainian, ukrainian)];
        for (language, said) in said {
            studio.screen.send(Event::Speak(language), studio.glass.time());
            studio.settle();
            let said = said.replace(' ', "\u{202f}");
            assert!(has(&mut studio, &said), "{said}: {:#?}", studio.glass.elements());
        }
    }
}

#[test]
fn days_are_written_as_each_language_writes_them() {
    let mut set = set(None);
    let day = |text: &str| Some(text.parse().expect("a day"));
    set.posted.truncate(1);
    set.posted[0].notice.posted = day("2026-11-05");
    set.posted[0].notice.relevant_until = day("2026-12-08");
    let mut studio = Studio::new(&set, pictures()).expect("a studio");
    for (language, wall, notice) in [
        (Language::Czech, "Vyvěšeno 5. 11. do 8. 12. (včetně)", "5. listopadu 2026"),
        (Language::English, "Posted 5 Nov until 8 Dec (inclusive)", "5 November 2026"),
        (Language::German, "Ausgehängt 05.11. bis einschl. 08.12.", "5. November 2026"),
        (Language::Ukrainian, "Оприлюднено з 05.11 до 08.12 (включно)", "5 листопада 2026 р."),
    ] {
        let at = studio.glass.time();
        studio.screen.send(Event::Start, at);
        studio.screen.send(Event::Speak(language), at);
        studio.settle();
        let said = |studio: &mut Studio, words: &str| {
            let elements = studio.glass.elements();
            elements.iter().any(|element| element.label.replace('\u{202f}', " ").contains(words))
        };
        assert!(said(&mut studio, wall), "{wall}: {:#?}", studio.glass.elements());
        let key = studio.screen.view().postings[0].key.clone();
        studio.screen.send(Event::Open(key), at);
        studio.screen.send(Event::Details, at);
        studio.settle();
        assert!(said(&mut studio, notice), "{notice}: {:#?}", studio.glass.elements());
    }
}
