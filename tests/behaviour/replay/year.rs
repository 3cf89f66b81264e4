//! Every version of a real town's board that was polled in 2022, as the samples hold it.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::behaviour::skip::skipped;
use chrono::{DateTime, NaiveDateTime, Utc};

/// The town's feed as it was at one moment.
pub struct Version {
    pub number: u32,
    pub at: DateTime<Utc>,
    pub bytes: Vec<u8>,
}

/// In the order of their numbers; the times in the names go back once. `None`, said loudly, without the samples.
pub fn versions() -> Option<Vec<Version>> {
    let Some(samples) = env::var_os("VYVESKA_SAMPLES").map(PathBuf::from) else {
        skipped("the replay of a town's year", "VYVESKA_SAMPLES is not set (the folder that holds ofn/)");
        return None;
    };
    let folder = Folder::new("versions");
    let unpacked = Command::new("tar")
        .arg("-xJf")
        .arg(samples.join("ofn/kadan/history-2022.tar.xz"))
        .arg("-C")
        .arg(&folder.0)
        .status()
        .expect("the system has tar");
    assert!(unpacked.success(), "tar and xz unpack the samples");
    let mut versions: Vec<Version> = fs::read_dir(&folder.0)
        .expect("the folder that was just made")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a file").to_str().expect("ASCII").to_owned();
            let mut parts = name.split('-');
            let number = parts.next().and_then(|number| number.parse().ok()).expect("a number");
            let time = parts.next().expect("a time");
            let at = NaiveDateTime::parse_from_str(&format!("{time}00"), "%Y%m%dT%H%M%S").expect("a time").and_utc();
            Version { number, at, bytes: fs::read(&path).expect("a version") }
        })
        .collect();
    versions.sort_by_key(|version| version.number);
    Some(versions)
}

/// A folder that goes when the test is done.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        // Several tests run at once in one process.
        let thread = format!("{:?}", std::thread::current().id()).replace(|c: char| !c.is_ascii_digit(), "");
        let path = env::temp_dir().join(format!("vyveska-replay-{name}-{}-{thread}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder of the test's own");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
