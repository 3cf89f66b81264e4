//! What a device has to say after weeks, and how a thousand of them come back to one hub.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use vyveska::clock::Now;
use vyveska::store::{Kept, Store};
use vyveska::uplink::{LATEST, SOONEST, Schedule};
use vyveska::wire::LinkTrouble;
use vyveska::wire::link::MAX_RECORDS;

use super::postman::{Postman, Trick};
use super::server::Server;
use super::street::Street;
use super::uplink::{NOW, TEN, enrolled, growing};
use crate::behaviour::store::Folder;

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

#[test]
fn two_weeks_of_records_are_handed_on_in_order_and_kept_here() {
    let folder = Folder::in_memory("backlog");
    let hub = Server::every(TEN, &folder.0, NOW);
    hub.place("lhota", "Lhota", "t");
    let postman = Postman::to(Some(hub.address));
    let mut street = Street::new(&postman.url(), "token = \"t\"");
    let count = 2 * MAX_RECORDS as i32 + 20;
    let kept: Vec<Kept> = (0..count)
        .map(|number| {
            let at = now() - TimeDelta::days(14) + TimeDelta::hours(2) * number;
            let state = if number % 2 == 0 { "showing" } else { "stale" };
            let text = json!({ "v": 1, "at": at.to_rfc3339(), "clock_trusted": true, "state": state }).to_string();
            Kept { at, changed: true, text }
        })
        .collect();
    let mut store = Store::open(&street.panel.data()).unwrap();
    store.keep_health(&kept, Now::trusted(now())).unwrap();
    drop(store);
    street.start(NOW);
    let last = now() - TimeDelta::days(14) + TimeDelta::hours(2) * (count - 1);
    street.until("all is handed on", || {
        street.report().heard_at.is_some() && street.report().waiting == 0 && postman.reports() > 2
    });
    let mut told: Vec<String> = Vec::new();
    for letter in postman.letters() {
        let Some(records) = letter.body["records"].as_array() else { continue };
        assert!(records.len() <= MAX_RECORDS, "{}", records.len());
        // The last one is now.
        let waited = &records[..records.len() - 1];
        told.extend(waited.iter().map(|record| record["at"].as_str().unwrap().to_owned()));
    }
    let expected: Vec<String> = kept.iter().map(|kept| kept.at.to_rfc3339()).collect();
    assert_eq!(told[..expected.len()], expected);
    let old = last.timestamp_millis();
    let there: i64 = hub.run(async {
        let store = hub.hub.as_ref().unwrap().store.clone();
        store
            .read(move |connection| {
                Ok(connection.query_row("SELECT count(*) FROM record WHERE at <= ?", [old], |row| row.get(0))?)
            })
            .await
            .unwrap()
    });
    assert_eq!(there, i64::from(count));
    street.kill();
    let mut store = Store::open(&street.panel.data()).unwrap();
    assert!(store.health().unwrap().len() >= kept.len(), "whoever helps on the spot reads them too");
}

#[test]
fn numbers_never_fall_whenever_the_power_is_cut() {
    let folder = Folder::in_memory("backlog-kills");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let mut street = enrolled(&hub, &postman);
    for trick in [Trick::LoseLetter, Trick::LoseAnswer, Trick::LoseAnswer] {
        street.kill();
        let reports = postman.reports();
        postman.plays(trick);
        street.start(NOW);
        // Sometimes before the answer has come.
        street.until("a report", || postman.reports() > reports);
    }
    assert!(growing(&postman), "{:?}", postman.letters().iter().map(|letter| letter.sequence).collect::<Vec<_>>());
    assert_eq!(hub.one::<i64>("SELECT coalesce(sum(count), 0) FROM refusal"), 0);
}

#[test]
fn a_device_whose_place_has_another_one_says_so_and_asks_seldom() {
    let folder = Folder::in_memory("backlog-revoked");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let street = enrolled(&hub, &postman);
    let now = hub.hub.as_ref().unwrap().now();
    let key = hub.write(move |connection| vyveska::hub::place::revoke(connection, 1, "test", now)).unwrap();
    hub.hub.as_ref().unwrap().gate.revoke(&key);
    street.until("it is told", || street.trouble() == Some(LinkTrouble::Refused));
    let reports = postman.reports();
    let out = street.panel.run(&["health", "--now", NOW]);
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("[hub-refused] The hub refuses this panel: its place has another device now."), "{said}");
    let out = street.panel.run(&["doctor", "--offline", "--now", NOW]);
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("WRONG  hub: The hub refuses this panel"), "{said}");
    // Its own verdict is another one now, and that is no reason to ask again.
    street.until("a look at its health", || {
        let text = std::fs::read_to_string(street.panel.config().run.join("health.json")).unwrap_or_default();
        text.contains("hub-refused")
    });
    assert_eq!(postman.reports(), reports);
}

/// A number for each device.
fn seed(device: u64) -> u64 {
    device.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[test]
fn after_weeks_without_the_hub_nobody_stampedes() {
    let devices = 2000;
    let (weeks, minutes) = (14 * 86_400, 20 * 60);
    let mut seconds = vec![0_u32; minutes];
    for device in 0..devices {
        let mut schedule = Schedule::new(seed(device));
        let mut at = schedule.first().as_secs_f64();
        // All of them lost it in the same second; then it is back, and each comes when its time has come.
        while at < f64::from(weeks) {
            at += schedule.failed(None).as_secs_f64();
        }
        let after = (at - f64::from(weeks)) as usize;
        assert!(after <= 15 * 60, "device {device} came back after {after} s");
        seconds[after] += 1;
    }
    let most = seconds.iter().max().unwrap();
    assert!(*most <= 12, "{most} devices of {devices} in one second");
    // While it is away it is asked rarely.
    let mut schedule = Schedule::new(7);
    let waits: Vec<u64> = (0..12).map(|_| schedule.failed(None).as_secs()).collect();
    assert!((10..=20).contains(&waits[0]) && waits[11] >= 450 && waits.iter().all(|wait| *wait <= 900), "{waits:?}");
    assert!(schedule.failed(Some(Duration::from_secs(3600))).as_secs() >= 3600);
    assert!(schedule.failed(Some(Duration::from_secs(30 * 86_400))) <= LATEST.mul_f64(1.1));
}

#[test]
fn the_hub_says_how_often_within_bounds_and_spread() {
    for (wish, middle) in [(60, 60), (0, SOONEST.as_secs()), (u32::MAX, LATEST.as_secs()), (3600, 3600)] {
        let middle = Duration::from_secs(middle);
        let waits: Vec<Duration> = (0..500).map(|device| Schedule::new(seed(device)).taken(wish)).collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*least >= middle.mul_f64(0.9) && *most <= middle.mul_f64(1.1), "{wish}: {least:?} to {most:?}");
        assert!(*least < middle.mul_f64(0.92) && *most > middle.mul_f64(1.08), "{wish}: {least:?} to {most:?}");
    }
    // One device does not keep to one moment of the minute either.
    let mut schedule = Schedule::new(7);
    assert_ne!(schedule.taken(60), schedule.taken(60));
}
