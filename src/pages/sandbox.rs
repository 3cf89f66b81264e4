//! The lock that the child closes behind itself before it looks at a document.
//!
//! Four layers, each enough for most accidents: resource limits, no new privileges, landlock (no file, no TCP, no
//! signals outside), and a list of allowed system calls. Memory, time and writing to the three standard descriptors is
//! all that is left. Deliberately not configurable.
//!
//! The surprising thing: what a library may innocently try (open a file, ask for the time zone, count processors) gets
//! an error and goes on; what only an attacker wants (exec, fork, socket, ptrace) ends the child at once.

use std::collections::BTreeMap;
use std::io;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Nested structures of a document are walked by recursion; this is how deep it may go, in bytes of stack.
const STACK: u64 = 64 << 20;

/// What is closed: everything, or everything but landlock where the kernel has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    pub landlock: bool,
}

/// Closes the sandbox for good. The error says which lock did not close. `parent` is the process that asked.
pub fn close(memory: u64, processor_seconds: u64, parent: u32) -> Result<Closed, String> {
    die_with(parent).map_err(|error| format!("the parent's death cannot be watched: {error}"))?;
    close_inherited();
    // The engine asks once what the processor can do; on some machines that means reading a file.
    let _ = hayro::vello_cpu::Level::new();
    // So does the clock, how the kernel wants to be asked.
    let _ = crate::clock::ticks();
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|e| format!("core dumps: {e}"))?;
    let limits = [
        (Resource::As, memory, memory),
        (Resource::Data, memory, memory),
        (Resource::Stack, STACK, STACK),
        // One signal that can be told apart, then the one that cannot be caught.
        (Resource::Cpu, processor_seconds, processor_seconds + 1),
        (Resource::Fsize, 0, 0),
        (Resource::Core, 0, 0),
        (Resource::Nproc, 0, 0),
    ];
    for (resource, soft, hard) in limits {
        limit(resource, soft, hard)?;
    }
    rustix::thread::set_no_new_privs(true).map_err(|error| format!("no_new_privs: {error}"))?;
    let landlock = close_landlock();
    limit(Resource::Nofile, 0, 0)?;
    for program in programs()? {
        seccompiler::apply_filter(&program).map_err(|error| format!("seccomp: {error}"))?;
    }
    Ok(Closed { landlock })
}

fn limit(resource: Resource, soft: u64, hard: u64) -> Result<(), String> {
    // An unprivileged process cannot raise a limit that is lower already.
    let now = rustix::process::getrlimit(resource);
    let lower = |wanted: u64, present: Option<u64>| Some(present.map_or(wanted, |present| present.min(wanted)));
    let new = Rlimit { current: lower(soft, now.maximum), maximum: lower(hard, now.maximum) };
    rustix::process::setrlimit(resource, new).map_err(|error| format!("the limit {resource:?}: {error}"))
}

fn die_with(parent: u32) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have died before the kernel was told to watch it.
    let present = rustix::process::getppid().map_or(0, |process| process.as_raw_nonzero().get());
    if i64::from(present) != i64::from(parent) {
        return Err(io::Error::other("it is gone already"));
    }
    Ok(())
}

/// Whatever the parent forgot to mark as not for children.
fn close_inherited() {
    // SAFETY: the call takes plain numbers. Nothing in this process holds a descriptor above the standard three yet:
    // it runs before the document is read, in a program that has opened nothing.
    let closed = unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    if closed != 0 {
        for descriptor in 3..1024 {
            // SAFETY: as above; closing a number that is not open only returns an error.
            unsafe { libc::close(descriptor) };
        }
    }
}

/// Forbids every file, every TCP connection, and signals and abstract sockets beyond this process. Older kernels know
/// only a part of it, and the kernel of some devices nothing.
fn close_landlock() -> bool {
    let newest = ABI::V6;
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(newest))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(newest)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(newest)))
        .and_then(|ruleset| ruleset.create())
        .and_then(|ruleset| ruleset.restrict_self());
    matches!(ruleset, Ok(status) if status.ruleset != RulesetStatus::NotEnforced)
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Two programs, of which the kernel takes the stricter answer: one refuses what a library may try, one kills what
/// nobody needs.
fn programs() -> Result<[BpfProgram; 2], String> {
    let mut known = allowed().map_err(|error| error.to_string())?;
    let refused: Rules = refused().into_iter().map(|call| (call, Vec::new())).collect();
    let refuse = compile(refused.clone(), SeccompAction::Allow, SeccompAction::Errno(libc::EACCES as u32))?;
    known.extend(refused);
    let kill = compile(known, SeccompAction::KillProcess, SeccompAction::Allow)?;
    // In this order: installing a program is itself a call that the killing one ends.
    Ok([refuse, kill])
}

fn compile(rules: Rules, otherwise: SeccompAction, matching: SeccompAction) -> Result<BpfProgram, String> {
    let machine = std::env::consts::ARCH.try_into().map_err(|error| format!("seccomp: {error}"))?;
    SeccompFilter::new(rules, otherwise, matching, machine)
        .and_then(BpfProgram::try_from)
        .map_err(|error| format!("seccomp: {error}"))
}

/// Memory, time, the standard descriptors, and an orderly end.
fn allowed() -> Result<Rules, seccompiler::BackendError> {
    let always = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_getrandom,
        libc::SYS_clock_gettime,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_sched_yield,
        libc::SYS_restart_syscall,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let mut rules: Rules = always.into_iter().map(|call| (call, Vec::new())).collect();
    // Memory may be anything but executable.
    let not_executable = || {
        let executable = libc::PROT_EXEC as u64;
        SeccompRule::new(vec![SeccompCondition::new(
            2,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(executable),
            0,
        )?])
    };
    rules.insert(libc::SYS_mmap, vec![not_executable()?]);
    rules.insert(libc::SYS_mprotect, vec![not_executable()?]);
    // How `abort` ends the process; towards nobody else.
    let own = u64::from(std::process::id());
    let to_itself = SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, own)?])?;
    rules.insert(libc::SYS_tgkill, vec![to_itself]);
    Ok(rules)
}

/// What gets "permission denied".
fn refused() -> Vec<i64> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut))]
    let mut calls = vec![
        libc::SYS_openat,
        libc::SYS_openat2,
        libc::SYS_newfstatat,
        libc::SYS_fstat,
        libc::SYS_statx,
        libc::SYS_readlinkat,
        libc::SYS_faccessat,
        libc::SYS_faccessat2,
        libc::SYS_getcwd,
        libc::SYS_lseek,
        libc::SYS_ioctl,
        libc::SYS_fcntl,
        libc::SYS_prlimit64,
        libc::SYS_getrusage,
        libc::SYS_sched_getaffinity,
        libc::SYS_sysinfo,
        libc::SYS_uname,
        libc::SYS_rseq,
        libc::SYS_set_robust_list,
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_open, libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink]);
    calls
}
