//! The tail of a panel's ledger at the hub: by difference, entry by entry, and what does not hold is shown.

use vyveska::hub::ledger::{self, Kind};
use vyveska::keys::Text;
use vyveska::ledger::{Cause, Ledger, What};
use vyveska::wire::link::{self, MAX_ENTRIES, Reply, Report};
use vyveska::wire::{LedgerEnd, Proof, Signed, Statement};

use super::device::Device;
use super::people::administrator;
use super::server::Server;
use crate::behaviour::store::{Folder, at};

const EIGHT: &str = "2026-11-23T08:00:00Z";

/// Texts of a ledger with so many entries; `seed` makes it another.
fn written(entries: usize, seed: &str) -> Vec<String> {
    let mut ledger = Ledger::in_memory().unwrap();
    ledger.start(seed, "boot", at(EIGHT)).unwrap();
    while ledger.entries().unwrap().len() < entries {
        ledger.append(vec![What::Ordered { order: "sync-now".into(), by: "terminal".into() }], at(EIGHT)).unwrap();
    }
    ledger.entries().unwrap().into_iter().map(|entry| entry.text).collect()
}

fn end_of(texts: &[String], number: usize) -> LedgerEnd {
    let digest = vyveska::model::Digest::of(texts[number - 1].as_bytes()).to_string();
    LedgerEnd { number: number as u64, digest }
}

struct Panel {
    device: Device,
    word: String,
}

impl Panel {
    /// Brings these entries, with a signature over that end. Returns what the hub has then.
    fn brings(&mut self, hub: &Server, ledger: &[String], end: Option<LedgerEnd>) -> u64 {
        let statement = Statement {
            v: 1,
            word: self.word.clone(),
            readable: true,
            proof: Proof::ScanOut,
            ledger: end,
            ..Statement::default()
        };
        let text = serde_json::to_string(&statement).unwrap();
        let signature = self.device.panel.sign(Text::Glass { statement: &text }).to_string();
        let glass = Some(Signed { text, signature });
        let boot = self.device.boot.clone();
        let report = Report { v: 1, boot, glass, ledger: ledger.to_vec(), ..Report::default() };
        let reply: Reply = self.device.post(hub, link::REPORT, &report).said.unwrap();
        self.word = reply.word;
        reply.ledger.unwrap().number
    }
}

fn panel(hub: &Server) -> Panel {
    hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(hub, Some("t"));
    let reply = device.report(hub, EIGHT, "showing").said.unwrap();
    assert_eq!(reply.ledger, None, "who says nothing of the glass has no ledger to bring");
    Panel { device, word: reply.word }
}

fn book(hub: &Server) -> ledger::Book {
    let key = Device::new(1).link.public();
    hub.write(move |connection| ledger::Book::open(connection, &key))
}

fn breaks(hub: &Server) -> Vec<(Kind, u64, u64)> {
    book(hub).breaks.into_iter().map(|found| (found.kind, found.from, found.to)).collect()
}

#[test]
fn entries_come_by_difference_and_the_panels_signature_covers_the_chain() {
    let folder = Folder::in_memory("book-1");
    let hub = Server::start(&folder.0, EIGHT);
    let mut panel = panel(&hub);
    let texts = written(300, "vyveska 0.1.0");
    assert_eq!(panel.brings(&hub, &[], Some(end_of(&texts, 5))), 0, "the hub says that it has nothing");
    assert_eq!(panel.brings(&hub, &texts[..5], Some(end_of(&texts, 5))), 5);
    assert_eq!((book(&hub).entries.len(), book(&hub).end.proved), (5, 5));
    // What was said twice counts once.
    assert_eq!(panel.brings(&hub, &[], Some(end_of(&texts, 7))), 5);
    assert_eq!(panel.brings(&hub, &texts[5..7], Some(end_of(&texts, 7))), 7);
    assert_eq!(breaks(&hub), []);
    for first in (7..300).step_by(MAX_ENTRIES) {
        panel.brings(&hub, &texts[first..(first + MAX_ENTRIES).min(300)], Some(end_of(&texts, 300)));
    }
    assert_eq!((book(&hub).end.number, book(&hub).end.proved), (300, 300));
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM ledger_entry"), ledger::KEPT);
    let text = administrator(&hub).get("/places/1").text;
    assert!(text.contains("panel je podepsal až k číslu 300") && text.contains("příkaz sync-now (terminal)"), "{text}");
}

#[test]
fn a_gap_a_fork_and_another_ledger_are_shown() {
    let folder = Folder::in_memory("book-2");
    let hub = Server::start(&folder.0, EIGHT);
    let mut panel = panel(&hub);
    let (texts, other) = (written(40, "vyveska 0.1.0"), written(40, "vyveska 0.1.1"));
    panel.brings(&hub, &texts[..10], Some(end_of(&texts, 10)));
    panel.brings(&hub, &texts[12..15], Some(end_of(&texts, 15)));
    assert_eq!(breaks(&hub), [(Kind::Gap, 11, 12)]);
    assert_eq!(book(&hub).end.proved, 15);
    // Entries of another ledger under numbers that were there.
    panel.brings(&hub, &other[12..20], Some(end_of(&other, 20)));
    assert_eq!(breaks(&hub)[0], (Kind::Fork, 13, 15));
    // What follows the number and not the entry.
    panel.brings(&hub, &texts[20..22], Some(end_of(&texts, 22)));
    assert_eq!(breaks(&hub)[0], (Kind::Fork, 21, 21));
    panel.brings(&hub, &other[..3], Some(end_of(&other, 3)));
    assert_eq!(breaks(&hub)[0], (Kind::Anew, 1, 22));
    // Sync brings one ledger, and the panel signs another.
    panel.brings(&hub, &other[3..5], Some(end_of(&texts, 5)));
    assert_eq!((breaks(&hub)[0].0, book(&hub).end.proved), (Kind::Unsigned, 0));
    let many = breaks(&hub).len();
    panel.brings(&hub, &other[5..6], Some(end_of(&texts, 6)));
    assert_eq!(breaks(&hub).len(), many, "said once");
    let text = administrator(&hub).get("/places/1").text;
    for words in ["mezera: záznamy 11–12", "jsou jiné než ty", "kniha začala znovu", "panel podepsal jinou knihu"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
    // What is no entry harms nobody.
    let odd = ["{}".to_owned(), "x".repeat(70_000), "{\"v\":2,\"number\":-1}".to_owned()];
    assert_eq!(panel.brings(&hub, &odd, None), 6);
}

#[test]
fn a_device_reads_what_the_hub_lacks_and_no_more_than_goes_into_a_letter() {
    let folder = Folder::in_memory("book-3");
    let mut ledger = Ledger::open(&folder.0).unwrap();
    ledger.start("vyveska 0.1.0", "boot", at(EIGHT)).unwrap();
    let what = What::Unreadable { from: at(EIGHT).at, to: None, cause: Cause::Display };
    ledger.append(vec![what; 299], at(EIGHT)).unwrap();
    let texts: Vec<String> = ledger.entries().unwrap().into_iter().map(|entry| entry.text).collect();
    let tail = |number: u64, digest: &str| {
        let texts = Ledger::tail(&folder.0, (number, digest), 200, 60, 48 << 10).unwrap();
        let numbers = texts.iter().map(|text| vyveska::ledger::Entry::parse(text).unwrap().number).collect::<Vec<_>>();
        (numbers.first().copied(), numbers.len())
    };
    let end = |number: usize| end_of(&texts, number).digest;
    assert_eq!(tail(290, &end(290)), (Some(291), 10));
    assert_eq!(tail(300, &end(300)), (None, 0));
    assert_eq!(tail(150, &end(150)), (Some(151), 60), "the rest follows");
    // Nothing yet, far behind, and another ledger: the last two hundred.
    assert_eq!(
        (tail(0, ""), tail(20, &end(20)), tail(290, &end(291))),
        ((Some(101), 60), (Some(101), 60), (Some(101), 60))
    );
    assert_eq!(Ledger::tail(&folder.0, (0, ""), 200, 60, 1000).unwrap().len(), 1000 / texts[200].len());
}

#[test]
fn the_last_lines_of_the_log_come_when_they_are_others() {
    let folder = Folder::in_memory("book-log");
    let hub = Server::start(&folder.0, EIGHT);
    let mut panel = panel(&hub);
    let mut brings = |log: Option<&str>| {
        let text = serde_json::to_string(&Statement { v: 1, ..Statement::default() }).unwrap();
        let signature = panel.device.panel.sign(Text::Glass { statement: &text }).to_string();
        let (glass, boot) = (Some(Signed { text, signature }), panel.device.boot.clone());
        let report = Report { v: 1, boot, glass, log: log.map(str::to_owned), ..Report::default() };
        panel.device.post::<Reply>(&hub, link::REPORT, &report).said.unwrap().log.unwrap()
    };
    assert_eq!(brings(None), "");
    let lines = "08:00 INFO vyveska 0.1.0 starts\n08:01 WARN <b>the display\u{7} is gone</b>";
    let digest = vyveska::model::Digest::of(lines.as_bytes()).to_string();
    assert_eq!(brings(Some(lines)), digest);
    assert_eq!(brings(None), digest, "it is not asked for again");
    let text = administrator(&hub).get("/places/1").text;
    assert!(text.contains("WARN &#60;b&#62;the display is gone") && text.contains("Poslední řádky logu"), "{text}");
    let long: String = (0..200).map(|number| format!("line {number} {}\n", "x".repeat(100))).collect();
    brings(Some(&long));
    assert!(hub.one::<i64>("SELECT length(text) FROM log") <= 6 << 10);
}
