//! What a page shows of an office's boards: read from where the mirror keeps them, as plain values.
//!
//! It writes nothing and asks no office. The surprising thing: of what is held back the guard remembers only marks; the
//! titles come from the notices that are up still.

use std::path::Path;

use super::boards::Feed;
use super::words::{self, Finding};
use super::{folder, run_folder};
use crate::guard::{Hold, HoldKind, Memory};
use crate::hub::language::Language;
use crate::store::{Filed, Posted, Store, StoreError};
use crate::wire::{BoardReport, SyncReport};

/// Titles that are named of one hold.
const NAMED: usize = 30;

/// A board as the mirror knows it.
pub struct BoardView {
    pub feed: Feed,
    pub report: BoardReport,
    pub holds: Vec<HoldView>,
    /// Notices that are up or to come, as the mirror has them.
    pub items: Vec<Item>,
    pub papers: Vec<Paper>,
    /// Documents, and how many of them are here and looked through.
    pub documents: usize,
    pub looked_through: usize,
}

/// What is held back.
pub struct HoldView {
    pub hold: Hold,
    /// Of the first notices that it is about.
    pub titles: Vec<String>,
    /// How many more there are.
    pub more: usize,
    /// Somebody has released it, and the office is yet to be read again.
    pub released: bool,
}

impl HoldView {
    /// Its kind, in the guard's word.
    pub fn kind(&self) -> String {
        self.hold.kind.to_string()
    }

    /// Whether a word by hand changes anything.
    pub fn may_be_released(&self) -> bool {
        may_be_released(&self.hold) && !self.released
    }
}

pub fn may_be_released(hold: &Hold) -> bool {
    match hold.kind {
        HoldKind::Unreadable => false,
        HoldKind::WrongOperator => hold.found.is_some(),
        _ => true,
    }
}

pub struct Item {
    pub posted: Posted,
    /// It is held up: the data do not list it, or say otherwise of it.
    pub held: bool,
}

/// A document that its clerk should look at.
pub struct Paper {
    pub notice: String,
    pub title: String,
    pub url: String,
    pub findings: Vec<Finding>,
    /// Why it is not here, in sync's English sentence.
    pub missing: Option<String>,
}

/// Boards of one office. `waiting`: board and kind of releases that are yet to be carried out. `only`: no more than this
/// board.
pub fn boards(
    data: &Path,
    feeds: Vec<Feed>,
    waiting: &[(i64, String, String)],
    language: Language,
) -> Result<Vec<BoardView>, StoreError> {
    let Some(office) = feeds.first().map(|feed| feed.office.clone()) else { return Ok(Vec::new()) };
    let reports = SyncReport::read(&run_folder(data, &office)).unwrap_or_default();
    let mut store = match Store::open_beside(&folder(data, &office)) {
        Ok(store) => Some(store),
        // Not made yet.
        Err(StoreError::Absent(_) | StoreError::Unmade(_)) => None,
        Err(error) => return Err(error),
    };
    let view = |feed: Feed| {
        let report = reports.board(&feed.board).cloned().unwrap_or_default();
        let waits = |kind: &str| waiting.iter().any(|(_, board, what)| *board == feed.board && what == kind);
        match &mut store {
            Some(store) => board(store, feed.clone(), report, waits, language),
            None => Ok(BoardView {
                feed,
                report,
                holds: Vec::new(),
                items: Vec::new(),
                papers: Vec::new(),
                documents: 0,
                looked_through: 0,
            }),
        }
    };
    feeds.into_iter().map(view).collect()
}

/// How many boards of an office have something held back, and how many cannot be read.
pub fn trouble(data: &Path, office: &str) -> (usize, usize) {
    let reports = SyncReport::read(&run_folder(data, office)).unwrap_or_default();
    let count = |is: fn(&BoardReport) -> bool| reports.boards.iter().filter(|report| is(report)).count();
    (count(|report| !report.held.is_empty()), count(|report| report.last_error.is_some()))
}

fn board(
    store: &mut Store,
    feed: Feed,
    report: BoardReport,
    waits: impl Fn(&str) -> bool,
    language: Language,
) -> Result<BoardView, StoreError> {
    let memory = store.memory(&feed.board)?;
    let memory = memory.map_or_else(Memory::default, |text| Memory::from_json(&feed.board, &text));
    let posted = store.posted(&feed.board)?;
    let about = |hold: &Hold, posted: &Posted| hold.is_about(&feed.board, &posted.notice.id);
    let holds: Vec<HoldView> = memory
        .holds
        .iter()
        .map(|hold| {
            let named = posted.iter().filter(|posted| about(hold, posted));
            let mut titles: Vec<String> = named.map(|posted| posted.notice.title.clone()).collect();
            let more = titles.len().saturating_sub(NAMED);
            titles.truncate(NAMED);
            let released = hold.released || waits(&hold.kind.to_string());
            HoldView { hold: hold.clone(), titles, more, released }
        })
        .collect();
    let (mut papers, mut documents, mut looked_through) = (Vec::new(), 0, 0);
    for posted in &posted {
        for (document, filed) in posted.notice.documents.iter().zip(&posted.documents) {
            documents += 1;
            let found = look(store, filed, language)?;
            looked_through += usize::from(found.is_some());
            let findings = found.unwrap_or_default();
            let missing = filed.failed.clone().filter(|_| filed.digest.is_none());
            if findings.is_empty() && missing.is_none() {
                continue;
            }
            let title = document.title.clone().unwrap_or_else(|| file_name(&document.url).to_owned());
            papers.push(Paper {
                notice: posted.notice.title.clone(),
                title,
                url: document.url.clone(),
                findings,
                missing,
            });
        }
    }
    papers.sort_by_key(|paper| paper.missing.is_none() && !paper.findings.iter().any(|finding| finding.grave));
    let items = posted
        .into_iter()
        .map(|posted| Item { held: memory.holds.iter().any(|hold| about(hold, &posted)), posted })
        .collect();
    Ok(BoardView { feed, report, holds, items, papers, documents, looked_through })
}

/// What its report says; `None` where there is none yet.
fn look(store: &mut Store, filed: &Filed, language: Language) -> Result<Option<Vec<Finding>>, StoreError> {
    let Some(digest) = &filed.digest else { return Ok(None) };
    let unshown = filed.media.is_some_and(|media| !media.has_pages());
    if unshown {
        return Ok(Some(words::findings(r#"{"refused":"unsupported"}"#, language)));
    }
    Ok(store.report(digest)?.map(|report| words::findings(&report, language)))
}

fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
