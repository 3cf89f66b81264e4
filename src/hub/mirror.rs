//! The mirror: the hub reads each office's feeds itself, once for all its panels, and lays out what its guard lets
//! through, with the documents, for panels and for whoever else reads the open formal norm.
//!
//! For each office it is what sync is on a panel (`sync::Device`), with a folder and databases of its own, and nobody
//! before it. It decides nothing that the guard does not decide, and no panel depends on it: one that cannot reach it
//! goes back to the office in the same round. The surprising thing: its guard is not the last one. A panel judges what it
//! takes from here as it judges what it takes from the office, and hears from the hub what a person has let through.
//!
//! ```text
//! mirror/OFFICE/     what the device of an office keeps, as on a panel
//! public/OFFICE/     what is given out: see `shelf`
//! ```

pub mod boards;
mod keeper;
pub mod norm;
pub mod page;
mod serve;
pub mod shelf;
mod view;
mod words;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use super::Shared;
use crate::pages::PageChild;
use crate::wire::link as letters;
pub use keeper::Keeper;
use shelf::{Listed, Shelf};

/// A feed that could not be read for so long is named to no panel: three rounds, and a little.
pub const FRESH: TimeDelta = TimeDelta::minutes(35);
/// So much of a reply at most names mirrors, in bytes: half of what a device reads.
const MOST_NAMED: usize = letters::MAX_REPLY / 2;
/// In the hub's data folder.
const FOLDER: &str = "mirror";

/// What pages, letters and the thread that reads have in common.
pub struct Mirror {
    pub shelf: Shelf,
    /// The hub's data folder.
    data: PathBuf,
    /// Whether addresses of the hub's own network may be asked.
    pub allow_private: bool,
    child: PageChild,
    bell: Notify,
    hurried: Mutex<HashSet<String>>,
}

impl Mirror {
    pub fn new(data: &Path, allow_private: bool, child: PageChild) -> Mirror {
        let (bell, hurried) = (Notify::new(), Mutex::default());
        Mirror { shelf: Shelf::at(data), data: data.to_owned(), allow_private, child, bell, hurried }
    }

    /// Something has been changed or released: it is looked at now.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// The office is read now, whenever its next round would be.
    pub fn hurry(&self, office: &str) {
        self.hurried.lock().unwrap_or_else(PoisonError::into_inner).insert(office.to_owned());
        self.wake();
    }

    /// What a device hears of its feeds: those that were read of late, so that it never takes an old board for today's.
    pub fn named(&self, feeds: &[String], now: DateTime<Utc>) -> Vec<letters::Mirror> {
        let known = feeds.iter().take(letters::MAX_FEEDS).filter_map(|feed| self.shelf.of_address(feed));
        let fresh = known.filter(|listed| listed.good_at.is_some_and(|at| now - at < FRESH));
        let mut room = MOST_NAMED;
        let fits = |listed: &Arc<Listed>| {
            let taken = listed.address.len() + listed.path().len() + 200;
            room = room.saturating_sub(taken);
            room > 0
        };
        fresh
            .take_while(fits)
            .map(|listed| letters::Mirror {
                feed: listed.address.clone(),
                url: listed.path(),
                sha256: listed.digest.to_string(),
                admitted: listed.admitted.clone(),
            })
            .collect()
    }

    fn is_hurried(&self, office: &str) -> bool {
        self.hurried.lock().unwrap_or_else(PoisonError::into_inner).remove(office)
    }
}

/// Where the device of an office keeps what it holds.
pub fn folder(data: &Path, office: &str) -> PathBuf {
    data.join(FOLDER).join(office)
}

/// Where it says how it is.
pub fn run_folder(data: &Path, office: &str) -> PathBuf {
    folder(data, office).join("run")
}

/// For programs; what people see of it is a page.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/mirror/{office}/{file}", get(serve::feed))
        .route("/mirror/{office}/documents/{digest}", get(serve::document))
}
