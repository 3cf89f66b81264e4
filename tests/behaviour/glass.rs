//! The off-screen glass, tried on the probe: touches, keys, time, damage, and what can be found on it.

use std::rc::Rc;
use std::thread;
use std::time::Duration;

use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, PlatformError, WindowAdapter, WindowEvent, set_platform};
use slint::{ComponentHandle, Image, PhysicalSize, SharedPixelBuffer};
use vyveska::glass::elements::{Element, Role};
use vyveska::glass::{GlassError, Key, Offscreen, Phase, Xrgb, scale_factor};

slint::slint! {
    import { Letters, Probe } from "../probe.slint";
    export { Letters, Probe }
}

const WIDTH: u32 = 540;
const HEIGHT: u32 = 960;
const WIDTH_MM: f32 = 199.0;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A half-size panel with the probe on it. The component goes first when both are dropped.
fn probe() -> (Probe, Offscreen) {
    let mut glass = Offscreen::new(WIDTH, HEIGHT, scale_factor(WIDTH, WIDTH_MM)).expect("a pane of glass");
    let probe = Probe::new().expect("a component on it");
    probe.show().expect("it is shown");
    glass.draw();
    (probe, glass)
}

fn named(glass: &mut Offscreen, label: &str) -> Element {
    glass.find(label).unwrap_or_else(|| panic!("nothing called {label:?} among {:#?}", glass.elements()))
}

fn tap(glass: &mut Offscreen, label: &str) {
    let (x, y) = named(glass, label).centre().expect("it can be seen");
    glass.tap(x, y);
}

/// Physical pixels in a millimetre.
fn per_mm() -> f32 {
    WIDTH as f32 / WIDTH_MM
}

#[test]
fn the_whole_panel_is_painted_and_a_millimetre_is_one() {
    let (_probe, mut glass) = probe();
    let picture = glass.picture();
    assert_eq!((picture.width, picture.height), (WIDTH, HEIGHT));
    for (x, y) in [(0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)] {
        assert_eq!(picture.at(x, y), [0xf8, 0xf8, 0xf4], "the corner {x},{y} is background");
    }
    let first = named(&mut glass, "first");
    assert!((first.frame.width - 40.0 * per_mm()).abs() < 1.0, "40 mm wide: {first:?}");
    assert!((first.frame.height - 20.0 * per_mm()).abs() < 1.0, "20 mm high: {first:?}");
    assert!(picture.png().starts_with(b"\x89PNG"));
}

#[test]
fn a_tap_presses_what_lies_under_it() {
    let (probe, mut glass) = probe();
    tap(&mut glass, "first");
    assert_eq!(probe.get_count(), 1);
    tap(&mut glass, "second");
    assert_eq!(probe.get_count(), 11);
    tap(&mut glass, "resting");
    assert_eq!(probe.get_count(), 11, "a disabled key stays as it is");
    tap(&mut glass, "3");
    assert_eq!(probe.get_picked(), 3, "a key in a scrolled area takes a short tap too");
}

#[test]
fn only_what_changed_is_painted() {
    let (probe, mut glass) = probe();
    assert!(glass.draw().is_empty(), "nothing changed, nothing is painted");
    glass.advance(ms(60_000));
    assert!(glass.draw().is_empty(), "time alone paints nothing");
    let (x, y) = named(&mut glass, "first").centre().expect("it can be seen");
    glass.touch(0, Phase::Down, x, y, glass.time());
    let pressed = glass.draw();
    let bounds = pressed.bounds().expect("the pressed key looks different");
    assert!(bounds.area() < u64::from(WIDTH * HEIGHT / 20), "only the key is painted: {pressed:?}");
    glass.touch(0, Phase::Up, x, y, glass.time() + ms(50));
    assert!(!glass.draw().is_empty());
    drop(probe);
}

#[test]
fn the_shadow_buffer_is_what_a_fresh_paint_gives() {
    let (first, mut glass) = probe();
    tap(&mut glass, "second");
    glass.drag((200.0, 800.0), (200.0, 500.0), ms(300));
    glass.advance(ms(5_000));
    let mended = glass.picture();
    glass.resize(WIDTH, HEIGHT, scale_factor(WIDTH, WIDTH_MM)).expect("the same panel again");
    assert!(glass.picture() == mended, "repainting everything changes no pixel");
    drop(first);
}

fn letters(other: bool) -> Letters {
    let letters = Letters::new().expect("a component on it");
    let mut picture = SharedPixelBuffer::new(70, 50);
    for (at, pixel) in picture.make_mut_slice().iter_mut().enumerate() {
        *pixel = [at as u8, (at / 70 * 5) as u8, (at * 7) as u8].into();
    }
    letters.set_picture(Image::from_rgb8(picture));
    letters.set_other(other);
    letters.show().expect("they are shown");
    letters
}

/// The letters, painted by Slint's renderer without any help. Slint has one platform a thread.
fn painted_by_slint_alone(scale_factor: f32, other: bool) -> Vec<Xrgb> {
    struct Alone(Rc<MinimalSoftwareWindow>);

    impl Platform for Alone {
        fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
            Ok(self.0.clone())
        }
    }

    let paint = move || {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
        set_platform(Box::new(Alone(window.clone()))).expect("the first of this thread");
        window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor });
        window.set_size(PhysicalSize::new(WIDTH, HEIGHT));
        let _letters = letters(other);
        let mut pixels = vec![Xrgb::default(); (WIDTH * HEIGHT) as usize];
        window.draw_if_needed(|renderer| {
            renderer.render(&mut pixels, WIDTH as usize);
        });
        pixels
    };
    thread::spawn(paint).join().expect("it is painted")
}

/// The ground, pictures and letters are painted by ourselves, with a sixth of the work.
#[test]
fn what_we_paint_is_what_slint_paints() {
    let mut glass = Offscreen::new(WIDTH, HEIGHT, scale_factor(WIDTH, WIDTH_MM)).expect("a pane of glass");
    let letters = letters(false);
    for other in [false, true] {
        letters.set_other(other);
        let damage = glass.draw();
        assert_eq!(damage.rects().len() > 1, other, "all of it, then two places: {damage:?}");
        let slints = painted_by_slint_alone(glass.pane().scale(), other);
        assert!(slints.iter().any(|pixel| pixel.0 == 0x001a_1a16), "there are letters");
        let differs = glass.pane().pixels().iter().zip(&slints).position(|(ours, slints)| ours != slints);
        assert_eq!(differs, None, "the first pixel that is another one, in rows of {WIDTH}");
    }
}

#[test]
fn animations_and_timers_run_with_the_set_clock_alone() {
    let (probe, mut glass) = probe();
    let rest = probe.get_puck_x();
    tap(&mut glass, "second");
    glass.advance(ms(1));
    let moving = probe.get_puck_x();
    assert!(moving > rest, "the puck is on its way");
    glass.draw();
    assert_eq!(probe.get_puck_x(), moving, "it does not move while the clock stands");
    glass.advance(ms(400));
    let there = probe.get_puck_x();
    assert!(there > moving);
    assert_eq!(glass.pane().rest(), None, "all is still: the loop may sleep for ever");

    probe.set_ticking(true);
    glass.advance(ms(10_500));
    assert_eq!(probe.get_ticks(), 10);
    let rest = glass.pane().rest().expect("the timer wakes the loop");
    assert!(rest <= ms(500), "{rest:?}");
}

#[test]
fn the_same_touches_give_the_same_pictures() {
    let run = || {
        let (probe, mut glass) = probe();
        glass.drag((200.0, 850.0), (210.0, 400.0), ms(180));
        glass.advance(ms(700));
        let middle = glass.picture();
        glass.advance(ms(5_000));
        let scrolled = probe.get_scrolled();
        (middle, glass.picture(), scrolled)
    };
    let first = run();
    assert!(first == run());
    assert!(first.2 > 100.0, "the list was thrown: {}", first.2);
}

#[test]
fn a_dragged_list_follows_the_finger_and_presses_nothing() {
    let (probe, mut glass) = probe();
    let start = glass.time();
    glass.touch(0, Phase::Down, 200.0, 800.0, start);
    for step in 1..=50 {
        glass.touch(0, Phase::Move, 200.0, 800.0 - step as f32 * 4.0, start + ms(step * 20));
    }
    // Resting before lifting: no throw.
    glass.touch(0, Phase::Up, 200.0, 600.0, start + ms(1_500));
    glass.advance(ms(3_000));
    let scale = glass.pane().scale();
    let moved = probe.get_scrolled() * scale;
    assert!((moved - 200.0).abs() < 20.0, "200 px of finger moved the list by {moved} px");
    assert_eq!(probe.get_picked(), -1);
}

#[test]
fn a_jump_of_the_sensor_is_no_throw_to_the_end() {
    let (probe, mut glass) = probe();
    let start = glass.time();
    glass.touch(0, Phase::Down, 200.0, 900.0, start);
    for step in 1..=3 {
        // 900 pixels in three reports of a millisecond: a third of a kilometre a second.
        glass.touch(0, Phase::Move, 200.0, 900.0 - step as f32 * 300.0, start + ms(20 + step));
    }
    glass.touch(0, Phase::Up, 200.0, 0.0, start + ms(24));
    glass.advance(ms(10_000));
    let heights = probe.get_scrolled() * glass.pane().scale() / HEIGHT as f32;
    assert!(heights < 5.0, "thrown {heights} heights of the panel");
}

#[test]
fn moves_between_two_frames_count_as_one() {
    let thrown = |reports: u64| {
        let (probe, mut glass) = probe();
        let start = glass.time();
        let (length, from) = (300.0, 850.0);
        glass.touch(0, Phase::Down, 200.0, from, start);
        for step in 1..=reports {
            let at = start + Duration::from_micros(step * 200_000 / reports);
            glass.touch(0, Phase::Move, 200.0, from - length * step as f32 / reports as f32, at);
        }
        glass.touch(0, Phase::Up, 200.0, from - length, start + ms(200));
        glass.advance(ms(10_000));
        probe.get_scrolled()
    };
    let (slow, fast) = (thrown(12), thrown(200));
    assert!((slow / fast - 1.0).abs() < 0.15, "60 reports a second throw {slow}, 1000 throw {fast}");
}

#[test]
fn a_second_contact_is_nobody() {
    let (probe, mut glass) = probe();
    let (x, y) = named(&mut glass, "first").centre().expect("it can be seen");
    let start = glass.time();
    glass.touch(7, Phase::Down, x, y, start);
    glass.touch(9, Phase::Down, 300.0, 600.0, start + ms(10));
    glass.touch(9, Phase::Move, 300.0, 300.0, start + ms(30));
    glass.touch(9, Phase::Up, 300.0, 300.0, start + ms(40));
    glass.touch(7, Phase::Up, x, y, start + ms(60));
    glass.advance(ms(300));
    assert_eq!((probe.get_count(), probe.get_picked(), probe.get_scrolled()), (1, -1, 0.0));
}

#[test]
fn a_raindrop_that_lies_on_the_glass_gives_way() {
    let (probe, mut glass) = probe();
    let (x, y) = named(&mut glass, "first").centre().expect("it can be seen");
    let drop_at = named(&mut glass, "second").centre().expect("it can be seen");
    let start = glass.time();
    glass.touch(1, Phase::Down, drop_at.0, drop_at.1, start);
    glass.touch(2, Phase::Down, x, y, start + ms(5_000));
    glass.touch(2, Phase::Up, x, y, start + ms(5_060));
    glass.touch(1, Phase::Up, drop_at.0, drop_at.1, start + ms(6_000));
    glass.advance(ms(300));
    assert_eq!(probe.get_count(), 1, "the finger pressed its key, the drop nothing");
}

#[test]
fn a_contact_that_is_taken_back_presses_nothing() {
    let (probe, mut glass) = probe();
    for label in ["first", "3"] {
        let (x, y) = named(&mut glass, label).centre().expect("it can be seen");
        for rest in [20, 400] {
            let start = glass.time();
            glass.touch(0, Phase::Down, x, y, start);
            glass.touch(0, Phase::Cancel, x, y, start + ms(rest));
            glass.advance(ms(500));
        }
    }
    assert_eq!((probe.get_count(), probe.get_picked()), (0, -1));
    tap(&mut glass, "first");
    assert_eq!(probe.get_count(), 1, "the next finger is heard");
}

#[test]
fn four_keys_reach_and_press_everything() {
    let (probe, mut glass) = probe();
    let focused = |glass: &mut Offscreen| {
        glass.elements().into_iter().find(|element| element.focused).map(|element| element.label)
    };
    glass.press(Key::Next);
    assert_eq!(focused(&mut glass).as_deref(), Some("first"));
    glass.press(Key::Next);
    assert_eq!(focused(&mut glass).as_deref(), Some("second"));
    glass.press(Key::Next);
    assert_eq!(focused(&mut glass).as_deref(), Some("0"), "the resting key is passed over");
    glass.press(Key::Previous);
    glass.press(Key::Enter);
    assert_eq!(probe.get_count(), 10);
    glass.press(Key::Back);
    assert_eq!(probe.get_backs(), 1);
}

#[test]
fn elements_say_what_they_are() {
    let (probe, mut glass) = probe();
    let first = named(&mut glass, "first");
    assert_eq!(first.role, Role::Button);
    assert!(first.enabled && first.focusable && first.pressable && !first.focused);
    let resting = named(&mut glass, "resting");
    assert!(!resting.enabled && !resting.focusable);
    let all = glass.elements();
    let last = all.iter().find(|element| element.label == "199").expect("rows far down exist");
    assert_eq!(last.visible, None, "but cannot be seen: {last:?}");
    let cut = all.iter().rfind(|element| element.visible.is_some()).expect("rows are seen");
    let seen = cut.visible.expect("it is seen");
    assert!((seen.height as f32) < cut.frame.height, "the list cuts its last row: {cut:?} {seen:?}");
    let list_ends = HEIGHT as f32 - 10.0 * per_mm();
    assert!((seen.y + seen.height) as f32 <= list_ends + 1.0, "what a list cuts off is not seen: {seen:?}");
    first.activate();
    assert_eq!(probe.get_count(), 1);
}

#[test]
fn a_report_that_comes_late_does_not_turn_the_clock_back() {
    let (probe, mut glass) = probe();
    let (x, y) = named(&mut glass, "first").centre().expect("it can be seen");
    glass.advance(ms(1_000));
    glass.touch(0, Phase::Down, x, y, ms(400));
    glass.touch(0, Phase::Up, x, y, ms(450));
    assert_eq!((glass.time(), probe.get_count()), (ms(1_000), 1));
}

#[test]
fn a_thread_has_one_glass_at_a_time() {
    let (probe_one, glass) = probe();
    assert!(matches!(Offscreen::new(100, 100, 1.0), Err(GlassError::Occupied)));
    assert!(Probe::new().is_err(), "one component to a pane");
    drop(probe_one);
    drop(glass);
    let (again, mut glass) = probe();
    assert_eq!(glass.time(), Duration::ZERO, "its time is its own");
    tap(&mut glass, "first");
    assert_eq!(again.get_count(), 1);
    for (width, height, scale) in
        [(0, 100, 1.0), (100, 0, 1.0), (100, 100, 0.0), (100, 100, f32::NAN), (40_000, 10, 1.0)]
    {
        assert!(Offscreen::new(width, height, scale).is_err());
    }
}

#[test]
fn another_size_repaints_everything() {
    let (_probe, mut glass) = probe();
    glass.resize(800, 1280, scale_factor(800, 200.0)).expect("a smaller panel");
    let damage = glass.draw();
    assert_eq!(damage.bounds().map(|rect| (rect.width, rect.height)), Some((800, 1280)));
    let picture = glass.picture();
    assert_eq!((picture.width, picture.height), (800, 1280));
    assert_eq!(picture.at(799, 1279), [0xf8, 0xf8, 0xf4]);
}
