//! Who the panel is: its own key, `panel.key` in the data folder, and its word for the key with which sync speaks to the
//! hub.
//!
//! It speaks to nobody itself: the panel has no network. What passes between the two lies in the run folder, where
//! either of them may write, and nobody takes away what the other has written. So think who could trick whom. Sync may
//! lay down any key to be vouched for: it gains nothing, for it has its own. The panel may lay down any voucher: it is
//! the panel's to give. Whoever came first to the name of a file could keep the other from writing it: then nobody is
//! enrolled, and the board shows all the same. A key that somebody else made is not taken (`keys`). The surprising
//! thing: a voucher is no secret and proves nothing alone; who may speak for a place a person decides, by comparing the
//! code that this key is a part of.

use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::keys::{Key, KeyError, PublicKey, Signature, Text, code, hex};
use crate::wire::{LinkReport, PanelIdentity, Picture, PictureNote, Signed, Statement};

/// Name of the key's file in the data folder.
pub const FILE_NAME: &str = "panel.key";

#[derive(Debug)]
pub struct Identity {
    key: Key,
}

impl Identity {
    /// The panel's own key, made at its first start.
    pub fn open(data: &Path) -> Result<Identity, KeyError> {
        Ok(Identity { key: Key::open(&data.join(FILE_NAME))? })
    }

    pub fn public(&self) -> PublicKey {
        self.key.public()
    }

    /// Vouches for the key that sync has laid down, where that was not done yet. An error where nobody can be told.
    pub fn vouch(&self, run: &Path) -> io::Result<()> {
        let Some(link) = LinkReport::read(run).and_then(|report| PublicKey::parse(&report.link_key)) else {
            return Ok(());
        };
        let identity = PanelIdentity {
            v: PanelIdentity::VERSION,
            panel_key: self.key.public().to_string(),
            link_key: link.to_string(),
            voucher: self.key.sign(Text::Voucher { link }).to_string(),
            more: serde_json::Map::new(),
        };
        if PanelIdentity::read(run).as_ref() == Some(&identity) { Ok(()) } else { identity.write(run) }
    }

    /// What is compared with the hub's page before the panel is taken in; `None`: the hub has not answered yet.
    pub fn code(&self, report: &LinkReport) -> Option<String> {
        let link = PublicKey::parse(&report.link_key)?;
        let hub = PublicKey::parse(report.hub_key.as_ref()?)?;
        Some(code(&[self.key.public(), link, hub]))
    }

    /// What the panel says of the glass.
    pub fn sign_statement(&self, statement: &Statement) -> Signed {
        let text = serde_json::to_string(statement).expect("plain values are always JSON");
        let signature = self.key.sign(Text::Glass { statement: &text }).to_string();
        Signed { text, signature }
    }

    /// A picture of the glass, with the panel's word for it. The digest is filled in here.
    pub fn sign_picture(&self, note: PictureNote, bytes: Vec<u8>) -> Picture {
        let note = PictureNote { digest: hex(&Sha256::digest(&bytes)), ..note };
        let text = serde_json::to_string(&note).expect("plain values are always JSON");
        let signature = self.key.sign(Text::Picture { note: &text }).to_string();
        Picture { note: Signed { text, signature }, bytes }
    }
}

/// What the owner of the key says; `None`: somebody else does, or it is of a version that cannot be read.
pub fn statement_of(panel: &PublicKey, signed: &Signed) -> Option<Statement> {
    let signature = Signature::parse(&signed.signature)?;
    let right = signed.text.len() <= Statement::MAX_BYTES;
    let right = right && panel.has_signed(Text::Glass { statement: &signed.text }, &signature);
    serde_json::from_str(&signed.text).ok().filter(|_| right)
}

/// What the owner of the key says of these very bytes; `None`: somebody else has written it, or changed them.
pub fn picture_of(panel: &PublicKey, picture: &Picture) -> Option<PictureNote> {
    let Signed { text, signature } = &picture.note;
    let signed = panel.has_signed(Text::Picture { note: text }, &Signature::parse(signature)?);
    let note = picture.unproved().filter(|_| signed)?;
    (note.digest == hex(&Sha256::digest(&picture.bytes))).then_some(note)
}
