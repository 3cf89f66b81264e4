//! Whom to believe: the system's authorities, those of the configuration, and the time as the caller knows it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};

use super::HttpError;

/// The moment at which certificates must be valid.
#[derive(Debug)]
pub struct Time(AtomicI64);

impl Time {
    pub fn new(at: DateTime<Utc>) -> Time {
        Time(AtomicI64::new(at.timestamp()))
    }

    pub fn set(&self, at: DateTime<Utc>) {
        self.0.store(at.timestamp(), Ordering::Relaxed);
    }

    pub fn get(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).unwrap_or_default()
    }
}

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.load(Ordering::Relaxed)).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// The settings of TLS, and how many authorities are trusted. None at all is no error yet: a board on plain http,
/// and the demo, must work on a machine without certificates.
pub fn config(ca: Option<&Path>, time: Arc<Time>) -> Result<(ClientConfig, usize), HttpError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        let unusable = |why: String| HttpError::Authority { path: path.to_owned(), why };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
        let mut added = 0;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            added += 1;
        }
        if added == 0 {
            return Err(unusable("it holds no certificate".into()));
        }
    }
    let trusted = roots.len();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_details(provider, time)
        .with_safe_default_protocol_versions()
        .expect("ring serves the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, trusted))
}
