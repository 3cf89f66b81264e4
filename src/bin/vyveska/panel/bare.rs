//! The board on a bare display, by the kernel alone.

use std::path::Path;

use vyveska::clock;
use vyveska::config::Config;
use vyveska::glass::Size;
use vyveska::glass::kms::light::Light;
use vyveska::glass::kms::{Kms, Settings};

use super::glass::{Bare, Glass};
use super::{Arguments, Fallible, player};

/// Until the panel is told to stop.
pub fn show(arguments: &Arguments, config: &Config, panel: Size, scale: f32) -> Fallible<()> {
    let settings = Settings { panel, scale, display: config.display.clone(), touch: config.touch.clone() };
    let kms = Kms::open(settings)?;
    let waker = kms.waker();
    let light = Light::new(Path::new("/sys"), &config.display, clock::ticks());
    let glass = Glass::Bare(Box::new(Bare::new(kms.gauge(), light)));
    let mut player = player(arguments, config, kms.hands(), glass, move || waker.wake())?;
    kms.run(clock::ticks, |pane, turn| player.turn(pane, turn))?;
    player.close(clock::ticks());
    Ok(())
}
