//! Taking a board from the hub's mirror instead of from its office: where it lies, and what is read there.
//!
//! It decides nothing about a notice, and nothing is taken from a mirror but the very bytes that the hub has signed for;
//! whatever else comes, or nothing, and the office is asked in the same round. The surprising thing: a board that is read
//! here is the same as one that is read at the office, down to the digest of each notice. What the mirror adds, the digests
//! of documents, is put aside and only tells where their bytes can be had.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock;
use crate::guard::{self, HoldKind, Memory, Verdict};
use crate::model::{Digest, Notice, Snapshot};
use crate::wire::link::Mirrors;

/// Where a board can be had, and what lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub url: String,
    pub digest: Digest,
    /// What the hub's guard has let through of late.
    pub admitted: Vec<HoldKind>,
}

impl Source {
    /// Where the hub says now that the feed at `address` can be had. `None`: nowhere, or it has not been heard of for a while.
    pub fn of(named: &watch::Receiver<Mirrors>, address: &str) -> Option<Source> {
        let named = named.borrow();
        let mirror = named.list.iter().find(|mirror| mirror.feed == address)?;
        let digest = Digest::parse(&mirror.sha256).filter(|_| clock::ticks() < named.until)?;
        let admitted = mirror.admitted.iter().filter_map(|kind| HoldKind::parse(kind)).collect();
        Some(Source { url: mirror.url.clone(), digest, admitted })
    }

    /// As the record of polls names it: where it was asked, and for which office's address.
    pub fn asked(&self, address: &str) -> String {
        asked(&self.url, address)
    }

    /// The guard's memory with what it holds back in this round and the hub's has let through; `None` where there is
    /// nothing of that.
    pub fn admit(&self, verdict: &Verdict) -> Option<Memory> {
        let held = |kind: &&HoldKind| verdict.holds.iter().any(|hold| hold.kind == **kind && !hold.released);
        let mut memory = verdict.memory.clone();
        let let_through =
            self.admitted.iter().filter(held).map(|kind| guard::release(&mut memory, Some(*kind))).count();
        (let_through > 0).then_some(memory)
    }
}

fn asked(url: &str, address: &str) -> String {
    format!("{url}#{address}")
}

/// Whether a poll was for the office's address, there or at a mirror.
pub fn is_for(polled: &str, address: &str) -> bool {
    polled == address || polled.ends_with(&asked("", address))
}

/// Documents that can be had at a mirror, by the office's own address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies(HashMap<String, (String, Digest)>);

impl Copies {
    /// Parts a snapshot from what its mirror has added. `known`: a digest stays where the office itself gives one.
    pub fn part(source: &Source, snapshot: &mut Snapshot, known: &[Notice]) -> Copies {
        let given = known.iter().flat_map(|notice| &notice.documents).filter(|document| document.digest.is_some());
        let given: std::collections::HashSet<&str> = given.map(|document| document.url.as_str()).collect();
        let folder = source.url.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut copies = HashMap::new();
        for document in snapshot.notices.iter_mut().flat_map(|notice| &mut notice.documents) {
            let Some(digest) = document.digest.filter(|_| !given.contains(document.url.as_str())) else { continue };
            copies.insert(document.url.clone(), (format!("{folder}/documents/{digest}"), digest));
            document.digest = None;
        }
        Copies(copies)
    }

    /// Where the document lies, and what it is.
    pub fn of(&self, address: &str) -> Option<(String, Digest)> {
        self.0.get(address).cloned()
    }

    pub fn extend(&mut self, others: &Copies) {
        self.0.extend(others.0.iter().map(|(address, copy)| (address.clone(), copy.clone())));
    }
}

/// A mirror that does not answer must not keep the office waiting.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// For a whole feed.
pub const LONGEST: Duration = Duration::from_secs(60);
