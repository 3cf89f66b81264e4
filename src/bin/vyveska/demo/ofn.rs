//! A village's board as its office would publish it: the open formal standard "Úřední desky" of 2021-07-20.
//!
//! Does not check itself: `feed` reads what stands here, and the tests ask it. The surprising thing: one village's
//! feed is wrong on purpose, so that `vyveska check` has something to say.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};

use super::village::{Entry, Mistake, Village, dated, day};

const CONTEXT: &str = "https://ofn.gov.cz/úřední-desky/2021-07-20/kontexty/úřední-deska.jsonld";

// Structures, and not one `json!`: a map would sort its keys, and a clerk looks for `typ` and `název` first.
#[derive(Serialize)]
struct Feed {
    #[serde(rename = "@context")]
    context: &'static str,
    typ: &'static str,
    iri: String,
    stránka: String,
    provozovatel: Value,
    informace: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    typ: [&'static str; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    iri: Option<String>,
    url: String,
    název: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    popis: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    původce: Option<Value>,
    vyvěšení: Moment,
    relevantní_do: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    číslo_jednací: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spisová_značka: Option<String>,
    agenda: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dokument: Vec<Attached>,
}

#[derive(Serialize)]
struct Moment {
    typ: &'static str,
    datum: String,
}

#[derive(Serialize)]
struct Attached {
    typ: &'static str,
    název: Value,
    url: String,
}

/// The feed of `village` on `today`; its documents lie under `origin`, `http://127.0.0.1:4100`.
pub fn feed(village: &Village, today: NaiveDate, origin: &str) -> Vec<u8> {
    let office = &village.board;
    let feed = Feed {
        context: CONTEXT,
        typ: "Úřední deska",
        iri: format!("{}/otevrena-data", office.web),
        stránka: office.web.clone(),
        provozovatel: json!({ "typ": "Osoba", "ičo": office.ico }),
        informace: village.notices.iter().map(|entry| item(village, entry, today, origin)).collect(),
    };
    serde_json::to_vec_pretty(&feed).expect("plain values become JSON")
}

fn item(village: &Village, entry: &Entry, today: NaiveDate, origin: &str) -> Item {
    let office = &village.board;
    let title = dated(&entry.title, today);
    Item {
        typ: ["Digitální objekt", "Informace na úřední desce"],
        iri: (entry.defect != Some(Mistake::NoIri)).then(|| format!("{}/otevrena-data/{}", office.web, entry.id)),
        url: format!("{}/{}", office.web, entry.id),
        název: match entry.defect {
            Some(Mistake::BareTitle) => Value::String(title),
            Some(Mistake::Entities) => czech(title.replace('&', "&amp;")),
            _ => czech(title),
        },
        popis: entry.description.as_deref().map(|text| czech(dated(text, today))),
        původce: entry.issuer.clone().map(|name| json!({ "typ": "Osoba", "název": czech(name) })),
        vyvěšení: moment(day(today, entry.posted)),
        relevantní_do: moment(day(today, entry.until)),
        číslo_jednací: entry.number.clone(),
        spisová_značka: entry.file.clone(),
        agenda: entry.categories.iter().map(|name| json!({ "typ": "Agenda", "název": czech(name.clone()) })).collect(),
        dokument: entry
            .documents
            .iter()
            .map(|document| Attached {
                typ: "Digitální objekt",
                název: czech(document.title.clone()),
                url: format!("{origin}/{}/dokumenty/{}", office.key, document.file),
            })
            .collect(),
    }
}

fn czech(text: String) -> Value {
    json!({ "cs": text })
}

fn moment(day: NaiveDate) -> Moment {
    Moment { typ: "Časový okamžik", datum: day.to_string() }
}
