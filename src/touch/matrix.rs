//! Where on the panel a place of the sensor is: turned, mirrored, shifted, calibrated.

/// An affine map of the unit square: `[a, b, c, d, e, f]` takes (x, y) to (a·x + b·y + c, d·x + e·y + f). The six numbers
/// of libinput's calibration matrix, in its order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// The sensor lies as the panel does.
    pub const SAME: Matrix = Matrix([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    pub fn apply(self, (x, y): (f64, f64)) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + b * y + c, d * x + e * y + f)
    }

    /// First this, then `next`.
    pub fn then(self, next: Matrix) -> Matrix {
        let [a, b, c, d, e, f] = self.0;
        let [k, l, _, n, o, _] = next.0;
        let (x, y) = next.apply((c, f));
        Matrix([k * a + l * d, k * b + l * e, x, n * a + o * d, n * b + o * e, y])
    }

    /// Whether it lays the sensor's x axis along the panel's y axis.
    pub(super) fn lies_across(self) -> bool {
        let [a, b, ..] = self.0;
        b.abs() > a.abs()
    }
}

impl Default for Matrix {
    fn default() -> Matrix {
        Matrix::SAME
    }
}
