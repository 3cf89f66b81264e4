//! The last lines that the programs wrote into the system's log.
//!
//! They are asked of journalctl, which knows who may read them: root, and the group `systemd-journal`.

use std::io;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A journal of gigabytes on a failing card may never answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The last `lines` of these units together, oldest first, each with its time.
pub fn last(units: &[&str], lines: u32) -> io::Result<Vec<u8>> {
    let mut command = Command::new("journalctl");
    command.args(["--no-pager", "--quiet", "-o", "short-iso", "-n", &lines.to_string()]);
    command.args(units.iter().flat_map(|unit| ["-u", unit]));
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(command.output()));
    let late = |_| Err(io::Error::new(io::ErrorKind::TimedOut, format!("it has not answered for {PATIENCE:?}")));
    let output = told.recv_timeout(PATIENCE).unwrap_or_else(late);
    let output = output.map_err(|error| io::Error::new(error.kind(), format!("journalctl: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
