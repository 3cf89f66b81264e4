//! Bytes as they may lie on a disk: documents, the configuration, what is remembered.
#![no_main]

#[path = "../../tests/behaviour/corpus/stored.rs"]
mod stored;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stored::check(bytes));
