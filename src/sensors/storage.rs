//! The disk under the databases: how full, whether it may still be written, and how worn.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Root, name, text};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Storage {
    /// Bytes of the file system of the data folder, and those of them that are free to us (statvfs).
    pub bytes: Option<u64>,
    pub free_bytes: Option<u64>,
    /// Files it can hold, and how many more; `None` where the file system does not count them.
    pub files: Option<u64>,
    pub free_files: Option<u64>,
    /// It is mounted for reading only, by itself after an error or on purpose (Documentation/filesystems/proc.rst:
    /// `mountinfo`).
    pub read_only: Option<bool>,
    /// Errors that ext4 has found in it since it was made or checked (Documentation/ABI/testing/sysfs-fs-ext4:
    /// `errors_count`).
    pub errors: Option<u64>,
    /// eMMC and SD cards, whatever is on them.
    pub cards: Vec<Card>,
}

/// `/sys/block/mmcblk*/device` (drivers/mmc/core; the values are those of JEDEC JESD84-B51, EXT_CSD 267 to 269).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// `mmcblk0`
    pub name: String,
    /// `MMC` is an eMMC, which tells its wear; `SD` tells none.
    pub kind: String,
    /// Upper bound, in per cent, of what is used up of its life, the worse of its two kinds of memory; 110: more than
    /// all.
    pub used_percent: Option<u32>,
    pub reserve: Option<Reserve>,
    /// Since the machine started (Documentation/block/stat.rst: sectors of 512 bytes): all that an SD card can say of
    /// its wear.
    pub written_bytes: Option<u64>,
}

/// What is left of the blocks that replace worn ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reserve {
    Normal,
    /// Four fifths are used.
    Warning,
    /// Nine tenths are used.
    Urgent,
    /// Also what a later version calls otherwise.
    #[serde(other)]
    Unknown,
}

pub fn read(root: Root, data: &Path) -> Storage {
    let space = rustix::fs::statvfs(data).ok();
    let mount = root.text("proc/self/mountinfo").and_then(|table| Mount::under(&table, data));
    let cards = root.folder("sys/block");
    // Its boot and replay-protected parts are devices of their own without a `device/type`.
    let cards = cards.iter().filter(|path| name(path).starts_with("mmcblk")).filter_map(|path| card(path));
    Storage {
        bytes: space.as_ref().map(|space| space.f_blocks.saturating_mul(space.f_frsize)),
        free_bytes: space.as_ref().map(|space| space.f_bavail.saturating_mul(space.f_frsize)),
        files: space.as_ref().map(|space| space.f_files).filter(|files| *files > 0),
        free_files: space.as_ref().filter(|space| space.f_files > 0).map(|space| space.f_favail),
        read_only: mount.as_ref().map(|mount| mount.read_only),
        errors: mount.and_then(|mount| root.number(&format!("sys/fs/ext4/{}/errors_count", mount.device))),
        cards: cards.collect(),
    }
}

/// One line of `mountinfo`: what lies under a folder.
#[derive(Debug, PartialEq)]
struct Mount {
    /// `mmcblk0p3`
    device: String,
    read_only: bool,
}

impl Mount {
    /// The last of the deepest mount points above `folder` is the one that counts.
    fn under(table: &str, folder: &Path) -> Option<Mount> {
        let mut best: Option<(usize, Mount)> = None;
        for line in table.lines() {
            let Some((before, after)) = line.split_once(" - ") else { continue };
            let mut before = before.split(' ').skip(4);
            let (Some(point), Some(options)) = (before.next(), before.next()) else { continue };
            let mut after = after.split(' ').skip(1);
            let (Some(source), Some(of_all)) = (after.next(), after.next()) else { continue };
            // A blank in a name is written as \040.
            let point = point.replace("\\040", " ");
            let depth = Path::new(&point).components().count();
            if folder.starts_with(&point) && best.as_ref().is_none_or(|(deepest, _)| depth >= *deepest) {
                let read_only = [options, of_all].iter().any(|options| options.split(',').any(|word| word == "ro"));
                best = Some((depth, Mount { device: name(Path::new(source)), read_only }));
            }
        }
        best.map(|(_, mount)| mount)
    }
}

fn card(path: &Path) -> Option<Card> {
    let kind = text(&path.join("device/type"))?;
    let used = text(&path.join("device/life_time"));
    // Two estimates in tenths, 0x01 to 0x0b; 0x00: not defined.
    let used = used.and_then(|text| text.split_whitespace().filter_map(hexadecimal).max());
    let reserve = text(&path.join("device/pre_eol_info")).as_deref().and_then(hexadecimal);
    let reserve = reserve.and_then(|level| match level {
        1 => Some(Reserve::Normal),
        2 => Some(Reserve::Warning),
        3 => Some(Reserve::Urgent),
        _ => None,
    });
    let used_percent = used.filter(|tenths| (1..=11).contains(tenths)).map(|tenths| tenths * 10);
    let sectors = text(&path.join("stat")).and_then(|text| text.split_whitespace().nth(6)?.parse::<u64>().ok());
    let written_bytes = sectors.map(|sectors| sectors.saturating_mul(512));
    Some(Card { name: name(path), kind, used_percent, reserve, written_bytes })
}

fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
