//! What must hold of a feed whatever its bytes, and of a board that is shown it for one round.
//!
//! The fuzzer's target `feed` looks at nothing else.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use vyveska::clock::Now;
use vyveska::feed;
use vyveska::guard::{Field, HoldKind, Observed};
use vyveska::model::{Notice, Severity, Snapshot};

use super::device::Device;

/// What the device knows before: a sound feed of eight notices.
const BEFORE: &[u8] = include_bytes!("../../corpus/feed/sound.jsonld");
const BASE: &str = "https://data.dolni-lhota.example/deska/feed.jsonld";

fn now(hour: i64) -> Now {
    let noon: DateTime<Utc> = "2022-05-10T10:00:00Z".parse().expect("a time");
    Now::trusted(noon + chrono::TimeDelta::hours(hour))
}

pub fn check(bytes: &[u8]) {
    let now = now(1);
    let Ok(snapshot) = feed::read(bytes, BASE, now.today()) else { return };
    is_sound(&snapshot);
    nothing_is_lost_in_silence(bytes, &snapshot);
    for ico in [None, Some("00258245")] {
        one_round(&snapshot, ico);
    }
}

/// What the rest of the program relies on.
fn is_sound(snapshot: &Snapshot) {
    let mut ids = HashSet::new();
    for notice in &snapshot.notices {
        assert!(!notice.id.trim().is_empty() && ids.insert(notice.id.as_str()), "one identity, one notice: {notice:?}");
        line(&notice.title);
        notice.categories.iter().for_each(|text| line(text));
        let lines = [&notice.reference_number, &notice.file_number, &notice.issuer];
        lines.into_iter().flatten().for_each(|text| line(text));
        if let Some(text) = &notice.description {
            assert!(!text.trim().is_empty() && text.chars().count() <= feed::MAX_DESCRIPTION + 1, "{text:?}");
        }
        assert!(notice.documents.len() <= feed::MAX_DOCUMENTS);
        notice.url.iter().for_each(|url| address(url));
        for document in &notice.documents {
            address(&document.url);
            document.title.iter().for_each(|text| line(text));
        }
        if let (Some(first), Some(last)) = (notice.posted, notice.relevant_until) {
            assert!(first <= last, "{first} to {last}");
        }
    }
    assert!(snapshot.untitled.iter().all(|id| ids.contains(id.as_str())));
    assert!(snapshot.ico.as_ref().is_none_or(|ico| ico.len() == 8 && ico.bytes().all(|byte| byte.is_ascii_digit())));
    for defect in &snapshot.defects {
        assert!(!defect.found.is_empty() && !defect.cure.is_empty(), "{defect:?}");
        assert!(defect.item.as_ref().is_none_or(|item| item.position > 0), "{defect:?}");
    }
}

fn line(text: &str) {
    let steers = |letter: char| letter.is_control();
    assert!(!text.trim().is_empty() && !text.contains(steers), "{text:?}");
    // And the sign that it was cut.
    assert!(text.chars().count() <= feed::MAX_LINE + 1, "{text:?}");
}

fn address(url: &str) {
    assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
    assert!(url.len() <= feed::MAX_ADDRESS, "{url}");
}

/// Where the feed is plain JSON, whoever counts its items finds each again, or is told.
fn nothing_is_lost_in_silence(bytes: &[u8], snapshot: &Snapshot) {
    let Ok(Value::Object(root)) = serde_json::from_slice(bytes) else { return };
    let Some(Value::Array(items)) = root.get("informace") else { return };
    let found = snapshot.notices.len() + snapshot.unreadable.ids.len() + snapshot.unreadable.nameless;
    let told = snapshot.defects.iter().filter(|defect| defect.item.is_some() && defect.severity <= Severity::Lost);
    assert!(found + told.count() >= items.len(), "{} items, {found} found", items.len());
}

fn one_round(snapshot: &Snapshot, ico: Option<&str>) {
    let sound = feed::read(BEFORE, BASE, now(0).today()).expect("the sound feed");
    let mut device = Device::new(ico);
    device.round(Observed::Snapshot(&sound), now(0));
    let before = device.known.clone();
    assert_eq!(before.len(), 8);

    let verdict = device.round(Observed::Snapshot(snapshot), now(1));
    let kinds: Vec<HoldKind> = verdict.holds.iter().map(|hold| hold.kind).collect();
    verdict.holds.iter().for_each(|hold| assert!(!hold.reason().is_empty()));
    let stands_still = kinds.contains(&HoldKind::WrongOperator);
    assert!(!stands_still || device.known == before, "nothing is taken from another's feed");
    let today = now(1).certain_day();
    let listed: HashMap<&str, &Notice> = snapshot.notices.iter().map(|notice| (notice.id.as_str(), notice)).collect();
    let broken: HashSet<&str> = snapshot.unreadable.ids.iter().map(String::as_str).collect();

    // What was known is there, or the office has said something of it, and not of most at once.
    let mut gone = 0;
    for old in before.iter().filter(|old| !device.has(&old.id)) {
        let renamed = verdict.rename.iter().any(|(id, _)| *id == old.id);
        let withdrawn = verdict.withdraw.contains(&old.id);
        let ended = listed.get(old.id.as_str()).is_some_and(|new| new.ended(today));
        assert!(renamed || withdrawn || ended, "lost without a reason: {old:?}");
        let itself = listed.get(old.id.as_str()).is_some_and(|new| is_nearest(old, new, &before));
        assert!(!withdrawn || !itself, "withdrawn although it is listed: {old:?}");
        assert!(!broken.contains(old.id.as_str()) || listed.contains_key(old.id.as_str()), "{old:?}");
        assert!(!withdrawn || snapshot.unreadable.nameless == 0, "it may be the item that does not say which it is");
        gone += usize::from(!renamed);
    }
    assert!(gone * 2 <= before.len(), "{gone} of {} went in one round", before.len());

    // What is new is up at once.
    for new in snapshot.notices.iter().filter(|new| !new.ended(today) && !stands_still) {
        assert!(shows(&device, new, &kinds) || kinds.contains(&HoldKind::WebChanged), "not added: {new:?}");
    }

    // The office mends its feed: all is there again.
    let verdict = device.round(Observed::Snapshot(&sound), now(2));
    let awaited = verdict.holds.iter().any(|hold| hold.kind == HoldKind::WebChanged);
    for old in &before {
        assert!(shows(&device, old, &[]) || awaited, "not back: {old:?}");
    }
}

/// An item that took another's identity says nothing of what that notice says, or less than of another one.
fn is_nearest(old: &Notice, new: &Notice, before: &[Notice]) -> bool {
    let others = before.iter().filter(|other| other.id != old.id).map(|other| in_common(other, new));
    in_common(old, new) > others.max().unwrap_or(0)
}

/// How much of what a notice is recognised by two have in common.
fn in_common(old: &Notice, new: &Notice) -> usize {
    let number = old.reference_number == new.reference_number && old.reference_number.is_some();
    let same = [old.title == new.title, old.url == new.url, number, old.posted == new.posted];
    same.into_iter().filter(|same| *same).count()
}

/// Under its identity, or, where another item took that, under the one that the device gave it. A field that is held back
/// is as it was.
fn shows(device: &Device, notice: &Notice, held: &[HoldKind]) -> bool {
    let kinds = |field: Field| [HoldKind::FieldBlanked { field }, HoldKind::FieldChanged { field }];
    let holds = |field: Field| kinds(field).iter().any(|kind| held.contains(kind));
    let same = |up: &Notice| {
        (up.title == notice.title || holds(Field::Title))
            && (up.url == notice.url || holds(Field::Url))
            && (up.posted == notice.posted || holds(Field::Posted))
    };
    device.has(&notice.id) || device.known.iter().any(same)
}
