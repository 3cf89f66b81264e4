//! A board counts as shown where its panel says so itself: signed, just now, and by the key that it was let in with.

use serde_json::json;
use vyveska::hub::standing::{self, Ear, Standing};
use vyveska::keys::{Key, Text};
use vyveska::wire::link::{self, Reply, Report};
use vyveska::wire::{LedgerEnd, Proof, Signed, Statement};

use super::device::Device;
use super::people::administrator;
use super::server::Server;
use crate::behaviour::store::{Folder, at};

const EIGHT: &str = "2026-11-23T08:00:00Z";

fn statement(word: &str, proof: Proof) -> Statement {
    Statement {
        v: 1,
        boot: "boot-1".into(),
        uptime: 60,
        at: at(EIGHT).at,
        word: word.to_owned(),
        page: "wall".into(),
        readable: true,
        up: 27,
        way: "kms".into(),
        proof,
        since: at("2026-11-23T06:30:00Z").at,
        ledger: Some(LedgerEnd { number: 12, digest: "ab".repeat(32) }),
        ..Statement::default()
    }
}

fn signed(key: &Key, statement: &Statement) -> Signed {
    let text = serde_json::to_string(statement).unwrap();
    let signature = key.sign(Text::Glass { statement: &text }).to_string();
    Signed { text, signature }
}

impl Device {
    /// Reports that the board is shown, whatever the panel says; returns the hub's word.
    fn claims(&mut self, hub: &Server, glass: Option<Signed>) -> String {
        let record =
            json!({ "v": 1, "at": EIGHT, "clock_trusted": true, "state": "showing", "program": "vyveska 0.0.9" });
        let report = Report { v: 1, boot: self.boot.clone(), records: vec![record], glass, ..Report::default() };
        let reply: Reply = self.post(hub, link::REPORT, &report).said.unwrap();
        assert_eq!(reply.refused, None);
        reply.word
    }
}

/// How it stands so much later, though the device was heard of all the time.
fn later(hub: &Server, minutes: i64) -> Standing {
    let now = hub.hub.as_ref().unwrap().ear();
    let ear = Ear { now: now.now + chrono::TimeDelta::minutes(minutes), ..now };
    hub.write(move |connection| {
        connection.execute("UPDATE latest SET heard_at = ?", [ear.now.timestamp_millis()])?;
        let seen = standing::one(connection, &ear, 1)?.unwrap().standing;
        connection.execute("UPDATE latest SET heard_at = ?", [now.now.timestamp_millis()])?;
        Ok(seen)
    })
}

fn enrolled(hub: &Server, seed: u8) -> Device {
    let mut device = Device::new(seed);
    device.enrol(hub, Some("t"));
    device
}

#[test]
fn a_panel_that_has_never_signed_is_taken_at_syncs_word_and_called_unsigned() {
    let folder = Folder::in_memory("vouched-1");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    let mut device = enrolled(&hub, 1);
    device.claims(&hub, None);
    assert_eq!((later(&hub, 0), later(&hub, 60)), (Standing::Showing, Standing::Showing));
    assert!(administrator(&hub).get("/places/1").text.contains("nepodepsáno: vyveska 0.0.9 to zatím neumí"));
}

#[test]
fn a_conquered_sync_cannot_claim_a_board_that_the_panel_does_not_show() {
    let folder = Folder::in_memory("vouched-2");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    let mut device = enrolled(&hub, 1);
    let word = device.claims(&hub, None);
    assert_eq!(word.len(), 32);
    let good = |device: &Device, word: &str| Some(signed(&device.panel, &statement(word, Proof::ScanOut)));
    let first = good(&device, &word);
    let word = device.claims(&hub, first.clone());
    assert_eq!((later(&hub, 0), later(&hub, 3)), (Standing::Showing, Standing::Showing));
    let page = administrator(&hub);
    let text = page.get("/places/1").text;
    assert!(text.contains("deska jde do zapnutého displeje, od") && text.contains("nástěnka"), "{text}");

    // Nothing any more; what was signed for an old word; the same with another word; what sync has signed itself.
    device.claims(&hub, None);
    assert_eq!(later(&hub, 4), Standing::Unproved);
    for _ in 0..4 {
        device.claims(&hub, None);
    }
    device.claims(&hub, first.clone());
    assert_eq!(later(&hub, 4), Standing::Unproved, "yesterday's statement is worth nothing");
    let word_of_today = device.claims(&hub, None);
    let mut changed = first.unwrap();
    changed.text = changed.text.replace(&word, &word_of_today);
    device.claims(&hub, Some(changed));
    let own = signed(&device.link, &statement(&word_of_today, Proof::ScanOut));
    device.claims(&hub, Some(own));
    assert_eq!(later(&hub, 4), Standing::Unproved);
    assert!(page.get("/places/1").text.contains("Přišlo i tvrzení, které panel nepodepsal"));
    // The panel itself says that nothing is proved.
    let word = device.claims(&hub, None);
    let dark = signed(&device.panel, &statement(&word, Proof::None));
    let word = device.claims(&hub, Some(dark));
    assert_eq!(later(&hub, 0), Standing::Unproved, "at once");
    let text = page.get("/places").text;
    assert!(text.contains("Neprokázáno") && text.contains("program desky to ale nepodepsal"), "{text}");
    // And it is shown again.
    let shown = good(&device, &word);
    device.claims(&hub, shown);
    assert_eq!((later(&hub, 0), later(&hub, 4)), (Standing::Showing, Standing::Unproved));
}

#[test]
fn whoever_was_away_gets_a_new_word_before_he_is_blamed() {
    let folder = Folder::in_memory("vouched-3");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    let mut device = enrolled(&hub, 1);
    let word = device.claims(&hub, None);
    let statement = signed(&device.panel, &statement(&word, Proof::ScanOut));
    device.claims(&hub, Some(statement.clone()));
    drop(hub);
    // An hour later the hub is there again and knows none of its words; so it is with a panel that was away itself.
    let hub = Server::start(&folder.0, "2026-11-23T09:00:00Z");
    let word = device.claims(&hub, Some(statement));
    assert_eq!((later(&hub, 3), later(&hub, 4)), (Standing::Showing, Standing::Unproved));
    let next = signed(&device.panel, &self::statement(&word, Proof::ScanOut));
    device.claims(&hub, Some(next));
    assert_eq!(later(&hub, 3), Standing::Showing);
    // What one device has signed does not bind the next.
    hub.place("hora", "Hora", "t2");
    hub.write(|connection| {
        let token = vyveska::hub::token_hash("t3");
        Ok(connection.execute("INSERT INTO token VALUES (?, 1, 'test', 0, ?, NULL)", (token, i64::MAX))?)
    });
    let mut other = Device::new(2);
    other.enrol(&hub, Some("t3"));
    other.claims(&hub, None);
    assert_eq!(later(&hub, 4), Standing::Showing);
}

#[cfg(feature = "panel")]
#[test]
fn the_panel_signs_what_is_there_over_every_word_of_the_hub() {
    use super::glass::before_the_panel::all;
    use super::uplink::{NOW, TEN};
    use vyveska::ledger::Ledger;

    let folder = Folder::in_memory("vouched-panel");
    let hub = Server::every(TEN, &folder.0, NOW);
    let (street, _process, _sensor) = all(&hub);
    let said = || -> Option<Statement> {
        let text: Option<String> = hub.one("SELECT max(text) FROM vouched");
        text.map(|text| serde_json::from_str(&text).unwrap())
    };
    street.alone_until("a statement", || said().is_some());
    let first = said().unwrap();
    assert_eq!((first.page.as_str(), first.way.as_str(), first.proof), ("wall", "headless", Proof::None));
    assert!(!first.shows(), "there is no display");
    street.alone_until("another, over another word", || said().unwrap().word != first.word);
    let second = said().unwrap();
    assert_eq!((second.since, &second.boot), (first.since, &first.boot));
    assert!(second.uptime >= first.uptime);
    let (entries, verdict) = Ledger::read(&street.panel.data()).unwrap();
    verdict.unwrap();
    let end = second.ledger.unwrap();
    let entry = &entries[end.number as usize - 1];
    assert_eq!(end.digest, vyveska::model::Digest::of(entry.text.as_bytes()).to_string());
}
