//! One place: what its panel says, what to do, what was ordered, and how it was in the last days.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde::Deserialize;

use super::chart::Chart;
use super::fleet::{self, refused, span};
use super::history::{self, Stretch};
use super::language::Language;
use super::ledger::{self, Book, Break};
use super::log;
use super::order::{self, Fate, Kind, Ordered};
use super::page::{self, Page};
use super::people::{Deed, Who};
use super::picture::{self, Shown};
use super::place;
use super::problem::Problem;
use super::standing::{self, Seen, Standing};
use super::web::{Needs, Route};
use super::{Shared, gate};
use crate::config::MIN_BRIGHTNESS;
use crate::guard::HoldKind;
use crate::health::{Reason, Record, State as Health};
use crate::ledger::Entry;
use crate::wire::{BoardReport, PictureNote, Proof};

/// So many orders are listed.
const ORDERS: u32 = 10;

pub fn routes() -> Vec<Route> {
    let devices = Needs::Deed(Deed::Devices);
    vec![
        Route::get("/places/{id}", Needs::Deed(Deed::See), show),
        Route::post("/places/{id}/order", devices, give),
        Route::post("/places/{id}/token", devices, token),
        Route::post("/places/{id}/revoke", devices, revoke),
        Route::post("/places/{id}/remove", devices, remove),
    ]
}

#[derive(Template)]
#[template(path = "panel.html")]
struct Panel {
    page: Page,
    now: DateTime<Utc>,
    seen: Seen,
    orders: Vec<Ordered>,
    charts: Vec<Chart>,
    stretches: Vec<Stretch>,
    picture: Option<Shown>,
    book: Book,
    log: Option<log::Lines>,
    may_order: bool,
    /// Shown once, right after it was made.
    token: Option<String>,
}

impl Panel {
    fn word(&self) -> &'static str {
        fleet::word(self.seen.standing, self.page.language)
    }

    fn class(&self) -> &'static str {
        fleet::class(self.seen.standing)
    }

    fn ago(&self, at: &DateTime<Utc>) -> String {
        span(self.now - *at, self.page.language)
    }

    fn advice(&self) -> Option<(&'static str, &'static str)> {
        fleet::advice(self.seen.standing, self.page.language)
    }

    fn reasons(&self) -> &[Reason] {
        self.record().map_or(&[], |record| &record.reasons)
    }

    fn words(&self, found: &Reason) -> (&'static str, &'static str) {
        fleet::words(found, self.page.language)
    }

    fn record(&self) -> Option<&Record> {
        self.seen.record.as_ref()
    }

    fn boards(&self) -> &[BoardReport] {
        self.record().and_then(|record| record.sync.as_ref()).map_or(&[], |sync| &sync.boards)
    }

    fn short(&self, device: &place::Device) -> String {
        gate::short(&device.key)
    }

    fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| !kind.is_picture())
    }

    /// A picture is on its way.
    fn awaits_picture(&self) -> bool {
        let waits = |order: &Ordered| order.kind.is_some_and(Kind::is_picture) && order.fate == Fate::Waiting;
        self.orders.iter().any(waits)
    }

    fn may_look(&self, shown: &Shown) -> bool {
        !shown.note.sharp || self.may_order
    }

    /// How far it is proved that a picture is what the display shows.
    fn proved(&self, note: &PictureNote) -> &'static str {
        let (czech, english) = match (note.way.as_str(), note.proof) {
            ("headless", _) => {
                ("panel nemá displej; takhle by na něm deska vypadala", "the panel has no display; so it would look")
            }
            (_, Proof::LightSensor) => ("čidlo před sklem to potvrzuje", "a sensor before the glass bears it out"),
            (_, Proof::ScanOut) => ("tenhle obraz jde do displeje", "this picture goes out to the display"),
            (_, Proof::Buffer | Proof::None) => (
                "obraz z paměti; co displej opravdu ukazuje, panel nedokládá",
                "from memory; what the display shows is not proved",
            ),
        };
        self.page.say(czech, english)
    }

    fn kind(&self, kind: &Kind) -> &'static str {
        name(*kind, self.page.language)
    }

    fn ordered(&self, ordered: &Ordered) -> String {
        match ordered.kind {
            None => self.page.say("Příkaz jiné verze", "An order of another version").to_owned(),
            Some(Kind::Brightness(percent)) if percent > 0 => {
                format!("{} {percent}\u{a0}%", self.page.say("Jas ve dne", "Brightness by day"))
            }
            Some(kind) => name(kind, self.page.language).to_owned(),
        }
    }

    /// Of the glass now, where the panel can say.
    fn brightness(&self) -> Option<u32> {
        self.record()?.panel.as_ref()?.display.as_ref()?.brightness
    }

    fn least(&self) -> u32 {
        MIN_BRIGHTNESS
    }

    fn fate(&self, fate: &Fate) -> String {
        let moment = |at| self.page.moment(at);
        match fate {
            Fate::Waiting => self.page.say("Čeká, až se přístroj ozve", "Waits for the device").to_owned(),
            Fate::Expired => self
                .page
                .say("Propadl: přístroj se včas neozval", "Expired: the device was not heard in time")
                .to_owned(),
            Fate::Done { at, .. } => format!("{} {}", self.page.say("Hotovo", "Done"), moment(at)),
            Fate::Refused { at, .. } => format!("{} {}", self.page.say("Odmítnuto", "Refused"), moment(at)),
        }
    }

    /// In the device's own words.
    fn why<'a>(&self, fate: &'a Fate) -> Option<&'a str> {
        match fate {
            Fate::Refused { said, .. } => Some(said),
            _ => None,
        }
    }

    /// What the guard holds back, in an office's words.
    fn held(&self, kind: &str) -> String {
        let Some(kind) = HoldKind::parse(kind) else { return kind.to_owned() };
        let (czech, english) = match kind {
            HoldKind::Unreadable => ("data úřadu nejde přečíst", "the feed cannot be read"),
            HoldKind::WrongOperator => ("data jsou jiného úřadu", "the feed is another office's"),
            HoldKind::Emptied => ("deska je náhle prázdná", "the board is suddenly empty"),
            HoldKind::MassLoss => ("zmizela většina písemností", "most notices have disappeared"),
            HoldKind::SmallLoss => ("zmizely písemnosti", "notices have disappeared"),
            HoldKind::FieldBlanked { .. } => ("u mnoha písemností zmizel údaj", "a field is blank on many notices"),
            HoldKind::FieldChanged { .. } => {
                ("u mnoha písemností se změnil údaj", "a field has changed on many notices")
            }
            HoldKind::WebChanged => ("změnily se všechny adresy", "all addresses have changed"),
        };
        self.page.say(czech, english).to_owned()
    }

    /// What is on the glass, in a word; nothing where it is not proved that anything is.
    fn on_the_glass(&self) -> Option<&'static str> {
        use Standing::{Cloned, NotShowing, Silent, Unheard, Unproved};
        if matches!(self.seen.standing, NotShowing | Silent | Cloned | Unheard | Unproved) {
            return None;
        }
        let signed = self.seen.said.as_ref().map(|said| said.statement.page.as_str());
        let page = signed.or_else(|| Some(self.record()?.panel.as_ref()?.page.as_str()))?;
        let (czech, english) = match page {
            "wall" => ("nástěnka", "the wall"),
            "message" => ("naléhavá zpráva", "an urgent message"),
            "board" => ("seznam písemností", "the list of notices"),
            "document" => ("písemnost", "a notice"),
            "service" => ("servisní stránka", "the service page"),
            "rescue" => ("nouzová stránka", "the rescue page"),
            _ => return None,
        };
        Some(self.page.say(czech, english))
    }

    fn up(&self) -> Option<u64> {
        let signed = self.seen.said.as_ref().map(|said| said.statement.up);
        signed.or_else(|| Some(self.record()?.panel.as_ref()?.up))
    }

    /// What the panel itself has signed, and how far it could prove it.
    fn vouched(&self) -> Option<String> {
        self.seen.place.device.as_ref()?;
        let Some(said) = &self.seen.said else {
            let record = self.record()?;
            let unsigned = ("nepodepsáno: {} to zatím neumí", "not signed: {} does not do that yet");
            let program = if record.program.is_empty() { "program" } else { &record.program };
            return Some(self.page.say(unsigned.0, unsigned.1).replace("{}", program));
        };
        let statement = &said.statement;
        let (czech, english) = match (statement.shows(), statement.proof) {
            (false, _) => ("panel nedokládá, že je deska vidět", "the panel does not prove that the board can be seen"),
            (_, Proof::LightSensor) => {
                ("deska svítí, potvrzuje to čidlo před sklem", "shown, borne out by a light sensor")
            }
            (_, Proof::ScanOut) => ("deska jde do zapnutého displeje", "the board goes out to a display that is on"),
            (_, Proof::Buffer | Proof::None) => (
                "deska je správně v paměti; displej se ověřit nedá",
                "right in memory; of the display nothing is known",
            ),
        };
        let since = if statement.shows() {
            format!(", {} {}", self.page.say("od", "since"), self.page.moment(&statement.since))
        } else {
            String::new()
        };
        Some(format!(
            "{}{since}; {} {}",
            self.page.say(czech, english),
            self.page.say("podepsáno", "signed"),
            self.page.moment(&said.at)
        ))
    }

    fn happened(&self, entry: &Entry) -> String {
        ledger::words::happened(entry, self.page.language)
    }

    fn broken(&self, found: &Break) -> String {
        ledger::words::broken(found, self.page.language)
    }

    fn is_forged(&self) -> bool {
        self.seen.said.as_ref().is_some_and(|said| said.forged_at.is_some())
    }

    fn touched(&self) -> Option<String> {
        let at = self.record()?.panel.as_ref()?.touch.as_ref()?.touched_at.as_ref()?;
        Some(self.page.moment(at))
    }

    /// Left edge and width of a stretch in per cent of the window, and its class.
    fn stretch(&self, stretch: &Stretch) -> (f64, f64, &'static str, &'static str) {
        let whole = history::WINDOW.num_seconds() as f64 / 600.0;
        let from = (stretch.from - (self.now - history::WINDOW)).num_seconds().max(0) as f64 / whole;
        let width = ((stretch.until - stretch.from).num_seconds() as f64 / whole).max(1.0);
        let state: Health = serde_json::from_value(stretch.state.as_str().into()).unwrap_or_default();
        let standing = Standing::of(state);
        (from, width, fleet::class(standing), fleet::word(standing, self.page.language))
    }

    fn number(&self, value: &f64) -> String {
        let text = if value.abs() < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") };
        match self.page.language {
            Language::Czech => text.replace('.', ","),
            Language::English => text,
        }
    }
}

/// An order in an office's words.
fn name(kind: Kind, language: Language) -> &'static str {
    let (czech, english) = match kind {
        Kind::SyncNow => ("Stáhnout desku hned", "Fetch the board now"),
        Kind::Maintenance => ("Údržba na hodinu", "Maintenance for an hour"),
        Kind::EndMaintenance => ("Ukončit údržbu", "End maintenance"),
        Kind::RestartPanel => ("Restartovat program desky", "Restart the board's program"),
        Kind::RestartSync => ("Restartovat stahování", "Restart the fetching"),
        Kind::Reboot => ("Restartovat celý panel", "Restart the machine"),
        Kind::Brightness(_) => ("Jas podle nastavení panelu", "Brightness as the panel's settings say"),
        Kind::Identify => ("Ukázat na skle, který panel to je", "Show on the glass which panel it is"),
        Kind::Picture => ("Rozmazaný obrázek skla", "A blurred picture of the glass"),
        Kind::SharpPicture => ("Ostrý obrázek skla", "A sharp picture of the glass"),
    };
    language.say(czech, english)
}

/// The place, for somebody who may do that there.
pub async fn find(hub: &Shared, who: &Who, id: i64, deed: Deed) -> Result<Seen, Problem> {
    let ear = hub.ear();
    let seen = hub.store.read(move |connection| standing::one(connection, &ear, id)).await?.ok_or(Problem::NotFound)?;
    who.need(deed, &seen.place.office)?;
    Ok(seen)
}

async fn show(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<i64>) -> Result<Response, Problem> {
    let seen = find(&hub, &who, id, Deed::See).await?;
    draw(page, who, &hub, seen, None).await
}

async fn draw(page: Page, who: Who, hub: &Shared, seen: Seen, token: Option<String>) -> Result<Response, Problem> {
    let (now, id) = (hub.now(), seen.place.id);
    let device = seen.place.device.as_ref().map(|device| device.key);
    let work = move |connection: &Connection| {
        let orders = order::list(connection, id, ORDERS, now)?;
        let book = device.map(|device| Book::open(connection, &device)).transpose()?.unwrap_or_default();
        let log = device.map(|device| log::of(connection, &device)).transpose()?.flatten();
        Ok((orders, history::records(connection, id, now)?, picture::last(connection, id, now)?, book, log))
    };
    let (orders, records, picture, book, log) = hub.store.read(work).await?;
    // The history is kept to the hour; a gap is what is longer than that.
    let stretches = history::stretches(&records, TimeDelta::minutes(70));
    let charts = history::charts(&records, now, page.language);
    let may_order = who.may(Deed::Devices, &seen.place.office);
    page::html(&Panel { page, now, seen, orders, charts, stretches, picture, book, log, may_order, token })
}

#[derive(Deserialize)]
struct Wanted {
    kind: String,
    /// Of the brightness, in per cent.
    #[serde(default)]
    percent: Option<u32>,
    /// Ticked by whoever has understood that readers will notice.
    #[serde(default)]
    sure: Option<String>,
}

async fn give(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(id): Path<i64>,
    Form(form): Form<Wanted>,
) -> Result<Response, Problem> {
    find(&hub, &who, id, Deed::Devices).await?;
    let kind = match (Kind::parse(&form.kind).ok_or(Problem::Form)?, form.percent) {
        (Kind::Brightness(_), Some(percent)) if !(MIN_BRIGHTNESS..=100).contains(&percent) => {
            return Err(Problem::Form);
        }
        (Kind::Brightness(_), Some(percent)) => Kind::Brightness(percent),
        (kind, _) => kind,
    };
    let here = format!("/places/{id}");
    if kind.is_grave() && form.sure.is_none() {
        let said = page.say(
            "Nic se nestalo: restart přeruší toho, kdo právě čte. Zaškrtněte, že to víte.",
            "Nothing was ordered: a restart interrupts whoever is reading. Tick that you know.",
        );
        return Ok(page::done(&hub, &who, &here, said));
    }
    let said = match order::give(&hub, id, kind, &who.login).await? {
        Ok(_) => page.say("Objednáno. Přístroj se ozve do minuty.", "Ordered. The device is heard within a minute."),
        Err(refusal) => refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, &here, said))
}

async fn token(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<i64>) -> Result<Response, Problem> {
    let seen = find(&hub, &who, id, Deed::Devices).await?;
    let (now, by) = (hub.now(), who.login.clone());
    match hub.store.write(move |connection| place::make_token(connection, id, &by, now)).await? {
        Ok(token) => draw(page, who, &hub, seen, Some(token)).await,
        Err(refusal) => Ok(page::done(&hub, &who, &format!("/places/{id}"), refused(refusal, page.language))),
    }
}

#[derive(Deserialize)]
struct Sure {
    #[serde(default)]
    sure: Option<String>,
}

async fn revoke(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(id): Path<i64>,
    Form(form): Form<Sure>,
) -> Result<Response, Problem> {
    find(&hub, &who, id, Deed::Devices).await?;
    let here = format!("/places/{id}");
    if form.sure.is_none() {
        return Ok(page::done(&hub, &who, &here, unsure(&page)));
    }
    let (now, by) = (hub.now(), who.login.clone());
    let said = match hub.store.write(move |connection| place::revoke(connection, id, &by, now)).await? {
        Ok(key) => {
            hub.gate.revoke(&key);
            page.say("Přístroj už za toto místo nemluví.", "The device no longer speaks for this place.")
        }
        Err(refusal) => refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, &here, said))
}

async fn remove(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(id): Path<i64>,
    Form(form): Form<Sure>,
) -> Result<Response, Problem> {
    find(&hub, &who, id, Deed::Devices).await?;
    if form.sure.is_none() {
        return Ok(page::done(&hub, &who, &format!("/places/{id}"), unsure(&page)));
    }
    let (now, by) = (hub.now(), who.login.clone());
    let said = match hub.store.write(move |connection| place::remove(connection, id, &by, now)).await? {
        Ok(device) => {
            if let Some(key) = device {
                hub.gate.revoke(&key);
            }
            page.say(
                "Místo je zrušeno; jeho historie zůstává v databázi.",
                "The place is given up; its history stays in the database.",
            )
        }
        Err(refusal) => refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, "/places", said))
}

fn unsure(page: &Page) -> &'static str {
    page.language.say("Nic se nestalo: zaškrtněte, že to víte jistě.", "Nothing was done: tick that you are sure.")
}
