//! Who is told what and when, as a rule without a hub: whatever a place does, losses and recoveries take turns.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use vyveska::hub::alarm::rule::{
    APART, GATHER, Grade, Kind, LASTS, LONGEST_STEADY, Quiet, Told, Watch, decide, is_due, is_well,
};
use vyveska::hub::standing::Standing;

/// So often a hub looks.
const STEP: TimeDelta = TimeDelta::seconds(15);

fn eight() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

/// One recipient and one place.
#[derive(Default)]
struct Desk {
    watch: Watch,
    told: Option<Told>,
    said: Vec<(DateTime<Utc>, Kind, Standing)>,
}

impl Desk {
    fn look(&mut self, standing: Option<Standing>, now: DateTime<Utc>) {
        if let Some(standing) = standing {
            self.watch.look(standing, now);
        }
        if let Some((kind, told)) = decide(&self.watch, standing, self.told.as_ref(), now) {
            self.said.push((now, kind, standing.unwrap_or(Standing::Empty)));
            self.told = Some(told);
        }
    }

    /// It stays so for a while; returns when that ends.
    fn stay(&mut self, standing: Standing, mut now: DateTime<Utc>, length: TimeDelta) -> DateTime<Utc> {
        let end = now + length;
        while now < end {
            self.look(Some(standing), now);
            now += STEP;
        }
        now
    }

    fn kinds(&self) -> Vec<Kind> {
        self.said.iter().map(|(_, kind, _)| *kind).collect()
    }
}

#[test]
fn only_what_lasts_is_told_and_taken_back_once() {
    let mut desk = Desk::default();
    let mut now = desk.stay(Standing::Showing, eight(), TimeDelta::hours(1));
    now = desk.stay(Standing::NotShowing, now, LASTS - STEP);
    now = desk.stay(Standing::Showing, now, TimeDelta::hours(1));
    assert_eq!(desk.kinds(), []);
    now = desk.stay(Standing::Silent, now, TimeDelta::hours(30));
    desk.stay(Standing::Showing, now, TimeDelta::hours(30));
    assert_eq!(desk.kinds(), [Kind::Lost, Kind::Recovered]);
}

#[test]
fn what_was_announced_or_has_not_begun_is_told_to_nobody() {
    use Standing::{Degraded, Empty, Maintenance, NotYetInstalled, OnBattery, Unheard};
    for standing in [Degraded, Empty, Maintenance, NotYetInstalled, OnBattery, Unheard] {
        let mut desk = Desk::default();
        desk.stay(standing, eight(), TimeDelta::days(2));
        assert_eq!(desk.kinds(), [], "{standing:?}");
    }
}

#[test]
fn work_on_a_lost_place_is_neither_a_recovery_nor_a_new_loss() {
    let mut desk = Desk::default();
    let mut now = desk.stay(Standing::Silent, eight(), TimeDelta::hours(1));
    now = desk.stay(Standing::Maintenance, now, TimeDelta::hours(2));
    now = desk.stay(Standing::NotShowing, now, TimeDelta::hours(1));
    now = desk.stay(Standing::Unheard, now, TimeDelta::hours(1));
    assert_eq!(desk.kinds(), [Kind::Lost]);
    desk.stay(Standing::OnBattery, now, TimeDelta::hours(1));
    assert_eq!(desk.kinds(), [Kind::Lost, Kind::Recovered]);
}

#[test]
fn what_gets_worse_is_told_and_what_gets_a_little_better_is_not() {
    let mut desk = Desk::default();
    let mut now = desk.stay(Standing::Stale, eight(), TimeDelta::hours(1));
    now = desk.stay(Standing::Silent, now, TimeDelta::hours(1));
    now = desk.stay(Standing::Stale, now, TimeDelta::hours(1));
    now = desk.stay(Standing::NotShowing, now, TimeDelta::hours(1));
    desk.stay(Standing::Showing, now, TimeDelta::hours(1));
    assert_eq!(desk.kinds(), [Kind::Lost, Kind::Worse, Kind::Recovered]);
}

#[test]
fn a_place_without_a_device_ends_what_was_told_of_it() {
    let mut desk = Desk::default();
    let now = desk.stay(Standing::Silent, eight(), TimeDelta::hours(1));
    desk.look(None, now);
    desk.look(None, now + STEP);
    assert_eq!(desk.kinds(), [Kind::Lost, Kind::Unwatched]);
}

#[test]
fn a_panel_that_flaps_all_day_is_told_of_a_few_times() {
    for (bad, well) in [(1, 1), (3, 2), (4, 9), (7, 6), (30, 30)] {
        let mut desk = Desk::default();
        let (mut now, end) = (eight(), eight() + TimeDelta::hours(24));
        while now < end {
            now = desk.stay(Standing::Silent, now, TimeDelta::minutes(bad));
            now = desk.stay(Standing::Showing, now, TimeDelta::minutes(well));
        }
        let told = desk.kinds().len();
        assert!(told <= 8, "{bad} and {well} minutes: {told} times");
        assert!(told >= 1 || (bad < 5 && well > 5), "{bad} and {well} minutes: never");
    }
}

#[test]
fn quiet_hours_lie_around_midnight_in_prague_and_follow_its_clocks() {
    let quiet = Quiet { from: 22 * 60, until: 7 * 60 };
    for (at, covered) in [
        ("2026-11-23T20:59:00Z", false),
        ("2026-11-23T21:00:00Z", true),
        ("2026-11-24T05:59:59Z", true),
        ("2026-11-24T06:00:00Z", false),
        // Summer time.
        ("2026-07-01T04:59:00Z", true),
        ("2026-07-01T05:00:00Z", false),
    ] {
        assert_eq!(quiet.covers(at.parse().unwrap()), covered, "{at}");
    }
    let noon = Quiet { from: 12 * 60, until: 13 * 60 };
    assert!(noon.covers("2026-11-23T11:30:00Z".parse().unwrap()) && !noon.covers(eight()));
    let never = Quiet { from: 60, until: 60 };
    assert!((0..96).all(|quarter| !never.covers(eight() + TimeDelta::minutes(15 * quarter))));
}

#[test]
fn messages_gather_and_keep_apart() {
    let now = eight();
    assert!(!is_due(now, None, None, now + GATHER - STEP));
    assert!(is_due(now, None, None, now + GATHER));
    assert!(!is_due(now, Some(now - STEP), None, now + GATHER));
    assert!(is_due(now, Some(now - STEP), None, now + APART));
    assert!(!is_due(now, None, Some(Quiet { from: 9 * 60, until: 10 * 60 }), now + GATHER));
}

fn any_standing() -> impl Strategy<Value = Option<Standing>> {
    (0..Standing::ALL.len() + 1).prop_map(|index| Standing::ALL.get(index).copied())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a place does, and however often the hub is restarted meanwhile.
    #[test]
    fn losses_and_recoveries_take_turns_and_none_that_lasts_is_missed(
        course in prop::collection::vec((any_standing(), prop_oneof![4 => 1..120, 1 => 970..1000], prop::bool::weighted(0.1)), 1..60),
    ) {
        let mut desk = Desk::default();
        let mut now = eight();
        for (standing, steps, restarted) in course {
            if restarted {
                desk.watch = Watch::default();
            }
            let began = now;
            for _ in 0..steps {
                desk.look(standing, now);
                now += STEP;
            }
            let lasted = now - STEP - began;
            let open = desk.told.as_ref().filter(|told| told.open);
            // Every loss that lasts is told.
            if let Some(grade) = standing.and_then(Grade::of).filter(|_| lasted >= LASTS) {
                let told = open.expect("a loss that lasts is told");
                prop_assert!(Grade::of(told.standing).unwrap() >= grade);
            }
            // Every told loss gets its recovery.
            if standing.is_some_and(is_well) && lasted >= LONGEST_STEADY {
                prop_assert!(open.is_none());
            }
            if standing.is_none() {
                prop_assert!(open.is_none());
            }
        }
        // Never a recovery without a loss, and in order.
        let mut is_open = false;
        let mut before = None;
        for (at, kind, standing) in &desk.said {
            prop_assert!(before.is_none_or(|before| before < *at));
            before = Some(*at);
            match kind {
                Kind::Lost => prop_assert!(!is_open && standing.is_alarm()),
                Kind::Worse => prop_assert!(is_open && standing.is_alarm()),
                Kind::Recovered => prop_assert!(is_open && is_well(*standing)),
                Kind::Unwatched => prop_assert!(is_open && !standing.is_alarm()),
            }
            is_open = matches!(kind, Kind::Lost | Kind::Worse);
        }
    }

    /// Quiet hours only delay: what waits is due within a day of theirs.
    #[test]
    fn quiet_hours_only_delay(from in 0_u16..1440, until in 0_u16..1440, start in 0_i64..(400 * 1440)) {
        let first = eight() + TimeDelta::minutes(start);
        let quiet = Quiet { from, until };
        let due = (0..=1600).find(|minute| is_due(first, None, Some(quiet), first + TimeDelta::minutes(*minute)));
        prop_assert!(due.is_some_and(|minute| minute <= 1440 + 60 + 2), "{due:?}");
    }
}
