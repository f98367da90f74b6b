//! TLS for our own listener, with a certificate that is read again when it changes.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// How often it is looked whether the files changed.
const LOOK: Duration = Duration::from_secs(10);

/// The files of a certificate and its key, PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The chain, our own certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
#[error("cannot use certificate {} with key {}: {reason}", .files.certificate.display(), .files.key.display())]
pub struct TlsError {
    files: TlsFiles,
    reason: String,
}

/// Speaks TLS.
#[derive(Clone)]
pub struct Tls {
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads the files, now and whenever they change. A change that cannot be read is logged and
    /// leaves the old certificate in use.
    pub fn start(files: TlsFiles) -> Result<Self, TlsError> {
        let tls = Self { current: Arc::new(RwLock::new(load(&files)?)) };
        let current = Arc::downgrade(&tls.current);
        tokio::spawn(async move {
            let mut seen = modified(&files);
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(current) = current.upgrade() else { return };
                let now = modified(&files);
                if now == seen {
                    continue;
                }
                match load(&files) {
                    Ok(config) => {
                        seen = now;
                        *current.write().unwrap_or_else(PoisonError::into_inner) = config;
                        tracing::info!("the certificate is read again");
                    }
                    Err(error) => tracing::error!(%error, "the old certificate stays in use"),
                }
            }
        });
        Ok(tls)
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn modified(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| std::fs::metadata(file).and_then(|facts| facts.modified()).ok())
}

fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let failed = |reason: String| TlsError { files: files.clone(), reason };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| failed(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| failed(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| failed(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
