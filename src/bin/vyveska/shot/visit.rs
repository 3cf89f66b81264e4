//! A visit: what a touch sensor told while somebody was there, replayed on the studio's glass in the recording's time.
//!
//! The surprising thing: nothing of it is read off a clock. Frames come 60 times a second of the recording while
//! something moves, so a recording leads to the same picture, to the byte, on any machine.

use std::fs;
use std::time::Duration;

use vyveska::glass::{FRAME, Size};
use vyveska::touch::{Event, Sensor, SensorError, Trace};

use super::studio::Studio;

pub struct Visit {
    sensor: Sensor,
    /// When the recording began, as the glass counts the time.
    begin: Duration,
    /// When the last frame was made.
    frame: Duration,
    /// Since then somebody touched the glass.
    touched: bool,
}

/// A recording in a file.
pub fn read(path: &str) -> Result<Trace, String> {
    let told = |error: &dyn std::fmt::Display| format!("{error}.");
    let text = fs::read_to_string(path).map_err(|error| told(&error))?;
    let trace: Trace = text.parse().map_err(|error| told(&error))?;
    Sensor::new(|code| trace.axis(code), 1, 1).map_err(|error| told(&error))?;
    Ok(trace)
}

/// Replays all of it from now on, and lets what it set off happen.
pub fn replay(studio: &mut Studio, trace: &Trace) -> Result<(), SensorError> {
    let mut visit = Visit::begin(studio, trace)?;
    trace.events().iter().for_each(|event| visit.hear(studio, *event));
    studio.settle();
    Ok(())
}

impl Visit {
    /// Now, with the sensor of this recording.
    pub fn begin(studio: &Studio, trace: &Trace) -> Result<Visit, SensorError> {
        let Size { width, height } = studio.glass.pane().size();
        let sensor = Sensor::new(|code| trace.axis(code), width, height)?;
        let begin = studio.glass.time();
        Ok(Visit { sensor, begin, frame: begin, touched: false })
    }

    /// What was due before happens first.
    pub fn hear(&mut self, studio: &mut Studio, event: Event) {
        self.until(studio, event.at);
        let at = self.begin + event.at;
        for contact in self.sensor.take(event) {
            studio.glass.report(contact, at);
            self.touched = true;
        }
    }

    /// Lets time pass up to this moment of the recording, frame by frame where there is something to show.
    pub fn until(&mut self, studio: &mut Studio, moment: Duration) {
        let end = self.begin + moment;
        loop {
            let at = studio.glass.time();
            let soon = self.touched.then_some(at);
            let rest = studio.glass.pane().rest().map(|rest| at + rest);
            let due = [soon, rest, studio.screen.wake()].into_iter().flatten().min();
            let Some(next) = due.map(|due| due.max(self.frame + FRAME)).filter(|next| *next <= end) else { break };
            studio.glass.advance(next.saturating_sub(at));
            self.make_frame(studio);
        }
        studio.glass.advance(end.saturating_sub(studio.glass.time()));
    }

    /// In the order of the panel.
    fn make_frame(&mut self, studio: &mut Studio) {
        self.frame = studio.glass.time();
        studio.screen.settle(self.frame);
        if std::mem::take(&mut self.touched) {
            studio.screen.active(self.frame);
        }
        studio.step();
    }
}
