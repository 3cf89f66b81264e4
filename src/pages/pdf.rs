//! One PDF document: its pages as pixels and as text, and what of them the engine leaves out. Runs in the child.
//!
//! Deliberately without limits of its own: they are the sandbox's. The surprising thing: the engine's caches belong to
//! a document and never shrink, so they are thrown away every few pages.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hayro::hayro_interpret::{Context, InterpreterCache, InterpreterSettings, InterpreterWarning, interpret_page};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::{Affine, Rect};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{PixmapMut, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings};

use super::annotation::{self, Overlay};
use super::hidden::Look;
use super::part::Part;
use super::plain::{self, Press};
use super::scan::Scan;
use super::wire::{Frame, Refusal, Request};
use super::words::{Said, Words};
use super::{MAX_WIDTH, PageFault, Pixels, Sheet, WarningKind, catalog, fonts, scan, sheet, text};

/// Pages after which the engine's caches are thrown away.
const CACHE_PAGES: u32 = 16;

pub struct Document {
    pdf: Pdf,
    /// More than the PDF has, where only some of them were set.
    page_count: u32,
    settings: InterpreterSettings,
    heard: Arc<Heard>,
}

/// What was worked out for pages before.
#[derive(Default)]
pub struct Cache<'a> {
    engine: RenderCache<'a>,
    press: Press<'a>,
}

/// What the engine complained about on the present page.
#[derive(Debug, Default)]
struct Heard {
    font: AtomicBool,
    picture: AtomicBool,
    annotations: Mutex<u32>,
}

impl Document {
    pub fn open(bytes: Vec<u8>) -> Result<Document, Refusal> {
        let pdf = Pdf::new(bytes).map_err(|error| match error {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Refusal::Encrypted,
            LoadPdfError::Decryption(_) | LoadPdfError::Invalid => Refusal::Damaged,
        })?;
        if pdf.pages().is_empty() {
            return Err(Refusal::NoPages);
        }
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        let settings = InterpreterSettings {
            font_resolver: Arc::new(fonts::resolve),
            warning_sink: Arc::new(move |warning| ear.hear(warning)),
            ..InterpreterSettings::default()
        };
        let page_count = u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX);
        Ok(Document { pdf, page_count, settings, heard })
    }

    /// A plain text, of which the wanted pages are set.
    pub fn of_text(bytes: &[u8], request: &Request) -> Result<Document, Refusal> {
        let (pdf, page_count) = text::sheets(bytes, request.first, request.last)?;
        Ok(Document { page_count, ..Document::open(pdf)? })
    }

    pub fn page_count(&self) -> u32 {
        self.page_count
    }

    /// Says what there is to say about the document beside its pages.
    pub fn describe(&self, mut say: impl FnMut(Frame<'_>)) {
        if catalog::is_encrypted(&self.pdf) {
            say(Frame::Warning(WarningKind::Encrypted));
        }
        if catalog::is_dynamic_form(&self.pdf) {
            say(Frame::Warning(WarningKind::DynamicForm));
        }
        // Whatever is wrong with them costs no page.
        let attached = catch_unwind(AssertUnwindSafe(|| catalog::attached(&self.pdf)));
        attached.unwrap_or_default().into_iter().for_each(|file| say(Frame::Attached(file)));
    }

    /// Draws pages `first..=last`, counted from 1, and says all there is to say about each.
    pub fn draw(&self, request: &Request, mut say: impl FnMut(Frame<'_>)) {
        let last = request.last.min(self.page_count());
        let mut cache = Cache::default();
        for number in request.first..=last {
            if (number - request.first) % CACHE_PAGES == CACHE_PAGES - 1 {
                cache = Cache::default();
            }
            let Some(page) = self.pdf.pages().get(number as usize - 1) else { break };
            say(Frame::Begin { number });
            let drawn = catch_unwind(AssertUnwindSafe(|| self.picture(page, 0, &cache, request)));
            let Ok(picture) = drawn else {
                say(Frame::Fault(PageFault::Crashed(String::new())));
                cache = Cache::default();
                continue;
            };
            let sheet = Sheet { paper: Some(paper(page)), ..Sheet::default() };
            say(picture.frame());
            say(Frame::Sheet(sheet));
            if !request.text {
                self.heard.tell(page, &mut say);
                if picture.smaller {
                    say(Frame::Warning(WarningKind::DrawnSmaller));
                }
                continue;
            }
            let font_failed = self.heard.font.load(Ordering::Relaxed);
            let whole = self.heard.tell(page, &mut say);
            // Letters that could not be drawn are not hidden by anybody.
            let look = (!font_failed).then(|| picture.look());
            let said = catch_unwind(AssertUnwindSafe(|| self.text(page, &cache.press.fonts, look.as_ref(), request)));
            cache = if said.is_err() { Cache::default() } else { cache };
            let said = said.unwrap_or_default();
            let finer = |width| self.picture(page, 0, &cache, &Request { width, height: MAX_WIDTH, ..request.clone() });
            let judged = catch_unwind(AssertUnwindSafe(|| judge(&picture, finer, &said, whole, sheet)));
            let sheet = judged.unwrap_or(sheet);
            let upright = (sheet.quarters() > 0)
                .then(|| catch_unwind(AssertUnwindSafe(|| self.picture(page, sheet.quarters(), &cache, request))));
            let smaller = match upright {
                None => {
                    say(Frame::Sheet(sheet));
                    picture.smaller
                }
                Some(Ok(upright)) => {
                    say(upright.frame());
                    say(Frame::Sheet(sheet));
                    upright.smaller
                }
                Some(Err(_)) => {
                    cache = Cache::default();
                    picture.smaller
                }
            };
            self.heard.forget();
            if smaller {
                say(Frame::Warning(WarningKind::DrawnSmaller));
            }
            tell_text(said, &mut say);
        }
    }

    fn picture<'a>(&'a self, page: &'a Page<'a>, quarters: u8, cache: &Cache<'a>, request: &Request) -> Picture {
        let fit = fit(page, quarters, request);
        let place = Affine::translate((fit.left, 0.0)) * Affine::scale(fit.scale);
        let size = (request.width as u16, fit.height);
        let pixels = self.pixels(page, cache, place * lie(page, quarters), size, request);
        let size = (request.width, u32::from(fit.height));
        Picture { pixels, size, place, smaller: fit.smaller }
    }

    /// A part of a page, as it lies in the page's picture but at another scale; `None` where it cannot be drawn.
    pub fn part<'a>(&'a self, cache: &Cache<'a>, part: &Part, request: &Request) -> Option<Pixels> {
        let page = self.pdf.pages().get(part.page as usize - 1)?;
        let fit = fit(page, part.turned, request);
        let place = Affine::translate((-f64::from(part.left), -f64::from(part.top)))
            * Affine::scale(f64::from(part.across) / f64::from(request.width))
            * Affine::translate((fit.left, 0.0))
            * Affine::scale(fit.scale)
            * lie(page, part.turned);
        let size = (part.width as u16, part.height as u16);
        catch_unwind(AssertUnwindSafe(|| self.pixels(page, cache, place, size, request))).ok()
    }

    /// What `place` brings from the page onto a white sheet of `size` pixels.
    fn pixels<'a>(
        &'a self,
        page: &'a Page<'a>,
        cache: &Cache<'a>,
        place: Affine,
        size: (u16, u16),
        request: &Request,
    ) -> Pixels {
        let over = annotation::overlay(page).pdf;
        let memory = request.memory as usize / 4;
        let scan = scan::scan(&self.pdf, page, &self.settings, place, size, memory, over.is_some());
        let reduced = match scan {
            Some(Scan::Alone(pixels)) => return pixels,
            Some(Scan::Reduced(reduced, index)) => Some((reduced, index)),
            None => None,
        };
        let mut context = RenderContext::new(size.0, size.1);
        let mut stamps = None;
        match &reduced {
            Some((reduced, index)) => {
                self.paint(&reduced.pages()[*index], &RenderCache::new(), &mut context, place);
            }
            None => {
                let plain = || plain::draw(page, &cache.press, self.settings.clone(), place, &mut context);
                stamps = over.is_none().then(plain).flatten();
                if stamps.is_none() {
                    // It says all that it has to say once more.
                    self.heard.forget();
                    context = RenderContext::new(size.0, size.1);
                    self.paint(page, &cache.engine, &mut context, place);
                }
            }
        }
        if let Some(over) = &over
            && let Some(over) = over.pages().first()
        {
            self.paint(over, &RenderCache::new(), &mut context, place);
        }
        context.flush();
        let mut rgba = vec![0; usize::from(size.0) * usize::from(size.1) * 4];
        let sheet = PixmapMut::new(size.0, size.1, &mut rgba).expect("four bytes a pixel");
        let onto_white = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
        context.render_with(sheet, &mut Resources::default(), onto_white);
        if let Some(stamps) = stamps {
            stamps.stamp(&mut rgba, usize::from(size.0));
        }
        Pixels::from_rgba(rgba)
    }

    fn paint<'a>(&self, page: &'a Page<'a>, cache: &RenderCache<'a>, onto: &mut RenderContext, transform: Affine) {
        hayro::render_into(page, cache, &self.settings, &RenderSettings::default(), onto, transform);
    }

    fn text<'a>(
        &'a self,
        page: &'a Page<'a>,
        cache: &InterpreterCache<'a>,
        look: Option<&Look<'_>>,
        request: &Request,
    ) -> Said {
        let (width, height) = page.render_dimensions();
        let (width, height) = (f64::from(width), f64::from(height));
        let transform = Affine::new(page.initial_transform(true).as_coeffs());
        let area = Rect::new(0.0, 0.0, width, height);
        let mut context = Context::new(transform, area, cache, page.xref(), self.settings.clone());
        let mut words = Words::new((width, height));
        interpret_page(page, &mut context, &mut words);
        if let Some(over) = annotation::overlay(page).pdf
            && let Some(over) = over.pages().first()
        {
            let cache = InterpreterCache::new();
            let mut context = Context::new(transform, area, &cache, over.xref(), self.settings.clone());
            interpret_page(over, &mut context, &mut words);
        }
        words.finish(look, request.text_bytes as usize)
    }
}

/// A page that was drawn.
struct Picture {
    pixels: Pixels,
    size: (u32, u32),
    /// From points of the upright page to pixels.
    place: Affine,
    smaller: bool,
}

impl Picture {
    fn frame(&self) -> Frame<'_> {
        Frame::Picture { width: self.size.0, height: self.size.1, pixels: Cow::Borrowed(&self.pixels) }
    }

    fn look(&self) -> Look<'_> {
        Look { pixels: &self.pixels, size: self.size, place: self.place }
    }
}

/// What the page is as a sheet, from its letters or, where it has none, from its picture. `whole` where all of it was
/// drawn.
fn judge(picture: &Picture, finer: impl FnOnce(u32) -> Picture, said: &Said, whole: bool, sheet: Sheet) -> Sheet {
    if said.text.is_some() {
        return Sheet { turned: said.turned, ..sheet }.laid();
    }
    let finer = |width| {
        let picture = finer(width);
        Some((picture.pixels, picture.size))
    };
    sheet::judge((&picture.pixels, picture.size), finer, whole, sheet)
}

/// From an upright page to one that was given so many quarter turns clockwise.
fn turn(quarters: u8, (width, height): (f32, f32)) -> Affine {
    let (width, height) = (f64::from(width), f64::from(height));
    Affine::new(match quarters % 4 {
        0 => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        1 => [0.0, 1.0, -1.0, 0.0, height, 0.0],
        2 => [-1.0, 0.0, 0.0, -1.0, width, height],
        _ => [0.0, -1.0, 1.0, 0.0, 0.0, width],
    })
}

fn tell_text(said: Said, mut say: impl FnMut(Frame<'_>)) {
    let Said { text, hidden, missing, .. } = said;
    say(text.map_or(Frame::Warning(WarningKind::NoReadableText), Frame::Text));
    let warnings = [
        (hidden.covered, WarningKind::TextCovered(hidden.covered)),
        (hidden.invisible, WarningKind::TextInvisible(hidden.invisible)),
        (missing, WarningKind::LettersMissing(missing)),
    ];
    warnings.into_iter().filter(|(count, _)| *count > 0).for_each(|(_, kind)| say(Frame::Warning(kind)));
}

/// Width and height of the upright page in millimetres.
fn paper(page: &Page<'_>) -> (u32, u32) {
    let unit = page.raw().get::<f32>(b"UserUnit").filter(|unit| *unit > 0.0).unwrap_or(1.0);
    let (width, height) = page.render_dimensions();
    // A number that is too large for the type becomes its largest.
    let millimetres = |points: f32| (points * unit * 25.4 / 72.0).round().max(1.0) as u32;
    (millimetres(width), millimetres(height))
}

/// From what the page draws to its points, turned by quarters to the right.
fn lie(page: &Page<'_>, quarters: u8) -> Affine {
    turn(quarters, page.render_dimensions()) * Affine::new(page.initial_transform(true).as_coeffs())
}

fn fit(page: &Page<'_>, quarters: u8, request: &Request) -> Fit {
    let (width, height) = page.render_dimensions();
    Fit::new(if quarters.is_multiple_of(2) { (width, height) } else { (height, width) }, request)
}

/// How a page lies in its picture.
struct Fit {
    scale: f64,
    left: f64,
    height: u16,
    smaller: bool,
}

impl Fit {
    fn new((width, height): (f32, f32), request: &Request) -> Fit {
        let (width, height) = (f64::from(width).max(1e-3), f64::from(height).max(1e-3));
        let wanted = f64::from(request.width);
        let scale = wanted / width;
        let highest = f64::from(request.height.min(u32::from(u16::MAX)));
        if height * scale <= highest {
            return Fit { scale, left: 0.0, height: (height * scale).round().max(1.0) as u16, smaller: false };
        }
        let scale = highest / height;
        Fit { scale, left: (wanted - width * scale) / 2.0, height: highest as u16, smaller: true }
    }
}

impl Heard {
    fn hear(&self, warning: InterpreterWarning) {
        match warning {
            InterpreterWarning::UnsupportedFont => self.font.store(true, Ordering::Relaxed),
            InterpreterWarning::ImageDecodeFailure => self.picture.store(true, Ordering::Relaxed),
            InterpreterWarning::UnresolvedAnnotationAppearance => {
                *self.annotations.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            }
            _ => {}
        }
    }

    fn forget(&self) {
        self.font.store(false, Ordering::Relaxed);
        self.picture.store(false, Ordering::Relaxed);
        *self.annotations.lock().unwrap_or_else(PoisonError::into_inner) = 0;
    }

    /// Says what is left out of the page; `true` where nothing is.
    fn tell(&self, page: &Page<'_>, say: &mut impl FnMut(Frame<'_>)) -> bool {
        let Overlay { mut annotations, fields, .. } = annotation::overlay(page);
        annotations += std::mem::take(&mut *self.annotations.lock().unwrap_or_else(PoisonError::into_inner));
        let warnings = [
            (annotations > 0, WarningKind::AnnotationsNotDrawn(annotations)),
            (fields > 0, WarningKind::FieldsNotDrawn(fields)),
            (self.font.swap(false, Ordering::Relaxed), WarningKind::FontNotUsable),
            (self.picture.swap(false, Ordering::Relaxed), WarningKind::PictureNotDrawn),
        ];
        for (_, kind) in warnings.iter().filter(|(applies, _)| *applies) {
            say(Frame::Warning(*kind));
        }
        warnings.iter().all(|(applies, _)| !applies)
    }
}
