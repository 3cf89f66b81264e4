//! One entry, its canonical text, and the chain.
//!
//! Canonical: JSON as RFC 8785 writes it – one line, keys sorted, no spaces, whole numbers only. It is stored and
//! printed as it was written, byte by byte; what a later program adds, an earlier one carries along unread.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use super::LedgerError;
use crate::clock::Now;
use crate::model::{self, Digest};

/// Of the format.
pub const VERSION: u64 = 2;
/// The version before, in which a notice was called by its identity in the feed.
const WITH_IDENTITIES: u64 = 1;

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without a gap.
    pub number: u64,
    pub at: DateTime<Utc>,
    /// Whether the panel's clock was believed when it wrote this.
    pub trusted: bool,
    /// `None`: of a kind that this program does not know.
    pub what: Option<What>,
    /// As it was written.
    pub text: String,
}

/// What happened. A notice is there by its mark (`model::mark`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The panel's first frame is on the glass. `after`: name of a damaged ledger that this one follows.
    Started { program: String, after: Option<String> },
    /// The panel was told to stop.
    Stopped,
    /// A notice is on the device.
    Received { board: String, notice: Digest, digest: Digest, documents: Vec<Option<Digest>>, days: Days },
    /// It is on the glass for the first time.
    FirstShown { board: String, notice: Digest, digest: Digest, when: When, days: Days },
    /// Documents that were still to come are here.
    Filed { board: String, notice: Digest, digest: Digest, documents: Vec<Option<Digest>> },
    /// The office published it with other content, or with other documents.
    Changed {
        board: String,
        notice: Digest,
        from: Digest,
        to: Digest,
        documents_from: Vec<Option<Digest>>,
        documents_to: Vec<Option<Digest>>,
        days: Days,
    },
    /// It is no longer on the board. `shown`: it ever was on the glass.
    Down { board: String, notice: Digest, digest: Digest, why: Why, shown: bool },
    /// What happened could not be written down; what is found afterwards follows with the time of its finding. `to`:
    /// `None` where no clock can say when that ended.
    Unrecorded { from: DateTime<Utc>, to: Option<DateTime<Utc>> },
    /// Somebody ordered something of the panel by hand: as `command::Command` and `command::Sender` name it.
    Ordered { order: String, by: String },
    /// All of an urgent message is on the glass for the first time, until a moment at the latest.
    MessageShown { urgent: Urgent, drill: bool },
    /// It is no longer shown: its time has passed, or the office withdrew it.
    MessageOver { message: Digest, why: Why },
    /// Something happened at the technician's service page.
    Service(Service),
    /// The boards could not be read. `to`: `None` where no clock can say when that ended.
    Unreadable { from: DateTime<Utc>, to: Option<DateTime<Utc>>, cause: Cause },
}

/// An urgent message of the office: not a word of what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urgent {
    /// SHA-256 of it, as sync has written it.
    pub message: Digest,
    /// When its time has passed.
    pub until: DateTime<Utc>,
}

/// Days that a notice bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    pub posted: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
}

/// When a notice was first on the glass, against the day of posting that it bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// On that day or before; or it bears none.
    InTime,
    /// After it.
    Late,
    /// After it, and it was posted before this ledger knew its board: the panel was hung up later.
    BeforePanel,
}

const WHENS: [(When, &str); 3] = [(When::InTime, "in-time"), (When::Late, "late"), (When::BeforePanel, "before-panel")];

impl When {
    /// As it is written; never changes.
    pub fn name(self) -> &'static str {
        WHENS.iter().find(|(when, _)| *when == self).map_or("in-time", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<When> {
        WHENS.iter().find(|(_, known)| *known == name).map(|(when, _)| *when)
    }
}

/// Why a notice is no longer on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its last day has passed.
    Ended,
    /// The office withdrew it.
    Withdrawn,
    /// The office ordered by the hub that it be taken down at once.
    TakenDown,
    /// The device does not hold it any more, and nobody can tell why.
    Unknown,
}

impl Why {
    /// As it is written; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Why::Ended => "ended",
            Why::Withdrawn => "withdrawn",
            Why::TakenDown => "taken-down",
            Why::Unknown => "unknown",
        }
    }

    fn from_name(name: &str) -> Option<Why> {
        [Why::Ended, Why::Withdrawn, Why::TakenDown, Why::Unknown].into_iter().find(|why| why.name() == name)
    }
}

/// What happened at the service page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Somebody with the PIN opened it.
    Opened,
    /// A wrong PIN was typed.
    WrongPin,
    /// The PIN that the panel made was written down, and counts from now on.
    PinNoted,
    /// The support bundle was put onto a stick.
    BundleSaved,
}

const SERVICES: [(Service, &str); 4] = [
    (Service::Opened, "opened"),
    (Service::WrongPin, "wrong-pin"),
    (Service::PinNoted, "pin-noted"),
    (Service::BundleSaved, "bundle-saved"),
];

impl Service {
    /// As it is written; never changes.
    pub fn name(self) -> &'static str {
        SERVICES.iter().find(|(service, _)| *service == self).map_or("opened", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<Service> {
        SERVICES.iter().find(|(_, known)| *known == name).map(|(service, _)| *service)
    }
}

/// Why the boards could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The panel's program did not run, in a system that did.
    ProcessStopped,
    /// The device was off, or restarted.
    Power,
    /// Nothing reached the glass.
    Display,
    /// What is up could not be read from the store, and memory had nothing.
    Store,
}

const CAUSES: [(Cause, &str); 4] = [
    (Cause::ProcessStopped, "process-stopped"),
    (Cause::Power, "power"),
    (Cause::Display, "display"),
    (Cause::Store, "store"),
];

impl Cause {
    /// As it is written; never changes.
    pub fn name(self) -> &'static str {
        CAUSES.iter().find(|(cause, _)| *cause == self).map_or("store", |(_, name)| name)
    }

    pub fn from_name(name: &str) -> Option<Cause> {
        CAUSES.iter().find(|(_, known)| *known == name).map(|(cause, _)| *cause)
    }
}

/// The digest before the first entry.
pub(super) const NOTHING: Digest = Digest([0; 32]);

impl What {
    pub fn kind(&self) -> &'static str {
        match self {
            What::Started { .. } => "started",
            What::Stopped => "stopped",
            What::Received { .. } => "received",
            What::FirstShown { .. } => "first_shown",
            What::Filed { .. } => "filed",
            What::Changed { .. } => "changed",
            What::Down { .. } => "down",
            What::Unreadable { .. } => "unreadable",
            What::Unrecorded { .. } => "unrecorded",
            What::MessageShown { .. } => "message_shown",
            What::MessageOver { .. } => "message_over",
            What::Ordered { .. } => "ordered",
            What::Service(_) => "service",
        }
    }

    /// Writes it as entry `number`, after the one whose text has the digest `previous`.
    pub fn entry(self, number: u64, previous: Digest, now: Now) -> Entry {
        let mut fields = BTreeMap::new();
        let mut put = |key: &'static str, value: Value| {
            fields.insert(key, value);
        };
        put("at", instant(now.at));
        put("kind", self.kind().into());
        put("number", number.into());
        put("previous", hex(&previous));
        put("trusted", now.is_trusted().into());
        put("v", VERSION.into());
        self.fields(put);
        let text = serde_json::to_string(&fields).expect("strings and whole numbers are always JSON");
        // As it will be read: the text has milliseconds.
        let at = now.at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now.at);
        Entry { number, at, trusted: now.is_trusted(), what: Some(self), text }
    }

    fn fields(&self, mut put: impl FnMut(&'static str, Value)) {
        let mut days = None;
        match self {
            What::Started { program, after } => {
                put("program", program.as_str().into());
                if let Some(after) = after {
                    put("after", after.as_str().into());
                }
            }
            What::Stopped => {}
            What::Received { board, notice, digest, documents, days: its } => {
                subject(&mut put, board, notice);
                put("digest", hex(digest));
                put("documents", list(documents));
                days = Some(its);
            }
            What::FirstShown { board, notice, digest, when, days: its } => {
                subject(&mut put, board, notice);
                put("digest", hex(digest));
                put("when", when.name().into());
                days = Some(its);
            }
            What::Filed { board, notice, digest, documents } => {
                subject(&mut put, board, notice);
                put("digest", hex(digest));
                put("documents", list(documents));
            }
            What::Changed { board, notice, from, to, documents_from, documents_to, days: its } => {
                subject(&mut put, board, notice);
                put("from", hex(from));
                put("to", hex(to));
                put("documents_from", list(documents_from));
                put("documents_to", list(documents_to));
                days = Some(its);
            }
            What::Down { board, notice, digest, why, shown } => {
                subject(&mut put, board, notice);
                put("digest", hex(digest));
                put("why", why.name().into());
                put("shown", (*shown).into());
            }
            What::Unrecorded { from, to } => {
                put("from", instant(*from));
                put("to", to.map_or(Value::Null, instant));
            }
            What::Ordered { order, by } => {
                put("order", order.as_str().into());
                put("by", by.as_str().into());
            }
            What::MessageShown { urgent, drill } => {
                put("message", hex(&urgent.message));
                put("until", instant(urgent.until));
                put("drill", (*drill).into());
            }
            What::MessageOver { message, why } => {
                put("message", hex(message));
                put("why", why.name().into());
            }
            What::Service(service) => put("act", service.name().into()),
            What::Unreadable { from, to, cause } => {
                put("from", instant(*from));
                put("to", to.map_or(Value::Null, instant));
                put("cause", cause.name().into());
            }
        }
        if let Some(days) = days {
            put("posted", days.posted.map(|day| day.to_string()).into());
            put("until", days.until.map(|day| day.to_string()).into());
        }
    }
}

fn subject(put: &mut impl FnMut(&'static str, Value), board: &str, notice: &Digest) {
    put("board", board.into());
    put("notice", hex(notice));
}

fn instant(at: DateTime<Utc>) -> Value {
    at.to_rfc3339_opts(SecondsFormat::Millis, true).into()
}

fn hex(digest: &Digest) -> Value {
    digest.to_string().into()
}

fn list(documents: &[Option<Digest>]) -> Value {
    documents.iter().map(|digest| digest.map(|digest| digest.to_string())).collect::<Vec<_>>().into()
}

impl Entry {
    /// Reads what was written. A kind or version from the future is no error: `what` is `None`.
    pub fn parse(text: &str) -> Option<Entry> {
        let value: Value = serde_json::from_str(text).ok()?;
        let version = value.get("v")?.as_u64()?;
        Some(Entry {
            number: value.get("number")?.as_u64()?,
            at: read_instant(&value, "at")?,
            trusted: value.get("trusted")?.as_bool()?,
            what: if [VERSION, WITH_IDENTITIES].contains(&version) { read_what(&value, version) } else { None },
            text: text.to_owned(),
        })
    }

    /// Whether it was written after the entry with this digest (hexadecimal digits).
    pub fn follows(&self, digest: &str) -> bool {
        let first = if digest.is_empty() { NOTHING.to_string() } else { digest.to_owned() };
        self.previous().is_some_and(|previous| previous.to_string() == first)
    }

    fn previous(&self) -> Option<Digest> {
        let value: Value = serde_json::from_str(&self.text).ok()?;
        read_digest(&value, "previous")
    }
}

fn read_what(value: &Value, version: u64) -> Option<What> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let flag = |key: &str| value.get(key).and_then(Value::as_bool);
    let day = |key: &str| text(key).and_then(|day| day.parse().ok());
    let digest = |key: &str| read_digest(value, key);
    let list = |key: &str| -> Option<Vec<Option<Digest>>> {
        Some(value.get(key)?.as_array()?.iter().map(|one| one.as_str().and_then(Digest::parse)).collect())
    };
    let days = Days { posted: day("posted"), until: day("until") };
    let board = text("board");
    let notice = match version {
        WITH_IDENTITIES => board.as_deref().zip(text("notice")).map(|(board, id)| model::mark(board, &id)),
        _ => digest("notice"),
    };
    Some(match text("kind")?.as_str() {
        "started" => What::Started { program: text("program")?, after: text("after") },
        "stopped" => What::Stopped,
        "received" => What::Received {
            board: board?,
            notice: notice?,
            digest: digest("digest")?,
            documents: list("documents")?,
            days,
        },
        "first_shown" => {
            let when = match version {
                WITH_IDENTITIES if flag("late")? => When::Late,
                WITH_IDENTITIES => When::InTime,
                _ => When::from_name(&text("when")?)?,
            };
            What::FirstShown { board: board?, notice: notice?, digest: digest("digest")?, when, days }
        }
        "filed" => {
            What::Filed { board: board?, notice: notice?, digest: digest("digest")?, documents: list("documents")? }
        }
        "changed" => What::Changed {
            board: board?,
            notice: notice?,
            from: digest("from")?,
            to: digest("to")?,
            documents_from: list("documents_from")?,
            documents_to: list("documents_to")?,
            days,
        },
        "down" => What::Down {
            board: board?,
            notice: notice?,
            digest: digest("digest")?,
            why: Why::from_name(&text("why")?)?,
            shown: flag("shown")?,
        },
        "unrecorded" => What::Unrecorded { from: read_instant(value, "from")?, to: read_end(value)? },
        "ordered" => What::Ordered { order: text("order")?, by: text("by")? },
        "message_shown" => {
            let urgent = Urgent { message: digest("message")?, until: read_instant(value, "until")? };
            What::MessageShown { urgent, drill: flag("drill")? }
        }
        "message_over" => What::MessageOver { message: digest("message")?, why: Why::from_name(&text("why")?)? },
        "service" => What::Service(Service::from_name(&text("act")?)?),
        "unreadable" => What::Unreadable {
            from: read_instant(value, "from")?,
            to: read_end(value)?,
            cause: Cause::from_name(&text("cause")?)?,
        },
        _ => return None,
    })
}

/// Where it is there at all.
fn read_end(value: &Value) -> Option<Option<DateTime<Utc>>> {
    if value.get("to")?.is_null() { Some(None) } else { read_instant(value, "to").map(Some) }
}

fn read_instant(value: &Value, key: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.get(key)?.as_str()?).ok().map(|at| at.to_utc())
}

fn read_digest(value: &Value, key: &str) -> Option<Digest> {
    Digest::parse(value.get(key)?.as_str()?)
}

/// Follows the chain from the first entry. Returns the digest of the last.
pub fn verify(entries: &[Entry]) -> Result<Digest, LedgerError> {
    let mut previous = NOTHING;
    for (entry, number) in entries.iter().zip(1..) {
        let broken = |found: &str| Err(LedgerError::Broken { number, found: found.to_owned() });
        if entry.number != number {
            return broken(&format!("it calls itself number {}", entry.number));
        }
        if entry.previous() != Some(previous) {
            return broken("it does not follow the entry before it");
        }
        previous = Digest::of(entry.text.as_bytes());
    }
    Ok(previous)
}
