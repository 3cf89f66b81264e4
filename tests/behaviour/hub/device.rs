//! A device as the hub sees it: its keys, its numbers, its letters. What it says the test decides.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vyveska::keys::{Key, PublicKey, Signature, Text};
use vyveska::wire::link::{self, Enrolled, Enrolment, Reply, Report};

use super::server::Server;

pub struct Device {
    pub panel: Key,
    pub link: Key,
    pub sequence: u64,
    pub boot: String,
}

/// What came back: the status, and what the hub has signed; `None` where nothing was signed.
pub struct Answered<T> {
    pub status: u16,
    pub said: Option<T>,
}

impl Device {
    /// Different keys for each seed.
    pub fn new(seed: u8) -> Device {
        let (panel, link) = (Key::from_seed(&[seed; 32]), Key::from_seed(&[seed.wrapping_add(128); 32]));
        Device { panel, link, sequence: 0, boot: format!("boot-{seed}") }
    }

    pub fn enrol(&mut self, hub: &Server, token: Option<&str>) -> Answered<Enrolled> {
        let voucher = self.panel.sign(Text::Voucher { link: self.link.public() });
        let enrolment = Enrolment {
            v: 1,
            panel_key: self.panel.public().to_string(),
            voucher: voucher.to_string(),
            token: token.map(str::to_owned),
            program: "vyveska 0.1.0".into(),
            place: "Před úřadem".into(),
            boards: vec!["Obec Lhota".into()],
            ..Enrolment::default()
        };
        self.post(hub, link::ENROL, &enrolment)
    }

    /// Says that it is in this state, at this time.
    pub fn report(&mut self, hub: &Server, at: &str, state: &str) -> Answered<Reply> {
        self.send(hub, vec![json!({ "v": 1, "at": at, "clock_trusted": true, "state": state, "reasons": [] })])
    }

    pub fn send(&mut self, hub: &Server, records: Vec<Value>) -> Answered<Reply> {
        let report = Report { v: 1, boot: self.boot.clone(), uptime: 60, records, ..Report::default() };
        self.post(hub, link::REPORT, &report)
    }

    pub fn post<T: DeserializeOwned>(&mut self, hub: &Server, path: &str, letter: &impl Serialize) -> Answered<T> {
        self.sequence += 1;
        let body = serde_json::to_vec(letter).unwrap();
        let signature = self.link.sign(Text::Request { path, sequence: self.sequence, body: &body });
        post(hub, path, self.link.public(), self.sequence, &signature.to_string(), body)
    }
}

/// Sends a letter as it is, and reads what the hub has signed.
pub fn post<T: DeserializeOwned>(
    hub: &Server,
    path: &str,
    device: PublicKey,
    sequence: u64,
    signature: &str,
    body: Vec<u8>,
) -> Answered<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let hub_key = hub.hub.as_ref().unwrap().key.public();
    runtime.block_on(async {
        rustls::crypto::ring::default_provider().install_default().ok();
        let request = reqwest::Client::new().post(hub.url(path));
        let request = request.header(link::DEVICE, device.to_string()).header(link::SEQUENCE, sequence.to_string());
        let answer = request.header(link::SIGNATURE, signature).body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let signature = answer.headers().get(link::SIGNATURE).and_then(|text| Signature::parse(text.to_str().ok()?));
        let body = answer.bytes().await.unwrap();
        let text = Text::Reply { device, sequence, body: &body };
        let genuine = signature.is_some_and(|signature| hub_key.has_signed(text, &signature));
        Answered { status, said: genuine.then(|| serde_json::from_slice(&body).unwrap()) }
    })
}
