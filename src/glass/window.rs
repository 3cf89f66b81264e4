//! The glass in a desktop window: the panel scaled to fit the monitor, mouse and touch as fingers, Tab, Shift+Tab,
//! Return and Escape as the key pad.
//!
//! It deliberately paints only what changed and sleeps until something is due: standing still costs nothing. It reads
//! no clock; the caller gives one.
//!
//! The surprising thing: a process can open its connection to the display once. [`available`] therefore keeps the
//! connection it tried, and [`Window::open`] on the same thread takes it over.

mod surface;

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::panic;
use std::rc::Rc;
use std::time::Duration;

use winit::application::ApplicationHandler;
use winit::dpi::{PhysicalPosition, PhysicalSize};
use winit::error::EventLoopError;
use winit::event::{ElementState, MouseButton, MouseScrollDelta, TouchPhase, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::keyboard::{Key as Pressed, ModifiersState, NamedKey};
use winit::platform::wayland::EventLoopBuilderExtWayland;
use winit::platform::x11::{EventLoopBuilderExtX11, WindowAttributesExtX11};
use winit::window::WindowId;

use self::surface::Surface;
use super::pane::FRAME;
use super::{Contact, GlassError, Hands, Key, Next, Pane, Phase, Size, Turn};

/// The mouse's number among the contacts; no touch screen counts that far.
const MOUSE: u64 = u64::MAX;

/// How much of the monitor the window takes at most, so that the desktop's own bars stay.
const SHARE: f64 = 0.92;

thread_local! {
    static TRIED: RefCell<Option<EventLoop<()>>> = const { RefCell::new(None) };
}

/// Whether a window can be opened, by connecting to the display; if not, why.
pub fn available() -> Result<(), GlassError> {
    let connection = connect()?;
    TRIED.with(|tried| tried.replace(Some(connection)));
    Ok(())
}

/// Wakes the window's loop from any thread.
#[derive(Clone)]
pub struct Waker(EventLoopProxy<()>);

impl Waker {
    /// The loop takes a turn soon. Waking a closed window does nothing.
    pub fn wake(&self) {
        // The loop is gone only when the program ends.
        let _ = self.0.send_event(());
    }
}

/// A window that shows the panel. Open it first, then make the component, then run.
pub struct Window {
    events: EventLoop<()>,
    pane: Pane,
    title: String,
    fit: Fit,
}

/// The panel, and how it is shown on a monitor of another size.
#[derive(Debug, Clone, Copy)]
struct Fit {
    panel: Size,
    scale: f32,
}

impl Fit {
    /// The largest picture of the panel in `width` × `height`, and its scale factor.
    fn within(&self, width: f64, height: f64) -> (Size, f32) {
        let ratio = (width / f64::from(self.panel.width)).min(height / f64::from(self.panel.height));
        let side = |pixels: u32| ((f64::from(pixels) * ratio).round() as u32).max(1);
        let size = Size { width: side(self.panel.width), height: side(self.panel.height) };
        (size, self.scale * ratio as f32)
    }
}

impl Window {
    /// `panel` and `scale` are those of the real panel; the window shows it smaller where the monitor is.
    pub fn open(title: &str, panel: Size, scale: f32) -> Result<Window, GlassError> {
        let events = TRIED.with(|tried| tried.take()).map_or_else(connect, Ok)?;
        let pane = Pane::new(panel, scale)?;
        Ok(Window { events, pane, title: title.to_owned(), fit: Fit { panel, scale } })
    }

    /// The contacts on this window, for the screen whose canvas they move.
    pub fn hands(&self) -> Hands {
        self.pane.hands()
    }

    pub fn waker(&self) -> Waker {
        Waker(self.events.create_proxy())
    }

    /// Shows the component made since [`Window::open`] until the window is closed. `clock` is monotonic.
    pub fn run(
        self,
        clock: impl Fn() -> Duration,
        turn: impl FnMut(&mut Pane, Turn) -> Next,
    ) -> Result<(), GlassError> {
        let mut stage = Stage {
            pane: self.pane,
            title: self.title,
            fit: self.fit,
            clock,
            turn,
            surface: None,
            active: false,
            exposed: false,
            woken: false,
            due: Duration::ZERO,
            next: Next::Event,
            mouse: PhysicalPosition::default(),
            dragging: false,
            modifiers: ModifiersState::empty(),
            failure: None,
        };
        self.events.run_app(&mut stage).map_err(|error| GlassError::Window(error.to_string()))?;
        stage.failure.map_or(Ok(()), Err)
    }
}

fn connect() -> Result<EventLoop<()>, GlassError> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("WAYLAND_SOCKET") {
        return Err(GlassError::NoDisplay("neither DISPLAY nor WAYLAND_DISPLAY is set".into()));
    }
    // A display without the extensions or libraries that winit takes for granted makes it panic; here that only means
    // that there is no window.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let built = panic::catch_unwind(|| {
        let mut builder = EventLoop::<()>::with_user_event();
        EventLoopBuilderExtX11::with_any_thread(&mut builder, true);
        EventLoopBuilderExtWayland::with_any_thread(&mut builder, true);
        builder.build()
    });
    panic::set_hook(hook);
    match built {
        Ok(Ok(events)) => Ok(events),
        Ok(Err(EventLoopError::RecreationAttempt)) => {
            Err(GlassError::NoDisplay("this process has already had its one connection to the display".into()))
        }
        Ok(Err(error)) => {
            // winit puts a place in its own source before the reason.
            let text = error.to_string();
            Err(GlassError::NoDisplay(text.rsplit(": ").next().unwrap_or(&text).to_owned()))
        }
        Err(_) => {
            Err(GlassError::NoDisplay("the display server or its client libraries lack what a window needs".into()))
        }
    }
}

struct Stage<C, T> {
    pane: Pane,
    title: String,
    fit: Fit,
    clock: C,
    turn: T,
    surface: Option<Surface>,
    active: bool,
    /// Another thread asked for a turn.
    woken: bool,
    /// The desktop lost the picture: present it all.
    exposed: bool,
    /// No frame before this.
    due: Duration,
    /// What the program wants.
    next: Next,
    mouse: PhysicalPosition<f64>,
    dragging: bool,
    modifiers: ModifiersState,
    failure: Option<GlassError>,
}

impl<C: Fn() -> Duration, T: FnMut(&mut Pane, Turn) -> Next> ApplicationHandler for Stage<C, T> {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.surface.is_none()
            && let Err(error) = self.show(events)
        {
            self.failure = Some(error);
            events.exit();
        }
    }

    fn user_event(&mut self, _: &ActiveEventLoop, (): ()) {
        self.woken = true;
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        match event {
            WindowEvent::CloseRequested | WindowEvent::Destroyed => events.exit(),
            WindowEvent::RedrawRequested => self.exposed = true,
            WindowEvent::Resized(size) => self.fit_to(size),
            WindowEvent::ModifiersChanged(modifiers) => self.modifiers = modifiers.state(),
            WindowEvent::KeyboardInput { event, .. } if event.state == ElementState::Pressed => {
                let Pressed::Named(named) = event.logical_key else { return };
                let key = match named {
                    NamedKey::Tab if self.modifiers.shift_key() => Key::Previous,
                    NamedKey::Tab => Key::Next,
                    NamedKey::Enter => Key::Enter,
                    NamedKey::Escape => Key::Back,
                    _ => return,
                };
                self.active = true;
                self.pane.press(key, (self.clock)());
            }
            WindowEvent::CursorMoved { position, .. } => {
                self.mouse = position;
                if self.dragging {
                    self.contact(MOUSE, Phase::Move, position);
                }
            }
            WindowEvent::MouseInput { state, button: MouseButton::Left, .. } => {
                self.dragging = state == ElementState::Pressed;
                self.contact(MOUSE, if self.dragging { Phase::Down } else { Phase::Up }, self.mouse);
            }
            WindowEvent::MouseWheel { delta, .. } => {
                // A wheel's notch is three lines of text on most desktops; here it is a fifteenth of the panel.
                let pixels = match delta {
                    MouseScrollDelta::LineDelta(_, lines) => lines * self.pane.size().height as f32 / 15.0,
                    MouseScrollDelta::PixelDelta(by) => by.y as f32,
                };
                self.active = true;
                let (x, y) = self.on_panel(self.mouse);
                self.pane.scroll(x, y, pixels, (self.clock)());
            }
            WindowEvent::Touch(touch) => {
                let phase = match touch.phase {
                    TouchPhase::Started => Phase::Down,
                    TouchPhase::Moved => Phase::Move,
                    TouchPhase::Ended => Phase::Up,
                    TouchPhase::Cancelled => Phase::Cancel,
                };
                self.contact(touch.id, phase, touch.location);
            }
            _ => {}
        }
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        let now = (self.clock)();
        if now >= self.due
            && let Err(error) = self.frame(now)
        {
            self.failure = Some(error);
            events.exit();
            return;
        }
        let now = (self.clock)();
        let wish = match self.next {
            _ if self.exposed || self.active || self.woken => Some(Duration::ZERO),
            Next::Stop => return events.exit(),
            Next::Turn(at) => Some(at.saturating_sub(now)),
            Next::Event => None,
        };
        let rest = [self.pane.rest(), wish].into_iter().flatten().min();
        events.set_control_flow(match rest {
            // However much is due, there is one frame at a time.
            Some(rest) => ControlFlow::wait_duration(rest.max(self.due.saturating_sub(now))),
            None => ControlFlow::Wait,
        });
    }
}

impl<C: Fn() -> Duration, T: FnMut(&mut Pane, Turn) -> Next> Stage<C, T> {
    fn show(&mut self, events: &ActiveEventLoop) -> Result<(), GlassError> {
        let monitor = events.primary_monitor().or_else(|| events.available_monitors().next());
        let panel = self.fit.panel;
        let size = match monitor.map(|monitor| monitor.size()) {
            Some(size) if size.width >= panel.width && size.height >= panel.height => panel,
            Some(size) if size.width > 0 && size.height > 0 => {
                self.fit.within(f64::from(size.width) * SHARE, f64::from(size.height) * SHARE).0
            }
            _ => self.fit.within(f64::from(panel.width) / 2.0, f64::from(panel.height) / 2.0).0,
        };
        let attributes = winit::window::Window::default_attributes()
            .with_title(&self.title)
            .with_name("vyveska", "vyveska")
            .with_inner_size(PhysicalSize::new(size.width, size.height));
        let failed = |error: &dyn std::fmt::Display| GlassError::Window(error.to_string());
        let window = Rc::new(events.create_window(attributes).map_err(|error| failed(&error))?);
        let actual = window.inner_size();
        self.surface = Some(Surface::new(window, events.owned_display_handle())?);
        self.fit_to(actual);
        Ok(())
    }

    /// The window has another size: the panel is painted as large as fits.
    fn fit_to(&mut self, window: PhysicalSize<u32>) {
        let (Some(width), Some(height)) = (NonZeroU32::new(window.width), NonZeroU32::new(window.height)) else {
            return;
        };
        let (size, scale) = self.fit.within(f64::from(window.width), f64::from(window.height));
        if size != self.pane.size()
            && let Err(error) = self.pane.resize(size, scale)
        {
            tracing::warn!("the window keeps its picture: {error}");
            return;
        }
        if let Some(surface) = &mut self.surface {
            surface.resize(width, height, size);
        }
        self.exposed = true;
    }

    fn frame(&mut self, now: Duration) -> Result<(), GlassError> {
        let active = std::mem::take(&mut self.active);
        self.woken = false;
        self.pane.tick(now);
        self.next = (self.turn)(&mut self.pane, Turn::Step { at: now, active });
        let damage = self.pane.draw();
        self.due = now + FRAME;
        let Some(surface) = &mut self.surface else { return Ok(()) };
        let whole = std::mem::take(&mut self.exposed);
        if whole || !damage.is_empty() {
            surface.present(self.pane.pixels(), &damage, whole)?;
        }
        if self.next != Next::Stop {
            self.next = (self.turn)(&mut self.pane, Turn::Presented { at: (self.clock)() });
        }
        Ok(())
    }

    fn contact(&mut self, id: u64, phase: Phase, place: PhysicalPosition<f64>) {
        self.active = true;
        let (x, y) = self.on_panel(place);
        self.pane.touch(Contact { id, phase, x, y, length: 0.0 }, (self.clock)());
    }

    /// From the window's pixels to the panel's.
    fn on_panel(&self, place: PhysicalPosition<f64>) -> (f32, f32) {
        let (left, top) = self.surface.as_ref().map_or((0, 0), Surface::offset);
        (place.x as f32 - left as f32, place.y as f32 - top as f32)
    }
}
