//! Whether the supply holds, as far as the board itself can tell; a UPS is asked apart.

use serde::{Deserialize, Serialize};

use super::{Root, Ups, flag};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Power {
    /// The supply is too low now: an input voltage is below its critical bound
    /// (Documentation/hwmon/sysfs-interface.rst: `in*_lcrit_alarm`; Documentation/hwmon/raspberrypi-hwmon.rst).
    pub low: Option<bool>,
    /// It has been since the machine started; only a Raspberry Pi's firmware says it (`get_throttled`, bit 16).
    pub was_low: Option<bool>,
    /// The firmware holds the processor down for want of power or for heat, now (`get_throttled`, bits 1 to 3).
    pub throttled: Option<bool>,
    /// Has done so since the start (bits 17 to 19).
    pub was_throttled: Option<bool>,
    /// `None`: none is set up, or it does not answer.
    pub ups: Option<Ups>,
}

const THROTTLED: &str = "sys/devices/platform/soc/soc:firmware/get_throttled";

pub fn read(root: Root) -> Power {
    let mut low = None;
    for monitor in root.folder("sys/class/hwmon") {
        for input in 0..16 {
            low = low.max(flag(&monitor.join(format!("in{input}_lcrit_alarm"))));
        }
    }
    let bits = root.text(THROTTLED).and_then(|text| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok());
    let any = |mask: u32| bits.map(|bits| bits & mask != 0);
    Power {
        low: low.max(any(1)),
        was_low: any(1 << 16),
        throttled: any(0b1110),
        was_throttled: any(0b1110 << 16),
        ups: None,
    }
}
