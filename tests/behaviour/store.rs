//! The store and the files beside it, from outside.

mod evidence;

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use vyveska::clock::{self, Now, Saved};
use vyveska::files::Media;
use vyveska::model::{Digest, Document, Notice, Remark};
use vyveska::pages::{Drawn, PageFault, PageReport, Report, Sheet, Warning, WarningKind};
use vyveska::store::{
    Arrival, Committed, Failed, Fetched, PageSize, PagesDone, Poll, Reader, Round, Status, Store, StoreError, Up,
    Validators, Why,
};

/// A folder of its own for a test, gone afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        Folder::below(&std::env::temp_dir(), name)
    }

    /// In memory where the system has a place for that: for tests that make thousands of commits and ask nothing of
    /// the disk itself.
    pub fn in_memory(name: &str) -> Folder {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Folder::below(memory, name) } else { Folder::new(name) }
    }

    fn below(place: &Path, name: &str) -> Folder {
        let path = place.join(format!("vyveska-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn at(text: &str) -> Now {
    clock::parse(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn notice(number: usize) -> Notice {
    Notice {
        id: format!("https://obec.example/deska/{number}"),
        url: Some(format!("https://obec.example/deska/{number}.html")),
        title: format!("Záměr pronájmu pozemku č. {number}"),
        description: None,
        posted: Some(day("2026-03-01")),
        relevant_until: Some(day("2026-03-16")),
        reference_number: Some(format!("OÚ/{number}/2026")),
        file_number: None,
        issuer: None,
        categories: vec!["záměry".to_owned()],
        documents: vec![Document {
            url: format!("https://obec.example/soubor/{number}.pdf"),
            title: None,
            declared_type: Some("application/pdf".to_owned()),
            digest: None,
        }],
    }
}

pub fn notices(count: usize) -> Vec<Notice> {
    (0..count).map(notice).collect()
}

pub fn poll(at: DateTime<Utc>, code: u16) -> Poll {
    Poll {
        url: "https://obec.example/deska.json".to_owned(),
        status: Status::Code(code),
        digest: None,
        validators: None,
        at,
    }
}

/// A round that does nothing yet: tests fill in what they mean.
pub fn round(now: Now) -> Round<'static> {
    Round {
        board: "obec",
        now,
        poll: poll(now.at, 200),
        add: &[],
        change: &[],
        rename: &[],
        withdraw: &[],
        memory: None,
        released: None,
    }
}

pub fn fetched(digest: Digest, now: Now) -> Fetched {
    Fetched { digest, size: 3, media: Media::Pdf, etag: None, last_modified: None, at: now.at }
}

#[test]
fn a_round_is_there_after_reopening() {
    let folder = Folder::new("reopen");
    let now = at("2026-03-02T10:00:00+01:00");
    let all = notices(3);
    let mut store = Store::open(&folder.0).unwrap();
    let done = store.commit_round(&Round { add: &all, ..round(now) }).unwrap();
    assert_eq!(done, Committed { added: 3, written: true, ..Committed::default() });
    drop(store);

    let mut store = Store::open(&folder.0).unwrap();
    assert_eq!(store.healed(), None);
    assert_eq!(store.known("obec").unwrap(), all);
    assert_eq!(store.known("jiná").unwrap(), []);
    assert_eq!(store.saved_time().unwrap(), Saved { trusted: Some(now.at), seen: None });
    let posted = store.posted("obec").unwrap();
    assert_eq!(posted[1].digest, all[1].digest());
    assert_eq!(posted[1].first_seen, now.at);
    assert_eq!(posted[1].documents.len(), 1);
    assert_eq!(posted[1].documents[0].digest, None);
}

#[test]
fn changes_withdrawals_ends_and_returns() {
    let mut store = Store::in_memory().unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let all = notices(4);
    store.commit_round(&Round { add: &all, ..round(now) }).unwrap();
    let held = Digest::of(b"pdf");
    let url = &all[1].documents[0].url;
    assert_eq!(store.document_fetched("obec", &all[1].id, url, &fetched(held, now)).unwrap(), Arrival::First);

    // Changed: what was fetched stays, and so does the time it was first seen.
    let mut changed = all[1].clone();
    changed.title.push_str(" – oprava");
    changed
        .documents
        .push(Document { url: "https://obec.example/soubor/x.pdf".to_owned(), ..all[1].documents[0].clone() });
    let later = at("2026-03-03T10:00:00+01:00");
    let done = store.commit_round(&Round { change: std::slice::from_ref(&changed), ..round(later) }).unwrap();
    assert_eq!(done, Committed { changed: 1, written: true, ..Committed::default() });
    let posted = store.posted("obec").unwrap();
    assert_eq!(posted[1].notice, changed);
    assert_eq!(posted[1].first_seen, now.at);
    assert_eq!(posted[1].documents.iter().map(|filed| filed.digest).collect::<Vec<_>>(), [Some(held), None]);

    // Withdrawn: a tombstone with its digests, and nothing else.
    let done = store.commit_round(&Round { withdraw: &[all[1].id.clone()], ..round(later) }).unwrap();
    assert_eq!(done, Committed { withdrawn: 1, written: true, ..Committed::default() });
    assert_eq!(store.known("obec").unwrap(), [all[0].clone(), all[2].clone(), all[3].clone()]);
    let stones = store.tombstones("obec").unwrap();
    assert_eq!(stones.len(), 1);
    assert_eq!((stones[0].why, stones[0].digest), (Why::Withdrawn, changed.digest()));
    assert_eq!((stones[0].documents.as_slice(), stones[0].first_seen), (&[held][..], now.at));

    // Back again.
    let done = store.commit_round(&Round { add: &all[1..2], ..round(later) }).unwrap();
    assert_eq!(done, Committed { added: 1, returned: 1, written: true, ..Committed::default() });
    assert_eq!(store.tombstones("obec").unwrap(), []);

    // The last day is still a day on the board, to its end in Prague; the day after, all end by themselves.
    let last = at("2026-03-16T23:59:00+01:00");
    assert_eq!(store.commit_round(&round(last)).unwrap().ended, 0);
    let after = at("2026-03-17T00:00:00+01:00");
    assert_eq!(store.commit_round(&round(after)).unwrap().ended, 4);
    assert_eq!(store.known("obec").unwrap(), []);
    assert_eq!(store.tombstones("obec").unwrap().iter().filter(|stone| stone.why == Why::Ended).count(), 4);
    // And are not taken again.
    let done = store.commit_round(&Round { add: &all, ..round(after) }).unwrap();
    assert_eq!((done.added, store.known("obec").unwrap().len()), (0, 0));
}

/// The report's numbers come from a query; what they mean says the model.
#[test]
fn what_is_up_is_counted_as_the_model_says() {
    let mut store = Store::in_memory().unwrap();
    let days = [None, Some(day("2026-03-01")), Some(day("2026-03-10")), Some(day("2026-03-20"))];
    let mut all = Vec::new();
    for (number, (posted, relevant_until)) in
        days.iter().flat_map(|posted| days.iter().map(move |until| (*posted, *until))).enumerate()
    {
        let mut one = Notice { posted, relevant_until, ..notice(number) };
        let documents = one.documents.clone().into_iter().cycle().take(number % 3).enumerate();
        one.documents = documents.map(|(at, one)| Document { url: format!("{}?{at}", one.url), ..one }).collect();
        all.push(one);
    }
    let begin = at("2026-02-01T10:00:00+01:00");
    store.commit_round(&Round { add: &all, ..round(begin) }).unwrap();
    for notice in all.iter().filter(|notice| notice.documents.len() == 2) {
        let here = fetched(Digest::of(b"pdf"), begin);
        store.document_fetched("obec", &notice.id, &notice.documents[1].url, &here).unwrap();
    }
    for noon in ["2026-02-20", "2026-03-01", "2026-03-10", "2026-03-11", "2026-03-21"] {
        let noon = at(&format!("{noon}T12:00:00+01:00"));
        for now in [noon, Now::untrusted(noon.at, begin.at)] {
            let posted = store.posted("obec").unwrap();
            let up = posted.iter().filter(|one| one.notice.begun(now) && !one.notice.ended(now.certain_day()));
            let missing = |one: &vyveska::store::Posted| {
                one.documents.iter().filter(|filed| filed.digest.is_none()).count() as u64
            };
            let (notices, documents_missing) = (up.clone().count() as u64, up.map(missing).sum());
            let expected = Up { notices, documents_missing, documents_broken: 0 };
            assert_eq!(store.count_up("obec", now).unwrap(), expected, "{now:?}");
            assert_eq!(store.count_up("jiná", now).unwrap(), Up::default());
        }
    }
}

#[test]
fn a_clock_that_may_be_wrong_ends_only_what_had_ended() {
    let mut store = Store::in_memory().unwrap();
    let all = notices(1);
    store.commit_round(&Round { add: &all, ..round(at("2026-03-02T10:00:00+01:00")) }).unwrap();
    let certain = at("2026-03-10T10:00:00+01:00").at;
    let wild = Now::untrusted(at("2031-01-01T00:00:00+01:00").at, certain);
    assert_eq!(store.commit_round(&round(wild)).unwrap().ended, 0);
    assert_eq!(store.purge(wild).unwrap().ended, 0);
    assert_eq!(store.known("obec").unwrap(), all);
    assert_ne!(store.saved_time().unwrap().trusted, Some(wild.at));
}

#[test]
fn another_identity_keeps_what_was_fetched() {
    let mut store = Store::in_memory().unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let old = notice(1);
    store.commit_round(&Round { add: std::slice::from_ref(&old), ..round(now) }).unwrap();
    let held = Digest::of(b"pdf");
    store.document_fetched("obec", &old.id, &old.documents[0].url, &fetched(held, now)).unwrap();
    let mut new = old.clone();
    new.id = "https://nova.example/1".to_owned();
    new.documents[0].url = "https://nova.example/1.pdf".to_owned();
    let later = at("2026-03-03T10:00:00+01:00");
    let done = store.commit_round(&Round { rename: &[(old.id.clone(), new.clone())], ..round(later) }).unwrap();
    assert_eq!(done, Committed { renamed: 1, written: true, ..Committed::default() });
    let posted = store.posted("obec").unwrap();
    assert_eq!((posted.len(), posted[0].notice.id.as_str()), (1, "https://nova.example/1"));
    assert_eq!((posted[0].first_seen, posted[0].documents[0].digest), (now.at, Some(held)));
    assert_eq!(store.tombstones("obec").unwrap(), []);
    // The new address is asked all the same.
    assert_eq!(store.documents_wanted(later, 10).unwrap()[0].url, "https://nova.example/1.pdf");
}

#[test]
fn documents_are_wanted_until_they_are_here_and_again_after_six_hours() {
    let mut store = Store::in_memory().unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let mut all = notices(3);
    let other = Document { url: "https://obec.example/prvni.pdf".to_owned(), ..all[0].documents[0].clone() };
    all[2].documents.insert(0, other);
    all[2].posted = Some(day("2026-03-02"));
    store.commit_round(&Round { add: &all, ..round(now) }).unwrap();
    let urls = |store: &mut Store, now: Now| -> Vec<String> {
        store.documents_wanted(now, 100).unwrap().into_iter().map(|wanted| wanted.url).collect()
    };
    let first = urls(&mut store, now);
    assert_eq!(first.len(), 4);
    // The newest notice first, second documents last.
    assert_eq!(
        (first[0].as_str(), first[3].as_str()),
        ("https://obec.example/prvni.pdf", "https://obec.example/soubor/2.pdf")
    );

    let one = fetched(Digest::of(b"1"), now);
    store.document_fetched("obec", &all[0].id, &all[0].documents[0].url, &one).unwrap();
    let failed = Failed { reason: "the address answered 404".to_owned(), at: now.at };
    store.document_failed("obec", &all[1].id, &all[1].documents[0].url, &failed).unwrap();
    assert_eq!(urls(&mut store, now).len(), 2);
    assert_eq!(store.posted("obec").unwrap()[1].documents[0].failed.as_deref(), Some("the address answered 404"));
    let minutes = |minutes| Now::trusted(now.at + TimeDelta::minutes(minutes));
    assert_eq!(urls(&mut store, minutes(4)).len(), 2);
    assert_eq!(urls(&mut store, minutes(5)).len(), 3, "a failure is tried again");
    assert_eq!(urls(&mut store, minutes(6 * 60)).len(), 4, "what is here is asked for again");

    // Not changed: quiet for six hours more. Other bytes under the same address: said so.
    store.document_unchanged("obec", &all[0].id, &all[0].documents[0].url, minutes(6 * 60).at);
    assert_eq!(urls(&mut store, minutes(6 * 60)).len(), 3);
    let other = fetched(Digest::of(b"2"), minutes(12 * 60));
    let arrival = store.document_fetched("obec", &all[0].id, &all[0].documents[0].url, &other).unwrap();
    assert_eq!(arrival, Arrival::Changed { from: one.digest });
    let gone = store.document_fetched("obec", "nobody", "https://obec.example/", &other).unwrap();
    assert_eq!(gone, Arrival::Unwanted);
}

#[test]
fn a_document_whose_digest_is_published_is_not_asked_for_twice() {
    let mut store = Store::in_memory().unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let mut all = notices(2);
    let digest = Digest::of(b"annex");
    all.iter_mut().for_each(|notice| notice.documents[0].digest = Some(digest));
    store.commit_round(&Round { add: &all[..1], ..round(now) }).unwrap();
    assert_eq!(store.documents_wanted(now, 10).unwrap().len(), 1);
    store.document_fetched("obec", &all[0].id, &all[0].documents[0].url, &fetched(digest, now)).unwrap();
    store.commit_round(&Round { add: &all[1..], ..round(now) }).unwrap();
    assert_eq!(store.documents_wanted(Now::trusted(now.at + TimeDelta::days(2)), 10).unwrap(), []);
}

#[test]
fn pages_are_wanted_first_pages_first() {
    let mut store = Store::in_memory().unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let mut one = notice(1);
    one.documents.push(Document { url: "https://obec.example/2.pdf".to_owned(), ..one.documents[0].clone() });
    store.commit_round(&Round { add: std::slice::from_ref(&one), ..round(now) }).unwrap();
    let (first, second) = (Digest::of(b"1"), Digest::of(b"2"));
    store.document_fetched("obec", &one.id, &one.documents[1].url, &fetched(second, now)).unwrap();
    store.document_fetched("obec", &one.id, &one.documents[0].url, &fetched(first, now)).unwrap();
    let wanted = |store: &mut Store, width| -> Vec<(Digest, u32)> {
        store.pages_wanted(width).unwrap().into_iter().map(|wanted| (wanted.digest, wanted.done)).collect()
    };
    assert_eq!(wanted(&mut store, 1080), [(first, 0), (second, 0)]);
    let size = |height| PageSize { width: 1080, height, ..PageSize::default() };
    let report = Some("{\"v\":1}".to_owned());
    let pages = vec![(1, PageSize { turned: 3, ..size(1527) })];
    let part = PagesDone { width: 1080, page_count: Some(3), pages, report: report.clone(), ..PagesDone::default() };
    store.pages_done(&first, &part).unwrap();
    assert_eq!(wanted(&mut store, 1080), [(second, 0), (first, 1)]);
    let failed = Some("page 2: no".to_owned());
    let pages = vec![(3, PageSize { blank: true, ..size(700) })];
    let rest = PagesDone { pages, complete: true, failed, report: None, ..part };
    store.pages_done(&first, &rest).unwrap();
    assert_eq!(wanted(&mut store, 1080), [(second, 0)]);
    let filed = &store.posted("obec").unwrap()[0].documents[0];
    let (turned, blank) = (PageSize { turned: 3, ..size(1527) }, PageSize { blank: true, ..size(700) });
    assert_eq!(filed.pages, [turned, PageSize::default(), blank]);
    assert_eq!(store.report(&first).unwrap(), report, "what was not said again stays");
    assert_eq!((filed.page_count, filed.failed.as_deref()), (Some(3), Some("page 2: no")));
    // A panel of another width begins anew; a document that was lost is neither here nor rendered.
    assert_eq!(wanted(&mut store, 800).len(), 2);
    store.document_lost(&first).unwrap();
    assert_eq!(wanted(&mut store, 1080), [(second, 0)]);
    assert_eq!(store.posted("obec").unwrap()[0].documents[0].digest, None);
}

/// A reader is told the gravest of what is missing on the glass, and nothing of what only the clerk should know.
#[test]
fn of_a_report_the_reader_is_told_what_is_missing() {
    let mut store = Store::in_memory().unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let one = notice(1);
    store.commit_round(&Round { add: std::slice::from_ref(&one), ..round(now) }).unwrap();
    let digest = Digest::of(b"1");
    store.document_fetched("obec", &one.id, &one.documents[0].url, &fetched(digest, now)).unwrap();
    let mut told = |warnings: &[WarningKind], drawn: Result<Drawn, PageFault>| {
        let warnings = warnings.iter().map(|kind| Warning { page: Some(1), kind: *kind }).collect();
        let report = Report { page_count: 1, pages: vec![PageReport { number: 1, drawn }], warnings, attached: vec![] };
        let report = Some(report.to_json().to_string());
        store.pages_done(&digest, &PagesDone { width: 1080, report, ..PagesDone::default() }).unwrap();
        store.posted("obec").unwrap()[0].documents[0].remark
    };
    let sound = || Ok(Drawn { width: 1080, height: 1527, text: true, sheet: Sheet::default() });
    let clerks = [
        WarningKind::TextCovered(9),
        WarningKind::TextInvisible(3),
        WarningKind::NoReadableText,
        WarningKind::DrawnSmaller,
        WarningKind::Encrypted,
    ];
    assert_eq!(told(&clerks, sound()), None);
    assert_eq!(told(&[WarningKind::FontNotUsable], sound()), Some(Remark::LettersMissing));
    assert_eq!(
        told(&[WarningKind::LettersMissing(2), WarningKind::FieldsNotDrawn(1)], sound()),
        Some(Remark::MarksMissing)
    );
    assert_eq!(
        told(&[WarningKind::AnnotationsNotDrawn(1), WarningKind::PictureNotDrawn], sound()),
        Some(Remark::PictureMissing)
    );
    assert_eq!(told(&[WarningKind::PagesLeftOut(500)], sound()), Some(Remark::OnlyFirst(500)));
    assert_eq!(told(&[WarningKind::PagesLeftOut(500)], Err(PageFault::Memory)), Some(Remark::PagesMissing));
    assert_eq!(told(&[WarningKind::DynamicForm], Err(PageFault::Memory)), Some(Remark::Form));
}

#[test]
fn polls_that_say_the_same_are_one_run() {
    let folder = Folder::new("polls");
    let mut store = Store::open(&folder.0).unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let after = |minutes| Now::trusted(now.at + TimeDelta::minutes(minutes));
    store.commit_round(&round(now)).unwrap();
    for minutes in [10, 20, 30] {
        let quiet = Round { poll: poll(after(minutes).at, 304), ..round(after(minutes)) };
        assert!(!store.commit_round(&quiet).unwrap().written);
    }
    let failed = Poll { status: Status::Failed("no route to the office".to_owned()), ..poll(after(40).at, 0) };
    store.note_poll("obec", &failed).unwrap();
    let runs = store.polls("obec").unwrap();
    assert_eq!(runs.iter().map(|run| run.count).collect::<Vec<_>>(), [1, 3, 1]);
    assert_eq!((runs[1].first_at, runs[1].last_at), (after(10).at, after(30).at));
    // Once an hour they reach the disk.
    let hourly = Round { poll: poll(after(61).at, 304), ..round(after(61)) };
    assert!(store.commit_round(&hourly).unwrap().written);
    let before = store.polls("obec").unwrap();
    drop(store);
    assert_eq!(Store::open(&folder.0).unwrap().polls("obec").unwrap(), before);
    assert_eq!(before.len(), 4);
}

#[test]
fn validators_belong_to_an_address_and_a_whole_feed() {
    let mut store = Store::in_memory().unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    let with =
        Validators { etag: Some("\"1\"".to_owned()), digest: Some(Digest::of(b"feed")), ..Validators::default() };
    let taken = Poll { validators: Some(with.clone()), ..poll(now.at, 200) };
    store.commit_round(&Round { poll: taken.clone(), ..round(now) }).unwrap();
    assert_eq!(store.validators("obec", &taken.url).unwrap(), Some(with.clone()));
    assert_eq!(store.validators("obec", "https://jinde.example/").unwrap(), None);
    store.commit_round(&round(now)).unwrap();
    assert_eq!(store.validators("obec", &taken.url).unwrap(), Some(with));
}

#[test]
fn releases_and_memory_wait_for_their_round() {
    let folder = Folder::new("release");
    let mut store = Store::open(&folder.0).unwrap();
    let now = at("2026-03-02T10:00:00+01:00");
    // By hand, from another process.
    Store::open(&folder.0).unwrap().release("obec", Some("Emptied"), now).unwrap();
    let releases = store.releases("obec").unwrap();
    assert_eq!(releases.iter().map(|release| release.what.as_deref()).collect::<Vec<_>>(), [Some("Emptied")]);
    let number = releases[0].number;
    store.commit_round(&Round { memory: Some("{}"), released: Some(number), ..round(now) }).unwrap();
    assert_eq!(store.releases("obec").unwrap(), []);
    assert_eq!(store.memory("obec").unwrap().as_deref(), Some("{}"));
    assert!(!store.commit_round(&Round { memory: Some("{}"), ..round(now) }).unwrap().written);
}

#[test]
fn the_reader_sees_commits_and_a_rebuilt_store() {
    let folder = Folder::new("reader");
    assert!(matches!(Reader::open(&folder.0), Err(StoreError::Absent(_))));
    let mut store = Store::open(&folder.0).unwrap();
    let mut reader = Reader::open(&folder.0).unwrap();
    let before = reader.version().unwrap();
    assert_eq!(reader.version().unwrap(), before);
    let now = at("2026-03-02T10:00:00+01:00");
    store.commit_round(&Round { add: &notices(2), ..round(now) }).unwrap();
    let after = reader.version().unwrap();
    assert_ne!(after, before);
    assert_eq!(reader.posted("obec").unwrap(), store.posted("obec").unwrap());
    assert!(!reader.filled("obec").unwrap());
    drop(store);

    destroy(&folder.0.join("board-1.db"));
    let mut store = Store::open(&folder.0).unwrap();
    assert!(store.healed().is_some());
    assert_ne!(reader.version().unwrap(), after);
}

/// Overwrites the beginning of a database, with everything in its log moved into it before.
pub fn destroy(path: &Path) {
    empty_log(path);
    let mut bytes = std::fs::read(path).unwrap();
    bytes.iter_mut().take(4096).for_each(|byte| *byte = 0x5a);
    std::fs::write(path, bytes).unwrap();
}

pub fn empty_log(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
}
