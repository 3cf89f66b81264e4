//! Filled-in form fields that carry no picture of themselves, drawn with their value (ISO 32000-2, 12.7).
//!
//! Deliberately without what a form can compute. The surprising thing: what a field says of itself is often said by the
//! field above it, or by the form as a whole.

use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Rect, String as Bytes};
use hayro::hayro_syntax::page::Page;

use super::annotation::inherited;
use super::appearance::{Align, Appearance, Style, colour, number};
use super::catalog::text_string;

const MANY_LINES: i64 = 1 << 12;
const PASSWORD: i64 = 1 << 13;
const RADIO: i64 = 1 << 15;
const PUSH: i64 = 1 << 16;

/// Whether the reader of the page ought to see something in it.
pub fn is_filled_in(field: &Dict<'_>) -> bool {
    // A signature without a place is not to be seen.
    if field.get::<Rect>(b"Rect").is_none_or(|area| area.width() <= 0.0 || area.height() <= 0.0) {
        return false;
    }
    // A button of several has a state of its own.
    if let Some(state) = field.get::<Name<'_>>(b"AS") {
        return state.as_ref() != b"Off";
    }
    match inherited(field, b"V") {
        Some(Object::String(text)) => !text.as_bytes().is_empty(),
        Some(Object::Name(name)) => name.as_ref() != b"Off",
        Some(Object::Null(_)) | None => false,
        Some(_) => true,
    }
}

/// `false` where it cannot be drawn.
pub fn draw(field: &Dict<'_>, page: &Page<'_>, on: &mut Appearance) -> bool {
    let Some(area) = field.get::<Rect>(b"Rect").filter(|area| area.width() > 0.0 && area.height() > 0.0) else {
        return false;
    };
    let flags = match inherited(field, b"Ff") {
        Some(Object::Number(flags)) => flags.as_i64(),
        _ => 0,
    };
    let kind = match inherited(field, b"FT") {
        Some(Object::Name(kind)) if matches!(kind.as_ref(), b"Tx" | b"Ch" | b"Btn") => kind.as_ref().to_vec(),
        _ => return false,
    };
    let looks = field.get::<Dict<'_>>(b"MK");
    let turn = looks.as_ref().and_then(|looks| looks.get::<i64>(b"R")).unwrap_or(0).rem_euclid(360);
    let (width, height) = (area.width(), area.height());
    let (matrix, size) = match turn {
        90 => ([0.0, 1.0, -1.0, 0.0, area.x1, area.y0], (height, width)),
        180 => ([-1.0, 0.0, 0.0, -1.0, area.x1, area.y1], (width, height)),
        270 => ([0.0, -1.0, 1.0, 0.0, area.x0, area.y1], (height, width)),
        _ => ([1.0, 0.0, 0.0, 1.0, area.x0, area.y0], (width, height)),
    };
    let matrix = matrix.map(number).join(" ");
    let part = |key: &[u8], stroke: bool| {
        looks.as_ref().and_then(|looks| looks.get::<Vec<f32>>(key)).and_then(|parts| colour(&parts, stroke))
    };
    let frame = format!("{matrix} cm 0 0 {} {} re", number(size.0), number(size.1));
    if let Some(ground) = part(b"BG", false) {
        on.draw(&format!("{ground} {frame} f"));
    }
    if let Some(border) = part(b"BC", true) {
        on.draw(&format!("{border} 1 w {frame} S"));
    }
    if kind == b"Btn" {
        return flags & PUSH == 0 && {
            on.draw(&format!("{matrix} cm {}", mark(flags & RADIO != 0, size)));
            true
        };
    }
    let text = match inherited(field, b"V") {
        Some(Object::String(text)) => label(field, &text_string(text.as_bytes())),
        Some(Object::Array(values)) => {
            let values: Vec<String> = values
                .iter::<Bytes<'_>>()
                .take(100)
                .map(|value| label(field, &text_string(value.as_bytes())))
                .collect();
            values.join("\n")
        }
        Some(Object::Stream(text)) => match text.decoded() {
            Ok(text) => text_string(&text),
            Err(_) => return false,
        },
        _ => return false,
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = if flags & PASSWORD != 0 && kind == b"Tx" { "*".repeat(text.chars().count()) } else { text };
    let align = match inherited(field, b"Q") {
        Some(Object::Number(align)) => u32::try_from(align.as_i64()).ok(),
        _ => None,
    };
    let appearance = match inherited(field, b"DA") {
        Some(Object::String(appearance)) => Some(appearance),
        _ => of_the_form(page),
    };
    let style = style(appearance, align, (kind == b"Tx" && flags & MANY_LINES != 0) || text.contains('\n'));
    on.write(&text, &style, size, &matrix)
}

/// What the form as a whole says about its text.
fn of_the_form<'a>(page: &Page<'a>) -> Option<Bytes<'a>> {
    let xref = page.xref();
    xref.get::<Dict<'_>>(xref.root_id())?.get::<Dict<'_>>(b"AcroForm")?.get::<Bytes<'_>>(b"DA")
}

/// What a list shows for a value: its options are pairs of value and words, where they differ.
fn label(field: &Dict<'_>, value: &str) -> String {
    let Some(Object::Array(options)) = inherited(field, b"Opt") else { return value.to_owned() };
    let words = options.iter::<Array<'_>>().take(1000).find_map(|option| {
        let mut pair = option.iter::<Bytes<'_>>().map(|text| text_string(text.as_bytes()));
        (pair.next()? == value).then(|| pair.next()).flatten()
    });
    words.unwrap_or_else(|| value.to_owned())
}

/// A cross, or the point of a button of which only one can be pressed.
fn mark(round: bool, (width, height): (f64, f64)) -> String {
    let side = width.min(height) * 0.6;
    let (x, y) = ((width - side) / 2.0, (height - side) / 2.0);
    let at = |dx: f64, dy: f64| format!("{} {}", number(x + side * dx), number(y + side * dy));
    if round {
        // A line without length and with round ends is a point.
        return format!("0 G 1 J {} w {} m {} l S", number(side * 0.8), at(0.5, 0.5), at(0.501, 0.5));
    }
    format!(
        "0 G 1 J {} w {} m {} l {} m {} l S",
        number((side / 8.0).max(0.8)),
        at(0.0, 0.0),
        at(1.0, 1.0),
        at(0.0, 1.0),
        at(1.0, 0.0)
    )
}

/// Size and colour as a default appearance says them (ISO 32000-2, 12.7.4.3): `/Helv 12 Tf 0 0 1 rg`.
pub fn style(appearance: Option<Bytes<'_>>, align: Option<u32>, many_lines: bool) -> Style {
    let text = appearance.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned()).unwrap_or_default();
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let before = |operator: &str, count: usize| {
        let at = words.iter().rposition(|word| *word == operator)?;
        let parts: Option<Vec<f32>> = words[at.checked_sub(count)?..at].iter().map(|word| word.parse().ok()).collect();
        parts
    };
    let size = before("Tf", 1).map_or(0.0, |size| f64::from(size[0]).clamp(0.0, 500.0));
    let found = [("g", 1), ("rg", 3), ("k", 4)].into_iter().find_map(|(operator, count)| before(operator, count));
    let colour = found.and_then(|parts| colour(&parts, false)).unwrap_or_else(|| "0 g".to_owned());
    let align = match align {
        Some(1) => Align::Middle,
        Some(2) => Align::Right,
        _ => Align::Left,
    };
    Style { size, colour, align, many_lines }
}
