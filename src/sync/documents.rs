//! Fetches the documents of what is listed: what is missing first, then what may have changed under its address.
//!
//! A few at once, so that a slow server holds up nobody but itself, and only two of one server: an office's web is a small
//! one, and the board is up without them. A failure costs its document and is tried again later; a server that fails three
//! times is left alone for the rest of the round. What servers in trouble send with a 200, a web page or nothing, is a
//! failure too. The surprising thing: the store is written between the answers, by this one task; a download knows only
//! its file. So an order goes first: the round ends at once, and what is under way stays so, with its connection, until
//! the offices were asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::download::{DownloadError, Downloaded, download, download_copy};
use super::hosts::{Hosts, server};
use super::mirrors::Copies;
use super::progress::Progress;
use super::room;
use super::several::{AT_ONCE_OF_A_SERVER, Running, first_of};
use crate::clock::{self, Now};
use crate::files::{Files, FilesError, Stored};
use crate::http::{Client, Validators};
use crate::model::{Digest, Media};
use crate::store::{Failed, Fetched, Store, StoreError, Unfit, Wanted};

/// Documents looked at in one round.
const MAX_DOCUMENTS: usize = 5_000;
/// Documents fetched at once.
const AT_ONCE: usize = 4;
/// Bytes fetched in one round; what is left waits for the next one.
const MAX_BYTES: u64 = 2 << 30;
/// Time for the documents of one round: the feeds want to be asked again.
const MAX_TIME: Duration = Duration::from_secs(300);
/// How often it looks, while documents come, whether something was ordered.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// What became of the documents in one round. One that several notices list is fetched once and counts for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentsRound {
    pub fetched: usize,
    /// Of those fetched, how many had other bytes before under the same address.
    pub changed: usize,
    pub unchanged: usize,
    pub failed: usize,
    /// Of those failed, how many brought something that is no document, so that the one that is up stays.
    pub kept: usize,
    /// Left for the next round.
    pub waiting: usize,
    pub bytes: u64,
    /// Why no further document was fetched, where the reason is this machine.
    pub stopped: Option<String>,
}

impl DocumentsRound {
    /// Whether anything of it is on disk now that was not before.
    pub fn wrote(&self) -> bool {
        self.fetched + self.failed > 0
    }
}

/// What fetches documents, from round to round.
pub struct Fetcher {
    files: Files,
    client: Arc<Client>,
    progress: Progress,
    /// Set when the offices are to be asked at once.
    hurry: Arc<AtomicBool>,
    /// Each with its server; between two rounds only what gave way to an order.
    running: Vec<Running<'static, (String, Wanted), Downloaded>>,
}

impl Fetcher {
    pub fn new(files: Files, client: Arc<Client>, progress: Progress, hurry: Arc<AtomicBool>) -> Fetcher {
        Fetcher { files, client, progress, hurry, running: Vec::new() }
    }

    /// Fetches what is wanted, within the limits of one round, in its order as far as the servers' limits allow.
    /// `copies`: what can be had elsewhere; the office is asked where it cannot. `missing_alone`: not what is here and may have changed.
    pub async fn round(
        &mut self,
        store: &mut Store,
        hosts: &mut Hosts,
        copies: &Copies,
        missing_alone: bool,
        now: Now,
    ) -> Result<DocumentsRound, StoreError> {
        let mut waiting = store.documents_wanted(now, MAX_DOCUMENTS)?;
        waiting.retain(|wanted| !missing_alone || wanted.validators.digest.is_none());
        self.go_on(&mut waiting);
        let (files, started) = (self.files.clone(), clock::ticks());
        let mut desk =
            Desk { store, files, hosts, now, started, copies, asked: HashMap::new(), round: DocumentsRound::default() };
        loop {
            if self.hurry.load(Ordering::Relaxed) {
                desk.round.waiting += waiting.len() + self.running.len();
                return Ok(desk.round);
            }
            let mut later = Vec::new();
            for wanted in waiting {
                if !self.is_free(&wanted, desk.hosts) {
                    later.push(wanted);
                } else if desk.must_ask(&wanted)? {
                    self.begin(wanted, copies);
                }
            }
            waiting = later;
            if self.running.is_empty() {
                return Ok(desk.round);
            }
            if let Ok(((_, wanted), result)) = tokio::time::timeout(LOOK_AFTER, first_of(&mut self.running)).await {
                self.progress.step();
                desk.take(&wanted, result)?;
            }
        }
    }

    /// Lets go of what is under way. What is on disk of it is resumed where its server can.
    pub fn let_go(&mut self) {
        self.running.clear();
    }

    /// What is under way goes on for those who want it now, and ends where nobody does.
    fn go_on(&mut self, waiting: &mut Vec<Wanted>) {
        self.running.retain_mut(|one| {
            let before = &one.about.1;
            let same = |wanted: &Wanted| {
                (&wanted.board, &wanted.notice, &wanted.url) == (&before.board, &before.notice, &before.url)
            };
            let Some(place) = waiting.iter().position(same) else { return false };
            one.about.1 = waiting.remove(place);
            true
        });
    }

    /// Whether one more may be asked for, and of this server.
    fn is_free(&self, wanted: &Wanted, hosts: &Hosts) -> bool {
        let server = server(&wanted.url);
        let of_server = self.running.iter().filter(|one| one.about.0 == server).count();
        let asked_now = self.running.iter().any(|one| one.about.1.url == wanted.url);
        // Those that are under way may all fail.
        let busy = of_server >= AT_ONCE_OF_A_SERVER || of_server > 0 && of_server >= hosts.patience(&wanted.url);
        !asked_now && !busy && self.running.len() < AT_ONCE
    }

    fn begin(&mut self, wanted: Wanted, copies: &Copies) {
        let (asked, files, client) = (wanted.clone(), self.files.clone(), self.client.clone());
        let copy = copies.of(&wanted.url);
        let work = async move {
            if let Some((url, digest)) = copy
                && let Some(copied) = download_copy(&asked, url, digest, &files, &client).await
            {
                return copied;
            }
            download(asked, &files, &client).await
        };
        self.running.push(Running::new((server(&wanted.url), wanted), work));
    }
}

/// Where it is written down what came.
struct Desk<'a> {
    store: &'a mut Store,
    files: Files,
    hosts: &'a mut Hosts,
    copies: &'a Copies,
    now: Now,
    started: Duration,
    asked: HashMap<String, Came>,
    round: DocumentsRound,
}

impl Desk<'_> {
    /// Whether its server is to be asked. Where not, it is done with for this round.
    fn must_ask(&mut self, wanted: &Wanted) -> Result<bool, StoreError> {
        if let Some(came) = self.asked.get(&wanted.url).filter(|came| came.serves(wanted)).cloned() {
            self.note(wanted, came)?;
            return Ok(false);
        }
        let spent = clock::ticks().saturating_sub(self.started) > MAX_TIME || self.round.bytes > MAX_BYTES;
        let resting = self.hosts.resting(&wanted.url, self.now.at) && self.copies.of(&wanted.url).is_none();
        if spent || self.round.stopped.is_some() || resting {
            self.round.waiting += 1;
            return Ok(false);
        }
        self.round.stopped = self.shortage();
        self.round.waiting += usize::from(self.round.stopped.is_some());
        Ok(self.round.stopped.is_none())
    }

    fn shortage(&self) -> Option<String> {
        room::shortage(&self.files, "no document is fetched")
    }

    /// What a download brought.
    fn take(&mut self, wanted: &Wanted, result: Downloaded) -> Result<(), StoreError> {
        let came = match result {
            Ok(None) => Came::Unchanged(wanted.validators.digest),
            Ok(Some((Stored { digest, size, media }, Validators { etag, last_modified }))) => {
                self.round.bytes += size;
                Came::Fetched(Fetched { digest, size, media, etag, last_modified, at: self.now.at })
            }
            Err(DownloadError::Files(error @ (FilesError::Full | FilesError::Io { .. }))) => match self.shortage() {
                // Only this one is too large for what is left.
                None if matches!(error, FilesError::Full) => Came::Failed(error.to_string()),
                why => {
                    self.round.stopped = why.or(Some(error.to_string()));
                    self.round.waiting += 1;
                    return Ok(());
                }
            },
            Err(DownloadError::Files(error)) => Came::Failed(error.to_string()),
            Err(DownloadError::Http(error)) => {
                self.hosts.failed(&wanted.url, &error, self.now.at);
                Came::Failed(error.to_string())
            }
        };
        self.asked.insert(wanted.url.clone(), came.clone());
        self.note(wanted, came)
    }

    fn note(&mut self, wanted: &Wanted, came: Came) -> Result<(), StoreError> {
        let Wanted { board, notice, url, .. } = wanted;
        let reason = match came {
            Came::Unchanged(_) => {
                self.store.document_unchanged(board, notice, url, self.now.at);
                self.round.unchanged += 1;
                return Ok(());
            }
            Came::Fetched(fetched) if unfit(wanted, &fetched) => {
                let what = if fetched.size == 0 { "nothing" } else { "a web page" };
                let reason =
                    format!("The address gives {what} instead of the document; correct it, or publish it again.");
                let failed = Failed { reason, at: self.now.at };
                match self.store.document_unfit(board, notice, url, &fetched, &failed)? {
                    Unfit::Refused => {
                        self.round.failed += 1;
                        self.round.kept += usize::from(wanted.validators.digest.is_some());
                    }
                    Unfit::Taken => self.round.fetched += 1,
                }
                return Ok(());
            }
            Came::Fetched(fetched) if wanted.declared.is_none_or(|digest| digest == fetched.digest) => {
                let before = wanted.validators.digest;
                self.store.document_fetched(board, notice, url, &fetched)?;
                self.round.fetched += 1;
                self.round.changed += usize::from(before.is_some_and(|before| before != fetched.digest));
                return Ok(());
            }
            Came::Fetched(_) => {
                "The document is not the one that the publisher announced; publish it again.".to_owned()
            }
            Came::Failed(reason) => reason,
        };
        self.store.document_failed(board, notice, url, &Failed { reason, at: self.now.at })?;
        self.round.failed += 1;
        Ok(())
    }
}

/// What an address said in this round.
#[derive(Debug, Clone)]
enum Came {
    /// It is still what was here before.
    Unchanged(Option<Digest>),
    Fetched(Fetched),
    Failed(String),
}

impl Came {
    /// Whether it answers for a document of another notice too.
    fn serves(&self, wanted: &Wanted) -> bool {
        match self {
            Came::Unchanged(digest) => *digest == wanted.validators.digest,
            Came::Fetched(_) | Came::Failed(_) => true,
        }
    }
}

/// Whether it is what servers in trouble send in a document's place. What was announced, or is up as a web page, may be
/// one.
fn unfit(wanted: &Wanted, fetched: &Fetched) -> bool {
    let announced = wanted.declared == Some(fetched.digest);
    let page = fetched.media == Media::Html && wanted.media != Some(Media::Html);
    (fetched.size == 0 || page) && !announced
}
