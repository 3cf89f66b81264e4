//! What systemd hears of the programs: a socket of the test's stands in for it.

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use vyveska::clock;
use vyveska::notify::Notify;

use super::publisher::Answer;
use super::store::Folder;
use super::sync::march;
use super::town::{Panel, Running, Town};

/// What systemd would have said in `WatchdogSec=`.
const WATCHDOG: Duration = Duration::from_secs(3);
/// Only a broken program takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The place of systemd.
struct Manager {
    folder: Folder,
    socket: UnixDatagram,
}

impl Manager {
    fn new(name: &str) -> Manager {
        let folder = Folder::new(name);
        let socket = UnixDatagram::bind(folder.0.join("notify")).unwrap();
        Manager { folder, socket }
    }

    fn watch(&self, command: &mut Command) -> Running {
        command.env("NOTIFY_SOCKET", self.folder.0.join("notify"));
        command.env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string()).env_remove("WATCHDOG_PID");
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// The next message, if one comes in time.
    fn hear(&self, time: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let mut message = [0; 4096];
        let length = self.socket.recv(&mut message).ok()?;
        Some(String::from_utf8(message[..length].to_vec()).unwrap())
    }

    fn hear_until(&self, what: &str) -> String {
        let deadline = clock::ticks() + PATIENCE;
        let mut heard = Vec::new();
        while clock::ticks() < deadline {
            match self.hear(WATCHDOG) {
                Some(message) if message.contains(what) => return message,
                message => heard.extend(message),
            }
        }
        panic!("no {what} in {heard:?}");
    }

    /// It is alive, and goes on being so: no silence is as long as the watchdog's.
    fn hears_life(&self) {
        (0..3).for_each(|_| drop(self.hear_until("WATCHDOG=1")));
        let began = clock::ticks();
        for _ in 0..3 {
            assert!(self.hear(WATCHDOG).is_some(), "silence");
        }
        assert!(clock::ticks() - began < 3 * WATCHDOG);
    }
}

impl Running {
    fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.0), signal).unwrap();
    }
}

#[test]
fn without_systemd_nothing_is_said_and_nothing_is_due() {
    let notify = Notify::to(None, Some(WATCHDOG));
    notify.ready("ready");
    assert_eq!(notify.every(), None);
    // A socket that is not there costs nothing either.
    let folder = Folder::new("notify-none");
    let notify = Notify::to(Some(folder.0.join("gone").as_os_str()), Some(WATCHDOG));
    notify.alive();
    assert_eq!(notify.every(), Some(WATCHDOG / 3));
}

#[test]
fn sync_is_ready_when_its_store_is_open_and_alive_while_it_gets_on() {
    let town = Town::new("lhota", 3);
    let panel = Panel::of(&[&town]);
    let manager = Manager::new("notify-sync");
    let sync = manager.watch(&mut panel.command(&["sync", "--now", &march(5, 0)]));
    let ready = manager.hear_until("READY=1");
    assert!(ready.contains("\nSTATUS=") && panel.data().join("board-1.db").exists(), "{ready}");
    assert!(manager.hear_until("STATUS=").contains("every board is up to date"));
    manager.hears_life();
    sync.signal(rustix::process::Signal::TERM);
    manager.hear_until("STOPPING=1");
}

#[test]
fn a_sync_whose_round_hangs_is_given_no_sign_of_life() {
    let town = Town::new("lhota", 3);
    let panel = Panel::of(&[&town]);
    // The office's web never answers; to the watchdog it is the same as a sync that hangs there.
    let (held, let_go) = std::sync::mpsc::channel::<()>();
    let let_go = std::sync::Mutex::new(let_go);
    town.web.answer("/deska.json", move |_| {
        let _ = let_go.lock().unwrap().recv();
        Answer::status(503)
    });
    let manager = Manager::new("notify-hang");
    let _sync = manager.watch(&mut panel.command(&["sync", "--now", &march(5, 0)]));
    manager.hear_until("READY=1");
    let mut last = Vec::new();
    // One sign at the beginning, then silence for longer than the watchdog has patience.
    while let Some(message) = manager.hear(2 * WATCHDOG) {
        last.push(message);
        assert!(last.len() < 5, "it claims to get on: {last:?}");
    }
    drop(held);
    manager.hear_until("WATCHDOG=1");
}

#[cfg(feature = "panel")]
#[test]
fn the_panel_is_ready_with_its_first_frame_and_alive_while_it_paints() {
    use vyveska::wire::PanelReport;

    let panel = Panel::with("", &[("lhota", "https://lhota.example/deska.json".to_owned())]);
    std::fs::create_dir_all(panel.config().run).unwrap();
    let manager = Manager::new("notify-panel");
    let program = manager.watch(&mut panel.command(&["panel", "--headless", "--now", &march(5, 0)]));
    let ready = manager.hear_until("READY=1");
    assert!(ready.contains("STATUS=wall on the glass, 0 notices up"), "{ready}");
    assert!(PanelReport::read(&panel.config().run).is_some(), "a frame was presented before");
    // Nothing moves on this glass, and it is confirmed all the same.
    manager.hears_life();
    // A program that stands still says nothing, whoever else in it might.
    program.signal(rustix::process::Signal::STOP);
    while manager.hear(Duration::from_millis(200)).is_some() {}
    assert_eq!(manager.hear(WATCHDOG + WATCHDOG / 2), None);
    program.signal(rustix::process::Signal::CONT);
    manager.hear_until("WATCHDOG=1");
    program.signal(rustix::process::Signal::TERM);
    manager.hear_until("STOPPING=1");
}
