//! Which servers are left alone for the rest of a round, or longer where they asked for it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::http::HttpError;

/// So many failures of a server in one round, and its other documents wait for the next one.
const MAX_FAILURES: u32 = 3;
/// Servers remembered.
const MAX_HOSTS: usize = 1000;

#[derive(Debug, Default)]
pub struct Hosts {
    failures: HashMap<String, u32>,
    rest_until: HashMap<String, DateTime<Utc>>,
}

impl Hosts {
    /// A new round: what failed in the last one is tried again, what asked for patience is not.
    pub fn new_round(&mut self, now: DateTime<Utc>) {
        self.failures.clear();
        self.rest_until.retain(|_, until| *until > now);
    }

    /// Whether the server of this address is left alone.
    pub fn resting(&self, url: &str, now: DateTime<Utc>) -> bool {
        let host = server(url);
        self.failures.get(&host).is_some_and(|failures| *failures >= MAX_FAILURES)
            || self.rest_until.get(&host).is_some_and(|until| *until > now)
    }

    /// How many more failures of the server of this address are waited for in this round.
    pub fn patience(&self, url: &str) -> usize {
        let failures = self.failures.get(&server(url)).copied().unwrap_or(0);
        MAX_FAILURES.saturating_sub(failures) as usize
    }

    pub fn failed(&mut self, url: &str, error: &HttpError, now: DateTime<Utc>) {
        let host = server(url);
        if let Some(patience) = error.retry_after()
            && self.rest_until.len() < MAX_HOSTS
        {
            self.rest_until.insert(host, now + patience);
        } else if is_the_servers_fault(error) && (self.failures.len() < MAX_HOSTS || self.failures.contains_key(&host))
        {
            *self.failures.entry(host).or_default() += 1;
        }
    }
}

/// Whether the next document of the same server will probably fail too. Each may cost half a minute of silence.
fn is_the_servers_fault(error: &HttpError) -> bool {
    match error {
        HttpError::Dns { .. }
        | HttpError::Connect { .. }
        | HttpError::Tls { .. }
        | HttpError::TooEarly { .. }
        | HttpError::Silent { .. }
        | HttpError::TooSlow { .. } => true,
        HttpError::Status { code, .. } => *code == 429 || *code >= 500,
        _ => false,
    }
}

/// Address without its path: what is one server.
pub fn server(url: &str) -> String {
    let end = url.find("://").map_or(0, |at| at + 3);
    let length = url[end..].find('/').unwrap_or(url.len() - end);
    url[..end + length].to_ascii_lowercase()
}
