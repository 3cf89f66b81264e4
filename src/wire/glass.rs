//! What the panel knows of its display and its touch sensor: a part of `run/panel.json`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::moment;

/// The display, as the kernel describes it and as the panel checked it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DisplayReport {
    /// How the picture gets out: `kms`, `window`, `headless`.
    #[serde(default)]
    pub way: String,
    /// The kernel's name of the connector, as `HDMI-A-1`; empty where there is none.
    #[serde(default)]
    pub connector: String,
    /// Something is plugged into the connector.
    #[serde(default)]
    pub connected: bool,
    /// The CRTC is active and reads our framebuffer.
    #[serde(default)]
    pub active: bool,
    /// Picture of the mode in pixels, as the display has it.
    #[serde(default)]
    pub width: u32,
    #[serde(default)]
    pub height: u32,
    /// How far the picture is turned to stand upright, clockwise in degrees.
    #[serde(default)]
    pub rotation: u32,
    /// Per cent of what the backlight can; `None` where the panel cannot say.
    #[serde(default)]
    pub brightness: Option<u32>,
    /// The schedule or the room's light has made it darker than set.
    #[serde(default)]
    pub dimmed: bool,
    /// When the last page flip completed.
    #[serde(default, with = "moment::maybe")]
    pub flipped_at: Option<DateTime<Utc>>,
    /// How far it is proved that the right picture is shown.
    #[serde(default)]
    pub proof: Proof,
    /// What is wrong, one English sentence with the cure.
    #[serde(default)]
    pub problem: Option<String>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// How far a check reached (DESIGN §4.8). None of them says that light left the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The digest of the buffer equals that of what should be there.
    Buffer,
    /// Besides, the CRTC is active with this buffer, the connector is connected, the last flip completed, and the
    /// brightness is above zero.
    ScanOut,
    /// Besides, a light sensor before the glass saw it change.
    LightSensor,
    /// Nothing was checked, or the check failed. Also what a later version calls otherwise.
    #[default]
    #[serde(other)]
    None,
}

/// The touch sensor, or all that there are together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TouchReport {
    /// Sensors that are plugged in and read.
    #[serde(default)]
    pub devices: u32,
    /// Their names from the kernel, as `Ilitek ILI2511`.
    #[serde(default)]
    pub names: Vec<String>,
    /// When a contact was last taken for a finger.
    #[serde(default, with = "moment::maybe")]
    pub touched_at: Option<DateTime<Utc>>,
    /// Contacts since the start that were taken for palm, water or a ghost, and did nothing.
    #[serde(default)]
    pub ignored: u64,
    /// Contacts that have not moved or ended for so long that they count as stuck.
    #[serde(default)]
    pub stuck: u32,
    /// How often sensors have been plugged in or come back since the start.
    #[serde(default)]
    pub appeared: u64,
    /// What is wrong, one English sentence with the cure.
    #[serde(default)]
    pub problem: Option<String>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}
