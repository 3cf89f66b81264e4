//! `[panel]`: the glass in pixels and in millimetres, and where people stand.

use super::section::Section;

/// The glass as it hangs: width and height are those of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Panel {
    pub width_px: u32,
    pub height_px: u32,
    pub width_mm: f32,
    pub height_mm: f32,
    /// Height of the lower edge of the picture above the ground.
    pub lower_edge_mm: f32,
    /// From the reader's eyes to the glass.
    pub reading_distance_mm: f32,
}

impl Panel {
    pub fn pixels_per_mm(&self) -> f32 {
        self.width_px as f32 / self.width_mm
    }
}

/// Width and height may disagree by this share before a swapped pair of numbers is the better explanation.
const SQUARE_PIXELS: f32 = 0.03;
const MM_PER_INCH: f32 = 25.4;

pub fn read(top: &mut Section) -> Option<Panel> {
    let Some(mut section) = top.section("panel") else {
        if !top.has("panel") {
            top.wrong("panel", "the section is missing", "add [panel] with diagonal_inches = 32");
        }
        return None;
    };
    let width_px = section.whole("width_px", 320..=8192).unwrap_or(1080);
    let height_px = section.whole("height_px", 320..=8192).unwrap_or(1920);
    let diagonal = section.number("diagonal_inches", 5.0..=120.0);
    let width = section.number("width_mm", 60.0..=3000.0);
    let height = section.number("height_mm", 60.0..=3000.0);
    let lower_edge_mm = section.number("lower_edge_mm", 0.0..=2000.0).unwrap_or(850.0);
    let reading_distance_mm = section.number("reading_distance_mm", 200.0..=3000.0).unwrap_or(800.0);
    let size = match (diagonal, width, height) {
        (None, Some(width), Some(height)) => {
            let stretch = (width / height) / (width_px as f32 / height_px as f32);
            if (stretch - 1.0).abs() > SQUARE_PIXELS {
                let found = format!("{width} × {height} mm has another shape than {width_px} × {height_px} pixels");
                section.wrong("width_mm", found, "measure the lit picture, and see whether two numbers are swapped");
            }
            Some((width, height))
        }
        (Some(diagonal), None, None) => {
            let (w, h) = (width_px as f32, height_px as f32);
            let mm = diagonal * MM_PER_INCH / w.hypot(h);
            Some((w * mm, h * mm))
        }
        _ => {
            let given = ["diagonal_inches", "width_mm", "height_mm"].into_iter().find(|key| section.has(key));
            let cure = "write either diagonal_inches, or both width_mm and height_mm, of the lit picture";
            section.wrong(given.unwrap_or("diagonal_inches"), "the size of the glass is not clear", cure);
            None
        }
    };
    section.finish();
    let (width_mm, height_mm) = size?;
    Some(Panel { width_px, height_px, width_mm, height_mm, lower_edge_mm, reading_distance_mm })
}
