//! The hub as its people use it: through a browser, from the first link to a device that was exchanged.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use vyveska::hub::order;
use vyveska::keys::{self, PublicKey, Text};
use vyveska::wire::link::{self, Enrolled, Enrolment, OrderAnswer, Reply, Report};

use super::chromium::{Chromedriver, Chromium};
use super::device::Device;
use super::people::PASSWORD;
use super::server::Server;
use crate::behaviour::store::Folder;

/// What is wrong with a page.
const JUDGE: &str = include_str!("judge.js");
/// What somebody writes who would like to run a program in the office.
const HOSTILE: &str = r#""'><script>window.owned=1</script><img src=x onerror="window.owned=1">{{7*7}}</textarea>"#;

const NOW: &str = "2026-11-23T08:00:00Z";
const WIDE: u32 = 1280;

/// Makes an account by a link that somebody has sent.
fn enter(browser: &Chromium, link: &str, login: &str) {
    browser.go(link);
    browser.fill("Přihlašovací jméno", login);
    browser.fill("Heslo", PASSWORD);
    browser.fill("Heslo ještě jednou", PASSWORD);
    browser.send("Založit účet");
}

fn first(browser: &Chromium, hub: &Server) {
    enter(browser, &hub.url(&hub.first_link().unwrap()), "starosta");
}

fn log_in(browser: &Chromium, hub: &Server, login: &str) {
    browser.go(&hub.url("/login"));
    browser.fill("Přihlašovací jméno", login);
    browser.fill("Heslo", PASSWORD);
    browser.send("Přihlásit");
}

/// Invites somebody, who comes in with a browser of their own.
fn invite(administrator: &Chromium, browser: &Chromium, hub: &Server, login: &str, office: &str, role: &str) {
    administrator.go(&hub.url("/people"));
    administrator.choose("Úřad", office);
    let role = format!("document.querySelector('input[name=role][value={role}]').click()");
    administrator.script(&role);
    administrator.send("Vytvořit odkaz");
    enter(browser, &administrator.written(".secret"), login);
}

/// The code that the glass of a device shows, which has asked to be taken in.
fn code(device: &mut Device, hub: &Server) -> String {
    let told = device.enrol(hub, None).said.unwrap();
    let hub_key = PublicKey::parse(&told.hub_key).unwrap();
    keys::code(&[device.panel.public(), device.link.public(), hub_key])
}

fn add_place(browser: &Chromium, hub: &Server, name: &str) {
    browser.go(&hub.url("/places"));
    browser.script("document.querySelectorAll('details').forEach(fold => fold.open = true)");
    browser.fill("Název místa", name);
    browser.send("Založit místo");
}

#[test]
fn from_the_first_link_to_a_device_that_was_exchanged() {
    let Some(chromium) = Chromedriver::start("the hub in a browser, from its first link on") else { return };
    let folder = Folder::in_memory("visits-1");
    let hub = Server::every(Duration::from_secs(1), &folder.0, NOW);
    let admin = chromium.open(WIDE);
    first(&admin, &hub);
    admin.sees("Zatím tu není žádné místo.");
    assert_eq!(admin.path(), "/places");
    admin.fill("Název obce nebo úřadu", "Obec Lhota");
    admin.send("Založit úřad");
    add_place(&admin, &hub, "Lhota, před úřadem");
    admin.sees("Bez přístroje");

    // The technician scans the code from the glass.
    let mut old = Device::new(1);
    let glass = code(&mut old, &hub);
    admin.go(&hub.url(&format!("/enrol/{glass}")));
    admin.choose("Místo", "Lhota, před úřadem");
    admin.send("Pustit dovnitř");
    old.report(&hub, NOW, "showing");
    admin.go(&hub.url("/places"));
    admin.sees("Desku ukazuje 1 z 1 míst");

    // Somebody cuts its cable, and mends it.
    admin.until("Neozývá se");
    old.report(&hub, "2026-11-23T08:01:00Z", "showing");
    admin.until("Desku ukazuje 1 z 1 míst");

    // Another device takes its place; the code of the first is of no use for it.
    let mut new = Device::new(2);
    let glass = code(&mut new, &hub);
    admin.go(&hub.url("/devices"));
    admin.fill("Kód ze skla", "AAAA-BBBB-CCCC");
    admin.choose("Místo", "Lhota, před úřadem");
    admin.send("Pustit dovnitř");
    assert_eq!(old.report(&hub, "2026-11-23T08:02:00Z", "showing").status, 200, "the old one still counts");
    admin.go(&hub.url("/devices"));
    admin.fill("Kód ze skla", &glass.to_lowercase());
    admin.choose("Místo", "Lhota, před úřadem");
    admin.send("Pustit dovnitř");
    new.report(&hub, "2026-11-23T08:03:00Z", "degraded");
    old.report(&hub, "2026-11-23T08:04:00Z", "showing");
    admin.go(&hub.url("/places"));
    admin.sees("Ukazuje, má potíže");
    admin.go(&hub.url("/devices"));
    admin.sees("Odmítnuté zprávy");
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM place WHERE removed_at IS NULL"), 1);
}

#[test]
fn a_stolen_session_the_wrong_role_the_wrong_office_and_two_at_once() {
    let Some(chromium) = Chromedriver::start("the hub in several browsers at once") else { return };
    let folder = Folder::in_memory("visits-2");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t1");
    hub.place("hora", "Hora", "t2");
    let (admin, other) = (chromium.open(WIDE), chromium.open(WIDE));
    first(&admin, &hub);

    // A clerk of Hora sees Hora.
    invite(&admin, &other, &hub, "urednik", "hora", "clerk");
    other.go(&hub.url("/places"));
    other.sees("Hora");
    assert!(!other.text().contains("Lhota"), "{}", other.text());
    other.go(&hub.url("/places/1"));
    other.sees("Tady nic není");
    other.go(&hub.url("/people"));
    other.sees("Na to vaše role nestačí");

    // No program of a page can read the session, and it is worth nothing once its owner has logged out.
    assert_eq!(other.script("return document.cookie"), json!(""));
    let stolen = other.cookies();
    assert!(!stolen.is_empty());
    other.send("Odhlásit");
    other.sees("Nemůžete se přihlásit?");
    other.take(stolen.clone());
    other.go(&hub.url("/places"));
    other.sees("Nemůžete se přihlásit?");

    // Two administrators at once: the second's form is not lost on what the first has done.
    invite(&admin, &other, &hub, "druhy", "všechny úřady", "administrator");
    admin.go(&hub.url("/places/1"));
    other.go(&hub.url("/places/1"));
    for browser in [&admin, &other] {
        browser.press("Přístroj a místo");
        browser.press("Vím, že místo zmizí z přehledu");
        browser.send("Zrušit místo");
    }
    other.go(&hub.url("/places"));
    other.sees("Hora");
    assert!(!other.text().contains("Lhota"), "{}", other.text());
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM audit WHERE deed = 'place-removed'"), 1);

    // Somebody else may use this computer.
    other.send("Odhlásit");
    log_in(&other, &hub, "starosta");
    other.go(&hub.url("/people"));
    other.sees("druhy");
}

/// Opens every page that can be reached from the first one. Returns how many there are, and what is wrong with them.
fn walk(browser: &Chromium, hub: &Server) -> (usize, Vec<String>) {
    let (mut waiting, mut known, mut wrong) = (vec!["/".to_owned()], HashSet::new(), Vec::new());
    while let Some(path) = waiting.pop() {
        if !known.insert(path.clone()) {
            continue;
        }
        browser.go(&hub.url(&path));
        browser.script("document.querySelectorAll('details').forEach(fold => fold.open = true)");
        let found: Vec<String> = serde_json::from_value(browser.script(JUDGE)).unwrap();
        wrong.extend(found.into_iter().map(|what| format!("{path}: {what}")));
        let links = "return [...document.querySelectorAll('a[href^=\"/\"]')].map(link => link.getAttribute('href'))";
        waiting.extend(serde_json::from_value::<Vec<String>>(browser.script(links)).unwrap());
    }
    (known.len(), wrong)
}

#[test]
fn every_page_is_sound_on_a_phone_and_a_desk_by_day_and_by_night_and_words_of_others_stay_words() {
    let Some(chromium) = Chromedriver::start("every page of the hub in a browser") else { return };
    let folder = Folder::in_memory("visits-3");
    let hub = Server::start(&folder.0, NOW);
    let places = [hub.place(HOSTILE, HOSTILE, "t1"), hub.place("hora", "Hora", "t2")];
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t1"));
    let reason = json!({ "kind": HOSTILE, "board": HOSTILE, "found": HOSTILE, "cure": HOSTILE });
    let board = json!({ "key": HOSTILE, "up": 3, "listed": 4, "held": [HOSTILE] });
    let record = json!({
        "v": 1, "at": NOW, "clock_trusted": true, "state": "degraded", "program": HOSTILE, "text": HOSTILE,
        "reasons": [reason], "boards": [board],
    });
    device.send(&hub, vec![record]);
    let shared = hub.hub.clone().unwrap();
    let order = hub.run(order::give(&shared, places[0], order::Kind::SyncNow, HOSTILE)).unwrap().unwrap();
    let answers = vec![OrderAnswer { id: order.unsigned_abs(), done: false, said: HOSTILE.into() }];
    let report = Report { v: 1, boot: "boot-1".into(), answers, ..Report::default() };
    device.post::<Reply>(&hub, link::REPORT, &report);
    let mut stranger = Device::new(2);
    let voucher = stranger.panel.sign(Text::Voucher { link: stranger.link.public() });
    let enrolment = Enrolment {
        v: 1,
        panel_key: stranger.panel.public().to_string(),
        voucher: voucher.to_string(),
        program: HOSTILE.into(),
        place: HOSTILE.into(),
        boards: vec![HOSTILE.into(); 3],
        ..Enrolment::default()
    };
    stranger.post::<Enrolled>(&hub, link::ENROL, &enrolment);

    let link = hub.url(&hub.first_link().unwrap());
    let mut browser = chromium.open(1280);
    enter(&browser, &link, "starosta");
    for (width, dark) in [(1280, false), (1280, true), (320, false), (320, true)] {
        if dark || width == 320 {
            browser = if dark { chromium.open_dark(width) } else { chromium.open(width) };
            log_in(&browser, &hub, "starosta");
        }
        let really = "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]";
        assert_eq!(browser.script(really), json!([width, dark]));
        let (pages, wrong) = walk(&browser, &hub);
        assert!(pages >= 8, "only {pages} pages were found");
        assert!(wrong.is_empty(), "at {width}, {}:\n{}", if dark { "dark" } else { "light" }, wrong.join("\n"));
    }
}
