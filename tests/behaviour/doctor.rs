//! `vyveska health` and `vyveska doctor` from outside: a machine of fixtures, a town's web, and a panel that says what a
//! panel says.

use std::process::{Command, Output};

use chrono::TimeDelta;
use serde_json::Value;
use vyveska::clock;
use vyveska::health::{KEEP_EVERY, MAX_PENDING, Record, Sample, State, Watch};
use vyveska::store::Store;
use vyveska::wire::{DisplayReport, PanelReport, Proof, TouchReport};

use super::health::{noon, sound};
use super::publisher::Answer;
use super::sensors::{PANEL, Root};
use super::sync::{at, march};
use super::town::{PROGRAM, Panel, Town};

/// A panel that says of itself, now, that it shows `up` notices.
fn says(panel: &Panel, up: u64, spoil: impl FnOnce(&mut PanelReport)) {
    let display = DisplayReport {
        way: "kms".into(),
        connector: "HDMI-A-1".into(),
        connected: true,
        active: true,
        flipped_at: Some(noon()),
        proof: Proof::ScanOut,
        ..DisplayReport::default()
    };
    let mut report = PanelReport {
        v: 1,
        at: noon(),
        uptime: Some(clock::boot().since.as_secs()),
        readable: true,
        up,
        display: Some(display),
        touch: Some(TouchReport { devices: 1, ..TouchReport::default() }),
        ..PanelReport::default()
    };
    spoil(&mut report);
    report.write(&panel.config().run).unwrap();
}

fn vyveska(command: &str, panel: &Panel, root: &Root, now: &str, more: &[&str]) -> Output {
    let mut program = Command::new(PROGRAM);
    program.arg(command).args(["--now", now, "--config"]).arg(panel.config_path()).arg("--root").arg(&root.0);
    program.args(more).output().unwrap()
}

/// A sound machine. Its table of mounts knows nothing of the folder that this test runs in.
fn machine(name: &str) -> Root {
    let root = Root::of(PANEL, name);
    std::fs::remove_file(root.0.join("proc/self/mountinfo")).unwrap();
    root
}

fn json(output: &Output) -> Value {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn codes(value: &Value) -> Vec<&str> {
    value["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

/// As sync leaves it behind with each look.
fn sync_looks(panel: &Panel, root: &Root, now: &str) -> Record {
    let uptime = clock::boot().since;
    let record = Watch::new(None).look(Sample::take(&panel.config(), &root.0, at(now), uptime), uptime);
    record.write(&panel.config().run).unwrap();
    record
}

#[test]
fn a_machine_without_a_network_card_is_told_from_one_of_which_nothing_is_known() {
    let town = Town::new("lhota", 3);
    let (panel, root) = (Panel::of(&[&town]), machine("no-card"));
    panel.good_round(&march(5, 0));
    says(&panel, 3, |_| {});
    sync_looks(&panel, &root, &march(5, 1));
    let said = || json(&vyveska("health", &panel, &root, &march(5, 2), &["--json"]));
    let net = root.0.join("sys/class/net");
    for card in ["eth0", "wlan0"] {
        std::fs::remove_dir_all(net.join(card)).unwrap();
    }
    assert_eq!((said()["state"].as_str(), codes(&said())), (Some("degraded"), vec!["no-link"]));
    std::fs::remove_dir_all(&net).unwrap();
    assert_eq!((said()["state"].as_str(), codes(&said())), (Some("showing"), Vec::new()));
}

#[test]
fn health_says_of_a_panel_from_its_first_day_on_how_it_is() {
    let town = Town::new("lhota", 3);
    let (panel, root) = (Panel::of(&[&town]), machine("health"));
    // Nothing runs, nothing has ever run: that is what it finds.
    let output = vyveska("health", &panel, &root, &march(5, 0), &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let said = json(&output);
    assert_eq!(said["state"], "not-yet-installed");
    assert_eq!(codes(&said), ["not-installed", "panel-silent", "sync-unknown", "feed-never"]);

    panel.good_round(&march(5, 0));
    says(&panel, 3, |_| {});
    sync_looks(&panel, &root, &march(5, 1));
    let output = vyveska("health", &panel, &root, &march(5, 2), &["--json"]);
    let said = json(&output);
    assert_eq!((said["state"].as_str(), output.status.code()), (Some("showing"), Some(0)), "{said:#}");
    assert_eq!((said["proof"].as_str(), said["v"].as_u64()), (Some("scan-out"), Some(1)));
    assert_eq!(said["machine"]["boot"]["system"], "2026.11.1");
    assert_eq!(said["sync"]["boards"][0]["listed"], 3);

    says(&panel, 3, |report| report.display.as_mut().unwrap().connected = false);
    let output = vyveska("health", &panel, &root, &march(5, 2), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("not-showing\nProof: the picture in memory is right; nothing"), "{text}");
    assert!(
        text.contains("\n[display-unplugged] Nothing is plugged in at HDMI-A-1.\n  See to the display's cable"),
        "{text}"
    );

    // The panel stands still: its word is old, whatever its clock said.
    says(&panel, 3, |report| report.uptime = clock::boot().since.as_secs().checked_sub(200));
    assert_eq!(codes(&json(&vyveska("health", &panel, &root, &march(5, 2), &["--json"]))), ["panel-silent"]);
    // A day later nobody has read the feed.
    says(&panel, 3, |_| {});
    let said = json(&vyveska("health", &panel, &root, &march(6, 10), &["--json"]));
    assert_eq!((said["state"].as_str(), codes(&said)), (Some("stale"), vec!["feed-old"]));
}

#[test]
fn the_doctor_says_of_each_part_how_it_is_and_what_to_do_first() {
    let town = Town::new("lhota", 3);
    let (panel, root) = (Panel::of(&[&town]), machine("doctor"));
    let file = |path: &str, said: &str| {
        let path = root.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, said).unwrap();
    };
    panel.good_round(&march(5, 0));
    says(&panel, 3, |_| {});
    sync_looks(&panel, &root, &march(5, 1));
    vyveska::ledger::Ledger::open(&panel.data()).unwrap();
    file("sys/class/drm/card0-HDMI-A-1/status", "connected\n");
    file("sys/class/drm/card0-HDMI-A-1/enabled", "enabled\n");
    file("sys/class/drm/card0-DSI-1/status", "disconnected\n");
    file("sys/class/input/event0/device/name", "gpio-keys\n");
    file("sys/class/input/event0/device/capabilities/abs", "0\n");
    file("sys/class/input/event1/device/name", "Ilitek ILI2511\n");
    file("sys/class/input/event1/device/capabilities/abs", "2608000 3\n");
    file("sys/class/input/event1/device/properties", "2\n");
    file("run/systemd/system/none", "");
    for unit in ["vyveska-panel", "vyveska-sync"] {
        file(&format!("sys/fs/cgroup/system.slice/{unit}.service/cgroup.events"), "populated 1\nfrozen 0\n");
    }
    let doctor = |more: &[&str]| vyveska("doctor", &panel, &root, &march(5, 2), more);
    let said = json(&doctor(&["--json"]));
    let wrong: Vec<&Value> = said["findings"].as_array().unwrap().iter().filter(|one| one["wrong"] == true).collect();
    assert!(wrong.is_empty() && said["first"].is_null(), "{wrong:#?}");
    let asked = town.web.requests().len();
    let output = doctor(&["--offline"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(town.web.requests().len(), asked, "it asked all the same");
    assert!(text.ends_with("\nNothing is to be done.\n"), "{text}");
    for line in [
        "ok  touch: Ilitek ILI2511.",
        "ok  display: HDMI-A-1 is connected",
        "ok  database: board-1.db is sound.",
        "ok  service: vyveska-sync.service runs.",
        "ok  round: lhota: read 2 min ago; 3 listed, 3 up, nothing held back.",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }

    // What keeps the glass dark comes first.
    file("sys/fs/cgroup/system.slice/vyveska-panel.service/cgroup.events", "populated 0\n");
    file("sys/class/input/event1/device/capabilities/abs", "0\n");
    file("sys/class/input/event1/device/properties", "0\n");
    std::fs::write(panel.data().join("link-1.db"), "no database ".repeat(999)).unwrap();
    let said = json(&doctor(&["--json", "--offline"]));
    let found = |area: &str| {
        let findings = said["findings"].as_array().unwrap().iter();
        let all = findings.filter(|one| one["area"] == area && one["wrong"] == true);
        all.map(|one| one["found"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("touch"), ["The kernel knows no touch sensor."]);
    assert_eq!(found("database"), ["link-1.db is damaged."]);
    assert_eq!(found("service"), ["vyveska-panel.service does not run."]);
    assert_eq!(said["first"]["area"], "service");
    assert!(!panel.data().join("link-1.db.damaged").exists(), "it set the file aside");
}

#[test]
fn the_doctor_asks_each_office_once_and_says_whose_fault_it_is() {
    let town = Town::new("lhota", 1);
    let gone = format!("{}x", town.web.url("/deska.json"));
    let boards = [("lhota", town.web.url("/deska.json")), ("dolni", gone), ("nikde", "http://nikde.invalid/d".into())];
    let panel = Panel::with("allow_private = true", &boards);
    let root = machine("network");
    let late = Answer::ok("{}").header("Date", "Thu, 05 Mar 2026 12:00:00 GMT");
    town.web.once("/deska.json", late);
    let said = json(&vyveska("doctor", &panel, &root, &march(5, 0), &["--json"]));
    assert_eq!(town.web.requests().len(), 1, "two boards of one server are one question");
    let findings = said["findings"].as_array().unwrap();
    let network: Vec<&Value> = findings.iter().filter(|one| one["area"] == "network").collect();
    assert!(network[0]["found"].as_str().unwrap().ends_with("answers."), "{network:?}");
    assert_eq!(network[1]["found"], "The name nikde.invalid was not found.");
    assert_eq!(network[1]["cure"], "Check the address, the panel's network and its DNS.");
    assert!(
        findings
            .iter()
            .any(|one| one["area"] == "clock" && one["found"].as_str().unwrap().contains("60 min later than here"))
    );
}

#[test]
fn a_mistake_in_the_settings_is_named_and_the_board_is_judged_by_those_in_force() {
    let town = Town::new("lhota", 3);
    let (panel, root) = (Panel::of(&[&town]), machine("spoiled"));
    panel.good_round(&march(5, 0));
    sync_looks(&panel, &root, &march(5, 1));
    let good = std::fs::read_to_string(panel.config_path()).unwrap();
    let kept = panel.folder.join("last-good.toml");
    let kept = kept.to_str().unwrap();
    says(&panel, 3, |_| {});
    std::fs::write(kept, &good).unwrap();
    std::fs::write(panel.config_path(), good.replace("diagonal_inches", "diagonal")).unwrap();
    let output = vyveska("health", &panel, &root, &march(5, 2), &["--json", "--last-good", kept]);
    let value = json(&output);
    assert_eq!((value["state"].as_str(), codes(&value)), (Some("degraded"), vec!["settings-unusable"]), "{value:#}");
    let found = value["reasons"][0]["found"].as_str().unwrap();
    assert!(found.contains("line ") && found.contains("diagonal"), "{found}");
    let output = vyveska("doctor", &panel, &root, &march(5, 2), &["--json", "--offline", "--last-good", kept]);
    let value = json(&output);
    let config = value["findings"].as_array().unwrap().iter().find(|one| one["area"] == "config");
    assert_eq!((output.status.code(), config.map(|one| one["wrong"] == true)), (Some(1), Some(true)), "{value:#}");
    // Nothing kept: there is nothing to judge by.
    let output = vyveska("health", &panel, &root, &march(5, 2), &[]);
    assert_eq!(output.status.code(), Some(2));
}

/// Whoever is asked for the log answers with what was asked.
#[test]
fn a_silent_program_is_quoted_with_its_last_lines() {
    use std::os::unix::fs::PermissionsExt as _;

    let town = Town::new("lhota", 3);
    let (panel, root) = (Panel::of(&[&town]), machine("quoted"));
    panel.good_round(&march(5, 0));
    sync_looks(&panel, &root, &march(5, 1));
    let tools = panel.folder.join("tools");
    std::fs::create_dir_all(&tools).unwrap();
    std::fs::write(tools.join("journalctl"), "#!/bin/sh\necho asked: \"$@\"\necho thread main panicked\n").unwrap();
    std::fs::set_permissions(tools.join("journalctl"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let health = |more: &[&str]| {
        let mut program = Command::new(PROGRAM);
        program.args(["health", "--now", &march(5, 2), "--config"]).arg(panel.config_path());
        program.arg("--root").arg(&root.0).env("PATH", &tools).args(more).output().unwrap()
    };
    let value = json(&health(&["--json"]));
    assert_eq!(codes(&value), ["panel-silent"]);
    let lines = &value["last_lines"]["vyveska-panel"];
    assert!(
        lines[0].as_str().unwrap().ends_with("-u vyveska-panel") && lines[1] == "thread main panicked",
        "{value:#}"
    );
    assert_eq!(value["last_lines"].as_object().unwrap().len(), 1, "sync is not silent");
    let text = String::from_utf8(health(&[]).stdout).unwrap();
    assert!(text.contains("The last lines of vyveska-panel:\n  asked: "), "{text}");
    // Who is well is not quoted.
    says(&panel, 3, |_| {});
    assert!(json(&health(&["--json"])).get("last_lines").is_none());
}

#[test]
fn a_running_sync_says_how_the_board_is_and_keeps_it() {
    let town = Town::new("lhota", 2);
    let panel = Panel::of(&[&town]);
    let mut sync = panel.command(&["sync"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    // Its first look and its first round take some milliseconds; what comes after a minute comes never.
    let said = (0..3000).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        Record::read(&panel.config().run).filter(|_| panel.config().run.join("sync.json").exists())
    });
    let pid = rustix::process::Pid::from_child(&sync);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(sync.wait().unwrap().success());
    let record = said.expect("sync says nothing of its health");
    assert_eq!((record.v, record.state), (1, State::NotShowing), "no panel runs: {:?}", record.reasons);
    assert!(record.uptime.is_some() && record.machine.memory.total_kib.is_some());
    let mut store = Store::open_beside(&panel.data()).unwrap();
    let kept = store.health().unwrap();
    let first: Record = serde_json::from_str(&kept[0].text).unwrap();
    assert!(kept[0].changed && first.state == State::NotShowing, "{kept:?}");
}

#[test]
fn what_cannot_be_written_is_bounded_and_the_latest_is_kept() {
    let mut watch = Watch::new(None);
    for look in 0..3 * MAX_PENDING as i64 {
        let mut sample = sound();
        sample.now = vyveska::clock::Now::trusted(noon() + KEEP_EVERY * look as i32);
        watch.look(sample, std::time::Duration::from_secs(600 * look as u64));
    }
    let last = noon() + KEEP_EVERY * (3 * MAX_PENDING as i32 - 1);
    let mut store = Store::in_memory().unwrap();
    watch.write(&mut store, vyveska::clock::Now::trusted(last)).unwrap();
    let kept = store.health().unwrap();
    assert!(kept.len() <= MAX_PENDING, "{} waited in memory", kept.len());
    assert_eq!(kept.last().map(|kept| kept.at), Some(last));
}

#[test]
fn a_verdict_is_kept_when_it_changes_and_seldom_otherwise() {
    let mut store = Store::in_memory().unwrap();
    let mut watch = Watch::new(Some("eth0"));
    let start = noon();
    let mut written = 0;
    for beat in 0..(6 * 3600 / 15) {
        let (now, uptime) =
            (start + TimeDelta::seconds(15 * beat), std::time::Duration::from_secs(1000 + 15 * beat as u64));
        let mut sample = sound();
        let moved = now - sample.now.at;
        sample.now = vyveska::clock::Now::trusted(now);
        let report = &mut sample.sync.as_mut().unwrap().report;
        report.at += moved;
        report.boards[0].last_good_at = Some(now);
        sample.machine.boot.id = Some("one".into());
        let link = &mut sample.machine.network.links.as_mut().unwrap()[0];
        (link.received_bytes, link.sent_bytes) = (Some(1_000 * beat as u64), Some(5));
        // For one minute, four hours in, the display is unplugged.
        if (960..964).contains(&beat) {
            sample.panel.as_mut().unwrap().report.display.as_mut().unwrap().connected = false;
        }
        let record = watch.look(sample, uptime);
        assert_eq!(record.state == State::NotShowing, (960..964).contains(&beat), "{:?}", record.reasons);
        let before = store.rows_written();
        watch.save(&mut store, vyveska::clock::Now::trusted(now)).unwrap();
        written += usize::from(store.rows_written() > before);
    }
    assert!(written <= 9, "six hours with one fault wrote {written} times");
    let kept = store.health().unwrap();
    let states = |state: &str| {
        let is = |kept: &&vyveska::store::Kept| kept.text.contains(&format!("\"state\":\"{state}\""));
        kept.iter().filter(is).count()
    };
    assert_eq!(states("not-showing"), 1);
    assert!((30..=40).contains(&states("showing")), "{}", kept.len());
    assert!(
        kept.windows(2).all(|pair| pair[1].changed || pair[1].at - pair[0].at >= KEEP_EVERY - TimeDelta::seconds(15))
    );
    // A start of the machine is one, and the traffic of the month is what went by.
    watch.write(&mut store, vyveska::clock::Now::trusted(start + TimeDelta::hours(6))).unwrap();
    assert_eq!(store.tallies_since("boot ", start).unwrap(), 1);
    let month = store.tally("traffic 2026-11").unwrap();
    assert_eq!(month, 1_000 * (6 * 240 - 1));
}
