//! The only user of reqwest: conditional GET, downloads that can be resumed, limits on everything, and the rule of
//! which addresses may be asked at all.
//!
//! What it deliberately does not do: retry, decide when to ask again, keep cookies, obey proxies of the environment,
//! or know what a feed or a document is. The surprising thing: the time against which certificates are checked is a
//! value that the caller sets ([`Client::set_time`]), because a panel's clock may be wrong (DESIGN §4).

mod address;
mod backoff;
mod body;
mod error;
mod post;
mod tls;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{StatusCode, redirect};
use url::Url;

pub use address::is_public;
pub use backoff::Backoff;
pub use body::Body;
pub use error::HttpError;
pub use post::Posted;

/// A longer chain of redirects is a loop.
pub const MAX_REDIRECTS: usize = 5;
/// Header fields a server may send.
const MAX_HEADERS: usize = 100;

/// Which addresses may be asked, and how.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whether addresses that are not public may be asked.
    pub allow_private: bool,
    /// Through it goes every request; it resolves the names, so that only addresses written as numbers can be refused.
    pub proxy: Option<String>,
    /// PEM file with authorities to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// For a connection and its TLS to stand.
    pub connect: Duration,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { allow_private: false, proxy: None, ca: None, connect: Duration::from_secs(10) }
    }
}

/// Bounds of one request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the body after decompression.
    pub bytes: u64,
    /// Longest silence.
    pub idle: Duration,
    /// From the first to the last byte, redirects included.
    pub total: Duration,
}

impl Limits {
    /// For a feed; its bytes are the parser's own limit.
    pub const FEED: Limits = Limits { bytes: 64 << 20, idle: Duration::from_secs(30), total: Duration::from_secs(180) };
    /// For a document. What does not arrive in this time goes on where it was cut in a later round.
    pub const DOCUMENT: Limits =
        Limits { bytes: 256 << 20, idle: Duration::from_secs(30), total: Duration::from_secs(600) };
}

/// What a server said to recognise the same content again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Validators {
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// What proves that the rest of a cut download belongs to its beginning: a strong ETag, or where there is none a
    /// date, if it is strong too: see [`Body::origin`] (RFC 9110 §13.1.5).
    fn if_range(&self) -> Option<&str> {
        match &self.etag {
            Some(etag) => Some(etag.as_str()).filter(|etag| !etag.starts_with("W/")),
            None => self.last_modified.as_deref(),
        }
    }
}

/// The beginning of a download that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// Bytes that are there already.
    pub offset: u64,
    /// Of the answer they came from: [`Body::origin`].
    pub validators: Validators,
    /// Bytes of the whole document, where that answer said so.
    pub size: Option<u64>,
}

/// What came of a conditional request.
#[derive(Debug)]
pub enum Response<B> {
    /// 304
    NotModified {
        /// Where the address has moved for good.
        moved_permanently: Option<String>,
    },
    Body(B),
}

/// A feed, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub bytes: Vec<u8>,
    pub validators: Validators,
    /// Where the bytes came from: relative addresses in them start here.
    pub final_url: String,
    /// Where the address has moved for good: every redirect on the way said so.
    pub moved_permanently: Option<String>,
}

pub struct Client {
    http: reqwest::Client,
    allow_private: bool,
    time: Arc<tls::Time>,
    trusted_authorities: usize,
    /// Of addresses asked in the clear, and of those asked over TLS. Seconds since 1970; 0: nobody has said.
    date: [AtomicI64; 2],
}

impl Client {
    /// Certificates are checked against `at` until [`Client::set_time`] says otherwise.
    pub fn new(policy: &Policy, at: DateTime<Utc>) -> Result<Client, HttpError> {
        let time = Arc::new(tls::Time::new(at));
        let (tls, trusted_authorities) = tls::config(policy.ca.as_deref(), time.clone())?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("vyveska/", env!("CARGO_PKG_VERSION"), " (official notice board)"))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_max_headers(MAX_HEADERS)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(15))
            .connect_timeout(policy.connect);
        let mut resolver = address::PublicResolver { allow_private: policy.allow_private, proxy: None };
        if let Some(address) = &policy.proxy {
            let wrong = || HttpError::Proxy { proxy: address.clone() };
            let url = Url::parse(address).map_err(|_| wrong())?;
            resolver.proxy = url.host_str().map(str::to_owned);
            builder = builder.proxy(reqwest::Proxy::all(url).map_err(|_| wrong())?);
        }
        let http = builder.dns_resolver(resolver).build().map_err(|error| HttpError::classify(&error, ""))?;
        Ok(Client { http, allow_private: policy.allow_private, time, trusted_authorities, date: Default::default() })
    }

    /// From now on certificates are checked against `at`.
    pub fn set_time(&self, at: DateTime<Utc>) {
        self.time.set(at);
    }

    /// The time that the last server, asked over TLS or in the clear, claimed with its answer (`Date`), once. Whether it
    /// is true nobody can tell.
    pub fn take_date(&self, secured: bool) -> Option<DateTime<Utc>> {
        let date = self.date[usize::from(secured)].swap(0, Ordering::Relaxed);
        DateTime::from_timestamp(date, 0).filter(|date| date.timestamp() != 0)
    }

    /// Fetches a whole feed, unless it is still what `unless` describes.
    pub async fn get_feed(
        &self,
        url: &str,
        unless: Option<&Validators>,
        limits: &Limits,
    ) -> Result<Response<Feed>, HttpError> {
        let headers = condition(unless);
        let mut body = match self.open(url, headers, None, limits).await? {
            Response::NotModified { moved_permanently } => return Ok(Response::NotModified { moved_permanently }),
            Response::Body(body) => body,
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = body.chunk().await? {
            bytes.extend_from_slice(chunk.as_ref());
        }
        Ok(Response::Body(Feed {
            bytes,
            validators: body.validators,
            final_url: body.final_url,
            moved_permanently: body.moved_permanently,
        }))
    }

    /// Starts a download, unless the document is still what `unless` describes. With `partial` the body starts where
    /// the last one was cut, or at 0 where the server has other bytes now: see [`Body::offset`].
    pub async fn download(
        &self,
        url: &str,
        unless: Option<&Validators>,
        partial: Option<&Partial>,
        limits: &Limits,
    ) -> Result<Response<Body>, HttpError> {
        let mut headers = condition(unless);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let mut resumed = None;
        if let Some(partial) = partial
            && partial.offset > 0
            && let Some(if_range) = partial.validators.if_range()
            && let Ok(if_range) = HeaderValue::from_str(if_range)
            && let Ok(range) = HeaderValue::try_from(format!("bytes={}-", partial.offset))
        {
            resumed = Some(partial);
            headers.insert(header::RANGE, range);
            headers.insert(header::IF_RANGE, if_range);
        }
        match self.open(url, headers.clone(), resumed, limits).await {
            Err(HttpError::Range { .. }) if resumed.is_some() => {
                headers.remove(header::RANGE);
                headers.remove(header::IF_RANGE);
                self.open(url, headers, None, limits).await
            }
            other => other,
        }
    }

    async fn open(
        &self,
        url: &str,
        headers: HeaderMap,
        resumed: Option<&Partial>,
        limits: &Limits,
    ) -> Result<Response<Body>, HttpError> {
        let conditional =
            [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE].iter().any(|name| headers.contains_key(name));
        let mut deadline = Box::pin(tokio::time::sleep(limits.total));
        let mut url = Url::parse(url).map_err(|_| HttpError::Address)?;
        // By the address that was asked: whoever answers there in the clear may lead to any secured one.
        let date_of = &self.date[usize::from(url.scheme() == "https")];
        let mut moved_permanently = None;
        let mut only_permanent = true;
        for _ in 0..=MAX_REDIRECTS {
            address::check(&url, self.allow_private)?;
            let host = url.host_str().unwrap_or_default().to_owned();
            if url.scheme() == "https" && self.trusted_authorities == 0 {
                return Err(HttpError::NoAuthorities { host });
            }
            let request = self.http.get(url.clone()).headers(headers.clone()).send();
            let response = tokio::select! {
                () = &mut deadline => return Err(HttpError::TooSlow { host, limit: limits.total }),
                answer = tokio::time::timeout(limits.idle, request) => match answer {
                    Err(_) => return Err(HttpError::Silent { host, limit: limits.idle }),
                    Ok(Err(error)) => return Err(HttpError::classify(&error, &host)),
                    Ok(Ok(response)) => response,
                },
            };
            let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            if let Some(date) = date.and_then(error::http_date) {
                date_of.store(date.timestamp(), Ordering::Relaxed);
            }
            match response.status() {
                StatusCode::NOT_MODIFIED if conditional => return Ok(Response::NotModified { moved_permanently }),
                StatusCode::NOT_MODIFIED => return Err(HttpError::Unasked { host }),
                StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT => {}
                StatusCode::FOUND | StatusCode::SEE_OTHER | StatusCode::TEMPORARY_REDIRECT => only_permanent = false,
                // Another success (202, 204) is no content.
                StatusCode::OK | StatusCode::PARTIAL_CONTENT => {
                    let place = body::Place { host, final_url: url.to_string(), moved_permanently };
                    return Body::new(response, resumed, limits, deadline, place).map(Response::Body);
                }
                _ => return Err(HttpError::status(&response, host, self.http_time())),
            }
            let target =
                response.headers().get(header::LOCATION).and_then(|to| std::str::from_utf8(to.as_bytes()).ok());
            let next = target.and_then(|to| url.join(to).ok()).ok_or(HttpError::Redirect { host: host.clone() })?;
            if url.scheme() == "https" && next.scheme() == "http" {
                return Err(HttpError::Downgrade { host });
            }
            moved_permanently = only_permanent.then(|| next.to_string());
            url = next;
        }
        Err(HttpError::TooManyRedirects { host: url.host_str().unwrap_or_default().to_owned() })
    }

    fn http_time(&self) -> DateTime<Utc> {
        self.time.get()
    }
}

fn condition(unless: Option<&Validators>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(unless) = unless else { return headers };
    let fields = [(header::IF_NONE_MATCH, &unless.etag), (header::IF_MODIFIED_SINCE, &unless.last_modified)];
    for (name, value) in fields {
        if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}
