//! What people read, and what programs do: a message of everything that waits for one recipient.
//!
//! Plain text in an office's words: which place, since when, what a passer-by sees, what to do, and where to look. The
//! surprising thing: a loss that is over before it was told is one paragraph with its recovery, not two; the webhook gets
//! both.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::rule::Kind;
use crate::health::Code;
use crate::hub::language::Language;
use crate::hub::standing::Standing;
use crate::hub::{fleet, reason};

/// Letters of a name in a subject.
const MAX_NAME: usize = 60;
/// Paragraphs of one message; the rest is on the page.
const MAX_TIDINGS: usize = 60;

/// One thing to tell of one place.
#[derive(Debug, Clone)]
pub struct Tiding {
    pub place: i64,
    pub name: String,
    /// Its key.
    pub office: String,
    pub office_name: String,
    pub kind: Kind,
    pub standing: Standing,
    pub reason: Option<Code>,
    /// Since when the place is, or was, lost.
    pub since: DateTime<Utc>,
    /// Of a recovery: when it came.
    pub until: Option<DateTime<Utc>>,
    /// When this was decided.
    pub at: DateTime<Utc>,
}

impl Tiding {
    fn is_over(&self) -> bool {
        matches!(self.kind, Kind::Recovered | Kind::Unwatched)
    }

    /// The state in a few words.
    fn label(&self, l: Language) -> &'static str {
        match self.kind {
            Kind::Lost | Kind::Worse => fleet::word(self.standing, l),
            Kind::Recovered => l.say("Zase ukazuje desku", "Shows its board again"),
            Kind::Unwatched => l.say("Už bez přístroje", "No device any more"),
        }
    }

    fn name(&self) -> String {
        one_line(&self.name)
    }
}

/// Subject and text of a mail. `address`: as browsers reach the hub.
pub fn mail(language: Language, tidings: &[Tiding], address: Option<&str>) -> (String, String) {
    let l = language;
    let told = told(tidings);
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    if told.len() > 1 {
        line(&summary(&told, l));
        line("");
    }
    for tiding in told.iter().take(MAX_TIDINGS) {
        paragraph(tiding, address, l, &mut line);
        line("");
    }
    if told.len() > MAX_TIDINGS {
        let more = told.len() - MAX_TIDINGS;
        line(&format!("{} {more}", l.say("Na stránce Místa jsou další:", "More on the page Places:")));
        line("");
    }
    if told.iter().any(|tiding| !tiding.is_over()) {
        line(l.say("Až se to spraví, přijde další zpráva.", "Another message will come when this is mended."));
        line("");
    }
    // The sign of a signature (RFC 3676 § 4.3).
    line("-- ");
    line(l.say("Centrální správa úředních desek", "Notice board hub"));
    match address {
        Some(address) => line(&format!(
            "{} {address}/alerts",
            l.say("Komu a kdy tyto zprávy chodí:", "Who gets these messages, and when:")
        )),
        None => line(l.say(
            "Komu a kdy tyto zprávy chodí, nastavuje správce na stránce Upozornění.",
            "Who gets these messages, and when, is set on the page Alerts.",
        )),
    }
    (subject(&told, l), text.replace('\u{a0}', " "))
}

/// What still counts: what was lost and came back, or grew worse, before anybody was told is told as that.
fn told(tidings: &[Tiding]) -> Vec<&Tiding> {
    let outlived = |index: usize, tiding: &Tiding| {
        let later = tidings[index + 1..].iter().find(|later| later.place == tiding.place);
        !tiding.is_over() && later.is_some()
    };
    tidings.iter().enumerate().filter(|(index, tiding)| !outlived(*index, tiding)).map(|(_, tiding)| tiding).collect()
}

/// The state and the places; both kinds where there are both.
fn subject(told: &[&Tiding], l: Language) -> String {
    let labels: Vec<&str> = told.iter().map(|tiding| tiding.label(l)).collect();
    match labels.first() {
        Some(first) if labels.iter().all(|label| label == first) => format!("{first}: {}", names(told, l)),
        _ => {
            let (over, lost): (Vec<&Tiding>, Vec<&Tiding>) = told.iter().partition(|tiding| tiding.is_over());
            let lost = (!lost.is_empty()).then(|| format!("{} {}", l.say("Potíže:", "Trouble:"), names(&lost, l)));
            let back = l.say("Konec potíží:", "Trouble over:");
            let over = (!over.is_empty()).then(|| format!("{back} {}", names(&over, l)));
            lost.into_iter().chain(over).collect::<Vec<_>>().join(". ")
        }
    }
}

fn names(told: &[&Tiding], l: Language) -> String {
    let mut names: Vec<String> = Vec::new();
    for tiding in told {
        let name = short(&tiding.name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(2);
    names.truncate(2);
    let names = names.join(", ");
    match more {
        0 => names,
        more => format!("{names} {} {more} {}", l.say("a ještě", "and"), places(more, l, true)),
    }
}

fn places(count: usize, l: Language, more: bool) -> &'static str {
    let english = if more { ["more place", "more places"] } else { ["place", "places"] };
    l.count(count, ["místo", "místa", "míst"], english)
}

/// `Potíže: 3 místa. Zase v pořádku: 2 místa.`
fn summary(told: &[&Tiding], l: Language) -> String {
    let over = told.iter().filter(|tiding| tiding.is_over()).count();
    let of = |count: usize, words: &str| (count > 0).then(|| format!("{words} {count} {}.", places(count, l, false)));
    let lost = of(told.len() - over, l.say("Potíže:", "Trouble:"));
    let over = of(over, l.say("Konec potíží:", "Trouble over:"));
    lost.into_iter().chain(over).collect::<Vec<_>>().join(" ")
}

fn paragraph(tiding: &Tiding, address: Option<&str>, l: Language, line: &mut impl FnMut(&str)) {
    line(&format!("{} ({})", tiding.name(), one_line(&tiding.office_name)));
    let since = l.moment(&tiding.since);
    let label = tiding.label(l);
    match (tiding.kind, tiding.until) {
        (Kind::Lost | Kind::Worse, _) => line(&format!("{label}, {} {since}.", l.say("od", "since"))),
        (Kind::Recovered, Some(until)) => line(&format!(
            "{label}. {} {since}, {} {}.",
            l.say("Potíže: od", "Trouble: from"),
            l.say("do", "to"),
            l.moment(&until)
        )),
        _ => line(&format!("{label}. {} {since}.", l.say("Potíže začaly", "The trouble began"))),
    }
    if let Some(sees) = sees(tiding, l) {
        line(&format!("  {} {sees}", l.say("Co vidí lidé:", "What people see:")));
    }
    let own = fleet::advice(tiding.standing, l);
    if let (None, Some(code)) = (own, tiding.reason) {
        line(&format!("  {} {}.", l.say("Co se děje:", "What is wrong:"), reason::title(code, l)));
    }
    if let Some(cure) = own.map(|(_, cure)| cure).or(tiding.reason.map(|code| reason::cure(code, l))) {
        line(&format!("  {} {cure}", l.say("Co dělat:", "What to do:")));
    }
    if let Some(address) = address.filter(|_| tiding.kind != Kind::Unwatched) {
        line(&format!("  {} {address}/places/{}", l.say("Podrobnosti:", "Details:"), tiding.place));
    }
}

/// What a passer-by sees, where that is not plain.
fn sees(tiding: &Tiding, l: Language) -> Option<&'static str> {
    let (czech, english) = match (tiding.kind, tiding.standing) {
        (Kind::Unwatched, _) => return None,
        (_, Standing::NotShowing) => (
            "Nejspíš ne desku. Není prokázáno, že by se dala přečíst.",
            "Probably not the board. It is not proved that it can be read.",
        ),
        (_, Standing::Silent) => (
            "Nevíme. Bez internetu panel ukazuje dál, co má uložené; bez elektřiny nic.",
            "Nobody knows. Without internet the panel goes on showing what it has; without power, nothing.",
        ),
        (_, Standing::Cloned) => ("Nevíme.", "Nobody knows."),
        (_, Standing::Stale) => {
            ("Desku, ale starou. Nové písemnosti na ní chybějí.", "The board, but an old one. New notices are missing.")
        }
        (_, Standing::Degraded) => {
            ("Desku. Panel má ale jiné potíže.", "The board. The panel has other trouble, though.")
        }
        (_, Standing::OnBattery) => {
            ("Desku. Panel ale běží na baterii.", "The board. The panel runs on its battery, though.")
        }
        _ => return None,
    };
    Some(l.say(czech, english))
}

#[derive(Serialize)]
struct Posted<'a> {
    v: u8,
    id: &'a str,
    made_at: String,
    hub: Option<&'a str>,
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
struct Event<'a> {
    event: &'static str,
    at: String,
    place: i64,
    name: String,
    office: &'a str,
    office_name: String,
    standing: &'static str,
    reason: Option<Code>,
    since: String,
    until: Option<String>,
    url: Option<String>,
}

/// The same for a program: see `docs/spravce.md`.
pub fn json(id: &str, tidings: &[Tiding], address: Option<&str>, now: DateTime<Utc>) -> String {
    let events = tidings.iter().map(|tiding| event(tiding, address)).collect();
    let posted = Posted { v: 1, id, made_at: time(now), hub: address, events };
    serde_json::to_string(&posted).expect("texts and numbers are always JSON")
}

fn event<'a>(tiding: &'a Tiding, address: Option<&str>) -> Event<'a> {
    Event {
        event: tiding.kind.name(),
        at: time(tiding.at),
        place: tiding.place,
        name: tiding.name(),
        office: &tiding.office,
        office_name: one_line(&tiding.office_name),
        standing: tiding.standing.name(),
        reason: tiding.reason,
        since: time(tiding.since),
        until: tiding.until.map(time),
        url: address.map(|address| format!("{address}/places/{}", tiding.place)),
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Without line ends, other control characters, and those that turn the direction of writing: what somebody has typed
/// as a name stays a name.
pub fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = text.chars().filter(|c| !turns(*c));
    let plain = plain.map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c });
    plain.collect::<String>().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn short(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let start: String = name.chars().take(MAX_NAME - 1).collect();
    format!("{}…", start.trim_end())
}
