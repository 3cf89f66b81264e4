//! One input device of the kernel (evdev): opened, asked what it is, grabbed, read.
//!
//! By the kernel's own calls (linux/input.h) and not by a crate for them: the state of the slots and the clock of the
//! time stamps, which matter most here, are what those crates keep to themselves.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, opcode};

use super::super::class::{Bits, Traits};
use crate::touch::{ABS_MT_SLOT, Axis, EV_ABS, EV_KEY, Event};

/// `struct input_event` where a `long` has 64 bits: seconds, microseconds, kind, code, value.
const EVENT_BYTES: usize = 24;
/// Events taken in one call.
const EVENTS: usize = 64;
/// `CLOCK_MONOTONIC`
const MONOTONIC: i32 = 1;

pub(super) struct Device {
    file: File,
}

impl AsFd for Device {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// A call that fills in or reads a value.
struct Call<'a, T> {
    opcode: Opcode,
    value: &'a mut T,
}

// SAFETY: each opcode is made for the very type that is handed in; the kernel writes no more than its size.
unsafe impl<T> Ioctl for Call<'_, T> {
    type Output = ();
    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        self.opcode
    }

    fn as_ptr(&mut self) -> *mut rustix::ffi::c_void {
        std::ptr::from_mut(self.value).cast()
    }

    unsafe fn output_from_ptr(_: IoctlOutput, _: *mut rustix::ffi::c_void) -> rustix::io::Result<()> {
        Ok(())
    }
}

impl Device {
    pub fn open(path: &Path) -> io::Result<Device> {
        let flags = (OFlags::NONBLOCK | OFlags::CLOEXEC).bits() as i32;
        Ok(Device { file: OpenOptions::new().read(true).custom_flags(flags).open(path)? })
    }

    /// Takes the device away from everybody else, the kernel's own terminal included, and sets its clock.
    pub fn grab(&self) -> io::Result<()> {
        // EVIOCSCLOCKID; the time stamps of an older kernel stay as they are.
        let _ = self.call(opcode::write::<i32>(b'E', 0xa0), &mut { MONOTONIC });
        // EVIOCGRAB takes its number itself, not a pointer to it.
        // SAFETY: as the kernel's header says.
        unsafe {
            const GRAB: Opcode = opcode::write::<i32>(b'E', 0x90);
            rustix::ioctl::ioctl(&self.file, rustix::ioctl::IntegerSetter::<GRAB>::new_usize(1))?;
        }
        Ok(())
    }

    pub fn traits(&self) -> io::Result<Traits> {
        // EVIOCGID: bus, vendor, product, version.
        let mut id = [0u16; 4];
        self.call(opcode::read::<[u16; 4]>(b'E', 0x02), &mut id)?;
        // EVIOCGNAME
        let mut name = [0u8; 128];
        let _ = self.call(opcode::read::<[u8; 128]>(b'E', 0x06), &mut name);
        let name = String::from_utf8_lossy(name.split(|byte| *byte == 0).next().unwrap_or_default());
        let mut traits = Traits { name: name.trim().to_owned(), bus: id[0], ..Traits::default() };
        // EVIOCGPROP, and EVIOCGBIT of each kind. A kind that the device does not have is refused or empty.
        let _ = self.call(opcode::read::<[u8; 4]>(b'E', 0x09), &mut traits.properties.0);
        let _ = self.bits(EV_KEY, &mut traits.keys);
        let _ = self.bits(EV_ABS, &mut traits.axes);
        Ok(traits)
    }

    /// What is known of an axis, and its value now.
    pub fn axis(&self, code: u16) -> Option<(Axis, i32)> {
        // EVIOCGABS: value, minimum, maximum, fuzz, flat, resolution.
        let mut info = [0i32; 6];
        self.call(opcode::read::<[i32; 6]>(b'E', 0x40 + u8::try_from(code).ok()?), &mut info).ok()?;
        let [value, min, max, _, _, per_mm] = info;
        Some((Axis { min, max, per_mm }, value))
    }

    /// The values of an axis in each of the slots (EVIOCGMTSLOTS).
    pub fn slots(&self, code: u16) -> Option<Vec<i32>> {
        const MOST: usize = 64;
        let (axis, _) = self.axis(ABS_MT_SLOT)?;
        let count = usize::try_from(axis.max).ok()? + 1;
        let mut values = [0i32; MOST + 1];
        values[0] = code.into();
        self.call(opcode::read::<[i32; MOST + 1]>(b'E', 0x0a), &mut values).ok()?;
        Some(values[1..=count.min(MOST)].to_vec())
    }

    /// The keys that are down now (EVIOCGKEY).
    pub fn keys(&self) -> Bits<96> {
        let mut keys = Bits::default();
        let _ = self.call(opcode::read::<[u8; 96]>(b'E', 0x18), &mut keys.0);
        keys
    }

    /// The next events; none: there are no more for now. An error: it is gone.
    pub fn read(&self) -> io::Result<Vec<Event>> {
        let mut bytes = [0; EVENT_BYTES * EVENTS];
        let length = loop {
            match rustix::io::read(&self.file, &mut bytes) {
                Ok(length) => break length,
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return Ok(Vec::new()),
                Err(error) => return Err(error.into()),
            }
        };
        Ok(bytes[..length].as_chunks::<EVENT_BYTES>().0.iter().map(event).collect())
    }

    fn bits<const N: usize>(&self, kind: u16, bits: &mut Bits<N>) -> io::Result<()> {
        self.call(opcode::read::<[u8; N]>(b'E', 0x20 + kind as u8), &mut bits.0)
    }

    fn call<T>(&self, opcode: Opcode, value: &mut T) -> io::Result<()> {
        // SAFETY: see `Call`.
        Ok(unsafe { rustix::ioctl::ioctl(&self.file, Call { opcode, value }) }?)
    }
}

fn event(bytes: &[u8; EVENT_BYTES]) -> Event {
    let [s0, s1, s2, s3, s4, s5, s6, s7, u0, u1, u2, u3, u4, u5, u6, u7, k0, k1, c0, c1, v @ ..] = *bytes;
    let seconds = i64::from_ne_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
    let micros = i64::from_ne_bytes([u0, u1, u2, u3, u4, u5, u6, u7]);
    let at = Duration::from_secs(seconds.max(0) as u64) + Duration::from_micros(micros.clamp(0, 999_999) as u64);
    Event { at, kind: u16::from_ne_bytes([k0, k1]), code: u16::from_ne_bytes([c0, c1]), value: i32::from_ne_bytes(v) }
}
