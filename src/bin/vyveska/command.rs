//! `vyveska command ORDER`: orders something of the running panel, and says how it ended.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Subcommand;
use vyveska::clock;
use vyveska::command::{self, Answer, MAX_MAINTENANCE, Outcome, Sender};

use crate::exit::{self, Failure};
use crate::settings::Settings;

/// A program that has not answered by then is not there.
const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(50);

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 carried out; 1 refused, or nobody answered; 2 the arguments, the configuration or the run folder cannot \
be used")]
pub struct Arguments {
    #[command(subcommand)]
    order: Order,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand)]
enum Order {
    /// Ask every office now
    SyncNow,
    /// Admit what the guard holds back on a board
    Release {
        /// Key of the board in the configuration
        board: String,
        /// Only what is held back for this reason
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// Start the program again that fetches and renders
    RestartSync,
    /// Start the program again that shows the board; the same page comes back
    RestartPanel,
    /// Somebody works on the panel: its health says so for this long
    Maintenance {
        /// 0: no longer
        #[arg(value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_MAINTENANCE)))]
        minutes: u32,
    },
    /// How bright the glass is by day, in per cent of what its backlight can; it stays so after a restart
    Brightness {
        /// 0: as the settings say; below the least that can be read, that
        #[arg(value_parser = clap::value_parser!(u32).range(..=100))]
        percent: u32,
    },
    /// Show for a minute which panel this is; a touch ends it
    Identify,
    /// Start the device again
    Reboot,
    /// Make a plugged-in stick writable for the panel
    MountStick,
    /// Let it be pulled out
    UnmountStick,
}

impl Order {
    fn command(&self) -> command::Command {
        match self {
            Order::SyncNow => command::Command::SyncNow,
            Order::Release { board, kind } => command::Command::Release { board: board.clone(), kind: kind.clone() },
            Order::RestartSync => command::Command::RestartSync,
            Order::RestartPanel => command::Command::RestartPanel,
            Order::Maintenance { minutes } => command::Command::Maintenance { minutes: *minutes },
            Order::Brightness { percent } => command::Command::Brightness { percent: *percent },
            Order::Identify => command::Command::Identify,
            Order::Reboot => command::Command::Reboot,
            Order::MountStick => command::Command::MountStick,
            Order::UnmountStick => command::Command::UnmountStick,
        }
    }
}

pub fn run(arguments: Arguments) -> ExitCode {
    exit::end(order(&arguments).map(|said| println!("{said}")))
}

fn order(arguments: &Arguments) -> Result<String, Failure> {
    let config = arguments.settings.used()?;
    let command = arguments.order.command();
    let run = &config.run;
    // Made here, the folder would get rights with which the program could not empty it.
    if !run.is_dir() {
        let why = format!("{} is not there, so the panel does not run; start it first.", run.display());
        return Err(Failure::Unusable(why));
    }
    let id = command::send(run, &command, Sender::Terminal, &clock::boot()).map_err(|error| {
        Failure::Unusable(format!("{} cannot be written ({error}); run it as root.", run.display()))
    })?;
    let asked = clock::ticks();
    while clock::ticks() - asked < PATIENCE {
        if let Some(Answer { outcome, said, .. }) = command::read_answer(run, id) {
            return match outcome {
                Outcome::Done => Ok(said),
                Outcome::Refused => Err(Failure::Failed(said)),
            };
        }
        thread::sleep(STEP);
    }
    let program = command.program().name();
    Err(Failure::Failed(format!("{program} does not answer; see `systemctl status vyveska-{program}`.")))
}
