//! A block's frequencies turned into fewer pixels than it has (the inverse of T.81 A.3.3 for 1, 2, 4 or 8 of them).
//!
//! Taking the lowest N × N frequencies and the cosine transform of that size gives the picture as it would be scanned
//! at N/8 of the resolution.

/// cos(k π / 16) / 2 for k = 0 to 7; the first one is 1 / √8 instead.
const C: [f32; 8] =
    [0.353_553_4, 0.490_392_65, 0.461_939_75, 0.415_734_8, 0.353_553_4, 0.277_785_12, 0.191_341_71, 0.097_545_16];

#[inline(always)]
fn four(f: [f32; 4]) -> [f32; 4] {
    let (even, odd) = (C[0] * (f[0] + f[2]), C[0] * (f[0] - f[2]));
    let (outer, inner) = (C[2] * f[1] + C[6] * f[3], C[6] * f[1] - C[2] * f[3]);
    [even + outer, odd + inner, odd - inner, even - outer]
}

#[inline(always)]
fn line(pixels: usize, f: [f32; 8]) -> [f32; 8] {
    match pixels {
        1 => [C[0] * f[0], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        2 => [C[0] * (f[0] + f[1]), C[0] * (f[0] - f[1]), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        4 => {
            let [a, b, c, d] = four([f[0], f[1], f[2], f[3]]);
            [a, b, c, d, 0.0, 0.0, 0.0, 0.0]
        }
        _ => {
            let even = four([f[0], f[2], f[4], f[6]]);
            let odd = [
                C[1] * f[1] + C[3] * f[3] + C[5] * f[5] + C[7] * f[7],
                C[3] * f[1] - C[7] * f[3] - C[1] * f[5] - C[5] * f[7],
                C[5] * f[1] - C[1] * f[3] + C[7] * f[5] + C[3] * f[7],
                C[7] * f[1] - C[5] * f[3] + C[3] * f[5] - C[1] * f[7],
            ];
            let at = |n: usize| if n < 4 { even[n] + odd[n] } else { even[7 - n] - odd[7 - n] };
            [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)]
        }
    }
}

/// The transform of several lines beside each other: `f[k][lane]` to `[pixel][lane]`. In this shape compilers make
/// vector instructions of it.
#[inline(always)]
fn lines<const PIXELS: usize, const LANES: usize>(f: &[[f32; LANES]; 8]) -> [[f32; LANES]; 8] {
    let mut pixels = [[0.0; LANES]; 8];
    for lane in 0..LANES {
        let values = line(PIXELS, std::array::from_fn(|k| if k < PIXELS { f[k][lane] } else { 0.0 }));
        for (pixel, value) in pixels.iter_mut().zip(values).take(PIXELS) {
            pixel[lane] = value;
        }
    }
    pixels
}

/// Writes `WIDE` × `HIGH` pixels to the beginning of `out`, whose rows are `stride` apart.
#[inline]
pub fn block<const WIDE: usize, const HIGH: usize>(f: &[f32; 64], out: &mut [u8], stride: usize) {
    let rows: [[f32; WIDE]; 8] = std::array::from_fn(|v| std::array::from_fn(|u| f[v * 8 + u]));
    let columns = lines::<HIGH, WIDE>(&rows);
    let columns: [[f32; HIGH]; 8] =
        std::array::from_fn(|u| std::array::from_fn(|y| if u < WIDE { columns[y][u] } else { 0.0 }));
    let pixels = lines::<WIDE, HIGH>(&columns);
    for (y, row) in out.chunks_mut(stride).enumerate().take(HIGH) {
        for (x, pixel) in row[..WIDE].iter_mut().enumerate() {
            *pixel = (pixels[x][y] + 128.5) as u8;
        }
    }
}
