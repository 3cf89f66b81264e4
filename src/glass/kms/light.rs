//! How bright the glass is: by the time of day, by the light around, by whether somebody is there.
//!
//! What it deliberately does not do: switch off. The lowest step is the configuration's, which is never below
//! [`MIN_BRIGHTNESS`]. The surprising thing: a clock that is not believed dims nothing, because a board that is too
//! bright by night is a nuisance, and one that is too dark by day is not posted.

mod backlight;
mod sensor;

use std::path::Path;
use std::time::Duration;

use chrono::NaiveTime;
use chrono_tz::Europe::Prague;

use self::backlight::Backlight;
use self::sensor::LightSensor;
use crate::clock::Now;
use crate::config::{Display, MIN_BRIGHTNESS};

/// Somebody is there for so long after a touch.
pub const AWAKE: Duration = Duration::from_secs(120);
/// How often the light sensor is read.
pub const LOOK: Duration = Duration::from_secs(10);
/// So dark that the dimmed brightness is enough, and so light that all of it is needed; in lux. Street lamps give 10,
/// an overcast day 1,000 and more.
const DARK: f32 = 10.0;
const BRIGHT: f32 = 1000.0;
/// The light around changes the brightness in steps of at least so many per cent: it must not flicker with each cloud.
const STEP: u32 = 5;

/// What the glass should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Per cent of what the backlight can, never below [`MIN_BRIGHTNESS`].
    pub percent: u32,
    /// Darker than the configuration's brightness.
    pub dimmed: bool,
}

/// The whole rule. `time`: of the day in Prague, `None` where the clock is not believed; `idle`: since the last touch;
/// `lux`: `None` without a sensor.
pub fn level(display: &Display, time: Option<NaiveTime>, idle: Duration, lux: Option<f32>) -> Level {
    let (full, dim) = (display.brightness.max(MIN_BRIGHTNESS), display.dim_brightness.max(MIN_BRIGHTNESS));
    let around = match lux {
        Some(lux) if display.light_sensor => {
            let part = (lux.max(DARK) / DARK).log10() / (BRIGHT / DARK).log10();
            dim + (full.saturating_sub(dim) as f32 * part.min(1.0)).round() as u32
        }
        _ => full,
    };
    let night = display.dim.zip(time).is_some_and(|((from, to), time)| match from < to {
        true => (from..to).contains(&time),
        false => time >= from || time < to,
    });
    let long = display.dim_after_minutes.is_some_and(|minutes| idle >= Duration::from_secs(u64::from(minutes) * 60));
    let asleep = idle >= AWAKE && (night || long);
    let percent = if asleep { around.min(dim) } else { around };
    Level { percent, dimmed: percent < full }
}

/// The backlight, and what it follows.
pub struct Light {
    display: Display,
    /// As the configuration says it: by day, and dimmed.
    set_up: (u32, u32),
    backlight: Option<Backlight>,
    sensor: Option<LightSensor>,
    touched_at: Duration,
    lux: Option<f32>,
    look_at: Duration,
    level: Option<Level>,
    trouble: Option<String>,
}

impl Light {
    /// `sys`: the machine's /sys. It counts as touched `at` the start.
    pub fn new(sys: &Path, display: &Display, at: Duration) -> Light {
        let backlight = Backlight::find(sys, display.backlight.as_deref());
        let sensor = if display.light_sensor { LightSensor::find(sys) } else { None };
        let trouble = match (&display.backlight, &backlight) {
            (Some(name), None) => Some(format!(
                "there is no backlight {name} in /sys/class/backlight; correct [display] backlight, or delete it"
            )),
            _ => None,
        };
        let display = display.clone();
        let set_up = (display.brightness, display.dim_brightness);
        Light { display, set_up, backlight, sensor, touched_at: at, lux: None, look_at: at, level: None, trouble }
    }

    /// How bright it is by day, in per cent; `None`: as the configuration says. Dimmed it is no brighter than that. Whether
    /// it is another one than before: then it is time for a step.
    pub fn set(&mut self, by_hand: Option<u32>) -> bool {
        let (full, dim) = self.set_up;
        let full = by_hand.map_or(full, |percent| percent.clamp(MIN_BRIGHTNESS, 100));
        let other = full != self.display.brightness;
        (self.display.brightness, self.display.dim_brightness) = (full, dim.min(full));
        other
    }

    /// Somebody touched the glass, or pressed a key.
    pub fn touched(&mut self, at: Duration) {
        self.touched_at = self.touched_at.max(at);
    }

    /// Sets the brightness as it should be; says when to look again, if nobody touches the glass before.
    pub fn step(&mut self, now: Now, at: Duration) -> Option<Duration> {
        let backlight = self.backlight.as_ref()?;
        if let Some(sensor) = &self.sensor
            && at >= self.look_at
        {
            self.lux = sensor.lux();
            self.look_at = at + LOOK;
        }
        let time = now.is_trusted().then(|| now.at.with_timezone(&Prague).time());
        let idle = at.saturating_sub(self.touched_at);
        let wanted = level(&self.display, time, idle, self.lux);
        let small = self.level.is_some_and(|level| {
            let end = [self.display.brightness, self.display.dim_brightness].contains(&wanted.percent);
            level.percent.abs_diff(wanted.percent) < STEP && !end
        });
        if self.level != Some(wanted) && !small {
            match backlight.set(wanted.percent) {
                Ok(()) => self.level = Some(wanted),
                Err(error) => self.say(format!(
                    "the brightness cannot be set ({error}); give the group vyveska the right to write {}",
                    backlight.path().display()
                )),
            }
        }
        // The schedule is looked at with the minute that the panel looks at anyway.
        let sleeps_at = (idle < AWAKE).then_some(self.touched_at + AWAKE);
        [sleeps_at, self.sensor.as_ref().map(|_| self.look_at)].into_iter().flatten().min()
    }

    /// Per cent, as the kernel says that it is; `None` without a backlight of its own.
    pub fn brightness(&self) -> Option<u32> {
        self.backlight.as_ref().and_then(Backlight::percent)
    }

    pub fn dimmed(&self) -> bool {
        self.level.is_some_and(|level| level.dimmed)
    }

    /// What is wrong with it, one sentence with its cure.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn say(&mut self, trouble: String) {
        if self.trouble.as_ref() != Some(&trouble) {
            tracing::warn!("{trouble}");
            self.trouble = Some(trouble);
        }
    }
}
