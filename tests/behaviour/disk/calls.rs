//! The calls that change files, in front of the C library's: what `files` does is recorded as what SQLite does is.
//!
//! All are passed on to the system; only what lies below the recorded folder `files` is noted. The surprising thing: they
//! are not installed. The linker finds them where the standard library asks for the C library's, in all of this program.

use std::ffi::{CStr, OsStr, c_char, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::state::{Change, Entry};
use super::{Op, state};

static WATCHED: OnceLock<PathBuf> = OnceLock::new();

/// From now on what happens below `folder` is noted while there is a recording.
pub fn watch(folder: PathBuf) {
    WATCHED.set(folder).unwrap();
}

fn is_watched(path: &Path) -> bool {
    WATCHED.get().is_some_and(|folder| path.starts_with(folder))
}

/// Where an open file lies, if that is watched.
fn place(file: c_int) -> Option<PathBuf> {
    WATCHED.get()?;
    std::fs::read_link(format!("/proc/self/fd/{file}")).ok().filter(|path| is_watched(path))
}

/// # Safety
/// `name` is a string that ends with a zero.
unsafe fn path(name: *const c_char) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()))
}

fn note(path: &Path, op: impl FnOnce(usize) -> Op) {
    state(|state| {
        if state.recording {
            let file = state.file(path);
            state.log.push(op(file));
        }
    });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, bytes: *const c_void, count: usize) -> isize {
    let place = place(file);
    // SAFETY: asks for the place in a file, and passes on what came.
    let (offset, done) = unsafe {
        let offset = if place.is_some() { libc::lseek(file, 0, libc::SEEK_CUR) } else { 0 };
        (offset, libc::syscall(libc::SYS_write, file, bytes, count) as isize)
    };
    if let (Some(path), 1..) = (place, done) {
        // SAFETY: the caller promises `count` readable bytes, and so many of them were written.
        let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), done as usize) }.to_vec();
        note(&path, |file| Op::Write { file, offset: offset as u64, bytes });
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(file: c_int, size: i64) -> c_int {
    // SAFETY: passed on as it came.
    let done = unsafe { libc::syscall(libc::SYS_ftruncate, file, size) } as c_int;
    if let (Some(path), 0) = (place(file), done) {
        note(&path, |file| Op::Truncate { file, size: size as u64 });
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(file: c_int) -> c_int {
    note_sync(file);
    // SAFETY: passed on as it came.
    unsafe { libc::syscall(libc::SYS_fsync, file) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
    note_sync(file);
    // SAFETY: passed on as it came.
    unsafe { libc::syscall(libc::SYS_fdatasync, file) as c_int }
}

fn note_sync(file: c_int) {
    match place(file) {
        Some(path) if path.is_dir() => {
            state(|state| state.log(Op::SyncFolder(path)));
        }
        Some(path) => note(&path, |file| Op::Sync { file }),
        // The data folder itself, where its new folder is to stay.
        None => {
            let parent = WATCHED.get().and_then(|folder| folder.parent());
            let path = std::fs::read_link(format!("/proc/self/fd/{file}")).ok();
            if let Some(path) = path.filter(|path| Some(path.as_path()) == parent) {
                state(|state| state.log(Op::SyncFolder(path)));
            }
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: both are strings, and passed on as they came.
    let done = unsafe { libc::syscall(libc::SYS_renameat, libc::AT_FDCWD, from, libc::AT_FDCWD, to) } as c_int;
    if done == 0 && WATCHED.get().is_some() {
        // SAFETY: the system has just read them.
        let (from, to) = unsafe { (path(from), path(to)) };
        if is_watched(&to) {
            state(|state| {
                let file = state.file(&from);
                state.live.remove(&from);
                state.live.insert(to.clone(), file);
                state.log(Op::Name(Change::Moved { from, to, file }));
            });
        }
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(name: *const c_char) -> c_int {
    // SAFETY: passed on as it came.
    let done = unsafe { libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, name, 0) } as c_int;
    if done == 0 && WATCHED.get().is_some() {
        // SAFETY: the system has just read it.
        let path = unsafe { path(name) };
        if is_watched(&path) {
            state(|state| state.live.remove(&path));
            state(|state| state.log(Op::Name(Change::Gone { path })));
        }
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(name: *const c_char, mode: c_uint) -> c_int {
    // SAFETY: passed on as it came.
    let done = unsafe { libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, name, mode) } as c_int;
    if done == 0 && WATCHED.get().is_some() {
        // SAFETY: the system has just read it.
        let path = unsafe { path(name) };
        if is_watched(&path) {
            state(|state| state.log(Op::Name(Change::Made { path, entry: Entry::Folder })));
        }
    }
    done
}
