//! How busy the processor is, and whether it has been slowed down.

use serde::{Deserialize, Serialize};

use super::{Pressure, Root, name, number, text};

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Processor {
    /// Cores that are at work (Documentation/ABI/testing/sysfs-devices-system-cpu: `online`).
    pub cores: Option<u32>,
    /// Tasks that ran or waited, on the average of the last minute and of the last quarter of an hour
    /// (Documentation/filesystems/proc.rst: `loadavg`).
    pub load_1: Option<f64>,
    pub load_15: Option<f64>,
    pub pressure: Option<Pressure>,
    /// Heat holds its frequency down now: a cooling device of the processor is at work
    /// (Documentation/ABI/testing/sysfs-class-thermal: `cooling_device*/cur_state`), or its frequency may not be what it
    /// could be (Documentation/admin-guide/pm/cpufreq.rst: `scaling_max_freq` below `cpuinfo_max_freq`).
    pub slowed: Option<bool>,
}

pub fn read(root: Root) -> Processor {
    let loads = root.text("proc/loadavg");
    let load = |place: usize| loads.as_ref()?.split(' ').nth(place)?.parse().ok();
    Processor {
        cores: root.text("sys/devices/system/cpu/online").as_deref().and_then(count),
        load_1: load(0),
        load_15: load(2),
        pressure: Pressure::read(root, "cpu"),
        slowed: slowed(root),
    }
}

/// Counts a list as `0-3,6`.
fn count(list: &str) -> Option<u32> {
    list.split(',').try_fold(0u32, |sum, range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        sum.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

fn slowed(root: Root) -> Option<bool> {
    let mut known = None;
    for device in root.folder("sys/class/thermal").iter().filter(|path| name(path).starts_with("cooling_device")) {
        let kind = text(&device.join("type")).unwrap_or_default();
        if kind.contains("cpufreq") || kind == "Processor" {
            let state: Option<i64> = number(&device.join("cur_state"));
            known = known.max(state.map(|state| state > 0));
        }
    }
    for policy in root.folder("sys/devices/system/cpu/cpufreq").iter().filter(|path| name(path).starts_with("policy")) {
        let frequency = |file: &str| number::<u64>(&policy.join(file));
        let held = frequency("scaling_max_freq").zip(frequency("cpuinfo_max_freq")).map(|(may, can)| may < can);
        known = known.max(held);
    }
    known
}
