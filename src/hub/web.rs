//! The pages of the hub: which there are, who may open each, and what stands around all of them.
//!
//! Every address is one [`Route`] that says what it needs; nothing is reachable that is not in [`routes`], and a test
//! opens each of them with each role. The door checks the session, the deed and, for every form, its origin and its
//! token, before the page's own function is called. The surprising thing: the door knows no offices. It lets through
//! whoever may do such a thing in some office, and the page asks for its own (`who.need(deed, office)?`).
//!
//! # How to add a page
//!
//! ```text
//! // src/hub/lamp.rs; the template src/hub/html/lamp.html begins with {% extends "layout.html" %} and fills
//! // {% block title %} and {% block main %}; words are {{ page.say("Lampa", "Lamp") }}; a form posts
//! // <input type="hidden" name="csrf" value="{{ page.csrf() }}">.
//! pub fn routes() -> Vec<Route> { // and one line in web::routes
//!     let needs = Needs::Deed(Deed::Devices);
//!     vec![Route::get("/lamps/{id}", needs, show), Route::post("/lamps/{id}/light", needs, light)]
//! }
//! #[derive(Template)]
//! #[template(path = "lamp.html")]
//! struct Lamp { page: Page, name: String }
//!
//! async fn show(page: Page, who: Who, State(hub): State<Shared>, Path(id): Path<i64>) -> Result<Response, Problem> {
//!     let lamp = hub.store.read(move |connection| find(connection, id)).await?.ok_or(Problem::NotFound)?;
//!     who.need(Deed::See, &lamp.office)?;
//!     page::html(&Lamp { page, name: lamp.name })
//! }
//! async fn light(page: Page, who: Who, State(hub): State<Shared>, Form(form): Form<Light>) -> Result<Response, Problem> {
//!     // … hub.store.write(…) with audit::note(…) in it, then:
//!     Ok(page::done(&hub, &who, "/lamps/1", page.say("Lampa svítí.", "The lamp is lit.")))
//! }
//! ```

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use super::language::Language;
use super::page::Visitor;
use super::people::{Deed, Who};
use super::problem::{self, Problem};
use super::session::{cookie_name, read_cookie};
use super::{
    Shared, account, alarm, audit, devices, down, first, fleet, login, message, mirror, page, panel, people, picture,
    session,
};
use crate::keys::hex;

/// A form is not longer; in bytes.
pub const MAX_FORM: usize = 64 << 10;
/// Letters of an address to which somebody comes back after the login.
const MAX_NEXT: usize = 500;

/// Who may open a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody, logged in or not.
    Nobody,
    /// Whoever has logged in.
    Login,
    /// Whoever may do this in some office at least.
    Deed(Deed),
}

/// One address, one method.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub needs: Needs,
    answer: MethodRouter<Shared>,
}

impl Route {
    pub fn get<H: Handler<T, Shared>, T: 'static>(path: &'static str, needs: Needs, handler: H) -> Route {
        Route { method: Method::GET, path, needs, answer: get(handler) }
    }

    /// A form. Its origin is always checked, its token wherever somebody must have logged in.
    pub fn post<H: Handler<T, Shared>, T: 'static>(path: &'static str, needs: Needs, handler: H) -> Route {
        Route { method: Method::POST, path, needs, answer: post(handler) }
    }
}

/// Every page there is.
pub fn routes() -> Vec<Route> {
    let own = vec![
        Route::get("/", Needs::Login, async || Redirect::to("/places")),
        Route::get("/style/{digest}", Needs::Nobody, style),
    ];
    let people = [login::routes(), first::routes(), account::routes(), people::page::routes(), audit::page::routes()];
    let places = [fleet::routes(), panel::routes(), picture::routes(), devices::routes()];
    let offices = [mirror::page::routes(), alarm::page::routes(), message::page::routes(), down::page::routes()];
    [own, page::routes()].into_iter().chain(people).chain(places).chain(offices).flatten().collect()
}

/// All pages, with what stands around them.
pub fn router(hub: &Shared) -> Router<Shared> {
    let mut router = Router::new();
    for route in routes() {
        let door = from_fn_with_state((hub.clone(), route.needs), door);
        router = router.route(route.path, route.answer.route_layer(door));
    }
    let router = router.fallback(async || Problem::NotFound).layer(DefaultBodyLimit::max(MAX_FORM));
    router.layer(from_fn_with_state(hub.clone(), frame))
}

/// Around every page: who is there, in which language; errors in words; what the browser may do with the answer.
async fn frame(State(hub): State<Shared>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let secret = read_cookie(headers, cookie_name(hub.is_secure())).filter(|secret| secret.len() == 64);
    let (who, failed) = match secret.map(str::to_owned) {
        Some(secret) => session::who(&hub, secret).await.map_or_else(|error| (None, Some(error)), |who| (who, None)),
        None => (None, None),
    };
    let visitor = Visitor::new(who, headers, request.uri());
    let response = match failed {
        Some(error) => Problem::from(error).into_response(),
        None => {
            request.extensions_mut().insert(visitor.clone());
            next.run(request).await
        }
    };
    let mut response = problem::explain(response, visitor);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if hub.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// On every answer. The referrer stays within the hub, and is not `no-referrer`, under which browsers send the origin
/// of our own forms as `null` (Fetch, "append a request `Origin` header").
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Before every page: whether they may open it, and whether a form is ours.
async fn door(State((_, needs)): State<(Shared, Needs)>, request: Request, next: Next) -> Response {
    let is_form = request.method() == Method::POST;
    if is_form && !is_from_here(request.headers()) {
        return Problem::Elsewhere.into_response();
    }
    if needs == Needs::Nobody {
        return next.run(request).await;
    }
    let visitor = request.extensions().get::<Visitor>();
    let Some(who) = visitor.and_then(|visitor| visitor.who.clone()) else { return to_login(&request) };
    if let Needs::Deed(deed) = needs
        && !who.may_somewhere(deed)
    {
        return Problem::Forbidden.into_response();
    }
    if !is_form {
        return next.run(request).await;
    }
    match with_token(request, &who).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Whether a page of ours has sent the form. Every browser of today says at least one of the two; over plain HTTP only
/// the second.
fn is_from_here(headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return site == "same-origin";
    }
    let authority = header("origin").and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    authority.is_some() && authority == header("host")
}

/// The request again, where its form carries the token of the session.
async fn with_token(request: Request, who: &Who) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_FORM).await.map_err(|_| Problem::TooLarge)?;
    let token = form_urlencoded::parse(&body).find(|(name, _)| name == "csrf").map(|(_, value)| value.into_owned());
    let is_ours = token.is_some_and(|token| bool::from(token.as_bytes().ct_eq(who.csrf.as_bytes())));
    if is_ours { Ok(Request::from_parts(parts, Body::from(body))) } else { Err(Problem::Stale) }
}

/// To the login, and from there back to the page.
fn to_login(request: &Request) -> Response {
    let wanted = request.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
    if request.method() != Method::GET || wanted == "/" {
        return Redirect::to("/login").into_response();
    }
    let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    Redirect::to(&format!("/login?next={next}")).into_response()
}

/// An address of ours to go on to; anything else means the first page.
pub fn next_address(wanted: &str) -> &str {
    let letters = wanted.as_bytes();
    let ours = letters.first() == Some(&b'/') && !matches!(letters.get(1), Some(b'/' | b'\\'));
    let plain = letters.iter().all(|letter| letter.is_ascii_graphic()) && letters.len() <= MAX_NEXT;
    if ours && plain { wanted } else { "/" }
}

static STYLE: &str = include_str!("style.css");
static STYLE_DIGEST: LazyLock<String> = LazyLock::new(|| hex(&Sha256::digest(STYLE)[..8]));

/// The address of the style sheet: it changes with its content.
pub fn style_address() -> String {
    format!("/style/{}.css", *STYLE_DIGEST)
}

async fn style(Path(name): Path<String>) -> Result<Response, Problem> {
    if name.strip_suffix(".css") != Some(STYLE_DIGEST.as_str()) {
        return Err(Problem::NotFound);
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, STYLE).into_response())
}

/// The language that a request asks for: a cookie's, else the browser's.
pub fn language_of(headers: &HeaderMap) -> Language {
    let cookie = read_cookie(headers, "language").and_then(Language::parse);
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    cookie.unwrap_or_else(|| Language::of_browser(wanted.unwrap_or_default()))
}
