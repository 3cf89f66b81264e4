//! One round: ask each office for its feed, let the guard judge it, commit what it admits, then fetch the documents
//! and render their pages ahead.
//!
//! What it deliberately does not do: decide anything about a notice (the guard does), or touch what the panel writes.
//! A board that fails never hurts another, and one that does not end delays none: a few are asked at once. The surprising thing: while the guard holds something back the feed is
//! asked for unconditionally, because a 304 would say that a doubtful snapshot still stands without showing it again. So it is on another day, or
//! with other settings, than it was read with: see `fetch::reading`.

mod ahead;
mod device;
mod documents;
mod download;
mod fetch;
mod hosts;
mod lock;
mod mirrors;
mod progress;
pub mod rest;
mod room;
mod schedule;
mod several;
mod summary;

pub use ahead::{FIRST_PAGE_WAIT, PagesRound};
pub use device::{Device, Plan, SyncError, THRIFTY_POLL, policy};
pub use documents::DocumentsRound;
pub use lock::{Lock, LockError};
pub use progress::Progress;
pub use schedule::{Last, next_round};
pub use summary::{BoardRound, Outcome, Summary};

use crate::clock::Now;
use crate::feed;
use crate::guard::{self, Memory, Verdict};
use crate::http::Client;
use crate::model::{Board, Notice};
use crate::store::{Committed, Poll, Round, Status, Store, StoreError, Validators};
use crate::wire::decree::Decree;
use fetch::{Answer, Fetched};

/// So many notices of one board are on the device at most: as many as a feed may list, and once more those that the
/// guard keeps up beside them.
pub const MAX_HELD: usize = 2 * feed::MAX_NOTICES;

/// One board, once. `whole` asks for all of the feed even where it seems unchanged.
///
/// An error is the store's: whatever else went wrong is part of what the round says.
pub async fn round(
    board: &Board,
    store: &mut Store,
    client: &Client,
    now: Now,
    whole: bool,
) -> Result<BoardRound, StoreError> {
    let unless = unless(board, &board.feed, store, now, whole)?;
    let fetched = fetch::feed(board, unless.as_ref(), client, now).await;
    take(board, store, fetched, now)
}

/// What the feed is asked with where it is polled under the name `url`; `None`: for all of it.
fn unless(
    board: &Board,
    url: &str,
    store: &mut Store,
    now: Now,
    whole: bool,
) -> Result<Option<Validators>, StoreError> {
    let (memory, released) = recall(board, store, now)?;
    let conditional = !whole && memory.holds.is_empty() && released.is_none();
    let validators = store.validators(&board.key, url)?;
    Ok(validators.filter(|known| conditional && known.read_as == fetch::reading(board, now)))
}

/// Lets the guard judge what the office said, and commits what it admits.
fn take(board: &Board, store: &mut Store, mut fetched: Fetched, now: Now) -> Result<BoardRound, StoreError> {
    let (memory, released) = recall(board, store, now)?;
    let known = store.known(&board.key)?;
    let mut verdict = fetched.answer.observed().map(|observed| {
        let verdict = guard::judge(board, &known, &memory, observed.clone(), now);
        // What a person at the hub has let through is not held back here for another day.
        let admitted = fetched.source.as_ref().and_then(|source| source.admit(&verdict));
        admitted.map_or(verdict, |memory| guard::judge(board, &known, &memory, observed, now))
    });
    if let Some(verdict) = &mut verdict {
        leave_out(store, verdict)?;
    }
    let beyond = verdict.as_mut().map_or(0, |verdict| keep_within(MAX_HELD, known.len(), verdict));
    if let Some(stranger) = verdict.as_ref().and_then(Verdict::stranger) {
        // 200 alone would say in the record that the board was there.
        fetched.poll.status = Status::Failed(format!("200, but {}", stranger.reason()));
    }
    if beyond > 0 {
        // What is not taken now must be shown again.
        fetched.poll.validators = None;
    }
    let committed = commit(board, store, &fetched, verdict.as_ref(), &memory, released, now)?;
    let (holds, released) = verdict.map_or((memory.holds, Vec::new()), |verdict| (verdict.holds, verdict.released));
    let admitted = released.iter().map(|hold| hold.kind.to_string()).collect();
    Ok(BoardRound { beyond, admitted, ..BoardRound::new(board, fetched, holds, committed) })
}

/// Cuts the additions so that a board holds at most `most` notices, where it holds `held` before the round. Returns how
/// many are not taken.
pub fn keep_within(most: usize, held: usize, verdict: &mut Verdict) -> usize {
    let room = (most + verdict.withdraw.len()).saturating_sub(held);
    let beyond = verdict.add.len().saturating_sub(room);
    verdict.add.truncate(room);
    beyond
}

/// What the office has taken down at once is not taken in again, whatever its feed lists.
fn leave_out(store: &mut Store, verdict: &mut Verdict) -> Result<(), StoreError> {
    let decree = store.decree()?.map(|text| Decree::parse(&text)).unwrap_or_default();
    let stays = |notice: &Notice| !decree.takes_down(&notice.id, notice.url.as_deref());
    verdict.add.retain(stays);
    verdict.change.retain(stays);
    let (rename, gone) = std::mem::take(&mut verdict.rename).into_iter().partition(|(_, notice)| stays(notice));
    verdict.rename = rename;
    verdict.withdraw.extend(gone.into_iter().map(|(old, _): (String, Notice)| old));
    Ok(())
}

/// What the guard remembers, with the releases that were ordered by hand meanwhile; and the last order's number.
fn recall(board: &Board, store: &mut Store, now: Now) -> Result<(Memory, Option<i64>), StoreError> {
    let text = store.memory(&board.key)?;
    let mut memory = text.map_or_else(Memory::default, |text| Memory::from_json(&board.key, &text));
    memory.forget(now);
    let mut last = None;
    for order in store.releases(&board.key)? {
        guard::release(&mut memory, order.what.as_deref().and_then(guard::HoldKind::parse));
        last = Some(order.number);
    }
    Ok((memory, last))
}

/// `memory`: as it was before, for a round in which the guard had nothing to judge.
fn commit(
    board: &Board,
    store: &mut Store,
    fetched: &Fetched,
    verdict: Option<&Verdict>,
    memory: &Memory,
    released: Option<i64>,
    now: Now,
) -> Result<Committed, StoreError> {
    let (poll, nothing) = (fetched.poll.clone(), Verdict::default());
    // What the guard has forgotten meanwhile goes from the disk in such a round too.
    let memory = match verdict {
        Some(verdict) => Some(verdict.memory.to_json()),
        None => store.memory(&board.key)?.map(|_| memory.to_json()),
    };
    let verdict = verdict.unwrap_or(&nothing);
    store.commit_round(&Round {
        board: &board.key,
        now,
        // What is held back must be shown again in the next round, so nothing to recognise it by is kept.
        poll: Poll { validators: poll.validators.filter(|_| verdict.holds.is_empty()), ..poll },
        add: &verdict.add,
        change: &verdict.change,
        rename: &verdict.rename,
        withdraw: &verdict.withdraw,
        memory: memory.as_deref(),
        released: released.filter(|_| matches!(fetched.answer, Answer::Read(_))),
    })
}
