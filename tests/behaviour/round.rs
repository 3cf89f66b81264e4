//! What a round costs, what it refuses, and where it ends: the real program against a town's web.

use super::sync::march;
use super::town::{Panel, Town};

#[test]
fn a_document_that_many_notices_list_is_fetched_once() {
    let mut town = Town::new("lhota", 5);
    town.edit(|entries| entries.iter_mut().for_each(|entry| entry.documents = vec!["/soubory/1.txt".into()]));
    let panel = Panel::of(&[&town]);
    let asked = || town.web.requests().iter().filter(|request| request.path == "/soubory/1.txt").count();
    panel.good_round(&march(5, 0));
    assert_eq!(asked(), 1);
    let notices = panel.notices(&march(5, 1));
    let here = |up: &&serde_json::Value| up["documents"][0]["digest"].is_string();
    assert_eq!(notices["up"].as_array().unwrap().iter().filter(here).count(), 5, "{notices:#}");
    panel.good_round(&march(5, 7 * 60));
    assert_eq!(asked(), 2);

    town.web.remove("/soubory/1.txt");
    let summary = panel.good_round(&march(5, 14 * 60));
    assert_eq!((asked(), summary["documents"]["failed"].as_u64()), (3, Some(5)));
}
