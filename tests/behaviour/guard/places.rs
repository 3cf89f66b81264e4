//! Feeds whose identities are places in a list.

use std::collections::HashMap;

use vyveska::guard::HoldKind;
use vyveska::model::{Notice, Snapshot};

use super::device::{Device, day, document, hours, noon, notice, snapshot};

/// A notice that says nothing that another does.
fn paper(number: usize) -> Notice {
    Notice {
        title: format!("Listina {number}"),
        reference_number: Some(format!("X-{number}")),
        url: Some(format!("https://lhota.example/p/{number}")),
        posted: Some(day(-1)),
        relevant_until: Some(day(30)),
        documents: vec![document(number, 1)],
        ..notice(number)
    }
}

/// These papers, each with its place for an identity.
fn listed(papers: impl IntoIterator<Item = usize>) -> Snapshot {
    let place = |(place, number)| Notice { id: format!("https://lhota.example/n/{place}"), ..paper(number) };
    snapshot(papers.into_iter().enumerate().map(place))
}

fn up(device: &Device) -> Vec<String> {
    let mut titles: Vec<String> = device.known.iter().map(|notice| notice.title.clone()).collect();
    titles.sort();
    titles
}

fn titles(papers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut titles: Vec<String> = papers.into_iter().map(|number| paper(number).title).collect();
    titles.sort();
    titles
}

/// Identity by title.
fn names(device: &Device) -> HashMap<String, String> {
    device.known.iter().map(|notice| (notice.title.clone(), notice.id.clone())).collect()
}

#[test]
fn a_new_notice_on_top_of_a_list_of_places_is_posted_at_once_and_the_others_stay_who_they_are() {
    let mut device = Device::new(None);
    device.see(&listed((91..=100).rev()), noon());
    // One comes and one goes, ten times: in the end nothing is left under the place it was first seen at.
    for step in 1..=10 {
        let before = names(&device);
        let next = listed((91 + step..=100 + step).rev());
        let verdict = device.see(&next, noon() + hours(25 * step as i64));
        assert_eq!((verdict.add.len(), verdict.withdraw.len()), (1, 1), "step {step}");
        assert!(verdict.change.is_empty() && verdict.rename.is_empty() && verdict.holds.is_empty(), "step {step}");
        assert_eq!(up(&device), titles(91 + step..=100 + step));
        for (title, id) in names(&device) {
            assert!(before.get(&title).is_none_or(|before| *before == id), "{title} is {id}");
        }
        let again = device.see(&next, noon() + hours(25 * step as i64));
        assert!(again.add.is_empty() && again.change.is_empty() && again.withdraw.is_empty(), "step {step}, again");
    }
}

#[test]
fn a_list_of_places_may_grow_and_shrink_anywhere() {
    let mut device = Device::new(None);
    device.see(&listed(1..=10), noon());
    let lists: [Vec<usize>; 4] = [
        (20..22).chain(1..=10).collect(),
        [20, 21, 1, 2, 3, 30, 4, 5, 6, 7, 8, 9, 10].into(),
        [20, 21, 2, 3, 30, 4, 5, 6, 7, 8, 9, 10].into(),
        [10, 9, 8, 7, 6, 5, 4, 30, 3, 2, 21, 20].into(),
    ];
    for (hour, list) in lists.into_iter().enumerate() {
        let verdict = device.see(&listed(list.clone()), noon() + hours(1 + hour as i64));
        assert!(verdict.holds.is_empty() && verdict.change.is_empty(), "{list:?}: {:?}", verdict.holds);
        assert_eq!(up(&device), titles(list));
    }
}

/// Papers of one title, as invitations have, are told apart by their numbers.
#[test]
fn papers_of_one_title_move_with_the_others() {
    let called = |mut snapshot: Snapshot| {
        let invitations = snapshot.notices.iter_mut().filter(|notice| notice.reference_number.as_deref() < Some("X-6"));
        invitations.for_each(|notice| notice.title = "Pozvánka na zasedání".into());
        snapshot
    };
    let mut device = Device::new(None);
    device.see(&called(listed([1, 2, 3, 7, 4, 8])), noon());
    let verdict = device.see(&called(listed([9, 1, 2, 3, 7, 4, 8])), noon() + hours(1));
    assert_eq!((verdict.add.len(), verdict.change.len()), (1, 0), "{verdict:?}");
    assert!(verdict.holds.is_empty() && verdict.withdraw.is_empty());
}

/// Half the notices of an office are called "Veřejná vyhláška": a title alone makes no paper of another.
#[test]
fn papers_of_one_title_are_told_apart_by_their_numbers() {
    let listed = |papers| {
        let mut board = listed(papers);
        board.notices.iter_mut().for_each(|notice| notice.title = "Veřejná vyhláška".into());
        board
    };
    let mut device = Device::new(None);
    device.see(&listed((1..=10).rev().collect::<Vec<_>>()), noon());
    let verdict = device.see(&listed((1..=11).rev().collect()), noon() + hours(1));
    assert!(verdict.change.is_empty() && verdict.withdraw.is_empty() && verdict.holds.is_empty(), "{verdict:?}");
    let numbers: Vec<_> = verdict.add.iter().map(|notice| notice.reference_number.as_deref()).collect();
    assert_eq!(numbers, [Some("X-11")]);
}

/// Two notices of one matter have a document in common: where one goes and the other gets its place, no mixture of both
/// comes up.
#[test]
fn one_document_makes_no_paper_of_another() {
    let mut device = Device::new(None);
    device.see(&listed(1..=10), noon());
    let before = names(&device);
    let mut next = listed([4, 2, 3, 1].into_iter().chain(5..=10));
    next.notices.remove(0);
    next.notices[2].documents = paper(4).documents;
    let verdict = device.see(&next, noon() + hours(1));
    assert!(verdict.add.is_empty() && verdict.holds.is_empty(), "{verdict:?}");
    assert_eq!(verdict.withdraw, [before["Listina 4"].as_str()]);
    assert_eq!(up(&device), titles((1..=3).chain(5..=10)));
    let one = device.known.iter().find(|notice| notice.id == before["Listina 1"]).expect("it is listed");
    assert_eq!((one.title.as_str(), &one.documents), ("Listina 1", &paper(4).documents));
}

/// No way past the guard: what each of them was is held, and what came in its place is shown beside it.
#[test]
fn where_each_notice_gives_way_to_another_all_are_lost_and_the_others_are_new() {
    let mut device = Device::new(None);
    device.see(&listed(1..=10), noon());
    let next = listed(51..=60);
    let verdict = device.see(&next, noon() + hours(1));
    assert_eq!((verdict.add.len(), verdict.withdraw.len(), verdict.change.len()), (10, 0, 0));
    assert_eq!(device.kinds(), [HoldKind::MassLoss]);
    assert_eq!(up(&device), titles((1..=10).chain(51..=60)));
    // An outage that passes leaves nothing behind but what it brought.
    let verdict = device.see(&listed(1..=10), noon() + hours(2));
    assert!(verdict.change.is_empty() && verdict.add.is_empty(), "{verdict:?}");
    assert!(titles(1..=10).iter().all(|title| up(&device).contains(title)));
}

/// A field that is spoilt or lost on each notice makes no other notice of it.
#[test]
fn an_outage_of_fields_is_no_other_board() {
    let spoil: [fn(&mut Notice); 3] = [
        |notice| {
            notice.title = format!("ZÃ¡mÄ›r {}", notice.title);
            notice.reference_number = notice.reference_number.as_ref().map(|number| format!("Ãš{number}"));
        },
        |notice| {
            (notice.title, notice.reference_number) = ("Dokument".into(), None);
            notice.url = notice.url.as_ref().map(|url| format!("{url}?"));
            notice.documents.clear();
        },
        |notice| {
            (notice.title, notice.url) = ("Dokument".into(), None);
            notice.documents.clear();
        },
    ];
    for spoil in spoil {
        let mut device = Device::new(None);
        device.see(&listed(1..=10), noon());
        let mut next = listed(1..=10);
        next.notices.iter_mut().for_each(spoil);
        let verdict = device.see(&next, noon() + hours(1));
        assert!(verdict.add.is_empty() && verdict.withdraw.is_empty() && !verdict.holds.is_empty(), "{verdict:?}");
        assert!(titles(1..=10) == up(&device) && device.known.iter().all(|notice| notice.url.is_some()));
    }
}
