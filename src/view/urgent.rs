//! Urgent messages of the office: which are in force at a moment, and in which order they are read.
//!
//! The surprising thing: a message ends by the moment that is certain to have come. A panel whose clock nobody vouches for
//! goes on showing it, with the day and hour at which it ends, rather than keep back what somebody's life may hang on.

use std::cmp::Reverse;

use super::View;
use crate::clock::Now;
use crate::wire::decree::{Decree, MAX_MESSAGES, Message};

impl View {
    /// The same with what the office has decreed. What it has taken down must not be among the notices: see
    /// [`Decree::takes_down`].
    pub fn decreed(mut self, decree: &Decree) -> View {
        let says_something = |message: &&Message| message.said_in("cs").is_some();
        let in_force = decree.messages.iter().filter(says_something).filter(|message| !is_over(message, self.now));
        self.messages = in_force.cloned().collect();
        self.messages.sort_by_key(|message| (message.is_drill(), message.severity.rank(), Reverse(message.sent)));
        self.messages.truncate(MAX_MESSAGES);
        self.decree.clone_from(&decree.digest);
        self
    }

    pub fn message(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// Whether one of its messages has ended since it was made.
    pub fn is_outlived(&self, now: Now) -> bool {
        self.messages.iter().any(|message| is_over(message, now))
    }
}

fn is_over(message: &Message, now: Now) -> bool {
    message.expires <= now.last_trusted
}
