//! A device on the street: the real `vyveska sync`, and in the place of the panel its own identity and mailbox.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use vyveska::clock;
use vyveska::command::{Command, Inbox, Outcome, Program};
use vyveska::identity::Identity;
use vyveska::wire::{LinkReport, LinkTrouble};

use crate::behaviour::town::{Panel, Running, Town};

/// Only a broken program takes it.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Street {
    pub panel: Panel,
    /// The panel's, as the panel itself makes it.
    pub identity: Identity,
    inbox: Inbox,
    sync: Option<Running>,
    pub town: Town,
}

impl Street {
    /// Not started yet. `lines`: more of the section `[hub]`.
    pub fn new(url: &str, lines: &str) -> Street {
        let town = Town::new("lhota", 1);
        let hub = format!("allow_private = true\n[hub]\nurl = \"{url}\"\n{lines}\n");
        let panel = Panel::with(&hub, &[(town.key, town.web.url("/deska.json"))]);
        fs::create_dir_all(panel.data()).unwrap();
        let identity = Identity::open(&panel.data()).unwrap();
        let inbox = Inbox::open(&panel.config().run, Program::Panel);
        Street { panel, identity, inbox, sync: None, town }
    }

    pub fn start(&mut self, now: &str) {
        let log = fs::OpenOptions::new().append(true).create(true).open(self.log()).unwrap();
        let mut command = self.panel.command(&["sync", "--now", now]);
        let command = command.stdout(Stdio::null()).stderr(log);
        self.sync = Some(Running(command.spawn().unwrap()));
    }

    /// As when the power is cut.
    pub fn kill(&mut self) {
        self.sync = None;
    }

    /// Whether sync has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.sync.as_mut().is_some_and(|sync| sync.0.try_wait().unwrap().is_some())
    }

    pub fn log(&self) -> std::path::PathBuf {
        self.panel.folder.join("sync.log")
    }

    pub fn report(&self) -> LinkReport {
        LinkReport::read(&self.panel.config().run).unwrap_or_default()
    }

    pub fn trouble(&self) -> Option<LinkTrouble> {
        self.report().trouble
    }

    /// Until that is so; meanwhile the panel vouches.
    pub fn until(&self, what: &str, so: impl FnMut() -> bool) {
        self.waiting(what, true, so);
    }

    /// The same without the panel.
    pub fn alone_until(&self, what: &str, so: impl FnMut() -> bool) {
        self.waiting(what, false, so);
    }

    /// Until this is so of the device itself.
    pub fn until_mut(&mut self, what: &str, so: fn(&mut Street) -> bool) {
        let began = clock::ticks();
        while !so(self) {
            assert!(clock::ticks() - began < PATIENCE, "{what}: {:#?}", self.report());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn waiting(&self, what: &str, with_panel: bool, mut so: impl FnMut() -> bool) {
        let (began, run) = (clock::ticks(), self.panel.config().run);
        while !so() {
            if with_panel {
                self.identity.vouch(&run).unwrap();
            }
            let log = || fs::read_to_string(self.log()).unwrap_or_default();
            assert!(clock::ticks() - began < PATIENCE, "{what}: {:#?}\n{}", self.report(), log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the panel was ordered, taken out of its mailbox: number and order.
    pub fn ordered(&mut self) -> Vec<(u64, Command)> {
        self.inbox.take(&clock::boot()).into_iter().map(|order| (order.id, order.command)).collect()
    }

    /// How that ended.
    pub fn answer(&self, id: u64, said: &str) {
        self.inbox.answer(id, Outcome::Done, said);
    }
}
