//! What is on the glass in small, for somebody who is not there.
//!
//! Each pixel is the mean of those that it stands for, so that nothing can be made out again that is smaller than it.

use super::{Picture, Size, Xrgb};

/// At most `longest` pixels on the longer side; never larger than the glass.
pub fn small(pixels: &[Xrgb], size: Size, longest: u32) -> Picture {
    let side = size.width.max(size.height).max(1);
    let longest = longest.clamp(1, side);
    let part = |pixels: u32| ((u64::from(pixels) * u64::from(longest) / u64::from(side)) as u32).max(1);
    let (width, height) = (part(size.width), part(size.height));
    let edge = |at: u32, of: u32, all: u32| (u64::from(at) * u64::from(all) / u64::from(of)) as usize;
    let mut rgb = Vec::with_capacity(3 * width as usize * height as usize);
    for y in 0..height {
        let rows = edge(y, height, size.height)..edge(y + 1, height, size.height);
        for x in 0..width {
            let columns = edge(x, width, size.width)..edge(x + 1, width, size.width);
            let many = (rows.len() * columns.len()).max(1) as u64;
            let mut sum = [0_u64; 3];
            for row in rows.clone() {
                let start = row * size.width as usize;
                for pixel in &pixels[start + columns.start..start + columns.end] {
                    sum[0] += u64::from(pixel.0 >> 16 & 0xff);
                    sum[1] += u64::from(pixel.0 >> 8 & 0xff);
                    sum[2] += u64::from(pixel.0 & 0xff);
                }
            }
            rgb.extend(sum.map(|sum| ((sum + many / 2) / many) as u8));
        }
    }
    Picture { width, height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pixel_is_the_mean_of_those_that_it_stands_for() {
        let size = Size { width: 6, height: 4 };
        let pixels: Vec<Xrgb> = (0..24).map(|at| Xrgb(if at % 2 == 0 { 0x00ff_0000 } else { 0x0000_00ff })).collect();
        let picture = small(&pixels, size, 3);
        assert_eq!((picture.width, picture.height), (3, 2));
        assert!(picture.rgb.chunks(3).all(|pixel| *pixel == [128, 0, 128]), "{:?}", picture.rgb);
        // No more than there is, and something of whatever is thin.
        assert_eq!(small(&pixels, size, 600).rgb.len(), 72);
        let thin = small(&pixels, Size { width: 24, height: 1 }, 2);
        assert_eq!((thin.width, thin.height), (2, 1));
    }
}
