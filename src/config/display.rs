//! `[display]`: which display, how it hangs, and how bright it is when.
//!
//! The surprising thing: nothing here can make the board dark. A brightness below [`MIN_BRIGHTNESS`] is refused, because
//! a notice that nobody can see at three in the morning is not posted (Act 500/2004 Sb. § 26: without interruption).

use chrono::NaiveTime;

use super::section::Section;

/// Per cent of what the backlight can. Less is black on many panels, and nothing dims below it.
pub const MIN_BRIGHTNESS: u32 = 5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display {
    /// The kernel's name of the connector; `None`: the first one with a display.
    pub connector: Option<String>,
    /// `None`: one that fits `[panel]`, else what the display prefers.
    pub mode: Option<Mode>,
    /// How far the picture is turned to stand upright.
    pub rotation: Rotation,
    /// Name in /sys/class/backlight; `None`: the first one.
    pub backlight: Option<String>,
    /// Per cent of what the backlight can, from [`MIN_BRIGHTNESS`].
    pub brightness: u32,
    /// The same where it is dimmed; no more than `brightness`.
    pub dim_brightness: u32,
    /// From when to when, by the clock in Prague, the board is dimmed while nobody is before it; over midnight where
    /// the first is the later one.
    pub dim: Option<(NaiveTime, NaiveTime)>,
    /// Dimmed at any hour after so many minutes without a touch.
    pub dim_after_minutes: Option<u32>,
    /// Follow the light sensor of the machine (iio), where there is one.
    pub light_sensor: bool,
}

impl Default for Display {
    fn default() -> Display {
        Display {
            connector: None,
            mode: None,
            rotation: Rotation::Upright,
            backlight: None,
            brightness: 100,
            dim_brightness: 30,
            dim: None,
            dim_after_minutes: None,
            light_sensor: true,
        }
    }
}

/// A mode as people write it: `1920x1080`, `1920x1080@50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    pub width: u32,
    pub height: u32,
    /// Pictures a second; `None`: the most usual ones.
    pub hertz: Option<u32>,
}

impl Mode {
    pub fn parse(text: &str) -> Option<Mode> {
        let (size, hertz) = text.split_once('@').map_or((text, None), |(size, hertz)| (size, Some(hertz)));
        let (width, height) = size.split_once('x')?;
        let side = |text: &str| text.trim().parse().ok().filter(|side| (1..=8192).contains(side));
        let hertz = match hertz {
            Some(text) => Some(text.trim().trim_end_matches("Hz").trim().parse().ok()?),
            None => None,
        };
        Some(Mode { width: side(width)?, height: side(height)?, hertz })
    }
}

/// How far the picture is turned on the display, clockwise, so that it stands upright as the display hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rotation {
    #[default]
    Upright,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Rotation {
    pub const ALL: [Rotation; 4] = [Rotation::Upright, Rotation::Quarter, Rotation::Half, Rotation::ThreeQuarters];

    pub fn degrees(self) -> u32 {
        self as u32 * 90
    }
}

pub fn read(top: &mut Section) -> Display {
    let mut display = Display::default();
    let Some(mut section) = top.section("display") else { return display };
    display.connector = section.text("connector");
    display.mode = section.text("mode").and_then(|text| {
        let mode = Mode::parse(&text);
        if mode.is_none() {
            section.wrong("mode", format!("\"{text}\" is not a mode"), "write \"1920x1080\" or \"1920x1080@60\"");
        }
        mode
    });
    if let Some(degrees) = section.whole("rotation", 0..=270) {
        match Rotation::ALL.into_iter().find(|rotation| rotation.degrees() == degrees) {
            Some(rotation) => display.rotation = rotation,
            None => section.wrong("rotation", format!("{degrees} is no quarter turn"), "write 0, 90, 180 or 270"),
        }
    }
    display.backlight = section.text("backlight");
    let percent = MIN_BRIGHTNESS..=100;
    display.brightness = section.whole("brightness", percent.clone()).unwrap_or(display.brightness);
    let dim = section.whole("dim_brightness", percent);
    display.dim_brightness = dim.unwrap_or(display.dim_brightness.min(display.brightness));
    if display.dim_brightness > display.brightness {
        let found = format!("dimmed to {} % is brighter than {} %", display.dim_brightness, display.brightness);
        section.wrong("dim_brightness", found, "make it no more than brightness");
    }
    display.dim = match (time(&mut section, "dim_from"), time(&mut section, "dim_to")) {
        (Some(from), Some(to)) if from == to => {
            section.wrong("dim_to", "it begins and ends at the same time", "delete both, or write two times");
            None
        }
        (Some(from), Some(to)) => Some((from, to)),
        (None, None) => None,
        (Some(_), None) => missing(&section, "dim_to", "dim_from"),
        (None, Some(_)) => missing(&section, "dim_from", "dim_to"),
    };
    display.dim_after_minutes = section.whole("dim_after_minutes", 1..=1440);
    display.light_sensor = section.flag("light_sensor").unwrap_or(display.light_sensor);
    section.finish();
    display
}

fn time(section: &mut Section, key: &'static str) -> Option<NaiveTime> {
    let text = section.text(key)?;
    let time = NaiveTime::parse_from_str(&text, "%H:%M").ok();
    if time.is_none() {
        section.wrong(key, format!("\"{text}\" is not a time of the day"), "write it as \"22:00\"");
    }
    time
}

fn missing<T>(section: &Section, key: &str, other: &str) -> Option<T> {
    // A time that is there and wrong has been told already.
    if !section.has(key) {
        section.wrong(other, format!("there is no {key} to it"), format!("add {key}, or delete {other}"));
    }
    None
}
