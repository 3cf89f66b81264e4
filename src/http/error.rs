//! What can go wrong with a request, as data and as a sentence with its cure.
//!
//! The sentences name the host and never the whole address: a document's address may carry a person's name, and none
//! of it belongs in a log.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header;
use rustls::CertificateError::{NotValidYet, NotValidYetContext};

/// A server that asks for more patience than this is asked again anyway.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("This is not an address; write it whole, from https:// on.")]
    Address,
    #[error("Addresses that start with {scheme}: are not fetched; use https.")]
    Scheme { scheme: String },
    #[error(
        "{host} is not on the public internet, so it was not asked; if it is the office's own server, allow it (network.allow_private = true, or --allow-private of check)."
    )]
    ForbiddenAddress { host: String },
    #[error("{host} redirects from https to http, which anybody on the way could have forged; have its web mended.")]
    Downgrade { host: String },
    #[error("{host} redirects to nowhere; have its web mended, or correct the address.")]
    Redirect { host: String },
    #[error("{host} redirects more than 5 times, probably in a circle; correct the address.")]
    TooManyRedirects { host: String },
    #[error("The name {host} was not found; check the address, the panel's network and its DNS.")]
    Dns { host: String },
    #[error("No connection to {host} ({why}); check the panel's network, or wait until the server is back.")]
    Connect { host: String, why: String },
    #[error("{host} did not prove who it is ({why}); check the panel's clock, or add its authority as network.ca.")]
    Tls { host: String, why: String },
    #[error(
        "The certificate of {host} begins later than the panel believes it is now; set the panel's clock, or let it ask a time server."
    )]
    TooEarly { host: String },
    #[error(
        "This machine trusts no certificate authority, so {host} cannot be asked over https; install ca-certificates or set network.ca."
    )]
    NoAuthorities { host: String },
    #[error(
        "{host} was silent for {} s; it is overloaded or the line is bad, and will be asked again.",
        limit.as_secs_f32()
    )]
    Silent { host: String, limit: Duration },
    #[error("{host} did not finish within {} s; the line is slow, and it will be asked again.", limit.as_secs_f32())]
    TooSlow { host: String, limit: Duration },
    #[error("{host} answered {}", said(*code))]
    Status { host: String, code: u16, retry_after: Option<Duration> },
    #[error("{host} answered 304, nothing has changed, though nobody asked it whether; have its web mended.")]
    Unasked { host: String },
    #[error("{host} sends more than {limit} bytes; see what lies at the address, and whether it can be made smaller.")]
    TooLarge { host: String, limit: u64 },
    #[error("{host} broke off after {received} bytes; what is missing will be fetched later.")]
    Cut { host: String, received: u64 },
    #[error("{host} sends damaged compression; have its web mended.")]
    Encoding { host: String },
    #[error("{host} sends another part of the file than was asked for; it will be fetched from the beginning.")]
    Range { host: String },
    #[error("The proxy {proxy} cannot be used; correct network.proxy.")]
    Proxy { proxy: String },
    #[error("The certificates in {} cannot be used ({why}); correct network.ca.", path.display())]
    Authority { path: PathBuf, why: String },
    #[error("The request to {host} failed: {why}.")]
    Other { host: String, why: String },
}

/// Inside the resolver: the name has only addresses that may not be asked.
#[derive(Debug, thiserror::Error)]
#[error("not a public address")]
pub(super) struct Refused;

/// Inside the resolver: the name has no address.
#[derive(Debug, thiserror::Error)]
#[error("no such name")]
pub(super) struct LookupFailed;

impl HttpError {
    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            HttpError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The status where the server gave one.
    pub fn code(&self) -> Option<u16> {
        match self {
            HttpError::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether a server said anything at all.
    pub fn answered(&self) -> bool {
        matches!(self, HttpError::Status { .. } | HttpError::Unasked { .. })
    }

    pub(super) fn status(response: &reqwest::Response, host: String, at: DateTime<Utc>) -> HttpError {
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = text(header::DATE).and_then(http_date).unwrap_or(at);
        let retry_after = text(header::RETRY_AFTER).and_then(|value| patience(value, date));
        let code = response.status().as_u16();
        if code == 416 { HttpError::Range { host } } else { HttpError::Status { host, code, retry_after } }
    }

    pub(super) fn classify(error: &reqwest::Error, host: &str) -> HttpError {
        let host = host.to_owned();
        let mut why = error.to_string();
        let mut source: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(cause) = source {
            if cause.is::<Refused>() {
                return HttpError::ForbiddenAddress { host };
            }
            if cause.is::<LookupFailed>() {
                return HttpError::Dns { host };
            }
            match cause.downcast_ref::<rustls::Error>() {
                Some(rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. })) => {
                    return HttpError::TooEarly { host };
                }
                Some(error) => return HttpError::Tls { host, why: error.to_string() },
                None => {}
            }
            why = cause.to_string();
            // What an io::Error wraps is not its source().
            let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            source = wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| cause.source());
        }
        if error.is_connect() || error.is_timeout() {
            HttpError::Connect { host, why }
        } else {
            HttpError::Other { host, why }
        }
    }
}

/// Reads Retry-After: seconds, or a date to be compared with the server's own.
fn patience(value: &str, date: DateTime<Utc>) -> Option<Duration> {
    let wanted = match value.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (http_date(value)? - date).to_std().unwrap_or_default(),
    };
    Some(wanted.min(MAX_RETRY_AFTER))
}

pub(super) fn http_date(value: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc2822(value.trim()).ok()?.to_utc())
}

fn said(code: u16) -> String {
    let advice = match code {
        401 | 403 | 407 => "it refuses the panel; ask its administrator to let it in.",
        404 | 410 => "there is nothing at this address; correct it.",
        429 => "it asks for fewer requests, and will be left alone for a while.",
        500..=599 => "it is in trouble itself, and will be asked again.",
        _ => "that is no content; correct the address.",
    };
    format!("{code}: {advice}")
}
