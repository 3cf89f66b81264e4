//! Titles and other texts: what is shown of them.

use proptest::prelude::*;
use serde_json::{Value, json};
use vyveska::model::Severity::{Repaired, Uncertain};

use super::{one, only, read_items, read_one, sound};

#[track_caller]
fn title(value: Value) -> (String, Vec<vyveska::model::Defect>) {
    let (notice, defects) = one(|item| item["název"] = value);
    (notice.title, defects)
}

#[test]
fn blanks_are_put_right_silently() {
    for raw in ["  Záměr obce ", "Záměr\n obce", "Záměr \t\r\n obce", "Záměr\u{2028}obce", "\u{3000}Záměr  obce\u{a0}"]
    {
        assert_eq!(title(json!({"cs": raw})), ("Záměr obce".to_owned(), vec![]), "{raw:?}");
    }
    // A single no-break space is typography.
    assert_eq!(title(json!({"cs": "Záměr č.\u{a0}3"})).0, "Záměr č.\u{a0}3");
    let dashes = "Rozpočet – „střednědobý výhled“ 2023–2025 § 12 °C ґїє Straße…";
    assert_eq!(title(json!({"cs": dashes})), (dashes.to_owned(), vec![]));
}

#[test]
fn entities_and_tags_become_letters() {
    let cases = [
        ("Koncepce &quot;Voda&quot;", "Koncepce \"Voda\""),
        ("Dolní &amp; Horní", "Dolní & Horní"),
        ("Dolní &amp;amp; Horní", "Dolní & Horní"),
        ("Dopravn&iacute; zna&#269;en&#xED;", "Dopravní značení"),
        ("<p>Záměr <b>obce</b></p>", "Záměr obce"),
        ("Záměr<br/>obce", "Záměr obce"),
        ("&lt;strong&gt;Záměr&lt;/strong&gt; obce", "Záměr obce"),
        ("<a href=\"https://x.example/?a>b\">Záměr</a> obce", "b\">Záměr obce"),
        ("Z<sub>2</sub>", "Z2"),
    ];
    for (raw, expected) in cases {
        let (shown, defects) = title(json!({"cs": raw}));
        assert_eq!(shown, expected);
        assert!(defects.iter().all(|defect| (defect.field.as_str(), defect.severity) == ("název", Repaired)), "{raw}");
        assert!(!defects.is_empty(), "{raw}");
    }
    for plain in ["příjem <5000 Kč", "A & B", "AT&T; x", "a < b > c", "<neuvedeno>", "1 <2"] {
        assert_eq!(title(json!({"cs": plain})), (plain.to_owned(), vec![]));
    }
}

#[test]
fn letters_that_are_not_seen_are_left_out() {
    let hidden =
        ["Zá\u{200b}měr", "\u{202e}Záměr\u{202c}", "Zá\u{ad}měr", "\u{feff}Záměr", "Zá\u{2066}měr", "Záměr\u{e0041}"];
    for raw in hidden {
        let (shown, defects) = title(json!({"cs": raw}));
        assert_eq!((shown.as_str(), only(&defects)), ("Záměr", ("název", Repaired)), "{raw:?}");
    }
    let (shown, _) = title(json!({"cs": "Zá\u{1}měr\u{85}obce"}));
    assert_eq!(shown, "Zá měr obce");
    // Accents that stand apart are composed.
    assert_eq!(title(json!({"cs": "Za\u{301}me\u{30c}r"})).0, "Záměr");
}

#[test]
fn any_form_of_a_text_is_read() {
    let cases = [
        (json!("Záměr"), "Záměr", Repaired),
        (json!(["Záměr", "Intent"]), "Záměr", Repaired),
        (json!([{"en": "Intent"}, {"cs": "Záměr"}]), "Záměr", Repaired),
        (json!([{"@language": "en", "@value": "Intent"}, {"@language": "cs", "@value": "Záměr"}]), "Záměr", Repaired),
        (json!({"@language": "cs", "@value": "Záměr"}), "Záměr", Repaired),
        (json!({"en": "Intent", "uk": "Намір"}), "Intent", Uncertain),
        (json!({"cs": "", "en": "Intent"}), "Intent", Uncertain),
        (json!(2022), "2022", Repaired),
    ];
    for (value, expected, severity) in cases {
        let (shown, defects) = title(value.clone());
        assert_eq!((shown.as_str(), only(&defects)), (expected, ("název", severity)), "{value}");
    }
    for clean in [
        json!({"en": "Intent", "cs": "Záměr"}),
        json!({"cs": ["Záměr"]}),
        json!({"cs-CZ": "Záměr"}),
        json!({"CS": "Záměr"}),
    ] {
        assert_eq!(title(clean), ("Záměr".to_owned(), vec![]));
    }
}

#[test]
fn a_missing_title_is_replaced_by_the_next_best_text() {
    let blank =
        [json!(null), json!(""), json!({"cs": ""}), json!({"cs": " "}), json!({}), json!([]), json!("-"), json!(true)];
    for value in blank {
        let (shown, defects) = title(value.clone());
        assert_eq!((shown.as_str(), only(&defects)), ("OU-1/2022", ("název", Uncertain)), "{value}");
    }
    let without = |keys: &[&str], add: Option<(&str, Value)>| {
        let mut item = sound(1);
        let object = item.as_object_mut().unwrap();
        object.retain(|key, _| key != "název" && !keys.contains(&key.as_str()));
        object.extend(add.map(|(key, value)| (key.to_owned(), value)));
        read_one(&item.to_string()).0.title
    };
    assert_eq!(without(&[], Some(("popis", json!({"cs": "Pozemek u rybníka.\nPodrobnosti."})))), "Pozemek u rybníka.");
    assert_eq!(without(&["číslo_jednací"], None), "S-1/2022");
    assert_eq!(without(&["číslo_jednací", "spisová_značka"], None), "Záměr");
    assert_eq!(without(&["číslo_jednací", "spisová_značka", "dokument"], None), "(bez názvu)");
}

#[test]
fn long_texts_are_bounded() {
    let (shown, defects) = title(json!({"cs": "Záměr ".repeat(100_000)}));
    assert_eq!(shown.chars().count(), vyveska::feed::MAX_LINE + 1);
    assert!(shown.ends_with('…'), "{shown}");
    assert_eq!(only(&defects), ("název", Uncertain));
    let longest = "ž".repeat(vyveska::feed::MAX_LINE);
    assert_eq!(title(json!({"cs": longest})), (longest, vec![]));
}

#[test]
fn numbers_categories_and_descriptions_in_any_form() {
    let (notice, defects) = one(|item| {
        item["číslo_jednací"] = json!(415);
        item["spisová_značka"] = json!({"cs": "S-88/2022"});
        item["agenda"] =
            json!(["Rozpočet", {"název": "Finance"}, {"název": {"cs": "Rozpočet"}}, null, {"typ": "Agenda"}]);
        item["popis"] = json!({"cs": "Prvý odstavec\r\n\r\n\r\ndruhý  odstavec"});
        item["původce"] = json!({"typ": "Osoba", "název": {"cs": "Krajský úřad"}});
    });
    assert_eq!(notice.reference_number.as_deref(), Some("415"));
    assert_eq!(notice.file_number.as_deref(), Some("S-88/2022"));
    assert_eq!(notice.categories, ["Rozpočet", "Finance"]);
    assert_eq!(notice.description.as_deref(), Some("Prvý odstavec\n\ndruhý odstavec"));
    assert_eq!(notice.issuer.as_deref(), Some("Krajský úřad"));
    assert!(defects.iter().all(|defect| defect.severity == Repaired), "{defects:#?}");
    let (notice, defects) = one(|item| item["agenda"] = json!({"typ": "Agenda", "název": {"cs": "Rozpočet"}}));
    assert_eq!((notice.categories, only(&defects)), (vec!["Rozpočet".to_owned()], ("agenda", Repaired)));
}

proptest! {
    /// No text makes a title that hides, reorders or breaks the line, and reading what is shown changes nothing more.
    #[test]
    fn a_title_can_always_be_shown(raw in "\\PC{0,40}|[ -~\u{200b}-\u{202f}\u{a0}\u{ad}\u{301}\n<>&;a-z]{0,60}|.{0,60}") {
        let (shown, _) = title(json!({"cs": raw}));
        prop_assert!(!shown.is_empty());
        prop_assert!(!shown.starts_with(char::is_whitespace) && !shown.ends_with(char::is_whitespace));
        prop_assert!(!shown.contains("  "));
        let hidden = |letter: char| letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
        prop_assert!(!shown.contains(hidden), "{shown:?}");
    }
}

#[test]
fn it_is_told_which_titles_are_not_the_offices_own() {
    let untitled = |number: u32| {
        let mut item = sound(number);
        item["název"] = json!({"cs": ""});
        item
    };
    let (first, mut twin) = (untitled(2), untitled(3));
    twin["iri"] = first["iri"].clone();
    let snapshot = read_items(&json!([sound(1), first, twin, untitled(4)]));
    assert_eq!(snapshot.notices.len(), 4);
    let untitled: Vec<&str> = snapshot.notices[1..].iter().map(|notice| notice.id.as_str()).collect();
    assert_eq!(snapshot.untitled, untitled, "under the identities that they end up with");
}
