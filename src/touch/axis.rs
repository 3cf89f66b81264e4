//! The sensor's axes, and where on the panel a place on them is.

use thiserror::Error;

use super::{ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_SLOT, ABS_MT_TOUCH_MAJOR, ABS_X, ABS_Y, Matrix};
use crate::hand::{Contact, Phase};

/// What the kernel says of an axis: the part of `struct input_absinfo` that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Axis {
    pub min: i32,
    /// Inclusive.
    pub max: i32,
    /// Units in a millimetre; 0 where the sensor does not say.
    pub per_mm: i32,
}

/// Why a device cannot be used as a touch sensor.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SensorError {
    #[error(
        "the device is no touch screen: it has neither ABS_MT_SLOT with ABS_MT_POSITION_X and _Y nor ABS_X and ABS_Y; name another one"
    )]
    NoAxes,
    #[error("the axis {code:#04x} of the touch screen goes from {min} to {max}: its driver has to be told its range")]
    Empty { code: u16, min: i32, max: i32 },
}

/// Where a contact is, in units of the sensor.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub x: i32,
    pub y: i32,
    /// Its longer side; 0 where the sensor does not say.
    pub major: i32,
}

/// The sensor lies over the whole of the panel.
#[derive(Debug)]
pub struct Surface {
    x: Axis,
    y: Axis,
    single: bool,
    matrix: Matrix,
    width: f64,
    height: f64,
    /// Physical pixels in a unit of a contact's length.
    length: f64,
}

impl Surface {
    pub fn new(
        axis: &impl Fn(u16) -> Option<Axis>,
        matrix: Matrix,
        width: u32,
        height: u32,
    ) -> Result<Surface, SensorError> {
        let both = |x, y| Some(((x, axis(x)?), (y, axis(y)?)));
        let slotted = axis(ABS_MT_SLOT).and_then(|_| both(ABS_MT_POSITION_X, ABS_MT_POSITION_Y));
        let single = slotted.is_none();
        let (x, y) = slotted.or_else(|| both(ABS_X, ABS_Y)).ok_or(SensorError::NoAxes)?;
        for (code, Axis { min, max, .. }) in [x, y] {
            if min >= max {
                return Err(SensorError::Empty { code, min, max });
            }
        }
        let ((_, x), (_, y)) = (x, y);
        let (width, height) = (f64::from(width), f64::from(height));
        // As the sensor sees the panel.
        let (long, high) = if matrix.lies_across() { (height, width) } else { (width, height) };
        let (across, down) = (long / x.units(), high / y.units());
        let length = match axis(ABS_MT_TOUCH_MAJOR).map_or(0, |major| major.per_mm) {
            major if major > 0 && x.per_mm > 0 => across * f64::from(x.per_mm) / f64::from(major),
            // The document: in units of the surface. Which way it lies is not known; rather a finger than a palm.
            _ => across.min(down),
        };
        Ok(Surface { x, y, single, matrix, width, height, length })
    }

    pub fn is_single(&self) -> bool {
        self.single
    }

    pub fn contact(&self, id: u64, phase: Phase, place: Place) -> Contact {
        let Place { x, y, major } = place;
        let (x, y) = self.matrix.apply((self.x.part(x), self.y.part(y)));
        let (x, y) = (x.clamp(0.0, 1.0) * self.width, y.clamp(0.0, 1.0) * self.height);
        let length = f64::from(major.max(0)) * self.length;
        Contact { id, phase, x: x as f32, y: y as f32, length: length as f32 }
    }
}

impl Axis {
    fn units(self) -> f64 {
        f64::from(self.max) - f64::from(self.min) + 1.0
    }

    /// The middle of a unit; beyond the ends of the axis, the end.
    fn part(self, value: i32) -> f64 {
        (f64::from(value.clamp(self.min, self.max)) - f64::from(self.min) + 0.5) / self.units()
    }
}
