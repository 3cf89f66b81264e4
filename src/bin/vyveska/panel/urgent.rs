//! Which urgent messages have been on the glass, for the hub and for the ledger.
//!
//! The surprising thing: what takes turns with the board counts as shown in between too, until it is over; what has only
//! had its headline above a page does not count as whole.

use std::time::Duration;

use vyveska::clock::Now;
use vyveska::screen::Screen;
use vyveska::wire::ShownMessage;
use vyveska::wire::decree::Message;

use super::record::Record;

#[derive(Default)]
pub struct Messages {
    shown: Vec<ShownMessage>,
    /// What the ledger knows: names of those in force, and of those that were whole on the glass.
    recorded: Option<(Vec<String>, Vec<String>)>,
}

impl Messages {
    /// A frame is on the glass.
    pub fn presented(&mut self, screen: &Screen, record: &mut Record, now: Now, at: Duration) {
        let view = screen.view();
        self.shown.retain(|shown| view.message(&shown.id).is_some());
        for (id, whole) in screen.shown_messages() {
            match self.shown.iter_mut().find(|shown| shown.id == id) {
                Some(shown) if shown.whole || !whole => {}
                Some(shown) => (shown.whole, shown.since) = (true, Some(now.at)),
                None => self.shown.push(ShownMessage { id, whole, since: Some(now.at) }),
            }
        }
        let whole = |message: &&Message| self.shown.iter().any(|shown| shown.whole && shown.id == message.id);
        let whole: Vec<&Message> = view.messages.iter().filter(whole).collect();
        let names = |messages: &mut dyn Iterator<Item = &Message>| messages.map(|message| message.id.clone()).collect();
        let state = (names(&mut view.messages.iter()), names(&mut whole.iter().copied()));
        if self.recorded.as_ref() != Some(&state) && record.messages(&view.messages, &whole, now, at) {
            self.recorded = Some(state);
        }
    }

    /// What is on the glass, or takes turns on it.
    pub fn shown(&self) -> Vec<ShownMessage> {
        self.shown.clone()
    }
}
