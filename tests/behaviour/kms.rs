//! The glass on a bare display, as far as it can be tried without one: what is turned, chosen, dimmed and listened to.
//! The rest is tried in the emulated machine (`machine/`).

mod flips;
mod inputs;
mod lamp;
mod proof;

use proptest::prelude::*;
use vyveska::config::{Display, Mode, Rotation};
use vyveska::glass::kms::output::{Absent, Port, Timing, choose};
use vyveska::glass::kms::rotation::{Raw, copy, matrix, place, turned};
use vyveska::glass::{Rect, Size, Xrgb};

/// Where a pixel of the upright picture is on the display, said plainly.
fn onto(x: u32, y: u32, size: Size, rotation: Rotation) -> (u32, u32) {
    match rotation {
        Rotation::Upright => (x, y),
        Rotation::Quarter => (size.height - 1 - y, x),
        Rotation::Half => (size.width - 1 - x, size.height - 1 - y),
        Rotation::ThreeQuarters => (y, size.width - 1 - x),
    }
}

fn picture(size: Size, seed: u32) -> Vec<Xrgb> {
    (0..size.width * size.height).map(|at| Xrgb(at.wrapping_mul(2_654_435_761) ^ seed)).collect()
}

/// A whole picture on the display, pixel by pixel.
fn shown(pixels: &[Xrgb], size: Size, rotation: Rotation, stride: usize) -> Vec<Raw> {
    let mut target = vec![[0; 4]; stride * turned(size, rotation).height as usize];
    for y in 0..size.height {
        for x in 0..size.width {
            let (tx, ty) = onto(x, y, size, rotation);
            target[ty as usize * stride + tx as usize] = pixels[(y * size.width + x) as usize].0.to_ne_bytes();
        }
    }
    target
}

fn part(size: Size) -> impl Strategy<Value = Rect> {
    (0..size.width, 0..size.height).prop_flat_map(move |(x, y)| {
        (1..=size.width - x, 1..=size.height - y).prop_map(move |(width, height)| Rect { x, y, width, height })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever changed, and however the display hangs: copying what changed is turning the whole.
    #[test]
    fn copying_the_damage_is_turning_the_whole(
        (size, rects) in (1u32..70, 1u32..70)
            .prop_map(|(width, height)| Size { width, height })
            .prop_flat_map(|size| (Just(size), prop::collection::vec(part(size), 1..5))),
        quarter in 0..4usize,
        gap in 0..9usize,
    ) {
        let rotation = Rotation::ALL[quarter];
        let stride = turned(size, rotation).width as usize + gap;
        let (before, mut after) = (picture(size, 0), picture(size, 0));
        for rect in &rects {
            for y in rect.y..rect.y + rect.height {
                for x in rect.x..rect.x + rect.width {
                    after[(y * size.width + x) as usize] = Xrgb(0x00ff_0000 | x << 8 | y);
                }
            }
        }
        let mut target = shown(&before, size, rotation, stride);
        copy(&after, size, &rects, rotation, &mut target, stride);
        prop_assert!(target == shown(&after, size, rotation, stride));
    }

    /// A rectangle is where its corners are, and a touch is what lies under it.
    #[test]
    fn a_touch_is_turned_as_the_picture_is(x in 0u32..108, y in 0u32..192, quarter in 0..4usize) {
        let (size, rotation) = (Size { width: 108, height: 192 }, Rotation::ALL[quarter]);
        let display = turned(size, rotation);
        let (tx, ty) = onto(x, y, size, rotation);
        prop_assert_eq!(place(Rect { x, y, width: 1, height: 1 }, size, rotation), Rect { x: tx, y: ty, width: 1, height: 1 });
        let touched = (
            (f64::from(tx) + 0.5) / f64::from(display.width),
            (f64::from(ty) + 0.5) / f64::from(display.height),
        );
        let (u, v) = matrix(rotation).apply(touched);
        prop_assert!((u * f64::from(size.width) - 0.5 - f64::from(x)).abs() < 1e-6);
        prop_assert!((v * f64::from(size.height) - 0.5 - f64::from(y)).abs() < 1e-6);
    }
}

const PANEL: Size = Size { width: 1080, height: 1920 };

fn timing(width: u32, height: u32, hertz: u32, preferred: bool) -> Timing {
    Timing { width, height, hertz, preferred }
}

fn monitor(name: &str) -> Port {
    let modes = vec![
        timing(3840, 2160, 30, true),
        timing(1920, 1080, 50, false),
        timing(1920, 1080, 60, false),
        timing(1080, 1920, 60, false),
        timing(640, 480, 60, false),
    ];
    Port { name: name.into(), connected: true, modes }
}

fn unplugged(name: &str) -> Port {
    Port { name: name.into(), connected: false, modes: Vec::new() }
}

#[test]
fn the_mode_is_the_one_that_fits_the_panel_as_it_hangs() {
    let ports = [unplugged("DSI-1"), monitor("HDMI-A-1"), monitor("HDMI-A-2")];
    let wish = Display::default();
    assert_eq!(choose(&ports, &wish, PANEL), Ok((1, 3)));
    let on_its_side = Display { rotation: Rotation::ThreeQuarters, ..wish.clone() };
    assert_eq!(choose(&ports, &on_its_side, PANEL), Ok((1, 2)));
    let other = Display { connector: Some("HDMI-A-2".into()), ..wish.clone() };
    assert_eq!(choose(&ports, &other, PANEL), Ok((2, 3)));
    let mode = Some(Mode { width: 1920, height: 1080, hertz: Some(50) });
    assert_eq!(choose(&ports, &Display { mode, ..wish.clone() }, PANEL), Ok((1, 1)));
    // Nothing fits: what the display prefers.
    let small = Size { width: 800, height: 1280 };
    assert_eq!(choose(&ports, &wish, small), Ok((1, 0)));
}

#[test]
fn where_there_is_no_display_the_sentence_says_what_to_do() {
    let wish = Display::default();
    let said = |ports: &[Port], wish: &Display| choose(ports, wish, PANEL).expect_err("none").to_string();
    let dark = [unplugged("HDMI-A-1"), unplugged("HDMI-A-2")];
    assert_eq!(said(&dark, &wish), "no display is plugged into HDMI-A-1, HDMI-A-2; check its cable and its power");
    let named = Display { connector: Some("HDMI-A-2".into()), ..wish.clone() };
    assert!(said(&[monitor("HDMI-A-1"), unplugged("HDMI-A-2")], &named).contains("plugged into HDMI-A-2;"));
    let wrong = Display { connector: Some("HDMI-2".into()), ..wish.clone() };
    assert!(said(&[monitor("HDMI-A-1")], &wrong).contains("name one of HDMI-A-1 in [display] connector"));
    let silent = Port { modes: Vec::new(), ..monitor("HDMI-A-1") };
    assert_eq!(choose(&[silent], &wish, PANEL), Err(Absent::NoModes { name: "HDMI-A-1".into() }));
    let mode = Some(Mode { width: 1024, height: 768, hertz: None });
    assert!(said(&[monitor("HDMI-A-1")], &Display { mode, ..wish }).contains("no mode 1024x768"));
}
