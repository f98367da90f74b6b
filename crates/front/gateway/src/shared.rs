//! What gateways of a group share, over what the store keeps for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corten_govern::ports::{SharedState as Kept, StoreError};
use corten_mcp::shared::{SharedError, SharedState};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};

/// For how long a message waits for whoever listens.
const MESSAGE_KEEP: Duration = Duration::from_secs(30);

/// Shared state in the store.
pub struct StoreShared(pub Arc<dyn Kept>);

fn failed(error: StoreError) -> SharedError {
    let StoreError::Unavailable { reason, .. } = error else { return SharedError(error.to_string().into()) };
    SharedError(reason.into())
}

impl SharedState for StoreShared {
    fn put<'a>(&'a self, key: &'a str, value: Bytes, keep: Duration) -> BoxFuture<'a, Result<(), SharedError>> {
        async move { self.0.put(key, value.to_vec(), keep).await.map_err(failed) }.boxed()
    }

    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: Bytes,
        keep: Duration,
    ) -> BoxFuture<'a, Result<Bytes, SharedError>> {
        async move {
            if self.0.put_new(key, value.to_vec(), keep).await.map_err(failed)? {
                return Ok(value);
            }
            let kept = self.0.get(key).await.map_err(failed)?;
            Ok(kept.map_or(value, Bytes::from))
        }
        .boxed()
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, SharedError>> {
        async move { self.0.get(key).await.map(|value| value.map(Bytes::from)).map_err(failed) }.boxed()
    }

    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, SharedError>> {
        async move { self.0.take(key).await.map(|value| value.map(Bytes::from)).map_err(failed) }.boxed()
    }

    fn publish<'a>(&'a self, topic: &'a str, message: Bytes) -> BoxFuture<'a, Result<(), SharedError>> {
        async move { self.0.push(topic, message.to_vec(), MESSAGE_KEEP).await.map_err(failed) }.boxed()
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<BoxStream<'static, Bytes>, SharedError>> {
        let state = (Arc::clone(&self.0), topic.to_owned());
        let messages = futures::stream::unfold(state, |(kept, topic)| async move {
            loop {
                match kept.pull(&topic, MESSAGE_KEEP).await {
                    Ok(messages) if messages.is_empty() => {}
                    Ok(messages) => return Some((messages, (kept, topic))),
                    Err(error) => {
                        tracing::debug!(%error, "cannot wait for a message of another gateway");
                        return None;
                    }
                }
            }
        });
        let messages = messages.flat_map(|messages| futures::stream::iter(messages).map(Bytes::from));
        std::future::ready(Ok(messages.boxed())).boxed()
    }

    fn is_alone(&self) -> bool {
        self.0.is_alone()
    }

    fn revoke<'a>(&'a self, id: &'a str, keep: Duration) -> BoxFuture<'a, Result<(), SharedError>> {
        async move { self.0.revoke(id, keep).await.map_err(failed) }.boxed()
    }

    fn is_revoked(&self, id: &str) -> bool {
        self.0.is_revoked(id)
    }

    fn was_revoked<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, SharedError>> {
        async move { self.0.was_revoked(id).await.map_err(failed) }.boxed()
    }

    fn bump<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<(), SharedError>> {
        async move { self.0.bump(topic).await.map(drop).map_err(failed) }.boxed()
    }

    fn version(&self, topic: &str) -> u64 {
        self.0.version(topic)
    }
}
