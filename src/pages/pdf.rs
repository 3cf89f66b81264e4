//! One PDF document: its pages as pixels and as text, and what of them the engine leaves out. Runs in the child.
//!
//! Deliberately without limits of its own: they are the sandbox's. The surprising thing: the engine's caches belong to
//! a document and never shrink, so they are thrown away every few pages.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hayro::hayro_interpret::{Context, InterpreterCache, InterpreterSettings, InterpreterWarning, interpret_page};
use hayro::hayro_syntax::object::{Array, Dict, Name, Object};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::{Affine, Rect};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings};

use super::hidden::Look;
use super::wire::{Frame, Refusal, Request};
use super::words::{Said, Words};
use super::{PageFault, Pixels, Sheet, WarningKind, catalog, fonts};

/// Pages after which the engine's caches are thrown away.
const CACHE_PAGES: u32 = 16;

pub struct Document {
    pdf: Pdf,
    settings: InterpreterSettings,
    heard: Arc<Heard>,
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
        Ok(Document { pdf, settings, heard })
    }

    pub fn page_count(&self) -> u32 {
        u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX)
    }

    /// Says what there is to say about the document beside its pages.
    pub fn describe(&self, mut say: impl FnMut(Frame)) {
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
    pub fn draw(&self, request: &Request, mut say: impl FnMut(Frame)) {
        let last = request.last.min(self.page_count());
        let mut cache = RenderCache::new();
        let mut text_cache = InterpreterCache::new();
        for number in request.first..=last {
            if (number - request.first) % CACHE_PAGES == CACHE_PAGES - 1 {
                cache = RenderCache::new();
                text_cache = InterpreterCache::new();
            }
            let Some(page) = self.pdf.pages().get(number as usize - 1) else { break };
            say(Frame::Begin { number });
            let Ok(picture) = catch_unwind(AssertUnwindSafe(|| self.picture(page, &cache, request, &mut say))) else {
                say(Frame::Fault(PageFault::Crashed(String::new())));
                cache = RenderCache::new();
                continue;
            };
            let font_failed = self.heard.font.load(Ordering::Relaxed);
            self.heard.tell(page, &mut say);
            if request.text {
                // Letters that could not be drawn are not hidden by anybody.
                let look = (!font_failed).then(|| picture.look());
                let text = catch_unwind(AssertUnwindSafe(|| self.text(page, &text_cache, look.as_ref(), request)));
                text_cache = if text.is_err() { InterpreterCache::new() } else { text_cache };
                tell_text(text.unwrap_or_default(), &mut say);
            }
        }
    }

    fn picture<'a>(
        &'a self,
        page: &'a Page<'a>,
        cache: &RenderCache<'a>,
        request: &Request,
        say: &mut impl FnMut(Frame),
    ) -> Picture {
        let fit = Fit::new(page.render_dimensions(), request);
        let width = request.width as u16;
        let mut context = RenderContext::new(width, fit.height);
        let transform = Affine::translate((fit.left, 0.0))
            * Affine::scale(fit.scale)
            * Affine::new(page.initial_transform(true).as_coeffs());
        let settings = RenderSettings::default();
        hayro::render_into(page, cache, &self.settings, &settings, &mut context, transform);
        context.flush();
        let mut pixmap = Pixmap::new(width, fit.height);
        let onto_white = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
        context.render_with(&mut pixmap, &mut Resources::default(), onto_white);
        let pixels = Pixels::from_rgba(pixmap.data_as_u8_slice());
        drop((pixmap, context));
        let size = (request.width, u32::from(fit.height));
        say(Frame::Picture { width: size.0, height: size.1, pixels: pixels.clone() });
        say(Frame::Sheet(Sheet { paper: Some(paper(page)), ..Sheet::default() }));
        if fit.smaller {
            say(Frame::Warning(WarningKind::DrawnSmaller));
        }
        Picture { pixels, size, place: Affine::translate((fit.left, 0.0)) * Affine::scale(fit.scale) }
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
        words.finish(look, request.text_bytes as usize)
    }
}

/// A page that was drawn.
struct Picture {
    pixels: Pixels,
    size: (u32, u32),
    /// From points of the upright page to pixels.
    place: Affine,
}

impl Picture {
    fn look(&self) -> Look<'_> {
        Look { pixels: &self.pixels, size: self.size, place: self.place }
    }
}

fn tell_text(said: Said, mut say: impl FnMut(Frame)) {
    let Said { text, hidden, missing } = said;
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

    fn tell(&self, page: &Page<'_>, say: &mut impl FnMut(Frame)) {
        let (mut annotations, fields) = left_out(page);
        annotations += std::mem::take(&mut *self.annotations.lock().unwrap_or_else(PoisonError::into_inner));
        let warnings = [
            (annotations > 0, WarningKind::AnnotationsNotDrawn(annotations)),
            (fields > 0, WarningKind::FieldsNotDrawn(fields)),
            (self.font.swap(false, Ordering::Relaxed), WarningKind::FontNotUsable),
            (self.picture.swap(false, Ordering::Relaxed), WarningKind::PictureNotDrawn),
        ];
        for (applies, kind) in warnings {
            if applies {
                say(Frame::Warning(kind));
            }
        }
    }
}

/// Annotations and filled-in fields that ought to be seen but carry no picture of themselves.
fn left_out(page: &Page<'_>) -> (u32, u32) {
    const HIDDEN: u32 = 1 << 1 | 1 << 5;
    let (mut annotations, mut fields) = (0, 0);
    let Some(listed) = page.raw().get::<Array<'_>>(b"Annots") else { return (0, 0) };
    for annotation in listed.iter::<Dict<'_>>() {
        if annotation.get::<u32>(b"F").unwrap_or(0) & HIDDEN != 0 || annotation.contains_key(b"AP") {
            continue;
        }
        match annotation.get::<Name<'_>>(b"Subtype").as_deref() {
            Some(b"Link" | b"Popup" | b"Movie" | b"Screen" | b"PrinterMark" | b"TrapNet" | b"Watermark") | None => {}
            Some(b"Widget") => fields += u32::from(is_filled_in(&annotation)),
            Some(_) => annotations += 1,
        }
    }
    (annotations, fields)
}

/// A field's value may stand in its parent.
fn is_filled_in(field: &Dict<'_>) -> bool {
    let parents = || field.get::<Dict<'_>>(b"Parent").and_then(|parent| parent.get::<Object<'_>>(b"V"));
    match field.get::<Object<'_>>(b"V").or_else(parents) {
        Some(Object::String(text)) => !text.as_bytes().is_empty(),
        Some(Object::Name(name)) => name.as_ref() != b"Off",
        Some(Object::Null(_)) | None => false,
        Some(_) => true,
    }
}
