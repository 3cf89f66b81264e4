//! vyveska: player of outdoor touch panels that serve as official notice boards (úřední deska).
//!
//! The data's way, and with it the order in which to read the modules:
//!
//! ```text
//! http → feed → guard → store        sync: network, no screen
//!                └→ files → pages    (rendered ahead, in a sandboxed child)
//! store + files → view → nav → screen → glass        panel: screen and touch, no network
//! touch: what the sensor reports, as contacts; hand: what they mean, for glass and nav
//! service: the technician's page on the glass, beside nav; pin: the lock before it
//! ledger: what was on the glass, written by the panel alone
//! sensors: what the machine says of itself; health: whether the board shows what it must, and why not
//! secret: what nobody else may know; keys, identity: who a panel is; uplink: sync's way to the hub, with wire::link for its letters
//! notify: what systemd is told
//! wire, command: what the two tell each other, and ask of each other, through files in memory
//! ```

pub mod charset;
pub mod clock;
pub mod command;
pub mod config;
pub mod feed;
pub mod files;
pub mod guard;
pub mod hand;
pub mod health;
pub mod http;
pub mod identity;
pub mod keys;
pub mod ledger;
pub mod model;
pub mod nav;
pub mod notify;
pub mod pages;
pub mod pin;
pub mod secret;
pub mod sensors;
pub mod service;
pub mod store;
pub mod sync;
pub mod touch;
pub mod uplink;
pub mod view;
pub mod wire;

#[cfg(feature = "hub")]
pub mod hub;

#[cfg(feature = "panel")]
pub mod glass;
#[cfg(feature = "panel")]
pub mod screen;
