//! What a round costs, what it refuses, and where it ends: the real program against a town's web.

use vyveska::guard::Verdict;
use vyveska::store::Store;
use vyveska::sync::keep_within;

use super::http::run;
use super::publisher::Page;
use super::sync::{at, device, march};
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

#[test]
fn a_board_on_the_device_has_an_end() {
    let (add, withdraw) = (super::store::notices(5), vec!["1".to_owned(), "2".to_owned()]);
    let verdict = Verdict { add, withdraw, ..Verdict::default() };
    for (held, taken) in [(0, 5), (7, 5), (8, 4), (12, 0), (20, 0)] {
        let mut verdict = verdict.clone();
        assert_eq!((keep_within(10, held, &mut verdict), verdict.add.len()), (5 - taken, taken), "{held} held");
    }
    let town = Town::new("lhota", 1);
    let panel = Panel::of(&[&town]);
    let mut summary = run(device(&panel).round(at(&march(5, 0))));
    let mut board = summary.boards.remove(0);
    assert_eq!((board.beyond, summary.remarks.len()), (0, 0));
    board.beyond = 3;
    summary.note(board);
    assert!(summary.to_string().contains("3 more of its feed are not taken"), "{summary}");
}
