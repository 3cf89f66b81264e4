//! Where the fuzzer takes hold: both halves of the child, without a process and without a sandbox.
//!
//! No part of the program: only `--cfg fuzzing` builds it, and `fuzz/` alone uses it.

use std::ops::ControlFlow;

use super::part::Part;
use super::wire::{Frame, Request};
use super::{Limits, PagesError, Rendered, Report, Want, child, closeup, run};

/// What a child says of a document, as it goes through the pipe.
pub fn say(document: Vec<u8>, want: &Want, limits: &Limits) -> Vec<u8> {
    let mut pipe = Vec::new();
    let mut tell = |frame: Frame<'_>| frame.write(&mut pipe).expect("a Vec takes everything");
    tell(Frame::Ready { landlock: true });
    let last = match want.pages {
        super::PageRange::All => u32::MAX,
        super::PageRange::One(last) | super::PageRange::Between(_, last) => last,
    };
    child::draw(document, &Request::new(1, last.min(limits.pages), want, limits), &mut tell);
    tell(Frame::End);
    pipe
}

/// What the parent makes of what a child says before it dies. Every child that it starts says the same.
pub fn hear(said: &[u8], piece: usize, want: &Want, limits: &Limits) -> Result<(Vec<Rendered>, Report), PagesError> {
    let mut pages = Vec::new();
    let each = |page| {
        pages.push(page);
        ControlFlow::Continue(())
    };
    let report = run::hear(said, piece, want, limits, each)?;
    Ok((pages, report))
}

/// What the child of a lens says to what comes through its pipe: the document with its length, then wishes.
pub fn look(pipe: &[u8], want: &Want, limits: &Limits) -> Vec<u8> {
    let mut said = Vec::new();
    let request = Request { lens: true, ..Request::new(1, u32::MAX, want, limits) };
    closeup::serve(&request, pipe, |frame| frame.write(&mut said).expect("a Vec takes everything"));
    said
}

/// A request as it comes from the command line: what is understood is said again in the same words.
pub fn request(argument: &str) {
    if let Some(request) = Request::parse(argument) {
        assert_eq!(Request::parse(&request.to_argument()), Some(request));
    }
}

/// A wish as it goes through the pipe of a lens.
pub fn wish(part: &Part) -> Vec<u8> {
    part.to_bytes().to_vec()
}
