//! One item of a board's list (OFN: informace na úřední desce) → a notice.
//!
//! Decides about nothing but this item; identities are settled later among all. The surprising thing: an item is lost
//! only if there is nothing in it to show. Without a title it takes the next best text, and says so, because a text that
//! stands in must not replace a title that is known; without days it is simply up.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::NaiveDate;
use url::Url;

use crate::model::{Document, Notice, Severity, UNTITLED};

use super::defects::Defects;
use super::document::{self, link};
use super::field::{Fields, Table};
use super::json::{Entry, Value};
use super::language::{Expect, text};
use super::moment::{self, Said, Which};
use super::{MAX_ADDRESS, MAX_DOCUMENTS, MAX_LINE, identity, words};

const TYPE: usize = 0;
const IRI: usize = 1;
const URL: usize = 2;
const TITLE: usize = 3;
const DESCRIPTION: usize = 4;
const POSTED: usize = 5;
const UNTIL: usize = 6;
const REFERENCE: usize = 7;
const FILE: usize = 8;
const DOCUMENT: usize = 9;
const AGENDA: usize = 10;
const ATTACHMENT: usize = 11;
const TAKEN_DOWN: usize = 12;
const ISSUER: usize = 13;
static KEYS: LazyLock<Table<14>> = LazyLock::new(|| {
    Table::new(
        [
            ("typ", &["@type", "type"]),
            ("iri", &["@id", "id"]),
            ("url", &["odkaz", "href"]),
            ("název", &["nadpis", "titulek", "title", "name"]),
            ("popis", &["anotace", "description"]),
            ("vyvěšení", &["vyvěšeno", "datum_vyvěšení", "vyvěšeno_od", "platnost_od", "relevantní_od"]),
            ("relevantní_do", &["vyvěšeno_do", "platnost_do", "platné_do", "svěšení"]),
            ("číslo_jednací", &["čj", "č.j.", "číslo_jednaci"]),
            ("spisová_značka", &["spis", "sp_zn"]),
            ("dokument", &["dokumenty", "soubor", "soubory"]),
            ("agenda", &["kategorie"]),
            ("příloha", &["přílohy"]),
            ("sejmutí", &["sejmuto", "datum_sejmutí"]),
            ("původce", &[]),
        ],
        &[
            "@context",
            "schválení",
            "revize",
            "subjekt",
            "umístění",
            "odbor",
            "autor_díla",
            "kurátor",
            "poskytovatel",
            "vykonavatel_autorské_dílo",
            "podmínky_užití",
            "typ_média",
            "vytvořeno",
            "aktualizováno",
            "zneplatněno",
            "provozovatel",
            "stránka",
        ],
    )
});

/// What an item may depend on.
pub(super) struct Context<'c> {
    pub(super) base: Option<&'c Url>,
    pub(super) today: NaiveDate,
}

/// An item that can be shown.
pub(super) struct Shown {
    pub(super) notice: Notice,
    /// Whether its title is its own.
    pub(super) titled: bool,
}

/// Nothing in it can be shown; reported. Its identity, where it has one.
pub(super) struct Blank(pub(super) Option<String>);

pub(super) fn read(entries: &[Entry], context: &Context, defects: &mut Defects) -> Result<Shown, Blank> {
    let fields = Fields::of(entries, &KEYS, defects);
    let id = fields.get(IRI).and_then(|value| identity_text(value, defects));
    let url = fields.get(URL).and_then(|value| link(value, "url", context.base, defects));
    let documents = document::all(fields.all(DOCUMENT), fields.all(ATTACHMENT), context, defects);
    let description = fields.get(DESCRIPTION).and_then(|value| text(value, Expect::Description, "popis", defects));
    let reference_number = fields.get(REFERENCE).and_then(|value| text(value, Expect::Plain, "číslo_jednací", defects));
    let file_number = fields.get(FILE).and_then(|value| text(value, Expect::Plain, "spisová_značka", defects));
    let own_title = fields.get(TITLE).and_then(|value| text(value, Expect::Title, "název", defects));
    let told = fields.get(POSTED).or(fields.get(UNTIL)).or(fields.get(TAKEN_DOWN)).is_some();
    let number = reference_number.as_ref().or(file_number.as_ref());
    if own_title.is_none()
        && description.is_none()
        && number.is_none()
        && documents.is_empty()
        && url.is_none()
        && !told
    {
        defects.add(
            "",
            Severity::Lost,
            "The item has neither a title nor a document, an address or a day: there is nothing to show.",
            "Fill the item in, or remove it.",
        );
        return Err(Blank(id));
    }
    let titled = own_title.is_some();
    let title = match own_title {
        Some(title) => title,
        // Kadaň 2023: an outage in which all titles were blank.
        None => {
            let (title, from) = substitute(description.as_deref(), number, &documents);
            defects.add(
                "název",
                Severity::Uncertain,
                format_args!("The title is missing or empty; {from} is shown in its place."),
                "Give each notice a title: {\"cs\": \"…\"}.",
            );
            title
        }
    };
    let (posted, relevant_until) = days(&fields, context.today, defects);
    kind(fields.get(TYPE), defects);
    let categories = categories(&fields, defects);
    let issuer = fields.get(ISSUER).and_then(|value| text(named(value, defects), Expect::Title, "původce", defects));
    let mut notice = Notice {
        id: String::new(),
        url,
        title,
        description,
        posted,
        relevant_until,
        reference_number,
        file_number,
        issuer,
        categories,
        documents,
    };
    notice.id = id.unwrap_or_else(|| {
        // Seen in the wild, although the norm requires it.
        let severity = if notice.url.is_some() { Severity::Repaired } else { Severity::Uncertain };
        defects.add(
            "iri",
            severity,
            "The identity is missing; the notice is recognised by its address, or by its number, title and day.",
            "Give each notice an `iri` of its own that never changes.",
        );
        identity::derive(&notice)
    });
    Ok(Shown { notice, titled })
}

/// The identity of an item that is a bare text: in JSON-LD, an IRI alone stands for the thing it names.
pub(super) fn bare_identity(text: &str, defects: &mut Defects) -> Option<String> {
    Url::parse(text.trim()).ok()?;
    identity_text(&Value::Text(Cow::Borrowed(text)), defects)
}

fn identity_text(value: &Value, defects: &mut Defects) -> Option<String> {
    let text = match value {
        Value::Text(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::List(list) => match list.iter().find(|one| !one.is_blank()) {
            Some(Value::List(_)) | None => return None,
            Some(one) => return identity_text(one, defects),
        },
        _ => return None,
    };
    if text.len() > MAX_ADDRESS {
        defects.add("iri", Severity::Repaired, "The identity is longer than any address.", "Give it a short `iri`.");
        return Some(format!("urn:vyveska:{}", identity::short(&[Some(&text)])));
    }
    let hidden = |letter: char| letter.is_control() || words::invisible(letter);
    let seen = if text.contains(hidden) { text.replace(hidden, "") } else { text.into_owned() };
    (!seen.trim().is_empty()).then_some(seen)
}

/// The norm wants both `Digitální objekt` and this; only this one tells what the item is.
fn kind(value: Option<&Value>, defects: &mut Defects) {
    let right = |value: &Value| matches!(value, Value::Text(text) if text == "Informace na úřední desce");
    let found = match value {
        Some(Value::List(list)) if list.iter().any(right) => return,
        Some(value) if right(value) => return,
        Some(_) => "The type is not that of a notice; it is taken for one.",
        None => "The type is missing; the item is taken for a notice.",
    };
    let cure = "Write \"typ\": [\"Digitální objekt\", \"Informace na úřední desce\"].";
    defects.add("typ", Severity::Repaired, found, cure);
}

fn substitute(description: Option<&str>, number: Option<&String>, documents: &[Document]) -> (String, &'static str) {
    if let Some(first) = description.and_then(|text| text.lines().next()) {
        return (words::line(first, MAX_LINE).0, "the description");
    }
    if let Some(number) = number {
        return (number.clone(), "its number");
    }
    match documents.iter().find_map(|document| document.title.clone()) {
        Some(title) => (title, "the title of its document"),
        None => (UNTITLED.to_owned(), "\"(bez názvu)\""),
    }
}

fn days<const N: usize>(
    fields: &Fields<N>,
    today: NaiveDate,
    defects: &mut Defects,
) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let posted = told(fields, POSTED, Which::Posted, defects);
    let mut until = told(fields, UNTIL, Which::Until, defects);
    if let (Some(first), Some(last)) = (posted, until)
        && last < first
    {
        // Must be survived: days exchanged or mistyped. One of the two is wrong, and taking down a notice that the
        // law wants up costs the office more than leaving it until the feed no longer lists it.
        defects.add(
            "relevantní_do",
            Severity::Uncertain,
            format_args!(
                "The last day ({last}) comes before the day of posting ({first}); the notice is shown without an end."
            ),
            "Correct the two days.",
        );
        until = None;
    }
    if posted.is_some_and(|first| first > today) {
        defects.add(
            "vyvěšení",
            Severity::Uncertain,
            "The day of posting is in the future; the notice is shown from that day on.",
            "If the notice is to be up already, correct the day.",
        );
    }
    (posted, until)
}

/// One of the two days, wherever it stands. Where it is given twice and differently, it is taken so that the notice is up
/// on each day that may be meant: nothing is hidden in doubt.
fn told<const N: usize>(fields: &Fields<N>, key: usize, which: Which, defects: &mut Defects) -> Option<NaiveDate> {
    let name = which.field();
    let mut given: Vec<(&str, Said)> = Vec::with_capacity(1);
    given.extend(fields.all(key).map(|value| (name, moment::read(Some(value), which, defects))));
    for (rival, value) in fields.rivals(key) {
        given.push((rival, moment::read(Some(value), which, defects)));
    }
    // Must be survived: the day of taking down where the last relevant day is meant.
    if let Some(taken_down) = fields.get(TAKEN_DOWN).filter(|_| which == Which::Until) {
        if given.is_empty() {
            let cure = "Rename the key to `relevantní_do`.";
            defects.add(name, Severity::Repaired, "The last day stands under the key `sejmutí`.", cure);
        }
        given.push(("sejmutí", moment::read(Some(taken_down), which, defects)));
    }
    if given.is_empty() {
        return moment::read(fields.raw(key), which, defects).day();
    }
    moment::settle(&given, which, defects)
}

fn categories<const N: usize>(fields: &Fields<N>, defects: &mut Defects) -> Vec<String> {
    let mut categories: Vec<String> = Vec::new();
    for value in fields.all(AGENDA) {
        let many = match value {
            Value::List(list) => list.as_slice(),
            // Must be survived: one object, or one text, where a list is meant.
            single => {
                let cure = "Put the agenda into a list: [{\"typ\": \"Agenda\", \"název\": {\"cs\": \"…\"}}].";
                defects.add(
                    "agenda",
                    Severity::Repaired,
                    format_args!("It is {} where a list is meant.", single.kind()),
                    cure,
                );
                std::slice::from_ref(single)
            }
        };
        for one in many.iter().filter(|one| !one.is_blank()).take(MAX_DOCUMENTS) {
            if let Some(name) = text(named(one, defects), Expect::Title, "agenda", defects)
                && !categories.contains(&name)
            {
                categories.push(name);
            }
        }
    }
    categories
}

static NAMED: LazyLock<Table<1>> = LazyLock::new(|| {
    Table::new(
        [("název", &["nadpis", "titulek", "title", "name"])],
        &["typ", "@type", "iri", "@id", "url", "popis", "ičo", "kód", "cs", "en"],
    )
});

/// The name of a thing (OFN: věc), or the thing itself where it is a name already.
fn named<'v, 'a>(value: &'v Value<'a>, defects: &mut Defects) -> &'v Value<'a> {
    match value {
        Value::Object(entries) => Fields::of(entries, &NAMED, defects).get(0).unwrap_or(value),
        other => other,
    }
}
