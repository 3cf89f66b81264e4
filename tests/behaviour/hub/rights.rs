//! Every address of the hub, opened by every role, by nobody, and from another office. An address that is not in this
//! table fails the test.

use vyveska::hub::people::{Deed, Role};
use vyveska::hub::web::{Needs, routes};

use super::browser::{Answer, Browser};
use super::device::Device;
use super::people::{NOW, administrator, invited, page_of};
use super::server::Server;
use crate::behaviour::store::Folder;

const ANYBODY: Needs = Needs::Nobody;
const LOGIN: Needs = Needs::Login;
const SEE: Needs = Needs::Deed(Deed::See);
const DEVICES: Needs = Needs::Deed(Deed::Devices);
const NOTICES: Needs = Needs::Deed(Deed::Notices);
const PEOPLE: Needs = Needs::Deed(Deed::People);

/// What an address is about.
#[derive(Clone, Copy, PartialEq)]
enum About {
    /// No office in particular.
    All,
    /// Lhota: for somebody of another office it is not there.
    Lhota,
}
use About::{All, Lhota};

type Row = (&'static str, &'static str, Needs, About, &'static [(&'static str, &'static str)]);

const TABLE: &[Row] = &[
    ("GET", "/", LOGIN, All, &[]),
    ("GET", "/style/{digest}", ANYBODY, All, &[]),
    ("POST", "/language", ANYBODY, All, &[("language", "cs")]),
    ("GET", "/login", ANYBODY, All, &[]),
    ("POST", "/login", ANYBODY, All, &[("login", "nikdo"), ("password", "x")]),
    ("POST", "/login/code", ANYBODY, All, &[("pending", "x"), ("code", "1")]),
    ("POST", "/logout", LOGIN, All, &[]),
    ("GET", "/first/{secret}", ANYBODY, All, &[]),
    ("POST", "/first/{secret}", ANYBODY, All, &[("login", "x"), ("password", "x"), ("again", "x")]),
    ("POST", "/first/{secret}/join", LOGIN, All, &[]),
    ("GET", "/account", LOGIN, All, &[]),
    ("POST", "/account/password", LOGIN, All, &[("password", "x"), ("new", "x"), ("again", "x")]),
    ("GET", "/account/codes", LOGIN, All, &[]),
    ("POST", "/account/codes", LOGIN, All, &[("secret", "x"), ("code", "x"), ("password", "x")]),
    ("POST", "/account/codes/off", LOGIN, All, &[("password", "x")]),
    ("POST", "/account/sessions", LOGIN, All, &[("session", "others")]),
    ("GET", "/people", PEOPLE, All, &[]),
    ("POST", "/people/invite", PEOPLE, Lhota, &[("office", "lhota"), ("role", "viewer")]),
    ("POST", "/people/uninvite", PEOPLE, Lhota, &[("invitation", INVITATION)]),
    ("GET", "/people/{id}", PEOPLE, Lhota, &[]),
    ("POST", "/people/{id}/role", PEOPLE, Lhota, &[("office", "lhota"), ("role", "viewer")]),
    ("POST", "/people/{id}/password", PEOPLE, Lhota, &[]),
    ("POST", "/people/{id}/remove", PEOPLE, Lhota, &[]),
    ("GET", "/audit", PEOPLE, All, &[]),
    ("GET", "/places", SEE, All, &[]),
    ("POST", "/places", DEVICES, Lhota, &[("office", "lhota"), ("name", "Škola"), ("address", "")]),
    ("POST", "/offices", PEOPLE, All, &[("name", "Třetí")]),
    ("GET", "/places/{id}", SEE, Lhota, &[]),
    ("POST", "/places/{id}/order", DEVICES, Lhota, &[("kind", "identify")]),
    ("GET", "/places/{id}/picture", SEE, Lhota, &[]),
    ("POST", "/places/{id}/picture", DEVICES, Lhota, &[("sharp", "1")]),
    ("POST", "/places/{id}/token", DEVICES, Lhota, &[]),
    ("POST", "/places/{id}/revoke", DEVICES, Lhota, &[("sure", "1")]),
    ("POST", "/places/{id}/remove", DEVICES, Lhota, &[("sure", "1")]),
    ("GET", "/boards", SEE, All, &[]),
    ("GET", "/boards/{office}", SEE, Lhota, &[]),
    ("POST", "/boards/{office}", NOTICES, Lhota, &[("name", "Lhota"), ("address", "https://lhota.example/deska.json")]),
    ("POST", "/boards/{office}/read", NOTICES, Lhota, &[]),
    ("POST", "/boards/{office}/{board}/remove", NOTICES, Lhota, &[("sure", "1")]),
    ("POST", "/boards/{office}/{board}/release", NOTICES, Lhota, &[("kind", "mass-loss")]),
    ("GET", "/messages", SEE, All, &[]),
    ("GET", "/messages/new", NOTICES, All, &[]),
    ("POST", "/messages/check", NOTICES, Lhota, &[("office", "lhota"), ("headline-cs", "Voda")]),
    ("POST", "/messages", NOTICES, Lhota, &[("office", "lhota"), ("once", "1"), ("place", "1")]),
    ("GET", "/messages/{id}", SEE, Lhota, &[]),
    ("POST", "/messages/{id}/withdraw", NOTICES, Lhota, &[]),
    ("GET", "/down", SEE, All, &[]),
    ("POST", "/down/check", NOTICES, Lhota, &[("office", "lhota"), ("address", "x"), ("about", "x")]),
    ("POST", "/down", NOTICES, Lhota, &[("office", "lhota"), ("once", "1"), ("address", "x"), ("about", "x")]),
    ("POST", "/down/{id}/lift", NOTICES, Lhota, &[]),
    ("GET", "/devices", DEVICES, All, &[]),
    ("GET", "/enrol/{code}", DEVICES, All, &[]),
    ("POST", "/devices/{key}/confirm", DEVICES, Lhota, &[("code", "x"), ("place", "1 ")]),
    ("POST", "/devices/{key}/refuse", DEVICES, All, &[]),
    ("GET", "/alerts", PEOPLE, All, &[]),
    ("POST", "/alerts/recipients", PEOPLE, Lhota, &[("office", "lhota"), ("address", "nekdo@lhota.example")]),
    ("POST", "/alerts/recipients/{id}/remove", PEOPLE, Lhota, &[]),
    // Of all offices: administrators of one are refused in `alerts`.
    ("POST", "/alerts/mail", PEOPLE, All, &[("server", "posta.example"), ("port", "587")]),
    ("POST", "/alerts/mail/test", PEOPLE, All, &[("address", "nekdo@lhota.example")]),
    ("POST", "/alerts/webhook", PEOPLE, All, &[("url", "https://lhota.example/")]),
    ("POST", "/alerts/webhook/test", PEOPLE, All, &[]),
    ("POST", "/alerts/alive", PEOPLE, All, &[("url", "https://lhota.example/"), ("minutes", "5")]),
];

/// Stands for the invitation that waits in Lhota.
const INVITATION: &str = "the invitation";

/// The token of somebody's forms, from a page that everybody may open.
fn token(browser: &Browser) -> String {
    browser.get("/account").token().to_owned()
}

fn call(browser: &Browser, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    if method == "GET" { browser.get(path) } else { browser.post(path, fields) }
}

#[test]
fn every_address_is_in_the_table_with_what_it_needs() {
    let mut there: Vec<_> = routes().iter().map(|route| (route.method.to_string(), route.path, route.needs)).collect();
    let mut table: Vec<_> = TABLE.iter().map(|(method, path, needs, ..)| (method.to_string(), *path, *needs)).collect();
    there.sort_by_key(|(method, path, _)| (*path, method.clone()));
    table.sort_by_key(|(method, path, _)| (*path, method.clone()));
    assert_eq!(there, table);
}

#[test]
fn every_address_refuses_nobody_the_wrong_role_and_the_wrong_office() {
    let folder = Folder::in_memory("rights");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t1");
    hub.place("hora", "Hora", "t2");
    let starosta = administrator(&hub);
    hub.write(|connection| {
        let order = "INSERT INTO ordered VALUES (7, 1, x'00', '{}', 'test', 0, 0, NULL, 0, 'done', '')";
        connection.execute(order, [])?;
        Ok(connection.execute("INSERT INTO picture VALUES (1, 7, 9000000000000, '{}', x'00')", [])?)
    });
    let key = Device::new(1).link.public().to_string();
    let of =
        |office: &str, role: Role| invited(&hub, &starosta, &format!("{}-{office}", role.name()), office, role.name());
    let lhota = Role::ALL.map(|role| (role, of("lhota", role)));
    let hora = Role::ALL.map(|role| (role, of("hora", role)));
    invited(&hub, &starosta, "obet", "lhota", "viewer");
    let person = page_of(&starosta, "obet");
    let person = person.strip_prefix("/people/").unwrap();
    starosta.submit(&starosta.get("/people"), "/people/invite", &[("office", "lhota"), ("role", "viewer")]);
    let page = starosta.get("/people");
    let invitation = page.text.split("name=\"invitation\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let recipient = [("office", "lhota"), ("address", "urednik@lhota.example")];
    starosta.submit(&starosta.get("/alerts"), "/alerts/recipients", &recipient);
    hub.write(|connection| {
        let text = r#"{"id":"1","sent":"2026-11-23T08:00:00Z","expires":"2026-11-23T18:00:00Z","info":[]}"#;
        let values = rusqlite::params![text, i64::MAX];
        connection.execute("INSERT INTO urgent VALUES ('1', 'lhota', ?, 0, ?, 'test', NULL, NULL)", values)?;
        Ok(connection.execute("INSERT INTO down VALUES ('1', 'lhota', 'x', 'x', 0, 'test', NULL, NULL)", [])?)
    });
    let before = hub.one::<i64>("SELECT max(number) FROM audit");

    for (method, pattern, needs, about, fields) in TABLE {
        let id = if pattern.starts_with("/people") { person } else { "1" };
        let path = pattern.replace("{id}", id).replace("{key}", &key).replace("{secret}", "x");
        let path = path.replace("{digest}", "x").replace("{code}", "x").replace("{office}", "lhota");
        let path = path.replace("{board}", "lhota");
        let mut fields: Vec<(&str, &str)> = fields.to_vec();
        fields.iter_mut().filter(|(_, value)| *value == INVITATION).for_each(|(_, value)| *value = invitation);
        let what = format!("{method} {path}");

        let answer = call(&Browser::new(&hub), method, &path, &fields);
        let led = answer.location().is_some_and(|to| to.starts_with("/login"));
        assert_eq!(led, *needs != ANYBODY || *pattern == "/login/code", "nobody: {what}: {}", answer.status);
        if *needs == ANYBODY {
            continue;
        }
        // A form without its token does nothing, whoever sends it.
        for (role, browser) in &lhota {
            let may = match needs {
                Needs::Deed(deed) => role.may(*deed),
                _ => true,
            };
            let answer = call(browser, method, &path, &fields);
            let heading = match (may, *method) {
                (false, _) => Some("<h1>Na to vaše role nestačí</h1>"),
                (true, "POST") => Some("<h1>Formulář už neplatí</h1>"),
                (true, _) => None,
            };
            match heading {
                Some(heading) => {
                    assert_eq!(answer.status, 403, "{role:?}: {what}");
                    assert!(answer.text.contains(heading), "{role:?}: {what}: {}", answer.text);
                }
                None => assert!([200, 303].contains(&answer.status), "{role:?}: {what}: {}", answer.status),
            }
        }
        if *about == Lhota {
            for (role, browser) in &hora {
                let Needs::Deed(deed) = needs else { unreachable!("only a deed is of an office") };
                let status = if role.may(*deed) { 404 } else { 403 };
                let token = token(browser);
                let fields = [fields.as_slice(), &[("csrf", token.as_str())]].concat();
                assert_eq!(call(browser, method, &path, &fields).status, status, "{role:?} of another: {what}");
            }
        }
    }
    // None of them has moved anything.
    assert_eq!(hub.one::<i64>("SELECT max(number) FROM audit"), before);
}
