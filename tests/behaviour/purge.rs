//! A day after a notice is down, no byte of the data folder holds a word of it; its identity, dates and digests stay.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde_json::json;
use vyveska::clock::Now;
use vyveska::files::{Files, Origin, Picture};
use vyveska::ledger::{Ledger, Seen};
use vyveska::model::{Document, Notice, mark};
use vyveska::store::{PageSize, PagesDone, Reader, Round, Store, Why};

use super::disk::Dice;
use super::publisher::{Answer, Body, Page};
use super::store::{Folder, at, destroy, fetched, notice, round};
use super::town::{Panel, Town};

const NOW: &str = "2026-03-02T10:00:00+01:00";
/// Stands for a natural person: in titles, texts, documents.
const NAME: &str = "Xaverius Planthous";

fn later(hours: i64) -> Now {
    Now::trusted(at(NOW).at + TimeDelta::hours(hours))
}

/// Files of the data folder that hold `name`, by their names or their bytes.
fn traces(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(traces(&path, name));
        } else {
            let bytes = fs::read(&path).unwrap();
            let within = bytes.windows(name.len()).any(|window| window == name.as_bytes());
            if within || path.to_string_lossy().contains(name) {
                found.push(path);
            }
        }
    }
    found
}

/// A notice that names somebody wherever a notice can.
fn planted(number: usize) -> Notice {
    let mut notice = notice(number);
    notice.id = format!("https://obec.example/deska/{number}-{NAME}");
    notice.title = format!("Veřejná vyhláška – doručení: {NAME}");
    notice.description = Some(format!("{NAME}, nar. 1. 1. 1950. ").repeat(400));
    notice.issuer = Some(NAME.to_owned());
    notice.reference_number = Some(format!("{NAME}/1"));
    notice.file_number = Some(NAME.to_owned());
    notice.url = Some(format!("https://obec.example/{NAME}"));
    notice.categories = vec![NAME.to_owned()];
    notice.documents = ["a", "b", "c"]
        .map(|part| Document {
            url: format!("https://obec.example/{NAME}-{part}.pdf"),
            title: Some(NAME.to_owned()),
            declared_type: None,
            digest: None,
        })
        .to_vec();
    notice
}

fn clean(store: &mut Store, files: &Files, now: Now) {
    store.purge(now).unwrap();
    let named = store.named(now).unwrap();
    files.trim(|digest| named.keeps(digest), now.at).unwrap();
}

#[test]
fn a_planted_name_is_gone_a_day_later() {
    let folder = Folder::new("purge");
    let now = at(NOW);
    let mut store = Store::open(&folder.0).unwrap();
    let files = Files::open(&folder.0).unwrap();
    let mut reader = Reader::open(&folder.0).unwrap();
    let planted = planted(1);
    let mut other = notice(2);
    store.commit_round(&Round { add: &[planted.clone(), other.clone()], ..round(now) }).unwrap();

    // Its own document, one that another notice shows as well, and one that is still coming.
    let own = files.put(format!("%PDF-1.7 {NAME}").as_bytes()).unwrap();
    let shared = files.put(b"%PDF-1.7 shared").unwrap();
    let [a, b, c] = [0, 1, 2].map(|index| planted.documents[index].url.as_str());
    store.document_fetched("obec", &planted.id, a, &fetched(own.digest, now)).unwrap();
    store.document_fetched("obec", &planted.id, b, &fetched(shared.digest, now)).unwrap();
    store.document_fetched("obec", &other.id, &other.documents[0].url, &fetched(shared.digest, now)).unwrap();
    let mut incoming = files.incoming(c).unwrap();
    incoming.restart(Origin { etag: Some("\"1\"".to_owned()), ..Origin::default() }).unwrap();
    incoming.append(NAME.as_bytes()).unwrap();
    incoming.pause().unwrap();
    drop(incoming);
    for digest in [own.digest, shared.digest] {
        files.write_page(&digest, Picture { number: 1, width: 300, height: 10, pixels: &[0; 3000] }).unwrap();
        let size = PageSize { width: 300, height: 10, ..PageSize::default() };
        let done = PagesDone { width: 300, pages: vec![(1, size)], complete: true, ..PagesDone::default() };
        store.pages_done(&digest, &done).unwrap();
    }
    files.write_text(&own.digest, 1, NAME).unwrap();
    assert_eq!(traces(&folder.0, NAME).len(), 4, "database or its log, document, download, text");
    // The ledger is never cleaned: it must not know.
    let mut ledger = Ledger::open(&folder.0).unwrap();
    ledger
        .look(&[Seen::new("obec", &planted, planted.digest(), vec![Some(own.digest), None, None], true)], now)
        .unwrap();

    // While it is up nothing of it goes.
    clean(&mut store, &files, later(5));
    assert!(files.has(&own.digest));

    let gone = later(6);
    let done = store.commit_round(&Round { withdraw: std::slice::from_ref(&planted.id), ..round(gone) }).unwrap();
    assert_eq!(done.withdrawn, 1);
    ledger.look(&[], gone).unwrap();
    clean(&mut store, &files, gone);
    clean(&mut store, &files, later(8));
    assert_eq!(traces(&folder.0, NAME), Vec::<PathBuf>::new());
    assert!(!files.has(&own.digest) && !files.page_path(&own.digest, 300, 1).exists());
    assert!(files.has(&shared.digest) && files.page_path(&shared.digest, 300, 1).exists());
    let stones = store.tombstones("obec").unwrap();
    assert_eq!((stones[0].mark, stones[0].why), (mark("obec", &planted.id), Why::Withdrawn));
    assert_eq!((stones[0].digest, stones[0].posted), (planted.digest(), planted.posted));
    assert_eq!(stones[0].documents, [own.digest, shared.digest]);

    // What it said before it was changed goes the same way; and a second purge has nothing to do.
    other.title = NAME.to_owned();
    store.commit_round(&Round { change: &[other.clone()], ..round(gone) }).unwrap();
    other.title = "Oprava".to_owned();
    store.commit_round(&Round { change: &[other], ..round(gone) }).unwrap();
    assert!(store.purge(later(24)).unwrap().rebuilt);
    assert_eq!(traces(&folder.0, NAME), Vec::<PathBuf>::new());
    let rows = store.rows_written();
    assert!(!store.purge(later(48)).unwrap().rebuilt);
    assert_eq!(store.rows_written(), rows);
    reader.version().unwrap();
}

#[test]
fn what_ends_by_its_date_goes_too_and_so_does_the_damaged_copy() {
    let folder = Folder::new("purge-damaged");
    let now = at(NOW);
    let files = Files::open(&folder.0).unwrap();
    let mut store = Store::open(&folder.0).unwrap();
    let mut ending = planted(1);
    ending.relevant_until = Some(now.today());
    store.commit_round(&Round { add: &[ending, notice(2)], ..round(now) }).unwrap();
    drop(store);
    destroy(&folder.0.join("board-1.db"));
    let mut store = Store::open(&folder.0).unwrap();
    assert!(store.healed().is_some());
    assert!(traces(&folder.0, NAME).iter().any(|path| path.ends_with("board-1.db.damaged")));
    // Nobody makes a round: the office is away. Hours pass.
    (0..36).for_each(|hours| clean(&mut store, &files, later(hours)));
    assert_eq!(traces(&folder.0, NAME), Vec::<PathBuf>::new());
    assert!(store.known("obec").unwrap().iter().all(|notice| notice.title != NAME));
}

/// The same through whole rounds of the program, where the office writes the name into every address and file name, its
/// server into what it answers, and a document cannot be had.
#[test]
fn no_address_outlives_its_notice() {
    const WORD: &str = "planthous";
    let mut town = Town::new("lhota", 9);
    town.edit(|entries| {
        let entry = &mut entries[4];
        entry.iri = format!("/deska/5-{WORD}");
        entry.title = format!("Doručení: {WORD}");
        entry.number = format!("OÚ {WORD}/2026");
        entry.documents = vec![format!("/soubory/{WORD}.txt"), format!("/soubory/chybi-{WORD}.txt")];
    });
    let cut = Body::Cut { bytes: WORD.repeat(9).into(), length: 400 };
    town.web.put(&format!("/soubory/{WORD}.txt"), Page::new(WORD.repeat(1000)).last_modified(WORD));
    town.web.answer(&format!("/soubory/chybi-{WORD}.txt"), move |_| Answer::body(cut.clone()).header("ETag", WORD));
    // The feed has moved to an address with the name in it, and is broken there for a while.
    let there = format!("/{WORD}.json");
    let target = there.clone();
    town.web.answer("/deska.json", move |_| Answer::redirect(301, &target));
    town.web.put(&there, Page::new(town.feed()));
    let panel = Panel::of(&[&town]);
    let time = |hours: i64| later(hours).at.to_rfc3339();
    panel.good_round(&time(0));
    town.web.once(&there, Answer::ok(format!("{{\"{WORD}\"")));
    assert_eq!(panel.round(&time(1)).1, 1);
    town.web.once(&there, Answer::status(500));
    panel.round(&time(2));
    assert!(panel.good_round(&time(3))["documents"]["failed"] == 1);
    assert!(traces(&panel.data(), WORD).len() > 2, "nothing was planted");

    let gone = town.entries.remove(4);
    town.web.put(&there, Page::new(town.feed()));
    assert_eq!(panel.good_round(&time(4))["boards"][0]["withdrawn"], 1);
    let down = panel.notices(&time(5))["down"][0].take();
    assert_eq!(down["mark"], mark("lhota", &town.web.url(&gone.iri)).to_string());
    (5..24).for_each(|hours| drop(panel.good_round(&time(hours))));
    let outlived = traces(&panel.data(), WORD);
    assert_eq!(outlived, Vec::<PathBuf>::new());

    // It is known again all the same.
    town.entries.insert(4, gone);
    town.web.put(&there, Page::new(town.feed()));
    assert_eq!(panel.good_round(&time(30))["boards"][0]["returned"], 1);
    assert_eq!(panel.notices(&time(31))["down"], json!([]));
}

/// As the program before this one left it, and as the one in the other slot may leave it again.
#[test]
fn identities_that_an_older_program_kept_are_forgotten() {
    let folder = Folder::new("purge-older");
    let old = planted(1);
    for _ in 0..2 {
        drop(Store::open(&folder.0).unwrap());
        let link = rusqlite::Connection::open(folder.0.join("link-1.db")).unwrap();
        let row = "INSERT OR REPLACE INTO tombstone VALUES ('obec', ?, 1, 2, 'ended', NULL, NULL, zeroblob(32), '[]')";
        link.execute(row, [&old.id]).unwrap();
        drop(link);
        assert!(!traces(&folder.0, NAME).is_empty());
        let mut store = Store::open(&folder.0).unwrap();
        let stones = store.tombstones("obec").unwrap();
        assert_eq!(stones.iter().map(|stone| stone.mark).collect::<Vec<_>>(), [mark("obec", &old.id)]);
        assert!(store.purge(at(NOW)).unwrap().rebuilt);
        assert_eq!(traces(&folder.0, NAME), Vec::<PathBuf>::new());
    }
    let mut store = Store::open(&folder.0).unwrap();
    let back = Notice { relevant_until: None, ..old };
    assert_eq!(store.commit_round(&Round { add: &[back], ..round(at(NOW)) }).unwrap().returned, 1);
}

/// SQLite moves rows between pages and leaves copies behind where no row is: rows of every length, in a database that
/// grows and shrinks.
#[test]
fn no_copy_is_left_in_unused_space() {
    for seed in 0..4 {
        grow_and_shrink(&mut Dice(seed));
    }
}

fn grow_and_shrink(dice: &mut Dice) {
    let folder = Folder::in_memory("purge-space");
    let mut store = Store::open(&folder.0).unwrap();
    let mut up: Vec<usize> = Vec::new();
    let mut next = 0;
    let mut left_behind = 0;
    for turn in 0..12 {
        let now = later(turn * 24);
        let make = |number: usize, dice: &mut Dice| {
            let mut notice = notice(number);
            notice.title = format!("{MARK}{number}: {}", "x".repeat(dice.below(900)));
            notice.documents[0].url = format!("https://obec.example/{MARK}{number}:{}", "y".repeat(dice.below(300)));
            notice.relevant_until = None;
            notice
        };
        let add: Vec<Notice> = (next..next + 60).map(|number| make(number, dice)).collect();
        let changed: Vec<usize> = (0..up.len() / 3).map(|_| up[dice.below(up.len())]).collect();
        let change: Vec<Notice> = changed.into_iter().map(|number| make(number, dice)).collect();
        up.extend(next..next + 60);
        next += 60;
        store.commit_round(&Round { add: &add, change: &change, ..round(now) }).unwrap();
        let withdraw: Vec<String> =
            (0..up.len() / 4).map(|_| notice(up.swap_remove(dice.below(up.len()))).id).collect();
        store.commit_round(&Round { withdraw: &withdraw, ..round(now) }).unwrap();
        let gone = |marked: Vec<usize>| marked.into_iter().filter(|number| !up.contains(number)).count();
        left_behind += gone(marked(&folder.0));
        store.purge(later(turn * 24 + 2)).unwrap();
        assert_eq!(gone(marked(&folder.0)), 0, "turn {turn}");
    }
    assert!(left_behind > 0, "nothing to clean was left behind: the test is blind");
    assert_eq!(store.known("obec").unwrap().len(), up.len());
    drop(store);
    assert_eq!(Store::open(&folder.0).unwrap().healed(), None);
}

const MARK: &str = "Planthous-";

/// Numbers that stand behind a mark anywhere in the files of the folder.
fn marked(folder: &Path) -> Vec<usize> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let bytes = fs::read(entry.path()).unwrap();
        for place in 0..bytes.len().saturating_sub(MARK.len()) {
            if bytes[place..].starts_with(MARK.as_bytes()) {
                let digits = bytes[place + MARK.len()..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let digits = &bytes[place + MARK.len()..][..digits];
                found.extend(std::str::from_utf8(digits).unwrap().parse::<usize>());
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
