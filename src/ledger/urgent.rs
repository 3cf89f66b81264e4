//! Urgent messages in the ledger: when all of one was first on the glass, and when and why it was over.

use super::entry::{Entry, Urgent, What, Why};
use crate::clock::Now;
use crate::model::Digest;

/// Those that the ledger knows to be shown after these entries, where it knew `before`.
pub fn go_on(mut before: Vec<Urgent>, entries: &[Entry]) -> Vec<Urgent> {
    for what in entries.iter().filter_map(|entry| entry.what.as_ref()) {
        match what {
            What::MessageShown { urgent, .. } => before.push(*urgent),
            What::MessageOver { message, .. } => before.retain(|urgent| urgent.message != *message),
            _ => {}
        }
    }
    before
}

/// What to write down where the ledger knows `shown`, these are in force, and these of them have been whole on the
/// glass; with each whether it is a drill.
pub fn observe(shown: &[Urgent], in_force: &[Digest], whole: &[(Urgent, bool)], now: Now) -> Vec<What> {
    let gone = shown.iter().filter(|urgent| !in_force.contains(&urgent.message)).map(|urgent| {
        let why = if urgent.until <= now.last_trusted { Why::Ended } else { Why::Withdrawn };
        What::MessageOver { message: urgent.message, why }
    });
    let new = whole.iter().filter(|(urgent, _)| shown.iter().all(|known| known.message != urgent.message));
    gone.chain(new.map(|(urgent, drill)| What::MessageShown { urgent: *urgent, drill: *drill })).collect()
}
