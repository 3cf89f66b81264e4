//! The list and the choice of a category.

use std::cell::RefCell;
use std::rc::Rc;

use slint::{ComponentHandle, Model, ModelNotify, ModelRc, ModelTracker, VecModel};
use vyveska_ui::{self as ui, Blank};

use super::pictures::{Pictures, Wanted};
use super::tie::tie;
use super::{entry, head};
use crate::nav::{Nav, Note};
use crate::view::{Group, Order, View};

/// More boards than this, the choice of all of them included, do not fit side by side: they are chosen on the page of
/// categories.
const MAX_TABS: usize = 4;

/// Rows are made when the list asks for them: it asks only for those near its visible part.
struct Rows {
    view: Rc<View>,
    lines: Vec<Line>,
    /// Several boards are mixed.
    named: bool,
    pictures: Rc<RefCell<Pictures>>,
    notify: ModelNotify,
}

/// Notices side by side, by position in the view; a group begins with a line of its own.
struct Line {
    /// With the number of its notices, where a group begins here.
    heading: Option<(Group, usize)>,
    first: usize,
    second: Option<usize>,
}

impl Rows {
    fn entry(&self, at: usize) -> ui::Entry {
        let posting = &self.view.postings[at];
        let digest = posting.papers.iter().find_map(|paper| paper.pages()).map(|pages| pages.digest);
        let thumb = digest.and_then(|digest| self.pictures.borrow_mut().get(Wanted::Thumb(digest, 1)));
        entry::of(at, &self.view, self.named, thumb.unwrap_or_default())
    }
}

impl Model for Rows {
    type Data = ui::Row;

    fn row_count(&self) -> usize {
        self.lines.len()
    }

    fn row_data(&self, row: usize) -> Option<ui::Row> {
        let line = self.lines.get(row)?;
        let (group, count) = line.heading.map_or((ui::Group::None, 0), |(group, count)| (told(group), count));
        Some(ui::Row {
            group,
            count: count as i32,
            first: self.entry(line.first),
            pair: line.second.is_some(),
            second: line.second.map(|at| self.entry(at)).unwrap_or_default(),
        })
    }

    fn model_tracker(&self) -> &dyn ModelTracker {
        &self.notify
    }
}

/// Sorted notices as lines of `across` notices. A single group needs no heading.
fn lines(view: &View, listed: &[usize], order: Order, across: usize) -> Vec<Line> {
    let group = |at: &usize| view.postings[*at].group(order);
    let groups: Vec<&[usize]> = listed.chunk_by(|a, b| group(a) == group(b)).collect();
    let headed = groups.len() > 1;
    let line = |(n, chunk): (usize, &[usize]), of: &[usize]| Line {
        heading: (headed && n == 0).then(|| (group(&of[0]), of.len())),
        first: chunk[0],
        second: chunk.get(1).copied(),
    };
    groups.into_iter().flat_map(|of| of.chunks(across).enumerate().map(move |chunk| line(chunk, of))).collect()
}

fn told(group: Group) -> ui::Group {
    match group {
        Group::New => ui::Group::New,
        Group::Earlier => ui::Group::Earlier,
        Group::Unsure => ui::Group::Unsure,
        Group::Today => ui::Group::Today,
        Group::Week => ui::Group::Week,
        Group::Later => ui::Group::Later,
        Group::Open => ui::Group::Open,
    }
}

/// Fills the list with what the reader chose; the choice of a category with what there is to choose from.
pub fn fill(app: &ui::App, view: &Rc<View>, nav: &Nav, pictures: &Rc<RefCell<Pictures>>) {
    let page = app.global::<ui::BoardPage>();
    let theme = app.global::<ui::Theme>();
    let filter = nav.filter();
    let listed = view.listed(filter);
    page.set_count(listed.len() as i32);
    page.set_blank(blank(view, filter.board.as_deref(), listed.len()));
    page.set_category(filter.category.as_deref().map(tie).unwrap_or_default().into());
    page.set_ending_soon(filter.order == Order::EndingSoon);
    let rows = Rows {
        view: view.clone(),
        lines: lines(view, &listed, filter.order, if theme.get_wide() { 2 } else { 1 }),
        named: filter.board.is_none() && view.desks.len() > 1,
        pictures: pictures.clone(),
        notify: ModelNotify::default(),
    };
    page.set_rows(ModelRc::from(Rc::new(rows)));

    let boards = boards(view, filter.board.as_deref());
    let chosen = boards.iter().find(|board| board.chosen).cloned().unwrap_or_default();
    let fit = boards.len() <= MAX_TABS;
    // Where they stand side by side, one sees which one is chosen.
    page.set_board(if fit { Default::default() } else { chosen.name });
    page.set_tabs(model(if fit { boards.clone() } else { Vec::new() }));
    let category = |(at, known): (usize, crate::view::Category)| ui::Choice {
        at: at as i32,
        name: tie(&known.name).into(),
        count: known.count as i32,
        chosen: filter.category.as_ref() == Some(&known.name),
        colour: head::of(filter.board.as_deref(), view).colour,
    };
    let categories: Vec<ui::Choice> =
        view.categories(filter.board.as_deref()).into_iter().enumerate().map(category).collect();
    let across = if theme.get_wide() {
        3
    } else if theme.get_narrow() {
        1
    } else {
        2
    };
    page.set_across(across as i32);
    page.set_boards(choices(if fit { &[] } else { &boards }, across));
    page.set_categories(choices(&categories, across));
    dress(app, view, nav);
}

/// The boards to choose from, all of them together first; none where there is one.
fn boards(view: &View, chosen: Option<&str>) -> Vec<ui::Choice> {
    if view.desks.len() < 2 {
        return Vec::new();
    }
    let all = ui::Choice {
        at: 0,
        name: "".into(),
        count: view.postings.len() as i32,
        chosen: chosen.is_none(),
        colour: head::of(None, view).colour,
    };
    let one = |(at, desk): (usize, &crate::view::Desk)| ui::Choice {
        at: at as i32 + 1,
        name: tie(head::short(&desk.board.name)).into(),
        count: desk.up as i32,
        chosen: chosen == Some(&desk.board.key),
        colour: head::colour(desk.board.colour),
    };
    std::iter::once(all).chain(view.desks.iter().enumerate().map(one)).collect()
}

/// Fields in lines of `across`.
fn choices(fields: &[ui::Choice], across: usize) -> ModelRc<ui::Choices> {
    model(fields.chunks(across).map(|fields| ui::Choices { fields: model(fields.to_vec()) }).collect())
}

fn model<T: Clone + 'static>(values: Vec<T>) -> ModelRc<T> {
    ModelRc::from(Rc::new(VecModel::from(values)))
}

pub fn dress(app: &ui::App, view: &View, nav: &Nav) {
    let page = app.global::<ui::BoardPage>();
    let head = head::of(nav.filter().board.as_deref(), view);
    app.global::<ui::Theme>().set_colour(head.colour);
    page.set_head(head);
    page.set_note(match nav.note() {
        None => ui::Note::None,
        Some(Note::TakenDown) => ui::Note::TakenDown,
        Some(Note::MessageOver) => ui::Note::MessageOver,
    });
}

/// Why the list of one board, or of all, is empty, if it is.
pub fn blank(view: &View, board: Option<&str>, listed: usize) -> Blank {
    let mut desks = view.desks.iter().filter(|desk| board.is_none_or(|key| desk.board.key == key));
    if listed > 0 {
        Blank::None
    } else if desks.all(|desk| desk.freshness.at.is_none()) {
        Blank::FirstStart
    } else {
        Blank::NothingUp
    }
}
