//! What the panel says of itself in `run/panel.json`: right after a frame, where something changed or a minute is over.
//!
//! A report that cannot be written does not keep the board from being read; it is said once, and tried with the next
//! beat.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use vyveska::clock::{self, Now};
use vyveska::nav::Page;
use vyveska::wire::{DisplayReport, LeftOut, PanelReport, ShownMessage, TouchReport};

/// With nothing new it is written this often. Shorter than the minute after which the panel looks around anyway.
pub const BEAT: Duration = Duration::from_secs(50);

pub struct Report {
    /// `None`: nobody is told, the glass is not the one on the street.
    run: Option<PathBuf>,
    written: PanelReport,
    written_at: Option<Duration>,
    trouble: bool,
}

/// What the panel knows of itself now.
pub struct Facts<'a> {
    pub page: &'a Page,
    /// The technician's page has the glass.
    pub service: bool,
    pub readable: bool,
    pub up: usize,
    pub reading: bool,
    pub display: DisplayReport,
    pub touch: Option<TouchReport>,
    pub messages: Vec<ShownMessage>,
    pub left_out: Vec<LeftOut>,
    /// See [`PanelReport::decree`].
    pub decree: String,
    /// So long somebody still works on the panel.
    pub maintained_for: Option<Duration>,
}

impl Report {
    pub fn new(run: Option<&Path>) -> Report {
        let written = PanelReport { v: PanelReport::VERSION, ..PanelReport::default() };
        Report { run: run.map(Path::to_owned), written, written_at: None, trouble: false }
    }

    /// A frame has reached the glass at `at`, as time since the start, or would have if there were a display. Returns what
    /// is said of it now, where that is told at all, and whether it is new.
    pub fn presented(&mut self, facts: &Facts, now: Now, at: Duration) -> Option<(&PanelReport, bool)> {
        let run = self.run.as_ref()?;
        let mut new = self.written.clone();
        if self.written_at.is_none() {
            new.first_frame_ms = at.as_millis() as u64;
            new.started_at = TimeDelta::from_std(at).ok().map(|since| now.at - since);
        }
        new.page = if facts.service { "service" } else { name(facts.page) }.to_owned();
        (new.readable, new.up, new.reading) = (facts.readable, facts.up as u64, facts.reading);
        new.idle_since = match facts.reading {
            true => None,
            false => self.written.idle_since.or(Some(now.at)),
        };
        (new.display, new.touch) = (Some(facts.display.clone()), facts.touch.clone());
        new.decree.clone_from(&facts.decree);
        (new.messages, new.left_out) = (Some(facts.messages.clone()), Some(facts.left_out.clone()));
        // The end stays what it is while it draws near.
        let end = facts.maintained_for.and_then(|left| TimeDelta::from_std(left).ok()).map(|left| now.at + left);
        new.maintenance_until = match (end, self.written.maintenance_until) {
            (Some(end), Some(before)) if (end - before).abs() < TimeDelta::seconds(30) => Some(before),
            (end, _) => end,
        };
        let due = self.written_at.is_none_or(|written| at >= written + BEAT);
        if !due && (self.trouble || steady(new.clone(), &self.written) == self.written) {
            return Some((&self.written, false));
        }
        (new.at, new.uptime) = (now.at, Some(clock::boot().since.as_secs()));
        let failed = new.write(run).err();
        if let (Some(error), false) = (&failed, self.trouble) {
            tracing::warn!("{} cannot be written ({error}); sync does not know that somebody reads", run.display());
        }
        self.trouble = failed.is_some();
        self.written = new;
        self.written_at = Some(at);
        Some((&self.written, true))
    }
}

/// A report but for what is another with each frame: that alone is no news, it comes with the next beat.
fn steady(mut report: PanelReport, written: &PanelReport) -> PanelReport {
    if let (Some(display), Some(before)) = (&mut report.display, &written.display) {
        display.flipped_at = before.flipped_at;
    }
    if let (Some(touch), Some(before)) = (&mut report.touch, &written.touch) {
        (touch.touched_at, touch.ignored) = (before.touched_at, before.ignored);
    }
    report
}

/// What the record calls a page.
pub fn name(page: &Page) -> &'static str {
    match page {
        Page::Wall => "wall",
        Page::Message(_) => "message",
        Page::Board => "board",
        Page::Categories => "categories",
        Page::Notice(_) => "notice",
        Page::Document(_) => "document",
        Page::Pages(_) => "pages",
    }
}
