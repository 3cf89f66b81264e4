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
mod inbox;
mod look;
mod notice;
mod pages;
mod paper;
pub mod pictures;
mod qr;
pub mod rescue;
mod service;
mod tie;
pub mod tiles;
mod urgent;
mod wall;
pub mod worker;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use slint::{ComponentHandle, ModelRc, PlatformError, SharedString, VecModel};
use vyveska_ui as ui;

use crate::clock::Now;
use crate::config::{Language, Panel};
use crate::hand::Hands;
use crate::nav::{Effect, Event, Nav, Page, Patience, Way};
use crate::service::{Act, Event as ServiceEvent, Facts, Service};
use crate::view::{Filter, Key, View};
use document::{Document, scrolled};
use inbox::{Inbox, Tap};
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
    inbox: Inbox,
    /// The technician's page, what it tells, and what it wants done beyond the glass.
    service: Service,
    facts: Facts,
    acts: Vec<Act>,
    service_wake: Option<Duration>,
    /// What the list was filled with: another choice begins at its top.
    listed: Option<Filter>,
    wake: Option<Duration>,
    panel: Panel,
    languages: Vec<Language>,
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
            service: Service::default(),
            facts: Facts::default(),
            acts: Vec::new(),
            service_wake: None,
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
        let due = match () {
            // The board goes on when it is back.
            () if self.service.has_the_glass() => None,
            () if self.has_to_lay() => Some(Duration::ZERO),
            () => self.wake,
        };
        [due, self.tiles.borrow().due(), self.service_wake].into_iter().flatten().min()
    }

    /// Where enlarged pages get sharp tiles from; without it they keep their pictures.
    pub fn sharpen_with(&mut self, tiles: Tiles) {
        *self.tiles.borrow_mut() = tiles;
    }

    pub fn nav(&self) -> &Nav {
        &self.nav
    }

    pub fn service(&self) -> &Service {
        &self.service
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
        self.reader_or_service(Event::Active, at);
    }

    pub fn tick(&mut self, at: Duration) {
        self.serve(ServiceEvent::Tick, at);
        if self.service.has_the_glass() {
            return self.settle(at);
        }
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
        for (contact, when) in self.hands.heard() {
            self.serve(ServiceEvent::Contact(contact), when);
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
                match tap {
                    Tap::Service(call) => self.call(call, at),
                    tap => {
                        if let Some(event) = self.event(tap) {
                            self.reader_or_service(event, at);
                        }
                    }
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
        if self.service.has_the_glass() {
            return Vec::new();
        }
        match self.nav.page() {
            Page::Wall => self.wall.shown(self.nav.sheet()).map(|at| self.view.postings[at].key.clone()).collect(),
            Page::Notice(key) | Page::Document(key) | Page::Pages(key) => vec![key.clone()],
            Page::Message(_) | Page::Board | Page::Categories => Vec::new(),
        }
    }

    /// The urgent messages on the glass now, by name, and whether all that they say is there.
    pub fn shown_messages(&self) -> Vec<(String, bool)> {
        if self.service.has_the_glass() {
            return Vec::new();
        }
        match self.nav.page() {
            Page::Message(id) => vec![(id.clone(), true)],
            _ => self.view.messages.first().map(|message| (message.id.clone(), false)).into_iter().collect(),
        }
    }

    fn handle(&mut self, event: Event, at: Duration) {
        let (look, choosing) = (self.nav.look(), self.nav.choosing_look());
        self.wake = None;
        let page = self.nav.page().clone();
        let effects = self.nav.update(&self.view, event, at);
        if *self.nav.page() != page {
            self.hands.other_page();
            // Whatever was held is gone with its page.
            self.serve(ServiceEvent::Hold(false), at);
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
        // The date takes its room on the wall, and so does the line of a message.
        self.set_clock();
        urgent::set_line(&self.app, &self.view, self.nav.language(), true);
        let stays = self.wall.lay(&self.app, &self.view, self.nav.look());
        self.set_line();
        self.hang(stays, at);
    }

    /// An urgent message stands above every page but its own.
    fn set_line(&self) {
        let above = !matches!(self.nav.page(), Page::Message(_));
        urgent::set_line(&self.app, &self.view, self.nav.language(), above);
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
            Page::Message(id) => {
                let message = self.view.message(id).expect("nav shows only what is in force");
                urgent::fill(&self.app, &self.view, message, self.nav.language(), &self.languages);
                session.set_page(ui::PageKind::Message);
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
        if !self.service.has_the_glass() {
            self.app.invoke_take_keys();
        }
    }

    /// What changes without another page: time, age of the data, the warning, a note, the page number.
    fn dress(&self, at: Duration) {
        let session = self.app.global::<ui::Session>();
        self.set_clock();
        self.app.global::<ui::Look>().set_open(self.nav.choosing_look());
        self.set_line();
        session.set_warning(self.nav.warning(at).map_or(0, |seconds| seconds as i32));
        if self.service.has_the_glass() {
            return self.fill_open(at);
        }
        match self.nav.page() {
            Page::Wall => self.wall.dress(&self.app, &self.view, self.nav.sheet()),
            Page::Message(id) => {
                let message = self.view.message(id).expect("nav shows only what is in force");
                urgent::dress(&self.app, &self.view, message, self.nav.language());
            }
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

    fn set_clock(&self) {
        let clock = self.app.global::<ui::Clock>();
        let now = day::moment(self.view.now.at, self.view.now);
        clock.set_hour(now.hour);
        clock.set_minute(now.minute);
        clock.set_today(now.day);
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
            Page::Wall | Page::Message(_) | Page::Document(_) => {}
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
}
