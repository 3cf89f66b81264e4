//! `vyveska shot`: draws any page or state of the board into a picture, without a display.

mod stage;
mod studio;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use vyveska::clock::{self, Now};
use vyveska::config::{Config, Language};
use vyveska::files::Files;
use vyveska::nav::Patience;
use vyveska::screen::pictures::Pictures;
use vyveska::store::Reader;
use vyveska::wire::SyncReport;

use stage::Stage;
use studio::{Set, Studio};

#[derive(clap::Args)]
pub struct Arguments {
    /// Which page or state; `list` names them all
    #[arg(long, default_value = "wall")]
    page: String,
    /// Where to write the picture (PNG)
    #[arg(short, long, default_value = "shot.png")]
    out: PathBuf,
    /// Pixels of the panel, such as 1080x1920
    #[arg(long)]
    size: Option<String>,
    /// cs or en
    #[arg(long, default_value = "cs")]
    lang: String,
    /// The time it shows, such as 2026-11-22T14:05:00+01:00
    #[arg(long)]
    now: Option<String>,
    /// Of this panel; without it, of the demo's three villages
    #[arg(long)]
    config: Option<PathBuf>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    if arguments.page == "list" {
        print!("{}", Stage::list());
        return ExitCode::SUCCESS;
    }
    match draw(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn draw(arguments: &Arguments) -> Result<(), String> {
    let stage = Stage::named(&arguments.page)
        .ok_or_else(|| format!("There is no page \"{}\". `vyveska shot --page list` names them.", arguments.page))?;
    let language = Language::parse(&arguments.lang)
        .ok_or_else(|| format!("The board does not speak \"{}\". Say cs or en.", arguments.lang))?;
    let now = arguments.now.as_deref().map(clock::parse).transpose().map_err(|error| format!("{error}."))?;
    if let Some(config) = &arguments.config {
        return shoot(arguments, stage, language, configured(config, now)?);
    }
    #[cfg(feature = "hub")]
    {
        let now = now.unwrap_or_else(|| Now::trusted(clock::now(None).at));
        let demo = super::demo::DataFolder::prepared(now).map_err(|error| format!("{error}."))?;
        shoot(arguments, stage, language, configured(&demo.config(), Some(now))?)
    }
    #[cfg(not(feature = "hub"))]
    Err("This program was built without the demo: name a configuration with --config.".into())
}

fn shoot(arguments: &Arguments, stage: &Stage, language: Language, of: (Set, Pictures)) -> Result<(), String> {
    let (mut set, pictures) = of;
    if let Some(size) = &arguments.size {
        set.panel = studio::panel(size)?;
    }
    stage.dress(&mut set);
    let mut studio = Studio::new(&set, pictures)?;
    stage.play(&mut studio, language);
    let png = studio.glass.picture().png();
    fs::write(&arguments.out, png).map_err(|error| format!("{} cannot be written: {error}.", arguments.out.display()))
}

fn configured(path: &Path, now: Option<Now>) -> Result<(Set, Pictures), String> {
    let config = Config::read(path).map_err(|error| error.to_string())?;
    let told = |error: &dyn std::fmt::Display| format!("{error}.");
    let reader = Reader::open(&config.data).map_err(|error| told(&error))?;
    let mut posted = Vec::new();
    for board in &config.boards {
        posted.extend(reader.posted(&board.key).map_err(|error| told(&error))?);
    }
    let report = SyncReport::read(&config.run).unwrap_or_default();
    let now = now.unwrap_or_else(|| clock::now(reader.saved_time().ok().flatten()));
    let idle = Duration::from_secs(config.session.idle_seconds.into());
    let warning = Duration::from_secs(config.session.warning_seconds.into());
    let set = Set {
        boards: config.boards,
        posted,
        report,
        now,
        panel: config.panel,
        patience: Patience { idle, warning },
        languages: config.languages,
    };
    Ok((set, Pictures::of_files(Files::at(&config.data))))
}
