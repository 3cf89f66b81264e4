//! A disk between SQLite and the system: it records what is written and synced, can be full, and can end the process
//! in the middle of any operation. It stands under every database of the process that asks for it, so a test runs it
//! in a process of its own: [`alone`].
//!
//! What `files` does to its folder is recorded at the system's calls ([`calls`]), into the same log; what a power cut may
//! leave of all that, [`state`] makes.

mod calls;
pub mod state;

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use rusqlite::ffi::{
    SQLITE_FULL, SQLITE_OK, SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_WAL, sqlite3, sqlite3_api_routines,
    sqlite3_auto_extension, sqlite3_exec, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs,
    sqlite3_vfs_find, sqlite3_vfs_register,
};
use state::{Change, Entry, Recording};

const ROLE: &str = "VYVESKA_TEST_ROLE";

/// Runs the test `name` again as the only one of a process of its own, where [`role`] returns `role`.
pub fn alone(name: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]).env(ROLE, role).stdin(Stdio::null());
    command
}

/// What this process was started for by [`alone`].
pub fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// Numbers that look random and are the same each time (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

#[derive(Debug, Clone)]
pub enum Op {
    Write {
        file: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        file: usize,
        size: u64,
    },
    Sync {
        file: usize,
    },
    Name(Change),
    /// The names in a folder.
    SyncFolder(PathBuf),
    /// Said by the test: so many rounds are acknowledged.
    Acknowledged(u64),
}

#[derive(Default)]
struct State {
    recording: bool,
    /// Files by the names that they have now.
    live: BTreeMap<PathBuf, usize>,
    files: usize,
    log: Vec<Op>,
    done: u64,
    kill_at: Option<u64>,
    room: Option<usize>,
    connections: Vec<usize>,
}

static STATE: Mutex<State> = Mutex::new(State {
    recording: false,
    live: BTreeMap::new(),
    files: 0,
    log: Vec::new(),
    done: 0,
    kill_at: None,
    room: None,
    connections: Vec::new(),
});

fn state<T>(change: impl FnOnce(&mut State) -> T) -> T {
    change(&mut STATE.lock().unwrap())
}

impl State {
    /// The file that has this name; a new one where none has.
    fn file(&mut self, path: &Path) -> usize {
        if let Some(file) = self.live.get(path) {
            return *file;
        }
        let file = self.files;
        self.files += 1;
        self.live.insert(path.to_owned(), file);
        self.log(Op::Name(Change::Made { path: path.to_owned(), entry: Entry::File(file) }));
        file
    }

    fn log(&mut self, op: Op) {
        if self.recording {
            self.log.push(op);
        }
    }
}

/// From now on the process dies at its `operation`-th write, truncation, deletion or sync, half-way through it.
pub fn kill_at(operation: u64) {
    state(|state| state.kill_at = Some(state.done + operation));
}

/// Room for so many bytes more, wherever they are written; `None`: enough.
pub fn room(bytes: Option<usize>) {
    state(|state| state.room = bytes);
}

/// Records what happens to the databases in the data folder `root`, and to its folder `files`.
pub fn record(root: &Path) {
    state(|state| state.recording = true);
    calls::watch(root.join("files"));
}

pub fn acknowledge(rounds: u64) {
    state(|state| state.log(Op::Acknowledged(rounds)));
}

/// Ends the recording and returns it.
pub fn recorded(root: &Path) -> Recording {
    state(|state| {
        state.recording = false;
        Recording { root: root.to_owned(), log: std::mem::take(&mut state.log) }
    })
}

/// Every connection that is open now goes on with `synchronous = OFF`.
pub fn stop_syncing() {
    let connections = state(|state| state.connections.clone());
    assert!(connections.len() >= 3, "two databases and the ledger");
    for connection in connections {
        let off = c"PRAGMA synchronous = OFF".as_ptr();
        // SAFETY: `opened` has seen these connections come, and the caller still has them open.
        let done =
            unsafe { sqlite3_exec(connection as *mut sqlite3, off, None, std::ptr::null_mut(), std::ptr::null_mut()) };
        assert_eq!(done, SQLITE_OK);
    }
}

/// SQLite calls it with every new connection.
unsafe extern "C" fn opened(connection: *mut sqlite3, _: *mut *mut c_char, _: *const sqlite3_api_routines) -> c_int {
    state(|state| state.connections.push(connection as usize));
    SQLITE_OK
}

/// What SQLite sees as its file, in front of the system's.
#[repr(C)]
struct Shim {
    base: sqlite3_file,
    name: usize,
    /// SQLite syncs the folder of a new log with its first sync of the log.
    folder: bool,
}

/// Puts the disk under all databases that this process opens from now on.
pub fn insert() {
    // SAFETY: the system's VFS is never unregistered, and ours is leaked, so both live as long as the process. Ours
    // is a copy, whose functions the system's expect to be called with: it has the same private data.
    unsafe {
        let system = sqlite3_vfs_find(std::ptr::null());
        let mut ours = *system;
        ours.zName = c"recording".as_ptr();
        ours.szOsFile = size_of::<Shim>() as c_int + (*system).szOsFile;
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        assert_eq!(sqlite3_vfs_register(Box::leak(Box::new(ours)), 1), SQLITE_OK);
        assert_eq!(sqlite3_auto_extension(Some(opened)), SQLITE_OK);
    }
}

unsafe fn system() -> *mut sqlite3_vfs {
    unsafe { sqlite3_vfs_find(c"unix".as_ptr()) }
}

fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: SQLite passes a string that ends with a zero, or null for a file without a name.
    let text = if name.is_null() { c"" } else { unsafe { CStr::from_ptr(name) } };
    PathBuf::from(text.to_str().unwrap())
}

/// Counts an operation; true where the process is to die in it.
fn note(op: impl FnOnce() -> Op) -> bool {
    state(|state| {
        state.done += 1;
        if state.recording {
            state.log.push(op());
        }
        state.kill_at.is_some_and(|at| state.done >= at)
    })
}

fn die() -> ! {
    // SAFETY: sends a signal to this process.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    unreachable!("nobody outlives this signal")
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: `file` points to `szOsFile` bytes: ours, then the system's.
    unsafe {
        let result = (*system()).xOpen.unwrap()(system(), name, real(file), flags, out);
        let shim = file.cast::<Shim>();
        (*shim).name = state(|state| state.file(&path_of(name)));
        (*shim).folder = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL) != 0;
        (*shim).base.pMethods = if (*real(file)).pMethods.is_null() { std::ptr::null() } else { &METHODS };
        result
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let path = path_of(name);
    state(|state| state.live.remove(&path));
    if note(|| Op::Name(Change::Gone { path: path.clone() })) {
        die();
    }
    if sync != 0 {
        state(|state| state.log(Op::SyncFolder(path.parent().unwrap().to_owned())));
    }
    // SAFETY: passed on as it came.
    unsafe { (*system()).xDelete.unwrap()(system(), name, sync) }
}

unsafe fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    unsafe { file.cast::<u8>().add(size_of::<Shim>()).cast() }
}

macro_rules! real {
    ($file:expr, $method:ident $(, $argument:expr)*) => {
        // SAFETY: `open` put the system's file behind ours, and its methods are set while it is open.
        unsafe { (*(*real($file)).pMethods).$method.unwrap()(real($file) $(, $argument)*) }
    };
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, count: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes `count` readable bytes, and `file` is one that `open` made.
    let (bytes, name) =
        unsafe { (std::slice::from_raw_parts(from.cast::<u8>(), count as usize), (*file.cast::<Shim>()).name) };
    let full = state(|state| match &mut state.room {
        Some(room) if *room < bytes.len() => true,
        Some(room) => {
            *room -= bytes.len();
            false
        }
        None => false,
    });
    if full {
        return SQLITE_FULL;
    }
    if note(|| Op::Write { file: name, offset: offset as u64, bytes: bytes.to_vec() }) {
        real!(file, xWrite, from, count / 2, offset);
        die();
    }
    real!(file, xWrite, from, count, offset)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let name = unsafe { (*file.cast::<Shim>()).name };
    if note(|| Op::Truncate { file: name, size: size as u64 }) {
        die();
    }
    real!(file, xTruncate, size)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: `file` is one that `open` made.
    let (name, folder) = unsafe {
        let shim = file.cast::<Shim>();
        ((*shim).name, std::mem::replace(&mut (*shim).folder, false))
    };
    if note(|| Op::Sync { file: name }) {
        die();
    }
    let done = real!(file, xSync, flags);
    if folder {
        state(|state| {
            let path = state.live.iter().find(|(_, live)| **live == name).map(|(path, _)| path.clone());
            if let Some(folder) = path.as_deref().and_then(Path::parent) {
                state.log(Op::SyncFolder(folder.to_owned()));
            }
        });
    }
    done
}

macro_rules! pass {
    ($($name:ident = $method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $kind)*) -> c_int {
            real!(file, $method $(, $argument)*)
        })*
    };
}

pass! {
    close = xClose();
    read = xRead(into: *mut c_void, count: c_int, offset: sqlite3_int64);
    file_size = xFileSize(size: *mut sqlite3_int64);
    lock = xLock(level: c_int);
    unlock = xUnlock(level: c_int);
    check_lock = xCheckReservedLock(out: *mut c_int);
    control = xFileControl(what: c_int, argument: *mut c_void);
    sector_size = xSectorSize();
    characteristics = xDeviceCharacteristics();
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void);
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap = xShmUnmap(delete: c_int);
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    real!(file, xShmBarrier);
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
