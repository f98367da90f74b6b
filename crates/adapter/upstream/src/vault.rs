//! The port to where tokens of users are kept.
//!
//! What is put in is in the clear: the vault seals it before it leaves the process. A sign-in that is under way is
//! kept here too, so that any replica can end it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use corten_mcp::Secret;
use futures::future::BoxFuture;

/// Why the vault gave or took nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot reach the vault: {0}")]
pub struct VaultError(pub Box<str>);

/// Keeps secrets by key.
pub trait Vault: Send + Sync {
    /// Keeps a secret in place of what was there, for a time or for good.
    fn put<'a>(&'a self, key: &'a str, secret: Secret, keep: Option<Duration>)
    -> BoxFuture<'a, Result<(), VaultError>>;

    /// The secret of a key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, VaultError>>;

    /// Takes the secret of a key away: of several that ask, one gets it.
    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, VaultError>>;
}

/// A vault that ends with the process.
#[derive(Default)]
pub struct MemoryVault(Mutex<BTreeMap<String, (Secret, Option<Instant>)>>);

impl MemoryVault {
    fn with<T>(&self, run: impl FnOnce(&mut BTreeMap<String, (Secret, Option<Instant>)>) -> T) -> T {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        entries.retain(|_, (_, until)| until.is_none_or(|until| until > now));
        run(&mut entries)
    }
}

impl Vault for MemoryVault {
    fn put<'a>(
        &'a self,
        key: &'a str,
        secret: Secret,
        keep: Option<Duration>,
    ) -> BoxFuture<'a, Result<(), VaultError>> {
        let until = keep.map(|keep| Instant::now() + keep);
        self.with(|entries| entries.insert(key.to_owned(), (secret, until)));
        Box::pin(std::future::ready(Ok(())))
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, VaultError>> {
        let found = self.with(|entries| entries.get(key).map(|(secret, _)| secret.clone()));
        Box::pin(std::future::ready(Ok(found)))
    }

    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, VaultError>> {
        let found = self.with(|entries| entries.remove(key).map(|(secret, _)| secret));
        Box::pin(std::future::ready(Ok(found)))
    }
}
