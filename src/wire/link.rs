//! What a device and its hub write to each other: JSON in a POST, signed by the headers around it. `docs/link.md` says it
//! to people.
//!
//! Each request carries the device's link key, a number that grows with each request, and a signature over address,
//! number and body; each answer is signed by the hub over the device, that number and its body. So nothing needs to be
//! secret on the way, and neither side's words can be played again.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::decree::{self, Decree};
use super::{LedgerEnd, Signed};

/// Where a device asks to be taken in.
pub const ENROL: &str = "/link/v1/enrol";
/// Where it reports, and learns what is ordered.
pub const REPORT: &str = "/link/v1/report";
/// Where it hands on a picture of the glass ([`crate::wire::Picture`]), which is the body; the answer is a [`Reply`].
pub const PICTURE: &str = "/link/v1/picture";

/// Hexadecimal digits of the device's link key.
pub const DEVICE: &str = "vyveska-device";
/// The request's number, decimal.
pub const SEQUENCE: &str = "vyveska-sequence";
/// Hexadecimal digits of the signature, of a request and of an answer.
pub const SIGNATURE: &str = "vyveska-signature";

/// Longest body of a request, in bytes: an hour of records, and answers.
pub const MAX_REQUEST: usize = 512 << 10;
/// Longest body of an answer, in bytes.
pub const MAX_REPLY: usize = 128 << 10;
/// So many feeds are named in one report at most.
pub const MAX_FEEDS: usize = 64;
/// So many records of health in one report at most, oldest first: the rest follows with the next.
pub const MAX_RECORDS: usize = 60;

/// So many entries of the ledger in one report at most, and bytes of them together: the rest follows with the next.
pub const MAX_ENTRIES: usize = 60;
pub const MAX_LEDGER: usize = 48 << 10;

/// A device that nobody knows yet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Enrolment {
    /// Version of this letter, 1.
    pub v: u32,
    /// The panel's own key, and its signature over the link key ([`crate::keys::Text::Voucher`]).
    pub panel_key: String,
    pub voucher: String,
    /// From the settings, where somebody has prepared the place: it counts once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// `vyveska 0.1.0`
    #[serde(default)]
    pub program: String,
    /// Where its settings say it hangs.
    #[serde(default)]
    pub place: String,
    /// Names of its boards.
    #[serde(default)]
    pub boards: Vec<String>,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Enrolled {
    /// Version of this letter, 1.
    pub v: u32,
    /// The hub's key: it signs the answers. Kept by the device once somebody has confirmed the code of all three keys.
    pub hub_key: String,
    #[serde(default)]
    pub standing: Standing,
    /// Name of the place, where it is enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Ask or report again after so many seconds.
    #[serde(default)]
    pub again_after: u32,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The device belongs to a place.
    Enrolled,
    /// It does not, and asking again changes nothing.
    Refused,
    /// Somebody at the hub has yet to compare the code. Also what a later version calls otherwise.
    #[default]
    #[serde(other)]
    Waiting,
}

/// A sign of life, with what has happened since the last one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Version of this letter, 1.
    pub v: u32,
    /// Identity of the machine's running boot: a boot that is back after another was seen is a second machine.
    pub boot: String,
    /// Seconds that it has lasted.
    #[serde(default)]
    pub uptime: u64,
    /// Records of health ([`crate::health::Record`]), oldest first; the last one is now.
    #[serde(default)]
    pub records: Vec<Value>,
    /// How orders ended.
    #[serde(default)]
    pub answers: Vec<OrderAnswer>,
    /// What the panel itself says ([`super::Statement`]), as it was signed; `None`: one of an earlier version says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glass: Option<Signed>,
    /// Entries of the panel's ledger that the hub does not have, oldest first, as they were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<String>,
    /// Addresses of the feeds that it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<String>,
    /// The last lines of the panel's log ([`super::log`]), where the hub has others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// What the device holds of what is decreed: [`Decree::digest`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub decree: String,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What the hub says to it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Reply {
    /// Version of this letter, 1.
    pub v: u32,
    /// The hub's time, RFC 3339.
    pub at: String,
    /// Report again after so many seconds; the device spreads that by a tenth.
    pub again_after: u32,
    /// Not yet answered, in the order of their numbers. A device carries out only numbers beyond the last it has taken.
    #[serde(default)]
    pub orders: Vec<HubOrder>,
    /// Those of its feeds that the hub has read itself of late, and gives out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<Mirror>,
    /// All that is decreed for the place, where the device holds something else.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "decree::said")]
    pub decree: Option<Decree>,
    /// Why the report was not taken; what was in it is to be sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Nobody could guess it: the panel signs it with its next statement, which is so known to be a new one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub word: String,
    /// What the hub has of the panel's ledger, with number 0 nothing; `None`: it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerEnd>,
    /// SHA-256 of the lines of its log that the hub has, in hexadecimal digits, empty: none; `None`: it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Where a feed can be had as well. The hub signs for what lies there: nothing else is to be taken for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mirror {
    /// The office's own address, as the device has named it.
    pub feed: String,
    /// Where the hub's copy lies: a whole address, or one that begins with a slash, behind the hub's own.
    pub url: String,
    /// SHA-256 of what lies there, hexadecimal.
    pub sha256: String,
    /// Kinds of what the hub's guard held back and has let through of late: a person's word, or time's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub admitted: Vec<String>,
}

/// What a device remembers of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mirrors {
    /// Until when they hold, by the monotonic clock: a hub that is not heard of any more says nothing of today's board.
    pub until: std::time::Duration,
    /// With whole addresses.
    pub list: Vec<Mirror>,
}

/// An order of the hub. The number grows over all orders to the device, also after the hub was restored from a backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HubOrder {
    pub id: u64,
    /// Seconds for which it is meant, from the answer that brings it.
    pub valid: u32,
    /// [`crate::command::Command`]; one that the device does not know it answers as refused.
    pub command: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAnswer {
    pub id: u64,
    pub done: bool,
    pub said: String,
}

/// Why a device's words do not count. What is written here never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Refused {
    /// A number that was used already; go on beyond `last`.
    Replayed { last: u64 },
    /// The place has another device now.
    Revoked,
    /// Two machines speak with one key.
    Cloned,
    /// The hub does not know the key: enrol. Also what a later version calls otherwise.
    #[serde(other)]
    Stranger,
}
