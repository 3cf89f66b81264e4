//! `vyveska support`: what somebody who helps from afar needs to know of this panel, in one file (tar).
//!
//! No PIN, no password of a proxy, no title and no document gets in; the ledger has none of them anyway. The surprising
//! thing: it always makes a file. What cannot be read is a sentence in it, because a panel in trouble is the one that
//! needs help.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono_tz::Europe::Prague;
use tar::{Builder, Header};
use vyveska::clock::{self, Clock, Now};
use vyveska::config::{Config, Token};
use vyveska::ledger::Ledger;
use vyveska::pin::Code;
use vyveska::store::{Reader, Store};

use crate::exit::{self, Failure};
use crate::journal;
use crate::settings::Settings;

/// The last ones of each.
const LOG_LINES: u32 = 2000;
const LEDGER_ENTRIES: usize = 1000;
/// A file that is larger is no report of ours; in bytes.
const MAX_BYTES: u64 = 8 << 20;
/// What the programs write into the run folder, and the touch test.
const REPORTS: [&str; 4] = ["sync.json", "panel.json", "health.json", "touch.evemu"];
const REMOVED: &str = "(removed)";

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 the report is there; 1 it cannot be written; 2 the arguments, the folder or the \
configuration cannot be used")]
pub struct Arguments {
    /// The folder into which the report is put
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// Take this for the time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    exit::end(make(&arguments).map(|path| println!("{}", path.display())))
}

fn make(arguments: &Arguments) -> Result<PathBuf, Failure> {
    let config = arguments.settings.used()?;
    if !arguments.to.is_dir() {
        let none = format!("There is no folder {}; name one that is there.", arguments.to.display());
        return Err(Failure::Unusable(none));
    }
    let saved = Reader::open(&config.data).ok().and_then(|reader| reader.saved_time().ok()).unwrap_or_default();
    let now = Clock::new(arguments.now, saved).now();
    bundle(&arguments.settings.config, &config, &arguments.to, now)
        .map_err(|error| Failure::Failed(format!("{} cannot take the report: {error}.", arguments.to.display())))
}

/// Makes the report in a folder. It is whole, and on the medium, when this returns.
pub fn bundle(settings: &Path, config: &Config, to: &Path, now: Now) -> io::Result<PathBuf> {
    let time = now.at.with_timezone(&Prague);
    let board = config.boards.first().map_or("panel", |board| board.key.as_str());
    let name = format!("vyveska-{board}-{}", time.format("%Y%m%d-%H%M%S"));
    let (path, part) = (to.join(format!("{name}.tar")), to.join(format!("{name}.part")));
    let mut tar = Builder::new(File::create(&part)?);
    let mut put = |file: &str, bytes: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(u64::try_from(now.at.timestamp()).unwrap_or(0));
        tar.append_data(&mut header, format!("{name}/{file}"), bytes)
    };
    put("about.txt", about(config, now).as_bytes())?;
    put("vyveska.toml", told(fs::read_to_string(settings).map(|text| without_secrets(&text, config))).as_bytes())?;
    for report in REPORTS {
        if let Some(read) = read(&config.run.join(report)) {
            put(report, told(read).as_bytes())?;
        }
    }
    put("ledger.jsonl", ledger(&config.data).as_bytes())?;
    put("health.jsonl", history(&config.data).as_bytes())?;
    put("log.txt", &log())?;
    let mut file = tar.into_inner()?;
    file.flush()?;
    // A stick is pulled out as soon as the glass says so.
    file.sync_all()?;
    fs::rename(&part, &path)?;
    File::open(to)?.sync_all()?;
    Ok(path)
}

fn told(read: io::Result<String>) -> String {
    read.unwrap_or_else(|error| format!("This cannot be read: {error}\n"))
}

/// `None`: there is none.
fn read(path: &Path) -> Option<io::Result<String>> {
    let size = fs::metadata(path).ok()?.len();
    Some(if size > MAX_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { fs::read_to_string(path) })
}

fn about(config: &Config, now: Now) -> String {
    let trust = if now.is_trusted() { "trusted" } else { "not trusted" };
    let kernel = told(fs::read_to_string("/proc/version"));
    let (uptime, load) = (told(fs::read_to_string("/proc/uptime")), told(fs::read_to_string("/proc/loadavg")));
    let boards: Vec<&str> = config.boards.iter().map(|board| board.key.as_str()).collect();
    format!(
        "vyveska {}\ntime: {} (clock {trust})\nboards: {}\nkernel: {kernel}uptime: {uptime}load: {load}",
        env!("CARGO_PKG_VERSION"),
        now.at.to_rfc3339(),
        boards.join(", ")
    )
}

/// The settings as they are written, comments included, but for the PIN, the token, and what stands before the @ of an
/// address.
fn without_secrets(text: &str, config: &Config) -> String {
    let pin = config.service.pin.as_ref().map(Code::digits);
    let token = config.hub.as_ref().and_then(|hub| hub.token.as_ref()).map(Token::text);
    let line = |line: &str| {
        let mut line = line.to_owned();
        for key in ["pin", "token"] {
            if let Some(end) = after_key(&line, key) {
                line = format!("{} \"{REMOVED}\"", &line[..end]);
            }
        }
        // However else it is written.
        for secret in [pin, token].into_iter().flatten() {
            line = line.replace(secret, REMOVED);
        }
        without_user(&line)
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

/// The end of `key =` in a line, also in a comment or in a table of one line.
fn after_key(line: &str, key: &str) -> Option<usize> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(key).find_map(|(at, _)| {
        let rest = &line[at + key.len()..];
        let whole = !line[..at].ends_with(word) && !rest.starts_with(word);
        let equals = rest.find('=').filter(|equals| rest[..*equals].trim_matches([' ', '\t', '"', '\'']).is_empty());
        equals.filter(|_| whole).map(|equals| at + key.len() + equals + 1)
    })
}

fn without_user(line: &str) -> String {
    let mut told = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        told.push_str(before);
        let end = after.find(['/', '"', '\'', ' ']).unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(user) => {
                told.push_str(REMOVED);
                &after[user..]
            }
            None => after,
        };
    }
    told + rest
}

fn ledger(data: &Path) -> String {
    match Ledger::read(data) {
        Ok((entries, finding)) => {
            let last = entries.len().saturating_sub(LEDGER_ENTRIES);
            let mut text: String = entries[last..].iter().map(|entry| format!("{}\n", entry.text)).collect();
            if let Err(error) = finding {
                text += &format!("# {error}\n");
            }
            text
        }
        Err(error) => format!("# {error}\n"),
    }
}

fn log() -> Vec<u8> {
    let read = journal::last(&["vyveska-panel", "vyveska-sync"], LOG_LINES);
    read.unwrap_or_else(|error| told(Err(error)).into_bytes())
}

/// What sync has kept of its verdicts, a line each, the oldest first.
fn history(data: &Path) -> String {
    let kept = Store::open_beside(data).and_then(|mut store| store.health());
    match kept {
        Ok(kept) => kept.iter().map(|kept| format!("{}\n", kept.text)).collect(),
        Err(error) => format!("# {error}\n"),
    }
}
