//! A panel between its office and the hub's mirror: it goes from one to the other and nobody can tell.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;
use vyveska::clock;
use vyveska::hub::mirror::boards;
use vyveska::model::Digest;
use vyveska::store::Store;
use vyveska::sync::{Device, Summary};
use vyveska::wire::SyncReport;
use vyveska::wire::link::{self, Mirror, Mirrors, Report};

use super::device::Device as Stranger;
use super::mirror::{FEED, NOON, add, complete, get, mirrored, until};
use super::server::Server;
use super::street::Street;
use super::uplink::TEN;
use crate::behaviour::http::run;
use crate::behaviour::publisher::{Answer, Body, Page, Publisher};
use crate::behaviour::store::Folder;
use crate::behaviour::sync::{at, device, march};
use crate::behaviour::town::{Entry, Panel, Town};

/// What the hub says of the town's feed, in the reply to a report.
fn named(hub: &Server, town: &Town, seed: u8) -> Vec<Mirror> {
    static SEQUENCE: AtomicU64 = AtomicU64::new(0);
    let mut device = Stranger::new(seed);
    device.sequence = SEQUENCE.fetch_add(10, Ordering::Relaxed);
    device.enrol(hub, Some("t"));
    let feeds = vec![town.web.url("/deska.json"), "https://elsewhere.example/deska.json".into()];
    let report = Report { v: 1, boot: device.boot.clone(), feeds, ..Report::default() };
    let reply: link::Reply = device.post(hub, link::REPORT, &report).said.unwrap();
    reply.mirrors
}

/// The same as the way to the hub hands it on.
fn heard(hub: &Server, mut list: Vec<Mirror>) -> Mirrors {
    list.iter_mut().for_each(|mirror| mirror.url = hub.url(&mirror.url));
    Mirrors { until: clock::ticks() + std::time::Duration::from_secs(3600), list }
}

type Row = (String, Digest, chrono::DateTime<chrono::Utc>, Vec<Option<Digest>>);

/// What the panel holds: identity, digest, since when, and its documents.
fn held(device: &mut Device) -> Vec<Row> {
    let posted = device.store().posted("lhota").unwrap();
    let row = |posted: vyveska::store::Posted| {
        let documents = posted.documents.iter().map(|filed| filed.digest).collect();
        (posted.notice.id, posted.digest, posted.first_seen, documents)
    };
    let mut rows: Vec<Row> = posted.into_iter().map(row).collect();
    rows.sort();
    rows
}

/// A round that could bring the board up to date, and how often the office was asked for its feed in it.
fn round(device: &mut Device, town: &Town, minutes: i64) -> (Summary, usize) {
    let before = town.web.count("/deska.json");
    let summary = run(device.round(at(&march(5, minutes))));
    assert!(summary.good(), "{summary}");
    (summary, town.web.count("/deska.json") - before)
}

fn stands_still(summary: &Summary) {
    let committed = summary.boards[0].committed;
    let moved = [committed.added, committed.changed, committed.renamed, committed.withdrawn, committed.returned];
    assert_eq!(moved, [0; 5], "{summary}");
    assert_eq!(summary.boards[0].held, [], "{summary}");
    assert_eq!((summary.documents.fetched, summary.documents.failed), (0, 0), "{summary}");
}

fn is_mirrored(panel: &Panel) -> bool {
    SyncReport::read(&panel.config().run).unwrap().board("lhota").unwrap().mirrored
}

#[test]
fn a_panel_goes_to_the_mirror_and_back_and_nobody_can_tell() {
    let (town, folder) = (Town::new("lhota", 6), Folder::in_memory("mirrored-1"));
    let panel = Panel::of(&[&town]);
    let hub = mirrored(&folder, &town);
    complete(&hub, 6);
    let mut sync = device(&panel);
    let (tell, told) = watch::channel(Mirrors::default());
    sync.take_from(told);

    // The hub signs for its copy, and only for a feed that it reads.
    let list = named(&hub, &town, 1);
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].url.as_str(), list[0].feed.clone()), (FEED, town.web.url("/deska.json")));
    tell.send_replace(heard(&hub, list));
    town.web.forget_requests();
    let (summary, asked) = round(&mut sync, &town, 0);
    assert_eq!((summary.boards[0].committed.added, summary.documents.fetched, asked), (6, 6, 0));
    assert_eq!(town.web.requests().len(), 0, "the office is left alone");
    assert!(is_mirrored(&panel));
    let first = held(&mut sync);
    assert!(first.iter().all(|(.., documents)| documents.iter().all(Option::is_some)));

    // Nothing new: nothing is written.
    let rows = sync.store().rows_written();
    let (summary, asked) = round(&mut sync, &town, 10);
    stands_still(&summary);
    assert_eq!((asked, sync.store().rows_written()), (0, rows));

    // The hub is closed for the night. The office is asked in the same round.
    drop(hub);
    let (summary, asked) = round(&mut sync, &town, 20);
    stands_still(&summary);
    assert_eq!(asked, 1);
    assert!(!is_mirrored(&panel));
    assert_eq!(held(&mut sync), first);
    let (summary, _) = round(&mut sync, &town, 30);
    stands_still(&summary);

    // In the morning it is back, at another port.
    let hub = Server::start(&folder.0, NOON);
    until("the mirror", || get(&hub, FEED, &[]).status == 200 && !named(&hub, &town, 1).is_empty());
    tell.send_replace(heard(&hub, named(&hub, &town, 1)));
    let (summary, asked) = round(&mut sync, &town, 40);
    stands_still(&summary);
    assert_eq!(asked, 0);
    assert_eq!(held(&mut sync), first);

    // What it said is old: it is asked no more.
    tell.send_modify(|mirrors| mirrors.until = clock::ticks());
    let (summary, asked) = round(&mut sync, &town, 50);
    stands_still(&summary);
    assert_eq!((asked, held(&mut sync) == first), (1, true));
    assert_eq!(sync.store().tombstones("lhota").unwrap(), []);
}

#[test]
fn what_the_office_changes_comes_by_either_way_once() {
    let (mut town, folder) = (Town::new("lhota", 6), Folder::in_memory("mirrored-2"));
    let panel = Panel::of(&[&town]);
    let hub = mirrored(&folder, &town);
    complete(&hub, 6);
    let mut sync = device(&panel);
    let (tell, told) = watch::channel(heard(&hub, named(&hub, &town, 1)));
    sync.take_from(told);
    round(&mut sync, &town, 0);
    // By the office, while the mirror is behind: its signed copy is still the old one, and nothing comes back by it.
    town.edit(|entries| {
        entries.remove(0);
        entries[0].title = "Opravený název".into();
        entries.push(Entry::numbered(9));
    });
    town.web.put("/soubory/9.txt", Page::new("Text of 9\n"));
    tell.send_modify(|mirrors| mirrors.list.clear());
    let (summary, _) = round(&mut sync, &town, 10);
    let committed = summary.boards[0].committed;
    assert_eq!((committed.added, committed.changed, committed.withdrawn), (1, 1, 1));
    let after = held(&mut sync);
    // By the mirror, once it has caught up: nothing is left to do.
    hub.hub.as_ref().unwrap().mirror.hurry("lhota");
    complete(&hub, 6);
    until("it has caught up", || {
        let got = get(&hub, FEED, &[]);
        String::from_utf8(got.bytes).unwrap().contains("Opravený")
    });
    complete(&hub, 6);
    tell.send_replace(heard(&hub, named(&hub, &town, 1)));
    let (summary, asked) = round(&mut sync, &town, 20);
    stands_still(&summary);
    assert_eq!((asked, held(&mut sync) == after), (0, true));
}

#[test]
fn nothing_is_taken_from_a_mirror_but_what_the_hub_has_signed_for() {
    let (town, fake) = (Town::new("lhota", 4), Publisher::start());
    let panel = Panel::of(&[&town]);
    let mut sync = device(&panel);
    let (tell, told) = watch::channel(Mirrors::default());
    sync.take_from(told);
    let good = town.feed().replace("\"url\"", "\"sha256\":\"00\",\"url\"");
    let signed = Digest::of(good.as_bytes());
    let list = vec![Mirror {
        feed: town.web.url("/deska.json"),
        url: fake.url("/mirror/lhota/deska.json"),
        sha256: signed.to_string(),
        admitted: vec!["emptied".into(), "of a later version".into()],
    }];
    tell.send_replace(Mirrors { until: clock::ticks() + std::time::Duration::from_secs(3600), list });
    let empty = "{\"typ\": \"Úřední deska\", \"informace\": []}";
    for (number, answer) in [
        Answer::ok(empty),
        Answer::ok(good.replace("Oznámení", "Falešné oznámení")),
        Answer::status(304),
        Answer::status(404),
        Answer::status(500),
        Answer::redirect(302, "http://169.254.169.254/"),
        Answer::body(Body::Cut { bytes: good.as_bytes()[..100].to_vec(), length: good.len() }),
        Answer::body(Body::Raw(b"SSH-2.0-".to_vec())),
        Answer::gzip_bomb(),
        Answer::body(Body::Silence),
    ]
    .into_iter()
    .enumerate()
    {
        fake.answer("/mirror/lhota/deska.json", move |_| answer.clone());
        let (summary, asked) = round(&mut sync, &town, 10 * number as i64);
        assert_eq!((asked, held(&mut sync).len()), (1, 4), "answer {number}: {summary}");
        assert!(!held(&mut sync).is_empty() && !is_mirrored(&panel), "answer {number}");
    }
    // A document that is not the one is fetched from the office.
    let digest = Digest::of(b"what the hub has");
    let feed = town.feed().replace("\"url\":\"http://", "\"sha256\":\"DIGEST\",\"url\":\"http://");
    let feed = feed.replace("DIGEST", &digest.to_string());
    fake.answer("/mirror/lhota/deska.json", {
        let feed = feed.clone();
        move |_| Answer::ok(feed.clone())
    });
    fake.put(&format!("/mirror/lhota/documents/{digest}"), Page::new("something else"));
    tell.send_modify(|mirrors| mirrors.list[0].sha256 = Digest::of(feed.as_bytes()).to_string());
    let panel = Panel::of(&[&town]);
    let mut other = device(&panel);
    other.take_from(tell.subscribe());
    let (summary, asked) = round(&mut other, &town, 200);
    assert_eq!((asked, summary.documents.fetched, summary.documents.failed), (0, 4, 0), "{summary}");
    let texts: Vec<Digest> =
        (1..=4).map(|number| Digest::of(format!("Text of /soubory/{number}.txt\n").as_bytes())).collect();
    assert!(held(&mut other).iter().all(|(.., documents)| texts.contains(&documents[0].unwrap())));
}

#[test]
fn what_somebody_releases_at_the_hub_passes_the_panels_guard_too() {
    let (mut town, folder) = (Town::new("lhota", 8), Folder::in_memory("mirrored-4"));
    let panel = Panel::of(&[&town]);
    let hub = mirrored(&folder, &town);
    complete(&hub, 8);
    let shared = hub.hub.clone().unwrap();
    let mut sync = device(&panel);
    let (tell, told) = watch::channel(heard(&hub, named(&hub, &town, 1)));
    sync.take_from(told);
    round(&mut sync, &town, 0);
    // Another one asks only after all is over.
    let late = Panel::of(&[&town]);
    let mut later = device(&late);
    later.take_from(tell.subscribe());
    round(&mut later, &town, 0);
    town.edit(|entries| entries.truncate(2));
    // By the office alone it is held back, here as there.
    tell.send_modify(|mirrors| mirrors.list.clear());
    let summary = run(sync.round(at(&march(5, 10))));
    assert_eq!((summary.boards[0].held.len(), held(&mut sync).len()), (1, 8));
    let feed = hub.write(boards::all).remove(0);
    let now = shared.now();
    shared.mirror.hurry("lhota");
    until("the hub's guard", || {
        let mut store = Store::open_beside(&folder.0.join("mirror/lhota")).unwrap();
        store.memory("obec-lhota").unwrap().is_some_and(|memory| memory.contains("mass-loss"))
    });
    hub.write(move |connection| boards::release(connection, &feed, "mass-loss", "6 písemností", "clerk", now));
    shared.mirror.wake();
    complete(&hub, 2);
    until("the word", || named(&hub, &town, 1).first().is_some_and(|mirror| mirror.admitted == ["mass-loss"]));
    tell.send_replace(heard(&hub, named(&hub, &town, 1)));
    for device in [&mut sync, &mut later] {
        let (summary, asked) = round(device, &town, 20);
        assert_eq!((asked, held(device).len(), summary.boards[0].committed.withdrawn), (0, 2, 6), "{summary}");
    }
    // What vanishes from the office's own web is held back as ever.
    town.edit(Vec::clear);
    tell.send_modify(|mirrors| mirrors.list.clear());
    let summary = run(sync.round(at(&march(5, 30))));
    assert_eq!((summary.boards[0].held.len(), held(&mut sync).len()), (1, 2), "{summary}");
    drop(shared);
}

#[test]
fn the_real_sync_hears_of_the_mirror_and_goes_on_when_the_hub_is_killed() {
    let folder = Folder::in_memory("mirrored-5");
    let hub = Server::every(TEN, &folder.0, NOON);
    hub.place("lhota", "Náves", "t");
    let mut street = Street::new(&hub.url(""), "token = \"t\"");
    add(&hub, "lhota", "Obec Lhota", &street.town.web.url("/deska.json")).unwrap();
    until("the mirror", || get(&hub, FEED, &[]).status == 200);
    street.start(NOON);
    let board = || {
        street.panel.run(&["command", "sync-now"]);
        let report = SyncReport::read(&street.panel.config().run).unwrap_or_default();
        report.board("lhota").cloned().unwrap_or_default()
    };
    street.until("a round by way of the mirror", || board().mirrored);
    let asked = street.town.web.count("/deska.json");
    drop(hub);
    street.until("a round without the hub", || {
        let board = board();
        !board.mirrored && board.last_good_at.is_some() && board.last_error.is_none()
    });
    assert!(street.town.web.count("/deska.json") > asked);
    let mut store = Store::open_beside(&street.panel.data()).unwrap();
    assert_eq!(store.posted("lhota").unwrap().len(), 1);
    assert_eq!(store.tombstones("lhota").unwrap(), []);
}
