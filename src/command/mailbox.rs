//! The folders: an order is put in by rename, and taken out before it is carried out, so that it is carried out once at
//! most, also where that ends the program.
//!
//! The reader believes nothing: what is no small regular file of ours is taken away unread. The surprising thing: an
//! order's number is the time since the boot in microseconds, so the numbers rise in the order of sending, and tell how
//! old an order is.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, Command, MAX_AGE, Outcome, Program, Refusal, Sender};
use crate::clock::Boot;
use crate::wire;

/// A larger file is no order; in bytes.
pub const MAX_BYTES: u64 = 4096;
/// So many files are looked at in one go; whoever fills the folder does not hold the program up.
pub const MAX_WAITING: usize = 32;
/// So many answers are kept.
const MAX_ANSWERS: usize = 64;

/// An order as it lies in the mailbox.
#[derive(Serialize, Deserialize)]
struct Letter {
    v: u32,
    id: u64,
    /// Identity of the boot in which it was sent.
    boot: String,
    by: Sender,
    /// Seconds for which it is meant, where that is less than [`MAX_AGE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid: Option<u64>,
    command: Value,
}

/// An order to be carried out, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: u64,
    pub by: Sender,
    pub command: Command,
}

/// Puts an order where its program finds it. Returns its number, under which the answer will come.
///
/// An error where the folder cannot be written: the program's user is not in the group, or the memory is full.
pub fn send(run: &Path, command: &Command, by: Sender, boot: &Boot) -> io::Result<u64> {
    let folder = folder(run, command.program());
    fs::create_dir_all(&folder)?;
    // Two senders in the same microsecond.
    let first = micros(boot.since);
    let unused = |id: &u64| !folder.join(format!("{id}.json")).exists();
    let mut result = Err(ErrorKind::AlreadyExists.into());
    for id in (first..first + 100).filter(unused) {
        result = send_as(run, command, by, boot, id, MAX_AGE).map(|()| id);
        if !result.as_ref().is_err_and(|error| error.kind() == ErrorKind::AlreadyExists) {
            break;
        }
    }
    result
}

/// The same under a number that its sender has chosen: the time since the boot in microseconds. It is meant for `valid`.
pub fn send_as(run: &Path, command: &Command, by: Sender, boot: &Boot, id: u64, valid: Duration) -> io::Result<()> {
    let folder = folder(run, command.program());
    fs::create_dir_all(&folder)?;
    let new = folder.join(format!(".{id}"));
    let mut file = File::create_new(&new)?;
    let command = serde_json::to_value(command)?;
    let valid = (valid < MAX_AGE).then_some(valid.as_secs());
    serde_json::to_writer(&mut file, &Letter { v: 1, id, boot: boot.id.clone(), by, valid, command })?;
    fs::rename(new, folder.join(format!("{id}.json")))
}

/// How an order ended; `None` while it has not.
pub fn read_answer(run: &Path, id: u64) -> Option<Answer> {
    let bytes = wire::read_small(&run.join("answers").join(format!("{id}.json")), MAX_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok().filter(|answer: &Answer| answer.id == id)
}

/// The mailbox of one program, at its reader's.
#[derive(Debug)]
pub struct Inbox {
    run: PathBuf,
    reader: Program,
    /// Number of the last order of each sender.
    last: BTreeMap<Sender, u64>,
}

impl Inbox {
    /// Makes the folder where it is missing. Where that cannot be, no order comes; it is tried again at each look.
    pub fn open(run: &Path, reader: Program) -> Inbox {
        let _ = fs::create_dir_all(folder(run, reader));
        Inbox { run: run.to_owned(), reader, last: BTreeMap::new() }
    }

    /// Where orders are put.
    pub fn folder(&self) -> PathBuf {
        folder(&self.run, self.reader)
    }

    /// Takes out what came, in the order of sending. What is refused is answered here.
    pub fn take(&mut self, boot: &Boot) -> Vec<Order> {
        let folder = self.folder();
        let Ok(entries) = fs::read_dir(&folder) else {
            let _ = fs::create_dir_all(&folder);
            return Vec::new();
        };
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut waiting: Vec<(u64, String)> =
            names.filter_map(|name| Some((number(&name, boot)?, name))).take(MAX_WAITING).collect();
        waiting.sort();
        let mut orders = Vec::new();
        for (id, name) in waiting {
            let path = folder.join(&name);
            let bytes = wire::read_small(&path, MAX_BYTES);
            if let Err(error) = remove(&path) {
                // It would be carried out again and again.
                tracing::warn!("{} cannot be taken away ({error}), so it is not carried out", path.display());
                continue;
            }
            match bytes.map_err(|_| Refusal::Unreadable).and_then(|bytes| self.judge(id, &bytes, boot)) {
                Ok(order) => orders.push(order),
                Err(refusal) => {
                    tracing::warn!("an order to {} is refused: {refusal}", self.reader.name());
                    if id > 0 {
                        self.answer(id, Outcome::Refused, &refusal.to_string());
                    }
                }
            }
        }
        orders
    }

    fn judge(&mut self, id: u64, bytes: &[u8], boot: &Boot) -> Result<Order, Refusal> {
        let letter: Letter = serde_json::from_slice(bytes).map_err(|_| Refusal::Unreadable)?;
        if letter.id != id || letter.boot.len() > 64 {
            return Err(Refusal::Unreadable);
        }
        if letter.boot != boot.id {
            return Err(Refusal::OtherBoot);
        }
        let age = micros(boot.since).checked_sub(id).ok_or(Refusal::Unreadable)?;
        if Duration::from_micros(age) > MAX_AGE {
            return Err(Refusal::Late);
        }
        if letter.valid.is_some_and(|valid| Duration::from_micros(age) > Duration::from_secs(valid)) {
            return Err(Refusal::RunOut);
        }
        let command: Command = serde_json::from_value(letter.command).map_err(|_| Refusal::Unknown)?;
        if command.program() != self.reader {
            return Err(Refusal::Misdirected(command.program(), self.reader));
        }
        let last = self.last.entry(letter.by).or_default();
        if id <= *last {
            return Err(Refusal::Overtaken);
        }
        *last = id;
        Ok(Order { id, by: letter.by, command })
    }

    /// See [`answer`].
    pub fn answer(&self, id: u64, outcome: Outcome, said: &str) {
        answer(&self.run, id, outcome, said);
    }
}

/// Says how an order ended. It does not matter to the work where nobody can be told.
pub fn answer(run: &Path, id: u64, outcome: Outcome, said: &str) {
    let folder = run.join("answers");
    let answer = Answer { v: 1, id, outcome, said: said.to_owned() };
    let written = serde_json::to_vec(&answer).map_err(io::Error::from);
    let written = written.and_then(|bytes| wire::replace(&folder, &format!("{id}.json"), &bytes));
    if let Err(error) = written {
        tracing::warn!("{} cannot be written ({error}); nobody learns how an order ended", folder.display());
    }
    forget_oldest(&folder);
}

/// The number of a file that is to be looked at: an order, or what a sender that ended left behind.
fn number(name: &str, boot: &Boot) -> Option<u64> {
    let Some(unfinished) = name.strip_prefix('.') else {
        // A stranger's file has no number; it is looked at, and taken away, like any other.
        return Some(name.strip_suffix(".json").and_then(|id| id.parse().ok()).unwrap_or(0));
    };
    let id: u64 = unfinished.parse().unwrap_or(0);
    let age = micros(boot.since).saturating_sub(id);
    (Duration::from_micros(age) > MAX_AGE).then_some(id)
}

fn folder(run: &Path, program: Program) -> PathBuf {
    run.join("commands").join(program.name())
}

fn micros(since: Duration) -> u64 {
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::IsADirectory => fs::remove_dir_all(path),
        result => result,
    }
}

fn forget_oldest(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let number = |path: &Path| path.file_stem()?.to_str()?.parse::<u64>().ok();
    let mut answers: Vec<(u64, PathBuf)> =
        entries.flatten().map(|entry| entry.path()).filter_map(|path| Some((number(&path)?, path))).collect();
    answers.sort();
    let many = answers.len().saturating_sub(MAX_ANSWERS);
    for (_, path) in answers.into_iter().take(many) {
        // Of the other program, perhaps: it keeps its own in bounds.
        let _ = fs::remove_file(path);
    }
}
