//! The panel's work between two frames: look for what changed, follow the reader, write down what was on the glass.

use std::collections::HashSet;
use std::time::Duration;

use slint::PlatformError;
use vyveska::clock::{self, Clock, Now};
use vyveska::command::Outcome;
use vyveska::config::Config;
use vyveska::glass::{Hands, Next, Pane, Turn};
use vyveska::ledger::Seen;
use vyveska::nav::{Page, Patience};
use vyveska::screen::pictures::Pictures;
use vyveska::screen::tiles::Tiles;
use vyveska::screen::{Screen, Setting};
use vyveska::service::{Event, Place};
use vyveska::view::Key;

use super::budget;
use super::glass::Glass;
use super::orders::{Orders, Then};
use super::place::Places;
use super::pulse::Pulse;
use super::record::Record;
use super::report::{self, Facts, Report};
use super::source::Source;
use super::technician::Technician;
use super::urgent::Messages;
use super::vow::Vow;
use super::watch::Watch;

pub struct Player {
    screen: Screen,
    parts: Parts,
    /// When to look at the store even if nobody wakes the panel, and to tell the time.
    look_at: Duration,
    /// What is up and has been on the glass since the panel started: its title, or a page of it.
    painted: HashSet<Key>,
    messages: Messages,
    /// The ledger does not know yet what the glass shows.
    unrecorded: bool,
    /// There is no display to see it on.
    dark: bool,
    closed: bool,
}

/// What the player plays with.
pub struct Parts {
    pub hands: Hands,
    pub glass: Glass,
    pub source: Source,
    pub clock: Clock,
    pub record: Record,
    pub technician: Technician,
    pub report: Report,
    pub orders: Orders,
    pub places: Places,
    pub pulse: Pulse,
    pub vow: Vow,
    pub watch: Watch,
}

impl Player {
    /// On the thread of the glass, after it was made.
    pub fn new(
        config: &Config,
        mut parts: Parts,
        pictures: Pictures,
        tiles: Tiles,
        at: Duration,
    ) -> Result<Player, PlatformError> {
        let setting = Setting {
            panel: config.panel,
            patience: Patience {
                idle: Duration::from_secs(config.session.idle_seconds.into()),
                warning: Duration::from_secs(config.session.warning_seconds.into()),
            },
            languages: config.languages.clone(),
        };
        let now = parts.clock.now();
        let mut screen = Screen::new(&setting, parts.hands.clone(), pictures, parts.source.view(now), at)?;
        screen.sharpen_with(tiles);
        for event in parts.places.come_back(&clock::boot(), at) {
            screen.send(event, at);
        }
        Ok(Player {
            screen,
            parts,
            look_at: next_minute(now, at),
            painted: HashSet::new(),
            messages: Messages::default(),
            unrecorded: true,
            dark: false,
            closed: false,
        })
    }

    /// `pane`: what the turn is about.
    pub fn turn(&mut self, pane: &Pane, turn: Turn) -> Next {
        match turn {
            Turn::Step { at, active } => self.step(at, active),
            Turn::Presented { at } => self.presented(pane, at),
            Turn::Unseen { at } => self.unseen(at),
        }
    }

    fn step(&mut self, at: Duration, active: bool) -> Next {
        let ordered = self.parts.watch.ordered() || at >= self.look_at;
        let then = match ordered {
            true => self.parts.orders.look(&mut self.parts.record, self.parts.clock.now(), at),
            false => Then::GoOn,
        };
        if self.parts.watch.stopping() || then == Then::Stop {
            self.close(at);
            return Next::Stop;
        }
        if let Some(order) = self.parts.orders.identify.take() {
            self.identify(order, at);
        }
        self.parts.glass.step(active, self.parts.orders.brightness(), || self.parts.clock.now(), at);
        // First what a key did: where it answers a question, it does nothing else.
        self.screen.settle(at);
        if active {
            self.screen.active(at);
        }
        if self.parts.watch.changed() || at >= self.look_at {
            let other = self.parts.source.look();
            self.parts.clock.learn(self.parts.source.told_time());
            let now = self.parts.clock.now();
            self.look_at = next_minute(now, at);
            if budget::is_over(budget::resident(), at, self.screen.nav().somebody_is_there(), now) {
                tracing::warn!("the panel has grown to {} MB and starts again", budget::resident() >> 20);
                self.close(at);
                return Next::Stop;
            }
            if other || !same_days(now, self.screen.view().now) || self.screen.view().is_outlived(now) {
                self.screen.renew(self.parts.source.view(now), at);
                // What comes back is first shown again.
                let view = self.screen.view();
                self.painted.retain(|key| view.posting(key).is_some());
                self.unrecorded = true;
            } else {
                self.screen.tell_time(now, at);
            }
        }
        if self.parts.watch.linked() {
            self.parts.technician.know(self.parts.vow.look());
        }
        if self.screen.wake().is_some_and(|due| due <= at) {
            self.screen.tick(at);
        }
        let (screen, orders, record) = (&mut self.screen, &mut self.parts.orders, &mut self.parts.record);
        if self.parts.technician.serve(screen, orders, record, self.parts.clock.now(), at) == Then::Stop {
            self.close(at);
            return Next::Stop;
        }
        // Whoever sets the brightness looks at the glass meanwhile.
        self.parts.glass.step(false, self.parts.orders.brightness(), || self.parts.clock.now(), at);
        self.next(at)
    }

    /// The panel ends as it should.
    pub fn close(&mut self, at: Duration) {
        if !std::mem::replace(&mut self.closed, true) {
            self.parts.pulse.stopping();
            self.parts.record.stopped(self.parts.clock.now(), at);
        }
    }

    fn presented(&mut self, pane: &Pane, at: Duration) -> Next {
        self.picture(pane, at);
        // As it was painted, before anything is followed that leads elsewhere.
        for key in self.screen.shown() {
            self.unrecorded |= self.painted.insert(key);
        }
        let page = self.screen.nav().page().clone();
        if self.parts.source.knows_decree() {
            self.messages.presented(&self.screen, &mut self.parts.record, self.parts.clock.now(), at);
        }
        self.parts.technician.begin(&mut self.screen, at);
        if let Some(hub) = self.parts.vow.begin() {
            self.parts.technician.know(Some(hub));
        }
        // Painting lays pages out, and they tell what they find.
        self.screen.settle(at);
        let now = self.parts.clock.now();
        self.unrecorded |= std::mem::take(&mut self.dark);
        if self.unrecorded {
            let (source, record) = (&self.parts.source, &mut self.parts.record);
            let held = source.readable().then(|| source.held(&self.painted));
            // First what was ordered: the look at what is held would take it for withdrawn.
            let told = record.taken_down(&source.taken_down(), now, at);
            self.unrecorded = !(told && record.presented(held.as_deref(), now, at));
        } else {
            self.parts.record.alive(now, at);
        }
        self.report(&page, now, at);
        self.next(at)
    }

    /// Says which panel this is, where that takes the glass from nobody.
    fn identify(&mut self, order: u64, at: Duration) {
        let place = self.screen.service().place();
        let free = !self.screen.nav().somebody_is_there() && matches!(place, Place::Closed | Place::Sign);
        if !free {
            let why = "somebody is before the glass; order it again where it is still wanted";
            return self.parts.orders.answer(order, Outcome::Refused, why);
        }
        self.screen.serve(Event::Sign(self.parts.vow.sign()), at);
        self.parts.orders.answer(
            order,
            Outcome::Done,
            "the panel shows its place for a minute, or until it is touched",
        );
    }

    /// Takes the picture that was ordered, of what is there now.
    fn picture(&mut self, pane: &Pane, at: Duration) {
        let Parts { orders, glass, hands, clock, .. } = &mut self.parts;
        let now = clock.now();
        let seen = self.screen.nav().somebody_is_there()
            || !matches!(self.screen.service().place(), Place::Closed | Place::Sign);
        orders.camera.presented(pane, seen, || glass.reports(hands, now, at).0, now);
    }

    /// As [`Player::presented`], for nobody's eyes.
    fn unseen(&mut self, at: Duration) -> Next {
        self.parts.orders.camera.unseen();
        let page = self.screen.nav().page().clone();
        self.screen.settle(at);
        let now = self.parts.clock.now();
        if !self.dark {
            self.dark = self.parts.record.unseen(now, at);
        }
        self.report(&page, now, at);
        self.next(at)
    }

    fn report(&mut self, page: &Page, now: Now, at: Duration) {
        let (display, touch) = self.parts.glass.reports(&self.parts.hands, now, at);
        let service = self.screen.service().has_the_glass();
        let facts = Facts {
            page,
            service,
            readable: self.parts.source.readable(),
            up: self.screen.view().postings.len(),
            reading: self.screen.nav().somebody_is_there() || service,
            maintained_for: self.parts.orders.maintained_for(at),
            display,
            touch,
            messages: self.messages.shown(),
            left_out: self.screen.view().left_out.clone(),
            decree: self.screen.view().decree.clone(),
        };
        if let Some((report, new)) = self.parts.report.presented(&facts, now, at) {
            self.parts.vow.state(report, new, self.parts.record.end(), now);
        }
        self.parts.pulse.presented(report::name(facts.page), facts.up, at);
        self.parts.places.presented(self.screen.nav(), at);
    }

    fn next(&self, at: Duration) -> Next {
        let due = [
            self.screen.wake(),
            self.parts.record.due(),
            self.parts.glass.due(),
            self.parts.pulse.due(),
            self.parts.places.due(),
            self.parts.technician.due(at),
        ];
        let due = due.into_iter().flatten().min();
        Next::Turn(due.map_or(self.look_at, |due| due.min(self.look_at)))
    }
}

/// What is up follows from the days alone, and from whether they are believed.
fn same_days(one: Now, other: Now) -> bool {
    let days = |now: Now| (now.today(), now.certain_day(), now.is_trusted());
    days(one) == days(other)
}

/// When the clock on the glass shows another minute.
fn next_minute(now: Now, at: Duration) -> Duration {
    let into = now.at.timestamp_millis().rem_euclid(60_000) as u64;
    at + Duration::from_millis(60_000 - into)
}

impl Source {
    /// All that the device holds, and whether it was on the glass.
    fn held(&self, painted: &HashSet<Key>) -> Vec<Seen> {
        self.posted()
            .map(|posted| {
                let key = Key { board: posted.board.clone(), id: posted.notice.id.clone() };
                let documents = posted.documents.iter().map(|filed| filed.digest).collect();
                let shown = painted.contains(&key);
                Seen::new(&posted.board, &posted.notice, posted.digest, documents, shown)
            })
            .collect()
    }
}
