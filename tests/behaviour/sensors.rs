//! The sensors, on machines written from the kernel's documents (tests/fixtures/machine).

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use vyveska::sensors::{Card, Machine, Pressure, Reserve, Temperature, Ups, Wiring};

/// A machine's files in a folder that goes with the value.
pub struct Root(pub PathBuf);

impl Root {
    pub fn of(machine: &str, name: &str) -> Root {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("machine-{name}"));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).unwrap();
        for file in machine.split("== ").skip(1) {
            let (path, said) = file.split_once('\n').unwrap();
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, said).unwrap();
        }
        Root(root)
    }

    fn machine(&self, wiring: &Wiring) -> Machine {
        Machine::read(&self.0, Path::new("/var/lib/vyveska"), wiring)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub const PANEL: &str = include_str!("../fixtures/machine/panel.txt");
const WORN: &str = include_str!("../fixtures/machine/worn.txt");

fn wiring() -> Wiring {
    let place = |text: &str| Some(text.to_owned());
    Wiring { temperature: place("sht3x/temp1"), door: place("gpio17"), heater: place("gpio27") }
}

#[test]
fn a_sound_panel_is_read_whole() {
    let machine = Root::of(PANEL, "sound").machine(&wiring());
    let Machine { processor, memory, temperatures, power, storage, network, boot, cabinet, .. } = machine;
    assert_eq!((processor.cores, processor.load_1, processor.slowed), (Some(4), Some(0.05), Some(false)));
    assert_eq!(processor.pressure, Some(Pressure { some: Some(0.12), full: Some(0.0) }));
    assert_eq!((memory.total_kib, memory.available_kib), (Some(1_893_400), Some(1_502_600)));
    assert_eq!(memory.disk_pressure.and_then(|pressure| pressure.full), Some(0.3));
    let warm = |name: &str, celsius, limit| Temperature { name: name.to_owned(), celsius, limit };
    // The zone's own monitor says the same again, and does not count.
    assert_eq!(temperatures, [warm("cpu-thermal", 48.312, Some(110.0)), warm("sht3x/temp1", 21.45, None)]);
    assert_eq!((power.low, power.was_low, power.throttled), (Some(false), Some(false), Some(false)));
    // The root is for reading only on purpose; the data folder is not.
    assert_eq!((storage.read_only, storage.errors), (Some(false), Some(0)));
    let card = Card {
        name: "mmcblk0".into(),
        kind: "MMC".into(),
        used_percent: Some(30),
        reserve: Some(Reserve::Normal),
        written_bytes: Some(81920 * 512),
    };
    assert_eq!(storage.cards, [card]);
    let Some([eth0, wlan0]) = network.links.as_deref() else { panic!("{network:?}") };
    assert_eq!(
        (eth0.carrier, eth0.speed, eth0.full_duplex, eth0.damaged),
        (Some(true), Some(1000), Some(true), Some(3))
    );
    assert_eq!((eth0.received_bytes, eth0.sent_bytes), (Some(123_456_789), Some(2_345_678)));
    assert_eq!((wlan0.carrier, wlan0.speed, wlan0.signal_dbm), (None, None, Some(-56.0)));
    assert_eq!(network.addresses.unwrap(), ["192.0.2.7", "2001:db8::7"]);
    assert_eq!(network.way_out.as_deref(), Some("eth0"));
    assert_eq!(boot.id.as_deref(), Some("0b9f5c1e-2f6a-4b0c-9f0e-6b8f2a7d1c34"));
    assert_eq!((boot.system.as_deref(), boot.slot.as_deref()), (Some("2026.11.1"), Some("b")));
    assert_eq!((boot.uptime, boot.by_watchdog, boot.crashes), (Some(86_400.52), Some(false), None));
    assert_eq!((cabinet.celsius, cabinet.door_open, cabinet.heating), (Some(21.45), Some(false), Some(true)));
}

#[test]
fn a_worn_panel_says_all_that_is_wrong() {
    let machine = Root::of(WORN, "worn").machine(&Wiring::default());
    assert_eq!((machine.power.low, machine.power.was_low), (Some(true), Some(true)));
    assert_eq!((machine.power.throttled, machine.power.was_throttled), (Some(true), Some(true)));
    assert_eq!(machine.processor.slowed, Some(true));
    assert_eq!((machine.storage.read_only, machine.storage.errors), (Some(true), Some(17)));
    let cards: Vec<_> = machine.storage.cards.iter().map(|card| (card.used_percent, card.reserve)).collect();
    assert_eq!(cards, [(Some(110), Some(Reserve::Urgent)), (None, None)]);
    let hot: Vec<_> = machine.temperatures.iter().map(|one| (one.celsius, one.limit)).collect();
    assert_eq!(hot, [(91.0, Some(95.0))], "a sensor at 274 degrees below zero is none");
    assert_eq!(
        (machine.boot.by_watchdog, machine.boot.by_heat, machine.boot.crashes),
        (Some(true), Some(false), Some(1))
    );
    assert_eq!(machine.network.links.unwrap()[0].carrier, Some(false));
    assert_eq!((machine.network.addresses, machine.network.way_out), (Some(Vec::new()), Some(String::new())));
    assert_eq!((machine.processor.load_1, machine.processor.cores), (None, None), "what nobody expects is unknown");
}

#[test]
fn a_machine_without_sensors_is_unknown_and_not_zero() {
    let root = Root::of("", "bare");
    let mut machine = root.machine(&wiring());
    assert_eq!(machine, Machine::default());
    // The space of the disk is asked for, not read: the folder above is not there.
    machine.storage = Machine::read(&root.0, &root.0, &Wiring::default()).storage;
    assert!(machine.storage.free_bytes.is_some_and(|free| free > 0) && machine.storage.read_only.is_none());
    let kept: Machine = serde_json::from_value(serde_json::to_value(&machine).unwrap()).unwrap();
    assert_eq!(kept, machine);
}

#[test]
fn a_machine_with_nothing_but_its_loopback_has_no_way_to_a_network() {
    let links = |files, name| Root::of(files, name).machine(&Wiring::default()).network.links;
    let loopback = "== sys/class/net/lo/type\n772\n== sys/class/net/lo/carrier\n1\n";
    assert_eq!(links(loopback, "loopback"), Some(Vec::new()));
    // The kernel's own file about bonds is no interface.
    let bonds = format!("{loopback}== sys/class/net/bonding_masters\n\n");
    assert_eq!(links(&bonds, "bonds"), Some(Vec::new()));
    assert_eq!(links("== sys/class/thermal/nothing\n\n", "no-net"), None, "where nothing can be read it is unknown");
}

#[test]
fn this_very_machine_can_be_read() {
    let machine = Machine::read(Path::new("/"), Path::new("/tmp"), &Wiring::default());
    assert!(machine.memory.total_kib.is_some_and(|kib| kib > 0));
    assert!(machine.boot.uptime.is_some() && machine.storage.read_only.is_some(), "{machine:?}");
}

#[test]
fn a_light_sensor_that_gives_raw_values_is_brought_into_units() {
    let raw = "== sys/bus/iio/devices/iio:device1/label\ncabinet\n== sys/bus/iio/devices/iio:device1/in_temp_raw\n4000\n\
               == sys/bus/iio/devices/iio:device1/in_temp_scale\n6.25\n== sys/bus/iio/devices/iio:device1/in_temp_offset\n-200\n";
    let wiring = Wiring { temperature: Some("cabinet/temp".into()), ..Wiring::default() };
    assert_eq!(Root::of(raw, "raw").machine(&wiring).cabinet.celsius, Some(23.75));
}

/// A upsd that gives these answers, one to a question, and then closes.
fn upsd(answers: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("cabinet@{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut questions = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut asked = Vec::new();
        for answer in answers {
            asked.extend(questions.next().and_then(Result::ok));
            writeln!(stream, "{answer}").unwrap();
        }
        asked
    });
    (place, thread)
}

#[test]
fn a_ups_is_asked_in_three_questions() {
    let (place, thread) =
        upsd(&["VAR cabinet ups.status \"OB DISCHRG\"", "VAR cabinet battery.charge \"71\"", "ERR VAR-NOT-SUPPORTED"]);
    let ups = Ups::ask(&place).unwrap();
    assert_eq!((ups.charge, ups.seconds_left), (Some(71.0), None));
    assert!(ups.says("OB") && !ups.says("OL") && !ups.says("O"));
    let asked = thread.join().unwrap();
    assert_eq!(asked[0], "GET VAR cabinet ups.status");
}

#[test]
fn a_ups_that_does_not_answer_is_said_with_its_cure() {
    let (place, thread) = upsd(&["ERR UNKNOWN-UPS"]);
    assert!(Ups::ask(&place).unwrap_err().to_string().contains("\"ERR UNKNOWN-UPS\"; correct health.ups"));
    thread.join().unwrap();
    // Nobody listens there any more.
    assert!(Ups::ask(&place).unwrap_err().to_string().contains("start nut-server"));
    assert!(Ups::ask("cabinet@no-such-host.invalid").is_err());
}
