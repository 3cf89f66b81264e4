//! Who wrote it: Ed25519 keys (RFC 8032), and the texts that they sign.
//!
//! It sends nothing and decides nothing. A key file is 32 bytes in hexadecimal digits, for its owner's eyes alone, and
//! the key in it is made by whoever asks for it first. The surprising thing: nothing is signed bare. Each kind of text
//! begins with words of its own, so that a signature of one kind is worthless as any other.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::secret;

/// Bytes of a key, and of the seed that it is made of.
const SIZE: usize = 32;
/// A key file is not longer; in bytes.
const MAX_FILE: u64 = 1024;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "the key {path} cannot be read or made ({cause}); see that its folder exists and belongs to this program's user"
    )]
    Io { path: PathBuf, cause: io::Error },
    #[error("{0} holds no key; delete it and enrol the device anew, or put it back from a backup")]
    Damaged(PathBuf),
    #[error(
        "{0} belongs to another user, who may have made the key to know it; delete it, or give it to this program's user"
    )]
    Foreign(PathBuf),
}

/// The secret half, with its public one.
pub struct Key {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// What anybody may know of a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey([u8; SIZE]);

/// 64 bytes that only the owner of a key can make for a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

/// What is signed, each with its own beginning.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    /// What a device asks of its hub: where, as the how-manieth of all its requests, and what.
    Request { path: &'a str, sequence: u64, body: &'a [u8] },
    /// What the hub answers to that one request of that one device.
    Reply { device: PublicKey, sequence: u64, body: &'a [u8] },
    /// A panel vouches for the key with which its sync speaks to the hub.
    Voucher { link: PublicKey },
    /// What the panel says of a picture of the glass, the digest of its bytes included.
    Picture { note: &'a str },
    /// What the panel says of the glass and of its ledger.
    Glass { statement: &'a str },
}

impl Text<'_> {
    fn bytes(self) -> Vec<u8> {
        let digest = |body: &[u8]| hex(&Sha256::digest(body));
        match self {
            Text::Request { path, sequence, body } => {
                format!("vyveska request 1\n{path}\n{sequence}\n{}\n", digest(body))
            }
            Text::Reply { device, sequence, body } => {
                format!("vyveska reply 1\n{device}\n{sequence}\n{}\n", digest(body))
            }
            Text::Voucher { link } => format!("vyveska voucher 1\n{link}\n"),
            Text::Glass { statement } => format!("vyveska glass 1\n{}\n", digest(statement.as_bytes())),
            Text::Picture { note } => format!("vyveska picture 1\n{}\n", digest(note.as_bytes())),
        }
        .into_bytes()
    }
}

impl Key {
    /// The key in the file, made where there is none yet. It is on the disk when this returns.
    pub fn open(path: &Path) -> Result<Key, KeyError> {
        secret_file(path).map(|seed| Key::from_seed(&seed))
    }

    pub fn from_seed(seed: &[u8; SIZE]) -> Key {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("every seed of 32 bytes makes a key");
        let public = pair.public_key().as_ref().try_into().expect("a public key has 32 bytes");
        Key { pair, public: PublicKey(public) }
    }

    pub fn public(&self) -> PublicKey {
        self.public
    }

    pub fn sign(&self, text: Text) -> Signature {
        Signature(self.pair.sign(&text.bytes()).as_ref().try_into().expect("a signature has 64 bytes"))
    }
}

impl PublicKey {
    pub fn from_bytes(bytes: [u8; SIZE]) -> PublicKey {
        PublicKey(bytes)
    }

    pub fn bytes(&self) -> &[u8; SIZE] {
        &self.0
    }

    /// 64 hexadecimal digits, as `Display` writes them.
    pub fn parse(text: &str) -> Option<PublicKey> {
        unhex(text).map(PublicKey)
    }

    pub fn has_signed(&self, text: Text, signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(&text.bytes(), &signature.0).is_ok()
    }
}

impl Signature {
    /// 128 hexadecimal digits, as `Display` writes them.
    pub fn parse(text: &str) -> Option<Signature> {
        unhex(text).map(Signature)
    }
}

/// What two people compare to know that both ends mean the same keys: `KT4M-9QXA-27PD`, sixty bits of a digest over all
/// of them, without letters that look alike (Crockford's base 32).
pub fn code(keys: &[PublicKey]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut digest = Sha256::new();
    digest.update(b"vyveska code 1\n");
    keys.iter().for_each(|key| digest.update(key.0));
    let digest = digest.finalize();
    let bits = digest[..8].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let letter = |place: usize| char::from(LETTERS[(bits >> (59 - 5 * place) & 31) as usize]);
    let group = |first: usize| (first..first + 4).map(letter).collect::<String>();
    [group(0), group(4), group(8)].join("-")
}

/// Whether somebody has typed the code: with or without its hyphens, in any case, and with letters for the digits that
/// they look like.
pub fn same_code(code: &str, typed: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
        letters
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect()
    };
    plain(code) == plain(typed)
}

/// What a small file says, and whose it is. Links are not followed: another user of the folder may have put one there.
fn read_secret(path: &Path) -> io::Result<(String, u32)> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text)?;
    Ok((text, about.uid()))
}

/// Where several users write to one folder, each could lay a key for the others there. Root is tricked by nobody: a
/// backup may have been put back by whoever that was.
fn is_ours(owner: u32) -> bool {
    let user = rustix::process::geteuid();
    user.is_root() || owner == user.as_raw() || owner == 0
}

/// The 32 secret bytes in a file, made where there is none yet. They are on the disk when this returns.
pub fn secret_file(path: &Path) -> Result<[u8; SIZE], KeyError> {
    let wrong = |cause| KeyError::Io { path: path.to_owned(), cause };
    match read_secret(path) {
        Ok((_, owner)) if !is_ours(owner) => Err(KeyError::Foreign(path.to_owned())),
        Ok((text, _)) => unhex(text.trim()).ok_or_else(|| KeyError::Damaged(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = secret::random().map_err(wrong)?;
            secret::write(path, format!("{}\n", hex(&secret)).as_bytes()).map_err(wrong)?;
            Ok(secret)
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(KeyError::Damaged(path.to_owned())),
        Err(error) => Err(wrong(error)),
    }
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly so many bytes.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let digits = text.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// It says nothing of its secret, whoever prints it.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}…)", self.public)
    }
}
