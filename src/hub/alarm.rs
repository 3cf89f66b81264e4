//! Telling people: what is lost and what has come back, by e-mail and to a webhook.

pub mod rule;
