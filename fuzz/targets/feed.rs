//! Bytes as an office's feed: what is read of them, and what the guard lets through.
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/behaviour/guard/device.rs"]
mod device;

#[path = "../../tests/behaviour/corpus/board.rs"]
mod board;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| board::check(bytes));
