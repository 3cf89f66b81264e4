//! A warm child for the one document that somebody looks at closely: asked for parts of its pages, one after the other,
//! it answers with pixels. The parent's side.
//!
//! Same program, same sandbox, same limits as a child that renders ahead; what it knows of the document goes with it
//! when the lens is dropped. Deliberately without a thread and a queue: whoever asks waits, so it is asked from a thread
//! that nobody waits for.
//!
//! The surprising thing: the document reaches the child through the pipe that the wishes come through, because a
//! sandboxed child has three descriptors and no way to open a fourth.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::part::Part;
use super::process::{Event, Process};
use super::run::{open, refused};
use super::wire::{Frame, Request};
use super::{Limits, PageChild, PageFault, PageRange, PagesError, Pixels, Want};
use crate::clock;

/// Why there is no picture of a part. The reader keeps the page's own picture.
#[derive(Debug, thiserror::Error)]
pub enum LensError {
    #[error("{0:?} is no part of a page")]
    Part(Part),
    /// The document is not one that can be drawn; asking again is of no use.
    #[error("{0}")]
    Document(#[from] PagesError),
    #[error("the part cannot be drawn: {0}")]
    Fault(PageFault),
    /// Its children died too often.
    #[error("nothing more is drawn of this document: its lens broke {0} times")]
    GivenUp(u32),
}

impl Limits {
    /// For a document that is looked at: `page_time` is that of one part, and of opening it.
    pub fn of_a_lens() -> Limits {
        Limits {
            page_time: Duration::from_secs(6),
            processor_time: Duration::from_secs(300),
            restarts: 3,
            ..Limits::default()
        }
    }
}

pub struct Lens {
    child: PageChild,
    document: PathBuf,
    /// Width of the page's stored picture, which decides how a very long page lies in it.
    width: u32,
    limits: Limits,
    process: Option<Process>,
    started: u32,
    hopeless: bool,
}

impl Lens {
    /// Starts nothing yet. `width` is that of the stored pictures of its pages, in pixels.
    pub fn new(child: PageChild, document: &Path, width: u32, limits: Limits) -> Lens {
        Lens { child, document: document.to_owned(), width, limits, process: None, started: 0, hopeless: false }
    }

    /// The pixels of a part, `part.width × part.height`; what lies beside the page is white. Starts the child where
    /// there is none.
    pub fn part(&mut self, part: &Part) -> Result<Pixels, LensError> {
        part.check()?;
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.start()?,
        };
        process.expect(part.width, part.height);
        let deadline = clock::ticks() + self.limits.page_time;
        let event = match process.send(&part.to_bytes(), deadline) {
            Ok(()) => process.next(deadline),
            Err(_) => Event::Closed,
        };
        match event {
            Event::Frame(Frame::Picture { height, pixels, .. }) if height == part.height => {
                self.process = Some(process);
                Ok(pixels.into_owned())
            }
            Event::Frame(Frame::Fault(fault)) => {
                self.process = Some(process);
                Err(LensError::Fault(fault))
            }
            Event::Closed => Err(LensError::Fault(process.end())),
            Event::TimedOut => Err(LensError::Fault(PageFault::Time)),
            Event::Frame(_) => Err(PagesError::Protocol("a frame out of turn").into()),
            Event::Nonsense(wrong) => Err(PagesError::Protocol(wrong).into()),
        }
    }

    /// Process number of the warm child, where there is one.
    pub fn child(&self) -> Option<u32> {
        self.process.as_ref().map(Process::number)
    }

    fn start(&mut self) -> Result<Process, LensError> {
        if self.hopeless || self.started > self.limits.restarts {
            return Err(LensError::GivenUp(self.started));
        }
        self.started += 1;
        let document = open(&self.document, &self.limits)?;
        let want = Want { pages: PageRange::All, width: self.width, text: false };
        let request = Request { lens: true, ..Request::new(1, u32::MAX, &want, &self.limits) };
        let mut process = Process::start(&self.child.program, Stdio::piped(), &request).map_err(PagesError::Start)?;
        let deadline = clock::ticks() + self.limits.page_time;
        if hand_over(document, &mut process, deadline).is_err() {
            return Err(PagesError::Opening(process.end()).into());
        }
        loop {
            match process.next(deadline) {
                Event::Frame(Frame::Ready { .. }) => {}
                Event::Frame(Frame::Opened { .. }) => return Ok(process),
                Event::Frame(Frame::Refused(refusal)) => {
                    self.hopeless = true;
                    return Err(refused(refusal, &self.limits).into());
                }
                Event::Frame(Frame::Fault(fault)) => {
                    self.hopeless = true;
                    return Err(LensError::Fault(fault));
                }
                Event::Frame(Frame::Unsafe(reason)) => return Err(PagesError::Sandbox(reason).into()),
                Event::Frame(_) => return Err(PagesError::Protocol("a frame out of turn").into()),
                Event::Nonsense(wrong) => return Err(PagesError::Protocol(wrong).into()),
                Event::Closed => return Err(PagesError::Opening(process.end()).into()),
                Event::TimedOut => return Err(PagesError::Opening(PageFault::Time).into()),
            }
        }
    }
}

/// Its length in eight bytes, little-endian, then the document.
fn hand_over(mut document: File, process: &mut Process, deadline: Duration) -> io::Result<()> {
    let length = document.metadata()?.len();
    process.send(&length.to_le_bytes(), deadline)?;
    let mut left = length;
    let mut piece = vec![0; 64 << 10];
    while left > 0 {
        let read = document.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let read = read.min(usize::try_from(left).unwrap_or(read));
        process.send(&piece[..read], deadline)?;
        left -= read as u64;
    }
    Ok(())
}
