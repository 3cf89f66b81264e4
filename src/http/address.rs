//! Which addresses may be asked: public ones, so that no feed can make the panel speak to the office's inner network
//! or to the cloud's metadata service.
//!
//! Names are checked where they are resolved, so that what was checked is what is connected to; addresses written as
//! numbers never reach a resolver and are checked in the URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::error::{HttpError, LookupFailed, Refused};

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 16;

/// Whether an address belongs to the public internet (IANA's special-purpose registries, as far as they are not
/// globally reachable).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => public_v4(v4),
        IpAddr::V6(v6) => public_v6(v6),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return public_v4(v4);
    }
    let parts = address.segments();
    if parts[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        // NAT64: on a network without IPv4 this is how the public internet looks.
        let [.., a, b, c, d] = address.octets();
        return public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let global_unicast = parts[0] & 0xe000 == 0x2000;
    let protocol_assignments = parts[0] == 0x2001 && parts[1] < 0x0200;
    let documentation = (parts[0] == 0x2001 && parts[1] == 0x0db8) || (parts[0] == 0x3fff && parts[1] < 0x1000);
    let six_to_four = parts[0] == 0x2002;
    global_unicast && !protocol_assignments && !documentation && !six_to_four
}

/// Refuses other schemes than http and https, and forbidden addresses written as numbers.
pub(super) fn check(url: &Url, allow_private: bool) -> Result<(), HttpError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(HttpError::Scheme { scheme: url.scheme().to_owned() });
    }
    let address = match url.host() {
        None => return Err(HttpError::Address),
        Some(Host::Domain(_)) => return Ok(()),
        Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
        Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
    };
    if allow_private || is_public(address) {
        Ok(())
    } else {
        Err(HttpError::ForbiddenAddress { host: address.to_string() })
    }
}

/// The system's resolver without the addresses that may not be asked.
#[derive(Debug)]
pub(super) struct PublicResolver {
    pub allow_private: bool,
    /// The proxy is named by the panel's owner and may stand on the inner network.
    pub proxy: Option<String>,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let any = self.allow_private || self.proxy.as_deref() == Some(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = match tokio::net::lookup_host((host.as_str(), 0)).await {
                Ok(found) => found.take(MAX_ADDRESSES).collect(),
                Err(_) => return Err(LookupFailed.into()),
            };
            if found.is_empty() {
                return Err(LookupFailed.into());
            }
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|found| any || is_public(found.ip())).collect();
            if allowed.is_empty() {
                return Err(Refused.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
