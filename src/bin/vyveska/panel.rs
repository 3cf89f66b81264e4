//! `vyveska panel`: the board on the glass. Screen and touch, no network.

#[cfg(feature = "kms")]
mod bare;
mod brightness;
mod budget;
mod bundle;
mod camera;
mod glass;
mod hand;
mod headless;
mod lens;
mod log;
mod orders;
mod place;
mod player;
mod pulse;
mod record;
mod report;
mod source;
mod technician;
mod urgent;
mod vow;
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use vyveska::clock::{self, Clock, Now};
use vyveska::config::{self, Config};
use vyveska::files::Files;
use vyveska::glass::{GlassError, Hands, Offscreen, Size, Turn, scale_factor};
use vyveska::notify::Notify;

use crate::exit::{self, Failure};
use vyveska::pages::PageChild;
use vyveska::screen::pictures::Pictures;
use vyveska::screen::tiles::Tiles;

use self::glass::Glass;
pub use self::headless::Headless;
use self::orders::Orders;
use self::place::Places;
use self::player::{Parts, Player};
pub use self::pulse::Pulse;
use self::record::Record;
use self::report::Report;
use self::source::Source;
use self::technician::Technician;
use self::vow::Vow;
use self::watch::Watch;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 closed; 1 there is no display, or it failed; 2 the arguments or the configuration cannot be used; 3 the
display was lost or hangs, start again")]
pub struct Arguments {
    /// The panel's settings
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
    /// Where the board is shown; left out, in a window where there is a desktop, else on the bare display
    #[arg(long, value_enum)]
    display: Option<Way>,
    /// The settings that were last in force, where those cannot be used
    #[arg(long, value_name = "FILE")]
    last_good: Option<PathBuf>,
    /// Show the board as it is at this time (RFC 3339); the time goes on from there
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
    /// Paint the first frame into a picture and end
    #[arg(long, value_name = "PNG", hide = true)]
    offscreen: Option<PathBuf>,
    /// Run without a display
    #[arg(long, hide = true)]
    headless: bool,
    /// Hear from this file, while it is written, what a touch sensor tells (evemu)
    #[arg(long, value_name = "FILE", hide = true, requires = "headless")]
    touch: Option<PathBuf>,
    /// As if the machine's clock said so, with nothing behind it
    #[arg(long, value_name = "TIME", hide = true, conflicts_with = "now", value_parser = clock::parse)]
    wall: Option<Now>,
    /// Keep the ledger all the same, where the time was given or nobody sees the glass
    #[arg(long, hide = true)]
    ledger: bool,
}

/// The way of the picture to the display.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Way {
    /// The kernel's own: a machine without a desktop
    Kms,
    /// A window on a desktop
    Window,
}

impl Way {
    pub fn of_this_machine() -> Way {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let desktop = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(set);
        // A program for the device knows no windows, and says of the bare display what it lacks.
        let window = cfg!(feature = "window") && (desktop || !bare_is_possible());
        if window { Way::Window } else { Way::Kms }
    }
}

impl Arguments {
    fn way(&self) -> Way {
        self.display.unwrap_or_else(Way::of_this_machine)
    }

    /// The ledger is evidence: a time that was given and a glass that nobody sees stay out of it.
    fn record(&self, config: &Config) -> Record {
        Record::new((self.is_on_the_street() || self.ledger).then_some(config.data.as_path()))
    }

    fn is_on_the_street(&self) -> bool {
        self.now.is_none() && self.wall.is_none() && self.offscreen.is_none() && !self.headless
    }

    fn technician(&self, config: &Config) -> Technician {
        Technician::new(&self.config, config, self.is_on_the_street() || self.touch.is_some())
    }
}

pub fn run(arguments: Arguments) -> ExitCode {
    // The first thing: times are counted from here.
    clock::ticks();
    give_pictures_back();
    // The window library reports the desktop's whims; nobody at a panel can do anything about them.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,winit=error,calloop=error"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(log::Log).with_target(false);
    // Where the demo set one up already, that one stays.
    let _ = log.try_init();
    let config = Config::in_force(&arguments.config, arguments.last_good.as_deref()).map_err(Failure::unusable);
    exit::end(config.and_then(|(config, problem)| {
        if arguments.offscreen.is_none() {
            log::keep_in(&config.run, clock::now(clock::Saved::default()));
        }
        if let Some(problem) = problem {
            tracing::error!("the settings that were last in force are used: {problem}");
        }
        show(&arguments, &config).map_err(failure)
    }))
}

/// Pictures of pages are megabytes that come and go. The allocator would learn to keep their room for the next ones,
/// in pieces, and the panel would grow with every document; below a fixed threshold it does not learn.
fn give_pictures_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number of the allocator, before there is a second thread.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 10);
    }
}

pub fn failure(error: Box<dyn std::error::Error>) -> Failure {
    match error.downcast_ref() {
        Some(GlassError::Hung { .. } | GlassError::Lost(_)) => Failure::Lost(error.to_string()),
        _ => Failure::failed(error),
    }
}

#[cfg(feature = "kms")]
fn bare_is_possible() -> bool {
    vyveska::glass::kms::available()
}

#[cfg(not(feature = "kms"))]
fn bare_is_possible() -> bool {
    false
}

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn show(arguments: &Arguments, config: &Config) -> Fallible<()> {
    let panel = Size { width: config.panel.width_px, height: config.panel.height_px };
    let scale = scale_factor(config.panel.width_px, config.panel.width_mm);
    if let Some(picture) = &arguments.offscreen {
        return paint_once(arguments, config, scale, picture);
    }
    if arguments.headless {
        let mut glass = Headless::open(panel, scale)?;
        if let Some(file) = &arguments.touch {
            glass.listen(file)?;
        }
        let waker = glass.waker();
        let mut player = player(arguments, config, glass.hands(), Glass::Simple("headless"), move || {
            // A loop that has ended needs no waking.
            let _ = waker.send(());
        })?;
        let mut said = false;
        glass.run(|pane, turn| {
            let next = player.turn(pane, turn);
            if !said && matches!(turn, Turn::Presented { .. }) {
                said = true;
                println!("first frame after {} ms", clock::ticks().as_millis());
            }
            next
        });
        return Ok(());
    }
    match arguments.way() {
        Way::Window => in_a_window(arguments, config, panel, scale),
        Way::Kms => on_a_bare_display(arguments, config, panel, scale),
    }
}

#[cfg(feature = "kms")]
use self::bare::show as on_a_bare_display;

#[cfg(not(feature = "kms"))]
fn on_a_bare_display(_: &Arguments, _: &Config, _: Size, _: f32) -> Fallible<()> {
    Err("no display: this program was built without the feature `kms`".into())
}

#[cfg(feature = "window")]
fn in_a_window(arguments: &Arguments, config: &Config, panel: Size, scale: f32) -> Fallible<()> {
    use vyveska::glass::window::Window;

    let window = Window::open("vyveska", panel, scale).map_err(|error| match error {
        GlassError::NoDisplay(_) => {
            format!("{error}; start the panel in a desktop session, or draw the board into a picture: vyveska shot")
        }
        other => other.to_string(),
    })?;
    let waker = window.waker();
    let mut player = player(arguments, config, window.hands(), Glass::Simple("window"), move || waker.wake())?;
    window.run(clock::ticks, |pane, turn| player.turn(pane, turn))?;
    player.close(clock::ticks());
    Ok(())
}

#[cfg(not(feature = "window"))]
fn in_a_window(_: &Arguments, _: &Config, _: Size, _: f32) -> Fallible<()> {
    Err("no display: this program was built without the feature `window`".into())
}

fn paint_once(arguments: &Arguments, config: &Config, scale: f32, picture: &Path) -> Fallible<()> {
    let mut glass = Offscreen::new(config.panel.width_px, config.panel.height_px, scale)?;
    let source = Source::open(config);
    let clock = clock_of(arguments, &source);
    let parts = Parts {
        hands: glass.hands(),
        glass: Glass::Simple("headless"),
        source,
        clock,
        record: arguments.record(config),
        technician: arguments.technician(config),
        report: Report::new(None),
        orders: Orders::new(None, None),
        places: Places::new(None),
        pulse: Pulse::default(),
        vow: Vow::default(),
        watch: Watch::default(),
    };
    let pictures = Pictures::of_files(Files::at(&config.data));
    let mut player = Player::new(config, parts, pictures, Tiles::default(), Duration::ZERO)?;
    let at = glass.time();
    player.turn(glass.pane(), Turn::Step { at, active: false });
    glass.draw();
    player.turn(glass.pane(), Turn::Presented { at });
    std::fs::write(picture, glass.picture().png())?;
    Ok(())
}

fn player(
    arguments: &Arguments,
    config: &Config,
    hands: Hands,
    glass: Glass,
    wake: impl Fn() + Clone + Send + 'static,
) -> Fallible<Player> {
    let source = Source::open(config);
    let clock = clock_of(arguments, &source);
    let parts = Parts {
        hands,
        glass,
        source,
        clock,
        record: arguments.record(config),
        technician: arguments.technician(config),
        report: Report::new(Some(&config.run)),
        orders: Orders::new(Some(&config.run), Some(&config.data)),
        places: Places::new(Some(&config.run)),
        pulse: Pulse::new(Notify::from_environment()),
        vow: Vow::new(config),
        watch: Watch::start(config.run.clone(), wake.clone()),
    };
    let pictures = Pictures::behind(Files::at(&config.data), wake.clone());
    let tiles = lens::tiles(PageChild::this_program(), Files::at(&config.data), wake);
    Ok(Player::new(config, parts, pictures, tiles, clock::ticks())?)
}

fn clock_of(arguments: &Arguments, source: &Source) -> Clock {
    let saved = source.saved_time();
    let mut clock = match arguments.wall {
        Some(wall) => Clock::set(clock::judge(wall.at, saved, clock::Source::Nothing)),
        None => Clock::new(arguments.now, saved),
    };
    clock.learn(source.told_time());
    clock
}
