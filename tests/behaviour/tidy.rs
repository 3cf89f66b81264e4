//! The rules of the tree that text can show (DESIGN §§3-4): who may import what, who may read a clock, how long a
//! file may be. Deliberately simple: it reads lines, not syntax; a rule it cannot see is not here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the library may name of its neighbours. `model` and `clock` are everybody's words.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &[]),
    ("charset", &[]),
    ("config", &["model", "pin", "http", "keys"]),
    ("http", &[]),
    ("feed", &["model", "charset"]),
    ("guard", &["model"]),
    ("store", &["model"]),
    ("files", &["model", "charset"]),
    ("pages", &["model", "charset"]),
    ("wire", &["model"]),
    ("command", &["wire"]),
    ("notify", &[]),
    ("keys", &["secret"]),
    ("ledger", &["model"]),
    ("sync", &["model", "config", "http", "feed", "guard", "store", "files", "pages", "wire"]),
    // The plain values that the store and sync hand over are what it is made of.
    ("view", &["model", "store", "wire"]),
    ("pin", &["secret"]),
    ("secret", &[]),
    ("service", &["pin", "hand", "touch", "wire"]),
    // Of the configuration only the languages.
    ("nav", &["model", "view", "config", "hand"]),
    ("screen", &["model", "view", "nav", "config", "files", "hand", "service", "wire"]),
    // Of the configuration only how the display hangs and the sensor lies.
    ("glass", &["hand", "touch", "config"]),
    ("hand", &[]),
    ("touch", &["hand"]),
    ("identity", &["keys", "wire"]),
    // Of the ledger the texts that the hub lacks; of the identity what a signed text says.
    ("uplink", &["command", "config", "health", "http", "keys", "ledger", "store", "wire"]),
    ("sensors", &[]),
    ("health", &["config", "sensors", "store", "wire"]),
    (
        "hub",
        &[
            "command", "config", "feed", "files", "guard", "health", "http", "identity", "keys", "ledger", "pages",
            "secret", "store", "sync", "wire",
        ],
    ),
];

/// Crates that one module alone may name, so that it can be exchanged there.
const SOLE_USERS: &[(&str, &[&str])] = &[
    ("reqwest", &["http"]),
    ("hayro", &["pages"]),
    ("hayro_interpret", &["pages"]),
    ("hayro_syntax", &["pages"]),
    ("landlock", &["pages"]),
    ("seccompiler", &["pages"]),
    ("rusqlite", &["store", "ledger", "hub"]),
    ("slint", &["glass", "screen", "bin"]),
    ("i_slint_core", &["glass"]),
    ("winit", &["glass"]),
    ("drm", &["glass"]),
    ("softbuffer", &["glass"]),
    ("toml", &["config", "bin"]),
    ("argon2", &["pin", "hub"]),
    ("ring", &["keys", "hub", "http"]),
    ("axum", &["hub", "bin"]),
    ("lettre", &["hub"]),
];

struct Source {
    /// Path from the package's folder.
    path: PathBuf,
    text: String,
}

impl Source {
    /// `feed` for src/feed.rs and src/feed/ofn.rs, `bin` for the programs.
    fn module(&self) -> String {
        let below = self.path.strip_prefix("src").expect("a source of the library");
        let first = below.components().next().expect("a file name").as_os_str().to_string_lossy().into_owned();
        first.trim_end_matches(".rs").to_owned()
    }

    /// The lines of the program itself: without comments, and without a unit-test module at the end of the file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

#[test]
fn modules_import_only_what_the_design_allows() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut breaches = Vec::new();
    for source in library() {
        let module = source.module();
        if module == "lib" || module == "bin" {
            continue;
        }
        let Some(neighbours) = allowed.get(module.as_str()) else {
            breaches.push(format!("{}: module `{module}` is not in the table of this test", source.path.display()));
            continue;
        };
        for (number, line) in source.code() {
            for name in names_after(line, "crate::") {
                let known = allowed.contains_key(name.as_str());
                let fine = name == module || name == "model" || name == "clock" || neighbours.contains(&name.as_str());
                if known && !fine {
                    breaches.push(format!("{}:{number}: `{module}` may not import `{name}`", source.path.display()));
                }
            }
        }
    }
    assert_none(breaches);
}

#[test]
fn each_foreign_library_has_its_one_place() {
    let mut breaches = Vec::new();
    for source in library() {
        let module = source.module();
        for (number, line) in source.code() {
            for (library, users) in SOLE_USERS {
                if mentions(line, &format!("{library}::")) && !users.contains(&module.as_str()) {
                    breaches.push(format!("{}:{number}: only {users:?} may use {library}", source.path.display()));
                }
            }
        }
    }
    assert_none(breaches);
}

#[test]
fn only_the_clock_reads_a_clock() {
    let readers = ["Instant::now", "SystemTime::now", "Utc::now", "Local::now", ".elapsed("];
    let mut breaches = Vec::new();
    for source in rust(&["src", "tests", "benches"]) {
        if source.path.starts_with("src/clock.rs") || source.path.ends_with("tidy.rs") {
            continue;
        }
        // A bench measures time: that is its purpose.
        if source.path.starts_with("benches") {
            continue;
        }
        for (number, line) in source.code() {
            if let Some(reader) = readers.iter().find(|reader| line.contains(*reader)) {
                breaches.push(format!("{}:{number}: `{reader}`: take the time as a value", source.path.display()));
            }
        }
    }
    assert_none(breaches);
}

#[test]
fn the_program_never_unwraps_or_leaves_work_undone() {
    let banned = [".unwrap()", "todo!(", "unimplemented!(", "dbg!(", "#[ignore", "#[allow(dead_code)]"];
    let mut breaches = Vec::new();
    for source in library() {
        for (number, line) in source.code() {
            if let Some(word) = banned.iter().find(|word| line.contains(*word)) {
                breaches.push(format!("{}:{number}: `{word}`", source.path.display()));
            }
        }
    }
    assert_none(breaches);
}

#[test]
fn files_are_short_and_named_by_a_noun() {
    let mut breaches = Vec::new();
    for source in rust(&["src", "tests", "benches", "ui", "raster"]) {
        let lines = source.text.lines().count();
        if lines > 500 {
            breaches.push(format!("{}: {lines} lines, the limit is 500", source.path.display()));
        }
        let name = source.path.file_stem().expect("a file name").to_string_lossy().into_owned();
        if ["utils", "util", "helper", "helpers", "manager", "common", "misc"].contains(&name.as_str()) {
            breaches.push(format!("{}: `{name}` says nothing; name the thing", source.path.display()));
        }
        let is_rust = source.path.extension().is_some_and(|end| end == "rs");
        if is_rust && !source.path.starts_with("ui") && !source.text.starts_with("//!") {
            breaches.push(format!("{}: opens without saying what it is (`//!`)", source.path.display()));
        }
        if source.text.contains("(being written)\n") && source.text.lines().count() < 3 {
            breaches.push(format!("{}: is empty", source.path.display()));
        }
    }
    assert_none(breaches);
}

#[test]
fn every_word_on_the_glass_can_be_translated() {
    let mut breaches = Vec::new();
    for source in rust(&["ui"]) {
        if source.path.extension().is_none_or(|end| end != "slint") {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            let trimmed = line.trim_start();
            for property in ["text:", "accessible-label:", "accessible-description:"] {
                let Some(value) = trimmed
                    .strip_prefix(property)
                    .or_else(|| line.find(&format!(" {property}")).map(|at| &line[at + property.len() + 1..]))
                else {
                    continue;
                };
                let literal = value.trim_start();
                if literal.starts_with('"') && literal.split('"').nth(1).is_some_and(has_word) {
                    breaches.push(format!("{}:{}: {}", source.path.display(), index + 1, trimmed));
                }
            }
        }
    }
    assert_none(breaches);
}

#[test]
fn the_model_is_plain_and_slint_is_pinned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = fs::read_to_string(root.join("src/model.rs")).expect("src/model.rs is readable");
    assert!(!model.contains("serde::") && !model.contains("Serialize"), "model knows nothing of serde");
    for manifest in ["Cargo.toml", "ui/Cargo.toml"] {
        let text = fs::read_to_string(root.join(manifest)).expect("the manifest is readable");
        for line in text.lines().filter(|line| line.starts_with("slint") || line.starts_with("i-slint")) {
            assert!(line.contains("\"=1.18.1\""), "{manifest}: pin every slint crate with `=`: {line}");
        }
    }
}

#[test]
fn the_readme_names_its_two_commands() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    for command in ["cargo run -- demo", "cargo test"] {
        assert!(readme.contains(command), "the README lost its command `{command}`");
    }
}

/// The sources of the library and its programs.
fn library() -> Vec<Source> {
    rust(&["src"]).into_iter().filter(|source| source.path.extension().is_some_and(|end| end == "rs")).collect()
}

/// All .rs and .slint files below the folders.
fn rust(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "slint") {
                let text = fs::read_to_string(&path).expect("a source in UTF-8");
                sources.push(Source { path: path.strip_prefix(root).expect("below the root").to_owned(), text });
            }
        }
    }
    assert!(!sources.is_empty(), "the test looks at nothing");
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// The identifiers that follow `prefix` in a line, those in braces included: `crate::{feed, guard::Verdict}`.
fn names_after(line: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in line.match_indices(prefix) {
        let rest = &line[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            for part in group.split_inclusive([',', '{', '}']) {
                if depth == 0 {
                    names.push(identifier(part.trim_start()));
                }
                match part.chars().last() {
                    Some('{') => depth += 1,
                    Some('}') => depth -= 1,
                    _ => {}
                }
            }
        } else {
            names.push(identifier(rest));
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether the path starts a name there: `slint::` but not `i_slint::`.
fn mentions(line: &str, path: &str) -> bool {
    line.match_indices(path)
        .any(|(at, _)| !line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

/// Two letters in a row make a word; "A", "+", "·" do not.
fn has_word(text: &str) -> bool {
    let text = text.split("\\{").next().unwrap_or_default();
    text.chars().zip(text.chars().skip(1)).any(|(a, b)| a.is_alphabetic() && b.is_alphabetic())
}

fn assert_none(breaches: Vec<String>) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}
