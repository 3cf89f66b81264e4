//! What the panel is ordered to do, from outside or on its own service page. Each order is in the ledger before it is
//! carried out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use vyveska::clock::{self, Now};
use vyveska::command::{self, Command, Inbox, MAX_MAINTENANCE, Outcome, Program, Sender};

use super::brightness::Brightness;
use super::camera::Camera;
use super::record::Record;

pub struct Orders {
    /// `None`: nobody orders anything, the glass is not the one on the street.
    inbox: Option<Inbox>,
    run: PathBuf,
    /// Somebody works on the panel until then, as time since the start.
    maintained_until: Option<Duration>,
    brightness: Brightness,
    pub camera: Camera,
    /// Whoever wants to know which panel this is: the number of the order.
    pub identify: Option<u64>,
}

/// What the player has to do besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    GoOn,
    /// End; systemd starts the panel again.
    Stop,
}

impl Orders {
    pub fn new(run: Option<&Path>, data: Option<&Path>) -> Orders {
        Orders {
            inbox: run.map(|run| Inbox::open(run, Program::Panel)),
            run: run.unwrap_or(Path::new("")).to_owned(),
            maintained_until: None,
            brightness: data.map(Brightness::open).unwrap_or_default(),
            identify: None,
            camera: Camera::new(run.unwrap_or(Path::new("")), data),
        }
    }

    /// Carries out what came.
    pub fn look(&mut self, record: &mut Record, now: Now, at: Duration) -> Then {
        let orders = self.inbox.as_mut().map(|inbox| inbox.take(&clock::boot())).unwrap_or_default();
        let mut then = Then::GoOn;
        for order in orders {
            if let Command::Picture { name, sharp } = &order.command {
                record.ordered(&order.command, order.by, now, at);
                if let (Err(why), Some(inbox)) = (self.camera.want(order.id, name, *sharp), &self.inbox) {
                    inbox.answer(order.id, Outcome::Refused, why);
                }
                continue;
            }
            if order.command == Command::Identify {
                record.ordered(&order.command, order.by, now, at);
                self.identify = Some(order.id);
                continue;
            }
            let (outcome, said) = match self.carry_out(&order.command, order.by, record, now, at) {
                Ok((next, said)) => {
                    then = if next == Then::Stop { next } else { then };
                    (Outcome::Done, said.to_owned())
                }
                Err(why) => (Outcome::Refused, why),
            };
            tracing::info!("ordered: {} ({}): {said}", order.command, order.by.name());
            if let Some(inbox) = &self.inbox {
                inbox.answer(order.id, outcome, &said);
            }
        }
        then
    }

    /// Carries an order out, or hands it to whoever can. The sentence says what happens now, or why nothing does.
    pub fn carry_out(
        &mut self,
        command: &Command,
        by: Sender,
        record: &mut Record,
        now: Now,
        at: Duration,
    ) -> Result<(Then, &'static str), String> {
        record.ordered(command, by, now, at);
        if let Some(request) = command.request() {
            return match request.file(&self.run) {
                Ok(()) => Ok((Then::GoOn, "the system was asked for it")),
                Err(error) => Err(format!("the system cannot be asked for it: {error}")),
            };
        }
        match command {
            Command::RestartPanel => Ok((Then::Stop, "the panel ends, to be started again")),
            Command::Maintenance { minutes: 0 } => {
                self.maintained_until = None;
                Ok((Then::GoOn, "the maintenance is over"))
            }
            Command::Maintenance { minutes } => {
                let minutes = u64::from((*minutes).min(MAX_MAINTENANCE));
                self.maintained_until = Some(at + Duration::from_secs(60 * minutes));
                Ok((Then::GoOn, "the panel is in maintenance"))
            }
            Command::Brightness { percent } => match self.brightness.set(*percent) {
                Ok(()) if *percent == 0 => Ok((Then::GoOn, "the glass is as bright as the settings say")),
                Ok(()) => Ok((Then::GoOn, "the glass is as bright as ordered, where its backlight can be set")),
                Err(error) => Err(format!("the brightness is set, and lost with the next start: {error}")),
            },
            _ => match command::send(&self.run, command, by, &clock::boot()) {
                Ok(_) => Ok((Then::GoOn, "sync was told")),
                Err(error) => Err(format!("sync cannot be told: {error}")),
            },
        }
    }

    /// How an order ended that was carried out elsewhere.
    pub fn answer(&self, id: u64, outcome: Outcome, said: &str) {
        if let Some(inbox) = &self.inbox {
            inbox.answer(id, outcome, said);
        }
    }

    /// Set by hand, in per cent; `None`: the settings say it.
    pub fn brightness(&self) -> Option<u32> {
        self.brightness.by_hand()
    }

    /// How long somebody still works on the panel; `None`: nobody does.
    pub fn maintained_for(&self, at: Duration) -> Option<Duration> {
        self.maintained_until.and_then(|until| until.checked_sub(at)).filter(|left| !left.is_zero())
    }
}
