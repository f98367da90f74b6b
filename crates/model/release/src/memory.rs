//! The memory driver (`HELM_DRIVER=memory`): records of this process alone.
//!
//! Go: `storage/driver/memory.go`, with its way of moving to the namespace of whatever is written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    Body, BoxFuture, Content, Fence, Labels, Lease, Record, Release, ReleaseStore, StoreError, Stored, query_labels,
    record_key,
};

/// Records in memory, by namespace and name.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    namespace: String,
    releases: BTreeMap<String, BTreeMap<String, Vec<Entry>>>,
    writes: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    release: Arc<Release>,
    lease: Option<Lease>,
    fence: u64,
}

impl MemoryStore {
    /// An empty store that looks at one namespace, or with an empty name at all.
    pub fn new(namespace: &str) -> Self {
        let store = Self::default();
        store.set_namespace(namespace);
        store
    }

    /// Looks at another namespace, or with an empty name at all.
    pub fn set_namespace(&self, namespace: &str) {
        namespace.clone_into(&mut self.lock().namespace);
    }

    /// Adds a release, as the files of `HELM_MEMORY_DRIVER_DATA` hold them.
    ///
    /// # Errors
    /// When the revision is there already.
    pub fn load(&self, release: Release) -> Result<(), StoreError> {
        self.lock().insert(Arc::new(release), None).map(|_| ())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole after every statement that changes it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn insert(&mut self, release: Arc<Release>, lease: Option<Lease>) -> Result<Fence, StoreError> {
        self.enter(&release);
        self.writes += 1;
        let fence = self.writes;
        let entries = self.releases.entry(self.namespace.clone()).or_default().entry(release.name.clone()).or_default();
        if entries.iter().any(|entry| entry.release.version == release.version) {
            return Err(StoreError::Exists);
        }
        entries.push(Entry { release, lease, fence });
        entries.sort_by_key(|entry| entry.release.version);
        Ok(Fence(fence.to_string()))
    }

    // Go: memory.go Create and Update set the namespace of the driver.
    fn enter(&mut self, release: &Release) {
        let namespace = if release.namespace.is_empty() { "default" } else { &release.namespace };
        namespace.clone_into(&mut self.namespace);
    }

    fn find(&mut self, key: &str) -> Result<&mut Entry, StoreError> {
        let (name, revision) = parts(key)?;
        let entries = self.releases.get_mut(&self.namespace).and_then(|names| names.get_mut(name));
        let found = entries.and_then(|entries| entries.iter_mut().find(|entry| entry.release.version == revision));
        found.ok_or(StoreError::NotFound)
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        let wanted = |namespace: &String| self.namespace.is_empty() || *namespace == self.namespace;
        let names = self.releases.iter().filter(move |(namespace, _)| wanted(namespace));
        names.flat_map(|(_, names)| names.values().flatten())
    }
}

// Go: memory.go splits at every ".v".
fn parts(key: &str) -> Result<(&str, i64), StoreError> {
    let bare = key.strip_prefix("sh.helm.release.v1.").unwrap_or(key);
    let mut parts = bare.split(".v");
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(revision), None) => {
            revision.parse().map(|revision| (name, revision)).map_err(|_| StoreError::InvalidKey)
        }
        _ => Err(StoreError::InvalidKey),
    }
}

impl Entry {
    fn stored(&self) -> Stored {
        let mut labels = self.release.labels.clone();
        labels.extend(query_labels(&self.release));
        Stored {
            key: record_key(&self.release.name, self.release.version),
            namespace: self.release.namespace.clone(),
            labels,
            lease: self.lease.clone(),
            fence: Fence(self.fence.to_string()),
            body: Body::Release(Arc::clone(&self.release)),
        }
    }

    fn check(&self, fence: Option<&Fence>) -> Result<(), StoreError> {
        match fence {
            Some(fence) if fence.0 != self.fence.to_string() => {
                let key = record_key(&self.release.name, self.release.version);
                Err(StoreError::Conflict(format!("update: failed to update: {key} was changed meanwhile")))
            }
            _ => Ok(()),
        }
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

impl ReleaseStore for MemoryStore {
    fn driver(&self) -> &'static str {
        "Memory"
    }

    fn limit(&self) -> Option<usize> {
        None
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Stored, StoreError>> {
        ready(self.lock().find(key).map(|entry| entry.stored()))
    }

    fn is_in_cluster(&self) -> bool {
        false
    }

    fn list(&self, _: Content) -> BoxFuture<'_, Result<Vec<Stored>, StoreError>> {
        ready(Ok(self.lock().all().map(Entry::stored).collect()))
    }

    fn query<'a>(&'a self, labels: &'a Labels) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>> {
        let fits = |entry: &&Entry| {
            let own = query_labels(&entry.release);
            labels.iter().all(|(name, text)| own.get(name).map_or("", String::as_str) == text)
        };
        let found: Vec<Stored> = self.lock().all().filter(fits).map(Entry::stored).collect();
        ready(if found.is_empty() { Err(StoreError::NotFound) } else { Ok(found) })
    }

    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Fence, StoreError>> {
        ready(self.lock().insert(Arc::clone(&record.release), record.lease.clone()))
    }

    fn update<'a>(&'a self, record: &'a Record, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<Fence, StoreError>> {
        let mut state = self.lock();
        state.enter(&record.release);
        state.writes += 1;
        let version = state.writes;
        ready(state.find(&record.key).and_then(|entry| {
            entry.check(fence)?;
            *entry = Entry { release: Arc::clone(&record.release), lease: record.lease.clone(), fence: version };
            Ok(Fence(version.to_string()))
        }))
    }

    fn renew<'a>(
        &'a self,
        key: &'a str,
        lease: &'a Lease,
        fence: &'a Fence,
    ) -> BoxFuture<'a, Result<Fence, StoreError>> {
        let mut state = self.lock();
        state.writes += 1;
        let version = state.writes;
        ready(state.find(key).and_then(|entry| {
            entry.check(Some(fence))?;
            entry.lease = Some(lease.clone());
            entry.fence = version;
            Ok(Fence(version.to_string()))
        }))
    }

    fn delete<'a>(&'a self, key: &'a str, fence: Option<&'a Fence>) -> BoxFuture<'a, Result<(), StoreError>> {
        let mut state = self.lock();
        let result = state.find(key).and_then(|entry| entry.check(fence));
        if let (Ok(()), Ok((name, revision))) = (&result, parts(key)) {
            let namespace = state.namespace.clone();
            if let Some(entries) = state.releases.get_mut(&namespace).and_then(|names| names.get_mut(name)) {
                entries.retain(|entry| entry.release.version != revision);
            }
        }
        ready(result)
    }
}
