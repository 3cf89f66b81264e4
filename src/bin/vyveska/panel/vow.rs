//! The panel's word for sync's key, given wherever sync lays one down.
//!
//! Without it the board shows all the same: only the hub does not know who speaks. The surprising thing: it begins after
//! the first frame, because at the first start a key is made, and its way onto the disk takes a moment.

use std::path::{Path, PathBuf};

use vyveska::identity::Identity;

/// See the module.
#[derive(Default)]
pub struct Vow {
    /// Run and data folder; `None`: this panel vouches for nobody.
    folders: Option<(PathBuf, PathBuf)>,
    identity: Option<Identity>,
    begun: bool,
    /// Said once, until it is over.
    trouble: bool,
}

impl Vow {
    pub fn new(run: &Path, data: &Path) -> Vow {
        Vow { folders: Some((run.to_owned(), data.to_owned())), ..Vow::default() }
    }

    /// The board is on the glass.
    pub fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.vouch();
        }
    }

    /// Sync has laid something down.
    pub fn look(&mut self) {
        if self.begun {
            self.vouch();
        }
    }

    fn vouch(&mut self) {
        let Some((run, data)) = &self.folders else { return };
        let known = match self.identity.take() {
            Some(identity) => Ok(identity),
            None => Identity::open(data).map_err(|error| error.to_string()),
        };
        let vouched = known.and_then(|identity| {
            let vouched = identity.vouch(run).map_err(|error| format!("{}: {error}", run.display()));
            self.identity = Some(identity);
            vouched
        });
        if let (Err(error), false) = (&vouched, self.trouble) {
            tracing::error!("the panel cannot vouch for sync, so no hub lets it in: {error}");
        }
        self.trouble = vouched.is_err();
    }
}
