//! Sizes of a panel, and the scale factor that makes Slint's `mm` a real millimetre.
//!
//! The surprising thing: the renderer computes the physical size from the logical one and cuts off the fraction, so an
//! unlucky factor loses the last row or column of the panel to rounding.

use super::GlassError;

/// Slint's logical pixels in a millimetre: 96 to the inch.
pub const LOGICAL_PER_MM: f32 = 96.0 / 25.4;

/// Size of a panel in physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// Slint's renderer counts pixels in 16 bits with a sign.
    pub const MAX_SIDE: u32 = 8192;

    pub(super) fn check(self, scale: f32) -> Result<Size, GlassError> {
        let fits = |side: u32| (1..=Self::MAX_SIDE).contains(&side);
        if fits(self.width) && fits(self.height) && scale.is_finite() && scale > 0.0 {
            Ok(self)
        } else {
            Err(GlassError::Unpaintable { width: self.width, height: self.height, scale, max: Self::MAX_SIDE })
        }
    }
}

/// The scale factor for a panel of `width_px` pixels on `width_mm` millimetres.
pub fn scale_factor(width_px: u32, width_mm: f32) -> f32 {
    width_px as f32 / width_mm / LOGICAL_PER_MM
}

/// The nearest factor at which neither side of the panel is lost to rounding.
pub(super) fn exact(scale: f32, size: Size) -> f32 {
    let whole = |side: u32, factor: f32| ((side as f32 / factor) * factor) as u32 == side;
    let mut factor = scale;
    // Each step is one unit in the last place: ten thousand of them are still below a thousandth.
    for _ in 0..10_000 {
        if whole(size.width, factor) && whole(size.height, factor) {
            return factor;
        }
        factor = factor.next_up();
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_panel_loses_its_last_row_or_column() {
        for (width, height) in [(1080, 1920), (1920, 1080), (800, 1280), (2160, 3840), (540, 960), (1081, 1921)] {
            for tenths in 1000..4200 {
                let wanted = scale_factor(width, tenths as f32 / 10.0);
                let factor = exact(wanted, Size { width, height });
                assert_eq!((width as f32 / factor * factor) as u32, width);
                assert_eq!((height as f32 / factor * factor) as u32, height);
                assert!((factor / wanted - 1.0).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_millimetre_is_a_millimetre() {
        let factor = scale_factor(1080, 398.0);
        assert!((20.0 * LOGICAL_PER_MM * factor - 20.0 * 1080.0 / 398.0).abs() < 1e-3);
    }
}
