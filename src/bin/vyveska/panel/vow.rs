//! The panel's word for sync's key, given wherever sync lays one down; and what it tells the technician of the hub.
//!
//! Without it the board shows all the same: only the hub does not know who speaks. The surprising thing: it begins after
//! the first frame, because at the first start a key is made, and its way onto the disk takes a moment.

use std::path::Path;

use vyveska::config::Config;
use vyveska::identity::Identity;
use vyveska::service::Hub;
use vyveska::wire::LinkReport;
use vyveska::wire::link::Standing;

/// See the module.
#[derive(Default)]
pub struct Vow {
    /// `None`: there is no hub, and nobody is vouched for.
    config: Option<Config>,
    identity: Option<Identity>,
    begun: bool,
    /// Said once, until it is over.
    trouble: bool,
}

impl Vow {
    pub fn new(config: &Config) -> Vow {
        Vow { config: config.hub.is_some().then(|| config.clone()), ..Vow::default() }
    }

    /// The board is on the glass. How the panel stands with its hub; `None`: that was said already.
    pub fn begin(&mut self) -> Option<Hub> {
        if std::mem::replace(&mut self.begun, true) { None } else { self.look() }
    }

    /// Sync has laid something down. How the panel stands with its hub.
    pub fn look(&mut self) -> Option<Hub> {
        let config = self.config.as_ref().filter(|_| self.begun)?;
        let known = match self.identity.take() {
            Some(identity) => Ok(identity),
            None => Identity::open(&config.data).map_err(|error| error.to_string()),
        };
        let vouched = known.and_then(|identity| {
            let vouched = identity.vouch(&config.run);
            self.identity = Some(identity);
            vouched.map_err(|error| format!("{}: {error}", config.run.display()))
        });
        if let (Err(error), false) = (&vouched, self.trouble) {
            tracing::error!("the panel cannot vouch for sync, so no hub lets it in: {error}");
        }
        self.trouble = vouched.is_err();
        let mut hub = self.standing(config.hub.as_ref()?.url.clone(), &config.run);
        hub.error = vouched.err().or(hub.error);
        Some(hub)
    }

    fn standing(&self, url: String, run: &Path) -> Hub {
        let Some(report) = LinkReport::read(run) else { return Hub { url, ..Hub::default() } };
        let waits = report.standing == Some(Standing::Waiting);
        let code = self.identity.as_ref().filter(|_| waits).and_then(|identity| identity.code(&report));
        let let_in = report.standing == Some(Standing::Enrolled);
        Hub { url, place: report.place.filter(|_| let_in), code, error: report.error }
    }
}
