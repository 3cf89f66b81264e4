//! A hub whose rounds are made by hand, and whose days pass when a test says so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;
use vyveska::clock::{self, Clock};
use vyveska::hub::alarm::rule::Quiet;
use vyveska::hub::alarm::setting::{Mail, Protection};
use vyveska::hub::alarm::{Teller, Waits};
use vyveska::hub::store::StoreError;
use vyveska::hub::{self, Options, Shared};

use super::server::options;
use crate::behaviour::store::Folder;

/// Nine in Prague.
pub const EIGHT: &str = "2026-11-23T08:00:00Z";
pub const STEP: TimeDelta = TimeDelta::minutes(1);
pub const ADDRESS: &str = "https://desky.example";
/// Nobody here is slow but on purpose.
pub const WAITS: Waits = Waits { connect: Duration::from_secs(10), total: Duration::from_secs(20) };
pub const SHORT: Waits = Waits { total: Duration::from_millis(400), ..WAITS };

/// A hub whose rounds are made by hand, and its places, of which some speak.
pub struct Desk {
    pub folder: Folder,
    pub runtime: Runtime,
    pub teller: Teller,
    pub hub: Shared,
    pub now: DateTime<Utc>,
    speaking: BTreeSet<i64>,
    ca: Option<PathBuf>,
}

impl Desk {
    pub fn new(name: &str, places: &[&'static str]) -> Desk {
        Desk::with(name, places, None)
    }

    /// Trusts this authority too.
    pub fn with(name: &str, places: &[&'static str], ca: Option<&Path>) -> Desk {
        let folder = Folder::in_memory(name);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let now: DateTime<Utc> = EIGHT.parse().unwrap();
        let ca = ca.map(Path::to_owned);
        let hub = Desk::open(&runtime, &folder, now, ca.clone());
        let teller = Teller::new(hub.clone(), WAITS);
        let mut desk = Desk { folder, runtime, teller, hub, now, speaking: BTreeSet::new(), ca };
        let places: Vec<&'static str> = places.to_vec();
        desk.write(move |connection| {
            connection.execute("INSERT INTO office VALUES ('lhota', 'Obec Lhota', 0)", [])?;
            for (index, name) in places.iter().enumerate() {
                let (id, key) = (index as i64 + 1, [index as u8 + 1; 32]);
                connection.execute(
                    "INSERT INTO place (id, office, name, made_at) VALUES (?, 'lhota', ?, 0)",
                    params![id, name],
                )?;
                connection.execute(
                    "INSERT INTO device (link_key, panel_key, place, enrolled_at, enrolled_by) VALUES (?1, ?1, ?2, 0, '')",
                    params![key, id],
                )?;
            }
            Ok(())
        });
        for place in 1..=desk.count("place") {
            desk.say(place, "showing");
        }
        desk
    }

    fn open(runtime: &Runtime, folder: &Folder, now: DateTime<Utc>, ca: Option<PathBuf>) -> Shared {
        let clock = Clock::set(clock::parse(&now.to_rfc3339()).unwrap());
        let options = Options { address: Some(ADDRESS.into()), ca, ..options(&folder.0, hub::REPORT_EVERY, clock) };
        // The writer of the one before lets go of the folder in its own time.
        loop {
            match runtime.block_on(hub::open(&options)) {
                Err(hub::HubError::Held(_)) => std::thread::yield_now(),
                opened => return opened.unwrap(),
            }
        }
    }

    /// As after kill -9: nothing in memory is left.
    pub fn restart(self) -> Desk {
        let Desk { folder, runtime, teller, hub, now, speaking, ca } = self;
        drop((teller, hub));
        let hub = Desk::open(&runtime, &folder, now, ca.clone());
        let teller = Teller::new(hub.clone(), WAITS);
        Desk { folder, runtime, teller, hub, now, speaking, ca }
    }

    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.runtime.block_on(self.hub.store.write(work)).unwrap()
    }

    pub fn count(&self, table: &'static str) -> i64 {
        self.write(move |connection| {
            Ok(connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
        })
    }

    /// From now on the place says this each minute.
    pub fn say(&mut self, place: i64, state: &'static str) {
        self.speaking.insert(place);
        let now = self.now.timestamp_millis();
        self.write(move |connection| {
            let text = format!(r#"{{"v":1,"at":"2026-11-23T08:00:00Z","state":"{state}","reasons":[{{"code":"display-unplugged","found":"","cure":""}}]}}"#);
            let text = if state == "not-showing" { text } else { "{}".to_owned() };
            let insert = "INSERT INTO latest VALUES (?1, ?2, ?2, ?3, ?2, ?4)
              ON CONFLICT DO UPDATE SET heard_at = ?2, since = iif(state = ?3, since, ?2), state = ?3, text = ?4";
            connection.execute(insert, params![place, now, state, text])?;
            Ok(())
        });
    }

    pub fn silence(&mut self, place: i64) {
        self.speaking.remove(&place);
    }

    /// Lets time pass, with a round each minute.
    pub fn pass(&mut self, length: TimeDelta) {
        let end = self.now + length;
        while self.now < end {
            self.now += STEP;
            let (now, speaking) = (self.now.timestamp_millis(), self.speaking.clone());
            self.write(move |connection| {
                for place in speaking {
                    connection.execute("UPDATE latest SET heard_at = ? WHERE place = ?", [now, place])?;
                }
                Ok(())
            });
            self.round();
        }
    }

    fn round(&self) {
        let (teller, now) = (&self.teller, self.now);
        self.runtime.block_on(async {
            teller.look(now).await.unwrap();
            teller.hand_out(now).await.unwrap();
            teller.post(now).await.unwrap();
        });
    }

    pub fn mail(&self, port: u16) {
        let mail = Mail {
            server: "127.0.0.1".into(),
            port,
            protection: Protection::None,
            sender: "desky@lhota.example".into(),
            login: String::new(),
            password: String::new(),
        };
        self.set_mail(mail);
    }

    pub fn set_mail(&self, mail: Mail) {
        let hub = self.hub.clone();
        self.write(move |connection| hub.seal.write(connection, &mail));
    }

    pub fn recipient(&self, address: &'static str, language: &'static str, quiet: Option<Quiet>) {
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO recipient (office, address, language, quiet_from, quiet_until, made_at)
                 VALUES ('', ?, ?, ?, ?, 0)",
                params![address, language, quiet.map(|quiet| quiet.from), quiet.map(|quiet| quiet.until)],
            )?;
            Ok(())
        });
    }

    /// The trouble and the outcome of each message.
    pub fn outcomes(&self) -> Vec<(Option<String>, Option<String>)> {
        self.write(|connection| {
            let mut query = connection.prepare("SELECT trouble, outcome FROM message ORDER BY number")?;
            Ok(query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
        })
    }
}
