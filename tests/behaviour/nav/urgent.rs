//! Urgent messages in a reader's session: they have a glass at which nobody stands, and lead whoever reads nowhere.

use vyveska::clock::Now;
use vyveska::nav::{Effect, Event, Nav, Note, Page};
use vyveska::view::View;
use vyveska::wire::decree::{Decree, Info, Message, Severity, Status};

use super::super::view::at;
use super::{IDLE, known, nav, secs, view_of};

/// A message that ends at six in the evening; the first one is the gravest.
pub fn message(id: &str, rank: usize) -> Message {
    let info = |language: &str, headline: &str| Info {
        language: language.to_owned(),
        headline: headline.to_owned(),
        description: "Převařte ji. Cisterna stojí na návsi.".to_owned(),
    };
    Message {
        id: id.to_owned(),
        status: Status::Actual,
        severity: Severity::ALL[rank % 3],
        sender_name: "Obec Lhota".to_owned(),
        sent: at("2026-11-22T11:50:00+01:00"),
        expires: at("2026-11-22T18:00:00+01:00"),
        info: vec![info("cs", "Nepijte vodu z vodovodu"), info("en", "Do not drink tap water")],
    }
}

fn with(messages: &[Message]) -> View {
    view_of(&[0, 1, 3]).decreed(&Decree::of(messages.to_vec(), Vec::new()))
}

fn on(id: &str) -> Page {
    Page::Message(id.to_owned())
}

/// When it wants to be woken.
fn due(effects: &[Effect]) -> Option<std::time::Duration> {
    effects.iter().find_map(|effect| if let Effect::Wake(due) = effect { Some(*due) } else { None })
}

fn alone() -> Nav {
    let mut nav = nav();
    nav.update(&view_of(&[0, 1, 3]), Event::Sheets(vec![secs(10), secs(10)]), secs(0));
    nav
}

#[test]
fn where_nobody_reads_a_message_has_the_glass_at_once_and_takes_turns_with_the_board() {
    let mut nav = alone();
    let view = with(&[message("b", 1), message("a", 0)]);
    let effects = nav.update(&view, Event::Refreshed, secs(3));
    assert_eq!((nav.page(), &effects[0]), (&on("a"), &Effect::Show), "the gravest first");
    let (mut now, mut seen) = (secs(3), Vec::new());
    for _ in 0..9 {
        now = due(&nav.update(&view, Event::Tick, now)).expect("it goes on");
        nav.update(&view, Event::Tick, now);
        seen.push((nav.page().clone(), nav.sheet()));
    }
    let shown = |page: &Page| seen.iter().filter(|(known, _)| known == page).count();
    assert!(shown(&on("a")) >= 2 && shown(&on("b")) >= 2, "{seen:?}");
    for sheet in 0..2 {
        assert!(seen.contains(&(Page::Wall, sheet)), "sheet {sheet} hangs too: {seen:?}");
    }
    // It is withdrawn: the board is back.
    nav.update(&view_of(&[0, 1, 3]), Event::Refreshed, now);
    assert_eq!(nav.page(), &Page::Wall);
}

#[test]
fn whoever_reads_goes_on_reading_and_the_next_one_finds_the_message() {
    let mut nav = alone();
    nav.update(&view_of(&[0, 1, 3]), Event::Open(known(3)), secs(5));
    let page = nav.page().clone();
    let view = with(&[message("a", 0)]);
    nav.update(&view, Event::Refreshed, secs(6));
    assert_eq!((nav.page(), nav.somebody_is_there()), (&page, true));
    nav.update(&view, Event::Urgent, secs(7));
    assert_eq!(nav.page(), &on("a"));
    nav.update(&view, Event::List, secs(8));
    assert_eq!(nav.page(), &Page::Board, "the board is one touch away");
    nav.update(&view, Event::Back, secs(9));
    assert_eq!(nav.page(), &Page::Wall, "whoever wants the wall has it");
    nav.update(&view, Event::Tick, secs(8 + IDLE));
    assert_eq!(nav.page(), &Page::Wall);
    nav.update(&view, Event::Tick, secs(9 + IDLE));
    assert_eq!((nav.page(), nav.somebody_is_there()), (&on("a"), false));
}

#[test]
fn a_message_that_ends_before_a_readers_eyes_leads_to_the_list_and_says_so() {
    let mut nav = alone();
    let view = with(&[message("a", 0), message("b", 2)]);
    nav.update(&view, Event::Active, secs(4));
    nav.update(&view, Event::Urgent, secs(5));
    nav.update(&view, Event::Urgent, secs(6));
    assert_eq!(nav.page(), &on("b"), "from one to the next");
    assert_eq!(nav.warning(secs(5 + IDLE)), None, "nobody is asked anything on it");
    nav.update(&with(&[message("a", 0)]), Event::Refreshed, secs(7));
    assert_eq!((nav.page(), nav.note()), (&Page::Board, Some(Note::MessageOver)));
}

#[test]
fn it_ends_by_the_moment_that_is_certain_to_have_come() {
    let decree = Decree::of(vec![message("a", 0)], Vec::new());
    let of = |now: Now| {
        let view = View::of(&[], Vec::new(), &Default::default(), now).decreed(&decree);
        view.messages.len()
    };
    let (before, end) = (at("2026-11-22T17:59:59+01:00"), at("2026-11-22T18:00:00+01:00"));
    assert_eq!((of(Now::trusted(before)), of(Now::trusted(end))), (1, 0));
    let doubtful = Now::untrusted(at("2031-01-01T00:00:00+01:00"), before);
    assert_eq!(of(doubtful), 1, "a clock that jumps takes nothing down");
    assert_eq!(of(Now::untrusted(end, end)), 0, "so much has passed for certain");
    let view = View::of(&[], Vec::new(), &Default::default(), doubtful).decreed(&decree);
    assert!(!view.is_outlived(doubtful) && view.is_outlived(Now::trusted(end)));
}

#[test]
fn drills_come_after_what_is_real() {
    let mut drill = message("drill", 0);
    drill.status = Status::Exercise;
    let view = with(&[drill, message("real", 2)]);
    let order: Vec<&str> = view.messages.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(order, ["real", "drill"]);
}
