//! Which letters a TrueType file has a glyph for: its table `cmap` (OpenType 1.9.1), formats 4 and 12.

use std::collections::BTreeSet;

fn short(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))
}

fn long(bytes: &[u8], at: usize) -> usize {
    short(bytes, at) << 16 | short(bytes, at + 2)
}

pub fn letters(font: &[u8]) -> BTreeSet<char> {
    let table = (0..short(font, 4)).map(|at| 12 + at * 16).find(|at| &font[*at..*at + 4] == b"cmap");
    let table = long(font, table.expect("a table of letters") + 8);
    let mut letters = BTreeSet::new();
    for at in 0..short(font, table + 2) {
        let map = &font[table + long(font, table + 4 + at * 8 + 4)..];
        match short(map, 0) {
            4 => segments(map, &mut letters),
            12 => groups(map, &mut letters),
            _ => {}
        }
    }
    letters
}

fn segments(map: &[u8], letters: &mut BTreeSet<char>) {
    let double = short(map, 6);
    for at in (0..double).step_by(2) {
        let last = short(map, 14 + at);
        let first = short(map, 16 + double + at);
        let delta = short(map, 16 + 2 * double + at);
        let place = 16 + 3 * double + at;
        let offset = short(map, place);
        for code in first..=last {
            let glyph = match offset {
                0 => (code + delta) & 0xffff,
                offset => match short(map, place + offset + 2 * (code - first)) {
                    0 => 0,
                    glyph => (glyph + delta) & 0xffff,
                },
            };
            if glyph != 0 {
                letters.extend(char::from_u32(code as u32));
            }
        }
    }
}

fn groups(map: &[u8], letters: &mut BTreeSet<char>) {
    for at in 0..long(map, 12) {
        let group = 16 + at * 12;
        let first = long(map, group + 8);
        let codes = long(map, group)..=long(map, group + 4);
        let drawn = codes.enumerate().filter(|(at, _)| first + at != 0).map(|(_, code)| code);
        letters.extend(drawn.filter_map(|code| char::from_u32(code as u32)));
    }
}
