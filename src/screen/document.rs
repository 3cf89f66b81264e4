//! The pages of an attachment: where each one lies, and which of them have pictures now.
//!
//! Lengths are multiples of the width of a page at normal size; only the page knows how many millimetres that is.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use slint::{ComponentHandle, Model, ModelRc, VecModel};
use vyveska_ui as ui;

use super::pictures::{Pictures, Wanted};
use super::tie::tie;
use super::tiles::{Sight, Tiles, Visible};
use super::{entry, head, notice};
use crate::nav::{Reading, Way};
use crate::view::{Pages, Posting, View};

/// Between two pages.
const GAP: f32 = 0.012;
/// Of a page that is not drawn yet: A4.
const A4: f32 = 297.0 / 210.0;
/// Of a screenful, what stays in sight when scrolled by one.
const OVERLAP: f32 = 0.12;
/// Pages are fetched this many screenfuls before they come into sight.
const AHEAD: f32 = 0.35;

pub struct Document {
    pages: Option<Pages>,
    /// Upper edge and height of each page.
    places: Vec<(f32, f32)>,
    leaves: Rc<VecModel<ui::Leaf>>,
    /// Pages that are in `leaves`, from 0.
    loaded: Range<usize>,
    pictures: Rc<RefCell<Pictures>>,
    tiles: Rc<RefCell<Tiles>>,
}

impl Document {
    pub fn new(pictures: Rc<RefCell<Pictures>>, tiles: Rc<RefCell<Tiles>>) -> Document {
        Document { pages: None, places: Vec::new(), leaves: Rc::default(), loaded: 0..0, pictures, tiles }
    }

    /// Fills everything; `top`: begin at the top of the first page.
    pub fn fill(&mut self, app: &ui::App, view: &View, posting: &Posting, reading: &Reading, top: bool) {
        let page = app.global::<ui::DocumentPage>();
        let Some(paper) = posting.papers.get(reading.attachment()) else { return };
        page.set_details(notice::details(posting));
        page.set_state(entry::paper_state(&paper.state));
        let title = |at: usize| {
            let title = posting.papers.get(at).and_then(|paper| paper.title.as_deref());
            // The notice's own title stands above already.
            title.filter(|title| *title != posting.notice.title).map(tie).unwrap_or_default()
        };
        page.set_paper(title(reading.attachment()).into());
        page.set_paper_number(reading.attachment() as i32 + 1);
        page.set_papers(posting.papers.len() as i32);
        page.set_next(title(reading.attachment() + 1).into());

        if top || self.pages.as_ref() != paper.pages() {
            self.pages = paper.pages().cloned();
            self.places = self.pages.as_ref().map(places).unwrap_or_default();
            self.loaded = 0..0;
            self.leaves = Rc::default();
            page.set_leaves(ModelRc::from(self.leaves.clone()));
            page.set_length(self.places.last().map_or(0.0, |(top, height)| top + height));
        }
        if top {
            page.set_x(0.0);
            page.set_y(0.0);
        }
        self.dress(app, view, posting, reading);
        self.follow(app);
    }

    pub fn dress(&self, app: &ui::App, view: &View, posting: &Posting, reading: &Reading) {
        let page = app.global::<ui::DocumentPage>();
        let head = head::of_desk(view.desk_of(posting), view);
        app.global::<ui::Theme>().set_colour(head.colour);
        page.set_head(head);
        page.set_zoom(reading.zoom());
        page.set_can_grow(reading.can_grow());
        page.set_can_shrink(reading.can_shrink());
        page.set_pages(reading.pages() as i32);
        page.set_page(reading.page() as i32);
    }

    /// Gives the pages near the visible part their pictures, and says which page is being read, from 1.
    pub fn follow(&mut self, app: &ui::App) -> Option<u32> {
        let page = app.global::<ui::DocumentPage>();
        let unit = page.get_page_width() * page.get_zoom();
        if unit <= 0.0 || self.places.is_empty() {
            return None;
        }
        let height = page.get_view_height() / unit;
        let top = -page.get_y() / unit;
        let near = self.within(top - AHEAD * height, top + (1.0 + AHEAD) * height);
        self.load(near);
        self.hurry(self.within(top, top + height));
        let length = self.places.last().map_or(0.0, |(top, height)| top + height);
        if top + height >= length {
            return Some(self.places.len() as u32);
        }
        let eye = top + 0.4 * height;
        let read = self.places.iter().position(|(top, height)| eye < top + height + GAP);
        Some(read.unwrap_or(self.places.len() - 1) as u32 + 1)
    }

    /// By one screenful, less a few lines.
    pub fn scroll(&mut self, app: &ui::App, way: Way) {
        let page = app.global::<ui::DocumentPage>();
        let (height, content) = (page.get_view_height(), page.get_content_height());
        page.set_y(scrolled(page.get_y(), height, content, way));
    }

    /// The middle of what is in sight stays there.
    pub fn zoom(&mut self, app: &ui::App, to: f32) {
        let page = app.global::<ui::DocumentPage>();
        let by = to / page.get_zoom();
        let (width, height) = (page.get_view_width(), page.get_view_height());
        let across = (-page.get_x() + width / 2.0) * by;
        let down = (-page.get_y() + height / 2.0) * by;
        page.set_zoom(to);
        let wide = (page.get_page_width() * to).max(width);
        page.set_x(-(across - width / 2.0).clamp(0.0, wide - width));
        page.set_y(-(down - height / 2.0).clamp(0.0, (page.get_content_height() - height).max(0.0)));
    }

    fn within(&self, top: f32, bottom: f32) -> Range<usize> {
        let first = self.places.partition_point(|(upper, height)| upper + height < top);
        let last = self.places.partition_point(|(upper, _)| *upper <= bottom);
        first.min(last)..last
    }

    /// Adds and removes at the ends only, so that pages in sight stay untouched.
    fn load(&mut self, near: Range<usize>) {
        if let Some(pages) = &self.pages {
            let ours = |wanted: &Wanted| matches!(*wanted, Wanted::Page(digest, _, number) if digest == pages.digest && near.contains(&(number as usize - 1)));
            self.pictures.borrow_mut().near(ours);
        }
        if near.end <= self.loaded.start || near.start >= self.loaded.end {
            self.leaves.set_vec(Vec::new());
            self.loaded = near.start..near.start;
        }
        while self.loaded.start < near.start {
            self.leaves.remove(0);
            self.loaded.start += 1;
        }
        while self.loaded.end > near.end {
            self.leaves.remove(self.leaves.row_count() - 1);
            self.loaded.end -= 1;
        }
        while self.loaded.end < near.end {
            self.leaves.push(self.leaf(self.loaded.end));
            self.loaded.end += 1;
        }
        while self.loaded.start > near.start {
            self.loaded.start -= 1;
            self.leaves.insert(0, self.leaf(self.loaded.start));
        }
    }

    /// Blank pages in sight come before those that are only near, the upper ones first.
    fn hurry(&self, sight: Range<usize>) {
        for at in sight.rev() {
            let row = at.checked_sub(self.loaded.start).and_then(|row| self.leaves.row_data(row));
            if row.is_some_and(|leaf| !leaf.ready) {
                self.leaf(at);
            }
        }
    }

    /// What of which pages is in sight, in pixels of the panel.
    pub fn sight(&self, app: &ui::App) -> Option<Sight> {
        let page = app.global::<ui::DocumentPage>();
        let pages = self.pages.as_ref()?;
        let pixels = app.window().scale_factor();
        let unit = page.get_page_width() * page.get_zoom() * pixels;
        if unit <= 0.0 {
            return None;
        }
        let (across, down) = (page.get_view_width() * pixels, page.get_view_height() * pixels);
        let (x, y) = (-page.get_x() * pixels - (across - unit).max(0.0) / 2.0, -page.get_y() * pixels);
        let visible = |at: usize| {
            let (top, height) = self.places[at];
            let size = pages.sizes.get(at).filter(|size| size.width > 0)?;
            let sight = [x.max(0.0), (y - top * unit).max(0.0), x + across, y + down - top * unit];
            Some(Visible {
                page: at as u32 + 1,
                stored: size.width,
                turned: size.turned,
                width: unit,
                height: height * unit,
                sight,
            })
        };
        let seen = self.within(y / unit, (y + down) / unit);
        Some(Sight { digest: pages.digest, quarter: 0, pages: seen.filter_map(visible).collect() })
    }

    /// Pages that were blank paper get the pictures that are there now.
    pub fn refresh(&mut self) {
        for (row, at) in self.loaded.clone().enumerate() {
            if self.leaves.row_data(row).is_some_and(|leaf| !leaf.ready) {
                self.leaves.set_row_data(row, self.leaf(at));
            }
        }
    }

    fn leaf(&self, at: usize) -> ui::Leaf {
        let (top, height) = self.places[at];
        let pages = self.pages.as_ref().expect("places are those of pages");
        let size = pages.sizes.get(at).filter(|size| size.width > 0);
        let wanted = size.map(|size| Wanted::Page(pages.digest, size.width, at as u32 + 1));
        let picture = wanted.and_then(|wanted| self.pictures.borrow_mut().get(wanted));
        ui::Leaf {
            number: at as i32 + 1,
            top,
            left: 0.0,
            width: 1.0,
            height,
            ready: picture.is_some(),
            picture: picture.unwrap_or_default(),
            tiles: self.tiles.borrow_mut().of(at as u32 + 1),
        }
    }
}

/// A screenful up or down within a content, less what stays in sight; positions are negative, as Slint counts them.
pub fn scrolled(y: f32, height: f32, content: f32, way: Way) -> f32 {
    let step = height * (1.0 - OVERLAP);
    let moved = match way {
        Way::Up => y + step,
        Way::Down => y - step,
    };
    moved.clamp(-(content - height).max(0.0), 0.0)
}

fn places(pages: &Pages) -> Vec<(f32, f32)> {
    let mut top = 0.0;
    let place = |at: usize| {
        let size = pages.sizes.get(at).filter(|size| size.width > 0 && size.height > 0);
        let height = size.map_or(A4, |size| size.height as f32 / size.width as f32);
        let place = (top, height);
        top += height + GAP;
        place
    };
    (0..pages.count as usize).map(place).collect()
}
