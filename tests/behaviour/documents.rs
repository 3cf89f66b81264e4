//! How documents come: resumed, asked for again, several at a time.

use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

use super::publisher::{Answer, Body, Page};
use super::sync::march;
use super::town::{Panel, Town};

#[test]
fn a_document_that_changed_under_its_address_is_found() {
    let town = Town::new("lhota", 2);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let before = panel.notices(&march(5, 1));
    town.web.put("/soubory/1.txt", Page::new("another text"));
    assert_eq!(panel.good_round(&march(5, 60))["documents"]["changed"], 0, "not yet asked again");
    let summary = panel.good_round(&march(5, 7 * 60));
    let documents = &summary["documents"];
    assert_eq!((documents["changed"].as_u64(), documents["unchanged"].as_u64()), (Some(1), Some(1)), "{summary:#}");
    let after = panel.notices(&march(5, 7 * 60 + 1));
    let digest = |notices: &Value, id: &str| {
        let up = notices["up"].as_array().unwrap().iter().find(|up| up["id"].as_str().unwrap().ends_with(id));
        up.unwrap()["documents"][0]["digest"].clone()
    };
    assert_ne!(digest(&before, "/1"), digest(&after, "/1"));
    assert_eq!(digest(&before, "/2"), digest(&after, "/2"));
}

#[test]
fn a_cut_download_is_resumed_in_a_later_round() {
    let town = Town::new("lhota", 1);
    let whole: Vec<u8> = (0..300_000u32).map(|n| b'a' + (n % 23) as u8).collect();
    let page = Page::new(whole.clone());
    let etag = page.etag.clone().unwrap();
    let cut = Answer::body(Body::Cut { bytes: whole[..100_000].to_vec(), length: whole.len() });
    town.web.once("/soubory/1.txt", cut.header("ETag", &etag));
    town.web.put("/soubory/1.txt", page);
    let panel = Panel::of(&[&town]);
    let summary = panel.good_round(&march(5, 0));
    assert_eq!(summary["documents"]["failed"], 1);
    let notices = panel.notices(&march(5, 1));
    let why = notices["up"][0]["documents"][0]["failed"].as_str().unwrap();
    assert!(why.contains("broke off"), "{why}");
    assert_eq!(panel.good_round(&march(5, 20))["documents"]["fetched"], 1);
    assert_eq!(town.web.last("/soubory/1.txt").unwrap().header("range"), Some("bytes=100000-"));
    let digest = vyveska::model::Digest::of(&whole).to_string();
    assert_eq!(panel.notices(&march(5, 21))["up"][0]["documents"][0]["digest"], digest);
}

/// Two servers, each with six documents; what the first gives waits until all of the second is there.
#[test]
fn a_slow_server_holds_up_nobody_but_itself() {
    const DOCUMENTS: usize = 6;
    let (slow, quick) = (Town::new("lhota", DOCUMENTS), Town::new("ves", DOCUMENTS));
    let gate = Arc::new(Gate::default());
    for number in 1..=DOCUMENTS {
        let path = format!("/soubory/{number}.txt");
        let (at_slow, at_quick) = (gate.clone(), gate.clone());
        slow.web.answer(&path, move |_| {
            at_slow.slow(DOCUMENTS);
            Answer::ok(format!("slow {number}"))
        });
        quick.web.answer(&path, move |_| {
            at_quick.quick();
            Answer::ok(format!("quick {number}"))
        });
    }
    let panel = Panel::of(&[&slow, &quick]);
    let documents = panel.good_round(&march(5, 0))["documents"].take();
    assert_eq!((documents["fetched"].as_u64(), documents["failed"].as_u64()), (Some(12), Some(0)), "{documents}");
    // While the quick one was asked for all it had, the slow one could have been asked for more.
    assert_eq!(gate.seen.lock().unwrap().most_of_slow, 2);
}

#[derive(Default)]
struct Gate {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    of_slow: usize,
    most_of_slow: usize,
    quick_done: usize,
}

impl Gate {
    /// Not answered before all of the other server, and two of this one, were asked for.
    fn slow(&self, quick: usize) {
        let mut seen = self.seen.lock().unwrap();
        seen.of_slow += 1;
        seen.most_of_slow = seen.most_of_slow.max(seen.of_slow);
        self.changed.notify_all();
        let mut seen = self.changed.wait_while(seen, |seen| seen.quick_done < quick || seen.most_of_slow < 2).unwrap();
        seen.of_slow -= 1;
    }

    fn quick(&self) {
        let mut seen = self.seen.lock().unwrap();
        seen.quick_done += 1;
        self.changed.notify_all();
    }
}

#[test]
fn the_first_documents_of_notices_come_first() {
    let mut town = Town::new("lhota", 5);
    town.edit(|entries| {
        for entry in entries.iter_mut() {
            entry.documents.push(entry.documents[0].replace("soubory", "dalsi"));
        }
    });
    for number in 1..=5 {
        town.web.put(&format!("/dalsi/{number}.txt"), Page::new(format!("more {number}")));
    }
    let panel = Panel::of(&[&town]);
    assert_eq!(panel.good_round(&march(5, 0))["documents"]["fetched"], 10);
    let paths: Vec<String> = town.web.requests().into_iter().map(|request| request.path).collect();
    let last_first = paths.iter().rposition(|path| path.starts_with("/soubory/")).unwrap();
    let first_other = paths.iter().position(|path| path.starts_with("/dalsi/")).unwrap();
    // Two at a time may overtake each other by one.
    assert!(last_first <= first_other + 1, "{paths:?}");
}
