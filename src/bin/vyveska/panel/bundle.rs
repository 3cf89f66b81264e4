//! The support bundle onto a stick, asked for on the service page: mount, write, let go.
//!
//! Mounting is root's work and may take a while, or nobody may do it; the panel looks now and then and waits for
//! nobody. Writing is a thread's, because a stick is slow.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use vyveska::clock::Now;
use vyveska::command::STICK;
use vyveska::config::Config;

use crate::support;

/// The system has so long to mount a stick, and to let it go.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(300);

pub struct Bundle {
    settings: PathBuf,
    config: Config,
    stage: Stage,
}

enum Stage {
    Idle,
    Mounting { until: Duration },
    Writing(JoinHandle<io::Result<PathBuf>>),
    LettingGo { until: Duration, written: Result<(), String> },
}

/// What the panel has to do now, or to tell.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Wait,
    /// Order that the stick may be pulled out.
    LetGo,
    Over(Result<(), String>),
}

impl Bundle {
    pub fn new(settings: &Path, config: &Config) -> Bundle {
        Bundle { settings: settings.to_owned(), config: config.clone(), stage: Stage::Idle }
    }

    pub fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Idle)
    }

    /// The system was asked to mount the stick.
    pub fn begin(&mut self, at: Duration) {
        self.stage = Stage::Mounting { until: at + PATIENCE };
    }

    pub fn due(&self, at: Duration) -> Option<Duration> {
        (!self.is_idle()).then_some(at + GLANCE)
    }

    pub fn step(&mut self, now: Now, at: Duration) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => Step::Wait,
            Stage::Mounting { .. } if self.is_mounted() => {
                let (settings, config, stick) = (self.settings.clone(), self.config.clone(), self.stick());
                let writing = std::thread::spawn(move || support::bundle(&settings, &config, &stick, now));
                self.stage = Stage::Writing(writing);
                Step::Wait
            }
            Stage::Mounting { until } if at >= until => {
                Step::Over(Err("there is no stick with FAT or exFAT that could be mounted; try another one".to_owned()))
            }
            Stage::Writing(writing) if writing.is_finished() => {
                let written = match writing.join() {
                    Ok(written) => written.map(drop).map_err(|error| format!("the stick does not take it: {error}")),
                    Err(_) => Err("making it failed; see the log".to_owned()),
                };
                self.stage = Stage::LettingGo { until: at + PATIENCE, written };
                Step::LetGo
            }
            Stage::LettingGo { written, .. } if !self.is_mounted() => Step::Over(written),
            Stage::LettingGo { until, .. } if at >= until => Step::Over(Err(
                "the system does not let the stick go; shut the device down before pulling it".to_owned(),
            )),
            stage => {
                self.stage = stage;
                Step::Wait
            }
        }
    }

    fn stick(&self) -> PathBuf {
        self.config.run.join(STICK)
    }

    /// Another file system begins there than the run folder's.
    fn is_mounted(&self) -> bool {
        let device = |path: &Path| std::fs::metadata(path).map(|found| found.dev()).ok();
        let stick = device(&self.stick());
        stick.is_some() && stick != device(&self.config.run)
    }
}
