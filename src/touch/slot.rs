//! One of the sensor's slots, with what was last said of it.

use super::axis::Place;

/// `MT_TOOL_PALM`: the sensor itself says that it is no finger.
const PALM: i32 = 2;

#[derive(Debug, Clone, Default)]
pub struct Slot {
    /// The sensor's own number for the contact; `None`: nothing lies there.
    pub id: Option<i32>,
    pub x: Option<i32>,
    pub y: Option<i32>,
    pub major: i32,
    pub tool: i32,
    /// From the glass; hovering where positive.
    pub distance: i32,
    /// Our number for the contact, once it was told.
    pub told: Option<u64>,
    /// It came when events were dropped: nobody, until it is lifted.
    pub mute: bool,
    /// Since the last report.
    pub changed: bool,
}

impl Slot {
    pub fn touches(&self) -> bool {
        self.id.is_some() && !self.mute && !self.is_palm() && self.distance <= 0
    }

    pub fn is_palm(&self) -> bool {
        self.tool == PALM
    }

    /// `None`: the sensor never said.
    pub fn place(&self) -> Option<Place> {
        Some(Place { x: self.x?, y: self.y?, major: self.major })
    }
}
