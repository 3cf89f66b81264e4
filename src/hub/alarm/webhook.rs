//! One message to the webhook: JSON, signed.
//!
//! The signature is an HMAC (SHA-256, RFC 2104) over the body, in the header `vyveska-signature: v1=HEX`; whoever knows
//! the secret knows that the hub wrote it. The surprising thing: a message that was posted twice is the same to the last
//! byte, its `id` and signature too.

use std::time::Duration;

use chrono::TimeDelta;
use ring::hmac::{self, HMAC_SHA256};

use super::setting::Webhook;
use super::trouble::Trouble;
use crate::http::{Client, Limits};
use crate::keys::hex;

/// Of the answer, which nobody reads.
const MAX_ANSWER: u64 = 64 << 10;

pub const SIGNATURE: &str = "vyveska-signature";

/// What stands in the header.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(HMAC_SHA256, secret.as_bytes());
    format!("v1={}", hex(hmac::sign(&key, body).as_ref()))
}

/// Any 2xx means that it was taken. With the trouble comes how long the receiver asked to be left alone.
pub async fn post(
    client: &Client,
    webhook: &Webhook,
    body: &str,
    total: Duration,
) -> Result<(), (Trouble, Option<TimeDelta>)> {
    let limits = Limits { bytes: MAX_ANSWER, idle: total, total };
    let headers = [(SIGNATURE, signature(&webhook.secret, body.as_bytes()))];
    match client.post(&webhook.url, &headers, body.as_bytes().to_vec(), &limits).await {
        Ok(posted) if (200..300).contains(&posted.code) => Ok(()),
        Ok(posted) => {
            let after = posted.retry_after().and_then(|after| TimeDelta::from_std(after).ok());
            Err((Trouble::Status(posted.code), after))
        }
        Err(error) => Err((Trouble::of_http(&error), None)),
    }
}
