//! What Prometheus reads, and whether the real one understands it.

use std::fs;
use std::process::Command;

use reqwest::header::AUTHORIZATION;
use vyveska::hub::metrics;

use super::device::Device;
use super::server::Server;
use crate::behaviour::skip::skipped;
use crate::behaviour::store::Folder;

const EIGHT: &str = "2026-11-23T08:00:00Z";

fn get(hub: &Server, token: &str) -> (u16, String) {
    rustls::crypto::ring::default_provider().install_default().ok();
    hub.run(async {
        let request = reqwest::Client::new().get(hub.url("/metrics")).header(AUTHORIZATION, format!("Bearer {token}"));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    })
}

#[test]
fn metrics_are_for_whoever_has_the_token_and_their_labels_are_bounded() {
    let folder = Folder::in_memory("metrics-1");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota \"U lípy\"\\", "t");
    let mut device = Device::new(1);
    device.enrol(&hub, Some("t"));
    let report = |device: &mut Device, state| assert_eq!(device.report(&hub, EIGHT, state).status, 200);
    report(&mut device, "not-showing");
    for seed in 20..30 {
        Device::new(seed).report(&hub, EIGHT, "a-label-of-a-stranger");
    }
    assert_eq!(get(&hub, "").0, 401);
    assert_eq!(get(&hub, "wrong").0, 401);
    let token = metrics::token(&folder.0).unwrap();
    let (status, text) = get(&hub, &token);
    assert_eq!(status, 200);
    let labels = r#"{place="1",office="lhota",name="Lhota \"U lípy\"\\"}"#;
    assert!(text.contains(&format!("vyveska_place_alarm{labels} 1\n")), "{text}");
    assert!(text.contains(&format!("vyveska_place_showing{labels} 0\n")), "{text}");
    assert!(text.contains("vyveska_places{standing=\"not-showing\"} 1\n"), "{text}");
    assert!(text.contains("vyveska_refused{why=\"stranger\"} 10\n") && !text.contains("a-label"), "{text}");
    report(&mut device, "degraded");
    let (_, text) = get(&hub, &token);
    assert!(text.contains(&format!("vyveska_place_alarm{labels} 0\n")), "{text}");
}

/// The rules of `docs/prometheus.yml`, and the text, by Debian's own promtool.
#[test]
fn the_real_prometheus_understands_the_text_and_the_rules() {
    if Command::new("promtool").arg("--version").output().is_err() {
        return skipped("the metrics against the real Prometheus", "promtool is missing (Debian: prometheus)");
    }
    let folder = Folder::in_memory("metrics-2");
    let hub = Server::start(&folder.0, EIGHT);
    hub.place("lhota", "Lhota", "t");
    Device::new(1).enrol(&hub, Some("t"));
    let text = get(&hub, &metrics::token(&folder.0).unwrap()).1;
    let file = folder.0.join("metrics.txt");
    fs::write(&file, text).unwrap();
    let checked =
        Command::new("promtool").args(["check", "metrics"]).stdin(fs::File::open(file).unwrap()).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/prometheus.yml");
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/prometheus.yml");
    for arguments in [["check", "rules", rules], ["test", "rules", tests]] {
        let checked = Command::new("promtool").args(arguments).output().unwrap();
        let said = [checked.stdout, checked.stderr].concat();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&said));
    }
}
