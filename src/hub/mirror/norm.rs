//! What the guard let through of a board → the text that panels read: the open formal norm "Úřední desky" of 2021-07-20,
//! with size and digest of each document (`velikost`, `sha256`).
//!
//! It invents nothing: what the office does not say is left out. The surprising thing: a document keeps the address that
//! the office gave it, so that a notice read here and one read from the office are the same to the letter, and a panel
//! may go from one to the other at any time. Its bytes lie beside the feed, under `documents/` and the digest.

use chrono::NaiveDate;
use serde::Serialize;

use crate::model::{Board, Digest};
use crate::store::{Filed, Posted};

const CONTEXT: &str = "https://ofn.gov.cz/úřední-desky/2021-07-20/kontexty/úřední-deska.jsonld";
const MEDIA_TYPES: &str = "http://www.iana.org/assignments/media-types/";

#[derive(Serialize)]
struct Feed<'p> {
    #[serde(rename = "@context")]
    context: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iri: Option<&'p str>,
    název: Czech<'p>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stránka: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provozovatel: Option<Operator<'p>>,
    informace: Vec<Item<'p>>,
}

#[derive(Serialize)]
struct Operator<'p> {
    typ: &'static str,
    ičo: &'p str,
}

#[derive(Serialize)]
struct Czech<'p> {
    cs: &'p str,
}

#[derive(Serialize)]
struct Named<'p> {
    typ: &'static str,
    název: Czech<'p>,
}

#[derive(Serialize)]
struct Moment {
    typ: &'static str,
    datum: String,
}

#[derive(Serialize)]
struct Item<'p> {
    typ: [&'static str; 2],
    iri: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'p str>,
    název: Czech<'p>,
    #[serde(skip_serializing_if = "Option::is_none")]
    popis: Option<Czech<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    původce: Option<Named<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vyvěšení: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relevantní_do: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    číslo_jednací: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spisová_značka: Option<&'p str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    agenda: Vec<Named<'p>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dokument: Vec<Attached<'p>>,
}

#[derive(Serialize)]
struct Attached<'p> {
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    název: Option<Czech<'p>>,
    url: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ_média: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    velikost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// A board as its feed and the guard know it.
#[derive(Debug, Clone, Copy)]
pub struct Head<'p> {
    pub board: &'p Board,
    /// The board's own identity, and its operator's IČO, as the feed gave them last.
    pub iri: Option<&'p str>,
    pub operator: Option<&'p str>,
}

/// The feed of what has not ended on `today`. `is_here`: whether a document's bytes can be had under its digest.
pub fn write(head: Head, posted: &[Posted], today: NaiveDate, is_here: impl Fn(&Digest) -> bool) -> Vec<u8> {
    let Head { board, iri, operator } = head;
    let up = posted.iter().filter(|posted| !posted.notice.ended(today));
    let feed = Feed {
        context: CONTEXT,
        typ: "Úřední deska",
        iri,
        název: Czech { cs: &board.name },
        stránka: board.web.as_deref(),
        provozovatel: operator.map(|ičo| Operator { typ: "Osoba", ičo }),
        informace: up.map(|posted| item(posted, &is_here)).collect(),
    };
    serde_json::to_vec(&feed).expect("plain values become JSON")
}

fn item<'p>(posted: &'p Posted, is_here: &impl Fn(&Digest) -> bool) -> Item<'p> {
    let notice = &posted.notice;
    let documents = notice.documents.iter().zip(&posted.documents);
    Item {
        typ: ["Digitální objekt", "Informace na úřední desce"],
        iri: &notice.id,
        url: notice.url.as_deref(),
        název: Czech { cs: &notice.title },
        popis: notice.description.as_deref().map(|cs| Czech { cs }),
        původce: notice.issuer.as_deref().map(|cs| Named { typ: "Osoba", název: Czech { cs } }),
        vyvěšení: notice.posted.map(moment),
        relevantní_do: notice.relevant_until.map(moment),
        číslo_jednací: notice.reference_number.as_deref(),
        spisová_značka: notice.file_number.as_deref(),
        agenda: notice.categories.iter().map(|cs| Named { typ: "Agenda", název: Czech { cs } }).collect(),
        dokument: documents
            .map(|(document, filed)| {
                let Filed { digest, size, .. } = filed;
                let here = digest.filter(is_here);
                Attached {
                    typ: "Digitální objekt",
                    název: document.title.as_deref().map(|cs| Czech { cs }),
                    url: &document.url,
                    typ_média: document.declared_type.as_ref().map(|name| format!("{MEDIA_TYPES}{name}")),
                    velikost: here.map(|_| *size),
                    sha256: here.or(document.digest).map(|digest| digest.to_string()),
                }
            })
            .collect(),
    }
}

fn moment(day: NaiveDate) -> Moment {
    Moment { typ: "Časový okamžik", datum: day.to_string() }
}
