//! The verdict: every reason, what it makes of it, and what can never be called showing.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use vyveska::clock::{Now, Source};
use vyveska::config::Health;
use vyveska::health::{self, Code, Record, SILENCE, Sample, State, Told, UpsState, judge};
use vyveska::sensors::{Card, Link, Machine, Reserve, Temperature, Ups};
use vyveska::wire::link::Standing;
use vyveska::wire::{BoardReport, DisplayReport, LinkReport, LinkTrouble, PanelReport, Proof, SyncReport, TouchReport};

pub fn noon() -> DateTime<Utc> {
    "2026-11-23T11:00:00Z".parse().unwrap()
}

/// A panel that shows its one board, on a machine that knows nothing wrong of itself.
pub fn sound() -> Sample {
    let display = DisplayReport {
        way: "kms".into(),
        connector: "HDMI-A-1".into(),
        connected: true,
        active: true,
        brightness: Some(80),
        flipped_at: Some(noon() - TimeDelta::hours(3)),
        proof: Proof::ScanOut,
        ..DisplayReport::default()
    };
    let panel = PanelReport {
        v: 1,
        at: noon() - TimeDelta::seconds(20),
        readable: true,
        up: 7,
        display: Some(display),
        touch: Some(TouchReport { devices: 1, ..TouchReport::default() }),
        ..PanelReport::default()
    };
    let board = BoardReport {
        key: "lhota".into(),
        last_good_at: Some(noon() - TimeDelta::minutes(8)),
        up: 7,
        ..BoardReport::default()
    };
    let sync = SyncReport { v: 1, at: noon() - TimeDelta::minutes(8), boards: vec![board], ..SyncReport::default() };
    Sample {
        now: Now::trusted(noon()),
        clock_source: Source::Synchronised,
        installed: true,
        boards: vec!["lhota".into()],
        poll: Duration::from_secs(600),
        limits: Health { monthly_megabytes: Some(1000), ..Health::default() },
        panel: Some(Told { report: panel, age: Duration::from_secs(20) }),
        sync: Some(Told { report: sync, age: Duration::from_secs(480) }),
        sync_alive: Some(Duration::from_secs(5)),
        machine: machine(),
        ups: UpsState::Fine,
        settings_problem: None,
        panel_starts: 1,
        boots: Some(1),
        month_bytes: Some(100_000_000),
        hub: None,
    }
}

fn machine() -> Machine {
    let mut machine = Machine::default();
    machine.storage.free_bytes = Some(4 << 30);
    (machine.storage.files, machine.storage.free_files) = (Some(100_000), Some(90_000));
    (machine.memory.total_kib, machine.memory.available_kib) = (Some(1_000_000), Some(700_000));
    machine.network.links = Some(vec![Link { name: "eth0".into(), carrier: Some(true), ..Link::default() }]);
    machine.network.addresses = Some(vec!["192.0.2.7".into()]);
    machine.network.way_out = Some("eth0".into());
    machine
}

fn panel(sample: &mut Sample) -> &mut PanelReport {
    &mut sample.panel.as_mut().unwrap().report
}

fn display(sample: &mut Sample) -> &mut DisplayReport {
    panel(sample).display.as_mut().unwrap()
}

fn touch(sample: &mut Sample) -> &mut TouchReport {
    panel(sample).touch.as_mut().unwrap()
}

fn board(sample: &mut Sample) -> &mut BoardReport {
    &mut sample.sync.as_mut().unwrap().report.boards[0]
}

fn link(sample: &mut Sample) -> &mut Link {
    &mut sample.machine.network.links.as_mut().unwrap()[0]
}

fn ups(status: &str) -> Option<Ups> {
    Some(Ups { status: status.into(), charge: Some(60.0), seconds_left: Some(1500.0) })
}

fn warm(celsius: f64, limit: Option<f64>) -> Vec<Temperature> {
    vec![Temperature { name: "cpu".into(), celsius, limit }]
}

fn worn(used_percent: Option<u32>, reserve: Option<Reserve>) -> Vec<Card> {
    vec![Card { name: "mmcblk0".into(), kind: "MMC".into(), used_percent, reserve, written_bytes: None }]
}

/// What goes wrong, the reason it gives, and the state it leads to.
type Case = (Code, State, fn(&mut Sample));

const CASES: &[Case] = &[
    (Code::NotInstalled, State::NotYetInstalled, |s| s.installed = false),
    (Code::Maintenance, State::Maintenance, |s| {
        panel(s).maintenance_until = Some(noon() + TimeDelta::minutes(30));
    }),
    (Code::PanelSilent, State::NotShowing, |s| s.panel = None),
    (Code::PanelSilent, State::NotShowing, |s| {
        s.panel.as_mut().unwrap().age = SILENCE + Duration::from_secs(1);
    }),
    // As it writes it: it knows of nothing else.
    (Code::RescuePage, State::NotShowing, |s| {
        *panel(s) = PanelReport { v: 1, at: noon(), page: "rescue".into(), ..PanelReport::default() };
    }),
    (Code::BoardUnreadable, State::NotShowing, |s| panel(s).readable = false),
    (Code::DisplayUnknown, State::NotShowing, |s| panel(s).display = None),
    (Code::NoGlass, State::NotShowing, |s| display(s).way = "headless".into()),
    (Code::DisplayUnplugged, State::NotShowing, |s| display(s).connected = false),
    (Code::DisplayInactive, State::NotShowing, |s| display(s).active = false),
    (Code::NothingFlipped, State::NotShowing, |s| display(s).flipped_at = None),
    (Code::Dark, State::NotShowing, |s| display(s).brightness = Some(0)),
    (Code::Unproved, State::NotShowing, |s| display(s).proof = Proof::None),
    (Code::OnlyBuffer, State::Degraded, |s| display(s).proof = Proof::Buffer),
    (Code::OnlyBuffer, State::Degraded, |s| display(s).way = "window".into()),
    (Code::DisplayProblem, State::Degraded, |s| display(s).problem = Some("The mode is not the panel's.".into())),
    (Code::PanelBehind, State::Degraded, |s| panel(s).up = 6),
    (Code::PanelRestarting, State::Degraded, |s| s.panel_starts = 3),
    (Code::TouchUnknown, State::Showing, |s| panel(s).touch = None),
    (Code::TouchMissing, State::Degraded, |s| touch(s).devices = 0),
    (Code::TouchStuck, State::Degraded, |s| touch(s).stuck = 1),
    (Code::TouchProblem, State::Degraded, |s| touch(s).problem = Some("It sends nothing.".into())),
    (Code::SettingsUnusable, State::Degraded, |s| {
        s.settings_problem = Some("vyveska.toml, line 5: \"x\" is not a setting; delete it.".into());
    }),
    (Code::SyncUnknown, State::Stale, |s| s.sync_alive = None),
    (Code::SyncSilent, State::Stale, |s| s.sync_alive = Some(SILENCE + Duration::from_secs(1))),
    (Code::FeedNever, State::Stale, |s| board(s).last_good_at = None),
    (Code::FeedNever, State::Stale, |s| s.sync = None),
    (Code::FeedNever, State::Stale, |s| s.boards.push("new".into())),
    (Code::FeedOld, State::Stale, |s| board(s).last_good_at = Some(noon() - TimeDelta::hours(25))),
    (Code::FeedOld, State::Stale, |s| board(s).last_good_at = Some(noon() + TimeDelta::days(400))),
    (Code::FeedLate, State::Degraded, |s| board(s).last_good_at = Some(noon() - TimeDelta::minutes(61))),
    (Code::FeedMoved, State::Showing, |s| board(s).moved_to = Some("https://nova.example/deska".into())),
    (Code::HeldBack, State::Degraded, |s| board(s).held = vec!["mass-loss".into()]),
    (Code::DocumentsMissing, State::Degraded, |s| board(s).documents_missing = 2),
    (Code::DocumentsBroken, State::Degraded, |s| board(s).documents_broken = 1),
    (Code::PagesWaiting, State::Showing, |s| s.sync.as_mut().unwrap().report.queues.pages_waiting = 3),
    (Code::ClockUntrusted, State::Degraded, |s| s.now = Now::untrusted(noon(), noon() - TimeDelta::hours(1))),
    (Code::Hot, State::Degraded, |s| s.machine.temperatures = warm(86.0, None)),
    (Code::Hot, State::Degraded, |s| s.machine.temperatures = warm(66.0, Some(70.0))),
    (Code::Slowed, State::Degraded, |s| s.machine.processor.slowed = Some(true)),
    (Code::Slowed, State::Degraded, |s| s.machine.power.throttled = Some(true)),
    (Code::VoltageLow, State::Degraded, |s| s.machine.power.low = Some(true)),
    (Code::VoltageWasLow, State::Showing, |s| s.machine.power.was_low = Some(true)),
    (Code::MemoryLow, State::Degraded, |s| s.machine.memory.available_kib = Some(50_000)),
    (Code::MemoryLow, State::Degraded, |s| {
        let pressure = serde_json::json!({ "some": 40.0, "full": 12.0 });
        s.machine.memory.pressure = Some(serde_json::from_value(pressure).unwrap());
    }),
    (Code::DiskFull, State::Degraded, |s| s.machine.storage.free_bytes = Some(40 << 20)),
    (Code::DiskLow, State::Degraded, |s| s.machine.storage.free_bytes = Some(200 << 20)),
    (Code::FilesLow, State::Degraded, |s| s.machine.storage.free_files = Some(1_000)),
    (Code::ReadOnly, State::Degraded, |s| s.machine.storage.read_only = Some(true)),
    (Code::DiskErrors, State::Degraded, |s| s.machine.storage.errors = Some(1)),
    (Code::Worn, State::Degraded, |s| s.machine.storage.cards = worn(Some(90), None)),
    (Code::Worn, State::Degraded, |s| s.machine.storage.cards = worn(Some(110), Some(Reserve::Normal))),
    (Code::Worn, State::Degraded, |s| s.machine.storage.cards = worn(None, Some(Reserve::Warning))),
    (Code::NoLink, State::Degraded, |s| link(s).carrier = Some(false)),
    (Code::NoLink, State::Degraded, |s| s.machine.network.links = Some(Vec::new())),
    (Code::NoAddress, State::Degraded, |s| s.machine.network.addresses = Some(Vec::new())),
    (Code::NoWayOut, State::Degraded, |s| s.machine.network.way_out = Some(String::new())),
    (Code::SignalWeak, State::Showing, |s| link(s).signal_dbm = Some(-88.0)),
    (Code::Rebooting, State::Degraded, |s| s.boots = Some(4)),
    (Code::StartedByWatchdog, State::Showing, |s| s.machine.boot.by_watchdog = Some(true)),
    (Code::KernelCrashed, State::Showing, |s| s.machine.boot.crashes = Some(1)),
    (Code::OnBattery, State::OnBattery, |s| s.machine.power.ups = ups("OB DISCHRG")),
    (Code::BatteryLow, State::OnBattery, |s| s.machine.power.ups = ups("LB OL")),
    (Code::BatteryOld, State::Degraded, |s| s.machine.power.ups = ups("OL RB")),
    (Code::UpsSilent, State::Degraded, |s| s.ups = UpsState::Silent("no upsd answers".into())),
    (Code::DoorOpen, State::Degraded, |s| s.machine.cabinet.door_open = Some(true)),
    (Code::CabinetHot, State::Degraded, |s| s.machine.cabinet.celsius = Some(61.0)),
    (Code::CabinetCold, State::Degraded, |s| s.machine.cabinet.celsius = Some(-21.0)),
    (Code::SensorSilent, State::Degraded, |s| s.limits.heater = Some("gpio27".into())),
    (Code::TrafficHigh, State::Showing, |s| s.month_bytes = Some(850_000_000)),
    (Code::TrafficUsed, State::Degraded, |s| s.month_bytes = Some(1_000_000_000)),
    (Code::HubUnreachable, State::Degraded, |s| s.hub = hub(Some(LinkTrouble::Unreached), 24 * 3600 + 1)),
    (Code::HubUnreachable, State::Degraded, |s| s.hub = hub(Some(LinkTrouble::Unvouched), 24 * 3600 + 1)),
    (Code::HubRefused, State::Degraded, |s| s.hub = hub(Some(LinkTrouble::Refused), 0)),
    (Code::HubWaiting, State::Showing, |s| s.hub = hub(None, 5)),
];

/// One that waits to be let in, where nothing keeps it.
fn hub(trouble: Option<LinkTrouble>, silent: u64) -> Option<Told<LinkReport>> {
    let error = trouble.map(|_| "The hub says so.".to_owned());
    let report = LinkReport { standing: Some(Standing::Waiting), trouble, error, ..LinkReport::default() };
    Some(Told { report, age: Duration::from_secs(silent) })
}

fn codes(sample: &Sample) -> Vec<Code> {
    judge(sample).reasons.iter().map(|reason| reason.code).collect()
}

#[test]
fn a_sound_panel_is_showing_as_far_as_the_proof_reaches() {
    let verdict = judge(&sound());
    assert_eq!((verdict.state, verdict.proof, &verdict.reasons[..]), (State::Showing, Proof::ScanOut, &[][..]));
    let mut lit = sound();
    display(&mut lit).proof = Proof::LightSensor;
    assert_eq!(judge(&lit).proof, Proof::LightSensor);
    // A display without a backlight that the kernel knows cannot say how bright it is.
    display(&mut lit).brightness = None;
    assert_eq!(judge(&lit).state, State::Showing);
    // A hub that is away for a night is none of the board's troubles.
    let away = Sample { hub: hub(Some(LinkTrouble::Unreached), 24 * 3600), ..sound() };
    assert_eq!((judge(&away).state, codes(&away)), (State::Showing, Vec::new()));
    // All that a sensor could say is unknown: no reason.
    let bare = Sample { machine: Machine::default(), month_bytes: None, boots: None, ..sound() };
    assert_eq!((judge(&bare).state, codes(&bare)), (State::Showing, Vec::new()));
}

#[test]
fn each_thing_that_goes_wrong_has_its_reason_and_its_state() {
    for (code, state, spoil) in CASES {
        let mut sample = sound();
        spoil(&mut sample);
        let verdict = judge(&sample);
        assert_eq!(codes(&sample), [*code], "{code}: {:?}", verdict.reasons);
        assert_eq!(verdict.state, *state, "{code}");
        assert_eq!(code.state().unwrap_or(State::Showing), *state, "{code}");
        let reason = &verdict.reasons[0];
        assert!(reason.found.ends_with('.') && reason.cure.ends_with('.'), "{reason:?}");
        // A number at the beginning is no sentence; a name of the kernel's may be one.
        assert!(reason.found.starts_with(char::is_alphabetic), "{reason:?}");
    }
    for code in Code::ALL {
        assert!(CASES.iter().any(|(tried, ..)| tried == code), "{code} is tried by no case");
    }
}

#[test]
fn every_reason_is_in_the_document() {
    let page = include_str!("../../docs/health.md");
    for code in Code::ALL {
        assert!(page.contains(&format!("| `{code}` |")), "docs/health.md does not say what {code} is");
    }
    for state in [State::Showing, State::Degraded, State::OnBattery, State::Stale, State::NotShowing] {
        assert!(page.contains(&format!("`{state}`")), "docs/health.md does not say what {state} is");
    }
}

type Spoilt = fn(&mut DisplayReport);

#[test]
fn the_proof_is_never_overstated() {
    let cases: &[(Spoilt, Proof)] = &[
        (|d| d.connected = false, Proof::Buffer),
        (|d| d.active = false, Proof::Buffer),
        (|d| d.flipped_at = None, Proof::Buffer),
        (|d| d.brightness = Some(0), Proof::Buffer),
        (|d| d.way = "window".into(), Proof::Buffer),
        (|d| d.way = "headless".into(), Proof::None),
        (|d| d.proof = Proof::Buffer, Proof::Buffer),
    ];
    for (spoil, proof) in cases {
        for claimed in [Proof::ScanOut, Proof::LightSensor] {
            let mut sample = sound();
            display(&mut sample).proof = claimed;
            spoil(display(&mut sample));
            assert_eq!(judge(&sample).proof, *proof);
        }
    }
    let mut old = sound();
    old.panel.as_mut().unwrap().age = Duration::MAX;
    assert_eq!(judge(&old).proof, Proof::None);
}

#[test]
fn the_gravest_reason_comes_first_and_maintenance_hides_none() {
    let mut sample = sound();
    board(&mut sample).held = vec!["mass-loss".into()];
    sample.machine.power.ups = ups("OB");
    display(&mut sample).connected = false;
    assert_eq!(codes(&sample), [Code::DisplayUnplugged, Code::OnBattery, Code::HeldBack]);
    assert_eq!(judge(&sample).state, State::NotShowing);
    panel(&mut sample).maintenance_until = Some(noon() + TimeDelta::hours(1));
    assert_eq!((judge(&sample).state, codes(&sample).len()), (State::Maintenance, 4));
    // One that has ended, or that nobody can have meant, is none.
    for until in [noon(), noon() - TimeDelta::hours(1), noon() + TimeDelta::hours(9)] {
        panel(&mut sample).maintenance_until = Some(until);
        assert_eq!(judge(&sample).state, State::NotShowing);
    }
}

#[test]
fn what_midnight_brings_is_no_lag_of_the_panel() {
    let mut sample = sound();
    panel(&mut sample).up = 6;
    sample.sync.as_mut().unwrap().report.at = noon() - TimeDelta::days(1);
    assert_eq!(codes(&sample), []);
    // Nor is a commit that the panel has had no time for.
    let mut sample = sound();
    panel(&mut sample).up = 6;
    sample.sync.as_mut().unwrap().age = Duration::from_secs(30);
    assert_eq!(codes(&sample), []);
}

#[test]
fn a_record_keeps_what_a_later_version_wrote() {
    let record = Record::of(sound(), Some(4711));
    let mut value: serde_json::Value = serde_json::from_str(&record.text()).unwrap();
    assert_eq!(
        (value["v"].as_u64(), value["state"].as_str(), value["proof"].as_str()),
        (Some(1), Some("showing"), Some("scan-out"))
    );
    assert!(!record.text().contains("null"), "what is unknown is not written: {}", record.text());
    value["moon"] = "full".into();
    value["machine"]["smell"] = "burnt".into();
    value["panel"]["smile"] = true.into();
    let read: Record = serde_json::from_value(value.clone()).unwrap();
    let again: serde_json::Value = serde_json::from_str(&read.text()).unwrap();
    assert_eq!(again, value);
    // A state, a proof or a reason that this version does not know is read as the careful one.
    value["state"] = "glowing".into();
    value["proof"] = "passer-by".into();
    value["reasons"] = serde_json::json!([{ "code": "moon-down", "found": "It is dark.", "cure": "Wait." }]);
    let read: Record = serde_json::from_value(value).unwrap();
    assert_eq!((read.state, read.proof, read.reasons[0].code), (State::NotShowing, Proof::None, Code::Other));
}

/// A fact that can be better or worse, from 0, the best, upwards.
fn worsen(sample: &mut Sample, knob: usize, level: u8) {
    let pick = |levels: [bool; 2]| levels[usize::from(level.min(1))];
    match knob {
        0 => sample.panel.as_mut().unwrap().age = Duration::from_secs([20, 140, 160, 90_000][usize::from(level)]),
        1 => panel(sample).readable = pick([true, false]),
        2 => display(sample).connected = pick([true, false]),
        3 => display(sample).active = pick([true, false]),
        4 => display(sample).flipped_at = pick([true, false]).then(noon),
        5 => display(sample).brightness = [Some(80), Some(1), Some(0), Some(0)][usize::from(level)],
        6 => {
            display(sample).proof = [Proof::LightSensor, Proof::ScanOut, Proof::Buffer, Proof::None][usize::from(level)]
        }
        7 => touch(sample).devices = u32::from(pick([true, false])),
        8 => {
            board(sample).last_good_at =
                [1, 50, 90, 3000].map(|ago| Some(noon() - TimeDelta::minutes(ago)))[usize::from(level)]
        }
        9 => sample.sync_alive = [Some(5), Some(100), Some(1000), None][usize::from(level)].map(Duration::from_secs),
        10 => board(sample).held = vec!["mass-loss".to_owned(); usize::from(level)],
        11 => board(sample).documents_missing = u64::from(level),
        12 => {
            sample.machine.power.ups = [ups("OL"), ups("OL RB"), ups("OB"), ups("OB LB RB")][usize::from(level)].clone()
        }
        13 => sample.machine.temperatures = warm([40.0, 70.0, 90.0, 120.0][usize::from(level)], Some(95.0)),
        14 => sample.machine.storage.free_bytes = Some([4 << 30, 1 << 30, 200 << 20, 0][usize::from(level)]),
        15 => sample.panel_starts = u32::from(level) * 2,
        16 => {
            sample.now =
                if level < 2 { Now::trusted(noon()) } else { Now::untrusted(noon(), noon() - TimeDelta::days(1)) }
        }
        17 => sample.machine.storage.cards = worn(Some(u32::from(level) * 37), None),
        18 => sample.month_bytes = Some(u64::from(level) * 400_000_000),
        _ => link(sample).carrier = Some(pick([true, false])),
    }
}

const KNOBS: usize = 20;

proptest! {
    #[test]
    fn a_worse_fact_never_makes_a_better_verdict(
        levels in prop::array::uniform20(0u8..4),
        knob in 0..KNOBS,
        by in 1u8..4,
        maintained in any::<bool>(),
    ) {
        let sample = |levels: &[u8; KNOBS]| {
            let mut sample = sound();
            levels.iter().enumerate().for_each(|(knob, level)| worsen(&mut sample, knob, *level));
            panel(&mut sample).maintenance_until = maintained.then(|| noon() + TimeDelta::hours(1));
            sample
        };
        let mut worse = levels;
        worse[knob] = (levels[knob] + by).min(3);
        let (before, after) = (judge(&sample(&levels)), judge(&sample(&worse)));
        prop_assert!(after.state >= before.state, "{:?} {:?}", before.reasons, after.reasons);
    }

    #[test]
    fn nothing_is_called_showing_without_every_fact_of_the_proof(
        levels in prop::array::uniform20(0u8..4),
        without in prop::option::of(0usize..6),
    ) {
        let mut sample = sound();
        levels.iter().enumerate().for_each(|(knob, level)| worsen(&mut sample, knob, *level));
        match without {
            Some(0) => sample.panel = None,
            Some(1) => panel(&mut sample).display = None,
            Some(2) => sample.sync = None,
            Some(3) => sample.sync_alive = None,
            Some(4) => board(&mut sample).last_good_at = None,
            Some(5) => sample.installed = false,
            _ => {}
        }
        let proved = without.is_none()
            && levels[0] <= 1
            && [1, 2, 3, 4].iter().all(|knob| levels[*knob] == 0)
            && levels[5] <= 1
            && levels[6] <= 1
            && levels[8] <= 1
            && levels[9] <= 1;
        let verdict = judge(&sample);
        if verdict.state == State::Showing {
            prop_assert!(proved, "{levels:?} {without:?}");
        }
        if !proved {
            let graver = levels[8].max(levels[9]) > 1 || verdict.state != State::Showing;
            prop_assert!(graver, "{levels:?}");
        }
        let _ = health::BEAT;
    }
}

#[test]
fn the_history_is_thinned_by_age_and_bounded() {
    use vyveska::store::{COARSE_FOR, FINE_FOR, KEPT_FOR, MAX_BYTES, MAX_RECORDS, thin};
    let now = noon();
    let minutes = KEPT_FOR.num_minutes() + 600;
    let records: Vec<_> =
        (0..minutes).rev().map(|ago| (now - TimeDelta::minutes(ago), ago % 5000 == 7, 1000)).collect();
    let keep = thin(&records, now);
    let kept = |from: TimeDelta, to: TimeDelta| {
        let within = |at: DateTime<Utc>| now - at > from && now - at <= to;
        records.iter().zip(&keep).filter(|((at, ..), keep)| **keep && within(*at)).count()
    };
    assert_eq!(kept(TimeDelta::milliseconds(-1), FINE_FOR), 61, "an hour as it was");
    assert!((138..=141).contains(&kept(FINE_FOR, COARSE_FOR)), "{}", kept(FINE_FOR, COARSE_FOR));
    let coarse = kept(COARSE_FOR, KEPT_FOR);
    assert!((29 * 24..29 * 24 + 12).contains(&coarse), "{coarse}");
    assert_eq!(kept(KEPT_FOR, TimeDelta::days(99)), 0);
    for ((at, changed, _), keep) in records.iter().zip(&keep) {
        assert!(*keep || !changed || now - *at > KEPT_FOR, "what changed something stays");
    }
    // Thinned once more, nothing more goes.
    let left: Vec<_> = records.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(record, _)| *record).collect();
    assert!(thin(&left, now).iter().all(|keep| *keep));
    // A verdict that never rests, and records of a size that nobody expects.
    let restless: Vec<_> = (0..9000).rev().map(|ago| (now - TimeDelta::minutes(ago), true, 1)).collect();
    let keep = thin(&restless, now);
    assert!(keep.iter().filter(|keep| **keep).count() == MAX_RECORDS && keep[8999] && !keep[0]);
    let large: Vec<_> = (0..50).rev().map(|ago| (now - TimeDelta::minutes(ago), true, 1 << 20)).collect();
    assert_eq!(thin(&large, now).iter().filter(|keep| **keep).count(), MAX_BYTES >> 20);
}
