//! Each office's server, asked once: name, connection, certificate, answer, and what time it thinks it is.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use vyveska::config::Config;
use vyveska::http::{Client, HttpError, Limits};
use vyveska::sync::policy;

use super::{Finding, OLD, UNSOUND};

/// The technician stands in the rain.
const PATIENCE: Duration = Duration::from_secs(10);
/// A server's clock may differ by so much.
const CLOCK_LEEWAY: TimeDelta = TimeDelta::minutes(5);

/// One request to each host of a feed; of the answer only its beginning is taken.
pub fn look(config: &Config, now: DateTime<Utc>) -> Vec<Finding> {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let found = format!("The system refuses what is needed to ask a server: {error}.");
            return vec![Finding::bad("network", OLD, found, "Free some memory, and ask again.")];
        }
    };
    let mut hosts: Vec<(String, &str)> = Vec::new();
    for board in &config.boards {
        let host = Url::parse(&board.feed).ok().and_then(|url| Some(url.host_str()?.to_owned())).unwrap_or_default();
        if !hosts.iter().any(|(known, _)| *known == host) {
            hosts.push((host, &board.feed));
        }
    }
    // One after the other: a panel has a few, and the answers stay apart.
    runtime.block_on(async {
        let mut findings = Vec::new();
        for (host, feed) in hosts {
            findings.extend(ask(config, &host, feed, now).await);
        }
        findings
    })
}

async fn ask(config: &Config, host: &str, feed: &str, now: DateTime<Utc>) -> Vec<Finding> {
    let limits = Limits { bytes: Limits::FEED.bytes, idle: PATIENCE, total: PATIENCE };
    let client = match Client::new(&policy(&config.network), now) {
        Ok(client) => client,
        Err(error) => return vec![failed(host, &error)],
    };
    let answer = client.download(feed, None, None, &limits).await;
    let mut findings = vec![match answer {
        Ok(_) => Finding::good("network", format!("{host} answers.")),
        Err(error) => failed(host, &error),
    }];
    let date = client.take_date(true).or_else(|| client.take_date(false));
    if let Some(date) = date.filter(|date| (*date - now).abs() > CLOCK_LEEWAY) {
        let minutes = ((date - now).num_seconds().abs() + 30) / 60;
        let found = format!(
            "{host} thinks that it is {minutes} min {} than here.",
            if date > now { "later" } else { "earlier" }
        );
        let cure = "See `timedatectl`: a time server must be reachable, or the clock set by hand.";
        findings.push(Finding::bad("clock", UNSOUND, found, cure));
    }
    findings
}

/// The sentences of these errors end with their cure, behind a semicolon.
fn failed(host: &str, error: &HttpError) -> Finding {
    let said = error.to_string();
    match said.rsplit_once("; ") {
        Some((found, cure)) => Finding::bad("network", OLD, format!("{found}."), capital(cure)),
        None => Finding::bad("network", OLD, said, format!("See whether {host} can be opened from elsewhere.")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
