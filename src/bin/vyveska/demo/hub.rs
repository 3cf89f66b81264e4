//! The union's hub, in this process, as `vyveska-hub` would run it: one office, one place, and a token that lets the
//! demo's panel in without anybody comparing codes.
//!
//! The surprising thing: nobody is logged in anywhere. The link that is printed makes the first administrator, as on a
//! real hub; there is no password that everybody knows.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use vyveska::clock::Clock;
use vyveska::hub::{self, HubError, Options, place};
use vyveska::keys::PublicKey;
use vyveska::pages::PageChild;

use super::DemoError;
use super::village::villages;

/// So often the panel reports: what a newcomer does is to be seen while he looks.
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// Who has made office, place and token.
const MAKER: &str = "demo";

pub struct Hub {
    /// The page that makes the first administrator.
    pub link: String,
    address: String,
    token: String,
    key: PublicKey,
    // Dropped first: it ends the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Hub {
    /// Answers on a free port of the loopback until it is dropped.
    pub fn start(data: &Path, clock: Clock) -> Result<Hub, DemoError> {
        let options = Options {
            data: data.to_owned(),
            report_every: REPORT_EVERY,
            address: None,
            ca: None,
            proxies: Vec::new(),
            clock,
            allow_private: true,
            child: PageChild::this_program(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = mpsc::channel();
        let thread = thread::Builder::new().name("hub".into()).spawn(move || {
            runtime.block_on(async {
                match open(&options).await {
                    Ok((mut hub, shared, listener)) => {
                        hub.stop = Some(stop);
                        let _ = tell.send(Ok(hub));
                        let stop = async { drop(stopped.await) };
                        if let Err(error) = hub::serve(shared, listener, stop).await {
                            eprintln!("The hub ended: {error}");
                        }
                    }
                    Err(error) => drop(tell.send(Err(error))),
                }
            });
        })?;
        let mut hub = told.recv().map_err(|_| io::Error::other("the hub ended before it answered"))??;
        hub.thread = Some(thread);
        Ok(hub)
    }

    /// What the panel's settings say of it.
    pub fn settings(&self) -> String {
        let mut text = String::new();
        let Hub { address, token, key, .. } = self;
        write!(text, "\n[hub]\nurl = \"{address}\"\ntoken = \"{token}\"\nkey = \"{key}\"\n")
            .expect("a string takes all");
        text
    }
}

async fn open(options: &Options) -> Result<(Hub, hub::Shared, TcpListener), DemoError> {
    let shared = hub::open(options).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let now = shared.now();
    let first = villages().swap_remove(0).board;
    let token = shared.store.write(move |connection| {
        let office = place::add_office(connection, &first.name, MAKER, now)?.unwrap_or_default();
        let place = place::add_place(connection, &office, "Před úřadem", "", MAKER, now)?.unwrap_or_default();
        place::make_token(connection, place, MAKER, now)
    });
    let token = token.await.map_err(HubError::from)?.unwrap_or_default();
    let path = hub::first_link(&shared).await.map_err(HubError::from)?.unwrap_or_default();
    let link = format!("{address}{path}");
    let hub = Hub { link, address, token, key: shared.key.public(), stop: None, thread: None };
    Ok((hub, shared, listener))
}

impl Drop for Hub {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
