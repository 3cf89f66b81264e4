//! `vyveska sync`: rounds until it is told to stop, or one.

mod hub;
mod look;
mod orders;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use vyveska::clock::{self, Clock, Now};
use vyveska::config::{self, Config};
use vyveska::notify::Notify;
use vyveska::pages::PageChild;
use vyveska::sync::{Device, Summary};

use self::hub::Hub;
use self::look::Look;
use self::orders::Orders;
use crate::exit::UNUSABLE;

/// How often it looks whether something was ordered or released by hand, or the clock was set.
const LOOK_AFTER: Duration = Duration::from_secs(2);
/// How often it looks at least whether the work gets on.
const LONGEST_BEAT: Duration = Duration::from_secs(30);
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
    /// Where the settings that can be used are kept, and taken from where those of the configuration cannot
    #[arg(long, value_name = "FILE")]
    last_good: Option<PathBuf>,
    /// Take this for the time, and go on from there (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    let config = Config::in_force(&arguments.config, arguments.last_good.as_deref());
    let device = config.map_err(|error| error.to_string()).and_then(|(config, problem)| {
        let mut device = Device::open(&config, PageChild::this_program()).map_err(|error| error.to_string())?;
        match (&problem, &arguments.last_good) {
            (Some(problem), _) => eprintln!("The settings that were last in force are used. {problem}"),
            (None, Some(kept)) => {
                if let Err(error) = Config::keep_as_last_good(&arguments.config, kept) {
                    eprintln!(
                        "{} cannot be written ({error}); a mistake in the settings would stop sync.",
                        kept.display()
                    );
                }
            }
            (None, None) => {}
        }
        device.note_settings(problem.map(|problem| problem.to_string()));
        let orders = (!arguments.once).then(|| Orders::new(config.clone(), device.hurry()));
        Ok((device, config, orders))
    });
    let (device, config, orders) = match device {
        Ok(opened) => opened,
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
    let code = runtime.block_on(work(device, config, orders, &arguments));
    stop.store(true, Ordering::Relaxed);
    runtime.shutdown_timeout(PATIENCE);
    code
}

async fn work(mut device: Device, config: Config, mut orders: Option<Orders>, arguments: &Arguments) -> ExitCode {
    let saved = device.saved_time().unwrap_or_default();
    let mut clock = Clock::new(arguments.now, saved);
    let when_ordered = clock;
    let hub = Hub::open(&config, &mut device, clock.now(), arguments.once);
    hub.mirrors().into_iter().for_each(|mirrors| device.take_from(mirrors));
    let look = Look::new(config, clock, device.thrift());
    let (notify, progress) = (Notify::from_environment(), device.progress());
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        eprintln!("The system does not let sync listen for signals; start it again.");
        return ExitCode::from(UNUSABLE);
    };
    notify.ready("the store is open; the first round is under way");
    let rounds = async {
        loop {
            let summary = device.round(clock.now()).await;
            notify.status(&status(&summary));
            say(&summary, arguments.json);
            device.told_time().into_iter().for_each(|told| clock.learn(told));
            look.set_clock(clock);
            if arguments.once {
                return if summary.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            }
            // The store answers, and there is nothing to do.
            while !device.next(clock.now()).is_zero() {
                progress.step();
                look.save(device.store());
                tokio::time::sleep(LOOK_AFTER).await;
            }
        }
    };
    let told_to_end = async {
        while orders.as_mut().is_none_or(|orders| orders.look(when_ordered.now())) {
            tokio::time::sleep(LOOK_AFTER).await;
        }
    };
    let watched = async {
        let Some(every) = notify.every() else { return std::future::pending().await };
        let mut seen = None;
        loop {
            if seen.replace(progress.steps()) != Some(progress.steps()) {
                notify.alive();
            }
            tokio::time::sleep(every.min(LONGEST_BEAT)).await;
        }
    };
    // Ending in the middle of a round loses nothing that was acknowledged: see the store.
    let code = tokio::select! {
        code = rounds => return code,
        () = told_to_end => ExitCode::SUCCESS,
        () = watched => ExitCode::SUCCESS,
        () = look.around(), if !arguments.once => ExitCode::FAILURE,
        () = hub.speak(look.records()), if !arguments.once => ExitCode::FAILURE,
        _ = terminate.recv() => ExitCode::SUCCESS,
        _ = interrupt.recv() => ExitCode::SUCCESS,
    };
    notify.stopping();
    look.end(device.store());
    // The polls of the last hour.
    if let Err(error) = device.store().flush() {
        eprintln!("{error}");
    }
    code
}

/// One line for `systemctl status`.
fn status(summary: &Summary) -> String {
    let troubled: Vec<&str> =
        summary.boards.iter().filter(|board| board.error().is_some()).map(|board| board.key.as_str()).collect();
    let boards = match troubled.len() {
        0 => "every board is up to date".to_owned(),
        count => format!(
            "{count} of {} boards could not be brought up to date: {}",
            summary.boards.len(),
            troubled.join(", ")
        ),
    };
    let waiting = summary.documents.waiting + summary.pages.waiting;
    format!("{boards}; {waiting} documents wait to be fetched or prepared")
}

fn say(summary: &Summary, json: bool) {
    use std::io::Write;
    let line = if json { summary.json() } else { summary.to_string() };
    // Nobody may be reading: the rounds go on.
    writeln!(std::io::stdout(), "{line}").ok();
}
