//! The feeds of one round: which are asked, how many at once, and what each leaves behind.
//!
//! It knows nothing of documents and pages. The surprising thing: a board is committed, and the panel told of it, while
//! others are still being asked, because one feed may take minutes not to end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Device, Kept};
use crate::clock::{self, Now};
use crate::store::StoreError;
use crate::sync::fetch::{self, Answer, Fetched};
use crate::sync::hosts::server;
use crate::sync::mirrors::{Copies, Source};
use crate::sync::several::{AT_ONCE_OF_A_SERVER, Running, first_of};
use crate::sync::summary::{BoardRound, Summary};

/// Boards asked at once.
const AT_ONCE: usize = 4;
/// Boards that are due within so much of each other are asked in one round.
const TOGETHER: Duration = Duration::from_secs(5);

impl Device {
    /// Asks those that are due.
    pub(super) async fn ask_boards(&mut self, now: Now, summary: &mut Summary) {
        let hurried = self.renderer.hurry.swap(false, Ordering::Relaxed);
        let poll = self.poll();
        let mut due: Vec<usize> = (0..self.boards.len())
            .filter(|index| hurried || self.boards[*index].wait(&mut self.store, now, poll) <= TOGETHER)
            .collect();
        // Those that failed the last time come after those that did not.
        due.sort_by_key(|index| self.boards[*index].last.map_or(0, |last| last.failures));
        self.mirror_failed.store(false, Ordering::Relaxed);
        for secured in [false, true] {
            self.client.take_date(secured);
        }
        let mut running: Vec<Running<(usize, String), Fetched>> = Vec::new();
        let mut rounds: Vec<(usize, BoardRound)> = Vec::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(place) = due.iter().position(|index| {
                    let server = server(&self.boards[*index].board.feed);
                    running.iter().filter(|one| one.about.1 == server).count() < AT_ONCE_OF_A_SERVER
                })
            {
                let index = due.remove(place);
                match self.ask(index, now) {
                    Ok(asked) => running.push(asked),
                    Err(error) => rounds.push((index, self.note(index, Err(error), now))),
                }
            }
            if running.is_empty() {
                break;
            }
            let ((index, _), mut fetched) = first_of(&mut running).await;
            let parted = self.part(index, &mut fetched);
            let round =
                parted.and_then(|()| crate::sync::take(&self.boards[index].board, &mut self.store, fetched, now));
            let round = self.note(index, round, now);
            let wrote = round.committed.written;
            rounds.push((index, round));
            if wrote && !running.is_empty() {
                self.tell(now, true, summary);
            }
        }
        rounds.sort_by_key(|(index, _)| *index);
        rounds.into_iter().for_each(|(_, round)| summary.note(round));
    }

    fn ask(&mut self, index: usize, now: Now) -> Result<Running<'static, (usize, String), Fetched>, StoreError> {
        let kept = &self.boards[index];
        // Once a day the whole feed is read again: a server may be wrong about what has not changed.
        let whole = kept.whole || kept.last.is_some_and(|last| last.at.today() != now.today());
        let unless = crate::sync::unless(&kept.board, &kept.board.feed, &mut self.store, now, whole)?;
        let (board, client) = (kept.board.clone(), self.client.clone());
        let about = (index, server(&board.feed));
        let Some(source) = self.mirrors.as_ref().and_then(|named| Source::of(named, &board.feed)) else {
            return Ok(Running::new(about, async move { fetch::feed(&board, unless.as_ref(), &client, now).await }));
        };
        // What lies at the mirror of its documents is remembered in memory alone.
        let whole = whole || kept.copies.is_none();
        let known = crate::sync::unless(&board, &source.asked(&board.feed), &mut self.store, now, whole)?;
        let failed = self.mirror_failed.clone();
        Ok(Running::new(about, async move {
            if !failed.load(Ordering::Relaxed) {
                if let Some(fetched) = fetch::mirrored(&board, source, known.as_ref(), &client, now).await {
                    return fetched;
                }
                failed.store(true, Ordering::Relaxed);
            }
            fetch::feed(&board, unless.as_ref(), &client, now).await
        }))
    }

    /// Parts what came from a mirror from what the mirror has added to it.
    fn part(&mut self, index: usize, fetched: &mut Fetched) -> Result<(), StoreError> {
        let kept = &mut self.boards[index];
        kept.report.mirrored = fetched.source.is_some();
        match (&fetched.source, &mut fetched.answer) {
            (Some(source), Answer::Read(snapshot)) => {
                kept.copies = Some(Copies::part(source, snapshot, &self.store.known(&kept.board.key)?));
            }
            (None, Answer::Read(_) | Answer::Unchanged) => kept.copies = None,
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, index: usize, round: Result<BoardRound, StoreError>, now: Now) -> BoardRound {
        let secured = |kept: &Kept| kept.board.feed.starts_with("https:");
        let any_secured = self.boards.iter().any(secured);
        let kept = &mut self.boards[index];
        self.renderer.progress.step();
        let round = round.unwrap_or_else(|error| BoardRound::failed(&kept.board, error.to_string()));
        kept.whole &= round.error().is_some();
        kept.note(&round, now);
        // Certificates are checked against it: who has none must not be able to spoil those of the others.
        if secured(kept) || !any_secured {
            let date = self.client.take_date(any_secured);
            self.told = self.told.max(date.filter(|date| clock::plausible(*date)));
        }
        round
    }
}
