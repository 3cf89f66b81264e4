//! The place on the pages: what a reader has before the eyes stays there, whatever the board does meanwhile.

use std::time::Duration;

use vyveska::hand::{Gesture, Place};
use vyveska::nav::{Event, Nav, Page};
use vyveska::store::PageSize;
use vyveska::view::{PaperState, View};

use super::{FRAME, framed, known, secs, view_of};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Notice `n` with pages of these heights at a width of 1,000; 0: not drawn yet.
fn drawn(n: usize, heights: &[u32]) -> View {
    let mut view = view_of(&[1, n]);
    let posting = view.postings.iter_mut().find(|posting| posting.key == known(n)).expect("it is up");
    let paper = posting.papers.last_mut().expect("an attachment");
    let PaperState::Ready(pages) = &mut paper.state else { panic!("it can be read") };
    let page = |height: &u32| PageSize { width: 1000 * u32::from(*height > 0), height: *height, ..PageSize::default() };
    pages.sizes = heights.iter().map(page).collect();
    pages.count = heights.len() as u32;
    view
}

fn opened(view: &View, n: usize) -> Nav {
    let mut nav = framed();
    nav.update(view, Event::Open(known(n)), secs(1));
    nav.update(view, Event::Hand(Gesture::Down), secs(2));
    nav.update(view, Event::Hand(Gesture::Hold), secs(2));
    nav
}

fn drag(nav: &mut Nav, view: &View, y: f32) {
    nav.update(view, Event::Hand(Gesture::Drag { x: 0.0, y }), secs(3));
}

fn top(nav: &Nav, page: usize) -> f32 {
    nav.reading().canvas().extent(page - 1).0
}

#[test]
fn a_page_in_the_hand_does_not_jump_when_the_board_changes() {
    let (before, other) = (drawn(5, &[1400; 5]), drawn(5, &[1400, 1400, 1400, 1400, 700]));
    let mut nav = opened(&before, 5);
    drag(&mut nav, &before, -500.0);
    nav.update(&view_of(&[5, 6]), Event::Refreshed, secs(3));
    nav.update(&other, Event::Refreshed, secs(3));
    assert_eq!(top(&nav, 1), -500.0);
    drag(&mut nav, &other, -510.0);
    assert_eq!(top(&nav, 1), -510.0, "ten more");
    // A control appeared above the pages.
    nav.update(&other, Event::Framed(vyveska::nav::Frame { height: 1200.0, ..FRAME }), secs(3));
    drag(&mut nav, &other, -530.0);
    assert_eq!(top(&nav, 1), -530.0);
}

#[test]
fn what_moves_goes_on_when_the_board_changes() {
    let (before, after) = (drawn(5, &[1400; 5]), drawn(5, &[1400, 1400, 1400, 1400, 700]));
    let thrown = [false, true].map(|disturbed| {
        let mut nav = opened(&before, 5);
        drag(&mut nav, &before, -300.0);
        nav.update(&before, Event::Hand(Gesture::Throw { x: 0.0, y: -1500.0 }), secs(3));
        nav.update(&before, Event::Tick, secs(3) + ms(200));
        if disturbed {
            nav.update(&after, Event::Refreshed, secs(3) + ms(200));
        }
        nav.update(&after, Event::Tick, secs(9));
        let thrown = top(&nav, 1);
        nav.update(&after, Event::Larger, secs(10));
        nav.update(&after, Event::Tick, secs(10) + ms(50));
        if disturbed {
            nav.update(&before, Event::Refreshed, secs(10) + ms(60));
        }
        nav.update(&before, Event::Tick, secs(11));
        assert!((nav.reading().canvas().zoom() - 1.25).abs() < 1e-4, "a size of the steps, not one between them");
        thrown
    });
    assert!(thrown[0] < -1000.0 && thrown[0] == thrown[1], "{thrown:?}");
}

#[test]
fn the_page_that_is_read_stays_when_the_ones_above_it_are_drawn() {
    let (before, after) = (drawn(5, &[0, 0, 1400, 0, 0]), drawn(5, &[700, 2800, 1400, 700, 0]));
    let mut nav = opened(&before, 5);
    nav.update(&before, Event::GoTo(3), secs(3));
    nav.update(&before, Event::Hand(Gesture::Down), secs(3));
    drag(&mut nav, &before, 300.0);
    assert_eq!((nav.reading().page(), top(&nav, 3)), (3, 300.0));
    nav.update(&after, Event::Refreshed, secs(4));
    assert!((top(&nav, 3) - 300.0).abs() < 0.1, "{}", top(&nav, 3));
    // Who is at the beginning stays there.
    let mut nav = opened(&before, 5);
    nav.update(&after, Event::Refreshed, secs(4));
    assert_eq!(top(&nav, 1), 0.0);
}

#[test]
fn beyond_an_edge_the_finger_is_followed_at_once_on_its_way_back() {
    let view = drawn(5, &[1400; 5]);
    let mut nav = opened(&view, 5);
    drag(&mut nav, &view, 400.0);
    drag(&mut nav, &view, 380.0);
    assert_eq!(top(&nav, 1), -20.0);
}

#[test]
fn short_pages_near_the_end_can_be_reached_one_by_one() {
    // Slides: at the end three of them are in sight.
    let view = drawn(8, &[400; 8]);
    let mut nav = opened(&view, 8);
    let mut seen = Vec::new();
    for _ in 1..8 {
        nav.update(&view, Event::NextPage, secs(3));
        seen.push(nav.reading().page());
    }
    assert_eq!(seen, [2, 3, 4, 5, 6, 7, 8]);
    for _ in 1..8 {
        nav.update(&view, Event::PreviousPage, secs(3));
        seen.push(nav.reading().page());
    }
    assert_eq!(seen[7..], [7, 6, 5, 4, 3, 2, 1]);
    nav.update(&view, Event::GoTo(7), secs(4));
    nav.update(&drawn(8, &[400; 6]), Event::Refreshed, secs(4));
    assert!(nav.reading().page() <= 6, "the page that was asked for is gone");
    nav.update(&view, Event::ChoosePage, secs(5));
    nav.update(&view, Event::Digit(5), secs(5));
    nav.update(&drawn(8, &[400; 3]), Event::Refreshed, secs(5));
    assert_eq!(nav.reading().typed(), 0, "and so is a number that was being typed");
}

#[test]
fn two_quick_touches_of_a_strip_unfold_it_and_enlarge_nothing() {
    let mut view = drawn(3, &[1400; 3]);
    let PaperState::Ready(pages) = &mut view
        .postings
        .iter_mut()
        .find(|one| one.key == known(3))
        .expect("up")
        .papers
        .last_mut()
        .expect("an attachment")
        .state
    else {
        panic!("it can be read")
    };
    pages.sizes[0].blank = true;
    let mut nav = opened(&view, 3);
    nav.update(&view, Event::Unfold(0), secs(5));
    nav.update(&view, Event::Hand(Gesture::DoubleTap(Place::new(500.0, 40.0))), secs(5) + ms(250));
    nav.update(&view, Event::Tick, secs(6));
    assert_eq!((nav.page(), nav.reading().canvas().zoom()), (&Page::Document(known(3)), 1.0));
    assert!(!nav.reading().canvas().layout().pieces()[0].folded);
}
