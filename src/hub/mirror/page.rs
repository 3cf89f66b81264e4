//! "Desky": what the hub reads of an office, what its guard holds back and why, what is wrong with documents; and the
//! word of a person that lets it through.
//!
//! Nothing is decided here: a release goes to the guard, and the guard carries it out when it sees the same again. The
//! surprising thing: what is released reaches the panels too; their own guards hear of it with the next report.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::boards::{self, Draft, Feed, Wrong};
use super::view::{self, BoardView, HoldView};
use super::{keeper, shelf, words};
use crate::clock::Now;
use crate::hub::language::Language;
use crate::hub::page::{self, Page};
use crate::hub::people::{Deed, Who};
use crate::hub::place;
use crate::hub::problem::Problem;
use crate::hub::web::{Needs, Route};
use crate::hub::{Shared, fleet};

pub fn routes() -> Vec<Route> {
    let (see, decide) = (Needs::Deed(Deed::See), Needs::Deed(Deed::Notices));
    vec![
        Route::get("/boards", see, offices),
        Route::get("/boards/{office}", see, show),
        Route::post("/boards/{office}", decide, save),
        Route::post("/boards/{office}/read", decide, read_now),
        Route::post("/boards/{office}/{board}/remove", decide, remove),
        Route::post("/boards/{office}/{board}/release", decide, release),
    ]
}

#[derive(Template)]
#[template(path = "board_offices.html")]
struct Offices {
    page: Page,
    /// Those with trouble first.
    offices: Vec<Office>,
}

struct Office {
    key: String,
    name: String,
    /// Boards that are read, and of those how many have something held back, or cannot be read.
    boards: usize,
    held: usize,
    late: usize,
}

#[derive(Template)]
#[template(path = "boards.html")]
struct Boards {
    page: Page,
    now: Now,
    office: String,
    name: String,
    boards: Vec<BoardView>,
    may_decide: bool,
    /// Before the addresses of the mirror.
    address: String,
    /// What was typed and could not be taken, and for which board.
    draft: Option<(Option<String>, Draft, &'static str)>,
    /// There are other offices to go to.
    others: bool,
}

/// How it stands with a board.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Fine,
    Held,
    Late,
    New,
}

impl Boards {
    fn state(&self, board: &BoardView) -> Reading {
        let late = chrono::TimeDelta::minutes(i64::from(keeper::POLL_MINUTES) * 3);
        match board.report.last_good_at {
            _ if board.report.last_error.is_some() => Reading::Late,
            _ if !board.holds.is_empty() => Reading::Held,
            None => Reading::New,
            Some(at) if self.now.at - at < late => Reading::Fine,
            Some(_) => Reading::Late,
        }
    }

    fn class(&self, board: &BoardView) -> &'static str {
        match self.state(board) {
            Reading::Fine => "good",
            Reading::Held => "warn",
            Reading::Late => "bad",
            Reading::New => "",
        }
    }

    fn word(&self, board: &BoardView) -> &'static str {
        match self.state(board) {
            Reading::Fine => self.page.say("Načteno v pořádku", "Read, all is well"),
            Reading::Held => self.page.say("Něco je zadrženo", "Something is held back"),
            Reading::Late => self.page.say("Nedaří se načíst", "Cannot be read"),
            Reading::New => self.page.say("Ještě nenačteno", "Not read yet"),
        }
    }

    fn ago(&self, at: &DateTime<Utc>) -> String {
        fleet::span(self.now.at - *at, self.page.language)
    }

    fn hold(&self, held: &HoldView) -> (String, &'static str) {
        words::hold(&held.hold, self.page.language)
    }

    fn patience(&self, held: &HoldView) -> &'static str {
        words::patience(&held.hold, self.page.language)
    }

    fn trouble(&self, board: &BoardView) -> &'static str {
        words::trouble(board.report.trouble, self.page.language)
    }

    fn mirrored(&self, feed: &Feed) -> String {
        format!("{}{}/{}/{}.json", self.address, shelf::PATH, feed.office, feed.board)
    }

    fn days(&self, posted: &Option<NaiveDate>, until: &Option<NaiveDate>) -> String {
        let day = |day: &Option<NaiveDate>| {
            day.map_or_else(String::new, |day| day.format("%-d.\u{a0}%-m.\u{a0}%Y").to_string())
        };
        format!("{} – {}", day(posted), day(until))
    }

    fn fate(&self, item: &view::Item) -> &'static str {
        match () {
            () if item.held => self.page.say("zadrženo: v datech je jinak", "held: the data say otherwise"),
            () if !item.posted.notice.begun(self.now) => self.page.say("teprve bude", "to come"),
            () => self.page.say("vyvěšeno", "up"),
        }
    }

    /// What stands in a form: what was typed last, or what is in force.
    fn draft_of(&self, board: Option<&Feed>) -> Draft {
        let key = board.map(|feed| feed.board.clone());
        match &self.draft {
            Some((of, draft, _)) if *of == key => draft.clone(),
            _ => board.map_or_else(Draft::default, |feed| Draft {
                name: feed.name.clone(),
                address: feed.address.clone(),
                web: feed.web.clone().unwrap_or_default(),
                ico: feed.ico.clone().unwrap_or_default(),
            }),
        }
    }

    fn wrong(&self, board: Option<&Feed>) -> Option<&'static str> {
        let key = board.map(|feed| feed.board.clone());
        self.draft.as_ref().filter(|(of, ..)| *of == key).map(|(.., wrong)| *wrong)
    }
}

fn wrong(wrong: Wrong, language: Language) -> &'static str {
    let (czech, english) = match wrong {
        Wrong::Missing => ("Tato deska už tu není; podívejte se znovu.", "This board is no longer here; look again."),
        Wrong::Name => ("Napište název, nejvýš 120 znaků.", "Write a name of 120 letters at most."),
        Wrong::Address => (
            "Napište celou veřejnou adresu dat od https:// dál, bez jména a hesla.",
            "Write the whole public address of the data from https:// on, without name and password.",
        ),
        Wrong::Web => ("Adresa webu má začínat https://.", "The address of the web begins with https://."),
        Wrong::Ico => ("IČO má osm číslic.", "An IČO has eight digits."),
        Wrong::Taken => ("Tuto adresu už má jiná deska úřadu.", "Another board of the office has this address."),
        Wrong::TooMany => ("Víc desek jeden úřad mít nemůže.", "One office cannot have more boards."),
    };
    language.say(czech, english)
}

/// `GET /boards`
async fn offices(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    let (offices, feeds) =
        hub.store.read(|connection| Ok((place::offices(connection)?, boards::all(connection)?))).await?;
    let mut offices: Vec<Office> = offices
        .into_iter()
        .filter(|(key, _)| who.may(Deed::See, key))
        .map(|(key, name)| {
            let boards = feeds.iter().filter(|feed| feed.office == key).count();
            Office { key, name, boards, held: 0, late: 0 }
        })
        .collect();
    if let [only] = &offices[..] {
        return Ok(Redirect::to(&format!("/boards/{}", only.key)).into_response());
    }
    let data = hub.mirror.data.clone();
    let look = tokio::task::spawn_blocking(move || {
        for office in offices.iter_mut().filter(|office| office.boards > 0) {
            (office.held, office.late) = view::trouble(&data, &office.key);
        }
        offices.sort_by_key(|office| (office.late == 0, office.held == 0));
        offices
    });
    let offices = look.await.map_err(|_| Problem::Broken)?;
    page::html(&Offices { page, offices })
}

/// `GET /boards/OFFICE`
async fn show(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(office): Path<String>,
) -> Result<Response, Problem> {
    who.need(Deed::See, &office)?;
    render(page, &who, &hub, office, None).await
}

async fn render(
    page: Page,
    who: &Who,
    hub: &Shared,
    office: String,
    draft: Option<(Option<String>, Draft, &'static str)>,
) -> Result<Response, Problem> {
    let key = office.clone();
    let (offices, feeds, waiting) = hub
        .store
        .read(move |connection| {
            Ok((place::offices(connection)?, boards::of(connection, &key)?, boards::releases(connection, &key)?))
        })
        .await?;
    let others = offices.iter().filter(|(key, _)| who.may(Deed::See, key)).count() > 1;
    let (_, name) = offices.into_iter().find(|(key, _)| *key == office).ok_or(Problem::NotFound)?;
    let (data, language) = (hub.mirror.data.clone(), page.language);
    let read = tokio::task::spawn_blocking(move || view::boards(&data, feeds, &waiting, language));
    let boards = read.await.map_err(|_| Problem::Broken)?.map_err(|error| {
        tracing::warn!(%error, office, "what is mirrored of an office cannot be read");
        Problem::Busy
    })?;
    let address = hub.address.clone().unwrap_or_default();
    let may_decide = who.may(Deed::Notices, &office);
    page::html(&Boards { page, now: hub.clock_now(), office, name, boards, may_decide, address, draft, others })
}

#[derive(Deserialize)]
struct Typed {
    /// Empty: a new one.
    #[serde(default)]
    board: String,
    name: String,
    address: String,
    #[serde(default)]
    web: String,
    #[serde(default)]
    ico: String,
}

/// `POST /boards/OFFICE`: a new board, or another name or address of one.
async fn save(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(office): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    who.need(Deed::Notices, &office)?;
    let Typed { board, name, address, web, ico } = typed;
    let (board, draft) = (Some(board).filter(|board| !board.is_empty()), Draft { name, address, web, ico });
    let (of, which, what, by, now) = (office.clone(), board.clone(), draft.clone(), who.login.clone(), hub.now());
    let allow_private = hub.mirror.allow_private;
    let saved = hub
        .store
        .write(move |connection| boards::save(connection, &of, which.as_deref(), &what, allow_private, &by, now))
        .await?;
    match saved {
        Ok(_) => {
            hub.mirror.hurry(&office);
            let said = page.say("Uloženo. Deska se načte během chvilky.", "Saved. The board will be read in a moment.");
            Ok(page::done(&hub, &who, &format!("/boards/{office}"), said))
        }
        Err(Wrong::Missing) => Err(Problem::NotFound),
        Err(why) => {
            let why = wrong(why, page.language);
            render(page, &who, &hub, office, Some((board, draft, why))).await
        }
    }
}

/// `POST /boards/OFFICE/read`
async fn read_now(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path(office): Path<String>,
) -> Result<Response, Problem> {
    who.need(Deed::Notices, &office)?;
    hub.mirror.hurry(&office);
    let said = page
        .say("Data úřadu se právě čtou; za chvilku stránku obnovte.", "The data are being read; reload in a moment.");
    Ok(page::done(&hub, &who, &format!("/boards/{office}"), said))
}

#[derive(Deserialize)]
struct Sure {
    sure: Option<String>,
}

/// `POST /boards/OFFICE/BOARD/remove`
async fn remove(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path((office, board)): Path<(String, String)>,
    Form(form): Form<Sure>,
) -> Result<Response, Problem> {
    who.need(Deed::Notices, &office)?;
    let there = format!("/boards/{office}");
    if form.sure.is_none() {
        let said = page.say("Nic se nestalo: zaškrtněte, že to chcete.", "Nothing was done: tick that you want it.");
        return Ok(page::done(&hub, &who, &there, said));
    }
    let (by, now) = (who.login.clone(), hub.now());
    let removed = hub.store.write(move |connection| boards::remove(connection, &office, &board, &by, now)).await?;
    removed.map_err(|_| Problem::NotFound)?;
    hub.mirror.wake();
    let said = page.say(
        "Centrální správa už tuto desku nečte. Panely si ji čtou přímo od úřadu.",
        "The hub reads this board no longer. The panels read it from the office.",
    );
    Ok(page::done(&hub, &who, &there, said))
}

#[derive(Deserialize)]
struct Releasing {
    kind: String,
}

/// `POST /boards/OFFICE/BOARD/release`
async fn release(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Path((office, board)): Path<(String, String)>,
    Form(form): Form<Releasing>,
) -> Result<Response, Problem> {
    who.need(Deed::Notices, &office)?;
    let key = office.clone();
    let feeds = hub.store.read(move |connection| boards::of(connection, &key)).await?;
    let feed = feeds.into_iter().find(|feed| feed.board == board).ok_or(Problem::NotFound)?;
    let (data, only) = (hub.mirror.data.clone(), vec![feed.clone()]);
    let read = tokio::task::spawn_blocking(move || view::boards(&data, only, &[], Language::Czech));
    let boards = read.await.map_err(|_| Problem::Broken)?.map_err(|_| Problem::Busy)?;
    let held = boards.iter().flat_map(|board| &board.holds).find(|held| held.kind() == form.kind);
    let there = format!("/boards/{office}");
    // Several may stand there of one kind; a release is for all of them.
    let Some(held) = held.filter(|held| held.may_be_released()) else {
        let said = page.say("To už zadrženo není.", "That is no longer held back.");
        return Ok(page::done(&hub, &who, &there, said));
    };
    let (said, by, now) = (words::hold(&held.hold, Language::Czech).0, who.login.clone(), hub.now());
    let kind = form.kind;
    hub.store.write(move |connection| boards::release(connection, &feed, &kind, &said, &by, now)).await?;
    hub.mirror.wake();
    let said = page.say(
        "Puštěno. Úřad se přečte znovu a panely se to dozví do dvou minut.",
        "Let through. The office is read again, and the panels hear of it within two minutes.",
    );
    Ok(page::done(&hub, &who, &there, said))
}
