//! Where pages are drawn without a display: an off-screen glass, a screen on it, and what they are drawn from.

use std::time::Duration;

use vyveska::clock::Now;
use vyveska::config::{Language, Panel};
use vyveska::glass::{FRAME, Offscreen, scale_factor};
use vyveska::model::Board;
use vyveska::nav::Patience;
use vyveska::screen::pictures::Pictures;
use vyveska::screen::{Screen, Setting};
use vyveska::store::Posted;
use vyveska::view::View;
use vyveska::wire::SyncReport;
use vyveska::wire::decree::Decree;

/// Everything a page is drawn from.
pub struct Set {
    pub boards: Vec<Board>,
    pub posted: Vec<Posted>,
    pub report: SyncReport,
    pub decree: Decree,
    pub now: Now,
    pub panel: Panel,
    pub patience: Patience,
    pub languages: Vec<Language>,
}

impl Set {
    /// Makes it the board's own language, which it also speaks when left alone.
    pub fn speak_first(&mut self, language: Language) {
        self.languages.retain(|other| *other != language);
        self.languages.insert(0, language);
    }
}

/// A glass with a screen on it. The screen goes first when both are dropped.
pub struct Studio {
    pub screen: Screen,
    pub glass: Offscreen,
}

impl Studio {
    pub fn new(set: &Set, pictures: Pictures) -> Result<Studio, String> {
        let panel = set.panel;
        let glass = Offscreen::new(panel.width_px, panel.height_px, scale_factor(panel.width_px, panel.width_mm))
            .map_err(|error| format!("{error}."))?;
        let setting = Setting { panel, patience: set.patience, languages: set.languages.clone() };
        let view = View::of(&set.boards, set.posted.clone(), &set.report, set.now).decreed(&set.decree);
        let screen = Screen::new(&setting, glass.hands(), pictures, view, Duration::ZERO)
            .map_err(|error| format!("{error}."))?;
        let mut studio = Studio { screen, glass };
        studio.settle();
        Ok(studio)
    }

    /// Lets everything that was set off happen. A page that is laid out may call for more of itself, and a long wall
    /// is laid out frame by frame.
    pub fn settle(&mut self) {
        self.run(Duration::from_millis(300));
    }

    /// Lets time pass as the panel does, frame by frame.
    pub fn run(&mut self, time: Duration) {
        let end = self.glass.time() + time;
        self.step();
        while self.glass.time() < end {
            self.glass.advance(FRAME.min(end - self.glass.time()));
            self.step();
        }
    }

    /// What the panel does before each frame.
    pub fn step(&mut self) {
        let at = self.glass.time();
        self.screen.settle(at);
        if self.screen.wake().is_some_and(|due| due <= at) {
            self.screen.tick(at);
        }
        while self.screen.wake() == Some(Duration::ZERO) {
            self.screen.tick(self.glass.time());
            self.glass.draw();
        }
    }
}

/// A panel of so many pixels. Without a configuration, pixels are as large as those of a 32-inch panel of 1080 × 1920,
/// or half that where there are twice as many.
pub fn panel(size: &str) -> Result<Panel, String> {
    let wrong = || format!("\"{size}\" is no size. Write width and height in pixels, such as 1080x1920.");
    let (width, height) = size.split_once('x').ok_or_else(wrong)?;
    let side = |text: &str| text.parse().ok().filter(|side| (320..=8192).contains(side)).ok_or_else(wrong);
    let (width_px, height_px): (u32, u32) = (side(width)?, side(height)?);
    let fineness = if width_px.min(height_px) >= 2160 { 2.0 } else { 1.0 };
    let mm = 398.0 / 1080.0 / fineness;
    Ok(Panel {
        width_px,
        height_px,
        width_mm: width_px as f32 * mm,
        height_mm: height_px as f32 * mm,
        lower_edge_mm: 850.0,
        reading_distance_mm: 800.0,
    })
}
