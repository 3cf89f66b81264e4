//! What is up at a moment, and in which order.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use vyveska::clock::Now;
use vyveska::model::{Board, Digest, Document, Media, Notice, Standing};
use vyveska::store::{Filed, PageSize, Posted};
use vyveska::view::{Filter, Freshness, Group, Key, Left, Order, PaperState, Posting, View};
use vyveska::wire::{BoardReport, SyncReport, Trouble};

pub fn board(key: &str, name: &str) -> Board {
    Board {
        key: key.into(),
        name: name.into(),
        standing: Standing::Official,
        feed: format!("https://{key}.example/deska.json"),
        web: Some(format!("https://{key}.example/uredni-deska")),
        ico: None,
        colour: 0x0f4c81,
        phone: None,
        official_at: None,
    }
}

pub fn notice(id: &str, title: &str, posted: &str, until: &str) -> Notice {
    Notice {
        id: id.into(),
        url: None,
        title: title.into(),
        description: None,
        posted: day(posted),
        relevant_until: day(until),
        reference_number: None,
        file_number: None,
        issuer: None,
        categories: Vec::new(),
        documents: Vec::new(),
    }
}

/// "" is no day.
pub fn day(text: &str) -> Option<NaiveDate> {
    (!text.is_empty()).then(|| text.parse().expect("a day"))
}

pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a time").to_utc()
}

pub fn posted(board: &str, notice: Notice) -> Posted {
    let first_seen = at("2026-11-01T08:00:00+01:00");
    let documents = notice.documents.iter().map(|_| Filed::default()).collect();
    Posted { board: board.into(), digest: notice.digest(), notice, first_seen, documents }
}

pub fn key(board: &str, id: &str) -> Key {
    Key { board: board.into(), id: id.into() }
}

fn noon() -> Now {
    Now::trusted(at("2026-11-22T12:00:00+01:00"))
}

fn titles(view: &View) -> Vec<&str> {
    view.postings.iter().map(|posting| posting.notice.title.as_str()).collect()
}

#[test]
fn a_notice_is_up_from_its_first_day_to_the_end_of_its_last() {
    let boards = [board("lhota", "Lhota")];
    let up = |now: &str| {
        let given = vec![posted("lhota", notice("1", "Rozpočet", "2026-11-20", "2026-11-22"))];
        !View::of(&boards, given, &SyncReport::default(), Now::trusted(at(now))).postings.is_empty()
    };
    assert!(!up("2026-11-19T23:59:59+01:00"));
    assert!(up("2026-11-20T00:00:00+01:00"));
    assert!(up("2026-11-22T23:59:59+01:00"));
    assert!(!up("2026-11-23T00:00:00+01:00"));
}

#[test]
fn an_untrusted_clock_takes_nothing_down_that_was_up_when_it_was_last_certain() {
    let boards = [board("lhota", "Lhota")];
    let given = vec![
        posted("lhota", notice("1", "Skončila", "2026-11-01", "2026-11-19")),
        posted("lhota", notice("2", "Snad skončila", "2026-11-01", "2026-11-20")),
    ];
    let now = Now::untrusted(at("2026-11-22T12:00:00+01:00"), at("2026-11-20T12:00:00+01:00"));
    let view = View::of(&boards, given, &SyncReport::default(), now);
    assert_eq!(titles(&view), ["Snad skončila"]);
    assert_eq!(view.postings[0].left, Left::Unsure);
}

#[test]
fn a_clock_that_is_not_trusted_counts_no_days() {
    let boards = [board("lhota", "Lhota")];
    let given = || {
        vec![
            posted("lhota", notice("1", "posted today, ends today", "2026-11-22", "2026-11-22")),
            posted("lhota", notice("2", "posted yesterday, ends in a week", "2026-11-21", "2026-11-29")),
            posted("lhota", notice("3", "ends next year", "2026-11-01", "2027-03-01")),
            posted("lhota", notice("4", "has no end", "2026-11-20", "")),
        ]
    };
    let told = |now: Now| -> Vec<(bool, Left, Group, Group)> {
        let view = View::of(&boards, given(), &SyncReport::default(), now);
        let groups = |p: &Posting| (p.group(Order::Newest), p.group(Order::EndingSoon));
        view.postings.iter().map(|p| (p.new, p.left, groups(p).0, groups(p).1)).collect()
    };
    let uncounted = (false, Left::Unsure, Group::Earlier, Group::Unsure);
    let open = (false, Left::Open, Group::Earlier, Group::Open);
    let dates_alone = [uncounted, uncounted, open, uncounted];
    // A first start in 1970, a panel that was without power for a day, and a clock that jumped ahead.
    let released = at("2026-01-01T00:00:00Z");
    assert_eq!(told(Now::untrusted(at("1970-01-01T00:01:00Z"), released)), dates_alone);
    assert_eq!(told(Now::untrusted(noon().at, noon().at - TimeDelta::days(1))), dates_alone);
    assert_eq!(told(Now::untrusted(at("2031-05-01T12:00:00Z"), noon().at)), dates_alone);
    // Once the time is known they are counted.
    let left: Vec<Left> = told(noon()).into_iter().map(|(_, left, ..)| left).collect();
    assert_eq!(left, [Left::Today, Left::Days(7), Left::Open, Left::Days(99)]);
}

#[test]
fn an_untrusted_clock_keeps_nothing_back() {
    let boards = [board("lhota", "Lhota")];
    let up = |now: Now| {
        let given = vec![posted("lhota", notice("1", "Rozpočet", "2026-11-20", "2026-12-22"))];
        View::of(&boards, given, &SyncReport::default(), now).desks[0].up
    };
    // As a panel starts whose clock counts from 1970, and no time server answers.
    let released = at("2026-01-01T00:00:00Z");
    assert_eq!(up(Now::untrusted(at("1970-01-01T00:01:00Z"), released)), 1);
    assert_eq!(up(Now::trusted(at("2026-11-19T12:00:00+01:00"))), 0);
}

#[test]
fn newest_first_and_of_one_day_in_czech_order() {
    let boards = [board("lhota", "Lhota")];
    let words =
        ["Chata", "Cesta", "Hřiště", "Čistička", "Řeka", "Rybník", "Šatny", "Sad", "Ďolík", "Důl", "Úvoz", "Uhlí"];
    let mut given: Vec<Posted> =
        words.iter().map(|word| posted("lhota", notice(word, word, "2026-11-10", ""))).collect();
    given.push(posted("lhota", notice("n", "Žádost", "2026-11-22", "")));
    given.push(posted("lhota", notice("o", "Anketa", "2026-11-09", "")));
    let view = View::of(&boards, given, &SyncReport::default(), noon());
    let order = [
        "Žádost",
        "Cesta",
        "Čistička",
        "Ďolík",
        "Důl",
        "Hřiště",
        "Chata",
        "Rybník",
        "Řeka",
        "Sad",
        "Šatny",
        "Uhlí",
        "Úvoz",
        "Anketa",
    ];
    assert_eq!(titles(&view), order);
}

#[test]
fn new_today_and_yesterday_and_days_left() {
    let boards = [board("lhota", "Lhota")];
    let given = vec![
        posted("lhota", notice("1", "dnes", "2026-11-22", "2026-11-22")),
        posted("lhota", notice("2", "včera", "2026-11-21", "2026-11-23")),
        posted("lhota", notice("3", "předevčírem", "2026-11-20", "2026-12-08")),
        posted("lhota", notice("4", "odjakživa", "", "")),
    ];
    let view = View::of(&boards, given, &SyncReport::default(), noon());
    let told: Vec<_> = view
        .postings
        .iter()
        .map(|p| (p.notice.title.as_str(), p.new, p.left, p.group(Order::EndingSoon) == Group::Today))
        .collect();
    let expected = [
        ("dnes", true, Left::Today, true),
        ("včera", true, Left::Days(1), false),
        ("předevčírem", false, Left::Days(16), false),
        ("odjakživa", false, Left::Open, false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn boards_and_categories_are_counted_and_filtered() {
    let boards = [board("lhota", "Lhota"), board("zalesi", "Zálesí")];
    let with = |id: &str, categories: &[&str]| {
        let mut notice = notice(id, id, "2026-11-10", "");
        notice.categories = categories.iter().map(|name| (*name).to_owned()).collect();
        notice
    };
    let given = vec![
        posted("lhota", with("1", &["Rozpočty", "Rozpočty"])),
        posted("lhota", with("2", &["Chov", "Rozpočty"])),
        posted("zalesi", with("3", &["Doprava"])),
        posted("nobody", with("4", &["Doprava"])),
    ];
    let view = View::of(&boards, given, &SyncReport::default(), noon());
    let named = |board| -> Vec<_> { view.categories(board).into_iter().map(|c| (c.name, c.count)).collect() };
    assert_eq!(named(None), [("Doprava".into(), 1), ("Chov".into(), 1), ("Rozpočty".into(), 2)]);
    assert_eq!(named(Some("zalesi")), [("Doprava".to_owned(), 1)]);
    assert_eq!(view.desks.iter().map(|desk| desk.up).collect::<Vec<_>>(), [2, 1]);
    let filter = Filter { board: Some("lhota".into()), category: Some("Chov".into()), ..Filter::default() };
    assert_eq!(view.listed(&filter).len(), 1);
    assert_eq!(view.listed(&Filter::default()).len(), 3);
    assert!(view.posting(&key("zalesi", "3")).is_some() && view.posting(&key("zalesi", "1")).is_none());
}

#[test]
fn an_attachment_is_ready_waiting_or_unavailable() {
    let boards = [board("lhota", "Lhota")];
    let document = |n: u32| Document {
        url: format!("https://lhota.example/{n}.pdf"),
        title: None,
        declared_type: None,
        digest: None,
    };
    let mut with = notice("1", "Rozpočet", "2026-11-10", "");
    with.documents = (0..6).map(document).collect();
    let mut given = posted("lhota", with);
    let digest = Digest::of(b"bytes");
    let size = PageSize { width: 1080, height: 1527, ..PageSize::default() };
    given.documents[1].failed = Some("404".into());
    given.documents[2].digest = Some(digest);
    given.documents[3] =
        Filed { digest: Some(digest), pages: vec![size], page_count: Some(61), ..given.documents[3].clone() };
    // A spreadsheet has come, and will never have pages.
    given.documents[4] = Filed { digest: Some(digest), media: Some(Media::Xlsx), size: 20_480, ..Filed::default() };
    given.documents.truncate(5);
    let view = View::of(&boards, vec![given], &SyncReport::default(), noon());
    let posting = &view.postings[0];
    assert_eq!((posting.papers[4].media, posting.papers[4].size), (Some(Media::Xlsx), 20_480));
    let told: Vec<&str> = posting
        .papers
        .iter()
        .map(|paper| match &paper.state {
            PaperState::Ready(pages) if pages.count == 61 => "61 pages",
            PaperState::Ready(_) => "ready",
            PaperState::Waiting => "waiting",
            PaperState::Unavailable => "unavailable",
        })
        .collect();
    assert_eq!(told, ["waiting", "unavailable", "waiting", "61 pages", "unavailable", "waiting"]);
    assert_eq!(posting.first_readable(), Some(3));
}

/// Of a board whose sync says this: when it was last checked, in minutes before now, and what the glass says is wrong.
fn told(now: Now, poll_minutes: u64, report: BoardReport) -> (Option<i64>, Option<Trouble>) {
    let boards = [board("lhota", "Lhota")];
    let report = BoardReport { key: "lhota".into(), ..report };
    let report = SyncReport { boards: vec![report], poll_minutes, ..SyncReport::default() };
    let Freshness { at, trouble } = View::of(&boards, Vec::new(), &report, now).desks[0].freshness;
    (at.map(|at| (now.at - at).num_minutes()), trouble)
}

fn good(now: Now, minutes: i64) -> BoardReport {
    BoardReport { last_good_at: Some(now.at - TimeDelta::minutes(minutes)), ..BoardReport::default() }
}

fn failed(now: Now, minutes: i64, trouble: Option<Trouble>) -> BoardReport {
    BoardReport { last_error: Some("a sentence".into()), trouble, ..good(now, minutes) }
}

#[test]
fn freshness_tells_a_failed_round_from_a_trouble_that_lasts_and_whose_it_is() {
    let now = noon();
    assert_eq!(told(now, 10, BoardReport::default()), (None, None));
    assert_eq!(told(now, 10, good(now, 3)), (Some(3), None));
    for trouble in [Trouble::Unreached, Trouble::Unreadable, Trouble::Panel] {
        assert_eq!(told(now, 10, failed(now, 12, Some(trouble))), (Some(12), None));
        assert_eq!(told(now, 10, failed(now, 40, Some(trouble))), (Some(40), Some(trouble)));
        let never = BoardReport { last_good_at: None, ..failed(now, 0, Some(trouble)) };
        assert_eq!(told(now, 10, never), (None, Some(trouble)));
    }
    // An earlier version of sync did not say whose.
    assert_eq!(told(now, 0, failed(now, 40, None)), (Some(40), Some(Trouble::Unreached)));
    // Nobody reports: that is not the office.
    assert_eq!(told(now, 10, good(now, 600)), (Some(600), Some(Trouble::Panel)));
    let later =
        r#"{"v":1,"at":"2026-11-22T11:00:00Z","clock_trusted":true,"boards":[{"key":"a","trouble":"flooded"}]}"#;
    let later: SyncReport = serde_json::from_str(later).unwrap();
    assert_eq!(later.boards[0].trouble, Some(Trouble::Unreached));
}

#[test]
fn a_board_that_is_seldom_asked_is_not_called_cut_off_between_two_rounds() {
    let now = noon();
    assert_eq!(told(now, 10, good(now, 179)), (Some(179), None));
    assert_eq!(told(now, 360, good(now, 359)), (Some(359), None));
    assert_eq!(told(now, 360, failed(now, 365, Some(Trouble::Unreached))), (Some(365), None));
    assert_eq!(told(now, 360, failed(now, 376, Some(Trouble::Unreached))), (Some(376), Some(Trouble::Unreached)));
    assert_eq!(told(now, 360, good(now, 725)), (Some(725), Some(Trouble::Panel)));
    // Whatever the report says of it, an end comes to silence.
    assert_eq!(told(now, u64::MAX, good(now, 725)), (Some(725), Some(Trouble::Panel)));
}

#[test]
fn a_check_at_a_time_that_has_not_come_does_not_count() {
    let now = noon();
    let years = -3 * 365 * 24 * 60;
    assert_eq!(told(now, 10, good(now, years)), (None, None));
    assert_eq!(told(now, 10, failed(now, years, Some(Trouble::Unreached))), (None, Some(Trouble::Unreached)));
    // Two programs read the clock one after the other.
    assert_eq!(told(now, 10, good(now, -1)), (Some(0), None));
}

#[test]
fn only_what_can_be_confirmed_waits_to_be_confirmed() {
    let boards = [board("lhota", "Lhota")];
    let waits = |held: &[&str]| {
        let held = held.iter().map(|kind| (*kind).to_owned()).collect();
        let report = BoardReport { key: "lhota".into(), held, ..good(noon(), 3) };
        let report = SyncReport { boards: vec![report], ..SyncReport::default() };
        View::of(&boards, Vec::new(), &report, noon()).desks[0].held
    };
    assert!(waits(&["mass-loss"]) && waits(&["unreadable", "field-changed:title"]));
    assert!(!waits(&[]) && !waits(&["unreadable"]) && !waits(&["wrong-operator"]));
}

proptest! {
    #[test]
    fn whatever_is_given_the_view_is_whole(days in prop::collection::vec((0u64..3, -40i64..40, -40i64..40, any::<bool>()), 0..60), shift in -50i64..50) {
        let boards = [board("a", "A"), board("b", "B")];
        let zero = day("2026-11-22").expect("a day");
        let given: Vec<Posted> = days.iter().enumerate().map(|(i, (b, from, to, open))| {
            let mut notice = notice(&i.to_string(), &format!("Titul {}", i % 7), "", "");
            notice.posted = Some(zero + TimeDelta::days(*from));
            notice.relevant_until = (!open).then(|| zero + TimeDelta::days(*to));
            posted(["a", "b", "c"][*b as usize], notice)
        }).collect();
        let now = Now::trusted(at("2026-11-22T12:00:00+01:00") + TimeDelta::days(shift));
        let view = View::of(&boards, given.clone(), &SyncReport::default(), now);
        let expected = given.iter().filter(|p| p.board != "c" && p.notice.begun(now) && !p.notice.ended(now.today()));
        prop_assert_eq!(view.postings.len(), expected.count());
        prop_assert_eq!(view.desks.iter().map(|desk| desk.up).sum::<usize>(), view.postings.len());
        for pair in view.postings.windows(2) {
            prop_assert!(pair[0].since >= pair[1].since);
        }
        for posting in &view.postings {
            prop_assert_eq!(&view.posting(&posting.key).expect("found by its key").key, &posting.key);
            prop_assert!(posting.left != Left::Unsure);
        }
    }
}

#[test]
fn what_ends_first_comes_first_and_what_has_no_end_last() {
    let of = |id: &str, until: &str| posted("lhota", notice(id, id, "2026-11-01", until));
    let all = vec![
        of("none", ""),
        of("today", "2026-11-22"),
        of("eight days", "2026-11-30"),
        of("week", "2026-11-29"),
        of("tomorrow", "2026-11-23"),
    ];
    let view = View::of(&[board("lhota", "Obec Lhota")], all, &SyncReport::default(), noon());
    let listed = view.listed(&Filter { order: Order::EndingSoon, ..Filter::default() });
    let told: Vec<(&str, Group)> = listed
        .iter()
        .map(|at| (view.postings[*at].key.id.as_str(), view.postings[*at].group(Order::EndingSoon)))
        .collect();
    let expected = [
        ("today", Group::Today),
        ("tomorrow", Group::Week),
        ("week", Group::Week),
        ("eight days", Group::Later),
        ("none", Group::Open),
    ];
    assert_eq!(told, expected);
    assert!(view.postings.iter().all(|posting| posting.group(Order::Newest) == Group::Earlier));
}
