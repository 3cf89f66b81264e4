//! What a round costs: nothing where nothing changed, and as much for a change on a large board as on a small one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use chrono::TimeDelta;
use vyveska::clock::{self, Clock, Now, Saved, Source};
use vyveska::model::{Notice, mark};
use vyveska::store::{Poll, Reader, Round, Status, Store, Validators};

use super::skip::skipped;
use super::store::{Folder, at, destroy, notice, notices, poll, round};

const NOW: &str = "2026-03-02T10:00:00+01:00";

/// Every file with its bytes and the time of its last change.
fn look(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| (entry.path(), (fs::read(entry.path()).unwrap(), entry.metadata().unwrap().modified().unwrap())))
        .collect()
}

#[test]
fn a_round_in_which_nothing_changed_writes_nothing() {
    let folder = Folder::new("quiet");
    let now = at(NOW);
    let all = notices(100);
    let validators = Validators { etag: Some("\"1\"".to_owned()), ..Validators::default() };
    let taken = Poll { validators: Some(validators.clone()), ..poll(now.at, 200) };
    let mut store = Store::open(&folder.0).unwrap();
    store.commit_round(&Round { poll: taken, add: &all, memory: Some("{}"), ..round(now) }).unwrap();
    // The first read after a commit notes in the log's index how far it reads.
    store.known("obec").unwrap();
    store.memory("obec").unwrap();
    let (before, rows) = (look(&folder.0), store.rows_written());

    for minutes in 1..=59 {
        let then = Now::trusted(now.at + TimeDelta::minutes(minutes));
        assert_eq!(store.validators("obec", "https://obec.example/deska.json").unwrap().as_ref(), Some(&validators));
        assert_eq!(store.known("obec").unwrap().len(), 100);
        store.memory("obec").unwrap();
        store.releases("obec").unwrap();
        store.documents_wanted(then, 100).unwrap();
        store.pages_wanted(1080).unwrap();
        let quiet = Poll { validators: Some(validators.clone()), ..poll(then.at, 304) };
        let done = match minutes % 3 {
            0 => store.commit_round(&Round { poll: quiet, memory: Some("{}"), ..round(then) }).unwrap().written,
            // The feed was sent again, the same as before.
            1 => {
                store
                    .commit_round(&Round { poll: poll(then.at, 200), memory: Some("{}"), ..round(then) })
                    .unwrap()
                    .written
            }
            // The office is away.
            _ => {
                let failed = Status::Failed("the connection was refused".to_owned());
                store.note_poll("obec", &Poll { status: failed, ..poll(then.at, 0) }).unwrap();
                false
            }
        };
        assert!(!done, "minute {minutes}");
        store.document_unchanged("obec", &all[0].id, &all[0].documents[0].url, then.at);
        store.purge(then).unwrap();
    }
    assert_eq!(store.rows_written(), rows);
    for (path, (bytes, touched)) in look(&folder.0) {
        let (was, when) = &before[&path];
        assert!(bytes == *was, "{} has changed", path.display());
        assert_eq!(touched, *when, "{} was touched", path.display());
    }
    // Nothing of it is lost when the program ends in good order.
    store.flush().unwrap();
    drop(store);
    let runs = Store::open(&folder.0).unwrap().polls("obec").unwrap();
    assert_eq!(runs.iter().map(|run| run.count).sum::<u64>(), 60);
}

/// Opening a store, and closing it, changes nothing either: `vyveska notices` may be called at any time.
#[test]
fn looking_at_a_store_writes_nothing() {
    let folder = Folder::new("looking");
    let mut store = Store::open(&folder.0).unwrap();
    store.commit_round(&Round { add: &notices(10), ..round(at(NOW)) }).unwrap();
    let without_index = |folder: &Path| {
        let mut files = look(folder);
        files.retain(|path, _| !path.to_string_lossy().ends_with("-shm"));
        files
    };
    let before = without_index(&folder.0);
    assert_eq!(Reader::open(&folder.0).unwrap().posted("obec").unwrap().len(), 10);
    assert!(without_index(&folder.0) == before);
}

#[test]
fn three_changes_cost_the_same_on_a_board_of_twenty_thousand() {
    let cost = |count: usize| {
        let mut store = Store::in_memory().unwrap();
        let now = at(NOW);
        let all = notices(count);
        store.commit_round(&Round { add: &all, ..round(now) }).unwrap();
        let before = store.rows_written();
        let changed = Notice { title: "Oprava".to_owned(), ..notice(7) };
        let (added, gone) = ([notice(count + 1)], [notice(3).id]);
        let change = [changed];
        let done = store.commit_round(&Round { add: &added, change: &change, withdraw: &gone, ..round(now) }).unwrap();
        assert_eq!((done.added, done.changed, done.withdrawn), (1, 1, 1));
        store.rows_written() - before
    };
    let small = cost(100);
    assert_eq!(cost(20_000), small);
    assert!(small <= 12, "{small} rows for three changes");
}

/// Sync and panel run under different users that share a group; the folder belongs to sync.
#[test]
fn the_panel_reads_as_another_user() {
    let folder = Folder::new("two-users");
    let mut store = Store::open(&folder.0).unwrap();
    store.commit_round(&Round { add: &notices(3), ..round(at(NOW)) }).unwrap();
    if let Ok(data) = std::env::var("VYVESKA_TEST_OTHER_USER") {
        let mut reader = Reader::open(Path::new(&data)).unwrap();
        reader.version().unwrap();
        assert_eq!(reader.posted("obec").unwrap().len(), 3);
        assert!(fs::write(Path::new(&data).join("mine"), "").is_err(), "the other user may write here");
        return;
    }
    if !rustix::process::getuid().is_root() {
        skipped("the panel reading as another user", "only root can become another user");
        return;
    }
    let program = other_users_copy(&folder.0);
    let read = |state: &str| {
        use std::os::unix::process::CommandExt;
        let output = Command::new(&program)
            .args(["behaviour::quiet::the_panel_reads_as_another_user", "--exact", "--nocapture"])
            .env("VYVESKA_TEST_OTHER_USER", &folder.0)
            .uid(65_534)
            .gid(65_534)
            .output()
            .unwrap();
        assert!(output.status.success(), "{state}: {}", String::from_utf8_lossy(&output.stderr));
    };
    read("while sync runs");
    drop(store);
    read("after sync has ended");
}

/// The test binary where everybody may run it.
fn other_users_copy(data: &Path) -> PathBuf {
    let program = data.join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    program
}

#[test]
fn the_clock_is_believed_as_far_as_it_can_be() {
    let time = |text: &str| at(text).at;
    let saved = time("2026-06-01T12:00:00Z");
    let (week_on, years_on, dead) =
        (time("2026-06-08T12:00:00Z"), time("2031-01-01T00:00:00Z"), time("1970-01-01T00:01:00Z"));
    for (wall, source, trusted, certain) in [
        (week_on, Source::Synchronised, true, week_on),
        (years_on, Source::Synchronised, true, years_on),
        (dead, Source::Synchronised, false, saved),
        (week_on, Source::HardwareClock, true, week_on),
        (years_on, Source::HardwareClock, false, saved),
        (dead, Source::HardwareClock, false, saved),
        (week_on, Source::Nothing, false, saved),
        (dead, Source::Nothing, false, saved),
    ] {
        let now = clock::judge(wall, Saved { trusted: Some(saved), seen: None }, source);
        assert_eq!((now.is_trusted(), now.last_trusted), (trusted, certain), "{wall} {source:?}");
        let guess = if trusted { wall } else { wall.max(certain + TimeDelta::milliseconds(1)) };
        assert_eq!(now.at, guess, "{wall} {source:?}");
    }
    // Never switched on before, and no clock: not before this program was made.
    assert!(clock::judge(dead, Saved::default(), Source::Nothing).at >= time("2026-01-01T00:00:00Z"));

    let error = clock::parse("1. 3. 2026").unwrap_err().to_string();
    assert_eq!(error, "`1. 3. 2026` is not a time: write it as 2026-03-01T12:00:00+01:00 (RFC 3339, with its zone)");
    assert_eq!(at("2026-03-29T00:30:00+01:00").until_midnight().as_secs(), 22 * 3600 + 1800, "a day of 23 hours");
    assert_eq!(at("2026-03-01T23:30:00+01:00").today().to_string(), "2026-03-01");
    assert_eq!(at("2026-03-01T23:30:00Z").today().to_string(), "2026-03-02");
}

#[test]
fn a_clock_that_is_not_believed_shows_no_earlier_time_than_was_seen() {
    let time = |text: &str| at(text).at;
    let (saved, seen) = (time("2026-06-01T12:00:00Z"), time("2026-09-01T12:00:00Z"));
    let both = Saved { trusted: Some(saved), seen: Some(seen) };
    for wall in ["1970-01-01T00:01:00Z", "2026-07-01T00:00:00Z"].map(time) {
        let now = clock::judge(wall, both, Source::Nothing);
        assert_eq!(now, Now::untrusted(seen, saved), "what was seen says how late it is, not what is certain");
        assert_eq!(clock::judge(wall, Saved { trusted: None, ..both }, Source::Nothing).at, seen);
    }
    let later = time("2026-10-01T12:00:00Z");
    assert_eq!(clock::judge(later, both, Source::Nothing).at, later);
    // A clock that is believed does not ask what a stranger said, and nobody is believed who claims the impossible.
    assert_eq!(
        clock::judge(later, Saved { seen: Some(time("2030-01-01T00:00:00Z")), ..both }, Source::Synchronised).at,
        later
    );
    let absurd = time("2106-01-01T00:00:00Z");
    assert!(clock::judge(saved, Saved { seen: Some(absurd), ..both }, Source::Nothing).at < later);
    assert!(!clock::plausible(absurd) && !clock::plausible(time("1970-01-01T00:01:00Z")) && clock::plausible(later));

    let mut clock = Clock::set(at("2026-03-01T12:00:00+01:00"));
    clock.learn(later);
    assert!(clock.now().at < seen, "a time given by hand stays");
    let mut clock = Clock::system(Saved::default());
    let far = time("2045-01-01T12:00:00Z");
    clock.learn(far);
    clock.learn(absurd);
    let now = clock.now();
    assert!(now.is_trusted() || (now.at >= far && now.at < far + TimeDelta::hours(1)), "{now:?}");
}

/// Nobody moves the day of release by hand for ever unless something reminds them.
#[test]
fn the_program_knows_about_when_it_was_made() {
    let git = Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let newest = git.ok().and_then(|output| String::from_utf8(output.stdout).ok()?.trim().parse::<i64>().ok());
    let Some(newest) = newest else { return skipped("the age of clock::RELEASED", "there is no git history here") };
    let age = newest - clock::released().timestamp();
    assert!(age < 366 * 86_400, "move clock::RELEASED on: the program is {} days older than it says", age / 86_400);
}

/// Every commit costs a sync of the disk, and another moment at which the power may go between two halves.
#[test]
fn a_withdrawal_is_one_commit_to_one_database() {
    let folder = Folder::new("one-commit");
    let now = at(NOW);
    let mut store = Store::open(&folder.0).unwrap();
    store.commit_round(&Round { add: &notices(3), memory: Some("{\"v\":1}"), ..round(now) }).unwrap();
    let link = |folder: &Path| {
        let mut files = look(folder);
        files.retain(|path, _| path.file_name().unwrap().to_string_lossy().starts_with("link-1.db"));
        files
    };
    store.tombstones("obec").unwrap();
    let before = link(&folder.0);
    let gone = notice(1);
    let withdraw = std::slice::from_ref(&gone.id);
    store.commit_round(&Round { withdraw, memory: Some("{\"v\":2}"), ..round(now) }).unwrap();
    let stones = store.tombstones("obec").unwrap();
    assert_eq!(stones.iter().map(|stone| stone.mark).collect::<Vec<_>>(), [mark("obec", &gone.id)]);
    assert_eq!(store.memory("obec").unwrap().as_deref(), Some("{\"v\":2}"));
    let minutes = |minutes| Now::trusted(now.at + TimeDelta::minutes(minutes));
    store.purge(minutes(59)).unwrap();
    assert!(link(&folder.0) == before, "a second commit was made");
    drop(store);

    // Within the hour it is handed over, once, and outlives the database in which it waited.
    let mut store = Store::open(&folder.0).unwrap();
    store.purge(minutes(60)).unwrap();
    assert_eq!(store.tombstones("obec").unwrap(), stones);
    drop(store);
    destroy(&folder.0.join("board-1.db"));
    let mut store = Store::open(&folder.0).unwrap();
    assert!(store.healed().is_some());
    assert_eq!(store.tombstones("obec").unwrap(), stones);
    assert_eq!(store.memory("obec").unwrap().as_deref(), Some("{\"v\":2}"));
    assert_eq!(store.commit_round(&Round { add: &[gone], ..round(now) }).unwrap().returned, 1);
}
