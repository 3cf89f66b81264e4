//! A body as it comes in, chunk by chunk and within its limits.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::header::{self, HeaderName};
use reqwest::{Response, StatusCode};
use tokio::time::Sleep;

use super::error::http_date;
use super::{HttpError, Limits, Partial, Validators};

/// An answer whose body is still to be read. Dropping it closes the connection.
pub struct Body {
    /// Where in the document the body starts: 0, or where the cut download left off.
    pub offset: u64,
    pub validators: Validators,
    /// Of those, what tells this version from any other byte by byte: a strong ETag, or where there is no ETag at all a
    /// date that lay behind when the answer was made (RFC 9110 §8.8.2.2). Without any, a cut download starts anew.
    pub origin: Validators,
    /// Where the bytes come from.
    pub final_url: String,
    /// Where the address has moved for good.
    pub moved_permanently: Option<String>,
    /// Size of the whole document, where the server says so.
    pub size: Option<u64>,
    host: String,
    response: Response,
    received: u64,
    limit: u64,
    idle: Duration,
    total: Duration,
    deadline: Pin<Box<Sleep>>,
}

pub(super) struct Place {
    pub host: String,
    pub final_url: String,
    pub moved_permanently: Option<String>,
}

impl Body {
    pub(super) fn new(
        response: Response,
        resumed: Option<&Partial>,
        limits: &Limits,
        deadline: Pin<Box<Sleep>>,
        place: Place,
    ) -> Result<Body, HttpError> {
        let Place { host, final_url, moved_permanently } = place;
        let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let validators = Validators {
            etag: text(header::ETAG).map(str::to_owned),
            last_modified: text(header::LAST_MODIFIED).map(str::to_owned),
        };
        let (offset, size, origin) = if response.status() == StatusCode::PARTIAL_CONTENT {
            let range = text(header::CONTENT_RANGE).and_then(content_range);
            match resumed.zip(range) {
                Some((partial, (start, size))) if belongs(partial, start, size, &validators) => {
                    (start, size.or(partial.size), partial.validators.clone())
                }
                _ => return Err(HttpError::Range { host }),
            }
        } else {
            let origin = strong(&validators, text(header::DATE));
            (0, response.content_length(), origin)
        };
        if size.is_some_and(|size| size > limits.bytes) {
            return Err(HttpError::TooLarge { host, limit: limits.bytes });
        }
        Ok(Body {
            offset,
            validators,
            origin,
            final_url,
            moved_permanently,
            size,
            host,
            response,
            received: 0,
            limit: limits.bytes,
            idle: limits.idle,
            total: limits.total,
            deadline,
        })
    }

    /// The next bytes; `None` after the last. A body that ends early is an error, so that what was received can be
    /// kept and continued.
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, HttpError> {
        let host = || self.host.clone();
        let chunk = tokio::select! {
            () = &mut self.deadline => return Err(HttpError::TooSlow { host: host(), limit: self.total }),
            chunk = tokio::time::timeout(self.idle, self.response.chunk()) => match chunk {
                Err(_) => return Err(HttpError::Silent { host: host(), limit: self.idle }),
                Ok(Err(error)) if damaged(&error) => return Err(HttpError::Encoding { host: host() }),
                Ok(Err(_)) => return Err(HttpError::Cut { host: host(), received: self.offset + self.received }),
                Ok(Ok(chunk)) => chunk,
            },
        };
        match &chunk {
            Some(bytes) => {
                self.received += bytes.len() as u64;
                if self.offset + self.received > self.limit {
                    return Err(HttpError::TooLarge { host: host(), limit: self.limit });
                }
            }
            None if self.size.is_some_and(|size| size != self.offset + self.received) => {
                return Err(HttpError::Cut { host: host(), received: self.offset + self.received });
            }
            None => {}
        }
        Ok(chunk)
    }
}

/// Whether the rest of a document is the rest of this one (RFC 9110 §15.3.7.3). A server that ignores `If-Range` sends
/// the rest of whatever lies at the address now.
fn belongs(partial: &Partial, start: u64, size: Option<u64>, validators: &Validators) -> bool {
    let Validators { etag, last_modified } = &partial.validators;
    let same = match etag {
        Some(_) => *etag == validators.etag,
        // It need not be repeated in the answer to an `If-Range`.
        None => {
            validators.etag.is_none()
                && (validators.last_modified.is_none() || *last_modified == validators.last_modified)
        }
    };
    let sized = partial.size.is_none() || size.is_none() || partial.size == size;
    start == partial.offset && same && sized
}

/// See [`Body::origin`].
fn strong(validators: &Validators, date: Option<&str>) -> Validators {
    let Validators { etag, last_modified } = validators;
    if etag.is_some() {
        let etag = etag.clone().filter(|etag| !etag.starts_with("W/"));
        return Validators { etag, last_modified: None };
    }
    // Within the second it may have been changed once more.
    let behind = |modified: &String| Some(http_date(date?)? - http_date(modified)? >= TimeDelta::seconds(1));
    Validators { etag: None, last_modified: last_modified.clone().filter(|modified| behind(modified) == Some(true)) }
}

/// Reads `bytes 100-199/200`: where it starts, and the size of the whole.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, size) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.parse().ok()?, size.parse().ok()))
}

/// Whether the decompression failed, rather than the connection.
fn damaged(error: &reqwest::Error) -> bool {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>()
            && matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        {
            return true;
        }
        source = cause.source();
    }
    false
}
