//! The first page: every place, the worst first, with what to do.
//!
//! Whoever opens it has a minute: one line says how many places show their board, then come those that do not.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::language::Language;
use super::page::{self, Page};
use super::people::{Deed, Who};
use super::place::{self, Refusal};
use super::problem::Problem;
use super::standing::{self, Seen, Standing};
use super::web::{Needs, Route};
use super::{Shared, reason};
use crate::health::Reason;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/places", Needs::Deed(Deed::See), list),
        Route::post("/places", Needs::Deed(Deed::Devices), add_place),
        Route::post("/offices", Needs::Deed(Deed::People), add_office),
    ]
}

/// A state as a page shows it: a word, a shape and a colour.
pub fn word(standing: Standing, language: Language) -> &'static str {
    let (czech, english) = match standing {
        Standing::NotShowing => ("Neukazuje desku", "Not showing"),
        Standing::Silent => ("Neozývá se", "Silent"),
        Standing::Cloned => ("Dva přístroje, jeden klíč", "Two devices, one key"),
        Standing::Unproved => ("Neprokázáno", "Unproved"),
        Standing::Stale => ("Obsah je starý", "Content is old"),
        Standing::OnBattery => ("Běží na baterii", "On battery"),
        Standing::Degraded => ("Ukazuje, má potíže", "Showing, with trouble"),
        Standing::Unheard => ("Ještě se neozvalo", "Not heard of yet"),
        Standing::Maintenance => ("Údržba", "Maintenance"),
        Standing::NotYetInstalled => ("Zatím neuvedeno do provozu", "Not yet in service"),
        Standing::Empty => ("Bez přístroje", "No device"),
        Standing::Showing => ("Ukazuje", "Showing"),
    };
    language.say(czech, english)
}

/// The class of the style sheet.
pub fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::NotShowing | Standing::Silent | Standing::Cloned | Standing::Unproved => "bad",
        Standing::Stale | Standing::OnBattery | Standing::Degraded => "warn",
        Standing::Showing => "good",
        Standing::Unheard | Standing::Maintenance | Standing::NotYetInstalled | Standing::Empty => "",
    }
}

/// What is wrong with a place and what to do, where the hub itself has found it.
pub fn advice(standing: Standing, language: Language) -> Option<(&'static str, &'static str)> {
    let (what, cure) = match standing {
        Standing::Silent => (
            ("Nevíme, co deska právě ukazuje.", "Nobody knows what the board shows now."),
            (
                "Zkontrolujte na místě elektřinu a internet, nebo ať se tam někdo podívá.",
                "See to power and internet on site, or have somebody look at it.",
            ),
        ),
        Standing::Cloned => (
            (
                "Stejným klíčem mluví dva přístroje; žádnému nevěříme.",
                "Two devices speak with one key; neither is believed.",
            ),
            (
                "Vyměňte přístroj tohoto místa: druhý by mohl mluvit za něj.",
                "Exchange the device of this place: the other one could speak for it.",
            ),
        ),
        Standing::Unproved => (
            (
                "Přístroj tvrdí, že deska svítí; program desky to ale nepodepsal.",
                "The device says that the board is shown; the board's program has not signed that.",
            ),
            (
                "Ať se na desku někdo podívá; přístroj může být napadený. Objednejte restart programu desky.",
                "Have somebody look at the board; the device may have been broken into. Order a restart of its program.",
            ),
        ),
        Standing::Unheard => (
            (
                "Centrální správa běží teprve chvíli a čeká, až se panel ozve.",
                "The hub has just started, and waits to hear of the panel.",
            ),
            ("Podívejte se za pár minut.", "Look again in a few minutes."),
        ),
        Standing::Empty => (
            ("K místu nepatří žádný přístroj.", "No device belongs to this place."),
            ("Potvrďte čekající přístroj na stránce Zařízení.", "Confirm a waiting device on the page Devices."),
        ),
        _ => return None,
    };
    Some((language.say(what.0, what.1), language.say(cure.0, cure.1)))
}

/// How long ago, roughly: `5 min`, `3 h`, `2 dny`.
pub fn span(length: TimeDelta, language: Language) -> String {
    let days = length.num_days();
    match length.num_minutes().max(0) {
        0 => language.say("méně než minutu", "less than a minute").to_owned(),
        minutes @ 1..120 => format!("{minutes}\u{a0}min"),
        minutes @ 120..2880 => format!("{}\u{a0}h", minutes / 60),
        _ => {
            let noun = language.count(days.unsigned_abs() as usize, ["den", "dny", "dní"], ["day", "days"]);
            format!("{days}\u{a0}{noun}")
        }
    }
}

#[derive(Template)]
#[template(path = "fleet.html")]
struct Fleet {
    page: Page,
    now: DateTime<Utc>,
    shown: Vec<Seen>,
    offices: Vec<(String, String)>,
    office: String,
    /// Offices in which places can be added, key and name.
    mine: Vec<(String, String)>,
    may_found: bool,
}

impl Fleet {
    fn showing(&self) -> usize {
        // Whatever is not proved to be dark counts as readable only where a panel has said so itself.
        self.shown.iter().filter(|seen| seen.standing.is_readable()).count()
    }

    fn alarms(&self) -> usize {
        self.shown.iter().filter(|seen| seen.standing.is_alarm()).count()
    }

    fn word(&self, seen: &Seen) -> &'static str {
        word(seen.standing, self.page.language)
    }

    fn class(&self, seen: &Seen) -> &'static str {
        class(seen.standing)
    }

    fn ago(&self, at: &DateTime<Utc>) -> String {
        span(self.now - *at, self.page.language)
    }

    /// What is wrong and what to do: the hub's own finding, else the gravest of the panel.
    fn advice(&self, seen: &Seen) -> Option<(&'static str, &'static str)> {
        let own = advice(seen.standing, self.page.language);
        own.or_else(|| first(seen).map(|found| words(found, self.page.language)))
    }

    /// How many other reasons there are.
    fn more(&self, seen: &Seen) -> usize {
        match seen.standing {
            Standing::Silent | Standing::Unheard | Standing::Cloned | Standing::Empty => 0,
            _ => seen.record.as_ref().map_or(0, |record| record.reasons.len().saturating_sub(1)),
        }
    }

    fn places(&self, count: usize) -> &'static str {
        self.page.language.count(count, ["místo", "místa", "míst"], ["place", "places"])
    }
}

fn first(seen: &Seen) -> Option<&Reason> {
    seen.record.as_ref().filter(|_| seen.heard_at.is_some())?.reasons.first()
}

/// What is wrong, and what to do.
pub fn words(found: &Reason, language: Language) -> (&'static str, &'static str) {
    (reason::title(found.code, language), reason::cure(found.code, language))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    office: String,
}

async fn list(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let ear = hub.ear();
    let (fleet, offices) =
        hub.store.read(move |connection| Ok((standing::fleet(connection, &ear)?, place::offices(connection)?))).await?;
    let offices: Vec<(String, String)> = offices.into_iter().filter(|(key, _)| who.may(Deed::See, key)).collect();
    let mine = offices.iter().filter(|(key, _)| who.may(Deed::Devices, key)).cloned().collect();
    let shown = fleet
        .into_iter()
        .filter(|seen| who.may(Deed::See, &seen.place.office))
        .filter(|seen| wanted.office.is_empty() || seen.place.office == wanted.office)
        .collect();
    let may_found = who.may(Deed::People, "");
    page::html(&Fleet { page, now: ear.now, shown, offices, office: wanted.office, mine, may_found })
}

#[derive(Deserialize)]
struct NewPlace {
    office: String,
    name: String,
    #[serde(default)]
    address: String,
}

async fn add_place(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<NewPlace>,
) -> Result<Response, Problem> {
    who.need(Deed::Devices, &form.office)?;
    let (now, by) = (hub.now(), who.login.clone());
    let added = hub
        .store
        .write(move |connection| place::add_place(connection, &form.office, &form.name, &form.address, &by, now))
        .await?;
    match added {
        Ok(id) => {
            let said = page
                .say("Místo je založeno. Teď k němu patří přístroj.", "The place is there. Now it needs its device.");
            Ok(page::done(&hub, &who, &format!("/places/{id}"), said))
        }
        Err(refusal) => Ok(page::done(&hub, &who, "/places", refused(refusal, page.language))),
    }
}

#[derive(Deserialize)]
struct NewOffice {
    name: String,
}

async fn add_office(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<NewOffice>,
) -> Result<Response, Problem> {
    who.need(Deed::People, "")?;
    let (now, by) = (hub.now(), who.login.clone());
    let added = hub.store.write(move |connection| place::add_office(connection, &form.name, &by, now)).await?;
    let said = match added {
        Ok(_) => page.say("Úřad je založen.", "The office is there."),
        Err(refusal) => refused(refusal, page.language),
    };
    Ok(page::done(&hub, &who, "/places", said))
}

/// Why a form did nothing.
pub fn refused(refusal: Refusal, language: Language) -> &'static str {
    let (czech, english) = match refusal {
        Refusal::Missing => ("To už tu není; podívejte se znovu.", "That is no longer here; look again."),
        Refusal::Name => ("Napište název, nejvýš 120 znaků.", "Write a name of 120 letters at most."),
        Refusal::Taken => ("Úřad s takovým názvem už tu je.", "There is an office of that name already."),
        Refusal::Code => (
            "Kód nesouhlasí s tím, co hlásí přístroj. Opište ho znovu ze skla; když ani pak nesouhlasí, přístroj nepouštějte dovnitř.",
            "The code is not the device's. Read it off the glass again; where it still differs, do not let the device in.",
        ),
        Refusal::Late => ("Někdo jiný byl rychlejší; podívejte se znovu.", "Somebody else was faster; look again."),
        Refusal::Changed => (
            "Mezitím k místu přibyl nebo odešel přístroj; podívejte se znovu a rozhodněte se.",
            "Meanwhile the place has got or lost a device; look again, and decide.",
        ),
    };
    language.say(czech, english)
}
