//! The adapters between what is up (`view`), where the reader is (`nav`) and the pages in ui/: view → the page's
//! global, taps → events, effects → what changes on the glass.
//!
//! What it deliberately does not do: decide anything (nav does), say anything (ui/ does), or know what kind of glass
//! it is shown on. The surprising thing: a tap is not handled in its callback but put into an inbox, because pages also
//! call while they are being laid out; [`Screen::settle`] empties it.

mod board;
mod day;
mod document;
mod entry;
mod head;
mod look;
mod notice;
mod pages;
mod paper;
pub mod pictures;
mod qr;
pub mod rescue;
mod tie;
pub mod tiles;
mod wall;
pub mod worker;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use slint::{ComponentHandle, ModelRc, PlatformError, SharedString, VecModel};
use vyveska_ui as ui;

use crate::clock::Now;
use crate::config::{Language, Panel};
use crate::hand::Hands;
use crate::nav::{Effect, Event, Fit, Nav, Page, Patience, Way};
use crate::view::{Filter, Key, Order, View};
use document::{Document, scrolled};
use pictures::Pictures;
use tiles::Tiles;
use wall::Wall;

/// What of the configuration concerns the screen.
#[derive(Debug, Clone)]
pub struct Setting {
    pub panel: Panel,
    pub patience: Patience,
    /// The first one is what the board speaks when left alone.
    pub languages: Vec<Language>,
}

/// The pages, and the reader before them. Made after the glass, on its thread; dropped before it.
pub struct Screen {
    app: ui::App,
    view: Rc<View>,
    nav: Nav,
    wall: Wall,
    document: Document,
    hands: Hands,
    pictures: Rc<RefCell<Pictures>>,
    tiles: Rc<RefCell<Tiles>>,
    inbox: Rc<RefCell<VecDeque<Tap>>>,
    /// What the list was filled with: another choice begins at its top.
    listed: Option<Filter>,
    wake: Option<Duration>,
    panel: Panel,
    languages: Vec<Language>,
}

/// What the pages call.
#[derive(Debug, Clone)]
enum Tap {
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
}

/// A page that is filled may call back once more; more often than this is a loop.
const MAX_ROUNDS: usize = 8;

impl Screen {
    /// `hands` are those on the glass that the screen is shown on.
    pub fn new(
        setting: &Setting,
        hands: Hands,
        pictures: Pictures,
        view: View,
        at: Duration,
    ) -> Result<Screen, PlatformError> {
        let app = ui::App::new()?;
        let pictures = Rc::new(RefCell::new(pictures));
        let tiles = Rc::new(RefCell::new(Tiles::default()));
        let names: Vec<SharedString> = setting.languages.iter().map(|language| language.own_name().into()).collect();
        app.global::<ui::Look>().set_offered(ModelRc::from(Rc::new(VecModel::from(names))));
        let home = setting.languages.first().copied().unwrap_or(Language::Czech);
        let mut screen = Screen {
            nav: Nav::new(setting.patience, home),
            wall: Wall::default(),
            document: Document::new(pictures.clone(), tiles.clone()),
            hands,
            inbox: Rc::default(),
            listed: None,
            wake: None,
            panel: setting.panel,
            languages: setting.languages.clone(),
            view: Rc::new(view),
            pictures,
            tiles,
            app,
        };
        screen.listen();
        screen.put_on();
        screen.app.show()?;
        screen.lay(at);
        screen.fill(true);
        screen.dress(at);
        Ok(screen)
    }

    /// When [`Screen::tick`] is due, as time since the start.
    pub fn wake(&self) -> Option<Duration> {
        let due = if self.has_to_lay() { Some(Duration::ZERO) } else { self.wake };
        [due, self.tiles.borrow().due()].into_iter().flatten().min()
    }

    /// Where enlarged pages get sharp tiles from; without it they keep their pictures.
    pub fn sharpen_with(&mut self, tiles: Tiles) {
        *self.tiles.borrow_mut() = tiles;
    }

    pub fn nav(&self) -> &Nav {
        &self.nav
    }

    pub fn view(&self) -> &View {
        &self.view
    }

    /// A new view: something was committed, or the day changed.
    pub fn renew(&mut self, view: View, at: Duration) {
        let same = view.shows_the_same_as(&self.view);
        self.view = Rc::new(view);
        if same {
            // Nothing under a finger moves because a round found nothing new.
            self.dress(at);
            return;
        }
        self.lay(at);
        self.handle(Event::Refreshed, at);
        self.settle(at);
    }

    /// Only the time of day, and with it the age of the data, is another one. At midnight a new view is due instead.
    pub fn tell_time(&mut self, now: Now, at: Duration) {
        Rc::make_mut(&mut self.view).now = now;
        self.dress(at);
    }

    /// Somebody touched the glass or pressed a key, whatever came of it.
    pub fn active(&mut self, at: Duration) {
        self.handle(Event::Active, at);
    }

    pub fn tick(&mut self, at: Duration) {
        self.handle(Event::Tick, at);
        if self.has_to_lay() {
            let stays = self.wall.lay_on(&self.app, &self.view);
            self.hang(stays, at);
            self.fill(false);
        }
        self.settle(at);
    }

    /// Goes where an event leads: for pictures and tests; a reader's own come through the pages.
    pub fn send(&mut self, event: Event, at: Duration) {
        self.handle(event, at);
        self.settle(at);
    }

    /// Handles what the pages called and hands did since the last time. Call it after each touch, key and frame.
    pub fn settle(&mut self, at: Duration) {
        if self.pictures.borrow_mut().arrived() && matches!(self.nav.page(), Page::Document(_)) {
            self.document.refresh();
        }
        for (gesture, when) in self.hands.gestures() {
            self.handle(Event::Hand(gesture), when);
        }
        for _ in 0..MAX_ROUNDS {
            let taps: Vec<Tap> = self.inbox.borrow_mut().drain(..).collect();
            if taps.is_empty() {
                break;
            }
            for tap in taps {
                if let Some(event) = self.event(tap) {
                    self.handle(event, at);
                }
            }
        }
        self.sharpen(at);
    }

    /// Tells what of a document is in sight, and takes in the sharp tiles of it.
    fn sharpen(&mut self, at: Duration) {
        let reading = matches!(self.nav.page(), Page::Document(_));
        let sight = reading.then(|| self.document.sight(&self.app, self.nav.reading().canvas())).flatten();
        let mut tiles = self.tiles.borrow_mut();
        match sight {
            Some(sight) => tiles.show(sight, at),
            None => tiles.close(),
        }
        tiles.arrived();
        tiles.tick(at);
    }

    /// The notices whose titles are on the glass now, or whose pages are.
    pub fn shown(&self) -> Vec<Key> {
        match self.nav.page() {
            Page::Wall => self.wall.shown(self.nav.sheet()).map(|at| self.view.postings[at].key.clone()).collect(),
            Page::Notice(key) | Page::Document(key) | Page::Pages(key) => vec![key.clone()],
            Page::Board | Page::Categories => Vec::new(),
        }
    }

    fn event(&mut self, tap: Tap) -> Option<Event> {
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
        })
    }

    fn handle(&mut self, event: Event, at: Duration) {
        let (look, choosing) = (self.nav.look(), self.nav.choosing_look());
        self.wake = None;
        let page = self.nav.page().clone();
        let effects = self.nav.update(&self.view, event, at);
        if *self.nav.page() != page {
            self.hands.other_page();
        }
        // A page that only moves says nothing new.
        let dress = effects.iter().any(|effect| !matches!(effect, Effect::Move | Effect::Wake(_)));
        for effect in effects {
            match effect {
                Effect::Show => self.fill(true),
                Effect::Refill => self.fill(false),
                Effect::Scroll(way) => self.scroll(way),
                Effect::Move => self.document.place(&self.app, self.nav.reading()),
                Effect::Dress => {}
                Effect::Wake(due) => self.wake = Some(due),
            }
        }
        if self.nav.look() != look {
            self.put_on();
            self.lay(at);
            self.fill(false);
        }
        if choosing && !self.nav.choosing_look() {
            self.app.invoke_take_keys();
        }
        if dress {
            self.dress(at);
        }
        // Whoever is asked whether they are still there answers with any touch, and it does nothing else.
        let asked = self.nav.warning(at).is_some() || self.nav.choosing_look();
        let reading = matches!(self.nav.page(), Page::Document(_)) && !asked;
        self.hands.set_canvas(if reading { self.document.area(&self.app) } else { None });
        self.hands.set_moving(reading && self.nav.reading().canvas().moves());
    }

    /// While somebody reads, the wall can wait.
    fn has_to_lay(&self) -> bool {
        self.wall.is_unfinished() && *self.nav.page() == Page::Wall
    }

    fn lay(&mut self, at: Duration) {
        // The date takes its room on the wall.
        let clock = day::moment(self.view.now.at, self.view.now);
        self.app.global::<ui::Session>().set_clock(clock);
        let stays = self.wall.lay(&self.app, &self.view, self.nav.look());
        self.hang(stays, at);
    }

    /// The wall has these sheets now.
    fn hang(&mut self, stays: Vec<Duration>, at: Duration) {
        let look = self.nav.look();
        for effect in self.nav.update(&self.view, Event::Sheets(stays), at) {
            if let Effect::Wake(due) = effect {
                self.wake = Some(due);
            }
        }
        // The session may have ended just now; the caller fills the page, and this is what it then says.
        if self.nav.look() != look {
            self.put_on();
            self.lay(at);
        }
    }

    /// `top`: the page is another one, and begins at its top.
    fn fill(&mut self, top: bool) {
        let session = self.app.global::<ui::Session>();
        let posting = |key: &Key| self.view.posting(key).expect("nav shows only what is up");
        match self.nav.page() {
            Page::Wall => {
                self.wall.fill(&self.app, &self.view, self.nav.sheet());
                self.listed = None;
                session.set_page(ui::PageKind::Wall);
            }
            page @ (Page::Board | Page::Categories) => {
                if self.listed.as_ref() != Some(self.nav.filter()) {
                    self.app.global::<ui::BoardPage>().set_y(0.0);
                    self.listed = Some(self.nav.filter().clone());
                }
                board::fill(&self.app, &self.view, &self.nav, &self.pictures);
                let choosing = *page == Page::Categories;
                if choosing && top {
                    self.app.global::<ui::BoardPage>().set_choice_y(0.0);
                }
                session.set_page(if choosing { ui::PageKind::Categories } else { ui::PageKind::Board });
            }
            Page::Notice(key) => {
                if top {
                    self.app.global::<ui::NoticePage>().set_y(0.0);
                }
                notice::fill(&self.app, &self.view, posting(key), &self.pictures);
                session.set_page(ui::PageKind::Notice);
            }
            Page::Pages(key) => {
                pages::fill(&self.app, &self.view, posting(key), self.nav.reading(), &self.pictures, top);
                session.set_page(ui::PageKind::Pages);
            }
            Page::Document(key) => {
                let posting = self.view.posting(key).expect("nav shows only what is up");
                self.document.fill(&self.app, &self.view, posting, self.nav.reading(), top);
                session.set_page(ui::PageKind::Document);
            }
        }
        self.app.invoke_take_keys();
    }

    /// What changes without another page: time, age of the data, the warning, a note, the page number.
    fn dress(&self, at: Duration) {
        let session = self.app.global::<ui::Session>();
        session.set_clock(day::moment(self.view.now.at, self.view.now));
        self.app.global::<ui::Look>().set_open(self.nav.choosing_look());
        session.set_warning(self.nav.warning(at).map_or(0, |seconds| seconds as i32));
        match self.nav.page() {
            Page::Wall => self.wall.dress(&self.app, &self.view, self.nav.sheet()),
            Page::Board | Page::Categories => board::dress(&self.app, &self.view, &self.nav),
            Page::Notice(key) => {
                let posting = self.view.posting(key).expect("nav shows only what is up");
                notice::dress(&self.app, &self.view, posting);
            }
            Page::Pages(key) => {
                let posting = self.view.posting(key).expect("nav shows only what is up");
                pages::dress(&self.app, &self.view, posting);
            }
            Page::Document(key) => {
                let posting = self.view.posting(key).expect("nav shows only what is up");
                self.document.dress(&self.app, &self.view, posting);
            }
        }
    }

    fn scroll(&mut self, way: Way) {
        match self.nav.page() {
            Page::Board => {
                let page = self.app.global::<ui::BoardPage>();
                page.set_y(scrolled(page.get_y(), page.get_view_height(), page.get_content_height(), way));
            }
            Page::Notice(_) => {
                let page = self.app.global::<ui::NoticePage>();
                page.set_y(scrolled(page.get_y(), page.get_view_height(), page.get_content_height(), way));
            }
            Page::Categories => {
                let page = self.app.global::<ui::BoardPage>();
                let (height, content) = (page.get_choice_view_height(), page.get_choice_content_height());
                page.set_choice_y(scrolled(page.get_choice_y(), height, content, way));
            }
            Page::Pages(_) => {
                let page = self.app.global::<ui::PagesPage>();
                page.set_y(scrolled(page.get_y(), page.get_view_height(), page.get_content_height(), way));
            }
            Page::Wall | Page::Document(_) => {}
        }
    }

    /// Speaks and looks as the reader wants it.
    fn put_on(&mut self) {
        let look = self.nav.look();
        slint::select_bundled_translation(look.language.code()).expect("each language has its catalogue");
        let thumb = look::put_on(&self.app, &self.panel, look);
        self.pictures.borrow_mut().fit_thumbs(thumb);
        let at = self.languages.iter().position(|language| *language == look.language);
        self.app.global::<ui::Look>().set_spoken(at.map_or(-1, |at| at as i32));
    }

    /// Connects the pages' callbacks with the inbox.
    fn listen(&self) {
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
    }
}
