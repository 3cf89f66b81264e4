//! What a round did, as one line for people, as one line of JSON, and as the report for the panel.
//!
//! It names boards, counts and kinds. Never a title: these lines go to a log.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::MAX_HELD;
use super::ahead::PagesRound;
use super::documents::DocumentsRound;
use super::fetch::{Answer, Fetched};
use crate::clock::Now;
use crate::guard::{Hold, HoldKind};
use crate::http::HttpError;
use crate::model::Board;
use crate::store::Committed;
use crate::wire::{Trouble, moment};

/// One board in one round.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardRound {
    pub key: String,
    pub outcome: Outcome,
    /// What the guard holds back: kind, and reason in a sentence.
    pub held: Vec<(String, String)>,
    /// Kinds of what it held back until this round and admitted in it, by hand or by time.
    pub admitted: Vec<String>,
    pub committed: Committed,
    /// How many were not taken because the board is full: see `sync::MAX_HELD`.
    pub beyond: usize,
    /// Where the feed has moved for good.
    pub moved_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The feed says that nothing changed.
    Unchanged,
    /// The feed was read.
    Read { listed: usize, defects: usize },
    /// The feed answered with something that is no board: why.
    Unreadable(String),
    /// The feed is another office's, and nothing was taken from it: whose.
    Stranger(String),
    /// The feed was not to be had: why, how long its server asked to be left alone, whether a server said so, and who
    /// can help.
    Failed { why: String, retry_after: Option<Duration>, answered: bool, trouble: Trouble },
}

impl BoardRound {
    pub(super) fn new(board: &Board, fetched: Fetched, holds: Vec<Hold>, committed: Committed) -> BoardRound {
        let stranger = holds.iter().find(|hold| hold.kind == HoldKind::WrongOperator).map(Hold::reason);
        let outcome = match fetched.answer {
            Answer::Unchanged => Outcome::Unchanged,
            Answer::Read(_) if let Some(why) = stranger => Outcome::Stranger(why),
            Answer::Read(snapshot) => Outcome::Read { listed: snapshot.notices.len(), defects: snapshot.defects.len() },
            Answer::Unreadable(why) => Outcome::Unreadable(why),
            Answer::Failed(error) => Outcome::Failed {
                why: error.to_string(),
                retry_after: error.retry_after(),
                answered: error.answered(),
                trouble: trouble(&error),
            },
        };
        let held = holds.iter().map(|hold| (hold.kind.to_string(), hold.reason())).collect();
        let (key, moved_to) = (board.key.clone(), fetched.moved_to);
        BoardRound { key, outcome, held, admitted: Vec::new(), committed, beyond: 0, moved_to }
    }

    /// A round that ended in the store.
    pub(super) fn failed(board: &Board, why: String) -> BoardRound {
        BoardRound {
            key: board.key.clone(),
            outcome: Outcome::Failed { why, retry_after: None, answered: true, trouble: Trouble::Panel },
            held: Vec::new(),
            admitted: Vec::new(),
            committed: Committed::default(),
            beyond: 0,
            moved_to: None,
        }
    }

    /// Why this board could not be brought up to date; `None` when it could.
    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Unreadable(why) | Outcome::Stranger(why) | Outcome::Failed { why, .. } => Some(why),
            Outcome::Unchanged | Outcome::Read { .. } => None,
        }
    }

    /// Who can help, where it could not.
    pub fn trouble(&self) -> Option<Trouble> {
        match self.outcome {
            Outcome::Unreadable(_) | Outcome::Stranger(_) => Some(Trouble::Unreadable),
            Outcome::Failed { trouble, .. } => Some(trouble),
            Outcome::Unchanged | Outcome::Read { .. } => None,
        }
    }

    fn json(&self) -> Value {
        let (outcome, listed, defects) = match &self.outcome {
            Outcome::Unchanged => ("unchanged", None, None),
            Outcome::Read { listed, defects } => ("read", Some(listed), Some(defects)),
            Outcome::Unreadable(_) => ("unreadable", None, None),
            Outcome::Stranger(_) => ("wrong-operator", None, None),
            Outcome::Failed { .. } => ("failed", None, None),
        };
        let Committed { added, returned, changed, renamed, withdrawn, ended, .. } = self.committed;
        let held: Vec<Value> = self.held.iter().map(|(kind, why)| json!({ "kind": kind, "why": why })).collect();
        json!({
            "board": self.key, "outcome": outcome, "error": self.error(), "listed": listed, "defects": defects,
            "added": added, "returned": returned, "changed": changed, "renamed": renamed,
            "withdrawn": withdrawn, "ended": ended, "held": held, "moved_to": self.moved_to,
        })
    }
}

impl fmt::Display for BoardRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.key)?;
        match &self.outcome {
            Outcome::Unchanged => write!(f, "unchanged")?,
            Outcome::Read { listed, defects: 0 } => write!(f, "{listed} listed")?,
            Outcome::Read { listed, defects: 1 } => write!(f, "{listed} listed with 1 defect")?,
            Outcome::Read { listed, defects } => write!(f, "{listed} listed with {defects} defects")?,
            Outcome::Unreadable(why) => write!(f, "UNREADABLE: {why}")?,
            Outcome::Stranger(_) => write!(f, "NOT TAKEN")?,
            Outcome::Failed { why, .. } => write!(f, "FAILED: {why}")?,
        }
        let Committed { added, returned, changed, renamed, withdrawn, ended, .. } = self.committed;
        let counts = [
            (added - returned.min(added), "added"),
            (returned, "returned"),
            (changed, "changed"),
            (renamed, "moved to the new web"),
            (withdrawn, "withdrawn"),
            (ended, "ended"),
        ];
        for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {what}")?;
        }
        for (kind, why) in &self.held {
            write!(f, ", held back ({kind}): {why}")?;
        }
        if let Some(address) = &self.moved_to {
            write!(f, ", the feed has moved for good: set feed = \"{address}\"")?;
        }
        Ok(())
    }
}

fn trouble(error: &HttpError) -> Trouble {
    use HttpError::{
        Address, Authority, Connect, Cut, Dns, Downgrade, Encoding, ForbiddenAddress, NoAuthorities, Other, Proxy,
        Range, Redirect, Scheme, Silent, Status, Tls, TooEarly, TooLarge, TooManyRedirects, TooSlow, Unasked,
    };
    match error {
        Dns { .. } | Connect { .. } | Tls { .. } | Silent { .. } | TooSlow { .. } | Other { .. } => Trouble::Unreached,
        Status { .. } | Unasked { .. } | TooLarge { .. } | Cut { .. } | Encoding { .. } | Range { .. } => {
            Trouble::Unreadable
        }
        Downgrade { .. } | Redirect { .. } | TooManyRedirects { .. } => Trouble::Unreadable,
        // Its settings, its clock, or its system.
        Address | Scheme { .. } | ForbiddenAddress { .. } | Proxy { .. } | Authority { .. } => Trouble::Panel,
        TooEarly { .. } | NoAuthorities { .. } => Trouble::Panel,
    }
}

/// One round of the panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub now: Now,
    pub boards: Vec<BoardRound>,
    pub documents: DocumentsRound,
    pub pages: PagesRound,
    /// What else is worth saying: the store was healed, the disk is full.
    pub remarks: Vec<String>,
}

impl Summary {
    pub(super) fn new(now: Now) -> Summary {
        let (documents, pages) = (DocumentsRound::default(), PagesRound::default());
        Summary { now, boards: Vec::new(), documents, pages, remarks: Vec::new() }
    }

    /// A board's round, with a remark where the board is full.
    pub fn note(&mut self, round: BoardRound) {
        if round.beyond > 0 {
            self.remark(&format!(
                "{} holds {MAX_HELD} notices, the most that it may; {} more of its feed are not taken until some go down",
                round.key, round.beyond
            ));
        }
        self.boards.push(round);
    }

    pub(super) fn remark(&mut self, what: &impl ToString) {
        let what = what.to_string();
        if !self.remarks.contains(&what) {
            self.remarks.push(what);
        }
    }

    /// Whether no server said anything at all: the panel is cut off.
    pub fn offline(&self) -> bool {
        let silent = |board: &BoardRound| matches!(board.outcome, Outcome::Failed { answered: false, .. });
        !self.boards.is_empty() && self.boards.iter().all(silent)
    }

    /// Whether every board could be brought up to date.
    pub fn good(&self) -> bool {
        self.boards.iter().all(|board| board.error().is_none())
    }

    /// One line of JSON, version 1.
    pub fn json(&self) -> String {
        let boards: Vec<Value> = self.boards.iter().map(BoardRound::json).collect();
        let DocumentsRound { fetched, changed, unchanged, failed, kept, waiting, bytes, .. } = &self.documents;
        let PagesRound { documents, pages, broken, waiting: unrendered, .. } = &self.pages;
        json!({
            "v": 1, "at": moment::text(&self.now.at), "clock_trusted": self.now.is_trusted(), "boards": boards,
            "documents": { "fetched": fetched, "changed": changed, "unchanged": unchanged, "failed": failed, "kept": kept, "waiting": waiting, "bytes": bytes },
            "pages": { "documents": documents, "pages": pages, "broken": broken, "waiting": unrendered },
            "remarks": self.remarks,
        })
        .to_string()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", moment::text(&self.now.at))?;
        for board in &self.boards {
            write!(f, " · {board}")?;
        }
        let counts = [
            (self.documents.fetched, "document", "fetched"),
            (self.documents.failed, "document", "FAILED"),
            (self.documents.kept, "document", "kept, because its address gives a web page or nothing"),
            (self.documents.waiting, "document", "waiting"),
            (self.pages.pages, "page", "rendered"),
            (self.pages.broken, "document", "unreadable"),
            (self.pages.waiting, "document", "waiting for pages to be prepared"),
        ];
        for (count, what, fate) in counts.iter().filter(|(count, ..)| *count > 0) {
            write!(f, " · {count} {what}{} {fate}", if *count == 1 { "" } else { "s" })?;
        }
        for remark in &self.remarks {
            write!(f, " · {remark}")?;
        }
        Ok(())
    }
}
