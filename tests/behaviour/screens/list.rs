//! The list: how it is sorted and narrowed, how the keys go through it, how much of it there is.

use std::collections::BTreeSet;
use std::time::Duration;

use vyveska::config::Language;
use vyveska::glass::Key;
use vyveska::glass::elements::Element;
use vyveska::nav::Event;
use vyveska::view::Filter;

use super::sample::{pictures, set};
use super::studio::{self, Studio};
use super::{buttons, has, staged, tap};

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
