//! The hub, from outside: letters of devices and pages of a browser, over the loopback.

mod alarm;
mod alarm_rule;
mod alerts;
mod backlog;
mod backup;
mod book;
mod browser;
mod chromium;
#[cfg(feature = "panel")]
mod crisis;
mod desk;
mod device;
mod door;
mod fleet;
mod frame;
mod glass;
mod letters;
mod login;
mod messages;
mod metrics;
mod mirror;
mod mirror_pages;
mod mirrored;
mod obeys;
mod people;
mod places;
mod postbox;
mod postman;
mod rights;
mod server;
mod street;
mod uplink;
mod visits;
mod vouched;

#[cfg(feature = "panel")]
pub use {browser::Browser, server::Server};
