//! What hands do on the glass: from the sensor's contacts to the one finger that presses controls, and to gestures on
//! the canvas, the part of the glass where a page is moved and enlarged.
//!
//! What it deliberately does not do: read a clock, or know what lies under a finger. Each report comes with its time,
//! so that the same reports do the same whenever they are handled. The surprising thing: most of it is about who is
//! *nobody*. The ball of a hand, a drop of rain, a third finger and a contact the sensor forgot to lift must neither
//! press nor move anything, nor keep the next finger from doing so; and as long as a hand is busy in one place,
//! another contact elsewhere is nobody too, because a reader leans on the band of controls while turning pages.

mod canvas;
mod finger;
mod rain;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use canvas::{Fingers, SAME_PLACE, TWICE};
pub use finger::Deliver;
use finger::Finger;
use rain::Rain;

/// A contact that lies still this long is no finger: it gives way to the next one.
const STRAY: Duration = Duration::from_secs(3);
/// A contact that stays within this many logical pixels lies still (5 mm).
const STILL: f32 = 19.0;
/// A contact this long (30 mm) is no finger, not even in a glove.
const PALM: f32 = 113.0;
/// So many contacts at once are a hand laid on the glass.
const WHOLE_HAND: usize = 4;
/// More contacts than this are not followed.
const MOST: usize = 16;
/// A contact that has not been lifted for so long is stuck: dirt, ice, a fault of the sensor.
const STUCK: Duration = Duration::from_secs(60);
/// Reports that wait for somebody who listens to the sensor itself; what is more is passed over.
const MOST_HEARD: usize = 4096;

/// A place on the glass in logical pixels: 3.78 to the millimetre of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    pub x: f32,
    pub y: f32,
}

impl Place {
    pub fn new(x: f32, y: f32) -> Place {
        Place { x, y }
    }

    pub fn distance(self, other: Place) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    pub fn between(self, other: Place) -> Place {
        Place { x: (self.x + other.x) / 2.0, y: (self.y + other.y) / 2.0 }
    }
}

/// A rectangle of the glass in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    fn holds(&self, place: Place) -> bool {
        (self.x..self.x + self.width).contains(&place.x) && (self.y..self.y + self.height).contains(&place.y)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Down,
    Move,
    Up,
    /// The sensor takes the contact back: nothing is pressed by it.
    Cancel,
}

/// One report of the sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    /// The sensor's own number for the contact.
    pub id: u64,
    pub phase: Phase,
    /// Physical pixels from the upper left corner of the panel.
    pub x: f32,
    pub y: f32,
    /// Its longer side in physical pixels; 0 where the sensor does not say.
    pub length: f32,
}

/// What a hand does on the canvas. Places are logical pixels from the canvas's upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gesture {
    /// A hand came to the canvas: what moves there stops.
    Down,
    /// The hand takes another hold: moves are counted from here.
    Hold,
    /// The way of the finger since the last hold.
    Drag { x: f32, y: f32 },
    /// Two fingers since the last hold: how many times farther apart they are, and where their middle was and is.
    Pinch { by: f32, from: Place, to: Place },
    /// The finger that dragged left with this speed (logical pixels a second); zero where it rested first.
    Throw { x: f32, y: f32 },
    /// Two short touches of the same place. The first one has gone to the controls, as every single one does.
    DoubleTap(Place),
}

/// What comes of a contact: for the controls, or for the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Deed {
    Finger(Deliver),
    Gesture(Gesture),
}

/// A contact that has not been lifted yet.
#[derive(Debug)]
struct Known {
    id: u64,
    owner: Owner,
    since: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Controls,
    Canvas,
    Nobody,
}

/// The contacts on one panel, shared by the glass that reports them and the screen whose canvas they move.
#[derive(Debug, Clone, Default)]
pub struct Hands(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    canvas: Option<Area>,
    /// The latest last.
    known: Vec<Known>,
    /// What lies on the canvas moves by itself.
    moving: bool,
    /// The last press of a control: when it was lifted, where, and whether it led to another page.
    pressed: Option<(Duration, Place, bool)>,
    finger: Finger,
    fingers: Fingers,
    gestures: Vec<(Gesture, Duration)>,
    rain: Rain,
    finger_at: Option<Duration>,
    ignored: u64,
    /// What the sensor reported, where somebody listens to it.
    heard: Option<Vec<(Contact, Duration)>>,
}

impl Hands {
    /// Where two fingers mean something; `None`: nowhere.
    pub fn set_canvas(&self, canvas: Option<Area>) {
        self.0.borrow_mut().canvas = canvas;
    }

    /// Whether what lies on the canvas moves by itself: the touch that stops it presses nothing.
    pub fn set_moving(&self, moving: bool) {
        self.0.borrow_mut().moving = moving;
    }

    /// Another page is on the glass. Who pressed a control twice, as on a desktop, meant the first page: the second
    /// press is nobody.
    pub fn other_page(&self) {
        if let Some((_, _, led)) = &mut self.0.borrow_mut().pressed {
            *led = true;
        }
    }

    /// Whether every report of the sensor is kept, whatever it comes to: for the touch test.
    pub fn listen(&self, on: bool) {
        let heard = &mut self.0.borrow_mut().heard;
        *heard = if on { Some(heard.take().unwrap_or_default()) } else { None };
    }

    /// What the sensor reported since the last call, each with its time; nothing where nobody listens.
    pub fn heard(&self) -> Vec<(Contact, Duration)> {
        self.0.borrow_mut().heard.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What hands did on the canvas since the last call, each with its time, in order.
    pub fn gestures(&self) -> Vec<(Gesture, Duration)> {
        std::mem::take(&mut self.0.borrow_mut().gestures)
    }

    /// Takes a report of the sensor; `logical` is logical pixels in a physical one. `now` must never be earlier than
    /// before. Gestures are kept for [`Hands::gestures`]; what is left is for the controls.
    pub fn report(&self, contact: Contact, logical: f32, now: Duration) -> Vec<Deliver> {
        if !contact.x.is_finite() || !contact.y.is_finite() {
            return Vec::new();
        }
        let mut state = self.0.borrow_mut();
        if let Some(heard) = state.heard.as_mut().filter(|heard| heard.len() < MOST_HEARD) {
            heard.push((contact, now));
        }
        state.report(contact, logical, now)
    }

    /// The moves of the finger on the controls since the last frame, as one.
    pub fn flush(&self, now: Duration) -> Option<Deliver> {
        self.0.borrow_mut().finger.flush(now)
    }

    /// When a contact was last taken for a finger that does something; one that only lies there does not.
    pub fn finger_at(&self) -> Option<Duration> {
        self.0.borrow().finger_at
    }

    /// How many contacts were nobody.
    pub fn ignored(&self) -> u64 {
        self.0.borrow().ignored
    }

    /// How many contacts have not been lifted for a minute.
    pub fn stuck(&self, now: Duration) -> usize {
        self.0.borrow().known.iter().filter(|known| now.saturating_sub(known.since) > STUCK).count()
    }

    /// Whether the next flush has something to tell, or somebody has to look for gestures.
    pub fn moved(&self) -> bool {
        let state = self.0.borrow();
        let heard = state.heard.as_ref().is_some_and(|heard| !heard.is_empty());
        state.finger.moved() || !state.gestures.is_empty() || heard
    }

    /// A wheel turned above a place; whether the canvas took it. Logical pixels, down the panel where positive.
    pub fn roll(&self, place: Place, by: f32, now: Duration) -> bool {
        let mut state = self.0.borrow_mut();
        let taken = state.canvas.is_some_and(|canvas| canvas.holds(place));
        if taken {
            state.gestures.extend([(Gesture::Down, now), (Gesture::Drag { x: 0.0, y: by }, now)]);
        }
        taken
    }
}

impl State {
    fn report(&mut self, contact: Contact, logical: f32, now: Duration) -> Vec<Deliver> {
        let place = Place::new(contact.x * logical, contact.y * logical);
        let wide = contact.length * logical > PALM;
        let Contact { id, phase, .. } = contact;
        let mut deeds = Vec::new();
        match phase {
            Phase::Down => {
                // The sensor lost the lift of this contact: nothing is pressed by a guess.
                self.end(id, Phase::Cancel, place, now, &mut deeds);
                let nobody = self.rain.falls(now) || wide || self.echoes(place, now);
                let owner = if nobody { Owner::Nobody } else { self.owner_of(place, now, &mut deeds) };
                if self.known.len() == MOST {
                    let oldest = self.known[0].id;
                    self.end(oldest, Phase::Cancel, place, now, &mut deeds);
                }
                self.known.push(Known { id, owner, since: now });
                match owner {
                    Owner::Controls => deeds.extend(self.finger.down(id, place, now).map(Deed::Finger)),
                    Owner::Canvas => {
                        let at = self.on_canvas(place);
                        let stops = std::mem::take(&mut self.moving);
                        self.fingers.down(id, at, now, stops, &mut deeds);
                    }
                    Owner::Nobody => self.ignored += 1,
                }
                // What has lain there for long is no part of a hand that comes now.
                let lately = |known: &&Known| now.saturating_sub(known.since) <= STRAY;
                if self.known.iter().filter(lately).count() >= WHOLE_HAND {
                    self.let_go(now, &mut deeds);
                }
            }
            Phase::Move => match self.owner(id) {
                Some(Owner::Controls | Owner::Canvas) if wide => self.disown(id, now, &mut deeds),
                Some(Owner::Controls) => self.finger.move_to(id, place, now),
                Some(Owner::Canvas) => {
                    let at = self.on_canvas(place);
                    self.fingers.move_to(id, at, now, &mut deeds);
                }
                Some(Owner::Nobody) | None => {}
            },
            Phase::Up | Phase::Cancel => self.end(id, phase, place, now, &mut deeds),
        }
        if self.is_busy(id, now) || deeds.iter().any(|deed| matches!(deed, Deed::Finger(_))) {
            self.finger_at = Some(now);
        }
        let mut told = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Finger(deliver) => told.push(deliver),
                Deed::Gesture(gesture) => self.gestures.push((gesture, now)),
            }
        }
        told
    }

    /// Who gets a new contact.
    fn owner_of(&mut self, place: Place, now: Duration, deeds: &mut Vec<Deed>) -> Owner {
        let on_canvas = self.canvas.is_some_and(|canvas| canvas.holds(place));
        if self.finger.strayed(now) {
            deeds.extend(self.finger.cancel().map(Deed::Finger));
        }
        self.fingers.forget_strays(now, deeds);
        match (on_canvas, self.finger.is_down(), self.fingers.count()) {
            (_, true, _) => Owner::Nobody,
            (true, false, 0 | 1) => Owner::Canvas,
            (false, false, 0) => Owner::Controls,
            _ => Owner::Nobody,
        }
    }

    /// Whether it is the second of two quick presses, of which the first led to another page.
    fn echoes(&self, place: Place, now: Duration) -> bool {
        self.pressed.is_some_and(|(at, there, led)| {
            led && now.saturating_sub(at) <= TWICE && there.distance(place) <= SAME_PLACE
        })
    }

    /// Whether the contact is a finger, and not one that lies still for too long.
    fn is_busy(&self, id: u64, now: Duration) -> bool {
        match self.owner(id) {
            Some(Owner::Controls) => !self.finger.strayed(now),
            Some(Owner::Canvas) => !self.fingers.strayed(id, now),
            Some(Owner::Nobody) | None => false,
        }
    }

    fn owner(&self, id: u64) -> Option<Owner> {
        self.known.iter().find(|known| known.id == id).map(|known| known.owner)
    }

    fn on_canvas(&self, place: Place) -> Place {
        let (x, y) = self.canvas.map_or((0.0, 0.0), |canvas| (canvas.x, canvas.y));
        Place::new(place.x - x, place.y - y)
    }

    fn end(&mut self, id: u64, phase: Phase, place: Place, now: Duration, deeds: &mut Vec<Deed>) {
        let Some(at) = self.known.iter().position(|known| known.id == id) else { return };
        match (self.known.remove(at).owner, phase) {
            (Owner::Controls, Phase::Up) => {
                deeds.extend(self.finger.up(id, place, now).map(Deed::Finger));
                self.pressed = Some((now, place, false));
            }
            (Owner::Controls, _) => deeds.extend(self.finger.cancel_of(id).map(Deed::Finger)),
            (Owner::Canvas, Phase::Up) => {
                let at = self.on_canvas(place);
                if self.fingers.up(id, at, now, deeds) {
                    // A touch that was no gesture is for what lies on the page.
                    deeds.extend(self.finger.down(id, place, now).map(Deed::Finger));
                    deeds.extend(self.finger.up(id, place, now).map(Deed::Finger));
                }
            }
            (Owner::Canvas, _) => self.fingers.cancel(id, deeds),
            (Owner::Nobody, _) => {}
        }
    }

    /// The contact was taken for a finger and is none.
    fn disown(&mut self, id: u64, now: Duration, deeds: &mut Vec<Deed>) {
        self.end(id, Phase::Cancel, Place::default(), now, deeds);
        self.ignored += 1;
        self.known.push(Known { id, owner: Owner::Nobody, since: now });
    }

    /// A whole hand lies on the glass: none of its contacts counts, until each of them is gone.
    fn let_go(&mut self, now: Duration, deeds: &mut Vec<Deed>) {
        let held: Vec<u64> =
            self.known.iter().filter(|known| known.owner != Owner::Nobody).map(|known| known.id).collect();
        held.into_iter().for_each(|id| self.disown(id, now, deeds));
    }
}
