//! What the guard remembers of a board between rounds, and its form on disk: versioned JSON.
//!
//! It holds no notice, no title and no identity, only what stands for them: offices write people's names into addresses,
//! and a notice that is down is gone from the device within a day. The surprising thing: damage costs nothing but time.
//! What cannot be read is forgotten, and every wait begins again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::RECENT;
use super::hold::{Hold, HoldKind, Patience, Subject};
use crate::clock::Now;
use crate::model::{Digest, mark};

/// Version of the form on disk.
const VERSION: u32 = 1;

/// So many ended notices are remembered; an office that lists more is rare, and each costs twenty bytes.
pub const ENDED: usize = 4096;

/// What is carried from round to round; nothing to begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// What is held back.
    pub holds: Vec<Hold>,
    /// Both errors, as far as they can be seen from here.
    pub tally: Tally,
    /// IČO that the feed named last.
    pub(super) operator: Option<String>,
    /// The feed that was read last named none.
    pub(super) unnamed: bool,
    /// The board's own identity in the feed.
    pub(super) iri: Option<String>,
    /// Another office's feed that a person has admitted: what it says of its operator.
    pub(super) admitted: Option<String>,
    /// Unexpired notices when the present holds began, with those lost of late; 0 where nothing is held back.
    pub(super) size: usize,
    /// The last readable round, while something is held back.
    pub(super) last: Option<Last>,
    /// What was withdrawn within [`super::RECENT`], without having waited.
    pub(super) recent: Vec<Lost>,
    /// Fingerprints of the identities of ended notices that the office still lists, in order; no more than [`ENDED`].
    pub(super) ended: Vec<u64>,
}

/// Counted by notices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Held back, and well again.
    pub averted: u64,
    /// Held back, and meant.
    pub held_wrongly: u64,
    /// Withdrawn, and back within a day.
    pub removed_wrongly: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
    pub trusted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    pub mark: Digest,
    pub at: DateTime<Utc>,
}

impl Memory {
    /// IČO that the feed named last.
    pub fn operator(&self) -> Option<&str> {
        self.operator.as_deref()
    }

    /// The board's own identity in the feed.
    pub fn iri(&self) -> Option<&str> {
        self.iri.as_deref()
    }

    /// Forgets what was lost longer ago than [`RECENT`]. For every round, whatever becomes of it.
    pub fn forget(&mut self, now: Now) {
        self.recent.iter_mut().for_each(|lost| lost.at = lost.at.min(now.at));
        self.recent.retain(|lost| now.at - lost.at < RECENT);
    }

    pub fn to_json(&self) -> String {
        let record = Record {
            v: VERSION,
            operator: self.operator.clone(),
            unnamed: self.unnamed,
            iri: self.iri.clone(),
            admitted: self.admitted.clone(),
            size: self.size,
            last: self.last,
            recent: self.recent.iter().map(|lost| LostRecord { id: lost.mark.to_string(), at: lost.at }).collect(),
            ended: self.ended.clone(),
            tally: self.tally,
            holds: self.holds.iter().map(HoldRecord::of).collect(),
        };
        serde_json::to_string(&record).expect("plain data has a form in JSON")
    }

    /// What is remembered of the board with the key `board`. Damaged, or of another version: nothing is remembered.
    pub fn from_json(board: &str, text: &str) -> Memory {
        let Ok(record) = serde_json::from_str::<Record>(text) else { return Memory::default() };
        if record.v != VERSION {
            return Memory::default();
        }
        Memory {
            operator: record.operator,
            unnamed: record.unnamed,
            iri: record.iri,
            admitted: record.admitted,
            size: record.size,
            last: record.last,
            recent: record
                .recent
                .into_iter()
                .map(|lost| Lost { mark: read_mark(board, &lost.id), at: lost.at })
                .collect(),
            ended: record.ended,
            tally: record.tally,
            holds: record.holds.into_iter().filter_map(|hold| hold.read(board)).collect(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Record {
    v: u32,
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    unnamed: bool,
    #[serde(default)]
    iri: Option<String>,
    #[serde(default)]
    admitted: Option<String>,
    #[serde(default)]
    size: usize,
    #[serde(default)]
    last: Option<Last>,
    #[serde(default)]
    recent: Vec<LostRecord>,
    #[serde(default)]
    ended: Vec<u64>,
    #[serde(default)]
    tally: Tally,
    #[serde(default)]
    holds: Vec<HoldRecord>,
}

#[derive(Serialize, Deserialize)]
struct LostRecord {
    /// A mark; once it was the identity itself.
    id: String,
    #[serde(with = "instant")]
    at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct HoldRecord {
    kind: String,
    #[serde(with = "instant")]
    since: DateTime<Utc>,
    rounds: u32,
    waited_ms: i64,
    patience: PatienceRecord,
    released: bool,
    /// Marks, once identities; for a wrong operator, what was found.
    subjects: Vec<(String, u64)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PatienceRecord {
    Hours,
    Day,
    Hand,
}

impl HoldRecord {
    fn of(hold: &Hold) -> HoldRecord {
        HoldRecord {
            kind: hold.kind.to_string(),
            since: hold.since,
            rounds: hold.rounds,
            waited_ms: hold.waited.num_milliseconds(),
            patience: match hold.patience {
                Patience::Hours => PatienceRecord::Hours,
                Patience::Day => PatienceRecord::Day,
                Patience::Hand => PatienceRecord::Hand,
            },
            released: hold.released,
            subjects: hold
                .subjects
                .iter()
                .map(|subject| (subject.mark.to_string(), subject.value))
                .chain(hold.found.iter().map(|found| (found.clone(), 0)))
                .collect(),
        }
    }

    /// `None` for a kind of a later version.
    fn read(mut self, board: &str) -> Option<Hold> {
        let kind = HoldKind::parse(&self.kind)?;
        let found = if kind == HoldKind::WrongOperator { self.subjects.pop() } else { None };
        Some(Hold {
            kind,
            found: found.map(|(found, _)| found),
            since: self.since,
            rounds: self.rounds,
            waited: TimeDelta::try_milliseconds(self.waited_ms)?.clamp(TimeDelta::zero(), TimeDelta::days(3650)),
            patience: match self.patience {
                PatienceRecord::Hours => Patience::Hours,
                PatienceRecord::Day => Patience::Day,
                PatienceRecord::Hand => Patience::Hand,
            },
            released: self.released,
            subjects: self
                .subjects
                .into_iter()
                .map(|(id, value)| Subject { mark: read_mark(board, &id), value })
                .collect(),
        })
    }
}

/// An earlier version wrote the identity itself.
fn read_mark(board: &str, text: &str) -> Digest {
    Digest::parse(text).unwrap_or_else(|| mark(board, text))
}

/// RFC 3339, so that a technician can read it.
mod instant {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text).map(|at| at.to_utc()).map_err(de::Error::custom)
    }
}
