//! A letter to a server that answers with one: whatever the status, what was said is handed on, for a refusal is an
//! answer too.
//!
//! It follows no redirect, for a letter is meant for the one it was written to, and it takes no time from the answer.

use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response};
use tokio::time::timeout;
use url::Url;

use super::error::HttpError;
use super::{Client, Limits, address};

/// What came back.
#[derive(Debug)]
pub struct Posted {
    pub code: u16,
    pub bytes: Vec<u8>,
    headers: HeaderMap,
    /// What the server said with it, where the body is not an answer that was expected: with its Retry-After.
    pub trouble: HttpError,
}

impl Posted {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.trouble.retry_after()
    }
}

impl Client {
    /// Sends JSON, and reads what is answered, of whatever status.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        limits: &Limits,
    ) -> Result<Posted, HttpError> {
        let (url, host) = self.target(url)?;
        let mut fields = HeaderMap::new();
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| HttpError::Address)?;
            fields.insert(HeaderName::from_static(name), value);
        }
        self.exchange(self.http.post(url).headers(fields).body(body), host, limits).await
    }

    /// Asks for an address only so that it was asked.
    pub async fn knock(&self, url: &str, limits: &Limits) -> Result<Posted, HttpError> {
        let (url, host) = self.target(url)?;
        self.exchange(self.http.get(url), host, limits).await
    }

    fn target(&self, url: &str) -> Result<(Url, String), HttpError> {
        let url = Url::parse(url).map_err(|_| HttpError::Address)?;
        address::check(&url, self.allow_private)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if url.scheme() == "https" && self.trusted_authorities == 0 {
            return Err(HttpError::NoAuthorities { host });
        }
        Ok((url, host))
    }

    async fn exchange(&self, request: RequestBuilder, host: String, limits: &Limits) -> Result<Posted, HttpError> {
        let request = request.send();
        let exchange = async {
            let response = match timeout(limits.idle, request).await {
                Err(_) => return Err(HttpError::Silent { host: host.clone(), limit: limits.idle }),
                Ok(Err(error)) => return Err(HttpError::classify(&error, &host)),
                Ok(Ok(response)) => response,
            };
            let trouble = HttpError::status(&response, host.clone(), self.http_time());
            let (code, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(Posted { code, bytes: read(response, &host, limits).await?, headers, trouble })
        };
        match timeout(limits.total, exchange).await {
            Ok(result) => result,
            Err(_) => Err(HttpError::TooSlow { host: host.clone(), limit: limits.total }),
        }
    }
}

async fn read(mut response: Response, host: &str, limits: &Limits) -> Result<Vec<u8>, HttpError> {
    let host = || host.to_owned();
    let mut bytes = Vec::new();
    loop {
        match timeout(limits.idle, response.chunk()).await {
            Err(_) => return Err(HttpError::Silent { host: host(), limit: limits.idle }),
            Ok(Err(_)) => return Err(HttpError::Cut { host: host(), received: bytes.len() as u64 }),
            Ok(Ok(None)) => return Ok(bytes),
            Ok(Ok(Some(chunk))) if (bytes.len() + chunk.len()) as u64 > limits.bytes => {
                return Err(HttpError::TooLarge { host: host(), limit: limits.bytes });
            }
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
        }
    }
}
