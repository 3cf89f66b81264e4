//! `vyveska shot`: draws any page or state of the board into a picture, without a display.

mod sample;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use vyveska::clock::Now;
use vyveska::config::{Config, Language, Panel};
use vyveska::files::Files;
use vyveska::glass::{Offscreen, scale_factor};
use vyveska::model::Board;
use vyveska::nav::Patience;
use vyveska::screen::pictures::Pictures;
use vyveska::screen::{Screen, Setting};
use vyveska::store::{Posted, Reader};
use vyveska::view::View;
use vyveska::wire::SyncReport;

use stage::Stage;

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
    now: Option<DateTime<Utc>>,
    /// Of this panel; without it, of a sample board
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Everything a page is drawn from.
pub struct Set {
    pub boards: Vec<Board>,
    pub posted: Vec<Posted>,
    pub report: SyncReport,
    pub now: Now,
    pub panel: Panel,
    pub patience: Patience,
    pub languages: Vec<Language>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    if arguments.page == "list" {
        Stage::ALL.iter().for_each(|stage| println!("{:<18} {}", stage.name, stage.shows));
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
    let (mut set, pictures) = match &arguments.config {
        Some(path) => configured(path, arguments.now)?,
        None => (sample::set(arguments.now), sample::pictures()),
    };
    if let Some(size) = &arguments.size {
        set.panel = panel(size)?;
    }
    let png = shoot(&mut set, pictures, stage, language)?;
    fs::write(&arguments.out, png).map_err(|error| format!("{} cannot be written: {error}.", arguments.out.display()))
}

fn shoot(set: &mut Set, pictures: Pictures, stage: &Stage, language: Language) -> Result<Vec<u8>, String> {
    stage.dress(set);
    let panel = set.panel;
    let mut glass = Offscreen::new(panel.width_px, panel.height_px, scale_factor(panel.width_px, panel.width_mm))
        .map_err(|error| format!("{error}."))?;
    let setting = Setting { panel, patience: set.patience, languages: set.languages.clone() };
    let view = View::of(&set.boards, set.posted.clone(), &set.report, set.now);
    let mut screen = Screen::new(&setting, pictures, view, Duration::ZERO).map_err(|error| format!("{error}."))?;
    settle(&mut screen, &mut glass);
    stage.play(&mut screen, &mut glass, language);
    settle(&mut screen, &mut glass);
    Ok(glass.picture().png())
}

/// A page that is laid out may call for more of itself.
fn settle(screen: &mut Screen, glass: &mut Offscreen) {
    for _ in 0..3 {
        glass.advance(Duration::from_millis(50));
        screen.settle(glass.time());
    }
}

fn configured(path: &Path, now: Option<DateTime<Utc>>) -> Result<(Set, Pictures), String> {
    let config = Config::read(path).map_err(|error| error.to_string())?;
    let told = |error: &dyn std::fmt::Display| format!("{error}.");
    let reader = Reader::open(&config.data).map_err(|error| told(&error))?;
    let mut posted = Vec::new();
    for board in &config.boards {
        posted.extend(reader.posted(&board.key).map_err(|error| told(&error))?);
    }
    let report = SyncReport::read(&config.run).unwrap_or_default();
    let now = match now {
        Some(at) => Now::trusted(at),
        None => vyveska::clock::now(reader.saved_time().ok().flatten()),
    };
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

/// A panel of so many pixels. Without a configuration, pixels are as large as those of a 32-inch panel of 1080 × 1920,
/// or half that where there are twice as many.
fn panel(size: &str) -> Result<Panel, String> {
    let wrong = || format!("\"{size}\" is no size. Write width and height in pixels, such as 1080x1920.");
    let (width, height) = size.split_once('x').ok_or_else(wrong)?;
    let side = |text: &str| text.parse().ok().filter(|side| (320..=8192).contains(side)).ok_or_else(wrong);
    let (width_px, height_px): (u32, u32) = (side(width)?, side(height)?);
    let fineness = if width_px.min(height_px) >= 2160 { 2.0 } else { 1.0 };
    let mm = 398.0 / 1080.0 / fineness;
    Ok(Panel {
        width_px,
        height_px,
        width_mm: width_px as f32 * mm,
        height_mm: height_px as f32 * mm,
        lower_edge_mm: 850.0,
        reading_distance_mm: 800.0,
    })
}
