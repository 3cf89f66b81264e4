//! A light sensor of the machine: /sys/bus/iio (Documentation/ABI/testing/sysfs-bus-iio, `in_illuminance_*`).

use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct LightSensor {
    path: PathBuf,
}

/// The kernel's names for the channel; some drivers number it.
const CHANNELS: [&str; 2] = ["in_illuminance", "in_illuminance0"];

impl LightSensor {
    /// The first one, by name.
    pub fn find(sys: &Path) -> Option<LightSensor> {
        let folder = fs::read_dir(sys.join("bus/iio/devices")).ok()?;
        let mut paths: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.into_iter().map(|path| LightSensor { path }).find(|sensor| sensor.lux().is_some())
    }

    /// Lux; `None` where it does not answer.
    pub fn lux(&self) -> Option<f32> {
        let lux = CHANNELS.iter().find_map(|channel| {
            let number = |what: &str| -> Option<f32> {
                fs::read_to_string(self.path.join(format!("{channel}_{what}"))).ok()?.trim().parse().ok()
            };
            // Processed already, or (raw + offset) × scale.
            number("input")
                .or_else(|| Some((number("raw")? + number("offset").unwrap_or(0.0)) * number("scale").unwrap_or(1.0)))
        });
        lux.filter(|lux| lux.is_finite() && *lux >= 0.0)
    }
}
