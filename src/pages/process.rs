//! One child process as the parent sees it: started with nothing but the document (or a pipe for it), listened to with a
//! deadline, ended for certain.
//!
//! Deliberately without a thread: one `poll` waits for frames and for complaints. The surprising thing: the child is
//! started through `/proc/self/exe`, so that a program whose file was exchanged under it still gets a child that speaks
//! the same protocol.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::PageFault;
use super::wire::{Frame, FrameLimits, Frames, Request};
use crate::clock;

/// What is kept of a child's complaints: the allocator's last words fit, a flood does not.
const MAX_STDERR: usize = 4096;

/// Pictures come and go by the megabyte, and what the kernel must clear anew each time costs a third of a page: the child
/// keeps what it has freed, and takes it in large pages where the kernel has them. Other libraries than glibc ignore it.
const ALLOCATOR: &str =
    "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=268435456:glibc.malloc.hugetlb=1";

/// Room in the pipe that pictures come through, in bytes: with less of it child and parent wait for each other more often.
const PIPE: usize = 1 << 20;

pub struct Process {
    child: Child,
    /// Where it was started with a pipe.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    frames: Frames,
    complaints: Vec<u8>,
    piece: Vec<u8>,
}

/// What came next from the child.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    Frame(Frame<'static>),
    /// It closed its output: it has ended, or is ending.
    Closed,
    TimedOut,
    /// It said something that makes no sense.
    Nonsense(&'static str),
}

impl Process {
    pub fn start(program: &Path, input: Stdio, request: &Request) -> io::Result<Process> {
        let mut child = Command::new(program)
            .arg("page-child")
            .arg(request.to_argument())
            .env_clear()
            .env("GLIBC_TUNABLES", ALLOCATOR)
            .current_dir("/")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        // Where the kernel does not give more room, it only takes longer.
        let _ = rustix::pipe::fcntl_setpipe_size(&stdout, PIPE);
        let stdin = child.stdin.take();
        if let Some(stdin) = &stdin {
            rustix::io::ioctl_fionbio(stdin, true)?;
        }
        let limits = FrameLimits { width: request.width, height: request.height, text_bytes: request.text_bytes };
        let frames = Frames::new(limits);
        let piece = vec![0; 64 << 10];
        Ok(Process { child, stdin, stdout, stderr: Some(stderr), frames, complaints: Vec::new(), piece })
    }

    pub fn number(&self) -> u32 {
        self.child.id()
    }

    /// The next picture is this wide, and at most so high.
    pub fn expect(&mut self, width: u32, height: u32) {
        self.frames.expect(width, height);
    }

    /// Puts bytes into the child's pipe; it has until the monotonic clock shows `deadline` to take them.
    pub fn send(&mut self, mut bytes: &[u8], deadline: Duration) -> io::Result<()> {
        let stdin = self.stdin.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        while !bytes.is_empty() {
            let left = deadline.saturating_sub(clock::ticks());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match poll(&mut [PollFd::new(&*stdin, PollFlags::OUT)], Some(&timespec(left))) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            match stdin.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits for the next frame until the monotonic clock shows `deadline`.
    pub fn next(&mut self, deadline: Duration) -> Event {
        loop {
            match self.frames.next() {
                Ok(Some(frame)) => return Event::Frame(frame),
                Ok(None) => {}
                Err(wrong) => return Event::Nonsense(wrong),
            }
            let left = deadline.saturating_sub(clock::ticks());
            if left.is_zero() {
                return Event::TimedOut;
            }
            let (speaks, complains) = match self.wait(left) {
                Ok(ready) => ready,
                Err(_) => return Event::Nonsense("its pipes cannot be read"),
            };
            if complains {
                self.listen();
            }
            if speaks {
                match self.stdout.read(&mut self.piece) {
                    Ok(0) => return Event::Closed,
                    Ok(length) => self.frames.push(&self.piece[..length]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return Event::Closed,
                }
            }
        }
    }

    fn wait(&self, left: Duration) -> io::Result<(bool, bool)> {
        let mut watched = vec![PollFd::new(&self.stdout, PollFlags::IN)];
        watched.extend(self.stderr.as_ref().map(|stderr| PollFd::new(stderr, PollFlags::IN)));
        match poll(&mut watched, Some(&timespec(left))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = |at: usize| watched.get(at).is_some_and(|entry| !entry.revents().is_empty());
        Ok((ready(0), ready(1)))
    }

    /// Takes what the child complains about, keeps the beginning of it and lets the rest go.
    fn listen(&mut self) {
        let Some(stderr) = &mut self.stderr else { return };
        match stderr.read(&mut self.piece) {
            Ok(0) => self.stderr = None,
            Ok(length) => {
                let room = MAX_STDERR - self.complaints.len();
                self.complaints.extend_from_slice(&self.piece[..length.min(room)]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.stderr = None,
        }
    }

    /// Ends the child, if it has not ended already, and says of what it died.
    pub fn end(mut self) -> PageFault {
        // A child that has closed its output and is being torn down keeps the status it died with.
        let _ = self.child.kill();
        let status = self.child.wait();
        while self.stderr.is_some() {
            match self.wait(Duration::ZERO) {
                Ok((_, true)) => self.listen(),
                _ => break,
            }
        }
        let complaints = String::from_utf8_lossy(&self.complaints);
        match status {
            Ok(status) => cause(status, &complaints),
            Err(error) => PageFault::Crashed(format!("lost: {error}")),
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cause(status: ExitStatus, complaints: &str) -> PageFault {
    let text = match status.signal() {
        Some(libc::SIGXCPU) => return PageFault::Time,
        // Nobody else kills it; the kernel does where the whole machine is short of memory.
        Some(libc::SIGKILL) => return PageFault::Memory,
        Some(libc::SIGABRT) if complaints.contains("memory allocation of") => return PageFault::Memory,
        Some(libc::SIGABRT) if complaints.contains("overflowed its stack") => "it is nested too deeply".to_owned(),
        Some(libc::SIGABRT) => "abort".to_owned(),
        Some(libc::SIGSEGV | libc::SIGBUS) => "a memory fault".to_owned(),
        Some(libc::SIGSYS) => "a forbidden system call".to_owned(),
        Some(signal) => format!("signal {signal}"),
        None => format!("exit code {}", status.code().unwrap_or_default()),
    };
    PageFault::Crashed(text)
}
