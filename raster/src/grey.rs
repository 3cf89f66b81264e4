//! Pixels with and without colour.
//!
//! The surprising thing: pages that a scanner or a JPEG tinted by a shade nobody can see count as grey.

/// A channel may differ so much from another in a grey pixel.
const TOLERANCE: u8 = 4;
/// Pixels that are looked at before the first colour ends the search.
const STEP: usize = 4096;
/// Pixels that are brought into another form together.
const BLOCK: usize = 256;

/// One byte a pixel, in the same memory, where none of the pixels has a colour; the pixels as they came where one has.
/// A pixel takes `BYTES` bytes: red, green, blue, and what is ignored.
pub fn grey<const BYTES: usize>(mut pixels: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
    let mut most = 0;
    for step in pixels.chunks(STEP * BYTES) {
        // Nearly every page that was written and not scanned has the same in all channels.
        if is_tinted(step, BYTES) {
            most = spread(step, BYTES).max(most);
        }
        if most > TOLERANCE {
            return Err(pixels);
        }
    }
    if most == 0 {
        in_place(&mut pixels, each(|pixel: &[u8; BYTES]| [pixel[0]]));
    } else {
        in_place(&mut pixels, each(|pixel: &[u8; BYTES]| [luma(pixel)]));
    }
    Ok(pixels)
}

/// ITU-R BT.601.
#[inline(always)]
fn luma<const BYTES: usize>(pixel: &[u8; BYTES]) -> u8 {
    let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((r * 19_595 + g * 38_470 + b * 7_471 + 32_768) >> 16) as u8
}

/// Whether two channels of a pixel differ at all.
fn is_tinted(pixels: &[u8], bytes: usize) -> bool {
    let one: [u8; LANES] = std::array::from_fn(|at| if at % bytes < 2 { 255 } else { 0 });
    let mut differ = [0; LANES];
    let mut at = 0;
    while let Some(piece) = pixels.get(at..).and_then(|rest| rest.first_chunk::<{ LANES + 1 }>()) {
        for lane in 0..LANES {
            differ[lane] |= (piece[lane] ^ piece[lane + 1]) & one[lane];
        }
        at += LANES;
    }
    differ != [0; LANES] || pixels[at..].chunks_exact(bytes).any(|pixel| pixel[0] != pixel[1] || pixel[1] != pixel[2])
}

/// Bytes that are compared together: whole pixels of three bytes and of four.
const LANES: usize = 48;

/// The most by which two channels of a pixel differ.
fn spread(pixels: &[u8], bytes: usize) -> u8 {
    // Every byte is compared with the two after it, and what does not belong to the same pixel is masked out: in this
    // shape compilers make vector instructions of it.
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

/// Three bytes a pixel, of four, in the same memory.
pub fn without_alpha(mut rgba: Vec<u8>) -> Vec<u8> {
    in_place(&mut rgba, |to: &mut [[u8; 3]], from: &[[u8; 4]]| {
        let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<4>(), from.as_chunks::<4>());
        for (to, from) in to.iter_mut().zip(from) {
            // Most of a page is paper.
            if *from == [[255; 4]; 4] {
                *to = [[255; 3]; 4];
                continue;
            }
            // Four pixels in three words.
            let [a, b, c, d] = from.map(|[r, g, b, _]| u32::from_le_bytes([r, g, b, 0]));
            let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8];
            for (to, word) in to.as_flattened_mut().as_chunks_mut::<4>().0.iter_mut().zip(words) {
                *to = word.to_le_bytes();
            }
        }
        each(|[r, g, b, _]: &[u8; 4]| [*r, *g, *b])(to_rest, from_rest);
    });
    rgba
}

/// A conversion of single pixels for [`in_place`].
fn each<const FROM: usize, const TO: usize>(
    convert: impl Fn(&[u8; FROM]) -> [u8; TO],
) -> impl Fn(&mut [[u8; TO]], &[[u8; FROM]]) {
    move |to, from| to.iter_mut().zip(from).for_each(|(to, from)| *to = convert(from))
}

/// Every pixel in fewer bytes, over those before it: fresh memory costs more than the work.
fn in_place<const FROM: usize, const TO: usize>(
    pixels: &mut Vec<u8>,
    convert: impl Fn(&mut [[u8; TO]], &[[u8; FROM]]),
) {
    let count = pixels.len() / FROM;
    let mut block = [[0; FROM]; BLOCK];
    for start in (0..count).step_by(BLOCK) {
        let length = BLOCK.min(count - start);
        let from = &mut block[..length];
        from.as_flattened_mut().copy_from_slice(&pixels[start * FROM..][..length * FROM]);
        convert(pixels[start * TO..][..length * TO].as_chunks_mut().0, from);
    }
    pixels.truncate(count * TO);
}

/// Three bytes a pixel, of one to four: grey, grey and what is ignored, three channels, three and what is ignored.
pub fn colours(pixels: &[u8], channels: usize, rgb: &mut [u8]) {
    let rgb = rgb.as_chunks_mut::<3>().0;
    if channels == 1 {
        return tripled(pixels, rgb);
    }
    let rgb = rgb.iter_mut();
    match channels {
        2 => rgb.zip(pixels.as_chunks::<2>().0).for_each(|(to, [grey, _])| *to = [*grey; 3]),
        3 => rgb.zip(pixels.as_chunks::<3>().0).for_each(|(to, from)| *to = *from),
        _ => rgb.zip(pixels.as_chunks::<4>().0).for_each(|(to, [r, g, b, _])| *to = [*r, *g, *b]),
    }
}

/// Every byte three times.
fn tripled(grey: &[u8], rgb: &mut [[u8; 3]]) {
    let ((from, from_rest), (to, to_rest)) = (grey.as_chunks::<16>(), rgb.as_chunks_mut::<16>());
    for (to, from) in to.iter_mut().zip(from) {
        // Most of a page is paper.
        if *from == [255; 16] {
            *to = [[255; 3]; 16];
            continue;
        }
        // Four pixels in three words.
        let words = to.as_flattened_mut().as_chunks_mut::<12>().0;
        for (to, from) in words.iter_mut().zip(from.as_chunks::<4>().0) {
            let [a, b, c, d] = from.map(|grey| u32::from(grey) * 0x01_01_01);
            let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8];
            for (to, word) in to.as_chunks_mut::<4>().0.iter_mut().zip(words) {
                *to = word.to_le_bytes();
            }
        }
    }
    to_rest.iter_mut().zip(from_rest).for_each(|(to, grey)| *to = [*grey; 3]);
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
        // A line of grey, with paper in it and a rest.
        let line: Vec<u8> = (0..75).map(|at| if (16..40).contains(&at) { 255 } else { at * 3 }).collect();
        let mut rgb = vec![0; line.len() * 3];
        colours(&line, 1, &mut rgb);
        assert!(rgb.chunks(3).zip(&line).all(|(pixel, grey)| pixel == [*grey; 3]));
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
                    let (of_three, of_four) = (grey::<3>(rgb.clone()), grey::<4>(rgba.clone()));
                    assert_eq!(of_three.is_ok(), is_grey, "pixel {at}, channel {channel}");
                    assert_eq!(of_three.ok(), of_four.ok());
                    assert_eq!(without_alpha(rgba), rgb);
                }
            }
        }
    }
}
