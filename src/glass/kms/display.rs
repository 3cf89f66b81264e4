//! The one display: found, lit, flipped, lost and found again, and what is proved of it.
//!
//! The surprising thing: what was painted while a flip was under way, or while there was no display, is not lost: it is
//! part of what the next buffer lacks, and copied with it.

use std::io;
use std::time::Duration;

use drm::control::{connector, crtc};

use super::super::{Damage, GlassError, Rect, Size, Xrgb};
use super::card::{Buffer, Card, Mode, alike};
use super::flips::{self, Flips, Late};
use super::output::{Absent, choose};
use super::proof::Proof;
use super::rotation::{copy, turned};
use super::status::{Level, Status};
use super::{CARD, kept};
use crate::config;

/// Where nothing is plugged in, or it cannot be lit, it is looked at this often even if the kernel has no news.
pub const RETRY: Duration = Duration::from_secs(10);

/// What became of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// It is on the glass.
    Now,
    /// It will be, with the next vblank.
    Soon,
    /// There is no display that could show it.
    Nowhere,
}

pub(super) struct Display {
    pub card: Card,
    wish: config::Display,
    /// Of the configuration: the upright picture.
    wished: Size,
    lit: Option<Lit>,
    /// Buffers of a display before, of which one may still be shown: to free that one would switch the display off.
    retired: Vec<Buffer>,
    /// The picture that the shadow buffer lacks on the display.
    due: Damage,
    /// Everything has to be copied.
    whole: bool,
    look_at: Option<Duration>,
    proof: Proof,
    /// An earlier process left the card with its picture on.
    inherited: bool,
    /// What that process left in memory is still there.
    littered: bool,
    kept: bool,
    flips: Flips,
    flipped_at: Option<Duration>,
    trouble: Option<String>,
}

struct Lit {
    name: String,
    connector: connector::Handle,
    controller: crtc::Handle,
    mode: Mode,
    buffers: [Buffer; 2],
    front: usize,
    /// What the other buffer lacks of the front one.
    lacks: Damage,
    /// The controller shows our picture in our mode.
    set: bool,
}

impl Lit {
    fn size(&self) -> Size {
        let (width, height) = self.mode.size();
        Size { width: width.into(), height: height.into() }
    }
}

impl Display {
    pub fn new(card: Card, inherited: bool, wish: config::Display, wished: Size) -> Display {
        Display {
            card,
            wish,
            wished,
            lit: None,
            retired: Vec::new(),
            due: Damage::default(),
            whole: true,
            look_at: None,
            proof: Proof::default(),
            inherited,
            littered: inherited,
            kept: inherited,
            flips: Flips::default(),
            flipped_at: None,
            trouble: None,
        }
    }

    /// The size of the upright picture on the display that there is.
    pub fn size(&self) -> Option<Size> {
        self.lit.as_ref().map(|lit| turned(lit.size(), self.wish.rotation))
    }

    /// The kernel has news of displays, or it is time to see again: looks what is plugged in. What is there is lit with
    /// the next picture, also where it was there before: it may have been off meanwhile.
    pub fn look(&mut self, at: Duration) -> Result<(), GlassError> {
        let connectors = self.card.connectors(true).map_err(lost)?;
        let ports: Vec<_> = connectors.iter().map(|connector| connector.port.clone()).collect();
        let chosen = choose(&ports, &self.wish, self.wished).and_then(|(port, mode)| {
            let connector = &connectors[port];
            let controller = self.card.controller(connector.handle).ok().flatten();
            let controller = controller.ok_or_else(|| Absent::NoController { name: connector.port.name.clone() })?;
            Ok((connector, controller, connector.modes[mode]))
        });
        self.look_at = None;
        match chosen {
            Ok((connector, controller, mode)) => {
                self.take(connector.handle, &connector.port.name, controller, mode, at)
            }
            Err(absent) => {
                self.look_at = Some(at + RETRY);
                self.say(absent.to_string());
                // The controller keeps its last picture; the display is lit anew when it comes back.
                self.retired.extend(self.lit.take().into_iter().flat_map(|lit| lit.buffers));
                self.flips.forget();
                Ok(())
            }
        }
    }

    fn take(
        &mut self,
        connector: connector::Handle,
        name: &str,
        controller: crtc::Handle,
        mode: Mode,
        at: Duration,
    ) -> Result<(), GlassError> {
        let same = |lit: &Lit| lit.connector == connector && lit.controller == controller && alike(&lit.mode, &mode);
        if let Some(lit) = self.lit.as_mut().filter(|lit| same(lit)) {
            lit.set = false;
        } else {
            let buffers = self.card.buffer(&mode).and_then(|one| Ok([one, self.card.buffer(&mode)?]));
            let buffers = match buffers {
                Ok(buffers) => buffers,
                Err(error) => {
                    self.look_at = Some(at + RETRY);
                    self.say(format!("{name} has no memory for its picture ({error}); name a smaller [display] mode"));
                    return Ok(());
                }
            };
            let (width, height) = mode.size();
            tracing::info!("the board is on {name}, {width}x{height} at {} Hz", mode.vrefresh());
            let (name, lacks) = (name.to_owned(), Damage::default());
            let lit = Lit { name, connector, controller, mode, buffers, front: 0, lacks, set: false };
            self.retired.extend(self.lit.replace(lit).into_iter().flat_map(|before| before.buffers));
        }
        self.flips.forget();
        self.whole = true;
        Ok(())
    }

    /// Whether a picture can be handed over now.
    pub fn is_ready(&self) -> bool {
        !self.flips.under_way()
    }

    /// Whether something waits to be shown although nothing was painted.
    pub fn wants_picture(&self) -> bool {
        let waits = self.look_at.is_some();
        self.lit.as_ref().is_some_and(|lit| !waits && (!lit.set || self.whole || !self.due.is_empty()))
    }

    /// Shows the picture, of which `damage` is new.
    pub fn present(
        &mut self,
        pixels: &[Xrgb],
        size: Size,
        damage: Damage,
        clock: impl Fn() -> Duration,
    ) -> Result<Shown, GlassError> {
        self.due.merge(damage);
        if self.lit.is_none() {
            self.due = Damage::default();
            self.whole = true;
            return Ok(Shown::Nowhere);
        }
        if self.size() != Some(size) {
            // The pane gets the display's size before its next picture.
            self.whole = true;
            return Ok(Shown::Nowhere);
        }
        let all = Rect { x: 0, y: 0, width: size.width, height: size.height };
        let due = std::mem::take(&mut self.due);
        let whole = std::mem::take(&mut self.whole);
        let Some(lit) = &mut self.lit else { return Ok(Shown::Nowhere) };
        if lit.set && !whole && due.is_empty() {
            return Ok(Shown::Now);
        }
        let back = 1 - lit.front;
        let mut stale = std::mem::take(&mut lit.lacks);
        match whole || !lit.set {
            true => stale = Damage { rects: vec![all] },
            false => stale.merge(due.clone()),
        }
        let buffer = &mut lit.buffers[back];
        let stride = buffer.stride();
        copy(pixels, size, stale.rects(), self.wish.rotation, buffer.pixels(), stride);
        lit.lacks = if whole || !lit.set { stale } else { due };
        self.proof.begin(!lit.set, clock());
        let taken_over = !lit.set
            && std::mem::take(&mut self.inherited)
            && self.card.shown(lit.controller).is_some_and(|(mode, _)| alike(&mode, &lit.mode));
        let shown = if lit.set || taken_over {
            match self.card.flip(lit.controller, &lit.buffers[back]) {
                Ok(()) => Ok(Shown::Soon),
                // Another flip is under way: the last one of the process before.
                Err(error) if busy(&error) => light(&self.card, lit, back),
                Err(error) if is_lost(&error) => Err(error),
                Err(_) => light(&self.card, lit, back),
            }
        } else {
            light(&self.card, lit, back)
        };
        lit.front = back;
        // Copying took its time; the flip begins now.
        let at = clock();
        match shown {
            Ok(shown) => {
                lit.set = true;
                match shown {
                    Shown::Soon => self.flips.begin(at),
                    Shown::Now | Shown::Nowhere => self.reached(at),
                }
                Ok(shown)
            }
            Err(error) if is_lost(&error) => Err(lost(error)),
            Err(error) => {
                lit.set = false;
                self.whole = true;
                self.look_at = Some(at + RETRY);
                let name = lit.name.clone();
                self.say(match error.kind() {
                    io::ErrorKind::PermissionDenied => format!(
                        "another program draws on {name}; stop it (a desktop, Plymouth), and see that the panel's user is in the groups video and render"
                    ),
                    _ => format!("{name} cannot be lit ({error}); name another [display] mode, or another connector"),
                });
                Ok(Shown::Nowhere)
            }
        }
    }

    /// The card has news. Returns whether a picture has reached the glass.
    pub fn heard(&mut self, at: Duration) -> Result<bool, GlassError> {
        let flipped = self.card.flipped().map_err(lost)?;
        let mine = self.lit.as_ref().is_some_and(|lit| flipped.contains(&lit.controller));
        let done = mine && self.flips.done();
        if done {
            self.reached(at);
        }
        Ok(done)
    }

    fn reached(&mut self, at: Duration) {
        self.flipped_at = Some(at);
        let Some(lit) = &self.lit else { return };
        if !std::mem::replace(&mut self.kept, true) {
            kept::keep(CARD, &self.card);
        }
        if std::mem::take(&mut self.littered) {
            self.card.sweep(&lit.buffers);
        }
        for buffer in self.retired.drain(..) {
            self.card.free(buffer);
        }
        match self.misfit() {
            Some(trouble) => self.say(trouble),
            None => self.trouble = None,
        }
    }

    /// Says where the display has another shape than the configuration.
    fn misfit(&self) -> Option<String> {
        let (size, wished) = (self.size()?, self.wished);
        ((size.width > size.height) != (wished.width > wished.height)).then(|| {
            format!(
                "the picture is {} × {} and [panel] says {} × {}; set [display] rotation to 90 or 270, or exchange the two",
                size.width, size.height, wished.width, wished.height
            )
        })
    }

    /// What is due by time alone. Returns whether there is something new to tell of the display.
    pub fn tend(&mut self, pixels: &[Xrgb], size: Size, still: bool, at: Duration) -> Result<bool, GlassError> {
        if self.look_at.is_some_and(|due| due <= at) {
            self.look(at)?;
        }
        let Some(lit) = &mut self.lit else { return Ok(false) };
        match self.flips.look(at) {
            Late::No => {}
            Late::Once => {
                tracing::warn!("{} has not taken a picture for {:?}; it is lit anew", lit.name, flips::LIMIT);
                (lit.set, self.whole) = (false, true);
                return Ok(true);
            }
            Late::Hung(times) => return Err(GlassError::Hung { times }),
        }
        let shows = still && lit.set && !self.flips.under_way() && self.due.is_empty() && !self.whole;
        if shows && self.proof.due() <= at && turned(lit.size(), self.wish.rotation) == size {
            let buffer = &mut lit.buffers[lit.front];
            let stride = buffer.stride();
            let before = self.proof.verdict();
            let verdict = self.proof.step((pixels, size), self.wish.rotation, (buffer.pixels(), stride), at);
            if verdict == Some(false) {
                tracing::error!("what is on {} is not what was painted; it is copied anew", lit.name);
                self.whole = true;
            }
            if verdict.is_some() && !self.card.is_connected(lit.connector) {
                self.look(at)?;
                return Ok(true);
            }
            return Ok(verdict.is_some() && verdict != before);
        }
        Ok(false)
    }

    /// When [`Display::tend`] has something to do, at the latest; `still` as there.
    pub fn due(&self, still: bool) -> Option<Duration> {
        let rests = |lit: &&Lit| still && lit.set && !self.flips.under_way() && !self.whole && self.due.is_empty();
        let proof = self.lit.as_ref().filter(rests).map(|_| self.proof.due());
        [self.look_at, self.flips.due(), proof].into_iter().flatten().min()
    }

    /// What is known of the display now; what the kernel says of it is asked anew.
    pub fn tell(&self, status: &mut Status) {
        status.rotation = self.wish.rotation.degrees();
        status.missed_flips = self.flips.missed();
        status.flipped_at = self.flipped_at;
        status.trouble = self.trouble.clone();
        let Some(lit) = &self.lit else {
            (status.connector, status.connected, status.active) = (String::new(), false, false);
            status.level = Level::Nothing;
            return;
        };
        let size = lit.size();
        (status.connector, status.width, status.height) = (lit.name.clone(), size.width, size.height);
        status.connected = self.card.is_connected(lit.connector);
        let ours = |frame| lit.buffers.iter().any(|buffer| buffer.frame == frame);
        status.active = lit.set && self.card.shown(lit.controller).is_some_and(|(_, frame)| ours(frame));
        status.level = match self.proof.verdict() {
            Some(true) if status.connected && status.active && self.flips.sound() => Level::ScanOut,
            Some(true) => Level::Buffer,
            _ => Level::Nothing,
        };
    }

    fn say(&mut self, trouble: String) {
        if self.trouble.as_ref() != Some(&trouble) {
            tracing::warn!("{trouble}");
            self.trouble = Some(trouble);
        }
    }
}

/// Sets the mode with the buffer; returns when the picture is there.
fn light(card: &Card, lit: &Lit, buffer: usize) -> io::Result<Shown> {
    card.light(lit.controller, lit.connector, lit.mode, &lit.buffers[buffer])?;
    Ok(Shown::Now)
}

fn busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}

/// The card itself is gone.
fn is_lost(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENODEV)
}

fn lost(error: io::Error) -> GlassError {
    GlassError::Lost(error.to_string())
}
