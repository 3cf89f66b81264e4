//! `[touch]`: how the sensor lies on the glass, and the key pad beside it.

use super::section::Section;

#[derive(Debug, Clone, PartialEq)]
pub struct Touch {
    /// Where on the display a place of the sensor is: `a b c d e f`, x = a·x + b·y + c and y = d·x + e·y + f, both as
    /// parts (0 to 1) of the sensor and of the display as its own electronics see it, before `[display] rotation`. The
    /// six numbers of libinput's calibration matrix.
    pub matrix: [f64; 6],
    /// The kernel's name of a device whose keys count; every other keyboard does nothing.
    pub keypad: Option<String>,
}

impl Default for Touch {
    fn default() -> Touch {
        Touch { matrix: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0], keypad: None }
    }
}

/// A sensor that is squeezed or stretched beyond this factor is a slip of the pen.
const MOST_STRETCH: f64 = 10.0;

pub fn read(top: &mut Section) -> Touch {
    let mut touch = Touch::default();
    let Some(mut section) = top.section("touch") else { return touch };
    if let Some(matrix) = section.numbers("matrix", "[1, 0, 0, 0, 1, 0] for a sensor that lies as the display does") {
        let [a, b, _, d, e, _] = matrix;
        let area = (a * e - b * d).abs();
        if !(1.0 / MOST_STRETCH..=MOST_STRETCH).contains(&area) {
            let cure = "a mirrored x axis is [-1, 0, 1, 0, 1, 0], axes that are exchanged [0, 1, 0, 1, 0, 0]";
            section.wrong("matrix", "it makes a line or a giant of the sensor", cure);
        }
        touch.matrix = matrix;
    }
    touch.keypad = section.text("keypad");
    section.finish();
    touch
}
