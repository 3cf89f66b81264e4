//! The loops over pixels that must be fast however the rest is built, in a crate of their own because an optimisation
//! level is a crate's. Bytes in, pixels out; no file, no clock, no dependency.

#![forbid(unsafe_code)]

pub mod blit;
pub mod blots;
mod columns;
pub mod grey;
mod join;
pub mod jpeg;
pub mod resize;
pub mod stamp;
