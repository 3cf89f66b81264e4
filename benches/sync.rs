//! A whole round against what cannot be avoided: one request for the same bytes and one durable commit, 100 notices.
//!
//! `cargo bench --profile dev --no-default-features --bench sync`. The office is a server on the loopback; baseline and round take turns, so that
//! both see the same disk. The medians' ratio is what counts.

#[path = "../tests/behaviour/publisher.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod publisher;
#[path = "../tests/behaviour/town.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod town;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use vyveska::clock::Now;
use vyveska::http::{Client, Limits, Policy, Response};
use vyveska::model::Board;
use vyveska::pages::PageChild;
use vyveska::store::Store;
use vyveska::sync::{BoardRound, Device, round};

use town::{Entry, PROGRAM, Panel, Town};

/// On a fresh panel each: the guard would not believe a board that loses more within a day.
const PANELS: usize = 5;
const TIMES: usize = 40;
const NOTICES: usize = 100;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        compare("3 notices changed", |town, n| {
            for index in 0..3 {
                town.entries[(n * 3 + index) % NOTICES].title = format!("Oznámení, {n}. znění");
            }
        })
        .await;
        compare("1 added, 1 changed, 1 withdrawn", |town, n| {
            town.entries.remove(0);
            town.entries[n % 90].title = format!("Oznámení, {n}. znění");
            town.entries.push(Entry::numbered(NOTICES + 1 + n));
        })
        .await;
        quiet().await;
    });
}

/// `change` edits the board before the n-th round.
async fn compare(what: &str, change: impl Fn(&mut Town, usize)) {
    let (mut baseline, mut rounds) = (Vec::new(), Vec::new());
    for _ in 0..PANELS {
        take_turns(&change, &mut baseline, &mut rounds).await;
    }
    let (baseline, rounds) = (median(&mut baseline), median(&mut rounds));
    println!(
        "{what:<34} round {:>7.2} ms   baseline {:>7.2} ms   ratio {:.2}",
        ms(rounds),
        ms(baseline),
        ms(rounds) / ms(baseline)
    );
}

async fn take_turns(change: impl Fn(&mut Town, usize), baseline: &mut Vec<Duration>, rounds: &mut Vec<Duration>) {
    let mut town = Town::new("lhota", NOTICES);
    let panel = Panel::of(&[&town]);
    let board: Board = panel.config().boards[0].clone();
    let mut store = Store::open(&panel.data()).expect("a store");
    let policy = Policy { allow_private: true, ..Policy::default() };
    let client = Client::new(&policy, start()).expect("a client");
    let rows = durable(&panel);
    one(&board, &mut store, &client, 0).await;
    for n in 1..=TIMES {
        change(&mut town, n);
        town.publish();
        baseline.push(
            timed(async {
                let Ok(Response::Body(feed)) = client.get_feed(&board.feed, None, &Limits::FEED).await else {
                    panic!("no answer");
                };
                let bytes = feed.bytes.len() as i64;
                rows.execute("INSERT INTO baseline VALUES (?, ?)", (n as i64, bytes)).expect("a commit");
            })
            .await,
        );
        let mut done = None;
        rounds.push(timed(async { done = Some(one(&board, &mut store, &client, n).await) }).await);
        let done = done.expect("a round");
        let committed = done.committed;
        let changes = committed.added + committed.changed + committed.withdrawn;
        assert!(changes == 3 && done.error().is_none(), "{done}");
    }
}

/// A panel's whole round in which nothing changed, report included.
async fn quiet() {
    let town = Town::new("lhota", NOTICES);
    let panel = Panel::of(&[&town]);
    let mut device = Device::open(&panel.config(), PageChild { program: PROGRAM.into() }).expect("a device");
    device.round(at(0)).await;
    town.web.forget_requests();
    let mut taken = Vec::new();
    for n in 1..=30 {
        taken.push(timed(async { drop(device.round(at(n * 300)).await) }).await);
    }
    println!(
        "{:<34} round {:>7.2} ms   requests a round {:.2}",
        "nothing changed (report included)",
        ms(median(&mut taken)),
        town.web.requests().len() as f64 / 30.0
    );
}

async fn one(board: &Board, store: &mut Store, client: &Client, n: usize) -> BoardRound {
    round(board, store, client, at(n), false).await.expect("a round")
}

/// A database like the store's: one table, one row a commit, synced.
fn durable(panel: &Panel) -> rusqlite::Connection {
    let rows = rusqlite::Connection::open(panel.folder.join("baseline.db")).expect("a database");
    rows.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE baseline (n INTEGER, bytes INTEGER);",
    )
    .expect("a table");
    rows
}

fn start() -> DateTime<Utc> {
    "2026-03-05T06:00:00Z".parse().expect("a moment")
}

/// Ten minutes apart would be a day after 144 rounds; all of it happens within a few minutes.
fn at(n: usize) -> Now {
    Now::trusted(start() + TimeDelta::seconds(n as i64 * 2 + if n > 0 { 600 } else { 0 }))
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let started = Instant::now();
    work.await;
    started.elapsed()
}

fn median(taken: &mut [Duration]) -> Duration {
    taken.sort();
    taken[taken.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
