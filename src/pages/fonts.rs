//! The fonts that stand in for what a PDF names without embedding it.
//!
//! Czech offices print to PDF from old drivers that leave out Arial and Times. The PDF library's own substitutes lack
//! č ď ě ň ř ť ů and drop them without a word, so the Liberation family stands in: the same widths as Arial, Times New
//! Roman and Courier New, and every letter of Latin Extended-A. Only Symbol and Zapf Dingbats come from the library.
//!
//! They are cut down to the letters of Europe, and each glyph is named by its number in Unicode (`fonts/README.md`): the
//! library reads and sorts the names of a face before it draws its first letter, and knows the usual names itself.
//!
//! The surprising thing: nothing is loaded. The faces lie in the program file, and the kernel brings in the pages that
//! are touched, inside the closed sandbox too.

use std::sync::Arc;

use hayro::hayro_interpret::font::{FallbackFontQuery, FontData, FontQuery, StandardFont};

/// The face for a query; the number is its index in a collection, always 0 here.
pub fn resolve(query: &FontQuery) -> Option<(FontData, u32)> {
    let face = match query {
        FontQuery::Standard(font @ (StandardFont::Symbol | StandardFont::ZapfDingBats)) => {
            return Some(font.get_font_data());
        }
        FontQuery::Standard(font) => standard(*font),
        FontQuery::Fallback(query) => fallback(query),
    };
    Some((Arc::new(face), 0))
}

macro_rules! face {
    ($file:literal) => {
        &include_bytes!(concat!("fonts/Vyveska", $file, ".ttf"))[..]
    };
}

pub fn standard(font: StandardFont) -> &'static [u8] {
    match font {
        StandardFont::HelveticaBold => face!("Sans-Bold"),
        StandardFont::HelveticaOblique => face!("Sans-Italic"),
        StandardFont::HelveticaBoldOblique => face!("Sans-BoldItalic"),
        StandardFont::Courier => face!("Mono-Regular"),
        StandardFont::CourierBold => face!("Mono-Bold"),
        StandardFont::CourierOblique => face!("Mono-Italic"),
        StandardFont::CourierBoldOblique => face!("Mono-BoldItalic"),
        StandardFont::TimesRoman => face!("Serif-Regular"),
        StandardFont::TimesBold => face!("Serif-Bold"),
        StandardFont::TimesItalic => face!("Serif-Italic"),
        StandardFont::TimesBoldItalic => face!("Serif-BoldItalic"),
        StandardFont::Helvetica | StandardFont::Symbol | StandardFont::ZapfDingBats => face!("Sans-Regular"),
    }
}

/// A composite font that is not embedded: its flags are often missing, its name rarely lies.
fn fallback(query: &FallbackFontQuery) -> &'static [u8] {
    let names = [&query.post_script_name, &query.font_name, &query.font_family];
    let name = names.into_iter().flatten().map(|name| name.to_lowercase()).collect::<Vec<_>>().join(" ");
    let any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let bold = query.is_bold || query.font_weight >= 600 || any(&["bold", "demi", "black", "heavy"]);
    let italic = query.is_italic || any(&["italic", "oblique"]);
    let mono = query.is_fixed_pitch || any(&["courier", "mono", "consolas", "typewriter"]);
    let serif = any(&["times", "roman", "cambria", "georgia", "garamond", "palatino", "book", "minion"])
        || (query.is_serif && !any(&["arial", "helvetica", "calibri", "verdana", "tahoma", "sans"]));
    let pick = |faces: [StandardFont; 4]| faces[usize::from(bold) + 2 * usize::from(italic)];
    standard(if mono {
        pick([
            StandardFont::Courier,
            StandardFont::CourierBold,
            StandardFont::CourierOblique,
            StandardFont::CourierBoldOblique,
        ])
    } else if serif {
        pick([
            StandardFont::TimesRoman,
            StandardFont::TimesBold,
            StandardFont::TimesItalic,
            StandardFont::TimesBoldItalic,
        ])
    } else {
        pick([
            StandardFont::Helvetica,
            StandardFont::HelveticaBold,
            StandardFont::HelveticaOblique,
            StandardFont::HelveticaBoldOblique,
        ])
    })
}
