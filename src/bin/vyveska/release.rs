//! `vyveska release BOARD`: admits by hand what the guard holds back.

use std::process::ExitCode;

use vyveska::clock::{self, Clock, Now};
use vyveska::command::{self, Command, Sender};
use vyveska::config::Config;
use vyveska::guard::{Hold, HoldKind, Memory};
use vyveska::store::Store;
use vyveska::sync::{Lock, LockError};

use crate::exit::{self, Failure};
use crate::settings::Settings;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 will be admitted; 1 nothing of that is held back, or nothing of it can be admitted; 2 the arguments, the \
configuration or the data folder cannot be used")]
pub struct Arguments {
    /// Key of the board in the configuration
    board: String,
    /// Only what is held back for this reason, as `vyveska notices` names it; without it, everything
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    #[command(flatten)]
    settings: Settings,
    /// Take this for the time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    let config = arguments.settings.used();
    let said = config.and_then(|config| {
        // Where it cannot be written, the running sync finds the release with its next round.
        let hurry = || drop(command::send(&config.run, &Command::SyncNow, Sender::Terminal, &clock::boot()));
        release(&config, &arguments.board, arguments.kind.as_deref(), arguments.now, hurry)
    });
    exit::end(said.map(|said| println!("{said}.")))
}

/// Says what is admitted, and when. `hurry` tells a running sync not to end first what it is at.
pub fn release(
    config: &Config,
    key: &str,
    kind: Option<&str>,
    given: Option<Now>,
    hurry: impl FnOnce(),
) -> Result<String, Failure> {
    if config.board(key).is_none() {
        let keys: Vec<&str> = config.boards.iter().map(|board| board.key.as_str()).collect();
        let there = keys.join(", ");
        return Err(Failure::Unusable(format!("There is no board \"{key}\"; this panel has: {there}.")));
    }
    if let Some(kind) = kind
        && HoldKind::parse(kind).is_none()
    {
        let none = format!("\"{kind}\" is no reason to hold anything back; see `vyveska notices`.");
        return Err(Failure::Unusable(none));
    }
    let mut store = Store::open_beside(&config.data).map_err(Failure::unusable)?;
    // A running sync carries the order out itself; the lock tells which of the two it is.
    let lock = match Lock::take(&config.data) {
        Ok(lock) => Some(lock),
        Err(LockError::Held { .. }) => None,
        Err(error) => return Err(Failure::unusable(error)),
    };
    let memory = store.memory(key).map_err(Failure::unusable)?;
    let memory = memory.map_or_else(Memory::default, |text| Memory::from_json(key, &text));
    let wanted = |held: &HoldKind| kind.is_none_or(|name| name == held.to_string());
    let held: Vec<&Hold> = memory.holds.iter().filter(|hold| wanted(&hold.kind)).collect();
    if held.is_empty() {
        return Err(Failure::Failed(format!("Nothing of that is held back on {key}; see `vyveska notices`.")));
    }
    // What cannot be read holds nothing that could be admitted.
    let unread = memory.holds.iter().any(|hold| hold.kind == HoldKind::Unreadable);
    let held: Vec<String> = held.into_iter().filter(|hold| admissible(hold)).map(Hold::reason).collect();
    if held.is_empty() {
        return Err(Failure::Failed(format!(
            "Nothing of {key} can be admitted: its feed has no board that could be taken in. What is up stays up; \
             the office must mend the feed, and the next round that can read it takes it in by itself."
        )));
    }
    let now = Clock::new(given, store.saved_time().unwrap_or_default()).now();
    store.release(key, kind, now).map_err(Failure::failed)?;
    if lock.is_none() {
        hurry();
    }
    let when = match lock {
        _ if unread => "the first `vyveska sync` that can read the feed again admits it",
        None => "the running sync admits it within a few seconds",
        Some(_) => "the next `vyveska sync` admits it",
    };
    Ok(format!("{key}: {when}: {}", held.join("; ")))
}

/// Whether a word by hand changes anything: see `guard::release`.
fn admissible(hold: &Hold) -> bool {
    match hold.kind {
        HoldKind::Unreadable => false,
        HoldKind::WrongOperator => hold.found.is_some(),
        _ => true,
    }
}
