//! A database that somebody else keeps busy, or has only begun to make: the round says so, the board stays, and the next
//! round makes up for it; a reader makes nothing.

use rusqlite::Connection;
use vyveska::store::{Reader, Store, StoreError};
use vyveska::wire::Trouble;

use super::store::Folder;
use super::sync::march;
use super::town::{Entry, Panel, Town};

#[test]
fn a_locked_store_costs_one_round_and_nothing_on_the_board() {
    let mut town = Town::new("lhota", 3);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    town.edit(|entries| entries.push(Entry::numbered(4)));
    let other = Connection::open(panel.data().join("board-1.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (summary, code) = panel.round(&march(5, 20));
    let error = summary["boards"][0]["error"].as_str().unwrap();
    assert!(code == 1 && error.contains("keeps the store busy"), "{summary:#}");
    // Whoever reads it is not kept waiting.
    assert_eq!(Reader::open(&panel.data()).unwrap().posted("lhota").unwrap().len(), 3);
    let report = vyveska::wire::SyncReport::read(&panel.config().run).unwrap();
    assert_eq!(report.boards[0].trouble, Some(Trouble::Panel), "nobody blames the office");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(panel.good_round(&march(5, 40))["boards"][0]["added"], 1);
}

/// As it lies there for a moment when sync starts for the first time: the files, and nothing in them.
fn begun(name: &str) -> Folder {
    let folder = Folder::new(name);
    std::fs::create_dir_all(&folder.0).unwrap();
    for file in vyveska::store::files() {
        std::fs::File::create(folder.0.join(file)).unwrap();
    }
    folder
}

fn tables(folder: &Folder, file: &str) -> i64 {
    let connection = Connection::open(folder.0.join(file)).unwrap();
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_reader_waits_for_the_tables_and_makes_none() {
    let folder = begun("half-made");
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| Store::open_beside(&folder.0));
        drop(Store::open(&folder.0).unwrap());
        assert!(reading.join().unwrap().unwrap().posted("lhota").unwrap().is_empty());
    });
}

#[test]
fn tables_that_nobody_makes_are_said_in_a_sentence() {
    let panel = Panel::with("", &[("lhota", "https://lhota.example/deska.json".to_owned())]);
    let folder = begun("never-made");
    assert!(matches!(Store::open_beside(&folder.0), Err(StoreError::Unmade(_))));
    for file in vyveska::store::files() {
        assert_eq!(tables(&folder, file), 0, "a reader has made tables in {file}");
    }
    // The same from outside: not begun, with the cure.
    std::fs::rename(&folder.0, panel.data()).unwrap();
    let output = panel.run(&["notices"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.contains("start vyveska-sync")), (Some(2), true), "{said}");
}
