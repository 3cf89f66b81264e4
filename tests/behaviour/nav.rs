//! A reader's session: examples, and random ones that must keep the promises of DESIGN §5.

use std::time::Duration;

use proptest::prelude::*;
use vyveska::clock::Now;
use vyveska::config::Language;
use vyveska::hand::{Gesture, Place};
use vyveska::model::{Digest, Document};
use vyveska::nav::{Effect, Event, Fit, Frame, Look, Nav, Note, Page, Patience, Way};
use vyveska::store::{Filed, PageSize, Posted};
use vyveska::view::{Filter, PaperState, View};
use vyveska::wire::SyncReport;

use super::view::{at, board, key, notice, posted};

pub mod promises;
mod reading;
mod storm;
pub mod urgent;

const IDLE: u64 = 90;
const WARNING: u64 = 20;

/// A page as wide as the canvas is 1,414 high: a whole one does not quite fit.
pub const FRAME: Frame = Frame { width: 1000.0, height: 1300.0, page: 1000.0, fold: 80.0, tail: 200.0 };

fn nav() -> Nav {
    let patience = Patience { idle: Duration::from_secs(IDLE), warning: Duration::from_secs(WARNING) };
    Nav::new(patience, Language::Czech)
}

/// With a canvas laid out.
pub fn framed() -> Nav {
    let mut nav = nav();
    nav.update(&view_of(&[]), Event::Framed(FRAME), secs(0));
    nav
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Notices "0", "1", … on two boards; notice n has n attachments of which the last has n pages.
pub fn view_of(ids: &[usize]) -> View {
    let boards = [board("a", "Lhota"), board("b", "Zálesí")];
    let given = ids.iter().map(|&n| {
        let mut notice = notice(&n.to_string(), &format!("Písemnost {n}"), "2026-11-10", "");
        notice.categories = vec![["Rozpočty", "Doprava", "Volby"][n % 3].into()];
        let url = |i| format!("https://a.example/{n}/{i}.pdf");
        let document = |i| Document { url: url(i), title: None, declared_type: None, digest: None };
        notice.documents = (0..n).map(document).collect();
        let mut given: Posted = posted(["a", "b"][n % 2], notice);
        if let Some(last) = given.documents.last_mut() {
            let pages = vec![PageSize { width: 1080, height: 1527, ..PageSize::default() }];
            *last = Filed { digest: Some(Digest::of(b"x")), pages, page_count: Some(n as u32), ..last.clone() };
        }
        given
    });
    View::of(&boards, given.collect(), &SyncReport::default(), Now::trusted(at("2026-11-22T12:00:00+01:00")))
}

pub fn known(n: usize) -> vyveska::view::Key {
    key(["a", "b"][n % 2], &n.to_string())
}

#[test]
fn one_touch_on_a_title_opens_page_one() {
    let (mut nav, view) = (nav(), view_of(&[0, 3]));
    let effects = nav.update(&view, Event::Open(known(3)), secs(5));
    assert_eq!(nav.page(), &Page::Document(known(3)));
    assert_eq!((nav.reading().attachment(), nav.reading().page(), nav.reading().pages()), (2, 1, 3));
    assert_eq!(effects, [Effect::Show, Effect::Wake(secs(5 + IDLE - WARNING))]);
}

#[test]
fn a_notice_without_pages_opens_with_what_is_known_of_it() {
    let (mut nav, view) = (nav(), view_of(&[0]));
    nav.update(&view, Event::Open(known(0)), secs(5));
    assert_eq!(nav.page(), &Page::Notice(known(0)));
}

#[test]
fn back_leads_one_step_up_and_the_list_keeps_its_choice() {
    let (mut nav, view) = (nav(), view_of(&[1, 2, 3, 4]));
    nav.update(&view, Event::Board(Some("b".into())), secs(1));
    nav.update(&view, Event::Open(known(3)), secs(2));
    nav.update(&view, Event::Details, secs(3));
    assert_eq!(nav.page(), &Page::Notice(known(3)));
    nav.update(&view, Event::Attachment(0), secs(4));
    assert_eq!((nav.page(), nav.reading().attachment()), (&Page::Document(known(3)), 0));
    nav.update(&view, Event::Back, secs(5));
    assert_eq!((nav.page(), nav.filter().board.as_deref()), (&Page::Board, Some("b")));
    nav.update(&view, Event::Back, secs(6));
    assert_eq!(nav.page(), &Page::Wall);
}

#[test]
fn the_wall_turns_by_itself_and_stops_for_a_reader() {
    let (mut nav, view) = (nav(), view_of(&[1]));
    let effects = nav.update(&view, Event::Sheets(vec![secs(6), secs(19), secs(6)]), secs(0));
    assert_eq!(effects, [Effect::Wake(secs(6))]);
    assert_eq!(nav.update(&view, Event::Tick, secs(6)), [Effect::Show, Effect::Wake(secs(25))]);
    assert_eq!(nav.sheet(), 1);
    nav.update(&view, Event::Active, secs(20));
    nav.update(&view, Event::Tick, secs(30));
    assert_eq!(nav.sheet(), 1, "somebody is reading it");
    nav.update(&view, Event::Tick, secs(20 + IDLE));
    assert_eq!(nav.sheet(), 1, "it stays its full time once more");
    nav.update(&view, Event::Tick, secs(20 + IDLE + 19));
    assert_eq!(nav.sheet(), 2);
    nav.update(&view, Event::Sheets(vec![secs(6)]), secs(200));
    assert_eq!(nav.sheet(), 0);
}

#[test]
fn the_choice_of_a_look_lies_over_the_page_until_something_else_is_done() {
    let (mut nav, view) = (nav(), view_of(&[3]));
    nav.update(&view, Event::Open(known(3)), secs(0));
    let page = nav.page().clone();
    for closing in [Event::Look, Event::Back, Event::Speak(Language::German), Event::Larger] {
        let effects = nav.update(&view, Event::Look, secs(1));
        assert!(nav.choosing_look() && effects.contains(&Effect::Dress), "{effects:?}");
        nav.update(&view, Event::Active, secs(1));
        assert!(nav.choosing_look(), "a touch without a meaning of its own closes nothing");
        nav.update(&view, closing.clone(), secs(1));
        assert!(!nav.choosing_look(), "{closing:?}");
        assert_eq!(nav.page(), &page, "{closing:?} leaves the page where it is");
    }
    for event in [Event::Look, Event::Contrast, Event::Letters] {
        nav.update(&view, event.clone(), secs(2));
        assert!(nav.choosing_look(), "{event:?} can be set back");
    }
    assert_eq!(nav.look(), Look { language: Language::German, contrast: true, large: true });
    nav.update(&view, Event::Contrast, secs(2));
    assert!(!nav.look().contrast);
    nav.update(&view, Event::Contrast, secs(2));
    nav.update(&view, Event::Tick, secs(2 + IDLE));
    assert!(!nav.choosing_look());
    let own = Look { language: Language::Czech, contrast: false, large: false };
    assert_eq!((nav.page(), nav.look()), (&Page::Wall, own), "the next one finds the board's own");
}

#[test]
fn a_session_ends_after_a_warning_that_one_touch_extends() {
    let (mut nav, view) = (nav(), view_of(&[3]));
    nav.update(&view, Event::Speak(Language::English), secs(0));
    nav.update(&view, Event::List, secs(0));
    assert_eq!(nav.warning(secs(IDLE - WARNING - 1)), None);
    let effects = nav.update(&view, Event::Tick, secs(IDLE - WARNING));
    assert_eq!(effects, [Effect::Dress, Effect::Wake(secs(IDLE - WARNING + 1))]);
    assert_eq!(nav.warning(secs(IDLE - WARNING)), Some(WARNING as u32));
    let effects = nav.update(&view, Event::Active, secs(IDLE - 1));
    assert!(effects.contains(&Effect::Dress) && nav.warning(secs(IDLE - 1)).is_none());
    assert_eq!(nav.page(), &Page::Board);
    let effects = nav.update(&view, Event::Tick, secs(2 * IDLE));
    assert!(effects.contains(&Effect::Show) && effects.contains(&Effect::Dress));
    assert_eq!((nav.page(), nav.language()), (&Page::Wall, Language::Czech));
    assert_eq!(nav.filter(), &Filter::default());
}

#[test]
fn the_act_that_answers_the_warning_does_nothing_else() {
    let (mut nav, view) = (nav(), view_of(&[3]));
    nav.update(&view, Event::List, secs(0));
    for act in [Event::Open(known(3)), Event::Back, Event::Start, Event::Speak(Language::English)] {
        let mut nav = nav.clone();
        nav.update(&view, Event::Tick, secs(IDLE - 5));
        nav.update(&view, act.clone(), secs(IDLE - 5));
        assert_eq!((nav.page(), nav.language()), (&Page::Board, Language::Czech), "{act:?}");
        assert_eq!(nav.warning(secs(IDLE - 4)), None);
        nav.update(&view, act, secs(IDLE - 4));
        assert_ne!((nav.page(), nav.language()), (&Page::Board, Language::Czech));
    }
}

#[test]
fn nobody_is_thrown_out_while_reading() {
    let (mut nav, view) = (framed(), view_of(&[5]));
    nav.update(&view, Event::Open(known(5)), secs(0));
    // Nine tenths of a page of 3,600 letters, at 12 a second.
    let due = IDLE - WARNING + 270;
    nav.update(&view, Event::Tick, secs(due - 1));
    assert_eq!((nav.page(), nav.warning(secs(due - 1))), (&Page::Document(known(5)), None));
    // Enlarged four times there is a sixteenth of it to read.
    nav.update(&view, Event::Hand(Gesture::Down), secs(due));
    let (from, to) = (Place::new(500.0, 600.0), Place::new(500.0, 600.0));
    nav.update(&view, Event::Hand(Gesture::Pinch { by: 4.0, from, to }), secs(due));
    nav.update(&view, Event::Tick, secs(due + IDLE - 1));
    assert_eq!(nav.page(), &Page::Document(known(5)));
    nav.update(&view, Event::Tick, secs(due + IDLE + 30));
    assert_eq!(nav.page(), &Page::Wall);
    nav.update(&view, Event::Open(known(5)), secs(1_000));
    assert_eq!(nav.reading().canvas().zoom(), 1.0, "the next reader finds the normal size");
}

#[test]
fn empty_backs_of_a_scan_are_folded_away() {
    let mut view = view_of(&[3]);
    let pages = [false, true, false].map(|blank| PageSize { width: 1080, height: 1527, blank, ..PageSize::default() });
    let paper = view.postings[0].papers.last_mut().expect("an attachment");
    let PaperState::Ready(known) = &mut paper.state else { panic!("it can be read") };
    known.sizes = pages.to_vec();
    let mut nav = framed();
    nav.update(&view, Event::Open(self::known(3)), secs(1));
    let folded =
        |nav: &Nav| nav.reading().canvas().layout().pieces().iter().map(|piece| piece.folded).collect::<Vec<_>>();
    assert_eq!(folded(&nav), [false, true, false]);
    nav.update(&view, Event::Unfold(1), secs(2));
    assert_eq!(folded(&nav), [false, false, false]);
}

#[test]
fn a_number_is_typed_as_far_as_there_are_pages() {
    let (mut nav, view) = (framed(), view_of(&[61]));
    nav.update(&view, Event::Open(known(61)), secs(1));
    nav.update(&view, Event::ChoosePage, secs(2));
    assert_eq!(nav.page(), &Page::Pages(known(61)));
    nav.update(&view, Event::GoToTyped, secs(2));
    assert_eq!(nav.page(), &Page::Pages(known(61)), "nothing was typed");
    for digit in [0, 4, 9, 1, 3] {
        nav.update(&view, Event::Digit(digit), secs(3));
    }
    assert_eq!(nav.reading().typed(), 49, "no page begins with 0, and there is no 491");
    nav.update(&view, Event::Erase, secs(4));
    nav.update(&view, Event::Digit(1), secs(4));
    nav.update(&view, Event::GoToTyped, secs(5));
    assert_eq!((nav.page(), nav.reading().page()), (&Page::Document(known(61)), 41));
    nav.update(&view, Event::NextPage, secs(6));
    assert_eq!(nav.reading().page(), 42);
    nav.update(&view, Event::GoTo(61), secs(6));
    nav.update(&view, Event::NextPage, secs(6));
    assert_eq!(nav.reading().page(), 61);
}

#[test]
fn the_second_of_two_touches_that_opened_a_page_does_not_enlarge_it() {
    let (mut nav, view) = (framed(), view_of(&[3]));
    nav.update(&view, Event::Open(known(3)), secs(1));
    let tap = Event::Hand(Gesture::DoubleTap(Place::new(500.0, 500.0)));
    nav.update(&view, tap.clone(), secs(1) + Duration::from_millis(300));
    nav.update(&view, Event::Tick, secs(2));
    assert_eq!(nav.reading().canvas().zoom(), 1.0);
    nav.update(&view, tap, secs(2));
    nav.update(&view, Event::Tick, secs(3));
    assert_eq!(nav.reading().canvas().zoom(), 2.5);
}

#[test]
fn what_is_taken_down_while_it_is_read_is_gone_and_the_reader_told() {
    let (mut nav, before, after) = (nav(), view_of(&[1, 2]), view_of(&[1]));
    nav.update(&before, Event::Open(known(2)), secs(1));
    let effects = nav.update(&after, Event::Refreshed, secs(2));
    assert_eq!((nav.page(), nav.note()), (&Page::Board, Some(Note::TakenDown)));
    assert!(effects.contains(&Effect::Show) && effects.contains(&Effect::Dress));
    nav.update(&after, Event::Open(known(1)), secs(3));
    assert_eq!(nav.note(), None);
}

#[test]
fn a_refreshed_view_leaves_the_reader_where_he_is() {
    let (mut nav, view) = (framed(), view_of(&[1, 5]));
    nav.update(&view, Event::Open(known(5)), secs(1));
    nav.update(&view, Event::GoTo(4), secs(2));
    nav.update(&view, Event::Larger, secs(2));
    nav.update(&view, Event::Tick, secs(3));
    let seen = nav.reading().canvas().clone();
    let effects = nav.update(&view_of(&[1, 2, 5, 7]), Event::Refreshed, secs(3));
    assert_eq!(effects[0], Effect::Refill);
    assert_eq!((nav.page(), nav.reading().page()), (&Page::Document(known(5)), 4));
    assert_eq!((nav.reading().canvas().zoom(), nav.reading().canvas().top()), (seen.zoom(), seen.top()));
}

#[derive(Debug, Clone)]
enum Step {
    Event(Event),
    Known(Vec<usize>),
    Wait(u64),
}

/// What no hand could do is among it.
fn gestures() -> impl Strategy<Value = Gesture> {
    let way = || prop_oneof![8 => -3000.0f32..3000.0, 1 => Just(1e9f32), 1 => Just(f32::NAN)];
    let place = || (way(), way()).prop_map(|(x, y)| Place::new(x, y));
    prop_oneof![
        (way(), way()).prop_map(|(x, y)| Gesture::Drag { x, y }),
        (way(), way()).prop_map(|(x, y)| Gesture::Throw { x, y }),
        (0.0f32..9.0, place(), place()).prop_map(|(by, from, to)| Gesture::Pinch { by, from, to }),
        place().prop_map(Gesture::DoubleTap),
    ]
}

/// What a control does that says no more than its name.
fn buttons() -> [Event; 22] {
    [
        Event::Start,
        Event::List,
        Event::Back,
        Event::ChooseCategory,
        Event::Details,
        Event::Larger,
        Event::Smaller,
        Event::Scroll(Way::Up),
        Event::Scroll(Way::Down),
        Event::Scroll(Way::Left),
        Event::Scroll(Way::Right),
        Event::Fit(Fit::Width),
        Event::Fit(Fit::Page),
        Event::Turn,
        Event::ChoosePage,
        Event::NextPage,
        Event::PreviousPage,
        Event::Erase,
        Event::GoToTyped,
        Event::Look,
        Event::Contrast,
        Event::Letters,
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ids = || prop::collection::vec(0usize..8, 0..6);
    let board = prop::option::of(prop::sample::select(vec!["a", "b", "gone"]));
    let category = prop::option::of(prop::sample::select(vec!["Rozpočty", "Doprava", "Hory"]));
    let mut plain = buttons().to_vec();
    plain.extend([
        Event::Tick,
        Event::Active,
        Event::Framed(FRAME),
        Event::Framed(Frame { width: 300.0, height: 200.0, page: 250.0, fold: 20.0, tail: 0.0 }),
        Event::Framed(Frame::default()),
        Event::Hand(Gesture::Down),
        Event::Hand(Gesture::Hold),
        Event::Speak(Language::English),
        Event::Speak(Language::Ukrainian),
    ]);
    let step = prop_oneof![
        6 => prop::sample::select(plain).prop_map(Step::Event),
        3 => (0usize..9).prop_map(|n| Step::Event(Event::Open(known(n)))),
        2 => (0usize..9).prop_map(|n| Step::Event(Event::Attachment(n))),
        2 => any::<u32>().prop_map(|n| Step::Event(Event::GoTo(n % 12))),
        1 => (0u8..10).prop_map(|n| Step::Event(Event::Digit(n))),
        1 => (0usize..9).prop_map(|n| Step::Event(Event::Unfold(n))),
        6 => gestures().prop_map(|gesture| Step::Event(Event::Hand(gesture))),
        1 => board.prop_map(|b| Step::Event(Event::Board(b.map(str::to_owned)))),
        1 => category.prop_map(|c| Step::Event(Event::Category(c.map(str::to_owned)))),
        1 => prop::collection::vec(4u64..20, 0..5).prop_map(|s| Step::Event(Event::Sheets(s.into_iter().map(secs).collect()))),
        2 => ids().prop_map(Step::Known),
        3 => (0u64..120).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn whatever_a_reader_does_the_promises_hold(steps in steps()) {
        let (mut nav, mut view, mut now, mut sheets) = (nav(), view_of(&[1, 2, 3]), secs(0), 0);
        let mut last_act: Option<Duration> = None;
        for step in steps {
            let event = match step {
                Step::Wait(seconds) => { now += secs(seconds); Event::Tick }
                Step::Known(ids) => {
                    let mut ids = ids; ids.sort(); ids.dedup();
                    view = view_of(&ids);
                    Event::Refreshed
                }
                Step::Event(event) => event,
            };
            if let Event::Sheets(stays) = &event { sheets = stays.len(); }
            let asked = nav.warning(now).is_some();
            let passive = matches!(event, Event::Tick | Event::Refreshed | Event::Sheets(_) | Event::Framed(_));
            if !passive { last_act = Some(now); }
            let before = nav.page().clone();
            let effects = nav.update(&view, event.clone(), now);
            prop_assert!(!asked || passive || *nav.page() == before, "{:?} did more than answer", event);
            prop_assert_eq!(promises::broken(&nav, &view, now), None, "after {:?}", event);
            prop_assert!(nav.sheet() < sheets.max(1));
            // A session is open while somebody acted within its time, on pages longer; then the next person finds the
            // wall.
            let since = last_act.map(|act| now - act);
            if since.is_some_and(|since| since < secs(IDLE)) { prop_assert!(nav.somebody_is_there()); }
            if since.is_none_or(|since| since >= secs(IDLE + 600)) { prop_assert!(!nav.somebody_is_there()); }
            if !nav.somebody_is_there() { last_act = None; }
            // Whatever waits is woken, and never in the past.
            let due: Vec<_> = effects.iter().filter_map(|e| if let Effect::Wake(at) = e { Some(*at) } else { None }).collect();
            prop_assert!(due.len() <= 1 && due.iter().all(|at| *at > now), "{:?} at {:?}", due, now);
            prop_assert!(!due.is_empty() || (!nav.somebody_is_there() && sheets < 2));
        }
    }
}
