//! The hub, from outside: letters of devices and pages of a browser, over the loopback.

mod device;
mod letters;
mod places;
mod server;
