//! `vyveska check` as a clerk or a supplier of feeds runs it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::publisher::{Answer, Page, Publisher};

const SOUND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feed/sound.jsonld");
const ODD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feed/odd.jsonld");
const NOW: &str = "2022-05-10T12:00:00+02:00";

/// The exit code and what was printed.
fn check(arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vyveska"));
    let output = command.arg("check").args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn as_json(arguments: &[&str]) -> (i32, Value) {
    let (code, text) = check(&[arguments, &["--json"]].concat());
    (code, serde_json::from_str(&text).unwrap())
}

#[test]
fn a_sound_feed_is_clean() {
    let (code, text) = check(&[SOUND, "--now", NOW]);
    assert_eq!(code, 0, "{text}");
    for line in [
        "IČO 00258245",
        "Up now: 2",
        "2022-05-02 – 2022-06-14  Návrh rozpočtu obce na rok 2023  (2 documents)",
        "2022-04-01 – no end      Územní plán: trvalé vyvěšení  (no document)",
        "No defects.",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
}

#[test]
fn the_day_decides_what_is_up() {
    for (now, up, later, ended) in [
        ("2022-05-01T21:59:59Z", 1, 1, 0),
        ("2022-05-01T22:00:00Z", 2, 0, 0),
        ("2022-06-14T21:59:59Z", 2, 0, 0),
        ("2022-06-14T22:00:00Z", 1, 0, 1),
    ] {
        let (_, text) = check(&[SOUND, "--now", now]);
        assert!(text.contains(&format!("Up now: {up}\n")), "{now}\n{text}");
        assert_eq!(text.contains("Later: 1\n"), later == 1, "{now}\n{text}");
        assert_eq!(text.contains("Ended, not shown: 1\n"), ended == 1, "{now}\n{text}");
    }
}

#[test]
fn defects_are_grouped_and_name_their_cure() {
    let (code, text) = check(&[ODD, "--now", NOW, "--base", "https://www.dolni-lhota.example/feed.jsonld"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("Lost: this cannot be shown"), "{text}");
    assert!(text.contains("is neither an https nor an http address."), "{text}");
    assert!(text.contains("Cure: Write \"datum\": \"2022-05-03\"."), "{text}");
    assert!(text.contains("    item 2: Oznámení o volbách\n"), "{text}");
    let defects = text.lines().last().unwrap();
    assert!(defects.contains("lost") && defects.contains("uncertain") && defects.contains("repaired."), "{defects}");
}

#[test]
fn one_slip_of_a_generator_is_one_group() {
    let items: Vec<Value> = (1..=9)
        .map(|n| {
            json!({"typ": ["Informace na úřední desce"], "iri": format!("urn:{n}"), "název": {"cs": format!("Záměr {n}")},
                "vyvěšení": {"datum": format!("{n}. 5. 2022")}, "relevantní_do": {"nespecifikovaný": true}})
        })
        .collect();
    let feed = json!({"typ": "Úřední deska", "iri": "urn:x", "stránka": "https://x.example/",
        "provozovatel": {"ičo": "00258245"}, "informace": items});
    let (code, text) = piped(&feed.to_string());
    assert_eq!((code, text.matches("vyvěšení.datum:").count()), (1, 1), "{text}");
    assert!(text.contains("    item 1: Záměr 1\n    item 2: Záměr 2\n      \"2. 5. 2022\" is not"), "{text}");
    assert!(
        text.contains("    and 4 more\n") && text.ends_with("9 defects: 0 lost, 0 uncertain, 9 repaired.\n"),
        "{text}"
    );
}

#[test]
fn an_item_that_cannot_be_shown_is_named() {
    let items = json!([{"iri": "urn:0", "název": {"cs": "Záměr"}}, "http://x.example/1", null, {"iri": "urn:3"}]);
    let feed = json!({"typ": "Úřední deska", "iri": "urn:x", "stránka": "https://x.example/",
        "provozovatel": {"ičo": "00258245"}, "informace": items});
    let (code, text) = piped(&feed.to_string());
    assert_eq!(code, 1);
    for line in ["Up now: 1", "item 2: http://x.example/1", "item 3: (unreadable)", "item 4: urn:3"] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
}

fn piped(feed: &str) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vyveska"))
        .args(["check", "-", "--now", NOW])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(feed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_json_says_the_same() {
    let (code, json) = as_json(&[SOUND, "--now", NOW]);
    assert_eq!((code, &json["v"], &json["usable"], &json["day"]), (0, &json!(1), &json!(true), &json!("2022-05-10")));
    assert_eq!(json["board"]["ico"], "00258245");
    let first = &json["notices"][0];
    assert_eq!((&first["state"], &first["posted"]), (&json!("up"), &json!("2022-05-02")));
    assert_eq!(first["documents"][0]["declared_type"], "application/pdf");
    assert_eq!(json["defects"], json!([]));

    let (code, json) = as_json(&[ODD, "--now", NOW]);
    assert_eq!(code, 1);
    let defects = json["defects"].as_array().unwrap();
    let lost = defects.iter().find(|defect| defect["severity"] == "lost" && defect["item"]["position"] == 2).unwrap();
    assert_eq!((&lost["field"], &lost["item"]["title"]), (&json!("dokument.url"), &json!("Oznámení o volbách")));
}

#[test]
fn what_is_unusable_says_why() {
    let folder = std::env::temp_dir().join(format!("vyveska-check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("feed.json");
    let path = file.to_str().unwrap();
    for (bytes, word) in [
        ("", "empty"),
        ("<html></html>", "web page"),
        ("{\"informace\": [", "line 1, column 15"),
        ("{\"informce\": []}", "rename it to `informace`"),
        ("{\"informace\": null}", "must be a list"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let (code, text) = check(&[path]);
        assert!(code == 2 && text.contains("unusable") && text.contains(word), "{text}");
        let (code, json) = as_json(&[path]);
        assert_eq!((code, &json["usable"], &json["v"]), (2, &json!(false), &json!(1)));
        assert!(json["error"].as_str().unwrap().contains(word));
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let (code, text) = check(&[path]);
    assert!(code == 2 && text.contains("cannot be read"), "{text}");
    let wrong = Command::new(env!("CARGO_BIN_EXE_vyveska")).args(["check", SOUND, "--now", "zítra"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn what_is_no_feed_at_all_is_refused_with_its_cure() {
    for (source, word) in [
        ("/dev/zero", "this is a device, not a file: give the feed's file"),
        ("/dev", "this is a folder: give the feed's file in it"),
        ("ftp://office.example/deska.json", "begins with ftp:// cannot be asked: give its https:// address"),
        ("FILE:///deska.json", "begins with file:// cannot be asked: give the file's path alone"),
    ] {
        let (code, text) = check(&[source]);
        assert!(code == 2 && text.contains(word), "{text}");
    }
    let endless = std::fs::File::open("/dev/zero").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vyveska"));
    let output = command.args(["check", "-"]).stdin(endless).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("more than the 64 MiB that are read"), "{text}");
}

#[test]
fn an_address_is_asked_and_its_redirects_are_the_base() {
    let office = Publisher::start();
    office.put("/deska/feed.json", Page::new(std::fs::read(ODD).unwrap()));
    office.answer("/feed", |_| Answer::redirect(302, "/deska/feed.json"));
    let (code, json) = as_json(&[&office.url("/feed"), "--allow-private", "--now", NOW]);
    assert_eq!(code, 1, "{json:#}");
    assert_eq!(json["notices"][0]["documents"][0]["url"], office.url("/deska/soubory/pozv%C3%A1nka.pdf?a=1&b=2"));

    let (code, text) = check(&[&office.url("/nothing"), "--allow-private"]);
    assert!(code == 2 && text.contains("404"), "{text}");
    let before = office.connections();
    let (code, text) = check(&[&office.url("/feed")]);
    assert!(code == 2 && text.contains("unusable"), "{text}");
    assert_eq!(office.connections(), before, "an address that is not public is not even connected to");
}
