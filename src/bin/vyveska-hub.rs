//! `vyveska-hub`: the server on which an office sees every board.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use vyveska::clock::{self, Clock, Now, Saved};
use vyveska::hub::door::{Certificate, Door};
use vyveska::hub::{self, Options, backup, invitation};
use vyveska::pages::{self, PageChild};

/// The page on which an office sees every board, and the address to which every panel reports.
#[derive(Parser)]
#[command(name = "vyveska-hub", version, max_term_width = 100)]
struct Arguments {
    /// Everything that the hub keeps
    #[arg(long, global = true, value_name = "FOLDER", default_value = "/var/lib/vyveska-hub")]
    data: PathBuf,
    /// Where it answers
    #[arg(long, global = true, value_name = "ADDRESS", default_value = "127.0.0.1:8460")]
    listen: SocketAddr,
    /// As browsers reach it, if not there: https://desky.obec.cz
    #[arg(long, global = true, value_name = "URL")]
    address: Option<String>,
    /// The certificate with which it speaks TLS itself: the whole chain, as PEM; taken anew when it changes
    #[arg(long, global = true, value_name = "FILE", requires = "private_key")]
    certificate: Option<PathBuf>,
    /// Its private key, as PEM
    #[arg(long, global = true, value_name = "FILE", requires = "certificate")]
    private_key: Option<PathBuf>,
    /// A proxy before it that says whom it speaks for; without TLS of its own those of this machine are believed
    #[arg(long, global = true, value_name = "IP")]
    proxy: Vec<IpAddr>,
    /// Trust the certificate authorities in this PEM file too
    #[arg(long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Take this for the time, and go on from there (RFC 3339)
    #[arg(long, global = true, value_name = "TIME", value_parser = clock::parse)]
    now: Option<Now>,
    /// Read feeds on private addresses and without TLS too, and call such addresses: for a network of one's own, and to
    /// try the hub
    #[arg(long, global = true)]
    allow_private: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print a one-time link that makes an administrator, for whoever has lost access; the hub may be running
    Invite,
    /// Copy everything that the hub keeps, its key too, into a new folder; the hub may be running
    Backup {
        #[arg(value_name = "FOLDER")]
        to: PathBuf,
    },
    /// Put a backup into a data folder that holds no hub
    Restore {
        #[arg(value_name = "FOLDER")]
        from: PathBuf,
    },
    /// The sandboxed child that renders documents; started by the hub, never by hand
    #[command(hide = true)]
    PageChild {
        /// What the parent wants, in its own notation
        request: String,
    },
}

impl Arguments {
    /// Who is believed about whom it speaks for. A hub with TLS of its own has none before it, unless they are named.
    fn proxies(&self) -> Vec<IpAddr> {
        let is_behind_one = self.proxy.is_empty() && self.certificate.is_none() && self.address.is_some();
        if is_behind_one { vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] } else { self.proxy.clone() }
    }

    /// What it speaks TLS with, where it does.
    fn certificate(&self) -> Result<Option<Arc<Certificate>>, String> {
        let (Some(certificate), Some(key)) = (&self.certificate, &self.private_key) else { return Ok(None) };
        if !self.address.as_ref().is_some_and(|address| address.starts_with("https://")) {
            return Err("With --certificate the hub also needs --address, as browsers reach it: https://….".into());
        }
        Certificate::open(certificate, key).map(Some).map_err(|error| format!("No TLS: {error}."))
    }

    /// The address that stands in front of a link.
    fn public(&self) -> Option<String> {
        self.address.as_ref().map(|address| address.trim_end_matches('/').to_owned())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::PageChild { request }) = &arguments.command {
        return pages::child_main(request, None);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("The system refuses what the hub needs to wait for the network ({error}); free some memory.");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let clock = Clock::new(arguments.now, Saved::default());
    let public = arguments.public();
    if let Some(Command::Invite) = arguments.command {
        let secret = invitation::beside(&arguments.data, clock.now().at).map_err(|error| {
            format!(
                "{} holds no hub that could invite ({error}); name its folder with --data.",
                arguments.data.display()
            )
        })?;
        let base = public.unwrap_or_else(|| format!("http://{}", arguments.listen));
        println!("{base}{}", invitation::path(&secret));
        return Ok(());
    }
    match &arguments.command {
        Some(Command::Backup { to }) => return backup::make(&arguments.data, to).map_err(|error| error.to_string()),
        Some(Command::Restore { from }) => {
            return backup::restore(&arguments.data, from).map_err(|error| error.to_string());
        }
        _ => {}
    }
    let (certificate, proxies) = (arguments.certificate()?, arguments.proxies());
    let options = Options {
        data: arguments.data,
        report_every: hub::REPORT_EVERY,
        address: public.clone(),
        clock,
        allow_private: arguments.allow_private,
        child: PageChild::this_program(),
        ca: arguments.ca,
        proxies,
    };
    let shared = hub::open(&options).await.map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| {
        format!("{} cannot be listened on ({error}); choose another with --listen.", arguments.listen)
    })?;
    let address = listener.local_addr().unwrap_or(arguments.listen);
    let scheme = if certificate.is_some() { "https" } else { "http" };
    println!("The hub answers on {scheme}://{address}/");
    if let Some(path) = hub::first_link(&shared).await.map_err(|error| error.to_string())? {
        let base = public.unwrap_or_else(|| format!("http://{address}"));
        println!(
            "Nobody looks after it yet. This link makes its first administrator, once, within a day:\n{base}{path}"
        );
    }
    let (mut terminate, mut interrupt) = signal(SignalKind::terminate())
        .and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)))
        .map_err(|error| format!("The system does not let the hub listen for signals ({error}); start it again."))?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let door = match certificate {
        Some(certificate) => Door::tls(listener, certificate),
        None => Ok(listener.into()),
    };
    let door = door.map_err(|error| format!("{address} cannot be listened on ({error}); start the hub again."))?;
    hub::serve(shared, door, stop).await.map_err(|error| format!("The hub ended: {error}"))
}
