//! One writer per data folder, kept by a lock that dies with its process.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "another vyveska sync is at work on {}; stop it first, or give this one a data folder of its own",
        folder.display()
    )]
    Held { folder: PathBuf },
    #[error("the data folder {} cannot be used ({cause}); see that it exists and may be written", folder.display())]
    Io { folder: PathBuf, cause: io::Error },
}

/// Held as long as the value lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing the file gives the lock back")] File);

impl Lock {
    /// Takes the folder, made where it is missing.
    pub fn take(folder: &Path) -> Result<Lock, LockError> {
        let wrong = |cause| LockError::Io { folder: folder.to_owned(), cause };
        std::fs::create_dir_all(folder).map_err(wrong)?;
        let path = folder.join("sync.lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(wrong)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(LockError::Held { folder: folder.to_owned() }),
            Err(errno) => Err(wrong(errno.into())),
        }
    }
}
