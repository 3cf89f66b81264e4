//! How the panel stands with its hub, for whoever asks at a terminal.

use vyveska::config::Config;
use vyveska::wire::link::Standing;
use vyveska::wire::{LinkReport, moment};

/// In a sentence, as sync wrote it down last; `None`: it has no hub.
pub fn standing(config: &Config) -> Option<String> {
    let hub = config.hub.as_ref()?;
    let report = LinkReport::read(&config.run).unwrap_or_default();
    let heard = report.heard_at.map(|at| format!(", last heard at {}", moment::text(&at))).unwrap_or_default();
    Some(match (report.error, report.standing) {
        (Some(error), _) => format!("{}{heard}: {error}", hub.url),
        (None, Some(Standing::Enrolled)) => {
            format!("{}{heard}: this panel is {}.", hub.url, report.place.as_deref().unwrap_or("let in"))
        }
        (None, Some(_)) => format!("{}: it waits until somebody has compared this panel's code.", hub.url),
        (None, None) => format!("{}: it has not answered yet.", hub.url),
    })
}
