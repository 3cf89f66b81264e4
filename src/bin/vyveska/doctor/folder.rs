//! The data folder: that it is there, whose it is, and that what lies in it is sound.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use vyveska::config::Config;
use vyveska::ledger::{Ledger, LedgerError};
use vyveska::store::{self, StoreError};

use super::{DARK, Finding, OLD, UNSOUND};

/// Of the mode: whoever is neither owner nor of the group may write.
const OTHERS_WRITE: u32 = 0o002;

pub fn look(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let data = &config.data;
    let cure = format!("Make it with `install -d -o vyveska-sync -g vyveska -m 2770 {}`.", data.display());
    let folder = match fs::metadata(data) {
        Ok(folder) if folder.is_dir() => folder,
        Ok(_) => return vec![Finding::bad("folder", DARK, format!("{} is no folder.", data.display()), cure)],
        Err(error) => {
            return vec![Finding::bad("folder", DARK, format!("{} cannot be used: {error}.", data.display()), cure)];
        }
    };
    if folder.mode() & OTHERS_WRITE != 0 {
        let found = format!("Everybody on the machine may write into {}.", data.display());
        findings.push(Finding::bad("folder", UNSOUND, found, format!("Run `chmod o-w {}`.", data.display())));
    } else {
        let found = format!(
            "{} belongs to {}:{}, mode {:o}.",
            data.display(),
            folder.uid(),
            folder.gid(),
            folder.mode() & 0o7777
        );
        findings.push(Finding::good("folder", found));
    }
    let run = &config.run;
    if !run.is_dir() {
        let cure = "Run `systemd-tmpfiles --create`; it is made at each start.";
        findings.push(Finding::bad("folder", DARK, format!("{} is not there.", run.display()), cure));
    }
    for file in store::files() {
        findings.push(match store::check(data, file) {
            Ok(()) => Finding::good("database", format!("{file} is sound.")),
            Err(StoreError::Damaged(_)) => {
                let cure = "Restart vyveska-sync: it sets the file aside and fills a new one.";
                Finding::bad("database", OLD, format!("{file} is damaged."), cure)
            }
            Err(StoreError::Absent(_)) => {
                let cure = "Start vyveska-sync; its first round makes it.";
                Finding::bad("database", OLD, format!("{file} is not there yet."), cure)
            }
            Err(error) => {
                let cure = "Run the doctor as root, or see who may read the data folder.";
                Finding::bad("database", UNSOUND, format!("{file} cannot be looked at: {error}."), cure)
            }
        });
    }
    findings.push(match Ledger::read(data) {
        Ok((entries, Ok(()))) => Finding::good("ledger", format!("It is whole, {} entries.", entries.len())),
        Ok((_, Err(error))) => {
            let cure = "Keep the file: it is evidence. The panel begins another one when it is restarted.";
            Finding::bad("ledger", UNSOUND, format!("{error}."), cure)
        }
        Err(LedgerError::Missing(_)) => {
            let cure = "Start vyveska-panel; it begins the ledger with its first picture.";
            Finding::bad("ledger", UNSOUND, "There is no ledger yet.", cure)
        }
        Err(error) => {
            let cure = "Run the doctor as root, or see who may read the data folder.";
            Finding::bad("ledger", UNSOUND, format!("It cannot be read: {error}."), cure)
        }
    });
    findings
}
