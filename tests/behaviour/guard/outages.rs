//! Every kind of outage, and the same thing meant in earnest, on boards of every size. Both errors are counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use vyveska::clock::Now;
use vyveska::guard::{self, Observed};
use vyveska::model::{Notice, Snapshot, UNTITLED};

use super::device::{Device, board_of, day, document, hours, noon, notice, snapshot};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Outage {
    Unreadable,
    WrongOperator,
    /// The same, and the feed does not say whose it is.
    NobodysFeed,
    Emptied,
    /// Cut off after less than half.
    Truncated,
    /// Another random third of the board in every round.
    Flickering,
    TitlesBlank,
    OneTitleBlank,
    /// Read in a wrong encoding.
    TitlesGarbled,
    DescriptionsBlank,
    CategoriesBlank,
    DocumentsGone,
    DocumentsMoved,
    /// No outage: another token in each address in each round.
    DocumentTokens,
    EndsGone,
    EndsInThePast,
    EndsYesterday,
    PostedInTheFuture,
    NumbersBlank,
    /// As the real town's partial outage: titles, descriptions and categories at once.
    Partial,
    WebChanged,
    /// The same with titles written differently.
    WebRedesigned,
}

use Outage::*;

const OUTAGES: [Outage; 22] = [
    Unreadable,
    WrongOperator,
    NobodysFeed,
    Emptied,
    Truncated,
    Flickering,
    TitlesBlank,
    OneTitleBlank,
    TitlesGarbled,
    DescriptionsBlank,
    CategoriesBlank,
    DocumentsGone,
    DocumentsMoved,
    DocumentTokens,
    EndsGone,
    EndsInThePast,
    EndsYesterday,
    PostedInTheFuture,
    NumbersBlank,
    Partial,
    WebChanged,
    WebRedesigned,
];

impl Outage {
    /// What the feed says while the outage lasts; `None` where it cannot be read. What is new on the board comes
    /// through untouched wherever anything does.
    fn of(self, truth: &Snapshot, old: &HashSet<String>, round: usize) -> Option<Snapshot> {
        let mut seen = truth.clone();
        match self {
            Unreadable => return None,
            WrongOperator => {
                seen.ico = Some("87654321".into());
                seen.notices.clear();
            }
            NobodysFeed => {
                (seen.ico, seen.iri) = (None, Some("https://horni.example/deska".into()));
                seen.notices.iter_mut().for_each(|notice| self.spoil(notice));
            }
            DocumentTokens => {
                for document in seen.notices.iter_mut().flat_map(|notice| &mut notice.documents) {
                    document.url.push_str(&format!("?token={round}"));
                }
            }
            Emptied => seen.notices.retain(|notice| !old.contains(&notice.id)),
            Truncated => {
                let (mut left, keep) = (0, old.len().saturating_sub(1) / 2);
                seen.notices.retain(|notice| {
                    left += usize::from(old.contains(&notice.id));
                    !old.contains(&notice.id) || left <= keep
                });
            }
            Flickering => {
                let mut place = round;
                seen.notices.retain(|notice| {
                    place += 1;
                    !old.contains(&notice.id) || (place.is_multiple_of(3) && old.len() > 5)
                });
            }
            _ => {
                let most = if self == OneTitleBlank { 1 } else { usize::MAX };
                for notice in seen.notices.iter_mut().filter(|notice| old.contains(&notice.id)).take(most) {
                    self.spoil(notice);
                    if matches!(self, TitlesBlank | OneTitleBlank | Partial) {
                        seen.untitled.push(notice.id.clone());
                    }
                }
            }
        }
        Some(seen)
    }

    fn spoil(self, notice: &mut Notice) {
        match self {
            NobodysFeed => {
                notice.id = notice.id.replace("lhota", "horni");
                notice.url = None;
                notice.title = format!("Horní Lhota: {}", notice.id);
                notice.reference_number = None;
                notice.documents.clear();
            }
            // As it is read: another text stands in.
            TitlesBlank | OneTitleBlank => {
                notice.title = notice.description.clone().unwrap_or_else(|| UNTITLED.into());
            }
            TitlesGarbled => notice.title = notice.title.replace(['č', 'ě', 'á'], "\u{fffd}"),
            DescriptionsBlank => notice.description = None,
            CategoriesBlank => notice.categories.clear(),
            DocumentsGone => notice.documents.clear(),
            DocumentsMoved => {
                notice.documents.iter_mut().for_each(|document| document.url = document.url.replace("soubory", "x"));
            }
            EndsGone => notice.relevant_until = None,
            EndsInThePast => notice.relevant_until = Some(day(-100)),
            EndsYesterday => notice.relevant_until = Some(day(0)),
            PostedInTheFuture => notice.posted = Some(day(300)),
            NumbersBlank => notice.reference_number = None,
            Partial => {
                notice.title = UNTITLED.into();
                notice.description = None;
                notice.categories.clear();
            }
            WebChanged | WebRedesigned => {
                notice.id = notice.id.replace("lhota.example/informace/", "novy.example/?id=9");
                notice.url = notice.url.as_ref().map(|url| url.replace("lhota", "novy"));
                for document in &mut notice.documents {
                    document.url = document.url.replace("lhota", "novy");
                }
                if self == WebRedesigned {
                    notice.title = notice.title.to_uppercase();
                }
            }
            Unreadable | WrongOperator | Emptied | Truncated | Flickering | DocumentTokens => {}
        }
    }

    /// Whether a device can tell it from a clerk's work on a board of this size. An end that is moved to the past
    /// counts at once, and two titles may be changed in one go.
    fn is_visible_on(self, count: usize) -> bool {
        match self {
            TitlesGarbled | DocumentsMoved | EndsInThePast | EndsYesterday | PostedInTheFuture => count >= 3,
            // One notice in seven has no end, every other one a description, two in three a number.
            EndsGone => count >= 3,
            _ => true,
        }
    }

    fn is_readable(self) -> bool {
        !matches!(self, Unreadable | WrongOperator | NobodysFeed)
    }

    /// Notices of a changed web stay under their old identity.
    fn identity_of<'a>(self, notice: &'a Notice, old: &'a Notice) -> &'a Notice {
        if matches!(self, WebChanged | WebRedesigned) { old } else { notice }
    }
}

/// Counted over all rounds, in notices.
#[derive(Debug, Default, PartialEq)]
struct Errors {
    removed_wrongly: usize,
    /// Up, but not as the office had published it.
    damaged: usize,
    additions_delayed: usize,
    /// On the board twice.
    doubled: usize,
    /// Still not as the office has it, when the outage is over.
    held_wrongly: usize,
}

/// Rounds at irregular times, none for more than the given hours.
fn rounds(within: i64) -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(10..80i64, 3..40).prop_map(move |gaps| {
        let mut at = 0;
        let times = gaps.into_iter().map(|gap| {
            at += gap;
            at
        });
        times.take_while(|minutes| *minutes < within * 60).collect()
    })
}

fn sizes() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1usize, 3, 10, 100, 2_000])
}

fn observed(seen: &Option<Snapshot>) -> Observed<'_> {
    seen.as_ref().map_or_else(|| Observed::Unreadable("not JSON".into()), Observed::Snapshot)
}

fn without_tokens(notice: &Notice) -> Notice {
    let mut bare = notice.clone();
    for document in &mut bare.documents {
        document.url = document.url.split('?').next().unwrap_or_default().to_owned();
    }
    bare
}

/// The office works on while its feed is ill, then the feed is well again.
fn live_through(outage: Outage, count: usize, times: &[i64]) -> Errors {
    let mut errors = Errors::default();
    let mut device = Device::new(None);
    let mut truth = board_of(count);
    device.see(&truth, noon());
    let old: HashSet<String> = truth.notices.iter().map(|notice| notice.id.clone()).collect();
    let mut at = noon();
    for (round, minutes) in times.iter().enumerate() {
        at = noon() + TimeDelta::minutes(*minutes);
        if round.is_multiple_of(3) {
            truth.notices.push(notice(count + round));
            // An addition, which no doubt about the others keeps back.
            if outage == DocumentTokens {
                truth.notices[0].documents.push(document(0, 10 + round));
            }
        }
        let seen = outage.of(&truth, &old, round);
        device.round(observed(&seen), Now::trusted(at));
        let up: HashMap<&str, &Notice> = device.known.iter().map(|notice| (notice.id.as_str(), notice)).collect();
        for notice in &truth.notices {
            match up.get(notice.id.as_str()) {
                Some(known) if *known == notice || outage == DocumentTokens && without_tokens(known) == *notice => {}
                Some(_) => errors.damaged += 1,
                None if old.contains(&notice.id) => errors.removed_wrongly += 1,
                None if outage.is_readable() => errors.additions_delayed += 1,
                None => {}
            }
        }
        errors.doubled += device.known.len().saturating_sub(truth.notices.len());
    }
    // Meanwhile, or just now, a clerk has edited one and taken another down; all of it shows in the first good round.
    if count >= 10 {
        truth.notices[1].title = "Oprava oznámení".into();
        truth.notices[2].documents.push(document(2, 3));
        truth.notices.remove(5);
    }
    truth.notices.push(notice(count + 1_000));
    let verdict = device.see(&truth, at + TimeDelta::minutes(15));
    let up: HashSet<_> = device.known.iter().map(Notice::digest).collect();
    errors.held_wrongly = truth.notices.iter().filter(|notice| !up.contains(&notice.digest())).count()
        + device.known.len().abs_diff(truth.notices.len())
        + verdict.holds.len();
    errors
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_outage_takes_anything_down_or_keeps_anything_back(count in sizes(), times in rounds(23)) {
        let shortened: Vec<i64> = times.iter().copied().take_while(|minutes| *minutes < times[0] + 115).collect();
        for outage in OUTAGES.into_iter().filter(|outage| outage.is_visible_on(count)) {
            let times = if count < guard::SMALL { &shortened } else { &times };
            prop_assert_eq!(live_through(outage, count, times), Errors::default(), "{:?} of {}", outage, count);
        }
    }

    #[test]
    fn what_is_meant_is_believed_in_bounded_time(count in sizes(), gap in 5..350i64) {
        // Large boards are looked at less often here, for the test's own time.
        let gap = gap.max(count as i64 / 20);
        for change in OUTAGES.into_iter().filter(|outage| outage.is_readable() && *outage != Flickering) {
            let (waited, rounds) = believe(change, count, gap);
            let by_hand = matches!(change, WebChanged | WebRedesigned) && count >= guard::SMALL;
            let (most, fewest_rounds) = match () {
                () if by_hand => (TimeDelta::days(3), 1),
                () if count < guard::SMALL => (hours(2), 2),
                () => (hours(24), 6),
            };
            // To the round after the wait is over, and no further.
            let bound = (most + TimeDelta::minutes(gap)).max(TimeDelta::minutes(gap) * fewest_rounds);
            prop_assert!(waited <= bound, "{:?} of {} took {} and {} rounds", change, count, waited, rounds);
        }
    }

    #[test]
    fn a_clock_that_jumps_shortens_nothing(
        jumps in prop::collection::vec((0..2_000i64, prop::bool::weighted(0.1)), 5..60),
        outage in prop::sample::select(vec![Emptied, TitlesBlank, DocumentsGone, EndsInThePast]),
    ) {
        // Ten minutes lie between two rounds, whatever the untrusted clock says.
        let mut device = Device::new(None);
        let truth = board_of(10);
        device.see(&truth, noon());
        let old = truth.notices.iter().map(|notice| notice.id.clone()).collect();
        let mut ahead = TimeDelta::zero();
        for (round, (jump, trusted)) in jumps.into_iter().enumerate() {
            ahead += TimeDelta::minutes(jump);
            let real = noon() + TimeDelta::minutes(10 * (round as i64 + 1));
            let now = if trusted { Now::trusted(real) } else { Now::untrusted(real + ahead, noon()) };
            device.round(observed(&outage.of(&truth, &old, round)), now);
            prop_assert_eq!(&device.known, &truth.notices);
        }
    }

    #[test]
    fn any_two_snapshots_and_any_memory_make_a_verdict(
        left in prop::collection::vec((0..30usize, 0..6usize), 0..30),
        right in prop::collection::vec((0..30usize, 0..6usize), 0..30),
        memory in ".{0,40}",
    ) {
        let wild = |picks: Vec<(usize, usize)>| snapshot(BTreeMap::from_iter(picks).into_iter().map(|(number, kind)| {
            let mut wild = notice(number);
            [TitlesBlank, DocumentsGone, EndsGone, EndsInThePast, WebChanged, Unreadable][kind].spoil(&mut wild);
            wild
        }));
        let (left, right) = (wild(left), wild(right));
        let mut device = Device::new(None);
        device.memory = vyveska::guard::Memory::from_json("lhota", &memory);
        for hour in 0..60 {
            device.see(if hour % 7 < 3 { &left } else { &right }, noon() + hours(hour));
        }
        for hour in 60..90 {
            device.see(&right, noon() + hours(hour));
        }
        guard::release(&mut device.memory, None);
        device.see(&right, noon() + hours(91));
        let up: HashSet<&str> = device.known.iter().map(|notice| notice.id.as_str()).collect();
        let listed: HashSet<&str> =
            right.notices.iter().filter(|notice| !notice.ended(day(4))).map(|notice| notice.id.as_str()).collect();
        prop_assert_eq!(up.len(), device.known.len(), "nothing is up twice");
        for id in &listed {
            prop_assert!(up.contains(id), "{} is listed and not up", id);
        }
    }
}

/// From the first round that shows the change to the round in which the board agrees with it; how many rounds that is.
fn believe(change: Outage, count: usize, gap: i64) -> (TimeDelta, i64) {
    let mut device = Device::new(None);
    let before = board_of(count);
    device.see(&before, noon());
    let old: HashSet<String> = before.notices.iter().map(|notice| notice.id.clone()).collect();
    let after = change.of(&before, &old, 0).expect("a change that can be read");
    let wanted: HashSet<_> = after.notices.iter().filter(|notice| !notice.ended(day(1))).map(Notice::digest).collect();
    let first: DateTime<Utc> = noon() + TimeDelta::minutes(gap);
    for round in 0..2_000 {
        let at = first + TimeDelta::minutes(gap) * round;
        if matches!(change, WebChanged | WebRedesigned) && at > first + hours(48) {
            guard::release(&mut device.memory, None);
        }
        device.see(&after, at);
        let up: HashSet<_> = device.known.iter().map(Notice::digest).collect();
        if up == wanted {
            return (at - first, i64::from(round) + 1);
        }
    }
    panic!("{change:?} of {count} is never believed: {:?}", device.kinds());
}

#[test]
fn the_tests_own_outages_do_harm() {
    for outage in OUTAGES {
        let truth = board_of(10);
        let old = truth.notices.iter().map(|notice| notice.id.clone()).collect();
        assert_ne!(outage.of(&truth, &old, 0).as_ref(), Some(&truth), "{outage:?} is no outage");
    }
}

#[test]
fn a_changed_web_is_one_board_before_and_after_its_release() {
    for count in [1, 3, 10, 100, 2_000] {
        let (mut device, truth) = (Device::new(None), board_of(count));
        device.see(&truth, noon());
        let old = truth.notices.iter().map(|notice| notice.id.clone()).collect();
        let mut moved = WebRedesigned.of(&truth, &old, 0).expect("readable");
        moved.notices.push(notice(5_000));
        let verdict = device.see(&moved, noon() + hours(1));
        assert_eq!(verdict.add, [notice(5_000)], "only what is new");
        assert_eq!(verdict.holds.len(), 1);
        for (notice, known) in truth.notices.iter().zip(&device.known) {
            assert_eq!(WebRedesigned.identity_of(known, notice), notice);
        }
        guard::release(&mut device.memory, Some(guard::HoldKind::WebChanged));
        let verdict = device.see(&moved, noon() + hours(2));
        assert_eq!(verdict.rename.len(), count);
        assert!(verdict.withdraw.is_empty() && verdict.holds.is_empty());
        let up: HashSet<_> = device.known.iter().map(Notice::digest).collect();
        assert_eq!(up, moved.notices.iter().map(Notice::digest).collect());
    }
}
