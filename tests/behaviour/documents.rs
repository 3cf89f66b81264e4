//! How documents come: resumed, asked for again, several at a time.

use serde_json::Value;

use super::publisher::{Answer, Body, Page};
use super::sync::march;
use super::town::{Panel, Town};

#[test]
fn a_document_that_changed_under_its_address_is_found() {
    let town = Town::new("lhota", 2);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    let before = panel.notices(&march(5, 1));
    town.web.put("/soubory/1.txt", Page::new("another text"));
    assert_eq!(panel.good_round(&march(5, 60))["documents"]["changed"], 0, "not yet asked again");
    let summary = panel.good_round(&march(5, 7 * 60));
    let documents = &summary["documents"];
    assert_eq!((documents["changed"].as_u64(), documents["unchanged"].as_u64()), (Some(1), Some(1)), "{summary:#}");
    let after = panel.notices(&march(5, 7 * 60 + 1));
    let digest = |notices: &Value, id: &str| {
        let up = notices["up"].as_array().unwrap().iter().find(|up| up["id"].as_str().unwrap().ends_with(id));
        up.unwrap()["documents"][0]["digest"].clone()
    };
    assert_ne!(digest(&before, "/1"), digest(&after, "/1"));
    assert_eq!(digest(&before, "/2"), digest(&after, "/2"));
}

#[test]
fn a_cut_download_is_resumed_in_a_later_round() {
    let town = Town::new("lhota", 1);
    let whole: Vec<u8> = (0..300_000u32).map(|n| b'a' + (n % 23) as u8).collect();
    let page = Page::new(whole.clone());
    let etag = page.etag.clone().unwrap();
    let cut = Answer::body(Body::Cut { bytes: whole[..100_000].to_vec(), length: whole.len() });
    town.web.once("/soubory/1.txt", cut.header("ETag", &etag));
    town.web.put("/soubory/1.txt", page);
    let panel = Panel::of(&[&town]);
    let summary = panel.good_round(&march(5, 0));
    assert_eq!(summary["documents"]["failed"], 1);
    let notices = panel.notices(&march(5, 1));
    let why = notices["up"][0]["documents"][0]["failed"].as_str().unwrap();
    assert!(why.contains("broke off"), "{why}");
    assert_eq!(panel.good_round(&march(5, 20))["documents"]["fetched"], 1);
    assert_eq!(town.web.last("/soubory/1.txt").unwrap().header("range"), Some("bytes=100000-"));
    let digest = vyveska::model::Digest::of(&whole).to_string();
    assert_eq!(panel.notices(&march(5, 21))["up"][0]["documents"][0]["digest"], digest);
}
