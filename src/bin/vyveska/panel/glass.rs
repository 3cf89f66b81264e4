//! What the panel knows and does of its glass beside the picture: how bright it is, and what is reported of display and
//! touch.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use vyveska::clock::Now;
use vyveska::glass::Hands;
#[cfg(feature = "kms")]
use vyveska::glass::kms::light::Light;
#[cfg(feature = "kms")]
use vyveska::glass::kms::{Gauge, Level, Status};
#[cfg(feature = "kms")]
use vyveska::wire::Proof;
use vyveska::wire::{DisplayReport, TouchReport};

/// The way of the picture to the eyes.
pub enum Glass {
    /// On a desktop, or nowhere: `window`, `headless`.
    Simple(&'static str),
    #[cfg(feature = "kms")]
    Bare(Box<Bare>),
}

/// The schedule of the brightness is looked at this often.
#[cfg(feature = "kms")]
const LOOK: Duration = Duration::from_secs(60);

#[cfg(feature = "kms")]
pub struct Bare {
    gauge: Gauge,
    light: Light,
    look_at: Duration,
}

#[cfg(feature = "kms")]
impl Bare {
    pub fn new(gauge: Gauge, light: Light) -> Bare {
        Bare { gauge, light, look_at: Duration::ZERO }
    }

    fn step(&mut self, active: bool, by_hand: Option<u32>, now: impl Fn() -> Now, at: Duration) {
        if active {
            self.light.touched(at);
        }
        let other = self.light.set(by_hand);
        if other || at >= self.look_at || (active && self.light.dimmed()) {
            let due = self.light.step(now(), at);
            self.look_at = due.map_or(at + LOOK, |due| due.min(at + LOOK));
        }
    }
}

impl Glass {
    /// Before a frame: somebody is there where `active`; `by_hand`: how bright it was set, in per cent.
    pub fn step(&mut self, active: bool, by_hand: Option<u32>, now: impl Fn() -> Now, at: Duration) {
        match self {
            Glass::Simple(_) => drop((active, by_hand, now, at)),
            #[cfg(feature = "kms")]
            Glass::Bare(bare) => bare.step(active, by_hand, now, at),
        }
    }

    /// When it wants a turn by itself.
    pub fn due(&self) -> Option<Duration> {
        match self {
            Glass::Simple(_) => None,
            #[cfg(feature = "kms")]
            Glass::Bare(bare) => Some(bare.look_at),
        }
    }

    /// Of the display and the touch, for `run/panel.json`; the second is `None` where there is no sensor of ours.
    pub fn reports(&self, hands: &Hands, now: Now, at: Duration) -> (DisplayReport, Option<TouchReport>) {
        match self {
            Glass::Simple(way) => (DisplayReport { way: (*way).to_owned(), ..DisplayReport::default() }, None),
            #[cfg(feature = "kms")]
            Glass::Bare(bare) => {
                let status = bare.gauge.status();
                let touch = touch(&status, hands, now, at);
                (display(status, &bare.light, now, at), Some(touch))
            }
        }
    }
}

#[cfg(feature = "kms")]
fn display(status: Status, light: &Light, now: Now, at: Duration) -> DisplayReport {
    let brightness = light.brightness();
    let proof = match status.level {
        Level::ScanOut if brightness != Some(0) => Proof::ScanOut,
        Level::ScanOut | Level::Buffer => Proof::Buffer,
        Level::Nothing => Proof::None,
    };
    let mut more = serde_json::Map::new();
    if status.missed_flips > 0 {
        more.insert("missed_flips".into(), status.missed_flips.into());
    }
    DisplayReport {
        way: "kms".into(),
        connector: status.connector,
        connected: status.connected,
        active: status.active,
        width: status.width,
        height: status.height,
        rotation: status.rotation,
        brightness,
        dimmed: light.dimmed(),
        flipped_at: moment(status.flipped_at, now, at),
        proof,
        problem: status.trouble.or_else(|| light.trouble().map(str::to_owned)),
        more,
    }
}

#[cfg(feature = "kms")]
fn touch(status: &Status, hands: &Hands, now: Now, at: Duration) -> TouchReport {
    TouchReport {
        devices: status.sensors.names.len() as u32,
        names: status.sensors.names.clone(),
        touched_at: moment(hands.finger_at(), now, at),
        ignored: hands.ignored(),
        stuck: hands.stuck(at) as u32,
        appeared: status.sensors.appeared,
        problem: status.sensors.trouble.clone(),
        more: serde_json::Map::new(),
    }
}

/// A time since the start as one of the clock.
#[cfg(feature = "kms")]
fn moment(since_start: Option<Duration>, now: Now, at: Duration) -> Option<DateTime<Utc>> {
    let ago = TimeDelta::from_std(at.saturating_sub(since_start?)).ok()?;
    Some(now.at - ago)
}
