//! In and out of the hub: wrong passwords by the thousand, codes, and forms that are not ours.

use vyveska::hub::totp;

use super::browser::Browser;
use super::people::{NOW, PASSWORD, administrator, invited};
use super::server::Server;
use crate::behaviour::store::Folder;

fn log_in(browser: &Browser, login: &str, password: &str) -> u16 {
    browser.post("/login", &[("login", login), ("password", password)]).status
}

#[test]
fn a_thousand_wrong_logins_do_not_shut_out_the_right_person() {
    let folder = Folder::in_memory("login-0");
    let hub = Server::start(&folder.0, NOW);
    drop(administrator(&hub));
    let mut looked_at = 0;
    for number in 0..1000_u32 {
        // From a hundred addresses.
        let attacker = if number % 10 == 0 { 2 + (number / 10) as u8 } else { 2 };
        let browser = Browser::at(&hub, [127, 0, 1, attacker]);
        match log_in(&browser, "starosta", "uhodnu to") {
            401 => looked_at += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert!(looked_at <= 12, "{looked_at}");
    // A stranger waits, and is told so; the right person is known here.
    let stranger = Browser::at(&hub, [127, 0, 2, 1]);
    let answer = stranger.post("/login", &[("login", "starosta"), ("password", PASSWORD)]);
    assert_eq!(answer.status, 429);
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    assert!(answer.text.contains("Příliš mnoho"));
    assert_eq!(log_in(&Browser::new(&hub), "Starosta ", PASSWORD), 303);
    assert!(hub.hub.as_ref().unwrap().throttle.len() < 200);
}

#[test]
fn unknown_logins_are_answered_like_wrong_passwords() {
    let folder = Folder::in_memory("login-1");
    let hub = Server::start(&folder.0, NOW);
    drop(administrator(&hub));
    let hostile = "<script>alert(1)</script>\"'>&{{ 7*7 }}";
    let texts = ["starosta", "nikdo", hostile].map(|login| {
        let answer = Browser::new(&hub).post("/login", &[("login", login), ("password", "špatné heslo")]);
        assert_eq!(answer.status, 401);
        assert!(!answer.text.contains("<script") && !answer.text.contains("49"), "{}", answer.text);
        answer.text.replace(&html_escape::encode_safe(login).into_owned(), "")
    });
    assert_eq!(texts[0], texts[1]);
    assert_eq!(log_in(&Browser::new(&hub), "starosta", &"x".repeat(5000)), 401);
    assert_eq!(Browser::new(&hub).post("/login", &[("login", "starosta")]).status, 400);
}

#[test]
fn the_login_leads_back_to_the_page_and_nowhere_else() {
    let folder = Folder::in_memory("login-2");
    let hub = Server::start(&folder.0, NOW);
    drop(administrator(&hub));
    for (next, address) in [
        ("/audit?office=a&deed=b", "/audit?office=a&deed=b"),
        ("//elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let browser = Browser::new(&hub);
        let fields = [("login", "starosta"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post("/login", &fields).location().unwrap(), address);
    }
    let browser = Browser::new(&hub);
    let page = browser.open("/audit?office=&deed=x");
    let answer = browser.submit(&page, "/login", &[("login", "starosta"), ("password", PASSWORD)]);
    assert_eq!(answer.location().unwrap(), "/audit?office=&deed=x");
}

#[test]
fn a_login_makes_a_new_session_and_ends_the_one_before() {
    let folder = Folder::in_memory("login-3");
    let hub = Server::start(&folder.0, NOW);
    let browser = administrator(&hub);
    let before = browser.jar.borrow().clone();
    let answer = browser.post("/login", &[("login", "starosta"), ("password", PASSWORD)]);
    let cookie = answer.headers.get("set-cookie").unwrap().to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_ne!(before, *browser.jar.borrow());
    let old = Browser::new(&hub);
    *old.jar.borrow_mut() = before;
    assert_eq!(old.get("/account").status, 303);
    assert_eq!(browser.get("/account").status, 200);
}

#[test]
fn a_form_counts_only_with_the_token_of_its_session() {
    let folder = Folder::in_memory("login-4");
    let hub = Server::start(&folder.0, NOW);
    let starosta = administrator(&hub);
    let jana = invited(&hub, &starosta, "jana", "", "administrator");
    let (own, foreign) = (starosta.get("/people").token().to_owned(), jana.get("/people").token().to_owned());
    assert_ne!(own, foreign);
    let long = format!("{own}0");
    for token in ["", "0", &own[..63], &long, &own.to_uppercase(), &foreign] {
        let answer = starosta.post("/people/invite", &[("office", ""), ("role", "viewer"), ("csrf", token)]);
        assert!(answer.status == 403 && answer.text.contains("Formulář už neplatí"), "{token}: {}", answer.status);
    }
    assert_eq!(starosta.post("/people/invite", &[("office", ""), ("role", "viewer")]).status, 403);
    // Two tokens are none: the first one counts.
    let fields = [("office", ""), ("role", "viewer"), ("csrf", foreign.as_str()), ("csrf", own.as_str())];
    assert_eq!(starosta.post("/people/invite", &fields).status, 403);
    let fields = [("office", ""), ("role", "viewer"), ("csrf", own.as_str())];
    let elsewhere = [("origin", "https://elsewhere.example")];
    assert_eq!(starosta.post_with("/people/invite", &elsewhere, &fields).status, 403);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM invitation WHERE used_at IS NULL"), 0);
    assert_eq!(starosta.post("/people/invite", &fields).status, 200);
}

/// Turns codes on, and returns their secret.
fn codes(hub: &Server, browser: &Browser) -> Vec<u8> {
    let page = browser.get("/account/codes");
    assert!(page.text.contains("<svg class=\"qr\"") && page.text.contains("class=\"secret\">"));
    let hidden = page.hidden("/account/codes");
    let text = &hidden.iter().find(|(name, _)| name == "secret").unwrap().1;
    let secret: [u8; 20] = vyveska::keys::unhex(text).unwrap();
    let code = totp::code_at(&secret, hub.hub.as_ref().unwrap().now());
    let wrong = [("code", code.as_str()), ("password", "uhodnu to")];
    assert_eq!(browser.submit(&page, "/account/codes", &wrong).status, 422);
    assert_eq!(browser.submit(&page, "/account/codes", &[("code", "000000"), ("password", PASSWORD)]).status, 422);
    let right = [("code", code.as_str()), ("password", PASSWORD)];
    assert_eq!(browser.submit(&page, "/account/codes", &right).status, 303);
    secret.to_vec()
}

#[test]
fn with_codes_on_the_password_alone_opens_nothing_and_no_code_counts_twice() {
    let folder = Folder::in_memory("login-5");
    let secret = {
        let hub = Server::start(&folder.0, NOW);
        codes(&hub, &administrator(&hub))
    };
    // Another half minute.
    let hub = Server::start(&folder.0, "2026-11-23T08:05:00Z");
    let browser = Browser::new(&hub);
    let page = browser.post("/login", &[("login", "starosta"), ("password", PASSWORD)]);
    assert!(page.status == 200 && page.text.contains("Kód"), "{}", page.text);
    assert_eq!(browser.get("/account").status, 303, "half a login is none");
    let code = totp::code_at(&secret, hub.hub.as_ref().unwrap().now());
    let other = if code == "123456" { "654321" } else { "123456" };
    assert_eq!(browser.submit(&page, "/login/code", &[("code", other)]).status, 401);
    assert_eq!(browser.submit(&page, "/login/code", &[("code", &code)]).status, 303);
    assert_eq!(browser.get("/account").status, 200);
    // Whoever saw it over a shoulder, and knows the password too.
    let thief = Browser::at(&hub, [127, 0, 0, 9]);
    let page = thief.post("/login", &[("login", "starosta"), ("password", PASSWORD)]);
    assert_eq!(thief.submit(&page, "/login/code", &[("code", &code)]).status, 401);
    // Five tries, and it is over: the password again.
    for _ in 0..3 {
        assert!([401, 429].contains(&thief.submit(&page, "/login/code", &[("code", "000000")]).status));
    }
    thief.submit(&page, "/login/code", &[("code", "000000")]);
    assert_eq!(thief.submit(&page, "/login/code", &[("code", "000000")]).location().unwrap(), "/login");
    assert_eq!(thief.post("/login/code", &[("pending", "x"), ("code", &code)]).location().unwrap(), "/login");
    // Off again with the password only.
    let page = browser.get("/account");
    assert_eq!(browser.submit(&page, "/account/codes/off", &[("password", PASSWORD)]).status, 303);
    assert!(browser.get("/account").text.contains("Zapnout kódy"));
}

#[test]
fn a_session_can_be_ended_from_another_browser_and_only_by_its_owner() {
    let folder = Folder::in_memory("login-6");
    let hub = Server::start(&folder.0, NOW);
    let starosta = administrator(&hub);
    let jana = invited(&hub, &starosta, "jana", "", "viewer");
    let second = Browser::new(&hub);
    assert_eq!(log_in(&second, "jana", PASSWORD), 303);
    let page = jana.get("/account");
    let id = page.text.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let token = starosta.get("/account").token().to_owned();
    assert_eq!(starosta.post("/account/sessions", &[("csrf", &token), ("session", id)]).status, 303);
    assert_eq!(second.get("/account").status, 200);
    assert_eq!(jana.submit(&page, "/account/sessions", &[("session", id)]).status, 303);
    assert_eq!((second.get("/account").status, jana.get("/account").status), (303, 200));
    assert_eq!(jana.submit(&page, "/account/sessions", &[("session", "všechny")]).status, 400);
}
