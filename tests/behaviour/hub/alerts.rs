//! The page on which administrators say who is told, and how.

use super::browser::{Answer, Browser};
use super::people::{NOW, administrator, invited};
use super::postbox::{Answer as Says, Hook, Postbox, has_mail_server};
use super::server::Server;
use crate::behaviour::store::Folder;

fn send(browser: &Browser, action: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.open("/alerts");
    browser.follow(browser.submit(&page, action, fields))
}

fn mail<'a>(port: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let all = [
        ("server", "127.0.0.1"),
        ("port", port),
        ("protection", "none"),
        ("sender", "desky@lhota.example"),
        ("login", ""),
        ("password", ""),
    ];
    let changed = |name: &str| changes.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    all.iter().map(|(name, value)| (*name, changed(name).unwrap_or(value))).collect()
}

#[test]
fn an_administrator_sets_mail_up_and_tries_it() {
    if !has_mail_server("setting mail up") {
        return;
    }
    let folder = Folder::in_memory("alerts-1");
    let hub = Server::start(&folder.0, NOW);
    let starosta = administrator(&hub);
    let page = starosta.open("/alerts");
    assert!(page.text.contains("o výpadku desky se nikdo nedozví"), "{}", page.text);
    let mut postbox = Postbox::start(&folder.0, &["--login", "desky:tajné-heslo"]);
    let port = postbox.port.to_string();
    for (changes, said) in [
        (vec![("server", "není jméno")], "není jméno poštovního serveru"),
        (vec![("port", "0")], "Port je číslo"),
        (vec![("protection", "žádná")], "Vyberte šifrování"),
        (vec![("sender", "nikdo\r\nBcc: x@evil.example")], "není e-mailová adresa"),
        (vec![("login", "desky")], "Ke jménu patří heslo"),
        (vec![("server", "posta.example"), ("login", "desky"), ("password", "tajné-heslo")], "Bez šifrování"),
    ] {
        let answer = send(&starosta, "/alerts/mail", &mail(&port, &changes));
        assert!(answer.status == 422 && answer.text.contains(said), "{said}: {}", answer.text);
        assert!(!answer.text.contains("tajné-heslo"));
    }
    let login = [("login", "desky"), ("password", "tajné-heslo")];
    let answer = send(&starosta, "/alerts/mail", &mail(&port, &login));
    assert!(answer.text.contains("Nastavení je uloženo") && !answer.text.contains("tajné-heslo"), "{}", answer.text);
    // A password that is kept counts for the same server only.
    let kept = send(&starosta, "/alerts/mail", &mail(&port, &[("login", "desky"), ("sender", "deska@lhota.example")]));
    assert!(kept.text.contains("Nastavení je uloženo"), "{}", kept.text);
    let moved = send(&starosta, "/alerts/mail", &mail("2525", &[("login", "desky")]));
    assert_eq!(moved.status, 422);

    let to = [("address", "urednik@lhota.example")];
    let answer = send(&starosta, "/alerts/mail/test", &to);
    assert!(answer.text.contains("Server zprávu přijal"), "{}", answer.text);
    let mails = postbox.mails();
    assert_eq!((mails[0].to(), mails[0].subject()), (to[0].1, "Zkouška: pošta dochází"));
    assert_eq!(mails[0].header("from"), "Úřední desky <deska@lhota.example>");
    postbox.fault("refuse urednik@lhota.example");
    let answer = send(&starosta, "/alerts/mail/test", &to);
    assert!(answer.text.contains("Server odmítl adresáta (550 5.1.1 No such person here)."), "{}", answer.text);
    assert!(answer.text.contains("Opravte adresu příjemce."), "{}", answer.text);
    postbox.down();
    let answer = send(&starosta, "/alerts/mail/test", &to);
    assert!(answer.text.contains("K serveru se nejde připojit (Connection refused"), "{}", answer.text);

    // What lies on the disk gives nothing away without its key, and the audit names no password.
    drop((postbox, hub));
    for file in std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let found = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!found("tajné-heslo"), "{}", file.display());
    }
}

#[test]
fn recipients_are_those_of_an_office_and_settings_those_of_all() {
    let folder = Folder::in_memory("alerts-2");
    let hub = Server::start(&folder.0, NOW);
    hub.place("lhota", "Lhota", "t1");
    hub.place("hora", "Hora", "t2");
    let starosta = administrator(&hub);
    let lhota = invited(&hub, &starosta, "jana", "lhota", "administrator");
    let add = |browser: &Browser, office, address, from, until| {
        let fields = [
            ("office", office),
            ("address", address),
            ("language", "en"),
            ("quiet_from", from),
            ("quiet_until", until),
        ];
        browser.follow(browser.submit(&browser.open("/alerts"), "/alerts/recipients", &fields))
    };
    assert!(add(&lhota, "lhota", " jana@lhota.example ", "22:00", "06:30").text.contains("Příjemce je přidán."));
    assert!(add(&lhota, "lhota", "jana@lhota.example", "", "").text.contains("už je"));
    let page = add(&starosta, "", "svazek@hora.example", "", "").text;
    assert!(page.contains("22:00–6:30") && page.contains("svazek@hora.example"), "{page}");
    for (address, from, until) in [
        ("jana", "", ""),
        ("a@b.example\r\nRCPT TO:<x@evil.example>", "", ""),
        ("ž@lhota.example", "", ""),
        ("b@lhota.example", "22:00", ""),
        ("b@lhota.example", "25:00", "07:00"),
    ] {
        assert_eq!(add(&lhota, "lhota", address, from, until).status, 422, "{address:?}");
    }
    // Another office, all of them, and one that is not there.
    for office in ["hora", "", "nikde"] {
        assert_eq!(add(&lhota, office, "c@lhota.example", "", "").status, 404, "{office}");
    }
    assert_eq!(add(&starosta, "nikde", "c@lhota.example", "", "").status, 404);
    let page = lhota.open("/alerts");
    assert!(page.text.contains("jana@lhota.example") && !page.text.contains("svazek@hora.example"), "{}", page.text);
    assert!(!page.text.contains("/alerts/mail") && !page.text.contains("webhook"), "{}", page.text);
    let csrf = ("csrf", page.token());
    for (action, fields) in [
        ("/alerts/mail", mail("25", &[])),
        ("/alerts/mail/test", vec![("address", "a@b.example")]),
        ("/alerts/webhook", vec![("url", "https://lhota.example/")]),
        ("/alerts/webhook/test", vec![]),
        ("/alerts/alive", vec![("url", "https://lhota.example/"), ("minutes", "5")]),
        ("/alerts/recipients/2/remove", vec![]),
    ] {
        assert_eq!(lhota.post(action, &[fields, vec![csrf]].concat()).status, 404, "{action}");
    }
    let page = send(&starosta, "/alerts/recipients/1/remove", &[]);
    assert!(page.text.contains("už nic nedostane") && !page.text.contains("jana@lhota.example"), "{}", page.text);
    assert!(starosta.open("/audit").text.contains("příjemce upozornění odebrán"));
}

#[test]
fn the_webhook_and_the_outside_address_are_tried_when_they_are_set() {
    let folder = Folder::in_memory("alerts-3");
    let hub = Server::start(&folder.0, NOW);
    let starosta = administrator(&hub);
    let hook = Hook::start();
    for url in ["ftp://lhota.example/", "lhota.example", "javascript:alert(1)", "https://"] {
        let answer = send(&starosta, "/alerts/webhook", &[("url", url)]);
        assert!(answer.status == 422 && answer.text.contains("Napište celou adresu"), "{url}: {}", answer.text);
    }
    let url = hook.url();
    let page = send(&starosta, "/alerts/webhook", &[("url", &url)]);
    let secret =
        |page: &Answer| page.text.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let first = secret(&page);
    assert_eq!(first.len(), 64);
    assert_eq!(secret(&send(&starosta, "/alerts/webhook", &[("url", &url)])), first);
    assert_ne!(secret(&send(&starosta, "/alerts/webhook", &[("url", &url), ("renew", "1")])), first);
    assert!(send(&starosta, "/alerts/webhook/test", &[]).text.contains("Webhook zkušební zprávu přijal."));
    assert!(hook.heard()[0].1.contains("\"events\":[]"));
    hook.answers(Says::Status(403));
    let answer = send(&starosta, "/alerts/webhook/test", &[]);
    assert!(answer.text.contains("Příjemce odpověděl chybou (403)."), "{}", answer.text);

    let answer = send(&starosta, "/alerts/alive", &[("url", &url), ("minutes", "0")]);
    assert!(answer.text.contains("od 1 do 60"), "{}", answer.text);
    let answer = send(&starosta, "/alerts/alive", &[("url", &url), ("minutes", "5")]);
    assert!(answer.text.contains("odpověděl chybou (403)") && answer.text.contains(&url), "{}", answer.text);
    hook.answers(Says::Status(200));
    assert!(
        send(&starosta, "/alerts/alive", &[("url", &url), ("minutes", "5")]).text.contains("první zavolání se povedlo")
    );
    assert!(send(&starosta, "/alerts/alive", &[("url", "")]).text.contains("Nikam se nevolá."));
    assert!(send(&starosta, "/alerts/webhook", &[("url", "")]).text.contains("Webhook je zrušen."));
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM recipient"), 0);
    let deeds: String = hub.one("SELECT group_concat(deed, ' ') FROM audit");
    assert!(["alive-set", "alive-removed", "webhook-set", "webhook-removed"].iter().all(|deed| deeds.contains(deed)));
}
