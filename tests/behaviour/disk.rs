//! A disk between SQLite and the system: it records what is written and synced, can be full, and can end the process
//! in the middle of any operation. It stands under every database of the process that asks for it, so a test runs it
//! in a process of its own: [`alone`].
//!
//! What a power cut may leave is made from the record: of each file what was synced, and of what was written since
//! any part. `renames` and the folder's own entries are not modelled.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use rusqlite::ffi::{
    SQLITE_FULL, SQLITE_OK, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

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
    Delete {
        file: usize,
    },
    /// Said by the test: so many rounds are acknowledged.
    Acknowledged(u64),
}

#[derive(Default)]
struct State {
    recording: bool,
    names: Vec<PathBuf>,
    log: Vec<Op>,
    done: u64,
    kill_at: Option<u64>,
    room: Option<usize>,
}

static STATE: Mutex<State> =
    Mutex::new(State { recording: false, names: Vec::new(), log: Vec::new(), done: 0, kill_at: None, room: None });

fn state<T>(change: impl FnOnce(&mut State) -> T) -> T {
    change(&mut STATE.lock().unwrap())
}

/// From now on the process dies at its `operation`-th write, truncation, deletion or sync, half-way through it.
pub fn kill_at(operation: u64) {
    state(|state| state.kill_at = Some(state.done + operation));
}

/// Room for so many bytes more, wherever they are written; `None`: enough.
pub fn room(bytes: Option<usize>) {
    state(|state| state.room = bytes);
}

pub fn record() {
    state(|state| state.recording = true);
}

pub fn acknowledge(rounds: u64) {
    state(|state| state.log.push(Op::Acknowledged(rounds)));
}

/// Ends the recording and returns it.
pub fn recorded() -> Recording {
    state(|state| {
        state.recording = false;
        Recording { names: state.names.clone(), log: std::mem::take(&mut state.log) }
    })
}

pub struct Recording {
    pub names: Vec<PathBuf>,
    pub log: Vec<Op>,
}

impl Recording {
    /// Writes into `folder` what the disk may hold where the power went before operation `cut`, and returns how many
    /// rounds had been acknowledged. `honest`: a sync did sync.
    pub fn crash(&self, cut: usize, honest: bool, dice: &mut Dice, folder: &Path) -> u64 {
        let mut acknowledged = 0;
        let mut durable: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut pending: BTreeMap<usize, Vec<&Op>> = BTreeMap::new();
        for op in &self.log[..cut] {
            match op {
                Op::Acknowledged(rounds) => acknowledged = *rounds,
                Op::Sync { file } if honest => {
                    let held = durable.entry(*file).or_default();
                    pending.remove(file).unwrap_or_default().into_iter().for_each(|op| apply(held, op, usize::MAX));
                }
                Op::Sync { .. } => {}
                Op::Delete { file } => {
                    durable.remove(file);
                    pending.remove(file);
                }
                Op::Write { file, .. } | Op::Truncate { file, .. } => pending.entry(*file).or_default().push(op),
            }
        }
        for (file, ops) in pending {
            let held = durable.entry(file).or_default();
            let way = dice.below(4);
            let kept = dice.below(ops.len() + 1);
            for (index, op) in ops.into_iter().enumerate() {
                match way {
                    0 => break,
                    1 if index >= kept => break,
                    2 if dice.below(2) == 0 => continue,
                    // Torn: some sectors of it.
                    3 if dice.below(3) == 0 => apply(held, op, 512 * dice.below(9)),
                    _ => apply(held, op, usize::MAX),
                }
            }
        }
        for (file, bytes) in durable {
            std::fs::write(folder.join(self.names[file].file_name().unwrap()), bytes).unwrap();
        }
        acknowledged
    }
}

fn apply(held: &mut Vec<u8>, op: &Op, limit: usize) {
    match op {
        Op::Write { offset, bytes, .. } => {
            let (start, bytes) = (*offset as usize, &bytes[..bytes.len().min(limit)]);
            held.resize(held.len().max(start + bytes.len()), 0);
            held[start..start + bytes.len()].copy_from_slice(bytes);
        }
        Op::Truncate { size, .. } => held.resize(*size as usize, 0),
        _ => {}
    }
}

/// What SQLite sees as its file, in front of the system's.
#[repr(C)]
struct Shim {
    base: sqlite3_file,
    name: usize,
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
    }
}

unsafe fn system() -> *mut sqlite3_vfs {
    unsafe { sqlite3_vfs_find(c"unix".as_ptr()) }
}

fn index(state: &mut State, path: &Path) -> usize {
    state.names.iter().position(|known| known == path).unwrap_or_else(|| {
        state.names.push(path.to_owned());
        state.names.len() - 1
    })
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
        (*shim).name = state(|state| index(state, &path_of(name)));
        (*shim).base.pMethods = if (*real(file)).pMethods.is_null() { std::ptr::null() } else { &METHODS };
        result
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let file = state(|state| index(state, &path_of(name)));
    if note(|| Op::Delete { file }) {
        die();
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
    let name = unsafe { (*file.cast::<Shim>()).name };
    if note(|| Op::Sync { file: name }) {
        die();
    }
    real!(file, xSync, flags)
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
