//! Where the panel's knowledge comes from: the store, and what sync last reported.
//!
//! It only reads, and it keeps what it read: while the store is set aside and rebuilt, the board goes on from memory.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use vyveska::clock::{Now, Saved};
use vyveska::config::Config;
use vyveska::model::{Board, Digest, mark};
use vyveska::store::{Posted, Reader, StoreError};
use vyveska::view::View;
use vyveska::wire::decree::Decree;
use vyveska::wire::{LeftOut, SyncReport};

pub struct Source {
    boards: Vec<Board>,
    data: PathBuf,
    run: PathBuf,
    reader: Option<Reader>,
    version: Option<i64>,
    /// Parallel to `boards`.
    posted: Vec<Vec<Posted>>,
    report: SyncReport,
    /// What the office has decreed by the hub; `None`: sync has not said it since the machine was started.
    decree: Option<Decree>,
    /// What was last wrong with the store, said once.
    trouble: Option<String>,
}

impl Source {
    /// Reads what there is. That there is nothing yet is no error: the board says so.
    pub fn open(config: &Config) -> Source {
        let mut source = Source {
            boards: config.boards.clone(),
            data: config.data.clone(),
            run: config.run.clone(),
            reader: None,
            version: None,
            posted: vec![Vec::new(); config.boards.len()],
            report: SyncReport::default(),
            decree: None,
            trouble: None,
        };
        source.look();
        source
    }

    /// What sync has written down of time.
    pub fn saved_time(&self) -> Saved {
        self.reader.as_ref().and_then(|reader| reader.saved_time().ok()).unwrap_or_default()
    }

    /// The time by sync's clock when it last reported.
    pub fn told_time(&self) -> DateTime<Utc> {
        self.report.at
    }

    /// Looks whether anything changed, and takes it in.
    pub fn look(&mut self) -> bool {
        let read = match self.read() {
            Ok(read) => {
                self.trouble = None;
                read
            }
            Err(error) => {
                self.reader = None;
                let trouble = error.to_string();
                if self.trouble.as_ref() != Some(&trouble) {
                    tracing::warn!("the board goes on from memory: {trouble}");
                    self.trouble = Some(trouble);
                }
                false
            }
        };
        let report = SyncReport::read(&self.run);
        let reported = report.is_some_and(|report| {
            let other = report != self.report;
            self.report = report;
            other
        });
        // One that cannot be read changes nothing.
        let decreed = Decree::read(&self.run).is_some_and(|decree| {
            let other = self.decree.as_ref() != Some(&decree);
            self.decree = Some(decree);
            other
        });
        read || reported || decreed
    }

    /// What is up at `now`.
    pub fn view(&self, now: Now) -> View {
        let mut view = View::of(&self.boards, self.posted().cloned().collect(), &self.report, now);
        let Some(decree) = &self.decree else { return view };
        view = view.decreed(decree);
        let mut left_out: Vec<LeftOut> =
            decree.down.iter().map(|down| LeftOut { id: down.id.clone(), was_up: down.met }).collect();
        for at in self.posted.iter().flatten().flat_map(|posted| self.against(posted)) {
            left_out[at].was_up = true;
        }
        view.left_out = left_out;
        view
    }

    /// Everything that is held, of all boards, and was not taken down by the office at once.
    pub fn posted(&self) -> impl Iterator<Item = &Posted> {
        self.posted.iter().flatten().filter(|posted| self.against(posted).is_empty())
    }

    /// Whether what is decreed is known: what the ledger knows to be shown is not over before.
    pub fn knows_decree(&self) -> bool {
        self.decree.is_some()
    }

    /// Marks of what is held still and was taken down by the office at once.
    pub fn taken_down(&self) -> Vec<Digest> {
        let down = self.posted.iter().flatten().filter(|posted| !self.against(posted).is_empty());
        down.map(|posted| mark(&posted.board, &posted.notice.id)).collect()
    }

    /// By which decisions of the office a notice is taken down.
    fn against(&self, posted: &Posted) -> Vec<usize> {
        let against = |decree: &Decree| decree.against(&posted.notice.id, posted.notice.url.as_deref());
        self.decree.as_ref().map(against).unwrap_or_default()
    }

    /// Whether the boards can be read: from the store, or from memory.
    pub fn readable(&self) -> bool {
        self.reader.is_some() || self.posted().next().is_some()
    }

    fn read(&mut self) -> Result<bool, StoreError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                self.version = None;
                self.reader.insert(Reader::open(&self.data)?)
            }
        };
        let version = Some(reader.version()?);
        if version == self.version {
            return Ok(false);
        }
        for (board, held) in self.boards.iter().zip(&mut self.posted) {
            let posted = reader.posted(&board.key)?;
            // A rebuilt store knows nothing until its first round: what is remembered is better.
            if posted.is_empty() && !held.is_empty() && !reader.filled(&board.key)? {
                continue;
            }
            *held = posted;
        }
        self.version = version;
        Ok(true)
    }
}
