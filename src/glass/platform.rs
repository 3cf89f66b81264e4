//! Slint's platform for one thread: a clock that stands where it is set, and the one window there is.
//!
//! It deliberately has no event loop and no clipboard, and opens no addresses. The surprising thing: Slint's platform
//! can be set once per thread and never taken back, and its clock must never run backwards; panes made one after the
//! other on a thread therefore share both, and each counts its own time from where the last one stopped.

use std::cell::{Cell, OnceCell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::rc::{Rc, Weak};
use std::time::Duration;

use slint::platform::software_renderer::{RepaintBufferType, SoftwareRenderer};
use slint::platform::{Platform, PlatformError, Renderer, WindowAdapter};
use slint::{PhysicalSize, Window};

use super::{GlassError, Size};

thread_local! {
    static SHARED: OnceCell<Rc<Shared>> = const { OnceCell::new() };
}

/// What the panes of one thread have in common.
pub(super) struct Shared {
    clock: Cell<Duration>,
    /// The sheet for which the next component will be made.
    waiting: RefCell<Option<Rc<Sheet>>>,
    /// The pane in use.
    occupied: RefCell<Weak<()>>,
}

struct OurPlatform(Rc<Shared>);

impl Platform for OurPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        match self.0.waiting.take() {
            Some(sheet) => Ok(sheet),
            None => Err("each pane of glass takes one component: make a new pane first".into()),
        }
    }

    fn duration_since_start(&self) -> Duration {
        self.0.clock.get()
    }
}

impl Shared {
    /// The thread's platform, installed at the first call.
    pub(super) fn of_this_thread() -> Result<Rc<Shared>, GlassError> {
        SHARED.with(|slot| {
            if let Some(shared) = slot.get() {
                return Ok(shared.clone());
            }
            let shared =
                Rc::new(Shared { clock: Cell::default(), waiting: RefCell::default(), occupied: RefCell::default() });
            let ours = Box::new(OurPlatform(shared.clone()));
            // Slint looks for the machine's fonts here, and its font library takes for granted that there is one.
            panic::catch_unwind(AssertUnwindSafe(|| slint::platform::set_platform(ours)))
                .map_err(|_| GlassError::NoFonts)?
                .map_err(|_| GlassError::ForeignPlatform)?;
            Ok(slot.get_or_init(|| shared).clone())
        })
    }

    /// Makes the thread's glass the caller's until the returned token is dropped.
    pub(super) fn occupy(&self, sheet: &Rc<Sheet>) -> Result<Rc<()>, GlassError> {
        if self.occupied.borrow().strong_count() > 0 {
            return Err(GlassError::Occupied);
        }
        let token = Rc::new(());
        *self.occupied.borrow_mut() = Rc::downgrade(&token);
        *self.waiting.borrow_mut() = Some(sheet.clone());
        Ok(token)
    }

    /// Takes the sheet back if no component was made for it.
    pub(super) fn vacate(&self) {
        self.waiting.take();
    }

    pub(super) fn time(&self) -> Duration {
        self.clock.get()
    }

    /// Sets the clock. It does not move backwards.
    pub(super) fn set_time(&self, at: Duration) {
        self.clock.set(self.clock.get().max(at));
    }
}

/// Slint's window: as large as the panel, never moved, never asked for another size.
pub(super) struct Sheet {
    window: Window,
    pub(super) renderer: SoftwareRenderer,
    size: Cell<PhysicalSize>,
    pub(super) wants_redraw: Cell<bool>,
}

impl Sheet {
    pub(super) fn new(size: Size) -> Rc<Sheet> {
        Rc::new_cyclic(|weak: &Weak<Sheet>| Sheet {
            window: Window::new(weak.clone()),
            renderer: SoftwareRenderer::new_with_repaint_buffer_type(RepaintBufferType::ReusedBuffer),
            size: Cell::new(PhysicalSize::new(size.width, size.height)),
            wants_redraw: Cell::new(true),
        })
    }

    pub(super) fn resize(&self, size: Size) {
        self.size.set(PhysicalSize::new(size.width, size.height));
    }
}

impl WindowAdapter for Sheet {
    fn window(&self) -> &Window {
        &self.window
    }

    fn size(&self) -> PhysicalSize {
        self.size.get()
    }

    fn renderer(&self) -> &dyn Renderer {
        &self.renderer
    }

    fn request_redraw(&self) {
        self.wants_redraw.set(true);
    }
}
