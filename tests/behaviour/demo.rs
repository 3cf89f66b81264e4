//! The demo's boards: what they promise a newcomer, what their publisher answers, and that `feed` reads them.
#![cfg(feature = "hub")]

#[path = "../../src/bin/vyveska/demo/documents.rs"]
mod documents;
#[path = "../../src/bin/vyveska/demo/ofn.rs"]
mod ofn;
#[path = "../../src/bin/vyveska/demo/publisher.rs"]
mod publisher;
#[path = "../../src/bin/vyveska/demo/village.rs"]
mod village;

use std::collections::BTreeSet;
use std::fs;
#[cfg(feature = "panel")]
use std::io::{BufRead as _, BufReader};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use chrono::NaiveDate;
use rustix::process::{Pid, Signal, kill_process};
use vyveska::clock::{self, Clock};
use vyveska::config::contrast_with_white;
use vyveska::feed;
use vyveska::model::{Severity, Snapshot};
use vyveska::pages::{Limits, PageChild, PageRange, Want};

#[cfg(feature = "panel")]
use super::hub::Browser;
use documents::DOCUMENTS;
use publisher::Publisher;
use village::{Entry, dated, day, villages};

const NOW: &str = "2026-11-23T10:00:00+01:00";

fn today() -> NaiveDate {
    clock().now().today()
}

fn clock() -> Clock {
    Clock::set(clock::parse(NOW).expect("a time"))
}

fn every_notice() -> Vec<Entry> {
    villages().into_iter().flat_map(|village| village.notices).collect()
}

#[test]
fn a_union_of_three_villages_has_sixty_notices_of_every_kind() {
    let notices = every_notice();
    let up = notices.iter().filter(|notice| notice.posted <= 0 && notice.until >= 0).count();
    assert!(up >= 60, "{up} notices are up");
    for (what, there) in [
        ("posted today", notices.iter().any(|notice| notice.posted == 0)),
        ("ending today", notices.iter().any(|notice| notice.until == 0)),
        ("not yet begun", notices.iter().any(|notice| notice.posted > 0)),
        ("ended yesterday", notices.iter().any(|notice| notice.until == -1)),
        ("title of 227 characters", notices.iter().any(|notice| notice.title.chars().count() == 227)),
        ("no document", notices.iter().any(|notice| notice.documents.is_empty())),
        ("three documents", notices.iter().any(|notice| notice.documents.len() == 3)),
    ] {
        assert!(there, "no notice: {what}");
    }
    let categories: BTreeSet<&str> = notices.iter().flat_map(|notice| &notice.categories).map(String::as_str).collect();
    for kind in ["Rozpočty", "Územní plánování", "Dražby", "Veřejné vyhlášky", "Majetek obce", "Veřejné zakázky"]
    {
        assert!(categories.contains(kind), "no notice under {kind}");
    }
    for kind in ["Zastupitelstvo", "Vyhlášky a nařízení", "Volby"] {
        assert!(categories.contains(kind), "no notice under {kind}");
    }
}

#[test]
fn the_program_carries_every_document_and_each_is_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/documents");
    let files = fs::read_dir(folder).expect("the folder of documents");
    let lying: BTreeSet<String> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("a name")).collect();
    let carried: Vec<&str> = DOCUMENTS.iter().map(|document| document.name).collect();
    assert!(carried.is_sorted(), "documents are found by binary search");
    assert_eq!(carried, lying.iter().map(String::as_str).collect::<Vec<_>>());
    let used: BTreeSet<String> =
        every_notice().into_iter().flat_map(|notice| notice.documents).map(|document| document.file).collect();
    assert_eq!(used, lying);
    let size: usize = DOCUMENTS.iter().map(|document| document.bytes.len()).sum();
    assert!(size <= 8_000_000, "the documents take {size} bytes");
    assert!(DOCUMENTS.iter().any(|document| document.bytes.len() > 2_000_000), "a scan of two megabytes");
}

#[test]
fn a_short_word_never_ends_a_line() {
    for notice in every_notice() {
        let title = dated(&notice.title, today());
        for letter in ["k", "s", "v", "z", "o", "u", "a", "i", "č."] {
            assert!(!title.contains(&format!(" {letter} ")), "a no-break space is missing after „{letter}“ in {title}");
        }
    }
}

#[test]
fn identification_numbers_have_their_check_digit() {
    for village in villages() {
        let digits: Vec<u32> = village.board.ico.chars().map(|digit| digit.to_digit(10).expect("a digit")).collect();
        let sum: u32 = digits[..7].iter().zip((2..=8).rev()).map(|(digit, weight)| digit * weight).sum();
        assert_eq!(digits[7], (11 - sum % 11) % 10, "IČO of {}", village.board.name);
    }
}

#[test]
fn each_village_has_a_colour_that_bears_white_letters_and_a_telephone() {
    for village in villages() {
        let colour = u32::from_str_radix(village.board.colour.trim_start_matches('#'), 16).expect("a colour");
        assert!(contrast_with_white(colour) >= 4.5, "{} of {}", village.board.colour, village.board.name);
        assert!(village.board.phone.starts_with("+420 "), "{}", village.board.phone);
    }
}

#[test]
fn dates_are_written_as_people_write_them() {
    assert_eq!(dated("od {+7d} do {+25}", today()), "od 30.\u{a0}11. do 18.\u{a0}12.\u{a0}2026");
    assert_eq!(day(today(), -23), NaiveDate::from_ymd_opt(2026, 10, 31).expect("a day"));
}

/// One request, its connection closed after it: head and body of the answer.
fn ask(url: &str, headers: &str) -> Option<(String, Vec<u8>)> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&answer[..end]).to_lowercase(), answer[end + 4..].to_vec()))
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim_start_matches(':').trim()
}

#[test]
fn the_publisher_answers_like_a_good_office_until_it_is_cut_off() {
    let mut publisher = Publisher::start(clock()).expect("a free port");
    let feed = publisher.feed("zalesi");
    let (head, body) = ask(&feed, "").expect("an answer");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(header(&head, "content-type").starts_with("application/ld+json"), "{head}");
    let json: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(json["provozovatel"]["ičo"], "99901030");

    let (tag, modified) = (header(&head, "etag"), header(&head, "last-modified"));
    for condition in
        [format!("If-None-Match: {tag}\r\n"), "If-Modified-Since: Mon, 23 Nov 2026 00:00:00 GMT\r\n".into()]
    {
        let (again, nothing) = ask(&feed, &condition).expect("an answer");
        assert!(again.starts_with("http/1.1 304") && nothing.is_empty(), "{condition} ({modified}): {again}");
    }

    let scan = feed.replace("uredni-deska.jsonld", "dokumenty/dl-prezkum.pdf");
    let (_, whole) = ask(&scan, "").expect("an answer");
    let (head, rest) = ask(&scan, "Range: bytes=2000000-\r\n").expect("an answer");
    assert!(head.starts_with("http/1.1 206"), "{head}");
    assert_eq!(header(&head, "content-range"), format!("bytes 2000000-{}/{}", whole.len() - 1, whole.len()));
    assert_eq!(rest, whole[2_000_000..]);
    let (head, other) = ask(&scan, "Range: bytes=5-9\r\nIf-Range: \"another\"\r\n").expect("an answer");
    assert!(head.starts_with("http/1.1 200") && other == whole, "a range of another version is the whole: {head}");
    let (head, _) = ask(&scan, "Range: bytes=99000000-\r\n").expect("an answer");
    assert!(head.starts_with("http/1.1 416"), "{head}");
    let (head, _) = ask(&scan.replace("dl-prezkum", "../../Cargo"), "").expect("an answer");
    assert!(head.starts_with("http/1.1 404"), "{head}");

    publisher.cut_off();
    assert!(ask(&feed, "").is_none(), "it answers after it was cut off");
}

fn read(key: &str) -> Snapshot {
    let villages = villages();
    let village = villages.iter().find(|village| village.board.key == key).expect("a village");
    let base = format!("http://127.0.0.1:4100/{key}/uredni-deska.jsonld");
    feed::read(&ofn::feed(village, today(), "http://127.0.0.1:4100"), &base, today()).expect("a board")
}

#[test]
fn the_feeds_have_the_mistakes_that_were_put_there_and_no_other() {
    let found = |key: &str| -> Vec<(String, Severity)> {
        read(key).defects.into_iter().map(|defect| (defect.field, defect.severity)).collect()
    };
    // A notice that has not begun is no mistake, but its clerk is asked whether it was meant.
    let not_begun = ("vyvěšení".to_owned(), Severity::Uncertain);
    assert_eq!(found("dolni-lhota"), std::slice::from_ref(&not_begun));
    assert_eq!(found("horni-lhota"), [not_begun]);
    let repaired = |field: &str| (field.to_owned(), Severity::Repaired);
    assert_eq!(found("zalesi"), [repaired("název"), repaired("název"), repaired("iri")]);
}

#[test]
fn nothing_is_lost_between_the_declaration_and_the_reader() {
    for village in villages() {
        let snapshot = read(&village.board.key);
        assert_eq!(snapshot.ico.as_deref(), Some(village.board.ico.as_str()));
        assert_eq!(snapshot.notices.len(), village.notices.len());
        for (declared, notice) in village.notices.iter().zip(&snapshot.notices) {
            assert_eq!(notice.title, dated(&declared.title, today()));
            assert_eq!(notice.description, declared.description.as_deref().map(|text| dated(text, today())));
            assert_eq!(notice.posted, Some(day(today(), declared.posted)));
            assert_eq!(notice.relevant_until, Some(day(today(), declared.until)));
            assert_eq!(notice.reference_number, declared.number);
            assert_eq!(notice.file_number, declared.file);
            assert_eq!(notice.issuer, declared.issuer);
            assert_eq!(notice.categories, declared.categories);
            let titles: Vec<_> = notice.documents.iter().map(|document| document.title.clone()).collect();
            assert_eq!(
                titles,
                declared.documents.iter().map(|document| Some(document.title.clone())).collect::<Vec<_>>()
            );
            for (file, document) in declared.documents.iter().zip(&notice.documents) {
                assert!(document.url.starts_with("http://127.0.0.1:4100/") && document.url.ends_with(&file.file));
            }
        }
    }
}

#[test]
fn every_document_but_the_broken_one_can_be_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/documents");
    let child = PageChild { program: env!("CARGO_BIN_EXE_vyveska").into() };
    let want = Want { pages: PageRange::One(1), width: 240, text: false };
    let mut broken = Vec::new();
    for document in DOCUMENTS {
        let drawn = child.render(&folder.join(document.name), &want, &Limits::default(), |_| ControlFlow::Continue(()));
        match drawn {
            Err(_) => broken.push(document.name),
            Ok(report) if document.name == "dl-rozpocet-2027-rozpis.pdf" => assert!(report.page_count >= 60),
            Ok(_) => {}
        }
    }
    assert_eq!(broken, ["dl-vybor.pdf"]);
}

/// The demo as a newcomer without a display starts it, and the folder it works in.
fn start(words: &[&str]) -> (Child, PathBuf) {
    let program = Path::new(env!("CARGO_BIN_EXE_vyveska"));
    let mut command = Command::new(program);
    command.arg("demo").args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(display);
    }
    let demo = command.spawn().expect("the program starts");
    let target = program.ancestors().nth(2).expect("cargo's target folder");
    let folder = target.join(format!("demo-{}", demo.id()));
    (demo, folder)
}

#[test]
fn without_a_display_it_draws_the_screens_and_leaves_nothing_else_behind() {
    let screens = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-screens");
    let _ = fs::remove_dir_all(&screens);
    let out = screens.display().to_string();
    let (demo, folder) = start(&["--screens", &out, "--offline-after", "1", "--now", NOW]);
    let output = demo.wait_with_output().expect("it ends");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("27 added"), "the round is summed up: {said}");
    assert!(said.contains("The network is gone"), "{said}");
    if cfg!(feature = "panel") {
        for name in
            ["wall.png", "board.png", "notice.png", "document.png", "unavailable.png", "offline.png", "board-en.png"]
        {
            let picture = fs::read(screens.join(name)).expect("a screen");
            assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000, "{name} has {} bytes", picture.len());
        }
        assert!(said.contains(&out), "the folder is named: {said}");
    }
    assert!(!folder.exists(), "{} was left behind", folder.display());
}

#[test]
fn an_interrupted_demo_removes_its_folder() {
    let (mut demo, folder) = start(&[]);
    while !folder.join("vyveska.toml").exists() {
        assert!(demo.try_wait().expect("a child").is_none(), "the demo ended before it began");
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&demo), Signal::INT).expect("a running demo");
    let status = demo.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert!(!folder.exists(), "{} was left behind", folder.display());
}

/// Where there is no display, the hub's page is the way to see the board: a newcomer with a browser.
#[cfg(feature = "panel")]
#[test]
fn without_a_display_the_hub_shows_the_board() {
    let (mut demo, folder) = start(&["--now", NOW]);
    let mut lines = BufReader::new(demo.stdout.take().expect("its words")).lines();
    let link = lines.find_map(|line| Some(line.ok()?.split_once("in a browser: ")?.1.to_owned()));
    let link = link.expect("it names a page");
    let (base, path) = link.split_at(link.find("/first/").expect("a first link"));
    // What else it says must not fill the pipe.
    thread::spawn(move || lines.for_each(drop));

    let browser = Browser::to(base.to_owned(), [127, 0, 0, 1]);
    let password = "čtyři vrány letí";
    let page = browser.get(path);
    browser.submit(&page, path, &[("login", "starosta"), ("password", password), ("again", password)]);
    let until = |what: &str| {
        let asked = clock::ticks();
        loop {
            let page = browser.get("/places/1");
            if page.text.contains(what) {
                return page;
            }
            assert!(clock::ticks() - asked < Duration::from_secs(120), "{what}: {}", page.text);
            thread::sleep(Duration::from_millis(100));
        }
    };
    // The panel came in by itself, says what it has, and does not call shown what nobody sees.
    until("<th scope=\"row\">dolni-lhota</th>");
    let page = until("Panel běží bez displeje");
    browser.submit(&page, "/places/1/picture", &[]);
    until("<img");
    let picture = browser.get("/places/1/picture");
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));

    kill_process(Pid::from_child(&demo), Signal::INT).expect("a running demo");
    assert_eq!(demo.wait().expect("it ends").code(), Some(130));
    assert!(!folder.exists(), "{} was left behind", folder.display());
}
