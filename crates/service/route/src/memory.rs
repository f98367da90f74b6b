//! Shared state of a gateway that is alone: maps and channels in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use corten_mcp::shared::{SharedError, SharedState};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How many values are kept at most; the oldest go first.
const VALUES: usize = 100_000;
/// How many messages wait for a slow listener before it is let go.
const BACKLOG: usize = 1024;

/// Shared state within one process.
#[derive(Debug, Default)]
pub struct MemoryState {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    values: BTreeMap<String, (Bytes, Instant)>,
    topics: BTreeMap<String, Vec<mpsc::Sender<Bytes>>>,
    versions: BTreeMap<String, u64>,
}

impl MemoryState {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn live(&self, key: &str) -> Option<Bytes> {
        self.values.get(key).filter(|(_, until)| *until > Instant::now()).map(|(value, _)| value.clone())
    }

    fn insert(&mut self, key: &str, value: Bytes, keep: Duration) {
        let now = Instant::now();
        if self.values.len() >= VALUES {
            self.values.retain(|_, (_, until)| *until > now);
        }
        if self.values.len() >= VALUES
            && let Some(first) = self.values.iter().min_by_key(|(_, (_, until))| *until).map(|(key, _)| key.clone())
        {
            self.values.remove(&first);
        }
        self.values.insert(key.to_owned(), (value, now + keep));
    }
}

impl SharedState for MemoryState {
    fn put<'a>(&'a self, key: &'a str, value: Bytes, keep: Duration) -> BoxFuture<'a, Result<(), SharedError>> {
        self.lock().insert(key, value, keep);
        futures::future::ready(Ok(())).boxed()
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: Bytes,
        keep: Duration,
    ) -> BoxFuture<'a, Result<Bytes, SharedError>> {
        let mut inner = self.lock();
        let found = inner.live(key).unwrap_or_else(|| {
            inner.insert(key, value.clone(), keep);
            value
        });
        futures::future::ready(Ok(found)).boxed()
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, SharedError>> {
        futures::future::ready(Ok(self.lock().live(key))).boxed()
    }

    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, SharedError>> {
        let mut inner = self.lock();
        let found = inner.live(key);
        inner.values.remove(key);
        futures::future::ready(Ok(found)).boxed()
    }

    fn publish<'a>(&'a self, topic: &'a str, message: Bytes) -> BoxFuture<'a, Result<(), SharedError>> {
        let mut inner = self.lock();
        if let Some(listeners) = inner.topics.get_mut(topic) {
            listeners.retain(|listener| listener.try_send(message.clone()).is_ok());
            if listeners.is_empty() {
                inner.topics.remove(topic);
            }
        }
        futures::future::ready(Ok(())).boxed()
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<BoxStream<'static, Bytes>, SharedError>> {
        let (sender, mut receiver) = mpsc::channel(BACKLOG);
        let mut inner = self.lock();
        // Topics whose listeners have all gone are found when nobody publishes to them any more.
        inner.topics.retain(|_, listeners| {
            listeners.retain(|listener| !listener.is_closed());
            !listeners.is_empty()
        });
        inner.topics.entry(topic.to_owned()).or_default().push(sender);
        let stream = futures::stream::poll_fn(move |context| receiver.poll_recv(context)).boxed();
        futures::future::ready(Ok(stream)).boxed()
    }

    fn is_alone(&self) -> bool {
        // Several routers of one process may share it.
        false
    }

    fn revoke<'a>(&'a self, id: &'a str, keep: Duration) -> BoxFuture<'a, Result<(), SharedError>> {
        self.lock().insert(&revoked(id), Bytes::new(), keep);
        futures::future::ready(Ok(())).boxed()
    }

    fn is_revoked(&self, id: &str) -> bool {
        self.lock().live(&revoked(id)).is_some()
    }

    fn was_revoked<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, SharedError>> {
        std::future::ready(Ok(self.is_revoked(id))).boxed()
    }

    fn bump<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<(), SharedError>> {
        let mut inner = self.lock();
        if inner.versions.len() >= VALUES {
            inner.versions.clear();
        }
        *inner.versions.entry(topic.to_owned()).or_default() += 1;
        futures::future::ready(Ok(())).boxed()
    }

    fn version(&self, topic: &str) -> u64 {
        self.lock().versions.get(topic).copied().unwrap_or_default()
    }
}

fn revoked(id: &str) -> String {
    format!("revoked:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn values_are_taken_once_and_messages_reach_all() {
        let state = MemoryState::default();
        let keep = Duration::from_mins(1);
        let first = state.put_if_absent("k", Bytes::from_static(b"1"), keep).await.unwrap();
        let second = state.put_if_absent("k", Bytes::from_static(b"2"), keep).await.unwrap();
        assert_eq!((first, second), (Bytes::from_static(b"1"), Bytes::from_static(b"1")));
        assert!(state.take("k").await.unwrap().is_some());
        assert!(state.take("k").await.unwrap().is_none());
        let mut listeners = [state.subscribe("t").await.unwrap(), state.subscribe("t").await.unwrap()];
        state.publish("t", Bytes::from_static(b"m")).await.unwrap();
        for listener in &mut listeners {
            assert_eq!(listener.next().await.unwrap(), "m");
        }
    }
}
