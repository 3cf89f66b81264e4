//! What an input device is taken for.

use vyveska::glass::Key;
use vyveska::glass::kms::class::{BTN_LEFT, Bits, Class, Traits, class, key};
use vyveska::touch::{ABS_MT_POSITION_X, ABS_MT_POSITION_Y, ABS_MT_SLOT, ABS_X, ABS_Y, BTN_TOUCH};

const USB: u16 = 0x03;
const VIRTUAL: u16 = 0x06;
const HOST: u16 = 0x19;
const POINTER: u16 = 0;
const DIRECT: u16 = 1;
const KEY_POWER: u16 = 116;

fn device(name: &str, bus: u16, keys: &[u16], axes: &[u16], properties: &[u16]) -> Traits {
    Traits {
        name: name.into(),
        bus,
        keys: Bits::default().with(keys),
        axes: Bits::default().with(axes),
        properties: Bits::default().with(properties),
    }
}

#[test]
fn devices_are_what_their_bits_say() {
    let slots = [ABS_X, ABS_Y, ABS_MT_SLOT, ABS_MT_POSITION_X, ABS_MT_POSITION_Y];
    let place = [ABS_X, ABS_Y];
    let letters: Vec<u16> = (1..=120).collect();
    for (traits, expected) in [
        (device("ILITEK", USB, &[BTN_TOUCH], &slots, &[DIRECT]), Class::Touch),
        // Some drivers forget to say that they are direct.
        (device("ft5x06", USB, &[BTN_TOUCH], &slots, &[]), Class::Touch),
        (device("ads7846", HOST, &[BTN_TOUCH], &place, &[]), Class::Touch),
        (device("QEMU USB Tablet", USB, &[BTN_LEFT], &place, &[]), Class::Pointer),
        (device("QEMU Virtio Tablet", VIRTUAL, &[BTN_TOUCH, BTN_LEFT], &place, &[]), Class::Pointer),
        (device("eGalax", USB, &[BTN_TOUCH, BTN_LEFT], &place, &[DIRECT]), Class::Touch),
        (device("Touchpad", USB, &[BTN_TOUCH, BTN_LEFT], &slots, &[POINTER]), Class::Mute),
        (device("Accelerometer", HOST, &[], &place, &[6]), Class::Mute),
        (device("Keyboard", USB, &letters, &[], &[]), Class::Mute),
        (device("Power Button", HOST, &[KEY_POWER], &[], &[]), Class::Power),
        // A stick that says that it is a power key is a keyboard.
        (device("Power Button", USB, &[KEY_POWER], &[], &[]), Class::Mute),
        (device("gpio-keys", HOST, &[KEY_POWER, 28], &[], &[]), Class::Mute),
        (device("Keypad", USB, &letters, &[], &[]), Class::KeyPad),
    ] {
        assert_eq!(class(&traits, Some("Keypad")), expected, "{traits:?}");
    }
}

#[test]
fn the_four_keys_and_no_others() {
    let pressed: Vec<Key> = [15, 28, 105, 1].into_iter().filter_map(key).collect();
    assert_eq!(pressed, [Key::Next, Key::Enter, Key::Previous, Key::Back]);
    for code in [29, 56, 59, 111, 116] {
        assert_eq!(key(code), None, "{code}");
    }
}
