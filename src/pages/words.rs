//! The letters of a page as it writes them, for search and for speech.
//!
//! Deliberately without lines (`lines`) and without judging what is seen (`hidden`). The surprising thing: text that is
//! not painted is collected too, because scanning programs put the recognised words of a scan invisibly under or over
//! its picture; text painted twice to look bold counts once.

use std::collections::HashMap;

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::pattern::Pattern;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, FillRule, Image, ImageDrawProps, Paint as Ink, SoftMask,
};
use hayro::hayro_syntax::object::Dict;
use hayro::kurbo::{BezPath, Point, Rect, Shape, Vec2};
use unicode_normalization::char::decompose_compatible;

use super::ground::{Brush, Colour, Cover, Ground};
use super::hidden::{self, Hidden, Look};
use super::{Turned, lines};

/// A gap of so many letter heights parts two words.
const WORD_GAP: f64 = 0.2;
/// No page that people read has more letters.
const MAX_GLYPHS: usize = 200_000;
/// Smaller letters (points) are not meant to be read.
const LEAST: f64 = 0.5;
/// And so are letters lower than this part of the page's longer side.
const LEAST_SHARE: f64 = 1.0 / 1500.0;
/// Colours that differ less in each channel look the same.
const SAME_COLOUR: u8 = 8;
/// A picture with more pixels is not decoded to see where it shines through.
const MAX_PICTURE: u64 = 25_000_000;
/// With fewer letters, or a smaller share of them (percent) in one direction, a page stays as it lies.
const LEAST_LETTERS: usize = 20;
const AGREE: usize = 85;
/// A picture over such a share of the page is a scan of it.
const SCAN: f64 = 0.5;

/// Collects what a page writes. Positions are points of the upright page, from its upper left corner.
#[derive(Debug)]
pub struct Words {
    size: (f64, f64),
    letters: Vec<Letter>,
    places: HashMap<(i32, i32, char), usize>,
    ground: Ground,
    groups: Vec<Group>,
    word: u32,
    /// Where the last letter ended.
    end: Point,
    /// Glyphs for which nobody can tell the letter.
    unknown: usize,
    /// Letters that are not in their font.
    missing: u32,
}

/// How a letter is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// To be seen, unless something is painted over it later than this.
    Order(u32),
    /// Not painted, as recognised words are.
    Recognised,
    /// Painted so that nobody sees it.
    Unseen,
}

#[derive(Debug, Clone)]
pub struct Letter {
    /// Quarter turns from upright, clockwise.
    pub turn: u8,
    /// Along the baseline and across it, after undoing the turn.
    pub x: f64,
    pub y: f64,
    pub end: f64,
    pub height: f64,
    pub text: String,
    /// Letters of one word have the same number and follow each other.
    pub word: u32,
    pub paint: Paint,
    /// Number of what was painted before it.
    pub order: u32,
    /// On the page: the beginning of the baseline, the way to its end, and to the top.
    pub origin: Point,
    pub along: Vec2,
    pub up: Vec2,
}

/// What is drawn together.
#[derive(Debug, Clone, Copy)]
struct Group {
    opaque: bool,
    seen: bool,
}

/// What a page says.
#[derive(Debug, Default)]
pub struct Said {
    /// `None` for a page without letters, or on which most cannot be told.
    pub text: Option<String>,
    pub hidden: Hidden,
    /// Letters that are not in their font.
    pub missing: u32,
    /// How the page must be turned so that its lines can be read, where its letters agree.
    pub turned: Option<Turned>,
}

impl Words {
    /// For an upright page of so many points.
    pub fn new(size: (f64, f64)) -> Words {
        Words {
            size,
            letters: Vec::new(),
            places: HashMap::new(),
            ground: Ground::new(size),
            groups: Vec::new(),
            word: 0,
            end: Point::ZERO,
            unknown: 0,
            missing: 0,
        }
    }

    /// The text that is seen. Without `look` its place in the picture is not asked.
    pub fn finish(mut self, look: Option<&Look<'_>>, max_bytes: usize) -> Said {
        let hidden = hidden::remove(&mut self.letters, &self.ground, look);
        let known = self.letters.iter().filter(|letter| letter.text.chars().any(char::is_alphanumeric)).count();
        let readable = known > 0 && self.unknown <= known;
        let turned = self.turned();
        let upright = (4 - turned.map_or(0, |turned| turned.quarters)) % 4;
        let text = readable.then(|| lines::text(self.letters, upright, max_bytes));
        Said { text, hidden, missing: self.missing, turned }
    }

    fn turned(&self) -> Option<Turned> {
        let all = self.letters.len();
        let of = |turn: u8| self.letters.iter().filter(|letter| letter.turn == turn).count();
        let (turn, most) = (0..4).map(|turn| (turn, of(turn))).max_by_key(|(_, count)| *count)?;
        let agreed = all >= LEAST_LETTERS && most * 100 >= all * AGREE;
        agreed.then(|| Turned { quarters: (4 - turn) % 4, sure: (most * 100 / all) as u8 })
    }

    fn add(&mut self, origin: Point, along: Vec2, up: Vec2, text: String, paint: Paint) {
        let Some(first) = text.chars().next().filter(|_| self.letters.len() < MAX_GLYPHS) else { return };
        let turn = match (up.x.abs() > up.y.abs(), up.x > 0.0, up.y > 0.0) {
            (false, _, false) => 0,
            (true, true, _) => 1,
            (false, _, true) => 2,
            (true, false, _) => 3,
        };
        let upright = |point: Point| match turn {
            0 => (point.x, point.y),
            1 => (point.y, -point.x),
            2 => (-point.x, -point.y),
            _ => (-point.y, point.x),
        };
        let height = up.hypot().max(0.1);
        if (origin - self.end).hypot() > WORD_GAP * height || text.chars().all(char::is_whitespace) {
            self.word += 1;
        }
        self.end = origin + along;
        let ((x, y), (end, _)) = (upright(origin), upright(origin + along));
        let (word, order) = (self.word, self.ground.order());
        let letter = Letter { turn, x, y, end: end.max(x), height, text, word, paint, order, origin, along, up };
        let place = ((origin.x * 4.0).round() as i32, (origin.y * 4.0).round() as i32, first);
        match self.places.get(&place) {
            // What is painted later lies above; what is not painted lies nowhere.
            Some(before) if matches!(paint, Paint::Order(_)) => self.letters[*before].paint = paint,
            Some(_) => {}
            None => {
                self.places.insert(place, self.letters.len());
                self.letters.push(letter);
            }
        }
    }

    /// How a letter in such a place is painted.
    fn paint(&self, origin: Point, along: Vec2, up: Vec2, mode: &DrawMode, props: &DrawProps<'_>) -> Paint {
        let (width, height) = self.size;
        let inside = (-1.0..=width + 1.0).contains(&origin.x) && (-1.0..=height + 1.0).contains(&origin.y);
        let least = LEAST.min(width.max(height) * LEAST_SHARE);
        let body = |index: u32| {
            let share = |index: u32| 0.15 + 0.35 * f64::from(index);
            origin + along * share(index % 3) + up * 0.5 * share(index / 3)
        };
        let open = || (0..9).map(body).any(|place| self.ground.is_open(place));
        if !inside || up.hypot() < least || !open() || self.groups.iter().any(|group| !group.seen) {
            return Paint::Unseen;
        }
        if matches!(mode, DrawMode::Invisible) {
            return Paint::Recognised;
        }
        if let Ink::Color(colour) = &props.paint {
            let [red, green, blue, alpha] = colour.to_rgba().to_rgba8();
            let same =
                |ground: Colour| ground.iter().zip([red, green, blue]).all(|(a, b)| a.abs_diff(b) <= SAME_COLOUR);
            let plain = props.blend_mode == BlendMode::Normal;
            if alpha < SAME_COLOUR || (plain && (0..9).map(body).all(|at| self.ground.colour(at).is_some_and(same))) {
                return Paint::Unseen;
            }
        }
        Paint::Order(self.ground.order())
    }

    /// What a paint does to the ground.
    fn brush(&self, props: &DrawProps<'_>) -> Brush {
        let plain = props.soft_mask.is_none()
            && props.blend_mode == BlendMode::Normal
            && self.groups.iter().all(|group| group.opaque);
        let (colour, full) = match &props.paint {
            Ink::Color(colour) => {
                let [red, green, blue, alpha] = colour.to_rgba().to_rgba8();
                (Some([red, green, blue]), alpha > 250)
            }
            Ink::Pattern(pattern) => (None, matches!(**pattern, Pattern::Shading(_))),
        };
        Brush { colour, opaque: plain && full, cover: Cover::Shape }
    }

    fn draw(&mut self, path: &BezPath, props: &DrawProps<'_>, mode: &DrawMode) {
        let brush = self.brush(props);
        if let DrawMode::Fill(rule) | DrawMode::FillAndStroke(rule, _) = mode {
            self.ground.fill(&(props.transform * path.clone()), *rule, brush);
        }
        if let DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) = mode {
            self.ground.stroke(path, props.transform, stroke, brush);
        }
    }
}

/// The letters of a glyph as people write them; `None`: nobody can tell.
fn letters(found: Option<BfString>) -> Option<String> {
    let text = match found? {
        BfString::Char(letter) => letter.to_string(),
        BfString::String(letters) => letters,
    };
    let mut spelled = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            // Symbol fonts put their bullets and boxes here.
            '\u{f000}'..='\u{f0ff}' => spelled.push('•'),
            '\u{ad}' => spelled.push('-'),
            '\u{a0}' => spelled.push(' '),
            // Nobody searches for the ligature of f and i.
            '\u{fb00}'..='\u{fb06}' => decompose_compatible(letter, |part| spelled.push(part)),
            other => spelled.push(other),
        }
    }
    (!spelled.is_empty() && !spelled.contains('\u{fffd}')).then_some(spelled)
}

impl<'a> Device<'a> for Words {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        for glyph in run.glyphs() {
            let Some(text) = letters(glyph.as_unicode()) else {
                self.unknown += 1;
                continue;
            };
            let (advance, absent) = match &**glyph {
                Glyph::Outline(outline) => (outline.advance_width(), outline.glyph_id().to_u32() == 0),
                Glyph::Type3(picture) => (picture.advance_width(), false),
            };
            let advance = f64::from(advance.unwrap_or(500.0));
            let place = props.transform * glyph.transform();
            let origin = place * Point::ZERO;
            let along = place * Point::new(advance, 0.0) - origin;
            let up = place * Point::new(0.0, 1000.0) - origin;
            let paint = self.paint(origin, along, up, mode, &props);
            let lost = absent && matches!(paint, Paint::Order(_)) && text.chars().any(char::is_alphanumeric);
            self.missing += u32::from(lost);
            self.add(origin, along, up, text, paint);
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.draw(path, &props, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.ground.push_clip(&clip.path, clip.fill);
    }

    fn push_clip_rect(&mut self, area: &Rect) {
        self.ground.push_clip(&area.to_path(0.1), FillRule::NonZero);
    }

    fn pop_clip(&mut self) {
        self.ground.pop_clip();
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        let opaque = opacity > 0.98 && mask.is_none() && blend == BlendMode::Normal;
        self.groups.push(Group { opaque, seen: opacity > 0.03 });
    }

    fn pop_transparency_group(&mut self) {
        self.groups.pop();
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let size = (image.width(), image.height());
        let (width, height) = self.size;
        let area = props.transform.determinant().abs() * f64::from(size.0) * f64::from(size.1);
        let cover = if area >= SCAN * width * height { Cover::Scan } else { Cover::Picture };
        let opaque = props.soft_mask.is_none()
            && props.blend_mode == BlendMode::Normal
            && self.groups.iter().all(|group| group.opaque);
        let brush = Brush { colour: None, opaque, cover };
        let beneath = Brush { opaque: false, ..brush };
        // Where it shines through is only asked where something lies under it.
        let asked = !self.letters.is_empty() && u64::from(size.0) * u64::from(size.1) <= MAX_PICTURE;
        let mut shape = None;
        match &image {
            Image::Raster(picture) if is_masked(picture.stream().dict()) => {
                if asked {
                    picture.with_rgba(
                        |_, alpha| shape = alpha.map(|alpha| (alpha.data, alpha.width, alpha.height)),
                        Some(size),
                    );
                }
                let shape = shape.unwrap_or_default();
                self.ground
                    .picture(size, props.transform, |x, y| Some(if solid(&shape, x, y) { brush } else { beneath }));
            }
            Image::Raster(_) => self.ground.picture(size, props.transform, |_, _| Some(brush)),
            Image::Stencil(picture) => {
                if asked {
                    picture.with_stencil(|mask, _| shape = Some((mask.data, mask.width, mask.height)), Some(size));
                }
                let shape = shape.unwrap_or_default();
                self.ground
                    .picture(size, props.transform, |x, y| Some(if solid(&shape, x, y) { brush } else { beneath }));
            }
        }
    }
}

fn is_masked(picture: &Dict<'_>) -> bool {
    picture.contains_key(b"SMask") || picture.contains_key(b"Mask") || picture.contains_key(b"SMaskInData")
}

/// Whether a mask (levels, columns, rows) lets nothing through at a place given in shares of its sides.
fn solid((levels, width, height): &(Vec<u8>, u32, u32), x: f64, y: f64) -> bool {
    let at = |share: f64, count: u32| ((share * f64::from(count)) as usize).min(count.saturating_sub(1) as usize);
    levels.get(at(y, *height) * *width as usize + at(x, *width)).is_some_and(|level| *level > 250)
}
