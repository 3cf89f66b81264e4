//! Pixels with and without colour.
//!
//! The surprising thing: pages that a scanner or a JPEG tinted by a shade nobody can see count as grey.

/// A channel may differ so much from another in a grey pixel.
const TOLERANCE: u8 = 4;
/// Pixels that are looked at before the first colour ends the search.
const STEP: usize = 4096;

/// One byte a pixel, where none of the pixels has a colour. A pixel takes `BYTES` bytes: red, green, blue, and what is
/// ignored.
pub fn grey<const BYTES: usize>(pixels: &[u8]) -> Option<Vec<u8>> {
    let (pixels, _) = pixels.as_chunks::<BYTES>();
    let spread = |pixel: &[u8; BYTES]| pixel[0].max(pixel[1]).max(pixel[2]) - pixel[0].min(pixel[1]).min(pixel[2]);
    // Without a way out within a step, so that compilers make vector instructions of it.
    let coloured = pixels.chunks(STEP).any(|step| step.iter().map(spread).fold(0, u8::max) > TOLERANCE);
    if coloured {
        return None;
    }
    let mut grey = vec![0; pixels.len()];
    for (grey, [r, g, b]) in grey.iter_mut().zip(pixels.iter().map(|pixel| [pixel[0], pixel[1], pixel[2]])) {
        // ITU-R BT.601.
        *grey = ((u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471 + 32_768) >> 16) as u8;
    }
    Some(grey)
}

/// Three bytes a pixel, of four.
pub fn without_alpha(rgba: &[u8]) -> Vec<u8> {
    let (pixels, _) = rgba.as_chunks::<4>();
    let mut rgb = vec![0; pixels.len() * 3];
    for (to, [r, g, b, _]) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
        *to = [*r, *g, *b];
    }
    rgb
}
