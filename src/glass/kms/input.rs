//! All input devices of the machine: found, grabbed, read, and found again after they were gone.
//!
//! What it deliberately does not do: say what a contact means (`hand` does), or let any device through to the system
//! but the case's power key. The surprising thing: whatever lies on a sensor when it is opened is nobody until it is
//! lifted, because when it came down, and where it has been since, nobody knows.

mod device;

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use self::device::Device;
use super::class::{BTN_LEFT, Class, class, key};
use crate::clock;
use crate::glass::{Contact, Key, Size};
use crate::touch::{
    ABS_MT_DISTANCE, ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_SLOT, ABS_MT_TOOL_TYPE, ABS_MT_TOUCH_MAJOR,
    ABS_MT_TRACKING_ID, ABS_X, ABS_Y, BTN_TOUCH, EV_ABS, EV_KEY, EV_SYN, Event, Matrix, SYN_DROPPED, SYN_REPORT,
    Sensor,
};

/// More devices than this are left alone: a hub full of sticks must not use up the program's descriptors.
const MOST: usize = 64;
/// Reads of one device in one turn; a device that never stops talking must not hold the screen up.
const READS: usize = 16;

/// What somebody did, and when, as time since the start of the program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Deed {
    Contact(Contact, Duration),
    Key(Key, Duration),
}

/// The sensors, for the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sensors {
    /// The kernel's names of those that are plugged in and read.
    pub names: Vec<String>,
    /// How often one was plugged in or came back since the start.
    pub appeared: u64,
    /// What is wrong, one sentence with its cure.
    pub trouble: Option<String>,
}

pub(super) struct Inputs {
    folder: PathBuf,
    watch: Option<OwnedFd>,
    keypad: Option<String>,
    matrix: Matrix,
    panel: Size,
    known: Vec<Known>,
    /// Devices of any class since the start.
    taken: u64,
    /// Sensors since the start.
    appeared: u64,
    trouble: Option<String>,
}

struct Known {
    device: Device,
    /// Of the node: a device that was plugged in again is another one.
    node: (u64, u64),
    name: String,
    class: Class,
    sensor: Option<Sensor>,
    /// The kernel dropped events, and the report that they were part of has not ended.
    dropped: bool,
    /// Sets its contacts apart from those of the others.
    number: u64,
}

impl Inputs {
    /// `folder`: /dev/input. `matrix`: from the sensor to the upright picture.
    pub fn open(folder: &Path, keypad: Option<String>, matrix: Matrix, panel: Size) -> Inputs {
        let folder = folder.to_owned();
        let known = Vec::new();
        let mut inputs =
            Inputs { folder, watch: None, keypad, matrix, panel, known, taken: 0, appeared: 0, trouble: None };
        inputs.look();
        inputs
    }

    pub fn sensors(&self) -> Sensors {
        let names: Vec<String> =
            self.known.iter().filter(|known| known.sensor.is_some()).map(|known| known.name.clone()).collect();
        let none = names.is_empty().then(|| {
            "there is no touch screen; check its cable, and that its driver is loaded (cat /proc/bus/input/devices)"
                .into()
        });
        Sensors { names, appeared: self.appeared, trouble: self.trouble.clone().or(none) }
    }

    /// What to wait for: the folder first, then the devices.
    pub fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.watch.iter().map(AsFd::as_fd).chain(self.known.iter().map(|known| known.device.as_fd()))
    }

    /// Finds what was plugged in. Call it when the kernel has news; the folder's own news are looked at by
    /// [`Inputs::read`].
    pub fn look(&mut self) {
        if self.watch.is_none() {
            self.watch = watch(&self.folder).ok();
        }
        let mut paths: Vec<PathBuf> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("event"))
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        self.trouble = None;
        for path in paths {
            let Ok(node) = fs::metadata(&path).map(|node| (node.rdev(), node.ino())) else { continue };
            if self.known.iter().any(|known| known.node == node) || self.known.len() >= MOST {
                continue;
            }
            match self.take(&path, node) {
                Ok(Some(known)) => self.known.push(known),
                Ok(None) => {}
                // Right after the plug it is not ours yet; the change of its rights is news of the folder.
                Err(error) => {
                    tracing::debug!("{} is left alone: {error}", path.display());
                    self.trouble = Some(format!(
                        "{} cannot be opened ({error}); give the group input to the panel's user",
                        path.display()
                    ));
                }
            }
        }
    }

    /// The display was turned or exchanged.
    pub fn lie(&mut self, matrix: Matrix, panel: Size) -> Vec<Deed> {
        (self.matrix, self.panel) = (matrix, panel);
        let mut deeds = Vec::new();
        for known in &mut self.known {
            deeds.extend(known.lose());
            known.sensor = sensor(&known.device, known.class, matrix, panel);
            known.tell_state();
        }
        deeds
    }

    /// What was done since the last call.
    pub fn read(&mut self) -> Vec<Deed> {
        let mut deeds = Vec::new();
        self.known.retain_mut(|known| match known.read(&mut deeds) {
            Ok(()) => true,
            Err(error) => {
                tracing::info!("{} is gone: {error}", known.name);
                deeds.extend(known.lose());
                false
            }
        });
        if self.watch.as_ref().is_some_and(|watch| rustix::io::read(watch, &mut [0; 4096]).is_ok()) {
            // The folder itself comes and goes with its last device: what was watched may be gone.
            self.watch = None;
            self.look();
        }
        deeds
    }

    fn take(&mut self, path: &Path, node: (u64, u64)) -> std::io::Result<Option<Known>> {
        let device = Device::open(path)?;
        let traits = device.traits()?;
        let class = class(&traits, self.keypad.as_deref());
        if class == Class::Power {
            return Ok(None);
        }
        if let Err(error) = device.grab() {
            tracing::warn!("{} is not ours alone ({error}): another program listens to it", traits.name);
        }
        let sensor = sensor(&device, class, self.matrix, self.panel);
        tracing::info!("{}: {class:?} at {}", traits.name, path.display());
        self.taken += 1;
        self.appeared += u64::from(sensor.is_some());
        let mut known = Known { device, node, name: traits.name, class, sensor, dropped: false, number: self.taken };
        known.tell_state();
        Ok(Some(known))
    }
}

fn watch(folder: &Path) -> rustix::io::Result<OwnedFd> {
    let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    // A change of rights: udev gives a new device to its group some time after it came.
    inotify::add_watch(&watch, folder, WatchFlags::CREATE | WatchFlags::ATTRIB | WatchFlags::DELETE)?;
    Ok(watch)
}

fn sensor(device: &Device, class: Class, matrix: Matrix, panel: Size) -> Option<Sensor> {
    if !matches!(class, Class::Touch | Class::Pointer) {
        return None;
    }
    let axis = |code| device.axis(code).map(|(axis, _)| axis).filter(|axis| axis.max > axis.min || code == ABS_MT_SLOT);
    // A tablet has no slots; some touch screens claim axes that they do not have.
    match Sensor::turned(axis, matrix, panel.width, panel.height) {
        Ok(sensor) => Some(sensor),
        Err(error) => {
            tracing::warn!("{error}");
            None
        }
    }
}

impl Known {
    fn read(&mut self, deeds: &mut Vec<Deed>) -> std::io::Result<()> {
        for _ in 0..READS {
            let events = self.device.read()?;
            if events.is_empty() {
                break;
            }
            for event in events {
                self.hear(event, deeds);
            }
        }
        Ok(())
    }

    fn hear(&mut self, event: Event, deeds: &mut Vec<Deed>) {
        let at = clock::since_start(event.at);
        match self.class {
            // 1: pressed; 0: released; 2: held, which is no press.
            Class::KeyPad if event.kind == EV_KEY && event.value == 1 => {
                deeds.extend(key(event.code).map(|key| Deed::Key(key, at)));
            }
            Class::Touch | Class::Pointer => {
                self.dropped |= (event.kind, event.code) == (EV_SYN, SYN_DROPPED);
                let ended = self.dropped && (event.kind, event.code) == (EV_SYN, SYN_REPORT);
                let contacts = self.tell(event);
                deeds.extend(contacts.into_iter().map(|contact| Deed::Contact(contact, at)));
                if ended {
                    self.dropped = false;
                    self.tell_state();
                }
            }
            _ => {}
        }
    }

    fn tell(&mut self, event: Event) -> Vec<Contact> {
        // The button of a tablet is its finger.
        let code = match (self.class, event.kind, event.code) {
            (Class::Pointer, EV_KEY, BTN_LEFT) => BTN_TOUCH,
            (_, _, code) => code,
        };
        let Some(sensor) = &mut self.sensor else { return Vec::new() };
        let contacts = sensor.take(Event { code, ..event });
        // The number of the device above, that of the contact below.
        contacts.into_iter().map(|contact| Contact { id: self.number << 32 | contact.id, ..contact }).collect()
    }

    /// Takes all contacts back.
    fn lose(&mut self) -> Vec<Deed> {
        let lost = self.tell(now(EV_SYN, SYN_DROPPED, 0));
        let at = clock::ticks();
        lost.into_iter().map(|contact| Deed::Contact(contact, at)).collect()
    }

    /// Tells the sensor what lies on it, as [`Sensor::take`] wants it: nothing comes of it but what is lifted later.
    fn tell_state(&mut self) {
        let mut state = vec![now(EV_SYN, SYN_DROPPED, 0), now(EV_SYN, SYN_REPORT, 0)];
        if let Some(ids) = self.device.slots(ABS_MT_TRACKING_ID) {
            let codes = [ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_TOUCH_MAJOR, ABS_MT_TOOL_TYPE, ABS_MT_DISTANCE];
            let values = codes.map(|code| (code, self.device.slots(code).unwrap_or_default()));
            for (slot, id) in ids.iter().enumerate() {
                state.extend([now(EV_ABS, ABS_MT_SLOT, slot as i32), now(EV_ABS, ABS_MT_TRACKING_ID, *id)]);
                for (code, values) in &values {
                    state.extend(values.get(slot).map(|value| now(EV_ABS, *code, *value)));
                }
            }
            state.extend(self.device.axis(ABS_MT_SLOT).map(|(_, slot)| now(EV_ABS, ABS_MT_SLOT, slot)));
        } else {
            for code in [ABS_X, ABS_Y] {
                state.extend(self.device.axis(code).map(|(_, value)| now(EV_ABS, code, value)));
            }
            let button = if self.class == Class::Pointer { BTN_LEFT } else { BTN_TOUCH };
            state.push(now(EV_KEY, button, self.device.keys().has(button).into()));
        }
        state.push(now(EV_SYN, SYN_REPORT, 0));
        for event in state {
            self.tell(event);
        }
    }
}

/// An event that we make ourselves; its time is of no use.
fn now(kind: u16, code: u16, value: i32) -> Event {
    Event { at: Duration::ZERO, kind, code, value }
}
