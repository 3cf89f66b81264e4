//! Orders of the hub: taken once, passed on to whoever carries them out, and answered once.
//!
//! It carries nothing out: an order goes into the mailbox of its program (`command`), like one from a terminal. The
//! surprising thing: an order is on the disk, with the number that it gets in the mailbox, before it lies there. Whatever
//! ends the program in between, it is not carried out twice, and its answer is not made up.

use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Boot;
use crate::command::{self, Command, MAX_AGE, Outcome, Sender};
use crate::store::{StoreError, Taken, Uplink as Store};
use crate::wire::link::{HubOrder, OrderAnswer};

/// So many are taken from one answer; the hub says the others again.
const AT_ONCE: usize = 16;
/// Letters of an answer.
const LONGEST: usize = 400;
/// A program that has not answered so long after the order has run out is not there.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Orders {
    run: PathBuf,
    /// Until their answers are acknowledged.
    taken: Vec<Taken>,
    /// Number of the last that was taken.
    last: u64,
    /// There is an answer that the hub was not told.
    news: bool,
}

impl Orders {
    /// As they lie on the disk. `last`: see [`crate::store::Bond`].
    pub fn load(run: PathBuf, store: &mut Store, last: u64) -> Result<Orders, StoreError> {
        let taken = store.taken()?;
        let news = taken.iter().any(|order| order.answer.is_some());
        Ok(Orders { run, taken, last, news })
    }

    /// Takes those that are new, and passes them on.
    pub fn take(&mut self, mut orders: Vec<HubOrder>, store: &mut Store, boot: &Boot) {
        orders.retain(|order| order.id > self.last);
        orders.sort_by_key(|order| order.id);
        orders.dedup_by_key(|order| order.id);
        let first = boot.since.as_micros() as u64;
        for (order, letter) in orders.into_iter().take(AT_ONCE).zip(first..) {
            let valid = Duration::from_secs(order.valid.into()).min(MAX_AGE);
            let command: Option<Command> = serde_json::from_value(order.command.clone()).ok();
            let refused = match command {
                None => Some(UNKNOWN),
                Some(_) if valid.is_zero() => Some(TOO_LATE),
                Some(_) => None,
            };
            self.last = order.id;
            let mut taken = Taken {
                id: order.id,
                command: order.command.to_string(),
                boot: boot.id.clone(),
                until: (boot.since + valid).as_secs(),
                letter: Some(letter),
                answer: refused.map(|why| (false, why.to_owned())),
            };
            if let Err(error) = store.take(&taken) {
                taken.answer = Some((false, format!("the panel's disk did not take it, so it is not done: {error}")));
            }
            if let (None, Some(command)) = (&taken.answer, command)
                && let Err(error) = command::send_as(&self.run, &command, Sender::Hub, boot, letter, valid)
            {
                let program = command.program().name();
                taken.answer = Some((false, format!("{program} cannot be told: {error}")));
                // What cannot be written down is said all the same.
                store.note(&taken).ok();
            }
            self.news |= taken.answer.is_some();
            self.taken.push(taken);
        }
    }

    /// Looks how they ended.
    pub fn look(&mut self, store: &mut Store, boot: &Boot) {
        for order in self.taken.iter_mut().filter(|order| order.answer.is_none()) {
            order.answer = ended(order, &self.run, boot);
            if order.answer.is_some() {
                self.news = true;
                store.note(order).ok();
            }
        }
    }

    /// Some are not answered yet.
    pub fn are_open(&self) -> bool {
        self.taken.iter().any(|order| order.answer.is_none())
    }

    /// There is something to tell.
    pub fn have_news(&self) -> bool {
        self.news
    }

    /// What the hub is to be told, oldest first.
    pub fn answers(&self) -> Vec<OrderAnswer> {
        let answer = |order: &Taken| {
            let (done, said) = order.answer.clone()?;
            Some(OrderAnswer { id: order.id, done, said: said.chars().take(LONGEST).collect() })
        };
        self.taken.iter().filter_map(answer).take(AT_ONCE).collect()
    }

    /// The hub has been told, and this is written down: [`Store::acknowledged`].
    pub fn acknowledged(&mut self, ids: &[u64]) {
        self.taken.retain(|order| !ids.contains(&order.id));
        self.news = self.taken.iter().any(|order| order.answer.is_some());
    }
}

const UNKNOWN: &str = "this version knows no such order; update the panel";
const TOO_LATE: &str = "its time had passed when it came";

fn ended(order: &Taken, run: &std::path::Path, boot: &Boot) -> Option<(bool, String)> {
    if order.boot != boot.id {
        let reboot = serde_json::from_str(&order.command).is_ok_and(|command: Command| command == Command::Reboot);
        let said = if reboot {
            "the machine was started again"
        } else {
            "the machine was started again before anybody had answered; order it again where it is still wanted"
        };
        return Some((reboot, said.to_owned()));
    }
    if let Some(answer) = order.letter.and_then(|letter| command::read_answer(run, letter)) {
        return Some((answer.outcome == Outcome::Done, answer.said));
    }
    let run_out = boot.since > Duration::from_secs(order.until) + PATIENCE;
    run_out.then(|| (false, "the program that carries it out has not answered; see that it runs".to_owned()))
}
