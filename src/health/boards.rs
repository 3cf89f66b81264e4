//! How old what the boards say is, and what of it is missing.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Code, Reason, SILENCE, Sample, span};
use crate::wire::BoardReport;

/// A feed is late when it was not read for three times the interval between two rounds, and so much more: a round may
/// last, and the first failures are tried again.
pub const LATE_BEYOND: TimeDelta = TimeDelta::minutes(30);

pub fn judge(sample: &Sample, reasons: &mut Vec<Reason>) {
    if let Some(problem) = &sample.settings_problem {
        // The first of several mistakes is where to begin.
        let first = problem.lines().next().unwrap_or_default();
        let found = format!("The settings that were last in force are used: {first}");
        reasons.push(Reason::new(Code::SettingsUnusable, found));
    }
    match sample.sync_alive {
        Some(age) if age <= SILENCE => {}
        Some(age) => {
            let found = format!("Sync has not said anything for {}.", span(age.as_secs() as i64));
            reasons.push(Reason::new(Code::SyncSilent, found));
        }
        None => {
            let found = "Sync has not said anything since the machine started.".to_owned();
            reasons.push(Reason::new(Code::SyncUnknown, found));
        }
    }
    for key in &sample.boards {
        let report = sample.sync.as_ref().and_then(|told| told.report.board(key));
        one(sample, key, report, reasons);
    }
    let queues = sample.sync.as_ref().map(|told| &told.report.queues);
    if let Some(queues) = queues.filter(|queues| queues.pages_waiting > 0) {
        let found = format!("The pages of {} are not prepared yet.", documents(queues.pages_waiting));
        reasons.push(Reason::new(Code::PagesWaiting, found));
    }
}

fn one(sample: &Sample, key: &str, report: Option<&BoardReport>, reasons: &mut Vec<Reason>) {
    let mut say = |code, found: String| reasons.push(Reason::of(key, code, found));
    let nothing = BoardReport::default();
    let known = report.unwrap_or(&nothing);
    let why = known.last_error.as_ref().map(|error| format!(" The last try: {error}")).unwrap_or_default();
    match known.last_good_at.map(|at| (at, sample.now.at - at)) {
        None => say(Code::FeedNever, format!("The feed has never been read.{why}")),
        Some((at, _)) if !sample.now.may_follow(at) => {
            say(
                Code::FeedOld,
                format!("The feed was last read at a time that has not come yet: a clock was wrong.{why}"),
            );
        }
        Some((_, age)) if age > sample.limits.stale_after => {
            say(Code::FeedOld, format!("The feed was last read {} ago.{why}", span(age.num_seconds())));
        }
        Some((_, age)) if age > late_after(sample.poll) => {
            say(Code::FeedLate, format!("The feed was last read {} ago.{why}", span(age.num_seconds())));
        }
        Some(_) => {}
    }
    if let Some(address) = &known.moved_to {
        say(Code::FeedMoved, format!("The feed has moved for good, to {address}."));
    }
    if !known.held.is_empty() {
        say(Code::HeldBack, format!("Something is held back: {}.", known.held.join(", ")));
    }
    if known.documents_missing > 0 {
        say(Code::DocumentsMissing, format!("Of what is up, {} missing.", are(known.documents_missing)));
    }
    if known.documents_broken > 0 {
        say(Code::DocumentsBroken, format!("Of what is up, {} not readable.", are(known.documents_broken)));
    }
}

fn late_after(poll: Duration) -> TimeDelta {
    TimeDelta::from_std(poll * 3).unwrap_or(TimeDelta::days(1)) + LATE_BEYOND
}

fn documents(count: u64) -> String {
    if count == 1 { "one document".to_owned() } else { format!("{count} documents") }
}

fn are(count: u64) -> String {
    format!("{} {}", documents(count), if count == 1 { "is" } else { "are" })
}
