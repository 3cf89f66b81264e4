//! A picture that the panel has laid down, on its way to the hub: after the report that says that it was taken, so that a
//! slow line keeps no report waiting.
//!
//! Nothing of it is written down. Sync that was started again hands it on once more, and the hub takes it once.

use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Boot;
use crate::wire::Picture;

/// An older picture is not what anybody wants to see.
const FRESH: Duration = Duration::from_secs(600);
/// So often it is tried.
const TRIES: u32 = 3;

#[derive(Debug)]
pub struct Pictures {
    run: PathBuf,
    /// The name of the last one, and how often it was tried; [`TRIES`] where nothing is left to be done.
    last: String,
    tries: u32,
}

impl Pictures {
    pub fn of(run: PathBuf) -> Pictures {
        Pictures { run, last: String::new(), tries: 0 }
    }

    /// One that the hub may not have.
    pub fn waiting(&mut self, boot: &Boot) -> Option<Picture> {
        let picture = Picture::read(&self.run)?;
        let note = picture.unproved()?;
        let age = boot.since.checked_sub(Duration::from_secs(note.uptime))?;
        // In a folder that outlasts the machine's start, one of another boot may lie.
        if note.boot != boot.id || age > FRESH {
            return None;
        }
        if note.name != self.last {
            (self.last, self.tries) = (note.name, 0);
        }
        (self.tries < TRIES).then_some(picture)
    }

    /// The hub has it, or has said that it does not want it.
    pub fn taken(&mut self) {
        self.tries = TRIES;
    }

    /// It did not get there.
    pub fn failed(&mut self) {
        self.tries += 1;
    }
}
