//! What is held back: a kind, the notices it is about, and how long it has been so.
//!
//! It decides nothing. The surprising thing: several holds of one kind may stand at once, one for each group of
//! notices that fell under suspicion in the same round, so that a latecomer never starts everybody's wait again.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::Field;
use crate::clock::Now;
use crate::model::{Digest, mark};

/// Why something is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldKind {
    /// The feed cannot be understood; nothing is taken from it.
    Unreadable,
    /// The feed is another operator's; nothing is taken from it.
    WrongOperator,
    /// The board is suddenly empty.
    Emptied,
    /// Most unexpired notices have vanished, or have an end in the past; or some have vanished while the feed has items that do not say which notice they are.
    MassLoss,
    /// The same on a board of fewer than [`super::SMALL`] notices.
    SmallLoss,
    /// A field is blank on many notices that had it.
    FieldBlanked { field: Field },
    /// A field is different on many notices.
    FieldChanged { field: Field },
    /// Most of the board is back under other identities.
    WebChanged,
}

/// Kinds that are about the same thing: a notice goes on waiting when the outage takes another form of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Feed,
    Loss,
    Field(Field),
    Web,
}

/// What ends a hold, besides a snapshot in which all is well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A second round that agrees, two hours later.
    Hours,
    /// The same for a day and six rounds.
    Day,
    /// Only a person.
    Hand,
}

/// One notice under suspicion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What stands for its identity on the device, because a hold may outlive the notice.
    pub mark: Digest,
    /// Fingerprint of what it would become; 0 = nothing. Another value is another suspicion.
    pub value: u64,
}

/// What is held back, of which notices, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub kind: HoldKind,
    /// None where nothing is taken from the feed.
    pub subjects: Vec<Subject>,
    /// For a wrong operator, what the feed says of it: an IČO, the board's own identity, or nothing.
    pub found: Option<String>,
    /// The round in which it was first seen.
    pub since: DateTime<Utc>,
    /// Readable rounds in which it was seen.
    pub rounds: u32,
    /// Time for which it has certainly been so; see [`super::waiting`].
    pub waited: TimeDelta,
    pub patience: Patience,
    /// Admitted by hand; carried out by the next round that sees it again.
    pub released: bool,
}

impl Subject {
    /// A notice that would be gone, or lose what it had.
    pub fn bare(mark: Digest) -> Subject {
        Subject { mark, value: 0 }
    }
}

impl HoldKind {
    /// Reads what `Display` writes: `mass-loss`, `field-blanked:title`.
    pub fn parse(text: &str) -> Option<HoldKind> {
        let plain = |kind: &HoldKind| kind.to_string() == text;
        match text.split_once(':') {
            Some(("field-blanked", field)) => Some(HoldKind::FieldBlanked { field: Field::parse(field)? }),
            Some(("field-changed", field)) => Some(HoldKind::FieldChanged { field: Field::parse(field)? }),
            _ => {
                use HoldKind::{Emptied, MassLoss, SmallLoss, Unreadable, WebChanged, WrongOperator};
                [Unreadable, WrongOperator, Emptied, MassLoss, SmallLoss, WebChanged].into_iter().find(plain)
            }
        }
    }

    pub fn family(self) -> Family {
        match self {
            HoldKind::Unreadable | HoldKind::WrongOperator => Family::Feed,
            HoldKind::Emptied | HoldKind::MassLoss | HoldKind::SmallLoss => Family::Loss,
            HoldKind::FieldBlanked { field } | HoldKind::FieldChanged { field } => Family::Field(field),
            HoldKind::WebChanged => Family::Web,
        }
    }
}

impl fmt::Display for HoldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HoldKind::Unreadable => f.write_str("unreadable"),
            HoldKind::WrongOperator => f.write_str("wrong-operator"),
            HoldKind::Emptied => f.write_str("emptied"),
            HoldKind::MassLoss => f.write_str("mass-loss"),
            HoldKind::SmallLoss => f.write_str("small-loss"),
            HoldKind::FieldBlanked { field } => write!(f, "field-blanked:{}", field.name()),
            HoldKind::FieldChanged { field } => write!(f, "field-changed:{}", field.name()),
            HoldKind::WebChanged => f.write_str("web-changed"),
        }
    }
}

impl Patience {
    /// Whether a suspicion that was seen in `rounds` rounds over `waited` has proved to be the truth.
    pub fn is_over(self, rounds: u32, waited: TimeDelta) -> bool {
        match self {
            Patience::Hours => rounds >= 2 && waited >= TimeDelta::hours(2),
            Patience::Day => rounds >= 6 && waited >= TimeDelta::hours(24),
            Patience::Hand => false,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Patience::Hours => "held back until a round two hours later agrees",
            Patience::Day => "held back until it has been so for 24 hours and 6 rounds, or is released by hand",
            Patience::Hand => "held back until it is released by hand",
        }
    }
}

impl Hold {
    pub(super) fn new(kind: HoldKind, subjects: Vec<Subject>, patience: Patience, now: Now) -> Hold {
        let waited = TimeDelta::zero();
        Hold { kind, subjects, found: None, since: now.at, rounds: 1, waited, patience, released: false }
    }

    /// Whether it is about the notice of `board` with the identity `id`.
    pub fn is_about(&self, board: &str, id: &str) -> bool {
        let mark = mark(board, id);
        self.marks().any(|held| held == mark)
    }

    pub(super) fn marks(&self) -> impl Iterator<Item = Digest> {
        self.subjects.iter().map(|subject| subject.mark)
    }

    /// Whether it is admitted, by hand or by time.
    pub fn is_over(&self) -> bool {
        self.released || self.patience.is_over(self.rounds, self.waited)
    }

    /// One sentence for the command line and the log; it names no notice.
    pub fn reason(&self) -> String {
        let count = match self.subjects.len() {
            1 => "1 notice".to_owned(),
            many => format!("{many} notices"),
        };
        let what = match self.kind {
            HoldKind::Unreadable => return "the feed cannot be read, so nothing is taken from it".to_owned(),
            HoldKind::WrongOperator => {
                let ico = self.found.as_ref().filter(|found| super::operator::ico(found).is_some());
                match ico {
                    Some(ico) => {
                        format!("the feed belongs to another operator (IČO {ico}), so nothing is taken from it;")
                    }
                    None => "the feed does not say whose it is, and hardly anything of this board is on it, so \
                             nothing is taken from it; if the office has a new feed, release it;"
                        .to_owned(),
                }
            }
            HoldKind::Emptied => format!("the feed is suddenly empty, {count} would go;"),
            HoldKind::MassLoss => format!(
                "{count} vanished from the feed or ended in it at once, most of the board or beside items that cannot be read;"
            ),
            HoldKind::SmallLoss => {
                format!(
                    "{count} vanished from the feed or ended in it, most of a small board or beside items that cannot be read;"
                )
            }
            HoldKind::FieldBlanked { field } => format!("{} is suddenly blank on {count};", field.words()),
            HoldKind::FieldChanged { field } => format!("{} is suddenly different on {count};", field.words()),
            HoldKind::WebChanged => format!("{count} came back under other identities (a new web of the office?);"),
        };
        format!("{what} {}", self.patience.sentence())
    }
}
