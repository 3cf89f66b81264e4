//! The municipality's colour: white letters must stay legible on it.

/// What WCAG 2.2 asks of text (success criterion 1.4.3), and DESIGN §5 of every screen.
pub const MIN_CONTRAST: f64 = 4.5;

/// Reads "#0f4c81" as 0xRRGGBB.
pub fn parse(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// Contrast ratio of a colour (0xRRGGBB) against white, from 1 to 21, as WCAG defines it.
pub fn contrast_with_white(colour: u32) -> f64 {
    let light = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xff) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    1.05 / (0.2126 * light(16) + 0.7152 * light(8) + 0.0722 * light(0) + 0.05)
}
