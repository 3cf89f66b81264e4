//! Where the reader is on the panel: `run/place.json`.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Written by the panel while somebody reads, read by the panel that is started after it. It says nothing of the reader.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Version of this record, 1.
    pub v: u32,
    /// Identity of the boot in which it was written, and how long that had lasted then, in milliseconds.
    #[serde(default)]
    pub boot: String,
    #[serde(default)]
    pub at_ms: u64,
    /// How often it was gone back to without having been on the glass for long.
    #[serde(default)]
    pub returns: u32,
    /// As in `panel.json`.
    #[serde(default)]
    pub page: String,
    /// Key of its board, and its identity.
    #[serde(default)]
    pub notice: Option<(String, String)>,
    /// From 0.
    #[serde(default)]
    pub attachment: usize,
    /// Of a page in it, from 1.
    #[serde(default)]
    pub number: u32,
    /// ISO 639-1.
    #[serde(default)]
    pub language: String,
    #[serde(default)]
    pub contrast: bool,
    #[serde(default)]
    pub large: bool,
    /// What the list is narrowed to.
    #[serde(default)]
    pub board: Option<String>,
    #[serde(default)]
    pub category: Option<String>,
    /// The list is sorted by last days.
    #[serde(default)]
    pub by_end: bool,
}

impl Place {
    pub const VERSION: u32 = 1;
    pub const FILE: &str = "place.json";

    /// `None`: there is none, or none that this version can read.
    pub fn read(run: &Path) -> Option<Place> {
        super::read(run, Self::FILE).filter(|place: &Place| place.v == Self::VERSION)
    }

    /// Replaces the file whole.
    pub fn write(&self, run: &Path) -> io::Result<()> {
        super::replace(run, Self::FILE, &serde_json::to_vec(self)?)
    }
}
