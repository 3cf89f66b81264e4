//! Feeds that want to harm, or are only enormous: bounded, and never a panic.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use vyveska::clock;
use vyveska::feed::{self, FeedError};

use super::{board, day, read, read_items, sound};

#[test]
fn depth_is_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [200, 100_000] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let within = text_with(&deep);
            assert!(matches!(read(&within), Err(FeedError::TooDeep { line: 1, .. })), "{depth}");
            assert!(matches!(read(&deep), Err(FeedError::TooDeep { .. })));
            assert!(read(open.repeat(depth)).is_err());
        }
    }
    // The board, its list and the item are three levels.
    let exactly = |depth: usize| read(text_with(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth))));
    assert!(exactly(feed::MAX_DEPTH - 3).is_ok());
    assert!(matches!(exactly(feed::MAX_DEPTH - 2), Err(FeedError::TooDeep { .. })));
}

fn text_with(inner: &str) -> String {
    board(&json!([sound(1)])).to_string().replacen(
        "\"číslo_jednací\":",
        &format!("\"x\":{inner},\"číslo_jednací\":"),
        1,
    )
}

#[test]
fn size_is_bounded() {
    let bytes = vec![b' '; feed::MAX_BYTES + 1];
    assert_eq!(read(&bytes), Err(FeedError::TooLarge { bytes: feed::MAX_BYTES + 1 }));
    let many = format!("[{}0]", "0,".repeat(feed::MAX_VALUES));
    assert_eq!(read(many), Err(FeedError::TooManyValues));
    let items = format!("{{\"informace\":[{}{{}}]}}", "{},".repeat(feed::MAX_NOTICES));
    assert_eq!(read(items), Err(FeedError::TooMany { count: feed::MAX_NOTICES + 1 }));
}

/// Generous: a machine ten times slower than any panel must still pass.
fn quickly<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = clock::ticks();
    let done = work();
    let taken = clock::ticks() - start;
    eprintln!("{what}: {taken:?}");
    assert!(taken < Duration::from_secs(20), "{what} took {taken:?}");
    done
}

#[test]
fn twenty_thousand_notices_are_read() {
    let items: Vec<Value> = (0..20_000).map(sound).collect();
    let text = board(&json!(items)).to_string();
    let snapshot = quickly("20,000 notices", || read(&text).unwrap());
    assert_eq!((snapshot.notices.len(), snapshot.defects.len()), (20_000, 0));
}

#[test]
fn defects_are_bounded_and_counted() {
    let items: Vec<Value> = (0..20_000).map(|n| json!({"název": format!("Záměr {n}")})).collect();
    let snapshot = quickly("20,000 defective notices", || read_items(&json!(items)));
    assert_eq!(snapshot.notices.len(), 20_000);
    assert!(snapshot.defects.len() < 20 * feed::MAX_DEFECTS_PER_FIELD, "{}", snapshot.defects.len());
    let rest = snapshot.defects.iter().filter(|defect| defect.found.starts_with("19800 more")).count();
    assert_eq!(rest, 5, "typ, název, vyvěšení, relevantní_do, iri");
}

#[test]
fn nothing_takes_more_than_its_share_of_time() {
    let same: Vec<Value> = (0..20_000).map(|_| json!({"iri": "urn:x", "název": "A"})).collect();
    assert_eq!(quickly("one notice 20,000 times", || read_items(&json!(same))).notices.len(), 1);
    let alike: Vec<Value> = (0..20_000).map(|n| json!({"iri": "urn:x", "název": n.to_string()})).collect();
    assert_eq!(quickly("one identity 20,000 times", || read_items(&json!(alike))).notices.len(), 20_000);
    for piece in ["<", "&", "&amp;", "<b", "\u{200b}", "a ", "\\n", "<p>", "&#"] {
        let long = text_with_title(&piece.repeat(2_000_000));
        quickly(piece, || read(&long).unwrap());
    }
    let keys: String = (0..200_000).map(|n| format!("\"nazew{n}\":1,")).collect();
    let item = format!("{{{keys}\"název\":{{\"cs\":\"A\"}}}}");
    quickly("200,000 keys", || read(board(&json!(["ITEM"])).to_string().replace("\"ITEM\"", &item)).unwrap());
    let twice = "\"název\":{\"cs\":\"A\"},".repeat(200_000);
    quickly("one key 200,000 times", || read(text_with("1").replacen("\"x\":", &format!("{twice}\"x\":"), 1)).unwrap());
    let quotes = format!("{{\"informace\":[{}", "\"\\".repeat(5_000_000));
    assert!(quickly("broken escapes", || read(&quotes)).is_err());
    let commas = format!("{{\"informace\":[{}]}}", ", \n".repeat(5_000_000));
    assert!(quickly("commas", || read(&commas)).is_ok());
    let broken = "\u{c5}".repeat(1_000_000).into_bytes();
    assert!(quickly("half letters", || read(&broken)).is_err());
}

fn text_with_title(title: &str) -> String {
    board(&json!([sound(1)])).to_string().replacen("Záměr pronájmu", title, 1)
}

fn odd_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}|.{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "-",
            "2022-05-10",
            "0000-00-00",
            "1. 2. 2022",
            "https://x.example/a",
            "&amp;",
            "00000000"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    let known = vec![
        "typ",
        "iri",
        "url",
        "název",
        "popis",
        "vyvěšení",
        "relevantní_do",
        "dokument",
        "příloha",
        "agenda",
        "datum",
        "datum_a_čas",
        "nespecifikovaný",
        "cs",
        "en",
        "číslo_jednací",
        "spisová_značka",
        "sejmutí",
        "informace",
        "provozovatel",
        "ičo",
        "stránka",
        "@graph",
        "začátek",
        "konec",
        "nazev",
        "0",
        "sha256",
        "typ_média",
        "původce",
    ];
    prop_oneof![4 => prop::sample::select(known).prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_panic_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    /// Bytes exchanged, left out or doubled in a feed.
    #[test]
    fn no_damage_panics_the_reader(
        start in 0..6_000_usize, length in 0..40_usize, with in prop::collection::vec(any::<u8>(), 0..12), odd in any::<bool>(),
    ) {
        let sound: &[u8] = include_bytes!("../../fixtures/feed/sound.jsonld");
        let mut bytes = if odd { include_bytes!("../../fixtures/feed/odd.jsonld").to_vec() } else { sound.to_vec() };
        let start = start % bytes.len();
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, with);
        let _ = feed::read(&bytes, "", day("2022-05-10"));
    }

    #[test]
    fn no_json_panics_the_reader(value in odd_value()) {
        let _ = read(value.to_string());
        let _ = read(board(&value).to_string());
    }

    /// However odd an item is, those beside it are read as if it were not there.
    #[test]
    fn one_bad_item_never_loses_another(
        odd in odd_value(), fields in prop::collection::vec((key(), odd_value()), 0..6), place in 0..4_usize,
    ) {
        let sound_items: Vec<Value> = (1..4).map(sound).collect();
        let expected = read_items(&json!(sound_items)).notices;
        let mut changed = sound(9);
        if fields.is_empty() {
            changed = odd;
        } else {
            for (key, value) in fields {
                changed[key] = value;
            }
        }
        let mut items = sound_items;
        items.insert(place, changed);
        let notices = read_items(&json!(items)).notices;
        for notice in &expected {
            prop_assert!(notices.contains(notice));
        }
        prop_assert!(notices.len() <= 4);
        for notice in &notices {
            prop_assert!(!notice.id.is_empty() && !notice.title.is_empty());
            for document in &notice.documents {
                prop_assert!(document.url.starts_with("http://") || document.url.starts_with("https://"));
            }
        }
    }
}
