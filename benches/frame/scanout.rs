//! A buffer that is scanned out on a bare display, in turn with another one.

use vyveska::config::Rotation;
use vyveska::glass::kms::rotation::{Raw, copy, turned};
use vyveska::glass::{Damage, Offscreen, Size};

use super::PANEL;

pub const SIZE: Size = Size { width: PANEL.width_px, height: PANEL.height_px };

pub struct Scanout {
    rotation: Rotation,
    pixels: Vec<Raw>,
    /// What the other one got and this one lacks.
    lacks: Damage,
}

impl Scanout {
    pub fn new(rotation: Rotation) -> Scanout {
        let pixels = vec![Raw::default(); (SIZE.width * SIZE.height) as usize];
        Scanout { rotation, pixels, lacks: Damage::default() }
    }

    pub fn draw(&mut self, glass: &mut Offscreen) {
        let damage = glass.draw();
        self.show(glass, damage);
    }

    /// Copies what was painted since the last time, and what the other buffer got then.
    pub fn show(&mut self, glass: &Offscreen, damage: Damage) {
        self.lacks.merge(damage.clone());
        let stride = turned(SIZE, self.rotation).width as usize;
        copy(glass.pane().pixels(), SIZE, self.lacks.rects(), self.rotation, &mut self.pixels, stride);
        self.lacks = damage;
    }
}
