//! Telling people, against a real mail server and a receiver of webhooks, with a day that passes when the test says so.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use vyveska::hub::alarm::rule::{LASTS, Quiet};
use vyveska::hub::alarm::setting::{Alive, Mail, Protection, Webhook};
use vyveska::hub::alarm::webhook::signature;
use vyveska::hub::alarm::{Teller, Waits};

use super::desk::{ADDRESS, Desk, SHORT, STEP, WAITS};
use super::postbox::{Answer, Hook, Postbox, has_mail_server};
use crate::behaviour::store::Folder;

fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

const CLERK: &str = "urednik@lhota.example";

#[test]
fn a_cut_of_the_power_is_one_mail_and_its_end_another_in_one_thread() {
    if !has_mail_server("a cut of the power") {
        return;
    }
    let places = ["Bublava", "Stříbrná", "Přebuz", "Šindelová", "Rotava", "Oloví", "Josefov", "Krajková"];
    let mut desk = Desk::new("alarm-power", &places);
    let postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient(CLERK, "cs", None);
    desk.pass(hours(1));
    (1..=8).for_each(|place| desk.silence(place));
    desk.pass(hours(3));
    let mails = postbox.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    // The place that has been silent is named, and the others are counted; Czech letters arrive.
    assert_eq!(mails[0].subject(), "Neozývá se: Bublava, Josefov a ještě 6 míst");
    assert!(mails[0].body().starts_with("Potíže: 8 míst.\n\nBublava (Obec Lhota)\n"), "{}", mails[0].body());
    assert!(places.iter().all(|place| mails[0].body().contains(place)));
    assert_eq!(mails[0].0["defects"], serde_json::json!([]));
    (1..=8).for_each(|place| desk.say(place, "showing"));
    desk.pass(hours(3));
    let mails = postbox.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[1].subject().starts_with("Zase ukazuje desku: Bublava, "), "{}", mails[1].subject());
    assert_eq!((mails[1].header("references"), mails[1].header("in-reply-to")), (mails[0].id(), mails[0].id()));
    assert_eq!(desk.outcomes(), [(None, Some("sent".into())), (None, Some("sent".into()))]);
}

#[test]
fn with_mail_down_for_a_day_the_alarm_and_its_recovery_arrive_once_each_in_order() {
    if !has_mail_server("mail down for a day") {
        return;
    }
    let mut desk = Desk::new("alarm-down", &["Náves"]);
    let mut postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient(CLERK, "cs", None);
    postbox.down();
    desk.pass(hours(1));
    desk.silence(1);
    desk.pass(hours(10));
    let mut desk = desk.restart();
    desk.say(1, "showing");
    desk.pass(hours(13));
    assert!(desk.outcomes()[0].0.as_ref().unwrap().contains("connect"), "{:?}", desk.outcomes());
    postbox.up();
    desk.pass(hours(1));
    let mut desk = desk.restart();
    desk.pass(hours(1));
    let mails = postbox.mails();
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject()).collect();
    assert_eq!(subjects, ["Neozývá se: Náves", "Zase ukazuje desku: Náves"]);
    assert_eq!(mails[1].header("references"), mails[0].id());
    // The date is that of the alarm, not of the delivery.
    assert!(mails[0].header("date").starts_with("Mon, 23 Nov 2026 09:"), "{}", mails[0].header("date"));
    assert_eq!(desk.count("tiding"), 0);
}

#[test]
fn a_flapping_panel_makes_one_thread() {
    if !has_mail_server("a flapping panel") {
        return;
    }
    let mut desk = Desk::new("alarm-flap", &["Náves", "Radnice"]);
    let postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient(CLERK, "cs", None);
    for _ in 0..24 {
        desk.say(1, "not-showing");
        desk.pass(TimeDelta::minutes(20));
        desk.say(1, "showing");
        desk.pass(TimeDelta::minutes(25));
    }
    desk.pass(hours(5));
    let mails = postbox.mails();
    assert!((4..=10).contains(&mails.len()), "{} mails", mails.len());
    for (index, mail) in mails.iter().enumerate() {
        let word = if index % 2 == 0 { "Neukazuje desku: Náves" } else { "Zase ukazuje desku: Náves" };
        assert_eq!(mail.subject(), word);
        assert_eq!(mail.header("references"), if index == 0 { "" } else { mails[0].id() });
    }
    assert!(mails.len().is_multiple_of(2), "the last word is the recovery");
    // Days later it is another thread.
    desk.pass(hours(30));
    desk.say(1, "not-showing");
    desk.pass(hours(1));
    assert_eq!(postbox.mails().last().unwrap().header("references"), "");
}

#[test]
fn quiet_hours_only_delay_and_what_is_over_by_then_is_one_paragraph() {
    if !has_mail_server("quiet hours") {
        return;
    }
    let mut desk = Desk::new("alarm-quiet", &["Náves", "Radnice"]);
    let postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient(CLERK, "cs", Some(Quiet { from: 20 * 60, until: 7 * 60 }));
    desk.recipient("guard@lhota.example", "en", None);
    // Half past ten in the evening.
    desk.pass(TimeDelta::minutes(13 * 60 + 30));
    desk.silence(1);
    desk.pass(hours(4));
    desk.say(1, "degraded");
    desk.silence(2);
    desk.pass(TimeDelta::minutes(4 * 60 + 29));
    assert!(postbox.mails().iter().all(|mail| mail.to() == "guard@lhota.example"));
    desk.pass(TimeDelta::minutes(2));
    let mails = postbox.mails();
    let morning = mails.iter().find(|mail| mail.to() == CLERK).expect("it comes at seven");
    assert_eq!(morning.subject(), "Potíže: Radnice. Konec potíží: Náves");
    let body = morning.body();
    let expected = "Potíže: 1 místo. Konec potíží: 1 místo.\n\n\
        Náves (Obec Lhota)\n\
        Zase ukazuje desku. Potíže: od 23. 11. 2026 22:30, do 24. 11. 2026 2:31.\n  \
        Co vidí lidé: Desku. Panel má ale jiné potíže.\n  \
        Podrobnosti: https://desky.example/places/1\n\n\
        Radnice (Obec Lhota)\n\
        Neozývá se, od 24. 11. 2026 2:30.\n  \
        Co vidí lidé: Nevíme. Bez internetu panel ukazuje dál, co má uložené; bez elektřiny nic.\n  \
        Co dělat: Zkontrolujte na místě elektřinu a internet, nebo ať se tam někdo podívá.\n  \
        Podrobnosti: https://desky.example/places/2\n\n\
        Až se to spraví, přijde další zpráva.\n\n-- \n";
    assert!(body.starts_with(expected), "{body}");
    let guard: Vec<&str> = mails.iter().filter(|mail| mail.to() != CLERK).map(|mail| mail.subject()).collect();
    assert_eq!(guard, ["Silent: Náves", "Shows its board again: Náves", "Silent: Radnice"]);
}

#[test]
fn an_address_that_is_refused_holds_up_nobody_and_is_given_up_in_the_end() {
    if !has_mail_server("a refused address") {
        return;
    }
    let mut desk = Desk::new("alarm-refused", &["Náves"]);
    let postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient("nikdo@lhota.example", "cs", None);
    desk.recipient(CLERK, "cs", None);
    postbox.fault("refuse nikdo@lhota.example");
    desk.pass(STEP);
    desk.silence(1);
    desk.pass(hours(1));
    assert_eq!(postbox.mails().iter().map(|mail| mail.to().to_owned()).collect::<Vec<_>>(), [CLERK]);
    let (trouble, outcome) = desk.outcomes().remove(0);
    let trouble = trouble.unwrap();
    assert!(
        trouble.contains("recipient") && trouble.contains("550") && trouble.contains("No such person"),
        "{trouble}"
    );
    assert_eq!(outcome, None);
    desk.pass(hours(75));
    assert_eq!(desk.outcomes()[0].1.as_deref(), Some("given-up"));
    // Greylisting and a full box are tried again, the first soon.
    postbox.fault("later");
    desk.say(1, "showing");
    desk.pass(hours(1));
    assert!(desk.outcomes().last().unwrap().0.as_ref().unwrap().contains("450"), "{:?}", desk.outcomes());
    postbox.fault("full");
    desk.pass(hours(1));
    assert!(desk.outcomes().last().unwrap().0.as_ref().unwrap().contains("552"), "{:?}", desk.outcomes());
    postbox.fault("");
    desk.pass(hours(7));
    let mails = postbox.mails();
    assert_eq!(mails.iter().filter(|mail| mail.to() == CLERK).count(), 2);
}

#[test]
fn a_server_that_drips_is_left_for_this_round_and_loses_nothing() {
    if !has_mail_server("a dripping server") {
        return;
    }
    let mut desk = Desk::new("alarm-drip", &["Náves"]);
    desk.teller = Teller::new(desk.hub.clone(), SHORT);
    let postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient(CLERK, "cs", None);
    desk.recipient("guard@lhota.example", "cs", None);
    postbox.fault("drip");
    desk.pass(STEP);
    desk.silence(1);
    desk.pass(TimeDelta::minutes(15));
    let outcomes = desk.outcomes();
    assert!(outcomes.len() == 2 && outcomes.iter().all(|(trouble, _)| trouble.as_ref().unwrap().contains("slow")));
    assert!(postbox.mails().is_empty());
    postbox.fault("");
    desk.teller = Teller::new(desk.hub.clone(), WAITS);
    desk.pass(TimeDelta::minutes(20));
    assert_eq!(postbox.mails().len(), 2);
}

#[test]
fn a_mail_whose_yes_was_lost_comes_again_under_the_same_message_id() {
    if !has_mail_server("a lost yes") {
        return;
    }
    let mut desk = Desk::new("alarm-cut", &["Náves"]);
    let postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient(CLERK, "cs", None);
    postbox.fault("cut");
    desk.pass(STEP);
    desk.silence(1);
    while postbox.mails().is_empty() {
        desk.pass(STEP);
    }
    assert!(desk.outcomes()[0].0.as_ref().unwrap().contains("cut"), "{:?}", desk.outcomes());

    // And the hub dies while it waits for the yes.
    postbox.fault("late");
    let before = postbox.mails().len();
    desk.now += TimeDelta::minutes(20);
    let (teller, now) = (&desk.teller, desk.now);
    desk.runtime.block_on(async {
        let hand_out = teller.hand_out(now);
        let taken = async {
            while postbox.mails().len() == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = hand_out => panic!("nobody says yes"),
            () = taken => {}
        }
    });
    let mut desk = desk.restart();
    postbox.fault("");
    desk.pass(TimeDelta::minutes(30));
    let mails = postbox.mails();
    assert_eq!(mails.len(), before + 2);
    assert!(mails.iter().all(|mail| mail.0["raw"] == mails[0].0["raw"]), "each try is the same to the last byte");
    assert_eq!(desk.outcomes(), [(None, Some("sent".into()))]);
}

#[test]
fn names_that_somebody_has_typed_stay_names() {
    if !has_mail_server("hostile names") {
        return;
    }
    let name = "Náves\r\nBcc: vsichni@evil.example\r\n\r\n.\r\nQUIT\u{202e}\u{2028}<b>=?utf-8?q?x?=";
    let mut desk = Desk::new("alarm-hostile", &[name]);
    let postbox = Postbox::start(&desk.folder.0, &[]);
    desk.mail(postbox.port);
    desk.recipient(CLERK, "cs", None);
    desk.pass(STEP);
    desk.silence(1);
    desk.pass(hours(1));
    let mails = postbox.mails();
    assert_eq!((mails.len(), mails[0].to(), mails[0].header("bcc")), (1, CLERK, ""));
    assert!(mails[0].subject().starts_with("Neozývá se: Náves Bcc: vsichni@evil.example . QUIT <b>"));
    let names: Vec<&str> =
        mails[0].0["headers"].as_array().unwrap().iter().map(|header| header[0].as_str().unwrap()).collect();
    let known = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    ];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
}

#[test]
fn a_server_with_tls_and_a_login_and_what_is_said_where_they_do_not_fit() {
    if !has_mail_server("TLS and a login") {
        return;
    }
    let files = Folder::in_memory("alarm-tls-files");
    let (cert, key) = (files.0.join("cert.pem"), files.0.join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (cert_text, key_text) = (cert.to_str().unwrap(), key.to_str().unwrap());
    for (protection, extra) in [(Protection::Starttls, vec![]), (Protection::Tls, vec!["--implicit"])] {
        let mut desk = Desk::with(&format!("alarm-tls-{}", protection.name()), &["Náves"], Some(&cert));
        let arguments = [vec!["--cert", cert_text, "--key", key_text, "--login", "desky:tajné"], extra].concat();
        let postbox = Postbox::start(&desk.folder.0, &arguments);
        desk.recipient(CLERK, "cs", None);
        desk.mail(postbox.port);
        desk.pass(STEP);
        desk.silence(1);
        let right = Mail {
            server: "localhost".into(),
            port: postbox.port,
            protection,
            sender: "desky@lhota.example".into(),
            login: "desky".into(),
            password: "tajné".into(),
        };
        let other = match protection {
            Protection::Tls => Mail { protection: Protection::Starttls, ..right.clone() },
            _ => Mail { protection: Protection::Tls, ..right.clone() },
        };
        let named = Mail { server: "127.0.0.1".into(), ..right.clone() };
        let wrong = Mail { password: "jiné".into(), ..right.clone() };
        // Where each waits for the other to begin, only time ends it.
        let (soon, later) = (Waits { total: Duration::from_secs(1), ..WAITS }, WAITS);
        desk.teller = Teller::new(desk.hub.clone(), soon);
        desk.pass(TimeDelta::minutes(15));
        for (mail, waits, troubles) in
            [(other, soon, &["tls", "slow", "cut"][..]), (named, later, &["tls"]), (wrong, later, &["login"])]
        {
            desk.teller = Teller::new(desk.hub.clone(), waits);
            desk.set_mail(mail);
            desk.pass(TimeDelta::minutes(16));
            let said = desk.outcomes()[0].0.clone().unwrap();
            let what = serde_json::from_str::<Value>(&said).unwrap()["what"].as_str().unwrap().to_owned();
            assert!(troubles.contains(&what.as_str()), "{protection:?}, {troubles:?}: {said}");
        }
        assert!(postbox.mails().is_empty());
        desk.set_mail(right);
        desk.pass(TimeDelta::minutes(16));
        assert_eq!(postbox.mails().len(), 1);
    }
}

#[test]
fn the_webhook_gets_both_signed_and_the_same_each_time() {
    let mut desk = Desk::new("alarm-hook", &["Náves"]);
    desk.teller = Teller::new(desk.hub.clone(), SHORT);
    let hook = Hook::start();
    let (hub, url) = (desk.hub.clone(), hook.url());
    desk.write(move |connection| {
        hub.seal.write(connection, &Webhook { url, secret: "tajemství".into() })?;
        connection
            .execute("INSERT INTO recipient (office, address, language, made_at) VALUES ('', '', 'cs', 0)", [])?;
        Ok(())
    });
    desk.pass(STEP);
    for answer in [Answer::Status(500), Answer::Status(302), Answer::Silence] {
        hook.answers(answer);
        desk.say(1, "not-showing");
        desk.pass(hours(1));
    }
    hook.answers(Answer::Status(204));
    desk.pass(hours(1));
    let first = hook.heard();
    assert!(first.len() > 10 && first.iter().all(|(head, body)| (head, body) == (&first[0].0, &first[0].1)));
    let (head, body) = &first[0];
    let signed = format!("vyveska-signature: {}\r\n", signature("tajemství", body.as_bytes()));
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n") && head.contains(&signed), "{head}");
    let posted: Value = serde_json::from_str(body).unwrap();
    let event = &posted["events"][0];
    assert_eq!((&posted["v"], &posted["hub"]), (&1.into(), &ADDRESS.into()));
    let expected = serde_json::json!({
        "event": "lost", "at": "2026-11-23T08:07:00Z", "place": 1, "name": "Náves", "office": "lhota",
        "office_name": "Obec Lhota", "standing": "not-showing", "reason": "display-unplugged",
        "since": "2026-11-23T08:01:00Z", "until": null, "url": "https://desky.example/places/1",
    });
    assert_eq!(event, &expected);
    desk.say(1, "showing");
    desk.pass(hours(1));
    let heard = hook.heard();
    assert_eq!(heard.len(), first.len() + 1);
    let posted: Value = serde_json::from_str(&heard.last().unwrap().1).unwrap();
    assert_eq!((&posted["events"][0]["event"], posted["events"].as_array().unwrap().len()), (&"recovered".into(), 1));
    // A place that is given up ends what was told of it.
    desk.silence(1);
    desk.pass(hours(1));
    desk.write(|connection| Ok(connection.execute("UPDATE place SET removed_at = 1", [])?));
    desk.pass(hours(1));
    let events: Vec<String> = hook.heard()[first.len()..]
        .iter()
        .map(|(_, body)| serde_json::from_str::<Value>(body).unwrap()["events"][0]["event"].to_string())
        .collect();
    assert_eq!(events, ["\"recovered\"", "\"lost\"", "\"unwatched\""]);
}

#[test]
fn the_outside_address_is_called_only_while_the_hub_is_well() {
    let mut desk = Desk::new("alarm-alive", &["Náves"]);
    let hook = Hook::start();
    let (hub, url) = (desk.hub.clone(), hook.url());
    desk.write(move |connection| hub.seal.write(connection, &Alive { url, minutes: 10 }));
    let call = |desk: &Desk| desk.runtime.block_on(desk.teller.call(desk.now));
    // Not before it has run for as long: who starts again and again is not well.
    for _ in 0..9 {
        desk.pass(STEP);
        call(&desk).unwrap();
    }
    assert_eq!(hook.heard().len(), 0);
    for _ in 0..30 {
        desk.pass(STEP);
        call(&desk).unwrap();
    }
    assert_eq!(hook.heard().len(), 3);
    assert!(hook.heard()[0].0.starts_with("GET /hook HTTP/1.1\r\n"), "{}", hook.heard()[0].0);
    // Nobody has looked at the fleet for long.
    desk.now += TimeDelta::minutes(30);
    call(&desk).unwrap();
    assert_eq!(hook.heard().len(), 3);
    // The database cannot be written.
    desk.pass(STEP);
    let other = vyveska::hub::store::schema::open_beside(&desk.folder.0).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(call(&desk).is_err());
    assert_eq!(hook.heard().len(), 3);
    other.execute_batch("ROLLBACK").unwrap();
    call(&desk).unwrap();
    assert_eq!(hook.heard().len(), 4);
    // A service that is down is called again at the next turn, no sooner.
    hook.answers(Answer::Status(503));
    for _ in 0..20 {
        desk.pass(STEP);
        call(&desk).unwrap();
    }
    assert_eq!(hook.heard().len(), 6);
}

#[test]
fn a_hub_that_was_away_itself_blames_nobody() {
    let mut desk = Desk::new("alarm-away", &["Náves"]);
    desk.recipient(CLERK, "cs", None);
    desk.pass(hours(1));
    for _ in 0..5 {
        desk.silence(1);
        desk.now += hours(8);
        desk = desk.restart();
        desk.pass(STEP * 8);
        desk.say(1, "showing");
        desk.pass(STEP * 4);
    }
    // Nor one whose machine slept.
    desk.silence(1);
    desk.now += hours(8);
    desk.pass(STEP * 4);
    desk.say(1, "showing");
    desk.pass(STEP * 4);
    assert_eq!((desk.count("told"), desk.count("tiding")), (0, 0));
    desk.silence(1);
    desk.pass(LASTS + STEP * 6);
    assert_eq!((desk.count("told"), desk.count("tiding")), (1, 1));
}
