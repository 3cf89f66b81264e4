//! Reading on the glass: pages by hand and by buttons, and the question whether somebody is still there.

use std::time::Duration;

use chrono::TimeDelta;
use vyveska::clock::Now;
use vyveska::config::Language;
use vyveska::glass::Phase;
use vyveska::glass::elements::Element;
use vyveska::model::{Media, Remark};
use vyveska::nav::{Event, Page, Patience};

use super::sample::{pictures, set};
use super::studio::Studio;
use super::{buttons, has, staged, tap, wall};

#[test]
fn a_document_is_read_to_its_last_page_and_then_the_next_attachment() {
    let mut studio = wall();
    tap(&mut studio, "Návrh rozpočtu obce na rok\u{202f}2027");
    for _ in 0..3 {
        tap(&mut studio, "Dolů");
    }
    assert_eq!(studio.screen.nav().reading().page(), 2);
    tap(&mut studio, "Další příloha: Rozpis příjmů a\u{202f}výdajů");
    assert_eq!((studio.screen.nav().reading().attachment(), studio.screen.nav().reading().pages()), (1, 61));
    assert_eq!(studio.screen.nav().reading().page(), 1);
    for _ in 0..80 {
        studio.screen.send(Event::Scroll(vyveska::nav::Way::Down), studio.glass.time());
        studio.settle();
    }
    assert_eq!(studio.screen.nav().reading().page(), 61);
    for _ in 0..9 {
        tap(&mut studio, "Nahoru");
    }
    let page = studio.screen.nav().reading().page();
    assert!((50..58).contains(&page), "page {page}");
    tap(&mut studio, "Větší");
    assert_eq!(studio.screen.nav().reading().page(), page, "enlarging keeps the place");
}

#[test]
fn a_finger_scrolls_the_list_and_the_pages() {
    let mut studio = staged("document", "1080x1920", Language::Czech);
    for _ in 0..3 {
        studio.glass.drag((500.0, 1500.0), (500.0, 600.0), Duration::from_millis(200));
        studio.run(Duration::from_secs(3));
    }
    assert!(studio.screen.nav().reading().page() > 2, "page {}", studio.screen.nav().reading().page());

    drop(studio);
    let mut studio = staged("board", "1080x1920", Language::Czech);
    let first = "Návrh rozpočtu obce na rok\u{202f}2027";
    assert!(has(&mut studio, first));
    studio.glass.drag((500.0, 1500.0), (500.0, 500.0), Duration::from_millis(200));
    studio.glass.advance(Duration::from_secs(2));
    assert!(!has(&mut studio, first), "it was scrolled away");
    assert_eq!(studio.screen.nav().page(), &Page::Board, "and nothing was opened");
}

#[test]
fn a_page_is_chosen_by_its_picture_and_by_its_number() {
    let mut studio = staged("document", "1080x1920", Language::Czech);
    tap(&mut studio, "Vybrat stranu");
    tap(&mut studio, "Strana 3 z\u{202f}61");
    assert!(matches!(studio.screen.nav().page(), Page::Document(_)));
    assert_eq!(studio.screen.nav().reading().page(), 3);
    tap(&mut studio, "Další strana");
    assert_eq!(studio.screen.nav().reading().page(), 4);
    tap(&mut studio, "Vybrat stranu");
    for key in ["4", "1", "Přejít na\u{202f}stranu"] {
        // Numbers also stand below the pictures.
        let key = buttons(&mut studio).into_iter().find(|button| button.label == key).expect("a key");
        let (x, y) = key.centre().expect("it can be seen");
        studio.glass.tap(x, y);
        studio.settle();
    }
    assert_eq!(studio.screen.nav().reading().page(), 41);
    tap(&mut studio, "Vybrat stranu");
    assert!(has(&mut studio, "Strana 41 z\u{202f}61"), "{:#?}", studio.glass.elements());
    tap(&mut studio, "Číst dál");
    tap(&mut studio, "Předchozí strana");
    assert_eq!(studio.screen.nav().reading().page(), 40);
}

#[test]
fn seldom_used_controls_turn_and_fit_and_pan() {
    let mut studio = staged("document", "1080x1920", Language::Czech);
    tap(&mut studio, "Více");
    tap(&mut studio, "Otočit");
    tap(&mut studio, "Otočit");
    assert_eq!(studio.screen.nav().reading().canvas().layout().quarter(), 2);
    tap(&mut studio, "Větší");
    let left = studio.screen.nav().reading().canvas().left();
    tap(&mut studio, "Doprava");
    assert!(studio.screen.nav().reading().canvas().left() < left);
    tap(&mut studio, "Doleva");
    tap(&mut studio, "Celá strana");
    assert!(studio.screen.nav().reading().canvas().zoom() < 1.0);
    tap(&mut studio, "Na\u{202f}šířku");
    assert_eq!(studio.screen.nav().reading().canvas().zoom(), 1.0);
    assert!(has(&mut studio, "Méně"));
}

#[test]
fn the_touch_that_answers_the_warning_presses_nothing() {
    for (x, y) in [(500.0, 700.0), (100.0, 1500.0), (500.0, 1850.0)] {
        let mut studio = staged("warning", "1080x1920", Language::Czech);
        let before = studio.screen.nav().page().clone();
        let (start, top) = (studio.glass.time(), studio.screen.nav().reading().canvas().top());
        studio.glass.touch(0, Phase::Down, x, y, start);
        studio.step();
        studio.screen.active(start);
        studio.glass.touch(0, Phase::Move, x, y - 200.0, start + Duration::from_millis(80));
        studio.glass.touch(0, Phase::Up, x, y - 200.0, start + Duration::from_millis(90));
        studio.settle();
        assert!(!has(&mut studio, "Číst dál"), "at {x} {y}");
        assert_eq!(studio.screen.nav().page(), &before);
        assert_eq!(studio.screen.nav().reading().canvas().top(), top);
    }
}

/// A session counts the time that passed, whatever the clock on the wall does meanwhile.
#[test]
fn the_change_of_the_clock_neither_ends_a_session_nor_makes_it_longer() {
    let lasts = |night: &str| {
        let mut set = set(Some(night.parse().expect("a moment")));
        set.patience = Patience { idle: Duration::from_secs(90), warning: Duration::from_secs(20) };
        let mut studio = Studio::new(&set, pictures()).expect("a studio");
        let key = studio.screen.view().postings[0].key.clone();
        studio.screen.send(Event::Open(key), studio.glass.time());
        studio.screen.active(studio.glass.time());
        let ended = (1..900).find(|second| {
            let now = Now::trusted(set.now.at + TimeDelta::seconds(*second));
            studio.screen.tell_time(now, studio.glass.time());
            studio.run(Duration::from_secs(1));
            *studio.screen.nav().page() == Page::Wall
        });
        ended.expect("it ends")
    };
    // A second past one in winter is three in summer, and a second before three it is two again.
    let as_ever = lasts("2026-03-26T00:59:30Z");
    assert!((60..900).contains(&as_ever), "{as_ever}");
    assert_eq!([lasts("2026-03-29T00:59:30Z"), lasts("2026-10-25T00:59:30Z")], [as_ever; 2]);
}

/// On its pages and on its card; of a document that is locked, where its pages would be.
#[test]
fn each_remark_is_told_in_its_own_words() {
    for (remark, words) in [
        (Remark::Locked, "Dokument je chráněn heslem."),
        (Remark::Form, "Formulář, z\u{202f}něhož lze zobrazit jen úvodní stranu."),
        (Remark::PagesMissing, "Některé strany tu nelze zobrazit."),
        (Remark::OnlyFirst(2), "Tady jsou vidět jen první 2\u{202f}strany."),
        (Remark::PictureMissing, "Některý obrázek tu chybí."),
        (Remark::MarksMissing, "Některé poznámky nebo vyplněná pole tu nejsou vidět."),
        (Remark::LettersMissing, "Některá písmena tu mohou chybět."),
    ] {
        let mut set = set(None);
        set.posted.truncate(1);
        let first = &mut set.posted[0].documents[0];
        first.remark = Some(remark);
        if remark == Remark::Locked {
            (first.failed, first.media) = (Some("a sentence".into()), Some(Media::Pdf));
            first.pages.clear();
        }
        let mut studio = Studio::new(&set, pictures()).expect("a studio");
        let key = studio.screen.view().postings[0].key.clone();
        studio.screen.send(Event::Open(key), studio.glass.time());
        studio.screen.send(Event::Attachment(0), studio.glass.time());
        studio.settle();
        assert!(has(&mut studio, words), "{remark:?} on the pages: {:#?}", studio.glass.elements());
        studio.screen.send(Event::Details, studio.glass.time());
        studio.settle();
        let told = |element: &Element| element.description.ends_with(words);
        assert_eq!(studio.glass.elements().iter().filter(|card| told(card)).count(), 1, "{remark:?} on its card");
    }
}

#[test]
fn an_attachment_that_opens_elsewhere_says_what_it_is_and_how() {
    let mut studio = staged("attachments", "1080x1920", Language::Czech);
    let cards = studio.glass.elements();
    let card = cards.iter().find(|element| element.label == "Sdělení finančního úřadu").expect("its card");
    assert_eq!(card.description, "Datová zpráva (ZFO), 1,2\u{202f}MB, Otevřete v\u{202f}telefonu");
    let rich =
        cards.iter().find(|element| element.description.starts_with("61\u{202f}stran")).expect("the one with pages");
    assert_eq!(rich.description, "61\u{202f}stran, Tady je vidět jen prvních 40\u{202f}stran.");
    tap(&mut studio, "Návrh smlouvy o\u{202f}zřízení věcného břemene");
    for words in
        ["Dokument Word", "QR kód přílohy", "Otevřete v\u{202f}telefonu", "Další příloha: Sdělení finančního úřadu"]
    {
        assert!(has(&mut studio, words), "{words}: {:#?}", studio.glass.elements());
    }
    assert!(!has(&mut studio, "QR kód písemnosti"), "one code at a time");
    tap(&mut studio, "Další příloha: Sdělení finančního úřadu");
    assert!(has(&mut studio, "Datová zpráva (ZFO)"));

    drop(studio);
    let mut studio = staged("remarked", "1080x1920", Language::Czech);
    assert!(has(&mut studio, "Některá písmena tu mohou chybět."));
}
