//! The ledger: what it writes down, that nobody can change it unnoticed, and its format, byte by byte.

use std::process::Command;
use std::time::Duration;

use chrono::TimeDelta;
use vyveska::clock::Now;
use vyveska::command::{self, Sender};
use vyveska::ledger::{
    Cause, Days, Entry, KnownSince, Ledger, LedgerError, Seen, Service, What, When, Why, fold, observe, verify,
};
use vyveska::model::{Digest, mark};

use record::{RETRY, Record};

use super::store::{Folder, at, destroy, notice};

mod decreed;
#[path = "../../src/bin/vyveska/panel/record.rs"]
mod record;

fn seen(number: usize, shown: bool) -> Seen {
    let notice = notice(number);
    Seen::new("obec", &notice, notice.digest(), vec![Some(Digest::of(b"pdf"))], shown)
}

fn kinds(entries: &[Entry]) -> Vec<&'static str> {
    entries.iter().map(|entry| entry.what.as_ref().map_or("?", What::kind)).collect()
}

#[test]
fn a_notice_is_followed_from_its_arrival_to_its_end() {
    let mut ledger = Ledger::in_memory().unwrap();
    let now = at("2026-03-01T10:00:00+01:00");
    assert_eq!(kinds(&ledger.start("vyveska 0.1.0", "boot", now).unwrap()), ["started"]);

    // On the device, its document still to come, and not on the glass yet.
    let mut one = Seen { documents: vec![None], ..seen(1, false) };
    assert_eq!(kinds(&ledger.look(std::slice::from_ref(&one), now).unwrap()), ["received"]);
    assert_eq!(ledger.look(std::slice::from_ref(&one), now).unwrap(), []);
    one.documents = vec![Some(Digest::of(b"pdf"))];
    one.shown = true;
    let written = ledger.look(std::slice::from_ref(&one), now).unwrap();
    assert_eq!(kinds(&written), ["filed", "first_shown"]);
    assert!(matches!(written[1].what, Some(What::FirstShown { when: When::InTime, .. })));

    // Another document under the same address is a change as much as another title.
    one.documents = vec![Some(Digest::of(b"other"))];
    let written = ledger.look(std::slice::from_ref(&one), now).unwrap();
    assert!(matches!(&written[0].what, Some(What::Changed { from, to, .. }) if from == to));
    let before = one.digest;
    one.digest = Digest::of(b"another notice");
    let written = ledger.look(std::slice::from_ref(&one), now).unwrap();
    assert!(matches!(&written[0].what, Some(What::Changed { from, to, .. }) if (*from, *to) == (before, one.digest)));

    // Its last day has passed: the view drops it, the store a little later. It is down once.
    let after = at("2026-03-17T00:00:10+01:00");
    one.shown = false;
    let written = ledger.look(std::slice::from_ref(&one), after).unwrap();
    assert!(matches!(&written[..], [Entry { what: Some(What::Down { why: Why::Ended, shown: true, .. }), .. }]));
    assert_eq!(ledger.look(std::slice::from_ref(&one), after).unwrap(), []);
    assert_eq!(ledger.look(&[], after).unwrap(), []);
    verify(&ledger.entries().unwrap()).unwrap();
}

#[test]
fn what_is_shown_after_its_day_of_posting_is_a_warning() {
    let known_since = KnownSince::from([("obec".to_owned(), "2026-02-01".parse().unwrap())]);
    let when = |now| match &observe(&[], &[seen(1, true)], &known_since, now)[..] {
        [What::Received { .. }, What::FirstShown { when, .. }] => *when,
        other => panic!("{other:?}"),
    };
    assert_eq!(when(at("2026-02-28T10:00:00+01:00")), When::InTime);
    assert_eq!(when(at("2026-03-01T23:59:59+01:00")), When::InTime);
    assert_eq!(when(at("2026-03-02T00:00:00+01:00")), When::Late);
}

#[test]
fn what_was_posted_before_the_panel_was_hung_up_is_not_late() {
    let folder = Folder::new("ledger-fresh");
    let now = at("2026-03-05T10:00:00+01:00");
    let shown_when = |written: &[Entry]| -> Vec<When> {
        let when = |entry: &Entry| match entry.what {
            Some(What::FirstShown { when, .. }) => Some(when),
            _ => None,
        };
        written.iter().filter_map(when).collect()
    };
    let days = |day: &str| Days { posted: Some(day.parse().unwrap()), until: None };
    let posted = |number, day| Seen { days: days(day), ..seen(number, true) };
    let mut ledger = Ledger::open(&folder.0).unwrap();
    ledger.start("vyveska 0.1.0", "boot", now).unwrap();
    let mut held =
        vec![posted(1, "2026-03-01"), posted(2, "2026-03-05"), Seen { shown: false, ..posted(3, "2026-03-02") }];
    assert_eq!(shown_when(&ledger.look(&held, now).unwrap()), [When::BeforePanel, When::InTime]);
    drop(ledger);
    // Its sheet of the wall comes after a restart; and one that came too late has no such excuse.
    let mut ledger = Ledger::open(&folder.0).unwrap();
    let next_day = at("2026-03-06T10:00:00+01:00");
    held[2].shown = true;
    held.push(posted(4, "2026-03-05"));
    assert_eq!(shown_when(&ledger.look(&held, next_day).unwrap()), [When::BeforePanel, When::Late]);
    // A board that is added later begins anew.
    held.push(Seen { board: "jiná".to_owned(), ..posted(5, "2026-03-05") });
    assert_eq!(shown_when(&ledger.look(&held, next_day).unwrap()), [When::BeforePanel]);
    drop(ledger);
    let printed =
        Command::new(env!("CARGO_BIN_EXE_vyveska")).args(["ledger", "--data"]).arg(&folder.0).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed.matches("WARNING").count(), 1, "{printed}");
}

#[test]
fn a_ledger_that_is_damaged_while_the_panel_runs_is_kept_and_another_goes_on() {
    let folder = Folder::new("ledger-running");
    let path = folder.0.join("ledger.db");
    let now = at("2026-03-01T10:00:00+01:00");
    let after = |minutes| Now::trusted(now.at + TimeDelta::minutes(minutes));
    let start = Duration::from_secs(1);
    let mut record = Record::new(Some(&folder.0));
    assert_eq!(record.end(), None);
    assert!(record.presented(Some(&[seen(1, true)]), now, start));
    let (entries, _) = Ledger::read(&folder.0).unwrap();
    assert_eq!(record.end(), Some((3, Digest::of(entries[2].text.as_bytes()))));

    destroy(&path);
    let damaged = std::fs::read(&path).unwrap();
    assert!(record.presented(Some(&[seen(1, true), seen(2, true)]), after(5), start));
    assert_eq!(std::fs::read(folder.0.join("ledger-damaged-1.db")).unwrap(), damaged);
    let (entries, finding) = Ledger::read(&folder.0).unwrap();
    finding.unwrap();
    let expected = ["started", "unrecorded", "received", "first_shown", "received", "first_shown"];
    assert_eq!(kinds(&entries), expected);
    assert!(entries[0].text.contains(r#""after":"ledger-damaged-1.db""#), "{}", entries[0].text);
    assert_eq!(entries[1].what, Some(What::Unrecorded { from: now.at, to: Some(after(5).at) }));

    // It is taken away: found when the mark of being alive is moved on.
    std::fs::remove_file(&path).unwrap();
    record.alive(after(6), start);
    assert!(!path.exists());
    record.alive(after(20), start);
    let (entries, finding) = Ledger::read(&folder.0).unwrap();
    finding.unwrap();
    assert_eq!(kinds(&entries), ["started", "unrecorded"]);
    assert_eq!(entries[1].what, Some(What::Unrecorded { from: after(5).at, to: Some(after(20).at) }));
}

#[test]
fn the_time_without_a_display_is_recorded_as_such() {
    let folder = Folder::new("ledger-dark");
    let now = at("2026-03-01T10:00:00+01:00");
    let after = |minutes| Now::trusted(now.at + TimeDelta::minutes(minutes));
    let mut record = Record::new(Some(&folder.0));
    assert!(record.unseen(now, Duration::ZERO));
    assert!(record.unseen(after(1), Duration::ZERO), "known already");
    assert!(record.presented(Some(&[seen(1, true)]), after(7), Duration::ZERO));
    let (entries, _) = Ledger::read(&folder.0).unwrap();
    assert_eq!(kinds(&entries), ["started", "unreadable", "received", "first_shown"]);
    let dark = What::Unreadable { from: now.at, to: Some(after(7).at), cause: vyveska::ledger::Cause::Display };
    assert_eq!(entries[1].what, Some(dark));
}

#[test]
fn withdrawn_and_back_again_is_three_entries() {
    let now = at("2026-03-02T10:00:00+01:00");
    let mut ledger = Ledger::in_memory().unwrap();
    ledger.look(&[seen(1, true), seen(2, true)], now).unwrap();
    let written = ledger.look(&[seen(2, true)], now).unwrap();
    assert!(matches!(&written[..], [Entry { what: Some(What::Down { why: Why::Withdrawn, shown: true, .. }), .. }]));
    assert_eq!(kinds(&ledger.look(&[seen(1, true), seen(2, true)], now).unwrap()), ["received", "first_shown"]);
    // The same notice on two boards is two.
    let other = Seen { board: "jiná".to_owned(), ..seen(1, false) };
    assert_eq!(kinds(&ledger.look(&[seen(1, true), seen(2, true), other], now).unwrap()), ["received"]);
}

#[test]
fn a_restart_goes_on_where_it_stopped_and_says_how_long_nothing_could_be_read() {
    let folder = Folder::new("ledger-restart");
    let now = at("2026-03-02T10:00:00+01:00");
    let after = |minutes| Now::trusted(now.at + TimeDelta::minutes(minutes));
    let mut ledger = Ledger::open(&folder.0).unwrap();
    ledger.start("vyveska 0.1.0", "first boot", now).unwrap();
    ledger.look(&[seen(1, true)], now).unwrap();
    ledger.alive(after(9)).unwrap();
    ledger.alive(after(12)).unwrap();
    ledger.alive(after(15)).unwrap();
    drop(ledger);

    // The program fell over: the same boot.
    let mut ledger = Ledger::open(&folder.0).unwrap();
    assert_eq!(ledger.seen(), [seen(1, true)]);
    let written = ledger.start("vyveska 0.1.0", "first boot", after(16)).unwrap();
    let expected = What::Unreadable { from: after(12).at, to: Some(after(16).at), cause: Cause::ProcessStopped };
    assert_eq!(written[0].what, Some(expected));
    assert_eq!(kinds(&written), ["unreadable", "started"]);
    assert_eq!(ledger.look(&[seen(1, true)], after(17)).unwrap(), []);

    // The display goes, then the power.
    ledger.unreadable(Cause::Display, after(30)).unwrap();
    ledger.unreadable(Cause::Display, after(31)).unwrap();
    ledger.alive(after(40)).unwrap();
    drop(ledger);
    let mut ledger = Ledger::open(&folder.0).unwrap();
    let written = ledger.start("vyveska 0.1.0", "second boot", after(100)).unwrap();
    let unreadable = |from, to, cause| Some(What::Unreadable { from: after(from).at, to: Some(after(to).at), cause });
    assert_eq!(written[0].what, unreadable(30, 40, Cause::Display));
    assert_eq!(written[1].what, unreadable(40, 100, Cause::Power));

    // A fault that mends itself, and an orderly end.
    assert_eq!(ledger.readable(after(101)).unwrap(), []);
    ledger.unreadable(Cause::Store, after(110)).unwrap();
    assert_eq!(ledger.readable(after(111)).unwrap()[0].what, unreadable(110, 111, Cause::Store));
    ledger.stop(after(120)).unwrap();
    drop(ledger);
    let mut ledger = Ledger::open(&folder.0).unwrap();
    let written = ledger.start("vyveska 0.1.1", "second boot", after(130)).unwrap();
    assert_eq!(written[0].what, unreadable(120, 130, Cause::ProcessStopped));
    let entries = ledger.entries().unwrap();
    verify(&entries).unwrap();
    assert_eq!(fold(&entries), ledger.seen());
}

#[test]
fn what_was_written_cannot_be_changed_unnoticed() {
    let folder = Folder::new("ledger-changed");
    let now = at("2026-03-02T10:00:00+01:00");
    let mut ledger = Ledger::open(&folder.0).unwrap();
    ledger.start("vyveska 0.1.0", "boot", now).unwrap();
    ledger.look(&[seen(1, true), seen(2, true)], now).unwrap();
    drop(ledger);
    let original = std::fs::read(folder.0.join("ledger.db")).unwrap();
    let with = |sql: &str| {
        let connection = rusqlite::Connection::open(folder.0.join("ledger.db")).unwrap();
        connection.execute_batch(sql)
    };
    assert!(with("UPDATE entry SET text = '' WHERE number = 2").unwrap_err().to_string().contains("never changes"));
    assert!(with("DELETE FROM entry WHERE number = 5").unwrap_err().to_string().contains("never removed"));

    let forgeries = [
        ("UPDATE entry SET text = replace(text, 'before-panel', 'in-time') WHERE number = 3", 4),
        ("UPDATE entry SET text = replace(text, 'before-panel', 'in-time') WHERE number = 5", 5),
        ("DELETE FROM entry WHERE number = 5", 5),
        ("DELETE FROM entry WHERE number = 2", 2),
        ("UPDATE entry SET text = 'x' WHERE number = 1", 1),
    ];
    for (forgery, number) in forgeries {
        std::fs::write(folder.0.join("ledger.db"), &original).unwrap();
        with(&format!("DROP TRIGGER entry_stays; DROP TRIGGER entry_is_kept; {forgery}")).unwrap();
        let (_, finding) = Ledger::read(&folder.0).unwrap();
        match finding {
            Err(LedgerError::Broken { number: found, .. }) => assert_eq!(found, number, "{forgery}"),
            other => panic!("{forgery}: {other:?}"),
        }
        let output = Command::new(env!("CARGO_BIN_EXE_vyveska")).args(["ledger", "--data"]).arg(&folder.0).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(&format!("vyveska ledger: entry {number} of the ledger is not what")), "{said}");
    }

    // A panel that finds it so keeps it, for good, and begins another one that says so.
    let mut ledger = Ledger::open(&folder.0).unwrap();
    let written = ledger.start("vyveska 0.1.0", "boot", now).unwrap();
    assert!(written[0].text.contains(r#""after":"ledger-damaged-1.db""#), "{}", written[0].text);
    assert!(folder.0.join("ledger-damaged-1.db").exists());
}

#[test]
fn the_program_prints_it_as_it_was_written() {
    let folder = Folder::new("ledger-print");
    let now = at("2026-03-02T10:00:00+01:00");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vyveska"));
        command.arg("ledger").args(arguments).arg("--data").arg(&folder.0).output().unwrap()
    };
    let none = run(&[]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8(none.stderr).unwrap().contains("there is no ledger"));
    let mut ledger = Ledger::open(&folder.0).unwrap();
    ledger.start("vyveska 0.1.0", "boot", now).unwrap();
    ledger.look(&[seen(1, true)], now).unwrap();
    // While the panel runs, too.
    let json = run(&["--json"]);
    assert!(json.status.success(), "{json:?}");
    let lines = String::from_utf8(json.stdout).unwrap();
    let entries = ledger.entries().unwrap();
    assert_eq!(lines.lines().collect::<Vec<_>>(), entries.iter().map(|entry| &entry.text).collect::<Vec<_>>());
    let plain = String::from_utf8(run(&[]).stdout).unwrap();
    assert!(
        plain.contains("2026-03-02 10:00:00+01:00  obec: first on the glass, posted before this ledger"),
        "{plain}"
    );
}

/// One of each kind. These bytes are evidence in somebody's archive: a change here is a new version of the format.
#[test]
fn the_format_is_what_the_fixture_says() {
    let now = at("2026-03-02T10:00:00.250+01:00");
    let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
    let board = || "dolni-lhota".to_owned();
    let notice = || mark("dolni-lhota", "https://lhota.example/deska/\"1\"/žádost");
    let days = Days { posted: Some("2026-03-01".parse().unwrap()), until: None };
    let happened = vec![
        What::Started { program: "vyveska 0.1.0".to_owned(), after: None },
        What::Started { program: "vyveska 0.1.0".to_owned(), after: Some("ledger-damaged-1.db".to_owned()) },
        What::Received { board: board(), notice: notice(), digest: one, documents: vec![None, Some(two)], days },
        What::FirstShown { board: board(), notice: notice(), digest: one, when: When::Late, days },
        What::Filed { board: board(), notice: notice(), digest: one, documents: vec![Some(one), Some(two)] },
        What::Changed {
            board: board(),
            notice: notice(),
            from: one,
            to: two,
            documents_from: vec![Some(one), Some(two)],
            documents_to: vec![],
            days: Days::default(),
        },
        What::Down { board: board(), notice: notice(), digest: two, why: Why::Withdrawn, shown: true },
        What::Unreadable { from: now.at - TimeDelta::hours(1), to: Some(now.at), cause: Cause::Power },
        What::Stopped,
    ];
    let mut ledger = Ledger::in_memory().unwrap();
    let mut written = ledger.append(happened.clone(), now).unwrap();
    let doubtful = Now::untrusted(now.at, now.at - TimeDelta::days(1));
    let last = vec![
        What::Stopped,
        What::Unreadable { from: now.at, to: None, cause: Cause::Power },
        What::Down { board: board(), notice: notice(), digest: two, why: Why::Unknown, shown: true },
        What::Unrecorded { from: now.at, to: None },
        What::Ordered { order: "restart-panel".to_owned(), by: "service-page".to_owned() },
    ];
    written.extend(ledger.append(last, doubtful).unwrap());
    let text: String = written.iter().map(|entry| format!("{}\n", entry.text)).collect();
    let fixture = include_str!("../fixtures/ledger/one-of-each.jsonl");
    assert_eq!(text, fixture);

    // And is read back as it was meant, whoever reads it.
    let read: Vec<Entry> = fixture.lines().map(|line| Entry::parse(line).unwrap()).collect();
    assert_eq!(read, written);
    assert_eq!(read[..9].iter().map(|entry| entry.what.clone().unwrap()).collect::<Vec<_>>(), happened);
    verify(&read).unwrap();
    // As it was before a notice had a mark.
    let first = include_str!("../fixtures/ledger/one-of-each-1.jsonl");
    let first: Vec<Entry> = first.lines().map(|line| Entry::parse(line).unwrap()).collect();
    verify(&first).unwrap();
    assert!(first.iter().map(|entry| &entry.what).eq(written[..12].iter().map(|entry| &entry.what)));
    // Something that a later program adds does not disturb an earlier one.
    let later = read[0].text.replace("\"started\"", "\"polished\"").replace("{\"at\"", "{\"aa\":1,\"at\"");
    assert_eq!(Entry::parse(&later).unwrap().what, None);
}

#[test]
fn the_example_in_the_documentation_is_a_ledger() {
    let text = include_str!("../../docs/ledger.md");
    let lines = text.lines().filter(|line| line.starts_with("{\"at\""));
    let entries: Vec<Entry> = lines.map(|line| Entry::parse(line).unwrap()).collect();
    assert_eq!(kinds(&entries), ["started", "received", "first_shown", "unreadable"]);
    verify(&entries).unwrap();
}

#[test]
fn what_could_not_be_recorded_is_recorded_as_soon_as_it_can_be() {
    let folder = Folder::new("ledger-retry");
    let now = at("2026-03-01T10:00:00+01:00");
    let start = Duration::from_secs(1);
    let mut record = Record::new(Some(&folder.0));
    let held = [seen(1, true)];
    let written = || Ledger::read(&folder.0).map(|(entries, _)| kinds(&entries)).unwrap_or_default();

    // It cannot be opened: a folder is in its place.
    std::fs::create_dir(folder.0.join("ledger.db")).unwrap();
    assert!(!record.presented(Some(&held), now, start));
    assert_eq!(record.due(), Some(start + RETRY));
    std::fs::remove_dir(folder.0.join("ledger.db")).unwrap();
    record.alive(now, start + RETRY / 2);
    assert!(!record.presented(Some(&held), now, start + RETRY / 2), "it is not tried at every frame");
    assert!(!folder.0.join("ledger.db").exists());
    assert!(record.presented(Some(&held), now, start + RETRY));
    assert_eq!((record.due(), written()), (None, vec!["started", "unrecorded", "received", "first_shown"]));
    let (entries, _) = Ledger::read(&folder.0).unwrap();
    let program = concat!("vyveska ", env!("CARGO_PKG_VERSION")).to_owned();
    assert_eq!(entries[0].what, Some(What::Started { program, after: None }));

    // It cannot be written: somebody else holds it. The glass does not wait for them.
    let other = rusqlite::Connection::open(folder.0.join("ledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = vyveska::clock::ticks();
    assert!(!record.presented(Some(&[]), now, start + RETRY));
    let took = vyveska::clock::ticks() - began;
    assert!(took < Duration::from_secs(2), "{took:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(record.presented(Some(&[]), now, start + 2 * RETRY));
    record.ordered(&command::Command::RestartPanel, Sender::ServicePage, now, start + 2 * RETRY);
    record.stopped(now, start + 2 * RETRY);
    let before = ["started", "unrecorded", "received", "first_shown"];
    assert_eq!(written(), [&before[..], &["unrecorded", "down", "ordered", "stopped"]].concat());
}

#[test]
fn a_clock_that_jumps_takes_nothing_down() {
    let now = at("2026-03-02T10:00:00+01:00");
    let mut ledger = Ledger::in_memory().unwrap();
    ledger.look(&[seen(1, true), seen(2, true)], now).unwrap();
    // Still held, and for the moment not among what is up.
    let long_ago = Now::untrusted(at("1970-01-01T00:00:07Z").at, at("2026-01-01T00:00:00Z").at);
    assert_eq!(ledger.look(&[seen(1, false), seen(2, false)], long_ago).unwrap(), []);
    assert_eq!(ledger.look(&[seen(1, false), seen(2, false)], now).unwrap(), []);
    assert_eq!(ledger.look(&[seen(1, true), seen(2, true)], now).unwrap(), []);
    // Gone, while nobody knows which day it is: it may have ended as well.
    let why = |written: &[Entry]| match written.first().and_then(|entry| entry.what.clone()) {
        Some(What::Down { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(&ledger.look(&[seen(2, true)], long_ago).unwrap()), Why::Unknown);
    // A board without a single notice: its store may be a new one.
    assert_eq!(why(&ledger.look(&[], now).unwrap()), Why::Unknown);
}

#[test]
fn an_interval_ends_at_no_time_where_no_clock_can_tell_it() {
    let now = at("2026-03-02T10:00:00+01:00");
    let later = Now::trusted(now.at + TimeDelta::hours(8));
    let mut ledger = Ledger::in_memory().unwrap();
    ledger.start("vyveska 0.1.0", "first boot", now).unwrap();
    // Eight hours without power, and the machine wakes up in 1970.
    let lost = Now::untrusted(at("1970-01-01T00:00:07Z").at, at("2026-03-02T09:30:00+01:00").at);
    let written = ledger.start("vyveska 0.1.0", "second boot", lost).unwrap();
    assert_eq!(written[0].what, Some(What::Unreadable { from: now.at, to: None, cause: Cause::Power }));
    assert!(!written[0].trusted);
    ledger.unreadable(Cause::Store, later).unwrap();
    let written = ledger.readable(now).unwrap();
    assert_eq!(written[0].what, Some(What::Unreadable { from: later.at, to: None, cause: Cause::Store }));
}

#[test]
fn what_happens_at_the_service_page_is_written_down_by_name() {
    let folder = Folder::new("ledger-service-page");
    let mut record = Record::new(Some(&folder.0));
    let now = at("2026-03-01T10:00:00+01:00");
    let acts = [Service::PinNoted, Service::WrongPin, Service::Opened, Service::BundleSaved];
    acts.into_iter().for_each(|act| record.note(What::Service(act), now, Duration::ZERO));
    let (entries, finding) = Ledger::read(&folder.0).expect("a ledger");
    finding.expect("the chain holds");
    let read = entries.iter().filter_map(|entry| match entry.what {
        Some(What::Service(service)) => Some(service),
        _ => None,
    });
    assert_eq!(read.collect::<Vec<_>>(), acts);
    let names: Vec<bool> = ["pin-noted", "wrong-pin", "opened", "bundle-saved"]
        .iter()
        .zip(&entries[1..])
        .map(|(name, entry)| entry.text.contains(&format!("\"act\":\"{name}\"")))
        .collect();
    assert_eq!(names, [true; 4], "as they are written for good");
}
