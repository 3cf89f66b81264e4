//! Which file stays with a document whose address is another one.

use vyveska::model::{Digest, Document, Notice};
use vyveska::store::{Failed, Round, Store};

use super::{at, fetched, notice, round};

#[test]
fn another_identity_takes_no_document_on_without_evidence() {
    let (now, later) = (at("2026-03-02T10:00:00+01:00"), at("2026-03-03T10:00:00+01:00"));
    let old = notice(1);
    let titled = Some("Výzva".to_owned());
    for (url, title) in [
        ("https://nova.example/2.pdf", None),
        ("https://nova.example/1.pdf", titled),
        ("https://nova.example/1.pdf?id=2", None),
    ] {
        let mut store = Store::in_memory().unwrap();
        store.commit_round(&Round { add: std::slice::from_ref(&old), ..round(now) }).unwrap();
        store.document_fetched("obec", &old.id, &old.documents[0].url, &fetched(Digest::of(b"pdf"), now)).unwrap();
        let mut new = Notice { id: "https://nova.example/1".to_owned(), ..old.clone() };
        new.documents[0].url = url.to_owned();
        new.documents[0].title = title;
        store.commit_round(&Round { rename: &[(old.id.clone(), new.clone())], ..round(later) }).unwrap();
        assert_eq!(store.posted("obec").unwrap()[0].documents[0].digest, None, "{url}");
        let failed = Failed { reason: "404".to_owned(), at: later.at };
        store.document_failed("obec", &new.id, url, &failed).unwrap();
        assert_eq!(store.posted("obec").unwrap()[0].documents[0].failed.as_deref(), Some("404"), "{url}");
    }
}

/// What is shown of a notice's documents when its office has a new web: whether the old files, in the order of the new.
fn carried_over(number: Option<&str>, old: &[&str], new: &[&str]) -> Vec<bool> {
    let (now, later) = (at("2026-03-02T10:00:00+01:00"), at("2026-03-03T10:00:00+01:00"));
    let listed = |web: &str, names: &[&str]| Notice {
        id: format!("https://{web}/1"),
        reference_number: number.map(str::to_owned),
        documents: names
            .iter()
            .map(|name| Document {
                url: format!("https://{web}/{name}"),
                title: Some("Příloha".to_owned()),
                ..notice(1).documents.remove(0)
            })
            .collect(),
        ..notice(1)
    };
    let (old, new) = (listed("obec.example", old), listed("nova.example", new));
    let mut store = Store::in_memory().unwrap();
    store.commit_round(&Round { add: std::slice::from_ref(&old), ..round(now) }).unwrap();
    for document in &old.documents {
        let fetched = fetched(Digest::of(document.url.as_bytes()), now);
        store.document_fetched("obec", &old.id, &document.url, &fetched).unwrap();
    }
    store.commit_round(&Round { rename: &[(old.id.clone(), new)], ..round(later) }).unwrap();
    store.posted("obec").unwrap()[0].documents.iter().map(|filed| filed.digest.is_some()).collect()
}

#[test]
fn another_identity_takes_on_a_document_whose_name_is_its_own_in_a_notice_with_its_number() {
    let number = Some("OU 1/2026");
    assert_eq!(carried_over(number, &["a.pdf", "b.pdf"], &["b.pdf", "c.pdf", "a.pdf"]), [true, false, true]);
    assert_eq!(carried_over(None, &["priloha.pdf"], &["priloha.pdf"]), [false], "only a like title and name");
    assert_eq!(carried_over(number, &["1/p.pdf", "2/p.pdf"], &["8/p.pdf", "9/p.pdf"]), [false, false]);
    assert_eq!(carried_over(number, &["1/"], &["1/"]), [false], "no name");
}

#[test]
fn another_token_in_its_address_costs_no_document_its_file() {
    let (now, later) = (at("2026-03-02T10:00:00+01:00"), at("2026-03-02T10:10:00+01:00"));
    for (before, after, same) in [
        ("a.pdf?token=1", "a.pdf?token=2", true),
        ("a.pdf", "a.pdf?v=2", true),
        ("get.php?id=7&token=1", "get.php?id=7&token=2", true),
        ("get.php?id=7&token=1", "get.php?id=8&token=1", false),
        ("get.php?id=7", "get.php?id=8", false),
    ] {
        let mut store = Store::in_memory().unwrap();
        let mut one = notice(1);
        one.documents[0].url = format!("https://obec.example/{before}");
        store.commit_round(&Round { add: std::slice::from_ref(&one), ..round(now) }).unwrap();
        let held = Digest::of(b"pdf");
        store.document_fetched("obec", &one.id, &one.documents[0].url, &fetched(held, now)).unwrap();
        store.document_unchanged("obec", &one.id, &one.documents[0].url, later.at);
        one.documents[0].url = format!("https://obec.example/{after}");
        store.commit_round(&Round { change: std::slice::from_ref(&one), ..round(later) }).unwrap();
        assert_eq!(store.posted("obec").unwrap()[0].documents[0].digest, same.then_some(held), "{before} {after}");
        // It is not asked for in each round; six hours after it was last found unchanged it is, under the new address.
        let wanted = |store: &mut Store, now| store.documents_wanted(now, 10).unwrap();
        assert_eq!(wanted(&mut store, at("2026-03-02T16:09:00+01:00")).is_empty(), same, "{before} {after}");
        assert_eq!(wanted(&mut store, at("2026-03-02T16:10:00+01:00"))[0].url, one.documents[0].url);
    }
}
