//! Where the reader is: all behaviour of a reader's session, as one pure function of what happened and when.
//!
//! What it deliberately does not do: know words, widgets or clocks. Time is the monotonic time since the start, handed
//! in; how many sheets the wall has and how long each stays, and how large the canvas is, comes from the layout as an
//! event. The surprising thing: there is no history of pages. "Back" always leads one step up (document or notice →
//! list → wall), so that a button does the same for everybody, however they got there.

mod canvas;
mod document;
mod look;
mod session;
mod urgent;
mod wall;

use std::time::Duration;

use crate::config::Language;
use crate::hand::Gesture;
use crate::view::{Filter, Key, Order, View};

pub use canvas::{Canvas, Fit, Frame, Layout, MAX_ZOOM, OVERLAP, Piece, Way};
pub use document::Reading;
pub use look::Look;
pub use session::Patience;
use session::Session;
use urgent::Urgent;
use wall::Wall;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The paper board that turns its sheets by itself.
    Wall,
    /// An urgent message of the office, by its name.
    Message(String),
    /// The list.
    Board,
    /// The choice of a category for the list.
    Categories,
    /// What is known about a notice, and its attachments.
    Notice(Key),
    /// The pages of one attachment.
    Document(Key),
    /// The choice of one of its pages.
    Pages(Key),
}

/// The length of a full page as a reader needs it, however little is on it: 3,600 characters at the 12 a second that
/// the wall reckons with.
const A_PAGE: Duration = Duration::from_secs(300);
/// Sooner than any display's next frame.
const NEXT_FRAME: Duration = Duration::from_millis(4);
/// The second of two quick touches that opened an attachment, or unfolded pages, is no touch of a page.
const SETTLED: Duration = Duration::from_millis(700);

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Time passed; asked for by `Effect::Wake`.
    Tick,
    /// There is a new view.
    Refreshed,
    /// The wall was laid out: how long each of its sheets stays.
    Sheets(Vec<Duration>),
    /// Somebody is there: a touch, a key or a scroll without a meaning of its own.
    Active,
    /// To the wall.
    Start,
    /// To the list as it was left.
    List,
    /// To the urgent message, or from it to the next one.
    Urgent,
    /// One step up.
    Back,
    ChooseCategory,
    Board(Option<String>),
    Category(Option<String>),
    Order(Order),
    /// A title was touched: page one of its first attachment that has pages, else what is known about the notice.
    Open(Key),
    /// From a document to what is known about its notice.
    Details,
    /// An attachment of the notice on the glass, from 0.
    Attachment(usize),
    Scroll(Way),
    /// The canvas was laid out.
    Framed(Frame),
    /// What a hand did on the canvas.
    Hand(Gesture),
    Larger,
    Smaller,
    Fit(Fit),
    /// The pages by a quarter to the right.
    Turn,
    /// The strip that stands for blank pages: its place in the layout.
    Unfold(usize),
    /// To the choice of a page.
    ChoosePage,
    /// To the top of a page, from 1.
    GoTo(u32),
    NextPage,
    PreviousPage,
    /// A digit of a page's number.
    Digit(u8),
    /// The last digit was wrong.
    Erase,
    /// To the page whose number was typed.
    GoToTyped,
    Speak(Language),
    /// Higher contrast, or back.
    Contrast,
    /// Larger letters, or back.
    Letters,
    /// Opens the sheet with language, letters and contrast over the page, or closes it.
    Look,
    /// Something else has taken the glass: the session ends, as if nobody were there.
    Leave,
}

/// What the screen has to do after an event, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The page, or what it shows, is another one: fill it, and begin at its top.
    Show,
    /// The same page, and the same place on it: fill it again.
    Refill,
    /// By one screenful, less a few lines; the canvas is not meant.
    Scroll(Way),
    /// The canvas moved, or is about to.
    Move,
    /// The look, the choice of one, the warning or the note changed.
    Dress,
    /// Send `Event::Tick` at this time since the start. The latest one counts; none: nothing is due.
    Wake(Duration),
}

/// One line that tells the reader what just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The notice being read was taken down.
    TakenDown,
    /// The urgent message being read is in force no more.
    MessageOver,
}

/// The reader's session.
#[derive(Debug, Clone)]
pub struct Nav {
    page: Page,
    filter: Filter,
    look: Look,
    /// The sheet on which it is chosen lies over the page.
    choosing_look: bool,
    /// That of the board when left alone.
    home: Look,
    note: Option<Note>,
    wall: Wall,
    urgent: Urgent,
    reading: Reading,
    /// Since when there is something else under the hand: the attachment was opened, or pages unfolded.
    opened: Duration,
    frame: Frame,
    session: Session,
    /// The warning that the last update left on the glass.
    warned: Option<u32>,
}

impl Nav {
    pub fn new(patience: Patience, home_language: Language) -> Nav {
        Nav {
            page: Page::Wall,
            filter: Filter::default(),
            look: Look::of_the_board(home_language),
            choosing_look: false,
            home: Look::of_the_board(home_language),
            note: None,
            wall: Wall::default(),
            urgent: Urgent::default(),
            reading: Reading::default(),
            opened: Duration::ZERO,
            frame: Frame::default(),
            session: Session::new(patience),
            warned: None,
        }
    }

    pub fn page(&self) -> &Page {
        &self.page
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    pub fn language(&self) -> Language {
        self.look.language
    }

    pub fn look(&self) -> Look {
        self.look
    }

    pub fn choosing_look(&self) -> bool {
        self.choosing_look
    }

    pub fn note(&self) -> Option<Note> {
        self.note
    }

    /// Where in a document the reader is; means something on `Page::Document` and `Page::Pages` only.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The wall's sheet on the glass, from 0.
    pub fn sheet(&self) -> usize {
        self.wall.sheet()
    }

    /// Seconds until the session ends, once the reader has to be asked.
    pub fn warning(&self, at: Duration) -> Option<u32> {
        self.session.warning(at).filter(|_| !self.is_at_home())
    }

    pub fn somebody_is_there(&self) -> bool {
        self.session.is_open()
    }

    /// What an event at `at` (monotonic, since the start) does.
    pub fn update(&mut self, view: &View, event: Event, at: Duration) -> Vec<Effect> {
        let before = self.clone();
        let mut effects = match event {
            Event::Tick => Vec::new(),
            Event::Refreshed => self.follow(view),
            Event::Sheets(stays) => {
                self.wall.lay(stays, at);
                Vec::new()
            }
            Event::Framed(frame) => self.reframe(frame),
            Event::Leave => {
                self.reset(at);
                Vec::new()
            }
            // The touch that goes on reading does nothing else.
            _ if self.warning(at).is_some() => {
                self.session.touch(at);
                Vec::new()
            }
            event => {
                self.session.touch(at);
                self.act(view, event, at)
            }
        };
        if matches!(self.page, Page::Document(_)) && self.reading.canvas.step(at) {
            effects.push(Effect::Move);
        }
        self.session.allow(self.reading_time());
        if self.session.over(at) {
            self.reset(at);
        }
        if !self.session.is_open() {
            self.turn(view, at);
        }
        let moved = self.page != before.page
            || self.filter != before.filter
            || self.wall.sheet() != before.wall.sheet()
            || self.reading.attachment() != before.reading.attachment();
        if moved {
            effects.retain(|effect| !matches!(effect, Effect::Refill | Effect::Move));
            effects.insert(0, Effect::Show);
        }
        effects.dedup();
        self.warned = self.warning(at);
        let looks = (self.look, self.choosing_look) != (before.look, before.choosing_look);
        if looks || self.note != before.note || self.warned != before.warned {
            effects.push(Effect::Dress);
        }
        effects.extend(self.due(view, at).map(Effect::Wake));
        effects
    }

    /// What a reader's own act does.
    fn act(&mut self, view: &View, event: Event, at: Duration) -> Vec<Effect> {
        let choosing = self.choosing_look;
        if event != Event::Active {
            self.note = None;
            // What is set on the sheet is seen behind it, and may be set back.
            self.choosing_look = choosing && matches!(event, Event::Contrast | Event::Letters);
        }
        match event {
            Event::Tick | Event::Refreshed | Event::Sheets(_) | Event::Framed(_) | Event::Active | Event::Leave => {}
            Event::Start => {
                self.page = Page::Wall;
                self.wall.rest(at);
            }
            Event::List => self.page = Page::Board,
            Event::Urgent => self.read_message(view),
            // One step: what lies over the page goes first.
            Event::Back if choosing => {}
            Event::Back => {
                self.page = match &self.page {
                    Page::Wall | Page::Message(_) | Page::Board => Page::Wall,
                    Page::Categories | Page::Notice(_) | Page::Document(_) => Page::Board,
                    Page::Pages(key) => Page::Document(key.clone()),
                }
            }
            Event::ChooseCategory => self.page = Page::Categories,
            Event::Board(board) => {
                self.filter.board = board.filter(|key| view.desk(key).is_some());
                self.keep_category_known(view);
                self.page = Page::Board;
            }
            Event::Category(category) => {
                self.filter.category = category;
                self.keep_category_known(view);
                self.page = Page::Board;
            }
            Event::Order(order) => {
                self.filter.order = order;
                self.page = Page::Board;
            }
            Event::Open(key) => self.open(view, key, at),
            Event::Details => {
                if let Page::Document(key) | Page::Pages(key) = &self.page {
                    self.page = Page::Notice(key.clone());
                }
            }
            Event::Attachment(number) => {
                if let Page::Notice(key) | Page::Document(key) = &self.page {
                    self.read(view, key.clone(), number, at);
                }
            }
            Event::Speak(language) => self.look.language = language,
            Event::Contrast => self.look.contrast = !self.look.contrast,
            Event::Letters => self.look.large = !self.look.large,
            Event::Look => self.choosing_look = !choosing,
            Event::Scroll(way) if !matches!(self.page, Page::Document(_)) => return vec![Effect::Scroll(way)],
            event => return self.turn_pages(event, at),
        }
        Vec::new()
    }

    /// What a reader's own act does to the pages of a document.
    fn turn_pages(&mut self, event: Event, at: Duration) -> Vec<Effect> {
        let (Page::Document(key) | Page::Pages(key)) = &self.page else { return Vec::new() };
        let page = self.reading.page();
        let reading = &mut self.reading;
        let choosing = matches!(self.page, Page::Pages(_));
        let to = match event {
            Event::GoTo(page) => page,
            Event::GoToTyped if choosing && reading.typed() > 0 => reading.typed(),
            Event::NextPage => page + 1,
            Event::PreviousPage => page.saturating_sub(1),
            _ => 0,
        };
        if (1..=reading.pages()).contains(&to) {
            reading.canvas.go_to(to);
            self.page = Page::Document(key.clone());
            return vec![Effect::Move];
        }
        match event {
            Event::Digit(digit) if choosing => reading.type_in(digit),
            Event::Erase if choosing => reading.erase(),
            _ if choosing => return Vec::new(),
            Event::ChoosePage => {
                reading.forget_typed();
                self.page = Page::Pages(key.clone());
            }
            Event::Hand(Gesture::DoubleTap(_)) if at.saturating_sub(self.opened) < SETTLED => {}
            Event::Hand(gesture) => {
                reading.canvas.follow(gesture, at);
            }
            Event::Larger | Event::Smaller => reading.canvas.resize(event == Event::Larger, at),
            Event::Fit(fit) => reading.canvas.fit(fit, at),
            Event::Turn => reading.canvas.turn(),
            Event::Unfold(piece) => {
                reading.canvas.unfold(piece);
                self.opened = at;
                return vec![Effect::Refill];
            }
            Event::Scroll(way) => reading.canvas.scroll(way, at),
            _ => {}
        }
        match choosing {
            true => vec![Effect::Refill],
            false => vec![Effect::Move],
        }
    }

    fn open(&mut self, view: &View, key: Key, at: Duration) {
        let Some(posting) = view.posting(&key) else { return };
        match posting.first_readable() {
            Some(first) => self.read(view, key, first, at),
            None => self.page = Page::Notice(key),
        }
    }

    fn read(&mut self, view: &View, key: Key, attachment: usize, at: Duration) {
        let reading = view.posting(&key).and_then(|posting| Reading::begin(posting, attachment, self.frame));
        if let Some(reading) = reading {
            self.reading = reading;
            self.opened = at;
            self.page = Page::Document(key);
        }
    }

    /// The canvas is another one: what is at its top stays there.
    fn reframe(&mut self, frame: Frame) -> Vec<Effect> {
        if frame == self.frame {
            return Vec::new();
        }
        self.frame = frame;
        self.reading.canvas.reframe(frame);
        vec![Effect::Move]
    }

    /// How long it takes to read what is in sight, if it is as full as a page can be.
    fn reading_time(&self) -> Duration {
        match self.page {
            Page::Document(_) => A_PAGE.mul_f32(self.reading.canvas.in_sight().clamp(0.0, 2.0)),
            _ => Duration::ZERO,
        }
    }

    /// Goes on in a new view: what the reader has before the eyes stays, unless it is no longer up.
    fn follow(&mut self, view: &View) -> Vec<Effect> {
        if self.filter.board.as_ref().is_some_and(|board| view.desk(board).is_none()) {
            self.filter.board = None;
        }
        self.keep_category_known(view);
        match &self.page {
            Page::Message(id) if view.message(id).is_none() => self.leave_over(),
            Page::Notice(key) if view.posting(key).is_none() => self.leave_taken_down(),
            Page::Document(key) | Page::Pages(key) => {
                match view.posting(key).map(|posting| self.reading.follow(posting)) {
                    None => self.leave_taken_down(),
                    Some(None) => self.page = Page::Notice(key.clone()),
                    Some(Some(())) => {}
                }
            }
            _ => {}
        }
        vec![Effect::Refill]
    }

    fn leave_taken_down(&mut self) {
        self.page = Page::Board;
        self.note = Some(Note::TakenDown);
    }

    fn keep_category_known(&mut self, view: &View) {
        let board = self.filter.board.as_deref();
        let known = |category: &String| view.categories(board).iter().any(|known| known.name == *category);
        if self.filter.category.as_ref().is_some_and(|category| !known(category)) {
            self.filter.category = None;
        }
    }

    /// The next person finds the board as it hangs: the wall, its own language and look, normal size, everything listed.
    fn reset(&mut self, at: Duration) {
        self.page = Page::Wall;
        self.filter = Filter::default();
        self.look = self.home;
        self.choosing_look = false;
        self.note = None;
        self.reading = Reading::default();
        self.forget_messages();
        self.session.close();
        self.wall.rest(at);
    }

    fn due(&self, view: &View, at: Duration) -> Option<Duration> {
        if matches!(self.page, Page::Document(_)) && self.reading.canvas.moves() {
            return Some(at + NEXT_FRAME);
        }
        self.session.due(at, !self.is_at_home()).or_else(|| self.due_alone(view))
    }
}
