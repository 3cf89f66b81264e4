//! What stands around every page of the hub: the door, the headers, the languages, errors in words.

use super::browser::Browser;
use super::server::Server;
use crate::behaviour::store::Folder;

const NOW: &str = "2026-11-23T08:00:00Z";

#[test]
fn whoever_has_not_logged_in_is_led_to_the_login_and_back() {
    let folder = Folder::in_memory("frame-0");
    let hub = Server::start(&folder.0, NOW);
    let browser = Browser::new(&hub);
    assert_eq!(browser.get("/").location().unwrap(), "/login");
    let answer = browser.post("/places", &[]);
    assert!(answer.status == 404 || answer.location().as_deref() == Some("/login"), "{}", answer.status);
}

#[test]
fn errors_are_pages_in_the_readers_language_with_every_header() {
    let folder = Folder::in_memory("frame-1");
    let hub = Server::start(&folder.0, NOW);
    let mut browser = Browser::new(&hub);
    let answer = browser.get("/nic?<script>alert(1)</script>");
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("<h1>Tady nic není</h1>") && !answer.text.contains("<script"), "{}", answer.text);
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'; style-src 'self';"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    // Without TLS a browser must not be told to insist on it.
    assert_eq!(answer.header("strict-transport-security"), "");
    browser.language = "en-GB,en;q=0.9";
    assert!(browser.get("/nic").text.contains("<h1>There is nothing here</h1>"));
    let answer = browser.post("/style/x.css", &[]);
    assert_eq!((answer.status, answer.text.contains("<h1>")), (404, true));
}

#[test]
fn the_style_has_an_address_of_its_content_and_stays() {
    let folder = Folder::in_memory("frame-2");
    let hub = Server::start(&folder.0, NOW);
    let browser = Browser::new(&hub);
    let page = browser.get("/nic");
    let address = page.text.split("href=\"").find(|rest| rest.starts_with("/style/")).unwrap();
    let answer = browser.get(address.split('"').next().unwrap());
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(answer.header("cache-control").ends_with("immutable"));
    assert_eq!(browser.get("/style/0000000000000000.css").status, 404);
}

#[test]
fn the_language_can_be_switched_and_leads_nowhere_else() {
    let folder = Folder::in_memory("frame-3");
    let hub = Server::start(&folder.0, NOW);
    let browser = Browser::new(&hub);
    let page = browser.get("/nic?a=1");
    assert!(page.text.contains("<html lang=\"cs\">"));
    let answer = browser.submit(&page, "/language", &[("language", "en")]);
    assert_eq!(answer.location().unwrap(), "/nic?a=1");
    assert!(browser.open("/nic").text.contains("<html lang=\"en\">"));
    for back in ["//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example", "", "/a\r\nb: c"] {
        let answer = browser.post("/language", &[("language", "cs"), ("back", back)]);
        assert_eq!(answer.location().unwrap(), "/", "{back:?}");
    }
    assert_eq!(browser.post("/language", &[("language", "tlh"), ("back", "/")]).status, 400);
}

#[test]
fn a_form_from_another_site_is_refused() {
    let folder = Folder::in_memory("frame-4");
    let hub = Server::start(&folder.0, NOW);
    let browser = Browser::new(&hub);
    let fields = [("language", "en"), ("back", "/")];
    let own = hub.url("");
    for (headers, status) in [
        (vec![], 403),
        (vec![("origin", "https://elsewhere.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("sec-fetch-site", "cross-site"), ("origin", own.as_str())], 403),
        (vec![("sec-fetch-site", "same-site"), ("origin", own.as_str())], 403),
        (vec![("sec-fetch-site", "same-origin")], 303),
        (vec![("origin", own.as_str())], 303),
    ] {
        assert_eq!(browser.post_with("/language", &headers, &fields).status, status, "{headers:?}");
    }
    let long = "x".repeat(100_000);
    let answer = browser.post("/language", &[("language", "en"), ("back", &long)]);
    assert!(answer.status == 413 && answer.text.contains("This is too large"), "{}: {}", answer.status, answer.text);
}
