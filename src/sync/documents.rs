//! Fetches the documents of what is listed: what is missing first, then what may have changed under its address.
//!
//! One after another: an office's web is a small one, and the board is up without them. A failure costs its document
//! and is tried again later; a server that fails three times is left alone for the rest of the round.

use std::collections::HashMap;
use std::time::Duration;

use super::hosts::Hosts;
use crate::clock::{self, Now};
use crate::files::{Files, FilesError, Incoming, Origin, Stored};
use crate::http::{self, Body, Client, HttpError, Limits, Partial, Response};
use crate::model::Digest;
use crate::store::{Failed, Fetched, Store, StoreError, Wanted};

/// Documents looked at in one round.
const MAX_DOCUMENTS: usize = 5_000;
/// Bytes fetched in one round; what is left waits for the next one.
const MAX_BYTES: u64 = 2 << 30;
/// So much of the disk is left to the databases, the ledger and the system: a board must be able to change.
const MIN_FREE_BYTES: u64 = 48 << 20;
/// Time for the documents of one round: the feeds want to be asked again.
const MAX_TIME: Duration = Duration::from_secs(300);

/// What became of the documents in one round. One that several notices list is fetched once and counts for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentsRound {
    pub fetched: usize,
    /// Of those fetched, how many had other bytes before under the same address.
    pub changed: usize,
    pub unchanged: usize,
    pub failed: usize,
    /// Left for the next round.
    pub waiting: usize,
    pub bytes: u64,
    /// Why no further document was fetched, where the reason is this machine.
    pub stopped: Option<String>,
}

impl DocumentsRound {
    /// Whether anything of it is on disk now that was not before.
    pub fn wrote(&self) -> bool {
        self.fetched + self.failed > 0
    }
}

/// Fetches what is wanted, within the limits of one round.
pub async fn documents(
    store: &mut Store,
    files: &Files,
    client: &Client,
    hosts: &mut Hosts,
    now: Now,
) -> Result<DocumentsRound, StoreError> {
    let (mut round, started) = (DocumentsRound::default(), clock::ticks());
    let mut asked: HashMap<String, Came> = HashMap::new();
    for wanted in store.documents_wanted(now, MAX_DOCUMENTS)? {
        let Wanted { board, notice, url, .. } = &wanted;
        let known = asked.get(url).filter(|came| came.serves(&wanted)).cloned();
        let came = match known {
            Some(came) => came,
            None => {
                let spent = clock::ticks().saturating_sub(started) > MAX_TIME || round.bytes > MAX_BYTES;
                if spent || round.stopped.is_some() || hosts.resting(url, now.at) {
                    round.waiting += 1;
                    continue;
                }
                if let Some(trouble) = no_room(files) {
                    round.stopped = Some(trouble);
                    round.waiting += 1;
                    continue;
                }
                let came = match document(&wanted, files, client).await {
                    Ok(None) => Came::Unchanged(wanted.validators.digest),
                    Ok(Some((Stored { digest, size, media }, Origin { etag, last_modified }))) => {
                        round.bytes += size;
                        Came::Fetched(Fetched { digest, size, media, etag, last_modified, at: now.at })
                    }
                    Err(DocumentError::Files(error @ (FilesError::Full | FilesError::Io { .. }))) => {
                        round.stopped = Some(error.to_string());
                        round.waiting += 1;
                        continue;
                    }
                    Err(DocumentError::Files(error)) => Came::Failed(error.to_string()),
                    Err(DocumentError::Http(error)) => {
                        hosts.failed(url, &error, now.at);
                        Came::Failed(error.to_string())
                    }
                };
                asked.insert(url.clone(), came.clone());
                came
            }
        };
        let reason = match came {
            Came::Unchanged(_) => {
                store.document_unchanged(board, notice, url, now.at);
                round.unchanged += 1;
                continue;
            }
            Came::Fetched(fetched) if wanted.declared.is_none_or(|digest| digest == fetched.digest) => {
                store.document_fetched(board, notice, url, &fetched)?;
                round.fetched += 1;
                round.changed += usize::from(wanted.validators.digest.is_some_and(|before| before != fetched.digest));
                continue;
            }
            Came::Fetched(_) => {
                "The document is not the one that the publisher announced; publish it again.".to_owned()
            }
            Came::Failed(reason) => reason,
        };
        store.document_failed(board, notice, url, &Failed { reason, at: now.at })?;
        round.failed += 1;
    }
    Ok(round)
}

/// What an address said in this round.
#[derive(Debug, Clone)]
enum Came {
    /// It is still what was here before.
    Unchanged(Option<Digest>),
    Fetched(Fetched),
    Failed(String),
}

impl Came {
    /// Whether it answers for a document of another notice too.
    fn serves(&self, wanted: &Wanted) -> bool {
        match self {
            Came::Unchanged(digest) => *digest == wanted.validators.digest,
            Came::Fetched(_) | Came::Failed(_) => true,
        }
    }
}

fn no_room(files: &Files) -> Option<String> {
    match files.free_bytes() {
        Ok(free) if free < MIN_FREE_BYTES => {
            Some(format!("the disk is full but for {} MiB, so no document is fetched; make room", free >> 20))
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

#[derive(Debug)]
enum DocumentError {
    Http(HttpError),
    Files(FilesError),
}

impl From<HttpError> for DocumentError {
    fn from(error: HttpError) -> DocumentError {
        DocumentError::Http(error)
    }
}

impl From<FilesError> for DocumentError {
    fn from(error: FilesError) -> DocumentError {
        DocumentError::Files(error)
    }
}

/// Fetches one document, from where it was cut the last time. `None`: it has not changed.
async fn document(wanted: &Wanted, files: &Files, client: &Client) -> Result<Option<(Stored, Origin)>, DocumentError> {
    let mut incoming = files.incoming(&wanted.url)?;
    let Origin { etag, last_modified } = incoming.origin().clone();
    let partial = Partial { offset: incoming.offset(), validators: http::Validators { etag, last_modified } };
    // Only what is here can be unchanged.
    let unless = wanted.validators.digest.map(|_| http::Validators {
        etag: wanted.validators.etag.clone(),
        last_modified: wanted.validators.last_modified.clone(),
    });
    let answer = client.download(&wanted.url, unless.as_ref(), Some(&partial), &Limits::DOCUMENT).await;
    let mut body = match answer {
        Ok(Response::Body(body)) => body,
        Ok(Response::NotModified { .. }) => {
            incoming.discard()?;
            return Ok(None);
        }
        Err(error) => {
            if incoming.offset() == 0 {
                incoming.discard()?;
            }
            return Err(error.into());
        }
    };
    let http::Validators { etag, last_modified } = body.validators.clone();
    let origin = Origin { etag, last_modified };
    if body.offset != incoming.offset() || body.offset == 0 {
        incoming.restart(origin.clone())?;
    }
    match take_in(&mut body, &mut incoming).await {
        Ok(()) => Ok(Some((incoming.finish()?, origin))),
        Err(error) => {
            match &error {
                // What came so far is the beginning of the same bytes; the rest follows in a later round.
                DocumentError::Http(HttpError::Cut { .. } | HttpError::Silent { .. } | HttpError::TooSlow { .. }) => {
                    incoming.pause()?;
                }
                _ => incoming.discard()?,
            }
            Err(error)
        }
    }
}

async fn take_in(body: &mut Body, incoming: &mut Incoming) -> Result<(), DocumentError> {
    while let Some(chunk) = body.chunk().await? {
        incoming.append(chunk.as_ref())?;
    }
    Ok(())
}
