//! Hands on the glass: contacts with their times in, gestures out; and where they lead the canvas.

use std::time::Duration;

use vyveska::hand::{Area, Contact, Deliver, Gesture, Hands, Phase};
use vyveska::nav::{Canvas, Fit, Frame, Layout, MAX_ZOOM, Way};

const AREA: Area = Area { x: 0.0, y: 300.0, width: 1000.0, height: 1300.0 };
const FRAME: Frame = Frame { width: 1000.0, height: 1300.0, page: 1000.0, fold: 80.0, tail: 0.0 };

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Hands on a glass where a logical pixel is a physical one; and the canvas they move.
struct Glass {
    hands: Hands,
    canvas: Canvas,
    /// What went to the controls.
    told: Vec<Deliver>,
    gestures: Vec<Gesture>,
}

impl Glass {
    fn new() -> Glass {
        let hands = Hands::default();
        hands.set_canvas(Some(AREA));
        let layout = Layout::new((0..61).map(|_| (1000, 1414, false)));
        Glass { hands, canvas: Canvas::new(FRAME, layout, false), told: Vec::new(), gestures: Vec::new() }
    }

    fn put(&mut self, id: u64, phase: Phase, x: f32, y: f32, at: u64) {
        self.wide(id, phase, (x, y), 0.0, ms(at));
    }

    fn wide(&mut self, id: u64, phase: Phase, (x, y): (f32, f32), length: f32, at: Duration) {
        self.told.extend(self.hands.report(Contact { id, phase, x, y, length }, 1.0, at));
        for (gesture, at) in self.hands.gestures() {
            self.canvas.follow(gesture, at);
            self.gestures.push(gesture);
        }
    }

    /// A finger from one place to another, `reports` times, and off the glass.
    fn swipe(&mut self, id: u64, from: (f32, f32), to: (f32, f32), begin: u64, time: u64, reports: u64) {
        self.put(id, Phase::Down, from.0, from.1, begin);
        for report in 1..=reports {
            let part = report as f32 / reports as f32;
            let place = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            let at = ms(begin) + ms(time).mul_f64(report as f64 / reports as f64);
            self.wide(id, Phase::Move, place, 0.0, at);
        }
        self.put(id, Phase::Up, to.0, to.1, begin + time);
    }

    fn tap(&mut self, id: u64, x: f32, y: f32, at: u64) {
        self.put(id, Phase::Down, x, y, at);
        self.put(id, Phase::Up, x, y, at + 60);
    }

    fn rest(&mut self, at: u64) -> (f32, f32, f32) {
        self.canvas.step(ms(at));
        (self.canvas.left(), self.canvas.top(), self.canvas.zoom())
    }

    fn throw(&self) -> (f32, f32) {
        let thrown = self.gestures.iter().rev().find_map(|gesture| match gesture {
            Gesture::Throw { x, y } => Some((*x, *y)),
            _ => None,
        });
        thrown.expect("a throw")
    }
}

#[test]
fn the_page_follows_the_finger_and_is_thrown_on() {
    let mut glass = Glass::new();
    glass.put(1, Phase::Down, 500.0, 1400.0, 0);
    for at in 1..=20 {
        glass.put(1, Phase::Move, 500.0, 1400.0 - at as f32 * 25.0, at * 10);
    }
    // The first 25 pixels made it a drag.
    assert_eq!(glass.rest(200), (0.0, -475.0, 1.0));
    glass.put(1, Phase::Up, 500.0, 900.0, 200);
    let (x, y) = glass.throw();
    assert!(x == 0.0 && (y + 2500.0).abs() < 1.0, "{x} {y}");
    let (_, top, _) = glass.rest(5_000);
    assert!(top < -1_500.0 && top > -4_000.0, "it went on to {top}");
    assert!(!glass.canvas.moves() && glass.told.is_empty());
}

#[test]
fn a_throw_leads_to_the_same_place_however_often_it_is_drawn_and_reported() {
    let thrown = |reports: u64, frames: u64| {
        let mut glass = Glass::new();
        glass.swipe(1, (500.0, 1500.0), (520.0, 700.0), 0, 200, reports);
        for frame in 1..=frames {
            glass.canvas.step(ms(200) + ms(4_000).mul_f64(frame as f64 / frames as f64));
        }
        glass.rest(4_200).1
    };
    let often = thrown(40, 480);
    assert_eq!(often.to_bits(), thrown(40, 7).to_bits(), "frames change nothing, to the bit");
    assert_eq!(often.to_bits(), thrown(40, 1).to_bits());
    for reports in [12, 24, 100, 200] {
        let other = thrown(reports, 60);
        // The way begins at the first report beyond 4 mm: at 60 reports a second up to 67 of 800 pixels later.
        assert!((other / often - 1.0).abs() < 0.03, "{reports} reports: {other}, 40: {often}");
    }
}

#[test]
fn speed_has_a_limit_and_a_jump_of_the_sensor_is_none() {
    let mut glass = Glass::new();
    glass.swipe(1, (500.0, 1550.0), (500.0, 350.0), 0, 80, 10);
    let (x, y) = glass.throw();
    assert!((x.hypot(y) - 5_000.0).abs() < 1.0, "{x} {y}");
    let far = glass.rest(9_000).1;
    assert!(far > -1_200.0 - 3_600.0, "{far}");

    let mut glass = Glass::new();
    glass.put(1, Phase::Down, 500.0, 1500.0, 0);
    glass.put(1, Phase::Move, 500.0, 1480.0, 20);
    glass.put(1, Phase::Move, 500.0, 400.0, 21);
    assert_eq!(glass.rest(21).1, 0.0, "nothing moved with it");
    glass.put(1, Phase::Move, 500.0, 380.0, 40);
    glass.put(1, Phase::Move, 500.0, 360.0, 60);
    glass.put(1, Phase::Up, 500.0, 360.0, 200);
    assert_eq!(glass.throw(), (0.0, 0.0), "it rested before it was lifted");
    assert_eq!(glass.rest(900).1, -20.0, "the finger is heard from where it is now");
}

#[test]
fn two_fingers_enlarge_about_what_lies_between_them() {
    let mut glass = Glass::new();
    glass.put(1, Phase::Down, 450.0, 900.0, 0);
    glass.put(2, Phase::Down, 550.0, 900.0, 120);
    for step in 1..=20 {
        let way = step as f32 * 10.0;
        glass.put(1, Phase::Move, 450.0 - way, 900.0, 120 + step * 16);
        glass.put(2, Phase::Move, 550.0 + way, 900.0, 124 + step * 16);
    }
    let (left, top, zoom) = glass.rest(500);
    // From 100 + what made it a pinch to 500.
    assert!((3.8..=4.5).contains(&zoom), "{zoom}");
    // What was at 500, 600 of the canvas is still there: the middle of the page's width, 600 below its top.
    assert!((left + 0.5 * 1000.0 * zoom - 500.0).abs() < 12.0, "{left} {zoom}");
    assert!((top + 600.0 * zoom - 600.0).abs() < 30.0, "{top} {zoom}");
    glass.put(2, Phase::Up, 750.0, 900.0, 460);
    glass.put(1, Phase::Up, 250.0, 900.0, 480);
    let after = glass.rest(3_000);
    assert_eq!((after, glass.told.len()), ((left, top, zoom), 0), "lifting them throws nothing and presses nothing");
}

#[test]
fn two_short_touches_enlarge_about_the_finger_and_back() {
    let mut glass = Glass::new();
    glass.tap(1, 250.0, 800.0, 0);
    assert_eq!(glass.told.len(), 2, "each single touch is for what lies on the page");
    glass.tap(2, 258.0, 806.0, 200);
    assert_eq!(glass.told.len(), 2);
    let (left, top, zoom) = glass.rest(600);
    assert_eq!(zoom, 2.5);
    assert!((left + 0.258 * 2500.0 - 258.0).abs() < 1.0 && (top + 506.0 * 2.5 - 506.0).abs() < 1.0, "{left} {top}");
    glass.tap(3, 600.0, 900.0, 2_000);
    glass.tap(4, 600.0, 900.0, 2_200);
    assert_eq!(glass.rest(3_000).2, 1.0);
    // Too late, or elsewhere: two touches.
    glass.tap(5, 600.0, 900.0, 4_000);
    glass.tap(6, 600.0, 900.0, 4_600);
    glass.tap(7, 200.0, 500.0, 4_800);
    assert_eq!(glass.rest(6_000).2, 1.0);
}

#[test]
fn a_raindrop_changes_nothing_under_a_finger() {
    let run = |rain: bool| {
        let mut glass = Glass::new();
        glass.put(1, Phase::Down, 500.0, 1400.0, 0);
        for at in 1..=30u64 {
            if rain && at == 10 {
                glass.put(2, Phase::Down, 200.0, 500.0, 95);
            }
            if rain && at == 14 {
                glass.put(2, Phase::Move, 201.0, 503.0, 135);
            }
            if rain && at == 20 {
                glass.put(2, Phase::Up, 201.0, 503.0, 195);
            }
            glass.put(1, Phase::Move, 500.0, 1400.0 - at as f32 * 20.0, at * 10);
        }
        glass.put(1, Phase::Up, 500.0, 800.0, 300);
        (glass.rest(4_000), glass.told.len())
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn rain_alone_moves_and_enlarges_nothing() {
    let mut glass = Glass::new();
    for drop in 0..400u64 {
        let (x, y) = ((drop * 379 % 1000) as f32, 300.0 + (drop * 691 % 1300) as f32);
        glass.put(drop % 7, Phase::Down, x, y, drop * 40);
        glass.put(drop % 7, Phase::Up, x, y, drop * 40 + 30);
    }
    assert_eq!(glass.rest(60_000), (0.0, 0.0, 1.0));
}

#[test]
fn a_palm_and_a_whole_hand_are_nobody() {
    let mut glass = Glass::new();
    glass.wide(1, Phase::Down, (500.0, 1400.0), 200.0, ms(0));
    for at in 1..=20 {
        glass.wide(1, Phase::Move, (500.0, 1400.0 - at as f32 * 30.0), 200.0, ms(at * 10));
    }
    glass.wide(1, Phase::Up, (500.0, 800.0), 200.0, ms(210));
    // One that is laid down from its edge grows.
    glass.wide(2, Phase::Down, (500.0, 1400.0), 30.0, ms(1_000));
    glass.wide(2, Phase::Move, (500.0, 1390.0), 150.0, ms(1_020));
    glass.wide(2, Phase::Move, (500.0, 900.0), 150.0, ms(1_200));
    glass.wide(2, Phase::Up, (500.0, 900.0), 150.0, ms(1_220));
    for finger in 0..5 {
        glass.put(10 + finger, Phase::Down, 300.0 + 80.0 * finger as f32, 900.0, 2_000 + finger * 4);
    }
    for finger in 0..5 {
        glass.put(10 + finger, Phase::Move, 300.0 + 80.0 * finger as f32, 500.0, 2_200 + finger * 4);
        glass.put(10 + finger, Phase::Up, 300.0 + 80.0 * finger as f32, 500.0, 2_300 + finger * 4);
    }
    assert_eq!((glass.rest(5_000), glass.told.len()), ((0.0, 0.0, 1.0), 0));
    glass.swipe(30, (500.0, 1400.0), (500.0, 900.0), 6_000, 300, 30);
    assert!(glass.rest(9_000).1 < -400.0, "the next finger is heard");
}

#[test]
fn a_third_finger_and_a_hand_on_the_controls_are_nobody_while_two_pinch() {
    let mut glass = Glass::new();
    glass.put(1, Phase::Down, 400.0, 900.0, 0);
    glass.put(2, Phase::Down, 600.0, 900.0, 50);
    glass.put(1, Phase::Move, 370.0, 900.0, 80);
    glass.put(2, Phase::Move, 630.0, 900.0, 90);
    glass.put(3, Phase::Down, 500.0, 1200.0, 100);
    glass.put(1, Phase::Move, 340.0, 900.0, 110);
    glass.put(2, Phase::Move, 660.0, 900.0, 120);
    let zoom = glass.rest(130).2;
    assert!(zoom > 1.1, "{zoom}");
    glass.put(3, Phase::Move, 500.0, 700.0, 140);
    glass.put(3, Phase::Up, 500.0, 700.0, 150);
    glass.put(4, Phase::Down, 500.0, 1700.0, 160);
    glass.put(4, Phase::Up, 500.0, 1700.0, 200);
    assert_eq!((glass.rest(210).2, glass.told.len()), (zoom, 0));
}

#[test]
fn a_contact_that_the_sensor_forgot_to_lift_gives_way() {
    let mut glass = Glass::new();
    glass.put(1, Phase::Down, 100.0, 400.0, 0);
    glass.put(2, Phase::Down, 900.0, 1500.0, 10);
    // Both lie there for ever; then somebody comes.
    glass.swipe(3, (500.0, 1400.0), (500.0, 900.0), 10_000, 300, 30);
    assert!(glass.rest(15_000).1 < -400.0);
    // And the same number again.
    glass.put(3, Phase::Down, 500.0, 1400.0, 20_000);
    let before = glass.rest(20_000).1;
    glass.swipe(3, (500.0, 900.0), (500.0, 1400.0), 20_500, 300, 30);
    assert!(glass.rest(25_000).1 > before + 400.0);
}

#[test]
fn a_hand_that_leans_on_the_controls_presses_none_while_a_finger_moves_the_page() {
    let mut glass = Glass::new();
    glass.put(1, Phase::Down, 500.0, 1400.0, 0);
    glass.put(2, Phase::Down, 500.0, 1750.0, 40);
    glass.put(1, Phase::Move, 500.0, 1100.0, 200);
    glass.put(2, Phase::Up, 500.0, 1750.0, 300);
    glass.put(1, Phase::Up, 500.0, 1100.0, 400);
    assert!(glass.told.is_empty(), "{:?}", glass.told);
    glass.tap(3, 500.0, 1750.0, 1_000);
    assert_eq!(glass.told.len(), 2, "alone it is a finger");
}

#[test]
fn buttons_do_what_fingers_do() {
    let layout = Layout::new((0..61).map(|_| (1000, 1414, false)));
    let mut canvas = Canvas::new(FRAME, layout, false);
    let mut at = ms(0);
    let mut do_it = |canvas: &mut Canvas, act: &dyn Fn(&mut Canvas, Duration)| {
        act(canvas, at);
        at += ms(500);
        canvas.step(at);
    };
    assert!(!canvas.can_go(Way::Left) && !canvas.can_go(Way::Right) && !canvas.can_go(Way::Up));
    for _ in 0..20 {
        do_it(&mut canvas, &|canvas, at| canvas.resize(true, at));
    }
    assert!((canvas.zoom() - MAX_ZOOM).abs() < 0.01 && !canvas.can_grow());
    assert!(canvas.can_go(Way::Left) && canvas.can_go(Way::Right));
    do_it(&mut canvas, &|canvas, at| canvas.fit(Fit::Page, at));
    let (top, bottom) = canvas.extent(0);
    assert!(top == 0.0 && (bottom - FRAME.height).abs() < 1.0 && canvas.fits(Fit::Page) && !canvas.can_shrink());
    do_it(&mut canvas, &|canvas, at| canvas.fit(Fit::Width, at));
    assert!((canvas.zoom() - 1.0).abs() < 1e-5 && canvas.left().abs() < 1e-3);
    canvas.go_to(41);
    assert_eq!((canvas.page(), canvas.extent(40).0.abs() < 1.0), (41, true));
    canvas.turn();
    assert_eq!((canvas.page(), canvas.layout().quarter()), (41, 1));
    let (top, bottom) = canvas.extent(40);
    assert!(top.abs() < 1.0 && (bottom - top - 1000.0 / 1.414).abs() < 1.0, "a turned page is as wide as before");
    do_it(&mut canvas, &|canvas, at| canvas.scroll(Way::Down, at));
    assert_eq!(canvas.page(), 43);
}

#[test]
fn blank_pages_fold_into_one_strip_that_unfolds() {
    let blank = |page: u32| matches!(page, 2 | 4 | 5);
    let layout = Layout::new((1..=6).map(|page| (1000, 1400, blank(page))));
    let mut canvas = Canvas::new(FRAME, layout, false);
    let pieces: Vec<_> = canvas.layout().pieces().iter().map(|piece| (piece.first, piece.last, piece.folded)).collect();
    assert_eq!(pieces, [(1, 1, false), (2, 2, true), (3, 3, false), (4, 5, true), (6, 6, false)]);
    assert_eq!(canvas.extent(3).1 - canvas.extent(3).0, FRAME.fold);
    canvas.go_to(3);
    let before = canvas.extent(2).0;
    canvas.unfold(3);
    assert_eq!((canvas.layout().pieces().len(), canvas.extent(2).0), (6, before), "what is read stays where it is");
    canvas.go_to(2);
    assert!(!canvas.layout().pieces()[1].folded && canvas.page() == 2);
    let all = Layout::new((1..=3).map(|_| (1000, 1400, true)));
    assert!(all.pieces().iter().all(|piece| !piece.folded), "a document of blank pages alone is shown as it is");
}

#[test]
fn the_touch_that_stops_a_throw_presses_nothing_and_the_next_one_does() {
    let mut glass = Glass::new();
    glass.swipe(1, (500.0, 1500.0), (500.0, 700.0), 0, 200, 30);
    glass.hands.set_moving(true);
    glass.tap(2, 500.0, 900.0, 600);
    assert!(glass.told.is_empty(), "{:?}", glass.told);
    assert!(!glass.canvas.moves(), "it stands");
    let stands = glass.rest(700);
    glass.tap(3, 500.0, 900.0, 900);
    assert_eq!((glass.told.len(), glass.rest(2_000)), (2, stands), "a press, and no second of two");
    glass.hands.set_moving(true);
    glass.swipe(4, (500.0, 700.0), (500.0, 900.0), 3_000, 200, 30);
    assert!(glass.rest(9_000).1 > stands.1 + 150.0, "what stops may also drag on");
}

#[test]
fn an_old_hand_presses_long() {
    let mut glass = Glass::new();
    for (at, long, told) in [(0, 900, 2), (5_000, 2_500, 4), (10_000, 3_500, 4)] {
        glass.put(1, Phase::Down, 500.0, 900.0, at);
        glass.put(1, Phase::Move, 506.0, 895.0, at + 300);
        glass.put(1, Phase::Up, 506.0, 895.0, at + long);
        assert_eq!(glass.told.len(), told, "after {long} ms");
    }
    assert_eq!(glass.rest(20_000), (0.0, 0.0, 1.0));
}

#[test]
fn the_second_of_two_presses_is_nobody_if_the_first_led_to_another_page() {
    let mut glass = Glass::new();
    glass.tap(1, 500.0, 1750.0, 0);
    glass.tap(2, 500.0, 1750.0, 250);
    assert_eq!(glass.told.len(), 4, "the same page: it was pressed twice");
    glass.hands.other_page();
    glass.tap(3, 505.0, 1745.0, 500);
    assert_eq!(glass.told.len(), 4);
    glass.tap(4, 300.0, 1750.0, 600);
    assert_eq!(glass.told.len(), 6, "elsewhere somebody means it");
    glass.hands.other_page();
    glass.tap(5, 300.0, 1750.0, 1_200);
    assert_eq!(glass.told.len(), 8, "so they do later");
}

#[test]
fn a_cloudburst_is_nobody_until_it_stops_and_ten_fingers_that_drum_are_somebody() {
    let mut drumming = Glass::new();
    (0..40).for_each(|beat| drumming.tap(beat, 100.0, 100.0, beat * 100));
    let pressed = |glass: &Glass| glass.told.iter().filter(|told| told.phase == Phase::Down).count();
    assert_eq!((pressed(&drumming), drumming.hands.ignored()), (40, 0));
    let mut wet = Glass::new();
    let drop = |glass: &mut Glass, drop: u64| {
        glass.put(drop, Phase::Down, 100.0, 100.0, drop * 20);
        glass.put(drop, Phase::Up, 100.0, 100.0, drop * 20 + 10);
    };
    (0..500).for_each(|number| drop(&mut wet, number));
    assert!(pressed(&wet) < 12 && wet.hands.ignored() > 480, "{} pressed", pressed(&wet));
    let before = pressed(&wet);
    wet.tap(1_000, 100.0, 100.0, 11_500);
    assert_eq!(pressed(&wet), before + 1, "the rain has stopped");
}

#[test]
fn what_only_lies_there_keeps_no_session_alive_and_is_told() {
    let mut glass = Glass::new();
    glass.put(1, Phase::Down, 500.0, 100.0, 0);
    for second in 1..=120 {
        // Ice trembles a little.
        glass.put(1, Phase::Move, 500.0 + (second % 2) as f32, 100.0, second * 1000);
    }
    assert_eq!(glass.hands.finger_at(), Some(ms(3_000)));
    assert_eq!((glass.hands.stuck(ms(30_000)), glass.hands.stuck(ms(120_000))), (0, 1));
    glass.tap(2, 100.0, 100.0, 121_000);
    assert_eq!(glass.hands.finger_at(), Some(ms(121_060)), "a finger is heard all the same");
    glass.put(1, Phase::Up, 500.0, 100.0, 122_000);
    assert_eq!(glass.hands.stuck(ms(200_000)), 0);
}
