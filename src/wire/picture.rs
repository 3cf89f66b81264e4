//! A picture of what is on the glass, as it was ordered: `run/picture`, written by the panel, handed on by sync as it is.
//!
//! A line of JSON ([`Signed`], its text a [`PictureNote`]), a line feed, and the bytes of a PNG file. It says nothing of
//! who ordered it. The surprising thing: there is one at a time. Whoever orders another has no use for the one before.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Proof, Signed, moment, read_small, replace};

/// What the panel says of it, and signs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PictureNote {
    /// Version of this record, 1.
    pub v: u32,
    /// As the order called it.
    pub name: String,
    /// The boot of the machine in which it was taken, and at which second of it.
    pub boot: String,
    pub uptime: u64,
    /// The same by the panel's clock.
    #[serde(with = "moment")]
    pub at: DateTime<Utc>,
    /// Letters can be read in it; else it was blurred by the panel.
    #[serde(default)]
    pub sharp: bool,
    /// Somebody was before the glass; then it is never sharp.
    #[serde(default)]
    pub reading: bool,
    /// How the picture gets out: see [`super::DisplayReport::way`]. `headless`: there is no display, and it is only what
    /// one would show.
    #[serde(default)]
    pub way: String,
    /// How far it is proved that this is what the display shows.
    #[serde(default)]
    pub proof: Proof,
    pub width: u32,
    pub height: u32,
    /// SHA-256 of its bytes in hexadecimal digits.
    pub digest: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub note: Signed,
    pub bytes: Vec<u8>,
}

impl Picture {
    /// Longest picture, in bytes.
    pub const MAX_BYTES: usize = 300 << 10;
    /// With what is said of it.
    pub const MAX_LETTER: usize = Picture::MAX_BYTES + (8 << 10);
    /// Pixels of the longer side of a sharp one: an upright full-HD panel in half its size.
    pub const SHARP: u32 = 960;
    /// Of a blurred one. Each of its pixels is the mean of a square as wide as a letter of a title: colours and the shape
    /// of a page are left.
    pub const BLURRED: u32 = 80;
    const FILE: &str = "picture";

    /// `None`: there is none.
    pub fn read(run: &Path) -> Option<Picture> {
        Picture::parse(&read_small(&run.join(Self::FILE), Self::MAX_LETTER as u64).ok()?)
    }

    /// Replaces the one before.
    pub fn write(&self, run: &Path) -> io::Result<()> {
        replace(run, Self::FILE, &self.letter())
    }

    /// As it is written and sent.
    pub fn letter(&self) -> Vec<u8> {
        let mut letter = serde_json::to_vec(&self.note).expect("texts are always JSON");
        letter.push(b'\n');
        letter.extend_from_slice(&self.bytes);
        letter
    }

    pub fn parse(letter: &[u8]) -> Option<Picture> {
        let end = letter.iter().position(|byte| *byte == b'\n')?;
        let bytes = letter[end + 1..].to_vec();
        let note = serde_json::from_slice(&letter[..end]).ok()?;
        (bytes.len() <= Self::MAX_BYTES).then_some(Picture { note, bytes })
    }

    /// What it says of itself, whoever has written that.
    pub fn unproved(&self) -> Option<PictureNote> {
        serde_json::from_str(&self.note.text).ok()
    }
}
