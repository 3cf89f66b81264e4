//! Flips that are not done: what no emulated card does, and real ones do.

use std::time::Duration;

use vyveska::glass::kms::flips::{Flips, LIMIT, Late};

const FRAME: Duration = Duration::from_millis(17);

#[test]
fn a_flip_that_is_never_done_lights_the_display_anew_and_the_second_ends_the_program() {
    let (mut flips, began) = (Flips::default(), Duration::from_secs(5));
    assert_eq!((flips.due(), flips.look(began)), (None, Late::No), "nothing is under way");
    flips.begin(began);
    assert!(flips.under_way());
    assert_eq!(flips.due(), Some(began + LIMIT), "the loop sleeps no longer than this");
    assert_eq!(flips.look(began + LIMIT - FRAME), Late::No);
    assert_eq!(flips.look(began + LIMIT), Late::Once);
    assert!(!flips.under_way() && !flips.sound(), "another picture may go, and nothing is proved");
    // Lit anew it shows a picture; the next one is a flip again.
    flips.begin(began + LIMIT);
    assert_eq!(flips.look(began + 2 * LIMIT), Late::Hung(2));
    assert_eq!(flips.missed(), 2);
}

#[test]
fn a_flip_that_is_done_forgives_the_one_before() {
    let (mut flips, mut at) = (Flips::default(), Duration::ZERO);
    for _ in 0..3 {
        flips.begin(at);
        assert_eq!(flips.look(at + LIMIT), Late::Once);
        flips.begin(at + LIMIT);
        assert!(flips.done() && flips.sound());
        assert!(!flips.done(), "it is told once");
        at += 2 * LIMIT;
    }
    assert_eq!(flips.missed(), 3, "they are reported all the same");
}

#[test]
fn a_flip_on_a_display_that_was_unplugged_is_waited_for_no_longer() {
    let mut flips = Flips::default();
    flips.begin(Duration::ZERO);
    flips.forget();
    assert_eq!((flips.under_way(), flips.due(), flips.look(LIMIT)), (false, None, Late::No));
    assert!(flips.sound(), "nobody knows whether it was done");
}
