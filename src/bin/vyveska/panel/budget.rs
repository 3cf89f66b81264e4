//! When the panel starts itself again because it has grown: at night, with nobody before the glass.
//!
//! It looks for no leak. The surprising thing: it happens once in a day at most, whatever the memory says, because a
//! panel that needs more than its budget from the start would otherwise do nothing but start.

use std::fs;
use std::time::Duration;

use chrono::Timelike as _;
use chrono_tz::Europe::Prague;
use vyveska::clock::Now;

/// Twice what panel and sync together are to take at 1080 × 1920, in bytes.
const BUDGET: u64 = 192 << 20;
/// Hours in Prague in which hardly anybody stands before a board. Not the one that the clock goes through twice, or not
/// at all.
const NIGHT: std::ops::Range<u32> = 3..5;
const ONCE_IN: Duration = Duration::from_secs(20 * 3600);

/// Whether it is due. `running`: since the start of the process.
pub fn is_over(resident: u64, running: Duration, reading: bool, now: Now) -> bool {
    let hour = now.at.with_timezone(&Prague).hour();
    resident > BUDGET && running >= ONCE_IN && !reading && NIGHT.contains(&hour)
}

/// What this process takes of the memory, in bytes, what lies in the swap included; 0 where the kernel does not say.
pub fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim_end_matches("kB").trim().parse().unwrap_or(0)
    };
    (kilobytes("RssAnon:") + kilobytes("VmSwap:")) << 10
}
