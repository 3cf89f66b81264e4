//! What the panel writes into the ledger, and when: after a frame has reached the glass, never before.
//!
//! A ledger that cannot be written does not keep the board from being read; it is said once, and tried again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use vyveska::clock::{self, Now};
use vyveska::command::{Command, Sender};
use vyveska::ledger::{self, Cause, Ledger, LedgerError, Seen, Urgent, What};
use vyveska::model::Digest;
use vyveska::wire::decree::Message;

/// A ledger that could not be written is tried again after so long: trying holds the glass up.
pub const RETRY: Duration = Duration::from_secs(60);

/// As the ledger names whoever wrote it.
const PROGRAM: &str = concat!("vyveska ", env!("CARGO_PKG_VERSION"));

pub struct Record {
    /// `None`: in memory, for a board that is not the one on the street.
    folder: Option<PathBuf>,
    ledger: Option<Ledger>,
    /// The ledger knows that the panel runs.
    started: bool,
    /// Not to be tried before this time since the start.
    retry_at: Option<Duration>,
    /// What was last wrong with the ledger, said once.
    trouble: Option<String>,
    /// Since when what happens may be missing from it.
    missing_since: Option<DateTime<Utc>>,
}

impl Record {
    /// Opens nothing yet: the first frame does not wait for it.
    pub fn new(folder: Option<&Path>) -> Record {
        Record {
            folder: folder.map(Path::to_owned),
            ledger: None,
            started: false,
            retry_at: None,
            trouble: None,
            missing_since: None,
        }
    }

    /// A frame is on the glass since `at`. `held`: all that the device holds, and what of it the board shows; `None`:
    /// the boards cannot be read. Returns whether the ledger knows it now; where not, say it again.
    #[must_use]
    pub fn presented(&mut self, held: Option<&[Seen]>, now: Now, at: Duration) -> bool {
        let write = |ledger: &mut Ledger| match held {
            Some(held) => {
                ledger.readable(now)?;
                ledger.look(held, now).map(drop)
            }
            None => ledger.unreadable(Cause::Store, now),
        };
        self.may_try(at) && self.attempt(write, now, at)
    }

    /// The office has taken these down at once: not as something that it withdrew. Returns whether the ledger knows it
    /// now.
    #[must_use]
    pub fn taken_down(&mut self, marks: &[Digest], now: Now, at: Duration) -> bool {
        let write = |ledger: &mut Ledger| ledger.take_down(marks, now).map(drop);
        marks.is_empty() || (self.may_try(at) && self.attempt(write, now, at))
    }

    /// These messages are in force, and these of them have been whole on the glass. Returns whether the ledger knows it
    /// now; where not, say it again.
    #[must_use]
    pub fn messages(&mut self, in_force: &[Message], whole: &[&Message], now: Now, at: Duration) -> bool {
        let told = |message: &Message| Urgent { message: Digest::of(text(message).as_bytes()), until: message.expires };
        let whole: Vec<(Urgent, bool)> = whole.iter().map(|message| (told(message), message.is_drill())).collect();
        let in_force: Vec<Digest> = in_force.iter().map(|message| told(message).message).collect();
        let write = |ledger: &mut Ledger| ledger.look_at_messages(&in_force, &whole, now).map(drop);
        self.may_try(at) && self.attempt(write, now, at)
    }

    /// Nothing can be seen on the glass since `at`: there is no display. Returns whether the ledger knows it now.
    #[must_use]
    pub fn unseen(&mut self, now: Now, at: Duration) -> bool {
        self.may_try(at) && self.attempt(|ledger| ledger.unreadable(Cause::Display, now), now, at)
    }

    /// The panel is alive and on the glass.
    pub fn alive(&mut self, now: Now, at: Duration) {
        if self.may_try(at) {
            self.attempt(|ledger| ledger.alive(now), now, at);
        }
    }

    /// The panel ends because it was told to. There is no later: this is always tried.
    pub fn stopped(&mut self, now: Now, at: Duration) {
        self.attempt(|ledger| ledger.stop(now).map(drop), now, at);
    }

    /// Somebody ordered something by hand.
    pub fn ordered(&mut self, command: &Command, by: Sender, now: Now, at: Duration) {
        self.note(What::Ordered { order: command.to_string(), by: by.name().to_owned() }, now, at);
    }

    /// Something was done by hand. Always tried: it may be the last thing that the panel does.
    pub fn note(&mut self, what: What, now: Now, at: Duration) {
        self.attempt(|ledger| ledger.append(vec![what.clone()], now).map(drop), now, at);
    }

    /// The last entry that was written: number and digest.
    pub fn end(&self) -> Option<(u64, Digest)> {
        // One in memory is nobody's evidence.
        self.ledger.as_ref().filter(|_| self.folder.is_some()).and_then(Ledger::end)
    }

    /// When to say again what could not be written, as time since the start.
    pub fn due(&self) -> Option<Duration> {
        self.retry_at
    }

    fn may_try(&self, at: Duration) -> bool {
        self.retry_at.is_none_or(|due| due <= at)
    }

    fn attempt(&mut self, write: impl Fn(&mut Ledger) -> Result<(), LedgerError>, now: Now, at: Duration) -> bool {
        let mut result = self.begun(now).and_then(&write);
        if let Err(error) = &result
            && error.is_damage()
        {
            // What lies there is kept, and another ledger begun.
            self.say(error);
            let written_at = self.ledger.as_ref().and_then(Ledger::written_at);
            self.missing_since = self.missing_since.or(written_at).or(Some(now.at));
            self.ledger = None;
            result = self.begun(now).and_then(&write);
        }
        match result {
            Ok(()) => {
                (self.trouble, self.retry_at) = (None, None);
                true
            }
            Err(error) => {
                self.retry_at = Some(at + RETRY);
                self.missing_since = self.missing_since.or(Some(now.at));
                self.say(&error);
                false
            }
        }
    }

    fn say(&mut self, error: &LedgerError) {
        let trouble = error.to_string();
        if self.trouble.as_ref() != Some(&trouble) {
            tracing::error!("what is on the glass is not recorded: {trouble}");
            self.trouble = Some(trouble);
        }
    }

    fn begun(&mut self, now: Now) -> Result<&mut Ledger, LedgerError> {
        let ledger = match self.ledger.take() {
            Some(ledger) => ledger,
            None => self.folder.as_deref().map_or_else(Ledger::in_memory, Ledger::open)?,
        };
        let ledger = self.ledger.insert(ledger);
        if !self.started || ledger.is_new() {
            ledger.start(PROGRAM, &clock::boot().id, now)?;
            self.started = true;
        }
        if let Some(from) = self.missing_since {
            ledger.append(vec![What::Unrecorded { from, to: ledger::end(from, now) }], now)?;
            self.missing_since = None;
        }
        Ok(ledger)
    }
}

/// As sync has written it.
fn text(message: &Message) -> String {
    serde_json::to_string(message).expect("a message is always JSON")
}
