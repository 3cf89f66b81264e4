//! A million events in no order: contacts, keys, time, and a board that changes meanwhile. Without a glass; the same
//! ones each time.

use std::time::Duration;

use vyveska::config::Language;
use vyveska::hand::{Area, Contact, Gesture, Hands, Phase, Place};
use vyveska::nav::{Canvas, Effect, Event, Frame, Nav, Page};
use vyveska::store::PageSize;
use vyveska::view::{Order, PaperState, View};
use vyveska::wire::decree::Decree;

use super::urgent::message;
use super::{FRAME, IDLE, buttons, known, nav, promises, secs, view_of};

const EVENTS: usize = 1_000_000;
/// Notices there may be.
const NOTICES: usize = 8;
/// What is in sight takes two pages' time to read at most, besides.
const LONGEST: u64 = IDLE + 600;

/// Marsaglia's xorshift: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() >> 11) as usize % end
    }

    fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * (self.below(1 << 20) as f32 / (1 << 20) as f32)
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// Boards as they may be from one round to the next: notices gone and come, documents drawn further, or others.
fn boards(dice: &mut Dice) -> Vec<View> {
    let board = |_| {
        let ids: Vec<usize> = (0..NOTICES).filter(|_| !dice.one_in(4)).collect();
        let mut view = view_of(&ids);
        let messages = (0..5).filter(|_| dice.one_in(6)).map(|n| message(&n.to_string(), n));
        view = view.decreed(&Decree::of(messages.collect(), Vec::new()));
        for paper in view.postings.iter_mut().filter_map(|posting| posting.papers.last_mut()) {
            let PaperState::Ready(pages) = &mut paper.state else { continue };
            pages.count = [1, 2, 5, 61][dice.below(4)];
            pages.sizes = (0..pages.count)
                .map(|_| PageSize {
                    width: 1080 * u32::from(!dice.one_in(3)),
                    height: [1527, 764, 300, 9000][dice.below(4)],
                    blank: dice.one_in(4),
                    ..PageSize::default()
                })
                .collect();
        }
        view
    };
    (0..48).map(board).collect()
}

struct Storm {
    dice: Dice,
    nav: Nav,
    hands: Hands,
    boards: Vec<View>,
    board: usize,
    now: Duration,
    sheets: usize,
    last_act: Option<Duration>,
    wake: Option<Duration>,
    /// The contacts of the sensor, where they are.
    down: [Option<Place>; 5],
    done: usize,
}

impl Storm {
    fn pass(&mut self, event: Event) {
        let view = &self.boards[self.board];
        let asked = self.nav.warning(self.now).is_some();
        let passive = matches!(event, Event::Tick | Event::Refreshed | Event::Sheets(_) | Event::Framed(_));
        if !passive {
            self.last_act = Some(self.now);
        }
        if let Event::Sheets(stays) = &event {
            self.sheets = stays.len();
        }
        let before = self.nav.page().clone();
        let effects = self.nav.update(view, event.clone(), self.now);
        self.done += 1;
        let place = format!("after {event:?}, the {}th event, at {:?}", self.done, self.now);
        assert!(!asked || passive || *self.nav.page() == before, "it did more than answer {place}");
        if let Some(broken) = promises::broken(&self.nav, view, self.now) {
            panic!("{broken} {place}");
        }
        assert!(self.nav.sheet() < self.sheets.max(1), "no such sheet {place}");
        if self.done.is_multiple_of(16) {
            assert!(promises::list_is_one_touch_away(&self.nav, view, self.now), "the list is far {place}");
        }
        // A session lasts while somebody acts within its time, longer on pages, and then it ends.
        let still = self.last_act.map(|act| self.now - act);
        let open = self.nav.somebody_is_there();
        assert!(open || still.is_none_or(|still| still >= secs(IDLE)), "thrown out {place}");
        assert!(!open || still.is_some_and(|still| still < secs(LONGEST)), "nobody is there {place}");
        if !open {
            self.last_act = None;
        }
        let due = |effect: &Effect| if let Effect::Wake(due) = effect { Some(*due) } else { None };
        self.wake = effects.iter().find_map(due);
        assert!(self.wake.is_none_or(|due| due > self.now), "woken in the past {place}");
        assert!(
            self.wake.is_some() || (!open && self.sheets < 2 && view.messages.is_empty()),
            "never woken again {place}"
        );
        // As the screen does.
        let reading = matches!(self.nav.page(), Page::Document(_)) && self.nav.warning(self.now).is_none();
        let area = Area { x: 0.0, y: 300.0, width: 1000.0, height: 1300.0 };
        self.hands.set_canvas(reading.then_some(area));
        self.hands.set_moving(reading && self.nav.reading().canvas().moves());
        if *self.nav.page() != before {
            self.hands.other_page();
        }
    }

    /// What the sensor may report, its faults among it; and what presses lead to.
    fn touch(&mut self) {
        let id = self.dice.below(self.down.len());
        let anywhere = Place::new(self.dice.between(-50.0, 1050.0), self.dice.between(-50.0, 1950.0));
        let (phase, place) = match (self.down[id], self.dice.below(10)) {
            (None, 0) => (Phase::Up, anywhere),
            (None, _) => (Phase::Down, anywhere),
            (Some(_), 0) => (Phase::Down, anywhere),
            (Some(at), 1 | 2) => (Phase::Up, at),
            (Some(_), 3) if self.dice.one_in(8) => (Phase::Cancel, anywhere),
            (Some(_), 4) if self.dice.one_in(4) => (Phase::Move, anywhere),
            (Some(at), _) => {
                let way = (self.dice.between(-30.0, 30.0), self.dice.between(-60.0, 60.0));
                (Phase::Move, Place::new(at.x + way.0, at.y + way.1))
            }
        };
        self.down[id] = matches!(phase, Phase::Down | Phase::Move).then_some(place);
        let length = if self.dice.one_in(50) { 200.0 } else { self.dice.between(0.0, 60.0) };
        let contact = Contact { id: id as u64, phase, x: place.x, y: place.y, length };
        let told = self.hands.report(contact, 1.0, self.now);
        for (gesture, _) in self.hands.gestures() {
            self.pass(Event::Hand(gesture));
        }
        for deliver in told.into_iter().chain(self.hands.flush(self.now)) {
            let event = if deliver.phase == Phase::Up { self.press() } else { Event::Active };
            self.pass(event);
        }
    }

    /// What lies under a finger, or has the focus.
    fn press(&mut self) -> Event {
        let dice = &mut self.dice;
        match dice.below(47) {
            0..8 => Event::Open(known(dice.below(NOTICES + 1))),
            8..11 => Event::Attachment(dice.below(NOTICES)),
            11 | 12 => Event::Unfold(dice.below(9)),
            13 => Event::GoTo(dice.below(70) as u32),
            14 | 15 => Event::Digit(dice.below(10) as u8),
            16 => Event::Board([None, Some("a"), Some("b"), Some("gone")][dice.below(4)].map(str::to_owned)),
            17 => Event::Category([None, Some("Rozpočty"), Some("Hory")][dice.below(3)].map(str::to_owned)),
            18 => Event::Order([Order::Newest, Order::EndingSoon][dice.below(2)]),
            19 => Event::Speak(Language::ALL[dice.below(4)]),
            20 => Event::Sheets((0..dice.below(5)).map(|at| secs(4 + at as u64)).collect()),
            21 | 22 => Event::Framed(
                [
                    FRAME,
                    Frame { height: 900.0, ..FRAME },
                    Frame { width: 300.0, height: 200.0, page: 250.0, fold: 20.0, tail: 0.0 },
                    Frame::default(),
                ][dice.below(4)],
            ),
            // What no hand does.
            23 => Event::Hand(
                [
                    Gesture::Pinch { by: 0.0, from: Place::new(f32::NAN, 0.0), to: Place::new(9e9, -9e9) },
                    Gesture::Drag { x: f32::NAN, y: f32::INFINITY },
                    Gesture::Drag { x: 9e9, y: -9e9 },
                    Gesture::Throw { x: f32::NAN, y: 1e9 },
                ][dice.below(4)],
            ),
            46 => Event::Urgent,
            plain => buttons()[plain - 24].clone(),
        }
    }

    /// A round of sync. Nothing that a reader has before the eyes goes elsewhere.
    fn renew(&mut self) {
        self.pass(Event::Tick);
        let before = self.nav.clone();
        self.board = self.dice.below(self.boards.len());
        self.pass(Event::Refreshed);
        let place = |nav: &Nav| (nav.page().clone(), nav.reading().attachment());
        if matches!(before.page(), Page::Document(_)) && place(&before) == place(&self.nav) {
            let jumped = jumped(before.reading().canvas(), self.nav.reading().canvas());
            assert_eq!(jumped, None, "the {}th event", self.done);
        }
    }

    fn wait(&mut self) {
        self.now = match (self.dice.below(40), self.wake) {
            (0..8, Some(due)) => due,
            (8, _) => self.now + secs(self.dice.below(60) as u64),
            (9, _) if self.dice.one_in(20) => self.now + secs(LONGEST),
            _ => self.now + Duration::from_millis(self.dice.below(40) as u64),
        };
        self.pass(Event::Tick);
    }
}

/// The piece that was at four tenths of the canvas is where it was: its upper edge, or else what was at the top.
fn jumped(before: &Canvas, after: &Canvas) -> Option<String> {
    let frame = before.frame();
    let eye = 0.4 * frame.height;
    let lies_free = |canvas: &Canvas| canvas.top() < 0.0 && canvas.top() > frame.height - canvas.length() + 1.0;
    let read = |at: &usize| (before.extent(*at).0..before.extent(*at).1).contains(&eye);
    let pieces = before.layout().pieces();
    let at = (0..pieces.len()).find(read).filter(|_| lies_free(before) && lies_free(after))?;
    let now = after.layout().find(pieces[at].first)?;
    if after.layout().pieces()[now].first != pieces[at].first {
        return None;
    }
    let ((top, bottom), (new_top, new_bottom)) = (before.extent(at), after.extent(now));
    // Pages in hundreds of thousands of pixels, in numbers of 24 bits.
    let stays = match top >= 0.0 {
        true => (new_top - top).abs() < 2.0,
        false => (top / (bottom - top) - new_top / (new_bottom - new_top)).abs() < 0.01,
    };
    (!stays).then(|| format!("page {} from {top}–{bottom} to {new_top}–{new_bottom}", pieces[at].first))
}

#[test]
fn a_million_random_events_break_no_promise() {
    let mut dice = Dice(0x5eed_0001);
    let boards = boards(&mut dice);
    let mut storm = Storm {
        dice,
        nav: nav(),
        hands: Hands::default(),
        boards,
        board: 0,
        now: Duration::ZERO,
        sheets: 0,
        last_act: None,
        wake: None,
        down: [None; 5],
        done: 0,
    };
    storm.pass(Event::Framed(FRAME));
    let (mut pages, mut ends, mut zooms) = (0, 0, 0);
    while storm.done < EVENTS {
        match storm.dice.below(20) {
            0..13 => storm.touch(),
            13 | 14 => {
                let event = storm.press();
                storm.pass(event);
            }
            15 if storm.dice.one_in(3) => storm.renew(),
            _ => storm.wait(),
        }
        pages += usize::from(matches!(storm.nav.page(), Page::Document(_)));
        zooms += usize::from(storm.nav.reading().canvas().zoom() != 1.0);
        ends += usize::from(!storm.nav.somebody_is_there());
    }
    // It was everywhere.
    assert!(pages > EVENTS / 20 && zooms > EVENTS / 50 && ends > EVENTS / 1000, "{pages} {zooms} {ends}");
}
