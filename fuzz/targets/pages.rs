//! Bytes as a document: drawn and read by the child's code, its answers believed by the parent's, then looked at
//! closely.
#![no_main]

mod contain;

#[path = "../../tests/behaviour/corpus/answers.rs"]
mod answers;

use std::panic::catch_unwind;

use vyveska::pages::{Limits, PageRange, PagesError, Part, Want, door};

const WANT: Want = Want { pages: PageRange::Between(1, 2), width: 120, text: true };

fn limits() -> Limits {
    Limits { pages: 2, height: 400, memory: 256 << 20, text_bytes: 1 << 16, ..Limits::default() }
}

fn check(bytes: &[u8]) {
    let limits = limits();
    // Where the engine panics unasked, the child would be gone.
    let Ok(said) = catch_unwind(|| door::say(bytes.to_vec(), &WANT, &limits)) else { return };
    match door::hear(&said, 4096, &WANT, &limits) {
        Ok((pages, report)) => answers::check(&pages, &report, &WANT, &limits),
        Err(error) => {
            assert!(!matches!(error, PagesError::Protocol(_) | PagesError::Start(_)), "{error}: {said:?}");
            return;
        }
    }
    let part = Part { page: 1, turned: 0, across: 300, left: 100, top: 50, width: 90, height: 60 };
    // The second and the third are cut out of one sheet; the last is of another page where there is one.
    let parts = [
        part,
        Part { left: 150, ..part },
        Part { left: 160, top: 70, ..part },
        Part { turned: 3, across: 2000, left: 1900, top: 1000, ..part },
        Part { page: 2, turned: 1, ..part },
    ];
    let mut pipe = (bytes.len() as u64).to_le_bytes().to_vec();
    pipe.extend_from_slice(bytes);
    parts.iter().for_each(|part| pipe.extend(door::wish(part)));
    let _ = catch_unwind(|| door::look(&pipe, &WANT, &limits));
}

libfuzzer_sys::fuzz_target!(init: contain::foreign_panics(), |bytes: &[u8]| check(bytes));
