//! The touch test: which cells of the glass something touched, and where the contacts are now.

use crate::hand::{Contact, Phase};

/// The glass as contacts are counted on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surface {
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// About the side of a cell, in pixels.
    pub cell: f32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Fingers {
    surface: Surface,
    columns: usize,
    rows: usize,
    cells: Vec<bool>,
    /// Number, and place in pixels.
    dots: Vec<(u64, f32, f32)>,
}

impl Fingers {
    pub fn new(surface: Surface) -> Fingers {
        let count = |side: u32| (side as f32 / surface.cell.max(1.0)).round().clamp(1.0, 60.0) as usize;
        let (columns, rows) = (count(surface.width), count(surface.height));
        Fingers { surface, columns, rows, cells: vec![false; columns * rows], dots: Vec::new() }
    }

    pub fn surface(&self) -> Surface {
        self.surface
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Row by row, whether something touched it.
    pub fn cells(&self) -> &[bool] {
        &self.cells
    }

    /// What lies on the glass: the sensor's number, and the place in pixels.
    pub fn dots(&self) -> &[(u64, f32, f32)] {
        &self.dots
    }

    pub fn take(&mut self, contact: Contact) {
        let Contact { id, phase, x, y, .. } = contact;
        self.dots.retain(|(number, ..)| *number != id);
        if matches!(phase, Phase::Down | Phase::Move) {
            self.dots.push((id, x, y));
            let cell = |place: f32, side: u32, count: usize| {
                let at = place / side.max(1) as f32 * count as f32;
                (0.0..count as f32).contains(&at).then_some(at as usize)
            };
            let at = cell(y, self.surface.height, self.rows).zip(cell(x, self.surface.width, self.columns));
            if let Some((row, column)) = at {
                self.cells[row * self.columns + column] = true;
            }
        }
    }
}
