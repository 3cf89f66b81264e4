//! What the sensors say against the machine, each against a limit with a name.

use super::{Code, Reason, Sample, UpsState, span};
use crate::sensors::{Link, Machine, Reserve};

/// A part without a limit of its own is hot from here on; degrees Celsius.
pub const HOT: f64 = 85.0;
/// One with a limit is hot so many degrees below it.
pub const HOT_BELOW_LIMIT: f64 = 5.0;
/// Less than this share of the memory is available.
pub const MEMORY_LOW: f64 = 0.06;
/// Per cent of the last minute in which nothing went on for want of memory.
pub const MEMORY_PRESSURE: f64 = 10.0;
/// Sync stops fetching documents with little less; bytes.
pub const DISK_FULL: u64 = 64 << 20;
pub const DISK_LOW: u64 = 256 << 20;
/// Less than this share of the files that the disk can hold is left.
pub const FILES_LOW: f64 = 0.03;
/// Per cent of the life of an eMMC.
pub const WORN: u32 = 90;
/// dBm.
pub const WEAK_SIGNAL: f64 = -80.0;
/// So many starts of the machine within a day are no chance.
pub const BOOTS_A_DAY: u32 = 4;
/// This share of the month's traffic is told before it is used up.
pub const TRAFFIC_HIGH: f64 = 0.8;
/// What a UPS says while the mains are away.
pub const BATTERY_WORD: &str = "OB";

pub fn judge(sample: &Sample, reasons: &mut Vec<Reason>) {
    let mut say = |code, found: String| reasons.push(Reason::new(code, found));
    if !sample.now.is_trusted() {
        say(Code::ClockUntrusted, "Nothing vouches for the clock.".into());
    }
    let machine = &sample.machine;
    heat(machine, &mut say);
    memory(machine, &mut say);
    storage(machine, &mut say);
    network(machine, &mut say);
    boot(sample, &mut say);
    power(sample, &mut say);
    cabinet(sample, &mut say);
    traffic(sample, &mut say);
}

fn heat(machine: &Machine, say: &mut impl FnMut(Code, String)) {
    let limit = |limit: Option<f64>| limit.map_or(HOT, |limit| limit - HOT_BELOW_LIMIT);
    for one in machine.temperatures.iter().filter(|one| one.celsius >= limit(one.limit)) {
        say(Code::Hot, format!("{} has {:.0} °C.", one.name, one.celsius));
    }
    if machine.processor.slowed == Some(true) || machine.power.throttled == Some(true) {
        say(Code::Slowed, "The processor is held below its speed.".into());
    }
    match (machine.power.low, machine.power.was_low) {
        (Some(true), _) => say(Code::VoltageLow, "The supply's voltage is too low.".into()),
        (_, Some(true)) => {
            say(Code::VoltageWasLow, "The supply's voltage has been too low since the machine started.".into());
        }
        _ => {}
    }
}

fn memory(machine: &Machine, say: &mut impl FnMut(Code, String)) {
    let memory = &machine.memory;
    let share = memory.available_kib.zip(memory.total_kib).map(|(left, all)| left as f64 / all.max(1) as f64);
    let waits = memory.pressure.and_then(|pressure| pressure.full).filter(|waits| *waits >= MEMORY_PRESSURE);
    if let Some(share) = share.filter(|share| *share < MEMORY_LOW) {
        say(Code::MemoryLow, format!("Only {:.0} % of the memory are available.", share * 100.0));
    } else if let Some(waits) = waits {
        say(Code::MemoryLow, format!("For want of memory nothing goes on {waits:.0} % of the time."));
    }
}

fn storage(machine: &Machine, say: &mut impl FnMut(Code, String)) {
    let storage = &machine.storage;
    match storage.free_bytes {
        Some(free) if free < DISK_FULL => say(Code::DiskFull, format!("The disk is full but for {} MiB.", free >> 20)),
        Some(free) if free < DISK_LOW => say(Code::DiskLow, format!("Only {} MiB of the disk are free.", free >> 20)),
        _ => {}
    }
    let files = storage.free_files.zip(storage.files).map(|(left, all)| left as f64 / all.max(1) as f64);
    if files.is_some_and(|share| share < FILES_LOW) {
        say(Code::FilesLow, "The disk can hold hardly any more files.".into());
    }
    if storage.read_only == Some(true) {
        say(Code::ReadOnly, "The disk of the data folder can only be read.".into());
    }
    if let Some(errors) = storage.errors.filter(|errors| *errors > 0) {
        say(Code::DiskErrors, format!("The file system of the data folder has counted {errors} errors."));
    }
    for card in &storage.cards {
        let reserve = card.reserve.filter(|reserve| matches!(reserve, Reserve::Warning | Reserve::Urgent));
        match card.used_percent {
            Some(used) if used > 100 => say(Code::Worn, format!("{} has outlived its life.", card.name)),
            Some(used) if used >= WORN => {
                say(Code::Worn, format!("{} has used up to {used} % of its life.", card.name))
            }
            _ if reserve.is_some() => {
                say(Code::Worn, format!("{} has used most of the blocks that it keeps in reserve.", card.name));
            }
            _ => {}
        }
    }
}

fn network(machine: &Machine, say: &mut impl FnMut(Code, String)) {
    let network = &machine.network;
    let Some(links) = &network.links else { return };
    if links.is_empty() {
        return say(Code::NoLink, "The machine has no network interface.".into());
    }
    let carries = |link: &&Link| link.carrier == Some(true);
    if !links.iter().any(|link| carries(&link)) {
        return say(Code::NoLink, "No network is connected.".into());
    }
    if network.addresses.as_ref().is_some_and(Vec::is_empty) {
        say(Code::NoAddress, "The panel has no address in any network.".into());
    } else if network.way_out.as_ref().is_some_and(String::is_empty) {
        say(Code::NoWayOut, "No network leads out.".into());
    }
    for link in links.iter().filter(carries) {
        if let Some(signal) = link.signal_dbm.filter(|signal| *signal <= WEAK_SIGNAL) {
            say(Code::SignalWeak, format!("{} receives {signal:.0} dBm.", link.name));
        }
    }
}

fn boot(sample: &Sample, say: &mut impl FnMut(Code, String)) {
    let boot = &sample.machine.boot;
    if let Some(boots) = sample.boots.filter(|boots| *boots >= BOOTS_A_DAY) {
        say(Code::Rebooting, format!("The machine has started {boots} times within a day."));
    }
    if boot.by_watchdog == Some(true) {
        say(Code::StartedByWatchdog, "The hardware watchdog started the machine anew.".into());
    }
    if let Some(crashes) = boot.crashes.filter(|crashes| *crashes > 0) {
        say(Code::KernelCrashed, format!("There are {crashes} records of crashes of the kernel."));
    }
}

fn power(sample: &Sample, say: &mut impl FnMut(Code, String)) {
    if let UpsState::Silent(why) = &sample.ups {
        say(Code::UpsSilent, format!("The UPS does not answer: {why}."));
    }
    let Some(ups) = &sample.machine.power.ups else { return };
    let left = ups.seconds_left.map(|left| format!(" for about {}", span(left as i64))).unwrap_or_default();
    let charge = ups.charge.map(|charge| format!(", charged to {charge:.0} %")).unwrap_or_default();
    if ups.says("LB") {
        say(Code::BatteryLow, format!("The UPS's battery is nearly empty{charge}."));
    }
    if ups.says(BATTERY_WORD) {
        say(Code::OnBattery, format!("The mains are away, and the panel runs on its battery{left}{charge}."));
    }
    if ups.says("RB") {
        say(Code::BatteryOld, "The UPS asks for a new battery.".into());
    }
}

fn cabinet(sample: &Sample, say: &mut impl FnMut(Code, String)) {
    let (cabinet, limits) = (&sample.machine.cabinet, &sample.limits);
    if cabinet.door_open == Some(true) {
        say(Code::DoorOpen, "The cabinet's door is open.".into());
    }
    match cabinet.celsius {
        Some(celsius) if celsius > limits.cabinet_high => {
            say(Code::CabinetHot, format!("The cabinet has {celsius:.0} °C."));
        }
        Some(celsius) if celsius < limits.cabinet_low => {
            let heater = match cabinet.heating {
                Some(true) => ", though its heater is on",
                Some(false) => ", and its heater is off",
                None => "",
            };
            say(Code::CabinetCold, format!("The cabinet has {celsius:.0} °C{heater}."));
        }
        _ => {}
    }
    let wired = [
        (&limits.cabinet, cabinet.celsius.is_none(), "the cabinet's temperature"),
        (&limits.door, cabinet.door_open.is_none(), "the door"),
        (&limits.heater, cabinet.heating.is_none(), "the heater"),
    ];
    for (place, silent, what) in wired {
        if let Some(place) = place.as_ref().filter(|_| silent) {
            say(Code::SensorSilent, format!("Nothing is read at {place}, where {what} ought to be."));
        }
    }
}

fn traffic(sample: &Sample, say: &mut impl FnMut(Code, String)) {
    let Some((used, most)) = sample.month_bytes.zip(sample.limits.monthly_megabytes) else { return };
    let share = used as f64 / (f64::from(most) * 1e6);
    let found = format!("Of this month's traffic {} of {most} MB are used.", used / 1_000_000);
    if share >= 1.0 {
        let thrift =
            "The offices are asked once an hour, and documents that are here not at all; what is new still comes.";
        say(Code::TrafficUsed, format!("{found} {thrift}"));
    } else if share >= TRAFFIC_HIGH {
        say(Code::TrafficHigh, found);
    }
}
