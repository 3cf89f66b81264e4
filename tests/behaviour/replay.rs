//! A real town's board over a year, version by version, with its two outages: a day on which the feed was a valid but
//! empty placeholder, and two weeks in which it was not valid JSON.
//!
//! What is asserted was counted beforehand by a program that shares nothing with this one: it reads each version with
//! another JSON library, leaves out the placeholder and what is not JSON, and compares identities and fields.

mod year;

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use vyveska::clock::Now;
use vyveska::feed;
use vyveska::guard::{HoldKind, Observed};
use vyveska::http::{Client, Policy};
use vyveska::model::{Board, Notice, Snapshot};
use vyveska::store::{Committed, Status, Store};
use vyveska::sync::{self, Outcome};

use super::guard::device::Device;
use super::http::run;
use super::publisher::{Page, Publisher};
use year::Version;

const ADDRESS: &str = "https://office.example/uredni-deska.jsonld";
const ICO: &str = "00261912";

/// The placeholder: an empty list, and nobody's IČO.
const PLACEHOLDER: u32 = 171;
/// Not valid JSON, from the first to the last.
const BROKEN: std::ops::RangeInclusive<u32> = 250..=268;

/// What the year comes to.
#[derive(Debug, Default, PartialEq)]
struct Year {
    readable: usize,
    added: usize,
    /// Of those, how many had been down before.
    returned: usize,
    changed: usize,
    withdrawn: usize,
    ended: usize,
    up_at_the_end: usize,
}

/// Readable is the placeholder too. 82 notices are there at the beginning. Five were down and came back on 25 August, after the two broken weeks: they
/// had ended by what was known, and their ends had been moved meanwhile.
const TRUTH: Year =
    Year { readable: 410, added: 637, returned: 5, changed: 28, withdrawn: 1, ended: 533, up_at_the_end: 103 };

#[test]
fn a_towns_year_passes_the_guard() {
    let Some(versions) = year::versions() else { return };
    assert_eq!(versions.len(), 429);
    let mut device = Device::new(Some(ICO));
    let (mut year, mut down, mut changes) = (Year::default(), BTreeSet::new(), Vec::new());
    for version in &versions {
        let now = Now::trusted(version.at);
        let (ended, up): (Vec<_>, Vec<_>) =
            std::mem::take(&mut device.known).into_iter().partition(|notice| notice.ended(now.certain_day()));
        device.known = up;
        year.ended += ended.len();
        down.extend(ended.into_iter().map(|notice| notice.id));

        let before = device.known.clone();
        let snapshot = feed::read(&version.bytes, ADDRESS, now.today());
        assert_eq!(snapshot.is_err(), BROKEN.contains(&version.number), "version {}", version.number);
        let observed = match &snapshot {
            Ok(snapshot) => Observed::Snapshot(snapshot),
            Err(why) => Observed::Unreadable(why.to_string()),
        };
        let verdict = device.round(observed, now);

        year.readable += usize::from(snapshot.is_ok());
        year.added += verdict.add.len();
        year.returned += verdict.add.iter().filter(|notice| down.contains(&notice.id)).count();
        year.changed += verdict.change.len();
        year.withdrawn += verdict.withdraw.len();
        changes.extend(verdict.change.iter().map(|notice| (version.number, notice.id.clone())));
        down.extend(verdict.withdraw);

        if version.number == PLACEHOLDER || BROKEN.contains(&version.number) {
            let expected = if version.number == PLACEHOLDER { HoldKind::Emptied } else { HoldKind::Unreadable };
            assert_eq!(device.kinds(), [expected], "version {}", version.number);
            assert_eq!(device.known, before, "an outage takes nothing down: version {}", version.number);
        } else {
            let snapshot = snapshot.expect("readable, as was just asserted");
            assert_eq!(device.kinds(), [], "nothing is held back wrongly: version {}", version.number);
            assert_eq!(identities(&device), listed(&snapshot, now.certain_day()), "version {}", version.number);
        }
    }
    year.up_at_the_end = device.known.len();
    assert_eq!(year, TRUTH, "{changes:#?}");
    assert_eq!(device.memory.tally.averted, 96, "the board that the placeholder would have emptied");
    assert_eq!((device.memory.tally.held_wrongly, device.memory.tally.removed_wrongly), (0, 0));
}

#[test]
fn a_towns_year_comes_over_http_into_the_store() {
    let Some(versions) = year::versions() else { return };
    let folder = year::Folder::new("store");
    let web = Publisher::start();
    let board = Board { feed: web.url("/uredni-deska.jsonld"), ..Device::new(Some(ICO)).board };
    let policy = Policy { allow_private: true, ..Policy::default() };
    let client = Client::new(&policy, versions[0].at).expect("a client");
    let mut store = Store::open(&folder.0).expect("a store");
    let (mut year, mut unchanged, mut again) = (Year::default(), 0, 0);
    for version in &versions {
        let outage = version.number == PLACEHOLDER || BROKEN.contains(&version.number);
        if version.number % 60 == 0 {
            // Sync starts anew, in the midst of the broken weeks too: what it must remember is on the disk.
            store.flush().expect("the record of polls is written");
            drop(store);
            store = Store::open(&folder.0).expect("the same store");
        }
        web.put("/uredni-deska.jsonld", Page::new(version.bytes.clone()));
        // What is there before, less what ends by its date, is what an outage must leave.
        let day = Now::trusted(version.at).certain_day();
        let before: Vec<Notice> = store.known(&board.key).expect("a list");
        let before: BTreeSet<String> = before.into_iter().filter(|n| !n.ended(day)).map(|n| n.id).collect();

        let now = Now::trusted(version.at);
        let round = run(sync::round(&board, &mut store, &client, now, false)).expect("a round");
        let Committed { added, returned, changed, withdrawn, ended, renamed, .. } = round.committed;
        year.readable += usize::from(matches!(round.outcome, Outcome::Read { .. }));
        year.added += added;
        year.returned += returned;
        year.changed += changed;
        year.withdrawn += withdrawn;
        year.ended += ended;
        assert_eq!(renamed, 0);

        let up: BTreeSet<String> =
            store.known(&board.key).expect("a list").into_iter().map(|notice| notice.id).collect();
        if outage {
            assert_eq!(up, before, "an outage takes nothing down: version {}", version.number);
            assert_eq!(round.held.len(), 1, "version {}", version.number);
        } else {
            let snapshot = read(version);
            assert_eq!(up, listed(&snapshot, day).into_iter().map(str::to_owned).collect(), "{}", version.number);
            assert_eq!(round.held, [], "version {}", version.number);
        }

        // The next round finds the same: it costs a 304 and no write, except where something is held back.
        let later = Now::trusted(version.at + TimeDelta::minutes(1));
        let round = run(sync::round(&board, &mut store, &client, later, false)).expect("a round");
        match round.outcome {
            Outcome::Unchanged => unchanged += 1,
            _ => again += 1,
        }
        let Committed { written, .. } = round.committed;
        assert_eq!(round.committed, Committed { written, ..Committed::default() }, "version {}", version.number);
    }
    year.up_at_the_end = store.known(&board.key).expect("a list").len();
    // Versions 3 and 5 are 1 and 3 again, so they are not even sent.
    assert_eq!(year, Year { readable: TRUTH.readable - 2, ..TRUTH });
    assert_eq!((unchanged, again), (409, 20));
    assert_eq!(web.requests().len(), 2 * 429, "one request a round");

    store.flush().expect("the record of polls is written");
    let polls = store.polls(&board.key).expect("the record");
    let failed: u64 = polls.iter().filter(|run| matches!(run.status, Status::Failed(_))).map(|run| run.count).sum();
    assert_eq!(failed, 2 * 19, "the record says when the board could not be read");
    assert_eq!(polls.iter().map(|run| run.count).sum::<u64>(), 2 * 429);
}

#[test]
fn without_the_guard_the_placeholder_would_have_emptied_the_board() {
    let Some(versions) = year::versions() else { return };
    let placeholder = versions.iter().find(|version| version.number == PLACEHOLDER).expect("it is there");
    assert!(read(placeholder).notices.is_empty(), "the test's own outage does harm");
}

fn read(version: &Version) -> Snapshot {
    feed::read(&version.bytes, ADDRESS, Now::trusted(version.at).today()).expect("a readable version")
}

fn identities(device: &Device) -> BTreeSet<&str> {
    device.known.iter().map(|notice| notice.id.as_str()).collect()
}

fn listed(snapshot: &Snapshot, today: NaiveDate) -> BTreeSet<&str> {
    snapshot.notices.iter().filter(|notice| !notice.ended(today)).map(|notice| notice.id.as_str()).collect()
}
