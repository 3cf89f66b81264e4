//! What the office has decreed by the hub: kept in the store, and laid down for the panel in the run folder.
//!
//! It shows nothing and takes nothing down; the panel and the rounds do. The surprising thing: where the disk does not
//! take it, the panel is told all the same, and the hub is not told that it is held, so that it says it again.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{StoreError, Uplink as Store};
use crate::wire::decree::Decree;

#[derive(Debug)]
pub struct Held {
    run: PathBuf,
    /// As it lies on the disk.
    digest: String,
    /// Makes every board due: the round takes out of the store what is down.
    hurry: Arc<AtomicBool>,
}

impl Held {
    /// Lays down again what is kept: the run folder is empty after a start of the machine.
    pub fn load(run: PathBuf, store: &mut Store, hurry: Arc<AtomicBool>) -> Result<Held, StoreError> {
        let decree = store.decree()?.map(|text| Decree::parse(&text)).unwrap_or_default();
        // Also where nothing is decreed: until it is there the panel does not know that.
        if Decree::read(&run).as_ref() != Some(&decree) {
            // The panel's own trouble with the folder is said elsewhere.
            let _ = decree.write(&run);
        }
        Ok(Held { run, digest: decree.digest, hurry })
    }

    /// What the hub is told that it is.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// From now on this is decreed.
    pub fn take(&mut self, mut decree: Decree, store: &mut Store) -> io::Result<()> {
        // What the device has met stays known.
        let before = store.decree().ok().flatten().map(|text| Decree::parse(&text)).unwrap_or_default();
        for down in &mut decree.down {
            down.met = before.down.iter().any(|known| known.id == down.id && known.met);
        }
        if store.keep_decree(&decree.text()).is_ok() {
            self.digest.clone_from(&decree.digest);
        }
        self.hurry.store(true, Ordering::Relaxed);
        decree.write(&self.run)
    }
}
