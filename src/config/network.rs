//! `[network]`: how the device may reach the offices.

use std::path::{Path, PathBuf};

use super::section::Section;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Whether addresses that are not public may be fetched: the office's own network, the demo's loopback.
    pub allow_private: bool,
    /// `http://proxy.example:3128`; every request goes through it.
    pub proxy: Option<String>,
    /// PEM file with certificates of authorities to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// Minutes between two looks at a feed.
    pub poll_minutes: u32,
}

pub fn read(top: &mut Section, folder: &Path) -> Network {
    let mut network = Network { allow_private: false, proxy: None, ca: None, poll_minutes: 10 };
    let Some(mut section) = top.section("network") else { return network };
    network.allow_private = section.flag("allow_private").unwrap_or(false);
    network.proxy = section.text("proxy");
    network.ca = section.path("ca", folder);
    network.poll_minutes = section.whole("poll_minutes", 1..=360).unwrap_or(network.poll_minutes);
    if let Some(proxy) = &network.proxy
        && !url::Url::parse(proxy).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    {
        section.wrong("proxy", "this is not the address of a proxy", "write \"http://proxy.example:3128\"");
    }
    section.finish();
    network
}
