//! What the panel itself says of its glass, and signs: `run/glass.json`, handed on by sync as it is.
//!
//! Sync's own record of health says more; this is the part of it that nobody can say but the panel. The surprising thing
//! is the word in it: each answer of the hub brings another that nobody could guess, so that what is signed over it was
//! signed after it, and yesterday's statement is worth nothing today.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Proof, ShownMessage, Signed, moment, read, replace};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Statement {
    /// Version of this record, 1.
    pub v: u32,
    /// The boot of the machine, and the second of it in which this was said.
    pub boot: String,
    pub uptime: u64,
    /// The same by the panel's clock.
    #[serde(with = "moment")]
    pub at: DateTime<Utc>,
    /// The last word of the hub that the panel has heard of ([`super::link::Reply::word`]); empty: none.
    #[serde(default)]
    pub word: String,
    /// As in [`super::PanelReport`].
    #[serde(default)]
    pub page: String,
    #[serde(default)]
    pub readable: bool,
    #[serde(default)]
    pub up: u64,
    #[serde(default)]
    pub way: String,
    /// How far it is proved that the right picture is shown; no further than the rest of what the panel knows bears out.
    #[serde(default)]
    pub proof: Proof,
    /// Since when the board is shown, proved so far, without a break.
    #[serde(with = "moment")]
    pub since: DateTime<Utc>,
    /// As in [`super::PanelReport`]; `None` where an earlier version said this.
    #[serde(default)]
    pub messages: Option<Vec<ShownMessage>>,
    #[serde(default)]
    pub decree: String,
    /// The end of the ledger.
    #[serde(default)]
    pub ledger: Option<LedgerEnd>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// The last entry of the ledger; through it all before it are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LedgerEnd {
    pub number: u64,
    /// SHA-256 of the entry in hexadecimal digits.
    pub digest: String,
}

impl Statement {
    pub const VERSION: u32 = 1;
    const FILE: &str = "glass.json";
    /// Longest statement with its signature, in bytes.
    pub const MAX_BYTES: usize = 4096;

    /// The board is on the glass, as far as the panel can prove that.
    pub fn shows(&self) -> bool {
        self.readable && self.page != "rescue" && self.proof != Proof::None
    }

    /// `None`: there is none, of a panel of an earlier version, perhaps.
    pub fn read(run: &Path) -> Option<Signed> {
        read(run, Self::FILE).filter(|signed: &Signed| signed.text.len() + signed.signature.len() <= Self::MAX_BYTES)
    }

    /// Replaces the one before whole.
    pub fn write(signed: &Signed, run: &Path) -> io::Result<()> {
        replace(run, Self::FILE, &serde_json::to_vec(signed)?)
    }
}
