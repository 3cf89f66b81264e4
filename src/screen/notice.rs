//! What is known about a notice, and its attachments.

use std::cell::RefCell;
use std::rc::Rc;

use slint::{ComponentHandle, ModelRc, VecModel};
use vyveska_ui as ui;

use super::day::{day, left};
use super::pictures::Pictures;
use super::tie::tie;
use super::{entry, head, paper, qr};
use crate::view::{Posting, View};

pub fn fill(app: &ui::App, view: &View, posting: &Posting, pictures: &Rc<RefCell<Pictures>>) {
    let page = app.global::<ui::NoticePage>();
    page.set_details(details(posting));
    let papers = posting.papers.iter().enumerate().map(|(at, paper)| paper::of(at, paper, pictures));
    let papers: Vec<ui::Paper> = papers.collect();
    page.set_papers(ModelRc::from(Rc::new(VecModel::from(papers))));
    page.set_first(posting.first_readable().map_or(-1, |at| at as i32));
    dress(app, view, posting);
}

pub fn dress(app: &ui::App, view: &View, posting: &Posting) {
    let head = head::of_desk(view.desk_of(posting), view);
    app.global::<ui::Theme>().set_colour(head.colour);
    app.global::<ui::NoticePage>().set_head(head);
}

pub fn details(posting: &Posting) -> ui::Details {
    let notice = &posting.notice;
    let text = |text: &Option<String>| text.as_deref().map(str::trim).unwrap_or_default().into();
    let (left, days) = left(posting.left);
    // The office's page of the notice; where it has none, its first attachment.
    let address = notice.url.as_deref().or(posting.papers.first().map(|paper| paper.url.as_str()));
    let code = address.and_then(qr::code);
    ui::Details {
        title: tie(&notice.title).into(),
        description: notice.description.as_deref().map(tie).unwrap_or_default().into(),
        posted: day(notice.posted),
        until: day(notice.relevant_until),
        left,
        days,
        new: posting.new,
        number: text(&notice.reference_number),
        file_number: text(&notice.file_number),
        issuer: text(&notice.issuer),
        category: entry::category(posting).into(),
        address: address.map(head::address).unwrap_or_default().into(),
        has_qr: code.is_some(),
        qr: code.unwrap_or_default(),
    }
}
