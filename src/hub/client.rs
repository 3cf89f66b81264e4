//! Where a request comes from: what failures of a login are counted by.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::Shared;
use super::door::Peer;
use super::throttle;

/// The address of a browser, in the words of [`throttle::name`].
///
/// A proxy of the settings is believed when it says whom it speaks for: the last of `X-Forwarded-For`, which is the one
/// that it has added itself. From anybody else that header counts for nothing.
#[derive(Debug, Clone)]
pub struct Client(pub String);

impl FromRequestParts<Shared> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Result<Client, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|ConnectInfo(Peer(peer))| peer.ip());
        let peer = peer.unwrap_or(IpAddr::from([0; 4]));
        let lines = parts.headers.get_all("x-forwarded-for").into_iter();
        let last = lines.filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(',')).last();
        let told = last.and_then(|last| last.trim().parse().ok());
        let believed = hub.proxies.contains(&peer.to_canonical());
        Ok(Client(throttle::name(told.filter(|_| believed).unwrap_or(peer))))
    }
}
