//! What an office has decreed for a place: its urgent messages, and the notices that it has taken down at once. On its way
//! from the hub (`Reply`), and as `run/decree.json`, written by sync and read by the panel.
//!
//! It is a state, no order: whatever was lost on the way, the next answer brings all of it. The words for level and kind
//! are those of the Common Alerting Protocol 1.2 (OASIS, §3.2). The surprising thing: what cannot be read in it is left
//! out and the rest counts, for nothing that a hub says may blank the board.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::{moment, read, replace};
use crate::model::Digest;

/// Messages that are in force for one place at once.
pub const MAX_MESSAGES: usize = 4;
/// Notices that are taken down for one place at once.
pub const MAX_DOWN: usize = 300;
/// Letters of a headline, and of the text below it, in each language.
pub const MAX_HEADLINE: usize = 80;
pub const MAX_TEXT: usize = 400;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decree {
    /// Tells it from every other one; empty: nothing is decreed.
    #[serde(default)]
    pub digest: String,
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    #[serde(default, deserialize_with = "readable", skip_serializing_if = "Vec::is_empty")]
    pub down: Vec<Down>,
}

/// An urgent message (naléhavá zpráva).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The hub's name for it.
    pub id: String,
    #[serde(default)]
    pub status: Status,
    #[serde(default)]
    pub severity: Severity,
    /// The office, as people call it.
    #[serde(default)]
    pub sender_name: String,
    #[serde(with = "moment")]
    pub sent: DateTime<Utc>,
    /// It is not shown from this moment on.
    #[serde(with = "moment")]
    pub expires: DateTime<Utc>,
    /// The same in each language, Czech first.
    #[serde(deserialize_with = "readable")]
    pub info: Vec<Info>,
}

/// A message in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Info {
    /// ISO 639-1.
    pub language: String,
    pub headline: String,
    /// What happens, and what to do.
    #[serde(default)]
    pub description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Status {
    /// A drill (cvičení): nobody is in danger.
    Exercise,
    /// Also what a later version calls otherwise.
    #[default]
    #[serde(other)]
    Actual,
}

/// How grave it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Severity {
    Extreme,
    Moderate,
    /// Between them. Also what a later version calls otherwise.
    #[default]
    #[serde(other)]
    Severe,
}

impl Severity {
    /// The gravest first.
    pub const ALL: [Severity; 3] = [Severity::Extreme, Severity::Severe, Severity::Moderate];

    /// Its place among all of them.
    pub fn rank(self) -> usize {
        Severity::ALL.iter().position(|severity| *severity == self).unwrap_or(0)
    }
}

/// A notice that is not shown, whatever the office's feed lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// The hub's name for this decision.
    pub id: String,
    /// [`name_of`] its identity in the feed, or its address on the web.
    pub notice: String,
    /// The device held such a notice: said by sync to the panel, and never by the hub.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub met: bool,
}

/// What a notice is called where it is taken down: the SHA-256 of its identity or its address, for either may name a
/// person.
pub fn name_of(identity: &str) -> String {
    Digest::of(identity.trim().as_bytes()).to_string()
}

impl Decree {
    const FILE: &str = "decree.json";

    /// With the digest that it gets from what is in it.
    pub fn of(messages: Vec<Message>, down: Vec<Down>) -> Decree {
        let mut decree = Decree { digest: String::new(), messages, down };
        if decree != Decree::default() {
            decree.digest = Digest::of(decree.text().as_bytes()).to_string();
        }
        decree
    }

    /// One line of JSON.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("plain values are always JSON")
    }

    /// What cannot be read counts as nothing.
    pub fn parse(text: &str) -> Decree {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// By which decisions a notice is taken down: their places in `down`.
    pub fn against(&self, identity: &str, address: Option<&str>) -> Vec<usize> {
        if self.down.is_empty() {
            return Vec::new();
        }
        let names = [Some(name_of(identity)), address.map(name_of)];
        let meant = |down: &Down| names.iter().flatten().any(|name| *name == down.notice);
        (0..self.down.len()).filter(|at| meant(&self.down[*at])).collect()
    }

    /// Whether a notice is taken down by it.
    pub fn takes_down(&self, identity: &str, address: Option<&str>) -> bool {
        !self.against(identity, address).is_empty()
    }

    /// `None`: there is none, or none that this version can read.
    pub fn read(run: &Path) -> Option<Decree> {
        read(run, Self::FILE)
    }

    /// Replaces the file whole; the panel waits on it.
    pub fn write(&self, run: &Path) -> io::Result<()> {
        replace(run, Self::FILE, self.text().as_bytes())
    }

    pub fn is_file(name: &[u8]) -> bool {
        name == Self::FILE.as_bytes()
    }
}

impl Message {
    pub fn is_drill(&self) -> bool {
        self.status == Status::Exercise
    }

    /// In this language, else in the first one.
    pub fn said_in(&self, language: &str) -> Option<&Info> {
        self.info.iter().find(|info| info.language == language).or(self.info.first())
    }
}

/// Of a list, what can be read.
fn readable<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let items = match serde_json::Value::deserialize(from)? {
        serde_json::Value::Array(items) => items,
        _ => Vec::new(),
    };
    Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
}

/// Where it is none, it was not said.
pub(super) fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decree>, D::Error> {
    Ok(serde_json::from_value(serde_json::Value::deserialize(from)?).ok())
}

#[cfg(test)]
mod tests {
    use super::{Decree, Severity, Status, name_of};

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let text = r#"{"digest": "d", "more": 1, "down": 7, "messages": [
            {"id": "1"}, 17, "x", {"id": "2", "sent": "2026-11-24T08:00:00Z", "expires": "2026-11-24T09:00:00Z",
             "severity": "Apocalyptic", "status": "Draft",
             "info": [{"language": "cs", "headline": "Voda"}, {"headline": 7}]}]}"#;
        let decree = Decree::parse(text);
        assert_eq!((decree.messages.len(), decree.down.len()), (1, 0));
        let message = &decree.messages[0];
        assert_eq!((message.severity, message.status, message.info.len()), (Severity::Severe, Status::Actual, 1));
        assert_eq!(message.said_in("uk").map(|info| info.headline.as_str()), Some("Voda"));
        for nonsense in ["", "[]", "7", "{\"messages\": null}", "{\"digest\": {}}"] {
            assert_eq!(Decree::parse(nonsense), Decree::default(), "{nonsense}");
        }
    }

    #[test]
    fn each_has_a_digest_of_its_own_and_nothing_has_none() {
        let down = |notice: &str| super::Down { id: "1".to_owned(), notice: name_of(notice), met: false };
        assert_eq!(Decree::of(Vec::new(), Vec::new()), Decree::default());
        let (one, other) = (Decree::of(Vec::new(), vec![down("a")]), Decree::of(Vec::new(), vec![down("b")]));
        assert!(!one.digest.is_empty() && one.digest != other.digest);
        assert!(one.takes_down("a", None) && one.takes_down("x", Some(" a")) && !one.takes_down("b", None));
        assert_eq!(Decree::parse(&one.text()), one);
    }
}
