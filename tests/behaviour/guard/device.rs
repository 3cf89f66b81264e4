//! A device in memory, as far as the guard can tell: it applies each verdict as the store does.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use vyveska::clock::Now;
use vyveska::guard::{self, HoldKind, Memory, Observed, Verdict};
use vyveska::model::{Board, Document, Notice, Snapshot, Standing};

pub const ICO: &str = "00123456";

pub struct Device {
    pub board: Board,
    pub known: Vec<Notice>,
    pub memory: Memory,
}

impl Device {
    pub fn new(ico: Option<&str>) -> Device {
        let board = Board {
            key: "lhota".into(),
            name: "Obec Dolní Lhota".into(),
            standing: Standing::Official,
            feed: "https://lhota.example/deska.jsonld".into(),
            web: None,
            ico: ico.map(str::to_owned),
            colour: 0,
            phone: None,
            official_at: None,
        };
        Device { board, known: Vec::new(), memory: Memory::default() }
    }

    /// One round. Memory goes through its form on disk, as between two starts of the program.
    pub fn round(&mut self, observed: Observed, now: Now) -> Verdict {
        let memory = Memory::from_json(&self.board.key, &self.memory.to_json());
        assert_eq!(memory, self.memory, "nothing is lost on the way to the disk and back");
        self.known.retain(|notice| !notice.ended(now.certain_day()));
        let verdict = guard::judge(&self.board, &self.known, &memory, observed, now);
        for (old, notice) in &verdict.rename {
            let place = self.known.iter().position(|known| known.id == *old).expect("what is renamed is known");
            self.known[place] = notice.clone();
        }
        for notice in &verdict.change {
            let place = self.known.iter().position(|known| known.id == notice.id).expect("what changes is known");
            assert_ne!(self.known[place], *notice, "a change changes something");
            self.known[place] = notice.clone();
        }
        for id in &verdict.withdraw {
            let place = self.known.iter().position(|known| known.id == *id).expect("what is withdrawn is known");
            self.known.remove(place);
        }
        let before: HashSet<&str> = self.known.iter().map(|notice| notice.id.as_str()).collect();
        assert!(verdict.add.iter().all(|notice| !before.contains(notice.id.as_str())), "what is added is not known");
        self.known.extend_from_slice(&verdict.add);
        self.known.retain(|notice| !notice.ended(now.certain_day()));
        self.memory = verdict.memory.clone();
        verdict
    }

    pub fn see(&mut self, snapshot: &Snapshot, at: DateTime<Utc>) -> Verdict {
        self.round(Observed::Snapshot(snapshot), Now::trusted(at))
    }

    pub fn has(&self, id: &str) -> bool {
        self.known.iter().any(|notice| notice.id == id)
    }

    pub fn kinds(&self) -> Vec<HoldKind> {
        self.memory.holds.iter().map(|hold| hold.kind).collect()
    }
}

/// Noon on the first day of every test.
pub fn noon() -> DateTime<Utc> {
    day(1).and_hms_opt(11, 0, 0).expect("a time").and_utc()
}

pub fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

/// Days from the first of March, which is 1.
pub fn day(number: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).expect("a date") + TimeDelta::days(number - 1)
}

pub fn notice(number: usize) -> Notice {
    let subject = ["Záměr prodeje pozemku", "Opatření obecné povahy", "Pozvánka na zasedání", "Dražební vyhláška"];
    let category = ["Záměry", "Veřejné vyhlášky", "Zastupitelstvo", "Dražby"];
    let kind = number % subject.len();
    Notice {
        id: format!("https://lhota.example/informace/{number}"),
        url: Some(format!("https://lhota.example/deska/{number}")),
        title: format!("{} č. {number}", subject[kind]),
        description: number.is_multiple_of(2).then(|| format!("Řízení č. {number} pokračuje.")),
        posted: Some(day(-(number as i64 % 10))),
        relevant_until: (number % 7 != 3).then(|| day(20 + number as i64 % 40)),
        reference_number: (!number.is_multiple_of(3)).then(|| format!("DL/{number}/2026")),
        file_number: None,
        issuer: None,
        categories: vec![category[kind].into()],
        documents: vec![document(number, 1), document(number, 2)],
    }
}

pub fn document(notice: usize, number: usize) -> Document {
    Document {
        url: format!("https://lhota.example/soubory/{notice}-{number}.pdf"),
        title: Some(format!("Příloha {number} k č. {notice}")),
        declared_type: Some("application/pdf".into()),
        digest: None,
    }
}

pub fn snapshot(notices: impl IntoIterator<Item = Notice>) -> Snapshot {
    Snapshot {
        iri: Some("https://lhota.example/deska".into()),
        ico: Some(ICO.into()),
        notices: notices.into_iter().collect(),
        ..Snapshot::default()
    }
}

pub fn board_of(count: usize) -> Snapshot {
    snapshot((0..count).map(notice))
}
