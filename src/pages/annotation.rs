//! Notes, marks and drawings on a page that carry no picture of themselves: drawn here, or counted (ISO 32000-2, 12.5).
//!
//! Those with a picture the engine draws; a stamp or a signature stays as its maker drew it. Deliberately without what
//! opens on a click: a sticky note's text, an attached file. The surprising thing: a mark without its corners is drawn
//! over its whole box, because that is what its maker's program showed.

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Rect, String as Bytes};
use hayro::hayro_syntax::page::{Page, Rotation};

use super::appearance::{Align, Appearance, Style, colour, number};
use super::catalog::text_string;
use super::field;

/// So many are looked at on a page; the others count as not drawn.
const MAX_ANNOTATIONS: usize = 5_000;
/// Annotation flags: not shown at all, and not shown on a screen.
const HIDDEN: u32 = 1 << 1 | 1 << 5;

/// What is laid over a page.
#[derive(Default)]
pub struct Overlay {
    /// A document whose only page lies as the page does.
    pub pdf: Option<Pdf>,
    /// Annotations that ought to be seen and are not drawn.
    pub annotations: u32,
    /// Filled-in form fields that are not drawn.
    pub fields: u32,
}

pub fn overlay(page: &Page<'_>) -> Overlay {
    let mut overlay = Overlay::default();
    let Some(listed) = page.raw().get::<Array<'_>>(b"Annots") else { return overlay };
    let mut appearance = Appearance::default();
    for (index, annotation) in listed.iter::<Dict<'_>>().enumerate() {
        if annotation.get::<u32>(b"F").unwrap_or(0) & HIDDEN != 0 || annotation.contains_key(b"AP") {
            continue;
        }
        let room = index < MAX_ANNOTATIONS && !appearance.is_full();
        match annotation.get::<Name<'_>>(b"Subtype").as_deref() {
            Some(b"Link" | b"Popup" | b"Movie" | b"Screen" | b"PrinterMark" | b"TrapNet" | b"Watermark") | None => {}
            Some(b"Widget") if field::is_filled_in(&annotation) => {
                let drawn = room && field::draw(&annotation, page, &mut appearance);
                overlay.fields = overlay.fields.saturating_add(u32::from(!drawn));
            }
            Some(b"Widget") => {}
            Some(kind) => {
                let drawn = room && draw(kind, &annotation, &mut appearance).is_some();
                overlay.annotations = overlay.annotations.saturating_add(u32::from(!drawn));
            }
        }
    }
    if !appearance.is_empty() {
        let area = |rect: Rect| [rect.x0, rect.y0, rect.x1, rect.y1].map(number).join(" ");
        let turn = match page.rotation() {
            Rotation::None => 0,
            Rotation::Horizontal => 90,
            Rotation::Flipped => 180,
            Rotation::FlippedHorizontal => 270,
        };
        let lies =
            format!("/MediaBox [{}] /CropBox [{}] /Rotate {turn}", area(page.media_box()), area(page.crop_box()));
        overlay.pdf = Pdf::new(appearance.to_pdf(&lies)).ok();
    }
    overlay
}

/// `None` for what cannot be drawn.
fn draw(kind: &[u8], annotation: &Dict<'_>, on: &mut Appearance) -> Option<()> {
    let area = annotation.get::<Rect>(b"Rect").unwrap_or(Rect::ZERO);
    let parts = annotation.get::<Vec<f32>>(b"C").unwrap_or_default();
    let fill = annotation.get::<Vec<f32>>(b"IC").and_then(|parts| colour(&parts, false));
    let width = border(annotation);
    let state = opacity(annotation);
    let pen = colour(&parts, true).unwrap_or_else(|| "0 G".to_owned());
    let pen = format!("{state} {pen} {} w 1 J 1 j", number(width));
    match kind {
        b"Highlight" => {
            let paint = colour(&parts, false).unwrap_or_else(|| "1 1 0 rg".to_owned());
            for [a, b, c, d] in corners(annotation, area) {
                on.draw(&format!("/Marker gs {paint} {}", closed(&[a, b, d, c], "f")));
            }
        }
        b"Underline" | b"StrikeOut" | b"Squiggly" => {
            for [a, b, c, d] in corners(annotation, area) {
                // A few numbers make a long wave.
                if on.is_full() {
                    return None;
                }
                let high = (a.1 - c.1).hypot(a.0 - c.0).max(1.0);
                let share = if kind == b"StrikeOut" { 0.5 } else { 0.08 };
                let between = |low: (f64, f64), top: (f64, f64)| {
                    (low.0 + (top.0 - low.0) * share, low.1 + (top.1 - low.1) * share)
                };
                let (from, to) = (between(c, a), between(d, b));
                let line = if kind == b"Squiggly" { wave(from, to, high) } else { open(&[from, to]) };
                on.draw(&format!("{pen} {} w {line}", number((high / 14.0).max(0.5))));
            }
        }
        b"Ink" => {
            let strokes = annotation.get::<Array<'_>>(b"InkList")?;
            for stroke in strokes.iter::<Vec<f32>>() {
                on.draw(&format!("{pen} {}", open(&points(&stroke))));
            }
        }
        b"Line" => {
            let ends = points(&annotation.get::<Vec<f32>>(b"L")?);
            let [from, to] = ends[..] else { return None };
            let styles: Vec<bool> = annotation
                .get::<Array<'_>>(b"LE")
                .map(|styles| styles.iter::<Name<'_>>().map(|style| style.as_ref().ends_with(b"Arrow")).collect())
                .unwrap_or_default();
            let mut line = open(&[from, to]);
            if styles.first() == Some(&true) {
                line += &arrow(to, from, width);
            }
            if styles.get(1) == Some(&true) {
                line += &arrow(from, to, width);
            }
            on.draw(&format!("{pen} {line}"));
        }
        b"Square" | b"Circle" => {
            let inset = annotation.get::<Vec<f32>>(b"RD").filter(|inset| inset.len() == 4).unwrap_or_default();
            let inset = |index: usize| inset.get(index).map_or(width / 2.0, |inset| f64::from(*inset) + width / 2.0);
            let (x0, y0, x1, y1) = (area.x0 + inset(0), area.y0 + inset(1), area.x1 - inset(2), area.y1 - inset(3));
            let outline = if kind == b"Square" {
                format!("{} {} {} {} re", number(x0), number(y0), number(x1 - x0), number(y1 - y0))
            } else {
                ellipse((x0, y0), (x1, y1))
            };
            on.draw(&format!(
                "{pen} {} {outline} {}",
                fill.clone().unwrap_or_default(),
                painting(fill.is_some(), width)
            ));
        }
        b"Polygon" | b"PolyLine" => {
            let corners = points(&annotation.get::<Vec<f32>>(b"Vertices")?);
            let outline =
                if kind == b"Polygon" { closed(&corners, painting(fill.is_some(), width)) } else { open(&corners) };
            on.draw(&format!("{pen} {} {outline}", fill.unwrap_or_default()));
        }
        b"FreeText" => {
            let text = annotation.get::<Bytes<'_>>(b"Contents")?;
            let ground = colour(&parts, false).unwrap_or_default();
            let how = painting(!ground.is_empty(), width);
            on.draw(&format!("{state} {ground} 0 G {} w {} {how}", number(width), rectangle(area)));
            let style = field::style(annotation.get::<Bytes<'_>>(b"DA"), annotation.get::<u32>(b"Q"), true);
            write_in(on, &text_string(text.as_bytes()), &style, area)?;
        }
        b"Stamp" => {
            let name = annotation.get::<Name<'_>>(b"Name")?;
            let name = name.as_str().trim_start_matches("SB").trim_start_matches('#').to_owned();
            on.draw(&format!("0.75 0 0 RG 2 w {} S", rectangle(area)));
            let style = Style { size: 0.0, colour: "0.75 0 0 rg".to_owned(), align: Align::Middle, many_lines: false };
            write_in(on, &name, &style, area)?;
        }
        _ => return None,
    }
    Some(())
}

fn write_in(on: &mut Appearance, text: &str, style: &Style, area: Rect) -> Option<()> {
    let matrix = format!("1 0 0 1 {} {}", number(area.x0), number(area.y0));
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    on.write(&text, style, (area.width(), area.height()), &matrix).then_some(())
}

/// Width of the line around it, in points.
fn border(annotation: &Dict<'_>) -> f64 {
    let style = annotation.get::<Dict<'_>>(b"BS").and_then(|style| style.get::<f32>(b"W"));
    let old = || annotation.get::<Array<'_>>(b"Border").and_then(|border| border.iter::<f32>().nth(2));
    f64::from(style.or_else(old).unwrap_or(1.0)).clamp(0.0, 100.0)
}

/// The graphics state that is nearest to its opacity.
fn opacity(annotation: &Dict<'_>) -> &'static str {
    match annotation.get::<f32>(b"CA").unwrap_or(1.0) {
        part if part > 0.9 => "",
        part if part > 0.6 => "/A3 gs",
        part if part > 0.4 => "/A2 gs",
        part if part > 0.2 => "/A1 gs",
        _ => "/A0 gs",
    }
}

type Corner = (f64, f64);

fn points(numbers: &[f32]) -> Vec<Corner> {
    numbers.as_chunks::<2>().0.iter().map(|[x, y]| (f64::from(*x), f64::from(*y))).collect()
}

/// Four corners of each marked piece of text: upper left, upper right, lower left, lower right.
fn corners(annotation: &Dict<'_>, area: Rect) -> Vec<[Corner; 4]> {
    let listed = points(&annotation.get::<Vec<f32>>(b"QuadPoints").unwrap_or_default());
    let pieces: Vec<[Corner; 4]> = listed.as_chunks::<4>().0.to_vec();
    if pieces.is_empty() {
        return vec![[(area.x0, area.y1), (area.x1, area.y1), (area.x0, area.y0), (area.x1, area.y0)]];
    }
    pieces
}

fn place((x, y): Corner) -> String {
    format!("{} {}", number(x), number(y))
}

fn open(corners: &[Corner]) -> String {
    let mut path = String::new();
    for (index, corner) in corners.iter().enumerate() {
        path += &format!("{} {} ", place(*corner), if index == 0 { "m" } else { "l" });
    }
    path + "S"
}

fn closed(corners: &[Corner], how: &str) -> String {
    open(corners).trim_end_matches('S').to_owned() + "h " + how
}

fn painting(filled: bool, width: f64) -> &'static str {
    match (filled, width > 0.0) {
        (true, true) => "B",
        (true, false) => "f",
        (false, true) => "S",
        (false, false) => "n",
    }
}

fn rectangle(area: Rect) -> String {
    format!("{} {} {} {} re", number(area.x0), number(area.y0), number(area.width()), number(area.height()))
}

fn wave(from: Corner, to: Corner, high: f64) -> String {
    let (along, step) = ((to.0 - from.0, to.1 - from.1), high / 8.0);
    let length = along.0.hypot(along.1).max(1e-3);
    let across = (-along.1 / length * step, along.0 / length * step);
    let count = ((length / step / 2.0) as usize).clamp(1, 2_000);
    let corner = |index: usize| {
        let (share, side) = (index as f64 / count as f64, if index.is_multiple_of(2) { 0.0 } else { 1.0 });
        (from.0 + along.0 * share + across.0 * side, from.1 + along.1 * share + across.1 * side)
    };
    open(&(0..=count).map(corner).collect::<Vec<_>>())
}

fn arrow(from: Corner, to: Corner, width: f64) -> String {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1e-3);
    let size = (width * 6.0).clamp(4.0, 40.0) / length;
    let wing = |side: f64| (to.0 - (dx + dy * side) * size, to.1 - (dy - dx * side) * size);
    format!(" {}", open(&[wing(0.5), to, wing(-0.5)]))
}

fn ellipse(low: Corner, high: Corner) -> String {
    let (x, y) = ((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0);
    let (a, b) = ((high.0 - low.0) / 2.0, (high.1 - low.1) / 2.0);
    // How far the handles of a quarter of a circle reach.
    let k = 0.5523;
    let at = |dx: f64, dy: f64| place((x + a * dx, y + b * dy));
    let curve =
        |c: (f64, f64), d: (f64, f64), e: (f64, f64)| format!("{} {} {} c ", at(c.0, c.1), at(d.0, d.1), at(e.0, e.1));
    format!("{} m ", at(1.0, 0.0))
        + &curve((1.0, k), (k, 1.0), (0.0, 1.0))
        + &curve((-k, 1.0), (-1.0, k), (-1.0, 0.0))
        + &curve((-1.0, -k), (-k, -1.0), (0.0, -1.0))
        + &curve((k, -1.0), (1.0, -k), (1.0, 0.0))
        + "h"
}

/// A value of a dictionary, or of those it hangs below.
pub fn inherited<'a>(dict: &Dict<'a>, key: &[u8]) -> Option<Object<'a>> {
    let mut dict = dict.clone();
    for _ in 0..16 {
        if let Some(value) = dict.get::<Object<'_>>(key) {
            return Some(value);
        }
        dict = dict.get::<Dict<'_>>(b"Parent")?;
    }
    None
}
