//! Feeds as offices publish them: what each variant becomes, and what its clerk is told.

mod addresses;
mod boards;
mod days;
mod hostile;
mod identities;
mod samples;
mod texts;

use chrono::NaiveDate;
use serde_json::{Value, json};
use vyveska::feed::{self, FeedError};
use vyveska::model::{Defect, Notice, Severity, Snapshot};

pub const BASE: &str = "https://data.dolni-lhota.example/deska/feed.jsonld";

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An item with nothing to mend.
pub fn sound(number: u32) -> Value {
    json!({
        "typ": ["Digitální objekt", "Informace na úřední desce"],
        "iri": format!("https://dolni-lhota.example/deska/{number}"),
        "url": format!("https://dolni-lhota.example/deska?id={number}"),
        "název": {"cs": format!("Záměr pronájmu pozemku č. {number}")},
        "vyvěšení": {"typ": "Časový okamžik", "datum": "2022-05-02"},
        "relevantní_do": {"typ": "Časový okamžik", "datum": "2022-05-18"},
        "číslo_jednací": format!("OU-{number}/2022"),
        "spisová_značka": format!("S-{number}/2022"),
        "agenda": [{"typ": "Agenda", "název": {"cs": "Záměry"}}],
        "dokument": [{
            "typ": "Digitální objekt",
            "název": {"cs": "Záměr"},
            "typ_média": "http://www.iana.org/assignments/media-types/application/pdf",
            "url": format!("https://dolni-lhota.example/soubory/{number}.pdf"),
        }],
    })
}

pub fn board(items: &Value) -> Value {
    json!({
        "@context": "https://ofn.gov.cz/úřední-desky/2021-07-20/kontexty/úřední-deska.jsonld",
        "typ": "Úřední deska",
        "iri": "https://dolni-lhota.example/deska",
        "stránka": "https://dolni-lhota.example/uredni-deska",
        "provozovatel": {"typ": "Osoba", "ičo": "00258245"},
        "informace": items,
    })
}

pub fn read(bytes: impl AsRef<[u8]>) -> Result<Snapshot, FeedError> {
    feed::read(bytes.as_ref(), BASE, day("2022-05-10"))
}

pub fn read_items(items: &Value) -> Snapshot {
    read(board(items).to_string()).unwrap()
}

/// One item after a change to a sound one, beside a sound one that must not suffer from it.
pub fn one(change: impl FnOnce(&mut Value)) -> (Notice, Vec<Defect>) {
    let mut item = sound(1);
    change(&mut item);
    read_one(&item.to_string())
}

/// The same from the item's own text.
pub fn read_one(item: &str) -> (Notice, Vec<Defect>) {
    let text = board(&json!(["ITEM", sound(2)])).to_string().replacen("\"ITEM\"", item, 1);
    let snapshot = read(text).unwrap();
    let [first, second] = &snapshot.notices[..] else { panic!("{} notices of {item}", snapshot.notices.len()) };
    assert_eq!(second.title, "Záměr pronájmu pozemku č. 2");
    assert!(snapshot.defects.iter().all(|defect| defect.item.as_ref().is_none_or(|item| item.position == 1)));
    (first.clone(), snapshot.defects)
}

/// The only defect, after a look at whether it names its item and a cure.
pub fn only(defects: &[Defect]) -> (&str, Severity) {
    let [defect] = defects else { panic!("one defect expected, found {defects:#?}") };
    assert!(defect.found.ends_with('.') && defect.cure.ends_with(['.', '}']), "{defect:?}");
    if let Some(item) = &defect.item {
        assert_eq!(item.position, 1);
        assert!(item.title.is_some() && item.id.is_some());
    }
    (&defect.field, defect.severity)
}

#[test]
fn a_sound_feed_has_no_defects() {
    let snapshot = read(include_bytes!("../fixtures/feed/sound.jsonld")).unwrap();
    assert_eq!(snapshot.defects, []);
    assert_eq!(snapshot.ico.as_deref(), Some("00258245"));
    assert_eq!(snapshot.web.as_deref(), Some("https://www.dolni-lhota.example/uredni-deska"));
    let [budget, land] = &snapshot.notices[..] else { panic!() };
    assert_eq!(budget.title, "Návrh rozpočtu obce na rok 2023");
    assert_eq!(budget.posted, Some(day("2022-05-02")));
    assert_eq!(budget.relevant_until, Some(day("2022-06-14")));
    assert_eq!(budget.reference_number.as_deref(), Some("OU/415/2022"));
    assert_eq!(budget.file_number.as_deref(), Some("S-88/2022"));
    assert_eq!(budget.categories, ["Rozpočet", "Samospráva"]);
    assert_eq!(budget.documents.len(), 2);
    assert_eq!(budget.documents[0].title.as_deref(), Some("Návrh rozpočtu"));
    assert_eq!(budget.documents[0].declared_type.as_deref(), Some("application/pdf"));
    assert_eq!(land.relevant_until, None);
    assert_eq!(land.documents, []);
}

#[test]
fn an_odd_feed_loses_nothing_that_is_in_it() {
    let snapshot = read(include_bytes!("../fixtures/feed/odd.jsonld")).unwrap();
    let lines: Vec<String> = snapshot
        .notices
        .iter()
        .map(|notice| {
            let days =
                [notice.posted, notice.relevant_until].map(|day| day.map_or("-".to_owned(), |day| day.to_string()));
            format!("{} | {} | {} | {}", notice.title, days[0], days[1], notice.documents.len())
        })
        .collect();
    assert_eq!(
        lines,
        [
            "Pozvánka na zasedání zastupitelstva „Dolní & Horní“ | 2022-05-03 | 2022-05-20 | 1",
            "Oznámení o volbách | 2022-05-04 | 2022-05-21 | 2",
            "OU/7/2022 | - | - | 0",
            "Záměr prodeje pozemku | 2022-05-06 | - | 1",
        ]
    );
    assert!(snapshot.defects.len() > 15, "{:#?}", snapshot.defects);
    assert!(snapshot.defects.iter().all(|defect| !defect.cure.is_empty()));
}
