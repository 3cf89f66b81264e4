//! The glass on a bare display: the kernel's mode setting and input devices, without a desktop.
//!
//! ```text
//! input → hands → pane (shadow buffer) → display: two scan-out buffers, turned while copied, flipped at vblank
//! ```
//!
//! What it deliberately does not do: composite, or choose anything by itself that `[display]` and `[touch]` name. It
//! paints what changed, copies what changed in the last two pictures, and a still screen waits in one `poll` for the
//! card, the sensors, the kernel's news, the program and the next thing due; nothing is asked in turns.
//!
//! The surprising thing: a display that is not there is no error. The board goes on in memory, tells that nobody sees it
//! ([`Turn::Unseen`]), and is on the glass as soon as there is one. What ends the loop is a card that is lost or hangs:
//! the program ends and is started again.

mod card;
pub mod class;
mod display;
pub mod flips;
mod input;
pub mod kept;
pub mod light;
pub mod output;
pub mod proof;
pub mod rotation;
mod status;
mod terminal;
pub mod uevent;
mod waker;

use std::os::fd::AsFd;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

pub use self::input::Sensors;
pub use self::status::{Gauge, Level, Status};
pub use self::waker::Waker;

use self::card::Card;
use self::display::{Display, Shown};
use self::input::{Deed, Inputs};
use self::terminal::Terminal;
use self::uevent::Uevents;
use super::{GlassError, Hands, Next, Pane, Size, Turn};
use crate::config;
use crate::touch::Matrix;

/// The card's name in systemd's store.
const CARD: &str = "vyveska-card";
const CARDS: &str = "/dev/dri";
const INPUTS: &str = "/dev/input";
/// A driver that comes late is waited for: half a minute, well within what systemd grants a start.
const CARD_LOOKS: u32 = 150;
const CARD_PAUSE: Duration = Duration::from_millis(200);
/// From one frame to the next at least, also where a display flips at once: a little less than a frame of 60 a second,
/// so that no vblank is missed by a hair.
const LEAST: Duration = Duration::from_millis(14);
/// The kernel is asked how the display is no more often than this.
const ASK: Duration = Duration::from_secs(1);

/// What the glass has to know of the panel.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The upright picture.
    pub panel: Size,
    /// Logical to physical pixels.
    pub scale: f32,
    pub display: config::Display,
    pub touch: config::Touch,
}

/// Whether this machine has a graphics card that could be used without a desktop.
pub fn available() -> bool {
    !Card::paths(Path::new(CARDS)).is_empty()
}

/// A bare display. Open it first, then make the component, then run.
pub struct Kms {
    settings: Settings,
    pane: Pane,
    display: Display,
    inputs: Inputs,
    waker: Waker,
    gauge: Gauge,
    terminal: Terminal,
}

impl Kms {
    /// Takes the card and all input devices. That no display is plugged in is no error. Under systemd a card that is not
    /// there yet, or not yet ours, is waited for; by hand it is an error at once.
    pub fn open(settings: Settings) -> Result<Kms, GlassError> {
        let Settings { panel, scale, display, touch } = &settings;
        let kept = kept::take(CARD);
        let inherited = kept.is_some();
        let card = match kept {
            Some(fd) => Card::inherited(fd),
            None => find()?,
        };
        let terminal = Terminal::silence();
        let pane = Pane::new(*panel, *scale)?;
        let display = Display::new(card, inherited, display.clone(), *panel);
        let matrix = Matrix(touch.matrix).then(rotation::matrix(settings.display.rotation));
        let inputs = Inputs::open(Path::new(INPUTS), touch.keypad.clone(), matrix, *panel);
        let waker = Waker::new().map_err(|error| no_display(&error.to_string()))?;
        Ok(Kms { pane, display, inputs, waker, gauge: Gauge::default(), terminal, settings })
    }

    /// The contacts on this glass, for the screen whose canvas they move.
    pub fn hands(&self) -> Hands {
        self.pane.hands()
    }

    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    pub fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }

    /// Shows the component made since [`Kms::open`] until the program wants to stop. `clock` is [`crate::clock::ticks`].
    pub fn run(
        self,
        clock: impl Fn() -> Duration,
        turn: impl FnMut(&mut Pane, Turn) -> Next,
    ) -> Result<(), GlassError> {
        let uevents = Uevents::open();
        if let Err(error) = &uevents {
            tracing::warn!("what is plugged in is found with a delay: the kernel's news cannot be heard ({error})");
        }
        let Kms { settings, pane, display, inputs, waker, gauge, terminal: _terminal } = self;
        let mut stage = Stage {
            settings,
            pane,
            display,
            inputs,
            waker,
            gauge,
            uevents: uevents.ok(),
            clock,
            turn,
            active: false,
            woken: true,
            due: Duration::ZERO,
            ask_at: Duration::ZERO,
            next: Next::Event,
        };
        stage.display.look((stage.clock)())?;
        while stage.next != Next::Stop {
            stage.step()?;
        }
        Ok(())
    }
}

struct Stage<C, T> {
    settings: Settings,
    pane: Pane,
    display: Display,
    inputs: Inputs,
    waker: Waker,
    gauge: Gauge,
    uevents: Option<Uevents>,
    clock: C,
    turn: T,
    /// Somebody touched the glass, or pressed a key.
    active: bool,
    /// Another thread asked for a turn.
    woken: bool,
    /// No frame before this.
    due: Duration,
    /// The kernel is not asked about the display before this.
    ask_at: Duration,
    /// What the program wants.
    next: Next,
}

impl<C: Fn() -> Duration, T: FnMut(&mut Pane, Turn) -> Next> Stage<C, T> {
    /// A frame, if one is due, and then whatever happens next.
    fn step(&mut self) -> Result<(), GlassError> {
        let now = (self.clock)();
        if self.display.is_ready() && now >= self.due && self.frame_at().is_some_and(|at| at <= now) {
            self.frame(now)?;
            if self.next == Next::Stop {
                return Ok(());
            }
        }
        if !self.display.is_ready() {
            // A flip that was done while the program was held up has not failed.
            self.hear()?;
        }
        let still = !self.pane.moves();
        if self.display.tend(self.pane.pixels(), self.pane.size(), still, (self.clock)())? {
            // It is told with a frame.
            (self.woken, self.ask_at) = (true, Duration::ZERO);
        }
        self.wait()
    }

    /// When a frame is wanted; `None`: not by itself.
    fn frame_at(&self) -> Option<Duration> {
        if self.active || self.woken || self.display.wants_picture() || self.pane.moves() {
            return Some(Duration::ZERO);
        }
        let timer = self.pane.rest().map(|rest| self.pane.time() + rest);
        let wish = match self.next {
            Next::Turn(at) => Some(at),
            Next::Event | Next::Stop => None,
        };
        [timer, wish].into_iter().flatten().min()
    }

    fn frame(&mut self, now: Duration) -> Result<(), GlassError> {
        self.fit()?;
        let active = std::mem::take(&mut self.active);
        self.woken = false;
        self.pane.tick(now);
        self.next = (self.turn)(&mut self.pane, Turn::Step { at: now, active });
        if self.next == Next::Stop {
            return Ok(());
        }
        let damage = self.pane.draw();
        self.due = now + LEAST;
        match self.display.present(self.pane.pixels(), self.pane.size(), damage, &self.clock)? {
            Shown::Now => self.told(Turn::Presented { at: (self.clock)() }),
            Shown::Soon => {}
            Shown::Nowhere => self.told(Turn::Unseen { at: (self.clock)() }),
        }
        Ok(())
    }

    /// Tells the program what became of its step; what is known of the glass comes first.
    fn told(&mut self, turn: Turn) {
        let (Turn::Step { at, .. } | Turn::Presented { at } | Turn::Unseen { at }) = turn;
        let sensors = self.inputs.sensors();
        let ask = at >= self.ask_at;
        self.gauge.set(|status| {
            status.sensors = sensors;
            if ask {
                self.display.tell(status);
            }
        });
        if ask {
            self.ask_at = at + ASK;
        }
        self.next = (self.turn)(&mut self.pane, turn);
    }

    /// The display has another size than the pane: the board is laid out anew, as large on the glass as before.
    fn fit(&mut self) -> Result<(), GlassError> {
        let Some(size) = self.display.size().filter(|size| *size != self.pane.size()) else { return Ok(()) };
        let across = |size: Size| f64::from(size.width).hypot(f64::from(size.height));
        let scale = f64::from(self.settings.scale) * across(size) / across(self.settings.panel);
        self.pane.resize(size, scale as f32)?;
        let matrix = Matrix(self.settings.touch.matrix).then(rotation::matrix(self.settings.display.rotation));
        let lifted = self.inputs.lie(matrix, size);
        self.take(lifted);
        Ok(())
    }

    fn take(&mut self, deeds: Vec<Deed>) {
        for deed in deeds {
            match deed {
                Deed::Contact(contact, at) => {
                    let before = self.pane.hands().finger_at();
                    self.pane.touch(contact, at);
                    self.active |= self.pane.hands().finger_at() != before;
                }
                Deed::Key(key, at) => {
                    self.pane.press(key, at);
                    self.active = true;
                }
            }
        }
    }

    /// Sleeps until something happens, and takes it in.
    fn wait(&mut self) -> Result<(), GlassError> {
        if self.next == Next::Stop {
            return Ok(());
        }
        let frame = self.frame_at().filter(|_| self.display.is_ready()).map(|at| at.max(self.due));
        let until = [frame, self.display.due(!self.pane.moves())].into_iter().flatten().min();
        let rest = until.map(|until| until.saturating_sub((self.clock)()));
        let rest = rest.and_then(|rest| Timespec::try_from(rest).ok());
        let mut fds = vec![PollFd::new(&self.display.card, PollFlags::IN), PollFd::new(&self.waker, PollFlags::IN)];
        fds.extend(self.inputs.descriptors().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let inputs = fds.len();
        fds.extend(self.uevents.as_ref().map(|uevents| PollFd::from_borrowed_fd(uevents.as_fd(), PollFlags::IN)));
        match poll(&mut fds, rest.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(GlassError::Lost(error.to_string())),
        }
        let heard: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        drop(fds);
        if heard[0].intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
            return Err(GlassError::Lost("it was unplugged".into()));
        }
        if heard[2..inputs].iter().any(|heard| !heard.is_empty()) {
            let deeds = self.inputs.read();
            self.take(deeds);
        }
        if !heard[1].is_empty() {
            self.woken |= self.waker.woken();
        }
        if heard.get(inputs).is_some_and(|heard| !heard.is_empty()) {
            self.news()?;
        }
        if !heard[0].is_empty() {
            self.hear()?;
        }
        Ok(())
    }

    /// Takes in what the card tells of flips.
    fn hear(&mut self) -> Result<(), GlassError> {
        if self.display.heard((self.clock)())? {
            self.told(Turn::Presented { at: (self.clock)() });
        }
        Ok(())
    }

    fn news(&mut self) -> Result<(), GlassError> {
        let Some(uevents) = &self.uevents else { return Ok(()) };
        let news = uevents.read();
        if news.displays {
            self.display.look((self.clock)())?;
            // Whatever it found is told with a frame.
            (self.woken, self.ask_at) = (true, Duration::ZERO);
        }
        if news.inputs {
            self.inputs.look();
        }
        Ok(())
    }
}

/// Starts that fail because the card comes late would bring the rescue page, for an hour, and without a card.
fn find() -> Result<Card, GlassError> {
    let supervised = std::env::var_os("NOTIFY_SOCKET").is_some();
    let mut looks = if supervised { CARD_LOOKS } else { 1 };
    loop {
        looks -= 1;
        let why = match Card::find(Path::new(CARDS)) {
            Ok(Some(card)) => return Ok(card),
            Ok(None) => {
                "there is no graphics card in /dev/dri; load its driver, or see that it is in the kernel".into()
            }
            Err(error) => error.to_string(),
        };
        match looks {
            0 => return Err(no_display(&why)),
            _ if looks + 1 == CARD_LOOKS => tracing::warn!("the card is waited for: {why}"),
            _ => {}
        }
        thread::sleep(CARD_PAUSE);
    }
}

fn no_display(why: &str) -> GlassError {
    GlassError::NoDisplay(why.to_owned())
}
