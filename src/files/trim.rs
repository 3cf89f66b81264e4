//! Removes what nobody needs any more. It asks of each file, and leaves alone what it does not understand.

use std::fs::{self, DirEntry};
use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

use super::{Files, FilesError, remove_all};
use crate::model::Digest;

/// A file that no row names is left alone for so long after it was last written: its row may still be coming.
pub const UNTOUCHED: Duration = Duration::from_secs(3600);

/// What [`Files::trim`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trimmed {
    pub documents: usize,
    pub downloads: usize,
    pub bytes: u64,
}

impl Files {
    /// Removes documents, and what was made from them, for which `keep` is false, and downloads whose address has a
    /// digest for which it is false, where they have lain untouched for [`UNTOUCHED`] at `now`. A file from the
    /// future (the clock was wrong) counts as untouched.
    pub fn trim(&self, keep: impl Fn(&Digest) -> bool, now: DateTime<Utc>) -> Result<Trimmed, FilesError> {
        self.remove_unless(keep, |entry| untouched(entry, now.into()))
    }

    /// The same whenever they were written: for a full disk, and only while nothing is being fetched.
    pub fn trim_at_once(&self, keep: impl Fn(&Digest) -> bool) -> Result<Trimmed, FilesError> {
        self.remove_unless(keep, |_| true)
    }

    fn remove_unless(
        &self,
        keep: impl Fn(&Digest) -> bool,
        may_go: impl Fn(&DirEntry) -> bool,
    ) -> Result<Trimmed, FilesError> {
        let mut trimmed = Trimmed::default();
        for folder in entries(&self.root)? {
            let downloads = folder.file_name() == "incoming";
            for entry in entries(&folder.path())? {
                if !may_go(&entry) {
                    continue;
                }
                let path = entry.path();
                let name = entry.file_name().to_string_lossy().into_owned();
                let digest = Digest::parse(name.split('.').next().unwrap_or(""));
                // A temporary file that has lain so long was left behind by a process that died.
                let needed = !name.ends_with(".tmp") && digest.is_none_or(|digest| keep(&digest));
                if needed {
                    continue;
                }
                trimmed.bytes += size(&path);
                remove_all(&path)?;
                if Digest::parse(&name).is_some() {
                    *if downloads { &mut trimmed.downloads } else { &mut trimmed.documents } += 1;
                }
            }
        }
        Ok(trimmed)
    }
}

fn entries(folder: &Path) -> Result<Vec<DirEntry>, FilesError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(FilesError::at(folder))?;
    entries.collect::<Result<_, _>>().map_err(FilesError::at(folder))
}

fn untouched(entry: &DirEntry, now: SystemTime) -> bool {
    let Ok(touched) = entry.metadata().and_then(|data| data.modified()) else { return false };
    now.duration_since(touched).map_or(true, |age| age >= UNTOUCHED)
}

fn size(path: &Path) -> u64 {
    let Ok(data) = fs::symlink_metadata(path) else { return 0 };
    if !data.is_dir() {
        return data.len();
    }
    fs::read_dir(path).map_or(0, |inside| inside.flatten().map(|entry| size(&entry.path())).sum())
}
