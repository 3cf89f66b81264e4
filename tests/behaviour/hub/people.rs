//! How people come in to the hub, who may do what to whom, and how they go.

use super::browser::{Answer, Browser};
use super::server::Server;
use crate::behaviour::store::Folder;

pub const NOW: &str = "2026-11-23T08:00:00Z";
pub const PASSWORD: &str = "čtyři vrány letí";

/// The first administrator of a hub that knows nobody.
pub fn administrator(hub: &Server) -> Browser {
    let browser = Browser::new(hub);
    let answer = enter(&browser, &hub.first_link().unwrap(), "starosta");
    assert_eq!((answer.status, answer.location().as_deref()), (303, Some("/")), "{}", answer.text);
    browser
}

/// Comes in by a link, in a browser of their own.
fn enter(browser: &Browser, link: &str, login: &str) -> Answer {
    let page = browser.get(link);
    assert_eq!(page.status, 200, "{}", page.text);
    browser.submit(&page, link, &[("login", login), ("password", PASSWORD), ("again", PASSWORD)])
}

/// Invites somebody, who comes in.
pub fn invited(hub: &Server, administrator: &Browser, login: &str, office: &str, role: &str) -> Browser {
    let page = administrator.get("/people");
    let answer = administrator.submit(&page, "/people/invite", &[("office", office), ("role", role)]);
    let browser = Browser::new(hub);
    assert_eq!(enter(&browser, &link(&answer), login).status, 303);
    browser
}

/// The path of the link that a page shows.
pub fn link(answer: &Answer) -> String {
    let (_, rest) = answer.text.split_once("class=\"secret\">http://").unwrap_or_else(|| panic!("{}", answer.text));
    let (_, path) = rest.split('<').next().unwrap().split_once('/').unwrap();
    format!("/{path}")
}

/// Where somebody's page is.
pub fn page_of(browser: &Browser, login: &str) -> String {
    let text = browser.get("/people").text;
    let before = text.split(&format!("\">{login}</a>")).next().unwrap();
    before.rsplit("href=\"").next().unwrap().to_owned()
}

fn log_in(browser: &Browser, login: &str, password: &str) -> Answer {
    browser.post("/login", &[("login", login), ("password", password)])
}

#[test]
fn the_first_link_makes_one_administrator_and_only_the_last_one_printed_counts() {
    let folder = Folder::in_memory("people-0");
    let hub = Server::start(&folder.0, NOW);
    let (old, new) = (hub.first_link().unwrap(), hub.first_link().unwrap());
    let browser = Browser::new(&hub);
    assert_eq!(browser.get(&old).status, 410);
    let page = browser.get(&new);
    for (login, password, again, why) in [
        ("starosta", "krátké", "krátké", "aspoň deset znaků"),
        ("starosta", PASSWORD, "čtyři vrany letí", "neshodují"),
        ("starosta", "starosta123", "starosta123", "uhodne"),
        ("<script>x", PASSWORD, PASSWORD, "přihlašovací jméno má mít"),
    ] {
        let answer = browser.submit(&page, &new, &[("login", login), ("password", password), ("again", again)]);
        assert_eq!(answer.status, 422);
        assert!(answer.text.to_lowercase().contains(why), "{login}: {}", answer.text);
        assert!(!answer.text.contains("<script"), "{}", answer.text);
    }
    // Looking at it and mistakes do not use it up.
    assert_eq!(enter(&browser, &new, "Starosta").status, 303);
    assert!(browser.get("/people").text.contains("starosta</a>"));
    let second = Browser::new(&hub);
    assert_eq!(second.get(&new).status, 410);
    let fields = [("login", "druhy"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(second.post(&new, &fields).status, 410);
    assert_eq!(hub.first_link(), None);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM person"), 1);
}

#[test]
fn links_end_in_time() {
    let folder = Folder::in_memory("people-1");
    let link = Server::start(&folder.0, NOW).first_link().unwrap();
    let hub = Server::start(&folder.0, "2026-11-24T08:00:01Z");
    assert_eq!(Browser::new(&hub).get(&link).status, 410);
}

#[test]
fn whoever_has_lost_access_gets_a_link_beside_the_running_hub() {
    let folder = Folder::in_memory("people-2");
    let hub = Server::start(&folder.0, NOW);
    let first = administrator(&hub);
    let secret = vyveska::hub::invitation::beside(&folder.0, hub.hub.as_ref().unwrap().now()).unwrap();
    let browser = Browser::new(&hub);
    assert_eq!(enter(&browser, &format!("/first/{secret}"), "nahradnik").status, 303);
    assert!(browser.get("/people").text.contains("nahradnik</a>"));
    assert!(first.get("/audit").text.contains("vyveska-hub invite"));
    // A folder without a hub is no place to invite to.
    let empty = Folder::in_memory("people-2-empty");
    assert!(vyveska::hub::invitation::beside(&empty.0, hub.hub.as_ref().unwrap().now()).is_err());
}

#[test]
fn a_session_ends_with_the_logout_the_password_the_person_and_the_time() {
    let folder = Folder::in_memory("people-3");
    let (stolen, jar);
    {
        let hub = Server::start(&folder.0, NOW);
        let starosta = administrator(&hub);
        let jana = invited(&hub, &starosta, "jana", "", "viewer");
        // A thief has the cookie, and the token of her forms.
        let thief = Browser::new(&hub);
        *thief.jar.borrow_mut() = jana.jar.borrow().clone();
        let page = thief.get("/account");
        assert_eq!(page.status, 200);
        assert_eq!(jana.submit(&jana.get("/account"), "/logout", &[]).status, 303);
        assert_eq!(thief.get("/account").location().unwrap(), "/login?next=%2Faccount");
        assert_eq!(thief.submit(&page, "/logout", &[]).location().unwrap(), "/login");

        // Two browsers; a new password in one ends the other.
        assert_eq!(log_in(&jana, "jana", PASSWORD).status, 303);
        assert_eq!(log_in(&thief, "jana", PASSWORD).status, 303);
        let fields = [("password", PASSWORD), ("new", "pět vran letí"), ("again", "pět vran letí")];
        let wrong = [("password", "pět vran neletí"), fields[1], fields[2]];
        assert_eq!(jana.submit(&jana.get("/account"), "/account/password", &wrong).status, 422);
        assert_eq!(jana.submit(&jana.get("/account"), "/account/password", &fields).status, 303);
        assert!(jana.get("/account").text.contains("Heslo je změněno."));
        assert_eq!(thief.get("/account").status, 303);
        assert_eq!(log_in(&thief, "jana", PASSWORD).status, 401);

        // The person goes, and with her the session.
        let address = page_of(&starosta, "jana");
        assert_eq!(starosta.submit(&starosta.get(&address), &format!("{address}/remove"), &[]).status, 303);
        assert_eq!(jana.get("/account").status, 303);
        assert_eq!(log_in(&jana, "jana", "pět vran letí").status, 401);
        assert_eq!(starosta.get(&address).status, 404);
        jar = starosta.jar.borrow().clone();
        stolen = jar.get("vyveska").unwrap().clone();
    }
    // What lies on the disk opens nothing.
    let bytes = std::fs::read(folder.0.join("hub-1.db")).unwrap();
    assert!(!bytes.windows(stolen.len()).any(|window| window == stolen.as_bytes()));
    for (now, status) in [("2026-11-23T19:00:00Z", 200), ("2026-11-24T06:00:00Z", 200), ("2026-11-24T18:30:00Z", 303)] {
        let hub = Server::start(&folder.0, now);
        let browser = Browser::new(&hub);
        *browser.jar.borrow_mut() = jar.clone();
        assert_eq!(browser.get("/account").status, status, "{now}");
    }
}

#[test]
fn the_last_administrator_stays() {
    let folder = Folder::in_memory("people-4");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t");
    let starosta = administrator(&hub);
    let address = page_of(&starosta, "starosta");
    let page = starosta.get(&address);
    for role in ["", "viewer", "operator"] {
        let fields = [("csrf", page.token()), ("office", ""), ("role", role)];
        starosta.post(&format!("{address}/role"), &fields);
        assert!(starosta.get("/people").text.contains("poslední správce"), "{role}");
    }
    starosta.post(&format!("{address}/remove"), &[("csrf", page.token())]);
    assert!(starosta.get("/people").text.contains("správce – všechny úřady"));
    // Of one office is not of all.
    invited(&hub, &starosta, "lhotak", "lhota", "administrator");
    starosta.post(&format!("{address}/remove"), &[("csrf", page.token())]);
    assert!(starosta.get("/people").text.contains("správce – všechny úřady"));
    // With a second one, the first may go.
    let druhy = invited(&hub, &starosta, "druhy", "", "administrator");
    starosta.post(&format!("{address}/remove"), &[("csrf", page.token())]);
    assert_eq!(starosta.get("/people").status, 303);
    assert_eq!(druhy.get("/people").status, 200);
}

#[test]
fn an_administrator_of_an_office_has_nothing_to_do_with_another() {
    let folder = Folder::in_memory("people-5");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t1");
    hub.place("hora", "Hora", "t2");
    let starosta = administrator(&hub);
    let lhota = invited(&hub, &starosta, "lhotak", "lhota", "administrator");
    invited(&hub, &starosta, "horal", "hora", "administrator");
    let token = lhota.get("/people").token().to_owned();
    let text = lhota.get("/people").text;
    assert!(text.contains("lhotak</a>") && text.contains("starosta</a>") && !text.contains("horal"), "{text}");
    let (horal, mayor) = (page_of(&starosta, "horal"), page_of(&starosta, "starosta"));
    assert_eq!(lhota.get(&horal).status, 404);
    let all = [("csrf", token.as_str()), ("office", "lhota"), ("role", "viewer")];
    let of = |office| [all[0], ("office", office), all[2]];
    for (path, office, status) in [
        (format!("{horal}/role"), "hora", 404),
        (format!("{horal}/role"), "lhota", 404),
        (format!("{horal}/password"), "", 404),
        (format!("{horal}/remove"), "", 404),
        (format!("{mayor}/role"), "", 403),
        (format!("{mayor}/role"), "hora", 404),
        (format!("{mayor}/password"), "", 403),
        (format!("{mayor}/remove"), "", 403),
        ("/people/invite".into(), "hora", 404),
        ("/people/invite".into(), "", 404),
        ("/people/invite".into(), "lhota", 200),
    ] {
        assert_eq!(lhota.post(&path, &of(office)).status, status, "{path} {office}");
    }
    // What concerns the other office, or all of them, is not in their audit.
    let audit = lhota.get("/audit").text;
    assert!(audit.contains("lhotak") && !audit.contains("horal") && !audit.contains("přihlášení<"), "{audit}");
    assert_eq!(lhota.get("/audit?office=hora").status, 404);
    assert_eq!(starosta.get("/audit?office=hora").status, 200);
    // Somebody of both loses only what is theirs to take.
    let oba = invited(&hub, &starosta, "oba", "lhota", "viewer");
    let both = page_of(&starosta, "oba");
    let token = starosta.get("/people").token().to_owned();
    starosta.post(&format!("{both}/role"), &[("csrf", token.as_str()), ("office", "hora"), ("role", "clerk")]);
    assert!(!lhota.get(&both).text.contains("úředník – hora"));
    assert_eq!(lhota.post(&format!("{both}/password"), &all).status, 403);
    assert_eq!(lhota.post(&format!("{both}/remove"), &all).status, 303);
    assert_eq!(lhota.get(&both).status, 404);
    assert!(oba.get("/account").text.contains("úředník"));
}

#[test]
fn a_link_to_a_new_password_ends_sessions_and_codes_and_counts_once() {
    let folder = Folder::in_memory("people-6");
    let hub = Server::start(&folder.0, NOW);
    let starosta = administrator(&hub);
    let jana = invited(&hub, &starosta, "jana", "", "operator");
    let address = page_of(&starosta, "jana");
    let answer = starosta.submit(&starosta.get(&address), &format!("{address}/password"), &[]);
    assert_eq!(jana.get("/account").status, 200, "the old one counts until the link is used");
    let (link, browser) = (link(&answer), Browser::new(&hub));
    let fields = [("password", "pět vran letí"), ("again", "pět vran letí")];
    assert_eq!(browser.submit(&browser.get(&link), &link, &fields).status, 303);
    assert_eq!(jana.get("/account").status, 303);
    assert_eq!(browser.get(&link).status, 410);
    // It is nobody's way to a role.
    assert!(browser.get("/account").text.contains("technik – všechny úřady"));
}

#[test]
fn whoever_has_an_account_adds_the_role_of_a_link_to_it() {
    let folder = Folder::in_memory("people-7");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t1");
    hub.place("hora", "Hora", "t2");
    let starosta = administrator(&hub);
    let jana = invited(&hub, &starosta, "jana", "lhota", "clerk");
    let page = starosta.get("/people");
    let fields = [("office", "hora"), ("role", "viewer")];
    let link = link(&starosta.submit(&page, "/people/invite", &fields));
    assert!(starosta.get("/people").text.contains("ještě nikdo nepoužil"));
    let page = jana.get(&link);
    assert_eq!(jana.submit(&page, &format!("{link}/join"), &[]).status, 303);
    assert!(jana.get("/").status == 303 && jana.get("/account").text.contains("čtenář – hora"));
    assert_eq!(jana.get(&link).status, 410);
    // A link that was withdrawn leads nowhere.
    let link = self::link(&starosta.submit(&starosta.get("/people"), "/people/invite", &fields));
    let page = starosta.get("/people");
    let id = page.text.split("name=\"invitation\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(starosta.submit(&page, "/people/uninvite", &[("invitation", id)]).status, 303);
    assert_eq!(jana.get(&link).status, 410);
}
