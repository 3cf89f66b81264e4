//! `[hub]`: the hub to which this panel reports.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::section::Section;
use crate::http::is_public;
use crate::keys::PublicKey;

/// Letters of the longest token.
const MAX_TOKEN: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// Without a slash at the end: what is asked for is put behind it.
    pub url: String,
    /// Takes the panel in without anybody comparing codes, once.
    pub token: Option<Token>,
    /// The only key whose answers are believed; `None`: the one that it was taken in under.
    pub key: Option<PublicKey>,
}

/// A secret of one use. It says nothing of itself, whoever prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// For the letter to the hub, and for what must not show it.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// `allow_private`: of `[network]`.
pub fn read(top: &mut Section, allow_private: bool) -> Option<Hub> {
    let mut section = top.section("hub")?;
    let url = section.needed("url", "\"https://deska.example\"");
    let token = section.text("token");
    let key = section.text("key");
    if let Some(url) = &url
        && let Err((found, cure)) = judge(url, allow_private)
    {
        section.wrong("url", found, cure);
    }
    if token.as_ref().is_some_and(|token| token.len() > MAX_TOKEN || token.contains(char::is_whitespace)) {
        // What it says instead may be most of a token.
        section.wrong("token", "this is no token", "copy it whole from the hub, without spaces, or delete the line");
    }
    let parsed = key.as_deref().map(PublicKey::parse);
    if parsed == Some(None) {
        let cure = "copy its 64 digits from the hub, or delete the line: then the code on the glass is compared";
        section.wrong("key", "this is no public key", cure);
    }
    section.finish();
    let url = url?.trim_end_matches('/').to_owned();
    Some(Hub { url, token: token.map(Token), key: parsed.flatten() })
}

/// Letters are signed, so that nobody on the way can change them; anybody on the way could read them.
fn judge(text: &str, allow_private: bool) -> Result<(), (String, &'static str)> {
    const WHOLE: &str = "write it whole, as \"https://deska.example\"";
    let url = Url::parse(text).ok().filter(Url::has_host);
    let Some(url) = url else { return Err((format!("\"{text}\" is no address"), WHOLE)) };
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    match url.scheme() {
        _ if !bare => Err(("there is more in it than an address".to_owned(), WHOLE)),
        "https" => Ok(()),
        "http" if !is_inside(&url) => Err((
            "everybody on the way could read along".to_owned(),
            "write https://; http:// is for addresses inside, as http://192.168.1.5:8460",
        )),
        "http" if !allow_private => Err((
            "addresses inside are not asked".to_owned(),
            "write https:// and a public name, or set allow_private = true in [network]",
        )),
        "http" => Ok(()),
        scheme => Err((format!("{scheme}: is not spoken here"), WHOLE)),
    }
}

fn is_inside(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
        None => false,
    }
}
