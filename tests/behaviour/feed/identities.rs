//! What makes a notice the same notice in the next round.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use vyveska::model::Severity::{Repaired, Uncertain};

use super::{one, only, read_items, sound};

fn ids(items: &[Value]) -> Vec<(String, String)> {
    let mut ids: Vec<_> =
        read_items(&json!(items)).notices.into_iter().map(|notice| (notice.title, notice.id)).collect();
    ids.sort();
    ids
}

#[test]
fn the_feed_s_own_identity_is_taken_as_it_is() {
    for (iri, id) in
        [(json!("urn:x:1"), "urn:x:1"), (json!(" 17 "), "17"), (json!(17), "17"), (json!("deska/č. 1"), "deska/č. 1")]
    {
        let (notice, defects) = one(|item| item["iri"] = iri);
        assert_eq!((notice.id.as_str(), defects.len()), (id, 0));
    }
}

#[test]
fn a_missing_identity_is_the_address_or_else_the_number_the_title_and_the_day() {
    for missing in
        [json!(null), json!(""), json!([]), json!({}), json!(["", false]), json!("\u{200b}"), json!([[["x"]]])]
    {
        let (notice, defects) = one(|item| item["iri"] = missing);
        assert_eq!(notice.id, "https://dolni-lhota.example/deska?id=1");
        assert_eq!(only(&defects), ("iri", Repaired));
    }
    let bare = |change: fn(&mut Value)| {
        let (notice, defects) = one(|item| {
            item.as_object_mut().unwrap().retain(|key, _| !matches!(key.as_str(), "iri" | "url"));
            change(item);
        });
        assert!(defects.iter().any(|defect| defect.field == "iri" && defect.severity == Uncertain));
        notice.id
    };
    let id = bare(|_| {});
    assert_eq!(id, bare(|item| item["dokument"] = json!([])), "documents may be added");
    assert_eq!(id, bare(|item| item["relevantní_do"] = json!({"datum": "2022-05-30"})), "the end may be moved");
    assert_ne!(id, bare(|item| item["číslo_jednací"] = json!("OU-9/2022")));
}

#[test]
fn one_listed_twice_is_shown_once() {
    let snapshot = read_items(&json!([sound(1), sound(2), sound(1)]));
    assert_eq!(snapshot.notices.len(), 2);
    let [defect] = &snapshot.defects[..] else { panic!("{:?}", snapshot.defects) };
    assert_eq!((defect.field.as_str(), defect.item.as_ref().map(|item| item.position)), ("iri", Some(3)));
}

fn copied(number: u32, posted: &str) -> Value {
    let mut item = sound(number);
    item["iri"] = sound(1)["iri"].clone();
    item["vyvěšení"]["datum"] = json!(posted);
    item
}

#[test]
fn of_two_with_one_identity_the_older_keeps_it() {
    let (older, younger) = (copied(1, "2022-05-02"), copied(2, "2022-05-04"));
    let before = ids(&[older.clone(), sound(3)]);
    let there = ids(&[older.clone(), younger.clone(), sound(3)]);
    let back = ids(&[younger, sound(3), older]);
    assert_eq!(there, back, "the order of the feed does not matter");
    assert_eq!(before[0], there[0], "nothing changes for the one that was there first");
    assert_ne!(there[0].1, there[1].1);
}

#[test]
fn a_generator_with_one_identity_for_all_changes_nothing_when_one_ends() {
    let all: Vec<Value> = (1..6).map(|number| copied(number, "2022-05-02")).collect();
    let there = ids(&all);
    assert_eq!(there.iter().map(|(_, id)| id).collect::<HashSet<_>>().len(), 5);
    for ended in 0..all.len() {
        let (mut left, mut expected) = (all.clone(), there.clone());
        left.remove(ended);
        expected.remove(ended);
        assert_eq!(ids(&left), expected);
    }
}

proptest! {
    /// Whatever is missing or repeated: identities are unique, and the same in any order.
    #[test]
    fn identities_are_unique_and_independent_of_order(
        items in prop::collection::vec((0..4_u32, 0..3_u32, 0..3_u32, 0..3_u32), 1..12),
        turn in 0..12_usize,
    ) {
        let items: Vec<Value> = items.iter().map(|(iri, url, title, posted)| {
            let mut item = sound(*title);
            item["iri"] = if *iri == 0 { json!("") } else { json!(format!("urn:{iri}")) };
            item["url"] = if *url == 0 { json!(null) } else { json!(format!("https://x.example/{url}")) };
            item["vyvěšení"]["datum"] = json!(format!("2022-05-0{}", posted + 1));
            item
        }).collect();
        let mut turned = items.clone();
        turned.rotate_left(turn % items.len());
        let one = read_items(&json!(items)).notices;
        let other = read_items(&json!(turned)).notices;
        let set: HashSet<&str> = one.iter().map(|notice| notice.id.as_str()).collect();
        prop_assert_eq!(set.len(), one.len());
        let digests = |notices: &[vyveska::model::Notice]| -> HashSet<_> { notices.iter().map(|n| n.digest()).collect() };
        prop_assert_eq!(digests(&one), digests(&other));
    }
}
