//! What lies under and over the letters of a page: a coarse picture of its shapes and images, in cells of a point or two.
//!
//! It answers two questions about a place: which colour the ground had when a letter was written there, and whether
//! anything opaque was painted over it since. Deliberately rough: a cell is what its middle is, thin lines do not
//! count, and what shines through makes the colour unknown and covers nothing. The surprising thing: its work has an
//! end. Where a page paints more than any page that people read, the rest of it neither covers nor colours.

use std::rc::Rc;

use hayro::hayro_interpret::{FillRule, StrokeProps};
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape, Stroke, StrokeOpts, flatten, stroke};

/// Cells along the longer side of a page.
const CELLS: f64 = 600.0;
/// Strokes thinner than so many cells are drawings, not covers.
const THIN: f64 = 1.2;
/// Cells and edges that are looked at for one page.
const WORK: u64 = 60_000_000;
/// A path with more pieces is a map, not a cover.
const MAX_PIECES: usize = 5_000;
/// Clips deeper than this are taken for their frames.
const MAX_MASKS: usize = 24;

/// Red, green and blue.
pub type Colour = [u8; 3];

/// What lies over a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cover {
    #[default]
    Nothing,
    Shape,
    /// A picture that leaves most of the page free.
    Picture,
    /// A picture as large as the page: a scan.
    Scan,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// `None`: nobody can tell.
    colour: Option<Colour>,
    /// The last opaque painting, by its number in the order of painting.
    order: u32,
    cover: Cover,
    /// Some picture lies here, above or below.
    picture: bool,
}

#[derive(Debug, Clone)]
struct Clip {
    /// Columns and rows, the ends excluded.
    x: (usize, usize),
    y: (usize, usize),
    mask: Option<Rc<Vec<bool>>>,
}

#[derive(Debug, Clone, Copy)]
pub struct Brush {
    /// `None`: a pattern.
    pub colour: Option<Colour>,
    pub opaque: bool,
    pub cover: Cover,
}

#[derive(Debug)]
pub struct Ground {
    step: f64,
    width: usize,
    height: usize,
    cells: Vec<Cell>,
    clips: Vec<Clip>,
    order: u32,
    work: u64,
}

impl Ground {
    /// White paper of so many points.
    pub fn new((width, height): (f64, f64)) -> Ground {
        let step = (width.max(height) / CELLS).max(0.25);
        let count = |length: f64| ((length / step).ceil() as usize).clamp(1, CELLS as usize + 1);
        let (width, height) = (count(width), count(height));
        let paper = Cell { colour: Some([255; 3]), order: 0, cover: Cover::Nothing, picture: false };
        let whole = Clip { x: (0, width), y: (0, height), mask: None };
        Ground { step, width, height, cells: vec![paper; width * height], clips: vec![whole], order: 0, work: WORK }
    }

    /// Number of what was painted last.
    pub fn order(&self) -> u32 {
        self.order
    }

    /// Whether the place can be painted on at all.
    pub fn is_open(&self, place: Point) -> bool {
        let (Some(cell), Some(clip)) = (self.cell(place), self.clips.last()) else { return false };
        let (x, y) = (cell % self.width, cell / self.width);
        (clip.x.0..clip.x.1).contains(&x)
            && (clip.y.0..clip.y.1).contains(&y)
            && clip.mask.as_ref().is_none_or(|mask| mask[cell])
    }

    /// The colour at a place, where it is known.
    pub fn colour(&self, place: Point) -> Option<Colour> {
        self.cell(place).and_then(|cell| self.cells[cell].colour)
    }

    /// What has been painted over a place since painting number `order`.
    pub fn cover(&self, place: Point, order: u32) -> Cover {
        let cell = self.cell(place).map(|cell| self.cells[cell]).filter(|cell| cell.order > order);
        cell.map_or(Cover::Nothing, |cell| cell.cover)
    }

    pub fn has_picture(&self, place: Point) -> bool {
        self.cell(place).is_some_and(|cell| self.cells[cell].picture)
    }

    pub fn push_clip(&mut self, path: &BezPath, rule: FillRule) {
        let Some(above) = self.clips.last().cloned() else { return };
        let frame = self.frame(path.bounding_box(), &above);
        let masks = self.clips.iter().filter(|clip| clip.mask.is_some()).count();
        let mask = if is_rectangle(path) || masks >= MAX_MASKS {
            above.mask.clone()
        } else {
            let mut mask = vec![false; self.width * self.height];
            let inside = |cell: usize| above.mask.as_ref().is_none_or(|above| above[cell]);
            self.scan(path, rule, &frame, |cell| mask[cell] = inside(cell))
                .then(|| Rc::new(mask))
                .or(above.mask.clone())
        };
        self.clips.push(Clip { mask, ..frame });
    }

    pub fn pop_clip(&mut self) {
        if self.clips.len() > 1 {
            self.clips.pop();
        }
    }

    /// Fills a path, given in points of the page.
    pub fn fill(&mut self, path: &BezPath, rule: FillRule, brush: Brush) {
        let Some(clip) = self.clips.last().cloned() else { return };
        let frame = self.frame(path.bounding_box(), &clip);
        self.order += 1;
        let (order, mask) = (self.order, clip.mask);
        let mut cells = std::mem::take(&mut self.cells);
        self.scan(path, rule, &frame, |cell| {
            if mask.as_ref().is_none_or(|mask| mask[cell]) {
                paint(&mut cells[cell], order, brush);
            }
        });
        self.cells = cells;
    }

    /// Strokes a path, given in its own units.
    pub fn stroke(&mut self, path: &BezPath, transform: Affine, props: &StrokeProps, brush: Brush) {
        let width = f64::from(props.line_width);
        let thick = width * transform.determinant().abs().sqrt() >= THIN * self.step;
        if !thick || !props.dash_array.is_empty() || path.elements().len() > MAX_PIECES / 10 {
            return;
        }
        let mut style = Stroke::new(width).with_caps(props.line_cap).with_join(props.line_join);
        style.miter_limit = f64::from(props.miter_limit).clamp(1.0, 100.0);
        let outline = stroke(path.iter(), &style, &StrokeOpts::default(), width / 10.0);
        self.fill(&(transform * outline), FillRule::NonZero, brush);
    }

    /// Paints a picture of so many columns and rows, which `transform` puts on the page. `brush` says what to paint
    /// where, or nothing.
    pub fn picture(&mut self, size: (u32, u32), transform: Affine, brush: impl Fn(f64, f64) -> Option<Brush>) {
        let Some(clip) = self.clips.last().cloned() else { return };
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        let area = Rect::new(0.0, 0.0, width, height);
        let placed = transform * area.to_path(0.1);
        let frame = self.frame(placed.bounding_box(), &clip);
        if transform.determinant().abs() < 1e-12 {
            return;
        }
        let back = transform.inverse();
        self.order += 1;
        for y in frame.y.0..frame.y.1 {
            for x in frame.x.0..frame.x.1 {
                let cell = y * self.width + x;
                let place = back * self.middle(x, y);
                self.work = self.work.saturating_sub(1);
                if self.work == 0 || !area.contains(place) || clip.mask.as_ref().is_some_and(|mask| !mask[cell]) {
                    continue;
                }
                self.cells[cell].picture = true;
                if let Some(brush) = brush(place.x / width, place.y / height) {
                    paint(&mut self.cells[cell], self.order, brush);
                }
            }
        }
    }

    fn cell(&self, place: Point) -> Option<usize> {
        let (x, y) = (place.x / self.step, place.y / self.step);
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f64 && y < self.height as f64;
        inside.then(|| y as usize * self.width + x as usize)
    }

    fn middle(&self, x: usize, y: usize) -> Point {
        Point::new((x as f64 + 0.5) * self.step, (y as f64 + 0.5) * self.step)
    }

    /// The cells whose middle a box may hold.
    fn frame(&self, area: Rect, clip: &Clip) -> Clip {
        let range = |from: f64, to: f64, limits: (usize, usize)| {
            let from = ((from / self.step - 0.5).ceil().max(0.0) as usize).clamp(limits.0, limits.1);
            let to = ((to / self.step - 0.5).floor().max(-1.0) + 1.0) as usize;
            (from, to.clamp(from, limits.1))
        };
        Clip { x: range(area.x0, area.x1, clip.x), y: range(area.y0, area.y1, clip.y), mask: None }
    }

    /// Visits each cell of the frame whose middle lies inside the path; `false` where that is too much work.
    fn scan(&mut self, path: &BezPath, rule: FillRule, frame: &Clip, mut visit: impl FnMut(usize)) -> bool {
        let rows = frame.y.1 - frame.y.0;
        if rows == 0 || frame.x.0 >= frame.x.1 {
            return true;
        }
        if path.elements().len() > MAX_PIECES || self.work == 0 {
            return false;
        }
        let mut crossings: Vec<Vec<(f64, i32)>> = vec![Vec::new(); rows];
        let (mut start, mut from, mut work) = (Point::ZERO, Point::ZERO, self.work);
        let (step, top) = (self.step, frame.y.0);
        let mut edge = |from: Point, to: Point| {
            let (low, high, way) = if from.y < to.y { (from, to, 1) } else { (to, from, -1) };
            let first = ((low.y / step - 0.5).ceil().max(top as f64)) as usize;
            for row in first..top + rows {
                let y = (row as f64 + 0.5) * step;
                if y >= high.y || work == 0 {
                    break;
                }
                work -= 1;
                let x = low.x + (high.x - low.x) * (y - low.y) / (high.y - low.y);
                crossings[row - top].push((x, way));
            }
        };
        flatten(path.iter(), step / 4.0, |piece| match piece {
            PathEl::MoveTo(to) => {
                edge(from, start);
                (start, from) = (to, to);
            }
            PathEl::LineTo(to) => {
                edge(from, to);
                from = to;
            }
            PathEl::ClosePath => {
                edge(from, start);
                from = start;
            }
            // Flattened away.
            PathEl::QuadTo(..) | PathEl::CurveTo(..) => {}
        });
        edge(from, start);
        self.work = work;
        for (row, crossed) in crossings.iter_mut().enumerate() {
            crossed.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut winding = 0;
            for pair in crossed.windows(2) {
                winding += pair[0].1;
                let inside = match rule {
                    FillRule::NonZero => winding != 0,
                    FillRule::EvenOdd => winding % 2 != 0,
                };
                if inside {
                    let first = ((pair[0].0 / step - 0.5).ceil().max(0.0) as usize).max(frame.x.0);
                    let last = ((pair[1].0 / step - 0.5).ceil().max(0.0) as usize).min(frame.x.1);
                    self.work = self.work.saturating_sub(last.saturating_sub(first) as u64);
                    (first..last).for_each(|x| visit((top + row) * self.width + x));
                }
            }
        }
        self.work > 0
    }
}

fn paint(cell: &mut Cell, order: u32, brush: Brush) {
    if brush.opaque {
        *cell = Cell { colour: brush.colour, order, cover: brush.cover, picture: cell.picture };
    } else {
        cell.colour = None;
    }
}

fn is_rectangle(path: &BezPath) -> bool {
    let area = path.bounding_box().area();
    path.elements().len() <= 6 && (path.area().abs() - area).abs() <= area * 1e-6
}
