//! Where the reader is, kept in memory beside the process: a panel that is started again in the middle of a session
//! comes back with the same page.
//!
//! Kept is the page, not who reads it; it is gone with the session. The surprising thing: a place that was followed by
//! another end is not gone back to a third time, because what is shown there may be what ends the panel.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vyveska::clock::{self, Boot};
use vyveska::config::Language;
use vyveska::nav::{Event, Nav, Page};
use vyveska::view::{Key, Order};
use vyveska::wire::Place;

use super::report;

/// While somebody reads it is written this often, though nothing changed.
const BEAT: Duration = Duration::from_secs(30);
/// A reader has gone when the panel was away for so long.
const PATIENCE: Duration = Duration::from_secs(120);
/// Scrolling changes it many times a second.
const PAUSE: Duration = Duration::from_millis(300);
/// So often a place is gone back to without having been on the glass for [`SETTLED`].
const RETURNS: u32 = 2;
const SETTLED: Duration = Duration::from_secs(60);

/// The keeper of the record.
#[derive(Default)]
pub struct Places {
    /// `None`: nothing is kept.
    run: Option<PathBuf>,
    written: Option<Place>,
    written_at: Duration,
    /// How often this place was gone back to, until it has settled.
    returns: u32,
    began_at: Duration,
    /// Something changed that is not written yet.
    waiting: bool,
}

impl Places {
    pub fn new(run: Option<&Path>) -> Places {
        Places { run: run.map(Path::to_owned), ..Places::default() }
    }

    /// The events that lead back to where the reader was when the panel ended; none where nobody was, or where it was
    /// too long ago.
    pub fn come_back(&mut self, boot: &Boot, at: Duration) -> Vec<Event> {
        let Some(place) = self.run.as_deref().and_then(Place::read) else { return Vec::new() };
        let age = boot.since.checked_sub(Duration::from_millis(place.at_ms));
        let fresh = place.boot == boot.id && age.is_some_and(|age| age <= PATIENCE);
        if !fresh || place.returns >= RETURNS {
            self.forget();
            return Vec::new();
        }
        self.returns = place.returns + 1;
        self.began_at = at;
        // Before anything is shown: it may be the end again.
        self.write(Place { returns: self.returns, ..place.clone() }, at);
        way_to(&place)
    }

    /// A frame is on the glass at `at`.
    pub fn presented(&mut self, nav: &Nav, at: Duration) {
        if self.run.is_none() {
            return;
        }
        if !nav.somebody_is_there() {
            if self.written.take().is_some() {
                self.forget();
            }
            return;
        }
        if at >= self.began_at + SETTLED {
            self.returns = 0;
        }
        let place = Place { returns: self.returns, ..place_of(nav) };
        let same = self
            .written
            .as_ref()
            .is_some_and(|written| Place { boot: String::new(), at_ms: 0, ..written.clone() } == place);
        self.waiting = !same;
        let due = if same { BEAT } else { PAUSE };
        if self.written.is_none() || at >= self.written_at + due {
            self.write(place, at);
        }
    }

    /// When a place that changed is to be written, as time since the start.
    pub fn due(&self) -> Option<Duration> {
        self.waiting.then_some(self.written_at + PAUSE)
    }

    fn write(&mut self, place: Place, at: Duration) {
        let Some(run) = &self.run else { return };
        let Boot { id, since } = clock::boot();
        let place = Place { boot: id, at_ms: since.as_millis() as u64, ..place };
        // A reader who has to begin again is no reason to say anything.
        let _ = place.write(run);
        (self.written, self.written_at, self.waiting) = (Some(place), at, false);
    }

    fn forget(&mut self) {
        self.returns = 0;
        self.waiting = false;
        if let Some(run) = &self.run {
            let _ = fs::remove_file(run.join(Place::FILE));
        }
    }
}

fn place_of(nav: &Nav) -> Place {
    let key = match nav.page() {
        Page::Wall | Page::Message(_) | Page::Board | Page::Categories => None,
        Page::Notice(key) | Page::Document(key) | Page::Pages(key) => Some(key),
    };
    let (look, filter) = (nav.look(), nav.filter());
    Place {
        v: Place::VERSION,
        page: report::name(nav.page()).to_owned(),
        notice: key.map(|key| (key.board.clone(), key.id.clone())),
        attachment: nav.reading().attachment(),
        number: nav.reading().page(),
        language: look.language.code().to_owned(),
        contrast: look.contrast,
        large: look.large,
        board: filter.board.clone(),
        category: filter.category.clone(),
        by_end: filter.order == Order::EndingSoon,
        ..Place::default()
    }
}

fn way_to(place: &Place) -> Vec<Event> {
    let mut way = vec![Event::Active];
    way.extend(Language::parse(&place.language).map(Event::Speak));
    way.extend(place.contrast.then_some(Event::Contrast));
    way.extend(place.large.then_some(Event::Letters));
    match place.page.as_str() {
        "wall" => return way,
        "message" => {
            way.push(Event::Urgent);
            return way;
        }
        _ => {}
    }
    way.push(Event::Board(place.board.clone()));
    way.extend(place.category.clone().map(|category| Event::Category(Some(category))));
    way.extend(place.by_end.then_some(Event::Order(Order::EndingSoon)));
    if place.page == "categories" {
        way.push(Event::ChooseCategory);
    }
    let Some((board, id)) = &place.notice else { return way };
    way.push(Event::Open(Key { board: board.clone(), id: id.clone() }));
    match place.page.as_str() {
        "notice" => way.push(Event::Details),
        "document" => way.extend([Event::Attachment(place.attachment), Event::GoTo(place.number)]),
        "pages" => way.extend([Event::Attachment(place.attachment), Event::GoTo(place.number), Event::ChoosePage]),
        _ => {}
    }
    way
}
