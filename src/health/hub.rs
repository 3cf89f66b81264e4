//! How it stands with the hub. The board shows without it, so nothing here counts before a day is over, unless the hub
//! itself has said that it will not hear this panel.

use std::time::Duration;

use super::{Code, Reason, Sample, span};
use crate::wire::LinkTrouble;
use crate::wire::link::Standing;

/// A hub may be switched off at night, or be moved; one that is silent for longer is told.
pub const HUB_SILENCE: Duration = Duration::from_secs(24 * 3600);

pub fn judge(sample: &Sample, reasons: &mut Vec<Reason>) {
    let Some(hub) = &sample.hub else { return };
    let mut say = |code, found: String| reasons.push(Reason::new(code, found));
    let error = hub.report.error.as_deref().unwrap_or_default();
    match (hub.report.trouble, hub.report.standing) {
        (Some(LinkTrouble::Refused), _) => say(Code::HubRefused, error.to_owned()),
        (Some(_), _) if hub.age > HUB_SILENCE => {
            let found = format!("The hub has not answered for {}. {error}", span(hub.age.as_secs() as i64));
            say(Code::HubUnreachable, found.trim().to_owned());
        }
        (None, Some(Standing::Waiting)) => {
            let found = "The hub waits until somebody has compared this panel's code.";
            say(Code::HubWaiting, found.to_owned());
        }
        _ => {}
    }
}
