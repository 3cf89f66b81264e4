//! "Desky" in a browser: boards are added, what is held back is read and let through, by whoever may.

use super::browser::Browser;
use super::mirror::{FEED, NOON, get, until};
use super::people::{administrator, invited};
use super::server::Server;
use crate::behaviour::publisher::{Answer, Page};
use crate::behaviour::store::Folder;
use crate::behaviour::town::{Entry, Town};

const PAGE: &str = "/boards/lhota";

fn listed(hub: &Server) -> usize {
    let got = get(hub, FEED, &[]);
    String::from_utf8(got.bytes).unwrap_or_default().matches("relevantní_do").count()
}

#[test]
fn a_clerk_adds_a_board_reads_the_verdict_and_lets_it_through() {
    let (mut town, folder) = (Town::new("lhota", 8), Folder::in_memory("desky-1"));
    let hub = Server::start(&folder.0, NOON);
    hub.place("lhota", "Náves", "t");
    let starosta = administrator(&hub);
    let clerk = invited(&hub, &starosta, "urednice", "lhota", "clerk");
    let viewer = invited(&hub, &starosta, "ctenar", "lhota", "viewer");

    // One office: the page is there at once.
    assert_eq!(clerk.get("/boards").location().as_deref(), Some(PAGE));
    let page = clerk.get(PAGE);
    assert!(page.text.contains("zatím nečte žádnou desku"), "{}", page.text);
    let wrong = clerk.submit(&page, PAGE, &[("name", "Obec Lhota"), ("address", "javascript:alert(1)"), ("ico", "")]);
    assert!(wrong.text.contains("role=\"alert\"") && wrong.text.contains("javascript:alert(1)"), "{}", wrong.text);
    let address = town.web.url("/deska.json");
    let added = clerk.submit(&wrong, PAGE, &[("name", "Obec Lhota"), ("address", &address), ("ico", "00123456")]);
    assert_eq!(added.location().as_deref(), Some(PAGE));
    until("the board", || listed(&hub) == 8);
    until("the page says so", || clerk.get(PAGE).text.contains("Načteno v pořádku"));
    let page = clerk.get(PAGE);
    assert!(page.text.contains(&address) && page.text.contains(FEED) && page.text.contains("Oznámení číslo 3"));

    // Most of it vanishes, and a title is not what it seems.
    town.edit(|entries| {
        entries.truncate(2);
        entries.push(Entry { title: "<script>alert(1)</script>".into(), ..Entry::numbered(30) });
    });
    let read = |browser: &Browser| {
        let page = browser.get(PAGE);
        browser.submit(&page, "/boards/lhota/read", &[])
    };
    assert_eq!(read(&clerk).location().as_deref(), Some(PAGE));
    until("the verdict", || clerk.get(PAGE).text.contains("Z dat najednou zmizelo: 6 písemností"));
    let page = clerk.get(PAGE);
    assert!(page.text.contains("Oznámení číslo 5") && page.text.contains("zadrženo: v datech je jinak"));
    assert!(!page.text.contains("<script>"));
    let release = "/boards/lhota/obec-lhota/release";
    assert!(!viewer.get(PAGE).text.contains(release), "a viewer has no button");
    let released = clerk.submit(&page, release, &[]);
    assert_eq!(released.location().as_deref(), Some(PAGE));
    until("it is let through", || listed(&hub) == 3);
    until("the page is calm", || clerk.get(PAGE).text.contains("Načteno v pořádku"));
    let audit: String = hub.one("SELECT group_concat(who || ' ' || deed, ', ') FROM audit WHERE deed LIKE 'board-%'");
    assert_eq!(audit, "urednice board-added, urednice board-released");
    // A second click finds nothing to let through.
    clerk.submit(&page, release, &[]);
    assert!(clerk.get(PAGE).text.contains("To už zadrženo není."));

    // Another address, and none.
    let page = clerk.get(PAGE);
    let fields = [("board", "obec-lhota"), ("name", "Městys Lhota"), ("address", &address), ("csrf", page.token())];
    assert_eq!(clerk.post(PAGE, &fields).status, 303);
    assert!(clerk.get(PAGE).text.contains("Městys Lhota"));
    let page = clerk.get(PAGE);
    assert_eq!(clerk.submit(&page, "/boards/lhota/obec-lhota/remove", &[("sure", "1")]).status, 303);
    until("it is gone", || get(&hub, FEED, &[]).status == 404);
}

#[test]
fn what_is_wrong_with_an_office_and_its_documents_is_said_in_words() {
    let (mut town, folder) = (Town::new("lhota", 2), Folder::in_memory("desky-2"));
    town.edit(|entries| {
        entries[0].documents = vec!["/soubory/chybi.pdf".into()];
        entries[1].documents = vec!["/soubory/stary.doc".into(), "/soubory/rozbity.pdf".into()];
    });
    town.web.put("/soubory/stary.doc", Page::new([b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat()));
    town.web.put("/soubory/rozbity.pdf", Page::new("%PDF-1.4\nnothing of a document"));
    let hub = Server::start(&folder.0, NOON);
    hub.place("lhota", "Náves", "t");
    let starosta = administrator(&hub);
    let page = starosta.get(PAGE);
    starosta.submit(&page, PAGE, &[("name", "Obec Lhota"), ("address", &town.web.url("/deska.json"))]);
    for words in [
        "Nejde stáhnout.",
        "Tento druh souboru panel neumí ukázat.",
        "Zveřejněte ho jako PDF.",
        "Dokument je poškozený",
    ] {
        until(words, || starosta.get(PAGE).text.contains(words));
    }
    until("it is given out", || listed(&hub) == 2);
    town.web.answer("/deska.json", |_| Answer::ok("<!DOCTYPE html><title>Chyba</title>"));
    starosta.submit(&starosta.get(PAGE), "/boards/lhota/read", &[]);
    until("the trouble", || starosta.get(PAGE).text.contains("posílá, není úřední deska"));
    assert!(starosta.get(PAGE).text.contains("Data úřadu nejde přečíst"));
    assert_eq!(listed(&hub), 2);
    // Whoever looks after several offices sees at once which one needs a look.
    hub.place("hora", "Hora", "t2");
    let page = starosta.get("/boards").text;
    let (hora, lhota) = (page.find("/boards/hora").unwrap(), page.find("/boards/lhota").unwrap());
    assert!(lhota < hora && page.contains("Nedaří se načíst"), "{page}");
}
