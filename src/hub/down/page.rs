//! The page on which an office takes a notice off its glasses, sees which have done it, and lets it be shown again.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::{Decision, Flaw, MAX_ABOUT, MAX_ADDRESS, Order, Reach, flaw};
use crate::hub::page::{self, Page};
use crate::hub::people::{Deed, Who};
use crate::hub::place::{self, Place};
use crate::hub::problem::Problem;
use crate::hub::web::{Needs, Route};
use crate::hub::{Shared, decree, fleet};
use crate::{keys, secret};

pub fn routes() -> Vec<Route> {
    let notices = Needs::Deed(Deed::Notices);
    vec![
        Route::get("/down", Needs::Deed(Deed::See), list),
        Route::post("/down/check", notices, check),
        Route::post("/down", notices, send),
        Route::post("/down/{id}/lift", notices, lift),
    ]
}

/// Fields of the form, several of one name among them.
type Fields = Vec<(String, String)>;

fn read(fields: &Fields) -> Order {
    let one = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim().to_owned());
    let places = fields.iter().filter(|(name, _)| name == "place");
    let once = one("once").unwrap_or_default();
    Order {
        id: once.chars().filter(char::is_ascii_hexdigit).take(32).collect(),
        office: one("office").unwrap_or_default(),
        address: one("address").unwrap_or_default(),
        about: one("about").unwrap_or_default(),
        places: places.filter_map(|(_, id)| id.trim().parse().ok()).collect(),
    }
}

#[derive(Template)]
#[template(path = "down.html")]
struct Down {
    page: Page,
    now: DateTime<Utc>,
    decisions: Vec<Decision>,
    order: Order,
    wrong: Option<&'static str>,
    /// Of the offices in which they may, with their places.
    offices: Vec<(String, String)>,
    places: Vec<Place>,
}

impl Down {
    fn max_about(&self) -> usize {
        MAX_ABOUT
    }

    fn max_address(&self) -> usize {
        MAX_ADDRESS
    }

    fn may_lift(&self, decision: &Decision) -> bool {
        self.page.who.as_ref().is_some_and(|who| who.may(Deed::Notices, &decision.office))
    }

    /// What is known of one place: a word, its class, and since when.
    fn reach(&self, reach: &Reach) -> (&'static str, &'static str, String) {
        let say = |czech, english| self.page.say(czech, english);
        match (reach.confirmed_at, reach.heard_at) {
            (Some(at), _) if reach.was_up => (say("Sejmuto", "Taken down"), "good", self.page.moment(&at)),
            (Some(at), _) => (say("Nevisela tam", "Was not up there"), "", self.page.moment(&at)),
            (None, _) if !reach.has_device => {
                let why = say("místo nemá přístroj", "the place has no device");
                (say("Nepotvrzeno", "Not confirmed"), "bad", why.to_owned())
            }
            (None, Some(at)) => {
                let ago = fleet::span(self.now - at, self.page.language);
                let heard = say("naposledy se ozvalo před:", "last heard of, ago:");
                (say("Nepotvrzeno", "Not confirmed"), "bad", format!("{heard} {ago}"))
            }
            (None, None) => {
                (say("Nepotvrzeno", "Not confirmed"), "bad", say("nikdy se neozvalo", "never heard of").to_owned())
            }
        }
    }
}

/// Where somebody may take something down, with the places there.
async fn theirs(hub: &Shared, who: &Who) -> Result<(BTreeMap<String, String>, Vec<Place>), Problem> {
    let read = |connection: &rusqlite::Connection| Ok((place::offices(connection)?, place::places(connection)?));
    let (offices, places) = hub.store.read(read).await?;
    let offices = offices.into_iter().filter(|(key, _)| who.may(Deed::Notices, key)).collect();
    let places = places.into_iter().filter(|place| who.may(Deed::Notices, &place.office)).collect();
    Ok((offices, places))
}

async fn draw(
    page: Page,
    hub: &Shared,
    who: &Who,
    order: Order,
    wrong: Option<&'static str>,
) -> Result<Response, Problem> {
    let (offices, places) = theirs(hub, who).await?;
    let all = hub.store.read(super::list).await?;
    let decisions = all.into_iter().filter(|decision| who.may(Deed::See, &decision.office)).collect();
    let offices = offices.into_iter().collect();
    page::html(&Down { page, now: hub.now(), decisions, order, wrong, offices, places })
}

async fn list(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    let (offices, places) = theirs(&hub, &who).await?;
    // One office's own panels are meant all together, where nobody says otherwise.
    let office = offices.keys().next().cloned().unwrap_or_default();
    let meant = places.iter().filter(|place| offices.len() == 1 && place.office == office);
    let order = Order { office: office.clone(), places: meant.map(|place| place.id).collect(), ..read(&Vec::new()) };
    draw(page, &hub, &who, order, None).await
}

#[derive(Template)]
#[template(path = "down-check.html")]
struct Checking {
    page: Page,
    order: Order,
    places: Vec<Place>,
}

async fn check(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let order = read(&fields);
    who.need(Deed::Notices, &order.office)?;
    let (_, places) = theirs(&hub, &who).await?;
    let meant = |place: &Place| order.places.contains(&place.id) && place.office == order.office;
    let places: Vec<Place> = places.into_iter().filter(meant).collect();
    let order = Order { places: places.iter().map(|place| place.id).collect(), ..order };
    if let Some(flaw) = flaw(&order) {
        let wrong = words(flaw, &page);
        return draw(page, &hub, &who, order, Some(wrong)).await;
    }
    let bytes: [u8; 8] = secret::random().map_err(|_| Problem::Broken)?;
    page::html(&Checking { page, order: Order { id: keys::hex(&bytes), ..order }, places })
}

async fn send(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let order = read(&fields);
    who.need(Deed::Notices, &order.office)?;
    if order.id.is_empty() {
        return Err(Problem::Form);
    }
    let (now, by, wanted) = (hub.now(), who.login.clone(), order.clone());
    match hub.store.write(move |connection| super::order(connection, &wanted, &by, now)).await? {
        Ok(()) => {
            decree::renew(&hub).await?;
            let said = page.say(
                "Nařízeno. Panely, které jsou na síti, ji sejmou do dvou minut.",
                "Ordered. Panels that are online take it down within two minutes.",
            );
            Ok(page::done(&hub, &who, "/down", said))
        }
        Err(flaw) => {
            let wrong = words(flaw, &page);
            draw(page, &hub, &who, order, Some(wrong)).await
        }
    }
}

async fn lift(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let wanted = id.clone();
    let known = hub.store.read(move |connection| super::one(connection, &wanted)).await?.ok_or(Problem::NotFound)?;
    who.need(Deed::Notices, &known.office)?;
    let (now, by) = (hub.now(), who.login.clone());
    let said = match hub.store.write(move |connection| super::lift(connection, &id, &by, now)).await? {
        Ok(()) => {
            decree::renew(&hub).await?;
            page.say(
                "Zrušeno. Je-li písemnost dál v datech úřadu, vrátí se na panely.",
                "Lifted. Where the office's data still list the notice, it comes back to the panels.",
            )
        }
        Err(refusal) => fleet::refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, "/down", said))
}

/// What to do about it.
fn words(flaw: Flaw, page: &Page) -> &'static str {
    let (czech, english) = match flaw {
        Flaw::Address => (
            "Napište adresu písemnosti na webu úřadu; na panelu je u ní pod QR kódem.",
            "Write the notice's address on the office's web; the panel has it beside its QR code.",
        ),
        Flaw::About => (
            "Napište, proč se snímá, nejvýš 200 znaky a bez osobních údajů.",
            "Write why it is taken down, in 200 letters at most, and without personal data.",
        ),
        Flaw::Nowhere => ("Zaškrtněte aspoň jedno místo.", "Tick one place at least."),
        Flaw::Full => (
            "Na některém místě je sejmuto příliš mnoho písemností; některé zrušte.",
            "Too many notices are down at one of the places; lift some.",
        ),
        Flaw::Missing => ("Některé místo už tu není; podívejte se znovu.", "A place is no longer here; look again."),
    };
    page.language.say(czech, english)
}
