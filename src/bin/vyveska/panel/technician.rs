//! What the service page wants done beyond the glass: PINs are judged, deeds carried out, and all of it is in the
//! ledger.
//!
//! The surprising thing: the lock is looked for after the first frame, because hashing the configuration's PIN takes a
//! part of a second, and the board does not wait for it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use vyveska::clock::Now;
use vyveska::command::{Command, Sender};
use vyveska::config::{Config, MIN_BRIGHTNESS};
use vyveska::ledger::{Service, What};
use vyveska::pin::{Code, Lock, PinError, Verdict};
use vyveska::screen::Screen;
use vyveska::sensors::Network;
use vyveska::service::{Act, Brightness, Deed, Event, Facts, Hub, Link, Outcome, Place};
use vyveska::wire::{PanelReport, SyncReport};

use super::bundle::{Bundle, Step};
use super::orders::{Orders, Then};
use super::record::Record;

/// What the open page tells is no older than this when something is touched.
const FRESH: Duration = Duration::from_secs(5);

/// What the touch test recorded last, in the run folder: memory, and gone with the power.
const RECORDING: &str = "touch.evemu";

pub struct Technician {
    run: PathBuf,
    data: PathBuf,
    /// The PIN of the configuration.
    given: Option<Code>,
    /// Somebody may stand before the glass: where there is no PIN, one is made and shown.
    street: bool,
    begun: bool,
    lock: Option<Lock>,
    /// Of the glass by day, as the settings say it; per cent.
    bright: u32,
    /// When the open page was last told how things are.
    told_at: Option<Duration>,
    bundle: Bundle,
    hub: Option<Hub>,
}

impl Technician {
    pub fn new(settings: &Path, config: &Config, street: bool) -> Technician {
        let data = config.data.clone();
        Technician {
            run: config.run.clone(),
            data,
            given: config.service.pin.clone(),
            street,
            begun: false,
            lock: None,
            bright: config.display.brightness,
            told_at: None,
            bundle: Bundle::new(settings, config),
            hub: None,
        }
    }

    /// How the panel stands with its hub now.
    pub fn know(&mut self, hub: Option<Hub>) {
        self.hub = hub;
    }

    /// Looks for the lock, or has a PIN made; once, when the board is on the glass.
    pub fn begin(&mut self, screen: &mut Screen, at: Duration) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        match self.find() {
            Ok(Some(lock)) => {
                self.lock = Some(lock);
                screen.serve(Event::Locked, at);
            }
            Ok(None) if self.street => match self.made() {
                Ok(code) => screen.serve(Event::Made(code), at),
                Err(error) => tracing::error!("no PIN for the service page can be made: {error}"),
            },
            Ok(None) => {}
            Err(error) => tracing::error!("the service page stays shut: {error}"),
        }
    }

    fn facts(&self, orders: &Orders, now: Now, at: Duration) -> Facts {
        let network = Network::read(Path::new("/"));
        let link = |link: vyveska::sensors::Link| Link { up: link.carrier == Some(true), name: link.name };
        let panel = PanelReport::read(&self.run).unwrap_or_default();
        let lit = panel.display.as_ref().is_some_and(|display| display.brightness.is_some());
        let by_hand = orders.brightness();
        let brightness = Brightness {
            percent: by_hand.unwrap_or(self.bright),
            least: MIN_BRIGHTNESS,
            instead_of: by_hand.map(|_| self.bright),
        };
        Facts {
            brightness: lit.then_some(brightness),
            program: concat!("vyveska ", env!("CARGO_PKG_VERSION")).to_owned(),
            started_at: TimeDelta::from_std(at).ok().map(|since| now.at - since),
            display: panel.display,
            touch: panel.touch,
            report: SyncReport::read(&self.run).unwrap_or_default(),
            links: network.links.unwrap_or_default().into_iter().map(link).collect(),
            addresses: network.addresses.unwrap_or_default(),
            hub: self.hub.clone(),
            orders: true,
            maintenance: orders.maintained_for(at).map_or(0, |left| left.as_secs().div_ceil(60) as u32),
        }
    }

    /// What the card shows: the same number at every start until somebody has noted it.
    fn made(&self) -> io::Result<Code> {
        if let Some(code) = Lock::offered(&self.data) {
            return Ok(code);
        }
        let code = Code::made()?;
        if let Err(error) = Lock::offer(&self.data, &code) {
            tracing::warn!("the PIN on the card is another one with each start: {error}");
        }
        Ok(code)
    }

    fn find(&self) -> Result<Option<Lock>, PinError> {
        // A lock that cannot be read is replaced only where it is known by what.
        match (Lock::open(&self.data), &self.given) {
            (Ok(Some(lock)), Some(code)) if lock.is(code) => Ok(Some(lock)),
            (Ok(_) | Err(PinError::Damaged(_)), Some(code)) => Lock::agree(&self.data, code).map(Some),
            (result, _) => result,
        }
    }

    /// What the open page tells, where it is old.
    fn tell(&mut self, screen: &mut Screen, orders: &Orders, now: Now, at: Duration) {
        if !matches!(screen.service().place(), Place::Open(_)) {
            self.told_at = None;
        } else if self.told_at.is_none_or(|told| at >= told + FRESH) {
            self.told_at = Some(at);
            screen.tell(self.facts(orders, now, at), at);
        }
    }

    /// When to call [`Technician::serve`] though nobody touches anything.
    pub fn due(&self, at: Duration) -> Option<Duration> {
        self.bundle.due(at)
    }

    /// Does what the screen wants done.
    pub fn serve(
        &mut self,
        screen: &mut Screen,
        orders: &mut Orders,
        record: &mut Record,
        now: Now,
        at: Duration,
    ) -> Then {
        let mut then = Then::GoOn;
        self.tell(screen, orders, now, at);
        for act in screen.acts() {
            match act {
                Act::Show | Act::Taken => {}
                Act::Judge(code) => {
                    let Some(lock) = &mut self.lock else { continue };
                    let verdict = lock.open_with(&code, at);
                    if let Verdict::Wrong { .. } = verdict {
                        record.note(What::Service(Service::WrongPin), now, at);
                    }
                    screen.serve(Event::Judged(verdict), at);
                }
                Act::Agree(code) => match Lock::agree(&self.data, &code) {
                    Ok(lock) => {
                        self.lock = Some(lock);
                        record.note(What::Service(Service::PinNoted), now, at);
                        screen.serve(Event::Locked, at);
                    }
                    Err(error) => {
                        tracing::error!("the PIN of the service page is not kept: {error}");
                        screen.serve(Event::Made(code), at);
                    }
                },
                Act::Entered => record.note(What::Service(Service::Opened), now, at),
                Act::Left => {}
                Act::Keep(text) => {
                    let path = self.run.join(RECORDING);
                    let (outcome, said) = match fs::write(&path, text) {
                        Ok(()) => (Outcome::Done, path.display().to_string()),
                        Err(error) => (Outcome::Refused, format!("{}: {error}", path.display())),
                    };
                    screen.serve(Event::Told(Deed::Recording, outcome, said), at);
                }
                Act::Do(Deed::Bundle) if !self.bundle.is_idle() => {}
                Act::Do(deed) => {
                    let Some((command, outcome)) = command(&deed) else { continue };
                    let told = match orders.carry_out(&command, Sender::ServicePage, record, now, at) {
                        Ok((next, said)) => {
                            then = if next == Then::Stop { next } else { then };
                            self.told_at = None;
                            if deed == Deed::Bundle {
                                self.bundle.begin(at);
                            }
                            (outcome, said.to_owned())
                        }
                        Err(why) => (Outcome::Refused, why),
                    };
                    let (outcome, said) = told;
                    // The page itself shows it; more words would move the field away under the finger.
                    if matches!((&deed, outcome), (Deed::Brightness(_), Outcome::Done)) {
                        continue;
                    }
                    // Why not is said in the program's own words; that it was done, in the reader's.
                    let said = if outcome == Outcome::Refused { said } else { String::new() };
                    screen.serve(Event::Told(deed, outcome, said), at);
                }
            }
        }
        // What was changed is on the page at once.
        self.tell(screen, orders, now, at);
        match self.bundle.step(now, at) {
            Step::Wait => {}
            Step::LetGo => {
                // What comes of it is seen at the stick.
                if let Err(why) = orders.carry_out(&Command::UnmountStick, Sender::ServicePage, record, now, at) {
                    tracing::warn!("the stick cannot be let go: {why}");
                }
            }
            Step::Over(Ok(())) => {
                record.note(What::Service(Service::BundleSaved), now, at);
                screen.serve(Event::Told(Deed::Bundle, Outcome::Done, String::new()), at);
            }
            Step::Over(Err(why)) => screen.serve(Event::Told(Deed::Bundle, Outcome::Refused, why), at),
        }
        then
    }
}

/// What a deed orders, and what can be said of it at once: what another carries out is sent, not done.
fn command(deed: &Deed) -> Option<(Command, Outcome)> {
    Some(match deed {
        Deed::SyncNow => (Command::SyncNow, Outcome::Sent),
        Deed::Release(board) => (Command::Release { board: board.clone(), kind: None }, Outcome::Sent),
        Deed::Maintenance(minutes) => (Command::Maintenance { minutes: *minutes }, Outcome::Done),
        Deed::Brightness(percent) => (Command::Brightness { percent: *percent }, Outcome::Done),
        Deed::RestartPanel => (Command::RestartPanel, Outcome::Sent),
        Deed::Reboot => (Command::Reboot, Outcome::Sent),
        Deed::Bundle => (Command::MountStick, Outcome::Sent),
        // The page itself does it.
        Deed::Recording => return None,
    })
}
