//! Days in every form: what is read, and what is reported.

use serde_json::{Value, json};
use vyveska::model::Severity::{self, Repaired, Uncertain};

use super::{day, one, only, read_one, sound};

/// Form of the last day, what it means, and the field and severity of the only defect.
type Case = (Value, Option<&'static str>, Option<(&'static str, Severity)>);

fn check(cases: &[Case]) {
    for (value, expected, defect) in cases {
        let (notice, defects) = one(|item| item["relevantní_do"] = value.clone());
        assert_eq!(notice.relevant_until, expected.map(day), "{value}");
        match defect {
            None => assert_eq!(defects, [], "{value}"),
            Some(defect) => assert_eq!(only(&defects), *defect, "{value}"),
        }
    }
}

fn moment(key: &str, value: &str) -> Value {
    json!({"typ": "Časový okamžik", key: value})
}

#[test]
fn what_the_norm_allows_is_no_defect() {
    check(&[
        (moment("datum", "2022-05-18"), Some("2022-05-18"), None),
        (moment("datum", "2022-05-18+02:00"), Some("2022-05-18"), None),
        (moment("datum", "2022-05-18Z"), Some("2022-05-18"), None),
        (moment("datum_a_čas", "2022-05-18T10:00:00+02:00"), Some("2022-05-18"), None),
        (moment("datum_a_čas", "2022-05-18T10:00:00.5Z"), Some("2022-05-18"), None),
        (moment("datum_a_čas", "2022-05-18T10:00:00.123456789+02:00"), Some("2022-05-18"), None),
        (json!({"typ": "Časový okamžik", "nespecifikovaný": true}), None, None),
        (json!({"typ": ["Časový okamžik"], "datum": "2022-05-18"}), Some("2022-05-18"), None),
    ]);
}

#[test]
fn an_instant_is_a_day_in_prague() {
    check(&[
        (moment("datum_a_čas", "2022-05-17T22:00:00Z"), Some("2022-05-18"), None),
        (moment("datum_a_čas", "2022-05-17T21:59:59Z"), Some("2022-05-17"), None),
        // In winter Prague is one hour ahead.
        (moment("datum_a_čas", "2022-12-17T22:30:00Z"), Some("2022-12-17"), None),
        (moment("datum_a_čas", "2022-12-17T23:00:00.000Z"), Some("2022-12-18"), None),
        (moment("datum_a_čas", "2022-05-18T03:00:00+09:00"), Some("2022-05-17"), None),
        // The night in which summer time begins.
        (moment("datum_a_čas", "2023-03-26T02:30:00+01:00"), Some("2023-03-26"), None),
    ]);
}

#[test]
fn a_time_in_the_wrong_place_is_read() {
    let date = Some(("relevantní_do.datum", Repaired));
    let time = Some(("relevantní_do.datum_a_čas", Repaired));
    check(&[
        (moment("datum", "2022-05-18T00:00:00"), Some("2022-05-18"), date),
        (moment("datum", "2022-05-18 23:59"), Some("2022-05-18"), date),
        (moment("datum", "2022-05-17T22:00:00.000Z"), Some("2022-05-18"), date),
        (moment("datum_a_čas", "2022-05-18T10:00:00"), Some("2022-05-18"), time),
        (moment("datum_a_čas", "2022-05-18T10:00:00.123"), Some("2022-05-18"), time),
        (moment("datum_a_čas", "2022-05-18T10:00:00.123456789"), Some("2022-05-18"), time),
        (moment("datum_a_čas", "2022-05-18T10:00"), Some("2022-05-18"), time),
        (moment("datum_a_čas", "2022-05-18"), Some("2022-05-18"), time),
        (moment("datum_a_čas", "2022-05-18T24:00:00"), Some("2022-05-18"), time),
        (moment("datum_a_čas", "2022-05-18T10:00:00[Europe/Prague]"), Some("2022-05-18"), time),
    ]);
}

#[test]
fn czech_and_other_writing_is_read() {
    let date = Some(("relevantní_do.datum", Repaired));
    let forms = [
        "18. 5. 2022",
        "18.5.2022",
        "18.05.2022",
        "18. května 2022",
        "18. 5. 22",
        "18/5/2022",
        "18-05-2022",
        "2022/05/18",
        "2022-5-18",
        "20220518",
        "18.5.2022 10:30",
        "18. 5. 2022 v 10.30 hod.",
        "18.5.2022 10:30:00",
        "do 18. 5. 2022",
        "\u{a0}18.\u{a0}5.\u{a0}2022 ",
        "Wed, 18 May 2022 10:00:00 +0200",
        "1652868000",
        "1652868000000",
    ];
    for form in forms {
        check(&[(moment("datum", form), Some("2022-05-18"), date)]);
    }
    let months = [
        "ledna",
        "února",
        "března",
        "dubna",
        "května",
        "června",
        "července",
        "srpna",
        "září",
        "října",
        "listopadu",
        "prosince",
    ];
    for (index, month) in months.iter().enumerate() {
        let (notice, _) = one(|item| item["vyvěšení"] = moment("datum", &format!("3. {month} 2021")));
        assert_eq!(notice.posted, Some(day(&format!("2021-{:02}-03", index + 1))), "{month}");
    }
}

#[test]
fn a_day_is_read_in_any_order_that_leaves_no_doubt() {
    let read = Some(("relevantní_do.datum", Repaired));
    let doubt = Some(("relevantní_do.datum", Uncertain));
    check(&[
        (moment("datum", "31/12/2022"), Some("2022-12-31"), read),
        (moment("datum", "12/31/2022"), Some("2022-12-31"), read),
        (moment("datum", "12/31/2022 11:59:00"), Some("2022-12-31"), read),
        (moment("datum", "06/06/2022"), Some("2022-06-06"), read),
        (moment("datum", "31. prosince 2022"), Some("2022-12-31"), read),
        (moment("datum", "31.PROSINCE 2022"), Some("2022-12-31"), read),
        (moment("datum", "1. rijna 2022"), Some("2022-10-01"), read),
        (moment("datum", "2022-W19-2"), Some("2022-05-10"), read),
        (moment("datum", "2022W192"), Some("2022-05-10"), read),
        (moment("datum", "2026-W53-7"), Some("2027-01-03"), read),
        (moment("datum", "05/06/2022"), None, doubt),
        (moment("datum", "25/12/22"), None, doubt),
        (moment("datum", "22-06-11"), None, doubt),
        (moment("datum", "18-05-22"), None, doubt),
        (moment("datum", "2022-W19"), None, doubt),
        (moment("datum", "2022-W53-1"), None, doubt),
        (moment("datum", "2022-W19-8"), None, doubt),
        (moment("datum", "31/31/2022"), None, doubt),
        (moment("datum", "12.31.2022"), None, doubt),
        (moment("datum", "31. smrtince 2022"), None, doubt),
    ]);
    let (_, defects) = one(|item| item["relevantní_do"] = moment("datum", "05/06/2022"));
    assert!(defects[0].found.starts_with("\"05/06/2022\" may be one day or another."), "{}", defects[0].found);
}

#[test]
fn where_no_day_is_said_the_notice_has_no_end() {
    let date = Some(("relevantní_do.datum", Uncertain));
    for nothing in
        ["", " ", "-", "–", "0000-00-00", "0000-00-00 00:00:00", "00.00.0000", "null", "neurčeno", "do odvolání"]
    {
        let place = if nothing.trim().is_empty() { Some(("relevantní_do", Uncertain)) } else { date };
        check(&[(moment("datum", nothing), None, place)]);
    }
    for unreadable in [
        "brzy",
        "2022-13-45",
        "2022-02-30",
        "31. 6. 2022",
        "2022",
        "2022-05",
        "99999999",
        "18. 5.",
        "2022-05-18T99:00",
        "022-06-11",
        "&022-06-11",
    ] {
        check(&[(moment("datum", unreadable), None, date)]);
    }
    for placeholder in ["1970-01-01", "0001-01-01", "1900-01-01", "9999-12-31", "1970-01-01T00:00:00Z"] {
        check(&[(moment("datum", placeholder), None, date)]);
    }
    let field = Some(("relevantní_do", Uncertain));
    check(&[
        (json!(null), None, field),
        (json!(""), None, field),
        (json!({}), None, field),
        (json!([]), None, field),
        (json!(true), None, field),
        (json!({"typ": "Časový okamžik"}), None, field),
        (json!({"typ": "Časový okamžik", "datum": null}), None, field),
        (json!({"typ": "Časový okamžik", "nespecifikovaný": false}), None, field),
    ]);
    let (notice, defects) = one(|item| {
        item.as_object_mut().unwrap().remove("relevantní_do");
    });
    assert_eq!((notice.relevant_until, only(&defects)), (None, ("relevantní_do", Uncertain)));
}

#[test]
fn other_shapes_of_a_moment_are_read() {
    let field = Some(("relevantní_do", Repaired));
    check(&[
        (json!("2022-05-18"), Some("2022-05-18"), field),
        (json!([{"typ": "Časový okamžik", "datum": "2022-05-18"}]), Some("2022-05-18"), field),
        (json!({"datum": "2022-05-18"}), Some("2022-05-18"), None),
        (json!({"nespecifikovaný": "true"}), None, None),
        (
            json!({"datum": "2022-05-18", "nespecifikovaný": true}),
            Some("2022-05-18"),
            Some(("relevantní_do", Uncertain)),
        ),
        (json!({"datum": "", "nespecifikovaný": true}), None, None),
        (json!({"datum": null, "datum_a_čas": "2022-05-18T10:00:00Z"}), Some("2022-05-18"), None),
        (json!(20220518), Some("2022-05-18"), Some(("relevantní_do.datum", Repaired))),
        (json!({"datum": 1652868000}), Some("2022-05-18"), Some(("relevantní_do.datum", Repaired))),
        (json!({"datun": "2022-05-18"}), Some("2022-05-18"), Some(("datum", Repaired))),
        (
            json!({"typ": "Časový interval", "začátek": moment("datum", "2022-05-01"), "konec": moment("datum", "2022-05-18")}),
            Some("2022-05-18"),
            None,
        ),
    ]);
}

#[test]
fn the_day_of_taking_down_stands_for_the_last_day() {
    let (notice, defects) = one(|item| {
        let item = item.as_object_mut().unwrap();
        let day = item.remove("relevantní_do").unwrap();
        item.insert("sejmutí".to_owned(), day);
    });
    assert_eq!(notice.relevant_until, Some(day("2022-05-18")));
    assert_eq!(only(&defects), ("relevantní_do", Repaired));

    // Where both say the same, nothing is wrong.
    let (notice, defects) = one(|item| item["sejmutí"] = moment("datum", "2022-05-18"));
    assert_eq!((notice.relevant_until, defects.len()), (Some(day("2022-05-18")), 0));

    // Where only the other is, it counts.
    let (notice, _) = one(|item| {
        item["relevantní_do"] = moment("datum", "brzy");
        item["sejmutí"] = moment("datum", "2022-05-30");
    });
    assert_eq!(notice.relevant_until, Some(day("2022-05-30")));
}

/// Never silently, and never the one that takes the notice down earlier.
#[test]
fn of_two_ends_that_contradict_the_later_counts_and_it_is_said() {
    let check = |what: &str, change: &dyn Fn(&mut Value), until: Option<&str>| {
        let (notice, defects) = one(change);
        assert_eq!(notice.relevant_until, until.map(day), "{what}");
        assert_eq!(only(&defects), ("relevantní_do", Uncertain), "{what}");
        let said = &defects[0].found;
        assert!(said.contains("is given differently") && said.contains("2022-05-18"), "{what}: {said}");
    };
    let (early, late) = ("2022-05-12", "2022-05-30");
    for (other, until) in [(early, "2022-05-18"), (late, late)] {
        for key in ["sejmutí", "relevantni_do", "vyvěšeno_do", "relevantní_doo", "platnost_do"] {
            check(key, &|item| item[key] = moment("datum", other), Some(until));
        }
        let both = |date: &str, timed: &str| json!({"datum": date, "datum_a_čas": format!("{timed}T10:00:00+02:00")});
        check("both", &|item| item["relevantní_do"] = both("2022-05-18", other), Some(until));
        check("both, the other way", &|item| item["relevantní_do"] = both(other, "2022-05-18"), Some(until));
    }
    check("no end", &|item| item["relevantni_do"] = json!({"nespecifikovaný": true}), None);
    // What agrees, or says nothing, contradicts nothing.
    let agreeing = json!({"datum": "2022-05-18", "datum_a_čas": "2022-05-18T23:59:59+02:00"});
    assert_eq!(one(|item| item["relevantní_do"] = agreeing).1, []);
    assert_eq!(one(|item| item["relevantni_do"] = moment("datum", "2022-05-18")).1, []);
    assert_eq!(one(|item| item["vyvěšeno_do"] = Value::Null).1, []);
}

#[test]
fn of_repeated_keys_with_two_ends_the_later_counts_too() {
    for (first, second) in [("2022-05-12", "2022-05-30"), ("2022-05-30", "2022-05-12")] {
        let [first, second] = [first, second].map(|day| moment("datum", day));
        let item = sound(1).to_string();
        let once = format!("\"relevantní_do\":{}", moment("datum", "2022-05-18"));
        let twice = format!("\"relevantní_do\":{first},\"relevantní_do\":{second}");
        let (notice, defects) = read_one(&item.replacen(&once, &twice, 1));
        assert_eq!(notice.relevant_until, Some(day("2022-05-30")));
        assert!(defects.iter().all(|defect| (defect.field.as_str(), defect.severity) == ("relevantní_do", Uncertain)));
        assert!(defects.iter().any(|defect| defect.found.contains("2022-05-12")), "{defects:?}");
    }
}

/// Posted a day too early is better than a day too late.
#[test]
fn of_two_days_of_posting_the_earlier_counts() {
    for (other, posted) in [("2022-04-30", "2022-04-30"), ("2022-05-09", "2022-05-02")] {
        let (notice, defects) = one(|item| item["datum_vyvěšení"] = moment("datum", other));
        assert_eq!((notice.posted, only(&defects)), (Some(day(posted)), ("vyvěšení", Uncertain)));
    }
}

#[test]
fn an_inverted_interval_is_shown_without_an_end() {
    let (notice, defects) = one(|item| item["relevantní_do"] = moment("datum", "2022-05-01"));
    assert_eq!((notice.posted, notice.relevant_until), (Some(day("2022-05-02")), None));
    assert_eq!(only(&defects), ("relevantní_do", Uncertain));
    // One day is an interval.
    let (notice, defects) = one(|item| item["relevantní_do"] = moment("datum", "2022-05-02"));
    assert_eq!((notice.relevant_until, defects.len()), (Some(day("2022-05-02")), 0));
}

#[test]
fn a_posting_in_the_future_is_kept_and_reported() {
    let (notice, defects) = one(|item| item["vyvěšení"] = moment("datum", "2022-05-11"));
    assert_eq!(notice.posted, Some(day("2022-05-11")));
    assert_eq!(only(&defects), ("vyvěšení", Uncertain));
    let (_, defects) = one(|item| item["vyvěšení"] = moment("datum", "2022-05-10"));
    assert_eq!(defects, []);
}
