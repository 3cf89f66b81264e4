//! The child: closes the sandbox, reads the document from standard input, says on standard output what it sees.
//!
//! Deliberately single-threaded and short. The surprising thing: when its memory runs out it dies by abort, which no
//! `catch_unwind` sees; the parent reads the cause from the signal and the allocator's last words.

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use super::pdf::Document;
use super::wire::{Frame, Refusal, Request};
use super::{closeup, photo, probe, sandbox, strips};
use crate::model::Media;

/// What `vyveska page-child` does. `request` is the parent's, in its own notation; `trial` names something forbidden
/// that is tried instead of a document.
pub fn child_main(request: &str, trial: Option<&str>) -> ExitCode {
    let Some(request) = Request::parse(request) else {
        eprintln!("page-child is started by this program itself, with a request it understands");
        return ExitCode::from(2);
    };
    // A panic's own message may quote the document.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(io::stderr(), "panic at {place}");
    }));
    // A page that is rendered ahead can wait; somebody who reads cannot. A part of the page before them is in between.
    let _ = rustix::process::nice(if request.lens { 5 } else { 10 });
    // A picture comes in many stretches.
    let mut output = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let closed = sandbox::close(request.memory, request.processor_seconds, request.parent);
    if let Some(name) = trial {
        let said = match closed {
            Ok(_) => probe::attempt(name).unwrap_or_else(|| "there is no such probe".to_owned()),
            Err(reason) => format!("the sandbox is open: {reason}"),
        };
        let _ = writeln!(output, "{said}");
        return ExitCode::SUCCESS;
    }
    // A parent that has gone away is no reason to go on, and none to complain.
    let mut say = |frame: Frame<'_>| {
        if frame.write(&mut output).is_err() {
            std::process::exit(1);
        }
    };
    match closed {
        Ok(closed) => say(Frame::Ready { landlock: closed.landlock }),
        Err(reason) => {
            say(Frame::Unsafe(reason));
            return ExitCode::from(3);
        }
    }
    if request.lens {
        closeup::serve(&request, io::stdin().lock(), say);
        std::process::exit(0);
    }
    take_room();
    match read(request.document_bytes) {
        Ok(bytes) => draw(bytes, &request, &mut say),
        Err(refusal) => say(Frame::Refused(refusal)),
    }
    say(Frame::End);
    // Taking a large document apart again is work for nothing.
    std::process::exit(0);
}

/// Memory that nearly every page takes, in bytes.
const ROOM: usize = 10 << 20;

/// Takes it in one step: bit by bit, as it is touched, the kernel needs three times as long. The allocator keeps it
/// (`process`).
fn take_room() {
    let mut room: Vec<u8> = Vec::new();
    if room.try_reserve_exact(ROOM).is_err() {
        return;
    }
    // As large as any processor's pages.
    let (start, page) = (room.as_mut_ptr(), 64 << 10);
    // SAFETY: whole pages inside what was just reserved and nobody uses yet. A kernel that does not know it (before
    // 5.14) refuses, and nothing is lost.
    let _ = unsafe {
        let start = start.add(start.align_offset(page)).cast();
        rustix::mm::madvise(start, ROOM - page, rustix::mm::Advice::LinuxPopulateWrite)
    };
}

fn read(limit: u64) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(limit + 1).read_to_end(&mut bytes);
    match read {
        Ok(_) if bytes.len() as u64 > limit => Err(Refusal::TooBig),
        Ok(_) => Ok(bytes),
        Err(_) => Err(Refusal::Damaged),
    }
}

/// Draws what the bytes are. What closes the sandbox has been done before, or not at all where the fuzzer calls.
pub fn draw(bytes: Vec<u8>, request: &Request, mut say: impl FnMut(Frame<'_>)) {
    let opened = match kind(&bytes) {
        Ok(Kind::Photo(kind)) => {
            say(Frame::Opened { page_count: 1 });
            if request.first == 1 {
                photo::draw(&bytes, kind, request, say);
            }
            return;
        }
        Ok(Kind::Tiff) => return strips::draw(&bytes, request, say),
        Ok(Kind::Pdf) => Document::open(bytes),
        Ok(Kind::Text) => Document::of_text(&bytes, request),
        Err(which) => Err(Refusal::Unsupported(which)),
    };
    match opened {
        Ok(document) => {
            say(Frame::Opened { page_count: document.page_count() });
            document.describe(&mut say);
            document.draw(request, say);
        }
        Err(refusal) => say(Frame::Refused(refusal)),
    }
}

/// What a document is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pdf,
    Photo(photo::Kind),
    Tiff,
    Text,
}

/// What the bytes are, or by its index something that is not drawn. Whatever the publisher says about them has not come
/// this far.
pub fn kind(bytes: &[u8]) -> Result<Kind, u8> {
    match Media::of(bytes) {
        Media::Pdf => Ok(Kind::Pdf),
        Media::Jpeg => Ok(Kind::Photo(photo::Kind::Jpeg)),
        Media::Png => Ok(Kind::Photo(photo::Kind::Png)),
        Media::Tiff => Ok(Kind::Tiff),
        Media::Text => Ok(Kind::Text),
        Media::Unknown if bytes.is_empty() => Err(1),
        Media::Unknown => Err(0),
        Media::Docx | Media::Odt | Media::Xlsx | Media::Ods | Media::Pptx | Media::Odp => Err(2),
        Media::OldOffice | Media::Rtf => Err(3),
        Media::Html => Err(4),
        Media::Picture if bytes.starts_with(b"II") || bytes.starts_with(b"MM") => Err(6),
        Media::Picture => Err(5),
        Media::Zip => Err(7),
        Media::Zfo | Media::Signed => Err(8),
        Media::Mail => Err(9),
    }
}
