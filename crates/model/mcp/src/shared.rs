//! The port to what several gateways must know at once.
//!
//! Questions that cross the eras wait at one gateway and may be answered at another; the settings of
//! a session (log level, subscriptions) are said to one and used by another. In one process a map in
//! memory does; several share a database or Redis. Values are sealed before they get here.

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use std::time::Duration;

/// Why shared state could not be reached.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot reach the shared state: {0}")]
pub struct SharedError(pub Box<str>);

/// Small values and short messages that all gateways of a group see within moments.
pub trait SharedState: Send + Sync {
    /// Keeps a value for a time, in place of what was there.
    fn put<'a>(&'a self, key: &'a str, value: Bytes, keep: Duration) -> BoxFuture<'a, Result<(), SharedError>>;

    /// Keeps a value unless the key has one; gives the value that it has afterwards.
    fn put_if_absent<'a>(
        &'a self,
        key: &'a str,
        value: Bytes,
        keep: Duration,
    ) -> BoxFuture<'a, Result<Bytes, SharedError>>;

    /// The value of a key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, SharedError>>;

    /// Takes the value of a key away: of several that ask, one gets it.
    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, SharedError>>;

    /// Sends a message to the one that listens to a topic, here or elsewhere.
    fn publish<'a>(&'a self, topic: &'a str, message: Bytes) -> BoxFuture<'a, Result<(), SharedError>>;

    /// The messages of a topic from now on, for one listener. The future ends once nothing that is
    /// published after it can be missed; the stream ends when the state cannot be reached any more.
    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<BoxStream<'static, Bytes>, SharedError>>;

    /// Whether there can be no other gateway that sees what is shared.
    fn is_alone(&self) -> bool;

    /// Makes an id invalid; ends, within a second, when it is so everywhere.
    fn revoke<'a>(&'a self, id: &'a str, keep: Duration) -> BoxFuture<'a, Result<(), SharedError>>;

    /// Whether an id has become invalid within the last minutes, from memory.
    fn is_revoked(&self, id: &str) -> bool;

    /// Whether an id has become invalid at any time.
    fn was_revoked<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, SharedError>>;

    /// Says everywhere, within a second, that something changed.
    fn bump<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<(), SharedError>>;

    /// Changes whenever something was said to have changed, from memory; 0 for what did not change lately.
    fn version(&self, topic: &str) -> u64;
}
