//! What a UPS says, through upsd of Network UPS Tools: its line protocol over TCP (port 3493), read only.
//!
//! The surprising thing: no library and no `upsc`. Three questions and their answers are less than either, and nothing
//! is started; a upsd that hangs costs [`PATIENCE`] and no more.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// For a connection, and for each answer.
pub const PATIENCE: Duration = Duration::from_secs(1);
/// An answer (bytes) is one short line.
const MAX_BYTES: usize = 512;
const PORT: u16 = 3493;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ups {
    /// `ups.status` as it stands: words as `OL CHRG`.
    pub status: String,
    /// Per cent of the battery (`battery.charge`), and seconds that it lasts (`battery.runtime`).
    pub charge: Option<f64>,
    pub seconds_left: Option<f64>,
}

/// Why nothing is known of it.
#[derive(Debug, thiserror::Error)]
pub enum UpsError {
    #[error("no upsd answers at {host} ({cause}); start nut-server, or correct health.ups")]
    Silent { host: String, cause: std::io::Error },
    #[error("upsd at {host} says \"{said}\"; correct health.ups, or see its log")]
    Refused { host: String, said: String },
}

impl Ups {
    /// Asks for one UPS, named `NAME@HOST` or `NAME@HOST:PORT`.
    pub fn ask(place: &str) -> Result<Ups, UpsError> {
        let (ups, host) = place.split_once('@').unwrap_or((place, "localhost"));
        let silent = |cause| UpsError::Silent { host: host.to_owned(), cause };
        let refused = |said: String| UpsError::Refused { host: host.to_owned(), said };
        let mut upsd = connect(host).map_err(silent)?;
        let mut ask = |variable: &str| -> Result<Result<String, String>, UpsError> {
            writeln!(upsd, "GET VAR {ups} {variable}").map_err(silent)?;
            let line = line(&mut upsd).map_err(silent)?;
            let value = line.strip_prefix(&format!("VAR {ups} {variable} \"")).and_then(|rest| rest.strip_suffix('"'));
            Ok(value.map(str::to_owned).ok_or(line))
        };
        let status = ask("ups.status")?.map_err(refused)?;
        // Many do not tell these.
        let mut number = |variable: &str| ask(variable).ok()?.ok()?.parse().ok();
        Ok(Ups { status, charge: number("battery.charge"), seconds_left: number("battery.runtime") })
    }

    /// `OB` on battery, `LB` battery low, `RB` replace the battery: docs/new-drivers of NUT has them all.
    pub fn says(&self, word: &str) -> bool {
        self.status.split_whitespace().any(|one| one == word)
    }
}

fn connect(host: &str) -> std::io::Result<TcpStream> {
    let unnamed = || std::io::Error::other("the name has no address");
    let address = match host.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?))) {
        Some(pair) => pair.to_socket_addrs()?.next(),
        None => (host, PORT).to_socket_addrs()?.next(),
    };
    let upsd = TcpStream::connect_timeout(&address.ok_or_else(unnamed)?, PATIENCE)?;
    upsd.set_read_timeout(Some(PATIENCE))?;
    upsd.set_write_timeout(Some(PATIENCE))?;
    Ok(upsd)
}

fn line(upsd: &mut TcpStream) -> std::io::Result<String> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while line.len() < MAX_BYTES && upsd.read(&mut byte)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
