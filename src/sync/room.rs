//! How much of the disk documents and their pages leave alone.

use crate::files::Files;

/// So much of the disk (bytes) is left to the databases, the ledger and the system: a board must be able to change.
pub const RESERVE: u64 = 48 << 20;

/// Why, in a sentence, `what` is not done now; `None` where there is room for it.
pub fn shortage(files: &Files, what: &str) -> Option<String> {
    match files.free_bytes() {
        Ok(free) if free < RESERVE => {
            Some(format!("the disk is full but for {} MiB, so {what}; make room", free >> 20))
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// Whether so many bytes more can be taken.
pub fn has(files: &Files, bytes: u64) -> bool {
    files.free_bytes().is_ok_and(|free| free >= RESERVE.saturating_add(bytes))
}
