//! Sync's look at its own health: every few seconds while rounds go on, and into the store between them.
//!
//! The surprising thing: it runs where the rounds run, so that a sync whose rounds hang the program is silent here too.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use vyveska::clock::{self, Clock};
use vyveska::config::Config;
use vyveska::health::{BEAT, Code, Record, Sample, Watch};
use vyveska::store::Store;

pub struct Look {
    config: Arc<Config>,
    clock: Cell<Clock>,
    watch: RefCell<Watch>,
    /// Set where the month's traffic is used up: [`Device::thrift`](vyveska::sync::Device::thrift).
    thrift: Arc<AtomicBool>,
    /// The last verdict, for the hub.
    records: watch::Sender<Option<Record>>,
    /// Said once, until it is over.
    trouble: Cell<bool>,
}

impl Look {
    pub fn new(config: Config, clock: Clock, thrift: Arc<AtomicBool>) -> Look {
        let watch = RefCell::new(Watch::new(config.health.metered.as_deref()));
        let (records, trouble) = (watch::Sender::new(None), Cell::new(false));
        Look { config: Arc::new(config), clock: Cell::new(clock), watch, thrift, records, trouble }
    }

    /// The clock has learned something.
    pub fn set_clock(&self, clock: Clock) {
        self.clock.set(clock);
    }

    /// Each verdict from now on.
    pub fn records(&self) -> watch::Receiver<Option<Record>> {
        self.records.subscribe()
    }

    /// Looks, judges and says so in the run folder, for as long as it is let.
    pub async fn around(&self) {
        loop {
            let (config, now, boot) = (self.config.clone(), self.clock.get().now(), clock::boot().since);
            // A UPS may take seconds to say nothing.
            let sample = tokio::task::spawn_blocking(move || Sample::take(&config, Path::new("/"), now, boot)).await;
            if let Ok(sample) = sample {
                let record = self.watch.borrow_mut().look(sample, boot);
                let used_up = record.reasons.iter().any(|reason| reason.code == Code::TrafficUsed);
                self.thrift.store(used_up, Ordering::Relaxed);
                self.said(record.write(&self.config.run).map_err(|error| error.to_string()));
                self.records.send_replace(Some(record));
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    /// Writes down what is due.
    pub fn save(&self, store: &mut Store) {
        let saved = self.watch.borrow_mut().save(store, self.clock.get().now());
        self.said(saved.map_err(|error| error.to_string()));
    }

    /// The same at once: before the program ends.
    pub fn end(&self, store: &mut Store) {
        let saved = self.watch.borrow_mut().write(store, self.clock.get().now());
        self.said(saved.map_err(|error| error.to_string()));
    }

    fn said(&self, result: Result<(), String>) {
        if let (Err(error), false) = (&result, self.trouble.get()) {
            eprintln!("Health is not written down: {error}");
        }
        self.trouble.set(result.is_err());
    }
}
