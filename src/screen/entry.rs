//! A notice as the lists show it.

use slint::Image;
use vyveska_ui as ui;

use super::day::{day, left};
use super::head::{self, colour};
use super::tie::tie;
use crate::view::{PaperState, Posting, View};

/// `named`: say whose board it hangs on, because the list mixes several.
pub fn of(at: usize, view: &View, named: bool, thumb: Image) -> ui::Entry {
    let posting = &view.postings[at];
    let board = &view.desk_of(posting).board;
    let (left, days) = left(posting.left);
    ui::Entry {
        at: at as i32,
        title: tie(&posting.notice.title).into(),
        board: if named { head::short(&board.name).into() } else { Default::default() },
        colour: colour(board.colour),
        category: category(posting).into(),
        posted: day(posting.notice.posted),
        until: day(posting.notice.relevant_until),
        left,
        days,
        new: posting.new,
        paper: state(posting),
        papers: posting.papers.len() as i32,
        thumb,
    }
}

pub fn category(posting: &Posting) -> String {
    tie(&posting.notice.categories.join(", "))
}

pub fn paper_state(state: &PaperState) -> ui::PaperState {
    match state {
        PaperState::Ready(_) => ui::PaperState::Ready,
        PaperState::Waiting => ui::PaperState::Waiting,
        PaperState::Unavailable => ui::PaperState::Unavailable,
    }
}

/// Of all its attachments: the best.
fn state(posting: &Posting) -> ui::PaperState {
    if posting.papers.is_empty() || posting.first_readable().is_some() {
        ui::PaperState::Ready
    } else if posting.papers.iter().any(|paper| paper.state == PaperState::Waiting) {
        ui::PaperState::Waiting
    } else {
        ui::PaperState::Unavailable
    }
}
