//! How bright the board is: the rule by values, and the files of a machine's /sys written for the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{NaiveTime, TimeZone, Utc};
use proptest::prelude::*;
use vyveska::clock::Now;
use vyveska::config::{Display, MIN_BRIGHTNESS};
use vyveska::glass::kms::light::{AWAKE, LOOK, Light, level};

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("a time of the day")
}

fn night() -> Display {
    Display { dim: Some((hour(22), hour(5))), dim_after_minutes: Some(60), ..Display::default() }
}

#[test]
fn it_is_dimmed_at_night_and_after_long_and_never_before_somebody() {
    let percent = |time, idle| level(&night(), time, Duration::from_secs(idle), None).percent;
    for (time, idle, expected) in [
        (Some(hour(12)), 600, 100),
        (Some(hour(12)), 3600, 30),
        (Some(hour(23)), 600, 30),
        (Some(hour(3)), 600, 30),
        (Some(hour(5)), 600, 100),
        (Some(hour(23)), 30, 100),
        // Whose clock is not believed has no night.
        (None, 600, 100),
    ] {
        assert_eq!(percent(time, idle), expected, "{time:?} {idle}");
    }
    let by_day = Display { dim: Some((hour(9), hour(11))), ..Display::default() };
    assert!(level(&by_day, Some(hour(10)), AWAKE, None).dimmed);
    assert!(!level(&by_day, Some(hour(23)), AWAKE, None).dimmed);
}

proptest! {
    /// No hour, no silence and no darkness make a board that cannot be read.
    #[test]
    fn nothing_makes_it_dark(
        full in 0u32..=100, dim in 0u32..=100, at in 0u32..24, idle in 0u64..1_000_000,
        lux in prop::option::of(0f32..200_000.0), from in 0u32..24, to in 0u32..24,
    ) {
        let display = Display {
            brightness: full, dim_brightness: dim, dim: Some((hour(from), hour(to))), dim_after_minutes: Some(1),
            ..Display::default()
        };
        let level = level(&display, Some(hour(at)), Duration::from_secs(idle), lux);
        prop_assert!((MIN_BRIGHTNESS..=100).contains(&level.percent), "{level:?}");
    }

    #[test]
    fn more_light_around_never_makes_it_darker(lux in 0f32..100_000.0, more in 0f32..100_000.0) {
        let at = |lux| level(&Display::default(), None, Duration::ZERO, Some(lux)).percent;
        prop_assert!(at(lux + more) >= at(lux));
        prop_assert_eq!((at(0.0), at(5_000.0)), (30, 100));
    }
}

/// A machine's /sys with a backlight of 255 steps.
struct Sys(PathBuf);

impl Sys {
    fn new(name: &str) -> Sys {
        let root = std::env::temp_dir().join(format!("vyveska-lamp-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let sys = Sys(root);
        sys.put("class/backlight/lvds/max_brightness", "255");
        sys.put("class/backlight/lvds/brightness", "0");
        sys.put("class/backlight/lvds/bl_power", "4");
        sys
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
    }

    fn brightness(&self) -> String {
        fs::read_to_string(self.0.join("class/backlight/lvds/brightness")).expect("it is read")
    }
}

impl Drop for Sys {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One in the morning in Prague.
fn one_at_night() -> Now {
    Now::trusted(Utc.with_ymd_and_hms(2026, 11, 23, 0, 0, 0).single().expect("a moment"))
}

#[test]
fn one_touch_wakes_and_it_sleeps_again() {
    let sys = Sys::new("touch");
    let now = one_at_night();
    let mut light = Light::new(&sys.0, &night(), Duration::ZERO);
    let sleeps_at = light.step(now, Duration::from_secs(1));
    assert_eq!((sys.brightness().as_str(), light.brightness()), ("255", Some(100)), "somebody switched it on");
    assert_eq!(sleeps_at, Some(AWAKE));
    light.step(now, AWAKE);
    assert_eq!((sys.brightness().as_str(), light.brightness(), light.dimmed()), ("77", Some(31), true));
    light.touched(AWAKE * 2);
    light.step(now, AWAKE * 2);
    assert_eq!((sys.brightness().as_str(), light.dimmed()), ("255", false));
    light.step(now, AWAKE * 3);
    assert_eq!(sys.brightness(), "77");
}

/// Minute by minute through a night, from 21:00 UTC: when the backlight changed, by the clock in Prague.
fn changes(name: &str, display: &Display, evening: (i32, u32, u32)) -> Vec<String> {
    let sys = Sys::new(name);
    let (year, month, day) = evening;
    let start = Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).single().expect("a moment");
    // Nobody has been there for long.
    let mut light = Light::new(&sys.0, display, Duration::ZERO);
    let mut seen = Vec::new();
    let mut before = None;
    for minute in 0..24 * 60 {
        let now = Now::trusted(start + chrono::TimeDelta::minutes(minute));
        light.step(now, AWAKE + Duration::from_secs(60 * minute as u64));
        let brightness = sys.brightness();
        assert!(["255", "77"].contains(&brightness.as_str()), "{brightness}");
        if before.as_ref().is_some_and(|before| *before != brightness) {
            seen.push(now.at.with_timezone(&chrono_tz::Europe::Prague).format("%H:%M %Z").to_string());
        }
        before = Some(brightness);
    }
    seen
}

#[test]
fn the_night_is_by_the_clock_on_the_wall_also_where_that_is_changed() {
    let night = Display { dim: Some((hour(22), hour(5))), ..Display::default() };
    for (name, evening, changed) in [
        ("spring", (2026, 3, 28), ["22:00 CET", "05:00 CEST"]),
        ("summer", (2026, 7, 1), ["22:00 CEST", "05:00 CEST"]),
        ("autumn", (2026, 10, 24), ["22:00 CEST", "05:00 CET"]),
    ] {
        assert_eq!(changes(name, &night, evening), changed, "{name}");
    }
    // An end that the clock passes twice, and one that it leaps over: it is light once the time is later than it, and
    // never for more than the hour in question.
    let half = NaiveTime::from_hms_opt(2, 30, 0).expect("a time of the day");
    let short = Display { dim: Some((hour(22), half)), ..Display::default() };
    assert_eq!(changes("leapt", &short, (2026, 3, 28)), ["22:00 CET", "03:00 CEST"]);
    let twice = changes("twice", &short, (2026, 10, 24));
    assert_eq!(twice, ["22:00 CEST", "02:30 CEST", "02:00 CET", "02:30 CET"]);
}

#[test]
fn what_was_set_by_hand_goes_before_the_settings_and_is_never_nothing() {
    let sys = Sys::new("hand");
    let now = one_at_night();
    let display = Display { dim_brightness: 30, ..night() };
    let mut light = Light::new(&sys.0, &display, Duration::ZERO);
    light.step(now, Duration::ZERO);
    assert!(!light.set(None), "the settings are in force already");
    assert!(light.set(Some(40)) && !light.set(Some(40)), "it is news once");
    light.step(now, Duration::from_secs(1));
    assert_eq!((sys.brightness().as_str(), light.dimmed()), ("102", false));
    light.step(now, AWAKE);
    assert_eq!((sys.brightness().as_str(), light.dimmed()), ("77", true), "the night dims it as before");
    // Darker than the night: it is no brighter then.
    light.set(Some(20));
    light.step(now, AWAKE);
    assert_eq!(sys.brightness(), "51");
    light.touched(AWAKE);
    light.set(Some(0));
    light.step(now, AWAKE);
    assert_eq!(sys.brightness(), "13", "five per cent");
    assert!(light.set(None));
    light.step(now, AWAKE);
    assert_eq!(sys.brightness(), "255");
}

#[test]
fn it_follows_the_light_sensor_in_steps() {
    let sys = Sys::new("sensor");
    let lux = |text: &str| sys.put("bus/iio/devices/iio:device1/in_illuminance_raw", text);
    sys.put("bus/iio/devices/iio:device0/in_temp_raw", "20");
    sys.put("bus/iio/devices/iio:device1/in_illuminance_scale", "0.5");
    lux("2000");
    let mut light = Light::new(&sys.0, &Display::default(), Duration::ZERO);
    let mut at = Duration::ZERO;
    let mut look = |light: &mut Light| {
        light.step(one_at_night(), at);
        at += LOOK;
        sys.brightness()
    };
    assert_eq!(look(&mut light), "255");
    lux("1900");
    assert_eq!(look(&mut light), "255", "a cloud");
    lux("200");
    assert_eq!(look(&mut light), "166", "half-way between dim and full");
    lux("0");
    assert_eq!(look(&mut light), "77");
    lux("broken");
    assert_eq!(look(&mut light), "255", "who knows nothing is bright");
}

#[test]
fn a_display_without_a_backlight_is_no_fault_and_a_wrong_name_is() {
    let nothing = Path::new("/nonexistent");
    let mut light = Light::new(nothing, &Display::default(), Duration::ZERO);
    assert_eq!(light.step(one_at_night(), Duration::ZERO), None);
    assert_eq!((light.brightness(), light.trouble()), (None, None));
    let named = Display { backlight: Some("lvds2".into()), ..Display::default() };
    let sys = Sys::new("name");
    assert!(
        Light::new(&sys.0, &named, Duration::ZERO).trouble().is_some_and(|said| said.contains("no backlight lvds2"))
    );
}
