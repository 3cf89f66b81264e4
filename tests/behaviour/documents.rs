//! How documents come: resumed, asked for again, several at a time.

use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use vyveska::clock;
use vyveska::model::{Digest, Remark};
use vyveska::store::Reader;
use vyveska::wire::{BoardReport, SyncReport};

use super::pages::paper::Paper;
use super::publisher::{Answer, Body, Door, Page};
use super::sync::march;
use super::town::{Entry, Panel, Running, Town};

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

/// A server that gives the rest of another version, whatever it was asked for.
#[test]
fn two_versions_are_never_put_together() {
    let (old, new) = (b"old ".repeat(50_000), b"new ".repeat(50_000));
    let longer = [&new[..], b"more"].concat();
    let validators = [
        (&[("ETag", "\"old\"")][..], &[("ETag", "\"new\"")][..], &new),
        // A weak one says nothing about bytes, nor does a date beside it.
        (&[("ETag", "W/\"same\""), ("Last-Modified", EARLIER)], &[("ETag", "W/\"same\"")], &new),
        (&[("Last-Modified", EARLIER), ("Date", LATER)], &[("Last-Modified", LATER)], &new),
        // It may have been written twice within the second.
        (&[("Last-Modified", LATER), ("Date", LATER)], &[("Last-Modified", LATER)], &new),
        (&[("ETag", "\"same\"")], &[("ETag", "\"same\"")], &longer),
    ];
    for (before, after, whole) in validators {
        let town = Town::new("lhota", 1);
        let with = |answer: Answer, headers: &[(&str, &str)]| {
            headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value))
        };
        let cut = Answer::body(Body::Cut { bytes: old[..100_000].to_vec(), length: old.len() });
        town.web.once("/soubory/1.txt", with(cut, before));
        let (bytes, after_owned) = (whole.clone(), after.to_vec());
        town.web.answer("/soubory/1.txt", move |request| {
            let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
            let start: usize = range.map_or(0, |start| start.parse().unwrap());
            let answer = with(Answer::ok(&bytes[start..]), &after_owned);
            let place = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            if start == 0 { answer } else { Answer { status: 206, ..answer }.header("Content-Range", &place) }
        });
        let panel = Panel::of(&[&town]);
        assert_eq!(panel.good_round(&march(5, 0))["documents"]["failed"], 1);
        assert_eq!(panel.good_round(&march(5, 20))["documents"]["fetched"], 1, "{before:?}");
        let digest = vyveska::model::Digest::of(whole).to_string();
        assert_eq!(panel.notices(&march(5, 21))["up"][0]["documents"][0]["digest"], digest, "{before:?}");
    }
}

const EARLIER: &str = "Sun, 01 Mar 2026 05:00:00 GMT";
const LATER: &str = "Sun, 01 Mar 2026 06:00:00 GMT";

/// What servers in trouble send in a document's place.
#[test]
fn an_error_page_does_not_replace_a_document() {
    let html = "<!DOCTYPE html><html><body>Server Error</body></html>";
    for (answer, kept) in
        [(Answer::ok(html), 1), (Answer::ok(""), 1), (Answer::status(202), 0), (Answer::status(204), 0)]
    {
        let town = Town::new("lhota", 1);
        let panel = Panel::of(&[&town]);
        panel.good_round(&march(5, 0));
        let before = panel.notices(&march(5, 1))["up"][0]["documents"][0].take();
        let said = answer.clone();
        town.web.answer("/soubory/1.txt", move |_| said.clone());
        // Asked again after a while that grows, and as long as the office does not mend it.
        for minutes in [7 * 60, 7 * 60 + 6, 7 * 60 + 17] {
            let documents = panel.good_round(&march(5, minutes))["documents"].take();
            assert_eq!((&documents["failed"], &documents["kept"]), (&1.into(), &kept.into()), "{answer:?} {minutes}");
            assert_eq!(panel.notices(&march(5, minutes))["up"][0]["documents"][0], before, "{answer:?} {minutes}");
        }
        assert_eq!(panel.good_round(&march(5, 7 * 60 + 18))["documents"]["failed"], 0, "too soon");
    }
}

#[test]
fn a_web_page_that_comes_for_a_day_is_what_the_office_means() {
    let town = Town::new("lhota", 2);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let html = "<!DOCTYPE html><html><body>Dokument naleznete v archivu</body></html>";
    town.web.put("/soubory/1.txt", Page::bare(html));
    town.web.put("/soubory/2.txt", Page::bare(""));
    let digest = |notices: &Value, id: &str| {
        let up = notices["up"].as_array().unwrap().iter().find(|up| up["id"].as_str().unwrap().ends_with(id));
        up.unwrap()["documents"][0]["digest"].clone()
    };
    let before = panel.notices(&march(5, 1));
    let mut rounds = (7..31).map(|hour| panel.good_round(&march(5, hour * 60))["documents"].take());
    assert!(rounds.all(|documents| documents["changed"] == 0));
    // The last hour of the day is not over.
    let page = vyveska::model::Digest::of(html.as_bytes()).to_string();
    assert_ne!(digest(&panel.notices(&march(6, 6 * 60 + 30)), "/1"), page);
    (31..40).for_each(|hour| drop(panel.good_round(&march(5, hour * 60))));
    let after = panel.notices(&march(6, 16 * 60));
    assert_eq!(digest(&after, "/1"), page);
    assert_eq!(digest(&after, "/2"), digest(&before, "/2"), "nothing is never meant");
    let listed = after["up"].as_array().unwrap().iter().find(|up| up["id"].as_str().unwrap().ends_with("/1")).unwrap();
    let document = &listed["documents"][0];
    assert_eq!((document["media"].as_str(), document["state"].as_str()), (Some("html"), Some("elsewhere")));
}

/// A panel that was off meanwhile has seen a server in trouble twice, and not an office's will.
#[test]
fn a_web_page_that_was_seen_twice_is_not_meant() {
    let town = Town::new("lhota", 1);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let before = panel.notices(&march(5, 1))["up"].take();
    town.web.put("/soubory/1.txt", Page::bare("<html><body>Chyba</body></html>"));
    for hours in [7, 33] {
        assert_eq!(panel.good_round(&march(5, hours * 60))["documents"]["kept"], 1);
    }
    assert_eq!(panel.notices(&march(5, 34 * 60))["up"], before);
}

#[test]
fn what_will_never_have_pages_is_not_said_to_be_waiting() {
    let town = Town::new("lhota", 3);
    town.web.put("/soubory/1.txt", Page::new("{\\rtf1 smlouva}"));
    town.web.put("/soubory/2.txt", Page::new("<html><body>Chyba</body></html>"));
    town.web.put("/soubory/3.txt", Page::new(""));
    let panel = Panel::of(&[&town]);
    let summary = panel.good_round(&march(5, 0));
    assert_eq!((&summary["pages"]["waiting"], &summary["documents"]["failed"]), (&0.into(), &2.into()), "{summary:#}");
    let notices = panel.notices(&march(5, 1));
    let mut states: Vec<&str> = Vec::new();
    for up in notices["up"].as_array().unwrap() {
        let document = &up["documents"][0];
        states.push(document["state"].as_str().unwrap());
        assert_eq!(document["failed"].is_null(), document["state"] == "elsewhere", "{document:#}");
    }
    states.sort();
    assert_eq!(states, ["elsewhere", "missing", "missing"]);
    assert_eq!(notices["report"]["documents_missing"], 2);
    let text = String::from_utf8(panel.run(&["notices", "--now", &march(5, 1)]).stdout).unwrap();
    assert!(text.contains("[rtf: opens elsewhere]"), "{text}");
}

#[test]
fn a_document_behind_a_password_says_so_to_the_reader() {
    let town = Town::new("lhota", 2);
    town.web.put("/soubory/1.txt", Page::new(Paper::locked().bytes()));
    town.web.put("/soubory/2.txt", Page::new("%PDF-1.7 and nothing else"));
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let posted = Reader::open(&panel.data()).unwrap().posted("lhota").unwrap();
    let told = |number: &str| {
        let one = posted.iter().find(|posted| posted.notice.id.ends_with(number)).unwrap();
        (one.documents[0].remark, one.documents[0].failed.is_some())
    };
    assert_eq!([told("/1"), told("/2")], [(Some(Remark::Locked), true), (None, true)]);
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

/// A third of what a silent server is waited for: whoever waits for the document is not that quick.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn an_order_goes_before_a_long_download_and_costs_it_nothing() {
    let mut town = Town::new("lhota", 10);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    // A server that can neither give a part nor tell one version from another: what is lost comes anew.
    let whole: Vec<u8> = (0..300_000u32).map(|n| b'a' + (n % 23) as u8).collect();
    let door = Arc::new(Door::default());
    town.web
        .once("/soubory/11.txt", Answer::body(Body::Held { bytes: whole.clone(), first: 100_000, door: door.clone() }));
    town.edit(|entries| entries.push(Entry::numbered(11)));

    let mut sync = panel.command(&["sync", "--now", &march(5, 10)]);
    let _sync = Running(sync.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let wait_for = |what: &str, there: &dyn Fn() -> bool| {
        let asked = clock::ticks();
        while !there() {
            assert!(clock::ticks() - asked < SOON, "{what} does not come while a document is being fetched");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let run = panel.config().run;
    let board = || SyncReport::read(&run).map_or_else(BoardReport::default, |report| report.boards[0].clone());
    let order = |words: &[&str]| {
        let output = panel.run(words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    wait_for("the document's first third", &|| town.web.count("/soubory/11.txt") == 1);

    town.edit(|entries| drop(entries.drain(..10)));
    order(&["command", "sync-now"]);
    wait_for("the answer to sync-now", &|| board().held == ["mass-loss"]);
    order(&["release", "lhota", "--now", &march(5, 11)]);
    wait_for("what was released", &|| board().up == 1);
    town.web.put("/soubory/12.txt", Page::new("the twelfth"));
    town.edit(|entries| entries.push(Entry::numbered(12)));
    order(&["command", "sync-now"]);
    wait_for("a new notice", &|| board().up == 2);

    door.open();
    wait_for("the document", &|| board().documents_missing == 0);
    let posted = Reader::open(&panel.data()).unwrap().posted("lhota").unwrap();
    let digests = posted.iter().flat_map(|posted| &posted.documents).map(|filed| filed.digest);
    assert!(digests.into_iter().any(|digest| digest == Some(Digest::of(&whole))));
    assert_eq!(town.web.count("/soubory/11.txt"), 1, "it came over the one connection");
}
