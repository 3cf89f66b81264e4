//! A picture among the letters of a page, as small as it is seen: a logo, a coat of arms, a scanned signature.
//!
//! Deliberately only one that lies upright, is not enlarged and not large; its mask must be as large as itself.

use std::sync::Arc;

use hayro::hayro_interpret::{Image, ImageData, LumaData};
use hayro::kurbo::{Affine, Rect};
use hayro::vello_cpu::peniko::{Extend, ImageAlphaType, ImageQuality, ImageSampler};
use hayro::vello_cpu::{ImageSource, PixelMetadata, Pixmap, RenderContext};
use vyveska_raster::resize::{Filter, resize};

/// Pixels of the largest picture.
const LARGEST: u64 = 1 << 21;

pub struct Inlay {
    pixels: Arc<Pixmap>,
    place: Affine,
}

/// The picture that `place` brings onto a sheet, in the size in which it is seen there; `None` where it is not such a
/// picture.
pub fn cut(image: &Image<'_, '_>, place: Affine) -> Option<Inlay> {
    let Image::Raster(picture) = image else { return None };
    let [a, b, c, d, ..] = place.as_coeffs();
    let upright = b.abs() < 1e-6 && c.abs() < 1e-6 && a > 0.0 && d > 0.0 && a <= 1.0 && d <= 1.0;
    if !upright || u64::from(image.width()) * u64::from(image.height()) > LARGEST {
        return None;
    }
    let seen = |step: f64, count: u32| (step * f64::from(count)).ceil().clamp(1.0, f64::from(u16::MAX / 2)) as u32;
    let mut inlay = None;
    let keep = |decoded: ImageData, alpha: Option<LumaData>| {
        let (across, down) = decoded.scale_factors();
        let place = place * Affine::scale_non_uniform(across.into(), down.into());
        let [a, _, _, d, ..] = place.as_coeffs();
        let from = (decoded.width(), decoded.height());
        let to = (seen(a, from.0), seen(d, from.1));
        let (mut pixels, channels) = match decoded {
            ImageData::Luma(grey) => (grey.data, 1),
            ImageData::Rgb(rgb) => (rgb.data, 3),
        };
        let whole = alpha.as_ref().is_none_or(|alpha| (alpha.width, alpha.height) == from);
        if a > 1.0 || d > 1.0 || !whole {
            return;
        }
        if let Some(alpha) = &alpha {
            // What cannot be seen must not colour what can.
            for (pixel, share) in pixels.chunks_exact_mut(channels).zip(&alpha.data) {
                pixel.iter_mut().for_each(|level| *level = ((u16::from(*level) * u16::from(*share) + 127) / 255) as u8);
            }
        }
        let pixels = resize(&pixels, channels, from, to, Filter::Hermite);
        let alpha = alpha.map(|alpha| resize(&alpha.data, 1, from, to, Filter::Hermite));
        let mut rgba = vec![255; to.0 as usize * to.1 as usize * 4];
        for (index, (out, pixel)) in
            rgba.as_chunks_mut::<4>().0.iter_mut().zip(pixels.chunks_exact(channels)).enumerate()
        {
            let share = alpha.as_ref().map_or(255, |alpha| alpha[index]);
            // Rounding may have made a colour stronger than what is seen of it.
            let [r, g, b] = [pixel[0], pixel[channels / 2], pixel[channels - 1]].map(|level| level.min(share));
            *out = [r, g, b, share];
        }
        let shrunk = |from: u32, to: u32| f64::from(from) / f64::from(to);
        let place = place * Affine::scale_non_uniform(shrunk(from.0, to.0), shrunk(from.1, to.1));
        inlay = Some(Inlay::new(rgba, (to.0 as u16, to.1 as u16), alpha.is_some(), place));
    };
    picture.with_rgba(keep, Some((seen(a, image.width()), seen(d, image.height()))));
    inlay
}

impl Inlay {
    /// Premultiplied RGBA of `size` pixels; `faint` where something may shine through.
    pub fn new(rgba: Vec<u8>, size: (u16, u16), faint: bool, place: Affine) -> Inlay {
        let about = PixelMetadata { may_have_transparency: faint, alpha_type: ImageAlphaType::AlphaPremultiplied };
        Inlay { pixels: Arc::new(Pixmap::from_parts(rgba, size.0, size.1, about)), place }
    }

    pub fn lay(self, sheet: &mut RenderContext) {
        let area = Rect::new(0.0, 0.0, self.pixels.width().into(), self.pixels.height().into());
        let sampler =
            ImageSampler { x_extend: Extend::Pad, y_extend: Extend::Pad, quality: ImageQuality::Low, alpha: 1.0 };
        sheet.set_transform(self.place);
        sheet.set_paint_transform(Affine::IDENTITY);
        sheet.set_paint(hayro::vello_cpu::Image { image: ImageSource::Pixmap(self.pixels), sampler });
        // Its edge is where a pixel begins to be covered, as the engine has it.
        sheet.set_aliasing_threshold(Some(1));
        sheet.fill_rect(&area);
        sheet.set_aliasing_threshold(None);
    }
}
