//! What the pages call, and what it means: a tap is put into an inbox and read when the screen settles, because pages
//! also call while they are being laid out.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use slint::ComponentHandle;
use vyveska_ui as ui;

use super::service::Call;
use super::{Document, Screen};
use crate::nav::{Event, Fit, Way};
use crate::view::Order;

/// What the pages call.
#[derive(Debug, Clone)]
pub(super) enum Tap {
    /// Position in the view's notices.
    Open(usize),
    /// From 0, which stands for all boards.
    Tab(usize),
    /// `None`: all of them.
    Category(Option<usize>),
    Read(usize),
    NextPaper,
    /// Position in the languages of the configuration.
    Speak(usize),
    /// The canvas was laid out.
    Laid,
    /// A piece of the layout.
    Unfold(usize),
    Plain(Event),
    /// Of the technician's page, or of the way to it.
    Service(Call),
}

pub(super) type Inbox = Rc<RefCell<VecDeque<Tap>>>;

impl Screen {
    /// What a tap is for the reader's session.
    pub(super) fn event(&mut self, tap: Tap) -> Option<Event> {
        Some(match tap {
            Tap::Open(at) => Event::Open(self.view.postings.get(at)?.key.clone()),
            Tap::Tab(at) => {
                Event::Board(at.checked_sub(1).and_then(|at| Some(self.view.desks.get(at)?.board.key.clone())))
            }
            Tap::Category(None) => Event::Category(None),
            Tap::Category(Some(at)) => {
                let categories = self.view.categories(self.nav.filter().board.as_deref());
                Event::Category(Some(categories.get(at)?.name.clone()))
            }
            Tap::Read(at) => Event::Attachment(at),
            Tap::NextPaper => Event::Attachment(self.nav.reading().attachment() + 1),
            Tap::Speak(at) => Event::Speak(*self.languages.get(at)?),
            Tap::Laid => Event::Framed(Document::frame(&self.app)),
            Tap::Unfold(piece) => Event::Unfold(piece),
            Tap::Plain(event) => event,
            Tap::Service(_) => return None,
        })
    }

    /// Connects the pages' callbacks with the inbox.
    pub(super) fn listen(&self) {
        let to = |tap: Tap| {
            let inbox = self.inbox.clone();
            move || inbox.borrow_mut().push_back(tap.clone())
        };
        let plain = |event: Event| to(Tap::Plain(event));
        let position = |make: fn(usize) -> Tap| {
            let inbox = self.inbox.clone();
            move |at: i32| inbox.borrow_mut().extend(usize::try_from(at).ok().map(make))
        };

        let session = self.app.global::<ui::Session>();
        session.on_stay(plain(Event::Active));
        session.on_back(plain(Event::Back));
        let look = self.app.global::<ui::Look>();
        look.on_wanted(plain(Event::Look));
        look.on_close(plain(Event::Look));
        look.on_speak(position(Tap::Speak));
        look.on_change_contrast(plain(Event::Contrast));
        look.on_change_letters(plain(Event::Letters));

        let wall = self.app.global::<ui::WallPage>();
        wall.on_open(position(Tap::Open));
        wall.on_list(plain(Event::List));

        let urgent = self.app.global::<ui::UrgentPage>();
        urgent.on_open(plain(Event::Urgent));
        urgent.on_list(plain(Event::List));

        let board = self.app.global::<ui::BoardPage>();
        board.on_open(position(Tap::Open));
        board.on_choose_tab(position(Tap::Tab));
        let inbox = self.inbox.clone();
        board.on_choose_category(move |at| inbox.borrow_mut().push_back(Tap::Category(usize::try_from(at).ok())));
        board.on_categories_wanted(plain(Event::ChooseCategory));
        let inbox = self.inbox.clone();
        board.on_sort(move |soon| {
            let order = if soon { Order::EndingSoon } else { Order::Newest };
            inbox.borrow_mut().push_back(Tap::Plain(Event::Order(order)));
        });
        board.on_start(plain(Event::Start));
        board.on_list(plain(Event::List));
        board.on_up(plain(Event::Scroll(Way::Up)));
        board.on_down(plain(Event::Scroll(Way::Down)));

        let notice = self.app.global::<ui::NoticePage>();
        notice.on_read(position(Tap::Read));
        notice.on_list(plain(Event::List));
        notice.on_up(plain(Event::Scroll(Way::Up)));
        notice.on_down(plain(Event::Scroll(Way::Down)));

        let document = self.app.global::<ui::DocumentPage>();
        document.on_laid(to(Tap::Laid));
        document.on_list(plain(Event::List));
        document.on_about(plain(Event::Details));
        document.on_next_paper(to(Tap::NextPaper));
        document.on_bigger(plain(Event::Larger));
        document.on_smaller(plain(Event::Smaller));
        document.on_up(plain(Event::Scroll(Way::Up)));
        document.on_down(plain(Event::Scroll(Way::Down)));
        document.on_left(plain(Event::Scroll(Way::Left)));
        document.on_right(plain(Event::Scroll(Way::Right)));
        document.on_turn(plain(Event::Turn));
        document.on_fit_width(plain(Event::Fit(Fit::Width)));
        document.on_fit_page(plain(Event::Fit(Fit::Page)));
        document.on_next_page(plain(Event::NextPage));
        document.on_previous_page(plain(Event::PreviousPage));
        document.on_choose_page(plain(Event::ChoosePage));
        document.on_unfold(position(Tap::Unfold));

        let pages = self.app.global::<ui::PagesPage>();
        pages.on_choose(position(|page| Tap::Plain(Event::GoTo(page as u32))));
        pages.on_digit(position(|digit| Tap::Plain(Event::Digit(digit as u8))));
        pages.on_erase(plain(Event::Erase));
        pages.on_go(plain(Event::GoToTyped));
        pages.on_back(plain(Event::Back));
        pages.on_list(plain(Event::List));
        pages.on_up(plain(Event::Scroll(Way::Up)));
        pages.on_down(plain(Event::Scroll(Way::Down)));
        self.listen_to_service();
    }
}
