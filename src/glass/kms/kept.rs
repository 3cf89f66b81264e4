//! Descriptors that outlive the process in systemd's store (sd_pid_notify_with_fds(3), sd_listen_fds(3)): as long as the
//! graphics card stays open there, its last picture stays on the glass while the panel is started again.
//!
//! What it deliberately does not do: fail. Without systemd, or with a unit that has no `FileDescriptorStoreMax=`, the
//! screen is black from the end of one process to the first picture of the next, and nothing else is different.

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
    sendmsg_addr, socket_with,
};

/// The first descriptor that systemd hands over (`SD_LISTEN_FDS_START`).
const FIRST: i32 = 3;

/// Puts it into the store. Returns whether systemd was told; whether it has room cannot be known.
pub fn keep(name: &str, fd: impl AsFd) -> bool {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return false };
    // Not to be watched: a card that is unplugged is for us to find out.
    let text = format!("FDSTORE=1\nFDNAME={name}\nFDPOLL=0\n");
    let sent = (|| {
        let path = path.as_encoded_bytes();
        let address = match path.strip_prefix(b"@") {
            Some(name) => SocketAddrUnix::new_abstract_name(name)?,
            None => SocketAddrUnix::new(path)?,
        };
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        let fds = [fd.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut with = SendAncillaryBuffer::new(&mut space);
        with.push(SendAncillaryMessage::ScmRights(&fds));
        sendmsg_addr(&socket, &address, &[IoSlice::new(text.as_bytes())], &mut with, SendFlags::NOSIGNAL)
    })();
    if let Err(error) = sent {
        tracing::warn!(
            "the screen will be black while the panel is restarted: systemd does not take its card ({error})"
        );
    }
    sent.is_ok()
}

/// Takes it out of what systemd handed to this process. Call it once in a process, before descriptors of the program's
/// own could have its number.
pub fn take(name: &str) -> Option<OwnedFd> {
    let variable = |name| std::env::var(name).ok();
    if variable("LISTEN_PID")?.parse() != Ok(std::process::id()) {
        return None;
    }
    let count: i32 = variable("LISTEN_FDS")?.parse().ok()?;
    let at = position(&variable("LISTEN_FDNAMES")?, name).filter(|at| *at < count)?;
    // SAFETY: systemd opened it for this process, and nothing else in it takes this one.
    let fd = unsafe { OwnedFd::from_raw_fd(FIRST + at) };
    // The children that draw pages have no business with it.
    fcntl_setfd(&fd, FdFlags::CLOEXEC).ok()?;
    Some(fd)
}

/// Which of the names, separated by colons, it is; the last one where there are several.
pub fn position(names: &str, wanted: &str) -> Option<i32> {
    let at = names.split(':').collect::<Vec<_>>().into_iter().rposition(|name| name == wanted)?;
    i32::try_from(at).ok()
}
