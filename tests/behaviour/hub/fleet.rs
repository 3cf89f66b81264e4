//! The pages on which an office sees its places, through a browser that has logged in.

use rusqlite::params;
use vyveska::hub::people::Role;
use vyveska::hub::session;
use vyveska::{keys, secret};

use super::browser::Browser;
use super::device::Device;
use super::server::Server;
use crate::behaviour::store::Folder;

const EIGHT: &str = "2026-11-23T08:00:00Z";

/// Somebody with these roles has logged in.
pub fn of(hub: &Server, roles: &'static [(&'static str, Role)]) -> Browser {
    let browser = Browser::new(hub);
    let now = hub.hub.as_ref().unwrap().now();
    let secret = keys::hex(&secret::random::<32>().unwrap());
    browser.jar.borrow_mut().insert(session::cookie_name(false).to_owned(), secret.clone());
    hub.write(move |connection| {
        connection.execute("INSERT INTO person (login, password, made_at) VALUES (hex(randomblob(8)), 'x', 0)", [])?;
        let person = connection.last_insert_rowid();
        for (office, role) in roles {
            connection.execute("INSERT INTO role VALUES (?, ?, ?)", params![person, office, role.name()])?;
        }
        let browser = session::Browser { agent: String::new(), address: String::new() };
        session::begin(connection, person, &secret, &browser, now)
    });
    browser
}

#[test]
fn an_office_sees_what_is_wrong_and_what_to_do() {
    let folder = Folder::in_memory("fleet-1");
    let hub = Server::start(&folder.0, EIGHT);
    let browser = of(&hub, &[("", Role::Administrator)]);
    let page = browser.open("/");
    assert!(page.text.contains("Zatím tu není žádné místo"), "{}", page.text);
    let page = browser.follow(browser.submit(&page, "/offices", &[("name", "Obec Lhota <b>")]));
    assert!(page.text.contains("Úřad je založen.") && page.text.contains("Obec Lhota &#60;b&#62;"), "{}", page.text);
    let form = [("office", "obec-lhota-b"), ("name", "Náves"), ("address", "Lhota 1")];
    let page = browser.follow(browser.submit(&page, "/places", &form));
    assert!(page.text.contains("<h1>Náves</h1>") && page.text.contains("Bez přístroje"), "{}", page.text);

    // The device comes, and its code is read off the glass.
    let mut device = Device::new(1);
    let told = device.enrol(&hub, None).said.unwrap();
    let hub_key = keys::PublicKey::parse(&told.hub_key).unwrap();
    let code = keys::code(&[device.panel.public(), device.link.public(), hub_key]);
    let page = browser.open(&format!("/enrol/{code}"));
    assert!(page.text.contains("Obec Lhota") && page.text.contains(&format!("value=\"{code}\"")), "{}", page.text);
    let action = format!("/devices/{}/confirm", device.link.public());
    let wrong = browser.follow(browser.submit(&page, &action, &[("code", "0000-0000-0000"), ("place", "1 ")]));
    assert!(wrong.text.contains("Kód nesouhlasí"), "{}", wrong.text);
    let page = browser.follow(browser.submit(&page, &action, &[("code", &code), ("place", "1 ")]));
    assert!(page.text.contains("Přístroj patří k tomuto místu."), "{}", page.text);

    // What it reports is said in an office's words.
    let record = serde_json::json!({
        "v": 1, "at": EIGHT, "clock_trusted": true, "state": "not-showing", "program": "vyveska 0.1.0",
        "panel": { "v": 1, "at": EIGHT, "page": "wall", "up": 3 },
        "reasons": [{ "code": "display-unplugged", "found": "<script>", "cure": "-" },
                    { "code": "of-a-later-version", "found": "?", "cure": "?" }],
    });
    assert_eq!(device.send(&hub, vec![record]).status, 200);
    let page = browser.open("/places");
    assert!(page.text.contains("Neukazuje desku") && page.text.contains("Displej je odpojený"), "{}", page.text);
    let page = browser.open("/places/1");
    assert!(!page.text.contains("<script>") && page.text.contains("&#60;script&#62;"), "{}", page.text);
    assert!(page.text.contains("co tato verze nezná"), "{}", page.text);
    // What the program draws is not on the glass where the display is not there.
    assert!(!page.text.contains("nástěnka"), "{}", page.text);

    // A restart interrupts readers: it wants to be meant.
    let page = browser.follow(browser.submit(&page, "/places/1/order", &[("kind", "reboot")]));
    assert!(page.text.contains("Nic se nestalo"), "{}", page.text);
    assert!(device.report(&hub, EIGHT, "showing").said.unwrap().orders.is_empty());
    let page = browser.follow(browser.submit(&page, "/places/1/order", &[("kind", "reboot"), ("sure", "1")]));
    assert!(page.text.contains("Objednáno.") && page.text.contains("Čeká, až se přístroj ozve"), "{}", page.text);
    let orders = device.report(&hub, EIGHT, "showing").said.unwrap().orders;
    assert_eq!(orders[0].command, serde_json::json!({ "do": "reboot" }));

    // A token is shown once, and its device takes the place of the one that is there.
    let page = browser.submit(&browser.open("/places/1"), "/places/1/token", &[]);
    let token = page.text.split("token = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(!browser.open("/places/1").text.contains(&token));
    Device::new(2).enrol(&hub, Some(&token));
    assert_eq!(device.report(&hub, EIGHT, "showing").status, 403);
    assert!(browser.open("/devices").text.contains("přístroj byl vyměněn nebo odebrán"));

    let page = browser.follow(browser.submit(&browser.open("/places/1"), "/places/1/revoke", &[("sure", "1")]));
    assert!(page.text.contains("Bez přístroje"), "{}", page.text);
    let page = browser.follow(browser.submit(&page, "/places/1/remove", &[("sure", "1")]));
    assert!(page.text.contains("Zatím tu není žádné místo"), "{}", page.text);
    let deeds: String = hub.one("SELECT group_concat(deed, ' ') FROM audit");
    let all = "office-added place-added device-enrolled ordered token-made device-revoked place-removed";
    assert!(all.split(' ').all(|deed| deeds.contains(deed)), "{deeds}");
}

#[test]
fn nobody_sees_or_touches_the_places_of_another_office() {
    let folder = Folder::in_memory("fleet-2");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    hub.place("bublava", "Bublava", "-");
    Device::new(1).enrol(&hub, Some("t"));
    let browser = of(&hub, &[("bublava", Role::Operator)]);
    let page = browser.open("/places");
    assert!(page.text.contains("Bublava") && !page.text.contains("Lhota"), "{}", page.text);
    assert_eq!(browser.get("/places/1").status, 404);
    let token = browser.open("/places/2").hidden("/places/2/token").remove(0).1;
    let csrf = ("csrf", token.as_str());
    for form in ["order", "token", "revoke", "remove"] {
        let fields = [csrf, ("kind", "reboot"), ("sure", "1")];
        assert_eq!(browser.post(&format!("/places/1/{form}"), &fields).status, 404, "{form}");
    }
    let elsewhere = [csrf, ("office", "lhota"), ("name", "Podvrh")];
    assert_eq!(browser.post("/places", &elsewhere).status, 404);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM audit WHERE deed <> 'device-enrolled'"), 0);

    let page = of(&hub, &[("lhota", Role::Viewer)]).open("/places/1");
    assert!(page.status == 200 && !page.text.contains("/places/1/order"), "{}", page.text);
}

#[test]
fn a_week_is_drawn_with_its_gaps() {
    let folder = Folder::in_memory("fleet-3");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t"));
    for (hour, state, celsius) in [(1, "showing", 40.0), (2, "showing", 50.0), (5, "stale", 30.0), (6, "showing", 45.0)]
    {
        let record = serde_json::json!({
            "v": 1, "at": format!("2026-11-22T{hour:02}:00:00Z"), "clock_trusted": true, "state": state, "reasons": [],
            "machine": { "temperatures": [{ "name": "cpu", "celsius": celsius }] },
        });
        assert_eq!(device.send(&hub, vec![record]).status, 200);
    }
    let page = of(&hub, &[("lhota", Role::Viewer)]).open("/places/1").text;
    let path = page.split("class=\"line\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    // Two lines of two points; nothing is drawn through the three hours of silence.
    assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 2), "{path}");
    assert!(page.contains("<strong>45</strong>") && page.contains("(30 – 50)"), "{page}");
    assert_eq!(page.matches("<rect class=\"bar").count(), 3);
}
