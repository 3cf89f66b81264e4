//! The window's own pixels: the shadow buffer in the middle, dark bars where the window has another shape.
//!
//! The surprising thing: which picture the buffer holds depends on the display server, so only a buffer that is known
//! to hold the last frame gets the damage alone; any other is filled anew.

use std::num::NonZeroU32;
use std::rc::Rc;

use winit::event_loop::OwnedDisplayHandle;
use winit::window::Window;

use super::super::{Damage, GlassError, Rect, Size, Xrgb};

/// The bars beside the panel.
const BAR: u32 = 0x0020_2020;

pub(super) struct Surface {
    inner: softbuffer::Surface<OwnedDisplayHandle, Rc<Window>>,
    window: Rc<Window>,
    /// Of the window.
    width: NonZeroU32,
    height: NonZeroU32,
    panel: Size,
    /// The buffer has the window's size.
    sized: bool,
}

impl Surface {
    pub(super) fn new(window: Rc<Window>, display: OwnedDisplayHandle) -> Result<Surface, GlassError> {
        let context = softbuffer::Context::new(display).map_err(failed)?;
        let inner = softbuffer::Surface::new(&context, window.clone()).map_err(failed)?;
        let panel = Size { width: 1, height: 1 };
        Ok(Surface { inner, window, width: NonZeroU32::MIN, height: NonZeroU32::MIN, panel, sized: false })
    }

    pub(super) fn resize(&mut self, width: NonZeroU32, height: NonZeroU32, panel: Size) {
        self.sized &= (width, height) == (self.width, self.height);
        (self.width, self.height, self.panel) = (width, height, panel);
    }

    /// Where the panel begins in the window.
    pub(super) fn offset(&self) -> (u32, u32) {
        let middle = |outer: NonZeroU32, inner: u32| outer.get().saturating_sub(inner) / 2;
        (middle(self.width, self.panel.width), middle(self.height, self.panel.height))
    }

    /// Puts the panel's pixels on the display: the damage, or all of them.
    pub(super) fn present(&mut self, pixels: &[Xrgb], damage: &Damage, whole: bool) -> Result<(), GlassError> {
        let (left, top) = self.offset();
        let mut whole = whole;
        if !self.sized {
            self.inner.resize(self.width, self.height).map_err(failed)?;
            self.sized = true;
            whole = true;
        }
        let stride = self.width.get() as usize;
        let panel = self.panel;
        let fits = left + panel.width <= self.width.get() && top + panel.height <= self.height.get();
        if !fits {
            // Between two sizes; the next resize event brings the right one.
            return Ok(());
        }
        let mut buffer = self.inner.buffer_mut().map_err(failed)?;
        whole |= buffer.age() != 1;
        let all = [Rect { x: 0, y: 0, width: panel.width, height: panel.height }];
        if whole {
            buffer.fill(BAR);
        }
        for rect in if whole { &all } else { damage.rects() } {
            for row in rect.y..rect.y + rect.height {
                let from = row as usize * panel.width as usize + rect.x as usize;
                let to = (row + top) as usize * stride + (rect.x + left) as usize;
                let width = rect.width as usize;
                for (target, pixel) in buffer[to..to + width].iter_mut().zip(&pixels[from..from + width]) {
                    *target = pixel.0;
                }
            }
        }
        self.window.pre_present_notify();
        if whole {
            return buffer.present().map_err(failed);
        }
        let moved: Vec<softbuffer::Rect> = damage.rects().iter().filter_map(|rect| moved(rect, left, top)).collect();
        buffer.present_with_damage(&moved).map_err(failed)
    }
}

fn moved(rect: &Rect, left: u32, top: u32) -> Option<softbuffer::Rect> {
    let (width, height) = (NonZeroU32::new(rect.width)?, NonZeroU32::new(rect.height)?);
    Some(softbuffer::Rect { x: rect.x + left, y: rect.y + top, width, height })
}

fn failed(error: softbuffer::SoftBufferError) -> GlassError {
    GlassError::Window(error.to_string())
}
