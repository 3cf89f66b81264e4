//! `vyveska health`: whether the board shows what it must, and what to do where it does not.
//!
//! It looks itself, at this moment; where panel or sync do not run, that is what it finds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use vyveska::clock::{self, Clock, Now};
use vyveska::config::{Config, ConfigError};
use vyveska::health::{Code, Record, Sample, State};
use vyveska::sensors::Machine;
use vyveska::store::Reader;
use vyveska::wire::Proof;

use crate::exit;
use crate::hub;
use crate::journal;
use crate::settings::Settings;

/// Of each program that is asked for.
const LINES: u32 = 20;
/// Where they stand in the record; sync, which may not read the log, leaves them out.
const LAST_LINES: &str = "last_lines";
/// The same for how it stands with the hub: the hub knows.
const HUB: &str = "hub";

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 showing; 1 another verdict, with its reasons; 2 the arguments or the configuration cannot be used")]
pub struct Arguments {
    /// Print one JSON object: the record that docs/health.md describes
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
    /// Take this for the time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
    /// Where the machine's /sys, /proc and /etc lie
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

pub fn run(arguments: Arguments) -> ExitCode {
    let (config, problem) = match arguments.settings.in_force() {
        Ok(found) => found,
        Err(failure) => return exit::end(Err(failure)),
    };
    let mut record = record(&config, problem, &arguments.root, arguments.now);
    let lines = last_lines(&record);
    if !lines.is_empty() {
        record.more.insert(LAST_LINES.to_owned(), json!(lines));
    }
    if let Some(standing) = hub::standing(&config) {
        record.more.insert(HUB.to_owned(), json!(standing));
    }
    let text = if arguments.json { format!("{}\n", record.text()) } else { as_text(&record) };
    // Whoever reads has seen enough: `vyveska health | head`.
    let _ = std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes());
    if record.state == State::Showing { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The verdict of this moment. `problem`: with the settings' file, where it is not in force.
pub fn record(config: &Config, problem: Option<ConfigError>, root: &Path, given: Option<Now>) -> Record {
    // A store that cannot be read leaves a clock that is believed less.
    let saved = Reader::open(&config.data).and_then(|reader| reader.saved_time()).unwrap_or_default();
    let now = Clock::new(given, saved).now();
    let uptime = clock::boot().since;
    let mut sample = Sample::take(config, root, now, uptime);
    // What sync read at its start may have been changed since.
    sample.settings_problem = problem.map(|problem| problem.to_string()).or(sample.settings_problem);
    Record::of(sample, Some(uptime.as_secs()))
}

/// A program that is silent, or starts again and again, has often said why.
fn last_lines(record: &Record) -> BTreeMap<&'static str, Vec<String>> {
    let unit = |code| match code {
        Code::PanelSilent | Code::PanelRestarting | Code::RescuePage => Some("vyveska-panel"),
        Code::SyncSilent | Code::SyncUnknown => Some("vyveska-sync"),
        _ => None,
    };
    let units = record.reasons.iter().filter_map(|reason| unit(reason.code));
    let said = |unit| match journal::last(&[unit], LINES) {
        Ok(lines) => String::from_utf8_lossy(&lines).lines().map(str::to_owned).collect(),
        Err(error) => vec![format!("This cannot be read: {error}")],
    };
    units.map(|unit| (unit, said(unit))).collect()
}

fn as_text(record: &Record) -> String {
    let mut text = String::new();
    let written = write(&mut text, record);
    written.expect("a String takes all");
    text
}

fn write(text: &mut String, record: &Record) -> std::fmt::Result {
    writeln!(text, "{}", record.state)?;
    writeln!(text, "Proof: {}", proof(record.proof))?;
    for reason in &record.reasons {
        let board = reason.board.as_ref().map(|key| format!(" {key}:")).unwrap_or_default();
        writeln!(text, "\n[{}]{board} {}\n  {}", reason.code, reason.found, reason.cure)?;
    }
    if let Some(Value::Object(units)) = record.more.get(LAST_LINES) {
        for (unit, lines) in units {
            writeln!(text, "\nThe last lines of {unit}:")?;
            for line in lines.as_array().into_iter().flatten().filter_map(Value::as_str) {
                writeln!(text, "  {line}")?;
            }
        }
    }
    if let Some(Value::String(standing)) = record.more.get(HUB) {
        writeln!(text, "\nHub {standing}")?;
    }
    let facts = facts(&record.machine);
    if !facts.is_empty() {
        writeln!(text, "\n{}", facts.join(" · "))?;
    }
    Ok(())
}

/// How far a check reached, for people.
fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::None => "none; look at the glass",
        Proof::Buffer => "the picture in memory is right; nothing says that it goes out",
        Proof::ScanOut => "the right picture goes out to a lit, connected display; whether it gives light nobody sees",
        Proof::LightSensor => "the right picture goes out, and a light sensor before the glass saw it change",
    }
}

fn facts(machine: &Machine) -> Vec<String> {
    let Machine { processor, memory, temperatures, storage, network, boot, .. } = machine;
    let hottest = temperatures.iter().max_by(|a, b| a.celsius.total_cmp(&b.celsius));
    let addresses = network.addresses.as_ref().filter(|addresses| !addresses.is_empty());
    let facts = [
        boot.system.clone(),
        boot.slot.as_ref().map(|slot| format!("slot {slot}")),
        boot.uptime.map(|seconds| format!("up {:.1} days", seconds / 86_400.0)),
        processor.load_15.map(|load| format!("load {load}")),
        memory.available_kib.map(|kib| format!("{} MiB of memory free", kib >> 10)),
        storage.free_bytes.map(|bytes| format!("{} MiB of disk free", bytes >> 20)),
        hottest.map(|one| format!("{} {:.0} °C", one.name, one.celsius)),
        addresses.map(|addresses| addresses.join(" ")),
    ];
    facts.into_iter().flatten().collect()
}
