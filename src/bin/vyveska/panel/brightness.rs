//! How bright the glass is where somebody set it by hand: kept in the data folder, above the settings, until somebody
//! gives it back to them.
//!
//! It is the brightness by day. What dims it (the night, long silence, the light around) goes on from there.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use vyveska::config::MIN_BRIGHTNESS;

/// Per cent as a number, and nothing else.
const FILE_NAME: &str = "brightness";

#[derive(Default)]
pub struct Brightness {
    /// `None`: nothing is kept.
    path: Option<PathBuf>,
    percent: Option<u32>,
}

impl Brightness {
    /// What is no number of per cent counts as nothing.
    pub fn open(data: &Path) -> Brightness {
        let path = data.join(FILE_NAME);
        let percent = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
        Brightness { path: Some(path), percent: percent.filter(|percent| (MIN_BRIGHTNESS..=100).contains(percent)) }
    }

    /// `None`: the settings say it.
    pub fn by_hand(&self) -> Option<u32> {
        self.percent
    }

    /// Never so dark that it cannot be read; 0: the settings say it again. It counts also where it cannot be kept.
    pub fn set(&mut self, percent: u32) -> io::Result<()> {
        self.percent = (percent > 0).then(|| percent.clamp(MIN_BRIGHTNESS, 100));
        let Some(path) = &self.path else { return Ok(()) };
        let Some(percent) = self.percent else {
            return fs::remove_file(path).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            });
        };
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(percent.to_string().as_bytes())?;
        file.sync_all()?;
        fs::rename(new, path)
    }
}
