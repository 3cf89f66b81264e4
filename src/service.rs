//! The technician's service page: all its behaviour, as one pure function of what happened and when, beside `nav`.
//!
//! What it deliberately does not do: know words, widgets, clocks or the PIN. It asks for a number to be judged and is
//! told the verdict; what is to be done beyond the glass leaves it as an [`Act`]. Time is the monotonic time since the
//! start, handed in. The surprising thing: the way in is open to everybody. Whoever rests a finger on the line that says
//! how old the content is gets no farther than the number pad, and that goes away by itself.

mod door;
mod facts;
mod fingers;

use std::time::Duration;

use crate::hand::Contact;
use crate::pin::{Code, DIGITS, Verdict};
use crate::touch::Recording;
use door::Door;
pub use door::HOLD;
pub use facts::{Brightness, Facts, Hub, Link};
pub use fingers::{Fingers, Surface};

/// The page closes after so long without a touch.
const OPEN_FOR: Duration = Duration::from_secs(300);
/// The number pad, and what a passer-by sees of all this.
const PAD_FOR: Duration = Duration::from_secs(30);
/// The card with the PIN, which covers a part of the board: whoever hangs the panel up has noted it by then.
const CARD_FOR: Duration = Duration::from_secs(30 * 60);
/// Which panel this is: long enough to walk along a row of them.
const SIGN_FOR: Duration = Duration::from_secs(60);
/// The name of a pattern lies over it so long.
const CAPTION_FOR: Duration = Duration::from_secs(3);

/// What of it is on the glass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing: the board is.
    Closed,
    /// The PIN that the panel made at its first start, over the lower part of the board for half an
    /// hour at most.
    Card,
    /// Which panel this is, over the lower part of the board, for a minute at most.
    Sign,
    /// The number pad.
    Pad,
    Open(Tab),
    /// The touch test: whatever touches the glass is drawn.
    Fingers,
    /// A picture to judge the display by.
    Pattern(Pattern),
}

/// The parts of the open page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Which panel this is, and its network.
    Panel,
    /// How the boards came along.
    Boards,
    /// What is tried out on the glass.
    Tests,
    /// What is done to the panel.
    Deeds,
}

impl Tab {
    pub const ALL: [Tab; 4] = [Tab::Panel, Tab::Boards, Tab::Tests, Tab::Deeds];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    White,
    Black,
    Red,
    Green,
    Blue,
    /// Steps and a slope from black to white.
    Greys,
    /// Lines as fine as the display can.
    Lines,
    /// The outermost pixels.
    Edges,
}

impl Pattern {
    /// In the order of the test.
    pub const ALL: [Pattern; 8] = [
        Pattern::White,
        Pattern::Black,
        Pattern::Red,
        Pattern::Green,
        Pattern::Blue,
        Pattern::Greys,
        Pattern::Lines,
        Pattern::Edges,
    ];

    fn next(self) -> Option<Pattern> {
        Pattern::ALL.into_iter().skip_while(|pattern| *pattern != self).nth(1)
    }
}

/// What can be wanted of the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Ask every office now.
    SyncNow,
    /// Take in what is held back on the board with this key.
    Release(String),
    /// Somebody works here for so many minutes; 0: no longer.
    Maintenance(u32),
    /// The glass is to be so bright by day, in per cent; 0: as the settings say.
    Brightness(u32),
    RestartPanel,
    Reboot,
    /// The support bundle, onto a stick.
    Bundle,
    /// Begins to record the touch test, or ends it.
    Recording,
}

impl Deed {
    /// It changes the board, or takes it off the glass for a while: it is asked about once more.
    fn is_grave(&self) -> bool {
        matches!(self, Deed::Release(_) | Deed::RestartPanel | Deed::Reboot)
    }
}

/// What came of a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Whoever carries it out has not answered yet.
    Sent,
    Done,
    Refused,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Time passed; asked for by [`Service::due`].
    Tick,
    /// A touch or a key, whatever came of it.
    Active,
    /// A finger came to the line with the age of the content, or left it.
    Hold(bool),
    /// The key "back" where there is nothing to go back to: the way in without a touch.
    BackAtTheWall,
    /// There is a PIN to be asked for.
    Locked,
    /// The panel made a PIN: somebody has to write it down.
    Made(Code),
    /// Somebody has.
    Noted,
    /// Show which panel this is.
    Sign(Sign),
    Digit(u8),
    /// The last digit was wrong.
    Erase,
    Enter,
    /// What came of the number.
    Judged(Verdict),
    Turn(Tab),
    /// The touch test, on this glass.
    Fingers(Surface),
    /// What the sensor reported while the touch test is on.
    Contact(Contact),
    Patterns,
    /// The next pattern.
    Next,
    /// One step up: from a test to its tab, from the page to the board.
    Back,
    Close,
    Want(Deed),
    /// The answer to the question whether it is really wanted.
    Confirm(bool),
    /// What came of a deed, in a sentence where there is something to say.
    Told(Deed, Outcome, String),
}

/// Which panel this is, for somebody who knows the hub's page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sign {
    /// The hub's name of the place; empty: it has none.
    pub place: String,
    /// The device, as that page calls it.
    pub code: String,
}

/// What is to be done after an event, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// What is on the glass is something else: fill it.
    Show,
    /// It has taken the glass: put the reader's session away.
    Taken,
    /// Judge this number, and tell with [`Event::Judged`].
    Judge(Code),
    /// This number counts from now on.
    Agree(Code),
    /// Somebody with the PIN is in.
    Entered,
    /// The board is back.
    Left,
    /// Carry it out, and tell with [`Event::Told`].
    Do(Deed),
    /// Keep this recording of the touch test, and tell with [`Event::Told`].
    Keep(String),
}

/// What the number pad says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    None,
    Wrong,
    /// No number is looked at for so many seconds.
    Wait(u32),
}

/// The service page.
#[derive(Debug, Clone)]
pub struct Service {
    place: Place,
    door: Door,
    /// On the card until somebody wrote it down.
    made: Option<Code>,
    sign: Sign,
    typed: String,
    wrong: bool,
    /// Until then no number is looked at.
    wait: Duration,
    active: Duration,
    /// Since when the pattern is on the glass.
    since: Duration,
    asked: Option<Deed>,
    told: Option<(Deed, Outcome, String)>,
    fingers: Option<Fingers>,
    recording: Option<Recording>,
}

impl Default for Service {
    fn default() -> Service {
        Service {
            place: Place::Closed,
            door: Door::default(),
            made: None,
            sign: Sign::default(),
            typed: String::new(),
            wrong: false,
            wait: Duration::ZERO,
            active: Duration::ZERO,
            since: Duration::ZERO,
            asked: None,
            told: None,
            fingers: None,
            recording: None,
        }
    }
}

impl Service {
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether it has the glass to itself.
    pub fn has_the_glass(&self) -> bool {
        !matches!(self.place, Place::Closed | Place::Card | Place::Sign)
    }

    /// What stands on the sign.
    pub fn sign(&self) -> Option<&Sign> {
        (self.place == Place::Sign).then_some(&self.sign)
    }

    /// The PIN on the card.
    pub fn made(&self) -> Option<&Code> {
        self.made.as_ref().filter(|_| self.place == Place::Card)
    }

    /// How much of the way in is done, 0 to 1; 0 where nobody needs to see it.
    pub fn door(&self, at: Duration) -> f32 {
        if self.place == Place::Closed { self.door.opened(at) } else { 0.0 }
    }

    /// How many digits were typed.
    pub fn typed(&self) -> usize {
        self.typed.len()
    }

    /// Whether what was typed can be a PIN.
    pub fn can_enter(&self) -> bool {
        DIGITS.contains(&self.typed.len())
    }

    pub fn word(&self, at: Duration) -> Word {
        match self.wait.saturating_sub(at) {
            Duration::ZERO if self.wrong => Word::Wrong,
            Duration::ZERO => Word::None,
            left => Word::Wait(left.as_millis().div_ceil(1000) as u32),
        }
    }

    /// Whether the pattern's name still lies over it.
    pub fn caption(&self, at: Duration) -> bool {
        matches!(self.place, Place::Pattern(_)) && at < self.since + CAPTION_FOR
    }

    /// What is to be done if the question is answered with yes.
    pub fn asked(&self) -> Option<&Deed> {
        self.asked.as_ref()
    }

    /// What came of the last deed.
    pub fn told(&self) -> Option<&(Deed, Outcome, String)> {
        self.told.as_ref()
    }

    /// The touch test that is on.
    pub fn fingers(&self) -> Option<&Fingers> {
        self.fingers.as_ref()
    }

    /// How long it has been recorded.
    pub fn recorded(&self, at: Duration) -> Option<Duration> {
        self.recording.as_ref().map(|recording| at.saturating_sub(recording.since()))
    }

    /// What an event at `at` (monotonic, since the start) does.
    pub fn update(&mut self, event: Event, at: Duration) -> Vec<Act> {
        if !matches!(event, Event::Tick | Event::Locked | Event::Made(_) | Event::Judged(_) | Event::Told(..)) {
            self.active = at;
        }
        let (before, had_the_glass) = (self.place, self.has_the_glass());
        let mut acts = self.act(event, at);
        if self.place != before {
            self.active = at;
        }
        if self.has_the_glass() && at >= self.active + self.patience() {
            self.close();
        }
        if before == Place::Card && self.place == before && at >= self.since + CARD_FOR {
            // It was never agreed on: the next start shows it again.
            self.made = None;
            self.close();
        }
        if before == Place::Sign && at >= self.since + SIGN_FOR {
            self.close();
        }
        if self.place != before {
            self.typed.clear();
            self.wrong = false;
            self.since = at;
            self.asked = None;
            if self.place != Place::Fingers {
                (self.fingers, self.recording) = (None, None);
            }
        }
        match (had_the_glass, self.has_the_glass()) {
            (false, true) => acts.push(Act::Taken),
            (true, false) => acts.push(Act::Left),
            _ => {}
        }
        acts.push(Act::Show);
        acts
    }

    fn act(&mut self, event: Event, at: Duration) -> Vec<Act> {
        match (self.place, event) {
            (_, Event::Locked) => self.door.unbar(),
            (Place::Closed, Event::Made(code)) => {
                self.made = Some(code);
                self.place = Place::Card;
            }
            (Place::Card, Event::Noted) => {
                self.place = Place::Closed;
                return self.made.take().map(Act::Agree).into_iter().collect();
            }
            (Place::Closed | Place::Sign, Event::Sign(sign)) => {
                (self.place, self.sign, self.since) = (Place::Sign, sign, at);
            }
            // Whoever touches it wants the board.
            (Place::Sign, Event::Tick) => {}
            (Place::Sign, _) => self.close(),
            (Place::Closed, event) => {
                let opened = self.door.push(&event, at);
                self.place = if opened { Place::Pad } else { Place::Closed };
            }
            (Place::Card, _) => {}
            (Place::Pad, event) => return self.type_in(event, at),
            (_, Event::Close) => self.close(),
            (_, Event::Told(deed, outcome, said)) => self.told = Some((deed, outcome, said)),
            (Place::Open(_), Event::Turn(tab)) => {
                self.place = Place::Open(tab);
                self.told = None;
            }
            (Place::Open(Tab::Tests), Event::Fingers(surface)) => {
                self.place = Place::Fingers;
                self.fingers = Some(Fingers::new(surface));
                self.told = None;
            }
            (Place::Fingers, Event::Contact(contact)) => {
                self.fingers.iter_mut().for_each(|fingers| fingers.take(contact));
                self.recording.iter_mut().for_each(|recording| recording.take(contact, at));
            }
            (Place::Fingers, Event::Want(Deed::Recording)) => {
                self.told = None;
                return self.record(at);
            }
            (Place::Open(_), Event::Want(deed)) if deed.is_grave() => self.asked = Some(deed),
            (Place::Open(_), Event::Want(deed)) if deed != Deed::Recording => return vec![Act::Do(deed)],
            (Place::Open(_), Event::Confirm(yes)) => {
                let deed = self.asked.take().filter(|_| yes);
                return deed.map(Act::Do).into_iter().collect();
            }
            // One step: the question goes first.
            (Place::Open(_), Event::Back) if self.asked.is_some() => self.asked = None,
            (Place::Open(Tab::Tests), Event::Patterns) => self.place = Place::Pattern(Pattern::White),
            (Place::Pattern(pattern), Event::Next) => {
                self.place = pattern.next().map_or(Place::Open(Tab::Tests), Place::Pattern);
            }
            (Place::Fingers | Place::Pattern(_), Event::Back) => self.place = Place::Open(Tab::Tests),
            (Place::Open(_), Event::Back) => self.close(),
            _ => {}
        }
        Vec::new()
    }

    fn type_in(&mut self, event: Event, at: Duration) -> Vec<Act> {
        match event {
            Event::Digit(digit) if digit < 10 && self.typed.len() < *DIGITS.end() => {
                self.typed.push(char::from(b'0' + digit));
                self.wrong = false;
            }
            Event::Erase => {
                self.typed.pop();
            }
            Event::Enter if at >= self.wait => {
                let code = Code::parse(&std::mem::take(&mut self.typed));
                return code.map(Act::Judge).into_iter().collect();
            }
            Event::Judged(Verdict::Right) => {
                self.place = Place::Open(Tab::Panel);
                self.active = at;
                return vec![Act::Entered];
            }
            Event::Judged(Verdict::Wrong { wait } | Verdict::TooSoon { wait }) => {
                self.wrong = true;
                self.wait = at + wait;
            }
            Event::Back | Event::Close => self.close(),
            _ => {}
        }
        Vec::new()
    }

    /// Begins a recording, or ends it.
    fn record(&mut self, at: Duration) -> Vec<Act> {
        match (self.recording.take(), &self.fingers) {
            (Some(recording), _) => vec![Act::Keep(recording.text())],
            (None, Some(fingers)) => {
                let Surface { width, height, .. } = fingers.surface();
                self.recording = Some(Recording::begin(width, height, at));
                Vec::new()
            }
            (None, None) => Vec::new(),
        }
    }

    fn close(&mut self) {
        self.told = None;
        self.place = Place::Closed;
        self.door.shut();
    }

    fn patience(&self) -> Duration {
        if self.place == Place::Pad { PAD_FOR } else { OPEN_FOR }
    }

    /// When `Event::Tick` is due, as time since the start.
    pub fn due(&self, at: Duration) -> Option<Duration> {
        if !self.has_the_glass() {
            return match self.place {
                Place::Sign => Some(self.since + SIGN_FOR),
                Place::Card => Some(self.since + CARD_FOR),
                _ => self.door.due(at),
            };
        }
        let left = self.wait.saturating_sub(at).as_millis().div_ceil(1000) as u64;
        let counts = (self.place == Place::Pad && left > 0).then(|| self.wait - Duration::from_secs(left - 1));
        let caption = self.caption(at).then_some(self.since + CAPTION_FOR);
        let second = |length: Duration| at + Duration::from_millis(1000 - u64::from(length.subsec_millis()));
        let recorded = self.recorded(at).map(second);
        [Some(self.active + self.patience()), counts, caption, recorded].into_iter().flatten().min()
    }
}
