//! What must hold of a feed whatever its bytes, and of a board that is shown it for one round.
//!
//! The fuzzer's target `feed` looks at nothing else.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value;
use vyveska::clock::Now;
use vyveska::feed;
use vyveska::guard::{Field, HoldKind, Observed, Verdict};
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
    verdict.holds.iter().for_each(|hold| assert!(!hold.reason().is_empty()));
    let stands_still = verdict.stranger().is_some();
    assert!(!stands_still || device.known == before, "nothing is taken from another's feed");
    assert!(verdict.rename.is_empty(), "a person confirms a new web");

    // What was known is there, or the office has said something of it, and not of most at once.
    let listed = Listed { snapshot, before: &before, verdict: &verdict };
    let gone: Vec<&Notice> = before.iter().filter(|old| !device.has(&old.id)).collect();
    assert!(gone.len() * 2 <= before.len(), "{} of {} went in one round", gone.len(), before.len());
    gone.iter().for_each(|old| listed.has_a_reason(old));
    let taken_down = gone.iter().filter(|old| !verdict.withdraw.contains(&old.id)).count();
    let ended = snapshot.notices.iter().filter(|item| item.ended(now(1).certain_day())).count();
    assert!(taken_down <= ended, "one item takes down one notice");

    // And is itself: no other paper goes under its identity.
    for old in &before {
        let up = device.known.iter().find(|up| up.id == old.id);
        assert!(up.is_none_or(|up| !is_another(old, up, snapshot)), "{up:?} took the identity of {old:?}");
    }

    // What is new is up at once.
    for item in snapshot.notices.iter().filter(|item| !item.ended(now(1).certain_day()) && !stands_still) {
        assert!(is_up(&device, &verdict, item, snapshot), "not added: {item:?}");
    }

    // The office mends its feed: all is there again.
    let verdict = device.round(Observed::Snapshot(&sound), now(2));
    for old in &before {
        assert!(is_up(&device, &verdict, old, &sound), "not back: {old:?}");
    }
}

/// What the office says of the notices that it had listed before.
struct Listed<'a> {
    snapshot: &'a Snapshot,
    before: &'a [Notice],
    verdict: &'a Verdict,
}

impl Listed<'_> {
    /// Why `old` is up no more: the office lists it no more, or lists it with an end in the past.
    fn has_a_reason(&self, old: &Notice) {
        let Listed { snapshot, verdict, .. } = self;
        if verdict.withdraw.contains(&old.id) {
            assert!(
                !snapshot.unreadable.ids.contains(&old.id),
                "withdrawn although its broken item is listed: {old:?}"
            );
            assert!(snapshot.unreadable.nameless == 0, "it may be the item that does not say which it is: {old:?}");
            let item = snapshot.notices.iter().find(|item| self.is_listed_as(old, item));
            assert!(item.is_none(), "withdrawn although it is listed: {old:?} as {item:?}");
        } else {
            let speaks_of_it =
                |item: &&Notice| is_one(old, item) || item.id == old.id && !is_another(old, item, snapshot);
            let ended = |item: &&Notice| item.ended(now(1).certain_day());
            assert!(
                snapshot.notices.iter().filter(ended).any(|item| speaks_of_it(&item)),
                "lost without a reason: {old:?}"
            );
        }
    }

    /// Whether the item cannot but be `old`.
    ///
    /// An item speaks of several notices where it was put together from them, which no office does on purpose: it is
    /// the one of its identity, or where that one's number is another, the one that it was taken for.
    fn is_listed_as(&self, old: &Notice, item: &Notice) -> bool {
        if item.id == old.id {
            let taken_for = |other: &&Notice| is_one(other, item) && !self.verdict.withdraw.contains(&other.id);
            return !is_another(old, item, self.snapshot)
                && (says_of(old, item) && !is_numbered_otherwise(old, item)
                    || !self.before.iter().any(|other| taken_for(&other)));
        }
        // Under the identity of another notice, and nothing else of it is that one's or anybody's.
        let places = self.before.iter().any(|other| other.id == item.id)
            || self.snapshot.notices.iter().any(|item| item.id == old.id);
        let alone = |notices: &[Notice], one: &Notice| notices.iter().filter(|other| is_one(one, other)).count() == 1;
        let whole = old.title == item.title && old.url == item.url && old.reference_number == item.reference_number;
        places && whole && alone(self.before, item) && alone(&self.snapshot.notices, old)
    }
}

/// Whether the item says anything that `notice` is recognised by. A day tells no paper from another: many are posted on
/// one, for one term.
fn says_of(notice: &Notice, item: &Notice) -> bool {
    let listed = |url: &str| item.documents.iter().any(|document| document.url == url);
    says_mainly_of(notice, item) || notice.documents.iter().any(|document| listed(&document.url))
}

fn says_mainly_of(notice: &Notice, item: &Notice) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let number = same(&number(notice), &number(item));
    notice.title.to_lowercase() == item.title.to_lowercase() || same(&notice.url, &item.url) || number
}

/// Two papers of an office have two numbers.
fn is_numbered_otherwise(notice: &Notice, item: &Notice) -> bool {
    let (one, other) = (number(notice), number(item));
    one.is_some() && other.is_some() && one != other
}

/// However the office spaces it.
fn number(notice: &Notice) -> Option<String> {
    notice.reference_number.as_ref().map(|number| number.split_whitespace().collect::<String>().to_lowercase())
}

/// Whether the two can be one paper, whatever their identities.
fn is_one(notice: &Notice, item: &Notice) -> bool {
    says_mainly_of(notice, item) && !is_numbered_otherwise(notice, item)
}

/// Whether the two are two papers, whatever their identities: the item says all that a paper is recognised by, and nothing
/// of the other. One that says less is spoilt.
fn is_another(notice: &Notice, item: &Notice, snapshot: &Snapshot) -> bool {
    let says_all = item.url.is_some() && item.reference_number.is_some() && !snapshot.untitled.contains(&item.id);
    says_all && !says_of(notice, item)
}

/// Whether what the item says is up, except for what is held back. Its identity says little: another paper may have had
/// it before.
fn is_up(device: &Device, verdict: &Verdict, item: &Notice, snapshot: &Snapshot) -> bool {
    let may_be = |up: &&Notice| says_of(up, item) || up.id == item.id && !is_another(up, item, snapshot);
    device.known.iter().filter(may_be).any(|up| {
        let holds = || verdict.holds.iter().filter(|hold| hold.is_about(&device.board.key, &up.id));
        let holds_back = |field| {
            let kinds = [HoldKind::FieldBlanked { field }, HoldKind::FieldChanged { field }];
            holds().any(|hold| kinds.contains(&hold.kind))
        };
        let mut shown = Notice { id: up.id.clone(), ..item.clone() };
        Field::ALL.into_iter().filter(|field| holds_back(*field)).for_each(|field| field.keep(up, &mut shown));
        // Until a new web is confirmed, the notice is up as it was on the old one.
        shown == *up || is_one(up, item) && holds().any(|hold| hold.kind == HoldKind::WebChanged)
    })
}
