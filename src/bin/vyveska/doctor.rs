//! `vyveska doctor`: what is wrong with the panel, over SSH, with a cure for each finding and what to do first.
//!
//! It reads, asks each office's server once, and changes nothing. The surprising thing: it asks no service manager and
//! opens no device; who runs and what is plugged in stands in files, so that it works while sync and panel do, and
//! where they cannot.

mod devices;
mod folder;
mod network;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};
use vyveska::clock::{self, Now};
use vyveska::health::{Code, Record};
use vyveska::wire::moment;

use crate::exit;
use crate::health;
use crate::hub;
use crate::settings::Settings;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 nothing found; 1 something is not in order; 2 the arguments or the configuration cannot be used")]
pub struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Ask no server
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    settings: Settings,
    /// Take this for the time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
    /// Where the machine's /sys, /proc, /run and /etc lie
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

/// What one look found.
pub struct Finding {
    /// `display`, `disk`
    area: &'static str,
    /// In a sentence.
    found: String,
    /// In a sentence; `None`: all is well.
    cure: Option<String>,
    /// How soon it is to be seen to: 0 first.
    order: u32,
}

/// What keeps the board dark, what keeps it old, what keeps it from being sound, and what is only told.
const DARK: u32 = 0;
const OLD: u32 = 1;
const UNSOUND: u32 = 2;
const TOLD: u32 = 3;

impl Finding {
    fn good(area: &'static str, found: impl Into<String>) -> Finding {
        Finding { area, found: found.into(), cure: None, order: TOLD }
    }

    fn bad(area: &'static str, order: u32, found: impl Into<String>, cure: impl Into<String>) -> Finding {
        Finding { area, found: found.into(), cure: Some(cure.into()), order }
    }
}

pub fn run(arguments: Arguments) -> ExitCode {
    let (config, problem) = match arguments.settings.in_force() {
        Ok(found) => found,
        Err(failure) => return exit::end(Err(failure)),
    };
    let usable = problem.is_none();
    let record = health::record(&config, problem, &arguments.root, arguments.now);
    let boards =
        if config.boards.len() == 1 { "one board".to_owned() } else { format!("{} boards", config.boards.len()) };
    let mut findings = Vec::new();
    if usable {
        findings.push(Finding::good("config", format!("{}: {boards}.", arguments.settings.config.display())));
    }
    findings.extend(folder::look(&config));
    findings.extend(devices::look(&arguments.root));
    if !arguments.offline {
        findings.extend(network::look(&config, record.at));
    }
    findings.extend(rounds(&record));
    findings.extend(hub::standing(&config).map(|found| Finding::good("hub", found)));
    findings.push(Finding::good("fonts", "The letters lie in the program; none of the system's are needed."));
    findings.extend(record.reasons.iter().map(|reason| {
        let board = reason.board.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
        Finding::bad(area(reason.code), order(reason.code), format!("{board}{}", reason.found), reason.cure.clone())
    }));
    // What is found twice is said once.
    let mut said: Vec<String> = Vec::new();
    findings.retain(|finding| {
        let new = !said.contains(&finding.found);
        said.push(finding.found.clone());
        new
    });
    let text =
        if arguments.json { format!("{:#}\n", as_json(&record, &findings)) } else { as_text(&record, &findings) };
    // Whoever reads has seen enough: `vyveska doctor | head`.
    let _ = std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes());
    let wrong = findings.iter().any(|finding| finding.cure.is_some() && finding.order < TOLD);
    if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// When each board was last read, where that went well.
fn rounds(record: &Record) -> Vec<Finding> {
    let Some(sync) = &record.sync else { return Vec::new() };
    let good = sync.boards.iter().filter_map(|board| {
        let ago = record.at - board.last_good_at.filter(|_| board.last_error.is_none())?;
        let found = format!(
            "{}: read {} min ago; {} listed, {} up, {} held back.",
            board.key,
            ago.num_minutes(),
            board.listed,
            board.up,
            if board.held.is_empty() { "nothing" } else { "something" }
        );
        Some(Finding::good("round", found))
    });
    good.collect()
}

fn order(code: Code) -> u32 {
    use vyveska::health::State;
    match code.state() {
        Some(State::NotShowing | State::NotYetInstalled) => DARK,
        Some(State::Stale) => OLD,
        Some(_) => UNSOUND,
        None => TOLD,
    }
}

/// Where on the panel a reason belongs.
fn area(code: Code) -> &'static str {
    use Code::*;
    match code {
        SettingsUnusable => "config",
        NotInstalled | Maintenance | PanelSilent | RescuePage | BoardUnreadable | PanelBehind | PanelRestarting => {
            "panel"
        }
        DisplayUnknown | NoGlass | DisplayUnplugged | DisplayInactive | NothingFlipped | Dark | Unproved
        | OnlyBuffer | DisplayProblem => "display",
        TouchUnknown | TouchMissing | TouchStuck | TouchProblem => "touch",
        SyncUnknown | SyncSilent => "sync",
        FeedNever | FeedOld | FeedLate | FeedMoved => "feed",
        HeldBack => "held back",
        DocumentsMissing | DocumentsBroken | PagesWaiting => "documents",
        ClockUntrusted => "clock",
        Hot | Slowed | MemoryLow | Rebooting | StartedByWatchdog | KernelCrashed => "machine",
        VoltageLow | VoltageWasLow | OnBattery | BatteryLow | BatteryOld | UpsSilent => "power",
        DiskFull | DiskLow | FilesLow | ReadOnly | DiskErrors | Worn => "disk",
        NoLink | NoAddress | NoWayOut | SignalWeak | TrafficHigh | TrafficUsed => "network",
        HubUnreachable | HubRefused | HubWaiting => "hub",
        DoorOpen | CabinetHot | CabinetCold | SensorSilent => "cabinet",
        Other => "other",
    }
}

/// What to do first, of what is to be done.
fn first(findings: &[Finding]) -> Option<&Finding> {
    findings.iter().filter(|finding| finding.cure.is_some()).min_by_key(|finding| finding.order)
}

fn as_text(record: &Record, findings: &[Finding]) -> String {
    let mut text = format!("The board is {}.\n", record.state);
    for finding in findings {
        let mark = match (&finding.cure, finding.order) {
            (None, _) => "ok",
            (Some(_), TOLD) => "note",
            (Some(_), _) => "WRONG",
        };
        write!(text, "\n{mark}  {}: {}\n", finding.area, finding.found).expect("a String takes all");
        if let Some(cure) = &finding.cure {
            writeln!(text, "  -> {cure}").expect("a String takes all");
        }
    }
    match first(findings) {
        None => text.push_str("\nNothing is to be done.\n"),
        Some(Finding { area, cure, .. }) => {
            let cure = cure.as_deref().unwrap_or_default();
            writeln!(text, "\nFIRST ({area}): {cure}").expect("a String takes all");
        }
    }
    text
}

fn as_json(record: &Record, findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        json!({
            "area": finding.area,
            "wrong": finding.cure.is_some() && finding.order < TOLD,
            "found": finding.found,
            "cure": finding.cure,
        })
    };
    json!({
        "v": 1,
        "at": moment::text(&record.at),
        "state": record.state,
        "findings": findings.iter().map(one).collect::<Vec<_>>(),
        "first": first(findings).map(one),
    })
}
