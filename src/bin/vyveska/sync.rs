//! `vyveska sync`: rounds until it is told to stop, or one.

mod look;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use vyveska::clock::{self, Clock, Now};
use vyveska::config::{self, Config};
use vyveska::pages::PageChild;
use vyveska::sync::{Device, Summary};

use self::look::Look;
use crate::exit::UNUSABLE;

/// How often it looks whether something was released by hand, or the clock was set.
const LOOK_AFTER: Duration = Duration::from_secs(2);
/// A download or a page at hand may take so long to end when the program is told to stop.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 told to stop, or every board brought up to date; 1 with --once, a board could not be brought up to date; \
2 the arguments, the configuration or the data folder cannot be used, or another sync is at work there")]
pub struct Arguments {
    /// Make one round and end
    #[arg(long)]
    once: bool,
    /// Print each round as a line of JSON
    #[arg(long)]
    json: bool,
    /// The panel's configuration
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
    /// Take this for the time, and go on from there (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    let device = Config::read(&arguments.config).map_err(|error| error.to_string()).and_then(|config| {
        let device = Device::open(&config, PageChild::this_program()).map_err(|error| error.to_string())?;
        Ok((device, config))
    });
    let (device, config) = match device {
        Ok(both) => both,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(UNUSABLE);
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("The system refuses what sync needs to wait for the network ({error}); free some memory.");
            return ExitCode::from(UNUSABLE);
        }
    };
    let stop = device.stop();
    let code = runtime.block_on(work(device, config, &arguments));
    stop.store(true, Ordering::Relaxed);
    runtime.shutdown_timeout(PATIENCE);
    code
}

async fn work(mut device: Device, config: Config, arguments: &Arguments) -> ExitCode {
    let saved = device.saved_time().unwrap_or_default();
    let mut clock = Clock::new(arguments.now, saved);
    let look = Look::new(config, clock);
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        eprintln!("The system does not let sync listen for signals; start it again.");
        return ExitCode::from(UNUSABLE);
    };
    let rounds = async {
        loop {
            let summary = device.round(clock.now()).await;
            say(&summary, arguments.json);
            device.told_time().into_iter().for_each(|told| clock.learn(told));
            look.set_clock(clock);
            if arguments.once {
                return if summary.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            }
            while !device.next(clock.now()).is_zero() {
                look.save(device.store());
                tokio::time::sleep(LOOK_AFTER).await;
            }
        }
    };
    // Ending in the middle of a round loses nothing that was acknowledged: see the store.
    let code = tokio::select! {
        code = rounds => return code,
        () = look.around(), if !arguments.once => ExitCode::FAILURE,
        _ = terminate.recv() => ExitCode::SUCCESS,
        _ = interrupt.recv() => ExitCode::SUCCESS,
    };
    look.end(device.store());
    // The polls of the last hour.
    if let Err(error) = device.store().flush() {
        eprintln!("{error}");
    }
    code
}

fn say(summary: &Summary, json: bool) {
    use std::io::Write;
    let line = if json { summary.json() } else { summary.to_string() };
    // Nobody may be reading: the rounds go on.
    writeln!(std::io::stdout(), "{line}").ok();
}
