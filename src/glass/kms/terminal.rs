//! The text terminal below the picture: silent, so that no key switches to another one or restarts the machine.
//!
//! Grabbed keyboards reach no terminal anyway; this is for the moment between the plug and the grab. The surprising
//! thing: under systemd it is never set back, neither here nor by systemd (`TTYReset=no`). A terminal that shows text
//! again takes the glass from whoever has it, and the last picture must stay there until the next process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::ioctl::{IntegerSetter, ioctl};

/// linux/kd.h
const KDSETMODE: u32 = 0x4b3a;
const KD_TEXT: usize = 0;
const KD_GRAPHICS: usize = 1;
const KDSKBMODE: u32 = 0x4b45;
const K_UNICODE: usize = 3;
const K_OFF: usize = 4;

pub(super) struct Terminal {
    /// Somebody started the program there by hand, and goes on afterwards.
    restore: bool,
}

impl Terminal {
    /// Silences the program's standard input, if that is a terminal of the kernel's (`TTYPath=`).
    pub fn silence() -> Terminal {
        let silent = silence(io::stdin().as_fd());
        if let Err(error) = silent {
            tracing::debug!("there is no terminal to silence: {error}");
        }
        // Set by systemd for whatever it starts.
        let by_hand = std::env::var_os("INVOCATION_ID").is_none();
        Terminal { restore: silent.is_ok() && by_hand }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.restore {
            // Nothing more can be done about a terminal that is gone.
            let _ = mode(io::stdin().as_fd(), KD_TEXT).and_then(|()| keyboard(io::stdin().as_fd(), K_UNICODE));
        }
    }
}

fn silence(terminal: BorrowedFd) -> rustix::io::Result<()> {
    keyboard(terminal, K_OFF)?;
    // Its picture comes to light where nobody has the glass: black, and no question for a name.
    let _ = rustix::io::write(terminal, b"\x1b[?25l\x1b[H\x1b[2J");
    mode(terminal, KD_GRAPHICS)
}

fn mode(terminal: BorrowedFd, mode: usize) -> rustix::io::Result<()> {
    // SAFETY: it takes a number, and anything but a terminal of the kernel refuses it.
    unsafe { ioctl(terminal, IntegerSetter::<KDSETMODE>::new_usize(mode)) }
}

fn keyboard(terminal: BorrowedFd, mode: usize) -> rustix::io::Result<()> {
    // SAFETY: as above.
    unsafe { ioctl(terminal, IntegerSetter::<KDSKBMODE>::new_usize(mode)) }
}
