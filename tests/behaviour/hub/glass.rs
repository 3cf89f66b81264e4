//! What the hub gets to see of the glass: what was ordered, what the panel has signed, and no more than that.

use serde_json::json;
use vyveska::hub::order::{self, Kind};
use vyveska::hub::picture;
use vyveska::keys::{self, Key, Text};
use vyveska::wire::link::{self, Reply};
use vyveska::wire::{Picture, PictureNote, Signed};

use super::device::Device;
use super::people::administrator;
use super::server::Server;
use crate::behaviour::store::{Folder, at};

const EIGHT: &str = "2026-11-23T08:00:00Z";

/// How a PNG file begins, and what makes this one another.
fn png(which: u8) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), &[which]].concat()
}

/// A picture as a panel makes it.
fn signed(key: &Key, boot: &str, name: &str, sharp: bool, bytes: Vec<u8>) -> Picture {
    let note = PictureNote {
        v: 1,
        name: name.to_owned(),
        boot: boot.to_owned(),
        at: at(EIGHT).at,
        sharp,
        digest: vyveska::model::Digest::of(&bytes).to_string(),
        ..PictureNote::default()
    };
    let text = serde_json::to_string(&note).unwrap();
    let signature = key.sign(Text::Picture { note: &text }).to_string();
    Picture { note: Signed { text, signature }, bytes }
}

impl Device {
    fn shows(&mut self, hub: &Server, picture: &Picture) -> Option<Reply> {
        self.sequence += 1;
        let (path, body) = (link::PICTURE, picture.letter());
        let signature = self.link.sign(Text::Request { path, sequence: self.sequence, body: &body }).to_string();
        super::device::post(hub, path, self.link.public(), self.sequence, &signature, body).said
    }
}

/// Orders a picture; its name.
fn ordered(hub: &Server, kind: Kind) -> String {
    let shared = hub.hub.clone().unwrap();
    hub.run(order::give(&shared, 1, kind, "starosta")).unwrap().unwrap();
    hub.one("SELECT json_extract(command, '$.name') FROM ordered ORDER BY id DESC LIMIT 1")
}

fn kept(hub: &Server) -> Option<Vec<u8>> {
    let now = hub.hub.as_ref().unwrap().now();
    hub.write(move |connection| picture::bytes(connection, 1, now))
}

fn enrolled(hub: &Server) -> Device {
    hub.place("lhota", "Lhota", "t");
    let mut device = Device::new(1);
    device.enrol(hub, Some("t"));
    device.report(hub, EIGHT, "showing");
    device
}

#[test]
fn only_what_the_panel_has_signed_for_this_very_order_is_shown() {
    let folder = Folder::in_memory("glass-1");
    let hub = Server::start(&folder.0, EIGHT);
    let mut device = enrolled(&hub);
    let boot = device.boot.clone();
    let panel = |device: &Device, name: &str, sharp, which| signed(&device.panel, &boot, name, sharp, png(which));
    // Nobody has ordered it.
    let picture = panel(&device, "f00d", false, 0);
    assert_eq!(device.shows(&hub, &picture).unwrap().refused, None);
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM picture"), 0);

    let name = ordered(&hub, Kind::Picture);
    assert_eq!(name.len(), 32);
    // By whoever carries it, with the key that he has.
    let forged = signed(&device.link, &boot, &name, false, png(1));
    device.shows(&hub, &forged);
    assert_eq!(kept(&hub), None);
    let page = administrator(&hub);
    assert!(page.get("/places/1").text.contains("který panel nepodepsal"));
    assert_eq!(page.get("/places/1/picture").status, 404);
    // Other bytes under the panel's word; sharper than was asked for; no picture at all.
    let mut other = panel(&device, &name, false, 2);
    other.bytes = png(3);
    device.shows(&hub, &other);
    let sharp = panel(&device, &name, true, 4);
    device.shows(&hub, &sharp);
    let page_of_html = signed(&device.panel, &boot, &name, false, b"<script>".to_vec());
    device.shows(&hub, &page_of_html);
    assert_eq!(kept(&hub), None);
    let right = panel(&device, &name, false, 5);
    device.shows(&hub, &right);
    assert_eq!(kept(&hub), Some(png(5)));
    // It stays, whatever comes for the same order.
    device.shows(&hub, &panel(&device, &name, false, 6));
    device.shows(&hub, &forged);
    assert_eq!(kept(&hub), Some(png(5)));
    // For the next order, the one of the last time.
    let next = ordered(&hub, Kind::SharpPicture);
    device.shows(&hub, &right);
    assert_eq!(kept(&hub), Some(png(5)));
    device.shows(&hub, &panel(&device, &next, true, 7));
    assert_eq!(kept(&hub), Some(png(7)));
    // Another device, and one whose boot says that there are two of it.
    let mut stranger = Device::new(2);
    assert_eq!(stranger.shows(&hub, &right).unwrap().refused, Some(link::Refused::Stranger));
    let of = |boot: &str| signed(&device.panel, boot, &next, true, png(8));
    let (later, back) = (of("another boot"), of(&boot));
    assert_eq!(device.shows(&hub, &later).unwrap().refused, None);
    assert_eq!(device.shows(&hub, &back).unwrap().refused, Some(link::Refused::Cloned));
}

#[test]
fn who_asked_is_written_down_and_the_picture_is_gone_within_the_hour() {
    let folder = Folder::in_memory("glass-2");
    let hub = Server::start(&folder.0, EIGHT);
    let mut device = enrolled(&hub);
    let starosta = administrator(&hub);
    let viewer = super::people::invited(&hub, &starosta, "ctenar", "lhota", "viewer");
    let page = starosta.get("/places/1");
    let ask = "/places/1/picture";
    assert_eq!(starosta.submit(&page, ask, &[]).status, 303);
    assert!(starosta.get("/places/1").text.contains("Obrázek je na cestě"));
    let name: String = hub.one("SELECT json_extract(command, '$.name') FROM ordered");
    let blurred = signed(&device.panel, &device.boot, &name, false, png(1));
    device.shows(&hub, &blurred);
    assert_eq!((starosta.get(ask).status, viewer.get(ask).status), (200, 200));
    assert_eq!(starosta.get(ask).header("content-type"), "image/png");
    assert_eq!(starosta.get(ask).header("cache-control"), "no-store");
    assert!(viewer.get("/places/1").text.contains("Co je na skle, rozmazané"));
    // Once the order has ended, another is asked for: sharp, and only for those who look after the devices.
    let id = hub.one::<i64>("SELECT id FROM ordered").unsigned_abs();
    let answers = vec![link::OrderAnswer { id, done: true, said: "the picture was taken, blurred".into() }];
    let report = link::Report { v: 1, boot: device.boot.clone(), answers, ..link::Report::default() };
    device.post::<Reply>(&hub, link::REPORT, &report);
    starosta.submit(&starosta.get("/places/1"), ask, &[("sharp", "1")]);
    let command: String = hub.one("SELECT command FROM ordered ORDER BY id DESC LIMIT 1");
    let command: serde_json::Value = serde_json::from_str(&command).unwrap();
    assert_eq!((&command["do"], &command["sharp"]), (&json!("picture"), &json!(true)));
    let sharp = signed(&device.panel, &device.boot, command["name"].as_str().unwrap(), true, png(2));
    device.shows(&hub, &sharp);
    assert_eq!((starosta.get(ask).status, viewer.get(ask).status), (200, 403));
    let asked: String = hub.one("SELECT group_concat(who || ' ' || deed, ', ') FROM audit WHERE deed LIKE '%asked'");
    assert_eq!(asked, "starosta picture-asked, starosta sharp-picture-asked");
    assert!(starosta.get("/audit").text.contains("vyžádán ostrý obrázek"));
    let late = at("2026-11-23T09:00:30Z").at;
    assert_eq!(hub.write(move |connection| picture::last(connection, 1, late)), None);
    assert_eq!(hub.write(move |connection| picture::forget(connection, late)), 1);
    assert_eq!((starosta.get(ask).status, kept(&hub)), (404, None));
    // What comes when nobody waits for it any more is not kept.
    let now = hub.hub.as_ref().unwrap().now();
    hub.write(|connection| Ok(connection.execute("UPDATE ordered SET ordered_at = ordered_at - 1860000", [])?));
    device.shows(&hub, &sharp);
    assert_eq!(kept(&hub), None);
    assert!(hub.write(move |connection| order::list(connection, 1, 9, now)).iter().all(|one| one.kind.is_some()));
}

#[test]
fn the_name_of_a_picture_is_another_each_time() {
    let folder = Folder::in_memory("glass-3");
    let hub = Server::start(&folder.0, EIGHT);
    enrolled(&hub);
    let names = [ordered(&hub, Kind::Picture), ordered(&hub, Kind::Picture), ordered(&hub, Kind::SharpPicture)];
    assert!(names[0] != names[1] && names[1] != names[2]);
    assert!(names.iter().all(|name| keys::unhex::<16>(name).is_some()));
}

#[cfg(feature = "panel")]
pub mod before_the_panel {
    use std::fs;
    use std::io::Write as _;
    use std::process::{ChildStdin, Stdio};

    use vyveska::clock;
    use vyveska::command::{self, Command, Outcome, Sender, read_answer};
    use vyveska::hub::order::Fate;
    use vyveska::ledger::{Ledger, What};
    use vyveska::wire::PanelReport;

    use super::*;
    use crate::behaviour::hub::street::Street;
    use crate::behaviour::hub::uplink::{NOW, TEN};
    use crate::behaviour::town::Running;
    use crate::behaviour::visits::sketch::Sketch;

    /// The board's own process, before a glass that nobody sees and somebody may touch.
    fn show(street: &Street) -> (Running, ChildStdin) {
        let mut command = street.panel.command(&["panel", "--headless", "--ledger", "--touch", "/dev/stdin"]);
        let log = fs::File::create(street.panel.folder.join("panel.log")).unwrap();
        command.args(["--now", NOW]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let mut process = Running(command.spawn().unwrap());
        let sensor = process.0.stdin.take().unwrap();
        (process, sensor)
    }

    /// A hub, a device that it has let in, and its board.
    pub fn all(hub: &Server) -> (Street, Running, ChildStdin) {
        hub.place("lhota", "Lhota", "t");
        let mut street = Street::new(&hub.url(""), "token = \"t\"\n[service]\npin = \"4829\"");
        let (process, sensor) = show(&street);
        street.start(NOW);
        street.alone_until("the first report", || street.report().heard_at.is_some());
        (street, process, sensor)
    }

    /// A finger on the middle of the glass.
    fn touch(sensor: &mut ChildStdin) {
        let mut sketch = Sketch::new(400, 640);
        sketch.tap((200.0, 300.0));
        let text = sketch.text();
        let lines = text.lines().filter(|line| line.starts_with("A:") || line.starts_with("E:"));
        sensor.write_all(lines.map(|line| format!("{line}\n")).collect::<String>().as_bytes()).unwrap();
    }

    fn order(hub: &Server, street: &Street, kind: Kind) -> (PictureNote, Vec<u8>) {
        let name = ordered(hub, kind);
        let found = || -> Option<(PictureNote, Vec<u8>)> {
            let now = hub.hub.as_ref().unwrap().now();
            let shown = hub.write(move |connection| picture::last(connection, 1, now))?;
            (shown.note.name == name && shown.signed).then(|| (shown.note, kept(hub).unwrap()))
        };
        street.alone_until("the picture", || found().is_some());
        let number = hub.one::<i64>("SELECT max(id) FROM ordered");
        let now = hub.hub.as_ref().unwrap().now();
        street.alone_until("how it ended", || {
            let list = hub.write(move |connection| order::list(connection, 1, 9, now));
            list.iter().any(|one| one.id == number && matches!(one.fate, Fate::Done { .. }))
        });
        found().unwrap()
    }

    fn pixels(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        (info.width, info.height, rgb)
    }

    fn page(street: &Street) -> PanelReport {
        PanelReport::read(&street.panel.config().run).unwrap()
    }

    #[test]
    fn a_picture_comes_of_the_frame_that_is_there_and_changes_nothing() {
        let folder = Folder::in_memory("glass-taken");
        let hub = Server::every(TEN, &folder.0, NOW);
        let (street, _process, _sensor) = all(&hub);
        let before = page(&street);
        let (note, blurred) = order(&hub, &street, Kind::Picture);
        assert_eq!((note.sharp, note.reading, note.way.as_str()), (false, false, "headless"));
        let (width, height, means) = pixels(&blurred);
        assert_eq!((width, height), (50, 80), "every eighth pixel of 400 × 640");
        let (note, sharp) = order(&hub, &street, Kind::SharpPicture);
        assert!(note.sharp && sharp.len() <= Picture::MAX_BYTES);
        let (width, height, rgb) = pixels(&sharp);
        assert_eq!((width, height), (400, 640));
        // The same page; its clock may have moved on, and the wall's sheet may be another.
        let mean = |x: usize, y: usize| {
            let block = (0..64).map(|at| rgb[3 * ((8 * y + at / 8) * 400 + 8 * x + at % 8)] as u32);
            (block.sum::<u32>() + 32) / 64
        };
        let same = (0..50 * 80).filter(|at| mean(at % 50, at / 50).abs_diff(means[3 * at].into()) <= 1).count();
        assert!(same > 50 * 80 * 8 / 10, "{same} of 4000 are the mean of what is there");
        let after = page(&street);
        assert_eq!(
            (&after.page, after.started_at, after.idle_since),
            (&before.page, before.started_at, before.idle_since)
        );
        assert!(!after.reading);
        // It is in the ledger like every order.
        let (entries, verdict) = Ledger::read(&street.panel.data()).unwrap();
        verdict.unwrap();
        let orders = entries.into_iter().filter_map(|entry| entry.what).filter_map(|what| match what {
            What::Ordered { order, by } => Some(format!("{order} by {by}")),
            _ => None,
        });
        assert_eq!(orders.collect::<Vec<_>>(), ["picture by hub", "picture sharp by hub"]);
    }

    #[test]
    fn while_somebody_reads_a_picture_is_blurred_and_they_read_on() {
        let folder = Folder::in_memory("glass-read");
        let hub = Server::every(TEN, &folder.0, NOW);
        let (street, _process, mut sensor) = all(&hub);
        touch(&mut sensor);
        street.alone_until("somebody reads", || page(&street).reading && page(&street).page == "board");
        let before = page(&street);
        let (note, bytes) = order(&hub, &street, Kind::SharpPicture);
        assert_eq!((note.sharp, note.reading), (false, true));
        assert_eq!(pixels(&bytes).0, 50);
        let after = page(&street);
        assert_eq!((after.reading, &after.page), (true, &before.page), "the session goes on");
        let shown = administrator(&hub).get("/places/1").text;
        assert!(shown.contains("vždycky rozmazaný"), "{shown}");
    }

    #[test]
    fn the_panel_says_which_one_it_is_and_disturbs_nobody() {
        let folder = Folder::in_memory("glass-which");
        let hub = Server::every(TEN, &folder.0, NOW);
        let (street, _process, mut sensor) = all(&hub);
        let shared = hub.hub.clone().unwrap();
        let fate = |kind| {
            let number = hub.run(order::give(&shared, 1, kind, "starosta")).unwrap().unwrap();
            let now = shared.now();
            let found = || {
                let list = hub.write(move |connection| order::list(connection, 1, 9, now));
                list.into_iter().find(|one| one.id == number).unwrap().fate
            };
            street.alone_until("how it ended", || found() != Fate::Waiting);
            found()
        };
        let shown = fate(Kind::Identify);
        assert!(
            matches!(&shown, Fate::Done { said, .. } if said.contains("shows its place for a minute")),
            "{shown:?}"
        );
        assert_eq!(page(&street).page, "wall", "the board stays above it");
        touch(&mut sensor);
        street.alone_until("somebody reads", || page(&street).reading);
        let shown = fate(Kind::Identify);
        assert!(
            matches!(&shown, Fate::Refused { said, .. } if said.contains("somebody is before the glass")),
            "{shown:?}"
        );
        assert_eq!(page(&street).page, "wall", "the touch that ended it has opened nothing");
    }

    #[test]
    fn two_pictures_at_once_and_names_that_are_none_are_refused_in_words() {
        let folder = Folder::in_memory("glass-odd");
        let hub = Server::every(TEN, &folder.0, NOW);
        let (street, _process, _sensor) = all(&hub);
        let run = street.panel.config().run;
        let send = |name: &str| {
            let picture = Command::Picture { name: name.to_owned(), sharp: false };
            command::send(&run, &picture, Sender::Terminal, &clock::boot()).unwrap()
        };
        for name in ["", "../../panel", "ř", &"a".repeat(33)] {
            let id = send(name);
            street.alone_until("it is refused", || read_answer(&run, id).is_some());
            let answer = read_answer(&run, id).unwrap();
            assert_eq!((answer.outcome, answer.said.contains("letters and digits")), (Outcome::Refused, true));
        }
        assert_eq!(Picture::read(&run), None);
    }
}
