//! The technician's page: what it shows, and what its taps mean.

use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Prague;
use slint::{ComponentHandle, Image, Model, ModelRc, Rgb8Pixel, SharedPixelBuffer, SharedString, VecModel};
use vyveska_ui as ui;

use super::inbox::Tap;
use super::{Screen, document::scrolled, head, qr};
use crate::config::Panel;
use crate::nav::{self, Page, Way};
use crate::service::{Act, Deed, Event, Facts, Fingers, Hub, Outcome, Pattern, Place, Surface, Tab, Word};
use crate::view::View;

/// Side of a cell of the touch test, in millimetres: a little more than a finger in a glove.
const CELL: f32 = 25.0;
/// Side of the picture with lines of one pixel.
const LINES: u32 = 256;

/// What the pages of the technician call.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Plain(Event),
    Turn(usize),
    Fingers,
    Want(ui::Deed, usize),
    Scroll(Way),
}

impl Screen {
    /// What happened to the service page at `at`: a verdict on a PIN, what came of a deed.
    pub fn serve(&mut self, event: Event, at: Duration) {
        let before = self.service.place();
        let contact = matches!(event, Event::Contact(_));
        for act in self.service.update(event, at) {
            match act {
                Act::Show => {}
                Act::Taken => {
                    self.handle(nav::Event::Leave, at);
                    self.acts.push(act);
                }
                act => self.acts.push(act),
            }
        }
        let place = self.service.place();
        self.service_wake = self.service.due(at);
        self.hands.listen(place == Place::Fingers);
        if place != before {
            self.hands.other_page();
            self.app.global::<ui::ServicePage>().set_y(0.0);
        }
        if !contact {
            self.fill_service(at);
        }
        self.fill_fingers(at);
        if place != before {
            self.app.invoke_take_keys();
        }
        if place == Place::Closed && before != Place::Closed {
            // The wall stood still meanwhile.
            self.handle(nav::Event::Tick, at);
            self.dress(at);
        }
    }

    /// What is to be done beyond the glass since the last call.
    pub fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// What the open page tells is this now.
    pub fn tell(&mut self, facts: Facts, at: Duration) {
        self.facts = facts;
        self.fill_service(at);
    }

    /// What a tap of the technician means.
    pub(super) fn call(&mut self, call: Call, at: Duration) {
        let event = match call {
            Call::Plain(event) => event,
            Call::Turn(tab) => match Tab::ALL.get(tab) {
                Some(tab) => Event::Turn(*tab),
                None => return,
            },
            Call::Fingers => Event::Fingers(self.surface()),
            Call::Want(deed, number) => match self.deed(deed, number) {
                Some(deed) => Event::Want(deed),
                None => return,
            },
            Call::Scroll(way) => {
                let page = self.app.global::<ui::ServicePage>();
                page.set_y(scrolled(page.get_y(), page.get_view_height(), page.get_content_height(), way));
                Event::Active
            }
        };
        self.serve(event, at);
    }

    fn deed(&self, deed: ui::Deed, number: usize) -> Option<Deed> {
        Some(match deed {
            ui::Deed::Absent => return None,
            ui::Deed::SyncNow => Deed::SyncNow,
            ui::Deed::Release => Deed::Release(self.view.desks.get(number)?.board.key.clone()),
            ui::Deed::Maintenance => Deed::Maintenance(u32::try_from(number).ok()?),
            ui::Deed::MaintenanceEnd => Deed::Maintenance(0),
            ui::Deed::Brighter => Deed::Brightness(self.facts.brightness?.brighter()?),
            ui::Deed::Darker => Deed::Brightness(self.facts.brightness?.darker()?),
            ui::Deed::BrightnessAsSet => Deed::Brightness(0),
            ui::Deed::RestartPanel => Deed::RestartPanel,
            ui::Deed::Reboot => Deed::Reboot,
            ui::Deed::Bundle => Deed::Bundle,
            ui::Deed::Recording => Deed::Recording,
        })
    }

    /// The glass in the pixels in which contacts are counted.
    fn surface(&self) -> Surface {
        let size = self.app.window().size();
        let cell = CELL / self.panel.width_mm * size.width as f32;
        Surface { width: size.width, height: size.height, cell }
    }

    fn fill_service(&self, at: Duration) {
        let (service, page) = (&self.service, self.app.global::<ui::ServicePage>());
        self.app.global::<ui::Door>().set_opened(service.door(at));
        let (place, tab) = (service.place(), page.get_tab());
        page.set_tab(match place {
            Place::Open(Tab::Panel) => ui::ServiceTab::Panel,
            Place::Open(Tab::Boards) => ui::ServiceTab::Boards,
            Place::Open(Tab::Tests) => ui::ServiceTab::Tests,
            Place::Open(Tab::Deeds) => ui::ServiceTab::Deeds,
            _ => tab,
        });
        page.set_made(service.made().map(|code| in_threes(code.digits())).unwrap_or_default().into());
        if let Some(sign) = service.sign() {
            page.set_sign_place(sign.place.as_str().into());
            page.set_sign_code(sign.code.as_str().into());
        }
        if place != Place::Closed {
            self.fill_open(at);
        }
        if let Place::Pattern(pattern) = place {
            page.set_pattern(picture(pattern));
            page.set_caption(service.caption(at));
            if pattern == Pattern::Lines {
                page.set_fine_lines(fine_lines());
            }
        }
        page.set_place(match place {
            Place::Closed => ui::ServicePlace::Closed,
            Place::Card => ui::ServicePlace::Card,
            Place::Sign => ui::ServicePlace::Sign,
            Place::Pad => ui::ServicePlace::Pad,
            Place::Open(_) => ui::ServicePlace::Open,
            Place::Fingers => ui::ServicePlace::Fingers,
            Place::Pattern(_) => ui::ServicePlace::Pattern,
        });
    }

    pub(super) fn fill_open(&self, at: Duration) {
        let (service, page) = (&self.service, self.app.global::<ui::ServicePage>());
        if service.has_the_glass() {
            let head = head::of(None, &self.view);
            self.app.global::<ui::Theme>().set_colour(head.colour);
            page.set_head(head);
        }
        page.set_typed(service.typed() as i32);
        page.set_can_enter(service.can_enter());
        let word = service.word(at);
        page.set_wrong(word == Word::Wrong);
        page.set_wait(if let Word::Wait(seconds) = word { seconds as i32 } else { 0 });
        if matches!(service.place(), Place::Open(_)) {
            renew(page.get_facts(), facts(&self.view, &self.panel, &self.facts), |facts| page.set_facts(facts));
            self.fill_hub();
            renew(page.get_boards(), boards(&self.view, &self.facts), |boards| page.set_boards(boards));
            page.set_orders(self.facts.orders);
            page.set_maintenance_minutes(self.facts.maintenance as i32);
            let brightness = self.facts.brightness;
            page.set_brightness(brightness.map_or(-1, |brightness| brightness.percent as i32));
            page.set_brighter(brightness.is_some_and(|brightness| brightness.brighter().is_some()));
            page.set_darker(brightness.is_some_and(|brightness| brightness.darker().is_some()));
            let instead = brightness.and_then(|brightness| brightness.instead_of);
            page.set_brightness_set_up(instead.map_or(-1, |percent| percent as i32));
        }
        let name = |deed: Option<&Deed>| match deed {
            Some(Deed::Release(key)) => self.view.desk(key).map_or("", |desk| desk.board.name.as_str()),
            _ => "",
        };
        page.set_asked_name(name(service.asked()).into());
        page.set_asked(service.asked().map_or(ui::Deed::Absent, kind));
        let (done, outcome, said) = match service.told() {
            Some((deed, outcome, said)) => (kind(deed), Some(*outcome), said.as_str()),
            None => (ui::Deed::Absent, None, ""),
        };
        page.set_done(done);
        page.set_said(said.into());
        page.set_outcome(match outcome {
            None => ui::Outcome::None,
            Some(Outcome::Sent) => ui::Outcome::Sent,
            Some(Outcome::Done) => ui::Outcome::Done,
            Some(Outcome::Refused) => ui::Outcome::Refused,
        });
    }

    fn fill_hub(&self) {
        let page = self.app.global::<ui::ServicePage>();
        let hub = self.facts.hub.as_ref();
        let code = hub.and_then(|hub| hub.code.as_deref()).unwrap_or_default();
        if page.get_hub_code() == code {
            return;
        }
        let address = hub.and_then(Hub::page).unwrap_or_default();
        let picture = (!code.is_empty()).then(|| qr::code(&address)).flatten();
        page.set_has_hub_qr(picture.is_some());
        page.set_hub_qr(picture.unwrap_or_default());
        page.set_hub_address(address.into());
        page.set_hub_code(code.into());
    }

    fn fill_fingers(&self, at: Duration) {
        let page = self.app.global::<ui::ServicePage>();
        let Some(fingers) = self.service.fingers() else { return };
        page.set_columns(fingers.columns() as i32);
        page.set_rows(fingers.rows() as i32);
        renew(page.get_cells(), fingers.cells().to_vec(), |cells| page.set_cells(cells));
        page.set_painted(fingers.cells().iter().filter(|touched| **touched).count() as i32);
        let dots = dots(fingers, self.app.window().scale_factor());
        renew(page.get_dots(), dots, |dots| page.set_dots(dots));
        page.set_recorded(self.service.recorded(at).map_or(-1, |length| length.as_secs() as i32));
    }

    /// Connects the callbacks of the technician's pages with the inbox.
    pub(super) fn listen_to_service(&self) {
        let to = |call: Call| {
            let inbox = self.inbox.clone();
            move || inbox.borrow_mut().push_back(Tap::Service(call.clone()))
        };
        let plain = |event: Event| to(Call::Plain(event));
        let of = |make: fn(i32) -> Option<Call>| {
            let inbox = self.inbox.clone();
            move |value: i32| inbox.borrow_mut().extend(make(value).map(Tap::Service))
        };
        let flag = |make: fn(bool) -> Event| {
            let inbox = self.inbox.clone();
            move |on: bool| inbox.borrow_mut().push_back(Tap::Service(Call::Plain(make(on))))
        };
        self.app.global::<ui::Door>().on_held(flag(Event::Hold));
        let page = self.app.global::<ui::ServicePage>();
        page.on_digit(of(|digit| u8::try_from(digit).ok().map(|digit| Call::Plain(Event::Digit(digit)))));
        page.on_erase(plain(Event::Erase));
        page.on_enter(plain(Event::Enter));
        page.on_noted(plain(Event::Noted));
        page.on_turn(of(|tab| usize::try_from(tab).ok().map(Call::Turn)));
        page.on_fingers(to(Call::Fingers));
        page.on_patterns(plain(Event::Patterns));
        page.on_next(plain(Event::Next));
        page.on_back(plain(Event::Back));
        page.on_close(plain(Event::Close));
        page.on_up(to(Call::Scroll(Way::Up)));
        page.on_down(to(Call::Scroll(Way::Down)));
        page.on_confirm(flag(Event::Confirm));
        let inbox = self.inbox.clone();
        page.on_want(move |deed, number| {
            let call = usize::try_from(number).ok().map(|number| Tap::Service(Call::Want(deed, number)));
            inbox.borrow_mut().extend(call);
        });
    }

    /// A reader's own event, where it is not the service page that has the glass.
    pub(super) fn reader_or_service(&mut self, event: nav::Event, at: Duration) {
        if self.service.has_the_glass() {
            match event {
                nav::Event::Back => self.serve(Event::Back, at),
                nav::Event::Active => self.serve(Event::Active, at),
                _ => {}
            }
            return;
        }
        if self.service.place() == Place::Sign && event != nav::Event::Tick {
            self.serve(Event::Active, at);
        }
        let nothing_over_it = !self.nav.choosing_look() && self.nav.warning(at).is_none();
        if event == nav::Event::Back && *self.nav.page() == Page::Wall && nothing_over_it {
            self.serve(Event::BackAtTheWall, at);
        }
        if !self.service.has_the_glass() {
            self.handle(event, at);
        }
    }
}

/// Only rows that are other ones are set anew: what is built anew under a finger loses its press.
fn renew<T: Clone + PartialEq + 'static>(model: ModelRc<T>, values: Vec<T>, set: impl FnOnce(ModelRc<T>)) {
    if model.row_count() != values.len() {
        return set(ModelRc::from(Rc::new(VecModel::from(values))));
    }
    for (at, value) in values.into_iter().enumerate() {
        if model.row_data(at).as_ref() != Some(&value) {
            model.set_row_data(at, value);
        }
    }
}

/// "482 913": three at a time are read and written without a slip.
fn in_threes(digits: &str) -> String {
    let all: Vec<char> = digits.chars().collect();
    all.chunks(3).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("\u{202f}")
}

fn kind(deed: &Deed) -> ui::Deed {
    match deed {
        Deed::SyncNow => ui::Deed::SyncNow,
        Deed::Release(_) => ui::Deed::Release,
        Deed::Maintenance(0) => ui::Deed::MaintenanceEnd,
        Deed::Maintenance(_) => ui::Deed::Maintenance,
        Deed::Brightness(_) => ui::Deed::BrightnessAsSet,
        Deed::RestartPanel => ui::Deed::RestartPanel,
        Deed::Reboot => ui::Deed::Reboot,
        Deed::Bundle => ui::Deed::Bundle,
        Deed::Recording => ui::Deed::Recording,
    }
}

fn picture(pattern: Pattern) -> ui::Pattern {
    match pattern {
        Pattern::White => ui::Pattern::White,
        Pattern::Black => ui::Pattern::Black,
        Pattern::Red => ui::Pattern::Red,
        Pattern::Green => ui::Pattern::Green,
        Pattern::Blue => ui::Pattern::Blue,
        Pattern::Greys => ui::Pattern::Greys,
        Pattern::Lines => ui::Pattern::Lines,
        Pattern::Edges => ui::Pattern::Edges,
    }
}

/// Upright lines, lying lines, a net of single pixels, and lines two pixels thick; each black and white.
fn fine_lines() -> Image {
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(LINES, LINES);
    let half = LINES / 2;
    for (at, pixel) in (0..).zip(pixels.make_mut_slice()) {
        let (x, y) = (at % LINES, at / LINES);
        let light = match (x < half, y < half) {
            (true, true) => x % 2 == 0,
            (false, true) => y % 2 == 0,
            (true, false) => (x + y) % 2 == 0,
            (false, false) => x % 4 < 2,
        };
        let value = if light { 255 } else { 0 };
        *pixel = Rgb8Pixel::new(value, value, value);
    }
    Image::from_rgb8(pixels)
}

fn dots(fingers: &Fingers, scale: f32) -> Vec<ui::Dot> {
    let dot = |(number, x, y): &(u64, f32, f32)| ui::Dot { number: *number as i32, x: x / scale, y: y / scale };
    fingers.dots().iter().map(dot).collect()
}

/// As numbers alone, so that no language is needed.
fn clock(at: DateTime<Utc>) -> String {
    at.with_timezone(&Prague).format("%-d.\u{202f}%-m.\u{202f}%Y %-H:%M").to_string()
}

fn facts(view: &View, panel: &Panel, facts: &Facts) -> Vec<ui::FactLine> {
    let mut lines = Vec::new();
    let mut line = |fact: ui::Fact, text: String, trouble: bool| {
        if !text.is_empty() {
            lines.push(ui::FactLine { fact, text: text.into(), trouble });
        }
    };
    line(ui::Fact::Program, facts.program.clone(), false);
    line(ui::Fact::Running, facts.started_at.map(clock).unwrap_or_default(), false);
    let names: Vec<&str> = view.desks.iter().map(|desk| desk.board.name.as_str()).collect();
    line(ui::Fact::Boards, names.join(", "), false);
    for link in &facts.links {
        line(if link.up { ui::Fact::Network } else { ui::Fact::NoNetwork }, link.name.clone(), !link.up);
    }
    line(ui::Fact::Addresses, facts.addresses.join(", "), false);
    if let Some(hub) = &facts.hub {
        line(ui::Fact::Hub, hub.place.clone().unwrap_or_else(|| hub.url.clone()), false);
        line(ui::Fact::HubTrouble, hub.error.clone().unwrap_or_default(), true);
    }
    let trusted = view.now.is_trusted();
    line(if trusted { ui::Fact::Clock } else { ui::Fact::ClockUnsure }, clock(view.now.at), !trusted);
    let Panel { width_px, height_px, width_mm, height_mm, lower_edge_mm, reading_distance_mm } = *panel;
    line(ui::Fact::Glass, format!("{width_px} × {height_px}, {width_mm:.0} × {height_mm:.0}\u{202f}mm"), false);
    line(ui::Fact::Stands, format!("{lower_edge_mm:.0}\u{202f}mm, {reading_distance_mm:.0}\u{202f}mm"), false);
    if let Some(display) = &facts.display {
        let size = format!("{} × {}", display.width, display.height);
        let turned = if display.rotation > 0 { format!("{}°", display.rotation) } else { String::new() };
        line(ui::Fact::Display, [&*display.connector, &size, &turned].join(" ").trim().to_owned(), !display.connected);
        line(
            ui::Fact::Brightness,
            display.brightness.map(|part| format!("{part}\u{202f}%")).unwrap_or_default(),
            false,
        );
        line(ui::Fact::DisplayTrouble, display.problem.clone().unwrap_or_default(), true);
    }
    if let Some(touch) = &facts.touch {
        line(ui::Fact::Touch, touch.names.join(", "), touch.devices == 0);
        line(ui::Fact::Touched, touch.touched_at.map(clock).unwrap_or_default(), false);
        line(ui::Fact::Stuck, if touch.stuck > 0 { touch.stuck.to_string() } else { String::new() }, true);
        line(ui::Fact::TouchTrouble, touch.problem.clone().unwrap_or_default(), true);
    }
    lines
}

fn boards(view: &View, facts: &Facts) -> Vec<ui::BoardLine> {
    let line = |(at, desk): (usize, &crate::view::Desk)| {
        let report = facts.report.board(&desk.board.key);
        let text = |text: Option<&String>| SharedString::from(text.map_or("", String::as_str));
        let held: Vec<&String> = report.iter().flat_map(|report| &report.held).collect();
        let kind = |at: usize| held.get(at).map_or(ui::HeldKind::None, |name| held_kind(name));
        ui::BoardLine {
            at: at as i32,
            head: head::of_desk(desk, view),
            listed: report.map_or(0, |report| report.listed as i32),
            up: report.map_or(0, |report| report.up as i32),
            missing: report.map_or(0, |report| report.documents_missing as i32),
            error: text(report.and_then(|report| report.last_error.as_ref())),
            moved: text(report.and_then(|report| report.moved_to.as_ref())),
            held: kind(0),
            held_too: kind(1),
        }
    };
    view.desks.iter().enumerate().map(line).collect()
}

/// As sync names it in its report.
fn held_kind(name: &str) -> ui::HeldKind {
    match name {
        "unreadable" => ui::HeldKind::Unreadable,
        "wrong-operator" => ui::HeldKind::WrongOperator,
        "emptied" => ui::HeldKind::Emptied,
        "mass-loss" | "small-loss" => ui::HeldKind::Loss,
        "web-changed" => ui::HeldKind::WebChanged,
        name if name.starts_with("field") => ui::HeldKind::Field,
        _ => ui::HeldKind::Other,
    }
}
