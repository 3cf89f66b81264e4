//! `vyveska notices`: what is up, what comes, what is held back, what is down, and why.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use chrono::NaiveDate;
use serde_json::{Value, json};
use vyveska::clock::{self, Clock, Now};
use vyveska::guard::{Hold, Memory};
use vyveska::model::{self, Board, Media, Standing};
use vyveska::store::{Filed, Posted, Store, StoreError, Tombstone};
use vyveska::wire::{BoardReport, SyncReport, moment};

use crate::exit::{self, Failure};
use crate::settings::Settings;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 listed; 2 the arguments, the configuration or the data folder cannot be used")]
pub struct Arguments {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
    /// Take this for the time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    exit::end(list(&arguments).map(|text| {
        // Whoever reads has seen enough: `vyveska notices | head`.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }))
}

fn list(arguments: &Arguments) -> Result<String, Failure> {
    let config = arguments.settings.used()?;
    let mut store = Store::open_beside(&config.data).map_err(Failure::unusable)?;
    let now = Clock::new(arguments.now, store.saved_time().unwrap_or_default()).now();
    let report = SyncReport::read(&config.run);
    let boards: Result<Vec<Listed>, StoreError> =
        config.boards.iter().map(|board| Listed::of(board, &mut store, report.as_ref(), now)).collect();
    let boards = boards.map_err(Failure::unusable)?;
    if arguments.json {
        let boards: Vec<Value> = boards.iter().map(Listed::json).collect();
        return Ok(format!("{}\n", json!({ "v": 1, "at": moment::text(&now.at), "boards": boards })));
    }
    Ok(boards.iter().map(Listed::text).collect::<Vec<_>>().join("\n"))
}

/// One board as it stands.
struct Listed<'a> {
    board: &'a Board,
    report: Option<BoardReport>,
    up: Vec<Posted>,
    coming: Vec<Posted>,
    holds: Vec<Hold>,
    down: Vec<Tombstone>,
}

impl<'a> Listed<'a> {
    fn of(
        board: &'a Board,
        store: &mut Store,
        report: Option<&SyncReport>,
        now: Now,
    ) -> Result<Listed<'a>, StoreError> {
        let (begun, coming): (Vec<Posted>, Vec<Posted>) =
            store.posted(&board.key)?.into_iter().partition(|posted| posted.notice.begun(now));
        let up = begun.into_iter().filter(|posted| !posted.notice.ended(now.certain_day())).collect();
        let memory = store.memory(&board.key)?;
        let memory = memory.map_or_else(Memory::default, |text| Memory::from_json(&board.key, &text));
        let report = report.and_then(|report| report.board(&board.key)).cloned();
        Ok(Listed { board, report, up, coming, holds: memory.holds, down: store.tombstones(&board.key)? })
    }

    fn text(&self) -> String {
        let Board { key, name, standing, .. } = self.board;
        let standing = if *standing == Standing::Official { "official board" } else { "copy" };
        let mut text = format!("{name} ({key}), {standing}, {}\n", self.freshness());
        if let Some(address) = self.report.as_ref().and_then(|report| report.moved_to.as_ref()) {
            writeln!(text, "  the feed has moved for good: set feed = \"{address}\"").expect("a String takes all");
        }
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                writeln!(text, "  {title} ({})", lines.len()).expect("a String takes all");
                lines.iter().for_each(|line| writeln!(text, "    {line}").expect("a String takes all"));
            }
        };
        section("up", self.up.iter().map(|posted| self.line(posted)).collect());
        section("to come", self.coming.iter().map(|posted| self.line(posted)).collect());
        let held = |hold: &Hold| format!("{}, since {}: {}", hold.kind, moment::text(&hold.since), hold.reason());
        section("held back", self.holds.iter().map(held).collect());
        let down = |tombstone: &Tombstone| {
            let days = days(tombstone.posted, tombstone.relevant_until);
            format!("{days}  {} on {}  {}", tombstone.why.name(), moment::text(&tombstone.down_at), tombstone.mark)
        };
        section("down", self.down.iter().map(down).collect());
        text
    }

    fn freshness(&self) -> String {
        let Some(report) = &self.report else { return "not asked since the start".into() };
        let good = report.last_good_at.as_ref().map_or("never read".into(), |at| format!("read {}", moment::text(at)));
        match &report.last_error {
            Some(error) => format!("{good}; {error}"),
            None => good,
        }
    }

    fn line(&self, posted: &Posted) -> String {
        let notice = &posted.notice;
        let mut line = days(notice.posted, notice.relevant_until);
        let number = notice.reference_number.as_deref().map_or(String::new(), |number| format!("  {number}"));
        write!(line, "{number}  {}", notice.title).expect("a String takes all");
        let missing = posted.documents.iter().filter(|filed| filed.digest.is_none()).count();
        if missing > 0 {
            write!(line, "  [{missing} of {} documents missing]", posted.documents.len()).expect("a String takes all");
        }
        for media in posted.documents.iter().filter(|filed| state(filed) == "elsewhere").filter_map(|filed| filed.media)
        {
            write!(line, "  [{}: opens elsewhere]", media.name()).expect("a String takes all");
        }
        for why in posted.documents.iter().filter_map(|filed| filed.failed.as_deref()) {
            write!(line, "  [{why}]").expect("a String takes all");
        }
        for hold in self.holds_on(&notice.id) {
            write!(line, "  [held back: {}]", hold.kind).expect("a String takes all");
        }
        line
    }

    fn holds_on(&self, id: &str) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(move |hold| hold.is_about(&self.board.key, id))
    }

    fn json(&self) -> Value {
        let holds = |hold: &Hold| {
            let held = |posted: &&Posted| hold.is_about(&self.board.key, &posted.notice.id);
            json!({
                "kind": hold.kind.to_string(), "since": moment::text(&hold.since), "rounds": hold.rounds,
                "why": hold.reason(), "notices": self.up.iter().chain(&self.coming).filter(held).map(|posted| &posted.notice.id).collect::<Vec<_>>(),
            })
        };
        let down = |tombstone: &Tombstone| {
            json!({
                "mark": tombstone.mark.to_string(), "why": tombstone.why.name(), "down_at": moment::text(&tombstone.down_at),
                "first_seen": moment::text(&tombstone.first_seen), "posted": day(tombstone.posted),
                "relevant_until": day(tombstone.relevant_until), "digest": tombstone.digest.to_string(),
            })
        };
        json!({
            "board": self.board.key, "name": self.board.name, "report": self.report,
            "up": self.up.iter().map(|posted| self.posted_json(posted)).collect::<Vec<_>>(),
            "coming": self.coming.iter().map(|posted| self.posted_json(posted)).collect::<Vec<_>>(),
            "held": self.holds.iter().map(holds).collect::<Vec<_>>(),
            "down": self.down.iter().map(down).collect::<Vec<_>>(),
        })
    }

    fn posted_json(&self, posted: &Posted) -> Value {
        let notice = &posted.notice;
        let document = |(document, filed): (&vyveska::model::Document, &Filed)| {
            json!({
                "url": document.url, "title": document.title, "state": state(filed), "media": filed.digest.and(filed.media).map(Media::name), "digest": filed.digest.map(|digest| digest.to_string()),
                "bytes": filed.size, "pages": filed.page_count, "pages_ready": filed.pages.len(), "failed": filed.failed,
            })
        };
        json!({
            "id": notice.id, "mark": model::mark(&posted.board, &notice.id).to_string(), "title": notice.title, "url": notice.url, "posted": day(notice.posted),
            "relevant_until": day(notice.relevant_until), "reference_number": notice.reference_number,
            "file_number": notice.file_number, "issuer": notice.issuer, "categories": notice.categories,
            "first_seen": moment::text(&posted.first_seen), "digest": posted.digest.to_string(),
            "documents": notice.documents.iter().zip(&posted.documents).map(document).collect::<Vec<_>>(),
            "held": self.holds_on(&notice.id).map(|hold| hold.kind.to_string()).collect::<Vec<_>>(),
        })
    }
}

/// What a reader has of a document: "shown" its first page at least; "waiting", to be fetched or drawn; "missing", it did not
/// come; "unreadable", it came and cannot be drawn; "elsewhere", it came and is of a kind that is never drawn.
fn state(filed: &Filed) -> &'static str {
    let drawn = filed.pages.iter().any(|page| page.width > 0);
    match (filed.digest, filed.media) {
        (None, _) if filed.failed.is_some() => "missing",
        (None, _) => "waiting",
        _ if drawn => "shown",
        (_, Some(media)) if !media.has_pages() => "elsewhere",
        _ if filed.failed.is_some() || filed.page_count == Some(0) => "unreadable",
        _ => "waiting",
    }
}

fn day(day: Option<NaiveDate>) -> Option<String> {
    day.map(|day| day.to_string())
}

/// First and last day, or a blank of the same width.
fn days(posted: Option<NaiveDate>, until: Option<NaiveDate>) -> String {
    let text = |day: Option<NaiveDate>| day.map_or_else(|| "          ".to_owned(), |day| day.to_string());
    format!("{} – {}", text(posted), text(until))
}
