//! The panel's TOML file, described for people in `docs/config.md`.
//!
//! What it deliberately does not do: guess. A key nobody knows, a value out of bounds or a missing setting is a
//! sentence with its line and its cure, and all of them are reported at once: the technician stands on a ladder and
//! should not climb it once for each mistake. The surprising thing: relative paths are relative to the file itself.

mod board;
mod colour;
mod display;
mod error;
mod health;
mod hub;
mod language;
mod network;
mod panel;
mod section;
mod service;
mod touch;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

pub use colour::contrast_with_white;
pub use display::{Display, MIN_BRIGHTNESS, Mode, Rotation};
pub use error::{ConfigError, Problem};
pub use health::Health;
pub use hub::{Hub, Token};
pub use language::Language;
pub use network::Network;
pub use panel::Panel;
pub use service::Service;
pub use touch::Touch;

use crate::model::Board;
use section::{Section, Sheet};

/// Where the device keeps it. Every command takes another with `--config`.
pub const DEFAULT_PATH: &str = "/etc/vyveska/vyveska.toml";
/// Where sync keeps it on the device once it could be used (`--last-good` of the units).
pub const LAST_GOOD_PATH: &str = "/var/lib/vyveska/last-good.toml";
/// More boards than this make no panel a person could use.
pub const MAX_BOARDS: usize = 64;
/// A file larger than this is not a configuration; in bytes.
pub const MAX_BYTES: u64 = 1 << 20;

/// All that can be set on one panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Databases and documents; survives a restart of the machine.
    pub data: PathBuf,
    /// What the two programs tell each other; lies in memory.
    pub run: PathBuf,
    pub panel: Panel,
    pub display: Display,
    pub touch: Touch,
    pub session: Session,
    pub network: Network,
    pub health: Health,
    pub service: Service,
    /// `None`: the panel reports to nobody.
    pub hub: Option<Hub>,
    /// Languages a reader can choose from; the first one is what the board speaks when left alone.
    pub languages: Vec<Language>,
    /// At least one, in the order in which the panel lists them; keys are unique.
    pub boards: Vec<Board>,
}

/// When a reader's session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Seconds without any activity after which the board goes back to the wall.
    pub idle_seconds: u32,
    /// Seconds before that end in which a warning can be touched away; less than `idle_seconds`.
    pub warning_seconds: u32,
}

impl Config {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let unreadable = |why: String| ConfigError::Unreadable { path: path.to_owned(), why };
        let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
        if size > MAX_BYTES {
            return Err(unreadable(format!("it has {size} bytes, a configuration has at most {MAX_BYTES}")));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let config = decode(&bytes).map_err(|problem| vec![problem]).and_then(|text| Config::parse(text, folder));
        config.map_err(|problems| ConfigError::Wrong { path: path.to_owned(), problems })
    }

    /// Reads the file; where it cannot be used and there is a `last_good`, that one is in force instead, and what is wrong
    /// with the file comes with it. Relative paths start at the folder of the file in both.
    pub fn in_force(path: &Path, last_good: Option<&Path>) -> Result<(Config, Option<ConfigError>), ConfigError> {
        let problem = match (Config::read(path), last_good) {
            (Ok(config), _) => return Ok((config, None)),
            (Err(problem), None) => return Err(problem),
            (Err(problem), Some(_)) => problem,
        };
        let kept = last_good.and_then(|kept| std::fs::read(kept).ok());
        let folder = path.parent().unwrap_or(Path::new("."));
        match kept.as_deref().map(|bytes| decode(bytes).ok().map(|text| Config::parse(text, folder))) {
            Some(Some(Ok(config))) => Ok((config, Some(problem))),
            _ => Err(problem),
        }
    }

    /// Keeps a file that can be used as the last good one. Nothing is written where it is that already.
    pub fn keep_as_last_good(path: &Path, last_good: &Path) -> std::io::Result<()> {
        let bytes = std::fs::read(path)?;
        let kept = std::fs::read(last_good).is_ok_and(|kept| kept == bytes);
        let usable = decode(&bytes).is_ok_and(|text| Config::parse(text, Path::new(".")).is_ok());
        if kept || !usable {
            return Ok(());
        }
        let new = last_good.with_extension("new");
        let mut file = std::fs::File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(new, last_good)
    }

    /// Checks a text. Relative paths in it start at `folder`. The problems come in the order of their lines.
    pub fn parse(text: &str, folder: &Path) -> Result<Config, Vec<Problem>> {
        let sheet = Sheet::new(text);
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| sheet.line(span.start));
            vec![Problem { line, found: format!("this is not TOML: {}", error.message()), cure: QUOTES.into() }]
        })?;
        let mut top = Section::top(&sheet, table.get_ref());
        let config = read(&mut top, folder);
        top.finish();
        let mut problems = sheet.into_problems();
        problems.sort_by_key(|problem| problem.line);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(problems),
        }
    }

    pub fn board(&self, key: &str) -> Option<&Board> {
        self.boards.iter().find(|board| board.key == key)
    }
}

/// The text of a file, which editors for Windows like to save otherwise. Letters are not guessed: they come to the glass.
fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    let wrong = |line, found: &str| {
        let cure = "save the file in UTF-8 (in Notepad: Save as, Encoding: UTF-8)";
        Problem { line, found: found.into(), cure: cure.into() }
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(wrong(1, "this file is written in UTF-16"));
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = bytes[..error.valid_up_to()].iter();
        let line = before.filter(|&&byte| byte == b'\n').count() + 1;
        wrong(line, "a letter here is not UTF-8, as where an editor saved it in windows-1250")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

const QUOTES: &str = "check the quotes, brackets and the = sign on this line and the one before";

fn read(top: &mut Section, folder: &Path) -> Option<Config> {
    let data = top.path("data", folder).unwrap_or_else(|| "/var/lib/vyveska".into());
    let run = top.path("run", folder).unwrap_or_else(|| "/run/vyveska".into());
    let languages = language::read(top);
    let panel = panel::read(top);
    let display = display::read(top);
    let touch = touch::read(top);
    let session = session(top);
    let network = network::read(top, folder);
    let health = health::read(top);
    let service = service::read(top);
    let hub = hub::read(top, network.allow_private);
    let boards = board::read(top);
    Some(Config {
        data,
        run,
        panel: panel?,
        display,
        touch,
        session,
        network,
        health,
        service,
        hub,
        languages,
        boards: boards?,
    })
}

fn session(top: &mut Section) -> Session {
    let mut session = Session { idle_seconds: 90, warning_seconds: 20 };
    if let Some(mut section) = top.section("session") {
        session.idle_seconds = section.whole("idle_seconds", 10..=3600).unwrap_or(session.idle_seconds);
        session.warning_seconds = section.whole("warning_seconds", 5..=600).unwrap_or(session.warning_seconds);
        if session.warning_seconds >= session.idle_seconds {
            let found = format!(
                "a warning of {} s does not fit into a session that ends after {} s",
                session.warning_seconds, session.idle_seconds
            );
            section.wrong("warning_seconds", found, "make it shorter than idle_seconds");
        }
        section.finish();
    }
    session
}
