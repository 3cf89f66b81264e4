//! What of the panel's ledger the hub does not have yet: by difference, and only where the panel has said that there is
//! more.

use std::path::PathBuf;

use crate::ledger::Ledger;
use crate::wire::link::{MAX_ENTRIES, MAX_LEDGER};
use crate::wire::{LedgerEnd, Signed, Statement};

/// The hub keeps no more of it.
const BEHIND: u64 = 200;

#[derive(Debug)]
pub struct Tail {
    data: PathBuf,
    /// What the hub has; `None`: it has not said so, and may not want it.
    has: Option<LedgerEnd>,
}

impl Tail {
    pub fn of(data: PathBuf) -> Tail {
        Tail { data, has: None }
    }

    /// The hub has said what it has.
    pub fn has(&mut self, end: Option<LedgerEnd>) {
        self.has = end;
    }

    /// What goes with the next report: nothing where there is no more, or where it cannot be read now.
    pub fn lacks(&self, glass: Option<&Signed>) -> Vec<String> {
        let said = glass.and_then(|glass| serde_json::from_str::<Statement>(&glass.text).ok());
        let (Some(has), Some(end)) = (&self.has, said.and_then(|said| said.ledger)) else { return Vec::new() };
        if *has == end {
            return Vec::new();
        }
        Ledger::tail(&self.data, (has.number, &has.digest), BEHIND, MAX_ENTRIES, MAX_LEDGER).unwrap_or_default()
    }
}
