//! The components put together to pixels.

use super::Picture;
use super::scan::Decoding;

/// What the components are (T.81 leaves it to the application; JFIF, and Adobe's marker APP14, say it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// As they are stored: grey, RGB or CMYK.
    None,
    /// The first three are luma and two differences of colour; a fourth is black.
    YCbCr,
}

pub fn interleave(decoding: &Decoding, transform: Transform) -> Picture {
    let (width, height) = decoding.size();
    let channels = decoding.planes().len();
    let mut pixels = vec![0; width * height * channels];
    let mut rows: Vec<Vec<u8>> = vec![Vec::new(); channels];
    for (y, out) in pixels.chunks_exact_mut(width * channels).enumerate() {
        for (plane, row) in decoding.planes().iter().zip(&mut rows) {
            let from = &plane.pixels[y / plane.repeat.1 * plane.stride..][..plane.stride];
            row.clear();
            match plane.repeat.0 {
                1 => row.extend_from_slice(&from[..width]),
                repeat => row.extend(from.iter().flat_map(|value| std::iter::repeat_n(*value, repeat)).take(width)),
            }
        }
        match (&rows[..], transform) {
            ([grey], _) => out.copy_from_slice(grey),
            ([y, cb, cr], Transform::YCbCr) => {
                for (((pixel, y), cb), cr) in out.as_chunks_mut::<3>().0.iter_mut().zip(y).zip(cb).zip(cr) {
                    *pixel = rgb(*y, *cb, *cr);
                }
            }
            ([y, cb, cr, black], Transform::YCbCr) => {
                let rows = y.iter().zip(cb).zip(cr).zip(black);
                for (pixel, (((y, cb), cr), black)) in out.as_chunks_mut::<4>().0.iter_mut().zip(rows) {
                    let [r, g, b] = rgb(*y, *cb, *cr);
                    *pixel = [255 - r, 255 - g, 255 - b, *black];
                }
            }
            (rows, _) => {
                for (channel, row) in rows.iter().enumerate() {
                    for (pixel, value) in out.chunks_exact_mut(channels).zip(row) {
                        pixel[channel] = *value;
                    }
                }
            }
        }
    }
    Picture { width: width as u32, height: height as u32, channels, pixels }
}

/// ITU-R BT.601, full range, as JFIF has it.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = ((i32::from(y) << 16) + 32_768, i32::from(cb) - 128, i32::from(cr) - 128);
    let value = |sum: i32| (sum >> 16).clamp(0, 255) as u8;
    [value(y + 91_881 * cr), value(y - 22_554 * cb - 46_802 * cr), value(y + 116_130 * cb)]
}
