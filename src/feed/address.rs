//! An address as a feed writes it → an absolute http(s) address that can be fetched, or why not.
//!
//! Fetches nothing and does not judge where an address leads (that is `http`'s policy). The surprising thing:
//! `www.obec.cz/x` and `C:\x.pdf` are both well-formed URLs to the letter, with the schemes `www.obec.cz` and `c`.

use std::borrow::Cow;

use url::{ParseError, Url};

use super::MAX_ADDRESS;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: String,
    /// What had to be put right, and how the clerk should write it.
    pub(super) repair: Option<Repair>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repair {
    Entities,
    Relative,
    NoScheme,
    Blanks,
    Credentials,
}

impl Repair {
    pub(super) fn found(self) -> &'static str {
        match self {
            Repair::Entities => "has &amp; where & is meant",
            Repair::Relative => "is relative to the feed's own address",
            Repair::NoScheme => "begins with neither https:// nor http://",
            Repair::Blanks => "has blanks or line breaks in it",
            Repair::Credentials => "carries a user name or a password, which was left out",
        }
    }

    pub(super) fn cure(self) -> &'static str {
        match self {
            Repair::Entities => "Write & alone: JSON is not HTML.",
            Repair::Relative | Repair::NoScheme => "Write the whole address from https:// on.",
            Repair::Blanks => "Write a blank in an address as %20.",
            Repair::Credentials => "Publish documents at addresses that need no password.",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Blank,
    Scheme,
    NoBase,
    Malformed,
    TooLong,
}

impl Refusal {
    pub(super) fn found(self) -> &'static str {
        match self {
            Refusal::Blank => "is empty",
            Refusal::Scheme => "is neither an https nor an http address",
            Refusal::NoBase => "is relative, and the address of the feed is not known",
            Refusal::Malformed => "is no address",
            Refusal::TooLong => "is longer than any real one",
        }
    }
}

/// `base`: what relative addresses are relative to.
pub(super) fn resolve(raw: &str, base: Option<&Url>) -> Result<Address, Refusal> {
    let raw = raw.trim();
    if raw.is_empty() || raw == "-" || raw == "#" {
        return Err(Refusal::Blank);
    }
    if raw.len() > MAX_ADDRESS {
        return Err(Refusal::TooLong);
    }
    let mut repair = None;
    let mut text = Cow::Borrowed(raw);
    // Must be survived: file names as a clerk typed them.
    if raw.contains(|letter: char| letter.is_whitespace()) {
        repair = Some(Repair::Blanks);
    }
    // Must be survived: addresses copied out of the HTML of the office's pages.
    while text.contains("&amp;") {
        text = Cow::Owned(text.replace("&amp;", "&"));
        repair = Some(Repair::Entities);
    }
    // Must be survived: addresses as they are written on paper.
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        text = Cow::Owned(format!("https://{text}"));
        repair = Some(Repair::NoScheme);
    }
    let mut url = match Url::parse(&text) {
        Ok(url) => url,
        // Must be survived; the norm wants an IRI with its scheme.
        Err(ParseError::RelativeUrlWithoutBase) => {
            repair = Some(Repair::Relative);
            base.ok_or(Refusal::NoBase)?.join(&text).map_err(|_| Refusal::Malformed)?
        }
        Err(_) => return Err(Refusal::Malformed),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| Refusal::Malformed)?;
        repair = Some(Repair::Credentials);
    }
    Ok(Address { url: url.into(), repair })
}

/// The base of relative addresses: where the feed came from, or else what it says of itself.
pub(super) fn base(came_from: &str, page: Option<&str>) -> Option<Url> {
    let web = |text: &str| Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    web(came_from).or_else(|| page.and_then(web))
}
