//! A pane of glass: the shadow buffer, the window above it, the time, the fingers. What both forms of glass share.

use std::rc::Rc;
use std::time::Duration;

use slint::Window;
use slint::platform::software_renderer::RepaintBufferType;
use slint::platform::{Key as SlintKey, WindowAdapter, WindowEvent, update_timers_and_animations};

use super::platform::{Shared, Sheet};
use super::shadow::Shadow;
use super::{Contact, Damage, GlassError, Hands, Key, Picture, Rect, Size, Xrgb, elements, scale, touch};
use crate::hand::{Phase, Place};

/// Frames are this far apart while something moves: 60 a second.
pub const FRAME: Duration = Duration::from_micros(16_667);

/// A finger that goes less far than this does not drag a list, in logical pixels: Slint's own measure.
const DRAG: f32 = 8.0;

/// One panel's glass on this thread. Make it first, then the component: `App::new()` takes the pane made last.
pub struct Pane {
    shared: Rc<Shared>,
    sheet: Rc<Sheet>,
    /// Slint's time at which this pane's own time began.
    origin: Duration,
    shadow: Vec<Xrgb>,
    size: Size,
    hands: Hands,
    /// Where, and when by Slint's time, the finger came down that stopped a thrown list: it presses nothing unless it
    /// drags.
    stopping: Option<(Place, Duration)>,
    _token: Rc<()>,
}

impl Pane {
    /// `scale` is logical to physical pixels; see [`super::scale_factor`].
    pub fn new(size: Size, scale: f32) -> Result<Pane, GlassError> {
        let size = size.check(scale)?;
        let shared = Shared::of_this_thread()?;
        let sheet = Sheet::new(size);
        let token = shared.occupy(&sheet)?;
        let origin = shared.time();
        let shadow = vec![Xrgb::default(); size.width as usize * size.height as usize];
        let pane = Pane { shared, sheet, origin, shadow, size, hands: Hands::default(), stopping: None, _token: token };
        pane.window().dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor: scale::exact(scale, size) });
        Ok(pane)
    }

    pub fn size(&self) -> Size {
        self.size
    }

    pub fn scale(&self) -> f32 {
        self.window().scale_factor()
    }

    pub fn window(&self) -> &Window {
        self.sheet.window()
    }

    /// The contacts on this pane, for the screen whose canvas they move.
    pub fn hands(&self) -> Hands {
        self.hands.clone()
    }

    /// The pane's time: how far it has been moved on since it was made.
    pub fn time(&self) -> Duration {
        self.shared.time() - self.origin
    }

    /// Moves the time on to `at` (never back), hands over the merged moves of the finger, runs the timers that are due
    /// and steps the animations. Call it once before each frame.
    pub fn tick(&mut self, at: Duration) {
        self.set_time(at);
        if let Some(event) = self.hands.flush(self.time()) {
            touch::dispatch(event, self.window());
            update_timers_and_animations();
        }
    }

    /// A contact changed at `at`. Moves wait for the next tick or lift, so that there is at most one a frame.
    pub fn touch(&mut self, contact: Contact, at: Duration) {
        self.set_time(at);
        let logical = 1.0 / self.scale();
        for mut event in self.hands.report(contact, logical, self.time()) {
            match event.phase {
                Phase::Down => self.stopping = self.rolls().then(|| (event.at, self.shared.time())),
                Phase::Up if self.stopping.is_some_and(|(from, _)| from.distance(event.at) < DRAG) => {
                    event.phase = Phase::Cancel;
                }
                _ => {}
            }
            touch::dispatch(event, self.window());
        }
    }

    /// A key of the pad was pressed at `at`.
    pub fn press(&mut self, key: Key, at: Duration) {
        self.set_time(at);
        let text = match key {
            Key::Next => SlintKey::Tab,
            Key::Previous => SlintKey::Backtab,
            Key::Enter => SlintKey::Return,
            Key::Back => SlintKey::Escape,
        };
        self.window().dispatch_event(WindowEvent::KeyPressed { text: text.into() });
        self.window().dispatch_event(WindowEvent::KeyReleased { text: text.into() });
    }

    /// A mouse wheel turned above a place (physical pixels): `pixels` down the panel where positive.
    pub fn scroll(&mut self, x: f32, y: f32, pixels: f32, at: Duration) {
        self.set_time(at);
        let scale = self.scale();
        if self.hands.roll(Place::new(x / scale, y / scale), pixels / scale, self.time()) {
            return;
        }
        let position = slint::LogicalPosition::new(x / scale, y / scale);
        let delta_y = pixels / scale;
        self.window().dispatch_event(WindowEvent::PointerScrolled { position, delta_x: 0.0, delta_y });
    }

    /// Paints what changed into the shadow buffer and says where. Nothing changed: nothing is painted.
    pub fn draw(&mut self) -> Damage {
        let mut damage = Damage::default();
        if !self.sheet.wants_redraw.replace(false) {
            return damage;
        }
        let mut shadow = Shadow::new(&mut self.shadow, self.size.width as usize);
        let region = self.sheet.renderer.render_into_buffer(&mut shadow);
        shadow.lay_ground();
        self.sheet.renderer.set_repaint_buffer_type(RepaintBufferType::ReusedBuffer);
        for (origin, extent) in region.iter() {
            damage.push(Rect { x: origin.x as u32, y: origin.y as u32, width: extent.width, height: extent.height });
        }
        // What was laid out and moved by painting tells its handlers now, not with the next touch.
        update_timers_and_animations();
        damage
    }

    /// How long nothing will happen by itself: zero to a frame while something moves, `None` for ever.
    pub fn rest(&self) -> Option<Duration> {
        if self.moves() {
            return Some(FRAME);
        }
        slint::platform::duration_until_next_timer_update()
    }

    /// Whether another frame is wanted as soon as there can be one.
    pub fn moves(&self) -> bool {
        // What was set since the last tick may start a timer.
        update_timers_and_animations();
        self.sheet.wants_redraw.get() || self.hands.moved() || self.rolls()
    }

    /// The shadow buffer: what the panel shows, row after row.
    pub fn pixels(&self) -> &[Xrgb] {
        &self.shadow
    }

    pub fn picture(&self) -> Picture {
        Picture::of(&self.shadow, self.size.width, self.size.height)
    }

    /// Everything on the glass that has a role, in reading order.
    pub fn elements(&self) -> Vec<elements::Element> {
        elements::of(self.window(), self.size)
    }

    /// Another panel: the window was resized, or a display with another resolution was plugged in. Everything is
    /// painted anew.
    pub fn resize(&mut self, size: Size, scale: f32) -> Result<(), GlassError> {
        self.size = size.check(scale)?;
        let scale_factor = scale::exact(scale, size);
        self.sheet.resize(size);
        self.shadow = vec![Xrgb::default(); size.width as usize * size.height as usize];
        self.window().dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor });
        let logical = slint::LogicalSize::new(size.width as f32 / scale_factor, size.height as f32 / scale_factor);
        self.window().dispatch_event(WindowEvent::Resized { size: logical });
        // The new buffer holds nothing that could be reused.
        self.sheet.renderer.set_repaint_buffer_type(RepaintBufferType::NewBuffer);
        self.window().request_redraw();
        Ok(())
    }

    fn set_time(&mut self, at: Duration) {
        self.shared.set_time(self.origin + at);
        // Before any input: Slint measures the speed of a finger by the animation tick.
        update_timers_and_animations();
        // What still rolls later was not stopped: the finger came down beside it.
        let later = |(_, since): (Place, Duration)| self.shared.time().as_millis() > since.as_millis();
        if self.stopping.is_some_and(later) && self.rolls() {
            self.stopping = None;
        }
    }

    /// Whether a list moves by itself. Slint finds that out once for each millisecond, when the time is set; nothing else
    /// on the glass is animated.
    fn rolls(&self) -> bool {
        self.window().has_active_animations()
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        self.shared.vacate();
    }
}
