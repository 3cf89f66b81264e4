//! What the two programs tell each other for the hub: `run/link.json`, written by sync, and `run/identity.json`, written
//! by the panel.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::link::Standing;
use super::{moment, read, replace};

/// Who sync is to the hub, and how it stands with it. Written when something in it changed, and with each letter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LinkReport {
    /// Version of this record, 1.
    pub v: u32,
    /// Hexadecimal digits of sync's public key, for which the panel is to vouch.
    pub link_key: String,
    /// Where the hub is asked.
    #[serde(default)]
    pub url: String,
    /// Hexadecimal digits of the key with which the hub has signed its answers.
    #[serde(default)]
    pub hub_key: Option<String>,
    /// `None`: the hub has not said anything yet.
    #[serde(default)]
    pub standing: Option<Standing>,
    /// The hub's name of the place.
    #[serde(default)]
    pub place: Option<String>,
    /// Last time that the hub has taken a letter.
    #[serde(default, with = "moment::maybe")]
    pub heard_at: Option<DateTime<Utc>>,
    /// The same in seconds since the machine started, or when it was first asked in this boot.
    #[serde(default)]
    pub silent_since: u64,
    /// The hub's last word: see [`super::link::Reply::word`].
    #[serde(default)]
    pub word: String,
    /// Records of health that wait to be handed on.
    #[serde(default)]
    pub waiting: u64,
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// One English sentence to it.
    #[serde(default)]
    pub error: Option<String>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// What keeps sync from the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The panel has not vouched for sync's key.
    Unvouched,
    /// The hub has said that it will not hear this device.
    Refused,
    /// It does not answer, or somebody else does. Also what a later version calls otherwise.
    #[serde(other)]
    Unreached,
}

impl LinkReport {
    pub const VERSION: u32 = 1;
    /// Its name; the panel waits on it.
    pub const FILE: &str = "link.json";

    /// `None`: there is none, or none that this version can read.
    pub fn read(run: &Path) -> Option<LinkReport> {
        read(run, Self::FILE)
    }

    /// Replaces the file whole: a reader sees the old one or the new one.
    pub fn write(&self, run: &Path) -> io::Result<()> {
        replace(run, Self::FILE, &serde_json::to_vec(self)?)
    }
}

/// Who the panel is, and that sync speaks for it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PanelIdentity {
    /// Version of this record, 1.
    pub v: u32,
    /// Hexadecimal digits of the panel's public key.
    pub panel_key: String,
    /// The key it vouches for, and its signature over that ([`crate::keys::Text::Voucher`]).
    pub link_key: String,
    pub voucher: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl PanelIdentity {
    pub const VERSION: u32 = 1;
    const FILE: &str = "identity.json";

    /// `None`: there is none yet, or none that this version can read.
    pub fn read(run: &Path) -> Option<PanelIdentity> {
        read(run, Self::FILE)
    }

    /// Replaces the file whole: a reader sees the old one or the new one.
    pub fn write(&self, run: &Path) -> io::Result<()> {
        replace(run, Self::FILE, &serde_json::to_vec(self)?)
    }
}
