//! QR codes of addresses, as pictures of one pixel a module; the page enlarges them without smoothing.

use qrcodegen::{QrCode, QrCodeEcc};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// Modules of white around the code, as its standard asks.
const QUIET: i32 = 3;

/// `None`: the address is too long for a code that a telephone could read from here.
pub fn code(address: &str) -> Option<Image> {
    const MAX_LETTERS: usize = 300;
    if address.len() > MAX_LETTERS {
        return None;
    }
    let code = QrCode::encode_text(address, QrCodeEcc::Low).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut picture = SharedPixelBuffer::<Rgb8Pixel>::new(side as u32, side as u32);
    for (at, pixel) in picture.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = (at as i32 % side - QUIET, at as i32 / side - QUIET);
        let value = if code.get_module(x, y) { 0 } else { 255 };
        *pixel = Rgb8Pixel { r: value, g: value, b: value };
    }
    Some(Image::from_rgb8(picture))
}
