//! What is proved of the picture, and what is heard of systemd and of the kernel.

use std::time::Duration;

use vyveska::config::Rotation;
use vyveska::glass::kms::kept;
use vyveska::glass::kms::proof::{AGAIN, Proof};
use vyveska::glass::kms::rotation::{copy, turned};
use vyveska::glass::kms::uevent::{News, parse};
use vyveska::glass::{Rect, Size};

use super::picture;

const SIZE: Size = Size { width: 120, height: 200 };

#[test]
fn a_picture_is_compared_to_its_last_pixel_and_in_pieces() {
    let pixels = picture(SIZE, 7);
    let all = [Rect { x: 0, y: 0, width: SIZE.width, height: SIZE.height }];
    for rotation in Rotation::ALL {
        let display = turned(SIZE, rotation);
        let stride = display.width as usize + 8;
        let mut shown = vec![[0; 4]; stride * display.height as usize];
        copy(&pixels, SIZE, &all, rotation, &mut shown, stride);
        let (mut proof, mut at) = (Proof::default(), Duration::ZERO);
        let mut whole = |proof: &mut Proof, shown: &[[u8; 4]]| {
            for steps in 1.. {
                at = at.max(proof.due());
                if let Some(verdict) = proof.step((&pixels, SIZE), rotation, (shown, stride), at) {
                    return (verdict, steps);
                }
            }
            unreachable!("it ends")
        };
        let steps = display.height.div_ceil(32);
        assert_eq!(whole(&mut proof, &shown), (true, steps), "{rotation:?}");
        // The byte that nobody sees, and what lies beyond the picture.
        shown[0][3] ^= 0xff;
        shown[display.width as usize][0] ^= 0xff;
        assert_eq!(whole(&mut proof, &shown), (true, steps));
        let last = (display.height as usize - 1) * stride + display.width as usize - 1;
        shown[last][1] ^= 1;
        assert_eq!(whole(&mut proof, &shown), (false, steps), "{rotation:?}");
        assert_eq!(proof.verdict(), Some(false));
    }
}

#[test]
fn a_picture_is_compared_once_a_minute_and_a_new_one_from_its_beginning() {
    let pixels = picture(SIZE, 7);
    let mut shown: Vec<[u8; 4]> = pixels.iter().map(|pixel| pixel.0.to_ne_bytes()).collect();
    let mut proof = Proof::default();
    let step = |proof: &mut Proof, shown: &[[u8; 4]], at| {
        proof.step((&pixels, SIZE), Rotation::Upright, (shown, SIZE.width as usize), at)
    };
    for _ in 0..7 {
        let at = proof.due();
        step(&mut proof, &shown, at);
    }
    let proved_at = proof.due() - AGAIN;
    assert_eq!(proof.verdict(), Some(true));
    shown[0] = [1, 2, 3, 4];
    assert_eq!(step(&mut proof, &shown, proved_at + AGAIN / 2), None, "not before its time");
    proof.begin(true, proved_at + AGAIN / 2);
    assert_eq!(proof.verdict(), None, "another display");
    assert_eq!(step(&mut proof, &shown, proved_at + AGAIN / 2), Some(false));
}

#[test]
fn the_card_is_found_among_what_systemd_kept() {
    assert_eq!(kept::position("vyveska-card", "vyveska-card"), Some(0));
    assert_eq!(kept::position("socket:vyveska-card:other", "vyveska-card"), Some(1));
    assert_eq!(kept::position("vyveska-card:vyveska-card", "vyveska-card"), Some(1), "the last one that was kept");
    assert_eq!(kept::position("unknown:stored", "vyveska-card"), None);
    assert_eq!(kept::take("vyveska-card").map(drop), None, "nobody handed anything over");
}

#[test]
fn the_kernels_news_say_where_to_look() {
    let about = |fields: &str| parse(fields.replace('|', "\0").as_bytes());
    let displays = News { displays: true, inputs: false };
    let path = "change@/devices/pci0000:00/0000:00:08.0/drm/card0";
    assert_eq!(about(&format!("{path}|ACTION=change|SUBSYSTEM=drm|HOTPLUG=1|SEQNUM=9|")), displays);
    let inputs = News { displays: false, inputs: true };
    assert_eq!(about("add@/devices/virtual/input/input9|ACTION=add|SUBSYSTEM=input|"), inputs);
    assert_eq!(about("add@/devices/drm|ACTION=add|SUBSYSTEM=usb|DRIVER=SUBSYSTEM=drm|"), News::default());
    assert_eq!(parse(&[0xff; 64]), News::default());
}
