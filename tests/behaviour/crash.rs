//! The power may go at any instruction: at most the running round is lost, nothing acknowledged ever is.
//!
//! Round `n` is a pure function of `n` ([`scene`]), so what the store must hold after a crash is known: what it held
//! after the last round that was acknowledged, or after the one that was running.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};

use chrono::TimeDelta;
use vyveska::clock::{self, Now};
use vyveska::files::{Files, Origin, Stored};
use vyveska::ledger::{Ledger, What, verify};
use vyveska::model::{Digest, Notice, mark};
use vyveska::store::{Round, Store};

use super::disk::state::Change;
use super::disk::{self, Dice, Op};
use super::publisher::Page;
use super::store::{Folder, at, fetched, notice, poll, round};
use super::town::{Entry, Panel, Town};

/// So many notices are up at a time.
const UP: u64 = 12;

fn time(n: u64) -> Now {
    Now::trusted(at("2026-03-02T10:00:00+01:00").at + TimeDelta::minutes(n as i64))
}

fn up(n: u64) -> std::ops::RangeInclusive<u64> {
    n.saturating_sub(UP - 1).max(1)..=n
}

/// Notice `k` as it is after round `n`: it gets another title in the three rounds after its own.
fn at_round(k: u64, n: u64) -> Notice {
    let mut notice = notice(k as usize);
    notice.title.push_str(&format!(" (znění {})", (n - k).min(3)));
    notice.description = Some("Lorem ".repeat(300));
    notice.relevant_until = None;
    notice
}

/// What is up after round `n`.
fn scene(n: u64) -> BTreeMap<String, Notice> {
    if n == 0 {
        return BTreeMap::new();
    }
    up(n).map(|k| at_round(k, n)).map(|notice| (notice.id.clone(), notice)).collect()
}

fn document(n: u64) -> Vec<u8> {
    format!("%PDF-1.7 příloha {n}").repeat(500).into_bytes()
}

fn text(n: u64) -> String {
    format!("Text přílohy {n}")
}

/// In two pieces, with a break between them.
fn download(files: &Files, n: u64) -> Stored {
    let (bytes, url) = (document(n), format!("https://obec.example/{n}.pdf"));
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let mut incoming = files.incoming(&url).unwrap();
    incoming.restart(Origin { etag: Some("\"1\"".to_owned()), ..Origin::default() }).unwrap();
    incoming.append(head).unwrap();
    incoming.pause().unwrap();
    let mut incoming = files.incoming(&url).unwrap();
    incoming.append(tail).unwrap();
    incoming.finish().unwrap()
}

/// One round: an addition, changes, a withdrawal, a document.
fn play(store: &mut Store, files: &Files, ledger: &mut Ledger, n: u64) {
    let (before, after) = (scene(n - 1), scene(n));
    let add: Vec<Notice> = after.values().filter(|notice| !before.contains_key(&notice.id)).cloned().collect();
    let differs = |notice: &&Notice| before.get(&notice.id).is_some_and(|old| old != *notice);
    let change: Vec<Notice> = after.values().filter(differs).cloned().collect();
    let withdraw: Vec<String> = before.keys().filter(|id| !after.contains_key(*id)).cloned().collect();
    let memory = format!("{{\"rounds\":{n}}}");
    let now = time(n);
    let poll = poll(now.at, 200);
    let memory = Some(memory.as_str());
    store.commit_round(&Round { poll, add: &add, change: &change, withdraw: &withdraw, memory, ..round(now) }).unwrap();
    let stored = if n.is_multiple_of(2) { files.put(&document(n)).unwrap() } else { download(files, n) };
    files.write_text(&stored.digest, 1, &text(n)).unwrap();
    let notice = &after[&notice(n as usize).id];
    store.document_fetched("obec", &notice.id, &notice.documents[0].url, &fetched(stored.digest, now)).unwrap();
    ledger.append(vec![What::Stopped], now).unwrap();
    if n.is_multiple_of(5) {
        store.purge_now(now).unwrap();
    }
}

/// The last round whose content the store holds, where that is exactly the content of a round that may be there, and
/// how many entries the ledger holds, where they are `entries` at least.
fn examine(folder: &Path, acknowledged: u64, entries: u64) -> Result<(u64, u64), String> {
    let mut store = Store::open(folder).map_err(|cause| cause.to_string())?;
    if let Some(sentence) = store.healed() {
        return Err(sentence);
    }
    let known = store.known("obec").map_err(|cause| cause.to_string())?;
    let known: BTreeMap<String, Notice> = known.into_iter().map(|notice| (notice.id.clone(), notice)).collect();
    let held = [acknowledged, acknowledged + 1].into_iter().find(|n| scene(*n) == known);
    let Some(n) = held else {
        return Err(format!("acknowledged: round {acknowledged}; there: {:?}", known.keys().collect::<Vec<_>>()));
    };
    let tombs: BTreeSet<Digest> =
        store.tombstones("obec").map_err(|cause| cause.to_string())?.into_iter().map(|stone| stone.mark).collect();
    if let Some(lost) =
        (1..=n).map(|k| notice(k as usize).id).find(|id| !known.contains_key(id) && !tombs.contains(&mark("obec", id)))
    {
        return Err(format!("no trace of {lost}"));
    }
    let ledger = Ledger::open(folder).map_err(|cause| cause.to_string())?;
    let there = ledger.entries().map_err(|cause| cause.to_string())?;
    verify(&there).map_err(|cause| cause.to_string())?;
    if (there.len() as u64) < entries || folder.join("ledger-damaged-1.db").exists() {
        return Err(format!("{} entries in the ledger instead of {entries}", there.len()));
    }
    Ok((n, there.len() as u64))
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    if let Some(role) = disk::role() {
        return rounds_until_killed(&role);
    }
    const KILLS: u64 = 200;
    let folder = Folder::in_memory("kill");
    let mut dice = Dice(20260301);
    let (mut acknowledged, mut entries) = (0, 0);
    for kill in 0..KILLS {
        // Every other one dies inside an operation on a database; the others wherever they happen to be.
        let inside = kill % 2 == 0;
        let operation = if inside { 1 + dice.below(90) as u64 } else { 0 };
        let role = format!("{operation} {}", folder.0.display());
        let mut child = disk::alone("behaviour::crash::nothing_acknowledged_is_lost_when_the_process_is_killed", &role)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let patience = if inside { u64::MAX } else { dice.below(6) as u64 };
        let spin = dice.below(2_000_000);
        let before = acknowledged;
        acknowledged = follow(&mut child, acknowledged, patience, spin);
        // A round that was found though it was not acknowledged has no entry.
        entries += acknowledged - before;
        let found = examine(&folder.0, acknowledged, entries);
        (acknowledged, entries) = found.unwrap_or_else(|cause| panic!("kill {kill} ({role}): {cause}"));
        // Documents that rows name are there, whole.
        let files = Files::open(&folder.0).unwrap();
        for posted in Store::open(&folder.0).unwrap().posted("obec").unwrap() {
            for digest in posted.documents.iter().filter_map(|filed| filed.digest) {
                files.open_document(&digest).unwrap_or_else(|cause| panic!("kill {kill}: {cause}"));
            }
        }
    }
    assert!(acknowledged > KILLS / 2, "only {acknowledged} rounds were made: the kills came too early to say anything");
}

/// Reads acknowledgements, kills after `patience` of them and a while, and returns the last round that was
/// acknowledged.
fn follow(child: &mut Child, mut acknowledged: u64, patience: u64, spin: usize) -> u64 {
    let mut seen = 0;
    let mut killed = false;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(round) = line.strip_prefix("acknowledged ").and_then(|number| number.parse().ok()) else { continue };
        acknowledged = round;
        seen += 1;
        if seen > patience && !killed {
            (0..spin).for_each(|_| std::hint::spin_loop());
            child.kill().unwrap();
            // What is still in the pipe was acknowledged before.
            killed = true;
        }
    }
    let status = child.wait().unwrap();
    assert!(!status.success() && status.code().is_none(), "the child ended by itself: {status}");
    acknowledged
}

/// In the child: rounds from where the store stands, until the end.
fn rounds_until_killed(role: &str) {
    let (operation, folder) = role.split_once(' ').unwrap();
    let operation: u64 = operation.parse().unwrap();
    disk::insert();
    if operation > 0 {
        disk::kill_at(operation);
    }
    let folder = Path::new(folder);
    let mut store = Store::open(folder).unwrap();
    let mut ledger = Ledger::open(folder).unwrap();
    let files = Files::open(folder).unwrap();
    let known = store.known("obec").unwrap();
    let start = known.iter().map(|notice| notice.id.rsplit('/').next().unwrap().parse().unwrap()).max().unwrap_or(0);
    let mut output = std::io::stdout();
    output.write_all(b"\n").unwrap();
    for n in start + 1.. {
        play(&mut store, &files, &mut ledger, n);
        writeln!(output, "acknowledged {n}").unwrap();
        output.flush().unwrap();
    }
}

/// The same with the real program against an office's web: killed at any moment of a round, from its start to its end.
#[test]
fn the_program_may_be_killed_at_any_moment_of_a_round() {
    const KILLS: usize = 40;
    let mut dice = Dice(316);
    let mut town = Town::new("lhota", 8);
    let panel = Panel::of(&[&town]);
    let titles = |entries: &[Entry]| -> BTreeMap<String, String> {
        entries.iter().map(|entry| (town.web.url(&entry.iri), entry.title.clone())).collect()
    };
    let started = clock::ticks();
    panel.good_round("2026-03-05T08:00:00+01:00");
    let mut length = clock::ticks() - started;
    let mut versions = vec![titles(&town.entries)];
    let (mut acknowledged, mut killed) = (0, 0);
    for kill in 1..=KILLS {
        let number = 8 + kill;
        let mut entries = town.entries.clone();
        entries[number - 2].title.push_str(" – oprava");
        entries.push(Entry::numbered(number));
        versions.push(titles(&entries));
        town.web.put(&entries[number - 1].documents[0], Page::new(format!("Text {number}").repeat(9000)));
        town.entries = entries;
        town.publish();
        let now = time(kill as u64).at.to_rfc3339();
        let mut sync = panel.command(&["sync", "--once", "--json", "--now", &now]);
        let mut sync = sync.stdout(Stdio::piped()).spawn().unwrap();
        let start = clock::ticks();
        let end = start + length.mul_f64(dice.below(1000) as f64 / 950.0);
        while clock::ticks() < end && sync.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        sync.kill().unwrap();
        let output = sync.wait_with_output().unwrap();
        // The summary is the acknowledgement.
        if output.stdout.ends_with(b"\n") {
            acknowledged = kill;
            length = length.min(clock::ticks() - start);
        } else {
            killed += 1;
        }
        let mut store = Store::open(&panel.data()).unwrap();
        assert_eq!(store.healed(), None, "kill {kill}");
        let known = store.known("lhota").unwrap().into_iter().map(|notice| (notice.id, notice.title)).collect();
        let held = (acknowledged..=kill).rev().find(|version| versions[*version] == known);
        acknowledged = held.unwrap_or_else(|| panic!("kill {kill}: after round {acknowledged} there is {known:?}"));
        let files = Files::open(&panel.data()).unwrap();
        for digest in
            store.posted("lhota").unwrap().iter().flat_map(|posted| &posted.documents).filter_map(|filed| filed.digest)
        {
            files.open_document(&digest).unwrap_or_else(|cause| panic!("kill {kill}: {cause}"));
        }
    }
    assert!(killed > KILLS / 4, "only {killed} of {KILLS} rounds were cut off");
    panel.good_round("2026-03-05T20:00:00+01:00");
    let all = panel.notices("2026-03-05T20:00:00+01:00");
    assert_eq!(all["up"].as_array().unwrap().len(), 8 + KILLS);
    let missing =
        all["up"].as_array().unwrap().iter().filter(|notice| notice["documents"][0]["digest"].is_null()).count();
    assert_eq!(missing, 0);
}

/// Whether each document and its text are there, whole, that the rounds up to `acknowledged` brought and that are up.
fn documents_are_whole(folder: &Path, acknowledged: u64) -> Result<(), String> {
    let files = Files::at(folder);
    let posted = Store::open(folder).and_then(|mut store| store.posted("obec")).map_err(|cause| cause.to_string())?;
    for posted in posted {
        let n: u64 = posted.notice.id.rsplit('/').next().unwrap().parse().unwrap();
        let held = posted.documents[0].digest;
        if n <= acknowledged && held != Some(Digest::of(&document(n))) {
            return Err(format!("nothing is known of document {n}"));
        }
        if let Some(digest) = held {
            files.open_document(&digest).map_err(|cause| cause.to_string())?;
            if files.read_text(&digest, 1) != Some(text(n)) {
                return Err(format!("the text of document {n} is not there"));
            }
        }
    }
    Ok(())
}

#[test]
fn whatever_a_power_cut_leaves_is_a_sound_store() {
    if let Some(role) = disk::role() {
        return every_state_of_the_disk(&role);
    }
    for role in ["as it is", "synchronous = OFF"] {
        let name = "behaviour::crash::whatever_a_power_cut_leaves_is_a_sound_store";
        let output = disk::alone(name, role).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{role}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
        // For whoever runs it with --nocapture.
        said.lines().filter(|line| line.contains("states")).for_each(|line| println!("{role}: {line}"));
    }
}

fn every_state_of_the_disk(role: &str) {
    const ROUNDS: u64 = 23;
    let folder = Folder::in_memory("states");
    disk::insert();
    disk::record(&folder.0);
    let mut store = Store::open(&folder.0).unwrap();
    let mut ledger = Ledger::open(&folder.0).unwrap();
    let files = Files::open(&folder.0).unwrap();
    let syncs = role == "as it is";
    if !syncs {
        disk::stop_syncing();
    }
    for n in 1..=ROUNDS {
        play(&mut store, &files, &mut ledger, n);
        disk::acknowledge(n);
    }
    drop((store, ledger));
    let recording = disk::recorded(&folder.0);
    let count = |wanted: fn(&Op) -> bool| recording.log.iter().filter(|op| wanted(op)).count() as u64;
    assert!(count(|op| matches!(op, Op::Name(Change::Moved { .. }))) >= 2 * ROUNDS, "each document, and each text");

    let mut dice = Dice(1);
    let mut examine_at = |cut: usize, obeyed: fn(&Op) -> bool| {
        let state = Folder::in_memory("state");
        let acknowledged = recording.crash(cut, obeyed, &mut dice, &state.0);
        examine(&state.0, acknowledged, acknowledged)?;
        documents_are_whole(&state.0, acknowledged)
    };
    let length = recording.log.len();
    // The controls: what the test must see.
    let mut damaged = |what: &str, obeyed: fn(&Op) -> bool| {
        let damaged = (0..=length).step_by(8).filter(|cut| examine_at(*cut, obeyed).is_err()).count();
        let all = length / 8 + 1;
        println!("{what}: {damaged} of {all} states damaged");
        assert!(damaged > all / 10, "{what}: only {damaged} of {all} states damaged: the test is blind");
    };
    if !syncs {
        return damaged("the databases do not sync", |_| true);
    }
    damaged("names are not synced", |op| !matches!(op, Op::SyncFolder(_)));
    damaged("files are not synced", |op| !matches!(op, Op::Sync { .. }));
    let syncs = count(|op| matches!(op, Op::Sync { .. }));
    assert!(syncs >= 2 * ROUNDS, "{syncs} syncs: a round and an entry of the ledger are one each at least");
    for cut in (0..=length).flat_map(|cut| [cut, cut]) {
        if let Err(cause) = examine_at(cut, |_| true) {
            panic!("power cut before operation {cut} of {length}: {cause}");
        }
    }
    println!("{} states sound", 2 * (length + 1));
}
