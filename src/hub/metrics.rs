//! What Prometheus reads: `GET /metrics`, text format 0.0.4.
//!
//! It tells nobody anything who has not the token of the data folder (`metrics.token`, made at the first start): the
//! list of an office's places is nobody else's business. The surprising thing: the only label that grows is the place,
//! and places are made by hand. What a device says never becomes a label.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rusqlite::Connection;
use subtle::ConstantTimeEq as _;

use super::Shared;
use super::problem::Problem;
use super::standing::{self, Seen, Standing};
use super::store::StoreError;
use crate::keys::{KeyError, secret_file};

/// Where the token lies that a reader of the metrics sends (`credentials_file` of Prometheus).
pub fn token_file(data: &Path) -> PathBuf {
    data.join("metrics.token")
}

/// The token, made where there is none.
pub fn token(data: &Path) -> Result<String, KeyError> {
    secret_file(&token_file(data)).map(|secret| crate::keys::hex(&secret))
}

/// `GET /metrics`
pub async fn show(State(hub): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().trim();
    if !bool::from(sent.as_bytes().ct_eq(hub.metrics_token.as_bytes())) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\"")];
        return Ok((StatusCode::UNAUTHORIZED, challenge, "The token lies in metrics.token.\n").into_response());
    }
    let ear = hub.ear();
    let (fleet, refusals, waiting) = hub
        .store
        .read(move |connection| Ok((standing::fleet(connection, &ear)?, refusals(connection)?, waiting(connection)?)))
        .await?;
    let mut text = String::new();
    metric(&mut text, "vyveska_hub_info", "gauge", "The hub's version.");
    line(&mut text, "vyveska_hub_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    metric(&mut text, "vyveska_hub_started_seconds", "gauge", "When the hub was started, since 1970.");
    line(&mut text, "vyveska_hub_started_seconds", &[], hub.started.timestamp());
    metric(&mut text, "vyveska_places", "gauge", "Places by how it stands with them.");
    for standing in Standing::ALL {
        let count = fleet.iter().filter(|seen| seen.standing == standing).count();
        line(&mut text, "vyveska_places", &[("standing", standing.name())], count as i64);
    }
    places(&mut text, &fleet);
    metric(&mut text, "vyveska_devices_waiting", "gauge", "Devices that wait to be confirmed.");
    line(&mut text, "vyveska_devices_waiting", &[], waiting);
    metric(&mut text, "vyveska_refused", "gauge", "Words of devices that did not count, within 30 days, by reason.");
    for (why, count) in &refusals {
        line(&mut text, "vyveska_refused", &[("why", why)], *count);
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, text).into_response())
}

fn places(text: &mut String, fleet: &[Seen]) {
    let each = |text: &mut String, name: &str, help: &str, value: &dyn Fn(&Seen) -> Option<i64>| {
        metric(text, name, "gauge", help);
        for seen in fleet {
            let id = seen.place.id.to_string();
            let labels = [("place", id.as_str()), ("office", &seen.place.office), ("name", &seen.place.name)];
            if let Some(value) = value(seen) {
                line(text, name, &labels, value);
            }
        }
    };
    each(text, "vyveska_place_alarm", "1 where somebody should be told.", &|seen| {
        Some(i64::from(seen.standing.is_alarm()))
    });
    each(text, "vyveska_place_showing", "1 where the panel itself says that its board can be read.", &|seen| {
        Some(i64::from(seen.standing.is_readable()))
    });
    each(text, "vyveska_place_heard_seconds", "When the place was last heard of, since 1970.", &|seen| {
        seen.heard_at.map(|at| at.timestamp())
    });
}

fn metric(text: &mut String, name: &str, kind: &str, help: &str) {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}").expect("a string takes everything");
}

fn line(text: &mut String, name: &str, labels: &[(&str, &str)], value: i64) {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    writeln!(text, "{name}{labels} {value}").expect("a string takes everything");
}

/// As the value of a label (Prometheus exposition formats, "Text format details").
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn refusals(connection: &Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let mut query = connection.prepare_cached("SELECT why, sum(count) FROM refusal GROUP BY why ORDER BY why")?;
    Ok(query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

fn waiting(connection: &Connection) -> Result<i64, StoreError> {
    let waiting = "SELECT count(*) FROM candidate WHERE refused_at IS NULL";
    Ok(connection.query_row(waiting, [], |row| row.get(0))?)
}
