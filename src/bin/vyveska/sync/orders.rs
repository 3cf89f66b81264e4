//! What sync is ordered to do, beside its rounds: an order is answered while a round is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vyveska::clock;
use vyveska::command::{Command, Inbox, Outcome, Program};
use vyveska::config::Config;

use crate::release::release;

pub struct Orders {
    inbox: Inbox,
    config: Config,
    hurry: Arc<AtomicBool>,
}

impl Orders {
    /// `hurry` makes every board due.
    pub fn new(config: Config, hurry: Arc<AtomicBool>) -> Orders {
        Orders { inbox: Inbox::open(&config.run, Program::Sync), config, hurry }
    }

    /// Carries out what came; whether sync goes on.
    pub fn look(&mut self, now: clock::Now) -> bool {
        let mut goes_on = true;
        for order in self.inbox.take(&clock::boot()) {
            let (outcome, said) = match &order.command {
                Command::SyncNow => {
                    self.hurry.store(true, Ordering::Relaxed);
                    (Outcome::Done, "every office is asked now".to_owned())
                }
                Command::Release { board, kind } => {
                    let hurry = || self.hurry.store(true, Ordering::Relaxed);
                    match release(&self.config, board, kind.as_deref(), Some(now), hurry) {
                        Ok(said) => (Outcome::Done, said),
                        Err(failure) => (Outcome::Refused, failure.to_string()),
                    }
                }
                Command::RestartSync => {
                    goes_on = false;
                    (Outcome::Done, "sync ends, to be started again".to_owned())
                }
                Command::RestartPanel
                | Command::Maintenance { .. }
                | Command::Brightness { .. }
                | Command::Picture { .. }
                | Command::Identify
                | Command::Reboot
                | Command::MountStick
                | Command::UnmountStick => (Outcome::Refused, "the panel carries this out".to_owned()),
            };
            tracing::info!("ordered: {} ({}): {said}", order.command, order.by.name());
            self.inbox.answer(order.id, outcome, &said);
        }
        goes_on
    }
}
