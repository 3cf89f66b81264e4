//! What the panel writes into the ledger, and when: after a frame has reached the glass, never before.
//!
//! A ledger that cannot be written does not keep the board from being read; it is said once, and tried again.

use std::fs;
use std::path::{Path, PathBuf};

use vyveska::clock::Now;
use vyveska::ledger::{Cause, Ledger, LedgerError, Seen};

pub struct Record {
    folder: PathBuf,
    ledger: Option<Ledger>,
    /// What was last wrong with the ledger, said once.
    trouble: Option<String>,
}

impl Record {
    /// Opens nothing yet: the first frame does not wait for it.
    pub fn new(folder: &Path) -> Record {
        Record { folder: folder.to_owned(), ledger: None, trouble: None }
    }

    /// A frame is on the glass. `held`: all that the device holds, and what of it the board shows; `None`: the boards
    /// cannot be read.
    pub fn presented(&mut self, held: Option<&[Seen]>, now: Now) {
        self.attempt(
            |ledger| match held {
                Some(held) => {
                    ledger.readable(now)?;
                    ledger.look(held, now).map(drop)
                }
                None => ledger.unreadable(Cause::Store, now),
            },
            now,
        );
    }

    /// The panel is alive and on the glass.
    pub fn alive(&mut self, now: Now) {
        self.attempt(|ledger| ledger.alive(now), now);
    }

    /// The panel ends because it was told to.
    pub fn stopped(&mut self, now: Now) {
        self.attempt(|ledger| ledger.stop(now).map(drop), now);
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Ledger) -> Result<(), LedgerError>, now: Now) {
        let result = match &mut self.ledger {
            Some(ledger) => write(ledger),
            None => self.begin(now).and_then(write),
        };
        match result {
            Ok(()) => self.trouble = None,
            Err(error) => {
                let trouble = error.to_string();
                if self.trouble.as_ref() != Some(&trouble) {
                    tracing::error!("what is on the glass is not recorded: {trouble}");
                    self.trouble = Some(trouble);
                }
            }
        }
    }

    fn begin(&mut self, now: Now) -> Result<&mut Ledger, LedgerError> {
        let mut ledger = Ledger::open(&self.folder)?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        ledger.start(env!("CARGO_PKG_VERSION"), boot.trim(), now)?;
        Ok(self.ledger.insert(ledger))
    }
}
