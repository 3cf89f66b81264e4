//! What nobody else may know: bytes that nobody can guess, and files that their owner alone reads, in a folder that others
//! write into too.
//!
//! It knows nothing of what stands in them. The surprising thing: where it is written first, somebody else may have put a
//! file that he goes on reading; so what lies there is never written into.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::process::geteuid;
use rustix::rand::{GetRandomFlags, getrandom};

const OWN: u32 = 0o600;

/// Bytes that nobody can guess.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    // So few bytes come whole, once the kernel has gathered enough after its start.
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(length) if length == N => Ok(bytes),
        Ok(_) => Err(ErrorKind::UnexpectedEof.into()),
        Err(error) => Err(error.into()),
    }
}

/// Whole or not at all, and there to stay when this returns.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder(path);
    fs::create_dir_all(folder)?;
    let new = path.with_extension("new");
    // What lies there is a start's that was killed, or somebody else's, who could read on.
    gone(fs::remove_file(&new))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWN).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

/// Also where there is none.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => File::open(folder(path))?.sync_all(),
        error => gone(error),
    }
}

/// Whether nobody else can have written or read it.
pub fn is_own(path: &Path) -> bool {
    let own =
        |found: fs::Metadata| found.is_file() && found.uid() == geteuid().as_raw() && found.mode() & 0o777 & !OWN == 0;
    fs::symlink_metadata(path).is_ok_and(own)
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}
