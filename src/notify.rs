//! What systemd is told of this program (sd_notify(3)): that it is ready, what it does, and that it gets on.
//!
//! It decides nothing: when a program gets on, the program knows. Without systemd it says nothing to nobody. The surprising
//! thing: "alive" must never be said by a thread or a timer of its own, or a program that hangs would still say it.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to systemd.
#[derive(Debug, Default)]
pub struct Notify {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// As systemd started this process.
    pub fn from_environment() -> Notify {
        let socket = std::env::var_os("NOTIFY_SOCKET");
        let watched = std::env::var("WATCHDOG_PID").map_or(true, |pid| pid.parse() == Ok(std::process::id()));
        let limit = std::env::var("WATCHDOG_USEC").ok().filter(|_| watched).and_then(|limit| limit.parse().ok());
        Notify::to(socket.as_deref(), limit.map(Duration::from_micros))
    }

    /// `address`: a path, or a name without a file (`@…`). `watchdog`: after so long without a sign it ends the program.
    pub fn to(address: Option<&OsStr>, watchdog: Option<Duration>) -> Notify {
        let connect = |address: &OsStr| -> io::Result<(UnixDatagram, SocketAddr)> {
            let address = match address.as_bytes().strip_prefix(b"@") {
                Some(name) => SocketAddr::from_abstract_name(name)?,
                None => SocketAddr::from_pathname(address)?,
            };
            let socket = UnixDatagram::unbound()?;
            // A systemd that is busy must not hold the glass up.
            socket.set_nonblocking(true)?;
            Ok((socket, address))
        };
        let socket = address.and_then(|address| match connect(address) {
            Ok(socket) => Some(socket),
            Err(error) => {
                tracing::warn!("systemd cannot be told anything ({error}); its watchdog will end this program");
                None
            }
        });
        Notify { watchdog: watchdog.filter(|limit| !limit.is_zero() && socket.is_some()), socket }
    }

    /// How often it is to be said at least that the program gets on; `None`: nobody watches.
    pub fn every(&self) -> Option<Duration> {
        // One sign may be lost, and a turn may be late.
        self.watchdog.map(|limit| limit / 3)
    }

    pub fn ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={}", line(status)));
    }

    /// What the program does, in one line of words.
    pub fn status(&self, status: &str) {
        self.send(&format!("STATUS={}", line(status)));
    }

    /// The program has just got on with its work.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// It ends as it should.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, message: &str) {
        if let Some((socket, address)) = &self.socket {
            // There is nobody else to be told that systemd does not listen.
            let _ = socket.send_to_addr(message.as_bytes(), address);
        }
    }
}

fn line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}
