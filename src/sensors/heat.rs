//! Temperatures: the thermal zones, and what the hardware monitors measure.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Root, name, number, text, thousandth};

/// Documentation/ABI/testing/sysfs-class-thermal and Documentation/hwmon/sysfs-interface.rst; both give thousandths of
/// a degree.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Temperature {
    /// As the kernel calls it: `cpu-thermal`, `nvme/Composite`.
    pub name: String,
    /// Degrees Celsius.
    pub celsius: f64,
    /// At so many degrees the machine is slowed down or switches itself off, where the kernel says it.
    pub limit: Option<f64>,
}

/// What lies outside is no temperature but a sensor that is not connected; in degrees Celsius.
const BELIEVED: std::ops::RangeInclusive<f64> = -60.0..=150.0;

pub fn read(root: Root) -> Vec<Temperature> {
    let zones = root.folder("sys/class/thermal");
    let zones = zones.iter().filter(|path| name(path).starts_with("thermal_zone")).filter_map(|path| zone(path));
    let monitors = root.folder("sys/class/hwmon");
    let all = zones.chain(monitors.iter().flat_map(|path| monitor(path)));
    all.filter(|one| BELIEVED.contains(&one.celsius)).collect()
}

fn zone(path: &Path) -> Option<Temperature> {
    let celsius = thousandth(number(&path.join("temp"))?);
    let trips = (0..16).map_while(|trip| {
        let kind = text(&path.join(format!("trip_point_{trip}_type")))?;
        let at: Option<i64> = number(&path.join(format!("trip_point_{trip}_temp")));
        Some((kind, at))
    });
    let graver = trips.filter(|(kind, _)| kind == "hot" || kind == "critical").filter_map(|(_, at)| at);
    let limit = graver.filter(|at| *at > 0).min().map(thousandth);
    Some(Temperature { name: text(&path.join("type")).unwrap_or_else(|| name(path)), celsius, limit })
}

fn monitor(path: &Path) -> Vec<Temperature> {
    let chip = text(&path.join("name")).unwrap_or_else(|| name(path));
    // Of a thermal zone, which is said already.
    if path.join("device/policy").exists() {
        return Vec::new();
    }
    let channels = (1..=16).filter_map(|channel| {
        let file = |what: &str| path.join(format!("temp{channel}_{what}"));
        let celsius = thousandth(number(&file("input"))?);
        let label = text(&file("label")).unwrap_or_else(|| format!("temp{channel}"));
        let limit = number(&file("crit")).filter(|at: &i64| *at > 0).map(thousandth);
        Some(Temperature { name: format!("{chip}/{label}"), celsius, limit })
    });
    channels.collect()
}
