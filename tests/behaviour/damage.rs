//! Flipped bytes, cut files, a full disk: reported, bounded, healed by the next round, and nothing lost that was
//! sound.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use vyveska::clock::Now;
use vyveska::model::{Digest, Notice};
use vyveska::store::{Committed, Poll, Reader, Round, Store, StoreError, Validators, Why};

use super::disk::{self, Dice};
use super::store::{Folder, at, destroy, empty_log, fetched, notice, notices, poll, round};

const NOW: &str = "2026-03-02T10:00:00+01:00";

fn whole_feed(now: Now) -> Poll {
    let validators = Validators { etag: Some("\"1\"".to_owned()), ..Validators::default() };
    Poll { validators: Some(validators), ..poll(now.at, 200) }
}

/// A store with 300 notices, some fetched, one withdrawn, all of it in the database files.
fn furnish(folder: &Path) -> Vec<Notice> {
    let now = at(NOW);
    let all = notices(300);
    let mut store = Store::open(folder).unwrap();
    store.commit_round(&Round { poll: whole_feed(now), add: &all, memory: Some("{}"), ..round(now) }).unwrap();
    for notice in all.iter().take(20) {
        let fetched = fetched(Digest::of(notice.id.as_bytes()), now);
        store.document_fetched("obec", &notice.id, &notice.documents[0].url, &fetched).unwrap();
    }
    store.commit_round(&Round { withdraw: &[all[299].id.clone()], ..round(now) }).unwrap();
    drop(store);
    empty_log(&folder.join("board-1.db"));
    empty_log(&folder.join("link-1.db"));
    all[..299].to_vec()
}

/// What the next round does: the feed is fetched whole, and the guard compares.
fn next_round(store: &mut Store, feed: &[Notice]) -> Committed {
    let known: BTreeMap<String, Notice> =
        store.known("obec").unwrap().into_iter().map(|notice| (notice.id.clone(), notice)).collect();
    let add: Vec<Notice> = feed.iter().filter(|notice| !known.contains_key(&notice.id)).cloned().collect();
    let now = at(NOW);
    store.commit_round(&Round { poll: whole_feed(now), add: &add, ..round(now) }).unwrap()
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

type Harm = Box<dyn Fn(&mut Vec<u8>)>;

#[test]
fn every_kind_of_damage_is_healed_by_the_next_round() {
    let original = Folder::new("damage-original");
    let feed = furnish(&original.0);
    let mut harms: Vec<(String, Harm)> = vec![
        ("emptied".to_owned(), Box::new(Vec::clear)),
        ("cut to 100 bytes".to_owned(), Box::new(|bytes| bytes.truncate(100))),
        ("cut to half".to_owned(), Box::new(|bytes| bytes.truncate(bytes.len() / 2))),
        ("cut within a page".to_owned(), Box::new(|bytes| bytes.truncate(bytes.len() - 1000))),
        ("not a database".to_owned(), Box::new(|bytes| bytes.fill(b'x'))),
        ("zeroes".to_owned(), Box::new(|bytes| bytes.fill(0))),
        ("its first page gone".to_owned(), Box::new(|bytes| bytes[..4096].fill(0xff))),
    ];
    for seed in 0..60 {
        harms.push((
            format!("flipped bytes, seed {seed}"),
            Box::new(move |bytes| {
                let mut dice = Dice(seed);
                for _ in 0..=dice.below(20) {
                    let place = dice.below(bytes.len());
                    bytes[place] ^= 1 << dice.below(8);
                }
            }),
        ));
    }
    let (mut healed, mut carried) = (0, 0);
    for file in ["board-1.db", "link-1.db"] {
        for (name, harm) in &harms {
            let folder = Folder::in_memory("damage");
            copy(&original.0, &folder.0);
            let path = folder.0.join(file);
            let mut bytes = fs::read(&path).unwrap();
            harm(&mut bytes);
            fs::write(&path, bytes).unwrap();

            let mut store = Store::open(&folder.0).unwrap_or_else(|cause| panic!("{file} {name}: {cause}"));
            let known = store.known("obec").unwrap_or_else(|cause| panic!("{file} {name}: {cause}"));
            let was_healed = store.healed().is_some();
            healed += usize::from(was_healed);
            carried += known.len();
            for notice in &known {
                assert!(feed.contains(notice), "{file} {name}: made up {notice:?}");
            }
            if file == "board-1.db" && known.len() < feed.len() {
                let asks_for_all = store.validators("obec", &whole_feed(at(NOW)).url).unwrap().is_none();
                assert!(
                    asks_for_all,
                    "{file} {name}: the next answer would be 304, and {} notices stay away",
                    299 - known.len()
                );
            }
            next_round(&mut store, &feed);
            let mut after = store.known("obec").unwrap();
            after.sort_by_key(|notice| feed.iter().position(|other| other.id == notice.id));
            assert_eq!(after, feed, "{file} {name}");
            drop(store);
            let mut store = Store::open(&folder.0).unwrap();
            assert_eq!(store.healed(), None, "{file} {name}");
            assert_eq!(store.known("obec").unwrap().len(), feed.len(), "{file} {name}");
        }
    }
    println!("{healed} of {} damaged stores rebuilt, {carried} notices carried over", 2 * harms.len());
    assert!(healed > harms.len(), "{healed}");
}

#[test]
fn what_is_sound_is_carried_over_and_one_copy_kept_for_half_a_day() {
    let folder = Folder::new("salvage");
    let feed = furnish(&folder.0);
    // A page in the middle of the notices.
    let path = folder.0.join("board-1.db");
    let mut bytes = fs::read(&path).unwrap();
    let title = notice(150).title;
    let place = bytes.windows(title.len()).position(|window| window == title.as_bytes()).unwrap();
    let page = place / 4096 * 4096;
    bytes[page..page + 4096].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let mut store = Store::open(&folder.0).unwrap();
    let sentence = store.healed().unwrap();
    assert!(sentence.starts_with("board-1.db was damaged: it was set aside as board-1.db.damaged"), "{sentence}");
    let known = store.known("obec").unwrap();
    assert!((250..299).contains(&known.len()), "{} notices of 299", known.len());
    // Fetched documents are not fetched again only because a row next to them was damaged.
    let filed = store.posted("obec").unwrap().iter().filter(|posted| posted.documents[0].digest.is_some()).count();
    assert_eq!(filed, 20);
    assert_eq!(store.polls("obec").unwrap().len(), 1);
    assert_eq!(store.tombstones("obec").unwrap()[0].why, Why::Withdrawn);
    next_round(&mut store, &feed);

    let now = at(NOW);
    store.purge(now).unwrap();
    assert!(folder.0.join("board-1.db.damaged").exists());
    assert!(store.purge(Now::trusted(now.at + TimeDelta::hours(12))).unwrap().copy_removed);
    assert!(!folder.0.join("board-1.db.damaged").exists());
}

#[test]
fn damage_that_shows_while_the_store_is_open_is_healed_too() {
    let folder = Folder::new("damage-open");
    let all = notices(3000);
    let now = at(NOW);
    let mut store = Store::open(&folder.0).unwrap();
    store.commit_round(&Round { poll: whole_feed(now), add: &all, ..round(now) }).unwrap();
    let mut reader = Reader::open(&folder.0).unwrap();
    let version = reader.version().unwrap();
    assert!(reader.filled("obec").unwrap());
    empty_log(&folder.0.join("board-1.db"));
    let path = folder.0.join("board-1.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    assert_eq!(store.known("obec").unwrap(), []);
    assert!(store.healed().is_some());
    // The panel sees that it has to go on from memory, and when it need not any more.
    assert_ne!(reader.version().unwrap(), version);
    assert!(!reader.filled("obec").unwrap());
    assert_eq!(next_round(&mut store, &all).added, 3000);
    assert!(reader.filled("obec").unwrap());
    assert_eq!(reader.posted("obec").unwrap().len(), 3000);
}

/// `vyveska notices` while sync runs.
#[test]
fn only_who_makes_the_rounds_sets_a_database_aside() {
    let folder = Folder::new("damage-beside");
    furnish(&folder.0);
    assert_eq!(Store::open_beside(&folder.0).unwrap().known("obec").unwrap().len(), 299);
    destroy(&folder.0.join("board-1.db"));
    assert!(matches!(Store::open_beside(&folder.0), Err(StoreError::Damaged(_))));
    assert!(!folder.0.join("board-1.db.damaged").exists());
}

#[test]
fn a_round_that_meets_damage_is_not_half_done() {
    let folder = Folder::new("damage-round");
    let feed = furnish(&folder.0);
    let mut store = Store::open(&folder.0).unwrap();
    destroy(&folder.0.join("board-1.db"));
    let now = at(NOW);
    let more = [notice(900)];
    // Whether the damage is noticed at once depends on what SQLite still has in memory; either way all comes right.
    match store.commit_round(&Round { poll: whole_feed(now), add: &more, ..round(now) }) {
        Ok(_) | Err(StoreError::Damaged(_)) => {}
        Err(cause) => panic!("{cause}"),
    }
    drop(store);
    let mut store = Store::open(&folder.0).unwrap();
    next_round(&mut store, &[&feed[..], &more].concat());
    assert_eq!(store.known("obec").unwrap().len(), 300);
}

#[test]
fn a_full_disk_loses_nothing_and_is_said() {
    if disk::role().is_some() {
        return with_little_room();
    }
    let output = disk::alone("behaviour::damage::a_full_disk_loses_nothing_and_is_said", "full").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
}

/// In a process of its own: rounds and purges for which there is room for so many bytes more.
fn with_little_room() {
    let folder = Folder::in_memory("full");
    disk::insert();
    let feed = furnish(&folder.0);
    let now = at(NOW);
    let (mut refused, mut taken) = (0, 0);
    let mut next = 1000;
    let mut expected = feed.len();
    for room in (0..120_000).step_by(3_001) {
        let mut store = Store::open(&folder.0).unwrap();
        assert_eq!(store.known("obec").unwrap().len(), expected, "room for {room} bytes");
        let add: Vec<Notice> = (next..next + 50).map(notice).collect();
        next += 50;
        disk::room(Some(room));
        let gone = [store.known("obec").unwrap()[0].id.clone()];
        match store.commit_round(&Round { add: &add, withdraw: &gone, ..round(now) }) {
            Ok(_) => {
                taken += 1;
                expected += 49;
            }
            Err(StoreError::Full) => refused += 1,
            Err(cause) => panic!("room for {room} bytes: {cause}"),
        }
        match store.purge_now(now) {
            Ok(_) | Err(StoreError::Full) => {}
            Err(cause) => panic!("purge with room for {room} bytes: {cause}"),
        }
        // All that is up can be read while the disk is full, by the panel too.
        assert_eq!(Reader::open(&folder.0).unwrap().posted("obec").unwrap().len(), expected);
        drop(store);
        disk::room(None);
    }
    assert!(refused > 5 && taken > 5, "{refused} refused, {taken} taken");
    let mut store = Store::open(&folder.0).unwrap();
    assert_eq!(store.healed(), None);
    assert_eq!(store.known("obec").unwrap().len(), expected);
}
