//! The port of the release store: where records live. Implemented by `adapter/cluster` (Secrets,
//! `ConfigMaps`, PostgreSQL) and [`MemoryStore`](crate::MemoryStore).
//!
//! A store moves records as text; flows encode and decode with [`codec`](crate::codec), and only
//! those records whose content they need. A store is bound to one namespace, or to all of them for
//! `list --all-namespaces`; it never retries a write that may have happened.
//!
//! What a driver does per call (Secret driver, Go: `storage/driver/secrets.go`):
//!
//! | call | request |
//! |---|---|
//! | `get` | GET of the object named by the key |
//! | `list` | LIST with `labelSelector=owner=helm`; of long records the beginning may be enough |
//! | `query` | LIST with the labels as selector, sorted by name: `name=x,owner=helm` |
//! | `create` | POST: `type: helm.sh/release.v1`, `data.release` = base64 of [`Record::body`], the labels and annotations of the record as they come |
//! | `update` | PUT, with `metadata.resourceVersion` when a fence is given |
//! | `renew` | JSON merge PATCH of the two annotations, with `metadata.resourceVersion` |
//! | `delete` | DELETE, with `preconditions.resourceVersion` when a fence is given |
//!
//! Labels come complete from [`stored_labels`](crate::stored_labels). The SQL driver takes its
//! columns from the record, the user's labels from [`user_labels`](crate::user_labels), and keeps
//! the lease in a table of ours.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Labels, Lease, Release};

/// A future of a port.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The version of a stored object (`resourceVersion`), to write only what nobody else has written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fence(pub String);

/// The content of a record, as the driver keeps it.
#[derive(Clone, Debug)]
pub enum Body {
    /// Base64 of gzip of JSON, see [`codec`](crate::codec).
    Encoded(Arc<str>),
    /// The beginning of a long record, in a list; [`ReleaseStore::get`] gives all of it.
    Head(Arc<str>),
    /// The record itself, in the memory driver.
    Release(Arc<Release>),
}

/// A record to write.
#[derive(Clone, Debug)]
pub struct Record {
    /// `sh.helm.release.v1.NAME.vREVISION`.
    pub key: String,
    /// The namespace it belongs to.
    pub namespace: String,
    /// All labels of the stored object.
    pub labels: Labels,
    /// The lease, for a pending record; without one the annotations of a lease are taken away.
    pub lease: Option<Lease>,
    /// What it holds, encoded unless the store keeps releases as they are.
    pub body: Body,
    /// What it is about, for columns of SQL: its head, or all of it for the memory driver.
    pub release: Arc<Release>,
}

/// A record that was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// `sh.helm.release.v1.NAME.vREVISION`.
    pub key: String,
    /// The namespace it lives in.
    pub namespace: String,
    /// All labels of the stored object.
    pub labels: Labels,
    /// The lease, when there is one.
    pub lease: Option<Lease>,
    /// Its version.
    pub fence: Fence,
    /// What it holds.
    pub body: Body,
}

/// What went wrong in a store; the texts are those of Helm's drivers.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such record.
    #[error("release: not found")]
    NotFound,
    /// There is one already.
    #[error("release: already exists")]
    Exists,
    /// The key is none. Only the memory driver looks.
    #[error("release: invalid key")]
    InvalidKey,
    /// The record was changed by someone else since it was read: the fence does not fit.
    #[error("{0}")]
    Conflict(String),
    /// Anything else, with the whole text of the driver: `query: failed to query with labels: …`.
    #[error("{0}")]
    Other(String),
}

impl StoreError {
    /// Whether the record does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound)
    }

    /// Whether somebody else was faster.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Exists)
    }
}

/// Of which records of a list the content is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Of all.
    All,
    /// Of those that are not superseded: there are many, and of few of them anything is asked. Theirs may be an empty
    /// [`Body::Head`].
    Current,
}

/// Where records live. See the module for what each call does.
pub trait ReleaseStore: Send + Sync {
    /// The name of the driver: `Secret`, `ConfigMap`, `Memory` or `SQL`.
    fn driver(&self) -> &'static str;

    /// How many bytes an encoded record may have: 1,048,576 for Secrets and `ConfigMaps`.
    fn limit(&self) -> Option<usize>;

    /// The record of a key. `get: failed to get "KEY": …` when it cannot be read.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Stored, StoreError>>;

    /// All records, of long ones perhaps only the beginning. `list: failed to list: …` when they cannot be read.
    fn list(&self, content: Content) -> BoxFuture<'_, Result<Vec<Stored>, StoreError>>;

    /// Whether an answer of the store comes from the cluster itself, so that nobody needs to ask whether it is there.
    fn is_in_cluster(&self) -> bool;

    /// The records with all of these labels; [`StoreError::NotFound`] for none.
    /// `query: failed to query with labels: …` when they cannot be read, and
    /// `invalid label value: "X": …` for a value that is no label.
    fn query<'a>(&'a self, labels: &'a Labels) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>>;

    /// Stores a new record; [`StoreError::Exists`] when the key is taken.
    /// `create: failed to create: …` when it cannot be written.
    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Fence, StoreError>>;

    /// Writes over a record, with a fence only when it is still the one that was read.
    /// `update: failed to update: …` when it cannot be written.
    fn update<'a>(&'a self, record: &'a Record, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<Fence, StoreError>>;

    /// Renews the lease of a record and leaves everything else.
    fn renew<'a>(
        &'a self,
        key: &'a str,
        lease: &'a Lease,
        fence: &'a Fence,
    ) -> BoxFuture<'a, Result<Fence, StoreError>>;

    /// Deletes a record; [`StoreError::NotFound`] when it is gone.
    fn delete<'a>(&'a self, key: &'a str, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<(), StoreError>>;
}
