//! What a round costs the store, against one durable commit of the same database engine on the same disk: the part of
//! a round that no program can do without.
//!
//! `cargo bench --profile dev --no-default-features --bench store`. Ratios within one run; see benches/README.md.

use std::path::Path;
use std::time::{Duration, Instant};

use vyveska::clock::{self, Now};
use vyveska::model::{Document, Notice};
use vyveska::store::{Poll, Reader, Round, Status, Store};

/// Rounds whose middle one is reported: a disk has moods.
const ROUNDS: usize = 101;

fn main() {
    let folder = std::env::temp_dir().join(format!("vyveska-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    for count in [100, 20_000] {
        let (commit, round, rows) = rounds(&folder.join(format!("of-{count}")), count);
        println!("board of {count}:");
        println!("  one durable commit of one row (WAL, synchronous=FULL) {:.3} ms", milliseconds(commit));
        let ratio = round.as_secs_f64() / commit.as_secs_f64();
        println!("  a round with 3 changes {:.3} ms, {rows} rows, {ratio:.2} × the commit", milliseconds(round));
        let (known, quiet, posted) = reads(&folder.join(format!("of-{count}")));
        println!(
            "  known notices {:.3} ms, quiet round {:.3} ms, what the panel reads {:.3} ms",
            milliseconds(known),
            milliseconds(quiet),
            milliseconds(posted)
        );
    }
    std::fs::remove_dir_all(&folder).expect("the temporary folder is ours");
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// A commit of its number, timed.
fn durable_commits(folder: &Path) -> impl FnMut(usize) -> Duration + use<> {
    let connection = rusqlite::Connection::open(folder.join("baseline.db")).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE feed (url TEXT PRIMARY KEY, body TEXT) STRICT;",
        )
        .expect("a table");
    move |number| {
        timed(|| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO feed VALUES ('https://obec.example/', ?)")
                .and_then(|mut insert| insert.execute([format!("{number} {}", "x".repeat(1500))]))
                .expect("a commit");
        })
    }
}

fn now() -> Now {
    clock::parse("2026-03-02T10:00:00+01:00").expect("a time")
}

fn notice(number: usize, version: usize) -> Notice {
    Notice {
        id: format!("https://obec.example/deska/{number}"),
        url: Some(format!("https://obec.example/deska/{number}.html")),
        title: format!("Záměr pronájmu pozemku č. {number}, znění {version}"),
        description: None,
        posted: now().today().pred_opt(),
        relevant_until: None,
        reference_number: Some(format!("OÚ/{number}/2026")),
        file_number: None,
        issuer: None,
        categories: vec!["záměry".to_owned()],
        documents: vec![Document {
            url: format!("https://obec.example/soubor/{number}.pdf"),
            title: None,
            declared_type: Some("application/pdf".to_owned()),
            digest: None,
        }],
    }
}

fn round(number: usize, code: u16) -> Round<'static> {
    Round {
        board: "obec",
        now: now(),
        poll: Poll {
            url: "https://obec.example/deska.json".to_owned(),
            status: Status::Code(code),
            digest: Some(vyveska::model::Digest::of(&number.to_le_bytes())),
            validators: None,
            at: now().at,
        },
        add: &[],
        change: &[],
        rename: &[],
        withdraw: &[],
        memory: None,
        released: None,
    }
}

/// One addition and two changes a round, in turn with a commit: the disk's mood is the same for both.
fn rounds(folder: &Path, count: usize) -> (Duration, Duration, u64) {
    let mut store = Store::open(folder).expect("a store");
    let all: Vec<Notice> = (0..count).map(|number| notice(number, 0)).collect();
    store.commit_round(&Round { add: &all, ..round(0, 200) }).expect("a round");
    let mut rows = 0;
    let mut one = |number: usize| {
        let add = [notice(count + number, 0)];
        let change = [notice(number * 7 % count, number + 1), notice((number * 7 + 3) % count, number + 1)];
        let before = store.rows_written();
        let time = timed(|| {
            store.commit_round(&Round { add: &add, change: &change, ..round(number, 200) }).expect("a round");
        });
        rows = store.rows_written() - before;
        time
    };
    let mut commit = durable_commits(folder);
    let mut times = (Vec::new(), Vec::new());
    for number in 0..10 + ROUNDS {
        let (commit, round) = (commit(number), one(number));
        if number >= 10 {
            times.0.push(commit);
            times.1.push(round);
        }
    }
    (middle(times.0), middle(times.1), rows)
}

fn reads(folder: &Path) -> (Duration, Duration, Duration) {
    let mut store = Store::open(folder).expect("a store");
    let reader = Reader::open(folder).expect("a reader");
    let known = (0..9).map(|_| timed(|| drop(store.known("obec").expect("notices"))));
    let known = middle(known.collect());
    store.commit_round(&round(0, 304)).expect("a round");
    let mut quiet = || {
        timed(|| {
            store.commit_round(&round(0, 304)).expect("a round");
        })
    };
    let quiet = (0..9).map(|_| quiet());
    let quiet = middle(quiet.collect());
    let posted = (0..9).map(|_| timed(|| drop(reader.posted("obec").expect("notices"))));
    (known, quiet, middle(posted.collect()))
}
