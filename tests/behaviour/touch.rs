//! The kernel's touch events in, contacts out: as its multi-touch-protocol document says, and as sensors do besides.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use vyveska::hand::{Contact, Phase};
use vyveska::touch::*;

const AXES: [(u16, Axis); 4] = [
    (ABS_MT_SLOT, Axis { min: 0, max: 9, per_mm: 0 }),
    (ABS_MT_POSITION_X, Axis { min: 100, max: 4099, per_mm: 10 }),
    (ABS_MT_POSITION_Y, Axis { min: 0, max: 3999, per_mm: 5 }),
    (ABS_MT_TOUCH_MAJOR, Axis { min: 0, max: 255, per_mm: 2 }),
];

fn sensor(axes: &[(u16, Axis)]) -> Sensor {
    let axis = |code| axes.iter().find(|(known, _)| *known == code).map(|(_, axis)| *axis);
    Sensor::new(axis, 1080, 1920).expect("a touch screen")
}

/// Hands in a report: kind, code and value of each event, and the end.
fn report(sensor: &mut Sensor, events: &[(u16, u16, i32)]) -> Vec<Contact> {
    let end = [(EV_SYN, SYN_REPORT, 0)];
    let event = |&(kind, code, value)| Event { at: Duration::ZERO, kind, code, value };
    events.iter().chain(&end).flat_map(|told| sensor.take(event(told))).collect()
}

const fn slot(number: i32) -> (u16, u16, i32) {
    (EV_ABS, ABS_MT_SLOT, number)
}

const fn id(number: i32) -> (u16, u16, i32) {
    (EV_ABS, ABS_MT_TRACKING_ID, number)
}

const fn x(value: i32) -> (u16, u16, i32) {
    (EV_ABS, ABS_MT_POSITION_X, value)
}

const fn y(value: i32) -> (u16, u16, i32) {
    (EV_ABS, ABS_MT_POSITION_Y, value)
}

const DROPPED: (u16, u16, i32) = (EV_SYN, SYN_DROPPED, 0);

fn phases(contacts: &[Contact]) -> Vec<(u64, Phase)> {
    contacts.iter().map(|contact| (contact.id, contact.phase)).collect()
}

#[test]
fn the_example_of_the_kernels_document() {
    let mut sensor = sensor(&AXES);
    let down = report(&mut sensor, &[slot(0), id(45), x(1100), y(2000), slot(1), id(46), x(3100), y(200)]);
    assert_eq!(phases(&down), [(1, Phase::Down), (2, Phase::Down)]);
    // A quarter of the way, at the middle of its unit.
    assert!((down[0].x - 270.0).abs() < 0.2 && (down[0].y - 960.0).abs() < 0.3, "{down:?}");
    let moved = report(&mut sensor, &[slot(0), x(1500)]);
    assert_eq!(phases(&moved), [(1, Phase::Move)]);
    assert!((moved[0].x - 378.0).abs() < 0.2 && moved[0].y == down[0].y, "{moved:?}");
    assert_eq!(phases(&report(&mut sensor, &[id(-1)])), [(1, Phase::Up)]);
    assert_eq!(phases(&report(&mut sensor, &[slot(1), y(300), id(-1)])), [(2, Phase::Up)]);
    assert_eq!(report(&mut sensor, &[]), []);
}

#[test]
fn a_finger_that_comes_down_in_the_place_of_the_last_one_is_there() {
    let mut sensor = sensor(&AXES);
    let first = report(&mut sensor, &[id(1), x(1100), y(2000)]);
    report(&mut sensor, &[id(-1)]);
    // The kernel keeps what did not change to itself.
    let second = report(&mut sensor, &[id(2)]);
    assert_eq!(phases(&second), [(2, Phase::Down)]);
    assert_eq!((second[0].x, second[0].y), (first[0].x, first[0].y));
}

#[test]
fn a_contact_that_takes_the_place_of_another_lifts_it() {
    let mut sensor = sensor(&AXES);
    report(&mut sensor, &[id(7), x(1100), y(2000)]);
    let replaced = report(&mut sensor, &[id(8), x(2100)]);
    assert_eq!(phases(&replaced), [(1, Phase::Up), (2, Phase::Down)]);
    assert!(replaced[0].x < 300.0 && replaced[1].x > 500.0, "each where it was: {replaced:?}");
    // A number that was used before, in two slots at once, is two other contacts.
    let others = report(&mut sensor, &[slot(1), id(7), x(600), y(0), slot(2), id(7), x(700), y(0)]);
    assert_eq!(phases(&others), [(3, Phase::Down), (4, Phase::Down)]);
    assert_eq!(report(&mut sensor, &[slot(2), id(7)]), [], "told twice");
}

#[test]
fn what_lies_beyond_the_glass_or_the_slots_hurts_nobody() {
    let mut sensor = sensor(&AXES);
    let beyond = report(&mut sensor, &[id(1), x(i32::MIN), y(i32::MAX)]);
    assert!(beyond[0].x >= 0.0 && beyond[0].x < 1.0 && beyond[0].y > 1919.0 && beyond[0].y <= 1920.0, "{beyond:?}");
    for nowhere in [-1, 10, i32::MAX, i32::MIN] {
        assert_eq!(report(&mut sensor, &[slot(nowhere), id(5), x(9), y(9)]), [], "slot {nowhere}");
    }
    assert_eq!(phases(&report(&mut sensor, &[slot(0), id(-1)])), [(1, Phase::Up)]);
    assert_eq!(report(&mut sensor, &[slot(3), id(6), x(2000)]), [], "its row is not known yet");
    assert_eq!(phases(&report(&mut sensor, &[y(5)])), [(2, Phase::Down)]);
    // And what is no touch at all.
    assert_eq!(report(&mut sensor, &[(EV_KEY, BTN_TOUCH, 0), (EV_ABS, ABS_X, 3), (17, 1, 1), (EV_SYN, 2, 0)]), []);
}

#[test]
fn dropped_events_cancel_and_what_lies_there_then_is_nobody_until_it_is_lifted() {
    let mut sensor = sensor(&AXES);
    report(&mut sensor, &[id(1), x(1100), y(2000)]);
    let dropped = report(&mut sensor, &[x(1200), DROPPED, id(-1), slot(4), x(3000)]);
    assert_eq!(phases(&dropped), [(1, Phase::Cancel)]);
    // Its state: a finger that was already there or came meanwhile, and the slot that is spoken of.
    assert_eq!(report(&mut sensor, &[slot(0), id(2), x(1500), y(2000), slot(1), id(-1), slot(0)]), []);
    assert_eq!(report(&mut sensor, &[x(1600)]), []);
    assert_eq!(report(&mut sensor, &[id(-1)]), []);
    let next = report(&mut sensor, &[id(3)]);
    assert_eq!(phases(&next), [(2, Phase::Down)], "the next one is heard");
    assert!((next[0].x - 405.0).abs() < 0.2, "where the state said: {next:?}");
}

#[test]
fn a_palm_is_taken_back_and_a_hovering_finger_lifts() {
    let mut sensor = sensor(&AXES);
    report(&mut sensor, &[id(1), x(1100), y(2000)]);
    assert_eq!(phases(&report(&mut sensor, &[(EV_ABS, ABS_MT_TOOL_TYPE, 2)])), [(1, Phase::Cancel)]);
    assert_eq!(report(&mut sensor, &[x(1200)]), []);
    report(&mut sensor, &[id(-1)]);
    let touching = [(EV_ABS, ABS_MT_TOOL_TYPE, 0), id(2), (EV_ABS, ABS_MT_DISTANCE, 3)];
    assert_eq!(report(&mut sensor, &touching), []);
    assert_eq!(phases(&report(&mut sensor, &[(EV_ABS, ABS_MT_DISTANCE, 0)])), [(2, Phase::Down)]);
    assert_eq!(phases(&report(&mut sensor, &[(EV_ABS, ABS_MT_DISTANCE, 3)])), [(2, Phase::Up)]);
}

#[test]
fn the_length_of_a_contact_is_one_of_the_panel() {
    let fingers = [id(1), x(1100), y(2000), (EV_ABS, ABS_MT_TOUCH_MAJOR, 40)];
    // 20 mm; the glass is 400 mm and 1,080 pixels wide.
    let told = report(&mut sensor(&AXES), &fingers);
    assert!((told[0].length - 54.0).abs() < 0.1, "{told:?}");
    // Units of the surface, of which the smaller ones count.
    let plain = AXES.map(|(code, axis)| (code, Axis { per_mm: 0, ..axis }));
    let told = report(&mut sensor(&plain), &fingers);
    assert!((told[0].length - 40.0 * 1080.0 / 4000.0).abs() < 0.1, "{told:?}");
}

#[test]
fn a_sensor_of_one_finger_is_one_too() {
    let axis = Axis { min: 0, max: 1023, per_mm: 0 };
    let mut sensor = sensor(&[(ABS_X, axis), (ABS_Y, axis)]);
    let touch = |value| (EV_KEY, BTN_TOUCH, value);
    let down = report(&mut sensor, &[(EV_ABS, ABS_X, 512), (EV_ABS, ABS_Y, 256), touch(1)]);
    assert_eq!(phases(&down), [(1, Phase::Down)]);
    assert!((down[0].x - 540.5).abs() < 0.2 && (down[0].y - 481.0).abs() < 0.2, "{down:?}");
    assert_eq!(phases(&report(&mut sensor, &[(EV_ABS, ABS_X, 600)])), [(1, Phase::Move)]);
    assert_eq!(phases(&report(&mut sensor, &[touch(0)])), [(1, Phase::Up)]);
    assert_eq!(phases(&report(&mut sensor, &[touch(1)])), [(2, Phase::Down)]);
}

#[test]
fn what_is_no_touch_screen_says_so() {
    let none = Sensor::new(|_| None, 1080, 1920).expect_err("a keyboard");
    assert!(none.to_string().contains("name another one"), "{none}");
    let flat = |code| [ABS_X, ABS_Y].contains(&code).then(Axis::default);
    let error = Sensor::new(flat, 1080, 1920).expect_err("no range");
    assert_eq!(error, SensorError::Empty { code: ABS_X, min: 0, max: 0 });
}

#[test]
fn a_recording_is_read_as_evemu_writes_it() {
    let text = "# EVEMU 1.3\n# Kernel: 6.12\nN: A panel's sensor\nI: 0003 222a 0001 0110\nP: 02 00 00 00 00 00 00 00\n\
        B: 03 03 00 00 00 00 80 61 06\nA: 2f 0 9 0 0 0\nA: 35 0 4095 4 0 11\nA: 36 -5 4095 4 0\n\
        #####\nE: 1795352700.000001 0003 0039 0045\t# EV_ABS / ABS_MT_TRACKING_ID   45\n\
        E: 1795352700.008001 0000 0000 0000 # ------------ SYN_REPORT (0) ---------- +8ms\n\
        E: 1795352699.500000 0003 0039 -001\n";
    let trace: Trace = text.parse().expect("a recording");
    assert_eq!(trace.axis(ABS_MT_POSITION_X), Some(Axis { min: 0, max: 4095, per_mm: 11 }));
    assert_eq!(trace.axis(ABS_MT_POSITION_Y), Some(Axis { min: -5, max: 4095, per_mm: 0 }));
    let ms = Duration::from_millis;
    let told: Vec<_> = trace.events().iter().map(|event| (event.at, event.kind, event.code, event.value)).collect();
    assert_eq!(told, [(ms(0), 3, 0x39, 45), (ms(8), 0, 0, 0), (ms(8), 3, 0x39, -1)], "a clock set back stands still");
}

#[test]
fn a_broken_recording_names_its_line() {
    for (text, said) in [
        ("A: 35 0\n", "line 1 "),
        ("A: 35 0 9 0 0\nE: 0.1 3 39 4\n", "line 2 "),
        ("E: 0.000001 0003 zz 4\n", "line 1 "),
        ("E: 99999999999999999999.000001 0003 0039 4\n", "line 1 "),
        ("# EVEMU 1.3\n", "not one event"),
        ("", "not one event"),
    ] {
        let error = text.parse::<Trace>().expect_err("it is broken");
        assert!(error.to_string().contains(said), "{text:?}: {error}");
    }
}

fn any_event() -> impl Strategy<Value = (u16, u16, i32)> {
    let code = prop::sample::select(vec![
        ABS_X,
        ABS_MT_SLOT,
        ABS_MT_TOUCH_MAJOR,
        ABS_MT_POSITION_X,
        ABS_MT_POSITION_Y,
        ABS_MT_TOOL_TYPE,
        ABS_MT_TRACKING_ID,
        ABS_MT_DISTANCE,
    ]);
    let value = prop_oneof![4 => -1i32..12, 2 => 0i32..5000, 1 => any::<i32>()];
    prop_oneof![
        12 => (code, value).prop_map(|(code, value)| (EV_ABS, code, value)),
        3 => Just((EV_SYN, SYN_REPORT, 0)),
        1 => Just(DROPPED),
        1 => (any::<u16>(), any::<u16>(), any::<i32>()),
    ]
}

proptest! {
    #[test]
    fn whatever_a_sensor_says_contacts_come_move_and_go(events in prop::collection::vec(any_event(), 0..200)) {
        let (mut sensor, mut down, mut known) = (sensor(&AXES), BTreeSet::new(), 0);
        for (kind, code, value) in events {
            for contact in sensor.take(Event { at: Duration::ZERO, kind, code, value }) {
                prop_assert!((0.0..=1080.0).contains(&contact.x) && (0.0..=1920.0).contains(&contact.y), "{:?}", contact);
                prop_assert!(contact.length.is_finite() && contact.length >= 0.0);
                match contact.phase {
                    Phase::Down => { prop_assert!(contact.id > known && down.insert(contact.id)); known = contact.id; }
                    Phase::Move => prop_assert!(down.contains(&contact.id)),
                    Phase::Up | Phase::Cancel => prop_assert!(down.remove(&contact.id)),
                }
            }
            prop_assert!(down.len() <= 10);
        }
    }
}
