//! The pages of an attachment on the canvas: which of them are near, with their pictures, and where each one lies to
//! the pixel.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use slint::{ComponentHandle, Model, ModelRc, VecModel};
use vyveska_ui as ui;

use super::pictures::{Pictures, Wanted};
use super::tie::tie;
use super::tiles::{Sight, Tiles, Visible};
use super::{entry, head, notice};
use crate::hand::Area;
use crate::nav::{Canvas, Fit, Frame, Layout, Piece, Reading, Way};
use crate::view::{Pages, Posting, View};

/// Pages are fetched this many screenfuls before they come into sight.
const AHEAD: f32 = 0.35;

pub struct Document {
    pages: Option<Pages>,
    /// As it was when the leaves were made.
    layout: Layout,
    leaves: Rc<VecModel<ui::Leaf>>,
    /// Pieces of the layout that are in `leaves`.
    near: Range<usize>,
    pictures: Rc<RefCell<Pictures>>,
    tiles: Rc<RefCell<Tiles>>,
}

impl Document {
    pub fn new(pictures: Rc<RefCell<Pictures>>, tiles: Rc<RefCell<Tiles>>) -> Document {
        Document { pages: None, layout: Layout::default(), leaves: Rc::default(), near: 0..0, pictures, tiles }
    }

    /// Fills everything; `top`: it is another one than before.
    pub fn fill(&mut self, app: &ui::App, view: &View, posting: &Posting, reading: &Reading, top: bool) {
        let page = app.global::<ui::DocumentPage>();
        let Some(paper) = posting.papers.get(reading.attachment()) else { return };
        page.set_details(notice::details(posting));
        page.set_state(entry::paper_state(&paper.state));
        page.set_attachment(super::paper::of(reading.attachment(), paper, &self.pictures));
        let title = |at: usize| {
            let title = posting.papers.get(at).and_then(|paper| paper.title.as_deref());
            // The notice's own title stands above already.
            title.filter(|title| *title != posting.notice.title).map(tie).unwrap_or_default()
        };
        page.set_paper(title(reading.attachment()).into());
        page.set_paper_number(reading.attachment() as i32 + 1);
        page.set_papers(posting.papers.len() as i32);
        page.set_next(title(reading.attachment() + 1).into());
        if top {
            page.set_more(false);
        }
        if top || self.pages.as_ref() != paper.pages() {
            self.pages = paper.pages().cloned();
            self.near = 0..0;
        }
        self.dress(app, view, posting);
        self.place(app, reading);
    }

    pub fn dress(&self, app: &ui::App, view: &View, posting: &Posting) {
        let head = head::of_desk(view.desk_of(posting), view);
        app.global::<ui::Theme>().set_colour(head.colour);
        app.global::<ui::DocumentPage>().set_head(head);
    }

    /// What the page found out about the canvas when it was laid out.
    pub fn frame(app: &ui::App) -> Frame {
        let page = app.global::<ui::DocumentPage>();
        Frame {
            width: page.get_view_width(),
            height: page.get_view_height(),
            page: page.get_page_width(),
            fold: page.get_fold_height(),
            tail: page.get_tail_height(),
        }
    }

    /// Where hands move the pages, if there are any.
    pub fn area(&self, app: &ui::App) -> Option<Area> {
        let page = app.global::<ui::DocumentPage>();
        let area = Area {
            x: page.get_view_x(),
            y: page.get_view_y(),
            width: page.get_view_width(),
            height: page.get_view_height(),
        };
        self.pages.is_some().then_some(area)
    }

    /// Puts every page where the canvas has it.
    pub fn place(&mut self, app: &ui::App, reading: &Reading) {
        let page = app.global::<ui::DocumentPage>();
        let canvas = reading.canvas();
        page.set_pages(reading.pages() as i32);
        page.set_page(reading.page() as i32);
        page.set_can_grow(canvas.can_grow());
        page.set_can_shrink(canvas.can_shrink());
        page.set_can_up(canvas.can_go(Way::Up));
        page.set_can_down(canvas.can_go(Way::Down));
        page.set_can_left(canvas.can_go(Way::Left));
        page.set_can_right(canvas.can_go(Way::Right));
        page.set_whole(canvas.fits(Fit::Page));
        if self.pages.is_none() || canvas.frame().page <= 0.0 {
            return;
        }
        let grid = Grid(app.window().scale_factor());
        self.load(canvas);
        self.hurry(canvas);
        for (row, piece) in self.near.clone().enumerate() {
            if let Some(leaf) = self.leaves.row_data(row) {
                let placed = grid.place(leaf.clone(), canvas, piece);
                if placed != leaf {
                    self.leaves.set_row_data(row, placed);
                }
            }
        }
        let last = canvas.layout().pieces().len().saturating_sub(1);
        page.set_end(grid.round(canvas.extent(last).1));
        if self.leaves.row_count() > 0 && page.get_leaves().row_count() == 0 {
            page.set_leaves(ModelRc::from(self.leaves.clone()));
        }
    }

    /// Adds and removes at the ends only, so that pages in sight stay untouched.
    fn load(&mut self, canvas: &Canvas) {
        let height = canvas.frame().height;
        let pieces = canvas.layout().pieces();
        let near = within(canvas, -AHEAD * height, (1.0 + AHEAD) * height);
        if let (Some(pages), Some(first), Some(last)) =
            (&self.pages, pieces.get(near.start), pieces[near.clone()].last())
        {
            let near = first.first..=last.last;
            self.pictures.borrow_mut().near(|wanted| {
                matches!(*wanted, Wanted::Page(digest, _, number) if digest == pages.digest && near.contains(&number))
            });
        }
        let others = near.end <= self.near.start || near.start >= self.near.end;
        if others || self.layout != *canvas.layout() {
            self.leaves.set_vec(Vec::new());
            self.near = near.start..near.start;
            self.layout = canvas.layout().clone();
        }
        while self.near.start < near.start {
            self.leaves.remove(0);
            self.near.start += 1;
        }
        while self.near.end > near.end {
            self.leaves.remove(self.leaves.row_count() - 1);
            self.near.end -= 1;
        }
        while self.near.end < near.end {
            self.leaves.push(self.leaf(self.near.end, &pieces[self.near.end]));
            self.near.end += 1;
        }
        while self.near.start > near.start {
            self.near.start -= 1;
            self.leaves.insert(0, self.leaf(self.near.start, &pieces[self.near.start]));
        }
    }

    /// Blank pages in sight come before those that are only near, the upper ones first.
    fn hurry(&self, canvas: &Canvas) {
        for at in within(canvas, 0.0, canvas.frame().height).rev() {
            let row = at.checked_sub(self.near.start).and_then(|row| self.leaves.row_data(row));
            if row.is_some_and(|leaf| !leaf.ready) {
                self.leaf(at, &canvas.layout().pieces()[at]);
            }
        }
    }

    /// What of which pages is in sight, in pixels of the panel.
    pub fn sight(&self, app: &ui::App, canvas: &Canvas) -> Option<Sight> {
        let pages = self.pages.as_ref()?;
        let pixels = app.window().scale_factor();
        let (across, down) = (canvas.frame().width * pixels, canvas.frame().height * pixels);
        let unit = canvas.unit() * pixels;
        if unit <= 0.0 {
            return None;
        }
        let left = (canvas.left() * pixels).round();
        let visible = |at: usize| {
            let piece = canvas.layout().pieces()[at];
            let size = pages.sizes.get(piece.first as usize - 1).filter(|size| !piece.folded && size.width > 0)?;
            let (top, bottom) = canvas.extent(at);
            let (top, height) = ((top * pixels).round(), (bottom - top) * pixels);
            let sight = [(-left).max(0.0), (-top).max(0.0), (across - left).min(unit), (down - top).min(height)];
            let (stored, turned) = (size.width, size.turned);
            Some(Visible { page: piece.first, stored, turned, width: unit, height, sight })
        };
        let seen = within(canvas, 0.0, canvas.frame().height);
        let quarter = canvas.layout().quarter();
        Some(Sight { digest: pages.digest, quarter, pages: seen.filter_map(visible).collect() })
    }

    /// Pages that were blank paper get the pictures that are there now.
    pub fn refresh(&mut self) {
        for (row, at) in self.near.clone().enumerate() {
            if let Some(leaf) = self.leaves.row_data(row).filter(|leaf| !leaf.ready) {
                let ui::Leaf { x, y, width, height, .. } = leaf;
                let made = self.leaf(at, &self.layout.pieces()[at]);
                self.leaves.set_row_data(row, ui::Leaf { x, y, width, height, ..made });
            }
        }
    }

    fn leaf(&self, at: usize, piece: &Piece) -> ui::Leaf {
        let pages = self.pages.as_ref().filter(|_| !piece.folded);
        let size = pages.and_then(|pages| Some((pages.digest, pages.sizes.get(piece.first as usize - 1)?)));
        let wanted = size.filter(|(_, size)| size.width > 0);
        let wanted = wanted.map(|(digest, size)| Wanted::Page(digest, size.width, piece.first));
        let turned = |wanted| self.pictures.borrow_mut().turned(wanted, self.layout.quarter());
        let picture = wanted.and_then(turned);
        ui::Leaf {
            number: piece.first as i32,
            last: piece.last as i32,
            folded: piece.folded,
            piece: at as i32,
            ready: picture.is_some(),
            picture: picture.unwrap_or_default(),
            tiles: self.tiles.borrow_mut().of(piece.first),
            ..ui::Leaf::default()
        }
    }
}

/// The pieces of the layout that reach into a part of the canvas, by its upper and lower edge.
fn within(canvas: &Canvas, top: f32, bottom: f32) -> Range<usize> {
    let pieces = canvas.layout().pieces().len();
    let first = (0..pieces).position(|at| canvas.extent(at).1 >= top).unwrap_or(pieces);
    first..(first..pieces).find(|at| canvas.extent(*at).0 > bottom).unwrap_or(pieces)
}

/// The pixels of the panel: what lies between them would be drawn another size from place to place.
struct Grid(f32);

impl Grid {
    fn round(&self, length: f32) -> f32 {
        (length * self.0).round() / self.0
    }

    fn place(&self, leaf: ui::Leaf, canvas: &Canvas, piece: usize) -> ui::Leaf {
        let (top, bottom) = canvas.extent(piece);
        // A strip is as wide as the canvas, whatever the size of the pages.
        let (left, width) = if leaf.folded { (0.0, canvas.frame().width) } else { (canvas.left(), canvas.unit()) };
        let (x, y) = (self.round(left), self.round(top));
        ui::Leaf { x, y, width: self.round(width), height: self.round(bottom - top), ..leaf }
    }
}

/// A screenful up or down within a content, less what stays in sight; positions are negative, as Slint counts them.
pub fn scrolled(y: f32, height: f32, content: f32, way: Way) -> f32 {
    let step = height * (1.0 - crate::nav::OVERLAP);
    let moved = match way {
        Way::Up => y + step,
        Way::Down => y - step,
        Way::Left | Way::Right => y,
    };
    moved.clamp(-(content - height).max(0.0), 0.0)
}
