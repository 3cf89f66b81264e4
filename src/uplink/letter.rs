//! A letter to the hub and its answer: signed on the way there, and believed on the way back or not.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::http::{Client, HttpError, Limits, Posted};
use crate::keys::{Key, PublicKey, Signature, Text};
use crate::wire::link;

/// Bounds of an answer.
const LIMITS: Limits =
    Limits { bytes: link::MAX_REPLY as u64, idle: Duration::from_secs(20), total: Duration::from_secs(60) };

/// Why a letter counts as not sent.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    #[error("{0}")]
    Http(#[from] HttpError),
    #[error("The hub answered that it has no time now; it will be asked again.")]
    Busy(Option<Duration>),
    #[error("What answers there does not sign as a hub does; see that the address of [hub] is the hub's.")]
    Unsigned,
    #[error(
        "The answer was signed by another hub ({}…) than the one that is believed ({}…); where the hub was set up anew, \
         write its new key into [hub].", .found.to_string().split_at(8).0, .known.to_string().split_at(8).0
    )]
    OtherHub { found: PublicKey, known: PublicKey },
}

impl LetterError {
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            LetterError::Http(error) => error.retry_after(),
            LetterError::Busy(wish) => *wish,
            LetterError::Unsigned | LetterError::OtherHub { .. } => None,
        }
    }
}

/// What came back, before it is believed.
pub struct Answer {
    posted: Posted,
    device: PublicKey,
    sequence: u64,
}

/// Sends one letter.
pub async fn send(
    client: &Client,
    url: &str,
    path: &str,
    key: &Key,
    sequence: u64,
    letter: &impl Serialize,
) -> Result<Answer, LetterError> {
    send_bytes(client, url, path, key, sequence, serde_json::to_vec(letter).expect("a letter is always JSON")).await
}

/// Sends one that is written already.
pub async fn send_bytes(
    client: &Client,
    url: &str,
    path: &str,
    key: &Key,
    sequence: u64,
    body: Vec<u8>,
) -> Result<Answer, LetterError> {
    let signature = key.sign(Text::Request { path, sequence, body: &body });
    let headers = [
        (link::DEVICE, key.public().to_string()),
        (link::SEQUENCE, sequence.to_string()),
        (link::SIGNATURE, signature.to_string()),
    ];
    let posted = client.post(&format!("{url}{path}"), &headers, body, &LIMITS).await?;
    Ok(Answer { posted, device: key.public(), sequence })
}

impl Answer {
    /// What the owner of the key has signed as the answer to this very letter.
    pub fn signed_by<T: DeserializeOwned>(&self, hub: &PublicKey) -> Result<T, LetterError> {
        let signature = self.posted.header(link::SIGNATURE).and_then(Signature::parse);
        let text = Text::Reply { device: self.device, sequence: self.sequence, body: &self.posted.bytes };
        match signature.filter(|signature| hub.has_signed(text, signature)) {
            Some(_) => self.read().ok_or(LetterError::Unsigned),
            None => Err(self.unsigned()),
        }
    }

    /// What it says, whoever has written it.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.posted.bytes).ok()
    }

    /// Why nothing of it counts.
    pub fn unsigned(&self) -> LetterError {
        match self.posted.code {
            429 | 503 => LetterError::Busy(self.posted.retry_after()),
            200 => LetterError::Unsigned,
            _ => LetterError::Http(self.posted.trouble.clone()),
        }
    }
}
