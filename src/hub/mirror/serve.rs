//! The mirror over HTTP: feeds from memory, documents from their files; conditional and in pieces.
//!
//! It is as public as the boards themselves: no login, no cookie, no database. The surprising thing: a document is never
//! shown by a browser as a page of the hub, whatever is in it: it comes as bytes to be saved.

use std::io::SeekFrom;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::hub::Shared;
use crate::model::Digest;

/// A document is gone from every cache a day after it was taken down, as from every panel.
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400, immutable");
/// Kept, and asked about each time.
const ASK: HeaderValue = HeaderValue::from_static("public, no-cache");

/// `GET /mirror/OFFICE/BOARD.json`
pub async fn feed(
    State(hub): State<Shared>,
    Path((office, file)): Path<(String, String)>,
    sent: HeaderMap,
) -> Response {
    let listed = file.strip_suffix(".json").and_then(|board| hub.mirror.shelf.feed(&office, board));
    let Some(listed) = listed else { return missing() };
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, etag(&listed.digest));
    headers.insert(header::CACHE_CONTROL, ASK);
    if is_known(&sent, &listed.digest) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/ld+json; charset=utf-8"));
    plain(&mut headers);
    (headers, listed.bytes.clone()).into_response()
}

/// `GET /mirror/OFFICE/documents/DIGEST`
pub async fn document(
    State(hub): State<Shared>,
    Path((office, digest)): Path<(String, String)>,
    sent: HeaderMap,
) -> Response {
    // An office's key is a plain word; anything else might lead out of the folder.
    let is_word = office.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let Some(digest) = Digest::parse(&digest).filter(|_| is_word) else { return missing() };
    let Ok(mut file) = File::open(hub.mirror.shelf.document(&office, &digest)).await else { return missing() };
    let Ok(size) = file.metadata().await.map(|data| data.len()) else { return missing() };
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, etag(&digest));
    headers.insert(header::CACHE_CONTROL, FOR_A_DAY);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if is_known(&sent, &digest) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    plain(&mut headers);
    let same = sent.get(header::IF_RANGE).is_none_or(|wanted| *wanted == etag(&digest));
    let wanted = sent.get(header::RANGE).filter(|_| same).and_then(|range| range.to_str().ok());
    let (start, end, status) = match wanted.map_or(Wanted::Whole, |range| piece(range, size)) {
        Wanted::Whole => (0, size, StatusCode::OK),
        Wanted::Piece { start, end } => {
            headers.insert(header::CONTENT_RANGE, number(&format!("bytes {start}-{}/{size}", end - 1)));
            (start, end, StatusCode::PARTIAL_CONTENT)
        }
        Wanted::Beyond => {
            let range = [(header::CONTENT_RANGE, number(&format!("bytes */{size}")))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response();
        }
    };
    if start > 0 && file.seek(SeekFrom::Start(start)).await.is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    headers.insert(header::CONTENT_LENGTH, number(&(end - start).to_string()));
    (status, headers, Body::from_stream(ReaderStream::new(file.take(end - start)))).into_response()
}

/// What is asked for of a file.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// `end` is the byte after the last.
    Piece {
        start: u64,
        end: u64,
    },
    Beyond,
}

/// One range; of several, or of what is none, the whole is the answer (RFC 9110 §14.2).
fn piece(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) if start <= last => (start, last.saturating_add(1).min(size)),
        (Ok(start), Err(_)) if last.is_empty() => (start, size),
        (Err(_), Ok(last)) if first.is_empty() => (size.saturating_sub(last), size),
        _ => return Wanted::Whole,
    };
    if start < end { Wanted::Piece { start, end } } else { Wanted::Beyond }
}

/// Whether they have it (RFC 9110 §13.1.2).
fn is_known(sent: &HeaderMap, digest: &Digest) -> bool {
    let own = etag(digest);
    let known = sent.get_all(header::IF_NONE_MATCH).iter().filter_map(|known| known.to_str().ok());
    let mut each = known.flat_map(|known| known.split(',')).map(str::trim);
    each.any(|known| known == "*" || known.trim_start_matches("W/").as_bytes() == own.as_bytes())
}

fn etag(digest: &Digest) -> HeaderValue {
    number(&format!("\"{digest}\""))
}

fn number(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("digits and letters")
}

/// Nothing in it is run, framed or guessed at.
fn plain(headers: &mut HeaderMap) {
    let fields = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    for (name, value) in fields {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "There is no such board or document here.\n").into_response()
}
