//! `vyveska rescue`: the office's telephone and web on the glass, where the board cannot be shown. It needs no store, no
//! data and no font of the machine, and shows something even where no configuration can be read.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{fs, io};

use tracing_subscriber::EnvFilter;
use vyveska::clock::{self, Saved};
use vyveska::config::{self, Config, Display, Language, Panel, Touch};
use vyveska::glass::{Next, Offscreen, Size, Turn, scale_factor};
use vyveska::model::Board;
use vyveska::notify::Notify;
use vyveska::screen::rescue::Rescue;
use vyveska::wire::PanelReport;

use crate::exit;
use crate::panel::{Headless, Pulse, Way, failure};

/// As the panel's own report.
const BEAT: Duration = Duration::from_secs(50);
/// What the record and systemd call this page.
const PAGE: &str = "rescue";

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 closed; 1 there is no display, or it failed; 2 the arguments cannot be used; 3 the display was lost or \
hangs, start again")]
pub struct Arguments {
    /// The panel's settings; a file that cannot be used is no reason not to show anything
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
    /// The settings that were last in force, where those cannot be used
    #[arg(long, value_name = "FILE")]
    last_good: Option<PathBuf>,
    /// Paint the page into a picture and end
    #[arg(long, value_name = "PNG", hide = true)]
    offscreen: Option<PathBuf>,
    /// Run without a display
    #[arg(long, hide = true)]
    headless: bool,
}

/// What is known of the panel and its offices.
struct Known {
    run: PathBuf,
    panel: Panel,
    display: Display,
    touch: Touch,
    boards: Vec<Board>,
    language: Language,
}

pub fn run(arguments: Arguments) -> ExitCode {
    clock::ticks();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,winit=error,calloop=error"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false).try_init();
    let fonts = std::env::temp_dir().join(format!("vyveska-rescue-{}", std::process::id()));
    if let Err(error) = bring_fonts(&fonts) {
        tracing::warn!("the machine's own fonts are looked for, though none is needed: {error}");
    }
    let shown = show(&arguments, &known(&arguments)).map_err(failure);
    let _ = fs::remove_dir_all(&fonts);
    exit::end(shown)
}

fn known(arguments: &Arguments) -> Known {
    match Config::in_force(&arguments.config, arguments.last_good.as_deref()) {
        Ok((config, problem)) => {
            if let Some(problem) = problem {
                tracing::warn!("the settings that were last in force are used: {problem}");
            }
            let language = config.languages.first().copied().unwrap_or(Language::Czech);
            let Config { run, panel, display, touch, boards, .. } = config;
            Known { run, panel, display, touch, boards, language }
        }
        Err(error) => {
            tracing::error!("{error}");
            // The reference panel: a page for it is legible on any.
            let panel = Panel {
                width_px: 1080,
                height_px: 1920,
                width_mm: 398.0,
                height_mm: 708.0,
                lower_edge_mm: 850.0,
                reading_distance_mm: 800.0,
            };
            Known {
                run: PathBuf::from("/run/vyveska"),
                panel,
                display: Display::default(),
                touch: Touch::default(),
                boards: Vec::new(),
                language: Language::Czech,
            }
        }
    }
}

fn show(arguments: &Arguments, known: &Known) -> Result<(), Box<dyn std::error::Error>> {
    let Known { run, panel, boards, language, .. } = known;
    let size = Size { width: panel.width_px, height: panel.height_px };
    let scale = scale_factor(panel.width_px, panel.width_mm);
    let page = || Rescue::new(panel, boards, *language);
    if let Some(picture) = &arguments.offscreen {
        let mut glass = Offscreen::new(size.width, size.height, scale)?;
        let _page = page()?;
        glass.draw();
        fs::write(picture, glass.picture().png())?;
        return Ok(());
    }
    let (mut pulse, mut told_at) = (Pulse::new(Notify::from_environment()), None);
    let mut turn = move |turn: Turn| {
        // Without a display it is there all the same, for when one is plugged in.
        if let Turn::Presented { at } | Turn::Unseen { at } = turn {
            pulse.presented(PAGE, 0, at);
            if told_at.is_none_or(|told| at >= told + BEAT) {
                told_at = Some(at);
                tell(run);
            }
        }
        let due = [pulse.due(), told_at.map(|told| told + BEAT)].into_iter().flatten().min();
        due.map_or(Next::Event, Next::Turn)
    };
    if arguments.headless {
        let glass = Headless::open(size, scale)?;
        let _page = page()?;
        glass.run(|_, next| turn(next));
        return Ok(());
    }
    match Way::of_this_machine() {
        Way::Window => in_a_window(size, scale, page, turn),
        Way::Kms => on_a_bare_display(size, scale, known, page, turn),
    }
}

#[cfg(feature = "kms")]
fn on_a_bare_display(
    size: Size,
    scale: f32,
    known: &Known,
    page: impl FnOnce() -> Result<Rescue, slint::PlatformError>,
    mut turn: impl FnMut(Turn) -> Next,
) -> Result<(), Box<dyn std::error::Error>> {
    use vyveska::glass::kms::{Kms, Settings};

    let (display, touch) = (known.display.clone(), known.touch.clone());
    let kms = Kms::open(Settings { panel: size, scale, display, touch })?;
    let _page = page()?;
    kms.run(clock::ticks, |_, at| turn(at))?;
    Ok(())
}

#[cfg(not(feature = "kms"))]
fn on_a_bare_display(
    _: Size,
    _: f32,
    _: &Known,
    _: impl FnOnce() -> Result<Rescue, slint::PlatformError>,
    _: impl FnMut(Turn) -> Next,
) -> Result<(), Box<dyn std::error::Error>> {
    Err("no display: this program was built without the feature `kms`".into())
}

#[cfg(feature = "window")]
fn in_a_window(
    size: Size,
    scale: f32,
    page: impl FnOnce() -> Result<Rescue, slint::PlatformError>,
    mut turn: impl FnMut(Turn) -> Next,
) -> Result<(), Box<dyn std::error::Error>> {
    let window = vyveska::glass::window::Window::open("vyveska", size, scale)?;
    let _page = page()?;
    window.run(clock::ticks, |_, at| turn(at))?;
    Ok(())
}

#[cfg(not(feature = "window"))]
fn in_a_window(
    _: Size,
    _: f32,
    _: impl FnOnce() -> Result<Rescue, slint::PlatformError>,
    _: impl FnMut(Turn) -> Next,
) -> Result<(), Box<dyn std::error::Error>> {
    Err("no display: this program was built without the feature `window`".into())
}

/// In the panel's place: the board is not on the glass. Where it cannot be said, an old record says the same.
fn tell(run: &Path) {
    if run.is_dir() {
        let at = clock::now(Saved::default()).at;
        let _ = PanelReport { v: PanelReport::VERSION, at, page: PAGE.to_owned(), ..PanelReport::default() }.write(run);
    }
}

/// Slint's font library ends the program on a machine that has fontconfig and not one font. It finds ours.
fn bring_fonts(folder: &Path) -> io::Result<()> {
    const FONT: &[u8] = include_bytes!("../../../ui/fonts/InterDeska-Regular.ttf");
    fs::create_dir_all(folder)?;
    fs::write(folder.join("InterDeska-Regular.ttf"), FONT)?;
    let place = |path: &Path| path.display().to_string().replace('&', "&amp;").replace('<', "&lt;");
    let text = format!("<fontconfig><dir>{0}</dir><cachedir>{0}</cachedir></fontconfig>", place(folder));
    let file = folder.join("fonts.conf");
    fs::write(&file, text)?;
    // SAFETY: there is no other thread yet that could read the environment.
    unsafe { std::env::set_var("FONTCONFIG_FILE", &file) };
    Ok(())
}
