//! Documents and page pictures on disk, by the SHA-256 of the document.
//!
//! ```text
//! files/ab/abcd…           a document, verified when it is opened
//! files/ab/abcd….pages/    what was made from it: 1080-1.png (panel width, page), small-1.png, 1.txt
//! files/incoming/          downloads that are under way, resumed after a break
//! ```
//!
//! Everything appears under its name at once and whole: temporary name, fsync, rename, fsync of the folder. It does
//! not know what a notice is; what is still needed, the store says. The surprising thing: a file that nobody names is
//! left alone for an hour, because a download is finished before the row that names it is committed; a full disk waits for
//! no hour.

mod incoming;
mod media;
mod picture;
mod trim;

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::model::Digest;
pub use crate::model::Media;
pub use incoming::{Incoming, Origin, Stored};
pub use picture::{Picture, THUMB_WIDTH};
pub use trim::{Trimmed, UNTOUCHED};

/// A document larger than this is not taken (bytes).
pub const MAX_DOCUMENT_BYTES: u64 = 256 * 1024 * 1024;
/// The text of one page is cut here (bytes).
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    #[error("the disk is full; the document will be fetched again when there is room")]
    Full,
    #[error("the document is larger than {} MiB and is not taken", MAX_DOCUMENT_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("document {0} is not on this device")]
    Missing(Digest),
    #[error("document {0} was damaged on disk; it has been removed and will be fetched again")]
    Damaged(Digest),
    #[error("the picture of the page is not {width} × {height} pixels of 1 or 3 bytes")]
    Picture { width: u32, height: u32 },
    #[error("{path}: {cause}")]
    Io { path: PathBuf, cause: io::Error },
}

impl FilesError {
    fn at(path: &Path) -> impl Fn(io::Error) -> FilesError + '_ {
        |cause| match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FilesError::Full,
            _ => FilesError::Io { path: path.to_owned(), cause },
        }
    }
}

/// The folder with all documents of a panel. Cheap to clone; holds no open file.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// The folder `files` in the data folder `data`; made where it is missing.
    pub fn open(data: &Path) -> Result<Files, FilesError> {
        let files = Files::at(data);
        let incoming = files.incoming_folder();
        fs::create_dir_all(&incoming).map_err(FilesError::at(&incoming))?;
        // A document that was synced is lost with a folder whose own name was not.
        sync_folder(&files.root)?;
        sync_folder(data)?;
        Ok(files)
    }

    /// The same without touching the disk, for those who only read: the panel.
    pub fn at(data: &Path) -> Files {
        Files { root: data.join("files") }
    }

    /// Where the document is, or would be. Its bytes are not verified: see [`Files::open_document`].
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.root.join(&name[..2]).join(name)
    }

    pub fn has(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// Opens a document whose bytes are verified first. A damaged one is removed, with all that was made from it, and
    /// reported as [`FilesError::Damaged`]: tell the store, which lets it be fetched again.
    pub fn open_document(&self, digest: &Digest) -> Result<File, FilesError> {
        let path = self.path(digest);
        let mut file = File::open(&path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => FilesError::Missing(*digest),
            _ => FilesError::Io { path: path.clone(), cause },
        })?;
        // A sector that cannot be read any more is damage, not a fault of the program.
        match digest_of(&mut file) {
            Ok(found) if found == *digest => {}
            Ok(_) | Err(_) => {
                self.remove(digest)?;
                return Err(FilesError::Damaged(*digest));
            }
        }
        file.rewind().map_err(FilesError::at(&path))?;
        Ok(file)
    }

    /// Stores a document that is wholly in memory.
    pub fn put(&self, bytes: &[u8]) -> Result<Stored, FilesError> {
        if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
            return Err(FilesError::TooLarge);
        }
        let digest = Digest::of(bytes);
        write_whole(&self.path(&digest), bytes)?;
        Ok(Stored { digest, size: bytes.len() as u64, media: Media::of(bytes) })
    }

    /// Bytes that can still be written where the documents lie.
    pub fn free_bytes(&self) -> Result<u64, FilesError> {
        let space = rustix::fs::statvfs(&self.root).map_err(|errno| FilesError::at(&self.root)(errno.into()))?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    /// Removes a document and all that was made from it. Not there: fine.
    pub fn remove(&self, digest: &Digest) -> Result<(), FilesError> {
        let (path, pages) = (self.path(digest), self.pages_folder(digest));
        remove_all(&pages)?;
        remove_all(&path)
    }

    fn pages_folder(&self, digest: &Digest) -> PathBuf {
        self.path(digest).with_extension("pages")
    }

    fn incoming_folder(&self) -> PathBuf {
        self.root.join("incoming")
    }
}

/// Reads to the end.
fn digest_of(reader: &mut impl Read) -> io::Result<Digest> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let got = reader.read(&mut buffer)?;
        if got == 0 {
            return Ok(Digest(hash.finalize().into()));
        }
        hash.update(&buffer[..got]);
    }
}

/// Writes a file so that after a power cut it is there whole or not at all. Its folder is made where it is missing.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
    let folder = path.parent().expect("a file inside the data folder");
    fs::create_dir_all(folder).map_err(FilesError::at(folder))?;
    let temporary = folder.join(format!(
        "{}.{}.tmp",
        path.file_name().expect("a file has a name").to_string_lossy(),
        std::process::id()
    ));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(cause) = written {
        // What cannot be written must not stay and eat what room there is.
        let _ = fs::remove_file(&temporary);
        return Err(FilesError::at(path)(cause));
    }
    settle(&temporary, path)
}

/// Gives a synced file its final name, durably.
fn settle(temporary: &Path, path: &Path) -> Result<(), FilesError> {
    let folder = path.parent().expect("a file inside the data folder");
    fs::rename(temporary, path).map_err(FilesError::at(path))?;
    sync_folder(folder)?;
    // The folder of the first two digits may be new as well.
    folder.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> Result<(), FilesError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FilesError::at(folder))
}

fn remove_all(path: &Path) -> Result<(), FilesError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(FilesError::at(path)(cause)),
        _ => Ok(()),
    }
}
