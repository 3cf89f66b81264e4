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
    /// What sync last said of the boards.
    pub report: SyncReport,
    /// Somebody carries out what is wanted of the panel here.
    pub orders: bool,
    /// How long maintenance goes on, in minutes, rounded up; 0: there is none.
    pub maintenance: u32,
}

/// A network interface, not the loopback.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    pub name: String,
    /// The cable is in, the radio is connected.
    pub up: bool,
}
