//! Wakes the loop from any thread, by an event descriptor.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};
use rustix::io;

#[derive(Clone)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    pub(super) fn new() -> io::Result<Waker> {
        Ok(Waker(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    /// The loop takes a turn soon.
    pub fn wake(&self) {
        // Full only where it was woken for ages and has not come to it.
        let _ = io::write(&self.0, &1u64.to_ne_bytes());
    }

    /// Whether somebody woke it since the last call.
    pub(super) fn woken(&self) -> bool {
        io::read(&self.0, &mut [0; 8]).is_ok()
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
