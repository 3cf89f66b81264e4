//! A database that somebody else keeps busy: the round says so, the board stays, and the next round makes up for it.

use rusqlite::Connection;
use vyveska::store::Reader;
use vyveska::wire::Trouble;

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
