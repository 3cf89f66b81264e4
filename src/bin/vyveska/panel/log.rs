//! The panel's log, on its way to the system's; the last lines stay in the run folder, so that the office sees them too
//! when the program has fallen over.

use std::io::{self, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;
use vyveska::clock::Now;
use vyveska::wire::{log, moment};

/// The run folder, and what is in its file; `None`: nobody is told.
static KEPT: Mutex<Option<(PathBuf, String)>> = Mutex::new(None);

/// Where the log goes.
pub struct Log;

/// From now on the last lines are kept there, after those of the program before; what ends this one too.
pub fn keep_in(run: &Path, now: Now) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some((run.to_owned(), log::read(run)));
    // The system's log knows that by itself.
    keep(&format!("{} vyveska {} starts", moment::text(&now.at), env!("CARGO_PKG_VERSION")));
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |why| {
        keep(&format!("ended by a bug: {why}"));
        before(why);
    }));
}

fn keep(line: &str) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((run, lines)) = kept.as_mut() else { return };
    let plain = without_colours(line);
    *lines = log::tail(&format!("{lines}\n{}", plain.trim_end())).trim_start().to_owned();
    // It is in the system's log all the same.
    let _ = log::write(run, lines);
}

/// A terminal's colours are no part of it.
fn without_colours(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').map_or("", |(_, rest)| rest))
}

impl Write for &Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(line)?;
        keep(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = &'a Log;

    fn make_writer(&'a self) -> &'a Log {
        self
    }
}
