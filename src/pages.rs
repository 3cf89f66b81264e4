//! Documents → page pictures and text, in a short-lived child of this program that has no network, no file system and
//! named limits on everything.
//!
//! A document comes from whoever filled in the office's web, and a PDF engine is a large parser with caches that never
//! shrink, so the engine runs where it can do no harm: [`render`] starts `vyveska page-child`, hands it the open
//! document as standard input, and believes nothing that comes back without checking it. One child serves one document
//! and costs about as much as the page itself; what it allocated goes with it.
//!
//! Deliberately not here: where pictures are kept (`files`), what the screen says about a failure (`screen`), in which
//! order documents are rendered (`sync`).
//!
//! The surprising thing: a page on which the child dies is drawn again as the first page of a fresh child before it
//! counts as failed. Memory that earlier pages left behind must not cost a later one its picture.
//!
//! Who looks closely has a [`Lens`]: a child that stays warm while the document is read.
//!
//! `wire` (with `parcel`) and `part` are what both sides say to each other, `report` what comes of it; `process`, `run`
//! and `lens` are the parent; `child`, `closeup`, `sandbox`, `pdf` (with `catalog`, `annotation`, `field`,
//! `appearance`), `photo`, `scan` (with `alone`), `plain` (with `case`, `stamps`, `inlay`), `tiff`, `strips`, `text`, `leaflet`, `words` (with `lines`, `hidden`,
//! `ground`), `sheet` (with `ink`, `blank`, `upright`) and `fonts` run in the child; `pixels` serves both.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod alone;
mod annotation;
mod appearance;
mod blank;
mod case;
mod catalog;
mod child;
mod closeup;
#[cfg(fuzzing)]
pub mod door;
mod field;
mod fonts;
mod ground;
mod hidden;
mod ink;
mod inlay;
mod leaflet;
mod lens;
mod lines;
mod metrics;
mod parcel;
mod part;
mod pdf;
mod photo;
mod pixels;
mod plain;
mod probe;
mod process;
mod report;
mod run;
mod sandbox;
mod scan;
mod sheet;
mod stamps;
mod strips;
mod text;
mod tiff;
mod upright;
mod wire;
mod words;

pub use child::child_main;
pub use lens::{Lens, LensError};
pub use part::{MAX_ACROSS, MAX_PART, Part};
pub use pixels::{Pixels, THUMBNAIL_WIDTH};
pub use report::{Attached, Drawn, PageReport, Report, Sheet, Turned, Warning, WarningKind};

/// The widest picture that is ever drawn, in pixels.
pub const MAX_WIDTH: u32 = 4096;

/// Which pages of a document, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRange {
    All,
    One(u32),
    /// Both ends included.
    Between(u32, u32),
}

/// What is wanted of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    pub pages: PageRange,
    /// Width of each picture in pixels, 16 to [`MAX_WIDTH`].
    pub width: u32,
    /// Whether the text is wanted beside the pictures. Without it nothing is read of a page: a PDF's pages are drawn as
    /// they lie, and none is called blank.
    pub text: bool,
}

/// How much one document may cost. What is exceeded costs the page or the document, never the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the document.
    pub document_bytes: u64,
    /// Pages drawn of one document; those after them are reported, not drawn.
    pub pages: u32,
    /// Height of a picture; a longer page is drawn smaller, centred on white.
    pub height: u32,
    /// Pixels of a picture; bounds the height further where the picture is wide.
    pub pixels: u64,
    /// Address space of the child.
    pub memory: u64,
    /// Wall-clock time for opening the document, and again for each page.
    pub page_time: Duration,
    /// Wall-clock time for the whole document, restarts included.
    pub document_time: Duration,
    /// Processor time of one child.
    pub processor_time: Duration,
    /// Children started for one document after the first.
    pub restarts: u32,
    /// Text of one page in bytes of UTF-8.
    pub text_bytes: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            document_bytes: 128 << 20,
            pages: 500,
            height: 16_384,
            pixels: 32_000_000,
            memory: 512 << 20,
            page_time: Duration::from_secs(20),
            document_time: Duration::from_secs(300),
            processor_time: Duration::from_secs(120),
            restarts: 8,
            text_bytes: 1 << 20,
        }
    }
}

/// One page as the panel shows it: upright, on white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// From 1.
    pub number: u32,
    pub width: u32,
    pub height: u32,
    pub pixels: Pixels,
    /// The page's text in reading order, lines apart; `None` where it was not wanted or the page has none to read.
    pub text: Option<String>,
    pub sheet: Sheet,
}

impl Rendered {
    /// The small picture that stands for the page in a list: [`THUMBNAIL_WIDTH`] pixels wide.
    pub fn thumbnail(&self) -> Rendered {
        let width = THUMBNAIL_WIDTH.min(self.width);
        let height = ((u64::from(self.height) * u64::from(width)) / u64::from(self.width)).max(1) as u32;
        let pixels = self.pixels.reduced((self.width, self.height), (width, height));
        Rendered { number: self.number, width, height, pixels, text: None, sheet: self.sheet }
    }
}

/// Why a page, or a document before its first page, could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    #[error("it needs more memory than a document may use")]
    Memory,
    #[error("it takes longer than a page may take")]
    Time,
    /// A picture that would not fit into the memory even once.
    #[error(
        "its picture of {width} × {height} pixels is larger than a document may use; scan it at a lower resolution"
    )]
    Oversized { width: u32, height: u32 },
    #[error("its picture is damaged")]
    Damaged,
    #[error("the drawing program failed on it ({0})")]
    Crashed(String),
    #[error("too many pages of this document failed before it")]
    GivenUp,
}

/// Why nothing of a document can be shown.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    #[error("{} cannot be read: {source}", path.display())]
    Open { path: PathBuf, source: std::io::Error },
    #[error("the document has {bytes} bytes, {limit} are allowed; publish a smaller one")]
    TooBig { bytes: u64, limit: u64 },
    #[error("the document is {0}; publish it as PDF")]
    Unsupported(&'static str),
    #[error("the document is locked with a password; publish it without one")]
    Encrypted,
    #[error("the document is damaged and cannot be read; publish it again")]
    Damaged,
    #[error("the document has no pages; publish it again")]
    NoPages,
    #[error("there is no page {number}: the document has {count}")]
    NoSuchPage { number: u32, count: u32 },
    #[error("the document cannot be opened: {0}")]
    Opening(PageFault),
    #[error("a picture can be 16 to {MAX_WIDTH} pixels wide, not {0}")]
    Width(u32),
    /// The child could not be started; the document is not to blame.
    #[error("the rendering child cannot be started: {0}")]
    Start(std::io::Error),
    /// The child could not lock itself in and therefore did not touch the document.
    #[error("the rendering child cannot close its sandbox: {0}; the kernel needs seccomp filters")]
    Sandbox(String),
    /// The child said something that makes no sense.
    #[error("the rendering child broke its protocol ({0}); the document is not shown")]
    Protocol(&'static str),
}

/// The program that is started as the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageChild {
    pub program: PathBuf,
}

impl PageChild {
    /// This very program, even where its file has been replaced by an update since it started.
    pub fn this_program() -> PageChild {
        PageChild { program: PathBuf::from("/proc/self/exe") }
    }

    /// Draws the wanted pages of a document and hands over each as soon as it is there; `Break` ends it early.
    pub fn render(
        &self,
        document: &Path,
        want: &Want,
        limits: &Limits,
        each: impl FnMut(Rendered) -> ControlFlow<()>,
    ) -> Result<Report, PagesError> {
        run::run(&self.program, document, want, limits, each)
    }
}

/// [`PageChild::render`] in a child of this very program.
pub fn render(
    document: &Path,
    want: &Want,
    limits: &Limits,
    each: impl FnMut(Rendered) -> ControlFlow<()>,
) -> Result<Report, PagesError> {
    PageChild::this_program().render(document, want, limits, each)
}
