//! The service page as a function of what happened and when.

use std::time::Duration;

use vyveska::hand::{Contact, Phase};
use vyveska::pin::{Code, Verdict};
use vyveska::service::{Act, Deed, Event, HOLD, Outcome, Pattern, Place, Service, Sign, Surface, Tab, Word};
use vyveska::touch::{Sensor, Trace};

/// A glass of 1080 × 1920 pixels, in cells of 25 mm.
const GLASS: Surface = Surface { width: 1080, height: 1920, cell: 67.8 };

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// With a PIN to be asked for.
fn locked() -> Service {
    let mut service = Service::default();
    service.update(Event::Locked, Duration::ZERO);
    service
}

/// Lets time pass as the panel does, tick by tick; what came of it.
fn pass(service: &mut Service, from: Duration, to: Duration) -> Vec<Act> {
    let (mut at, mut acts) = (from, Vec::new());
    while let Some(due) = service.due(at).filter(|due| *due <= to) {
        assert!(due > at || service.due(due) != Some(due), "it asks for {due:?} again and again");
        at = due;
        acts.extend(service.update(Event::Tick, at).into_iter().filter(|act| *act != Act::Show));
    }
    acts
}

fn at_the_pad() -> Service {
    let mut service = locked();
    service.update(Event::Hold(true), Duration::ZERO);
    assert_eq!(pass(&mut service, Duration::ZERO, HOLD), [Act::Taken]);
    assert_eq!(service.place(), Place::Pad);
    service
}

fn open(tab: Tab) -> Service {
    let mut service = at_the_pad();
    service.update(Event::Judged(Verdict::Right), HOLD);
    service.update(Event::Turn(tab), HOLD);
    assert_eq!(service.place(), Place::Open(tab));
    service
}

#[test]
fn a_finger_that_stays_for_five_seconds_finds_the_pad_and_sees_it_coming_from_the_second_one_on() {
    let mut service = locked();
    service.update(Event::Hold(true), ms(500));
    pass(&mut service, ms(500), ms(1500));
    assert_eq!(service.door(ms(1500)), 0.0, "nothing shows in the first second");
    pass(&mut service, ms(1500), ms(3500));
    assert!((0.45..0.55).contains(&service.door(ms(3500))), "{}", service.door(ms(3500)));
    assert_eq!(service.place(), Place::Closed);
    assert_eq!(pass(&mut service, ms(3500), ms(5500)), [Act::Taken]);
    assert_eq!((service.place(), service.door(ms(5500))), (Place::Pad, 0.0));
}

#[test]
fn a_finger_that_leaves_earlier_finds_nothing() {
    let mut service = locked();
    service.update(Event::Hold(true), Duration::ZERO);
    pass(&mut service, Duration::ZERO, ms(4900));
    service.update(Event::Hold(false), ms(4900));
    service.update(Event::Hold(true), ms(4950));
    assert_eq!(pass(&mut service, ms(4950), ms(9900)), []);
    assert_eq!(service.place(), Place::Closed);
}

#[test]
fn without_a_pin_nobody_is_asked_for_one() {
    let mut service = Service::default();
    service.update(Event::Hold(true), Duration::ZERO);
    assert_eq!((service.due(Duration::ZERO), service.door(seconds(3))), (None, 0.0));
    service.update(Event::Tick, seconds(10));
    assert_eq!(service.place(), Place::Closed);
}

#[test]
fn seven_times_back_is_the_way_in_without_a_touch() {
    let mut service = locked();
    for press in 1..=6 {
        service.update(Event::BackAtTheWall, seconds(press));
        assert_eq!(service.place(), Place::Closed);
        assert_eq!(service.door(seconds(press)) > 0.0, press > 2, "press {press}");
    }
    service.update(Event::BackAtTheWall, seconds(7));
    assert_eq!(service.place(), Place::Pad);
    let mut slow = locked();
    for press in 1..=20 {
        let at = seconds(3 * press);
        slow.update(Event::BackAtTheWall, at);
        pass(&mut slow, at, at + ms(2900));
        assert_eq!(slow.door(at + ms(2900)), 0.0);
    }
    assert_eq!(slow.place(), Place::Closed);
}

#[test]
fn the_pad_takes_eight_digits_and_hands_them_over_once() {
    let mut service = at_the_pad();
    let at = HOLD;
    assert_eq!(service.update(Event::Enter, at), [Act::Show], "nothing is no PIN");
    for digit in [4, 8, 2, 9, 1, 3, 7, 5, 6, 0] {
        service.update(Event::Digit(digit), at);
    }
    assert_eq!(service.typed(), 8);
    service.update(Event::Erase, at);
    service.update(Event::Erase, at);
    let code = Code::parse("482913").expect("a PIN");
    assert_eq!(service.update(Event::Enter, at), [Act::Judge(code), Act::Show]);
    assert_eq!(service.typed(), 0);
    service.update(Event::Judged(Verdict::Wrong { wait: Duration::ZERO }), at);
    assert_eq!((service.place(), service.word(at)), (Place::Pad, Word::Wrong));
    let acts = service.update(Event::Judged(Verdict::Right), at);
    assert_eq!((service.place(), acts), (Place::Open(Tab::Panel), vec![Act::Entered, Act::Show]));
}

#[test]
fn who_has_to_wait_sees_the_seconds_and_is_not_judged() {
    let mut service = at_the_pad();
    service.update(Event::Judged(Verdict::Wrong { wait: seconds(30) }), seconds(6));
    assert_eq!(service.word(seconds(6)), Word::Wait(30));
    assert_eq!(service.word(ms(6001)), Word::Wait(30));
    assert_eq!(service.due(seconds(6)), Some(seconds(7)));
    assert_eq!(service.word(seconds(7)), Word::Wait(29));
    (0..4).for_each(|digit| drop(service.update(Event::Digit(digit), seconds(8))));
    assert_eq!(service.update(Event::Enter, seconds(9)), [Act::Show]);
    assert!(matches!(service.update(Event::Enter, seconds(36))[..], [Act::Judge(_), Act::Show]));
}

#[test]
fn the_pad_goes_after_half_a_minute_and_the_page_after_five() {
    let mut pad = at_the_pad();
    assert_eq!(pass(&mut pad, HOLD, HOLD + ms(29_990)), []);
    assert_eq!(pass(&mut pad, HOLD + ms(29_990), HOLD + seconds(30)), [Act::Left]);
    assert_eq!((pad.place(), pad.due(seconds(40))), (Place::Closed, None));
    for (mut service, inside) in [(open(Tab::Deeds), None), (open(Tab::Tests), Some(Event::Fingers(GLASS)))] {
        inside.into_iter().for_each(|event| drop(service.update(event, HOLD)));
        service.update(Event::Active, seconds(100));
        assert_eq!(pass(&mut service, seconds(100), ms(399_990)), []);
        assert_eq!(pass(&mut service, ms(399_990), seconds(400)), [Act::Left]);
    }
}

#[test]
fn patterns_follow_each_other_and_lead_back() {
    let mut service = open(Tab::Tests);
    service.update(Event::Patterns, HOLD);
    for pattern in Pattern::ALL {
        assert_eq!(service.place(), Place::Pattern(pattern));
        assert!(service.caption(HOLD) && !service.caption(HOLD + seconds(3)), "its name does not stay");
        service.update(Event::Next, HOLD);
    }
    assert_eq!(service.place(), Place::Open(Tab::Tests));
    service.update(Event::Patterns, HOLD);
    service.update(Event::Back, HOLD);
    assert_eq!(service.place(), Place::Open(Tab::Tests));
    assert_eq!(service.update(Event::Back, HOLD), [Act::Left, Act::Show]);
}

#[test]
fn a_made_pin_counts_only_when_somebody_wrote_it_down() {
    let mut service = Service::default();
    let code = Code::parse("482913").expect("a PIN");
    service.update(Event::Made(code.clone()), seconds(1));
    assert_eq!((service.place(), service.made()), (Place::Card, Some(&code)));
    assert!(!service.has_the_glass(), "the board goes on above it");
    // It waits for half an hour, and no gesture passes it.
    assert_eq!(service.due(seconds(1)), Some(seconds(1801)));
    service.update(Event::Hold(true), seconds(2));
    service.update(Event::Tick, seconds(1800));
    assert_eq!(service.place(), Place::Card);
    assert_eq!(service.update(Event::Noted, seconds(1800)), [Act::Agree(code), Act::Show]);
    assert_eq!((service.place(), service.made()), (Place::Closed, None));
}

#[test]
fn the_sign_lies_over_the_board_for_a_minute_or_until_it_is_touched() {
    let mut service = Service::default();
    let sign = Sign { place: "Lhota, náves".into(), code: "1f2e\u{a0}3d4c".into() };
    assert_eq!(service.update(Event::Sign(sign.clone()), seconds(1)), [Act::Show]);
    assert_eq!((service.place(), service.sign(), service.has_the_glass()), (Place::Sign, Some(&sign), false));
    assert_eq!(service.due(seconds(1)), Some(seconds(61)));
    service.update(Event::Tick, seconds(60));
    assert_eq!(service.place(), Place::Sign);
    assert_eq!(service.update(Event::Tick, seconds(61)), [Act::Show]);
    assert_eq!((service.place(), service.sign()), (Place::Closed, None));
    service.update(Event::Sign(sign.clone()), seconds(70));
    assert_eq!(service.update(Event::Active, seconds(71)), [Act::Show]);
    assert_eq!(service.place(), Place::Closed);
    // It comes over nothing that somebody else has there.
    service.update(Event::Made(Code::parse("482913").expect("a PIN")), seconds(80));
    service.update(Event::Sign(sign), seconds(81));
    assert_eq!(service.place(), Place::Card);
}

#[test]
fn a_pin_that_nobody_notes_gives_the_board_free_and_never_counts() {
    let mut service = Service::default();
    service.update(Event::Made(Code::parse("482913").expect("a PIN")), seconds(1));
    // A passer-by's touches do not keep it there.
    service.update(Event::Active, seconds(1700));
    assert_eq!(service.update(Event::Tick, seconds(1801)), [Act::Show]);
    assert_eq!((service.place(), service.made()), (Place::Closed, None));
    assert_eq!(service.update(Event::Noted, seconds(1802)), [Act::Show], "there is nothing to agree on");
}

#[test]
fn from_outside_nothing_of_it_can_be_reached() {
    let inside = [
        Event::Digit(1),
        Event::Enter,
        Event::Judged(Verdict::Right),
        Event::Turn(Tab::Deeds),
        Event::Fingers(GLASS),
        Event::Patterns,
        Event::Next,
        Event::Noted,
        Event::Want(Deed::Reboot),
        Event::Want(Deed::SyncNow),
        Event::Confirm(true),
    ];
    for event in inside.clone() {
        let mut service = locked();
        assert_eq!(service.update(event.clone(), seconds(1)), [Act::Show], "{event:?}");
        assert_eq!(service.place(), Place::Closed, "{event:?}");
    }
    for event in inside.into_iter().filter(|event| !matches!(event, Event::Judged(_))) {
        let mut service = at_the_pad();
        service.update(event.clone(), HOLD);
        assert_eq!(service.place(), Place::Pad, "{event:?}");
    }
}

#[test]
fn what_is_grave_is_asked_about_and_done_once() {
    for deed in [Deed::Reboot, Deed::RestartPanel, Deed::Release("lhota".into())] {
        let mut service = open(Tab::Deeds);
        assert_eq!(service.update(Event::Want(deed.clone()), HOLD), [Act::Show]);
        assert_eq!(service.asked(), Some(&deed));
        assert_eq!(service.update(Event::Confirm(false), HOLD), [Act::Show], "no is no");
        assert_eq!(service.update(Event::Confirm(true), HOLD), [Act::Show], "nothing is asked any more");
        service.update(Event::Want(deed.clone()), HOLD);
        service.update(Event::Turn(Tab::Panel), HOLD);
        assert_eq!(service.asked(), None, "who goes elsewhere has not said yes");
        service.update(Event::Turn(Tab::Deeds), HOLD);
        service.update(Event::Want(deed.clone()), HOLD);
        assert_eq!(service.update(Event::Confirm(true), HOLD), [Act::Do(deed), Act::Show]);
    }
    for deed in [Deed::SyncNow, Deed::Maintenance(120), Deed::Bundle] {
        let mut service = open(Tab::Deeds);
        assert_eq!(service.update(Event::Want(deed.clone()), HOLD), [Act::Do(deed.clone()), Act::Show]);
        service.update(Event::Told(deed.clone(), Outcome::Sent, String::new()), HOLD);
        assert_eq!(service.told(), Some(&(deed, Outcome::Sent, String::new())));
    }
}

#[test]
fn every_cell_that_something_touched_turns() {
    let mut service = open(Tab::Tests);
    service.update(Event::Fingers(GLASS), HOLD);
    let fingers = service.fingers().expect("the touch test");
    assert_eq!((fingers.columns(), fingers.rows()), (16, 28));
    let contact = |id, phase, x, y| Event::Contact(Contact { id, phase, x, y, length: 0.0 });
    for event in [
        contact(7, Phase::Down, 0.0, 0.0),
        contact(8, Phase::Down, 1079.0, 1919.0),
        contact(7, Phase::Move, 100.0, 0.0),
        // Off the glass: the sensor is wider than it.
        contact(9, Phase::Down, -5.0, 2000.0),
        contact(8, Phase::Up, 1079.0, 1919.0),
    ] {
        service.update(event, HOLD);
    }
    let fingers = service.fingers().expect("the touch test");
    let painted: Vec<usize> = (0..fingers.cells().len()).filter(|at| fingers.cells()[*at]).collect();
    assert_eq!(painted, [0, 1, 16 * 28 - 1]);
    assert_eq!(fingers.dots(), [(7, 100.0, 0.0), (9, -5.0, 2000.0)]);
    service.update(Event::Back, HOLD);
    assert_eq!((service.place(), service.fingers()), (Place::Open(Tab::Tests), None));
}

#[test]
fn a_recording_is_read_back_as_it_was_touched() {
    let mut service = open(Tab::Tests);
    service.update(Event::Fingers(GLASS), HOLD);
    let touched = [
        (10, Contact { id: 40, phase: Phase::Down, x: 100.0, y: 200.0, length: 30.0 }),
        (18, Contact { id: 41, phase: Phase::Down, x: 900.0, y: 1900.0, length: 0.0 }),
        (26, Contact { id: 40, phase: Phase::Move, x: 120.0, y: 260.0, length: 32.0 }),
        (34, Contact { id: 40, phase: Phase::Up, x: 120.0, y: 260.0, length: 0.0 }),
        (1042, Contact { id: 41, phase: Phase::Up, x: 900.0, y: 1900.0, length: 0.0 }),
    ];
    service.update(Event::Contact(touched[1].1), HOLD);
    assert_eq!(service.update(Event::Want(Deed::Recording), HOLD), [Act::Show]);
    for (after, contact) in touched {
        service.update(Event::Contact(contact), HOLD + ms(after));
    }
    assert_eq!(service.recorded(HOLD + ms(1042)), Some(ms(1042)));
    let acts = service.update(Event::Want(Deed::Recording), HOLD + ms(1100));
    let [Act::Keep(text), Act::Show] = &acts[..] else { panic!("{acts:?}") };
    let trace: Trace = text.parse().expect("as evemu writes it");
    let mut sensor = Sensor::new(|code| trace.axis(code), 1080, 1920).expect("a sensor");
    let heard: Vec<(u64, Contact)> = (trace.events().iter())
        .flat_map(|event| sensor.take(*event).into_iter().map(|contact| (event.at.as_millis() as u64, contact)))
        .collect();
    let plain = |contact: &Contact| (contact.phase, contact.x.floor(), contact.y.floor());
    let expected: Vec<_> = touched.iter().map(|(after, contact)| (after - 10, plain(contact))).collect();
    assert_eq!(heard.iter().map(|(after, contact)| (*after, plain(contact))).collect::<Vec<_>>(), expected);
}
