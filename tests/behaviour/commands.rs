//! Orders from one program to the other: what is carried out, once, and what is refused and taken away.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use vyveska::clock::Boot;
use vyveska::command::{
    Command, Inbox, MAX_AGE, MAX_BYTES, MAX_WAITING, Order, Outcome, Program, Request, Sender, read_answer, send,
};
use vyveska::wire::{PanelReport, SyncReport};

use super::store::Folder;
use super::sync::march;
use super::town::{Panel, Running, Town};

fn boot(seconds: u64) -> Boot {
    Boot { id: "7a2c".to_owned(), since: Duration::from_secs(seconds) }
}

fn mailbox(run: &Path) -> PathBuf {
    run.join("commands/sync")
}

fn waiting(run: &Path) -> usize {
    fs::read_dir(mailbox(run)).unwrap().count()
}

fn commands(orders: Vec<Order>) -> Vec<Command> {
    orders.into_iter().map(|order| order.command).collect()
}

/// An order as it is written, sent 1,000 seconds after the boot.
fn letter(id: u64) -> Value {
    json!({ "v": 1, "id": id, "boot": "7a2c", "by": "terminal", "command": { "do": "sync-now" } })
}

const SENT: u64 = 1_000_000_000;

#[test]
fn an_order_is_taken_once_and_answered() {
    let folder = Folder::in_memory("orders");
    let run = &folder.0;
    let release = Command::Release { board: "lhota".to_owned(), kind: None };
    let first = send(run, &release, Sender::ServicePage, &boot(1000)).unwrap();
    let second = send(run, &Command::SyncNow, Sender::Terminal, &boot(1000)).unwrap();
    assert_ne!(first, second, "sent in the same microsecond");
    let mut inbox = Inbox::open(run, Program::Sync);
    assert_eq!(commands(inbox.take(&boot(1001))), [release, Command::SyncNow]);
    assert_eq!((waiting(run), inbox.take(&boot(1001)).len()), (0, 0));
    assert_eq!(read_answer(run, first), None);
    inbox.answer(first, Outcome::Refused, "nothing of that is held back");
    let answer = read_answer(run, first).unwrap();
    assert_eq!((answer.outcome, answer.said.as_str()), (Outcome::Refused, "nothing of that is held back"));
    // Answers are not kept for ever.
    (1..=500).for_each(|id| inbox.answer(id, Outcome::Done, "done"));
    assert!(fs::read_dir(run.join("answers")).unwrap().count() <= 64);
}

#[test]
fn what_is_no_order_for_now_is_refused_in_words_and_taken_away() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut letter = letter(SENT);
        change(&mut letter);
        letter.to_string()
    };
    let cases = [
        (with(&|letter| letter["boot"] = "older".into()), "before the last start of the machine"),
        (with(&|letter| letter["command"]["do"] = "make-coffee".into()), "knows no such order"),
        (with(&|letter| letter["command"] = json!({ "do": "restart-panel" })), "panel carries this out, not sync"),
        (with(&|letter| letter["id"] = 7.into()), "no order that this program can read"),
        (with(&|letter| letter["by"] = "mayor".into()), "no order that this program can read"),
        ("{".to_owned(), "no order that this program can read"),
        (" ".repeat(MAX_BYTES as usize) + letter(SENT).to_string().as_str(), "no order that this program can read"),
    ];
    for (text, why) in cases {
        let folder = Folder::in_memory("refused");
        let run = &folder.0;
        let mut inbox = Inbox::open(run, Program::Sync);
        fs::write(mailbox(run).join(format!("{SENT}.json")), &text).unwrap();
        assert_eq!(inbox.take(&boot(1001)), [], "{text}");
        let answer = read_answer(run, SENT).unwrap();
        assert!(answer.outcome == Outcome::Refused && answer.said.contains(why), "{answer:?}");
        assert_eq!(waiting(run), 0, "{text}");
    }
}

#[test]
fn an_order_is_not_carried_out_hours_later_nor_after_one_that_followed_it() {
    let folder = Folder::in_memory("late");
    let run = &folder.0;
    let mut inbox = Inbox::open(run, Program::Sync);
    let put = |id: u64| fs::write(mailbox(run).join(format!("{id}.json")), letter(id).to_string()).unwrap();
    let said = || read_answer(run, SENT).unwrap().said;
    put(SENT);
    assert_eq!(inbox.take(&Boot { since: Duration::from_micros(SENT + 1) + MAX_AGE, ..boot(0) }), []);
    assert!(said().contains("ten minutes"), "{}", said());
    // From a clock that has not come so far: somebody made it up.
    put(SENT);
    assert_eq!(inbox.take(&boot(999)), []);
    put(SENT);
    assert_eq!(inbox.take(&boot(1001)).len(), 1);
    put(SENT);
    assert_eq!(inbox.take(&boot(1001)), [], "the same one again");
    put(SENT + 5);
    assert_eq!(inbox.take(&boot(1001)).len(), 1);
    put(SENT + 3);
    assert_eq!(inbox.take(&boot(1001)), []);
    // Another sender counts for itself.
    send(run, &Command::SyncNow, Sender::Hub, &boot(1000)).unwrap();
    assert_eq!(inbox.take(&boot(1001)).len(), 1);
}

#[test]
fn strange_files_hold_nobody_up() {
    let folder = Folder::in_memory("strange");
    let run = &folder.0;
    let mut inbox = Inbox::open(run, Program::Sync);
    let secret = run.join("secret");
    fs::write(&secret, letter(SENT).to_string()).unwrap();
    symlink(&secret, mailbox(run).join(format!("{SENT}.json"))).unwrap();
    let fifo = mailbox(run).join(format!("{}.json", SENT + 1));
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    fs::create_dir_all(mailbox(run).join(format!("{}.json/deep/deeper", SENT + 2))).unwrap();
    fs::write(mailbox(run).join("readme.txt"), "hello").unwrap();
    fs::write(mailbox(run).join(format!(".{}", SENT - 1)), "{").unwrap();
    // Nor what lies in the place of a report: the reader would wait for it with the glass in its hands.
    for report in ["sync.json", "panel.json"] {
        assert!(std::process::Command::new("mkfifo").arg(run.join(report)).status().unwrap().success());
    }
    assert!(SyncReport::read(run).is_none() && PanelReport::read(run).is_none());
    let order = send(run, &Command::SyncNow, Sender::Terminal, &boot(1001)).unwrap();
    let taken = inbox.take(&boot(1002));
    assert_eq!(taken.iter().map(|order| order.id).collect::<Vec<_>>(), [order]);
    // What somebody may still be writing stays a while.
    assert_eq!(waiting(run), 1);
    assert!(inbox.take(&Boot { since: boot(1003).since + MAX_AGE, ..boot(0) }).is_empty() && waiting(run) == 0);
    assert!(secret.exists());

    // Whoever fills the folder gets a part of the program's time, not all of it.
    for id in SENT..SENT + 1000 {
        fs::write(mailbox(run).join(format!("{id}.json")), "junk").unwrap();
    }
    inbox.take(&boot(1002));
    assert_eq!(waiting(run), 1000 - MAX_WAITING);
    // A folder that is gone comes back.
    fs::remove_dir_all(run.join("commands")).unwrap();
    assert!(inbox.take(&boot(1002)).is_empty() && mailbox(run).is_dir());
}

#[test]
fn every_order_survives_its_way_and_has_a_name_for_the_ledger() {
    let orders = [
        Command::SyncNow,
        Command::Release { board: "lhota".to_owned(), kind: Some("mass-loss".to_owned()) },
        Command::RestartSync,
        Command::RestartPanel,
        Command::Maintenance { minutes: 30 },
        Command::Reboot,
        Command::MountStick,
        Command::UnmountStick,
    ];
    for command in orders {
        let folder = Folder::in_memory("every-order");
        send(&folder.0, &command, Sender::Hub, &boot(5)).unwrap();
        let mut inbox = Inbox::open(&folder.0, command.program());
        assert_eq!(commands(inbox.take(&boot(5))), std::slice::from_ref(&command));
        assert!(command.to_string().len() > 5);
    }
    let folder = Folder::in_memory("requests");
    for request in Request::ALL {
        request.file(&folder.0).unwrap();
        request.file(&folder.0).unwrap();
        assert!(folder.0.join("requests").join(request.name()).exists());
    }
}

#[test]
fn a_running_sync_does_what_it_is_ordered_and_says_so() {
    let mut town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    let out = panel.run(&["command", "sync-now"]);
    assert_eq!(out.status.code(), Some(2), "the panel has never run: {out:?}");
    panel.good_round(&march(5, 0));
    town.edit(|entries| entries.truncate(1));
    let mut command = panel.command(&["sync", "--json", "--now", &march(5, 10)]);
    let mut sync = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(sync.0.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["boards"][0]["held"].as_array().unwrap().len(), 1);

    let ordered = |words: &[&str]| {
        let out = panel.run(&[&["command"], words].concat());
        let said = [out.stdout, out.stderr].concat();
        (out.status.code(), String::from_utf8(said).unwrap())
    };
    assert_eq!(ordered(&["sync-now"]), (Some(0), "every office is asked now\n".to_owned()));
    assert_eq!(next()["boards"][0]["outcome"], "read", "a round beside the timetable");
    let (code, said) = ordered(&["release", "lhta"]);
    assert!(code == Some(1) && said.contains("There is no board \"lhta\""), "{said}");
    let (code, said) = ordered(&["release", "lhota"]);
    assert!(code == Some(0) && said.contains("the running sync admits it"), "{said}");
    assert_eq!(next()["boards"][0]["withdrawn"], 9);
    assert_eq!(ordered(&["restart-sync"]).0, Some(0));
    assert!(sync.0.wait().unwrap().success());
}
