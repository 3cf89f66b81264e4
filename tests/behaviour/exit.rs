//! The exit codes of `docs/commands.md`: what a person must change ends with 2, whatever the command.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::town::PROGRAM;

const PAGE: &str = include_str!("../../docs/commands.md");

/// Commands with what they cannot do without, and whether they read a configuration.
const COMMANDS: &[(&[&str], bool)] = &[
    (&["sync", "--once"], true),
    (&["notices"], true),
    (&["release", "lhota"], true),
    (&["ledger"], true),
    (&["health"], true),
    (&["doctor"], true),
    (&["command", "sync-now"], true),
    (&["support", "--to", "."], true),
    (&["check", "nothing.json"], false),
    (&["render", "nothing.pdf", "-o", "nothing.png"], false),
    #[cfg(feature = "panel")]
    (&["panel", "--headless"], true),
    #[cfg(feature = "panel")]
    (&["shot"], true),
    // It shows something whatever the configuration is.
    #[cfg(feature = "panel")]
    (&["rescue"], false),
    #[cfg(feature = "hub")]
    (&["demo"], false),
];

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Runs the program here, so that it can name and leave nothing elsewhere.
    fn run(&self, words: &[&str]) -> Output {
        Command::new(PROGRAM).args(words).current_dir(&self.0).output().unwrap()
    }

    /// It ends with 2, says why, prints no result and leaves no file.
    fn refuses(&self, words: &[&str], why: &str) {
        let before = std::fs::read_dir(&self.0).unwrap().count();
        let output = self.run(words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(why), "{words:?} does not say {why:?}: {said}");
        assert!(output.stdout.is_empty(), "{words:?} printed a result all the same");
        assert_eq!(std::fs::read_dir(&self.0).unwrap().count(), before, "{words:?} began all the same");
    }
}

fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

#[test]
fn a_configuration_that_cannot_be_used_ends_with_two() {
    let folder = Folder::new("exit-config");
    let panel = "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n";
    let board = "[[board]]\nkey = \"lhota\"\nname = \"Lhota\"\nfeed = \"https://lhota.example/deska.json\"\n";
    let files = [
        ("broken.toml", format!("{panel}[[board\n"), "line 5: this is not TOML"),
        ("unknown.toml", format!("{panel}colour_depth = 8\n{board}"), "line 5: \"colour_depth\" is not a setting"),
        ("boardless.toml", panel.to_owned(), "no board is named"),
    ];
    for (name, text, _) in &files {
        std::fs::write(folder.0.join(name), text).unwrap();
    }
    let (silent, _, _) = encoding_rs::WINDOWS_1250.encode("# Úřední deska\nlanguages = []\n");
    std::fs::write(folder.0.join("notepad.toml"), silent).unwrap();
    folder.refuses(&["notices", "--config", "notepad.toml"], "line 1: a letter here is not UTF-8");
    std::fs::write(folder.0.join("wide.toml"), b"\xff\xfed\0a\0").unwrap();
    folder.refuses(&["notices", "--config", "wide.toml"], "UTF-16; save the file in UTF-8");
    for (command, _) in COMMANDS.iter().filter(|(_, configured)| *configured) {
        folder.refuses(&with(command, &["--config", "missing.toml"]), "missing.toml cannot be read");
        for (name, _, why) in &files {
            folder.refuses(&with(command, &["--config", name]), why);
        }
    }
}

#[test]
fn arguments_that_cannot_be_used_end_with_two() {
    let folder = Folder::new("exit-arguments");
    folder.refuses(&["dance"], "dance");
    for (command, configured) in COMMANDS {
        folder.refuses(&with(command, &["--dance"]), "--dance");
        if !configured && command[0] != "rescue" {
            folder.refuses(&with(command, &["--config", "x.toml"]), "--config");
        }
        // Those that do not depend on the time.
        if !matches!(command[0], "command" | "ledger" | "render" | "rescue") {
            folder.refuses(&with(command, &["--now", "tomorrow"]), "`tomorrow` is not a time");
            folder.refuses(&with(command, &["--now", "2026-11-23T10:00:00"]), "RFC 3339");
        }
    }
    folder.refuses(&["render", "nothing.pdf"], "--output");
    folder.refuses(&["render", "nothing.pdf", "--text", "--page", "0"], "--page");
    for width in ["0", "15", "4097", "-1"] {
        folder.refuses(&["render", "nothing.pdf", "-o", "nothing.png", &format!("--width={width}")], "--width");
    }
    folder.refuses(&["release"], "<BOARD>");
    folder.refuses(&["check"], "<FILE-OR-URL>");
    #[cfg(feature = "panel")]
    for (words, why) in [
        (["--lang", "xx"], "Say \"cs\""),
        (["--size", "huge"], "1080x1920"),
        (["--page", "attic"], "There is no page \"attic\""),
    ] {
        folder.refuses(&with(&["shot"], &words), why);
    }
}

#[test]
fn a_data_folder_that_cannot_be_used_says_what_to_do() {
    let folder = Folder::new("exit-data");
    let config = "data = \"data\"\nrun = \"run\"\n[panel]\ndiagonal_inches = 32\n[[board]]\nkey = \"lhota\"\n\
                  name = \"Lhota\"\nfeed = \"https://lhota.example/deska.json\"\n";
    std::fs::write(folder.0.join("panel.toml"), config).unwrap();
    let commands: &[&[&str]] = &[
        &["notices"],
        &["release", "lhota"],
        #[cfg(feature = "panel")]
        &["shot"],
    ];
    let database = folder.0.join("data/board-1.db");
    for command in commands {
        let refuses = |why: &str| folder.refuses(&with(command, &["--config", "panel.toml"]), why);
        refuses("run `vyveska sync --once` first");
        std::fs::create_dir_all(&database).unwrap();
        refuses("is a folder and no database");
        std::fs::remove_dir(&database).unwrap();
        refuses("run `vyveska sync --once` first");
        std::fs::write(&database, "no database ".repeat(999)).unwrap();
        refuses("sync sets it aside");
        assert!(!folder.0.join("data/board-1.db.damaged").exists());
        std::fs::remove_dir_all(folder.0.join("data")).unwrap();
    }
}

#[test]
fn what_fails_on_the_way_ends_with_one_and_a_sentence() {
    let folder = Folder::new("exit-failed");
    std::fs::write(folder.0.join("notes.rtf"), "{\\rtf1 no document}").unwrap();
    for words in [
        &["render", "missing.pdf", "-o", "page.png"][..],
        &["render", "notes.rtf", "-o", "page.png"],
        &["render", "notes.rtf", "--text"],
        &["ledger", "--data", "."],
    ] {
        let output = folder.run(words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert!(said.lines().count() == 1 && output.stdout.is_empty(), "{words:?}: {said}");
    }
}

#[test]
fn each_command_says_its_codes_and_the_page_has_them_all() {
    let folder = Folder::new("exit-help");
    let help = |words: &[&str]| {
        let output = folder.run(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = help(&["--help"]);
    assert!(all.contains("Exit codes of every command"), "{all}");
    for (command, _) in COMMANDS {
        let name = command[0];
        assert!(all.contains(&format!("\n  {name} ")), "{name}: {all}");
        let said = help(&[name, "--help"]);
        let said = said.split_once("Exit code: ").unwrap_or_else(|| panic!("{name} --help says no exit codes: {said}"));
        let said = said.1.split_whitespace().collect::<Vec<_>>().join(" ");
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{name}`")));
        let row = row.unwrap_or_else(|| panic!("docs/commands.md has no row for {name}"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let codes: Vec<String> = ["0", "1", "2", "3", "130"]
            .iter()
            .zip(&cells[3..])
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(code, cell)| format!("{code} {cell}"))
            .collect();
        assert_eq!(said, codes.join("; "), "docs/commands.md and {name} --help");
    }
    let commands = all.split_once("Commands:").unwrap().1.split_once("\n\n").unwrap().0;
    let listed = commands.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("  help ")).count();
    assert_eq!(listed, COMMANDS.len(), "a command is not tried here: {commands}");
}
