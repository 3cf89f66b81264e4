//! What panels may take: plain files, and in memory what is in them, so that a panel for which nothing is new is
//! answered without any disk.
//!
//! ```text
//! public/OFFICE/BOARD.json             the feed
//! public/OFFICE/documents/DIGEST       a document; it never changes
//! ```
//!
//! A web server or a CDN may serve the folder as it is. A document lies there before the feed that names it, and an hour
//! longer. It has no ending, so that nobody's server calls what an office has published a page of its own. The surprising
//! thing: a document is the same file that the mirror fetched, under a second name; it costs no room, and needs no copy.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::body::Bytes;
use chrono::{DateTime, TimeDelta, Utc};

use crate::files::{Files, FilesError, write_whole};
use crate::model::Digest;

/// Where what lies here is asked for.
pub const PATH: &str = "/mirror";
/// A document that no feed names is kept for so long: a panel may just have read the feed before.
const LEFT_FOR: TimeDelta = TimeDelta::hours(1);

/// A board's feed as it lies there.
#[derive(Debug, Clone)]
pub struct Listed {
    pub office: String,
    pub board: String,
    /// The office's own address, by which panels know the board.
    pub address: String,
    pub bytes: Bytes,
    pub digest: Digest,
    /// When the office was last read without a fault.
    pub good_at: Option<DateTime<Utc>>,
    /// Kinds of what the guard has let through of late.
    pub admitted: Vec<String>,
}

impl Listed {
    /// The path of the feed.
    pub fn path(&self) -> String {
        format!("{PATH}/{}/{}.json", self.office, self.board)
    }
}

/// See the module.
#[derive(Debug)]
pub struct Shelf {
    root: PathBuf,
    listed: RwLock<Index>,
    /// Since when a document is named by no feed.
    left: Mutex<HashMap<PathBuf, DateTime<Utc>>>,
}

#[derive(Debug, Default)]
struct Index {
    /// By office and board.
    feeds: HashMap<(String, String), Arc<Listed>>,
    /// The same by the office's own address.
    addresses: HashMap<String, Arc<Listed>>,
}

impl Index {
    fn put(&mut self, listed: Listed) {
        let listed = Arc::new(listed);
        let key = (listed.office.clone(), listed.board.clone());
        if let Some(before) = self.feeds.insert(key, listed.clone())
            && before.address != listed.address
        {
            self.addresses.remove(&before.address);
        }
        self.addresses.insert(listed.address.clone(), listed);
    }

    fn retain(&mut self, keep: impl Fn(&Listed) -> bool) {
        self.feeds.retain(|_, listed| keep(listed));
        self.addresses.retain(|_, listed| keep(listed));
    }
}

impl Shelf {
    /// The folder `public` in the hub's data folder.
    pub fn at(data: &Path) -> Shelf {
        Shelf { root: data.join("public"), listed: RwLock::default(), left: Mutex::default() }
    }

    pub fn feed(&self, office: &str, board: &str) -> Option<Arc<Listed>> {
        self.read().feeds.get(&(office.to_owned(), board.to_owned())).cloned()
    }

    /// The feed that is read from an office's own address.
    pub fn of_address(&self, address: &str) -> Option<Arc<Listed>> {
        self.read().addresses.get(address).cloned()
    }

    pub fn document(&self, office: &str, digest: &Digest) -> PathBuf {
        self.documents(office).join(digest.to_string())
    }

    /// Lays a feed there, whole or not at all; nothing is written where it is there already.
    pub fn put(&self, office: &str, board: &str, address: &str, bytes: Vec<u8>) -> Result<(), FilesError> {
        let (digest, before) = (Digest::of(&bytes), self.feed(office, board));
        if before.as_ref().is_some_and(|before| before.digest == digest && before.address == address) {
            return Ok(());
        }
        let path = self.root.join(office).join(format!("{board}.json"));
        if fs::read(&path).ok().is_none_or(|there| Digest::of(&there) != digest) {
            write_whole(&path, &bytes)?;
            let open = open_to_all(&path, 0o644).and_then(|()| self.open_folders(office));
            open.map_err(|cause| FilesError::Io { path, cause })?;
        }
        let before = before.filter(|before| before.address == address);
        let (good_at, admitted) = before.map_or((None, Vec::new()), |before| (before.good_at, before.admitted.clone()));
        let (office, board, address) = (office.to_owned(), board.to_owned(), address.to_owned());
        self.write().put(Listed { office, board, address, bytes: bytes.into(), digest, good_at, admitted });
        Ok(())
    }

    /// When the office was last read, and what the guard has let through of late.
    pub fn note(
        &self,
        office: &str,
        board: &str,
        address: &str,
        good_at: Option<DateTime<Utc>>,
        admitted: Vec<String>,
    ) {
        let Some(known) = self.feed(office, board).filter(|known| known.address == address) else { return };
        if known.good_at != good_at || known.admitted != admitted {
            self.write().put(Listed { good_at, admitted, ..(*known).clone() });
        }
    }

    /// Lays a document there. Whether it is.
    pub fn lay(&self, office: &str, files: &Files, digest: &Digest) -> bool {
        let (from, to) = (files.path(digest), self.document(office, digest));
        let Ok(original) = fs::metadata(&from) else { return false };
        if fs::metadata(&to).is_ok_and(|there| there.ino() == original.ino()) {
            return true;
        }
        // What lies there under the name may be what was damaged.
        let new = to.with_extension("new");
        let linked = fs::create_dir_all(self.documents(office)).and_then(|()| {
            fs::remove_file(&new).or_else(ignore_missing)?;
            fs::hard_link(&from, &new)?;
            open_to_all(&new, 0o644)?;
            fs::rename(&new, &to)
        });
        linked.is_ok()
    }

    /// What was laid there is there after a power cut too.
    pub fn settle(&self, office: &str) {
        // Where not, it is laid again.
        let _ = File::open(self.documents(office)).and_then(|folder| folder.sync_all());
    }

    /// Takes away other boards, and documents that have not been named for a while.
    pub fn keep(&self, office: &str, boards: &[&str], documents: &HashSet<Digest>, now: DateTime<Utc>) {
        self.write().retain(|listed| listed.office != office || boards.contains(&listed.board.as_str()));
        for entry in fs::read_dir(self.root.join(office)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "documents" && !name.strip_suffix(".json").is_some_and(|board| boards.contains(&board)) {
                fs::remove_file(entry.path()).ok();
            }
        }
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(self.documents(office)).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if Digest::parse(&name).is_some_and(|digest| documents.contains(&digest)) {
                left.remove(&path);
                continue;
            }
            // A clock that was set back must not keep it for ever.
            let since = *left.entry(path.clone()).or_insert(now);
            if (now - since).abs() >= LEFT_FOR && fs::remove_file(&path).is_ok() {
                left.remove(&path);
            }
        }
    }

    /// Takes away all of an office.
    pub fn remove(&self, office: &str) -> io::Result<()> {
        self.write().retain(|listed| listed.office != office);
        let folder = self.root.join(office);
        self.left.lock().unwrap_or_else(PoisonError::into_inner).retain(|path, _| !path.starts_with(&folder));
        fs::remove_dir_all(folder).or_else(ignore_missing)
    }

    /// Offices of which something lies there.
    pub fn offices(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn documents(&self, office: &str) -> PathBuf {
        self.root.join(office).join("documents")
    }

    /// For a web server beside the hub, whatever the rights that the hub gives its other files.
    fn open_folders(&self, office: &str) -> io::Result<()> {
        fs::create_dir_all(self.documents(office))?;
        let office_folder = self.root.join(office);
        [&self.root, &office_folder, &self.documents(office)].into_iter().try_for_each(|path| open_to_all(path, 0o755))
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.listed.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.listed.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_to_all(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
