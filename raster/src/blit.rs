//! Pixels of a picture brought into the form of a display.

/// Red, green and blue, a byte each, as 0x00RRGGBB; `pixel` makes the target's own type of it.
pub fn packed<P: Copy>(rgb: &[u8], to: &mut [P], pixel: impl Fn(u32) -> P) {
    let ((from, from_rest), (to, to_rest)) = (rgb.as_chunks::<12>(), to.as_chunks_mut::<4>());
    for (to, from) in to.iter_mut().zip(from) {
        // Four pixels out of three words.
        let words = from.as_chunks::<4>().0;
        let [a, b, c] = [0, 1, 2].map(|at| u32::from_be_bytes(words[at]));
        *to = [a >> 8, a << 16 & 0xff_0000 | b >> 16, b << 8 & 0xff_ff00 | c >> 24, c & 0xff_ffff].map(&pixel);
    }
    for (to, [r, g, b]) in to_rest.iter_mut().zip(from_rest.as_chunks::<3>().0) {
        *to = pixel(u32::from_be_bytes([0, *r, *g, *b]));
    }
}

/// Fills a row, 64 pixels at a time: a compiler left alone takes eight, and half its instructions count them.
pub fn fill<P: Copy>(to: &mut [P], pixel: P) {
    let (many, rest) = to.as_chunks_mut::<64>();
    many.iter_mut().for_each(|many| *many = [pixel; 64]);
    rest.fill(pixel);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_keeps_its_colour_and_its_place() {
        for length in 0..15 {
            let rgb: Vec<u8> = (0..length * 3).map(|at| (at * 7 + 1) as u8).collect();
            let mut line = vec![u32::MAX; length];
            packed(&rgb, &mut line, |pixel| pixel);
            let expected: Vec<u32> =
                rgb.chunks(3).map(|pixel| u32::from_be_bytes([0, pixel[0], pixel[1], pixel[2]])).collect();
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn all_of_a_row_is_filled() {
        for length in [0, 1, 63, 64, 65, 200] {
            let mut line = vec![0; length];
            fill(&mut line, 7);
            assert_eq!(line, vec![7; length]);
        }
    }
}
