//! What the open page tells: plain values, handed in by whoever reads them.

use chrono::{DateTime, Utc};

use crate::wire::{DisplayReport, SyncReport, TouchReport};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Name and version.
    pub program: String,
    pub started_at: Option<DateTime<Utc>>,
    /// `None`: the panel cannot say.
    pub display: Option<DisplayReport>,
    pub touch: Option<TouchReport>,
    pub links: Vec<Link>,
    /// Under which others can reach the panel.
    pub addresses: Vec<String>,
    /// `None`: the panel has no hub.
    pub hub: Option<Hub>,
    /// What sync last said of the boards.
    pub report: SyncReport,
    /// Somebody carries out what is wanted of the panel here.
    pub orders: bool,
    /// `None`: the display has no backlight that could be set from here.
    pub brightness: Option<Brightness>,
    /// How long maintenance goes on, in minutes, rounded up; 0: there is none.
    pub maintenance: u32,
}

/// How bright the glass is to be by day, in per cent of what its backlight can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brightness {
    pub percent: u32,
    /// Darker it is not to be.
    pub least: u32,
    /// What the settings say, where somebody has set it otherwise by hand.
    pub instead_of: Option<u32>,
}

impl Brightness {
    const STEP: u32 = 10;

    /// A step brighter; `None`: it is as bright as can be.
    pub fn brighter(self) -> Option<u32> {
        (self.percent < 100).then(|| (self.percent / Self::STEP * Self::STEP + Self::STEP).min(100))
    }

    /// A step darker, never so dark that the board cannot be read; `None`: it is that already.
    pub fn darker(self) -> Option<u32> {
        let next = self.percent.saturating_sub(1) / Self::STEP * Self::STEP;
        (self.percent > self.least).then(|| next.max(self.least))
    }
}

/// How the panel stands with its hub.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hub {
    pub url: String,
    /// The hub's name of the place, once it has let the panel in.
    pub place: Option<String>,
    /// What is compared with the hub's page before that.
    pub code: Option<String>,
    /// Why it is not spoken to, as sync says it.
    pub error: Option<String>,
}

impl Hub {
    /// The hub's page of the device with this code.
    pub fn page(&self) -> Option<String> {
        Some(format!("{}/enrol/{}", self.url, self.code.as_ref()?))
    }
}

/// A network interface, not the loopback.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    pub name: String,
    /// The cable is in, the radio is connected.
    pub up: bool,
}
