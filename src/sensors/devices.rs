//! Which displays and touch sensors the kernel knows, and which services run: for somebody who looks for a fault.

use std::path::Path;

use super::{Root, name, text};

/// A connector of a display (`/sys/class/drm/card0-HDMI-A-1`; drivers/gpu/drm/drm_sysfs.c).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connector {
    /// `HDMI-A-1`
    pub name: String,
    pub connected: bool,
    /// A picture goes out of it.
    pub enabled: bool,
}

/// Connectors of all cards; none where there is no kernel display at all.
pub fn connectors(root: &Path) -> Vec<Connector> {
    let root = Root(root);
    let cards = root.folder("sys/class/drm");
    let connectors = cards.iter().filter_map(|path| {
        let status = text(&path.join("status"))?;
        let name = name(path).split_once('-')?.1.to_owned();
        let enabled = text(&path.join("enabled")).is_some_and(|enabled| enabled == "enabled");
        Some(Connector { name, connected: status == "connected", enabled })
    });
    connectors.collect()
}

/// Bits of include/uapi/linux/input-event-codes.h.
const ABS_MT_POSITION_X: usize = 0x35;
const INPUT_PROP_DIRECT: usize = 0x01;

/// Names of the devices that say where a finger is on a glass (Documentation/input/event-codes.rst and
/// multi-touch-protocol.rst; the bit maps are those of `/proc/bus/input/devices`).
pub fn touch_sensors(root: &Path) -> Vec<String> {
    let root = Root(root);
    let inputs = root.folder("sys/class/input");
    let sensors = inputs.iter().filter(|path| name(path).starts_with("event")).filter_map(|path| {
        let device = path.join("device");
        let has = |file: &str, bit| text(&device.join(file)).is_some_and(|map| is_set(&map, bit));
        let touched = has("capabilities/abs", ABS_MT_POSITION_X) || has("properties", INPUT_PROP_DIRECT);
        touched.then(|| text(&device.join("name")).unwrap_or_else(|| name(path)))
    });
    sensors.collect()
}

/// A bit map as words of 64 bits in hexadecimal, the highest first.
fn is_set(map: &str, bit: usize) -> bool {
    let word = map.split_whitespace().rev().nth(bit / 64).and_then(|word| u64::from_str_radix(word, 16).ok());
    word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

/// Whether a service runs: something is in its control group (Documentation/admin-guide/cgroup-v2.rst:
/// `cgroup.events`). `None` where systemd does not run.
pub fn service_runs(root: &Path, unit: &str) -> Option<bool> {
    let root = Root(root);
    root.path("run/systemd/system").exists().then(|| {
        let events = root.text(&format!("sys/fs/cgroup/system.slice/{unit}/cgroup.events"));
        events.is_some_and(|events| events.lines().any(|line| line == "populated 1"))
    })
}
