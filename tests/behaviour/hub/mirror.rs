//! The mirror, from outside: an office's web on the loopback, a hub, and whoever takes from it.

use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use serde_json::Value;
use vyveska::clock;
use vyveska::feed;
use vyveska::hub::mirror::boards::{self, Draft, Wrong};
use vyveska::hub::mirror::norm::{self, Head};
use vyveska::model::{Digest, Notice, Snapshot};
use vyveska::store::{Filed, Posted};

use super::server::Server;
use crate::behaviour::publisher::{Answer, Body, Page};
use crate::behaviour::skip::skipped;
use crate::behaviour::store::Folder;
use crate::behaviour::town::{Entry, Town};

pub const NOON: &str = "2026-03-05T11:00:00Z";

/// What came, as bytes.
pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

pub fn get(hub: &Server, path: &str, headers: &[(&str, &str)]) -> Got {
    rustls::crypto::ring::default_provider().install_default().ok();
    hub.run(async {
        let client = reqwest::Client::new();
        let request =
            headers.iter().fold(client.get(hub.url(path)), |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Got { status, headers, bytes: answer.bytes().await.unwrap().to_vec() }
    })
}

/// Waits until it is so. The mirror works in a thread of its own.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let started = clock::ticks();
    while !so() {
        assert!(clock::ticks() - started < Duration::from_secs(60), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A hub that mirrors a town under the office `lhota`.
pub fn mirrored(folder: &Folder, town: &Town) -> Server {
    let hub = Server::start(&folder.0, NOON);
    hub.place("lhota", "Náves", "t");
    add(&hub, "lhota", "Obec Lhota", &town.web.url("/deska.json")).unwrap();
    hub
}

pub fn add(hub: &Server, office: &'static str, name: &str, address: &str) -> Result<String, Wrong> {
    let draft = Draft { name: name.into(), address: address.into(), ..Draft::default() };
    let now = hub.hub.as_ref().unwrap().now();
    let added = hub.write(move |connection| boards::save(connection, office, None, &draft, true, "test", now));
    hub.hub.as_ref().unwrap().mirror.wake();
    added
}

pub const FEED: &str = "/mirror/lhota/obec-lhota.json";

fn titles(got: &Got) -> Vec<String> {
    let list = got.json()["informace"].as_array().unwrap().clone();
    list.iter().map(|item| item["název"]["cs"].as_str().unwrap().to_owned()).collect()
}

/// Waits until the feed is there with so many notices, and each of their documents.
pub fn complete(hub: &Server, count: usize) -> Got {
    let mut last = None;
    until("the feed with its documents", || {
        let got = get(hub, FEED, &[]);
        let is_there = got.status == 200 && {
            let list = got.json()["informace"].as_array().unwrap().clone();
            let documents = list.iter().flat_map(|item| item["dokument"].as_array().unwrap().clone());
            list.len() == count && documents.into_iter().all(|document| document["sha256"].is_string())
        };
        last = Some(got);
        is_there
    });
    last.unwrap()
}

fn read(bytes: &[u8], base: &str) -> Snapshot {
    feed::read(bytes, base, "2026-03-05".parse().unwrap()).unwrap()
}

#[test]
fn an_office_is_read_once_and_given_out_with_its_documents() {
    let (town, folder) = (Town::new("lhota", 5), Folder::in_memory("mirror-1"));
    let hub = mirrored(&folder, &town);
    let feed = complete(&hub, 5);
    assert_eq!(feed.header("content-type"), "application/ld+json; charset=utf-8");
    assert_eq!(feed.header("cache-control"), "public, no-cache");
    // Asked once, however many panels come.
    assert_eq!(town.web.count("/deska.json"), 1);
    let etag = feed.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", Digest::of(&feed.bytes)));
    for known in [etag.as_str(), "W/\"x\", *", &format!("\"x\", {etag}")] {
        let same = get(&hub, FEED, &[("if-none-match", known)]);
        assert_eq!((same.status, same.bytes.len(), same.header("etag")), (304, 0, etag.as_str()), "{known}");
    }
    assert_eq!(get(&hub, FEED, &[("if-none-match", "\"x\"")]).status, 200);

    // A notice read here is the one that the office gives, to the letter, but for the digests.
    let office = read(town.feed().as_bytes(), &town.web.url("/deska.json"));
    let mut here = read(&feed.bytes, &hub.url(FEED));
    assert!(here.notices.iter().flat_map(|notice| &notice.documents).all(|document| document.digest.is_some()));
    here.notices.iter_mut().flat_map(|notice| &mut notice.documents).for_each(|document| document.digest = None);
    here.notices.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!((here.notices, here.iri, here.ico), (office.notices, office.iri, office.ico));

    // Documents by their digest, for ever, in pieces, and never as a page.
    let document = &feed.json()["informace"][0]["dokument"][0];
    let digest = document["sha256"].as_str().unwrap();
    let path = format!("/mirror/lhota/documents/{digest}");
    let whole = get(&hub, &path, &[]);
    assert_eq!(Digest::of(&whole.bytes).to_string(), digest);
    assert_eq!(document["velikost"].as_u64(), Some(whole.bytes.len() as u64));
    assert!(whole.header("cache-control").ends_with("immutable"));
    assert_eq!(whole.header("content-type"), "application/octet-stream");
    assert_eq!(
        (whole.header("x-content-type-options"), whole.header("content-disposition")),
        ("nosniff", "attachment")
    );
    assert!(whole.header("content-security-policy").ends_with("sandbox"));
    let etag = whole.header("etag").to_owned();
    assert_eq!(get(&hub, &path, &[("if-none-match", &etag)]).status, 304);
    let size = whole.bytes.len();
    for (range, start, end) in
        [("bytes=3-7", 3, 8), ("bytes=5-", 5, size), ("bytes=-4", size - 4, size), ("bytes=2-999999", 2, size)]
    {
        let piece = get(&hub, &path, &[("range", range), ("if-range", &etag)]);
        assert_eq!((piece.status, &piece.bytes[..]), (206, &whole.bytes[start..end]), "{range}");
        assert_eq!(piece.header("content-range"), format!("bytes {start}-{}/{size}", end - 1));
    }
    assert_eq!(get(&hub, &path, &[("range", "bytes=3-7"), ("if-range", "\"other\"")]).bytes, whole.bytes);
    assert_eq!(get(&hub, &path, &[("range", "bytes=9-3")]).bytes, whole.bytes);
    let beyond = get(&hub, &path, &[("range", "bytes=999999-")]);
    assert_eq!(
        (beyond.status, beyond.header(header::CONTENT_RANGE.as_str())),
        (416, format!("bytes */{size}").as_str())
    );

    // Nothing else can be had.
    for path in [
        "/mirror/lhota/other.json".to_owned(),
        "/mirror/hora/obec-lhota.json".into(),
        "/mirror/lhota/board-1.db".into(),
        format!("/mirror/lhota/documents/{}", Digest::of(b"nobody's")),
        format!("/mirror/..%2F..%2Fpublic%2Flhota/documents/{digest}"),
        "/mirror/lhota/documents/..%2Fobec-lhota.json".into(),
        "/mirror/lhota/".into(),
    ] {
        assert_eq!(get(&hub, &path, &[]).status, 404, "{path}");
    }

    // The folder is the same to the letter, for a web server that serves it as it is.
    let public = folder.0.join("public/lhota");
    assert_eq!(std::fs::read(public.join("obec-lhota.json")).unwrap(), feed.bytes);
    assert_eq!(std::fs::read(public.join("documents").join(digest)).unwrap(), whole.bytes);
    assert_eq!(std::fs::read_dir(public.join("documents")).unwrap().count(), 5);
}

#[test]
fn what_the_guard_holds_back_stays_until_somebody_releases_it() {
    let (mut town, folder) = (Town::new("lhota", 8), Folder::in_memory("mirror-2"));
    let hub = mirrored(&folder, &town);
    complete(&hub, 8);
    let shared = hub.hub.clone().unwrap();
    // Six of eight vanish, and one is new.
    town.edit(|entries| {
        entries.truncate(2);
        entries.push(Entry { title: "Nové oznámení".into(), ..Entry::numbered(30) });
    });
    shared.mirror.hurry("lhota");
    until("the new notice", || titles(&get(&hub, FEED, &[])).len() == 9);
    let feed = boards_of(&hub).remove(0);
    let now = shared.now();
    hub.write(move |connection| boards::release(connection, &feed, "mass-loss", "zmizelo 6 písemností", "clerk", now));
    shared.mirror.wake();
    until("the release", || titles(&get(&hub, FEED, &[])).len() == 3);
    until("panels can hear of it", || {
        shared.mirror.shelf.feed("lhota", "obec-lhota").unwrap().admitted == ["mass-loss"]
    });
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM feed_release"), 0);
    drop(shared);
}

fn boards_of(hub: &Server) -> Vec<boards::Feed> {
    hub.write(boards::all)
}

#[test]
fn garbage_and_silence_leave_what_was_there() {
    let (town, folder) = (Town::new("lhota", 5), Folder::in_memory("mirror-3"));
    let hub = mirrored(&folder, &town);
    let before = complete(&hub, 5).bytes;
    let shared = hub.hub.clone().unwrap();
    let html = "<!DOCTYPE html><html><body>Omlouváme se</body></html>";
    let bad: Vec<Answer> = vec![
        Answer::ok(html),
        Answer::ok("{\"informace\": []}"),
        Answer::ok(vec![0xff; 3000]),
        Answer::status(500),
        Answer::gzip_bomb(),
        Answer::body(Body::Cut { bytes: b"{\"typ\": ".to_vec(), length: 90_000 }),
        Answer::body(Body::Raw(b"\0\0\0".to_vec())),
        Answer::ok("[".repeat(100_000)),
        Answer::redirect(302, "file:///etc/passwd"),
    ];
    for (number, answer) in bad.into_iter().enumerate() {
        let asked = town.web.count("/deska.json");
        town.web.once("/deska.json", answer);
        shared.mirror.hurry("lhota");
        until(&format!("answer {number}"), || town.web.count("/deska.json") > asked);
    }
    let asked = town.web.count("/deska.json");
    shared.mirror.hurry("lhota");
    until("a good answer", || town.web.count("/deska.json") > asked);
    assert_eq!(get(&hub, FEED, &[]).bytes, before);
    drop(shared);
}

#[test]
fn a_hub_that_was_killed_gives_out_at_once_what_it_had() {
    let (town, folder) = (Town::new("lhota", 5), Folder::in_memory("mirror-4"));
    let before = {
        let hub = mirrored(&folder, &town);
        complete(&hub, 5).bytes
    };
    // The office is away, and the folder lies there as it was left.
    let torn = folder.0.join("public/lhota/obec-lhota.json.77.tmp");
    std::fs::write(&torn, "half a feed").unwrap();
    town.web.put("/deska.json", Page::bare("nothing"));
    let hub = Server::start(&folder.0, "2026-03-05T15:00:00Z");
    until("the feed", || get(&hub, FEED, &[]).status == 200);
    assert_eq!(get(&hub, FEED, &[]).bytes, before);
    until("what was torn is gone", || !torn.exists());
}

#[test]
fn a_board_that_is_mirrored_no_longer_leaves_nothing_behind() {
    let (town, folder) = (Town::new("lhota", 5), Folder::in_memory("mirror-5"));
    let hub = mirrored(&folder, &town);
    add(&hub, "lhota", "Městys", &town.web.url("/deska.json?2")).unwrap();
    complete(&hub, 5);
    let remove = |board: &'static str| {
        let shared = hub.hub.as_ref().unwrap();
        let now = shared.now();
        hub.write(move |connection| boards::remove(connection, "lhota", board, "test", now)).unwrap();
        shared.mirror.wake();
    };
    remove("mestys");
    remove("obec-lhota");
    until("all is gone", || !folder.0.join("mirror/lhota").exists() && !folder.0.join("public/lhota").exists());
    assert_eq!(get(&hub, FEED, &[]).status, 404);
}

#[test]
fn an_address_that_may_not_be_asked_is_no_feed() {
    let folder = Folder::in_memory("mirror-6");
    let hub = Server::start(&folder.0, NOON);
    hub.place("lhota", "Náves", "t");
    let now = hub.hub.as_ref().unwrap().now();
    let save = |address: &str| {
        let draft = Draft { name: "Obec Lhota".into(), address: address.into(), ..Draft::default() };
        hub.write(move |connection| boards::save(connection, "lhota", None, &draft, false, "test", now))
    };
    for address in [
        "http://www.lhota.example/deska.json",
        "https://localhost/deska.json",
        "https://hub.local/deska.json",
        "https://127.0.0.1/deska.json",
        "https://2130706433/deska.json",
        "https://0x7f.1/deska.json",
        "https://10.1.2.3/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://user:password@www.lhota.example/",
        "file:///etc/passwd",
        "ftp://www.lhota.example/",
        "deska.json",
        "",
    ] {
        assert_eq!(save(address), Err(Wrong::Address), "{address}");
    }
    assert_eq!(save("https://www.lhota.example/deska.json"), Ok("obec-lhota".into()));
    assert_eq!(save("https://www.lhota.example/deska.json"), Err(Wrong::Taken));
    assert_eq!(save("https://www.lhota.example/jina.json"), Ok("obec-lhota-2".into()));
}

/// What a real office wrote comes back as it was, whichever way it goes.
#[test]
fn real_boards_are_the_same_after_the_mirror() {
    let Some(folder) = std::env::var_os("VYVESKA_SAMPLES") else {
        return skipped("mirroring real feeds", "VYVESKA_SAMPLES is not set (the folder that holds ofn/)");
    };
    let (mut feeds, mut notices) = (0, 0);
    let folders = std::fs::read_dir(std::path::Path::new(&folder).join("ofn")).unwrap().flatten();
    for entry in folders.flat_map(|folder| std::fs::read_dir(folder.path())).flatten().flatten() {
        let day = "2022-06-12".parse().unwrap();
        let Ok(Ok(before)) =
            std::fs::read(entry.path()).map(|bytes| feed::read(&bytes, "https://www.obec.example/", day))
        else {
            continue;
        };
        let board = boards::Feed {
            office: "obec".into(),
            board: "obec".into(),
            name: "Obec".into(),
            address: "https://www.obec.example/deska.json".into(),
            web: None,
            ico: None,
        };
        let posted: Vec<Posted> = before.notices.iter().map(|notice| as_posted(notice.clone())).collect();
        let board = board.board();
        let head = Head { board: &board, iri: before.iri.as_deref(), operator: before.ico.as_deref() };
        let bytes = norm::write(head, &posted, chrono::NaiveDate::MIN, |_| true);
        let after = feed::read(&bytes, "https://desky.example/mirror/obec/obec.json", day).unwrap();
        for (before, after) in before.notices.iter().zip(&after.notices) {
            assert_eq!(before, after, "{}", entry.path().display());
        }
        assert_eq!((before.notices.len(), before.iri, before.ico), (after.notices.len(), after.iri, after.ico));
        (feeds, notices) = (feeds + 1, notices + before.notices.len());
    }
    assert!(feeds > 5 && notices > 300, "{feeds} feeds, {notices} notices");
}

fn as_posted(notice: Notice) -> Posted {
    let documents = notice.documents.iter().map(|_| Filed::default()).collect();
    Posted { board: "obec".into(), digest: notice.digest(), first_seen: Default::default(), notice, documents }
}
