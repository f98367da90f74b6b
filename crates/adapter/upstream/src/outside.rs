//! What all upstreams of a process share.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use rustls_platform_verifier::ConfigVerifierExt as _;

use crate::vault::{MemoryVault, Vault};

/// What all upstreams of a process share.
#[derive(Clone)]
pub struct Outside {
    /// Where tokens of users are kept, sealed by the vault.
    pub vault: Arc<dyn Vault>,
    /// The address that browsers reach the gateway at, without a slash at the end: users come back there after
    /// signing in to a server. Without it nobody can sign in.
    pub public_url: Option<String>,
    /// The program and arguments to put before a child's own, so that nothing of the child outlives us: our own
    /// executable, told to call [`crate::supervise`]. Without it children are started directly.
    pub supervisor: Option<(PathBuf, Vec<OsString>)>,
}

impl Outside {
    /// Keeps tokens in memory, starts children directly, signs nobody in.
    pub fn plain() -> Self {
        Self { vault: Arc::new(MemoryVault::default()), public_url: None, supervisor: None }
    }
}

/// How TLS is spoken to servers: the platform's roots, HTTP/2 where the server has it.
pub(crate) fn tls() -> Result<Arc<rustls::ClientConfig>, String> {
    static TLS: LazyLock<Result<Arc<rustls::ClientConfig>, String>> = LazyLock::new(|| {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have been faster; either is the same provider.
            drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        }
        let mut config = rustls::ClientConfig::with_platform_verifier().map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    });
    TLS.clone()
}
