//! The letters of a document, each cast once for a size: a stamp to be put wherever it occurs, in any colour.
//!
//! Deliberately as the engine draws letters, hinted and snapped to quarters of a pixel, so that nobody sees which of the
//! two drew a page. The surprising thing: like the engine's caches it never shrinks, and goes with them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use ab_glyph_rasterizer::{Point as Place, Rasterizer, point};
use hayro::hayro_interpret::font::{HintingCache, OutlineGlyph};
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect, Vec2};
use vyveska_raster::stamp::Stamp;

/// Places beside each other in a pixel at which a letter looks different.
const STEPS: f64 = 4.0;
/// What is larger (pixels) is no letter of a text.
const LARGEST: f64 = 128.0;
/// Sizes (pixels to the em) that are hinted.
const HINTED: std::ops::RangeInclusive<f64> = 4.0..=128.0;
/// Beyond so many pixels nothing is on a sheet.
const FAR: f64 = 1e6;

/// A letter as it looks at one size.
pub struct Letter {
    /// What it covers, in whole pixels from where it stands; not empty.
    area: Rect,
    pub stamp: Stamp,
}

/// Where a letter stands on the sheet.
pub enum Cast {
    /// At a whole pixel.
    At(Rc<Letter>, (i32, i32)),
    /// It has no ink.
    Empty,
    /// It is too large to be cast: its outline in pixels.
    Large(BezPath),
}

type Kept<K, V> = RefCell<HashMap<K, V, BuildHasherDefault<Known>>>;

#[derive(Default)]
pub struct Case {
    hinting: HintingCache,
    /// Outlines in thousandths of an em, hinted for a size or (0) for none.
    outlines: Kept<(u128, u32), Rc<BezPath>>,
    letters: Kept<Key, Option<Rc<Letter>>>,
}

#[derive(PartialEq, Eq)]
struct Key {
    glyph: u128,
    linear: [u64; 4],
    step: u8,
}

impl Case {
    /// The letter that `place` brings from thousandths of an em onto the sheet.
    pub fn cast(&self, glyph: &OutlineGlyph, place: Affine, across: bool) -> Cast {
        let [a, b, c, d, x, y] = place.as_coeffs();
        if !(x.abs() < FAR && y.abs() < FAR) {
            return Cast::Empty;
        }
        let steps = (x * STEPS).round();
        let left = (steps / STEPS).floor();
        let step = (steps - left * STEPS) as u8;
        let key = Key { glyph: glyph.identifier().cache_key(), linear: [a, b, c, d].map(f64::to_bits), step };
        let at = (left as i32, y.round() as i32);
        if let Some(known) = self.letters.borrow().get(&key) {
            return known.as_ref().map_or(Cast::Empty, |letter| Cast::At(Rc::clone(letter), at));
        }
        let size = d.abs() * 1000.0;
        let hinted = across && b == 0.0 && HINTED.contains(&size);
        let outline = self.outline(glyph, key.glyph, if hinted { size as f32 } else { 0.0 });
        let exact = place;
        let place = Affine::new([a, b, c, d, f64::from(step) / STEPS, 0.0]);
        // Curves stay within what holds them, and where they turn they nearly touch it.
        let area = place.transform_rect_bbox(outline.control_box());
        if !area.is_finite() {
            return Cast::Empty;
        }
        if area.width() > LARGEST || area.height() > LARGEST {
            return Cast::Large(exact * (*outline).clone());
        }
        let letter = (!area.is_zero_area()).then(|| Rc::new(cut(&outline, place, area.expand())));
        self.letters.borrow_mut().insert(key, letter.clone());
        letter.map_or(Cast::Empty, |letter| Cast::At(letter, at))
    }

    fn outline(&self, glyph: &OutlineGlyph, key: u128, size: f32) -> Rc<BezPath> {
        let key = (key, size.to_bits());
        if let Some(known) = self.outlines.borrow().get(&key) {
            return Rc::clone(known);
        }
        let hinted = (size > 0.0).then(|| glyph.hinted_outline(size, &self.hinting)).flatten();
        let outline = Rc::new(hinted.unwrap_or_else(|| glyph.outline()));
        self.outlines.borrow_mut().insert(key, Rc::clone(&outline));
        outline
    }
}

impl Letter {
    /// What it covers of the sheet where it stands at `at`.
    pub fn seen(&self, at: (i32, i32)) -> Rect {
        self.area + Vec2::new(at.0.into(), at.1.into())
    }

    /// The upper left corner of its stamp where it stands at `at`.
    pub fn corner(&self, at: (i32, i32)) -> (i32, i32) {
        (at.0 + self.area.x0 as i32, at.1 + self.area.y0 as i32)
    }
}

fn cut(outline: &BezPath, place: Affine, area: Rect) -> Letter {
    let (width, height) = (area.width() as usize, area.height() as usize);
    let mut rasterizer = Rasterizer::new(width, height);
    let to = |at: Point| -> Place {
        let at = place * at;
        point((at.x - area.x0) as f32, (at.y - area.y0) as f32)
    };
    let (mut start, mut last) = (Point::ZERO, Point::ZERO);
    for element in outline.elements() {
        match *element {
            PathEl::MoveTo(end) => {
                rasterizer.draw_line(to(last), to(start));
                (start, last) = (end, end);
            }
            PathEl::LineTo(end) => {
                rasterizer.draw_line(to(last), to(end));
                last = end;
            }
            PathEl::QuadTo(by, end) => {
                rasterizer.draw_quad(to(last), to(by), to(end));
                last = end;
            }
            PathEl::CurveTo(by, and, end) => {
                rasterizer.draw_cubic(to(last), to(by), to(and), to(end));
                last = end;
            }
            PathEl::ClosePath => {
                rasterizer.draw_line(to(last), to(start));
                last = start;
            }
        }
    }
    rasterizer.draw_line(to(last), to(start));
    let mut coverage = vec![0; width * height];
    rasterizer.for_each_pixel(|at, share| coverage[at] = (share.min(1.0) * 255.0 + 0.5) as u8);
    Letter { stamp: Stamp::new(&coverage, width), area }
}

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.glyph as u64 ^ self.linear[0].rotate_left(20) ^ self.linear[3] ^ u64::from(self.step));
    }
}

/// The key of a glyph is a good hash already; the sizes of a page are few.
#[derive(Default)]
struct Known(u64);

impl Hasher for Known {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
