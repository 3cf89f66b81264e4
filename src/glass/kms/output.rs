//! Which connector shows the board, and in which mode: a choice among plain descriptions.
//!
//! The surprising thing: no display is no error. The board waits in memory for one to be plugged in, and says so.

use std::fmt;

use super::super::Size;
use super::rotation::turned;
use crate::config;

/// A connector as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// As in /sys/class/drm, without the card: `HDMI-A-1`.
    pub name: String,
    pub connected: bool,
    pub modes: Vec<Timing>,
}

/// A mode it can be driven in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    pub width: u32,
    pub height: u32,
    pub hertz: u32,
    pub preferred: bool,
}

/// Why there is nothing to show the board on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absent {
    /// The one that the configuration names does not exist.
    NoSuch {
        wanted: String,
        there: Vec<String>,
    },
    Unplugged {
        names: Vec<String>,
    },
    /// Something is plugged in and says of no mode that it can show it.
    NoModes {
        name: String,
    },
    /// The one that the configuration names.
    NoSuchMode {
        name: String,
        wanted: config::Mode,
    },
    /// No display controller of the card is free for it.
    NoController {
        name: String,
    },
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Absent::NoSuch { wanted, there } => {
                write!(f, "there is no connector {wanted}; name one of {} in [display] connector", there.join(", "))
            }
            Absent::Unplugged { names } => {
                write!(f, "no display is plugged into {}; check its cable and its power", names.join(", "))
            }
            Absent::NoModes { name } => {
                write!(f, "the display on {name} names no mode; check its cable, or exchange the display")
            }
            Absent::NoSuchMode { name, wanted } => write!(
                f,
                "the display on {name} has no mode {}x{}; delete [display] mode, or name one it has (modetest lists them)",
                wanted.width, wanted.height
            ),
            Absent::NoController { name } => {
                write!(
                    f,
                    "the graphics card has no display controller for {name}; plug the display into another connector"
                )
            }
        }
    }
}

/// Of the ports, and of its modes, by number. `panel`: the upright picture of the configuration.
pub fn choose(ports: &[Port], wish: &config::Display, panel: Size) -> Result<(usize, usize), Absent> {
    let names = || ports.iter().map(|port| port.name.clone()).collect();
    let mine = |port: &Port| wish.connector.as_ref().is_none_or(|name| *name == port.name);
    if let Some(wanted) = &wish.connector
        && !ports.iter().any(mine)
    {
        return Err(Absent::NoSuch { wanted: wanted.clone(), there: names() });
    }
    let plugged = |port: &Port| mine(port) && port.connected;
    let at = ports.iter().position(|port| plugged(port) && !port.modes.is_empty());
    let Some(at) = at else {
        return Err(match ports.iter().find(|port| plugged(port)) {
            Some(port) => Absent::NoModes { name: port.name.clone() },
            None => Absent::Unplugged { names: wish.connector.clone().map_or_else(names, |name| vec![name]) },
        });
    };
    let port = &ports[at];
    match (mode(&port.modes, wish.mode, turned(panel, wish.rotation)), wish.mode) {
        (Some(mode), _) => Ok((at, mode)),
        (None, Some(wanted)) => Err(Absent::NoSuchMode { name: port.name.clone(), wanted }),
        (None, None) => Err(Absent::NoModes { name: port.name.clone() }),
    }
}

/// What the configuration names; else what has the panel's size, the preferred one first; else the preferred one; else
/// the largest. Of several that are alike, the one nearest to the usual 60 pictures a second.
fn mode(modes: &[Timing], wish: Option<config::Mode>, panel: Size) -> Option<usize> {
    let best = |fits: &dyn Fn(&Timing) -> bool, hertz: u32| {
        let all = modes.iter().enumerate().filter(|(_, mode)| fits(mode));
        all.min_by_key(|(_, mode)| (mode.hertz.abs_diff(hertz), !mode.preferred)).map(|(at, _)| at)
    };
    if let Some(wish) = wish {
        let fits = |mode: &Timing| (mode.width, mode.height) == (wish.width, wish.height);
        return best(&fits, wish.hertz.unwrap_or(60));
    }
    let sized = |mode: &Timing| (mode.width, mode.height) == (panel.width, panel.height);
    let largest = modes.iter().map(|mode| mode.width * mode.height).max();
    best(&|mode| sized(mode) && mode.preferred, 60)
        .or_else(|| best(&sized, 60))
        .or_else(|| best(&|mode| mode.preferred, 60))
        .or_else(|| best(&|mode| Some(mode.width * mode.height) == largest, 60))
}
