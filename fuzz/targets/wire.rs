//! Bytes as what one side of the page child's pipe says to the other, and as the child's command line.
#![no_main]

mod contain;

#[path = "../../tests/behaviour/corpus/answers.rs"]
mod answers;

use std::panic::catch_unwind;

use vyveska::pages::{Limits, PageRange, Want, door};

/// A page of 16 × 16 points with a line across it.
const DOCUMENT: &[u8] = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n\
    << /Type /Pages /Count 1 /Kids [3 0 R] >>\nendobj\n3 0 obj\n\
    << /Type /Page /Parent 2 0 R /MediaBox [0 0 16 16] /Contents 4 0 R >>\nendobj\n4 0 obj\n\
    << /Length 18 >>\nstream\n2 2 m 14 14 l S q Q\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n";

fn check(bytes: &[u8]) {
    parent(bytes);
    child(bytes);
}

fn parent(bytes: &[u8]) {
    let Some((&[piece, pages], said)) = bytes.split_first_chunk() else { return };
    let pages = match pages % 4 {
        0 => PageRange::All,
        1 => PageRange::One(2),
        2 => PageRange::Between(2, 4),
        _ => PageRange::Between(3, 1),
    };
    let limits = Limits { pages: 6, height: 32, text_bytes: 64, restarts: 3, ..Limits::default() };
    let want = Want { pages, width: 16, text: true };
    let Ok((rendered, report)) = door::hear(said, usize::from(piece) + 1, &want, &limits) else { return };
    answers::check(&rendered, &report, &want, &limits);
}

fn child(bytes: &[u8]) {
    if let Ok(argument) = std::str::from_utf8(bytes) {
        door::request(argument);
    }
    let limits = Limits { height: 64, ..Limits::default() };
    let want = Want { pages: PageRange::All, width: 16, text: false };
    // As it comes, and behind a sound document: at most two wishes, each a picture.
    let mut pipe = (DOCUMENT.len() as u64).to_le_bytes().to_vec();
    pipe.extend_from_slice(DOCUMENT);
    pipe.extend_from_slice(&bytes[..bytes.len().min(56)]);
    for pipe in [bytes, &pipe] {
        let _ = catch_unwind(|| door::look(pipe, &want, &limits));
    }
}

libfuzzer_sys::fuzz_target!(init: contain::foreign_panics(), |bytes: &[u8]| check(bytes));
