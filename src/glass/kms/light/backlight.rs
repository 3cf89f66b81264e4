//! A backlight of the kernel: /sys/class/backlight (Documentation/ABI/stable/sysfs-class-backlight).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(super) struct Backlight {
    path: PathBuf,
    /// Its own units.
    max: u32,
}

impl Backlight {
    /// The named one, or the first by name.
    pub fn find(sys: &Path, name: Option<&str>) -> Option<Backlight> {
        let folder = sys.join("class/backlight");
        let mut paths: Vec<PathBuf> = match name {
            Some(name) => vec![folder.join(name)],
            None => fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect(),
        };
        paths.sort();
        paths.into_iter().find_map(|path| {
            let max = number(&path.join("max_brightness")).filter(|max| *max > 0)?;
            Some(Backlight { path, max })
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Never sets it to nothing, however coarse its steps are.
    pub fn set(&self, percent: u32) -> io::Result<()> {
        let value = (u64::from(self.max) * u64::from(percent.min(100)) + 50) / 100;
        fs::write(self.path.join("brightness"), value.max(1).to_string())?;
        // 0 (`FB_BLANK_UNBLANK`): lit. Firmware and other programs may have left it dark.
        if number(&self.path.join("bl_power")).is_some_and(|power| power != 0) {
            fs::write(self.path.join("bl_power"), "0")?;
        }
        Ok(())
    }

    /// As the hardware says it; 0 where it is switched off.
    pub fn percent(&self) -> Option<u32> {
        if number(&self.path.join("bl_power")).is_some_and(|power| power != 0) {
            return Some(0);
        }
        let value = number(&self.path.join("actual_brightness")).or_else(|| number(&self.path.join("brightness")))?;
        // What glows at all does not count as nothing.
        let percent = (u64::from(value) * 100).div_ceil(u64::from(self.max));
        Some(percent.min(100) as u32)
    }
}

fn number(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
