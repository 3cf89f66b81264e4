//! The choice of a page.

use std::cell::RefCell;
use std::rc::Rc;

use slint::{ComponentHandle, Model, ModelNotify, ModelRc, ModelTracker, VecModel};
use vyveska_ui as ui;

use super::head;
use super::pictures::{Pictures, Wanted};
use super::tie::tie;
use crate::nav::Reading;
use crate::view::{Pages, Posting, View};

/// Documents of more pages than this can be leafed through by number.
const LONG: u32 = 10;

/// Rows are made when the list asks for them: it asks only for those near its visible part.
struct Rows {
    pages: Pages,
    across: u32,
    pictures: Rc<RefCell<Pictures>>,
    notify: ModelNotify,
}

impl Rows {
    fn cell(&self, number: u32) -> ui::PageCell {
        let thumb = self.pictures.borrow_mut().get(Wanted::Thumb(self.pages.digest, number));
        ui::PageCell { number: number as i32, thumb: thumb.unwrap_or_default() }
    }
}

impl Model for Rows {
    type Data = ui::PageRow;

    fn row_count(&self) -> usize {
        self.pages.count.div_ceil(self.across) as usize
    }

    fn row_data(&self, row: usize) -> Option<ui::PageRow> {
        let first = row as u32 * self.across + 1;
        let last = (first + self.across - 1).min(self.pages.count);
        let cells: Vec<ui::PageCell> = (first..=last).map(|number| self.cell(number)).collect();
        (!cells.is_empty()).then(|| ui::PageRow { cells: ModelRc::from(Rc::new(VecModel::from(cells))) })
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

/// `top`: begin with the page that is being read in sight.
pub fn fill(
    app: &ui::App,
    view: &View,
    posting: &Posting,
    reading: &Reading,
    pictures: &Rc<RefCell<Pictures>>,
    top: bool,
) {
    let page = app.global::<ui::PagesPage>();
    if top && let Some(pages) = posting.papers.get(reading.attachment()).and_then(|paper| paper.pages()) {
        let across = page.get_columns().max(1) as u32;
        let rows = Rows { pages: pages.clone(), across, pictures: pictures.clone(), notify: ModelNotify::default() };
        page.set_rows(ModelRc::from(Rc::new(rows)));
        page.set_title(tie(&posting.notice.title).into());
        page.set_page(reading.page() as i32);
        page.set_pages(reading.pages() as i32);
        page.set_pad(reading.pages() > LONG);
        let row = (reading.page() - 1) / across;
        page.set_y(-(row.saturating_sub(1) as f32 * page.get_row_height()));
    }
    let typed = reading.typed();
    page.set_typed(if typed > 0 { typed.to_string() } else { String::new() }.into());
    let digits: Vec<bool> = (0..10).map(|digit| reading.takes(digit)).collect();
    page.set_digits(ModelRc::from(Rc::new(VecModel::from(digits))));
    dress(app, view, posting);
}

pub fn dress(app: &ui::App, view: &View, posting: &Posting) {
    let head = head::of_desk(view.desk_of(posting), view);
    app.global::<ui::Theme>().set_colour(head.colour);
    app.global::<ui::PagesPage>().set_head(head);
}
