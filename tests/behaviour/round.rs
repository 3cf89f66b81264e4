//! What a round costs, what it refuses, and where it ends: the real program against a town's web.

use vyveska::store::Store;

use super::publisher::Page;
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

#[test]
fn what_cannot_be_read_cannot_be_released() {
    let town = Town::new("lhota", 6);
    let panel = Panel::of(&[&town]);
    panel.good_round(&march(5, 0));
    town.web.put("/deska.json", Page::new("<html>Omlouváme se</html>"));
    let (summary, _) = panel.round(&march(5, 10));
    assert_eq!(summary["boards"][0]["held"][0]["kind"], "unreadable", "{summary:#}");
    for arguments in [&["release", "lhota"][..], &["release", "lhota", "--kind", "unreadable"]] {
        let output = panel.command(arguments).args(["--now", &march(5, 11)]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("must mend the feed"), "{error}");
    }
    let store = Store::open_beside(&panel.data()).unwrap().releases("lhota").unwrap();
    assert_eq!(store, []);
}
