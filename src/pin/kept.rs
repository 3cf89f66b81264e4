//! What lies in `pin.json`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{Code, PinError};
use crate::secret;

/// Memory in kibibytes and passes over it: some 20 ms on an x86 core (4 MiB and 3 passes were 4), and perhaps ten times
/// as much on the slow ARM core of a panel, which is what somebody who types a number does not notice. Kept with each
/// hash: they may be raised later.
const MEMORY_KIB: u32 = 8192;
const PASSES: u32 = 8;
/// No file of ours asks for more.
const MAX_MEMORY_KIB: u32 = 65_536;
const MAX_PASSES: u32 = 16;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Version of this record, 1.
    v: u32,
    salt: [u8; 16],
    hash: [u8; 32],
    memory_kib: u32,
    passes: u32,
    /// Wrong numbers in a row.
    pub wrong: u32,
}

impl Kept {
    pub fn new(code: &Code, salt: [u8; 16]) -> Kept {
        let mut kept = Kept { v: 1, salt, hash: [0; 32], memory_kib: MEMORY_KIB, passes: PASSES, wrong: 0 };
        kept.hash = kept.hash_of(code).expect("the parameters are within Argon2's bounds");
        kept
    }

    /// `None`: there is none yet.
    pub fn read(path: &Path) -> Result<Option<Kept>, PinError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(PinError::Unreadable { path: path.to_owned(), cause }),
        };
        let kept: Option<Kept> = serde_json::from_slice(&bytes).ok();
        // A number that nobody could be right with is no number.
        let sound = kept
            .filter(|kept| kept.memory_kib <= MAX_MEMORY_KIB && kept.passes <= MAX_PASSES && kept.params().is_some());
        sound.map(Some).ok_or(PinError::Damaged(path.to_owned()))
    }

    /// In constant time: how much of it was right must not show.
    pub fn is(&self, code: &Code) -> bool {
        self.hash_of(code).is_some_and(|hash| hash.ct_eq(&self.hash).into())
    }

    /// Whole or not at all, and there to stay when this returns.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        secret::write(path, &serde_json::to_vec(self)?)
    }

    fn params(&self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, 1, Some(self.hash.len())).ok()
    }

    fn hash_of(&self, code: &Code) -> Option<[u8; 32]> {
        let mut hash = [0; 32];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params()?);
        argon.hash_password_into(code.digits().as_bytes(), &self.salt, &mut hash).ok()?;
        Some(hash)
    }
}
