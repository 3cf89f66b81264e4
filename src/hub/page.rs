//! What every page needs: who reads it, in which language, what has just happened; and how it is answered.
//!
//! How a page is added stands in `web`. The surprising thing: what a form has done is said on the page after it, once,
//! and lies in memory until then; after a restart of the hub nobody is told, and nothing else is lost.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use askama::Template;
use axum::extract::{Form, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use rusqlite::params;
use serde::Deserialize;

use super::Shared;
use super::language::Language;
use super::people::{Deed, Role, Who};
use super::problem::Problem;
use super::web::{self, Needs, Route};

/// So many sentences wait to be read.
const MAX_SAID: usize = 1000;

pub fn routes() -> Vec<Route> {
    vec![Route::post("/language", Needs::Nobody, set_language)]
}

/// Who has sent a request: what the frame found out.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub who: Option<Who>,
    pub language: Language,
    /// Path and query that were asked for.
    pub address: String,
}

impl Visitor {
    pub fn new(who: Option<Who>, headers: &HeaderMap, uri: &Uri) -> Visitor {
        let language = who.as_ref().map_or_else(|| web::language_of(headers), |who| who.language);
        let address = uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
        Visitor { who, language, address }
    }
}

/// A page's own view of all that; every template has it as its field `page`.
#[derive(Debug, Clone)]
pub struct Page {
    pub language: Language,
    pub who: Option<Who>,
    pub address: String,
    /// What the form before it has done.
    pub said: Option<String>,
}

impl From<Visitor> for Page {
    fn from(visitor: Visitor) -> Page {
        let Visitor { who, language, address } = visitor;
        Page { language, who, address, said: None }
    }
}

impl Page {
    pub fn say<'a>(&self, czech: &'a str, english: &'a str) -> &'a str {
        self.language.say(czech, english)
    }

    pub fn day(&self, at: &DateTime<Utc>) -> String {
        self.language.day(at)
    }

    pub fn moment(&self, at: &DateTime<Utc>) -> String {
        self.language.moment(at)
    }

    pub fn role(&self, role: &Role) -> &'static str {
        role.say(self.language)
    }

    pub fn purpose(&self, role: &Role) -> &'static str {
        role.purpose(self.language)
    }

    /// The token of this session's forms; empty where nobody has logged in.
    pub fn csrf(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.csrf)
    }

    /// Whether what concerns devices is offered.
    pub fn may_devices(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.may_somewhere(Deed::Devices))
    }

    /// Whether what concerns people is offered.
    pub fn may_people(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.may_somewhere(Deed::People))
    }

    /// Whether it lies below this address.
    pub fn is_below(&self, path: &str) -> bool {
        let rest = self.address.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    pub fn style(&self) -> String {
        web::style_address()
    }
}

impl FromRequestParts<Shared> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Result<Page, Infallible> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let mut page = Page::from(visitor.unwrap_or_else(|| Visitor::new(None, &parts.headers, &parts.uri)));
        page.said = page.who.as_ref().and_then(|who| hub.said.take(who));
        Ok(page)
    }
}

/// Whoever has logged in. The door has let them through; without one this leads to the login.
impl FromRequestParts<Shared> for Who {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Who, Redirect> {
        let who = parts.extensions.get::<Visitor>().and_then(|visitor| visitor.who.clone());
        who.ok_or_else(|| Redirect::to("/login"))
    }
}

/// Sentences that wait for the next page of a session.
#[derive(Debug, Default)]
pub struct Said(Mutex<HashMap<[u8; 32], String>>);

impl Said {
    fn put(&self, who: &Who, sentence: &str) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_SAID {
            waiting.clear();
        }
        waiting.insert(who.session, sentence.to_owned());
    }

    fn take(&self, who: &Who) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&who.session)
    }
}

/// A page, written out.
pub fn html(template: &impl Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be written out");
            Err(Problem::Broken)
        }
    }
}

/// The end of a form that did its work: to the page at `address`, which says `sentence`.
pub fn done(hub: &Shared, who: &Who, address: &str, sentence: &str) -> Response {
    hub.said.put(who, sentence);
    Redirect::to(address).into_response()
}

#[derive(Deserialize)]
struct Wanted {
    language: String,
    #[serde(default)]
    back: String,
}

/// `POST /language`: for the person who has logged in, else for this browser.
async fn set_language(page: Page, State(hub): State<Shared>, Form(wanted): Form<Wanted>) -> Result<Response, Problem> {
    let language = Language::parse(&wanted.language).ok_or(Problem::Form)?;
    if let Some(who) = page.who {
        let update = "UPDATE person SET language = ? WHERE id = ?";
        let values = (language.code(), who.person);
        hub.store.write(move |connection| Ok(connection.execute(update, params![values.0, values.1])?)).await?;
    }
    let secure = if hub.is_secure() { "; Secure" } else { "" };
    let cookie = format!("language={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}", language.code());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(web::next_address(&wanted.back))).into_response())
}
