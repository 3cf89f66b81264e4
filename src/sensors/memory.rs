//! How much memory there is, and whether somebody waits for it.

use serde::{Deserialize, Serialize};

use super::{Pressure, Root};

/// Documentation/filesystems/proc.rst: `meminfo`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// KiB.
    pub total_kib: Option<u64>,
    /// KiB that a program could have without swapping.
    pub available_kib: Option<u64>,
    pub pressure: Option<Pressure>,
    /// Waiting for the disk.
    pub disk_pressure: Option<Pressure>,
}

pub fn read(root: Root) -> Memory {
    let text = root.text("proc/meminfo").unwrap_or_default();
    let kib = |what: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    };
    Memory {
        total_kib: kib("MemTotal"),
        available_kib: kib("MemAvailable"),
        pressure: Pressure::read(root, "memory"),
        disk_pressure: Pressure::read(root, "io"),
    }
}
