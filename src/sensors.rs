//! What the machine says of itself: processor, memory, heat, power, storage, links, boot, and what is wired up in the
//! cabinet. Plain values out of the kernel's files below a `root`, so that a test can be any machine.
//!
//! What it deliberately does not do: judge (`health` does), keep anything, or write. The surprising thing: a file that
//! is missing, or says what nobody expects, is `None`, never zero; no board has all of these sensors, and an unknown
//! temperature is neither cold nor good.

mod boot;
mod cabinet;
mod devices;
mod heat;
mod link;
mod memory;
mod power;
mod processor;
mod storage;
mod ups;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use boot::Boot;
pub use cabinet::{Cabinet, Wiring};
pub use devices::{Connector, connectors, service_runs, touch_sensors};
pub use heat::Temperature;
pub use link::{Link, Network};
pub use memory::Memory;
pub use power::Power;
pub use processor::Processor;
pub use storage::{Card, Reserve, Storage};
pub use ups::{Ups, UpsError};

/// A file of the kernel that is larger (bytes) is not one that is read here.
const MAX_BYTES: u64 = 64 << 10;
/// Entries of one folder that are looked at: no machine has as many.
const MAX_ENTRIES: usize = 64;

/// One look at the machine. Each value names its unit and the kernel's document it comes from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    pub processor: Processor,
    pub memory: Memory,
    pub temperatures: Vec<Temperature>,
    pub power: Power,
    pub storage: Storage,
    pub network: Network,
    pub boot: Boot,
    pub cabinet: Cabinet,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl Machine {
    /// Reads all of it. `root`: `/` on the device. `data`: the folder of the databases. It waits for nothing but the
    /// kernel, some milliseconds; a UPS is asked apart ([`Ups::ask`]).
    pub fn read(root: &Path, data: &Path, wiring: &Wiring) -> Machine {
        let root = Root(root);
        Machine {
            processor: processor::read(root),
            memory: memory::read(root),
            temperatures: heat::read(root),
            power: power::read(root),
            storage: storage::read(root, data),
            network: link::read(root),
            boot: boot::read(root),
            cabinet: cabinet::read(root, wiring),
            more: serde_json::Map::new(),
        }
    }
}

/// The share of time, in per cent of the last minute, in which somebody had to wait for something: all of them
/// (`full`) or at least one (`some`). Documentation/accounting/psi.rst.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pressure {
    pub some: Option<f64>,
    /// Of the processor only kernels from 5.13 say it.
    pub full: Option<f64>,
}

impl Pressure {
    fn read(root: Root, what: &str) -> Option<Pressure> {
        let text = root.text(&format!("proc/pressure/{what}"))?;
        let share = |kind: &str| {
            let line = text.lines().find(|line| line.split_whitespace().next() == Some(kind))?;
            line.split_whitespace().find_map(|word| word.strip_prefix("avg60="))?.parse().ok()
        };
        Some(Pressure { some: share("some"), full: share("full") })
    }
}

/// Where `/` is.
#[derive(Clone, Copy)]
struct Root<'a>(&'a Path);

impl Root<'_> {
    fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    fn text(&self, below: &str) -> Option<String> {
        text(&self.path(below))
    }

    fn number<T: FromStr>(&self, below: &str) -> Option<T> {
        number(&self.path(below))
    }

    /// The entries of a folder by name; none where it is not there.
    fn folder(&self, below: &str) -> Vec<PathBuf> {
        let Ok(entries) = self.path(below).read_dir() else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.flatten().take(MAX_ENTRIES).map(|entry| entry.path()).collect();
        paths.sort_unstable();
        paths
    }
}

/// What a file says, without the white space around it; `None` where it says nothing.
fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}

fn number<T: FromStr>(path: &Path) -> Option<T> {
    text(path)?.parse().ok()
}

/// A flag of the kernel: 0 or 1.
fn flag(path: &Path) -> Option<bool> {
    number::<u8>(path).map(|flag| flag != 0)
}

/// The last part of a path.
fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Thousandths, as the kernel gives degrees and volts.
fn thousandth(value: i64) -> f64 {
    value as f64 / 1000.0
}
