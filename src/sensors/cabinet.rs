//! What is wired up in the cabinet: its temperature, its door, its heater. Each is there only where the configuration
//! names the place it is read at.
//!
//! A place is `CHIP/CHANNEL`, with the kernel's names of a hardware monitor or an iio device (`sht3x/temp1`,
//! `tsl2561/illuminance0`, `pc87427/intrusion0`), or a line that the system has exported at its start (`gpio17`).

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Root, number, text, thousandth};

/// The places, as the configuration gives them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wiring {
    pub temperature: Option<String>,
    /// Says 1 where it is open.
    pub door: Option<String>,
    /// Says 1 where it heats.
    pub heater: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cabinet {
    /// Degrees Celsius.
    pub celsius: Option<f64>,
    pub door_open: Option<bool>,
    pub heating: Option<bool>,
}

pub fn read(root: Root, wiring: &Wiring) -> Cabinet {
    let contact = |place: &Option<String>| Some(value(root, place.as_ref()?)? != 0);
    Cabinet {
        celsius: wiring.temperature.as_ref().and_then(|place| value(root, place)).map(thousandth),
        door_open: contact(&wiring.door),
        heating: contact(&wiring.heater),
    }
}

/// Documentation/hwmon/sysfs-interface.rst: `temp1_input`, `intrusion0_alarm`; Documentation/ABI/testing/sysfs-bus-iio:
/// `in_temp_input`, in thousandths as well; Documentation/ABI/obsolete/sysfs-gpio: `gpio17/value`.
fn value(root: Root, place: &str) -> Option<i64> {
    let Some((chip, channel)) = place.split_once('/') else {
        return root.number(&format!("sys/class/gpio/{place}/value"));
    };
    let named = |path: &PathBuf| ["name", "label"].iter().any(|file| text(&path.join(file)).as_deref() == Some(chip));
    let monitors = root.folder("sys/class/hwmon").into_iter().filter(named).map(|path| hwmon(&path, channel));
    let devices = root.folder("sys/bus/iio/devices").into_iter().filter(named).map(|path| iio(&path, channel));
    monitors.chain(devices).flatten().next()
}

fn hwmon(chip: &Path, channel: &str) -> Option<i64> {
    ["input", "alarm"].iter().find_map(|kind| number(&chip.join(format!("{channel}_{kind}"))))
}

fn iio(device: &Path, channel: &str) -> Option<i64> {
    let file = |kind: &str| device.join(format!("in_{channel}_{kind}"));
    if let Some(value) = number::<f64>(&file("input")) {
        return Some(value as i64);
    }
    // Not brought into units by the driver: (raw + offset) × scale.
    let (raw, scale): (f64, f64) = (number(&file("raw"))?, number(&file("scale"))?);
    Some(((raw + number::<f64>(&file("offset")).unwrap_or(0.0)) * scale) as i64)
}
