//! The kernel's news of devices (netlink, `NETLINK_KOBJECT_UEVENT`): a display or a sensor came or went.
//!
//! Straight from the kernel, not from udev: it must work where udev is late. The surprising thing: a message is worth
//! little, because messages are lost when many come at once. Each only says where to look.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::{self, Errno};
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

/// Group 1 is the kernel's own; 2 would be udev's.
const FROM_THE_KERNEL: u32 = 1;

pub(super) struct Uevents(OwnedFd);

/// What there is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct News {
    pub displays: bool,
    pub inputs: bool,
}

impl Uevents {
    pub fn open() -> io::Result<Uevents> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(KOBJECT_UEVENT))?;
        bind(&socket, &SocketAddrNetlink::new(0, FROM_THE_KERNEL))?;
        Ok(Uevents(socket))
    }

    /// All that has come since the last call.
    pub fn read(&self) -> News {
        let mut news = News::default();
        let mut buffer = [0; 8192];
        loop {
            match recv(&self.0, &mut buffer[..], RecvFlags::DONTWAIT) {
                Ok((length, _)) => news = news.and(parse(&buffer[..length.min(8192)])),
                // Some were lost: look at everything.
                Err(Errno::NOBUFS) => news = News { displays: true, inputs: true },
                Err(Errno::INTR) => {}
                Err(_) => return news,
            }
        }
    }
}

impl AsFd for Uevents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl News {
    fn and(self, other: News) -> News {
        News { displays: self.displays || other.displays, inputs: self.inputs || other.inputs }
    }
}

/// A message: `ACTION@DEVPATH`, then `KEY=value`, each ended by a zero byte.
pub fn parse(message: &[u8]) -> News {
    let about = |what: &str| message.split(|byte| *byte == 0).any(|field| field == what.as_bytes());
    News { displays: about("SUBSYSTEM=drm"), inputs: about("SUBSYSTEM=input") }
}
