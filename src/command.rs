//! What one program asks of the other, or of the system: typed orders in small files below `/run/vyveska`.
//!
//! ```text
//! commands/sync/ID.json    carried out by sync     the folder is its reader's; the group may add, not take away
//! commands/panel/ID.json   carried out by the panel
//! answers/ID.json          how it ended
//! requests/ACTION          what needs root: a path unit of systemd starts a oneshot with one fixed action
//! ```
//!
//! It carries nothing out. Who may order is a matter of the folders' rights (`systemd/tmpfiles.d`), so there is no
//! password in an order. The surprising thing: an order is for this boot and for ten minutes of it, by the clock that
//! counts from the boot. What was meant then is not meant when a program comes back after hours, and the wall clock may
//! jump by years between the two.

mod mailbox;

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use mailbox::{Inbox, MAX_BYTES, MAX_WAITING, Order, answer, read_answer, send, send_as};

/// An order that nobody has taken for so long is refused.
pub const MAX_AGE: Duration = Duration::from_secs(600);

/// What can be ordered. New kinds may be added; one that a program does not know it refuses in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Command {
    /// Ask every office now, whatever the timetable says.
    SyncNow,
    /// Admit what the guard holds back on a board: see `vyveska release`.
    Release {
        board: String,
        /// Only what is held back for this reason; `None`: everything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
    },
    /// End sync; systemd starts it again.
    RestartSync,
    /// End the panel; systemd starts it again, and the same page comes back.
    RestartPanel,
    /// Somebody works on the panel for so many minutes: its health is `maintenance` meanwhile. 0: no longer.
    Maintenance { minutes: u32 },
    /// The glass is to be so bright by day, in per cent of what its backlight can: until another order, also after a
    /// restart. 0: as bright as the settings say.
    Brightness { percent: u32 },
    /// Take a picture of what is on the glass, for the hub; nothing on it changes.
    Picture {
        /// At most [`MAX_NAME`] letters and digits that nobody can guess: the panel signs them with the picture, so that
        /// none of another day can be handed in for it.
        name: String,
        /// As sharp as pictures are made; else it is blurred before anybody gets it.
        #[serde(default)]
        sharp: bool,
    },
    /// Show for a minute which panel this is, for whoever stands before several; a touch ends it.
    Identify,
    /// Start the whole device again.
    Reboot,
    /// Make a plugged-in stick writable at `STICK` below the run folder, for the panel alone.
    MountStick,
    /// Let it be pulled out.
    UnmountStick,
}

/// Longest maintenance, in minutes: what somebody forgot to end must end.
pub const MAX_MAINTENANCE: u32 = 8 * 60;

/// Longest name of a picture, in letters.
pub const MAX_NAME: usize = 32;

/// Which of the programs carries an order out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Sync,
    Panel,
}

impl Program {
    pub fn name(self) -> &'static str {
        match self {
            Program::Sync => "sync",
            Program::Panel => "panel",
        }
    }
}

impl Command {
    /// What only root can do goes through the panel too, because the panel keeps the ledger.
    pub fn program(&self) -> Program {
        match self {
            Command::SyncNow | Command::Release { .. } | Command::RestartSync => Program::Sync,
            Command::RestartPanel
            | Command::Maintenance { .. }
            | Command::Brightness { .. }
            | Command::Picture { .. }
            | Command::Identify
            | Command::Reboot
            | Command::MountStick
            | Command::UnmountStick => Program::Panel,
        }
    }

    /// What of it needs root.
    pub fn request(&self) -> Option<Request> {
        match self {
            Command::Reboot => Some(Request::Reboot),
            Command::MountStick => Some(Request::MountStick),
            Command::UnmountStick => Some(Request::UnmountStick),
            _ => None,
        }
    }
}

/// As the ledger names it; what is there never changes.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::SyncNow => f.write_str("sync-now"),
            Command::Release { board, kind: None } => write!(f, "release {board}"),
            Command::Release { board, kind: Some(kind) } => write!(f, "release {board} {kind}"),
            Command::RestartSync => f.write_str("restart-sync"),
            Command::RestartPanel => f.write_str("restart-panel"),
            Command::Maintenance { minutes } => write!(f, "maintenance {minutes}"),
            Command::Brightness { percent } => write!(f, "brightness {percent}"),
            Command::Picture { sharp: false, .. } => f.write_str("picture"),
            Command::Picture { sharp: true, .. } => f.write_str("picture sharp"),
            Command::Identify => f.write_str("identify"),
            Command::Reboot => f.write_str("reboot"),
            Command::MountStick => f.write_str("mount-stick"),
            Command::UnmountStick => f.write_str("unmount-stick"),
        }
    }
}

/// Where an order comes from, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sender {
    /// Somebody at the glass who knows the PIN.
    ServicePage,
    /// An administrator at a terminal.
    Terminal,
    /// The central administration.
    Hub,
}

impl Sender {
    /// As it is written; never changes.
    pub fn name(self) -> &'static str {
        match self {
            Sender::ServicePage => "service-page",
            Sender::Terminal => "terminal",
            Sender::Hub => "hub",
        }
    }
}

/// What root is asked for: one file, one path unit, one oneshot, one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Reboot,
    MountStick,
    UnmountStick,
    /// What runs works: an update must not be taken back.
    MarkGood,
}

/// Where a stick is mounted, below the run folder.
pub const STICK: &str = "stick";

impl Request {
    pub const ALL: [Request; 4] = [Request::Reboot, Request::MountStick, Request::UnmountStick, Request::MarkGood];

    /// Name of its file, and of its units after `vyveska-`.
    pub fn name(self) -> &'static str {
        match self {
            Request::Reboot => "reboot",
            Request::MountStick => "mount-stick",
            Request::UnmountStick => "unmount-stick",
            Request::MarkGood => "mark-good",
        }
    }

    /// Asks for it. That it was carried out shows in the system, not here; systemd takes the file away first.
    pub fn file(self, run: &Path) -> io::Result<()> {
        let folder = run.join("requests");
        std::fs::create_dir_all(&folder)?;
        std::fs::File::create(folder.join(self.name())).map(drop)
    }
}

/// How an order ended: `answers/ID.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Version of this record, 1.
    pub v: u32,
    pub id: u64,
    pub outcome: Outcome,
    /// An English sentence for whoever ordered it.
    pub said: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    /// Nothing was begun. Also what a later version calls otherwise.
    #[serde(other)]
    Refused,
}

/// Why an order is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is no order that this program can read; write it with `vyveska command`")]
    Unreadable,
    #[error("this version knows no such order; update the panel")]
    Unknown,
    #[error("{} carries this out, not {}; write it with `vyveska command`", .0.name(), .1.name())]
    Misdirected(Program, Program),
    #[error("it was ordered before the last start of the machine; order it again where it is still wanted")]
    OtherBoot,
    #[error("it has waited for more than ten minutes; order it again where it is still wanted")]
    Late,
    #[error(
        "the time for which it was meant had passed before anybody took it; order it again where it is still wanted"
    )]
    RunOut,
    #[error("a later order of the same sender was taken before it; order it again where it is still wanted")]
    Overtaken,
}
