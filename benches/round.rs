//! A round in memory: parse, guard and diff of a feed with three changes, as a ratio to `serde_json` reading the same
//! bytes into a `Value`.
//!
//! `cargo bench --profile dev --no-default-features --bench round` (the profile of development and demo: nothing is
//! compiled twice). Ratios within one run, because times depend on the machine: both sides are measured in turn, and
//! the median of the pairs' ratios is printed.

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use vyveska::clock::Now;
use vyveska::feed;
use vyveska::guard::{self, Memory, Observed, Verdict};
use vyveska::model::{Board, Notice, Standing};

const ADDRESS: &str = "https://lhota.example/deska.jsonld";
const GOAL: f64 = 5.0;

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    println!("{:<10} {:>9} {:>12} {:>12} {:>8}   goal", "notices", "bytes", "serde_json", "round", "ratio");
    for (count, pairs) in [(100, 400), (2_000, 40), (20_000, 10)] {
        report(count, if quick { 1 } else { pairs });
    }
}

fn report(count: usize, pairs: usize) {
    let now = Now::trusted(Utc.with_ymd_and_hms(2026, 3, 1, 11, 0, 0).single().expect("a moment"));
    let before = feed::read(feed_of(count, false).as_bytes(), ADDRESS, now.today()).expect("a feed").notices;
    let after = feed_of(count, true);
    let verdict = round(after.as_bytes(), &before, now);
    assert_eq!((verdict.add.len(), verdict.change.len(), verdict.withdraw.len()), (1, 1, 1), "three changes");

    let mut runs: Vec<(Duration, Duration)> = (0..pairs)
        .map(|_| {
            let value = time(|| serde_json::from_slice::<serde_json::Value>(black_box(after.as_bytes())));
            (value, time(|| round(black_box(after.as_bytes()), &before, now)))
        })
        .collect();
    runs.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    let middle = &runs[runs.len() / 2];
    let verdict = if ratio(middle) <= GOAL { "reached" } else { "MISSED" };
    println!(
        "{count:<10} {:>9} {:>9.3} ms {:>9.3} ms {:>7.2}×   ≤ {GOAL:.0}× {verdict}",
        after.len(),
        middle.0.as_secs_f64() * 1e3,
        middle.1.as_secs_f64() * 1e3,
        ratio(middle)
    );
}

fn ratio((value, round): &(Duration, Duration)) -> f64 {
    round.as_secs_f64() / value.as_secs_f64()
}

/// What a round does between the network and the database.
fn round(bytes: &[u8], known: &[Notice], now: Now) -> Verdict {
    let snapshot = feed::read(bytes, ADDRESS, now.today()).expect("a feed");
    guard::judge(&board(), known, &Memory::default(), Observed::Snapshot(&snapshot), now)
}

/// Without the time it takes to free the result.
fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = black_box(work());
    let passed = start.elapsed();
    drop(result);
    passed
}

fn board() -> Board {
    Board {
        key: "lhota".into(),
        name: "Obec Dolní Lhota".into(),
        standing: Standing::Official,
        feed: ADDRESS.into(),
        web: None,
        ico: None,
        colour: 0,
        phone: None,
        official_at: None,
    }
}

/// A feed as offices write it, indented, with every field of the norm. `later`: one notice more, one less, one edited.
fn feed_of(count: usize, later: bool) -> String {
    let mut feed = String::from(
        "{\n  \"@context\": \"https://ofn.gov.cz/úřední-desky/2021-07-20/kontexty/úřední-deska.jsonld\",\n  \
         \"typ\": \"Úřední deska\",\n  \"iri\": \"https://lhota.example/deska\",\n  \
         \"stránka\": \"https://lhota.example/deska.html\",\n  \
         \"provozovatel\": {\n    \"typ\": \"Osoba\",\n    \"ičo\": \"00123456\"\n  },\n  \"informace\": [",
    );
    let (first, last) = if later { (1, count + 1) } else { (0, count) };
    for number in first..last {
        let edited = if later && number == count / 2 { " (oprava)" } else { "" };
        let posted = NaiveDate::from_ymd_opt(2026, 2, 1).expect("a day") + TimeDelta::days(number as i64 % 28);
        let until = posted + TimeDelta::days(60 + number as i64 % 300);
        let comma = if number == first { "" } else { "," };
        write!(
            feed,
            r#"{comma}
    {{
      "typ": ["Digitální objekt", "Informace na úřední desce"],
      "iri": "https://lhota.example/zdroj/deska/informace/{number}",
      "url": "https://lhota.example/deska.html?detail={number}",
      "název": {{ "cs": "Odbor životního prostředí – Veřejná vyhláška – opatření obecné povahy č. {number}{edited}" }},
      "popis": {{ "cs": "Zahájení řízení o vydání opatření obecné povahy, možnost seznámit se s podklady." }},
      "vyvěšení": {{ "typ": "Časový okamžik", "datum": "{posted}" }},
      "relevantní_do": {{ "typ": "Časový okamžik", "datum": "{until}" }},
      "číslo_jednací": "DL/{number}/2026",
      "spisová_značka": "SZ {number}/2026",
      "agenda": [
        {{ "typ": "Agenda", "název": {{ "cs": "Životní prostředí" }} }},
        {{ "typ": "Agenda", "název": {{ "cs": "Veřejná vyhláška" }} }}
      ],
      "dokument": [
        {{
          "typ": "Digitální objekt",
          "název": {{ "cs": "Opatření obecné povahy č. {number}" }},
          "url": "https://lhota.example/soubory/{number}.pdf"
        }}
      ]
    }}"#
        )
        .expect("a String takes everything");
    }
    feed.push_str("\n  ]\n}\n");
    feed
}
