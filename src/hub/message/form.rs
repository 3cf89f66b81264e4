//! Writing an urgent message: the form, the page that shows exactly what will stand where, and the sending.
//!
//! Nothing is kept between the pages: each carries all that was written. The surprising thing: the page of confirmation
//! makes the message's name, so that whoever sends it twice has sent it once.

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Europe::Prague;

use super::page::{language_name, level};
use super::{Flaw, flaw};
use crate::hub::page::{self, Page};
use crate::hub::people::{Deed, Who};
use crate::hub::place::{self, Place};
use crate::hub::problem::Problem;
use crate::hub::{Shared, decree};
use crate::wire::decree::{Info, MAX_HEADLINE, MAX_TEXT, Message, Severity, Status};
use crate::{keys, secret};

/// As the glass may speak, Czech first.
pub const LANGUAGES: [(&str, &str); 4] =
    [("cs", "Čeština"), ("en", "English"), ("de", "Deutsch"), ("uk", "Українська")];
/// As a browser writes a moment.
const LOCAL: &str = "%Y-%m-%dT%H:%M";
/// What is offered first.
const USUAL: TimeDelta = TimeDelta::hours(6);

/// Fields of the form, several of one name among them.
type Fields = Vec<(String, String)>;

/// What was written so far.
#[derive(Debug, Clone, Default)]
struct Draft {
    once: String,
    office: String,
    severity: Severity,
    drill: bool,
    /// Parallel to [`LANGUAGES`].
    info: Vec<Info>,
    /// As it was typed.
    until: String,
    places: Vec<i64>,
}

impl Draft {
    fn read(fields: &Fields) -> Draft {
        let one = |name: &str| value(fields, name);
        let info = |(code, _): &(&str, &str)| Info {
            language: (*code).to_owned(),
            headline: line(one(&format!("headline-{code}"))),
            description: text(one(&format!("text-{code}"))),
        };
        let places = fields.iter().filter(|(name, _)| name == "place");
        Draft {
            once: one("once").chars().filter(char::is_ascii_hexdigit).take(32).collect(),
            office: one("office").to_owned(),
            severity: serde_json::from_value(one("severity").into()).unwrap_or_default(),
            drill: one("drill") == "1",
            info: LANGUAGES.iter().map(info).collect(),
            until: one("until").to_owned(),
            places: places.filter_map(|(_, id)| id.trim().parse().ok()).collect(),
        }
    }

    /// As the panels get it.
    fn message(&self, office_name: &str, now: DateTime<Utc>) -> Message {
        let written = |info: &&Info| !info.headline.is_empty() || !info.description.is_empty();
        Message {
            id: self.once.clone(),
            status: if self.drill { Status::Exercise } else { Status::Actual },
            severity: self.severity,
            sender_name: office_name.to_owned(),
            sent: now.with_nanosecond(0).unwrap_or(now),
            expires: self.expires().unwrap_or(DateTime::UNIX_EPOCH),
            info: self.info.iter().filter(written).cloned().collect(),
        }
    }

    /// In Prague. Of an hour that comes twice, the later one; none in an hour that does not come.
    fn expires(&self) -> Option<DateTime<Utc>> {
        let local = NaiveDateTime::parse_from_str(&self.until, LOCAL).ok()?;
        Some(Prague.from_local_datetime(&local).latest()?.to_utc())
    }
}

/// The first of this name.
fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// In one line, without what cannot be seen.
fn line(text: &str) -> String {
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The same with its paragraphs.
fn text(text: &str) -> String {
    text.lines().map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[derive(Template)]
#[template(path = "message-new.html")]
struct Writing {
    page: Page,
    draft: Draft,
    wrong: Option<String>,
    /// Of the offices in which they may, with their places.
    offices: Vec<(String, String)>,
    places: Vec<Place>,
}

impl Writing {
    fn level(&self, severity: &Severity) -> &'static str {
        level(*severity, self.page.language)
    }

    /// When it is meant, in a line.
    fn meant(&self, severity: &Severity) -> &'static str {
        let (czech, english) = match severity {
            Severity::Extreme => {
                ("jde o životy; každý má něco hned udělat", "lives are at stake; everybody is to act at once")
            }
            Severity::Severe => (
                "škody na zdraví nebo majetku; lidé se mají zařídit",
                "health or property is at stake; people are to act",
            ),
            Severity::Moderate => {
                ("lidé o tom mají vědět dřív než jindy", "people are to know of it sooner than usual")
            }
        };
        self.page.say(czech, english)
    }

    fn severities(&self) -> &'static [Severity] {
        &Severity::ALL
    }

    fn name(&self, code: &str) -> &'static str {
        LANGUAGES.iter().find(|(known, _)| *known == code).map_or("", |(_, name)| name)
    }

    fn value(&self, severity: &Severity) -> String {
        format!("{severity:?}")
    }

    fn max_headline(&self) -> usize {
        MAX_HEADLINE
    }

    fn max_text(&self) -> usize {
        MAX_TEXT
    }
}

/// Where somebody may send something, with the places there.
async fn theirs(hub: &Shared, who: &Who) -> Result<(Vec<(String, String)>, Vec<Place>), Problem> {
    let read = |connection: &rusqlite::Connection| Ok((place::offices(connection)?, place::places(connection)?));
    let (offices, places) = hub.store.read(read).await?;
    let offices: Vec<_> = offices.into_iter().filter(|(key, _)| who.may(Deed::Notices, key)).collect();
    let places = places.into_iter().filter(|place| who.may(Deed::Notices, &place.office)).collect();
    Ok((offices, places))
}

async fn write(page: Page, hub: &Shared, who: &Who, draft: Draft, wrong: Option<String>) -> Result<Response, Problem> {
    let (offices, mut places) = theirs(hub, who).await?;
    let office = offices.iter().find(|(key, _)| *key == draft.office).or(offices.first());
    let office = office.map_or(String::new(), |(key, _)| key.clone());
    places.sort_by_key(|place| place.office != office);
    page::html(&Writing { page, draft: Draft { office, ..draft }, wrong, offices, places })
}

pub async fn new(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    let until = (hub.now() + USUAL).with_timezone(&Prague).format("%Y-%m-%dT%H:00").to_string();
    let (offices, places) = theirs(&hub, &who).await?;
    let first = offices.first().map(|(key, _)| key.clone());
    // One office's own panels are meant all together, where nobody says otherwise.
    let places = places.iter().filter(|place| offices.len() == 1 && Some(&place.office) == first.as_ref());
    let places = places.map(|place| place.id).collect();
    let draft = Draft { until, places, ..Draft::read(&Vec::new()) };
    write(page, &hub, &who, draft, None).await
}

#[derive(Template)]
#[template(path = "message-check.html")]
struct Checking {
    page: Page,
    draft: Draft,
    message: Message,
    places: Vec<Place>,
}

impl Checking {
    fn level(&self) -> &'static str {
        level(self.message.severity, self.page.language)
    }

    /// In the message's own language, as the glass says it.
    fn level_in(&self, code: &str) -> &'static str {
        let names = match self.message.severity {
            Severity::Extreme => ["NEBEZPEČÍ", "DANGER", "GEFAHR", "НЕБЕЗПЕКА"],
            Severity::Severe => ["VÝSTRAHA", "WARNING", "WARNUNG", "ПОПЕРЕДЖЕННЯ"],
            Severity::Moderate => ["UPOZORNĚNÍ", "NOTICE", "HINWEIS", "УВАГА"],
        };
        let at = LANGUAGES.iter().position(|(known, _)| *known == code).unwrap_or(0);
        names[at]
    }

    fn drill_in(&self, code: &str) -> &'static str {
        match code {
            "en" => "DRILL",
            "de" => "ÜBUNG",
            "uk" => "НАВЧАННЯ",
            _ => "CVIČENÍ",
        }
    }

    fn class(&self) -> &'static str {
        match self.message.severity {
            _ if self.message.is_drill() => "drill",
            Severity::Extreme => "extreme",
            Severity::Severe => "severe",
            Severity::Moderate => "moderate",
        }
    }

    fn language_name<'a>(&self, code: &'a str) -> &'a str {
        language_name(code)
    }

    fn lines<'a>(&self, text: &'a str) -> std::str::Lines<'a> {
        text.lines()
    }

    /// Languages in which the glass shows the Czech text.
    fn missing(&self) -> Vec<&'static str> {
        let written = |code: &str| self.message.info.iter().any(|info| info.language == code);
        LANGUAGES.iter().filter(|(code, _)| !written(code)).map(|(_, name)| *name).collect()
    }

    fn severity(&self) -> String {
        format!("{:?}", self.message.severity)
    }
}

pub async fn check(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let draft = Draft::read(&fields);
    who.need(Deed::Notices, &draft.office)?;
    let (offices, places) = theirs(&hub, &who).await?;
    let Some((_, office_name)) = offices.iter().find(|(key, _)| *key == draft.office) else {
        return Err(Problem::NotFound);
    };
    let meant = |place: &Place| draft.places.contains(&place.id);
    let places: Vec<Place> = places.into_iter().filter(meant).collect();
    let draft = Draft { places: places.iter().map(|place| place.id).collect(), ..draft };
    let message = draft.message(office_name, hub.now());
    let flaw = flaw(&message, hub.now()).or(places.is_empty().then_some(Flaw::Nowhere));
    let again = fields.iter().any(|(name, _)| name == "again");
    if let Some(flaw) = flaw.filter(|_| !again) {
        let wrong = words(&flaw, &page);
        return write(page, &hub, &who, draft, Some(wrong)).await;
    }
    if again {
        return write(page, &hub, &who, draft, None).await;
    }
    let bytes: [u8; 8] = secret::random().map_err(|_| Problem::Broken)?;
    let draft = Draft { once: keys::hex(&bytes), ..draft };
    page::html(&Checking { page, draft, message, places })
}

pub async fn send(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let draft = Draft::read(&fields);
    who.need(Deed::Notices, &draft.office)?;
    if draft.once.is_empty() {
        return Err(Problem::Form);
    }
    let (now, by, office) = (hub.now(), who.login.clone(), draft.office.clone());
    let (offices, allowed) = theirs(&hub, &who).await?;
    let office_name = offices.iter().find(|(key, _)| *key == office).map(|(_, name)| name);
    let message = draft.message(office_name.ok_or(Problem::NotFound)?, now);
    let places = draft.places.clone();
    if places.iter().any(|id| allowed.iter().all(|place| place.id != *id)) {
        let wrong = words(&Flaw::Missing, &page);
        return write(page, &hub, &who, draft, Some(wrong)).await;
    }
    let here = format!("/messages/{}", draft.once);
    let work = move |connection: &rusqlite::Connection| super::send(connection, &office, &message, &places, &by, now);
    match hub.store.write(work).await? {
        Ok(()) => {
            decree::renew(&hub).await?;
            let said = page.say(
                "Odesláno. Panely, které jsou na síti, ji ukážou do minuty.",
                "Sent. Panels that are online show it within a minute.",
            );
            Ok(page::done(&hub, &who, &here, said))
        }
        Err(flaw) => {
            let wrong = words(&flaw, &page);
            write(page, &hub, &who, draft, Some(wrong)).await
        }
    }
}

/// What to do about it.
fn words(flaw: &Flaw, page: &Page) -> String {
    let say = |czech, english| page.say(czech, english);
    match flaw {
        Flaw::NoHeadline => say("Napište český nadpis.", "Write a headline in Czech.").to_owned(),
        Flaw::TextAlone(code) => {
            format!("{} {}.", say("Chybí nadpis v jazyce:", "No headline in:"), language_name(code))
        }
        Flaw::TooLong(code) => format!(
            "{} {} ({} {MAX_HEADLINE}, {} {MAX_TEXT}).",
            say("Zkraťte zprávu v jazyce:", "Shorten the message in:"),
            language_name(code),
            say("nadpis nejvýš znaků:", "letters of a headline:"),
            say("text:", "of the text:")
        ),
        Flaw::Until => say(
            "Napište, do kdy zpráva platí: v budoucnu, nejvýš za 31 dní.",
            "Write until when it is in force: in the future, within 31 days.",
        )
        .to_owned(),
        Flaw::Nowhere => say("Zaškrtněte aspoň jedno místo.", "Tick one place at least.").to_owned(),
        Flaw::Full(name) => format!(
            "{} {name}.",
            say(
                "Čtyři zprávy najednou stačí; nejdřív nějakou stáhněte. Místo:",
                "Four messages at once are enough; withdraw one first. Place:"
            )
        ),
        Flaw::Missing => {
            say("Některé místo už tu není; podívejte se znovu.", "A place is no longer here; look again.").to_owned()
        }
    }
}
