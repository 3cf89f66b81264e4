//! What administrators set for telling people: the mail server, the webhook, the outside address that is called while
//! the hub is well.
//!
//! These lie in the database sealed (ChaCha20-Poly1305, RFC 8439) with a key of their own beside it, `settings.key`: a
//! password for a mail server must be readable to whoever uses it, and a copy of the database alone must not give it
//! away. The surprising thing: what was sealed with another key reads as not set, so that a hub that was restored without
//! the file starts all the same.

use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::hub::store::StoreError;
use crate::keys::{KeyError, secret_file};
use crate::secret;

/// Where the key of the settings lies.
pub fn key_file(data: &Path) -> PathBuf {
    data.join("settings.key")
}

/// Seals and opens settings.
pub struct Seal(LessSafeKey);

/// A setting and the name under which it is kept.
pub trait Setting: Serialize + DeserializeOwned {
    const NAME: &'static str;
}

/// How the way to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// TLS from the first byte (RFC 8314), usually port 465.
    Tls,
    /// TLS after a first word in the clear (RFC 3207), usually port 587; without it nothing is sent.
    Starttls,
    /// Everybody on the way can read along; for a server on the same machine or network, without a password.
    None,
}

impl Protection {
    pub const ALL: [Protection; 3] = [Protection::Starttls, Protection::Tls, Protection::None];

    pub fn name(self) -> &'static str {
        match self {
            Protection::Tls => "tls",
            Protection::Starttls => "starttls",
            Protection::None => "none",
        }
    }

    pub fn parse(name: &str) -> Option<Protection> {
        Protection::ALL.into_iter().find(|protection| protection.name() == name)
    }
}

/// The server that takes our mail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub server: String,
    pub port: u16,
    pub protection: Protection,
    /// The address that the mail comes from.
    pub sender: String,
    /// Empty: the server asks for none.
    pub login: String,
    pub password: String,
}

impl Setting for Mail {
    const NAME: &'static str = "mail";
}

/// The address to which messages are posted as JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub url: String,
    /// Signs what is posted.
    pub secret: String,
}

impl Setting for Webhook {
    const NAME: &'static str = "webhook";
}

/// The outside address that is called while all is well with the hub itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alive {
    pub url: String,
    pub minutes: u16,
}

impl Setting for Alive {
    const NAME: &'static str = "alive";
}

impl Seal {
    /// With the key of the data folder, made where there is none.
    pub fn open(data: &Path) -> Result<Seal, KeyError> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &secret_file(&key_file(data))?);
        Ok(Seal(LessSafeKey::new(key.expect("a key has 32 bytes"))))
    }

    /// `None`: not set, or not by this hub.
    pub fn read<T: Setting>(&self, connection: &Connection) -> Result<Option<T>, StoreError> {
        let sealed: Option<Vec<u8>> = connection
            .prepare_cached("SELECT sealed FROM setting WHERE name = ?")?
            .query_row([T::NAME], |row| row.get(0))
            .optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let setting = self.unseal(T::NAME, sealed).and_then(|text| serde_json::from_slice(&text).ok());
        if setting.is_none() {
            tracing::warn!(name = T::NAME, "a setting was sealed with another settings.key; set it again");
        }
        Ok(setting)
    }

    pub fn write<T: Setting>(&self, connection: &Connection, setting: &T) -> Result<(), StoreError> {
        let text = serde_json::to_vec(setting).expect("texts and numbers are always JSON");
        let failed = |error: std::io::Error| StoreError::Folder(error.to_string());
        let sealed = self.seal(T::NAME, text, secret::random().map_err(failed)?);
        let insert = "INSERT INTO setting (name, sealed) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET sealed = ?2";
        connection.execute(insert, params![T::NAME, sealed])?;
        Ok(())
    }

    pub fn remove<T: Setting>(connection: &Connection) -> Result<(), StoreError> {
        connection.execute("DELETE FROM setting WHERE name = ?", [T::NAME])?;
        Ok(())
    }

    fn seal(&self, name: &str, mut text: Vec<u8>, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let sealed =
            self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut text);
        sealed.expect("a setting is short");
        [nonce.as_slice(), &text].concat()
    }

    fn unseal(&self, name: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk_mut()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        Some(self.0.open_in_place(nonce, Aad::from(name.as_bytes()), text).ok()?.to_vec())
    }
}
