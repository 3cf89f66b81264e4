//! One document: asked for, resumed where it was cut, and put on disk under its digest.
//!
//! It decides neither when to ask nor what to do about a failure. The surprising thing: what came before a break stays,
//! and the rest follows in a later round.

use super::room;
use crate::files::{Files, FilesError, Incoming, Origin, Stored};
use crate::http::{Body, Client, HttpError, Limits, Partial, Response, Validators};
use crate::model::Digest;
use crate::store::Wanted;

/// Why a document did not come.
#[derive(Debug)]
pub enum DownloadError {
    Http(HttpError),
    Files(FilesError),
}

impl From<HttpError> for DownloadError {
    fn from(error: HttpError) -> DownloadError {
        DownloadError::Http(error)
    }
}

impl From<FilesError> for DownloadError {
    fn from(error: FilesError) -> DownloadError {
        DownloadError::Files(error)
    }
}

/// What came; nothing where it has not changed.
pub type Downloaded = Result<Option<(Stored, Validators)>, DownloadError>;

/// Looks so often (bytes) whether there is still room.
const LOOK_AFTER: u64 = 1 << 20;

/// Fetches one document, from where it was cut the last time.
pub async fn download(wanted: Wanted, files: &Files, client: &Client) -> Downloaded {
    let mut incoming = files.incoming(&wanted.url)?;
    let Origin { etag, last_modified, size } = incoming.origin().clone();
    let partial = Partial { offset: incoming.offset(), validators: Validators { etag, last_modified }, size };
    // Only what is here can be unchanged.
    let unless = wanted.validators.digest.map(|_| Validators {
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
    if body.offset != incoming.offset() || body.offset == 0 {
        let Validators { etag, last_modified } = body.origin.clone();
        incoming.restart(Origin { etag, last_modified, size: body.size })?;
    }
    match take_in(&mut body, &mut incoming, files).await {
        Ok(()) => Ok(Some((incoming.finish()?, body.validators))),
        Err(error) => {
            match &error {
                // What came so far is the beginning of the same bytes; the rest follows in a later round.
                DownloadError::Http(HttpError::Cut { .. } | HttpError::Silent { .. } | HttpError::TooSlow { .. }) => {
                    incoming.pause()?;
                }
                _ => incoming.discard()?,
            }
            Err(error)
        }
    }
}

/// Fetches the copy of a document that lies at a mirror. `None`: it cannot be had there, or is something else.
pub async fn download_copy(
    wanted: &Wanted,
    url: String,
    digest: Digest,
    files: &Files,
    client: &Client,
) -> Option<Downloaded> {
    if wanted.validators.digest == Some(digest) {
        return Some(Ok(None));
    }
    let copy = Wanted { url, validators: Default::default(), ..wanted.clone() };
    match download(copy, files, client).await {
        // What the mirror's server says of its copy says nothing of the office's.
        Ok(Some((stored, _))) => (stored.digest == digest).then(|| Ok(Some((stored, Validators::default())))),
        Ok(None) | Err(DownloadError::Http(_)) => None,
        Err(error) => Some(Err(error)),
    }
}

async fn take_in(body: &mut Body, incoming: &mut Incoming, files: &Files) -> Result<(), DownloadError> {
    let mut looked = incoming.offset();
    let expected = body.size.unwrap_or(0).saturating_sub(looked);
    if !room::has(files, expected) {
        return Err(FilesError::Full.into());
    }
    while let Some(chunk) = body.chunk().await? {
        incoming.append(chunk.as_ref())?;
        if incoming.offset() - looked >= LOOK_AFTER {
            looked = incoming.offset();
            if !room::has(files, 0) {
                return Err(FilesError::Full.into());
            }
        }
    }
    Ok(())
}
