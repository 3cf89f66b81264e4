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

/// Every file of the folder, with what it says and its rights.
fn files(data: &std::path::Path) -> Vec<(String, u32)> {
    let files = fs::read_dir(data).expect("there").flatten().map(|file| file.path());
    let mode = |path: &PathBuf| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    files.map(|path| (String::from_utf8_lossy(&fs::read(&path).expect("readable")).into_owned(), mode(&path))).collect()
}

#[test]
fn a_made_pin_is_offered_until_it_is_agreed_on_and_then_gone() {
    let folder = Folder::new("pin-offer");
    let data = &folder.0;
    assert_eq!(Lock::offered(data), None);
    Lock::offer(data, &code("482913")).expect("written");
    assert!(matches!(Lock::open(data), Ok(None)), "it opens nothing before it is noted");
    assert_eq!(Lock::offered(data), Some(code("482913")));
    assert!(files(data).iter().all(|(_, mode)| *mode == 0o600), "{:?}", files(data));
    // The lock is on the disk, and the power goes before the digits are away.
    let offer = fs::read_dir(data).expect("there").flatten().next().expect("the offer").path();
    let digits = fs::read(&offer).expect("readable");
    Lock::agree(data, &code("482913")).expect("a lock");
    assert!(!offer.exists());
    fs::write(&offer, digits).expect("written");
    assert!(restarted(data).is(&code("482913")));
    assert_eq!(Lock::offered(data), None);
    assert!(files(data).iter().all(|(text, _)| !text.contains("482913")), "{:?}", files(data));
    // Another one, of the configuration, takes its place too.
    Lock::offer(data, &code("111111")).expect("written");
    Lock::agree(data, &code("4829")).expect("a lock");
    assert_eq!(Lock::offered(data), None);
}

#[test]
fn nobody_else_chooses_the_pin_or_reads_it() {
    let folder = Folder::new("pin-planted");
    let data = &folder.0;
    Lock::offer(data, &code("482913")).expect("written");
    let offer = fs::read_dir(data).expect("there").flatten().next().expect("the offer").path();
    for mode in [0o640, 0o604, 0o620, 0o602] {
        fs::set_permissions(&offer, fs::Permissions::from_mode(mode)).expect("set");
        assert_eq!(Lock::offered(data), None, "{mode:o}: who knows who wrote or read it");
    }
    let elsewhere = data.join("elsewhere");
    fs::rename(&offer, &elsewhere).expect("moved");
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).expect("set");
    std::os::unix::fs::symlink(&elsewhere, &offer).expect("a link");
    assert_eq!(Lock::offered(data), None, "a link to another's file");
    fs::remove_file(&elsewhere).expect("gone");
    // Somebody waits where it is written first.
    let waits = offer.with_extension("new");
    fs::write(&waits, "").expect("written");
    let reader = fs::File::open(&waits).expect("opened");
    Lock::offer(data, &code("482913")).expect("written");
    assert_eq!(std::io::read_to_string(reader).expect("readable"), "");
    assert_eq!((Lock::offered(data), files(data)), (Some(code("482913")), vec![("482913\n".to_owned(), 0o600)]));
    for nonsense in ["", "12", "48291x\n", "482913\n482913\n"] {
        fs::write(&offer, nonsense).expect("written");
        assert_eq!(Lock::offered(data), None, "{nonsense:?}");
    }
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
