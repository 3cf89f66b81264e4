//! Renders pages before anybody asks for them: page one of every document first, then the rest.
//!
//! While somebody reads, it rests (`rest`). The surprising thing: a page one is drawn all the same after
//! [`FIRST_PAGE_WAIT`], because a new notice that cannot be opened is worse than a processor that is shared.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::progress::Progress;
use super::rest::{LOOK, Rest};
use super::room;
use crate::clock;
use crate::files::{Files, FilesError, Picture};
use crate::model::Digest;
use crate::pages::{Limits, PageChild, PageRange, PagesError, Rendered, Report, Want};
use crate::store::{PageSize, PagesDone, PagesWanted, Store, StoreError};

/// Time for rendering in one round: the feeds want to be asked again.
const MAX_TIME: Duration = Duration::from_secs(300);
/// The panel hears of new pages so often while more of them come.
const TELL_AFTER: Duration = Duration::from_secs(2);
/// The first pages of new documents wait so long in one round for a reader to leave; the other pages wait for the next.
pub const FIRST_PAGE_WAIT: Duration = Duration::from_secs(60);

/// What was rendered in one round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PagesRound {
    /// Documents of which pages were rendered.
    pub documents: usize,
    pub pages: usize,
    /// Documents of which pages cannot be shown.
    pub broken: usize,
    /// Documents of which pages are left for a later round.
    pub waiting: usize,
    /// Why nothing further was rendered, where the reason is this machine.
    pub stopped: Option<String>,
}

impl PagesRound {
    /// Whether anything of it is on disk now that was not before.
    pub fn wrote(&self) -> bool {
        self.documents + self.broken > 0
    }
}

/// What renders, and how wide.
#[derive(Debug, Clone)]
pub struct Renderer {
    pub child: PageChild,
    /// Width of the panel in pixels.
    pub width: u32,
    /// Set when the program ends: the page at hand is the last one.
    pub stop: Arc<AtomicBool>,
    /// Set when the offices are to be asked at once: what is left waits for the round that follows.
    pub hurry: Arc<AtomicBool>,
    pub rest: Arc<Rest>,
    pub progress: Progress,
    /// One document at a time, of all that share it.
    pub turn: Arc<Semaphore>,
}

impl Renderer {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.hurry.load(Ordering::Relaxed)
    }

    /// Waits until nobody reads, or the monotonic clock shows `until`.
    async fn rest(&self, until: Duration) {
        while clock::ticks() < until && !self.is_stopped() && self.rest.is_due() {
            self.progress.step();
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Renders what is wanted, within the time of one round.
pub async fn pages(store: &mut Store, files: &Files, renderer: &Renderer) -> Result<PagesRound, StoreError> {
    let (mut round, started) = (PagesRound::default(), clock::ticks());
    let (mut told, mut known) = (started, 0);
    let mut tell = |round: &PagesRound| {
        let wrote = round.documents + round.broken;
        // Before a rest at once: the reader for whom it rests looks at what has just come.
        if wrote > known && (clock::ticks() >= told + TELL_AFTER || renderer.rest.is_due()) {
            (told, known) = (clock::ticks(), wrote);
            renderer.rest.tell();
        }
    };
    let wanted = store.pages_wanted(renderer.width)?;
    let first_pages = wanted.iter().filter(|wanted| wanted.done == 0).map(|wanted| (*wanted, PageRange::One(1)));
    let first_pages: Vec<(PagesWanted, PageRange)> = first_pages.collect();
    for (wanted, range) in first_pages {
        renderer.rest(started + FIRST_PAGE_WAIT).await;
        one(store, files, renderer, wanted, range, &mut round, started).await?;
        tell(&round);
    }
    for wanted in store.pages_wanted(renderer.width)? {
        let mut next = Some(wanted.done + 1);
        while let Some(first) = next {
            renderer.rest(started + MAX_TIME).await;
            let range = PageRange::Between(first, u32::MAX);
            next = one(store, files, renderer, wanted, range, &mut round, started).await?;
            tell(&round);
        }
    }
    round.waiting = store.pages_wanted(renderer.width)?.len();
    Ok(round)
}

/// Renders pages of one document; the page to go on with, where somebody began to read meanwhile.
async fn one(
    store: &mut Store,
    files: &Files,
    renderer: &Renderer,
    wanted: PagesWanted,
    range: PageRange,
    round: &mut PagesRound,
    started: Duration,
) -> Result<Option<u32>, StoreError> {
    let spent = clock::ticks().saturating_sub(started) >= MAX_TIME;
    if spent || round.stopped.is_some() || renderer.is_stopped() {
        return Ok(None);
    }
    round.stopped = shortage(files);
    if round.stopped.is_some() {
        return Ok(None);
    }
    let digest = wanted.digest;
    if let Err(error) = files.open_document(&digest) {
        // It is fetched again in the next round.
        store.document_lost(&digest)?;
        round.stopped = matches!(error, FilesError::Io { .. }).then(|| error.to_string());
        return Ok(None);
    }
    // Nobody closes it.
    let _turn = renderer.turn.acquire().await;
    let job = Job { files: files.clone(), path: files.path(&digest), digest, range, renderer: renderer.clone() };
    let done = tokio::task::spawn_blocking(move || job.run()).await.expect("rendering never panics");
    renderer.progress.step();
    round.documents += usize::from(!done.written.is_empty());
    round.pages += done.written.len();
    let last = done.written.last().map_or(0, |(number, _)| *number);
    let mut next = None;
    let mut done_rows = PagesDone { width: renderer.width, pages: done.written, ..PagesDone::default() };
    match (done.outcome, done.trouble) {
        (_, Some(why)) => {
            round.stopped = Some(why);
            if done_rows.pages.is_empty() {
                return Ok(None);
            }
        }
        (Ok(report), None) => {
            let fault =
                report.pages.iter().find_map(|page| page.drawn.as_ref().err().map(|fault| (page.number, fault)));
            let earlier = if wanted.done > 0 { store.report(&digest)? } else { None };
            done_rows.report = Some(report.to_json_after(earlier.as_deref().unwrap_or_default()).to_string());
            done_rows.page_count = Some(report.page_count);
            done_rows.failed = fault.map(|(number, fault)| format!("page {number}: {fault}"));
            next = (done.interrupted && last < report.page_count).then_some(last + 1);
            done_rows.complete = next.is_none() && (range != PageRange::One(1) || report.page_count <= 1);
        }
        (Err(error @ (PagesError::Start(_) | PagesError::Sandbox(_))), None) => {
            round.stopped = Some(error.to_string());
            return Ok(None);
        }
        (Err(error), None) => {
            done_rows.report = Report::refusal(&error).map(|report| report.to_string());
            done_rows.failed = Some(error.to_string());
            done_rows.complete = true;
        }
    }
    round.broken += usize::from(done_rows.failed.is_some() && done_rows.complete);
    store.pages_done(&digest, &done_rows)?;
    Ok(next)
}

fn shortage(files: &Files) -> Option<String> {
    room::shortage(files, "no page is prepared")
}

/// The part that blocks: a child draws, this thread stores.
struct Job {
    files: Files,
    path: PathBuf,
    digest: Digest,
    range: PageRange,
    renderer: Renderer,
}

struct Done {
    outcome: Result<Report, PagesError>,
    /// Number and picture of each page on disk.
    written: Vec<(u32, PageSize)>,
    /// Why the disk did not take a page.
    trouble: Option<String>,
    interrupted: bool,
}

impl Job {
    fn run(self) -> Done {
        let (mut written, mut trouble, mut interrupted) = (Vec::new(), None, false);
        let want = Want { pages: self.range, width: self.renderer.width, text: true };
        let outcome = self.renderer.child.render(&self.path, &want, &Limits::default(), |page| {
            self.renderer.progress.step();
            match self.keep(&page) {
                Ok(()) => {
                    let (turned, blank) = (page.sheet.quarters(), page.sheet.blank);
                    written.push((page.number, PageSize { width: page.width, height: page.height, turned, blank }));
                }
                Err(why) => {
                    trouble = Some(why);
                    return ControlFlow::Break(());
                }
            }
            // Page one alone is over with the child that draws it.
            let rest = self.range != PageRange::One(1) && self.renderer.rest.is_due();
            if self.renderer.is_stopped() || rest {
                interrupted = true;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        Done { outcome, written, trouble, interrupted }
    }

    fn keep(&self, page: &Rendered) -> Result<(), String> {
        shortage(&self.files).map_or(Ok(()), Err)?;
        self.write(page).map_err(|error| error.to_string())
    }

    fn write(&self, page: &Rendered) -> Result<(), FilesError> {
        let picture =
            Picture { number: page.number, width: page.width, height: page.height, pixels: page.pixels.bytes() };
        self.files.write_page(&self.digest, picture)?;
        match &page.text {
            Some(text) => self.files.write_text(&self.digest, page.number, text),
            None => Ok(()),
        }
    }
}
