//! Records that cross from one program to the other, or to a later version of itself: each carries a version `v` and
//! keeps the fields it does not know.
//!
//! What it deliberately does not do: say any of it in words for the glass. The surprising thing: a record that cannot
//! be read is no error here. It lies in memory, its writer may have been replaced, and the reader goes on without it.

pub mod decree;
mod glass;
mod identity;
pub mod link;
pub mod log;
mod picture;
mod place;
mod signed;
mod statement;

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use glass::{DisplayReport, Proof, TouchReport};
pub use identity::{LinkReport, PanelIdentity, Trouble as LinkTrouble};
pub use picture::{Picture, PictureNote};
pub use place::Place;
pub use signed::Signed;
pub use statement::{LedgerEnd, Statement};

/// A file larger than this is not one of ours; in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// `run/sync.json`: how well sync knows each board. Written after each round, read by the panel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SyncReport {
    /// Version of this record, 1.
    pub v: u32,
    /// When it was written.
    #[serde(with = "moment")]
    pub at: DateTime<Utc>,
    /// Seconds since the machine started, when it was written ([`crate::clock::boot`]): its age holds whatever the
    /// clock does. `None` where an earlier version wrote this.
    #[serde(default)]
    pub uptime: Option<u64>,
    pub clock_trusted: bool,
    /// How often each feed is asked for, in minutes; 0 where an earlier version wrote this.
    #[serde(default)]
    pub poll_minutes: u64,
    /// What is wrong with the configuration, where the last good one is in force instead.
    #[serde(default)]
    pub settings_problem: Option<String>,
    #[serde(default)]
    pub boards: Vec<BoardReport>,
    #[serde(default)]
    pub queues: Queues,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BoardReport {
    pub key: String,
    /// Last time the feed was taken in, or said that nothing changed.
    #[serde(default, with = "moment::maybe")]
    pub last_good_at: Option<DateTime<Utc>>,
    #[serde(default, with = "moment::maybe")]
    pub last_try_at: Option<DateTime<Utc>>,
    /// Why the last try failed, one English sentence; `None` when it did not.
    #[serde(default)]
    pub last_error: Option<String>,
    /// What kind of failure that was, for the glass.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// Notices in the feed when it was last read.
    #[serde(default)]
    pub listed: u64,
    /// Notices that are up.
    #[serde(default)]
    pub up: u64,
    /// Kinds of what the guard holds back: `mass-loss`.
    #[serde(default)]
    pub held: Vec<String>,
    /// Documents of notices that are up which the device does not have.
    #[serde(default)]
    pub documents_missing: u64,
    /// Documents of notices that are up which are here and cannot be read.
    #[serde(default)]
    pub documents_broken: u64,
    /// Where the feed has moved for good: the configuration should follow.
    #[serde(default)]
    pub moved_to: Option<String>,
    /// It was last asked for at the hub's mirror, not at the office.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mirrored: bool,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// What sync has yet to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Queues {
    /// Documents to be fetched.
    #[serde(default)]
    pub documents_waiting: u64,
    /// Documents whose pages are yet to be prepared.
    #[serde(default)]
    pub pages_waiting: u64,
}

/// Who can help where a board cannot be brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The office's web answers, but what it gives cannot be taken for this board.
    Unreadable,
    /// This panel: its disk, its settings, its sync.
    Panel,
    /// The office's web does not answer: the network, or its server. Also what a later version calls otherwise.
    #[serde(other)]
    Unreached,
}

impl SyncReport {
    pub const VERSION: u32 = 1;
    const FILE: &str = "sync.json";
    /// Renamed into place after each commit; the panel waits on it.
    pub const CHANGED: &str = "changed";

    /// `None`: there is none yet, or none that this version can read.
    pub fn read(run: &Path) -> Option<SyncReport> {
        read(run, Self::FILE)
    }

    /// Replaces the file whole: a reader sees the old one or the new one.
    pub fn write(&self, run: &Path) -> io::Result<()> {
        replace(run, Self::FILE, &serde_json::to_vec(self)?)
    }

    pub fn board(&self, key: &str) -> Option<&BoardReport> {
        self.boards.iter().find(|board| board.key == key)
    }
}

/// `run/panel.json`: what is on the glass, and whether somebody is before it. Written by the panel right after a frame:
/// when something in it changed, and about once a minute; read by sync.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PanelReport {
    /// Version of this record, 1.
    pub v: u32,
    /// When it was written: a frame had just reached the glass.
    #[serde(with = "moment")]
    pub at: DateTime<Utc>,
    /// Seconds since the machine started, when it was written: see [`SyncReport::uptime`].
    #[serde(default)]
    pub uptime: Option<u64>,
    /// When the panel started.
    #[serde(default, with = "moment::maybe")]
    pub started_at: Option<DateTime<Utc>>,
    /// From the start of the process to its first frame, in milliseconds.
    #[serde(default)]
    pub first_frame_ms: u64,
    /// The page on the glass: `wall`, `board`, `document`, `service`; `rescue` where the board cannot be shown.
    #[serde(default)]
    pub page: String,
    /// The boards can be read, from the store or from memory.
    #[serde(default)]
    pub readable: bool,
    /// Notices that the board shows.
    #[serde(default)]
    pub up: u64,
    /// Somebody is before the glass.
    #[serde(default)]
    pub reading: bool,
    /// Since when nobody has been there; `None` where somebody is.
    #[serde(default, with = "moment::maybe")]
    pub idle_since: Option<DateTime<Utc>>,
    /// Somebody works on the panel, at most until then.
    #[serde(default, with = "moment::maybe")]
    pub maintenance_until: Option<DateTime<Utc>>,
    /// `None` where an earlier version wrote this.
    #[serde(default)]
    pub display: Option<DisplayReport>,
    #[serde(default)]
    pub touch: Option<TouchReport>,
    /// Urgent messages that are on the glass, or take turns on it; `None` where an earlier version wrote this.
    #[serde(default)]
    pub messages: Option<Vec<ShownMessage>>,
    /// What the office has taken down at once, and the board on the glass leaves out; `None` where an earlier version
    /// wrote this.
    #[serde(default)]
    pub left_out: Option<Vec<LeftOut>>,
    /// What the glass follows of what is decreed: [`decree::Decree::digest`].
    #[serde(default)]
    pub decree: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl PanelReport {
    pub const VERSION: u32 = 1;
    const FILE: &str = "panel.json";

    /// `None`: there is none yet, or none that this version can read.
    pub fn read(run: &Path) -> Option<PanelReport> {
        read(run, Self::FILE)
    }

    /// Replaces the file whole: a reader sees the old one or the new one.
    pub fn write(&self, run: &Path) -> io::Result<()> {
        replace(run, Self::FILE, &serde_json::to_vec(self)?)
    }
}

/// An urgent message, as far as it has been on the glass.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShownMessage {
    /// [`decree::Message::id`]
    pub id: String,
    /// All that it says was there; else only its headline, over what somebody reads.
    #[serde(default)]
    pub whole: bool,
    /// Since when.
    #[serde(default, with = "moment::maybe")]
    pub since: Option<DateTime<Utc>>,
}

/// A decision of the office to take a notice down, as the panel follows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// [`decree::Down::id`]
    pub id: String,
    /// The device held such a notice.
    #[serde(default)]
    pub was_up: bool,
}

/// Wakes the panel: something was committed.
pub fn announce_change(run: &Path) -> io::Result<()> {
    replace(run, SyncReport::CHANGED, b"")
}

pub(crate) fn read<T: DeserializeOwned>(run: &Path, name: &str) -> Option<T> {
    let bytes = read_small(&run.join(name), MAX_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Reads a regular file of at most so many bytes. It waits for nothing and follows nothing: whoever writes it may have
/// put a pipe or a link there, and must not hold up whoever reads.
pub fn read_small(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    let length = file.take(most + 1).read_to_end(&mut bytes)?;
    if length as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Replaces a small file whole. No fsync: the folder lies in memory.
pub fn replace(run: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(run)?;
    let new = run.join(format!("{name}.new"));
    fs::File::create(&new)?.write_all(bytes)?;
    fs::rename(new, run.join(name))
}

/// Moments as RFC 3339 in UTC: `2026-03-01T06:00:00Z`, to the second.
pub mod moment {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn text(at: &DateTime<Utc>) -> String {
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    pub fn serialize<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text(at))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(from)?;
        DateTime::parse_from_rfc3339(&text).map(|at| at.to_utc()).map_err(D::Error::custom)
    }

    /// The same where there may be none.
    pub mod maybe {
        use super::{DateTime, Deserialize, Deserializer, Error, Serializer, Utc, text};

        pub fn serialize<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => to.serialize_some(&text(at)),
                None => to.serialize_none(),
            }
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
            let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
            DateTime::parse_from_rfc3339(&text).map(|at| Some(at.to_utc())).map_err(D::Error::custom)
        }
    }
}
