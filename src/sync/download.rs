//! One document: asked for, resumed where it was cut, and put on disk under its digest.
//!
//! It decides neither when to ask nor what to do about a failure. The surprising thing: what came before a break stays,
//! and the rest follows in a later round.

use crate::files::{Files, FilesError, Incoming, Origin, Stored};
use crate::http::{self, Body, Client, HttpError, Limits, Partial, Response};
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

/// Fetches one document, from where it was cut the last time. `None`: it has not changed.
pub async fn download(
    wanted: Wanted,
    files: &Files,
    client: &Client,
) -> Result<Option<(Stored, Origin)>, DownloadError> {
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
                DownloadError::Http(HttpError::Cut { .. } | HttpError::Silent { .. } | HttpError::TooSlow { .. }) => {
                    incoming.pause()?;
                }
                _ => incoming.discard()?,
            }
            Err(error)
        }
    }
}

async fn take_in(body: &mut Body, incoming: &mut Incoming) -> Result<(), DownloadError> {
    while let Some(chunk) = body.chunk().await? {
        incoming.append(chunk.as_ref())?;
    }
    Ok(())
}
