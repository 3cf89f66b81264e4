//! `vyveska shot`: draws any page or state of the board into a picture, without a display.

mod alert;
mod attachments;
mod stage;
mod studio;
mod visit;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use vyveska::clock::{self, Now};
use vyveska::config::{Config, Language, Panel};
use vyveska::files::Files;
use vyveska::nav::Patience;
use vyveska::screen::pictures::Pictures;
use vyveska::store::Reader;
use vyveska::touch::Trace;
use vyveska::wire::SyncReport;
use vyveska::wire::decree::Decree;

use crate::exit::{self, Failure};

use stage::Stage;
use studio::{Set, Studio};

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 drawn; 1 it cannot be drawn, or the picture not be written; 2 the arguments, the configuration or the data \
folder cannot be used")]
pub struct Arguments {
    /// Which page or state; `list` names them all
    #[arg(long, default_value = "wall")]
    page: String,
    /// Where to write the picture (PNG)
    #[arg(short, long, default_value = "shot.png")]
    out: PathBuf,
    /// Pixels of the panel, such as 1080x1920
    #[arg(long, value_name = "SIZE", value_parser = studio::panel)]
    size: Option<Panel>,
    /// Which language it speaks, by its code
    #[arg(long, value_name = "CODE", default_value = "cs", value_parser = language)]
    lang: Language,
    /// The time it shows, such as 2026-11-22T14:05:00+01:00
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
    /// As where nobody vouches for the clock that shows this time
    #[arg(long)]
    untrusted: bool,
    /// What a touch sensor told, as evemu-record writes it: replayed on the page before the picture is drawn
    #[arg(long, value_name = "FILE", value_parser = visit::read)]
    visit: Option<Trace>,
    /// Of this panel; without it, of the demo's three villages
    #[arg(long)]
    config: Option<PathBuf>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    if arguments.page == "list" {
        print!("{}", Stage::list());
        return ExitCode::SUCCESS;
    }
    exit::end(draw(&arguments))
}

fn language(code: &str) -> Result<Language, String> {
    Language::parse(code).ok_or_else(|| format!("The board does not speak it. Say {}.", Language::codes()))
}

fn draw(arguments: &Arguments) -> Result<(), Failure> {
    let none = || format!("There is no page \"{}\". `vyveska shot --page list` names them.", arguments.page);
    let stage = Stage::named(&arguments.page).ok_or_else(none).map_err(Failure::Unusable)?;
    if let Some(config) = &arguments.config {
        let of = configured(config, arguments.now).map_err(Failure::Unusable)?;
        return shoot(arguments, stage, of).map_err(Failure::Failed);
    }
    #[cfg(feature = "hub")]
    {
        let now = arguments.now.unwrap_or_else(|| Now::trusted(clock::now(clock::Saved::default()).at));
        let demo = super::demo::DataFolder::prepared(now).map_err(|error| Failure::Failed(format!("{error}.")))?;
        let of = configured(&demo.config(), Some(now)).map_err(Failure::Failed)?;
        shoot(arguments, stage, of).map_err(Failure::Failed)
    }
    #[cfg(not(feature = "hub"))]
    Err(Failure::unusable("This program was built without the demo: name a configuration with --config."))
}

fn shoot(arguments: &Arguments, stage: &Stage, of: (Set, Pictures)) -> Result<(), String> {
    let (mut set, pictures) = of;
    if arguments.untrusted {
        set.now = Now::untrusted(set.now.at, set.now.last_trusted);
    }
    if let Some(panel) = arguments.size {
        set.panel = panel;
    }
    stage.dress(&mut set);
    set.speak_first(arguments.lang);
    let mut studio = Studio::new(&set, pictures)?;
    stage.play(&mut studio, arguments.lang);
    if let Some(trace) = &arguments.visit {
        visit::replay(&mut studio, trace).map_err(|error| format!("{error}."))?;
    }
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
    let now = now.unwrap_or_else(|| clock::now(reader.saved_time().unwrap_or_default()));
    let idle = Duration::from_secs(config.session.idle_seconds.into());
    let warning = Duration::from_secs(config.session.warning_seconds.into());
    let set = Set {
        boards: config.boards,
        posted,
        report,
        decree: Decree::read(&config.run).unwrap_or_default(),
        now,
        panel: config.panel,
        patience: Patience { idle, warning },
        languages: config.languages,
    };
    Ok((set, Pictures::of_files(Files::at(&config.data))))
}
