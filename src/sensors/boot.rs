//! Which start of which system this is, and why the machine started.

use serde::{Deserialize, Serialize};

use super::{Root, name, number};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Boot {
    /// Another one at each start (Documentation/admin-guide/sysctl/kernel.rst: `boot_id`).
    pub id: Option<String>,
    /// Seconds since the start (Documentation/filesystems/proc.rst: `uptime`).
    pub uptime: Option<f64>,
    /// The hardware watchdog started the machine anew, because nobody fed it
    /// (Documentation/ABI/testing/sysfs-class-watchdog: `bootstatus`, WDIOF_CARDRESET).
    pub by_watchdog: Option<bool>,
    /// Started anew for heat (WDIOF_OVERHEAT) or for want of power (WDIOF_POWERUNDER), where the watchdog can tell.
    pub by_heat: Option<bool>,
    pub by_power: Option<bool>,
    /// Records of crashes of the kernel that were kept (Documentation/ABI/testing/pstore).
    pub crashes: Option<u64>,
    /// Kernel release, as `6.12.48+deb13-arm64`.
    pub kernel: Option<String>,
    /// The system's version: `IMAGE_VERSION` of os-release(5), else `PRETTY_NAME`.
    pub system: Option<String>,
    /// The slot that is running: `rauc.slot=` or `vyveska.slot=` of the kernel's command line.
    pub slot: Option<String>,
}

/// include/uapi/linux/watchdog.h
const OVERHEAT: u32 = 0x0001;
const POWER_UNDER: u32 = 0x0010;
const CARD_RESET: u32 = 0x0020;

pub fn read(root: Root) -> Boot {
    let watchdogs = root.folder("sys/class/watchdog");
    let status = watchdogs.iter().filter_map(|path| number::<u32>(&path.join("bootstatus"))).reduce(|a, b| a | b);
    let why = |bit: u32| status.map(|status| status & bit != 0);
    let kept = root.path("sys/fs/pstore").read_dir().ok();
    let crashes = kept.map(|kept| kept.flatten().filter(|entry| name(&entry.path()).starts_with("dmesg-")).count());
    let release = root.text("etc/os-release").or_else(|| root.text("usr/lib/os-release")).unwrap_or_default();
    let said = |key: &str| {
        let value = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(value.trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
    };
    let words = root.text("proc/cmdline").unwrap_or_default();
    let slot = |key: &str| words.split_whitespace().find_map(|word| word.strip_prefix(key)).map(str::to_owned);
    Boot {
        id: root.text("proc/sys/kernel/random/boot_id"),
        uptime: root.text("proc/uptime").and_then(|text| text.split(' ').next()?.parse().ok()),
        by_watchdog: why(CARD_RESET),
        by_heat: why(OVERHEAT),
        by_power: why(POWER_UNDER),
        crashes: crashes.map(|count| count as u64),
        kernel: root.text("proc/sys/kernel/osrelease"),
        system: said("IMAGE_VERSION").or_else(|| said("PRETTY_NAME")),
        slot: slot("vyveska.slot=").or_else(|| slot("rauc.slot=")),
    }
}
