//! The list: how it is sorted and narrowed, how the keys go through it, how much of it there is.

use std::collections::BTreeSet;
use std::time::Duration;

use vyveska::clock::Now;
use vyveska::config::Language;
use vyveska::glass::Key;
use vyveska::glass::elements::Element;
use vyveska::nav::Event;
use vyveska::view::Filter;

use super::sample::{pictures, set};
use super::studio::{self, Studio};
use super::{buttons, has, staged, staged_with, tap};

#[test]
fn the_list_is_sorted_by_what_ends_first_and_headed_by_it() {
    let mut studio = staged("board", "1080x1920", Language::Czech);
    assert!(
        has(&mut studio, "Nové od včerejška") && has(&mut studio, "Vyvěšeno dříve"),
        "{:#?}",
        studio.glass.elements()
    );
    tap(&mut studio, "Brzy končí");
    assert!(has(&mut studio, "Končí dnes") && has(&mut studio, "Končí do týdne"), "{:#?}", studio.glass.elements());
    assert_eq!(rows(&mut studio)[0], "Záměr obce pronajmout nebytový prostor v\u{202f}č.\u{202f}p.\u{202f}41");
    let away = studio.glass.time() + Duration::from_secs(600);
    studio.screen.tick(away);
    assert_eq!(studio.screen.nav().filter(), &Filter::default(), "the next reader finds the newest first");
}

/// The number that stands behind a word, where it can be seen.
fn behind(studio: &mut Studio, word: &str) -> Option<u32> {
    let elements = studio.glass.elements();
    let at = elements.iter().position(|element| element.label == word && element.visible.is_some())?;
    elements[at + 1..].iter().take(2).find_map(|element| element.label.parse().ok())
}

#[test]
fn every_heading_and_every_choice_says_how_many_notices_stand_behind_it() {
    let mut studio = staged("board", "1080x1920", Language::Czech);
    let count = |studio: &mut Studio, word: &str| behind(studio, word).unwrap_or_else(|| panic!("{word}"));
    for (word, notices) in [
        ("Nové od včerejška", 3),
        ("Vyvěšeno dříve", 15),
        ("Všechny obce", 18),
        ("Dolní Lhota", 12),
        ("Horní Lhota", 4),
        ("Zálesí", 2),
    ] {
        assert_eq!(count(&mut studio, word), notices, "{word}");
    }
    tap(&mut studio, "Brzy končí");
    for (word, notices) in [("Končí dnes", 1), ("Končí do týdne", 3)] {
        assert_eq!(count(&mut studio, word), notices, "{word}");
    }
    tap(&mut studio, "Kategorie");
    for (word, notices) in [("Rozpočty", 4), ("Ostatní", 2), ("Dražby", 1)] {
        assert_eq!(count(&mut studio, word), notices, "{word}");
    }
    tap(&mut studio, "Rozpočty");
    assert!(has(&mut studio, "4\u{202f}písemnosti"));
    tap(&mut studio, "Horní Lhota");
    assert!(has(&mut studio, "1\u{202f}písemnost"));
    assert_eq!(rows(&mut studio), ["Střednědobý výhled rozpočtu na roky 2027–2029"]);
    tap(&mut studio, "Kategorie");
    assert_eq!(count(&mut studio, "Rozpočty"), 1, "on this board");
    assert!(!has(&mut studio, "Dražby"), "no field leads to nothing");
}

/// Titles on the glass from top to bottom, as far as they can be seen whole or in part.
#[test]
fn the_newest_come_first_and_what_is_new_since_yesterday_is_marked() {
    let mut studio = staged("board", "1080x1920", Language::Czech);
    let expected = [
        "Návrh rozpočtu obce na rok 2027",
        "Pozvánka na 14. zasedání zastupitelstva obce",
        "Střednědobý výhled rozpočtu na roky 2027–2029",
        "Informace o počtu a sídle volebních okrsků",
        "Oznámení o přerušení dodávky elektrické energie",
    ];
    assert_eq!(rows(&mut studio).iter().map(|title| tied(title)).take(5).collect::<Vec<_>>(), expected);
    let elements = studio.glass.elements();
    let seen = elements.iter().filter(|element| element.visible.is_some()).map(|element| element.label.as_str());
    let seen: Vec<&str> = seen.collect();
    let earlier = seen.iter().position(|label| *label == "Vyvěšeno dříve").expect("the heading of the others");
    let marks = |labels: &[&str]| labels.iter().filter(|label| **label == "Nové").count();
    assert_eq!((marks(&seen[..earlier]), marks(&seen[earlier..])), (3, 0), "{seen:#?}");
}

#[test]
fn where_nobody_knows_the_day_the_dates_alone_are_shown() {
    let counts = |label: &String| {
        let words = ["zbýv", "dnes", "včera", "Končí do týdne", "Nové"];
        words.iter().any(|word| label.contains(word))
    };
    for (page, date) in [
        ("wall", "do 8. 12."),
        ("wall-full", "do 8. 12."),
        ("board", "do 8. 12."),
        ("board-ending", "do 22. 11."),
        ("notice", "8. prosince 2026"),
        ("document", "do 8. 12. 2026"),
    ] {
        let [known, unknown] = [true, false].map(|trusted| -> Vec<String> {
            let mut set = set(None);
            if !trusted {
                set.now = Now::untrusted(set.now.at, set.now.last_trusted);
            }
            let elements = staged_with(set, page, "1080x1920", Language::Czech).glass.elements();
            elements.into_iter().map(|element| element.label.replace(['\u{a0}', '\u{202f}'], " ")).collect()
        });
        assert!(known.iter().any(counts), "{page}: days are counted: {known:#?}");
        assert_eq!(unknown.iter().find(|label| counts(label)), None, "{page}: {unknown:#?}");
        for words in [date, "Obsah ověřen 22. 11. v", "Zobrazený čas a datum nemusí být správně."] {
            assert!(unknown.iter().any(|label| label.contains(words)), "{page}: {words}: {unknown:#?}");
        }
    }
}

#[test]
fn twelve_boards_are_chosen_on_a_page_of_their_own() {
    let mut studio = staged("board-many", "800x1280", Language::Czech);
    tap(&mut studio, "Výběr");
    for _ in 0..9 {
        if has(&mut studio, "Horní Lhota 10") {
            break;
        }
        tap(&mut studio, "Dolů");
    }
    tap(&mut studio, "Horní Lhota 10");
    assert_eq!(studio.screen.nav().filter().board.as_deref(), Some("hornilhota-10"));
    assert!(has(&mut studio, "Horní Lhota 10"), "the list says whose it is: {:#?}", studio.glass.elements());
}

/// Titles in the list, from top to bottom.
fn rows(studio: &mut Studio) -> Vec<String> {
    let titles: BTreeSet<String> = studio.screen.view().postings.iter().map(|p| tied(&p.notice.title)).collect();
    let buttons = buttons(studio).into_iter().map(|button| button.label);
    buttons.filter(|label| titles.contains(&tied(label))).collect()
}

fn tied(title: &str) -> String {
    title.replace('\u{202f}', " ")
}

#[test]
fn the_keys_reach_every_row_and_bring_it_into_sight() {
    for (size, count) in [("1080x1920", 40), ("1920x1080", 23), ("800x1280", 40)] {
        let mut set = set(None);
        set.panel = studio::panel(size).expect("a size");
        let line = set.posted.clone();
        set.posted = (0..count)
            .map(|at| {
                let mut one = line[at % line.len()].clone();
                one.notice.id = format!("n{at}");
                one.notice.title = format!("{} {at}", one.notice.title);
                one
            })
            .collect();
        let mut studio = Studio::new(&set, pictures()).expect("a studio");
        studio.screen.send(Event::List, studio.glass.time());
        studio.settle();
        let expected = studio.screen.view().listed(&Filter::default());
        let expected = expected.into_iter().map(|at| tied(&studio.screen.view().postings[at].notice.title));
        for title in expected.collect::<Vec<_>>() {
            let row = next(&mut studio, Key::Next);
            assert_eq!(tied(&row.label), title, "{size}");
            let seen = row.visible.expect("it was brought into sight");
            assert!(seen.height as f32 >= row.frame.height - 1.5, "{size}: {row:?} is cut off: {seen:?}");
        }
        assert_eq!(next(&mut studio, Key::Next).label, "Nejnovější", "{size}");
        let last = next(&mut studio, Key::Previous);
        let before = next(&mut studio, Key::Previous);
        assert!(last.frame.y >= before.frame.y, "{size}: backwards too: {last:?} after {before:?}");
    }
}

/// What has the keys after one press.
fn next(studio: &mut Studio, key: Key) -> Element {
    studio.glass.press(key);
    studio.settle();
    studio.glass.elements().into_iter().find(|element| element.focused).expect("something has the keys")
}

#[test]
fn two_thousand_notices_are_as_light_as_twenty() {
    let mut set = set(None);
    let line = set.posted[0].clone();
    set.posted = (0..2000)
        .map(|at| {
            let mut one = line.clone();
            one.notice.id = format!("n{at}");
            one
        })
        .collect();
    let mut studio = Studio::new(&set, pictures()).expect("a studio");
    studio.screen.send(Event::List, studio.glass.time());
    studio.settle();
    let rows = studio.glass.elements().into_iter().filter(|element| element.label.starts_with("Návrh")).count();
    assert!(rows < 40, "{rows} rows for 2,000 notices: {:#?}", studio.glass.elements());
    for _ in 0..3 {
        tap(&mut studio, "Dolů");
    }
    let rows = studio.glass.elements().into_iter().filter(|element| element.label.starts_with("Návrh")).count();
    assert!(rows < 40, "{rows} rows for 2,000 notices after scrolling");
}
