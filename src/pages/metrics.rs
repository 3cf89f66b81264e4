//! How wide the letters of our own typeface are, for text that we set ourselves. Runs in the child.
//!
//! Reads the three tables of the embedded font that say so (OpenType 1.9: cmap format 4, hhea, hmtx). Deliberately not
//! a font library: the font is ours, its tables are known to be there.

use hayro::hayro_interpret::font::StandardFont;

use super::fonts;

/// Widths of the letters of one face.
pub struct Metrics {
    font: &'static [u8],
    letters: usize,
    widths: usize,
    /// Widths that are listed; the last stands for all glyphs after it.
    count: usize,
    units: f64,
}

impl Metrics {
    /// The face that stands in for Helvetica; `None` where its tables are not what they were.
    pub fn sans() -> Option<Metrics> {
        let font = fonts::standard(StandardFont::Helvetica);
        let table = |name: &[u8; 4]| {
            let count = usize::from(word(font, 4)?);
            let entry = (0..count).map(|index| 12 + index * 16).find(|at| font.get(*at..at + 4) == Some(name))?;
            long(font, entry + 8)
        };
        let (head, lines, widths, map) = (table(b"head")?, table(b"hhea")?, table(b"hmtx")?, table(b"cmap")?);
        let subtables = (0..usize::from(word(font, map + 2)?)).filter_map(|index| long(font, map + 4 + index * 8 + 4));
        let letters = subtables.map(|offset| map + offset).find(|at| word(font, *at) == Some(4))?;
        let (units, count) = (f64::from(word(font, head + 18)?), usize::from(word(font, lines + 34)?));
        Some(Metrics { font, letters, widths, count, units })
    }

    /// Width of a letter in thousandths of its size; `None` where the face lacks it.
    pub fn width(&self, letter: char) -> Option<f64> {
        let glyph = self.glyph(u16::try_from(u32::from(letter)).ok()?)?;
        let place = usize::from(glyph).min(self.count.checked_sub(1)?);
        Some(f64::from(word(self.font, self.widths + place * 4)?) * 1000.0 / self.units)
    }

    fn glyph(&self, letter: u16) -> Option<u16> {
        let number = |at: usize| word(self.font, self.letters + at);
        let twice = usize::from(number(6)?);
        let segment = (0..twice).step_by(2).find(|at| number(14 + at).is_some_and(|end| end >= letter))?;
        let start = number(16 + twice + segment)?;
        let (delta, offset) = (number(16 + 2 * twice + segment)?, number(16 + 3 * twice + segment)?);
        let inside = letter.checked_sub(start)?;
        let glyph = match offset {
            0 => letter.wrapping_add(delta),
            offset => {
                let glyph = number(16 + 3 * twice + segment + usize::from(offset) + 2 * usize::from(inside))?;
                if glyph == 0 { 0 } else { glyph.wrapping_add(delta) }
            }
        };
        (glyph != 0).then_some(glyph)
    }
}

fn word(font: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*font.get(at)?, *font.get(at + 1)?]))
}

fn long(font: &[u8], at: usize) -> Option<usize> {
    Some((usize::from(word(font, at)?) << 16) | usize::from(word(font, at + 2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_as_wide_as_in_helvetica() {
        let metrics = Metrics::sans().expect("our own font");
        // From the metrics that Adobe publishes for Helvetica.
        for (letter, width) in [('A', 667.0), ('i', 222.0), ('m', 833.0), (' ', 278.0), ('0', 556.0), ('č', 500.0)] {
            let found = metrics.width(letter).expect("a letter of the font");
            assert!((found - width).abs() < 1.0, "{letter}: {found}");
        }
        assert_eq!(metrics.width('\u{4e00}'), None);
    }
}
