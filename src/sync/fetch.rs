//! What an office's address said in this round, in the words of the guard and of the record of polls.

use chrono::{DateTime, Utc};

use crate::clock::Now;
use crate::feed;
use crate::guard::Observed;
use crate::http::{self, Client, HttpError, Limits, Response};
use crate::model::{Board, Digest, Snapshot};
use crate::store::{Poll, Status, Validators};
use crate::sync::mirrors::{self, Source};

/// The feed's answer, read as far as it could be.
#[derive(Debug)]
pub struct Fetched {
    pub poll: Poll,
    pub answer: Answer,
    /// Where the feed has moved for good.
    pub moved_to: Option<String>,
    /// The mirror that it came from; `None`: the office itself was asked.
    pub source: Option<Source>,
}

#[derive(Debug)]
pub enum Answer {
    /// What was taken in before still stands.
    Unchanged,
    Read(Snapshot),
    /// There was an answer, but no board in it: why, in a sentence.
    Unreadable(String),
    /// There was no answer.
    Failed(HttpError),
}

/// What decides, beside its bytes, what is taken from a feed: a server's word that nothing changed holds only as long
/// as none of this has.
pub fn reading(board: &Board, now: Now) -> String {
    let ico = board.ico.as_deref().unwrap_or("-");
    format!("{} {} {} {ico}", now.today(), now.certain_day(), env!("CARGO_PKG_VERSION"))
}

/// Asks for the feed; `unless` makes it a conditional request.
pub async fn feed(board: &Board, unless: Option<&Validators>, client: &Client, now: Now) -> Fetched {
    let limits = Limits { bytes: feed::MAX_BYTES as u64, ..Limits::FEED };
    let asked_with =
        unless.map(|known| http::Validators { etag: known.etag.clone(), last_modified: known.last_modified.clone() });
    match client.get_feed(&board.feed, asked_with.as_ref(), &limits).await {
        Ok(Response::NotModified { moved_permanently }) => Fetched {
            poll: poll(board, Status::Code(304), unless.and_then(|known| known.digest), now.at),
            answer: Answer::Unchanged,
            moved_to: moved_permanently,
            source: None,
        },
        Ok(Response::Body(body)) => {
            let digest = Digest::of(&body.bytes);
            let mut poll = poll(board, Status::Code(200), Some(digest), now.at);
            let answer = match feed::read(&body.bytes, &body.final_url, now.today()) {
                Ok(snapshot) => {
                    let http::Validators { etag, last_modified } = body.validators;
                    let read_as = reading(board, now);
                    poll.validators = Some(Validators { etag, last_modified, digest: Some(digest), read_as });
                    Answer::Read(snapshot)
                }
                Err(error) => {
                    // 200 alone would say in the record that the board was there.
                    poll.status = Status::Failed(format!("200, but no board: {error}"));
                    Answer::Unreadable(error.to_string())
                }
            };
            Fetched { poll, answer, moved_to: body.moved_permanently, source: None }
        }
        Err(error) => {
            let status = error.code().map_or_else(|| Status::Failed(error.to_string()), Status::Code);
            let poll = poll(board, status, None, now.at);
            Fetched { poll, answer: Answer::Failed(error), moved_to: None, source: None }
        }
    }
}

/// Asks a mirror for it. `None`: it does not answer, or gives something else than it should: the office is to be asked.
pub async fn mirrored(
    board: &Board,
    source: Source,
    unless: Option<&Validators>,
    client: &Client,
    now: Now,
) -> Option<Fetched> {
    let limits = Limits { bytes: feed::MAX_BYTES as u64, idle: mirrors::PATIENCE, total: mirrors::LONGEST };
    let asked_with = unless.map(|known| http::Validators { etag: known.etag.clone(), last_modified: None });
    let asked = tokio::time::timeout(limits.total, client.get_feed(&source.url, asked_with.as_ref(), &limits));
    let url = source.asked(&board.feed);
    let poll = |status, validators| Poll { url, status, digest: Some(source.digest), validators, at: now.at };
    match asked.await.ok()?.ok()? {
        Response::NotModified { .. } if unless.is_some_and(|known| known.digest == Some(source.digest)) => {
            let poll = poll(Status::Code(304), None);
            Some(Fetched { poll, answer: Answer::Unchanged, moved_to: None, source: Some(source) })
        }
        Response::Body(body) if Digest::of(&body.bytes) == source.digest => {
            let snapshot = feed::read(&body.bytes, &body.final_url, now.today()).ok()?;
            let read_as = reading(board, now);
            let http::Validators { etag, .. } = body.validators;
            let validators = Validators { etag, last_modified: None, digest: Some(source.digest), read_as };
            let poll = poll(Status::Code(200), Some(validators));
            Some(Fetched { poll, answer: Answer::Read(snapshot), moved_to: None, source: Some(source) })
        }
        _ => None,
    }
}

impl Answer {
    /// What the guard has to judge; nothing where there was no new content.
    pub fn observed(&self) -> Option<Observed<'_>> {
        match self {
            Answer::Read(snapshot) => Some(Observed::Snapshot(snapshot)),
            Answer::Unreadable(why) => Some(Observed::Unreadable(why.clone())),
            Answer::Unchanged | Answer::Failed(_) => None,
        }
    }
}

fn poll(board: &Board, status: Status, digest: Option<Digest>, at: DateTime<Utc>) -> Poll {
    Poll { url: board.feed.clone(), status, digest, validators: None, at }
}
