//! `vyveska ledger`: prints the record of what was on the glass, and says whether it is whole.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Prague;
use vyveska::ledger::{Days, Entry, Ledger, Service, Urgent, What, When, Why};

use crate::exit::{self, Failure};
use crate::settings::Settings;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 the ledger is whole; 1 it is not, or cannot be read; 2 the arguments or the configuration cannot be used")]
pub struct Arguments {
    /// Print each entry as it was written: one line of canonical JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
    /// The panel's data folder, where there is no configuration
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "last_good"])]
    data: Option<PathBuf>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    exit::end(print(&arguments))
}

fn print(arguments: &Arguments) -> Result<(), Failure> {
    let failed = |cause| Failure::Failed(format!("vyveska ledger: {cause}"));
    let folder = match &arguments.data {
        Some(data) => data.clone(),
        None => arguments.settings.used()?.data,
    };
    let (entries, finding) = Ledger::read(&folder).map_err(failed)?;
    let mut output = std::io::stdout().lock();
    for entry in &entries {
        let line = if arguments.json { entry.text.clone() } else { describe(entry) };
        // Whoever reads has seen enough: `vyveska ledger | head`.
        if writeln!(output, "{line}").is_err() {
            break;
        }
    }
    finding.map_err(failed)
}

fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Prague).format("%Y-%m-%d %H:%M:%S%:z").to_string()
}

fn describe(entry: &Entry) -> String {
    let doubt = if entry.trusted { "" } else { " (clock not trusted)" };
    let mut line = format!("{:>6}  {}{doubt}  ", entry.number, local(entry.at));
    let told = match &entry.what {
        None => write!(line, "of a kind that this program does not know: {}", entry.text),
        Some(what) => write!(line, "{}", tell(what)),
    };
    told.expect("a string takes everything");
    line
}

fn tell(what: &What) -> String {
    let here = |documents: &[Option<_>]| {
        let count = documents.iter().flatten().count();
        format!("{count} of {} documents", documents.len())
    };
    match what {
        What::Started { program, after: None } => format!("started: {program}"),
        What::Started { program, after: Some(file) } => format!("started: {program}; damaged ledger kept as {file}"),
        What::Stopped => "stopped".to_owned(),
        What::Received { board, notice, documents, days, .. } => {
            format!("{board}: received {notice}, {}{}", here(documents), tell_days(days))
        }
        What::FirstShown { board, notice, when: When::InTime, .. } => format!("{board}: first on the glass {notice}"),
        What::FirstShown { board, notice, days, when: When::BeforePanel, .. } => {
            format!(
                "{board}: first on the glass, posted before this ledger knew the board, {notice}{}",
                tell_days(days)
            )
        }
        What::FirstShown { board, notice, days, .. } => {
            format!("{board}: WARNING first on the glass after its day of posting {notice}{}", tell_days(days))
        }
        What::Filed { board, notice, documents, .. } => format!("{board}: {} here of {notice}", here(documents)),
        What::Changed { board, notice, from, to, .. } if from == to => {
            format!("{board}: documents changed of {notice}")
        }
        What::Changed { board, notice, from, to, .. } => format!("{board}: changed {notice} from {from} to {to}"),
        What::Down { board, notice, why, shown, .. } => {
            let why = match why {
                Why::Ended => "its last day has passed",
                Why::Withdrawn => "withdrawn",
                Why::TakenDown => "taken down at once, as the office ordered",
                Why::Unknown => "nobody can tell why",
            };
            let never = if *shown { "" } else { ", never on the glass" };
            format!("{board}: down {notice}, {why}{never}")
        }
        What::MessageShown { urgent: Urgent { message, until }, drill } => {
            let what = if *drill { "drill" } else { "urgent message" };
            format!("{what} on the glass {message}, until {}", local(*until))
        }
        What::MessageOver { message, why: Why::Ended } => format!("urgent message over {message}, its time has passed"),
        What::MessageOver { message, .. } => format!("urgent message over {message}, withdrawn"),
        What::Ordered { order, by } => format!("ordered by hand: {order} ({by})"),
        What::Unrecorded { from, to } => {
            let to = to.map_or("a time that no clock could tell".to_owned(), local);
            format!("NOT RECORDED from {} to {to}", local(*from))
        }
        What::Service(service) => match service {
            Service::Opened => "service page opened with the PIN".to_owned(),
            Service::WrongPin => "service page: WRONG PIN".to_owned(),
            Service::PinNoted => "service page: the PIN made here was written down".to_owned(),
            Service::BundleSaved => "service page: report put onto a stick".to_owned(),
        },
        What::Unreadable { from, to, cause } => {
            let to = to.map_or("a time that no clock could tell".to_owned(), local);
            format!("NOT READABLE from {} to {to}: {}", local(*from), cause.name())
        }
    }
}

fn tell_days(days: &Days) -> String {
    match (days.posted, days.until) {
        (Some(posted), Some(until)) => format!(", posted {posted} until {until}"),
        (Some(posted), None) => format!(", posted {posted}"),
        (None, Some(until)) => format!(", until {until}"),
        (None, None) => String::new(),
    }
}
