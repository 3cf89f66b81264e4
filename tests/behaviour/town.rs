//! A town for tests: an office's web on the loopback, its feed, and a panel with its own folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use serde_json::{Value, json};
use vyveska::config::Config;
use vyveska::model::{self, Digest};

use super::publisher::{Page, Publisher};

/// What the program is called here.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_vyveska");

/// An office and what it has on its board.
pub struct Town {
    pub key: &'static str,
    pub web: Publisher,
    pub entries: Vec<Entry>,
}

/// One notice as the office enters it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub iri: String,
    pub title: String,
    pub posted: String,
    pub until: String,
    pub number: String,
    /// Paths on the office's web.
    pub documents: Vec<String>,
}

impl Town {
    /// A town with `count` notices of March 2026, each with one document.
    pub fn new(key: &'static str, count: usize) -> Town {
        let town = Town { key, web: Publisher::start(), entries: (1..=count).map(Entry::numbered).collect() };
        for entry in &town.entries {
            for path in &entry.documents {
                town.web.put(path, Page::new(format!("Text of {path}\n")));
            }
        }
        town.publish();
        town
    }

    /// The feed as it stands, in the form of the open formal norm.
    pub fn feed(&self) -> String {
        let items: Vec<Value> = self.entries.iter().map(|entry| entry.json(&self.web)).collect();
        json!({
            "@context": "https://ofn.gov.cz/úřední-desky/2021-07-20/kontexty/úřední-deska.jsonld",
            "typ": "Úřední deska",
            "iri": self.web.url("/deska"),
            "stránka": self.web.url("/uredni-deska"),
            "provozovatel": { "typ": "Osoba", "ičo": "00123456" },
            "informace": items,
        })
        .to_string()
    }

    /// What stands for the notice with this identity when it is down.
    pub fn mark(&self, iri: &str) -> Digest {
        model::mark(self.key, &self.web.url(iri))
    }

    /// Puts the feed on the web.
    pub fn publish(&self) {
        self.web.put("/deska.json", Page::new(self.feed()));
    }

    /// Changes the board, and publishes it.
    pub fn edit(&mut self, change: impl FnOnce(&mut Vec<Entry>)) {
        change(&mut self.entries);
        self.publish();
    }
}

impl Entry {
    pub fn numbered(number: usize) -> Entry {
        Entry {
            iri: format!("/deska/{number}"),
            title: format!("Oznámení číslo {number} o konání zasedání"),
            posted: "2026-03-01".into(),
            until: format!("2026-03-{:02}", 20 + number % 10),
            number: format!("OÚ {number}/2026"),
            documents: vec![format!("/soubory/{number}.txt")],
        }
    }

    fn json(&self, web: &Publisher) -> Value {
        let document =
            |path: &String| json!({ "typ": "Digitální objekt", "název": { "cs": "Příloha" }, "url": web.url(path) });
        json!({
            "typ": ["Digitální objekt", "Informace na úřední desce"],
            "iri": web.url(&self.iri),
            "url": web.url(&self.iri),
            "název": { "cs": self.title },
            "vyvěšení": { "typ": "Časový okamžik", "datum": self.posted },
            "relevantní_do": { "typ": "Časový okamžik", "datum": self.until },
            "číslo_jednací": self.number,
            "dokument": self.documents.iter().map(document).collect::<Vec<_>>(),
        })
    }
}

/// A file with the time of its last change and its bytes.
pub type State = (PathBuf, SystemTime, Vec<u8>);

/// A panel with a folder of its own, which goes when it does.
pub struct Panel {
    pub folder: PathBuf,
}

impl Panel {
    pub fn of(towns: &[&Town]) -> Panel {
        let boards: Vec<(&str, String)> = towns.iter().map(|town| (town.key, town.web.url("/deska.json"))).collect();
        Panel::with("allow_private = true", &boards)
    }

    /// `network`: the lines of its section.
    pub fn with(network: &str, boards: &[(&str, String)]) -> Panel {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("vyveska-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut text = format!(
            "data = \"data\"\nrun = \"run\"\n[panel]\nwidth_px = 400\nheight_px = 640\ndiagonal_inches = 10\n\
             [network]\n{network}\n"
        );
        for (key, feed) in boards {
            text += &format!("[[board]]\nkey = \"{key}\"\nname = \"Obec {key}\"\nfeed = \"{feed}\"\n");
        }
        std::fs::write(folder.join("vyveska.toml"), text).unwrap();
        Panel { folder }
    }

    pub fn config_path(&self) -> PathBuf {
        self.folder.join("vyveska.toml")
    }

    pub fn config(&self) -> Config {
        Config::read(&self.config_path()).unwrap()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The real program with `--config` of this panel.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--config").arg(self.config_path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// One round at a time; the summary, and the exit code.
    pub fn round(&self, now: &str) -> (Value, i32) {
        let output = self.run(&["sync", "--once", "--json", "--now", now]);
        let text = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        let summary = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no summary: {text}\n{error}"));
        (summary, output.status.code().unwrap())
    }

    /// The same where every board must be brought up to date.
    pub fn good_round(&self, now: &str) -> Value {
        let (summary, code) = self.round(now);
        assert_eq!(code, 0, "{summary:#}");
        summary
    }

    /// What `vyveska notices --json` says of the first board.
    pub fn notices(&self, now: &str) -> Value {
        let output = self.run(&["notices", "--json", "--now", now]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut all: Value = serde_json::from_slice(&output.stdout).unwrap();
        all["boards"][0].take()
    }

    /// Every file of the data folder with size, time of last change and bytes.
    pub fn files(&self) -> Vec<State> {
        let mut files = Vec::new();
        walk(&self.data(), &mut files);
        files.sort();
        files
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.folder).ok();
        }
    }
}

fn walk(folder: &Path, files: &mut Vec<State>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push((path.clone(), entry.metadata().unwrap().modified().unwrap(), std::fs::read(path).unwrap()));
        }
    }
}

/// Identities of a list of notices, without the town's address.
pub fn ids(list: &Value) -> Vec<String> {
    let id = |notice: &Value| notice["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    list.as_array().unwrap().iter().map(id).collect()
}

/// What stands for the notices of a list of those that are down.
pub fn marks(down: &Value) -> Vec<Digest> {
    down.as_array().unwrap().iter().map(|down| Digest::parse(down["mark"].as_str().unwrap()).unwrap()).collect()
}

/// A program that is not left behind when a test fails.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
