//! Urgent messages while nobody is there: they take turns with the sheets of the wall.
//!
//! A new message has the glass at once where nobody reads, and is the first thing that the next person finds. Whoever
//! reads goes on reading: for them the screen has a line above every page, which leads there.

use std::time::Duration;

use super::{Nav, Note, Page};
use crate::view::{Message, Severity, View};

/// Letters a second that a person reads on a board, and the time to see that there is something to read.
const READING_SPEED: f32 = 12.0;
const FINDING: Duration = Duration::from_secs(4);
/// One stays so long at least, and at most.
const SHORTEST: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default)]
pub struct Urgent {
    /// Names of those that have been on the glass since somebody left it.
    seen: Vec<String>,
    /// The one that had the glass last, and since when.
    last: Option<String>,
    since: Duration,
}

/// How long one has the glass: what is gravest twice as long as it takes to read.
fn stay(message: &Message) -> Duration {
    let said = message.info.iter();
    let letters = said.map(|info| info.headline.chars().count() + info.description.chars().count());
    let longest = letters.max().unwrap_or(0);
    let reading = FINDING + Duration::from_secs_f32(longest as f32 / READING_SPEED);
    let times = if message.severity == Severity::Extreme { 2 } else { 1 };
    (reading * times).clamp(SHORTEST, LONGEST)
}

impl Nav {
    /// On a page that needs nobody.
    pub(super) fn is_at_home(&self) -> bool {
        matches!(self.page, Page::Wall | Page::Message(_))
    }

    /// While nobody is there: what has the glass now.
    pub(super) fn turn(&mut self, view: &View, at: Duration) {
        self.urgent.seen.retain(|id| view.message(id).is_some());
        if let Some(new) = view.messages.iter().find(|message| !self.urgent.seen.contains(&message.id)) {
            return self.urge(new.id.clone(), at);
        }
        match &self.page {
            Page::Message(id) => {
                let stays = view.message(id).is_some_and(|message| at < self.urgent.since + stay(message));
                if !stays {
                    self.page = Page::Wall;
                    self.wall.rest(at);
                }
            }
            _ if view.messages.is_empty() => self.wall.turn(at),
            _ if self.wall.is_over(at) => {
                self.wall.next(at);
                let last = self.urgent.last.as_ref();
                let place = view.messages.iter().position(|message| Some(&message.id) == last);
                let next = place.map_or(0, |place| (place + 1) % view.messages.len());
                self.urge(view.messages[next].id.clone(), at);
            }
            _ => {}
        }
    }

    /// It has the glass.
    fn urge(&mut self, id: String, at: Duration) {
        if !self.urgent.seen.contains(&id) {
            self.urgent.seen.push(id.clone());
        }
        self.urgent.last = Some(id.clone());
        self.urgent.since = at;
        self.page = Page::Message(id);
    }

    /// A reader wants the gravest one, or the next one after the one on the glass.
    pub(super) fn read_message(&mut self, view: &View) {
        let place = match &self.page {
            Page::Message(id) => view.messages.iter().position(|message| message.id == *id).map_or(0, |at| at + 1),
            _ => 0,
        };
        if let Some(message) = view.messages.get(place).or(view.messages.first()) {
            self.page = Page::Message(message.id.clone());
        }
    }

    /// The message before the reader's eyes is in force no more.
    pub(super) fn leave_over(&mut self) {
        if self.session.is_open() {
            self.page = Page::Board;
            self.note = Some(Note::MessageOver);
        } else {
            self.page = Page::Wall;
        }
    }

    /// The next person finds the messages first.
    pub(super) fn forget_messages(&mut self) {
        self.urgent = Urgent::default();
    }

    /// When something changes on a glass that nobody stands at.
    pub(super) fn due_alone(&self, view: &View) -> Option<Duration> {
        match &self.page {
            Page::Message(id) => Some(self.urgent.since + view.message(id).map_or(Duration::ZERO, stay)),
            _ if view.messages.is_empty() => self.wall.due(),
            _ => Some(self.wall.end()),
        }
    }
}
