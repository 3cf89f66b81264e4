//! Where connections come in: in the clear, for a proxy that stands before the hub, or with TLS by the hub itself.
//!
//! It asks for no certificate at any authority; files are what it is given, and it takes them anew when they have changed,
//! without a restart. The surprising thing: files that no longer fit change nothing. The hub goes on with what it has, and
//! says so in its log.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Whoever has not agreed on TLS by then is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// So many agree on TLS at a time.
const MAX_HANDSHAKES: usize = 256;
/// The files are looked at so often.
const RELOAD: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("{} cannot be read ({cause}); give the hub's user the right to read it, or name another file", path.display())]
    Io { path: PathBuf, cause: io::Error },
    #[error("{} holds no certificate; name the file with the whole chain, of certbot `fullchain.pem`", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} holds no private key; name the file with the key, of certbot `privkey.pem`", .0.display())]
    NoKey(PathBuf),
    #[error("the key {} does not fit the certificate {} ({why}); take both from one folder", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf, why: String },
}

/// Certificate and key, and the files they came from.
#[derive(Debug)]
pub struct Certificate {
    files: [PathBuf; 2],
    /// What stood in them.
    read: RwLock<[Vec<u8>; 2]>,
    now: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// `certificate`: the whole chain as PEM, the hub's own first; `key`: as PEM, without a password.
    pub fn open(certificate: &Path, key: &Path) -> Result<Arc<Certificate>, CertificateError> {
        let files = [certificate.to_owned(), key.to_owned()];
        let bytes = read(&files)?;
        let now = RwLock::new(Arc::new(parse(&files, &bytes)?));
        Ok(Arc::new(Certificate { files, read: RwLock::new(bytes), now }))
    }

    /// Takes the files where they have changed; whether they had.
    pub fn reload(&self) -> Result<bool, CertificateError> {
        let bytes = read(&self.files)?;
        if *self.read.read().unwrap_or_else(PoisonError::into_inner) == bytes {
            return Ok(false);
        }
        let fresh = Arc::new(parse(&self.files, &bytes)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = bytes;
        Ok(true)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello) -> Option<Arc<CertifiedKey>> {
        Some(self.now.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn read(files: &[PathBuf; 2]) -> Result<[Vec<u8>; 2], CertificateError> {
    let read = |path: &PathBuf| fs::read(path).map_err(|cause| CertificateError::Io { path: path.clone(), cause });
    Ok([read(&files[0])?, read(&files[1])?])
}

fn parse([certificate, key]: &[PathBuf; 2], [chain, secret]: &[Vec<u8>; 2]) -> Result<CertifiedKey, CertificateError> {
    let chain: Vec<CertificateDer> =
        CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().unwrap_or_default();
    if chain.is_empty() {
        return Err(CertificateError::NoCertificate(certificate.clone()));
    }
    let secret = PrivateKeyDer::from_pem_slice(secret).map_err(|_| CertificateError::NoKey(key.clone()))?;
    CertifiedKey::from_der(chain, secret, &rustls::crypto::ring::default_provider()).map_err(|error| {
        CertificateError::Mismatch { certificate: certificate.clone(), key: key.clone(), why: error.to_string() }
    })
}

/// A connection, whatever carries it.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Who is at the other end of it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

pub enum Door {
    Plain(TcpListener),
    Tls { address: SocketAddr, ready: mpsc::Receiver<(Box<dyn Stream>, SocketAddr)>, tasks: [JoinHandle<()>; 2] },
}

impl From<TcpListener> for Door {
    fn from(listener: TcpListener) -> Door {
        Door::Plain(listener)
    }
}

impl Door {
    pub fn tls(listener: TcpListener, certificate: Arc<Certificate>) -> io::Result<Door> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring serves the default versions of TLS")
            .with_no_client_auth()
            .with_cert_resolver(certificate.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let address = listener.local_addr()?;
        let (tell, ready) = mpsc::channel(MAX_HANDSHAKES);
        let tasks = [
            tokio::spawn(greet(listener, TlsAcceptor::from(Arc::new(config)), tell)),
            tokio::spawn(follow(certificate)),
        ];
        Ok(Door::Tls { address, ready, tasks })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Door::Tls { tasks, .. } = self {
            tasks.iter().for_each(JoinHandle::abort);
        }
    }
}

impl Listener for Door {
    type Io = Box<dyn Stream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Box<dyn Stream>, SocketAddr) {
        match self {
            Door::Plain(listener) => {
                let (stream, peer) = Listener::accept(listener).await;
                (Box::new(stream), peer)
            }
            Door::Tls { ready, .. } => match ready.recv().await {
                Some(next) => next,
                // Only where the task has ended, with the program.
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Door::Plain(listener) => listener.local_addr(),
            Door::Tls { address, .. } => Ok(*address),
        }
    }
}

/// Agrees on TLS with whoever comes, each in a task of its own, so that nobody waits for a slow one.
async fn greet(mut listener: TcpListener, acceptor: TlsAcceptor, tell: mpsc::Sender<(Box<dyn Stream>, SocketAddr)>) {
    let room = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    loop {
        let (stream, peer): (TcpStream, SocketAddr) = Listener::accept(&mut listener).await;
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let (acceptor, tell) = (acceptor.clone(), tell.clone());
        tokio::spawn(async move {
            let agreed = timeout(HANDSHAKE, acceptor.accept(stream)).await;
            drop(permit);
            if let Ok(Ok(stream)) = agreed {
                tell.send((Box::new(stream), peer)).await.ok();
            }
        });
    }
}

/// Follows the files.
async fn follow(certificate: Arc<Certificate>) {
    loop {
        sleep(RELOAD).await;
        match certificate.reload() {
            Ok(true) => tracing::info!("the new certificate is in force"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the certificate has changed and cannot be used; the last one stays"),
        }
    }
}
