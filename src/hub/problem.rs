//! Why there is no page, in words: what it means, and what to do.
//!
//! A page's function returns a [`Problem`]; the frame, which knows the reader and the language, makes a page of it. So
//! it does of what the framework itself refuses.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::page::{Page, Visitor};
use super::store::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Not there, or of an office that is not theirs: both look the same.
    NotFound,
    /// Their role does not reach so far.
    Forbidden,
    /// The form is of another session, or of none.
    Stale,
    /// The form was sent from another site.
    Elsewhere,
    /// What was sent cannot be understood.
    Form,
    TooLarge,
    /// Too many wrong logins; seconds to wait.
    TooMany(u32),
    Broken,
    /// The disk did not take it.
    Busy,
    DiskFull,
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::Busy | StoreError::Uncommitted(_) => Problem::Busy,
            StoreError::Full => Problem::DiskFull,
            error => {
                tracing::error!(%error, "a page could not be answered");
                Problem::Broken
            }
        }
    }
}

impl Problem {
    fn status(self) -> StatusCode {
        match self {
            Problem::NotFound => StatusCode::NOT_FOUND,
            Problem::Forbidden | Problem::Stale | Problem::Elsewhere => StatusCode::FORBIDDEN,
            Problem::Form => StatusCode::BAD_REQUEST,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Problem::Busy | Problem::DiskFull => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What a refusal of the framework means.
    fn of(status: StatusCode) -> Problem {
        match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Problem::NotFound,
            StatusCode::FORBIDDEN => Problem::Forbidden,
            StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Problem::Busy,
            status if status.is_server_error() => Problem::Broken,
            _ => Problem::Form,
        }
    }

    /// The heading, and what to do, in Czech and in English.
    fn words(self) -> [(&'static str, &'static str); 2] {
        match self {
            Problem::NotFound => [
                ("Tady nic není", "There is nothing here"),
                (
                    "Stránka neexistuje, byla odstraněna, nebo patří úřadu, ke kterému nemáte přístup.",
                    "The page does not exist, was removed, or belongs to an office that you have no access to.",
                ),
            ],
            Problem::Forbidden => [
                ("Na to vaše role nestačí", "Your role does not allow this"),
                (
                    "Potřebujete-li to dělat, požádejte správce, ať vám přidá roli.",
                    "If you need to do this, ask an administrator to give you a role for it.",
                ),
            ],
            Problem::Stale => [
                ("Formulář už neplatí", "The form is no longer valid"),
                (
                    "Mezitím skončilo přihlášení, ze kterého pochází. Vraťte se na stránku, načtěte ji znovu \
                     a odešlete formulář ještě jednou. Nic se nezměnilo.",
                    "The session it comes from has ended. Go back, load the page again and send the form once more. \
                     Nothing was changed.",
                ),
            ],
            Problem::Elsewhere => [
                ("Formulář přišel odjinud", "The form came from elsewhere"),
                (
                    "Odeslala ho cizí stránka, ne tato správa. Nic se nezměnilo. Stojí-li správa za proxy, musí proxy \
                     předávat hlavičku Host beze změny.",
                    "Another site has sent it, not this hub. Nothing was changed. If the hub stands behind a proxy, \
                     the proxy must pass the Host header on as it is.",
                ),
            ],
            Problem::Form => [
                ("Tomu správa nerozumí", "The hub does not understand this"),
                (
                    "Formulář byl neúplný. Vraťte se na stránku, načtěte ji znovu a zkuste to ještě jednou.",
                    "The form was incomplete. Go back, load the page again and try once more.",
                ),
            ],
            Problem::TooLarge => [
                ("To je příliš velké", "This is too large"),
                ("Zkraťte text a odešlete ho znovu.", "Shorten the text and send it again."),
            ],
            Problem::TooMany(_) => [
                ("Příliš mnoho nepovedených přihlášení", "Too many failed logins"),
                (
                    "Chvíli počkejte a zkuste to znovu. Odkud jste se už někdy přihlásili, odtud se s platným heslem \
                     přihlásíte i během útoku.",
                    "Wait a while and try again. From where you have logged in before, the right password works even \
                     during an attack.",
                ),
            ],
            Problem::Broken => [
                ("Něco se nepovedlo", "Something went wrong"),
                (
                    "Chyba je na straně správy a je zapsána v jejím protokolu. Desky běží dál. Zkuste to za chvíli.",
                    "The fault is the hub's and is written in its log. The boards go on. Try again in a while.",
                ),
            ],
            Problem::Busy => [
                ("Správa teď nestíhá", "The hub is busy"),
                (
                    "Disk nepřijal, co jste odeslali; nic se nezměnilo. Zkuste to za minutu znovu.",
                    "The disk did not take what you sent; nothing was changed. Try again in a minute.",
                ),
            ],
            Problem::DiskFull => [
                ("Disk správy je plný", "The hub's disk is full"),
                (
                    "Nic se nezměnilo. Uvolněte na disku správy místo; desky zatím běží dál.",
                    "Nothing was changed. Free some room on the hub's disk; the boards go on meanwhile.",
                ),
            ],
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    heading: &'static str,
    sentence: &'static str,
    wait: Option<String>,
}

/// Makes a page of what is a problem, and leaves the rest as it is.
pub fn explain(response: Response, visitor: Visitor) -> Response {
    let status = response.status();
    let told = response.extensions().get::<Problem>().copied();
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/html; charset=utf-8");
    if told.is_none() && (is_page || !(status.is_client_error() || status.is_server_error())) {
        return response;
    }
    let problem = told.unwrap_or_else(|| Problem::of(status));
    let page = Page::from(visitor);
    let [heading, sentence] = problem.words().map(|(czech, english)| page.language.say(czech, english));
    let wait = match problem {
        Problem::TooMany(seconds) => Some(seconds.to_string()),
        Problem::Busy => Some("60".to_owned()),
        _ => None,
    };
    let text = ProblemPage { page, heading, sentence, wait: wait.clone() }.render();
    let mut response = (problem.status(), Html(text.unwrap_or_else(|_| sentence.to_owned()))).into_response();
    if let Some(seconds) = wait.and_then(|seconds| seconds.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}
