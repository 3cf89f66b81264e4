//! The same frames as Slint paints them on a bare display by itself: its backend `linuxkms` with the software renderer,
//! which has three buffers in turn and therefore paints all of the screen each time, turned where it hangs so.
//!
//! Only its painting is counted, not what it takes to get there: neither the touch nor the waiting for the display.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use i_slint_core::input::TouchPhase;
use i_slint_core::lengths::LogicalPoint;
use i_slint_core::platform::InternalEvent;
use slint::PhysicalSize;
use slint::platform::software_renderer::{
    MinimalSoftwareWindow, PremultipliedRgbaColor, RenderingRotation, RepaintBufferType, TargetPixel,
};
use slint::platform::{
    Platform, PlatformError, WindowAdapter, WindowEvent, set_platform, update_timers_and_animations,
};
use vyveska::config::Rotation;
use vyveska::files::Files;
use vyveska::glass::kms::rotation::turned;
use vyveska::glass::{Hands, scale_factor};
use vyveska::model::Digest;
use vyveska::screen::Screen;
use vyveska::screen::pictures::Pictures;

use super::office::view;
use super::scanout::SIZE;
use super::{FRAME, PANEL, setting};

/// The pixel of that backend (`DumbBufferPixelXrgb888` in `renderer/sw.rs` of i-slint-backend-linuxkms 1.18.1).
#[derive(Clone, Copy)]
pub struct Pixel(u32);

impl TargetPixel for Pixel {
    fn blend(&mut self, color: PremultipliedRgbaColor) {
        let [alpha, red, green, blue] = self.0.to_be_bytes();
        let mut pixel = PremultipliedRgbaColor { red, green, blue, alpha };
        pixel.blend(color);
        self.0 = u32::from_be_bytes([pixel.alpha, pixel.red, pixel.green, pixel.blue]);
    }

    fn from_rgb(red: u8, green: u8, blue: u8) -> Self {
        Pixel(u32::from_be_bytes([0xff, red, green, blue]))
    }

    fn background() -> Self {
        Pixel(0)
    }
}

struct Desktop {
    window: Rc<MinimalSoftwareWindow>,
    clock: Rc<Cell<Duration>>,
}

impl Platform for Desktop {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.clock.get()
    }
}

/// The pages under Slint's own window.
pub struct Slints {
    pub screen: Screen,
    window: Rc<MinimalSoftwareWindow>,
    clock: Rc<Cell<Duration>>,
    pixels: Vec<Pixel>,
    stride: usize,
    turn: RenderingRotation,
}

impl Slints {
    pub fn new(rotation: Rotation, files: &Files, documents: &[Digest]) -> Slints {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
        let clock = Rc::new(Cell::new(Duration::ZERO));
        let desktop = Desktop { window: window.clone(), clock: clock.clone() };
        set_platform(Box::new(desktop)).expect("no other platform in this process");
        let pictures = Pictures::of_files(files.clone());
        let screen = Screen::new(&setting(), Hands::default(), pictures, view(documents), Duration::ZERO);
        window.set_size(PhysicalSize::new(SIZE.width, SIZE.height));
        let scale_factor = scale_factor(PANEL.width_px, PANEL.width_mm);
        window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor });
        let turn = match rotation {
            Rotation::Upright => RenderingRotation::NoRotation,
            Rotation::Quarter => RenderingRotation::Rotate90,
            Rotation::Half => RenderingRotation::Rotate180,
            Rotation::ThreeQuarters => RenderingRotation::Rotate270,
        };
        let pixels = vec![Pixel::background(); (SIZE.width * SIZE.height) as usize];
        let stride = turned(SIZE, rotation).width as usize;
        Slints { screen: screen.expect("pages"), window, clock, pixels, stride, turn }
    }

    /// The finger at a place, in physical pixels, a frame later than the last time.
    pub fn touch(&mut self, phase: TouchPhase, x: f32, y: f32) {
        self.clock.set(self.clock.get() + FRAME);
        update_timers_and_animations();
        let scale = self.window.window().scale_factor();
        let position = LogicalPoint::new(x / scale, y / scale);
        self.window.dispatch_event(WindowEvent::internal(InternalEvent::Touch { id: 0, position, phase }));
        update_timers_and_animations();
        self.screen.settle(self.clock.get());
    }

    /// Paints all of the screen.
    pub fn paint(&mut self) {
        let Slints { window, pixels, stride, turn, .. } = self;
        window.request_redraw();
        window.draw_if_needed(|renderer| {
            renderer.set_rendering_rotation(*turn);
            renderer.render(pixels, *stride);
        });
    }
}
