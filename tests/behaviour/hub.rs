//! The hub, from outside: letters of devices and pages of a browser, over the loopback.

mod browser;
mod device;
mod fleet;
mod frame;
mod letters;
mod places;
mod server;
