//! A hub in this process, on a free port of the loopback, with a clock that stands where the test put it and runs on.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::params;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use vyveska::clock::{self, Clock};
use vyveska::hub::door::{Certificate, Door};
use vyveska::hub::place::{self, Refusal};
use vyveska::hub::standing::{self, Standing};
use vyveska::hub::{self, Options, Shared};
use vyveska::keys::PublicKey;
use vyveska::pages::PageChild;

use crate::behaviour::town::PROGRAM;

pub struct Server {
    pub address: SocketAddr,
    /// What lies behind the pages.
    pub hub: Option<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A hub that reads feeds on the loopback too.
pub fn options(data: &Path, report_every: Duration, clock: Clock) -> Options {
    let child = PageChild { program: PROGRAM.into() };
    Options {
        data: data.to_owned(),
        report_every,
        address: None,
        ca: None,
        proxies: Vec::new(),
        clock,
        allow_private: true,
        child,
    }
}

impl Server {
    pub fn start(data: &Path, now: &str) -> Server {
        Server::every(hub::REPORT_EVERY, data, now)
    }

    /// One that wants to hear of its devices so often.
    pub fn every(report_every: Duration, data: &Path, now: &str) -> Server {
        let clock = Clock::set(clock::parse(now).unwrap());
        Server::with(options(data, report_every, clock), None)
    }

    /// Speaks TLS where there is a certificate.
    pub fn with(options: Options, certificate: Option<Arc<Certificate>>) -> Server {
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let hub = hub::open(&options).await.unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send((listener.local_addr().unwrap(), hub.clone())).unwrap();
                let stop = async { drop(stopped.await) };
                let door = match certificate {
                    Some(certificate) => Door::tls(listener, certificate).unwrap(),
                    None => listener.into(),
                };
                hub::serve(hub, door, stop).await.unwrap();
            });
        });
        let (address, hub) = told.recv().expect("the hub starts");
        Server { address, hub: Some(hub), stop: Some(stop), thread: Some(thread) }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// An office with one place, and a token for it that counts once.
    pub fn place(&self, office: &'static str, name: &'static str, token: &'static str) -> i64 {
        self.write(move |connection| {
            connection.execute("INSERT OR IGNORE INTO office VALUES (?1, ?1, 0)", [office])?;
            connection.execute("INSERT INTO place (office, name, made_at) VALUES (?, ?, 0)", [office, name])?;
            let place = connection.last_insert_rowid();
            let token = hub::token_hash(token);
            connection
                .execute("INSERT INTO token VALUES (?, ?, 'test', 0, ?, NULL)", params![token, place, i64::MAX])?;
            Ok(place)
        })
    }

    /// Somebody has compared the code of a device that waits, for a place that has none.
    pub fn confirm(&self, device: PublicKey, code: &str, place: i64) -> Result<(), Refusal> {
        let (code, now) = (code.to_owned(), self.hub.as_ref().unwrap().now());
        let result = self.write(move |connection| place::confirm(connection, &device, &code, place, None, "test", now));
        if result.is_ok() {
            place::confirmed(&self.hub.as_ref().unwrap().gate, device, place);
        }
        result
    }

    /// The path of the link to the first administrator, while there is nobody.
    pub fn first_link(&self) -> Option<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(hub::first_link(self.hub.as_ref().unwrap())).unwrap()
    }

    /// One value of one row.
    pub fn one<T: rusqlite::types::FromSql + Send + 'static>(&self, sql: &'static str) -> T {
        self.write(move |connection| Ok(connection.query_row(sql, [], |row| row.get(0))?))
    }

    /// How it stands with every place: name and standing, the worst first.
    pub fn fleet(&self) -> Vec<(String, Standing)> {
        let ear = self.hub.as_ref().unwrap().ear();
        let fleet = self.write(move |connection| standing::fleet(connection, &ear));
        fleet.into_iter().map(|seen| (seen.place.name, seen.standing)).collect()
    }

    /// Runs what a page would run.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, hub::store::StoreError> + Send + 'static,
    ) -> T {
        let store = self.hub.as_ref().unwrap().store.clone();
        self.run(store.write(work)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.hub = None;
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
