//! A small chart of the last days, drawn on the server: SVG without a script.
//!
//! A chart shows what was measured and nothing else: where nothing was reported for longer than a step of the history
//! there is a gap, not a line through it.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};

/// In the units of the picture; it is scaled to whatever room there is.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;
/// Measured points further apart than this are not joined.
const GAP: TimeDelta = TimeDelta::minutes(70);

/// One measured quantity over time.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What it is, with its unit, for the heading and for who cannot see the line.
    pub title: String,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// Oldest first.
    pub points: Vec<(DateTime<Utc>, f64)>,
    /// Lowest and highest value that the chart has room for, at least.
    pub bounds: (f64, f64),
}

impl Chart {
    /// What was measured last.
    pub fn last(&self) -> Option<f64> {
        self.points.last().map(|(_, value)| *value)
    }

    /// Lowest and highest value that was measured.
    pub fn range(&self) -> Option<(f64, f64)> {
        let values = || self.points.iter().map(|(_, value)| *value);
        Some((values().reduce(f64::min)?, values().reduce(f64::max)?))
    }

    /// The `d` of an SVG path in a box of 600 × 120.
    pub fn path(&self) -> String {
        let (low, high) = self.span();
        let length = (self.until - self.from).num_seconds().max(1) as f64;
        let mut path = String::new();
        let mut before: Option<DateTime<Utc>> = None;
        for (at, value) in &self.points {
            let x = (*at - self.from).num_seconds() as f64 / length * WIDTH;
            let y = HEIGHT - (value - low) / (high - low) * HEIGHT;
            let joined = before.is_some_and(|before| *at - before <= GAP);
            let stroke = if joined { 'L' } else { 'M' };
            // A point alone is a dot: a line of no length with round ends.
            let dot = if joined { "" } else { "h0" };
            write!(path, "{stroke}{x:.1} {y:.1}{dot}").expect("a string takes everything");
            before = Some(*at);
        }
        path
    }

    /// Lowest and highest value of the box.
    pub fn span(&self) -> (f64, f64) {
        let (low, high) = self.range().unwrap_or(self.bounds);
        let (low, high) = (low.min(self.bounds.0), high.max(self.bounds.1));
        if high > low { (low, high) } else { (low, low + 1.0) }
    }
}
