//! What a person proves by: a password, of which an Argon2id hash is kept.
//!
//! It counts no failures; that is `throttle`. The surprising thing: hashing takes 19 MiB and some 30 ms on purpose, so
//! that only two are done at once, and whoever comes while many wait is asked to come again.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::problem::Problem;
use crate::secret;

/// Letters of a password, at least. NIST SP 800-63B asks for no rules on which.
pub const SHORTEST: usize = 10;
/// Bytes of one, at most.
pub const LONGEST: usize = 400;
/// OWASP's Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes at once: what logins may take of the memory.
const AT_ONCE: usize = 2;
/// So many may wait for their turn, some half a second.
const MAX_WAITING: usize = 32;

/// What people choose first where ten letters are asked for; in small letters.
const COMMON: [&str; 24] = [
    "0123456789",
    "1234567890",
    "12345678910",
    "1234567891",
    "1111111111",
    "0000000000",
    "123123123123",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "abcdefghij",
    "abcd123456",
    "administrator",
    "heslo12345",
    "heslo123456",
    "hesloheslo",
    "iloveyou12",
    "password12",
    "password123",
    "password1234",
    "qwertyuiop",
    "qwertzuiop",
    "starosta123",
    "uredni deska",
    "vyveska123",
];

/// Why a password cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    Short,
    Long,
    Common,
    /// The two that were typed differ.
    Different,
}

impl Weak {
    /// What to do, in Czech and in English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Weak::Short => (
                "Heslo je krátké: má mít aspoň deset znaků.",
                "The password is too short: it takes ten characters at least.",
            ),
            Weak::Long => ("Heslo je příliš dlouhé.", "The password is too long."),
            Weak::Common => (
                "Takové heslo uhodne každý. Zvolte jiné, třeba několik slov za sebou.",
                "Anybody could guess that password. Choose another one, a few words in a row for instance.",
            ),
            Weak::Different => ("Hesla se neshodují. Napište je znovu.", "The passwords differ. Type them again."),
        }
    }
}

/// Whether it may be taken for this login.
pub fn judge(password: &str, again: &str, login: &str) -> Result<(), Weak> {
    let small = password.trim().to_lowercase();
    let (first, name) = (small.chars().next(), login.split('@').next().unwrap_or_default());
    let guessed =
        COMMON.contains(&small.as_str()) || small == login || small.trim_end_matches(char::is_numeric) == name;
    match password.chars().count() {
        _ if password != again => Err(Weak::Different),
        length if length < SHORTEST => Err(Weak::Short),
        _ if password.len() > LONGEST => Err(Weak::Long),
        _ if guessed || small.chars().all(|letter| Some(letter) == first) => Err(Weak::Common),
        _ => Ok(()),
    }
}

/// Makes and compares hashes, a few at once.
pub struct Passwords {
    turns: Semaphore,
    waiting: Semaphore,
    /// Of no password: compared with where there is no such login, so that it takes as long.
    nobody: String,
}

impl Default for Passwords {
    fn default() -> Passwords {
        let nobody = hash("nobody has this password", [0; 16]).unwrap_or_default();
        Passwords { turns: Semaphore::new(AT_ONCE), waiting: Semaphore::new(MAX_WAITING), nobody }
    }
}

impl Passwords {
    /// The hash to keep (PHC string format).
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let salt = secret::random().map_err(|_| Problem::Broken)?;
        self.in_turn(move || hash(&password, salt)).await?.ok_or(Problem::Broken)
    }

    /// Whether it is the password of the hash. `None`: there is no such login, which takes as long to find out.
    pub async fn is(&self, password: String, kept: Option<String>) -> Result<bool, Problem> {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobody.clone());
        Ok(self.in_turn(move || is(&password, &kept)).await? && known)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _place = self.waiting.try_acquire().map_err(|_| Problem::Busy)?;
        let _turn = self.turns.acquire().await.map_err(|_| Problem::Broken)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Problem::Broken)
    }
}

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str, salt: [u8; 16]) -> Option<String> {
    let salt = SaltString::encode_b64(&salt).ok()?;
    Some(argon().hash_password(password.as_bytes(), &salt).ok()?.to_string())
}

/// By the parameters that stand in the hash: they may be raised later.
fn is(password: &str, kept: &str) -> bool {
    let kept = PasswordHash::new(kept);
    password.len() <= LONGEST && kept.is_ok_and(|kept| argon().verify_password(password.as_bytes(), &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_would_guess_is_not_taken() {
        for (password, why) in [
            ("krátké", Weak::Short),
            ("ěščřžýáíé", Weak::Short),
            ("1234567890", Weak::Common),
            ("HesloHeslo", Weak::Common),
            ("aaaaaaaaaaaa", Weak::Common),
            ("jana.novotna", Weak::Common),
            ("jana.novotna2026", Weak::Common),
        ] {
            assert_eq!(judge(password, password, "jana.novotna@obec.example"), Err(why), "{password}");
        }
        assert_eq!(judge("čtyři vrány letí", "čtyři vrány letí", "jana"), Ok(()));
        assert_eq!(judge("čtyři vrány letí", "čtyři vrany letí", "jana"), Err(Weak::Different));
    }

    #[test]
    fn a_hash_is_in_the_format_that_others_read_and_fits_its_password_only() {
        let kept = hash("čtyři vrány letí", [7; 16]).expect("a hash");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is("čtyři vrány letí", &kept) && !is("čtyři vrány leti", &kept) && !is("", &kept));
        assert!(!is("x", "no hash at all"));
    }
}
