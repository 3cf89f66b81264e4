//! What an attacker inside the child would try. `vyveska page-child --probe NAME` closes the sandbox, tries it, and
//! says what came of it; the tests of the sandbox read that.
//!
//! Harmless by its place: it runs after the sandbox has closed, and no document is there.

use std::fs::File;
use std::hint::black_box;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// What is tried. `Display` of the outcome begins with `refused` or `allowed`; some do not come back at all.
pub fn attempt(name: &str) -> Option<String> {
    Some(match name {
        "nothing" => "allowed: nothing was tried".to_owned(),
        "open" => outcome(File::open("/etc/passwd")),
        "write" => outcome(File::create("/tmp/vyveska-page-child-was-here")),
        "list" => outcome(std::fs::read_dir("/")),
        "look" => outcome(Path::new("/etc/passwd").symlink_metadata()),
        "socket" => outcome(TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], 9)), Duration::from_secs(1))),
        "exec" => outcome(Command::new("/bin/true").status()),
        "thread" => outcome(thread::Builder::new().spawn(|| {})),
        "memory" => {
            let mut bytes: Vec<u8> = Vec::new();
            outcome(bytes.try_reserve_exact(4 << 30))
        }
        "abort" => abort_for_memory(),
        "spin" => {
            let mut turns = 0_u64;
            loop {
                turns = black_box(turns.wrapping_add(1));
            }
        }
        "deep" => format!("allowed: {}", deep(u64::MAX)),
        "executable" => executable(),
        "signal" => outcome(
            rustix::process::getppid()
                .map_or(Ok(()), |parent| rustix::process::kill_process(parent, rustix::process::Signal::WINCH)),
        ),
        _ => return None,
    })
}

fn outcome<T, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "allowed".to_owned(),
        Err(error) => format!("refused: {error}"),
    }
}

/// Runs out of memory as the engine would: by asking for it, not by asking whether there is some.
fn abort_for_memory() -> String {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        held.push(black_box(vec![1; 64 << 20]));
    }
}

/// Recursion that the compiler cannot turn into a loop.
fn deep(left: u64) -> u64 {
    let here = black_box([left; 64]);
    if left == 0 { 0 } else { deep(left - 1) + here[0] }
}

fn executable() -> String {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
    let protection = ProtFlags::READ | ProtFlags::WRITE | ProtFlags::EXEC;
    // SAFETY: a fresh private mapping at an address of the kernel's choice touches no memory of ours.
    outcome(unsafe { mmap_anonymous(std::ptr::null_mut(), 4096, protection, MapFlags::PRIVATE) })
}
