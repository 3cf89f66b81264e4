//! One document from its file to its last page, through as many children as it takes.
//!
//! Deliberately without any knowledge of PDF. The surprising thing is said in `pages`: a page that kills its child is
//! tried once more alone. A page that merely took too long is not: it would again.

use std::fs::File;
use std::io::{self, Seek};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use super::process::{Event, Process};
use super::wire::{FOREIGN, Frame, Refusal, Request};
use super::{
    Attached, Drawn, Limits, MAX_WIDTH, PageFault, PageRange, PageReport, PagesError, Pixels, Rendered, Report, Sheet,
    Want, Warning, WarningKind,
};
use crate::clock;

/// Kinds of warning times pages worth telling; a child that has more to say is lying.
const MAX_WARNINGS: usize = 4096;
/// The child names no more files than this.
pub const MAX_ATTACHED: usize = 100;

pub fn run<F: FnMut(Rendered) -> ControlFlow<()>>(
    program: &Path,
    document: &Path,
    want: &Want,
    limits: &Limits,
    each: F,
) -> Result<Report, PagesError> {
    if !(16..=MAX_WIDTH).contains(&want.width) {
        return Err(PagesError::Width(want.width));
    }
    let mut file = open(document, limits)?;
    let mut run = Run::new(want, limits, each);
    let mut children = 0;
    loop {
        file.rewind().map_err(|source| PagesError::Open { path: document.to_owned(), source })?;
        let handle = file.try_clone().map_err(PagesError::Start)?;
        let request = Request::new(run.next, run.last, want, limits);
        let process = Process::start(program, handle.into(), &request).map_err(PagesError::Start)?;
        children += 1;
        match run.follow(process)? {
            Outcome::Finished => return Ok(run.report),
            Outcome::GoOn if children <= limits.restarts && clock::ticks() < run.deadline => {}
            Outcome::GoOn => {
                run.give_up();
                return Ok(run.report);
            }
        }
    }
}

/// A document that is not too large.
pub fn open(document: &Path, limits: &Limits) -> Result<File, PagesError> {
    let unreadable = |source| PagesError::Open { path: document.to_owned(), source };
    let file = File::open(document).map_err(unreadable)?;
    let data = file.metadata().map_err(unreadable)?;
    if !data.is_file() {
        return Err(unreadable(io::Error::other("it is not a file")));
    }
    if data.len() > limits.document_bytes {
        return Err(PagesError::TooBig { bytes: data.len(), limit: limits.document_bytes });
    }
    Ok(file)
}

/// Why the child will not go on, in words.
pub fn refused(refusal: Refusal, limits: &Limits) -> PagesError {
    match refusal {
        Refusal::Unsupported(which) => PagesError::Unsupported(FOREIGN[usize::from(which)]),
        Refusal::Encrypted => PagesError::Encrypted,
        Refusal::Damaged => PagesError::Damaged,
        Refusal::NoPages => PagesError::NoPages,
        Refusal::TooBig => PagesError::TooBig { bytes: limits.document_bytes, limit: limits.document_bytes },
    }
}

enum Outcome {
    Finished,
    /// The child died; `Run::next` says where to go on.
    GoOn,
}

/// How far one child has come.
#[derive(Default)]
struct Stage {
    ready: bool,
    opened: bool,
    /// The page it is at.
    page: Option<u32>,
    picture: Option<(u32, u32, Pixels)>,
    redrawn: bool,
    sheet: Option<Sheet>,
    text: Option<String>,
    /// Said anew by every child that opens the document.
    attached: Vec<Attached>,
    failed: bool,
}

struct Run<'a, F> {
    want: &'a Want,
    limits: &'a Limits,
    each: F,
    report: Report,
    /// The page to go on with.
    next: u32,
    /// The last page to draw, as far as it is known.
    last: u32,
    /// When, by the monotonic clock, the document has had its time.
    deadline: Duration,
}

impl<'a, F: FnMut(Rendered) -> ControlFlow<()>> Run<'a, F> {
    fn new(want: &'a Want, limits: &'a Limits, each: F) -> Run<'a, F> {
        let (first, last) = match want.pages {
            PageRange::All => (1, u32::MAX),
            PageRange::One(number) => (number, number),
            PageRange::Between(first, last) => (first, last),
        };
        Run {
            want,
            limits,
            each,
            report: Report::default(),
            next: first.max(1),
            last: last.min(first.saturating_add(limits.pages.saturating_sub(1))),
            deadline: clock::ticks() + limits.document_time,
        }
    }

    /// Listens to one child until it has finished, died, or is no longer needed.
    fn follow(&mut self, mut process: Process) -> Result<Outcome, PagesError> {
        let first = self.next;
        let mut stage = Stage::default();
        let mut patience = self.patience();
        loop {
            let frame = match process.next(patience) {
                Event::Frame(frame) => frame,
                Event::Nonsense(wrong) => return Err(PagesError::Protocol(wrong)),
                Event::Closed => return self.mourn(stage, first, process.end()),
                Event::TimedOut => {
                    drop(process);
                    return self.mourn(stage, first, PageFault::Time);
                }
            };
            if matches!(frame, Frame::Begin { .. } | Frame::Opened { .. }) {
                patience = self.patience();
            }
            match self.take(&mut stage, frame)? {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(()) => return Ok(Outcome::Finished),
            }
        }
    }

    fn patience(&self) -> Duration {
        (clock::ticks() + self.limits.page_time).min(self.deadline)
    }

    /// Understands one frame; `Break` where the document is done with.
    fn take(&mut self, stage: &mut Stage, frame: Frame<'_>) -> Result<ControlFlow<()>, PagesError> {
        match (frame, stage.page) {
            (Frame::Ready { landlock }, None) if !stage.ready => {
                stage.ready = true;
                if !landlock {
                    warn_of_landlock();
                }
            }
            (Frame::Unsafe(reason), None) if !stage.ready => return Err(PagesError::Sandbox(reason)),
            (Frame::Refused(refusal), None) if stage.ready && !stage.opened => {
                return Err(refused(refusal, self.limits));
            }
            (Frame::Opened { page_count }, None) if stage.ready && !stage.opened => {
                stage.opened = true;
                self.opened(page_count)?;
            }
            (Frame::Begin { number }, _) if stage.opened && number == self.next && number <= self.last => {
                if self.finish_page(stage).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                *stage = Stage { ready: true, opened: true, page: Some(number), ..Stage::default() };
                self.next = number + 1;
            }
            // A page that turns out to lie on its side is drawn once more, upright.
            (Frame::Picture { width, height, pixels }, Some(_)) if !stage.redrawn && !stage.failed => {
                stage.redrawn = stage.picture.replace((width, height, pixels.into_owned())).is_some();
            }
            (Frame::Fault(fault), Some(number)) if stage.picture.is_none() && !stage.failed => {
                stage.failed = true;
                self.report.pages.push(PageReport { number, drawn: Err(fault) });
            }
            (Frame::Sheet(sheet), Some(_)) if stage.picture.is_some() => stage.sheet = Some(sheet),
            (Frame::Attached(file), None) if stage.opened && stage.attached.len() < MAX_ATTACHED => {
                stage.attached.push(file);
                self.report.attached.clone_from(&stage.attached);
            }
            (Frame::Text(text), Some(_)) if stage.picture.is_some() && stage.text.is_none() => stage.text = Some(text),
            (Frame::Warning(kind), page) if stage.opened => {
                let warning = Warning { page, kind };
                // Said again by every child that opens the document.
                if !self.report.warnings.contains(&warning) {
                    if self.report.warnings.len() >= MAX_WARNINGS {
                        return Err(PagesError::Protocol("warnings without end"));
                    }
                    self.report.warnings.push(warning);
                }
            }
            (Frame::End, _) if stage.opened && self.next > self.last => {
                let _ = self.finish_page(stage);
                return Ok(ControlFlow::Break(()));
            }
            _ => return Err(PagesError::Protocol("a frame out of turn")),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn opened(&mut self, page_count: u32) -> Result<(), PagesError> {
        if page_count == 0 {
            return Err(PagesError::NoPages);
        }
        if self.next > page_count {
            return Err(PagesError::NoSuchPage { number: self.next, count: page_count });
        }
        self.report.page_count = page_count;
        let wanted = match self.want.pages {
            PageRange::All => page_count,
            PageRange::One(last) | PageRange::Between(_, last) => last.min(page_count),
        };
        if self.last < wanted {
            let warning = Warning { page: None, kind: WarningKind::PagesLeftOut(self.last) };
            if !self.report.warnings.contains(&warning) {
                self.report.warnings.push(warning);
            }
        }
        self.last = self.last.min(page_count);
        Ok(())
    }

    /// Hands over the page that the child has finished.
    fn finish_page(&mut self, stage: &mut Stage) -> ControlFlow<()> {
        let Some(number) = stage.page else { return ControlFlow::Continue(()) };
        let Some((width, height, pixels)) = stage.picture.take() else {
            if !stage.failed {
                self.report.pages.push(PageReport { number, drawn: Err(PageFault::Damaged) });
            }
            return ControlFlow::Continue(());
        };
        let text = stage.text.take();
        let sheet = stage.sheet.take().unwrap_or_default();
        let drawn = Ok(Drawn { width, height, text: text.is_some(), sheet });
        self.report.pages.push(PageReport { number, drawn });
        (self.each)(Rendered { number, width, height, pixels, text, sheet })
    }

    /// Decides how to go on after a child has died of `fault`; it had begun with page `first`.
    fn mourn(&mut self, mut stage: Stage, first: u32, fault: PageFault) -> Result<Outcome, PagesError> {
        if !stage.ready {
            return Err(PagesError::Start(io::Error::other(format!("it ended at once: {fault}"))));
        }
        match stage.page {
            None if self.report.page_count == 0 || !stage.opened && self.report.pages.is_empty() => {
                return Err(PagesError::Opening(fault));
            }
            // It opened before and does not now: nothing more will come of it.
            None => {
                self.give_up();
                return Ok(Outcome::Finished);
            }
            Some(number) if stage.picture.is_some() => {
                // Only its text is lost.
                self.report.warnings.push(Warning { page: Some(number), kind: WarningKind::NoReadableText });
                if self.finish_page(&mut stage).is_break() {
                    return Ok(Outcome::Finished);
                }
            }
            Some(_) if stage.failed => {}
            Some(number) if number == first || fault == PageFault::Time => {
                self.report.pages.push(PageReport { number, drawn: Err(fault) });
            }
            Some(number) => {
                self.report.warnings.retain(|warning| warning.page != Some(number));
                self.next = number;
            }
        }
        Ok(if self.next > self.last { Outcome::Finished } else { Outcome::GoOn })
    }

    fn give_up(&mut self) {
        for number in self.next..=self.last {
            self.report.pages.push(PageReport { number, drawn: Err(PageFault::GivenUp) });
        }
    }
}

/// The same without a process: the parent's half is told what every child says before it dies, in pieces of so many
/// bytes. For the fuzzer.
#[cfg(fuzzing)]
pub fn hear<F: FnMut(Rendered) -> ControlFlow<()>>(
    said: &[u8],
    piece: usize,
    want: &Want,
    limits: &Limits,
    each: F,
) -> Result<Report, PagesError> {
    use super::wire::{FrameLimits, Frames};
    let mut run = Run::new(want, limits, each);
    for _ in 0..=limits.restarts {
        let Request { width, height, text_bytes, .. } = Request::new(run.next, run.last, want, limits);
        let (first, mut stage) = (run.next, Stage::default());
        let mut frames = Frames::new(FrameLimits { width, height, text_bytes });
        for piece in said.chunks(piece) {
            frames.push(piece);
            while let Some(frame) = frames.next().map_err(PagesError::Protocol)? {
                if run.take(&mut stage, frame)?.is_break() {
                    return Ok(run.report);
                }
            }
        }
        if let Outcome::Finished = run.mourn(stage, first, PageFault::Memory)? {
            return Ok(run.report);
        }
    }
    run.give_up();
    Ok(run.report)
}

/// Once in a program's life: it is the kernel's fault, and it will not change.
fn warn_of_landlock() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::warn!("this kernel has no landlock; documents are rendered behind seccomp and resource limits only");
    });
}
