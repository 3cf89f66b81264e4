//! The hub under a union of unions: signed reports of 12,500 panels over the loopback, each written durably before it is
//! acknowledged, against the same writes without signature and parsing.
//!
//! `cargo bench --profile dev --no-default-features --features hub --bench hub`. What is compared is the hub's own
//! processor time: that of the whole process without the thread that plays the panels. The rounds of the two kinds take
//! turns, and the median of the pairs' ratios is printed.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Router, body::Bytes};
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use rusqlite::params;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use vyveska::clock::{self, Clock};
use vyveska::hub::{self, Options, Shared};
use vyveska::keys::{Key, Text};
use vyveska::pages::PageChild;
use vyveska::wire::link::{self, Report};

const NOW: &str = "2026-11-23T08:00:00Z";
const FORM: &str = "application/x-www-form-urlencoded";
/// Panels that speak at once.
const AT_ONCE: usize = 100;

fn main() {
    rustls::crypto::ring::default_provider().install_default().ok();
    // `cargo test --benches` only wants to know that it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let (panels, rounds) = if quick { (50, 1) } else { (12_500, 5) };
    let folder = std::env::temp_dir().join(format!("vyveska-bench-hub-{}", std::process::id()));
    let keys: Vec<Key> = (0..panels).map(key).collect();
    let (base, first) = start(&folder, &keys);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let client = Client::builder().pool_max_idle_per_host(AT_ONCE).build().expect("a client");

    let (mut pairs, mut slowest, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (signed, waits) = send(&runtime, &client, &format!("{base}{}", link::REPORT), &keys, 2 * round + 1);
        let (plain, _) = send(&runtime, &client, &format!("{base}/plain"), &keys, 2 * round + 2);
        pairs.push((signed, plain));
        slowest.push(waits);
        memory.push(resident());
    }
    pairs.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (signed, plain) = pairs[pairs.len() / 2];
    let count = panels as f64;
    println!(
        "signed reports a second of one core: {:.0}; the same without signature and parsing: {:.0}",
        count / signed,
        count / plain
    );
    println!(
        "ratio {:.2} (goal ≥ 0.5); 95 of 100 acknowledged within {:.0} ms (goal 100)",
        plain / signed,
        median(slowest) * 1e3
    );
    println!("{panels} panels each minute take {:.1} % of a core (goal 25)", signed / 60.0 * 100.0);
    println!("memory after each round, MB: {memory:.1?}");
    let (time, size) = runtime.block_on(fleet(&base, &first));
    println!("fleet page of {panels} places: {:.0} ms, {:.1} MB (goal 200 ms)", time * 1e3, size as f64 / 1e6);
    fs::remove_dir_all(&folder).expect("the bench's own folder");
}

fn key(panel: usize) -> Key {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&panel.to_le_bytes());
    Key::from_seed(&seed)
}

/// A hub that knows all these panels, each at a place of its own. Returns its address, and the link to the first
/// administrator.
fn start(folder: &Path, keys: &[Key]) -> (String, String) {
    let clock = Clock::set(clock::parse(NOW).expect("a time"));
    let child = PageChild { program: "vyveska".into() };
    let (data, report_every) = (folder.to_owned(), hub::REPORT_EVERY);
    let options =
        Options { data, report_every, address: None, ca: None, proxies: Vec::new(), clock, allow_private: true, child };
    let devices: Vec<_> = keys.iter().map(|key| key.public().bytes().to_owned()).collect();
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let hub = hub::open(&options).await.expect("a hub");
            let enrolled = hub.store.write(move |connection| {
                connection.execute("INSERT INTO office VALUES ('lhota', 'Lhota', 0)", [])?;
                for (place, device) in (1_i64..).zip(&devices) {
                    let name = format!("Místo {place}");
                    connection.execute("INSERT INTO place (id, office, name, made_at) VALUES (?, 'lhota', ?, 0)", params![place, name])?;
                    connection.execute(
                        "INSERT INTO device (link_key, panel_key, place, enrolled_at, enrolled_by) VALUES (?1, ?1, ?2, 0, 'bench')",
                        params![device, place],
                    )?;
                }
                Ok(())
            });
            enrolled.await.expect("devices");
            drop(hub);
            // Whom it believes it reads at its start.
            let hub = hub::open(&options).await.expect("a hub");
            let first = hub::first_link(&hub).await.expect("a link").expect("nobody is there yet");
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let base = format!("http://{}", listener.local_addr().expect("an address"));
            tell.send((base, first)).expect("somebody listens");
            let plain = Router::new().route("/plain", post(plain)).with_state(hub.clone());
            let router = hub::router(hub).merge(plain).into_make_service_with_connect_info::<std::net::SocketAddr>();
            axum::serve(listener, router).await.expect("a server");
        });
    });
    told.recv().expect("the hub starts")
}

/// Writes what a report writes, and believes everybody.
async fn plain(State(hub): State<Shared>, headers: HeaderMap, body: Bytes) -> &'static str {
    let number =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<i64>().ok());
    let (place, sequence, now) =
        (number("place").expect("a place"), number(link::SEQUENCE).expect("a number"), hub.now());
    let written = hub.store.write(move |connection| {
        let text = std::str::from_utf8(&body).expect("text");
        let at = now.timestamp_millis() + sequence;
        connection
            .prepare_cached(
                "UPDATE device SET sequence = max(sequence, ?2), boot = 'boot', boots = '[]' WHERE place = ?1 AND revoked_at IS NULL",
            )?
            .execute([place, sequence])?;
        connection
            .prepare_cached("INSERT OR IGNORE INTO record (place, at, state, text) VALUES (?, ?, 'showing', ?)")?
            .execute(params![place, at, text])?;
        connection
            .prepare_cached(
                "INSERT INTO latest (place, heard_at, at, state, since, text) VALUES (?1, ?2, ?2, 'showing', ?2, ?3)
                 ON CONFLICT (place) DO UPDATE SET heard_at = ?2, at = ?2, state = 'showing', text = ?3",
            )?
            .execute(params![place, at, text])?;
        Ok(())
    });
    written.await.expect("a write");
    "{}"
}

/// One report of each panel. Returns the hub's processor time and the 95th percentile of the waits, in seconds.
fn send(runtime: &Runtime, client: &Client, url: &str, keys: &[Key], round: usize) -> (f64, f64) {
    let at = clock::parse(NOW).expect("a time").at + chrono::TimeDelta::seconds(round as i64);
    let record = json!({
        "v": 1, "at": at.to_rfc3339(), "clock_trusted": true, "state": "showing", "reasons": [], "program": "vyveska 0.1.0",
        "memory_free_mb": 400, "disk_free_mb": 9000, "cpu_celsius": 41.5, "touches": 12, "restarts": 0,
        "boards": [{ "key": "lhota", "up": 27, "listed": 27, "documents_missing": 0, "documents_broken": 0, "held": [] }],
    });
    let report = Report { v: 1, boot: "boot".into(), uptime: 60, records: vec![record], ..Report::default() };
    let body: Arc<[u8]> = serde_json::to_vec(&report).expect("JSON").into();
    let letters: Vec<_> = (1_u64..)
        .zip(keys)
        .map(|(place, key)| {
            let sequence = round as u64;
            let text = Text::Request { path: link::REPORT, sequence, body: &body };
            (place, key.public().to_string(), sequence, key.sign(text).to_string())
        })
        .collect();
    let before = hub_seconds();
    let waits = runtime.block_on(async {
        let mut panels = JoinSet::new();
        for letters in letters.chunks(letters.len().div_ceil(AT_ONCE)) {
            panels.spawn(speak(client.clone(), url.to_owned(), body.clone(), letters.to_vec()));
        }
        panels.join_all().await
    });
    let mut waits = waits.concat();
    waits.sort_by(f64::total_cmp);
    (hub_seconds() - before, waits[waits.len() * 95 / 100])
}

/// Some panels, one after the other. Returns how long each waited, in seconds.
async fn speak(client: Client, url: String, body: Arc<[u8]>, letters: Vec<(u64, String, u64, String)>) -> Vec<f64> {
    let mut waits = Vec::new();
    for (place, device, sequence, signature) in letters {
        let began = Instant::now();
        let request = client.post(&url).body(body.to_vec()).header(link::DEVICE, device).header("place", place);
        let request = request.header(link::SEQUENCE, sequence).header(link::SIGNATURE, signature);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
        answer.bytes().await.expect("a body");
        waits.push(began.elapsed().as_secs_f64());
    }
    waits
}

/// Processor time of the process without this thread, which plays the panels.
fn hub_seconds() -> f64 {
    let seconds = |clock| {
        let time = clock_gettime(clock);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    seconds(ClockId::ProcessCPUTime) - seconds(ClockId::ThreadCPUTime)
}

/// Megabytes.
fn resident() -> f64 {
    let pages = fs::read_to_string("/proc/self/statm").expect("the kernel says it");
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).expect("a number") * 4096.0 / 1e6
}

/// How long the page of all places takes, and its bytes: the middle of five.
async fn fleet(base: &str, first: &str) -> (f64, usize) {
    let client = Client::builder().redirect(Policy::none()).build().expect("a client");
    let form = "login=starosta&password=ctyri+vrany+leti&again=ctyri+vrany+leti";
    let request = client.post(format!("{base}{first}")).header(ORIGIN, base).header(CONTENT_TYPE, FORM).body(form);
    let answer = request.send().await.expect("an answer");
    let cookie = answer.headers().get(SET_COOKIE).and_then(|line| line.to_str().ok()).expect("a session");
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let (mut times, mut size) = (Vec::new(), 0);
    for _ in 0..5 {
        let began = Instant::now();
        let page = client.get(format!("{base}/places")).header(COOKIE, &cookie).send().await.expect("an answer");
        assert_eq!(page.status(), 200);
        size = page.bytes().await.expect("a page").len();
        times.push(began.elapsed().as_secs_f64());
    }
    (median(times), size)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
