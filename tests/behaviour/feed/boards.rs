//! The board as a whole: encodings, slips of JSON, keys, the operator, and when nothing may be concluded.

use serde_json::{Value, json};
use vyveska::feed::FeedError;
use vyveska::model::Severity::{self, Lost, Repaired, Uncertain};
use vyveska::model::Unreadable;

use super::{board, only, read, read_items, read_one, sound};

fn text() -> String {
    board(&json!([sound(1)])).to_string()
}

/// Reads the same board out of other bytes; what the only defect is.
#[track_caller]
fn same(bytes: impl AsRef<[u8]>, defect: Option<(&str, Severity)>) {
    let snapshot = read(bytes).unwrap();
    assert_eq!(snapshot.notices, read(text()).unwrap().notices);
    assert_eq!(snapshot.ico.as_deref(), Some("00258245"));
    match defect {
        None => assert_eq!(snapshot.defects, []),
        Some(defect) => assert_eq!(only(&snapshot.defects), defect),
    }
}

#[test]
fn every_encoding_is_read() {
    let text = text();
    let whole = Some(("", Repaired));
    same(format!("\u{feff}{text}"), whole);
    same(encoding_rs::WINDOWS_1250.encode(&text).0, whole);
    same(encoding_rs::ISO_8859_2.encode(&text).0, whole);
    let wide: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    same(&little, whole);
    same(&big, whole);
    same([b"\xff\xfe", &little[..]].concat(), whole);
    same([b"\xfe\xff", &big[..]].concat(), whole);
    same(encoding_rs::WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.as_bytes(), whole);
    same(format!(" \r\n{text}\n\n"), None);
    same(format!("{text}\0\0"), None);
    let ascii: String =
        text.chars().map(|c| if c.is_ascii() { c.into() } else { format!("\\u{:04x}", c as u32) }).collect();
    same(ascii.replace('/', "\\/"), None);
}

#[test]
fn a_feed_that_is_almost_utf_8_loses_only_the_damaged_letter() {
    let mut bytes = text().replace("pronájmu", "pron#jmu").into_bytes();
    let place = bytes.iter().position(|byte| *byte == b'#').unwrap();
    bytes[place] = 0xC3;
    let snapshot = read(&bytes).unwrap();
    assert_eq!(snapshot.notices[0].title, "Záměr pron\u{fffd}jmu pozemku č. 1");
    let severities: Vec<_> = snapshot.defects.iter().map(|defect| (defect.field.as_str(), defect.severity)).collect();
    assert_eq!(severities, [("", Uncertain), ("název", Uncertain)]);
}

#[test]
fn what_is_no_feed_is_named() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "empty"),
        (b" \n\t\0", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><html><title>503</title></html>", "web page (HTML)"),
        (b"<?xml version=\"1.0\"?><rss></rss>", "RSS"),
        (b"<?xml version=\"1.0\"?><board/>", "XML"),
        (b"<br />\n<b>Warning</b>: mysql_connect(): in /srv/deska.php on line 3", "generator"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
    ];
    for (bytes, word) in cases {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn slips_with_one_reading_are_mended() {
    let text = text();
    let whole = Some(("", Repaired));
    same(text.replace("}]", "},]"), whole);
    same(text.replace("\"}", "\",}"), whole);
    same(format!("{text}<!-- 0.12 s -->"), whole);
    same(text.replace("\"00258245\"", "00258245"), whole);
    same(text.replacen("Záměr pronájmu", "Záměr\\u0020pronájmu", 1), None);
    let title = |written: &str| {
        let snapshot = read(text.replacen("Záměr pronájmu", written, 1)).unwrap();
        assert_eq!(snapshot.defects.iter().filter(|defect| defect.field.is_empty()).count(), 1, "{written}");
        snapshot.notices[0].title.clone()
    };
    assert_eq!(title("Záměr\npronájmu"), "Záměr pronájmu pozemku č. 1");
    assert_eq!(title("Záměr\tpronájmu"), "Záměr pronájmu pozemku č. 1");
    assert_eq!(title("Záměr \\'pronájmu\\'"), "Záměr 'pronájmu' pozemku č. 1");
    assert_eq!(title("C:\\Záměr"), "C:\\Záměr pozemku č. 1");
    assert_eq!(title("Záměr \\ud83d"), "Záměr \u{fffd} pozemku č. 1");
    let two = board(&json!([sound(1), sound(2)])).to_string();
    let items = [sound(1).to_string(), sound(2).to_string()];
    let glued = two.replace(&items.join(","), &items.join(" "));
    assert_ne!(two, glued);
    assert_eq!(read(glued).unwrap().notices.len(), 2);
    for word in ["NaN", "undefined", "None", "1e999", "+5", "007"] {
        let (notice, _) = read_one(&sound(1).to_string().replacen("\"OU-1/2022\"", word, 1));
        assert_eq!(notice.reference_number.as_deref(), Some(word));
    }
}

#[test]
fn what_has_several_readings_is_refused_with_its_place() {
    let text = serde_json::to_string_pretty(&board(&json!([sound(1)]))).unwrap();
    let fault = |broken: &str| match read(broken).unwrap_err() {
        FeedError::NotJson { line, column, hint } => (line, column, hint),
        other => panic!("{other}"),
    };
    let place = |needle: &str| {
        let before = text.split(needle).next().unwrap();
        let line = before.lines().count();
        (line, before.lines().last().unwrap().chars().count() + 1)
    };
    // A quotation mark inside a title.
    let (line, column, hint) = fault(&text.replacen("Záměr pronájmu", "Záměr \"pronájmu", 1));
    assert_eq!((line, column), {
        let (line, column) = place("Záměr pronájmu");
        (line, column + 7)
    });
    assert!(hint.contains("\\\""), "{hint}");
    // As on a real board in 2022: shortened right behind a backslash.
    let (line, _, hint) = fault(&text.replacen("pozemku č. 1\"", "pozemku č. 1\\\"", 1));
    assert_eq!(line, place("Záměr pronájmu").0);
    assert!(hint.contains("backslash"), "{hint}");
    // Cut off on its way, at any place.
    let compact = super::board(&json!([sound(1)])).to_string();
    for end in (1..compact.len()).filter(|end| compact.is_char_boundary(*end)) {
        assert!(read(&compact[..end]).is_err(), "{}", &compact[..end]);
    }
    assert!(fault(&compact[..compact.len() / 2]).2.contains("ends in the middle"));
    assert!(matches!(read(format!("{compact}{compact}")), Err(FeedError::NotJson { .. })));
}

#[test]
fn an_empty_board_is_not_an_unreadable_one() {
    let empty = read_items(&json!([]));
    assert_eq!((empty.notices.len(), empty.defects.len()), (0, 0));
    for unreadable in [json!(null), json!(""), json!({}), json!("žádné"), json!(0), json!(false)] {
        let error = read(board(&unreadable).to_string()).unwrap_err();
        assert!(matches!(error, FeedError::BadList { .. }), "{unreadable}: {error}");
    }
    for unreadable in [json!([null]), json!([[], {}, "", 7])] {
        let error = read(board(&unreadable).to_string()).unwrap_err();
        assert!(matches!(error, FeedError::NothingReadable { .. }), "{unreadable}: {error}");
    }
    let mut without = board(&json!([]));
    without.as_object_mut().unwrap().remove("informace");
    assert_eq!(read(without.to_string()), Err(FeedError::NoList { near: None }));
    for no_board in ["{}", "[]", "7", "\"x\"", "null", "[{}]", "{\"@graph\":[]}"] {
        assert!(read(no_board).is_err(), "{no_board}");
    }
}

fn renamed(from: &str, to: &str) -> String {
    board(&json!([sound(1)])).to_string().replace(&format!("\"{from}\""), &format!("\"{to}\""))
}

#[test]
fn a_list_under_a_misspelt_key_is_read() {
    for key in ["informce", "Informace", "infromace", "informaace", "INFORMACE ", "informacie", "i\u{301}nformace"] {
        same(renamed("informace", key), Some(("informace", Repaired)));
    }
    // Empty, it may mean anything: nothing may be concluded.
    let empty = board(&json!([])).to_string().replace("informace", "informce");
    assert_eq!(read(empty), Err(FeedError::NoList { near: Some("informce".to_owned()) }));
    // Spelt beyond recognition, it is named by what stands under it.
    let error = read(renamed("informace", "polozky")).unwrap_err();
    assert_eq!(error, FeedError::NoList { near: Some("polozky".to_owned()) });
    assert!(error.to_string().contains("rename it to `informace`"));
}

#[test]
fn keys_that_are_nearly_right_are_read() {
    let keys = [
        ("název", "nazev"),
        ("název", "Název"),
        ("název", "nadpis"),
        ("vyvěšení", "vyvěšeni"),
        ("vyvěšení", "vyveseni"),
        ("vyvěšení", "vyvěšeno"),
        ("relevantní_do", "relevantni_do"),
        ("relevantní_do", "relevantníDo"),
        ("relevantní_do", "relevantní do"),
        ("relevantní_do", "vyvěšeno_do"),
        ("číslo_jednací", "cislo_jednaci"),
        ("číslo_jednací", "čislo_jednací"),
        ("spisová_značka", "spisova-znacka"),
        ("dokument", "dokumenty"),
        ("agenda", "agendy"),
        ("datum", "date"),
        ("provozovatel", "provozovatelé"),
        ("ičo", "ico"),
        ("ičo", "IČO"),
        ("stránka", "stranka"),
        ("iri", "@id"),
    ];
    for (right, wrong) in keys {
        let snapshot = read(renamed(right, wrong)).unwrap();
        assert_eq!(snapshot.notices, read(text()).unwrap().notices, "{wrong}");
        assert_eq!(snapshot.ico.as_deref(), Some("00258245"), "{wrong}");
        assert!(!snapshot.defects.is_empty(), "{wrong}");
        for defect in &snapshot.defects {
            assert_eq!((defect.field.as_str(), defect.severity), (right, Repaired), "{wrong}");
            assert!(defect.found.contains(wrong) && defect.cure.contains(right), "{defect:?}");
        }
    }
    // Written on a Mac: the same letters, composed otherwise. Nobody needs to mend that.
    use unicode_normalization::UnicodeNormalization;
    same(text().replace("vyvěšení", &"vyvěšení".nfd().to_string()).replace("název", &"název".nfd().to_string()), None);
    // Taking down is not posting, though it is spelt alike.
    for key in ["svěšení", "sveseni", "Svěšení"] {
        let (notice, _) = read_one(&sound(1).to_string().replace("vyvěšení", key).replace("relevantní_do", "x"));
        assert_eq!((notice.posted, notice.relevant_until), (None, Some(super::day("2022-05-02"))), "{key}");
    }
    // A key of the norm that says something else is not taken for a misspelling.
    let item = sound(1).to_string().replace("číslo_jednací", "schválení");
    assert_eq!(read_one(&item).0.reference_number, None);
}

#[test]
fn repeated_keys_lose_nothing() {
    let twice = |first: &str, second: &str| {
        let item = sound(1).to_string().replacen('{', &format!("{{\"název\":{first},\"název\":{second},"), 1);
        let (notice, defects) = read_one(&item.replacen("\"název\":{\"cs\":\"Záměr pronájmu pozemku č. 1\"},", "", 1));
        (notice.title, only(&defects).1)
    };
    assert_eq!(twice(r#"{"cs":"A"}"#, r#"{"cs":"A"}"#), ("A".to_owned(), Repaired));
    assert_eq!(twice(r#"{"cs":"A"}"#, r#"{"cs":"B"}"#), ("B".to_owned(), Uncertain));
    assert_eq!(twice(r#"{"cs":"A"}"#, r#"{"cs":""}"#), ("A".to_owned(), Repaired));
    assert_eq!(twice("null", r#"{"cs":"B"}"#), ("B".to_owned(), Repaired));
    let item = sound(1).to_string().replacen('{', r#"{"dokument":[{"url":"https://x.example/0.pdf"}],"#, 1);
    assert_eq!(read_one(&item).0.documents.len(), 2);
    let lists = text().replacen("\"informace\":", &format!("\"informace\":[{}],\"informace\":", sound(7)), 1);
    assert_eq!(read(lists).unwrap().notices.len(), 2);
}

#[test]
fn one_object_stands_for_a_list() {
    same(board(&sound(1)).to_string(), Some(("informace", Repaired)));
    same(board(&json!({"3": sound(1)})).to_string(), Some(("informace", Repaired)));
    same(json!([board(&json!([sound(1)]))]).to_string(), Some(("", Repaired)));
    same(json!({"@graph": [board(&json!([sound(1)]))]}).to_string(), Some(("", Repaired)));
    assert!(read(json!([board(&json!([])), board(&json!([]))]).to_string()).is_err());
}

#[test]
fn types_are_not_needed() {
    for value in [None, Some(json!("")), Some(json!("Aktualita")), Some(json!(["Digitální objekt"])), Some(json!(7))]
    {
        let mut item = sound(1);
        item.as_object_mut().unwrap().remove("typ");
        if let Some(value) = value {
            item["typ"] = value;
        }
        assert_eq!(only(&read_one(&item.to_string()).1), ("typ", Repaired));
    }
}

#[test]
fn the_operator_in_any_form() {
    let operator = |value: Value| {
        let mut feed = board(&json!([sound(1)]));
        feed["provozovatel"] = value;
        let snapshot = read(feed.to_string()).unwrap();
        assert_eq!(snapshot.notices.len(), 1);
        (snapshot.ico, snapshot.defects.first().map(|defect| (defect.field.clone(), defect.severity)))
    };
    let number = |severity| Some(("provozovatel.ičo".to_owned(), severity));
    let known = Some("00258245".to_owned());
    assert_eq!(operator(json!({"typ": "Orgán veřejné moci", "identifikátor_ovm": "00258245"})), (known.clone(), None));
    assert_eq!(operator(json!([{"typ": "Osoba", "ičo": "00258245"}])), (known.clone(), None));
    for odd in [json!(258245), json!("258245"), json!("CZ00258245"), json!("002 58 245")] {
        assert_eq!(operator(json!({"ičo": odd})), (known.clone(), number(Repaired)), "{odd}");
    }
    for wrong in [json!("00000000"), json!(0), json!("123456789"), json!("není"), json!("0025824X")] {
        assert_eq!(operator(json!({"ičo": wrong})), (None, number(Uncertain)), "{wrong}");
    }
    for missing in [json!(null), json!({}), json!([]), json!({"typ": "Osoba"}), json!({"ičo": ""}), json!(true)] {
        assert_eq!(operator(missing.clone()), (None, Some(("provozovatel".to_owned(), Uncertain))), "{missing}");
    }
}

#[test]
fn an_item_without_anything_is_reported_as_lost() {
    let snapshot =
        read_items(&json!([{}, sound(1), null, {"typ": ["Informace na úřední desce"]}, "Záměr", {"iri": "urn:x"}]));
    assert_eq!(snapshot.notices.len(), 1);
    let lost: Vec<usize> = snapshot
        .defects
        .iter()
        .filter(|defect| defect.severity == Lost)
        .filter_map(|defect| defect.item.as_ref().map(|item| item.position))
        .collect();
    assert_eq!(lost, [1, 3, 4, 5, 6]);
    // Anything at all that can be shown is shown.
    for (key, value) in [("název", json!("A")), ("vyvěšení", json!("2022-05-01")), ("url", json!("https://x.example/"))]
    {
        let snapshot = read_items(&json!([{ key: value }]));
        assert_eq!(snapshot.notices.len(), 1, "{key}");
    }
}

#[test]
fn an_item_without_anything_is_listed_all_the_same() {
    let items = json!([{}, sound(1), null, "https://dolni-lhota.example/deska/2 ", {"iri": " urn:x"}, "chyba", [], ""]);
    let snapshot = read_items(&items);
    assert_eq!(snapshot.unreadable.ids, ["https://dolni-lhota.example/deska/2", "urn:x"]);
    assert_eq!(snapshot.unreadable.nameless, 5);
    let named: Vec<&str> = snapshot
        .defects
        .iter()
        .filter(|defect| defect.severity == Lost)
        .filter_map(|defect| defect.item.as_ref()?.id.as_deref())
        .collect();
    assert_eq!(named, snapshot.unreadable.ids, "the clerk is told which");
    assert_eq!(read_items(&json!([sound(1)])).unreadable, Unreadable::default());
}
