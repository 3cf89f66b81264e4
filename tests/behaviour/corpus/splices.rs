//! Feeds as a generator might spoil them: what belongs to one notice stands under another, is lost, or is spoilt.
//!
//! The fuzzer changes bytes, and seldom brings three such faults together. Shrinks to the few that are to blame.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::board;

const SOUND: &str = include_str!("../../corpus/feed/sound.jsonld");
const FIELDS: [&str; 8] =
    ["iri", "url", "název", "číslo_jednací", "spisová_značka", "dokument", "vyvěšení", "relevantní_do"];

#[derive(Debug, Clone)]
enum Fault {
    /// The field of one item stands in another as well.
    Copied(&'static str, usize, usize),
    Lost(&'static str, usize),
    Spoilt(&'static str, usize),
    LostEverywhere(&'static str),
    SpoiltEverywhere(&'static str),
    /// The identity alone is left.
    Broken(usize),
    Nameless(usize),
    Ended(usize),
    Dropped(usize),
    Listed(usize, usize),
    /// Each item has the identity of the next one.
    Moved,
    /// Another paper stands in its place.
    Replaced(usize),
}

fn fault() -> impl Strategy<Value = Fault> {
    let field = || prop::sample::select(&FIELDS[..]);
    prop_oneof![
        8 => (field(), 0..8usize, 0..8usize).prop_map(|(field, from, to)| Fault::Copied(field, from, to)),
        2 => (field(), 0..8usize).prop_map(|(field, item)| Fault::Lost(field, item)),
        4 => (field(), 0..8usize).prop_map(|(field, item)| Fault::Spoilt(field, item)),
        1 => field().prop_map(Fault::LostEverywhere),
        1 => field().prop_map(Fault::SpoiltEverywhere),
        1 => (0..8usize).prop_map(Fault::Broken),
        1 => (0..8usize).prop_map(Fault::Nameless),
        4 => (0..8usize).prop_map(Fault::Ended),
        2 => (0..8usize).prop_map(Fault::Dropped),
        1 => (0..8usize, 0..8usize).prop_map(|(from, to)| Fault::Listed(from, to)),
        1 => Just(Fault::Moved),
        2 => (0..8usize).prop_map(Fault::Replaced),
    ]
}

/// As an encoding that is taken for another spoils it; a day becomes another one.
fn spoil(value: &mut Value) {
    match value {
        Value::String(text) => match text.find("2022-0") {
            Some(day) => text.replace_range(day + 6..day + 7, "4"),
            None => *text = text.replacen(|letter: char| letter.is_ascii_digit(), "0", 1).replace('i', "í"),
        },
        Value::Array(values) => values.iter_mut().for_each(spoil),
        Value::Object(fields) => fields.values_mut().for_each(spoil),
        _ => {}
    }
}

fn apply(items: &mut Vec<Value>, fault: &Fault) {
    let count = items.len();
    if count == 0 {
        return;
    }
    match *fault {
        Fault::Copied(field, from, to) => items[to % count][field] = items[from % count][field].clone(),
        Fault::Lost(field, item) => items[item % count][field] = Value::Null,
        Fault::Spoilt(field, item) => spoil(&mut items[item % count][field]),
        Fault::LostEverywhere(field) => items.iter_mut().for_each(|item| item[field] = Value::Null),
        Fault::SpoiltEverywhere(field) => items.iter_mut().for_each(|item| spoil(&mut item[field])),
        Fault::Broken(item) => items[item % count] = json!({"iri": items[item % count]["iri"]}),
        Fault::Nameless(item) => items[item % count] = json!({}),
        Fault::Ended(item) => items[item % count]["relevantní_do"] = json!({"datum": "2022-05-08"}),
        Fault::Dropped(item) => drop(items.remove(item % count)),
        Fault::Listed(from, to) => items.insert(to % count, items[from % count].clone()),
        Fault::Moved => {
            let first = items[0]["iri"].clone();
            for item in 1..count {
                items[item - 1]["iri"] = items[item]["iri"].clone();
            }
            items[count - 1]["iri"] = first;
        }
        Fault::Replaced(item) => {
            let old = &items[item % count];
            items[item % count] = json!({
                "iri": old["iri"], "vyvěšení": old["vyvěšení"], "relevantní_do": old["relevantní_do"],
                "url": format!("https://dolni-lhota.example/deska?id=2{item}"),
                "název": {"cs": format!("Volby č. 2{item}")}, "číslo_jednací": format!("OU-2{item}/2022"),
                "dokument": [{"url": format!("https://dolni-lhota.example/soubory/2{item}.pdf")}],
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn whatever_stands_under_whatever_no_notice_is_lost(faults in prop::collection::vec(fault(), 1..12)) {
        let mut feed: Value = serde_json::from_str(SOUND).expect("the sound feed");
        let items = feed["informace"].as_array_mut().expect("a list");
        faults.iter().for_each(|fault| apply(items, fault));
        board::check(feed.to_string().as_bytes());
    }
}
