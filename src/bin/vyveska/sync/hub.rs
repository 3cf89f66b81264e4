//! The hub, beside the rounds: where it cannot be spoken to, the board is kept up to date all the same.

use std::future;

use tokio::sync::watch;
use vyveska::clock::Now;
use vyveska::config::Config;
use vyveska::health::Record;
use vyveska::sync::Device;
use vyveska::uplink::Uplink;
use vyveska::wire::link::Mirrors;
use vyveska::wire::{LinkReport, LinkTrouble};

pub struct Hub(Option<Uplink>);

impl Hub {
    /// Opens the way to the hub that the settings name. One round alone speaks to offices, not to it.
    pub fn open(config: &Config, device: &mut Device, now: Now, once: bool) -> Hub {
        let client = device.client();
        let Some(hub) = config.hub.as_ref() else {
            if let Err(error) = device.without_hub() {
                eprintln!("What a hub has decreed cannot be forgotten: {error}");
            }
            return Hub(None);
        };
        if once {
            return Hub(None);
        }
        // The first letter may go before the first round.
        client.set_time(now.at);
        match Uplink::open(config, hub, client, device.hurry()) {
            Ok(uplink) => Hub(Some(uplink)),
            Err(error) => {
                eprintln!("The hub is not told anything: {error}");
                let (trouble, error) = (Some(LinkTrouble::Unreached), Some(error.to_string()));
                let report = LinkReport { v: 1, url: hub.url.clone(), trouble, error, ..LinkReport::default() };
                // The doctor finds the folder's own trouble too.
                let _ = report.write(&config.run);
                Hub(None)
            }
        }
    }

    /// Where it says that boards can be had.
    pub fn mirrors(&self) -> Option<watch::Receiver<Mirrors>> {
        self.0.as_ref().map(Uplink::mirrors)
    }

    /// Speaks to it for as long as it is let.
    pub async fn speak(self, records: watch::Receiver<Option<Record>>) {
        match self.0 {
            Some(uplink) => uplink.run(records, |sentence| eprintln!("{sentence}")).await,
            None => future::pending().await,
        }
    }
}
