//! The three offices' web server, on the loopback: feeds and documents, as a good office serves them.
//!
//! Answers conditional requests and ranges; knows no limits of its own, for its only guest is the program that
//! started it. The surprising thing: `cut_off` pulls the plug, open connections included, and nothing answers after.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri, header};
use tokio::sync::oneshot;
use vyveska::clock::Clock;
use vyveska::model::Digest;

use super::documents::document;
use super::ofn;
use super::village::{Village, villages};

/// When the documents were put on the server. They never change.
const UPLOADED: &str = "Fri, 20 Nov 2026 07:30:00 GMT";

pub struct Publisher {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Offices {
    villages: Vec<Village>,
    origin: String,
    clock: Clock,
}

impl Publisher {
    /// Serves on a free port of the loopback until it is cut off or dropped. `clock` decides what today is.
    pub fn start(clock: Clock) -> io::Result<Publisher> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let offices = Offices { villages: villages(), origin: format!("http://{address}"), clock };
        let router = Router::new().fallback(answer).with_state(Arc::new(offices));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("publisher".into()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
            // The runtime ends here, and with it every connection.
        })?;
        Ok(Publisher { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Address of a village's feed.
    pub fn feed(&self, key: &str) -> String {
        format!("http://{}/{key}/uredni-deska.jsonld", self.address)
    }

    /// Nothing answers any more.
    pub fn cut_off(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.cut_off();
    }
}

async fn answer(State(offices): State<Arc<Offices>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path: Vec<&str> = uri.path().trim_start_matches('/').split('/').collect();
    let village = |key: &str| offices.villages.iter().find(|village| village.board.key == key);
    match path[..] {
        [key, "uredni-deska.jsonld"] => match village(key) {
            Some(village) => {
                let today = offices.clock.now().today();
                let midnight = today.format("%a, %d %b %Y 00:00:00 GMT").to_string();
                let bytes = ofn::feed(village, today, &offices.origin);
                send(&headers, bytes.into(), "application/ld+json; charset=utf-8", &midnight)
            }
            None => missing(),
        },
        [key, "dokumenty", name] if village(key).is_some() => match document(name) {
            Some(bytes) => send(&headers, bytes.into(), media(name), UPLOADED),
            None => missing(),
        },
        _ => missing(),
    }
}

/// Claims of the publisher; the panel looks at the bytes.
fn media(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("jpg") => "image/jpeg",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

fn missing() -> Response<Body> {
    let mut response = Response::new(Body::from("Stránka nebyla nalezena."));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn send(asked: &HeaderMap, bytes: std::borrow::Cow<'static, [u8]>, media: &str, modified: &str) -> Response<Body> {
    let tag = format!("\"{}\"", &Digest::of(&bytes).to_string()[..20]);
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let builder = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::LAST_MODIFIED, modified)
        .header(header::ACCEPT_RANGES, "bytes");
    let known = match text(header::IF_NONE_MATCH) {
        Some(tags) => tags.split(',').any(|one| one.trim() == tag || one.trim() == "*"),
        None => text(header::IF_MODIFIED_SINCE) == Some(modified),
    };
    // A range of another version would be sewn onto the wrong beginning.
    let same = text(header::IF_RANGE).is_none_or(|version| version == tag || version == modified);
    let range = text(header::RANGE).filter(|_| same).and_then(|range| part(range, bytes.len()));
    let response = if known {
        builder.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let builder = builder.header(header::CONTENT_TYPE, media);
        match range {
            None => builder.body(whole(bytes)),
            Some(None) => builder
                .status(StatusCode::RANGE_NOT_SATISFIABLE)
                .header(header::CONTENT_RANGE, format!("bytes */{}", bytes.len()))
                .body(Body::empty()),
            Some(Some((first, last))) => builder
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", bytes.len()))
                .body(Body::from(bytes[first..=last].to_vec())),
        }
    };
    response.expect("the headers are plain ASCII")
}

fn whole(bytes: std::borrow::Cow<'static, [u8]>) -> Body {
    match bytes {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    }
}

/// `bytes=500-`, `bytes=0-99` or `bytes=-100` of `length` bytes, as first and last byte. Outer `None`: not a range
/// that is understood here, and the whole is sent; inner `None`: it lies beyond the end.
fn part(range: &str, length: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let bounds = match (first.trim(), last.trim()) {
        ("", count) => (length.saturating_sub(count.parse().ok()?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(end)),
    };
    Some((bounds.0 <= bounds.1).then_some(bounds))
}
