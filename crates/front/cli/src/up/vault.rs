//! Tokens of users in the store: for good in its table, sealed; for a while in what replicas share, sealed too.

use std::sync::{Arc, Weak};
use std::time::Duration;

use corten_govern::Secret;
use corten_govern::ports::{Sealer as _, SharedState as _, StoreError, TokenVault as _};
use corten_store::Store;
use corten_upstream::{Vault, VaultError};
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// Ties what is sealed to its place.
const PURPOSE: &str = "sign-in";

/// All entries of ours are of one kind: the key says whose they are.
const KIND: &str = "upstream";

/// A vault over the store, which may be closed before the last upstream lets go.
pub(super) struct StoreVault(Weak<Store>);

impl StoreVault {
    pub(super) fn new(store: &Arc<Store>) -> Self {
        Self(Arc::downgrade(store))
    }

    fn store(&self) -> Result<Arc<Store>, VaultError> {
        self.0.upgrade().ok_or_else(|| VaultError("it is closed".into()))
    }
}

fn failed(error: &StoreError) -> VaultError {
    VaultError(error.to_string().into())
}

fn opened(store: &Store, key: &str, sealed: &[u8]) -> Option<Secret> {
    let plain = store.sealer().open(&format!("{PURPOSE}\n{key}"), sealed)?;
    String::from_utf8(plain).ok().map(Secret::new)
}

fn secret(bytes: Option<Secret<Vec<u8>>>) -> Option<Secret> {
    String::from_utf8(bytes?.into_exposed()).ok().map(Secret::new)
}

impl Vault for StoreVault {
    fn put<'a>(
        &'a self,
        key: &'a str,
        secret: Secret,
        keep: Option<Duration>,
    ) -> BoxFuture<'a, Result<(), VaultError>> {
        async move {
            let store = self.store()?;
            let bytes = secret.expose().as_bytes();
            match keep {
                Some(keep) => {
                    let sealed = store.sealer().seal(&format!("{PURPOSE}\n{key}"), bytes);
                    store.shared().put(key, sealed, keep).await.map_err(|error| failed(&error))
                }
                None => store.put(key, KIND, Secret::new(bytes.to_vec())).await.map_err(|error| failed(&error)),
            }
        }
        .boxed()
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, VaultError>> {
        async move {
            let store = self.store()?;
            if let Some(sealed) = store.shared().get(key).await.map_err(|error| failed(&error))? {
                return Ok(opened(&store, key, &sealed));
            }
            corten_govern::ports::TokenVault::get(&*store, key, KIND).await.map(secret).map_err(|error| failed(&error))
        }
        .boxed()
    }

    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, VaultError>> {
        async move {
            let store = self.store()?;
            if let Some(sealed) = store.shared().take(key).await.map_err(|error| failed(&error))? {
                return Ok(opened(&store, key, &sealed));
            }
            let found =
                corten_govern::ports::TokenVault::get(&*store, key, KIND).await.map_err(|error| failed(&error))?;
            if found.is_some() {
                store.delete(key, KIND).await.map_err(|error| failed(&error))?;
            }
            Ok(secret(found))
        }
        .boxed()
    }
}
