//! The panel as a program: a cold start with nothing but the disk, new notices while it runs, and being told to stop.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use vyveska::clock;
use vyveska::ledger::{Ledger, What};
use vyveska::model::{Digest, Notice, mark};
use vyveska::store::{Poll, Round, Status, Store};
use vyveska::wire::{self, PanelReport};

use super::skip::skipped;
use super::store::{Folder, at, notice};
use super::town::Running;

/// Waits at most this long for another program; only a broken one takes it.
const PATIENCE: Duration = Duration::from_secs(30);

struct Device {
    folder: Folder,
}

impl Device {
    fn new(name: &str) -> Device {
        let folder = Folder::new(name);
        let config = "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n[[board]]\nkey = \"lhota\"\n\
                      name = \"Obec Dolní Lhota\"\nfeed = \"https://lhota.example/deska.json\"\n";
        std::fs::write(folder.0.join("panel.toml"), config).expect("the folder can be written");
        std::fs::create_dir_all(folder.0.join("run")).expect("the folder can be written");
        Device { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// What sync does at the end of a round.
    fn commit(&self, add: &[Notice], withdraw: &[String], now: &str) {
        commit_round(&self.path("data"), &self.path("run"), add, withdraw, now);
    }

    fn panel(&self, arguments: &[&str]) -> Command {
        self.panel_through(Command::new(env!("CARGO_BIN_EXE_vyveska")), arguments)
    }

    fn panel_through(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.arg("panel").arg("--config").arg(self.path("panel.toml")).args(arguments);
        for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(display);
        }
        command
    }

    /// `kind notice` of every entry of the ledger so far.
    fn ledger(&self) -> Vec<String> {
        let Ok((entries, verdict)) = Ledger::read(&self.path("data")) else { return Vec::new() };
        verdict.expect("the chain holds");
        let whats = entries.into_iter().filter_map(|entry| entry.what);
        whats
            .map(|what| match &what {
                What::Received { notice, .. }
                | What::FirstShown { notice, .. }
                | What::Filed { notice, .. }
                | What::Changed { notice, .. }
                | What::Down { notice, .. } => format!("{} {}", what.kind(), number(notice)),
                _ => what.kind().to_owned(),
            })
            .collect()
    }

    fn wait_for(&self, entry: &str) {
        let deadline = clock::ticks() + PATIENCE;
        while !self.ledger().iter().any(|found| found == entry) {
            assert!(clock::ticks() < deadline, "no {entry:?} in {:?}", self.ledger());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait_until(&self, what: &str, so: impl Fn(&PanelReport) -> bool) -> PanelReport {
        let deadline = clock::ticks() + PATIENCE;
        loop {
            match PanelReport::read(&self.path("run")) {
                Some(report) if so(&report) => return report,
                report => assert!(clock::ticks() < deadline, "{what}: the panel says {report:?}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// What sync does at the end of a round.
pub fn commit(data: &Path, run: &Path, add: &[Notice], now: &str) {
    commit_round(data, run, add, &[], now);
}

fn commit_round(data: &Path, run: &Path, add: &[Notice], withdraw: &[String], now: &str) {
    let mut store = Store::open(data).expect("a store");
    let now = at(now);
    let poll = Poll {
        url: "https://lhota.example/deska.json".to_owned(),
        status: Status::Code(200),
        digest: None,
        validators: None,
        at: now.at,
    };
    let round =
        Round { board: "lhota", now, poll, add, change: &[], rename: &[], withdraw, memory: None, released: None };
    store.commit_round(&round).expect("the round is kept");
    wire::announce_change(run).expect("the panel is woken");
}

/// Of the notice that has this mark.
fn number(notice: &Digest) -> String {
    let known = (0..100).find(|number| mark("lhota", &self::notice(*number).id) == *notice);
    known.map_or_else(|| notice.to_string(), |number| number.to_string())
}

impl Running {
    fn terminate(mut self) -> bool {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        self.0.wait().expect("it ends").success()
    }
}

fn differ(one: &Path, other: &Path) -> bool {
    std::fs::read(one).expect("a picture") != std::fs::read(other).expect("a picture")
}

#[test]
fn a_cold_start_shows_the_board_with_nothing_but_the_disk() {
    let device = Device::new("cold");
    // The machine's clock says 1970; sync was last certain of the time a month ago.
    let nothing = ["--wall", "1970-01-01T00:00:07Z", "--ledger", "--offscreen"];
    let empty = device.path("empty.png");
    let out = device.panel(&nothing).arg(&empty).output().expect("the panel runs");
    assert!(out.status.success(), "an empty device shows its first page too: {out:?}");

    device.commit(&[notice(1), notice(2), notice(3)], &[], "2026-03-02T08:00:00+01:00");
    let full = device.path("full.png");
    // No interface, not even the loopback, and so no resolver.
    let mut isolated = Command::new("unshare");
    isolated.args(["--user", "--map-root-user", "--net", env!("CARGO_BIN_EXE_vyveska")]);
    let isolated = device.panel_through(isolated, &nothing);
    let may_isolate = Command::new("unshare").args(["--user", "--map-root-user", "--net", "true"]).status();
    let mut command = if may_isolate.is_ok_and(|status| status.success()) {
        isolated
    } else {
        skipped("the empty network", "this machine does not allow namespaces (unshare --user --net)");
        device.panel(&nothing)
    };
    let began = clock::ticks();
    let out = command.arg(&full).output().expect("the panel runs");
    let took = clock::ticks() - began;
    assert!(out.status.success(), "{out:?}");
    assert!(took < Duration::from_secs(5), "nothing waits, but it took {took:?}");
    assert!(differ(&empty, &full), "the notices are on the glass");
    let ledger = device.ledger();
    for shown in ["first_shown 1", "first_shown 2", "first_shown 3"] {
        assert!(ledger.iter().any(|entry| entry == shown), "{shown} in {ledger:?}");
    }
}

#[test]
fn what_sync_commits_comes_to_the_glass_of_a_running_panel() {
    let device = Device::new("running");
    device.commit(&[notice(1)], &[], "2026-03-02T08:00:00+01:00");
    let panel = device.panel(&["--headless", "--ledger", "--now", "2026-03-02T08:05:00+01:00"]);
    let panel = Running({ panel }.stderr(Stdio::null()).spawn().expect("the panel runs"));
    device.wait_for("first_shown 1");
    device.commit(&[notice(2)], &[notice(1).id], "2026-03-02T08:06:00+01:00");
    device.wait_for("first_shown 2");
    device.wait_for("down 1");
    // It is written after the ledger, in the same turn.
    let report = device.wait_until("one notice", |report| report.up == 1);
    assert_eq!((report.page.as_str(), report.readable, report.reading), ("wall", true, false));
    assert!(report.idle_since.is_some() && report.started_at <= report.idle_since && report.first_frame_ms > 0);
    assert!(panel.terminate(), "told to stop, it stops");
    assert_eq!(device.ledger().last().map(String::as_str), Some("stopped"));
}

#[test]
fn a_killed_panel_leaves_its_gap_in_the_ledger() {
    let device = Device::new("killed");
    device.commit(&[notice(1)], &[], "2026-03-02T08:00:00+01:00");
    let start = |now| {
        let panel = device
            .panel(&["--headless", "--ledger", "--now", now])
            .stderr(Stdio::null())
            .spawn()
            .expect("the panel runs");
        Running(panel)
    };
    let panel = start("2026-03-02T08:05:00+01:00");
    device.wait_for("first_shown 1");
    drop(panel);
    let _panel = start("2026-03-02T09:05:00+01:00");
    device.wait_for("unreadable");
    let ledger = device.ledger();
    assert_eq!(ledger.iter().filter(|entry| *entry == "first_shown 1").count(), 1, "{ledger:?}");
}

#[test]
fn what_is_ordered_is_in_the_ledger_and_carried_out() {
    let device = Device::new("ordered");
    device.commit(&[notice(1)], &[], "2026-03-02T08:00:00+01:00");
    let panel = device.panel(&["--headless", "--ledger", "--now", "2026-03-02T08:05:00+01:00"]);
    let mut panel = Running({ panel }.stderr(Stdio::null()).spawn().expect("the panel runs"));
    device.wait_for("first_shown 1");
    let order = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vyveska"));
        let out = command.arg("command").args(words).arg("--config").arg(device.path("panel.toml")).output();
        out.expect("it runs").status.code()
    };
    assert_eq!(order(&["maintenance", "45"]), Some(0));
    // The answer comes first, the report after the frame.
    device.wait_until("maintenance", |report| report.maintenance_until.is_some());
    assert_eq!(order(&["maintenance", "0"]), Some(0));
    assert_eq!((order(&["brightness", "40"]), order(&["brightness", "101"])), (Some(0), Some(2)));
    assert_eq!(std::fs::read_to_string(device.path("data/brightness")).expect("it is kept"), "40");
    assert_eq!(order(&["reboot"]), Some(0));
    assert!(device.path("run/requests/reboot").exists());
    assert_eq!(order(&["restart-panel"]), Some(0));
    assert!(panel.0.wait().expect("it ends").success());
    let (entries, _) = Ledger::read(&device.path("data")).expect("a ledger");
    let ordered = entries.into_iter().filter_map(|entry| match entry.what {
        Some(What::Ordered { order, by }) => Some(format!("{order} {by}")),
        _ => None,
    });
    let expected = [
        "maintenance 45 terminal",
        "maintenance 0 terminal",
        "brightness 40 terminal",
        "reboot terminal",
        "restart-panel terminal",
    ];
    assert_eq!(ordered.collect::<Vec<_>>(), expected);
    assert_eq!(device.ledger().last().map(String::as_str), Some("stopped"));
}

#[test]
fn only_what_was_painted_is_recorded_as_shown() {
    let device = Device::new("sheets");
    let many: Vec<Notice> = (1..=80).map(notice).collect();
    device.commit(&many, &[], "2026-03-02T08:00:00+01:00");
    let picture = device.path("glass.png");
    let arguments = ["--ledger", "--now", "2026-03-02T08:05:00+01:00", "--offscreen"];
    let out = device.panel(&arguments).arg(&picture).output().expect("the panel runs");
    assert!(out.status.success(), "{out:?}");
    let ledger = device.ledger();
    let count = |kind: &str| ledger.iter().filter(|entry| entry.starts_with(kind)).count();
    let shown = count("first_shown ");
    assert_eq!(count("received "), 80);
    assert!((1..80).contains(&shown), "{shown} on the first sheet of the wall");
    // A restart takes nothing down because its sheet is not up yet.
    assert!(device.panel(&arguments).arg(&picture).output().expect("the panel runs").status.success());
    assert!(!device.ledger().iter().any(|entry| entry.starts_with("down")), "{:?}", device.ledger());
}

#[test]
fn a_time_that_was_given_stays_out_of_the_ledger() {
    let device = Device::new("given");
    device.commit(&[notice(1)], &[], "2026-03-02T08:00:00+01:00");
    for given in [&["--now", "2026-03-02T08:05:00+01:00"][..], &["--wall", "1970-01-01T00:00:07Z"], &[]] {
        let out = device.panel(given).arg("--offscreen").arg(device.path("glass.png")).output().expect("it runs");
        assert!(out.status.success(), "{out:?}");
        assert!(!device.path("data/ledger.db").exists(), "{given:?}");
    }
}

#[test]
fn without_a_display_it_says_so_in_a_sentence() {
    let device = Device::new("dark");
    let out = device.panel(&[]).output().expect("the panel runs");
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).expect("words");
    assert!(said.contains("no display") && said.lines().count() == 1, "{said}");
    #[cfg(feature = "window")]
    assert!(said.contains("start the panel in a desktop session"), "{said}");
}

#[cfg(feature = "window")]
#[test]
fn the_window_shows_the_board_and_stops_when_told() {
    use std::io::{BufRead, BufReader};

    let server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(server) = server else {
        skipped("the window", "there is no Xvfb on this machine (apt install xvfb)");
        return;
    };
    let mut server = Running(server);
    let mut number = String::new();
    let out = server.0.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut number).expect("the display's number");

    let device = Device::new("window");
    device.commit(&[notice(1)], &[], "2026-03-02T08:00:00+01:00");
    let mut panel = device.panel(&["--ledger", "--now", "2026-03-02T08:05:00+01:00"]);
    let panel = panel.env("DISPLAY", format!(":{}", number.trim())).stderr(Stdio::null());
    let panel = Running(panel.spawn().expect("the panel runs"));
    device.wait_for("first_shown 1");
    device.commit(&[notice(2)], &[], "2026-03-02T08:06:00+01:00");
    device.wait_for("first_shown 2");
    assert!(panel.terminate(), "told to stop, it stops");
    assert_eq!(device.ledger().last().map(String::as_str), Some("stopped"));
}
