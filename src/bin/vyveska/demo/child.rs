//! The demo's other processes: the same program with another word, as on the device.
//!
//! Nothing is shared with them but the folder. The surprising thing: they end with the demo even when it is killed,
//! because the kernel tells them.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::{env, io};

use rustix::process::{Signal, set_parent_process_death_signal};
use vyveska::clock::Now;

pub struct Child(Process);

impl Child {
    /// Starts `vyveska WORDS --config CONFIG --now NOW`.
    pub fn start(words: &[&str], config: &Path, now: Now) -> io::Result<Child> {
        Child::spawn(words, config, now, Stdio::inherit())
    }

    /// The same, without its summary; complaints are still heard.
    #[cfg(feature = "panel")]
    pub fn silent(words: &[&str], config: &Path, now: Now) -> io::Result<Child> {
        Child::spawn(words, config, now, Stdio::null())
    }

    fn spawn(words: &[&str], config: &Path, now: Now, summary: Stdio) -> io::Result<Child> {
        let mut command = Command::new(env::current_exe()?);
        command.stdout(summary);
        command.args(words).arg("--config").arg(config).args(["--now", &now.at.to_rfc3339()]);
        // SAFETY: between fork and exec only one system call is made, and it touches no memory of ours.
        unsafe { command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::TERM))?)) };
        Ok(Child(command.spawn()?))
    }

    /// `None` while it runs.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Either it has ended already, or it has to.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
