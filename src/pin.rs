//! The technician's number (PIN) before the service page: how it is kept, and how wrong ones are slowed down.
//!
//! `pin.json` in the data folder holds it salted and hashed (Argon2id, RFC 9106), readable for the panel's user alone;
//! against somebody who holds that file a number of six digits is no protection, the file's rights are. A number that the
//! panel made lies beside it in digits, because it is shown with every start until somebody has noted it; then that file
//! goes. It never shows or logs a number. The surprising thing: a try counts as wrong on disk before it is looked at, and is forgiven after
//! it was right, so that cutting the power buys nobody another try. No wall clock is asked: who restarts the panel
//! waits anew.

mod kept;

use std::fmt;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kept::Kept;

use crate::secret;

/// Digits of a number.
pub const DIGITS: RangeInclusive<usize> = 4..=8;
/// Of one that the panel makes.
const MADE: usize = 6;
/// Wrong numbers that cost nothing: a finger slips.
const FREE: u32 = 3;
/// After so many wrong ones; doubled with each more.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Name of the file in the data folder. Without it the panel makes a new number and shows it until it is noted.
pub const FILE_NAME: &str = "pin.json";
/// The number that was made and that nobody has noted yet.
const OFFER_NAME: &str = "pin-made";

/// Four to eight digits. It says nothing of itself, whoever prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    pub fn parse(text: &str) -> Option<Code> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (digits && DIGITS.contains(&text.len())).then(|| Code(text.to_owned()))
    }

    /// Six digits from the kernel.
    pub fn made() -> io::Result<Code> {
        let mut digits = String::new();
        while digits.len() < MADE {
            let [byte] = secret::random()?;
            // All digits alike: what is over 250 is thrown again.
            if byte < 250 {
                digits.push(char::from(b'0' + byte % 10));
            }
        }
        Ok(Code(digits))
    }

    /// For the card that shows it.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PinError {
    #[error("{path} cannot be read ({cause}); the service page stays shut until it can")]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{0} holds no PIN; delete it, and the panel makes a new one at its next start and shows it")]
    Damaged(PathBuf),
    #[error("{path} cannot be written ({cause}); free some room, or give the folder to the panel's user")]
    Unwritable { path: PathBuf, cause: io::Error },
}

/// What came of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// `wait`: how long no number is looked at from now on.
    Wrong {
        wait: Duration,
    },
    /// It was not looked at: somebody has to wait so long.
    TooSoon {
        wait: Duration,
    },
}

/// The lock before the service page.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    kept: Kept,
    /// Since when the wait counts, as time since the start of the program.
    since: Duration,
    /// How often in a row the count did not get to the disk.
    unwritten: bool,
}

impl Lock {
    /// What the data folder keeps; `None`: no number is agreed yet.
    pub fn open(data: &Path) -> Result<Option<Lock>, PinError> {
        let path = data.join(FILE_NAME);
        let Some(kept) = Kept::read(&path)? else { return Ok(None) };
        // The power went between the two.
        forget_offer(data);
        Ok(Some(Lock { path, kept, since: Duration::ZERO, unwritten: false }))
    }

    /// The number that was offered and that nobody has agreed on.
    pub fn offered(data: &Path) -> Option<Code> {
        let path = data.join(OFFER_NAME);
        // Whoever else can write into the folder must not be the one who chooses it.
        let text = secret::is_own(&path).then(|| fs::read_to_string(&path).ok())??;
        Code::parse(text.trim_end())
    }

    /// Keeps a number that is about to be shown: [`Lock::offered`] gives it, after whatever happens, until it or another
    /// one is agreed on. It is on the disk when this returns.
    pub fn offer(data: &Path, code: &Code) -> Result<(), PinError> {
        let path = data.join(OFFER_NAME);
        let text = format!("{}\n", code.digits());
        secret::write(&path, text.as_bytes()).map_err(|cause| PinError::Unwritable { path, cause })
    }

    /// From now on it is this number. It is on the disk when this returns; the number before it is forgotten, and so is
    /// what was offered.
    pub fn agree(data: &Path, code: &Code) -> Result<Lock, PinError> {
        let path = data.join(FILE_NAME);
        let unwritable = |cause| PinError::Unwritable { path: path.clone(), cause };
        let kept = Kept::new(code, secret::random().map_err(unwritable)?);
        kept.write(&path).map_err(unwritable)?;
        forget_offer(data);
        Ok(Lock { path, kept, since: Duration::ZERO, unwritten: false })
    }

    /// Whether it is this number, for the configuration's: counts nothing.
    pub fn is(&self, code: &Code) -> bool {
        self.kept.is(code)
    }

    /// How long no number is looked at. `at`: since the start of the program.
    pub fn wait(&self, at: Duration) -> Duration {
        (self.since + self.whole_wait()).saturating_sub(at)
    }

    /// Looks at a number. It takes a moment on a slow panel: that is the purpose of the hash.
    pub fn open_with(&mut self, code: &Code, at: Duration) -> Verdict {
        let wait = self.wait(at);
        if !wait.is_zero() {
            return Verdict::TooSoon { wait };
        }
        self.kept.wrong = self.kept.wrong.saturating_add(1);
        self.unwritten = self.write().is_err();
        if !self.kept.is(code) {
            self.since = at;
            return Verdict::Wrong { wait: self.whole_wait() };
        }
        self.kept.wrong = 0;
        // Who knows the number is let in, and the next slip costs a wait where the disk fails.
        let _ = self.write();
        Verdict::Right
    }

    fn whole_wait(&self) -> Duration {
        let more = match self.kept.wrong.checked_sub(FREE) {
            Some(more) => more,
            // Uncounted tries are not free.
            None if self.unwritten && self.kept.wrong > 0 => 0,
            None => return Duration::ZERO,
        };
        FIRST_WAIT.saturating_mul(1 << more.min(16)).min(LONGEST_WAIT)
    }

    fn write(&self) -> io::Result<()> {
        self.kept.write(&self.path).inspect_err(|error| {
            tracing::warn!("{} cannot be written ({error}); wrong PINs are counted in memory", self.path.display());
        })
    }
}

fn forget_offer(data: &Path) {
    let path = data.join(OFFER_NAME);
    if let Err(error) = secret::remove(&path) {
        tracing::warn!("{} cannot be removed ({error}); it holds a PIN in digits", path.display());
    }
}
