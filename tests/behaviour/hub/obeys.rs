//! Orders of the hub on their way to the device: taken once, answered once, whatever is killed in between.

use std::fs;
use std::time::Duration;

use chrono::TimeDelta;
use rusqlite::params;
use serde_json::{Value, json};
use vyveska::clock::Boot;
use vyveska::command::{Command, Inbox, Program, Sender, read_answer, send_as};
use vyveska::keys::PublicKey;
use vyveska::wire::link::{HubOrder, Standing};

use super::postman::{Postman, Trick};
use super::server::Server;
use super::street::Street;
use super::uplink::{NOW, TEN, enrolled, growing};
use crate::behaviour::store::Folder;

/// Orders this of the one device there is, as a later version of the hub may: any words.
pub fn order(hub: &Server, command: Value, seconds: i64) -> u64 {
    let shared = hub.hub.as_ref().unwrap();
    let (now, text) = (shared.now(), command.to_string());
    let (id, device) = hub.write(move |connection| {
        let last: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM ordered", [], |row| row.get(0))?;
        let id = now.timestamp_micros().max(last + 1);
        let device: [u8; 32] =
            connection.query_row("SELECT link_key FROM device WHERE revoked_at IS NULL", [], |row| row.get(0))?;
        connection.execute(
            "INSERT INTO ordered (id, place, device, command, ordered_by, ordered_at, valid_until)
             VALUES (?, 1, ?, ?, 'test', ?, ?)",
            params![id, device, text, now.timestamp_millis(), now.timestamp_millis() + 1000 * seconds],
        )?;
        Ok((id.unsigned_abs(), PublicKey::from_bytes(device)))
    });
    shared.gate.order(&device, HubOrder { id, valid: 0, command }, now + TimeDelta::seconds(seconds));
    id
}

/// How many orders have ended.
pub fn ended(hub: &Server) -> i64 {
    hub.one("SELECT count(*) FROM ordered WHERE ended_at IS NOT NULL")
}

fn fates(hub: &Server) -> String {
    hub.one("SELECT group_concat(outcome || ': ' || said, '; ') FROM (SELECT * FROM ordered ORDER BY id)")
}

/// Until an order lies in the panel's mailbox, and what it is.
fn comes(street: &mut Street) -> (u64, Command) {
    let run = street.panel.config().run;
    let mailbox = run.join("commands/panel");
    street.until("an order for the panel", || {
        fs::read_dir(&mailbox).unwrap().flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".json"))
    });
    street.ordered().remove(0)
}

#[test]
fn orders_reach_their_program_and_their_fate_the_hub() {
    let folder = Folder::in_memory("obeys");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let mut street = enrolled(&hub, &postman);
    order(&hub, json!({ "do": "make-coffee" }), 600);
    order(&hub, json!({ "do": "maintenance", "minutes": 5 }), 600);
    let (id, command) = comes(&mut street);
    assert_eq!(command, Command::Maintenance { minutes: 5 });
    street.answer(id, "the panel is in maintenance");
    street.until("both have ended", || ended(&hub) == 2);
    assert_eq!(
        fates(&hub),
        "refused: this version knows no such order; update the panel; done: the panel is in maintenance"
    );
    // What ends the program that was ordered it: it is answered before, and told after.
    order(&hub, json!({ "do": "restart-sync" }), 600);
    street.until_mut("sync ends", Street::has_ended);
    street.start(NOW);
    street.until("the hub is told", || ended(&hub) == 3);
    assert!(fates(&hub).ends_with("done: sync ends, to be started again"), "{}", fates(&hub));
    assert!(!street.has_ended(), "once");
    assert!(growing(&postman));
}

#[test]
fn an_order_is_carried_out_once_though_sync_is_killed_over_it() {
    let folder = Folder::in_memory("obeys-killed");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let mut street = enrolled(&hub, &postman);
    order(&hub, json!({ "do": "restart-panel" }), 600);
    let (id, command) = comes(&mut street);
    assert_eq!(command, Command::RestartPanel);
    // Killed between order and answer; the panel answers while nobody listens.
    street.kill();
    street.answer(id, "the panel ends, to be started again");
    // The hub has not heard of it and says it again, twice; one of the answers is lost.
    postman.plays(Trick::LoseAnswer);
    street.start(NOW);
    street.until("it has ended", || ended(&hub) == 1);
    assert_eq!(fates(&hub), "done: the panel ends, to be started again");
    let reports = postman.reports();
    street.until("two more reports", || postman.reports() > reports + 1);
    assert_eq!(street.ordered(), [], "and nobody is ordered anything again");
    assert!(growing(&postman));
}

#[test]
fn an_order_that_nobody_took_in_its_time_is_not_carried_out_later() {
    let folder = Folder::in_memory("obeys-late");
    let run = &folder.0;
    let boot = |seconds| Boot { id: "7a2c".to_owned(), since: Duration::from_secs(seconds) };
    let id = 1_000_000_000;
    let valid = Duration::from_secs(30);
    let mut inbox = Inbox::open(run, Program::Panel);
    let send = |id| send_as(run, &Command::RestartPanel, Sender::Hub, &boot(1000), id, valid).unwrap();
    send(id);
    assert_eq!(inbox.take(&boot(1031)).len(), 0);
    let said = read_answer(run, id).unwrap().said;
    assert!(said.contains("time for which it was meant had passed"), "{said}");
    send(id + 1);
    assert_eq!(inbox.take(&boot(1030)).len(), 1);
}

#[test]
fn a_hub_that_was_restored_from_a_backup_goes_on_with_its_devices() {
    let (folder, backup) = (Folder::in_memory("obeys-restored"), Folder::in_memory("obeys-backup"));
    let copy = |from: &Folder, to: &Folder| {
        for entry in fs::read_dir(&from.0).unwrap().flatten() {
            fs::copy(entry.path(), to.0.join(entry.file_name())).unwrap();
        }
    };
    let (before, after) = (Folder::in_memory("obeys-before"), Folder::in_memory("obeys-after"));
    // Before the device was let in.
    let hub = Server::every(TEN, &folder.0, NOW);
    hub.place("lhota", "Lhota", "-");
    drop(hub);
    copy(&folder, &before);
    let hub = Server::every(TEN, &folder.0, NOW);
    hub.write(|connection| {
        let token = vyveska::hub::token_hash("t");
        Ok(connection.execute("INSERT INTO token VALUES (?, 1, 'test', 0, ?, NULL)", params![token, i64::MAX])?)
    });
    let postman = Postman::to(Some(hub.address));
    let mut street = Street::new(&postman.url(), "token = \"t\"");
    street.start(NOW);
    street.until("the first report", || hub.one::<i64>("SELECT count(*) FROM latest") == 1);
    postman.moves_to(None);
    drop(hub);
    copy(&folder, &backup);
    // After it the device goes on speaking, and is ordered something.
    let hub = Server::every(TEN, &folder.0, NOW);
    postman.moves_to(Some(hub.address));
    let first = order(&hub, json!({ "do": "maintenance", "minutes": 5 }), 600);
    let (id, _) = comes(&mut street);
    street.answer(id, "the panel is in maintenance");
    street.until("it has ended", || ended(&hub) == 1);
    postman.moves_to(None);
    drop(hub);

    // Its number and its orders lie behind those of the device.
    copy(&backup, &after);
    let hub = Server::every(TEN, &after.0, "2026-11-23T08:10:00Z");
    postman.moves_to(Some(hub.address));
    assert_eq!(ended(&hub), 0);
    let second = order(&hub, json!({ "do": "maintenance", "minutes": 0 }), 600);
    assert!(second > first, "numbers are the time");
    let (id, command) = comes(&mut street);
    assert_eq!(command, Command::Maintenance { minutes: 0 });
    street.answer(id, "the maintenance is over");
    street.until("it has ended", || ended(&hub) == 1);
    postman.moves_to(None);
    drop(hub);

    // One that does not know it at all asks for the code to be compared; it is the same hub, so it is believed.
    let hub = Server::every(TEN, &before.0, "2026-11-23T08:20:00Z");
    postman.moves_to(Some(hub.address));
    street.until("it waits", || street.report().standing == Some(Standing::Waiting));
    let code = street.identity.code(&street.report()).unwrap();
    hub.confirm(PublicKey::parse(&street.report().link_key).unwrap(), &code, 1).unwrap();
    street.until("a report", || hub.one::<i64>("SELECT count(*) FROM latest") == 1);
    assert!(growing(&postman));
}
