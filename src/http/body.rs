//! A body as it comes in, chunk by chunk and within its limits.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::{self, HeaderName};
use reqwest::{Response, StatusCode};
use tokio::time::Sleep;

use super::{HttpError, Limits, Validators};

/// An answer whose body is still to be read. Dropping it closes the connection.
pub struct Body {
    /// Where in the document the body starts: 0, or where the cut download left off.
    pub offset: u64,
    pub validators: Validators,
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
        asked_offset: u64,
        limits: &Limits,
        deadline: Pin<Box<Sleep>>,
        place: Place,
    ) -> Result<Body, HttpError> {
        let Place { host, final_url, moved_permanently } = place;
        let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let (offset, size) = if response.status() == StatusCode::PARTIAL_CONTENT {
            match text(header::CONTENT_RANGE).and_then(content_range) {
                Some((start, size)) if start == asked_offset && asked_offset > 0 => (start, size),
                _ => return Err(HttpError::Range { host }),
            }
        } else {
            (0, response.content_length())
        };
        let validators = Validators {
            etag: text(header::ETAG).map(str::to_owned),
            last_modified: text(header::LAST_MODIFIED).map(str::to_owned),
        };
        if size.is_some_and(|size| size > limits.bytes) {
            return Err(HttpError::TooLarge { host, limit: limits.bytes });
        }
        Ok(Body {
            offset,
            validators,
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
