//! What the panel's own record says of the glass, and how far it proves it.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Code, Reason, Sample, span};
use crate::wire::{DisplayReport, PanelReport, Proof, TouchReport};

/// A panel that has not written for so long is not showing. It writes about once a minute.
pub const SILENCE: Duration = Duration::from_secs(150);
/// So long after sync has told of a commit the panel must count the same notices.
pub const BEHIND: Duration = Duration::from_secs(120);
/// So many starts of the panel within an hour are no chance.
pub const RESTARTS_AN_HOUR: u32 = 3;
/// A maintenance that would last longer was forgotten, or its end was written with a wrong clock.
pub const LONGEST_MAINTENANCE: TimeDelta = TimeDelta::hours(8);

/// The panel's record, where it is one of now.
fn fresh(sample: &Sample) -> Option<&PanelReport> {
    sample.panel.as_ref().filter(|told| told.age <= SILENCE).map(|told| &told.report)
}

pub fn judge(sample: &Sample, reasons: &mut Vec<Reason>) {
    let mut say = |code, found: String| reasons.push(Reason::new(code, found));
    if !sample.installed {
        say(Code::NotInstalled, "This panel has never shown a board and never read a feed.".into());
    }
    // Also of a panel that has gone since: it may be what is being worked on.
    let until = sample.panel.as_ref().and_then(|told| told.report.maintenance_until);
    let left = until.map(|until| until - sample.now.at);
    if let Some(left) = left.filter(|left| *left > TimeDelta::zero() && *left <= LONGEST_MAINTENANCE) {
        say(Code::Maintenance, format!("Maintenance is announced for {} more.", span(left.num_seconds())));
    }
    if sample.panel_starts >= RESTARTS_AN_HOUR {
        say(
            Code::PanelRestarting,
            format!("The panel has started {} times within the last hour.", sample.panel_starts),
        );
    }
    let Some(panel) = fresh(sample) else {
        let found = match &sample.panel {
            None => "The panel has not said anything since the machine started.".to_owned(),
            Some(told) => format!("The panel has not said anything for {}.", span(told.age.as_secs() as i64)),
        };
        return say(Code::PanelSilent, found);
    };
    if panel.page == RESCUE {
        return say(Code::RescuePage, "Instead of the board the glass shows the office's telephone.".into());
    }
    if !panel.readable {
        say(Code::BoardUnreadable, "The panel cannot read its boards, not even from memory.".into());
    }
    match &panel.display {
        None => say(Code::DisplayUnknown, "The panel does not tell of its display.".into()),
        Some(display) => display_of(display, &mut say),
    }
    if panel.display.as_ref().is_none_or(|display| display.way == KMS) {
        match &panel.touch {
            None => say(Code::TouchUnknown, "The panel does not tell of its touch sensor.".into()),
            Some(touch) => touch_of(touch, &mut say),
        }
    }
    if let Some(sync) = &sample.sync
        && sample.panel.as_ref().is_some_and(|told| sync.age >= told.age + BEHIND)
        // What begins and ends at midnight the panel knows first.
        && crate::clock::Now::trusted(sync.report.at).today() == sample.now.today()
    {
        let up: u64 = sync.report.boards.iter().map(|board| board.up).sum();
        if up != panel.up {
            say(Code::PanelBehind, format!("The panel shows {} notices, and {up} are up.", panel.up));
        }
    }
}

/// The page that stands in for a panel that fails at every start: see [`PanelReport::page`].
const RESCUE: &str = "rescue";
/// The panel drives the display itself; see [`DisplayReport::way`].
const KMS: &str = "kms";
const HEADLESS: &str = "headless";

fn display_of(display: &DisplayReport, say: &mut impl FnMut(Code, String)) {
    if display.way == HEADLESS {
        return say(Code::NoGlass, "The panel runs without a display.".into());
    }
    if display.way == KMS {
        let connector = if display.connector.is_empty() { "the display" } else { &display.connector };
        if !display.connected {
            say(Code::DisplayUnplugged, format!("Nothing is plugged in at {connector}."));
        } else if !display.active {
            say(Code::DisplayInactive, format!("{connector} is connected but does not get the panel's picture."));
        } else if display.flipped_at.is_none() {
            say(Code::NothingFlipped, format!("No picture has reached {connector} yet."));
        }
    }
    if display.brightness == Some(0) {
        say(Code::Dark, "The backlight is at zero.".into());
    }
    match display.proof {
        Proof::None => say(Code::Unproved, "The panel could not prove that the right picture is shown.".into()),
        Proof::Buffer => {
            let how = if display.way == KMS { "" } else { ", because the picture goes to a window" };
            say(Code::OnlyBuffer, format!("Only the picture in memory is proved{how}."));
        }
        Proof::ScanOut | Proof::LightSensor if display.way != KMS => {
            say(Code::OnlyBuffer, "A picture that goes to a window proves no more than its memory.".into());
        }
        Proof::ScanOut | Proof::LightSensor => {}
    }
    if let Some(problem) = &display.problem {
        say(Code::DisplayProblem, problem.clone());
    }
}

fn touch_of(touch: &TouchReport, say: &mut impl FnMut(Code, String)) {
    if touch.devices == 0 {
        say(Code::TouchMissing, "There is no touch sensor.".into());
    }
    if touch.stuck > 0 {
        let contacts =
            if touch.stuck == 1 { "One contact has".to_owned() } else { format!("{} contacts have", touch.stuck) };
        say(Code::TouchStuck, format!("{contacts} not moved or ended for so long that it is no finger."));
    }
    if let Some(problem) = &touch.problem {
        say(Code::TouchProblem, problem.clone());
    }
}

/// How far the proof reaches: what the panel claims, but no further than the rest of what it says bears out.
pub fn proof(sample: &Sample) -> Proof {
    fresh(sample).map_or(Proof::None, proof_of)
}

/// The same of what the panel says now.
pub fn proof_of(panel: &PanelReport) -> Proof {
    let Some(display) = panel.display.as_ref().filter(|_| panel.readable) else { return Proof::None };
    let goes_out = display.way == KMS
        && display.connected
        && display.active
        && display.flipped_at.is_some()
        && display.brightness != Some(0);
    match display.proof {
        _ if display.way == HEADLESS => Proof::None,
        Proof::ScanOut | Proof::LightSensor if !goes_out => Proof::Buffer,
        claimed => claimed,
    }
}
