//! `vyveska demo`: a union of three villages on one machine, with nothing but this program.
//!
//! The offices' web server and the hub run in this process; sync and panel are processes of their own, as on the device,
//! and know nothing of the demo. The surprising thing: where there is no display, the screens are drawn into files, and
//! the panel runs all the same: the hub's page has its picture.

mod child;
mod documents;
mod hub;
mod ofn;
mod publisher;
mod state;
mod village;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, io, thread};

use vyveska::clock::{self, Clock, Now};
use vyveska::pin::Code;
use vyveska::wire::SyncReport;

use child::Child;
use publisher::Publisher;
use state::Folder;

/// How often the demo looks whether something has happened.
const STEP: Duration = Duration::from_millis(50);
/// Longest wait until the first notices are there. They come within a second; a slow machine gets more.
const FIRST_NOTICES: Duration = Duration::from_secs(60);
/// Longest wait for one round with all its documents and pages.
const WHOLE_ROUND: Duration = Duration::from_secs(600);
/// Longest wait for one screen.
const ONE_SCREEN: Duration = Duration::from_secs(120);
/// A window that fails so early never opened: the display is named, but not there.
const OPENING: Duration = Duration::from_secs(10);

/// What is drawn where there is no display: file name, page, language.
const SCREENS: [(&str, &str, &str); 7] = [
    ("wall.png", "wall", "cs"),
    ("board.png", "board", "cs"),
    ("notice.png", "notice", "cs"),
    ("document.png", "document", "cs"),
    ("unavailable.png", "unavailable", "cs"),
    ("offline.png", "offline", "cs"),
    ("board-en.png", "board", "en"),
];

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 shown; 1 it failed on the way; 2 the arguments cannot be used; 130 interrupted")]
pub struct Arguments {
    /// Cut the offices' web server off after so many seconds (without a display: before the screens are drawn)
    #[arg(long, value_name = "SECONDS")]
    offline_after: Option<u64>,
    /// Draw the screens into this folder instead of opening a window
    #[arg(long, value_name = "FOLDER")]
    screens: Option<PathBuf>,
    /// Pretend that it is this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
}

/// Why the demo could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("the demo needs a port of the loopback and processes of its own: {0}")]
    System(#[from] io::Error),
    #[error("the demo cannot write to {}: {why}; name another folder, or mend its rights", folder.display())]
    Folder { folder: PathBuf, why: io::Error },
    #[error("`vyveska sync` ended early; what it said above tells why")]
    SyncEnded,
    #[error("no notices came within {} seconds; what `sync` said above tells why", .0.as_secs())]
    NoNotices(Duration),
    #[error("`vyveska {0}` failed; what it said above tells why")]
    Failed(String),
    #[error("{0}")]
    Hub(#[from] vyveska::hub::HubError),
    #[error("interrupted")]
    Interrupted,
}

pub fn run(arguments: Arguments) -> ExitCode {
    match show(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(DemoError::Interrupted) => ExitCode::from(130),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A board with everything fetched and drawn, and nobody to ask for more. Removed when dropped.
#[cfg(feature = "panel")]
pub struct DataFolder(Folder);

#[cfg(feature = "panel")]
impl DataFolder {
    /// Fetches the demo's boards as they are at `now`, documents and pages included.
    pub fn prepared(now: Now) -> Result<DataFolder, DemoError> {
        let demo = Demo::start(now)?;
        // Whoever asked has words of their own.
        let mut sync = Child::silent(&["sync", "--once"], &demo.folder.config(), now)?;
        demo.round_of(&mut sync)?;
        Ok(DataFolder(demo.folder))
    }

    /// The configuration that `--config` takes.
    pub fn config(&self) -> PathBuf {
        self.0.config()
    }
}

fn show(arguments: Arguments) -> Result<(), DemoError> {
    // A machine whose clock nobody vouches for still has today's demo.
    let now = arguments.now.unwrap_or_else(|| Now::trusted(clock::now(clock::Saved::default()).at));
    let mut demo = Demo::start(now)?;
    let offline_after = arguments.offline_after.map(Duration::from_secs);
    match arguments.screens {
        Some(folder) => demo.draw(&folder, offline_after),
        None => match display() {
            Ok(()) => demo.open(offline_after),
            Err(why) => {
                println!("There is {why}.");
                demo.draw(&Folder::screens(), offline_after)?;
                demo.stay()
            }
        },
    }
}

/// Whether a window can be opened, and why not.
#[cfg(feature = "window")]
fn display() -> Result<(), String> {
    vyveska::glass::window::available().map_err(|error| error.to_string())
}

#[cfg(not(feature = "window"))]
fn display() -> Result<(), String> {
    Err("no display: this program was built without the feature `window`".into())
}

struct Demo {
    // The order counts: children end before the folder goes.
    publisher: Publisher,
    hub: hub::Hub,
    folder: Folder,
    clock: Clock,
    /// Of the technician's page.
    pin: Code,
    interrupted: Arc<AtomicBool>,
}

impl Demo {
    fn start(now: Now) -> Result<Demo, DemoError> {
        let interrupted = interrupted()?;
        let clock = Clock::set(now);
        let publisher = Publisher::start(clock)?;
        let folder = Folder::create()?;
        let pin = Code::made()?;
        let hub = hub::Hub::start(&folder.hub(), clock)?;
        folder.configure(&publisher, &pin, &hub.settings())?;
        Ok(Demo { publisher, hub, folder, clock, pin, interrupted })
    }

    /// Two processes and a window, until it is closed.
    fn open(&mut self, offline_after: Option<Duration>) -> Result<(), DemoError> {
        let mut sync = self.child(&["sync"])?;
        self.first_notices(&mut sync)?;
        println!("The board opens: touch is the mouse; Ctrl+C or closing the window ends the demo.");
        println!(
            "The technician's page: hold the line \"Obsah ověřen\" for five seconds; the PIN is {}.",
            self.pin.digits()
        );
        self.introduce_the_hub();
        let mut panel = self.child(&["panel", "--ledger"])?;
        let opened = clock::ticks();
        let mut cable = offline_after;
        loop {
            match panel.ended()? {
                Some(status) if status.success() => return Ok(()),
                Some(_) if clock::ticks() - opened < OPENING => break,
                Some(_) => return Err(DemoError::Failed("panel".into())),
                None => {}
            }
            if sync.ended()?.is_some() {
                return Err(DemoError::SyncEnded);
            }
            if cable.is_some_and(|after| clock::ticks() - opened >= after) {
                cable = None;
                self.cut_off();
            }
            self.step()?;
        }
        // Two programs must not sync into the same folder.
        drop(sync);
        println!("The display cannot be used.");
        self.draw(&Folder::screens(), offline_after)?;
        self.stay()
    }

    /// Two processes without a window, until Ctrl+C: only the hub shows the board then.
    fn stay(&mut self) -> Result<(), DemoError> {
        if !cfg!(feature = "panel") {
            return Ok(());
        }
        let mut sync = self.child(&["sync"])?;
        let mut panel = self.child(&["panel", "--headless", "--ledger"])?;
        self.introduce_the_hub();
        println!(
            "The board is shown to nobody but the hub, whose page of the panel has its picture; Ctrl+C ends the demo."
        );
        loop {
            if sync.ended()?.is_some() {
                return Err(DemoError::SyncEnded);
            }
            if panel.ended()?.is_some() {
                return Err(DemoError::Failed("panel".into()));
            }
            self.step()?;
        }
    }

    fn introduce_the_hub(&self) {
        println!(
            "The office's side, in a browser: {}\nThis link makes the hub's first administrator, once.",
            self.hub.link
        );
    }

    /// One round, then every screen into a file.
    fn draw(&mut self, screens: &Path, offline_after: Option<Duration>) -> Result<(), DemoError> {
        if cfg!(feature = "panel") {
            fs::create_dir_all(screens).map_err(|why| DemoError::Folder { folder: screens.to_owned(), why })?;
        }
        println!("The villages' notices are fetched, their pages drawn …");
        self.whole_round()?;
        if offline_after.is_some() {
            // Nobody watches the seconds here: the screens show what is left when the network is gone.
            self.cut_off();
            let mut sync = self.child(&["sync", "--once"])?;
            self.until(&mut sync, WHOLE_ROUND)?;
        }
        if !cfg!(feature = "panel") {
            println!("This program was built without a screen; `vyveska notices` would list what the board shows.");
            return Ok(());
        }
        for (name, page, language) in SCREENS {
            let file = screens.join(name);
            let out = file.display().to_string();
            let mut shot = self.child(&["shot", "--page", page, "--lang", language, "-o", &out])?;
            if !self.until(&mut shot, ONE_SCREEN)? {
                return Err(DemoError::Failed(format!("shot --page {page}")));
            }
        }
        println!("The screens are in {}", screens.display());
        Ok(())
    }

    fn whole_round(&self) -> Result<(), DemoError> {
        let mut sync = self.child(&["sync", "--once"])?;
        self.round_of(&mut sync)
    }

    fn round_of(&self, sync: &mut Child) -> Result<(), DemoError> {
        // A round in which one document failed is not a failed demo: that document is broken on purpose.
        self.until(sync, WHOLE_ROUND)?;
        if self.some_notices() { Ok(()) } else { Err(DemoError::NoNotices(WHOLE_ROUND)) }
    }

    fn first_notices(&mut self, sync: &mut Child) -> Result<(), DemoError> {
        let asked = clock::ticks();
        while !self.some_notices() {
            if sync.ended()?.is_some() {
                return Err(DemoError::SyncEnded);
            }
            if clock::ticks() - asked > FIRST_NOTICES {
                return Err(DemoError::NoNotices(FIRST_NOTICES));
            }
            self.step()?;
        }
        Ok(())
    }

    fn some_notices(&self) -> bool {
        SyncReport::read(&self.folder.run()).is_some_and(|report| report.boards.iter().any(|board| board.up > 0))
    }

    fn cut_off(&mut self) {
        self.publisher.cut_off();
        println!("The network is gone: the offices' web server is cut off. The board stays.");
    }

    fn child(&self, words: &[&str]) -> Result<Child, DemoError> {
        Ok(Child::start(words, &self.folder.config(), self.clock.now())?)
    }

    /// Waits for a child; whether it succeeded in time.
    fn until(&self, child: &mut Child, limit: Duration) -> Result<bool, DemoError> {
        let started = clock::ticks();
        loop {
            if let Some(status) = child.ended()? {
                return Ok(status.success());
            }
            if clock::ticks() - started > limit {
                return Ok(false);
            }
            self.step()?;
        }
    }

    fn step(&self) -> Result<(), DemoError> {
        thread::sleep(STEP);
        if self.interrupted.load(Ordering::Relaxed) { Err(DemoError::Interrupted) } else { Ok(()) }
    }
}

/// Becomes true with Ctrl+C or SIGTERM, so that the folder is removed before the program ends.
fn interrupted() -> io::Result<Arc<AtomicBool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    // Listening before anything is there that a signal would leave behind.
    let (mut interrupt, mut terminate) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            raised.store(true, Ordering::Relaxed);
        });
    })?;
    Ok(flag)
}
