//! The PIN before the service page: what lies on the disk, and what a wrong one costs, also after a restart.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use vyveska::pin::{Code, FILE_NAME, Lock, PinError, Verdict};

use super::store::Folder;

fn code(digits: &str) -> Code {
    Code::parse(digits).expect("a PIN")
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn agreed(name: &str) -> (Folder, PathBuf, Lock) {
    let folder = Folder::new(name);
    let data = folder.0.clone();
    let lock = Lock::agree(&data, &code("482913")).expect("a lock");
    (folder, data, lock)
}

/// As the panel finds it when it starts again: its time counts from zero.
fn restarted(data: &std::path::Path) -> Lock {
    Lock::open(data).expect("readable").expect("agreed")
}

#[test]
fn a_pin_is_four_to_eight_digits_and_says_nothing_of_itself() {
    for wrong in ["", "123", "123456789", "12a4", " 1234", "١٢٣٤"] {
        assert_eq!(Code::parse(wrong), None, "{wrong:?}");
    }
    assert!(!format!("{:?}", code("482913")).contains("482913"));
    let made: Vec<Code> = (0..50).map(|_| Code::made().expect("made")).collect();
    assert!(made.iter().all(|code| code.digits().len() == 6));
    assert!(made.iter().any(|other| *other != made[0]), "they are made at random");
    let digits: std::collections::BTreeSet<char> = made.iter().flat_map(|code| code.digits().chars()).collect();
    assert_eq!(digits.len(), 10, "{digits:?}");
}

#[test]
fn the_disk_holds_no_pin_and_nobody_else_reads_it() {
    let (_folder, data, lock) = agreed("pin-file");
    let path = data.join(FILE_NAME);
    let text = fs::read_to_string(&path).expect("there");
    assert!(!text.contains("482913"));
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    let other = Folder::new("pin-file-2");
    Lock::agree(&other.0, &code("482913")).expect("a lock");
    assert_ne!(text, fs::read_to_string(other.0.join(FILE_NAME)).expect("there"), "each has its own salt");
    assert!(lock.is(&code("482913")) && !lock.is(&code("482914")) && !lock.is(&code("4829")));
}

#[test]
fn wrong_pins_cost_a_wait_that_doubles_up_to_an_hour() {
    let (_folder, _, mut lock) = agreed("pin-waits");
    let mut at = seconds(10);
    let waits: Vec<u64> = (0..12)
        .map(|_| {
            let verdict = lock.open_with(&code("0000"), at);
            let Verdict::Wrong { wait } = verdict else { panic!("{verdict:?}") };
            at += wait;
            wait.as_secs()
        })
        .collect();
    assert_eq!(waits, [0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    assert_eq!(lock.open_with(&code("482913"), at), Verdict::Right);
    assert_eq!(lock.open_with(&code("0000"), at), Verdict::Wrong { wait: Duration::ZERO }, "it is forgiven");
}

#[test]
fn who_has_to_wait_is_not_heard_not_even_with_the_right_one() {
    let (_folder, data, mut lock) = agreed("pin-too-soon");
    let before = |lock: &mut Lock, at| {
        (0..3).for_each(|_| {
            lock.open_with(&code("0000"), at);
        })
    };
    before(&mut lock, seconds(5));
    let wait = seconds(29);
    assert_eq!(lock.open_with(&code("482913"), seconds(6)), Verdict::TooSoon { wait });
    // What was not looked at does not count.
    let mut again = restarted(&data);
    assert_eq!(again.wait(Duration::ZERO), seconds(30), "a restart begins the wait anew");
    assert_eq!(again.open_with(&code("482913"), seconds(29)), Verdict::TooSoon { wait: seconds(1) });
    assert_eq!(again.open_with(&code("482913"), seconds(30)), Verdict::Right);
    assert_eq!(restarted(&data).wait(Duration::ZERO), Duration::ZERO);
}

#[test]
fn power_that_is_cut_buys_no_more_tries() {
    let (_folder, data, _) = agreed("pin-power");
    for count in 0..5 {
        let mut lock = restarted(&data);
        let at = lock.wait(Duration::ZERO);
        assert!(matches!(lock.open_with(&code("0000"), at), Verdict::Wrong { .. }), "try {count}");
    }
    assert_eq!(restarted(&data).wait(Duration::ZERO), seconds(120));
}

#[test]
fn a_try_is_on_the_disk_before_it_is_looked_at() {
    let (_folder, data, mut lock) = agreed("pin-first-disk");
    let counted = |data: &std::path::Path| {
        let text = fs::read_to_string(data.join(FILE_NAME)).expect("there");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["wrong"].as_u64()
    };
    lock.open_with(&code("0000"), seconds(1));
    assert_eq!(counted(&data), Some(1));
    // Where it cannot be written, the second try is not free any more.
    fs::remove_dir_all(&data).expect("gone");
    fs::write(&data, "a file where the folder was").expect("written");
    assert_eq!(lock.open_with(&code("0001"), seconds(2)), Verdict::Wrong { wait: seconds(30) });
    assert_eq!(lock.open_with(&code("482913"), seconds(40)), Verdict::Right, "who knows it is let in all the same");
    fs::remove_file(&data).expect("gone");
    fs::create_dir(&data).expect("made");
}

#[test]
fn what_is_no_lock_lets_nobody_in_and_makes_no_new_one() {
    let folder = Folder::new("pin-damaged");
    assert!(matches!(Lock::open(&folder.0), Ok(None)));
    for damaged in ["", "{", "{\"v\":1}"] {
        fs::write(folder.0.join(FILE_NAME), damaged).expect("written");
        assert!(matches!(Lock::open(&folder.0), Err(PinError::Damaged(_))), "{damaged:?}");
    }
}
