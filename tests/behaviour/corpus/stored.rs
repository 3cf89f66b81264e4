//! What must hold of bytes that come from a disk: a document's kind, the configuration, what the guard, the ledger and
//! a report of pages remember.
//!
//! The fuzzer's target `stored` looks at nothing else.

use std::path::Path;

use vyveska::config::Config;
use vyveska::guard::Memory;
use vyveska::ledger::{Entry, verify};
use vyveska::model::Media;
use vyveska::pages::Report;

pub fn check(bytes: &[u8]) {
    let media = Media::of(bytes);
    assert_eq!(Media::from_name(media.name()), Some(media));
    assert_eq!(Media::of(&bytes[..bytes.len().min(Media::HEAD_BYTES)]), media, "the head decides");
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    configuration(text);
    // What was read is written as it was read.
    let memory = Memory::from_json("lhota", text);
    assert_eq!(Memory::from_json("lhota", &memory.to_json()), memory);
    memory.holds.iter().for_each(|hold| assert!(!hold.reason().is_empty()));
    if let Some(entry) = Entry::parse(text) {
        // A chain of one: broken or not, it is looked at.
        let _ = verify(&[entry]);
    }
    let report = Report::default().to_json_after(text);
    assert!(report["pages"].is_array(), "{report}");
}

fn configuration(text: &str) {
    match Config::parse(text, Path::new("/etc/vyveska")) {
        Ok(config) => {
            assert!(!config.boards.is_empty() && !config.languages.is_empty());
            assert!(config.boards.iter().all(|board| config.board(&board.key) == Some(board)), "keys are unique");
            assert!(config.session.warning_seconds < config.session.idle_seconds);
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            let lines = text.lines().count().max(1);
            for problem in problems {
                assert!((1..=lines + 1).contains(&problem.line), "{problem:?}");
                assert!(!problem.found.is_empty() && !problem.cure.is_empty(), "{problem:?}");
            }
        }
    }
}
