//! The list and the choice of a category.

use std::cell::RefCell;
use std::rc::Rc;

use slint::{ComponentHandle, Model, ModelNotify, ModelRc, ModelTracker, VecModel};
use vyveska_ui::{self as ui, Blank};

use super::pictures::{Pictures, Wanted};
use super::tie::tie;
use super::{entry, head};
use crate::nav::{Nav, Note};
use crate::view::{Freshness, View};

/// Rows are made when the list asks for them: it asks only for those near its visible part.
struct Rows {
    view: Rc<View>,
    listed: Vec<usize>,
    /// Notices side by side.
    across: usize,
    /// Several boards are mixed.
    named: bool,
    pictures: Rc<RefCell<Pictures>>,
    notify: ModelNotify,
}

impl Rows {
    fn entry(&self, position: usize) -> Option<ui::Entry> {
        let at = *self.listed.get(position)?;
        let posting = &self.view.postings[at];
        let digest = posting.papers.iter().find_map(|paper| paper.pages()).map(|pages| pages.digest);
        let thumb = digest.and_then(|digest| self.pictures.borrow_mut().get(Wanted::Thumb(digest, 1)));
        Some(entry::of(at, &self.view, self.named, thumb.unwrap_or_default()))
    }
}

impl Model for Rows {
    type Data = ui::Row;

    fn row_count(&self) -> usize {
        self.listed.len().div_ceil(self.across)
    }

    fn row_data(&self, row: usize) -> Option<ui::Row> {
        let first = self.entry(row * self.across)?;
        let second = if self.across > 1 { self.entry(row * self.across + 1) } else { None };
        Some(ui::Row { first, pair: second.is_some(), second: second.unwrap_or_default() })
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

/// Fills the list with what the reader chose; the choice of a category with what there is to choose from.
pub fn fill(app: &ui::App, view: &Rc<View>, nav: &Nav, pictures: &Rc<RefCell<Pictures>>) {
    let page = app.global::<ui::BoardPage>();
    let filter = nav.filter();
    let listed = view.listed(filter);
    page.set_count(listed.len() as i32);
    page.set_blank(blank(view, listed.len()));
    page.set_category(filter.category.as_deref().map(tie).unwrap_or_default().into());
    let rows = Rows {
        view: view.clone(),
        listed,
        across: if app.global::<ui::Theme>().get_wide() { 2 } else { 1 },
        named: filter.board.is_none() && view.desks.len() > 1,
        pictures: pictures.clone(),
        notify: ModelNotify::default(),
    };
    page.set_rows(ModelRc::from(Rc::new(rows)));

    let several = view.desks.len() > 1;
    let all = ui::Tab { name: "".into(), colour: head::of(None, view).colour, count: view.postings.len() as i32 };
    let one = |desk: &crate::view::Desk| ui::Tab {
        name: tie(head::short(&desk.board.name)).into(),
        colour: head::colour(desk.board.colour),
        count: desk.up as i32,
    };
    let tabs: Vec<ui::Tab> = std::iter::once(all).chain(view.desks.iter().map(one)).filter(|_| several).collect();
    page.set_tabs(ModelRc::from(Rc::new(VecModel::from(tabs))));
    let chosen = view.desks.iter().position(|desk| Some(&desk.board.key) == filter.board.as_ref());
    page.set_tab(chosen.map_or(0, |at| at as i32 + 1));

    let category =
        |known: crate::view::Category| ui::Category { name: tie(&known.name).into(), count: known.count as i32 };
    let categories: Vec<ui::Category> = view.categories(filter.board.as_deref()).into_iter().map(category).collect();
    page.set_categories(ModelRc::from(Rc::new(VecModel::from(categories))));
    dress(app, view, nav);
}

pub fn dress(app: &ui::App, view: &View, nav: &Nav) {
    let page = app.global::<ui::BoardPage>();
    let head = head::of(nav.filter().board.as_deref(), view);
    app.global::<ui::Theme>().set_colour(head.colour);
    page.set_head(head);
    page.set_note(match nav.note() {
        None => ui::Note::None,
        Some(Note::TakenDown) => ui::Note::TakenDown,
    });
}

/// Why a list is empty, if it is.
pub fn blank(view: &View, listed: usize) -> Blank {
    if listed > 0 {
        Blank::None
    } else if view.postings.is_empty() && view.desks.iter().all(|desk| desk.freshness == Freshness::Never) {
        Blank::FirstStart
    } else {
        Blank::NothingUp
    }
}
