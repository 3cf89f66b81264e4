//! What is up at a given moment: everything the glass may show, as dates, counts and enums, grouped and sorted.
//!
//! What it deliberately does not do: put anything into words (ui/ does), or touch a disk. The surprising thing: what
//! has *ended* is decided by the day that is certain to have come, and by a clock that cannot be trusted everything has
//! *begun*, so such a clock neither takes a notice down nor keeps one back (DESIGN §4.4). Nor does it count: how many
//! days are left, what ends today and what is new nobody knows who does not know the day; the dates say it.

mod collation;
mod freshness;
mod paper;
mod urgent;

use std::collections::HashMap;

use chrono::{Days, NaiveDate};

use crate::clock::Now;
use crate::model::{Board, Notice};
use crate::store::Posted;
use crate::wire::{BoardReport, LeftOut, SyncReport};

pub use crate::wire::Trouble;
pub use crate::wire::decree::{Message, Severity};
use collation::Czech;
pub use freshness::Freshness;
pub use paper::{Pages, Paper, PaperState};

/// One picture of the boards on a panel; made anew when the store, the report or the day changes.
#[derive(Debug, Clone)]
pub struct View {
    pub now: Now,
    /// In the order of the configuration.
    pub desks: Vec<Desk>,
    /// Newest first; of one day in Czech alphabetical order.
    pub postings: Vec<Posting>,
    /// Urgent messages of the office that are in force, the gravest first: see [`View::decreed`].
    pub messages: Vec<Message>,
    /// What the office has taken down at once, and is not among the notices.
    pub left_out: Vec<LeftOut>,
    /// [`crate::wire::decree::Decree::digest`] of what it follows.
    pub decree: String,
    index: HashMap<Key, usize>,
}

/// What makes a notice one and the same on a panel with several boards.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// `Board::key`
    pub board: String,
    /// `Notice::id`
    pub id: String,
}

/// One office's board and how well it is known.
#[derive(Debug, Clone)]
pub struct Desk {
    pub board: Board,
    /// Notices that are up.
    pub up: usize,
    pub freshness: Freshness,
    /// The guard keeps something up that the office's feed no longer lists as before.
    pub held: bool,
}

/// A notice that is up.
#[derive(Debug, Clone, PartialEq)]
pub struct Posting {
    pub key: Key,
    /// Position in `View::desks`.
    pub desk: usize,
    pub notice: Notice,
    /// The day it counts as posted: what the feed says, else the day on which the device first saw it.
    pub since: NaiveDate,
    /// Posted today or yesterday; never by a clock that cannot be trusted.
    pub new: bool,
    pub left: Left,
    /// Parallel to `Notice::documents`.
    pub papers: Vec<Paper>,
}

/// How long a notice stays up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Left {
    /// The feed gives no end.
    Open,
    /// Whole days after today on which it is still up; from 1.
    Days(u32),
    /// Today is its last day.
    Today,
    /// It has a last day; how far off that is, a clock that cannot be trusted does not tell.
    Unsure,
}

/// A category (OFN: agenda) and how many notices carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub name: String,
    pub count: usize,
}

/// Which notices a reader wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// `Board::key`; `None`: all boards of the panel.
    pub board: Option<String>,
    pub category: Option<String>,
    pub order: Order,
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Newest,
    /// By last day; what has no end comes last.
    EndingSoon,
}

/// What follows each other in a sorted list and is headed alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Posted today or yesterday.
    New,
    Earlier,
    /// It has a last day, near or far.
    Unsure,
    Today,
    /// Its last day is one of the seven after today.
    Week,
    Later,
    /// No end is given.
    Open,
}

/// Holds that keep out a whole feed: nothing in it waits to be confirmed, and [`Freshness`] says that it is not taken.
const WHOLE: [&str; 2] = ["unreadable", "wrong-operator"];

/// Days after today that are "within a week".
const WEEK: u32 = 7;

impl View {
    /// `posted` may hold notices that have not begun or have ended, and boards that the panel no longer has: they are
    /// left out.
    pub fn of(boards: &[Board], posted: Vec<Posted>, report: &SyncReport, now: Now) -> View {
        let desk_of: HashMap<&str, usize> =
            boards.iter().enumerate().map(|(i, board)| (board.key.as_str(), i)).collect();
        let mut postings: Vec<Posting> = posted
            .into_iter()
            .filter(|posted| posted.notice.begun(now) && !posted.notice.ended(now.certain_day()))
            .filter_map(|posted| Some(Posting::of(*desk_of.get(posted.board.as_str())?, posted, now)))
            .collect();
        let czech = Czech::new();
        postings.sort_by(|a, b| {
            let by_day = b.since.cmp(&a.since);
            by_day.then_with(|| czech.compare(&a.notice.title, &b.notice.title)).then_with(|| a.key.cmp(&b.key))
        });
        let desks = boards.iter().enumerate().map(|(i, board)| Desk {
            board: board.clone(),
            up: postings.iter().filter(|posting| posting.desk == i).count(),
            freshness: Freshness::of(report, &board.key, now),
            held: report.board(&board.key).is_some_and(waits),
        });
        let index = postings.iter().enumerate().map(|(i, posting)| (posting.key.clone(), i)).collect();
        View {
            now,
            desks: desks.collect(),
            postings,
            messages: Vec::new(),
            left_out: Vec::new(),
            decree: String::new(),
            index,
        }
    }

    /// The same notices, in the same state; the age of the data may differ.
    pub fn shows_the_same_as(&self, other: &View) -> bool {
        let same_day = self.now.today() == other.now.today();
        let desks = |view: &View| -> Vec<Board> { view.desks.iter().map(|desk| desk.board.clone()).collect() };
        let started = |view: &View| view.desks.iter().all(|desk| desk.freshness.at.is_some());
        let same = same_day && self.postings == other.postings && self.messages == other.messages;
        let same = same && (&self.left_out, &self.decree) == (&other.left_out, &other.decree);
        same && desks(self) == desks(other) && started(self) == started(other)
    }

    pub fn posting(&self, key: &Key) -> Option<&Posting> {
        self.index.get(key).map(|&at| &self.postings[at])
    }

    pub fn desk(&self, board: &str) -> Option<&Desk> {
        self.desks.iter().find(|desk| desk.board.key == board)
    }

    pub fn desk_of(&self, posting: &Posting) -> &Desk {
        &self.desks[posting.desk]
    }

    /// The same without one notice.
    pub fn without(&self, key: &Key) -> View {
        let mut view = self.clone();
        view.postings.retain(|posting| posting.key != *key);
        view.index = view.postings.iter().enumerate().map(|(i, posting)| (posting.key.clone(), i)).collect();
        view
    }

    /// Positions in `postings` of what a filter lets through, sorted as it says.
    pub fn listed(&self, filter: &Filter) -> Vec<usize> {
        let listed = self.postings.iter().enumerate().filter(|(_, posting)| filter.admits(posting));
        let mut listed: Vec<usize> = listed.map(|(at, _)| at).collect();
        if filter.order == Order::EndingSoon {
            // Of one last day the newest stays first.
            listed.sort_by_key(|at| {
                let until = self.postings[*at].notice.relevant_until;
                (until.is_none(), until)
            });
        }
        listed
    }

    /// The categories on one board or on all of them, in Czech alphabetical order.
    pub fn categories(&self, board: Option<&str>) -> Vec<Category> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for posting in &self.postings {
            if board.is_none_or(|board| posting.key.board == board) {
                for (at, category) in posting.notice.categories.iter().enumerate() {
                    // A feed may name one category twice.
                    if !posting.notice.categories[..at].contains(category) {
                        *counts.entry(category).or_default() += 1;
                    }
                }
            }
        }
        let named = counts.into_iter().map(|(name, count)| Category { name: name.to_owned(), count });
        let mut categories: Vec<Category> = named.collect();
        let czech = Czech::new();
        categories.sort_by(|a, b| czech.compare(&a.name, &b.name).then_with(|| a.name.cmp(&b.name)));
        categories
    }
}

fn waits(known: &BoardReport) -> bool {
    known.held.iter().any(|kind| !WHOLE.contains(&kind.as_str()))
}

impl Filter {
    pub fn admits(&self, posting: &Posting) -> bool {
        self.board.as_ref().is_none_or(|board| posting.key.board == *board)
            && self.category.as_ref().is_none_or(|category| posting.notice.categories.contains(category))
    }
}

impl Posting {
    fn of(desk: usize, posted: Posted, now: Now) -> Posting {
        let since = posted.notice.posted.unwrap_or_else(|| Now::trusted(posted.first_seen).today());
        let papers = posted.notice.documents.iter().enumerate();
        let papers = papers.map(|(at, document)| Paper::of(document, posted.documents.get(at))).collect();
        Posting {
            key: Key { board: posted.board, id: posted.notice.id.clone() },
            desk,
            since,
            new: is_new(since, now),
            left: Left::of(posted.notice.relevant_until, now),
            papers,
            notice: posted.notice,
        }
    }

    pub fn group(&self, order: Order) -> Group {
        match (order, self.left) {
            (Order::Newest, _) if self.new => Group::New,
            (Order::Newest, _) => Group::Earlier,
            (_, Left::Unsure) => Group::Unsure,
            (_, Left::Today) => Group::Today,
            (_, Left::Days(days)) if days <= WEEK => Group::Week,
            (_, Left::Days(_)) => Group::Later,
            (_, Left::Open) => Group::Open,
        }
    }

    /// The attachment that one touch on the title opens: the first that has pages.
    pub fn first_readable(&self) -> Option<usize> {
        self.papers.iter().position(|paper| matches!(paper.state, PaperState::Ready(_)))
    }
}

impl Left {
    fn of(until: Option<NaiveDate>, now: Now) -> Left {
        let Some(last) = until else { return Left::Open };
        if !now.is_trusted() {
            return Left::Unsure;
        }
        match (last - now.today()).num_days() {
            0 => Left::Today,
            // What has ended is not up: there is nothing to be said of it.
            days => u32::try_from(days).map_or(Left::Unsure, Left::Days),
        }
    }
}

fn is_new(since: NaiveDate, now: Now) -> bool {
    let today = now.today();
    let yesterday = today.checked_sub_days(Days::new(1));
    now.is_trusted() && since <= today && yesterday.is_some_and(|yesterday| since >= yesterday)
}
