//! The network as the kernel has it: plugs, speeds, addresses, the way out, and how much went over it.

use std::net::Ipv6Addr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Root, flag, name, number, text};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Without the loopback; empty: the machine has no way to a network at all. `None`: unknown.
    pub links: Option<Vec<Link>>,
    /// Addresses of this machine that others can reach it at: no loopback and no link-local ones. `None`: unknown.
    pub addresses: Option<Vec<String>>,
    /// The interface that leads out; empty: none does. `None`: unknown.
    pub way_out: Option<String>,
}

impl Network {
    /// The network alone, for who waits with a finger on the glass. `root`: `/` on the device.
    pub fn read(root: &Path) -> Network {
        read(Root(root))
    }
}

/// One interface (Documentation/ABI/testing/sysfs-class-net and sysfs-class-net-statistics).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    pub name: String,
    /// As the kernel says: `up`, `down`, `dormant`, `unknown`.
    pub state: String,
    /// A cable is plugged in, a station is connected. `None` where the interface is switched off.
    pub carrier: Option<bool>,
    /// Mbit/s.
    pub speed: Option<u32>,
    pub full_duplex: Option<bool>,
    /// How often the carrier came or went since the start.
    pub carrier_changes: Option<u64>,
    /// Of a radio: dBm (`/proc/net/wireless`).
    pub signal_dbm: Option<f64>,
    /// Since the interface came up.
    pub received_bytes: Option<u64>,
    pub sent_bytes: Option<u64>,
    /// Frames in either direction that were damaged.
    pub damaged: Option<u64>,
}

/// ARPHRD_LOOPBACK of include/uapi/linux/if_arp.h.
const LOOPBACK: u32 = 772;

pub fn read(root: Root) -> Network {
    let signals = root.text("proc/net/wireless").unwrap_or_default();
    // A machine without a card has its loopback; where not even that is listed, nothing could be read.
    let interfaces = root.folder("sys/class/net");
    let links = interfaces.iter().filter_map(|path| link(path, &signals)).collect();
    let links = (!interfaces.is_empty()).then_some(links);
    Network { links, addresses: addresses(root), way_out: way_out(root) }
}

fn link(path: &Path, signals: &str) -> Option<Link> {
    if number::<u32>(&path.join("type"))? == LOOPBACK {
        return None;
    }
    let name = name(path);
    let count = |file: &str| number::<u64>(&path.join("statistics").join(file));
    let damaged = count("rx_errors").zip(count("tx_errors")).map(|(rx, tx)| rx.saturating_add(tx));
    Some(Link {
        state: text(&path.join("operstate")).unwrap_or_default(),
        carrier: flag(&path.join("carrier")),
        // A link that is down says -1.
        speed: number::<i64>(&path.join("speed")).and_then(|speed| u32::try_from(speed).ok()),
        full_duplex: text(&path.join("duplex")).and_then(|duplex| match duplex.as_str() {
            "full" => Some(true),
            "half" => Some(false),
            _ => None,
        }),
        carrier_changes: number(&path.join("carrier_changes")),
        signal_dbm: signal(signals, &name),
        received_bytes: count("rx_bytes"),
        sent_bytes: count("tx_bytes"),
        damaged,
        name,
    })
}

/// ` wlan0: 0000   54.  -56.  -256  …`: status, quality, level.
fn signal(table: &str, link: &str) -> Option<f64> {
    let line = table.lines().find_map(|line| line.trim_start().strip_prefix(link)?.strip_prefix(':'))?;
    let level: f64 = line.split_whitespace().nth(2)?.trim_end_matches('.').parse().ok()?;
    // A driver that does not measure says 0; one that counts otherwise gives no dBm.
    (-120.0..0.0).contains(&level).then_some(level)
}

fn addresses(root: Root) -> Option<Vec<String>> {
    // The trie of routes has each own address as a leaf: `|-- 192.0.2.7`, and below it `/32 host LOCAL`.
    let (four, six) = (root.text("proc/net/fib_trie"), root.text("proc/net/if_inet6"));
    if four.is_none() && six.is_none() {
        return None;
    }
    let (four, six) = (four.unwrap_or_default(), six.unwrap_or_default());
    let (mut found, mut leaf) = (Vec::new(), "");
    for line in four.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address;
        } else if line == "/32 host LOCAL" && !leaf.starts_with("127.") && !leaf.starts_with("169.254.") {
            found.push(leaf.to_owned());
        }
    }
    for line in six.lines() {
        let bits = line.split(' ').next().and_then(|text| u128::from_str_radix(text, 16).ok());
        let address = bits.map(Ipv6Addr::from_bits);
        found.extend(
            address.filter(|one| !one.is_loopback() && !one.is_unicast_link_local()).map(|one| one.to_string()),
        );
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn way_out(root: Root) -> Option<String> {
    let (four, six) = (root.text("proc/net/route"), root.text("proc/net/ipv6_route"));
    if four.is_none() && six.is_none() {
        return None;
    }
    let (four, six) = (four.unwrap_or_default(), six.unwrap_or_default());
    let column = |line: &str, place: usize| line.split_whitespace().nth(place).map(str::to_owned);
    // Destination and mask are all zeroes.
    let everywhere =
        |line: &&str| [1, 7].iter().all(|place| column(line, *place).is_some_and(|bits| bits == "00000000"));
    let by_four = four.lines().find(everywhere).and_then(|line| column(line, 0));
    let everywhere = |line: &&str| line.starts_with("00000000000000000000000000000000 00 ");
    let by_six = six.lines().filter(everywhere).filter_map(|line| column(line, 9)).find(|link| link != "lo");
    Some(by_four.or(by_six).unwrap_or_default())
}
