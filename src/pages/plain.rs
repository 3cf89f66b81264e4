//! A page of letters, lines and upright pictures, as nearly every office writes it, drawn without the engine's device.
//!
//! The engine lays each letter onto the sheet as a picture of its own, which takes longer than all else on the page. Here
//! lines, areas and pictures are drawn by its rasteriser, and the letters are stamped over what has come of that.
//! Deliberately without patterns, masks, transparency, drawn letters (Type 3) and turned pictures: a page that has any
//! is left to the engine as a whole.
//!
//! The surprising thing: letters come last although they were written first. Before anything is drawn over a letter, the
//! letter is handed to the rasteriser too, so that it still lies below.

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::WritingMode;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, FillRule, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, Paint, SoftMask, StrokeProps, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Cap, Join, Point, Rect, Shape, Stroke};
use hayro::vello_cpu::RenderContext;
use hayro::vello_cpu::color::{AlphaColor, Srgb};
use hayro::vello_cpu::peniko::Fill;

use super::case::{Case, Cast, Letter};
use super::inlay::{self, Inlay};
use super::stamps::Stamps;

/// What pages are drawn with, one after the other.
#[derive(Default)]
pub struct Press<'a> {
    pub fonts: InterpreterCache<'a>,
    pub case: Case,
}

/// Draws all of a page that `place` brings onto the sheet: its letters are left to be stamped. `None` where the page has
/// what only the engine can draw; the sheet is spoilt then.
pub fn draw<'a>(
    page: &'a Page<'a>,
    press: &Press<'a>,
    settings: InterpreterSettings,
    place: Affine,
    sheet: &mut RenderContext,
) -> Option<Stamps> {
    let resources = page.resources();
    if resources.patterns.keys().next().is_some() || resources.shadings.keys().next().is_some() {
        return None;
    }
    let size = (sheet.width(), sheet.height());
    let area = Rect::new(0.0, 0.0, size.0.into(), size.1.into());
    let mut context = Context::new(place, area, &press.fonts, page.xref(), settings);
    let mut plain =
        Plain { sheet, case: &press.case, area, stamps: Stamps::new(size), clips: Vec::new(), beyond: false };
    let cropped = page.intersected_crop_box();
    let cropped = place.transform_rect_bbox(Rect::new(cropped.x0, cropped.y0, cropped.x1, cropped.y1));
    if !cropped.inflate(1.0 / 256.0, 1.0 / 256.0).contains_rect(area) {
        plain.push_clip_rect(&cropped);
    }
    interpret_page(page, &mut context, &mut plain);
    while plain.clips.pop().is_some() {
        plain.sheet.pop_clip();
    }
    (!plain.beyond).then_some(plain.stamps)
}

struct Plain<'p> {
    sheet: &'p mut RenderContext,
    case: &'p Case,
    area: Rect,
    stamps: Stamps,
    clips: Vec<Clip>,
    /// The page has what is not drawn here.
    beyond: bool,
}

struct Clip {
    path: BezPath,
    rule: Fill,
    /// What all clips up to this one leave, where that is a rectangle.
    free: Option<Rect>,
    /// At least that wide.
    within: Rect,
}

impl Plain<'_> {
    /// The colour of something opaque or not that has nothing special; otherwise the page is beyond.
    fn colour(&mut self, props: &DrawProps<'_>) -> Option<[u8; 4]> {
        let plain = props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal;
        match &props.paint {
            Paint::Color(colour) if plain && !self.beyond => Some(colour.to_rgba().to_rgba8()),
            _ => {
                self.beyond = true;
                None
            }
        }
    }

    fn set(&mut self, [r, g, b, a]: [u8; 4], transform: Affine) {
        self.sheet.set_paint(AlphaColor::<Srgb>::from_rgba8(r, g, b, a));
        self.sheet.set_transform(transform);
    }

    /// Something is about to be drawn there: letters that are there already go first.
    fn cover(&mut self, area: Rect) {
        let within = self.clips.last().map_or(self.area, |clip| clip.within);
        let covered = self.stamps.take(area.intersect(within));
        if covered.is_empty() {
            return;
        }
        // They were written under other clips, which left them whole.
        self.clips.iter().for_each(|_| self.sheet.pop_clip());
        for (letter, at, [r, g, b]) in covered {
            self.print(&letter, at, [r, g, b, 255]);
        }
        for clip in &self.clips {
            self.sheet.set_transform(Affine::IDENTITY);
            self.sheet.set_fill_rule(clip.rule);
            self.sheet.push_clip_path(&clip.path);
        }
    }

    /// Draws a letter at once, as the engine does.
    fn print(&mut self, letter: &Letter, at: (i32, i32), colour: [u8; 4]) {
        let (width, height) = letter.stamp.size();
        let (left, top) = letter.corner(at);
        let place = Affine::translate((f64::from(left), f64::from(top)));
        Inlay::new(letter.stamp.coloured(colour), (width as u16, height as u16), true, place).lay(self.sheet);
    }

    fn fill(&mut self, path: &BezPath, props: &DrawProps<'_>, rule: FillRule) {
        let Some(colour) = self.colour(props) else { return };
        self.cover(props.transform.transform_rect_bbox(path.control_box()));
        self.sheet.set_fill_rule(self::rule(rule));
        self.set(colour, props.transform);
        self.sheet.fill_path(path);
    }

    fn stroke(&mut self, path: &BezPath, props: &DrawProps<'_>, stroke: &StrokeProps, thinnest: f64) {
        let Some(colour) = self.colour(props) else { return };
        let stroke = self::stroke(stroke, props.transform, thinnest);
        let reach = stroke.width / 2.0 * stroke.miter_limit.max(std::f64::consts::SQRT_2);
        let area = props.transform.transform_rect_bbox(path.control_box().inflate(reach, reach));
        if !area.overlaps(self.area) {
            return;
        }
        self.cover(area);
        self.set(colour, props.transform);
        self.sheet.set_fill_rule(Fill::NonZero);
        self.sheet.set_stroke(stroke);
        self.sheet.stroke_path(path);
    }

    fn fill_letters(&mut self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>, last: bool) {
        let Some(colour) = self.colour(props) else { return };
        let across = run.writing_mode() == WritingMode::Horizontal;
        let free = self.clips.last().map_or(Some(self.area), |clip| clip.free);
        let [r, g, b, a] = colour;
        for glyph in run.glyphs() {
            let Glyph::Outline(outline) = &**glyph else {
                self.beyond = true;
                return;
            };
            match self.case.cast(outline, props.transform * glyph.transform(), across) {
                Cast::Empty => {}
                Cast::At(letter, at) => {
                    let area = letter.seen(at);
                    if !area.overlaps(self.area) {
                        continue;
                    }
                    // One that is cut off by the sheet alone is whole enough.
                    let whole = free.is_some_and(|free| free.contains_rect(area.intersect(self.area)));
                    if last && whole && a == 255 && self.stamps.is_open() {
                        self.stamps.put(letter, at, [r, g, b], area);
                    } else {
                        self.cover(area);
                        self.print(&letter, at, colour);
                    }
                }
                Cast::Large(path) => {
                    self.fill(&path, &DrawProps { transform: Affine::IDENTITY, ..props.clone() }, FillRule::NonZero)
                }
            }
        }
    }

    fn stroke_letters(&mut self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>, stroke: &StrokeProps) {
        for glyph in run.glyphs() {
            match &**glyph {
                Glyph::Outline(outline) => self.stroke(&(glyph.transform() * outline.outline()), props, stroke, 0.25),
                Glyph::Type3(_) => self.beyond = true,
            }
        }
    }

    fn push(&mut self, path: BezPath, rule: Fill, rectangle: Option<Rect>) {
        let (free, within) = self.clips.last().map_or((Some(self.area), self.area), |clip| (clip.free, clip.within));
        let bounds = rectangle.unwrap_or_else(|| path.bounding_box());
        let free = free.zip(rectangle).map(|(free, rectangle)| free.intersect(rectangle));
        self.sheet.set_transform(Affine::IDENTITY);
        self.sheet.set_fill_rule(rule);
        match rectangle {
            Some(rectangle) => self.sheet.push_clip_rect(&rectangle),
            None => self.sheet.push_clip_path(&path),
        }
        self.clips.push(Clip { path, rule, free, within: within.intersect(bounds) });
    }
}

impl<'a> Device<'a> for Plain<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        match mode {
            DrawMode::Fill(rule) => self.fill(path, &props, *rule),
            DrawMode::Stroke(stroke) => self.stroke(path, &props, stroke, 1.0),
            DrawMode::FillAndStroke(rule, stroke) => {
                self.fill(path, &props, *rule);
                self.stroke(path, &props, stroke, 1.0);
            }
            DrawMode::Invisible => {}
        }
    }

    fn draw_rect(&mut self, area: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        let DrawMode::Fill(_) = mode else { return self.draw_path(&area.to_path(0.1), props, mode) };
        let Some(colour) = self.colour(&props) else { return };
        self.cover(props.transform.transform_rect_bbox(*area));
        self.sheet.set_fill_rule(Fill::NonZero);
        self.set(colour, props.transform);
        self.sheet.fill_rect(area);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        match mode {
            DrawMode::Fill(_) => self.fill_letters(run, &props, true),
            DrawMode::Stroke(stroke) => self.stroke_letters(run, &props, stroke),
            DrawMode::FillAndStroke(_, stroke) => {
                self.fill_letters(run, &props, false);
                self.stroke_letters(run, &props, stroke);
            }
            DrawMode::Invisible => {}
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let plain = props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal;
        let area = Rect::new(0.0, 0.0, image.width().into(), image.height().into());
        let area = props.transform.transform_rect_bbox(area);
        if self.beyond || plain && !area.overlaps(self.area) {
            return;
        }
        match inlay::cut(&image, props.transform).filter(|_| plain) {
            Some(inlay) => {
                self.cover(area);
                inlay.lay(self.sheet);
            }
            None => self.beyond = true,
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.push(clip.path.clone(), rule(clip.fill), None);
    }

    fn push_clip_rect(&mut self, area: &Rect) {
        self.push(area.to_path(0.1), Fill::NonZero, Some(*area));
    }

    fn pop_clip(&mut self) {
        if self.clips.pop().is_some() {
            self.sheet.pop_clip();
        }
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.beyond |= opacity < 1.0 || mask.is_some() || blend != BlendMode::Normal;
    }

    fn pop_transparency_group(&mut self) {}
}

fn rule(rule: FillRule) -> Fill {
    match rule {
        FillRule::NonZero => Fill::NonZero,
        FillRule::EvenOdd => Fill::EvenOdd,
    }
}

/// A line is drawn at least so many pixels wide (ISO 32000-1, 8.4.3.2, wants it seen however thin it is), and its ends
/// and corners are not rounded where nobody would see it.
fn stroke(props: &StrokeProps, transform: Affine, thinnest: f64) -> Stroke {
    let length = |x: f64, y: f64| (transform * Point::new(x, y) - transform * Point::ZERO).hypot();
    let scale = length(1.0, 0.0).max(length(0.0, 1.0)).max(1e-9);
    let seen = (f64::from(props.line_width) * scale).max(0.01);
    let cap = if props.line_cap == Cap::Round && seen <= 1.0 { Cap::Square } else { props.line_cap };
    let join = if props.line_join == Join::Round && seen <= 1.0 { Join::Bevel } else { props.line_join };
    Stroke {
        width: seen.max(thinnest) / scale,
        join,
        miter_limit: props.miter_limit.into(),
        start_cap: cap,
        end_cap: cap,
        dash_pattern: props.dash_array.iter().map(|length| f64::from(*length)).collect(),
        dash_offset: props.dash_offset.into(),
    }
}
