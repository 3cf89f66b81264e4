//! A hub that burned down: its backup, and the devices that have gone on meanwhile.

use std::os::unix::fs::PermissionsExt as _;

use vyveska::clock::{self, Clock};
use vyveska::hub;
use vyveska::hub::backup::{self, BackupError};
use vyveska::hub::standing::Standing::*;
use vyveska::wire::link::Refused;

use super::device::Device;
use super::server::{Server, options};
use crate::behaviour::store::Folder;

const EIGHT: &str = "2026-11-23T08:00:00Z";

#[test]
fn a_hub_comes_back_from_a_backup_that_was_made_while_it_ran() {
    let (old, new, place) =
        (Folder::in_memory("backup-1"), Folder::in_memory("backup-2"), Folder::in_memory("backup-3"));
    let copy = place.0.join("monday");
    let mut device = Device::new(1);
    let mut later = Device::new(2);
    {
        let hub = Server::start(&old.0, EIGHT);
        hub.place("lhota", "Lhota", "t");
        device.enrol(&hub, Some("t"));
        device.report(&hub, EIGHT, "showing");
        backup::make(&old.0, &copy).unwrap();
        assert!(matches!(backup::make(&old.0, &copy), Err(BackupError::Taken(_))));
        // After the backup: more reports, and another place.
        for _ in 0..5 {
            assert_eq!(device.report(&hub, EIGHT, "degraded").status, 200);
        }
        hub.place("bublava", "Bublava", "u");
        later.enrol(&hub, Some("u"));
        assert!(matches!(backup::restore(&old.0, &copy), Err(BackupError::Occupied(_))));
    }
    backup::restore(&new.0, &copy).unwrap();
    for folder in [&old.0, &copy, &new.0] {
        for file in ["hub-1.db", "hub.key", "metrics.token"] {
            let mode = std::fs::metadata(folder.join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{file} is for its owner alone");
        }
    }
    let hub = Server::start(&new.0, "2026-11-24T08:00:00Z");
    assert_eq!(hub.fleet(), [("Lhota".to_owned(), Unheard)]);
    // It is the same hub: its answers carry the same signature, and the device needs to do nothing.
    let answered = device.report(&hub, "2026-11-24T08:00:00Z", "showing");
    assert_eq!((answered.status, answered.said.is_some()), (200, true));
    assert_eq!(hub.fleet(), [("Lhota".to_owned(), Showing)]);
    assert_eq!(later.report(&hub, EIGHT, "showing").said.unwrap().refused, Some(Refused::Stranger));
}

#[test]
fn what_is_no_backup_replaces_nothing() {
    let (data, empty, damaged) =
        (Folder::in_memory("backup-4"), Folder::in_memory("backup-5"), Folder::in_memory("backup-6"));
    assert!(matches!(backup::make(&data.0, &data.0.join("x")), Err(BackupError::NoHub(_))));
    assert!(matches!(backup::restore(&data.0, &empty.0), Err(BackupError::NoBackup(_))));
    std::fs::write(damaged.0.join("hub-1.db"), "not a database at all".repeat(500)).unwrap();
    std::fs::write(damaged.0.join("hub.key"), "00".repeat(32)).unwrap();
    assert!(matches!(backup::restore(&data.0, &damaged.0), Err(BackupError::Damaged(_))));
    assert!(std::fs::read_dir(&data.0).unwrap().next().is_none());
}

#[test]
fn two_hubs_never_share_a_folder() {
    let folder = Folder::in_memory("backup-7");
    let first = Server::start(&folder.0, EIGHT);
    let clock = Clock::set(clock::parse(EIGHT).unwrap());
    let options = options(&folder.0, hub::REPORT_EVERY, clock);
    let second = first.run(hub::open(&options)).map(drop).unwrap_err().to_string();
    assert!(second.starts_with("another hub is at work on "), "{second}");
}
