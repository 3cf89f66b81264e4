//! What an input device is, from the bits that the kernel tells of it (`EVIOCGBIT`, `EVIOCGPROP`).
//!
//! The surprising thing: the case's own power key is the one device that is left to the system. Whoever can reach it has
//! the key to the cabinet, and an orderly end is better than the plug. Every other device is grabbed, whatever it is.

use super::super::Key;
use crate::touch::{ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_SLOT, ABS_X, ABS_Y, BTN_TOUCH};

pub const BTN_LEFT: u16 = 0x110;
const BTN_MISC: u16 = 0x100;
/// `INPUT_PROP_POINTER`: a touch pad beside a display.
const PROP_POINTER: u16 = 0;
/// `INPUT_PROP_DIRECT`: it lies on a display.
const PROP_DIRECT: u16 = 1;
/// `BUS_HOST`: soldered to the board.
const BUS_HOST: u16 = 0x19;
/// `KEY_POWER`, `KEY_SLEEP`, `KEY_WAKEUP`, `KEY_RESTART`, `KEY_SUSPEND`.
const POWER_KEYS: [u16; 5] = [116, 142, 143, 408, 205];

/// What the kernel tells.
#[derive(Debug, Clone, Default)]
pub struct Traits {
    pub name: String,
    /// `BUS_…`
    pub bus: u16,
    pub keys: Bits<96>,
    pub axes: Bits<8>,
    pub properties: Bits<4>,
}

/// A bit for each code of a kind, the lowest first.
#[derive(Debug, Clone, Copy)]
pub struct Bits<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Bits<N> {
    fn default() -> Bits<N> {
        Bits([0; N])
    }
}

impl<const N: usize> Bits<N> {
    pub fn has(&self, code: u16) -> bool {
        self.0.get(usize::from(code / 8)).is_some_and(|byte| byte & (1 << (code % 8)) != 0)
    }

    pub fn with(mut self, codes: &[u16]) -> Bits<N> {
        for code in codes {
            self.0[usize::from(code / 8)] |= 1 << (code % 8);
        }
        self
    }

    fn codes(&self) -> impl Iterator<Item = u16> + '_ {
        (0..N as u16 * 8).filter(|code| self.has(*code))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// With slots (protocol B) or a single place.
    Touch,
    /// A tablet as virtual machines have: its left button is the finger, also where it claims to know fingers.
    Pointer,
    /// The configured one: its keys count.
    KeyPad,
    /// Grabbed, so that the system does not hear it, and not listened to.
    Mute,
    /// The case's power key: not ours.
    Power,
}

/// `keypad`: the name of the device whose keys count.
pub fn class(traits: &Traits, keypad: Option<&str>) -> Class {
    let Traits { keys, axes, properties, .. } = traits;
    if keypad == Some(traits.name.as_str()) {
        return Class::KeyPad;
    }
    let direct = !properties.has(PROP_POINTER);
    let slots = axes.has(ABS_MT_SLOT) && axes.has(ABS_MT_POSITION_X) && axes.has(ABS_MT_POSITION_Y);
    let place = axes.has(ABS_X) && axes.has(ABS_Y);
    let button = keys.has(BTN_LEFT) && !properties.has(PROP_DIRECT);
    if direct && (slots || (place && keys.has(BTN_TOUCH) && !button)) {
        return Class::Touch;
    }
    if direct && place && button {
        return Class::Pointer;
    }
    let any = keys.codes().next().is_some();
    if traits.bus == BUS_HOST && any && keys.codes().all(|key| key < BTN_MISC && POWER_KEYS.contains(&key)) {
        return Class::Power;
    }
    Class::Mute
}

/// What a key of the pad means, by the kernel's code.
pub fn key(code: u16) -> Option<Key> {
    match code {
        // Tab, right, down, page down, next
        15 | 106 | 108 | 109 | 407 => Some(Key::Next),
        // left, up, page up, previous
        105 | 103 | 104 | 412 => Some(Key::Previous),
        // Enter, space, the pad's Enter, OK, select
        28 | 57 | 96 | 352 | 353 => Some(Key::Enter),
        // Escape, backspace, back, cancel
        1 | 14 | 158 | 223 => Some(Key::Back),
        _ => None,
    }
}
