//! The report for whoever helps from afar: what is in it, and what must never be.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::process::{Command, Output};

use super::store::Folder;
use super::town::PROGRAM;

const SETTINGS: &str = "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n\
    [network]\nproxy = \"http://panel:heslo@proxy.example:3128\"\n\
    # pin = \"90817263\" was the one before\n[service]\npin = \"482913\" # of the technician\n\
    [hub]\nurl = \"https://deska.example\"\ntoken = \"QD2M-XW9C\" # not QD2M-XW9C-4TBA\n\
    [[board]]\nkey = \"lhota\"\nname = \"Obec Lhota\"\nfeed = \"https://lhota.example/deska.json\" # never 482913\n";

fn make(folder: &Folder, to: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["support", "--config", "panel.toml", "--now", "2026-11-23T10:00:00+01:00", "--to", to]);
    command.current_dir(&folder.0).output().expect("the program runs")
}

fn contents(folder: &Folder, path: &str) -> BTreeMap<String, String> {
    let file = fs::File::open(folder.0.join(path)).expect("the report");
    let mut archive = tar::Archive::new(file);
    let mut found = BTreeMap::new();
    for entry in archive.entries().expect("a tar file") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").file_name().expect("a name").to_string_lossy().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("a text");
        found.insert(name, text);
    }
    found
}

#[test]
fn the_report_has_what_helps_and_no_secret() {
    let folder = Folder::new("support");
    fs::write(folder.0.join("panel.toml"), SETTINGS).expect("written");
    fs::create_dir_all(folder.0.join("run")).expect("made");
    fs::create_dir_all(folder.0.join("stick")).expect("made");
    fs::write(folder.0.join("run/sync.json"), "{\"v\":1}").expect("written");
    let output = make(&folder, "stick");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let path = String::from_utf8(output.stdout).expect("a path");
    assert_eq!(path.trim(), "stick/vyveska-lhota-20261123-100000.tar");
    let found = contents(&folder, path.trim());
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["about.txt", "health.jsonl", "ledger.jsonl", "log.txt", "sync.json", "vyveska.toml"]);
    assert!(found["health.jsonl"].contains("nothing has been fetched"), "{}", found["health.jsonl"]);
    assert!(found["about.txt"].contains(concat!("vyveska ", env!("CARGO_PKG_VERSION"))), "{}", found["about.txt"]);
    assert!(found["ledger.jsonl"].contains("there is no ledger"), "what is missing is said");
    let settings = &found["vyveska.toml"];
    for secret in ["482913", "90817263", "heslo", "QD2M"] {
        assert!(!found.values().any(|text| text.contains(secret)), "{secret} in {settings}");
    }
    for kept in ["http://(removed)@proxy.example:3128", "pin = \"(removed)\"", "key = \"lhota\"", "diagonal_inches"] {
        assert!(settings.contains(kept), "{kept} is not in {settings}");
    }
    let rest: Vec<_> = fs::read_dir(folder.0.join("stick")).expect("there").collect();
    assert_eq!(rest.len(), 1, "nothing else is left there");
}

#[test]
fn the_report_of_a_panel_with_spoiled_settings_is_made_and_tells_its_history() {
    let folder = Folder::new("support-spoiled");
    let write = |name: &str, text: &str| fs::write(folder.0.join(name), text).expect("written");
    write("last-good.toml", SETTINGS);
    write("panel.toml", &SETTINGS.replace("diagonal_inches", "diagonal"));
    fs::create_dir_all(folder.0.join("stick")).expect("made");
    let mut store = vyveska::store::Store::open(&folder.0.join("data")).expect("a store");
    let now = vyveska::clock::parse("2026-11-23T09:00:00+01:00").expect("a time");
    let kept = ["{\"state\":\"showing\"}", "{\"state\":\"stale\"}"];
    let kept = kept.map(|text| vyveska::store::Kept { at: now.at, changed: true, text: text.to_owned() });
    store.keep_health(&kept, now).expect("kept");
    drop(store);
    assert_eq!(make(&folder, "stick").status.code(), Some(2), "at a desk a mistake is the end");
    let mut command = Command::new(PROGRAM);
    command.args(["support", "--config", "panel.toml", "--last-good", "last-good.toml", "--to", "stick"]);
    let output = command.current_dir(&folder.0).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("last in force") && said.contains("line 4"), "{said}");
    let found = contents(&folder, String::from_utf8(output.stdout).expect("a path").trim());
    assert_eq!(found["health.jsonl"].lines().count(), 2, "{}", found["health.jsonl"]);
    for secret in ["482913", "90817263", "heslo", "QD2M"] {
        assert!(!found.values().any(|text| text.contains(secret)), "{secret}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_not_made() {
    let folder = Folder::new("support-nowhere");
    fs::write(folder.0.join("panel.toml"), SETTINGS).expect("written");
    let output = make(&folder, "nowhere");
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.0.join("nowhere").exists());
}
