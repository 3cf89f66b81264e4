//! Where a request comes from: what failures of a login are counted by.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::Shared;
use super::throttle;

/// The address of a browser, in the words of [`throttle::name`].
///
/// A proxy on the same machine is believed when it says whom it speaks for (the last of `X-Forwarded-For`, which is the
/// one that it has added itself), and only where the hub was told an address that is not its own.
#[derive(Debug, Clone)]
pub struct Client(pub String);

impl FromRequestParts<Shared> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, hub: &Shared) -> Result<Client, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let peer = peer.unwrap_or(IpAddr::from([0; 4]));
        let lines = parts.headers.get_all("x-forwarded-for").into_iter();
        let last = lines.filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(',')).last();
        let told = last.and_then(|last| last.trim().parse().ok());
        let believed = peer.to_canonical().is_loopback() && hub.address.is_some();
        Ok(Client(throttle::name(told.filter(|_| believed).unwrap_or(peer))))
    }
}
