//! Pixels with and without colour.
//!
//! The surprising thing: pages that a scanner or a JPEG tinted by a shade nobody can see count as grey.

/// A channel may differ so much from another in a grey pixel.
const TOLERANCE: u8 = 4;
/// Pixels that are looked at before the first colour ends the search; they are turned to grey while they are at hand.
const STEP: usize = 4096;

/// One byte a pixel, where none of the pixels has a colour. A pixel takes `BYTES` bytes: red, green, blue, and what is
/// ignored.
pub fn grey<const BYTES: usize>(pixels: &[u8]) -> Option<Vec<u8>> {
    let mut grey = vec![0; pixels.len() / BYTES];
    for (grey, step) in grey.chunks_mut(STEP).zip(pixels.chunks(STEP * BYTES)) {
        let (pixels, _) = step.as_chunks::<BYTES>();
        match spread(step, BYTES) {
            // Nearly every page that was written and not scanned.
            0 => grey.iter_mut().zip(pixels).for_each(|(grey, pixel)| *grey = pixel[0]),
            1..=TOLERANCE => grey.iter_mut().zip(pixels).for_each(|(grey, pixel)| *grey = luma(pixel)),
            _ => return None,
        }
    }
    Some(grey)
}

/// ITU-R BT.601.
#[inline(always)]
fn luma<const BYTES: usize>(pixel: &[u8; BYTES]) -> u8 {
    let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((r * 19_595 + g * 38_470 + b * 7_471 + 32_768) >> 16) as u8
}

/// The most by which two channels of a pixel differ.
fn spread(pixels: &[u8], bytes: usize) -> u8 {
    const LANES: usize = 48;
    // Every byte is compared with the two after it, and what does not belong to the same pixel is masked out: in this
    // shape, which has lanes for pixels of three bytes and of four, compilers make vector instructions of it.
    let one: [u8; LANES] = std::array::from_fn(|at| if at % bytes < 2 { 255 } else { 0 });
    let two: [u8; LANES] = std::array::from_fn(|at| if at % bytes < 1 { 255 } else { 0 });
    let mut most = [0; LANES];
    let mut at = 0;
    while let Some(piece) = pixels.get(at..).and_then(|rest| rest.first_chunk::<{ LANES + 2 }>()) {
        for lane in 0..LANES {
            let next = piece[lane].abs_diff(piece[lane + 1]) & one[lane];
            let after = piece[lane].abs_diff(piece[lane + 2]) & two[lane];
            most[lane] = most[lane].max(next).max(after);
        }
        at += LANES;
    }
    let rest = pixels[at..].chunks_exact(bytes).map(|pixel| {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]];
        r.max(g).max(b) - r.min(g).min(b)
    });
    rest.chain(most).max().unwrap_or(0)
}

/// Three bytes a pixel, of four.
pub fn without_alpha(rgba: &[u8]) -> Vec<u8> {
    let (pixels, _) = rgba.as_chunks::<4>();
    let mut rgb = vec![0; pixels.len() * 3];
    let (fours, rest) = rgba.as_chunks::<16>();
    let (to, to_rest) = rgb.split_at_mut(fours.len() * 12);
    // Four pixels in three words.
    for (to, four) in to.as_chunks_mut::<12>().0.iter_mut().zip(fours) {
        let word = |at: usize| u32::from_le_bytes([four[at * 4], four[at * 4 + 1], four[at * 4 + 2], 0]);
        let [a, b, c, d] = [word(0), word(1), word(2), word(3)];
        let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8];
        for (to, word) in to.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = word.to_le_bytes();
        }
    }
    for (to, [r, g, b, _]) in to_rest.as_chunks_mut::<3>().0.iter_mut().zip(rest.as_chunks::<4>().0) {
        *to = [*r, *g, *b];
    }
    rgb
}

/// Three bytes a pixel, of one to four: grey, grey and what is ignored, three channels, three and what is ignored.
pub fn colours(pixels: &[u8], channels: usize, rgb: &mut [u8]) {
    let rgb = rgb.as_chunks_mut::<3>().0.iter_mut();
    match channels {
        1 => rgb.zip(pixels).for_each(|(to, grey)| *to = [*grey; 3]),
        2 => rgb.zip(pixels.as_chunks::<2>().0).for_each(|(to, [grey, _])| *to = [*grey; 3]),
        3 => rgb.zip(pixels.as_chunks::<3>().0).for_each(|(to, from)| *to = *from),
        _ => rgb.zip(pixels.as_chunks::<4>().0).for_each(|(to, [r, g, b, _])| *to = [*r, *g, *b]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_brought_into_colours_whatever_it_has() {
        let mut rgb = [0; 6];
        for (channels, pixels, expected) in [
            (1, &[1, 2][..], [1, 1, 1, 2, 2, 2]),
            (2, &[1, 9, 2, 9], [1, 1, 1, 2, 2, 2]),
            (3, &[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
            (4, &[1, 2, 3, 9, 4, 5, 6, 9], [1, 2, 3, 4, 5, 6]),
        ] {
            colours(pixels, channels, &mut rgb);
            assert_eq!(rgb, expected, "{channels} channels");
        }
    }

    #[test]
    fn one_pixel_with_a_colour_is_found_wherever_it_is() {
        let pixels = STEP + 37;
        for at in [0, 1, 15, 16, STEP - 1, STEP, pixels - 2, pixels - 1] {
            for channel in 0..3 {
                for (differs, is_grey) in [(TOLERANCE, true), (TOLERANCE + 1, false)] {
                    let mut rgb = vec![100; pixels * 3];
                    let mut rgba: Vec<u8> = (0..pixels * 4).map(|at| if at % 4 == 3 { 255 } else { 100 }).collect();
                    (rgb[at * 3 + channel], rgba[at * 4 + channel]) = (100 + differs, 100 + differs);
                    assert_eq!(grey::<3>(&rgb).is_some(), is_grey, "pixel {at}, channel {channel}");
                    assert_eq!(grey::<4>(&rgba), grey::<3>(&rgb));
                    assert_eq!(without_alpha(&rgba), rgb);
                }
            }
        }
    }
}
