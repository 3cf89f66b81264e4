//! `vyveska check`: what a board would show of a feed or of documents, and what their clerk should mend.
//!
//! Reads and prints, changes nothing, and asks for no document of a feed. What a file is, its bytes decide. The
//! surprising thing: defects that differ only in what they quote are one group, because a generator makes the same
//! mistake on every item.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::process::ExitCode;

use chrono::NaiveDate;
use serde_json::json;
use vyveska::charset;
use vyveska::clock::{self, Now};
use vyveska::feed;
use vyveska::http::{Client, Limits, Policy, Response};
use vyveska::model::{Defect, Item, Media, Notice, Severity, Snapshot};

mod document;

use crate::exit::UNUSABLE;

/// Version of the JSON output. Fields are added, never renamed.
const VERSION: u32 = 1;
/// Items named under one defect.
const ITEMS: usize = 5;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 no defects; 1 shown, with defects; 2 the arguments or a source cannot be used")]
pub struct Arguments {
    /// A feed: a file, an http(s) address, or - for the standard input; or documents: files, or a folder of them
    #[arg(value_name = "FILE-OR-URL", required = true)]
    sources: Vec<String>,
    /// Print one JSON object for each source instead of text
    #[arg(long)]
    json: bool,
    /// Decide what is up at this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
    /// Address that a file's relative addresses start from
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    /// Also ask addresses that are not public
    #[arg(long)]
    allow_private: bool,
}

pub fn run(arguments: Arguments) -> ExitCode {
    let mut code = 0;
    for (place, source) in arguments.sources.iter().flat_map(|source| inside(source)).enumerate() {
        let (text, one) = check(&arguments, &source);
        code = code.max(one);
        let gap = if place > 0 && !arguments.json { "\n" } else { "" };
        // A reader that has seen enough (`| head`) is no fault.
        if write!(std::io::stdout().lock(), "{gap}{text}").is_err() {
            break;
        }
    }
    ExitCode::from(code)
}

/// The files of a folder, by name, without those that are hidden; or the source itself.
fn inside(source: &str) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(source) else { return vec![source.to_owned()] };
    // A link may lead to a device.
    let plain = folder.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut files: Vec<String> = plain.filter_map(|entry| entry.path().to_str().map(str::to_owned)).collect();
    files.retain(|path| !path.rsplit('/').next().is_some_and(|name| name.starts_with('.')));
    files.sort_unstable();
    // An empty one is said to be a folder.
    if files.is_empty() { vec![source.to_owned()] } else { files }
}

/// What there is to say of one source, and the exit code that it deserves.
fn check(arguments: &Arguments, source: &str) -> (String, u8) {
    if let Some((media, size)) = document(source) {
        let checked = document::Checked::of(source, media, size);
        let text = if arguments.json { format!("{:#}\n", checked.to_json()) } else { checked.to_text() };
        return (text, checked.code());
    }
    // A clerk's machine is no panel: its clock is believed.
    let now = arguments.now.unwrap_or_else(|| Now::trusted(clock::now(clock::Saved::default()).at));
    let read = fetch(arguments, source, now).and_then(|(bytes, came_from)| {
        let base = arguments.base.as_deref().unwrap_or(&came_from);
        feed::read(&bytes, base, now.today()).map_err(|error| error.to_string())
    });
    let code = match &read {
        Ok(snapshot) if snapshot.defects.is_empty() => 0,
        Ok(_) => 1,
        Err(_) => UNUSABLE,
    };
    let text = match arguments.json {
        true => format!("{:#}\n", as_json(source, now, &read)),
        false => as_text(source, now, &read),
    };
    (text, code)
}

/// What kind of document a file is, and its size; `None` for what may be a feed.
fn document(source: &str) -> Option<(Media, u64)> {
    let file = std::fs::File::open(source).ok().filter(|_| source != "-")?;
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    let mut head = Vec::new();
    file.take(Media::HEAD_BYTES as u64).read_to_end(&mut head).ok()?;
    let media = Media::of(&head);
    // A feed is a text too, but no letter.
    let feed = || charset::decode(&head).trim_start().starts_with(['{', '[', '<']);
    match media {
        Media::Html | Media::Unknown => None,
        Media::Text if feed() => None,
        _ => Some((media, size)),
    }
}

/// The feed's bytes and the address they came from, empty for a file.
fn fetch(arguments: &Arguments, source: &str, now: Now) -> Result<(Vec<u8>, String), String> {
    let lower = source.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return download(source, arguments.allow_private, now);
    }
    if let Some((scheme, _)) = lower.split_once("://") {
        let cure = match scheme {
            "file" => "give the file's path alone",
            _ => "give its https:// address, or save the feed and give the file",
        };
        return Err(format!("an address that begins with {scheme}:// cannot be asked: {cure}"));
    }
    let bytes = if source == "-" { whole(std::io::stdin().lock()) } else { file(source) }?;
    Ok((bytes, String::new()))
}

fn file(path: &str) -> Result<Vec<u8>, String> {
    let unreadable = |error| format!("the file cannot be read: {error}");
    let kind = std::fs::metadata(path).map_err(unreadable)?.file_type();
    if kind.is_dir() {
        return Err("this is a folder: give the feed's file in it".to_owned());
    }
    // A pipe is as good as a file; a device may have no end.
    if kind.is_char_device() || kind.is_block_device() {
        return Err("this is a device, not a file: give the feed's file, or - for the standard input".to_owned());
    }
    whole(std::fs::File::open(path).map_err(unreadable)?)
}

/// All of it, where that is no more than a feed may have.
fn whole(from: impl std::io::Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let most = feed::MAX_BYTES as u64;
    from.take(most + 1).read_to_end(&mut bytes).map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > most {
        return Err(format!("there are more than the {} MiB that are read: publish only what is up", most >> 20));
    }
    Ok(bytes)
}

fn download(url: &str, allow_private: bool, now: Now) -> Result<(Vec<u8>, String), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no network on this machine: {error}"))?;
    let client =
        Client::new(&Policy { allow_private, ..Policy::default() }, now.at).map_err(|error| error.to_string())?;
    match runtime.block_on(client.get_feed(url, None, &Limits::FEED)).map_err(|error| error.to_string())? {
        Response::Body(feed) => Ok((feed.bytes, feed.final_url)),
        Response::NotModified { .. } => {
            Err("the server says that nothing changed, without having been asked".to_owned())
        }
    }
}

/// Where a notice is in its life.
fn state(notice: &Notice, now: Now) -> &'static str {
    match (notice.ended(now.certain_day()), notice.begun(now)) {
        (true, _) => "ended",
        (false, true) => "up",
        (false, false) => "later",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Lost => "lost",
        Severity::Uncertain => "uncertain",
        Severity::Repaired => "repaired",
    }
}

fn as_text(source: &str, now: Now, read: &Result<Snapshot, String>) -> String {
    let mut out = String::new();
    let written = match read {
        Err(error) => writeln!(out, "{source}: unusable\n  {error}"),
        Ok(snapshot) => board(&mut out, source, now, snapshot).and_then(|()| defects(&mut out, &snapshot.defects)),
    };
    written.expect("writing to a String never fails");
    out
}

fn board(out: &mut String, source: &str, now: Now, snapshot: &Snapshot) -> std::fmt::Result {
    writeln!(out, "{source}")?;
    writeln!(out, "  operator  {}", snapshot.ico.as_ref().map_or("unknown".to_owned(), |ico| format!("IČO {ico}")))?;
    writeln!(out, "  web       {}", snapshot.web.as_deref().unwrap_or("unknown"))?;
    writeln!(out, "  day       {}", now.today())?;
    for (wanted, heading) in [("up", "Up now"), ("later", "Later"), ("ended", "Ended, not shown")] {
        let notices: Vec<&Notice> = snapshot.notices.iter().filter(|notice| state(notice, now) == wanted).collect();
        if notices.is_empty() && wanted != "up" {
            continue;
        }
        writeln!(out, "\n{heading}: {}", notices.len())?;
        for notice in notices {
            let day = |day: Option<NaiveDate>, none: &str| day.map_or(format!("{none:10}"), |day| day.to_string());
            let documents = match notice.documents.len() {
                0 => "no document".to_owned(),
                1 => "1 document".to_owned(),
                count => format!("{count} documents"),
            };
            let (from, to) = (day(notice.posted, "no day"), day(notice.relevant_until, "no end"));
            writeln!(out, "  {from} – {to}  {}  ({documents})", notice.title)?;
        }
    }
    Ok(())
}

fn defects(out: &mut String, defects: &[Defect]) -> std::fmt::Result {
    if defects.is_empty() {
        return writeln!(out, "\nNo defects.");
    }
    let headings = [
        (Severity::Lost, "Lost: this cannot be shown"),
        (Severity::Uncertain, "Uncertain: shown, but something is missing"),
        (Severity::Repaired, "Repaired: shown in full here, perhaps not elsewhere"),
    ];
    for (wanted, heading) in headings {
        let mut groups: Vec<(String, Vec<&Defect>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for defect in defects.iter().filter(|defect| defect.severity == wanted) {
            let key = format!("{} {}", defect.field, pattern(&defect.found));
            let place = *places.entry(key.clone()).or_insert(groups.len());
            if place == groups.len() {
                groups.push((key, Vec::new()));
            }
            groups[place].1.push(defect);
        }
        if groups.is_empty() {
            continue;
        }
        writeln!(out, "\n{heading}")?;
        for (_, group) in groups {
            let first = group[0];
            let field = if first.field.is_empty() { String::new() } else { format!("{}: ", first.field) };
            writeln!(out, "\n  {field}{}\n    Cure: {}", first.found, first.cure)?;
            items(out, &group)?;
        }
    }
    let count = |wanted| defects.iter().filter(|defect| defect.severity == wanted).count();
    let (lost, uncertain) = (count(Severity::Lost), count(Severity::Uncertain));
    let (all, repaired) = (defects.len(), count(Severity::Repaired));
    let plural = if all == 1 { "" } else { "s" };
    writeln!(out, "\n{all} defect{plural}: {lost} lost, {uncertain} uncertain, {repaired} repaired.")
}

/// The items of one group, each once, with what differs from the sentence above it.
fn items(out: &mut String, group: &[&Defect]) -> std::fmt::Result {
    let mut items: Vec<(&Defect, &Item)> =
        group.iter().filter_map(|defect| defect.item.as_ref().map(|item| (*defect, item))).collect();
    items.dedup_by_key(|(_, item)| item.position);
    for (defect, item) in items.iter().take(ITEMS) {
        write!(
            out,
            "    item {}: {}",
            item.position,
            item.title.as_deref().or(item.id.as_deref()).unwrap_or("(unreadable)")
        )?;
        if defect.found != group[0].found {
            write!(out, "\n      {}", defect.found)?;
        }
        writeln!(out)?;
    }
    if items.len() > ITEMS {
        writeln!(out, "    and {} more", items.len() - ITEMS)?;
    }
    Ok(())
}

/// A sentence without what differs from item to item: quotations and numbers.
fn pattern(found: &str) -> String {
    let mut quoted = false;
    found
        .chars()
        .filter(|letter| {
            quoted ^= *letter == '"';
            !quoted && !letter.is_ascii_digit()
        })
        .collect()
}

fn iso(day: Option<NaiveDate>) -> Option<String> {
    day.map(|day| day.to_string())
}

fn as_json(source: &str, now: Now, read: &Result<Snapshot, String>) -> serde_json::Value {
    let snapshot = match read {
        Ok(snapshot) => snapshot,
        Err(error) => {
            return json!({ "v": VERSION, "source": source, "day": iso(Some(now.today())), "usable": false, "error": error });
        }
    };
    let notices = snapshot.notices.iter().map(|notice| {
        let documents = notice.documents.iter().map(
            |document| json!({ "url": document.url, "title": document.title, "declared_type": document.declared_type }),
        );
        json!({
            "state": state(notice, now),
            "id": notice.id,
            "url": notice.url,
            "title": notice.title,
            "description": notice.description,
            "posted": iso(notice.posted),
            "relevant_until": iso(notice.relevant_until),
            "reference_number": notice.reference_number,
            "file_number": notice.file_number,
            "issuer": notice.issuer,
            "categories": notice.categories,
            "documents": documents.collect::<Vec<_>>(),
        })
    });
    let defects = snapshot.defects.iter().map(|defect| {
        let item =
            defect.item.as_ref().map(|item| json!({ "position": item.position, "id": item.id, "title": item.title }));
        json!({
            "severity": severity(defect.severity),
            "item": item,
            "field": defect.field,
            "found": defect.found,
            "cure": defect.cure,
        })
    });
    json!({
        "v": VERSION,
        "source": source,
        "day": iso(Some(now.today())),
        "usable": true,
        "board": { "iri": snapshot.iri, "web": snapshot.web, "ico": snapshot.ico },
        "notices": notices.collect::<Vec<_>>(),
        "unreadable": { "ids": snapshot.unreadable.ids, "nameless": snapshot.unreadable.nameless },
        "defects": defects.collect::<Vec<_>>(),
    })
}
